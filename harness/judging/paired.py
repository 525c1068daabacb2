"""Paired items: what base had right and the adapter has not."""

from __future__ import annotations

from harness import stats
from harness.floor import Floor, floor_beside
from harness.judging.case import Case, Decision, Ruling, Verdict, holds
from harness.records import BASE

LEAST_FLIPS = 2
"""Flips from which on the floor can stop a verdict: a single one shows no rate."""


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


def change_told(what: str, ruling: Ruling, change: float, limit: float, confidence: float) -> str:
    """Say what the change of ``what`` is proved to be: a loss beyond the limit, a loss at all, a gain, else the worst that it may be.

    >>> change_told("it", ("PASS", -0.064, 0.15), 0.04, 0.25, 0.95)
    'with 95% confidence it fell by less than 0.064 (allowed: 0.25)'
    >>> change_told("it", ("FAIL", -0.6, -0.3), -0.45, 0.25, 0.95)
    'with 95% confidence it fell by more than 0.300 (allowed: 0.25)'
    >>> change_told("it", ("FAIL", -0.5, -0.1), -0.31, 0.25, 0.95)
    'it fell by 0.310 (allowed: 0.25), with 95% confidence not by chance'
    """
    verdict, low, high = ruling
    sure, allowed = f"with {confidence:.0%} confidence", f"(allowed: {limit:g})"
    if high < -limit:
        return f"{sure} {what} fell by more than {-high:.3f} {allowed}"
    if verdict == "FAIL":
        return f"{what} fell by {-change:.3f} {allowed}, {sure} not by chance"
    if low > 0.0:
        return f"{sure} {what} rose by more than {low:.3f}"
    return f"{sure} {what} fell by less than {abs(low):.3f} {allowed}"


def noninferior(case: Case) -> Decision:
    """Judge whether accuracy falls by less than the limit, from items paired with base's."""
    reads = case.criterion.reads
    sides = (case.families(BASE), case.families(case.subject))
    before, after = ({name: holds(family, reads) for name, family in side.items()} for side in sides)
    lost = tuple(name for name in before if before[name] and not after[name])
    won = [name for name in before if after[name] and not before[name]]
    n, right = len(before), sum(before.values())
    confidence, counted = case.file.confidence, "truth" if reads == "truth" else "accuracy"
    ruling = noninferior_verdict(len(lost), len(won), n, right, case.limit, confidence)
    verdict, low, high = ruling
    change = (len(won) - len(lost)) / n
    explanation = (
        f"{len(lost)} lost, {len(won)} won of {n}; {change_told(counted, ruling, change, case.limit, confidence)}; "
        f"base has {right} of {n}"
    )
    if stats.is_blind(right, n, margin=case.limit, confidence=confidence):
        explanation = (
            f"blind: base itself has {right} of {n} right, so a loss of {case.limit:g} cannot show; "
            f"{len(lost)} lost, {len(won)} won"
        )
    floor = floor_beside(case.results, case.subject)
    if floor.asked:
        verdict, told = _beside_floor(verdict, (len(lost), len(won), n), floor, case)
        explanation += told
    return case.decision(
        verdict,
        explanation,
        n=n,
        estimate=change,
        bound=high if verdict == "FAIL" and high < -case.limit else low,
        limit=-case.limit,
        direction="at_least",
        counts={
            "lost": len(lost),
            "won": len(won),
            "base_right": right,
            **({"floor_flips": floor.flips, "floor_asked": floor.asked} if floor.asked else {}),
        },
        evidence=lost,
    )


def _beside_floor(
    verdict: Verdict, flips: tuple[int, int, int], floor: Floor, case: Case
) -> tuple[Verdict, str]:
    """Return the verdict as the A/A floor leaves it, and what to add to its explanation.

    Above ``max_floor`` another run could have come out otherwise, so nothing is decided, but for a loss
    that is larger than the floor explains. Up to it the floor is told and changes nothing.
    """
    lost, won, n = flips
    confidence = case.file.confidence
    if floor.flips >= LEAST_FLIPS and floor.rate > case.file.max_floor:
        if verdict == "FAIL" and stats.exceeds_floor(
            lost, n, floor.flips, floor.asked, confidence=confidence
        ):
            return verdict, f"; more than the A/A floor of {floor} flips explains"
        return "INCONCLUSIVE", (
            f"; the A/A floor is {floor} flips, above max_floor {case.file.max_floor:g}: the same questions "
            "asked again are answered otherwise; try float32, a smaller batch or the engine's deterministic mode"
        )
    if not floor.flips or not lost + won:
        return verdict, ""
    if stats.more_often_p_value(lost + won, n, floor.flips, floor.asked) > 1 - confidence:
        return verdict, f"; the A/A floor of {floor} flips explains as many"
    return verdict, ""
