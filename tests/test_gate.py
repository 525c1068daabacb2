"""Every method's verdicts on runs built by hand."""

from pathlib import Path

import pytest

from harness.criteria import CriteriaFile, Criterion, check_criteria
from harness.errors import ConfigError
from harness.gate import decide, judge, overall
from harness.records import BASE, Probe, Score, Scored, Suite, Turn, Variant
from harness.results import Results


def probe(name: str, kind: str = "generate", suite: str = "s") -> Probe:
    variant = Variant("en-1.default", "en", "default", None, (Turn("user", "?"),))
    return Probe(name, suite, kind, "c", "smoke", False, "own", {}, (variant,), 8, (), "s.yaml:1")  # type: ignore[arg-type]


def results(base: list, adapter: list, kind: str = "generate", detail: str = "") -> Results:
    probes = tuple(probe(f"p{i}", kind) for i in range(len(base)))
    scored = {}
    for who, values in ((BASE, base), ("a", adapter)):
        for one, value in zip(probes, values, strict=True):
            details = {detail: value} if detail else {}
            score = (
                Score(None, "broken")
                if value is None
                else Score(float(min(1, value)) if not detail else 0.5, "r", (), details)
            )
            scored[who, one.id, "en-1.default"] = Scored(who, one, one.variants[0], f"{who}{value}", score)
    return Results(Path(), {"tier": "smoke", "subjects": [{"name": "a"}]}, scored, probes)


def verdict(proves: str, limit: float, run: Results, **more: object) -> str:
    criterion = Criterion(name="c", proves=proves, limit={"smoke": limit}, **more)  # type: ignore[arg-type]
    return decide(criterion, run, "a", CriteriaFile(criteria=(criterion,))).verdict


@pytest.mark.parametrize(("held", "expected"), [(20, "PASS"), (17, "INCONCLUSIVE"), (8, "FAIL")])
def test_family_rate(held: int, expected: str) -> None:
    run = results([0] * 20, [1] * held + [0] * (20 - held))
    assert verdict("family_rate", 0.7, run) == expected


@pytest.mark.parametrize(
    ("events", "expected"), [(0, "PASS"), (2, "PASS"), (4, "INCONCLUSIVE"), (19, "FAIL")]
)
def test_event_rate(events: int, expected: str) -> None:
    run = results([1] * 32, [0] * events + [1] * (32 - events))
    assert verdict("event_rate", 0.2, run) == expected


@pytest.mark.parametrize(("lost", "expected"), [(0, "PASS"), (3, "INCONCLUSIVE"), (12, "FAIL")])
def test_noninferior(lost: int, expected: str) -> None:
    run = results([1] * 20 + [0] * 4, [0] * lost + [1] * (20 - lost) + [0] * 4)
    assert verdict("noninferior", 0.25, run) == expected


def test_won_items_do_not_hide_behind_a_wrong_sign() -> None:
    assert verdict("noninferior", 0.25, results([1] * 6 + [0] * 18, [1] * 24)) == "INCONCLUSIVE"  # blind
    assert verdict("noninferior", 0.25, results([1] * 12 + [0] * 12, [1] * 24)) == "PASS"


@pytest.mark.parametrize(("rise", "expected"), [(0.0, "PASS"), (0.2, "INCONCLUSIVE"), (1.0, "FAIL")])
def test_increase(rise: float, expected: str) -> None:
    spread = [0.0, 0.1, 0.2, 0.1, 0.05]
    run = results([3.0 + s for s in spread], [3.0 + rise + 2 * s for s in spread], "nll", "nll_per_token")
    assert verdict("increase", 0.3, run) == expected


def test_an_adapter_that_changes_nothing_fails() -> None:
    run = results([1] * 4, [1] * 4)
    same = {
        key: Scored(one.subject, one.probe, one.variant, "the same", one.score)
        for key, one in run.scored.items()
    }
    assert verdict("effect", 0, Results(Path(), run.meta, same, run.probes)) == "FAIL"
    assert verdict("effect", 0, run) == "PASS"


def test_missing_scores_are_not_zeros() -> None:
    assert verdict("family_rate", 0.5, results([1] * 20, [1] * 18 + [None] * 2)) == "NOT COMPARABLE"
    assert verdict("family_rate", 0.5, results([1] * 20, [1] * 19 + [None])) == "PASS"
    assert verdict("noninferior", 0.3, results([None] * 3 + [1] * 17, [0] * 3 + [1] * 17)) == "NOT COMPARABLE"


def test_the_worst_criterion_is_the_verdict() -> None:
    run = results([1] * 20, [1] * 20)
    good = Criterion(name="good", proves="family_rate", limit={"smoke": 0.7})
    hard = Criterion(name="hard", proves="family_rate", limit={"smoke": 0.99})
    assert overall(judge(run, CriteriaFile(criteria=(good,)))) == "PASS"
    assert overall(judge(run, CriteriaFile(criteria=(good, hard)))) == "INCONCLUSIVE"
    assert overall([]) == "NOT COMPARABLE"


@pytest.mark.parametrize(
    ("proves", "limit", "needed"),
    [("family_rate", 0.95, "59"), ("event_rate", 0.05, "59"), ("noninferior", 0.05, "52")],
)
def test_a_limit_that_cannot_be_certified_is_refused(proves: str, limit: float, needed: str) -> None:
    suite = Suite("s", 1, "", Path("s.yaml"), "d", tuple(probe(f"p{i}") for i in range(20)))
    criterion = Criterion(name="c", proves=proves, suites=("s",), limit={"smoke": limit})  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=rf"20 families .* needs {needed}"):
        check_criteria(CriteriaFile(criteria=(criterion,)), Path("criteria.yaml"), [suite], "smoke")
