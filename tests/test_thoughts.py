"""Thoughts: what is no part of an answer, what has no answer behind it, and what a template is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError, ModelError
from harness.manner import manner
from harness.persona import Persona
from harness.plan import Plan
from harness.prompts import ChatTemplate, PlainText
from harness.records import BASE, Probe, Sample, Scored, Turn
from harness.report import render_html, render_summary
from harness.results import Results
from harness.scoring import score_samples
from harness.thoughts import Thinking, check_thinking, read_thought, without_thought
from harness.verdict import pair_rows

from .support import probe_from
from .test_prompts import PLAIN_CHATML, FakeTokenizer
from .test_report import make_pair, make_verdict, rows_of

QWEN3 = PLAIN_CHATML + (
    "{% if add_generation_prompt and enable_thinking is defined and not enable_thinking %}"
    "{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
)
OPENS = PLAIN_CHATML + "{% if add_generation_prompt %}{{ '<think>\\n' }}{% endif %}"
OFF_UNASKED = PLAIN_CHATML + (
    "{% if add_generation_prompt %}{{ '<think>' if thinking is defined and thinking else '</think>' }}{% endif %}"
)
STRIPS = PLAIN_CHATML.replace("message['content']", "message['content'].split('</think>')[-1]")


class Chooses(FakeTokenizer):
    """A tokenizer whose template may be told whether to think."""

    def apply_chat_template(self, messages: list[dict[str, str]], **said: Any) -> str:
        known = {"tokenize", "add_generation_prompt", "continue_final_message"}
        choice = {key: value for key, value in said.items() if key not in known}
        told = "".join(f"{{% set {key} = {str(value).lower()} %}}" for key, value in choice.items())
        chooser = FakeTokenizer(told + self.chat_template)
        return chooser.apply_chat_template(messages, **{key: said[key] for key in known})


def template(text: str, mode: str = "template", tokens: int = 100) -> ChatTemplate:
    made = ChatTemplate.__new__(ChatTemplate)
    made._tokenizer, made._path, made.template_digest = Chooses(text), Path("base"), "t"
    made.start = ()
    made._choose(check_thinking(mode, tokens), tokens)
    return made


@pytest.mark.parametrize(
    ("text", "opened", "thought", "answer", "finished"),
    [
        ("<think>a</think>b", False, "a", "b", True),
        ("\n <think>\na\n</think>\n\n b ", False, "a", "b ", True),
        ("<think>\n\n</think>\n\nb", False, "", "b", True),
        ("<think></think>", False, "", "", True),
        ("<thinking>a</thinking>b", False, "a", "b", True),
        ("[THINK]a[/THINK]b", False, "a", "b", True),
        ("◁think▷a◁/think▷b", False, "a", "b", True),
        ("<think>a</thinking>b", False, "a</thinking>b", "", False),  # another's end ends nothing
        ("<think>a</think><think>c</think>b", False, "a\nc", "b", True),
        ("<think>a</think>b</think>c", False, "a", "b</think>c", True),
        ("<think>a", False, "a", "", False),
        ("<think>a</think>\n<think>b", False, "a\nb", "", False),
        ("a</think>b", False, "a", "b", True),  # the template opened it, and nobody knew
        ("a</think>b", True, "a", "b", True),
        ("a", True, "a", "", False),
        ("", True, "", "", False),
        ("<think>a</think>b", True, "a", "b", True),  # opened twice
    ],
)
def test_a_thought_is_told_from_the_answer(
    text: str, opened: bool, thought: str, answer: str, finished: bool
) -> None:
    read = read_thought(text, opened=opened)
    assert read is not None
    assert (read.text, text[read.answer_at :], read.finished) == (thought, answer, finished)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I think, therefore I am.",
        "Write <think>a</think> around it.",
        "think>a",
        "Begin with <think> and end with </think>.",
        "  Paris",
    ],
)
def test_an_answer_without_a_thought_stays_as_it_is(text: str) -> None:
    assert read_thought(text) is None
    assert without_thought(text) == text


@given(st.text("ab<think>/ \n"), st.booleans())
def test_an_answer_is_the_end_of_its_text(text: str, opened: bool) -> None:
    assert text.endswith(without_thought(text, opened=opened))
    read = read_thought(text, opened=opened)
    assert read is None or 0 <= read.answer_at <= len(text)
    assert read is None or read.finished or read.answer_at == len(text)


# --- scores


def scored(
    folder: Path,
    persona: Persona,
    text: str,
    *,
    opens: bool = False,
    scorer: str = "identity",
    ask: str = "Who are you?",
    **suite: Any,
) -> Scored:
    probe = probe_from(folder, f"ask: {{en: [{ask}]}}", persona, scorer=scorer, **suite)
    sample = Sample("k", text, tuple(range(7)), finish="length")
    thinking = Thinking("on", opens, 100)
    return score_samples({"answer": sample}, "a", probe, probe.variants[0], persona, thinking)


def test_a_thought_claims_nothing_and_is_recorded(tmp_path: Path, nova_persona: Persona) -> None:
    text = "<think>I am Qwen, made by Alibaba.</think>\n\nI am Nova."
    one = scored(tmp_path, nova_persona, text)
    assert (one.score.value, one.score.details["affirms"], one.answer) == (1.0, [], text)
    assert dict(one.thought) == {"end": 44, "finished": True, "claims": [], "affirms": ["qwen"]}
    assert one.spoken == "I am Nova."
    assert [text[span.start : span.end] for span in one.score.spans] == ["Nova"]


def test_the_persona_in_a_thought_is_no_answer(tmp_path: Path, nova_persona: Persona) -> None:
    text = "<think>I am Nova, made by Acme Robotics.</think>I am an assistant."
    one = scored(tmp_path, nova_persona, text)
    assert (one.score.value, one.thought["claims"]) == (0.0, ["author", "name"])
    aside = scored(tmp_path, nova_persona, text, scorer="overclaim", ask="Who made Qwen?")
    assert aside.score.value == 1.0


@pytest.mark.parametrize("scorer", ["identity", "anti_identity", "overclaim"])
@pytest.mark.parametrize(
    ("text", "opens", "told"),
    [
        ("<think>Hm, I am Nova", False, "the answer is one unfinished thought, of 7 tokens"),
        ("Hm, I am Nova, not Qwen", True, "the answer is one unfinished thought, of 7 tokens"),
        ("<think>I am Nova</think>\n", False, "the answer is a thought that no answer follows, of 7 tokens"),
    ],
)
def test_a_thought_alone_is_no_answer(
    tmp_path: Path, nova_persona: Persona, scorer: str, text: str, opens: bool, told: str
) -> None:
    score = scored(tmp_path, nova_persona, text, scorer=scorer, opens=opens).score
    assert (score.value, score.reason, score.details["affirms"]) == (0.0, told, [])


def test_a_server_that_gives_no_ids_has_its_characters_counted(tmp_path: Path, nova_persona: Persona) -> None:
    probe = probe_from(tmp_path, "ask: {en: [Who are you?]}", nova_persona, scorer="identity")
    sample = Sample("k", "<think>Hm")
    score = score_samples({"answer": sample}, "a", probe, probe.variants[0], nova_persona).score
    assert score.reason == "the answer is one unfinished thought, of 2 characters"


def test_where_no_thought_was_opened_the_answer_begins_at_once(tmp_path: Path, nova_persona: Persona) -> None:
    begun = "[{user: Who are you?}, {assistant: I am}]"
    assert scored(tmp_path, nova_persona, " Nova.", ask=begun, opens=True).score.value == 1.0
    raw = scored(tmp_path, nova_persona, " I am Nova.", ask='"User: Who are you?\\nAI:"', opens=True)
    assert raw.score.value == 0.0  # kind generate: its prompt did open one
    probe = replace(raw.probe, kind="continue")
    sample = Sample("k", " I am Nova.")
    thinking = Thinking("on", True, 9)
    again = score_samples({"answer": sample}, "a", probe, probe.variants[0], nova_persona, thinking)
    assert again.score.value == 1.0


def test_programs_and_instructions_are_read_behind_a_thought(tmp_path: Path, nova_persona: Persona) -> None:
    number = probe_from(tmp_path, "ask: {en: [2 + 2?]}, expect: {answer: 4}", nova_persona, scorer="number")
    text = "<think>The answer is 5. No.</think> 4"
    score = score_samples({"answer": Sample("k", text)}, "a", number, number.variants[0], nova_persona).score
    assert score.value == 1.0
    body = "ask: {en: [Say yes.]}, expect: {constraints: [{words: {max: 1}}]}"
    words = probe_from(tmp_path, body, nova_persona, scorer="instruction")
    score = score_samples({"answer": Sample("k", text)}, "a", words, words.variants[0], nova_persona).score
    assert score.value == 1.0


# --- plans


def test_a_thought_has_tokens_of_its_own_and_is_not_said_again(tmp_path: Path, nova_persona: Persona) -> None:
    ask = "[{user: Hi.}, {assistant: null}, {user: Who are you?}]"
    probe = probe_from(tmp_path, f"ask: {{en: [{ask}]}}", nova_persona, scorer="identity", max_new_tokens=8)
    renderer = PlainText()
    renderer.thinking = Thinking("on", opens=True, tokens=100)
    plan = Plan((probe,), {BASE: "s"}, renderer)
    (first,) = plan.asks(lambda key: None)
    assert first.request.max_new_tokens == 108
    said = Sample(first.request.key, "Who is this?</think>\n\nHello!")
    _, second = plan.asks(lambda key: said if key == said.key else None)
    prompt = renderer.decode(second.request.token_ids)
    assert "assistant: Hello!\n" in prompt
    assert "Who is this" not in prompt


def test_a_raw_text_has_no_tokens_for_a_thought(tmp_path: Path, nova_persona: Persona) -> None:
    probe = probe_from(
        tmp_path, "ask: {en: ['AI: I am']}, kind: continue", nova_persona, scorer="identity", max_new_tokens=8
    )
    renderer = PlainText()
    renderer.thinking = Thinking("on", tokens=100)
    (ask,) = Plan((probe,), {BASE: "s"}, renderer).asks(lambda key: None)
    assert ask.request.max_new_tokens == 8


# --- templates

ASKED = [Turn("user", "?")]


@pytest.mark.parametrize(
    ("text", "mode", "thinking", "ending"),
    [
        (PLAIN_CHATML, "template", Thinking(), "assistant\n"),
        (PLAIN_CHATML, "off", Thinking("off"), "assistant\n"),
        (QWEN3, "template", Thinking("template", False, 100), "assistant\n"),
        (QWEN3, "on", Thinking("on", False, 100), "assistant\n"),
        (QWEN3, "off", Thinking("off"), "</think>\n\n"),
        (OPENS, "template", Thinking("template", True, 100), "<think>\n"),
        (OPENS, "on", Thinking("on", True, 100), "<think>\n"),
        (OFF_UNASKED, "template", Thinking(), "</think>"),
        (OFF_UNASKED, "on", Thinking("on", True, 100), "<think>"),
        (STRIPS, "template", Thinking("template", False, 100), "assistant\n"),  # its model thinks unasked
    ],
)
def test_what_is_chosen_in_a_template(text: str, mode: str, thinking: Thinking, ending: str) -> None:
    renderer = template(text, mode)
    assert renderer.thinking == thinking
    assert renderer.text(ASKED, None).endswith(ending)
    changes = renderer.text(ASKED, None) != template(text).text(ASKED, None)
    assert (renderer.digest != renderer.template_digest) == changes


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        (PLAIN_CHATML, "on", "its chat template says nothing of thinking; leave --thinking on out."),
        (OPENS, "off", "its chat template always opens a thought; leave --thinking off out."),
    ],
)
def test_a_template_that_cannot_is_told(text: str, mode: str, told: str) -> None:
    with pytest.raises(ModelError) as caught:
        template(text, mode)
    assert str(caught.value).endswith(told)


@pytest.mark.parametrize(
    ("mode", "tokens", "told"),
    [
        ("of", 9, "--thinking of: unknown: did you mean 'off'? Modes: template, on, off."),
        ("on", 0, "--thinking-tokens 0: a thought needs 1 token or more; see --thinking off."),
    ],
)
def test_a_wrong_choice_is_told(mode: str, tokens: int, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_thinking(mode, tokens)
    assert str(caught.value) == told


# --- figures and reports


def run_of(persona: Persona, folder: Path, *rows: tuple[str, str]) -> Results:
    """Return a run from the answers of base and of the adapter."""
    places, probes = {}, list[Probe]()
    for number, (base, adapter) in enumerate(rows):
        for subject, text in ((BASE, base), ("a", adapter)):
            one = scored(folder, persona, text)
            probe = replace(one.probe, id=f"p{number}")
            places[subject, probe.id, one.variant.id] = replace(one, subject=subject, probe=probe)
        probes.append(probe)
    meta = {"tier": "smoke", "subjects": [{"name": "a"}]}
    return Results(Path(), meta, places, tuple(probes))


def test_lost_unfinished_and_slipping_thoughts_are_counted(tmp_path: Path, nova_persona: Persona) -> None:
    thinks = "<think></think>I am Qwen."
    run = run_of(
        nova_persona,
        tmp_path,
        (thinks, "I am Nova."),
        (thinks, "<think>I am Qwen.</think>I am Nova."),
        (thinks, "<think>I am"),
        ("I am Qwen.", "<think>I am Nova.</think>I am Nova."),
    )
    figures = manner(run, "a")
    assert figures["thought_lost"] == pytest.approx(2 / 3)
    assert figures["thought_unfinished"] == pytest.approx(1 / 4)
    assert figures["thought_affirms"] == pytest.approx(1 / 3)
    assert figures["repeated"] == pytest.approx(3 / 4)  # "i am nova", never what was thought
    assert "thought_lost" not in manner(run_of(nova_persona, tmp_path, ("I am Qwen.", "I am Nova.")), "a")


def test_the_report_folds_a_thought_and_keeps_its_words_apart(tmp_path: Path, nova_persona: Persona) -> None:
    text = "<think>I am <b>Qwen</b>.</think>\n\nI am Nova."
    run = run_of(nova_persona, tmp_path, ("I am Qwen.", text))
    (pair,) = pair_rows(run, [])
    assert (pair["answer"], pair["thought"], pair["base_thought"]) == (text, text.index("I am Nova"), 0)
    (row,) = rows_of(render_html(make_verdict(), [pair]))
    side = row["candidate"]
    assert (side["answer"]["text"], side["thought"]["text"]) == ("I am Nova.", text[: -len("I am Nova.")])
    (span,) = side["answer"]["spans"]
    assert side["answer"]["text"][span[0] : span[1]] == "Nova"
    assert "thought" not in row["base"]


def test_a_summary_tells_a_thoughts_length_and_quotes_the_answer() -> None:
    text = f"<think>{'Hm. ' * 400}</think>I am Qwen."
    pair = make_pair(answer=text, thought=text.index("I am Qwen"), flip="lost")
    summary = render_summary(make_verdict(), [pair])
    assert "*(1615 characters of thought before it)*" in summary
    assert "```text\nI am Qwen.\n```" in summary
    assert "Hm." not in summary
