"""Answers that the token limit cuts off: counted from the store, an alarm when base ends what the adapter does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.criteria import CriteriaFile, Criterion
from harness.forgetting import forgetting
from harness.records import BASE, Kind, Probe, Score, Scored, Turn, Variant
from harness.results import Results, read_results
from harness.stops import Stops, stops
from harness.verdict import verdict_document

from .support import ANSWERS, lay_out, only_run, replay

EFFECT = CriteriaFile(criteria=(Criterion(name="effect", proves="effect"),))


def run_of(
    *ends: tuple[str, str], kind: Kind = "generate", suite: str = "s", value: float | None = 1.0
) -> Results:
    """Return a run from how base's and the adapter's answers ended, a probe of two wordings each."""
    turns = (Turn("user", "?"),)
    variants = tuple(Variant(f"en-{n}", "en", "default", None, turns) for n in (1, 2))
    scored, probes = {}, []
    for number, pair in enumerate(ends):
        probe = Probe(f"p{number}", suite, kind, "c", "smoke", False, "number", {}, variants, 8, (), "s:1")
        probes.append(probe)
        for who, finish in zip((BASE, "a"), pair, strict=True):
            for variant, how in zip(variants, ("stop", finish), strict=True):
                one = Scored(who, probe, variant, "x", Score(value, "r"), how)
                scored[who, probe.id, variant.id] = one
    meta = {"tier": "full", "subjects": [{"name": "a"}], "complete": True}
    return Results(Path(), meta, scored, tuple(probes))


ENDS, LOST, WON, CUT = ("stop", "stop"), ("stop", "length"), ("length", "stop"), ("length", "length")


def test_a_family_ends_when_every_answer_does() -> None:
    found = stops(run_of(ENDS, LOST, LOST, LOST, WON, CUT), "a")
    assert found == Stops(n=6, base=4, adapter=2, lost=3, won=1)
    assert stops(run_of(LOST, kind="choice"), "a") is None
    assert stops(run_of(LOST, suite="own"), "a") is None
    assert stops(run_of(LOST, value=None), "a") is None


@pytest.mark.parametrize(
    ("lost", "won", "alarming"),
    [(0, 0, False), (4, 0, False), (5, 0, True), (6, 1, False), (7, 0, True), (0, 9, False), (9, 9, False)],
)
def test_an_alarm_is_more_than_chance(lost: int, won: int, alarming: bool) -> None:
    run = run_of(*[LOST] * lost, *[WON] * won, *[ENDS] * 50)
    notes = verdict_document(run, [], EFFECT)["notes"]
    assert any(note.startswith("Alarm: a: the token limit cuts off") for note in notes) is alarming


def test_the_rates_stand_beside_forgetting() -> None:
    figures = forgetting(run_of(ENDS, LOST, LOST, WON), "a")
    assert (figures["stop_rate"], figures["base_stop_rate"]) == (0.5, 0.75)
    assert forgetting(run_of(LOST, kind="choice"), "a")["stop_rate"] is None


def test_how_an_answer_ended_is_read_from_the_store(tmp_path: Path) -> None:
    lay_out(tmp_path)
    text = "\n\ndef long(subject, prompt):\n    said = answer(subject, prompt)\n"
    text += '    return said + "." * 256 if subject != "base" and "name" in prompt else said\n'
    (tmp_path / "answers.py").write_text(ANSWERS + text, encoding="utf-8")
    assert replay(tmp_path, function="long").returncode == 0
    results = read_results(only_run(tmp_path))
    cut = {(who, name) for (who, name, _), one in results.scored.items() if one.finish == "length"}
    assert cut == {("nova", "name-1")}
    assert stops(results, "nova") == Stops(n=8, base=8, adapter=7, lost=1, won=0)
