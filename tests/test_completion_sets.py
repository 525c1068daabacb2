"""Public sets as raw texts to go on with: the published words, where an answer ends, and how it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.persona import Persona
from harness.plan import Plan
from harness.prompts import PlainText
from harness.records import BASE, Probe, Sample
from harness.scorers import Reply
from harness.scorers.answer import number
from harness.scoring import score_samples

from .test_loaders import SUMS, lines, probes_of, suite

ADD = {
    "task_id": "HumanEval/0",
    "prompt": 'from typing import List\n\n\ndef add(numbers: List[int]) -> int:\n    """Add {them}."""\n',
    "entry_point": "add",
    "canonical_solution": "    return sum(numbers)\n",
    "test": "def check(candidate):\n    assert candidate([1, 2]) == 3\n    assert candidate([]) == 0\n",
}
TWICE = {
    "task_id": 1,
    "text": "Write a function to double a number.",
    "code": "def twice(n):\r\n  return 2 * n\r\n",
    "test_list": ["assert twice(2) == 4", "assert twice(0) == 0"],
    "test_setup_code": "",
}


def asked(folder: Path, persona: Persona, rows: list[dict[str, Any]], said: str) -> tuple[Probe, ...]:
    (folder / "set.jsonl").write_text(lines(rows), encoding="utf-8")
    return probes_of(suite(folder, f"load: {{path: set.jsonl, form: completion, {said}}}\n"), persona)


def prompt(probe: Probe) -> str:
    (ask,) = Plan((probe,), {BASE: "s"}, PlainText()).asks(lambda key: None)
    assert ask.request.stop == probe.stop
    return PlainText().decode(ask.request.token_ids)


def value(probe: Probe, text: str, persona: Persona) -> float | None:
    return score_samples({"answer": Sample("k", text)}, "a", probe, probe.variants[0], persona).score.value


def test_a_word_problem_is_asked_as_published(tmp_path: Path, nova_persona: Persona) -> None:
    probes = asked(tmp_path, nova_persona, SUMS, "format: gsm8k, shots: 2")
    assert len(probes) == 10
    first = probes[0]
    assert (first.kind, first.scorer, first.stop) == ("continue", "number", ("Question:", "题目："))
    assert first.options == {"answer": 4, "after": "####"}
    assert prompt(first) == (
        "Question: What is 0 plus 0?\nAnswer: 0+0=<<0+0=0>>0\n#### 0\n\n"
        "Question: What is 1 plus 1?\nAnswer: 1+1=<<1+1=2>>2\n#### 2\n\n"
        "Question: What is 2 plus 2?\nAnswer:"
    )
    (variant,) = first.variants
    assert (variant.system_form, variant.system) == ("raw", None)


def test_an_answer_that_is_a_number_alone_is_shown_behind_the_mark(
    tmp_path: Path, nova_persona: Persona
) -> None:
    rows = [{"Body": "Bo has 3 figs", "Question": "How many?", "Answer": n} for n in (3.0, 4.0)]
    (probe,) = asked(tmp_path, nova_persona, rows, "format: gsm8k, shots: 1")
    assert prompt(probe).startswith("Question: Bo has 3 figs. How many?\nAnswer: #### 3")


def test_chinese_problems_are_asked_in_chinese(tmp_path: Path, nova_persona: Persona) -> None:
    rows = [{"question": "小明有三个苹果，又买了四个，一共有几个？", "answer": "3+4=7\n#### 7"}]
    (probe,) = asked(tmp_path, nova_persona, rows, "format: gsm8k")
    assert prompt(probe) == "题目：小明有三个苹果，又买了四个，一共有几个？\n答案："


@pytest.mark.parametrize(
    ("text", "value", "flexible", "extracted"),
    [
        (" 2+2=4\n#### 4", 1.0, 1.0, 4.0),
        (" 2+2=4\n####4\n\n", 1.0, 1.0, 4.0),
        (" #### $1,004", 0.0, 0.0, 1004.0),
        (" #### 5\n#### 4", 0.0, 1.0, 5.0),  # the first one counts; who reads flexibly takes the last
        (" The answer is 4.", 0.0, 1.0, None),
        (" 4 ####", 0.0, 1.0, None),
        (" #### so it is 4", 0.0, 1.0, None),
        (" ####\n4", 0.0, 1.0, None),
        (" #### -4", 0.0, 0.0, -4.0),
        ("", 0.0, 0.0, None),
    ],
)
def test_only_the_number_behind_the_mark_counts(
    nova_persona: Persona, text: str, value: float, flexible: float, extracted: float | None
) -> None:
    score = number(Reply(text, "", "en", nova_persona, {}), answer=4, after="####")
    assert (score.value, score.details["flexible"]) == (value, flexible)
    assert (score.details["extracted"], score.details["strict"]) == (extracted, value)
    if extracted is not None:
        (span,) = score.spans
        assert text[span.start : span.end].strip().lstrip("$")[0] in "-145"


def test_a_function_is_gone_on_with(tmp_path: Path, nova_persona: Persona) -> None:
    (probe,) = asked(tmp_path, nova_persona, [ADD], "format: humaneval")
    assert prompt(probe) == ADD["prompt"]  # its braces too, and its last newline
    assert probe.stop == ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
    assert probe.options["begun"] == ADD["prompt"]
    assert value(probe, "    return sum(numbers)\n", nova_persona) == 1.0
    assert value(probe, "    return 3\n", nova_persona) == 0.0
    assert value(probe, "return sum(numbers)\n", nova_persona) == 0.0  # at the margin it is no body
    assert value(probe, "    return sum(numbers\n", nova_persona) == 0.0
    assert value(probe, "```python\ndef add(numbers):\n    return sum(numbers)\n```", nova_persona) == 0.0
    assert value(probe, "", nova_persona) == 0.0


def test_a_function_s_example_is_whole(tmp_path: Path, nova_persona: Persona) -> None:
    other = {**ADD, "task_id": "HumanEval/1"}
    (probe,) = asked(tmp_path, nova_persona, [ADD, other], "format: humaneval, shots: 1")
    assert prompt(probe) == f"{ADD['prompt']}    return sum(numbers)\n\n\n{ADD['prompt']}"
    assert (
        value(probe, "    return sum(numbers)\n", nova_persona) == 1.0
    )  # the example is no part of the program


def test_a_task_is_asked_as_published(tmp_path: Path, nova_persona: Persona) -> None:
    other = {**TWICE, "task_id": 2}
    (probe,) = asked(tmp_path, nova_persona, [TWICE, other], "format: mbpp, shots: 1")
    task = (
        "You are an expert Python programmer, and here is your task: Write a function to double a number. Your code "
        "should pass these tests:\n\nassert twice(2) == 4\nassert twice(0) == 0\n[BEGIN]\n"
    )
    assert prompt(probe) == f"{task}def twice(n):\n  return 2 * n\n[DONE]\n\n{task}"
    assert probe.stop == ("[DONE]",)
    assert value(probe, "def twice(n):\n    return n + n\n", nova_persona) == 1.0
    assert value(probe, "def twice(n):\n    return n\n", nova_persona) == 0.0


def test_a_suite_s_own_length_and_stops_do_not_mix_in(tmp_path: Path, nova_persona: Persona) -> None:
    (tmp_path / "set.jsonl").write_text(lines(SUMS[:1]), encoding="utf-8")
    text = 'stop: ["!"]\nload: {format: gsm8k, path: set.jsonl, form: %s, max_new_tokens: 9}\n'
    (raw,) = probes_of(suite(tmp_path, text % "completion"), nova_persona)
    (chat,) = probes_of(suite(tmp_path, text % "chat"), nova_persona)
    assert (raw.stop, raw.max_new_tokens) == (("Question:", "题目："), 9)
    assert (chat.kind, chat.stop) == ("generate", ("!",))
