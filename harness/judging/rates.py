"""Rates of families: how many hold, how many show an event, and the list of those that must hold."""

from __future__ import annotations

from collections.abc import Sequence

from harness import stats
from harness.criteria import Event
from harness.judging.case import Case, Decision, Direction, Ruling, holds
from harness.records import Scored
from harness.scorers.loops import loops

PLAYED = "role-play"
"""The category in which playing along is no failure: there the last answer alone can affirm a rival."""
_WORDS: dict[Direction, tuple[str, str, str]] = {
    "at_least": ("at least", "below", "wanted"),
    "at_most": ("at most", "above", "allowed"),
}
"""Direction -> where a rate lies that is not refused, where one that is, and what its limit is called."""


def rate_verdict(passed: int, n: int, limit: float, confidence: float) -> Ruling:
    """Judge whether at least ``limit`` of the families hold, from ``passed`` of n."""
    low, high = _bounds(passed, n, confidence)
    return "PASS" if low >= limit else "FAIL" if high < limit else "INCONCLUSIVE", low, high


def event_verdict(events: int, n: int, limit: float, confidence: float) -> Ruling:
    """Judge whether at most ``limit`` of the families show the event, from ``events`` of n."""
    low, high = _bounds(events, n, confidence)
    return "PASS" if high <= limit else "FAIL" if low > limit else "INCONCLUSIVE", low, high


def _bounds(count: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the one-sided lower and upper bound of a rate."""
    low = stats.binomial_lower_bound(count, n, confidence=confidence)
    return low, stats.binomial_upper_bound(count, n, confidence=confidence)


def family_rate(case: Case) -> Decision:
    """Judge whether enough families hold."""
    families = case.families(case.subject)
    broken = tuple(name for name, family in families.items() if not holds(family))
    n, passed = len(families), len(families) - len(broken)
    ruling = rate_verdict(passed, n, case.limit, case.file.confidence)
    return _rate(case, ruling, "at_least", (passed, n), "hold", counted="passed", evidence=broken)


def must_hold(case: Case) -> Decision:
    """Judge whether every listed probe holds: a single broken one fails."""
    families = case.families(case.subject)
    broken = tuple(name for name, family in families.items() if not holds(family))
    why = {entry.probe: entry for entry in case.file.must_hold}
    told = "; ".join(f"{name} (listed {why[name].since}: {why[name].reason})" for name in broken)
    rest = len(why) - len(families)
    return case.decision(
        "FAIL" if broken else "PASS",
        f"{len(families) - len(broken)} of {len(families)} listed probes hold"
        + (f"; {rest} are not asked in tier {case.tier}" if rest else "")
        + (f"; broken: {told}" if told else ""),
        n=len(families),
        estimate=1 - len(broken) / len(families),
        counts={"broken": len(broken)},
        evidence=broken,
    )


def event_rate(case: Case) -> Decision:
    """Judge whether few enough families show the event."""
    families = case.families(case.subject)
    silent = [name for name, family in families.items() if not _can_show(case.criterion.event, family)]
    if silent:
        return case.decision(
            "NOT COMPARABLE",
            f"the scorer of {len(silent)} of {len(families)} probes says nothing of rivals",
            evidence=tuple(silent),
        )
    shown = tuple(
        name for name, family in families.items() if any(_shows(case.criterion.event, x) for x in family)
    )
    n, events = len(families), len(shown)
    ruling = event_verdict(events, n, case.limit, case.file.confidence)
    return _rate(case, ruling, "at_most", (events, n), "show it", counted="events", evidence=shown)


def _rate(
    case: Case,
    ruling: Ruling,
    direction: Direction,
    share: tuple[int, int],
    said: str,
    *,
    counted: str,
    evidence: tuple[str, ...],
) -> Decision:
    """Return the decision on a rate of families, ``share`` as (count, of), with the bound that decides.

    A rate is refused by the bound on its better side, and else held against the one on its worse side.
    """
    verdict, low, high = ruling
    (count, n), refused = share, verdict == "FAIL"
    kept, gone, limit = _WORDS[direction]
    bound = high if refused == (direction == "at_least") else low
    return case.decision(
        verdict,
        f"{count} of {n} families {said}; with {case.file.confidence:.0%} confidence the rate is "
        f"{gone if refused else kept} {bound:.3f} ({limit}: {case.limit:g})",
        n=n,
        estimate=count / n,
        bound=bound,
        limit=case.limit,
        direction=direction,
        counts={counted: count},
        evidence=evidence,
    )


def _can_show(event: Event, family: Sequence[Scored]) -> bool:
    """Say whether a family's scorer looked for the event at all: silence is no evidence."""
    return event != "affirms_rival" or all("affirms" in one.score.details for one in family)


def _shows(event: Event, scored: Scored) -> bool:
    if event == "affirms_rival":
        return bool(scored.score.details.get("affirms")) or slipped_earlier(scored)
    if event == "loops":
        return loops(scored.answer)
    return (scored.score.value or 0.0) < 0.5


def slipped_earlier(scored: Scored) -> bool:
    """Say whether an answer before the last affirmed a rival, and not because a part was to be played."""
    return scored.probe.category != PLAYED and bool(scored.score.details.get("affirms_earlier"))
