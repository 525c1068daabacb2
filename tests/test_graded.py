"""Criteria with ``score: graded``: what is compared, what is refused before a model loads, and the decision."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.criteria import CriteriaFile, Criterion, check_criteria, read_criteria
from harness.errors import ConfigError
from harness.gate import Decision, decide
from harness.records import BASE, Probe, Score, Scored, Suite, Turn, Variant
from harness.results import Results
from harness.scorers import Reply
from harness.scorers.instruction import instruction
from tests.test_claims import NOVA

CRITERIA = """
criteria:
  - name: c
    proves: {proves}
    suites: [s]
    limit: {{smoke: {limit}}}
{more}
"""


def probe(name: str, variants: int = 1) -> Probe:
    asked = tuple(
        Variant(f"en-{i}.default", "en", "default", None, (Turn("user", "?"),)) for i in range(variants)
    )
    return Probe(name, "s", "generate", "c", "smoke", False, "own", {}, asked, 8, (), "s.yaml:1")


def run_of(base: list[list[Score]], adapter: list[list[Score]]) -> Results:
    probes = tuple(probe(f"p{i}", len(family)) for i, family in enumerate(base))
    scored = {
        (who, one.id, variant.id): Scored(who, one, variant, "x", score)
        for who, side in ((BASE, base), ("a", adapter))
        for one, family in zip(probes, side, strict=True)
        for variant, score in zip(one.variants, family, strict=True)
    }
    return Results(Path(), {"tier": "smoke", "subjects": [{"name": "a"}]}, scored, probes)


def values(*grades: float) -> list[list[Score]]:
    return [[Score(grade, "")] for grade in grades]


def decision(run: Results, limit: float = 0.15, **more: object) -> Decision:
    criterion = Criterion(name="c", proves="noninferior", limit={"smoke": limit}, score="graded", **more)  # type: ignore[arg-type]
    return decide(criterion, run, "a", CriteriaFile(criteria=(criterion,)))


def read(tmp_path: Path, *more: str, proves: str = "noninferior", limit: float = 0.1) -> CriteriaFile:
    path = tmp_path / "criteria.yaml"
    lines = "\n".join(f"    {line}" for line in more)
    path.write_text(CRITERIA.format(proves=proves, limit=limit, more=lines))
    return read_criteria(path)


def refused(file: CriteriaFile, n: int) -> str:
    suite = Suite("s", 1, "", Path("s.yaml"), "d", tuple(probe(f"p{i}") for i in range(n)))
    with pytest.raises(ConfigError) as fault:
        check_criteria(file, Path("criteria.yaml"), [suite], "smoke")
    return str(fault.value)


@pytest.mark.parametrize("by", ["paired_t", "sign_flip", "bca"])
def test_a_loss_that_never_crosses_one_half_is_seen_by_grades_alone(by: str) -> None:
    base, adapter = values(*[1.0, 0.9] * 30), values(*[0.7, 0.6] * 30)
    criterion = Criterion(name="c", proves="noninferior", limit={"smoke": 0.15})
    held = decide(criterion, run_of(base, adapter), "a", CriteriaFile(criteria=(criterion,)))
    assert held.verdict == "PASS"
    found = decision(run_of(base, adapter), by=by)
    assert (found.verdict, found.counts) == ("FAIL", {"fell": 60, "rose": 0})
    assert found.estimate == pytest.approx(-0.3)
    assert found.bound is not None and found.limit == -0.15 and found.bound < -0.15


def test_the_worst_falls_stand_first_and_nothing_that_rose_is_evidence() -> None:
    base, adapter = values(*[0.8] * 40), values(*[0.8] * 37, 0.2, 0.6, 1.0)
    found = decision(run_of(base, adapter))
    assert found.evidence == ("p37", "p38") and found.counts == {"fell": 2, "rose": 1}
    assert "2 fell, 1 rose of 40" in found.explanation


def test_a_family_of_many_wordings_counts_once() -> None:
    many = [[Score(1.0, "")] * 20, *values(*[1.0] * 39)]
    lost = [[Score(0.0, "")] * 20, *values(*[1.0] * 39)]
    found = decision(run_of(many, lost))
    assert found.n == 40 and found.estimate == pytest.approx(-1 / 40)


def test_a_grade_in_the_details_outranks_the_value_and_nothing_else_does() -> None:
    base = [[Score(0.0, "", (), {"grade": 0.8})] for _ in range(40)]
    assert decision(run_of(base, base)).estimate == 0.0
    worse = [[Score(0.0, "", (), {"grade": 0.4})] for _ in range(40)]
    assert decision(run_of(base, worse)).verdict == "FAIL"
    assert decision(run_of(values(*[0.0] * 40), values(*[0.0] * 40))).verdict == "INCONCLUSIVE"


def test_the_instruction_scorer_grades_by_the_share_of_constraints() -> None:
    kept = [{"words": {"max": 3}}, {"case": "lower"}, {"contains": ["tea"]}, {"no_commas": True}]
    score = instruction(Reply("Tea, please", "?", "en", NOVA, {}), constraints=kept)  # type: ignore[arg-type]
    assert (score.value, score.details["grade"]) == (0.0, 0.5)
    score = instruction(Reply("some tea", "?", "en", NOVA, {}), constraints=kept)  # type: ignore[arg-type]
    assert (score.value, score.details["grade"]) == (1.0, 1.0)


def test_too_few_families_are_inconclusive_whatever_they_show() -> None:
    for after in (1.0, 0.0):
        found = decision(run_of(values(*[1.0] * 9), values(*[after] * 9)))
        assert found.verdict == "INCONCLUSIVE" and "9 families are too few" in found.explanation


def test_where_base_has_nothing_to_lose_the_suite_is_blind() -> None:
    found = decision(run_of(values(*[0.1] * 60), values(*[0.0] * 60)))
    assert found.verdict == "INCONCLUSIVE" and found.explanation.startswith("blind")


def test_missing_grades_are_not_zeros() -> None:
    base = values(*[1.0] * 60)
    one = [*values(*[1.0] * 59), [Score(None, "broken")]]
    assert decision(run_of(base, one)).n == 59
    some = [*values(*[1.0] * 50), *([[Score(None, "broken")]] * 10)]
    assert decision(run_of(base, some)).verdict == "NOT COMPARABLE"


def test_a_margin_that_equal_grades_could_not_prove_is_refused(tmp_path: Path) -> None:
    assert "22 families in tier smoke can certify no less than 0.1" in refused(
        read(tmp_path, "score: graded"), 22
    )
    assert "needs 23" in refused(read(tmp_path, "score: graded"), 22)
    assert "1 families in tier smoke can certify no margin" in refused(read(tmp_path, "score: graded"), 1)
    assert "between 0 and 1" in refused(read(tmp_path, "score: graded", limit=1.5), 50)


def test_with_an_expected_spread_more_families_are_asked_for(tmp_path: Path) -> None:
    file = read(tmp_path, "score: graded", "by: bca", "sd: 0.4")
    assert "less than half" in refused(file, 40) and "needs 46" in refused(file, 40)
    suite = Suite("s", 1, "", Path("s.yaml"), "d", tuple(probe(f"p{i}") for i in range(46)))
    check_criteria(file, Path("criteria.yaml"), [suite], "smoke")


@pytest.mark.parametrize(
    ("more", "proves", "said"),
    [
        (["by: bca"], "noninferior", "'by' is for 'score: graded'"),
        (["sd: 0.3"], "noninferior", "'sd' is for 'score: graded'"),
        (["score: graded"], "family_rate", "is for 'noninferior', not 'family_rate'"),
        (["score: graded", "by: welch"], "noninferior", "paired_t"),
        (["score: graded", "sd: 0"], "noninferior", "sd"),
        (["score: share"], "noninferior", "graded"),
    ],
)
def test_options_that_do_nothing_are_faults(tmp_path: Path, more: list[str], proves: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, *more, proves=proves)


def test_the_statement_speaks_of_grades() -> None:
    found = decision(run_of(values(*[1.0] * 60), values(*[1.0] * 60)))
    assert (found.verdict, found.statement) == ("PASS", "the mean grade falls by less than 0.15")
    assert "paired_t" in found.explanation
