"""Paired items: what base had right and the adapter has not."""

from __future__ import annotations

from harness import stats
from harness.judging.case import Case, Decision, Ruling, holds
from harness.records import BASE


def noninferior_verdict(
    lost: int, won: int, n: int, base_right: int, limit: float, confidence: float
) -> Ruling:
    """Judge whether accuracy falls by less than ``limit``, from paired items."""
    low = stats.tango_lower_bound(lost, won, n, confidence=confidence)
    high = stats.tango_upper_bound(lost, won, n, confidence=confidence)
    worse = (won - lost) / n < -limit and stats.mcnemar_p_value(lost, won) < 1 - confidence
    if stats.is_blind(base_right, n, margin=limit, confidence=confidence):
        return "INCONCLUSIVE", low, high
    if high < -limit or worse:
        return "FAIL", low, high
    return "PASS" if low > -limit else "INCONCLUSIVE", low, high


def noninferior(case: Case) -> Decision:
    """Judge whether accuracy falls by less than the limit, from items paired with base's."""
    before, after = case.families(BASE), case.families(case.subject)
    lost = tuple(name for name in before if holds(before[name]) and not holds(after[name]))
    won = [name for name in before if holds(after[name]) and not holds(before[name])]
    n, right = len(before), sum(map(holds, before.values()))
    confidence = case.file.confidence
    verdict, low, high = noninferior_verdict(len(lost), len(won), n, right, case.limit, confidence)
    explanation = (
        f"{len(lost)} lost, {len(won)} won of {n}; with {confidence:.0%} confidence accuracy changed "
        f"by more than {low:+.3f} (allowed: {-case.limit:+g}); base has {right} of {n}"
    )
    if stats.is_blind(right, n, margin=case.limit, confidence=confidence):
        explanation = (
            f"blind: base itself has {right} of {n} right, so a loss of {case.limit:g} cannot show; "
            f"{len(lost)} lost, {len(won)} won"
        )
    return case.decision(
        verdict,
        explanation,
        n=n,
        estimate=(len(won) - len(lost)) / n,
        bound=high if verdict == "FAIL" and high < -case.limit else low,
        limit=-case.limit,
        direction="at_least",
        counts={"lost": len(lost), "won": len(won), "base_right": right},
        evidence=lost,
    )
