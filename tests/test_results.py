"""A stored run read back: the same records as were scored."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.persona import Persona
from harness.probes import build_suite, read_suite
from harness.records import BASE, Probe, Score, Scored, Span
from harness.results import Results, probe_from_json, probe_to_json, read_results
from harness.store import FILE, Store
from tests.support import ROOT, probe_from

META = {
    "subjects": [{"name": "nova"}, {"name": "old"}],
    "complete": True,
    "tier": "smoke",
    "criteria": {"path": "/nowhere/criteria.yaml"},
}


def stored(folder: Path, probes: Iterable[Probe], scored: Iterable[Scored], **meta: object) -> Results:
    probes = list(probes)
    store = Store(folder)
    store.set_scores(scored, {probe.id: "word@1" for probe in probes})
    store.set_meta(probes=[probe_to_json(probe) for probe in probes], run={**META, **meta})
    store.close()
    return read_results(folder)


@pytest.fixture
def probe(tmp_path: Path, nova_persona: Persona) -> Probe:
    return probe_from(tmp_path, "ask: {en: [x, y]}, expect: {answer: a}", nova_persona)


def scored(probe: Probe, who: str, value: float | None, variant: int = 0, answer: str = "") -> Scored:
    return Scored(who, probe, probe.variants[variant], answer, Score(value, "why"))


def test_what_is_read_equals_what_was_scored(tmp_path: Path, probe: Probe) -> None:
    score = Score(0.5, "half", (Span(0, 2, "w"),), {"extracted": [1, None], "text": "é"})
    one = Scored(BASE, probe, probe.variants[0], "an answer", score)
    two = Scored("nova", probe, probe.variants[1], "", Score(None, "the engine failed"))
    results = stored(tmp_path / "run", [probe], [one, two])
    assert results.probes == (probe,)
    assert list(results.scored.values()) == [one, two]
    assert results.candidates == ["nova", "old"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    answer=st.text(),
    value=st.none() | st.floats(0, 1),
    details=st.dictionaries(st.text(), st.none() | st.text() | st.floats(allow_nan=False) | st.booleans()),
)
def test_any_score_survives(
    tmp_path_factory: pytest.TempPathFactory,
    probe: Probe,
    answer: str,
    value: float | None,
    details: dict[str, object],
) -> None:
    one = Scored(BASE, probe, probe.variants[0], answer, Score(value, "why", (), details))
    results = stored(tmp_path_factory.mktemp("run"), [probe], [one])
    assert list(results.scored.values()) == [one]


def test_every_built_in_probe_survives(nova_persona: Persona) -> None:
    for name in ("identity", "anti_identity", "coding", "reasoning", "overclaim", "forgetting"):
        for one in build_suite(read_suite(ROOT / "suites" / f"{name}.yaml"), "full", nova_persona).probes:
            assert probe_from_json(probe_to_json(one)) == one


def test_pairs_need_both_sides(tmp_path: Path, probe: Probe) -> None:
    rows = [scored(probe, BASE, 1.0), scored(probe, BASE, 1.0, 1), scored(probe, "nova", 0.0, 1)]
    results = stored(tmp_path / "run", [probe], rows)
    assert [pair.base.variant.id for pair in results.pairs("nova")] == ["en-2.default"]
    assert list(results.pairs("nova", suites=["other"])) == []
    assert (len(results.family(BASE, probe)), len(results.family("old", probe))) == (2, 0)


@pytest.mark.parametrize(
    ("before", "after", "answers", "flip"),
    [
        (1.0, 0.0, ("a", "b"), "lost"),
        (0.0, 1.0, ("a", "b"), "won"),
        (0.0, 0.0, ("a", "b"), "churn"),
        (0.0, 0.0, ("a", "a"), "same"),
        (1.0, 0.5, ("a", "b"), "same"),
        (0.5, 0.49, ("a", "b"), "lost"),
        (None, 1.0, ("", "b"), "unscored"),
        (1.0, None, ("a", ""), "unscored"),
    ],
)
def test_flips(
    tmp_path: Path,
    probe: Probe,
    before: float | None,
    after: float | None,
    answers: tuple[str, str],
    flip: str,
) -> None:
    rows = [scored(probe, BASE, before, answer=answers[0]), scored(probe, "nova", after, answer=answers[1])]
    (pair,) = stored(tmp_path / "run", [probe], rows).pairs("nova")
    assert pair.flip == flip


def test_scores_of_a_newer_scorer_count(tmp_path: Path, probe: Probe) -> None:
    for version, value in (("word@2", 0.0), ("word@3", 1.0), ("word@2", 0.25)):
        store = Store(tmp_path / "run")
        store.set_scores([scored(probe, BASE, value)], {"p": version})
        store.close()
    results = stored(tmp_path / "run", [probe], [])
    assert [one.score.value for one in results.scored.values()] == [0.25]


def test_a_run_that_was_never_scored_is_told_apart(tmp_path: Path) -> None:
    Store(tmp_path / "run").close()
    with pytest.raises(StoreError, match="stopped before it was scored; repeat its command to go on"):
        read_results(tmp_path / "run")


def test_a_part_of_a_run_is_not_taken_for_the_whole(tmp_path: Path, probe: Probe) -> None:
    stored(tmp_path / "whole", [probe], []).check_complete()
    with pytest.raises(StoreError, match="only 1 probes were asked, a part of the run's"):
        stored(tmp_path / "part", [probe], [], complete=False).check_complete()


def test_the_criteria_of_a_run_that_moved_are_those_beside_its_suites(tmp_path: Path, probe: Probe) -> None:
    assert stored(tmp_path / "run", [probe], []).criteria_path == Path("suites/criteria.yaml")
    file = tmp_path / "criteria.yaml"
    file.write_text("")
    results = stored(tmp_path / "run", [probe], [], criteria={"path": str(file)})
    assert results.criteria_path == file


@pytest.mark.parametrize("value", ["[1]", '[{"id": "p"}]', '{"a": 1}', "{"])
def test_a_damaged_plan_is_told(tmp_path: Path, probe: Probe, value: str) -> None:
    stored(tmp_path / "run", [probe], [])
    db = sqlite3.connect(tmp_path / "run" / FILE)
    db.execute("UPDATE meta SET value = ? WHERE name = 'probes'", (value,))
    db.commit()
    db.close()
    with pytest.raises(StoreError, match=r"run\.sqlite: .*move it away and run again"):
        read_results(tmp_path / "run")
