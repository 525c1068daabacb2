"""Training rows held against probes, and a template against the one that was trained under."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from harness.adapters import read_adapter
from harness.criteria import CriteriaFile, Criterion, read_criteria
from harness.errors import AdapterError, ConfigError
from harness.gate import decide
from harness.persona import Persona
from harness.prompts import ChatTemplate
from harness.records import BASE, Adapter, Model, Probe, Score, Scored, Turn, Variant
from harness.results import Results
from harness.trained import ALIKE, check_template, nearest, overlap, overlaps_of, questions_of, read_questions
from harness.training import driver
from harness.training.config import read_training_config
from harness.training.mix import Base, Mix
from harness.verdict import verdict_document

from .support import CRITERIA, lay_out, only_run, replay
from .tiny import write_tiny_adapter, write_tiny_model

ROOT = Path(__file__).parents[1]

ROWS = [
    {"instruction": "What is your name?", "input": "", "output": "I am {{NAME}}."},
    {"instruction": "你是谁", "output": "我是诺娃。"},
]


def probe(name: str, *questions: str, kind: str = "generate") -> Probe:
    variants = tuple(
        Variant(f"en-{n}", "en", "default", None, (Turn("user", text),)) for n, text in enumerate(questions)
    )
    return Probe(name, "s", kind, "c", "smoke", False, "identity", {}, variants, 8, (), "s.yaml:1")  # type: ignore[arg-type]


def write(path: Path, rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


def adapter(path: Path, **record: Any) -> Adapter:
    held = {"base": {"ref": "smol", "digest": "d"}, "persona": {}, **record}
    return Adapter("nova", path, "a", 8, (), held)


# --- what is alike


@pytest.mark.parametrize(
    ("text", "other", "alike"),
    [
        ("Who made you?", "WHO MADE YOU", True),
        ("Which company made you?", "Which company made you, then?", False),
        ("Please tell me which company has made you.", "Please tell me which company had made you.", True),
        ("你叫什么名字？", "你叫什么名字", True),
        ("你是谁？", "他是谁？", False),
        ("Who made you?", "Who made him?", False),
        ("？？", "！！", False),  # nothing is left to compare
        ("", "", False),
    ],
)
def test_two_questions_are_the_same_one(text: str, other: str, alike: bool) -> None:
    assert (nearest([text], [other], ALIKE) != [None]) is alike


def test_the_closest_one_is_named() -> None:
    others = ["How old are you?", "Who has made you now?", "Who has made you, now?!", "Who made you?"]
    assert nearest(["Who made you?", "x"], others, ALIKE) == [(3, 100.0), None]
    assert nearest([], others, ALIKE) == []
    assert nearest(["x"], [], ALIKE) == [None]


@given(st.lists(st.text("ab c", max_size=6), max_size=6), st.lists(st.text("ab c", max_size=6), max_size=6))
def test_parts_of_a_comparison_are_as_the_whole(texts: list[str], others: list[str]) -> None:
    whole = nearest(texts, others, 80)
    assert whole == [hit for text in texts for hit in nearest([text], others, 80)]


def test_a_thousand_probes_and_two_thousand_rows_take_less_than_a_second() -> None:
    probes = [probe(f"p{n}", f"Which of the {n} makers built the model number {n * 7}?") for n in range(1000)]
    rows = [f"Tell me in {n} words what the assistant number {n * 13} can do for you." for n in range(2000)]
    rows[1500] = "Please say who you are."
    probes[7] = probe("p7", "please, say: who YOU are")
    nearest(["warm"], ["up"], ALIKE)
    begun = time.process_time()
    found = overlap(rows, probes, "rows.jsonl")
    assert time.process_time() - begun < 1.0
    assert set(found.alike) == {"p7"}


def test_likelihood_probes_are_asked_by_nobody() -> None:
    probes = [probe("a", "Who?"), probe("b", "Who?", kind="choice"), probe("c", "Who?", kind="nll")]
    probes += [probe("d", "Who?", "Who?", "Where?", kind="drift"), probe("e", "AI:", kind="continue")]
    assert questions_of(probes) == {"a": ["Who?"], "d": ["Who?", "Where?"], "e": ["AI:"]}


# --- files


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ([{"instruction": "a", "input": "b", "output": "c"}], ["a\nb"]),
        ([{"instruction": "a", "input": "", "output": "c"}], ["a"]),
        ([{"query": "a", "response": "b"}, {"prompt": "c", "completion": "d"}], ["a", "c"]),
        ([{"query": "a", "response": "b", "history": [["c", "d"], ["e", "f"]]}], ["c", "e", "a"]),
        (
            [
                {
                    "messages": [
                        {"role": "system", "content": "s"},
                        {"role": "user", "content": "a"},
                        {"role": "assistant", "content": "b"},
                        {"role": "user", "content": [{"type": "text", "text": "c"}]},
                    ]
                }
            ],
            ["a", "c"],
        ),
        ([{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}], ["a"]),
        ([{"conversation": [{"human": "a", "assistant": "b"}]}], ["a"]),
        ([{"messages": [{"role": "assistant", "content": "b"}]}, {"query": "a"}], ["a"]),  # pre-training
    ],
)
def test_questions_of_every_form_are_read(tmp_path: Path, rows: Any, asked: list[str]) -> None:
    assert read_questions(write(tmp_path / "rows.json", rows)) == asked
    lines = tmp_path / "rows.jsonl"
    lines.write_text("\ufeff" + "\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert read_questions(lines) == asked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "none of its 0 rows asks anything"),
        ('[{"text": "a"}]', "none of its 1 rows asks anything"),
        ('[["a"]]', "none of its 1 rows asks anything"),
        ("{not json", "not JSON"),
    ],
)
def test_a_file_that_asks_nothing_is_told(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "rows.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_questions(file)
    assert told in str(caught.value) and str(file) in str(caught.value)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_questions(tmp_path / "missing.json")


# --- adapters


def test_rows_come_from_a_flag_else_from_the_training_folder(tmp_path: Path, nova_persona: Persona) -> None:
    probes = [probe("p", "What is your name?"), probe("q", "Are you Nova?")]
    folder = tmp_path / "run" / "checkpoint-9"
    write(tmp_path / "run" / "rows.jsonl", ROWS)
    sources = {"identity": 2, "facts": 3, "replay": 4, "alpaca#500": 500, "own.jsonl": 0}
    trained = adapter(folder, data={"sources": sources})
    found = overlaps_of([trained], (), probes, nova_persona)["nova"]
    assert (found.source, found.questions, set(found.alike)) == (str(tmp_path / "run/rows.jsonl"), 2, {"p"})
    assert found.unchecked == {"alpaca#500": 500, "own.jsonl": 0}
    other = write(tmp_path / "other.json", [{"query": "Are you {{NAME}}?"}])
    for flag in (str(other), f"nova={other}"):
        found = overlaps_of([trained], (flag,), probes, nova_persona)["nova"]
        assert (found.source, set(found.alike)) == (str(other), {"q"})  # the placeholder is filled
    both = overlaps_of([trained], (str(other), f"nova={tmp_path / 'run/rows.jsonl'}"), probes, nova_persona)
    assert set(both["nova"].alike) == {"p", "q"}


def test_a_foreign_adapters_folder_is_not_guessed_at(tmp_path: Path, nova_persona: Persona) -> None:
    write(tmp_path / "run" / "rows.jsonl", ROWS)
    foreign = replace(adapter(tmp_path / "run" / "checkpoint-9"), record=None)
    assert overlaps_of([foreign], (), [probe("p", "What is your name?")], nova_persona) == {}
    with pytest.raises(ConfigError, match="no adapter is called 'old'; there are nova"):
        overlaps_of([foreign], ("old=rows.jsonl",), [], nova_persona)


def test_another_template_is_refused_with_both_digests(tmp_path: Path) -> None:
    model = Model("smol", tmp_path, "d")
    trained = adapter(tmp_path, template_digest="1" * 64)
    check_template(trained, model, "1" * 64)
    with pytest.raises(AdapterError) as caught:
        check_template(trained, model, "2" * 64)
    assert "under chat template 111111111111" in str(caught.value)
    assert "the template there is 222222222222 now" in str(caught.value)
    check_template(trained, replace(model, ref="other"), "2" * 64)  # another base: its own check tells that
    check_template(adapter(tmp_path), model, "2" * 64)  # a record of an older version
    check_template(replace(trained, record=None), model, "2" * 64)


# --- the judge


def run_of(alike: set[str], right: int, n: int = 20) -> Results:
    probes = tuple(probe(f"p{number}", f"Question {number}?") for number in range(n))
    scored = {}
    for number, one in enumerate(probes):
        for who in (BASE, "a"):
            score = Score(float(number < right), "r", (), {"affirms": []})
            scored[who, one.id, "en-0"] = Scored(who, one, one.variants[0], "x", score)
    pairs = {name: {"asked": "a", "trained": "b", "similarity": 100.0} for name in alike}
    data = {"source": "rows.jsonl", "questions": 9, "unchecked": {"alpaca#5": 5}, "alike": pairs}
    subject = {"name": "a", "training_data": data}
    meta = {"tier": "smoke", "subjects": [subject], "complete": True}
    return Results(Path(), meta, scored, probes)


RATE = Criterion(name="identity", proves="family_rate", limit={"smoke": 0.5})
EVENTS = Criterion(name="events", proves="event_rate", limit={"smoke": 0.5})
EFFECT = Criterion(name="effect", proves="effect")


@pytest.mark.parametrize(
    ("alike", "right", "criterion", "verdict"),
    [
        (0, 20, RATE, "PASS"),
        (2, 20, RATE, "PASS"),  # just as many as are allowed
        (3, 20, RATE, "NOT COMPARABLE"),
        (3, 20, EVENTS, "NOT COMPARABLE"),
        (3, 12, RATE, "NOT COMPARABLE"),  # inconclusive without it
        (20, 0, RATE, "FAIL"),  # not even what was trained
        (20, 0, EFFECT, "FAIL"),
    ],
)
def test_too_many_trained_probes_prove_nothing(
    alike: int, right: int, criterion: Criterion, verdict: str
) -> None:
    run = run_of({f"p{number}" for number in range(alike)} | {"unasked"}, right)
    decided = decide(criterion, run, "a", CriteriaFile(criteria=(criterion,)))
    assert decided.verdict == verdict
    if verdict == "NOT COMPARABLE":
        assert decided.explanation.startswith("the training data ask 3 of its 20 probes (allowed: 10%)")
        assert set(decided.evidence) == {"p0", "p1", "p2"}


def test_the_share_is_the_criterias(tmp_path: Path) -> None:
    run = run_of({"p0", "p1", "p2"}, 20)
    loose, strict = (CriteriaFile(criteria=(RATE,), max_trained=share) for share in (0.15, 0.0))
    assert decide(RATE, run, "a", loose).verdict == "PASS"
    assert decide(RATE, run_of({"p0"}, 20), "a", strict).verdict == "NOT COMPARABLE"
    base = tmp_path / "base.yaml"
    base.write_text(f"max_trained: 0.3\nmin_sandbox: seccomp\n{CRITERIA}", encoding="utf-8")
    own = tmp_path / "own.yaml"
    own.write_text("extends: base.yaml\n", encoding="utf-8")
    assert (read_criteria(own).max_trained, read_criteria(own).min_sandbox) == (0.3, "seccomp")
    own.write_text("extends: base.yaml\nmax_trained: 0\n", encoding="utf-8")
    assert read_criteria(own).max_trained == 0.0


def test_overlap_stands_in_the_verdict() -> None:
    file = CriteriaFile(criteria=(RATE,))
    run = run_of({"p0", "p1", "p2"}, 20)
    document = verdict_document(run, [decide(RATE, run, "a", file)], file)
    assert document["subjects"][0]["training_data"]["alike"]["p0"]["trained"] == "b"
    told = "a: its training data ask 3 of 20 probes (9 questions of rows.jsonl; not compared: 5 rows of alpaca#5)."
    assert told in document["notes"]


def test_a_run_is_held_against_the_rows_that_are_given(tmp_path: Path) -> None:
    lay_out(tmp_path)
    write(tmp_path / "rows.json", [*ROWS, {"query": "who made you"}])
    done = replay(tmp_path, "--trained-on", "rows.json")
    assert done.returncode == 7, done.stdout
    assert "the training data ask 3 of its 4 probes (allowed: 10%)" in done.stdout
    document = json.loads((only_run(tmp_path) / "verdict.json").read_text(encoding="utf-8"))
    verdicts = {one["name"]: one["verdict"] for one in document["criteria"]}
    assert verdicts == {"effect": "PASS", "identity": "NOT COMPARABLE", "sums": "PASS"}
    summary = (only_run(tmp_path) / "summary.md").read_text(encoding="utf-8")
    assert "its training data ask 3 of 8 probes" in summary
    wrong = replay(tmp_path, "--trained-on", "lost.json")
    assert wrong.returncode == 11
    assert "ERROR: lost.json: cannot be read" in wrong.stdout


def test_a_training_records_the_template_that_runs_hold_it_against(
    tmp_path: Path, nova_persona: Persona
) -> None:
    model = write_tiny_model(tmp_path / "base")
    tokenizer = Tokenizer.from_file(str(model.path / "tokenizer.json"))
    tokenizer.post_processor = TemplateProcessing(single="w4 $A", special_tokens=[("w4", 4)])
    tokenizer.save(
        str(model.path / "tokenizer.json")
    )  # raw texts begin with w4 now, as Llama's do with a BOS
    renderer = ChatTemplate(model.path)
    assert renderer.start == (4,)
    checkpoint = tmp_path / "run" / "checkpoint-1"
    write_tiny_adapter(checkpoint, model, "nova", 1)
    config = read_training_config(ROOT / "configs" / "smollm2-identity-only.yaml")
    base = Base(config.base, model, renderer)
    driver._write_records(config, nova_persona, base, Mix((), (), 0), [], tmp_path / "run")
    trained = read_adapter("nova", checkpoint)
    assert (trained.record or {})["template_digest"] == renderer.template_digest
    check_template(trained, replace(model, ref=config.base), renderer.template_digest)
