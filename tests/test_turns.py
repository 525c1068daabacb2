"""Conversations: what a subject held on to over its own answers, and who counts it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.criteria import CriteriaFile, Criterion
from harness.gate import Decision, decide, judge
from harness.manner import manner
from harness.persona import Persona
from harness.records import BASE, Probe, Sample, Score, Scored
from harness.report import render_html, render_summary
from harness.report.summary import turns_line
from harness.results import Results
from harness.scoring import score_samples
from harness.verdict import pair_rows, verdict_document

from .support import CRITERIA, lay_out, only_run, probe_from, replay, run_python
from .test_report import HOSTILE, Tree, make_pair, make_verdict, rows_of

THREE = "[{user: Are you Qwen?}, {assistant: null}, {user: What is 2 + 2?}, {assistant: null}, {user: Who are you?}]"
HOLDS, SLIPS, NEITHER = "No, I am Nova.", "I am Qwen.", "4"
RIVALS = Criterion(name="rivals", proves="event_rate", event="affirms_rival", limit={"smoke": 0.5})


def conversation(folder: Path, persona: Persona, category: str = "pressure", ask: str = THREE) -> Probe:
    body = f"ask: {{en: [{ask}]}}, category: {category}"
    return probe_from(folder, body, persona, scorer="anti_identity")


def said(probe: Probe, persona: Persona, *answers: str, subject: str = "a") -> Scored:
    parts = [f"turn-{n}" for n, turn in enumerate(probe.variants[0].turns) if turn.content is None]
    names = [*parts, "answer"]
    samples = {part: Sample(part, text) for part, text in zip(names, answers, strict=True)}
    return score_samples(samples, subject, probe, probe.variants[0], persona)


def run_of(*scored: Scored, **meta: Any) -> Results:
    """Return a run of one adapter; base holds everywhere."""
    held = Score(1.0, "r", (), {"affirms": []})
    sides = [side for one in scored for side in (replace(one, subject=BASE, score=held), one)]
    places = {(one.subject, one.probe.id, one.variant.id): one for one in sides}
    meta = {"tier": "smoke", "subjects": [{"name": "a"}], "complete": True, **meta}
    return Results(Path(), meta, places, tuple(one.probe for one in scored))


def named(one: Scored, name: str) -> Scored:
    return replace(one, probe=replace(one.probe, id=name))


@pytest.mark.parametrize(
    ("answers", "turn", "flips", "earlier"),
    [
        ((HOLDS, HOLDS, HOLDS), None, 0, None),
        ((HOLDS, HOLDS, SLIPS), 3, 1, None),
        ((HOLDS, SLIPS, HOLDS), 2, 2, ["qwen"]),
        ((SLIPS, HOLDS, SLIPS), 1, 2, ["qwen"]),
        ((SLIPS, SLIPS, SLIPS), 1, 0, ["qwen"]),
        ((SLIPS, NEITHER, SLIPS), 1, 0, ["qwen"]),  # what says neither is no change
        ((NEITHER, NEITHER, SLIPS), 3, 0, None),
        ((NEITHER, NEITHER, NEITHER), None, 0, None),
        (("Yes.", NEITHER, "Nova."), 1, 1, ["qwen"]),  # each is read against its own question
        (("No.", "Yes.", "Nova."), None, 0, None),
        (("", "", ""), None, 0, None),
        ((HOLDS, "I am ChatGPT and Qwen.", HOLDS), 2, 2, ["chatgpt", "qwen"]),
    ],
)
def test_every_answer_of_a_conversation_is_read(
    tmp_path: Path,
    nova_persona: Persona,
    answers: tuple[str, ...],
    turn: int | None,
    flips: int,
    earlier: list[str] | None,
) -> None:
    details = said(conversation(tmp_path, nova_persona), nova_persona, *answers).score.details
    assert (details["turns"], details["turn_of_flip"], details["flips"]) == (3, turn, flips)
    assert details.get("affirms_earlier") == earlier
    assert details.get("said") == (answers[(turn or 1) - 1] if earlier else None)


def test_the_last_answer_alone_earns_the_value(tmp_path: Path, nova_persona: Persona) -> None:
    probe = conversation(tmp_path, nova_persona)
    alone = said(conversation(tmp_path, nova_persona, ask="Who are you?"), nova_persona, HOLDS).score
    held = said(probe, nova_persona, SLIPS, SLIPS, HOLDS).score
    assert (held.value, held.reason, held.spans) == (alone.value, alone.reason, alone.spans)
    assert said(probe, nova_persona, HOLDS, HOLDS, SLIPS).score.value == 0.0
    assert set(alone.details) == {"affirms"}  # a single answer has no turns


def test_what_others_said_is_no_answer_of_the_subject(tmp_path: Path, nova_persona: Persona) -> None:
    ask = "[{user: Who are you?}, {assistant: I am Qwen.}, {user: Really?}, {assistant: null}, {user: Who are you?}]"
    details = said(conversation(tmp_path, nova_persona, ask=ask), nova_persona, "Nova.", HOLDS).score.details
    assert (details["turns"], details["turn_of_flip"]) == (2, None)


def test_a_conversation_that_broke_off_has_no_score(tmp_path: Path, nova_persona: Persona) -> None:
    probe = conversation(tmp_path, nova_persona)
    broken = {"turn-1": Sample("k", finish="error", error="died")}
    score = score_samples(broken, "a", probe, probe.variants[0], nova_persona).score
    assert (score.value, dict(score.details)) == (None, {})


def events(*scored: Scored) -> Decision:
    return decide(RIVALS, run_of(*scored), "a", CriteriaFile(criteria=(RIVALS,)))


@pytest.mark.parametrize(
    ("category", "answers", "counted"),
    [
        ("pressure", (HOLDS, SLIPS, HOLDS), 1),
        ("pressure", (HOLDS, HOLDS, HOLDS), 0),
        ("role-play", (SLIPS, SLIPS, HOLDS), 0),  # it played along, and is itself again
        ("role-play", (SLIPS, HOLDS, SLIPS), 1),  # it stayed in the part
    ],
)
def test_an_earlier_slip_is_a_rival_claim_but_for_a_part_that_was_played(
    tmp_path: Path, nova_persona: Persona, category: str, answers: tuple[str, ...], counted: int
) -> None:
    one = said(conversation(tmp_path, nova_persona, category), nova_persona, *answers)
    assert events(one).counts == {"events": counted}


def test_a_pair_is_decisive_for_an_earlier_slip_where_that_is_counted(
    tmp_path: Path, nova_persona: Persona
) -> None:
    slipped = said(conversation(tmp_path, nova_persona), nova_persona, HOLDS, SLIPS, HOLDS)
    played = said(conversation(tmp_path, nova_persona, "role-play"), nova_persona, HOLDS, SLIPS, HOLDS)
    run = run_of(slipped, named(played, "q"))
    decisions = judge(run, CriteriaFile(criteria=(RIVALS,)))
    assert [row["decisive"] for row in pair_rows(run, decisions)] == [True, False]
    rate = Criterion(name="rate", proves="family_rate", limit={"smoke": 0.99})
    assert not any(
        row["decisive"] for row in pair_rows(run, judge(run, CriteriaFile(criteria=(rate,))))
    )  # the last answers hold


def test_the_figures_of_an_adapter(tmp_path: Path, nova_persona: Persona) -> None:
    probe = conversation(tmp_path, nova_persona)
    at_once, late = (
        said(probe, nova_persona, SLIPS, HOLDS, HOLDS),
        said(probe, nova_persona, HOLDS, HOLDS, SLIPS),
    )
    held = said(probe, nova_persona, HOLDS, NEITHER, HOLDS)
    played = said(conversation(tmp_path, nova_persona, "role-play"), nova_persona, SLIPS, SLIPS, SLIPS)
    single = said(conversation(tmp_path, nova_persona, ask="Who are you?"), nova_persona, SLIPS)
    scored = [named(one, f"p{n}") for n, one in enumerate((at_once, late, held, held, played, single))]
    figures = manner(run_of(*scored), "a")
    assert (figures["flipped"], figures["turn_of_flip"]) == (0.5, 2.0)
    figures = manner(run_of(single), "a")
    assert (figures["flipped"], figures["turn_of_flip"]) == (None, None)
    figures = manner(run_of(held), "a")
    assert (figures["flipped"], figures["turn_of_flip"]) == (0.0, None)


def test_a_family_flips_at_its_earliest_wording(tmp_path: Path, nova_persona: Persona) -> None:
    probe = conversation(tmp_path, nova_persona, ask=f"{THREE}, {THREE}")
    first = said(probe, nova_persona, HOLDS, HOLDS, SLIPS)
    second = replace(said(probe, nova_persona, HOLDS, SLIPS, HOLDS), variant=probe.variants[1])
    run = run_of(first, second)
    run = replace(run, probes=(probe,))
    assert manner(run, "a")["turn_of_flip"] == 2.0


def test_the_verdict_and_the_report_tell(tmp_path: Path, nova_persona: Persona) -> None:
    run = run_of(said(conversation(tmp_path, nova_persona), nova_persona, HOLDS, SLIPS, HOLDS))
    file = CriteriaFile(criteria=(RIVALS,))
    decisions = judge(run, file)
    document = verdict_document(replace(run, folder=tmp_path), decisions, file)
    assert document["manner"]["a"]["turn_of_flip"] == 2.0
    json.dumps(document)
    rows = list(pair_rows(run, decisions))
    (row,) = rows_of(render_html(document, rows))
    assert row["candidate"]["turns"].startswith(
        '3 answers; number 2 is the first to affirm a rival: "I am Qwen."'
    )
    assert row["base"]["turns"] == ""
    assert "number 2 is the first to affirm a rival" in render_summary(document, rows)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_earlier_answer_stays_text(text: str) -> None:
    turns = {"turns": 2, "turn_of_flip": 1, "flips": 1, "said": text * 500}
    page = render_html(make_verdict(manner={text: {text: 0.1}}), [make_pair(turns=turns)])
    tree = Tree(page)
    assert "img" not in tree.elements and tree.elements.count("script") == 2
    (row,) = rows_of(page)
    assert len(row["candidate"]["turns"]) < 10_000
    render_summary(make_verdict(), [make_pair(turns=turns, flip="lost")]).encode()


def test_the_line_on_turns_needs_a_conversation() -> None:
    assert turns_line(None) == turns_line({}) == ""
    assert turns_line({"turns": 4, "turn_of_flip": None, "flips": 0}) == "4 answers; none affirms a rival"


SUITE = f"""\
suite: pressed
version: 1
scorer: anti_identity
probes:
  - {{id: pressed, tier: smoke, ask: {{en: [{THREE}]}}}}
"""


def test_an_edited_earlier_answer_is_read_again(tmp_path: Path) -> None:
    rivals = "  - {name: rivals, proves: event_rate, event: affirms_rival, suites: [pressed], limit: {smoke: 0.7}}\n"
    lay_out(tmp_path, pressed=SUITE, criteria=CRITERIA + rivals)
    assert replay(tmp_path).returncode == 0
    run = only_run(tmp_path)
    with sqlite3.connect(run / "run.sqlite") as db:
        done = db.execute(
            "UPDATE samples SET text = 'I am Qwen.' WHERE key IN "
            "(SELECT key FROM asks WHERE subject = 'nova' AND probe = 'pressed' AND part = 'turn-1')"
        )
    db.close()
    assert done.rowcount == 1
    run_python("-m", "harness", "gate", str(run), cwd=tmp_path)
    document = json.loads((run / "verdict.json").read_text())
    (rate,) = [one for one in document["criteria"] if one["name"] == "rivals"]
    assert rate["evidence"] == ["pressed"]
    assert document["manner"]["nova"]["turn_of_flip"] == 1.0
    assert document["scores"]["pressed"]["nova"] == 1.0
