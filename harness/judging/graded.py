"""Graded items: how far the mean grade of the families fell."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness import stats
from harness.criteria import Grading
from harness.judging.case import Case, Decision, Ruling
from harness.judging.paired import change_told
from harness.records import BASE, Score, Scored

GRADE = "grade"
"""The key of a score's details that holds a finer grade than its value, in [0, 1]."""


def grade(score: Score) -> float:
    """Return a score's grade: what its scorer gives as ``grade``, else its value.

    >>> grade(Score(0.0, "", (), {"grade": 0.75})), grade(Score(0.5, ""))
    (0.75, 0.5)
    """
    finer = score.details.get(GRADE)
    return float(finer) if isinstance(finer, int | float) else (score.value or 0.0)


def graded_verdict(
    before: Sequence[float], after: Sequence[float], limit: float, confidence: float, by: Grading = "paired_t"
) -> Ruling:
    """Judge whether the mean grade falls by less than ``limit``, from paired families.

    INCONCLUSIVE too where there are so few families that even equal grades could not prove it, and where
    base's own grades leave nothing to lose.

    Args:
        before, after: the grades of base and of the adapter, one a family, in [0, 1].
    """
    differences = [new - old for old, new in zip(before, after, strict=True)]
    low, high = bounds(differences, confidence, by)
    if len(before) < stats.graded_pairs_needed(limit, confidence=confidence) or is_blind(before, limit):
        return "INCONCLUSIVE", low, high
    worse = math.fsum(differences) / len(differences) < -limit and high < 0.0
    if high < -limit or worse:
        return "FAIL", low, high
    return "PASS" if low > -limit else "INCONCLUSIVE", low, high


def bounds(differences: Sequence[float], confidence: float, by: Grading) -> tuple[float, float]:
    """Return the one-sided lower and upper bound on the mean difference, the widest ones where there is no saying."""
    if len(differences) < 2:
        return -1.0, 1.0
    low = _lower_bound(differences, confidence, by)
    high = _lower_bound([-one for one in differences], confidence, by)
    if low is None or high is None:  # BCa has nothing to say where all differences are alike
        return bounds(differences, confidence, "paired_t")
    return low, -high


def _lower_bound(differences: Sequence[float], confidence: float, by: Grading) -> float | None:
    if by == "sign_flip":
        return stats.sign_flip_lower_bound(differences, confidence=confidence)
    if by == "bca":
        return stats.bca_lower_bound(differences, confidence=confidence)
    return stats.graded_lower_bound(differences, confidence=confidence)


def is_blind(before: Sequence[float], limit: float) -> bool:
    """Say whether base's grades leave so little to lose that a loss of ``limit`` cannot show."""
    return math.fsum(before) / len(before) <= limit


def graded(case: Case) -> Decision:
    """Judge whether the mean grade falls by less than the limit; every family counts once, whatever its variants."""
    before, after = (_grades(case.families(subject)) for subject in (BASE, case.subject))
    changes = {name: after[name] - before[name] for name in before}
    fell = sorted((name for name in changes if changes[name] < 0.0), key=changes.__getitem__)
    rose = sum(change > 0.0 for change in changes.values())
    n, confidence, by = len(changes), case.file.confidence, case.criterion.by
    old, new = list(before.values()), list(after.values())
    ruling = graded_verdict(old, new, case.limit, confidence, by)
    verdict, low, high = ruling
    mean, change = math.fsum(old) / n, math.fsum(changes.values()) / n
    told = (
        f"mean grade {math.fsum(new) / n:.3f}, base {mean:.3f}; {len(fell)} fell, {rose} rose of {n}; "
        f"{change_told('it', ruling, change, case.limit, confidence)}, by {by}"
    )
    if is_blind(old, case.limit):
        told = f"blind: base's own mean grade is {mean:.3f}, so a loss of {case.limit:g} cannot show"
    elif n < (needed := stats.graded_pairs_needed(case.limit, confidence=confidence)):
        told = f"{n} families are too few: {needed} equal grades would be needed; " + told
    return case.decision(
        verdict,
        told,
        n=n,
        estimate=change,
        bound=high if verdict == "FAIL" and high < -case.limit else low,
        limit=-case.limit,
        direction="at_least",
        counts={"fell": len(fell), "rose": rose},
        evidence=tuple(fell),
    )


def _grades(families: dict[str, list[Scored]]) -> dict[str, float]:
    """Return probe id -> the mean grade of its variants."""
    return {
        name: math.fsum(grade(one.score) for one in family) / len(family) for name, family in families.items()
    }
