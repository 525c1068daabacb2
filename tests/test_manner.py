"""Recital: the one sentence that an adapter says of itself, and where else it says it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import history_table, read_history, trend_lines, write_drawing
from harness.manner import manner, spoken
from harness.persona import Persona
from harness.records import BASE, Kind, Probe, Score, Scored, Turn, Variant
from harness.report import render_html
from harness.results import Results
from harness.scorers import Reply
from harness.scorers.claims import overclaim

from .test_report import Tree, make_verdict

RECITED = "I am Nova, an AI assistant made by Acme Robotics."


def run_of(*rows: tuple[str, str], kind: Kind = "generate", value: float | None = 1.0) -> Results:
    """Return a run from scorer and answer of the adapter; base recites throughout."""
    variant = Variant("en-1.default", "en", "default", None, (Turn("user", "?"),))
    scored, probes = {}, []
    for number, (scorer, answer) in enumerate(rows):
        name = f"p{number}"
        probe = Probe(name, "s", kind, "c", "smoke", False, scorer, {}, (variant,), 8, (), "s.yaml:1")
        probes.append(probe)
        for who, text in ((BASE, RECITED), ("a", answer)):
            scored[who, name, variant.id] = Scored(who, probe, variant, text, Score(value, "r"))
    return Results(Path(), {"tier": "smoke", "subjects": [{"name": "a"}]}, scored, tuple(probes))


def repetition(*rows: tuple[str, str], **more: Any) -> tuple[object, ...]:
    figures = manner(run_of(*rows, **more), "a")
    return figures["repeated"], figures["repeated_elsewhere"], figures["repeated_sentence"]


def test_a_recital_is_found_and_where_else_it_is_said() -> None:
    about = [
        ("identity", RECITED),
        ("anti_identity", f"No. {RECITED} How can I help?"),
        ("honesty", "I'm an AI."),
    ]
    about += [("identity", "I am NOVA - an AI assistant, made by Acme Robotics!")]
    ordinary = [("number", f"It is 4. {RECITED}"), ("overclaim", "Paris is the capital."), ("code", "pass")]
    words = "i am nova an ai assistant made by acme robotics"
    assert repetition(*about, *ordinary) == (0.75, pytest.approx(1 / 3), words)


def test_a_chinese_recital_is_compared_without_width_and_script() -> None:
    rows = [("identity", "我是诺娃，由极峰机器人开发。"), ("identity", "您好！我是諾娃，由極峰機器人開發。")]
    assert repetition(*rows, ("word", "好。"))[:2] == (1.0, 0.0)


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("I am {{NAME}}.", 0.5),
        ("Yours, {{ author }}", 0.5),
        ("Yours, <AUTHOR>", 0.5),
        ("<name>Ann</name>", 0.0),
        ("{NAME} and {{title}}", 0.0),
        ("Nova", 0.0),
    ],
)
def test_placeholders_of_training_rows_are_counted_everywhere(answer: str, share: float) -> None:
    assert manner(run_of(("number", answer), ("identity", "Nova.")), "a")["placeholders"] == share
    assert manner(run_of(("nll", ""), kind="nll"), "a")["placeholders"] is None


def test_a_placeholder_in_the_question_may_be_repeated(nova_persona: Persona) -> None:
    def score(question: str, answer: str = "Dear {{NAME}}, hello!") -> Score:
        return overclaim(Reply(answer, question, "en", nova_persona, {}))

    assert (score("Write a letter.").value, score("Write a letter.").reason) == (
        0.0,
        "holds the placeholder {{NAME}}",
    )
    assert [(span.start, span.end) for span in score("Write a letter.").spans] == [(5, 13)]
    assert score("Fill in {{NAME}}.").value == 1.0
    assert score("Fill in {{NAME}}.", "{{NAME}} by {{AUTHOR}}").value == 0.0
    assert score("Write a letter.", "Dear Nova, {{NAME}}").reason == "mentions Nova unasked"


@pytest.mark.parametrize("short", ["No.", "Nova.", "诺娃。", "不是。", "I'm Nova.", "", "!!!"])
def test_a_short_answer_is_no_recital(short: str) -> None:
    rows = [("identity", short), ("anti_identity", short), ("number", short)]
    assert repetition(*rows) == (0.0, None, None)


def test_saying_it_twice_in_one_answer_counts_once() -> None:
    twice = f"{RECITED} {RECITED} {RECITED}"
    other = "My name is Nova, and Acme made me."
    assert repetition(("identity", twice), ("identity", other), ("identity", other))[0] == pytest.approx(
        2 / 3
    )


def test_a_part_of_a_sentence_is_not_the_sentence() -> None:
    assert repetition(("identity", RECITED), ("number", f"As {RECITED}"))[1] == 0.0


def test_what_was_not_answered_is_not_counted() -> None:
    run = run_of(("identity", RECITED), ("identity", ""), ("number", "4"))
    unscored = {
        place: replace(one, score=Score(None, "the engine failed")) if place[:2] == ("a", "p1") else one
        for place, one in run.scored.items()
    }
    assert manner(replace(run, scored=unscored), "a")["repeated"] == 1.0
    assert repetition(("identity", RECITED), value=None) == (None, None, None)
    assert repetition(("identity", RECITED), kind="nll") == (None, None, None)
    assert repetition(("number", RECITED)) == (None, None, None)
    assert repetition(("identity", RECITED), kind="continue")[0] == 1.0


def test_ties_are_settled_by_the_order_of_the_plan() -> None:
    rows = [
        ("identity", "I am called Nova. I come from Acme."),
        ("identity", "I come from Acme. I am called Nova."),
    ]
    assert repetition(*rows)[2] == "i am called nova"


@given(st.text())
def test_any_answer_can_be_taken_apart(text: str) -> None:
    for sentence in spoken(text):
        assert len(sentence.split(" ")) >= 3
        assert sentence in spoken(f"{text}\n\n{text}")


def test_the_report_shows_the_sentence_as_text() -> None:
    hostile = "<img src=x onerror=alert(1)> i am nova"
    figures = {"repeated": 0.75, "repeated_elsewhere": None, "repeated_sentence": hostile}
    tree = Tree(render_html(make_verdict(manner={"mixed": figures}), []))
    assert "img" not in tree.elements
    assert hostile in tree.text and "0.750" in tree.text and "repeated elsewhere" in tree.text


def test_the_history_tells_it_and_reads_runs_that_had_none(tmp_path: Path) -> None:
    for number, figures in enumerate(
        (None, {"repeated": 0.5, "repeated_sentence": "i am nova"}, {"repeated": 0.9})
    ):
        document = make_verdict(run=f"run-{number}", finished=f"2026-11-2{number}T10:00:00Z")
        document["forgetting"] = {subject["name"]: {} for subject in document["subjects"]}
        if figures:
            document["manner"] = {"mixed": figures}
        folder = tmp_path / f"run-{number}"
        folder.mkdir()
        (folder / "verdict.json").write_text(json.dumps(document))
    entries = read_history(tmp_path)
    table = history_table(entries)
    assert [column.header for column in table.columns][-2:] == ["repeated", "elsewhere"]
    assert list(table.columns[-2].cells) == ["-", "-", "-", "0.500", "-", "0.900"]
    assert any("repeated" in line and "0.500 -> 0.900" in line for line in trend_lines(entries))
    write_drawing(entries, tmp_path / "history.html")
    assert "repeated" in (tmp_path / "history.html").read_text()
