"""The judge: criteria from a file, numbers from a run, and one verdict for each adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness import stats
from harness.config import Record, load
from harness.errors import ConfigError, suggestion
from harness.records import BASE, Probe, Scored, Suite
from harness.results import Results

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT COMPARABLE"]
Method = Literal["family_rate", "event_rate", "noninferior", "increase", "effect"]
Event = Literal["failed", "affirms_rival"]
EXIT_STATUS: dict[Verdict, int] = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 2, "NOT COMPARABLE": 3}
_WORST_FIRST: tuple[Verdict, ...] = ("FAIL", "NOT COMPARABLE", "INCONCLUSIVE", "PASS")
_NO_EFFECT = 1e-4
"""Nats: a smaller difference in every log-probability is rounding, not an adapter."""


class Criterion(Record):
    """A statement to be proved of every adapter, with its limit in each tier.

    ``family_rate``: at least ``limit`` of the families hold. ``event_rate``: at most ``limit`` of
    the families show the event. ``noninferior``: accuracy falls by less than ``limit``.
    ``increase``: the mean NLL rises by at most ``limit`` nats per token. ``effect``: something
    changes at all.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    proves: Method
    suites: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    event: Event = "failed"
    limit: dict[str, float] = Field(default_factory=dict)
    why: str = ""


class CriteriaFile(Record):
    """``criteria.yaml``."""

    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    max_unscored: float = Field(default=0.05, ge=0.0, lt=1.0)
    criteria: tuple[Criterion, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Decision:
    """One criterion judged for one adapter; ``bound`` is what was held against ``limit``."""

    criterion: str
    subject: str
    verdict: Verdict
    method: Method
    suites: tuple[str, ...]
    explanation: str
    statement: str = ""
    n: int = 0
    estimate: float | None = None
    bound: float | None = None
    limit: float | None = None
    direction: Literal["at_least", "at_most", ""] = ""
    confidence: float = 0.95
    counts: dict[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


def read_criteria(path: Path) -> CriteriaFile:
    """Read a criteria file.

    Raises:
        ConfigError: it is faulty, or names a criterion twice.
    """
    file = load(path, CriteriaFile)
    names = [criterion.name for criterion in file.criteria]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ConfigError(f"{path}: criteria stand twice: {', '.join(doubled)}; rename one.")
    for criterion in file.criteria:
        if criterion.proves != "effect" and not criterion.limit:
            raise ConfigError(f"{path}: criterion {criterion.name!r} has no 'limit'; add {{TIER: x}}.")
    return file


def check_criteria(file: CriteriaFile, path: Path, suites: Sequence[Suite], tier: str) -> None:
    """Refuse, before a model loads, what the tier's probes cannot prove whatever they answer.

    Raises:
        ConfigError: an unknown suite, no limit for the tier, or a limit that n cannot certify.
    """
    known = [suite.name for suite in suites]
    faults = []
    for criterion in file.criteria:
        for name in criterion.suites:
            if name not in known:
                hint = suggestion(name, known)
                faults.append(
                    f"{path}: criterion {criterion.name!r} names unknown suite {name!r}{hint}; "
                    f"suites here: {', '.join(known)}."
                )
        n = len(_probes(criterion, [probe for suite in suites for probe in suite.probes]))
        fault = _cannot_certify(criterion, n, tier, file.confidence)
        if fault:
            faults.append(f"{path}: criterion {criterion.name!r}: {fault}")
    if faults:
        raise ConfigError("\n".join(faults))


def _cannot_certify(criterion: Criterion, n: int, tier: str, confidence: float) -> str | None:
    if criterion.proves == "effect":
        return None
    limit = criterion.limit.get(tier)
    if limit is None:
        return f"no limit for tier {tier}; add one under 'limit'."
    if n == 0:
        return f"no probe of tier {tier} belongs to it; name its suites."
    if criterion.proves == "increase":
        return None if n > 1 else f"{n} text cannot show a spread; give it more."
    best, possible = {
        "family_rate": lambda: (stats.binomial_lower_bound(n, n, confidence=confidence), "at most"),
        "event_rate": lambda: (stats.binomial_upper_bound(0, n, confidence=confidence), "no less than"),
        "noninferior": lambda: (-stats.tango_lower_bound(0, 0, n, confidence=confidence), "no less than"),
    }[criterion.proves]()
    certifiable = best >= limit if criterion.proves == "family_rate" else best <= limit
    if certifiable:
        return None
    rate = limit if criterion.proves == "family_rate" else 1 - limit
    needed = (
        _pairs_needed(limit, confidence)
        if criterion.proves == "noninferior"
        else stats.trials_needed(rate, 0, confidence=confidence)
    )
    return (
        f"{n} families in tier {tier} can certify {possible} {best:.3f}, not {limit:g}, even without "
        f"a single fault; that needs {needed}. Set another limit, or choose a larger tier."
    )


def _pairs_needed(margin: float, confidence: float) -> int:
    n = 1
    while -stats.tango_lower_bound(0, 0, n, confidence=confidence) > margin and n < 1_000_000:
        n += max(1, n // 50)
    return n


def _probes(criterion: Criterion, probes: Iterable[Probe]) -> list[Probe]:
    return [
        probe
        for probe in probes
        if probe.suite != "own"
        and (not criterion.suites or probe.suite in criterion.suites)
        and (not criterion.kinds or probe.kind in criterion.kinds)
    ]


def judge(results: Results, file: CriteriaFile) -> list[Decision]:
    """Judge every criterion of every adapter of a run."""
    return [
        decide(criterion, results, subject, file)
        for subject in results.candidates
        for criterion in file.criteria
    ]


def overall(decisions: Iterable[Decision]) -> Verdict:
    """Return the worst verdict: all criteria must hold (an intersection-union test)."""
    found = {decision.verdict for decision in decisions}
    return next((verdict for verdict in _WORST_FIRST if verdict in found), "NOT COMPARABLE")


def decide(criterion: Criterion, results: Results, subject: str, file: CriteriaFile) -> Decision:
    """Judge one criterion of one adapter."""
    probes = _probes(criterion, results.probes)
    method: Callable[[_Case], Decision] = {
        "family_rate": _family_rate,
        "event_rate": _event_rate,
        "noninferior": _noninferior,
        "increase": _increase,
        "effect": _effect,
    }[criterion.proves]
    case = _Case(criterion, results, subject, file, probes, str(results.meta["tier"]))
    unscored = case.unscored
    if not probes or len(unscored) > file.max_unscored * len(probes):
        return case.decision(
            "NOT COMPARABLE",
            f"{len(unscored)} of {len(probes)} probes have no score from both sides",
            evidence=unscored,
        )
    return method(case)


@dataclass(frozen=True)
class _Case:
    """One criterion, one adapter, and the probes that count."""

    criterion: Criterion
    results: Results
    subject: str
    file: CriteriaFile
    probes: Sequence[Probe]
    tier: str

    @property
    def limit(self) -> float:
        return self.criterion.limit[self.tier]

    def decision(self, verdict: Verdict, explanation: str, **numbers: object) -> Decision:
        return Decision(
            criterion=self.criterion.name,
            subject=self.subject,
            verdict=verdict,
            method=self.criterion.proves,
            suites=self.criterion.suites,
            explanation=explanation,
            confidence=self.file.confidence,
            **numbers,  # type: ignore[arg-type]
        )

    def families(self, subject: str) -> dict[str, list[Scored]]:
        """Return probe id -> scores of its variants, for probes scored on both sides."""
        return {
            probe.id: self.results.family(subject, probe)
            for probe in self.probes
            if probe.id not in self.unscored
        }

    @cached_property
    def unscored(self) -> tuple[str, ...]:
        """Return the probes that lack a score of base or of the adapter for any variant."""
        return tuple(probe.id for probe in self.probes if not self._whole(probe))

    def _whole(self, probe: Probe) -> bool:
        sides = (self.results.family(subject, probe) for subject in (BASE, self.subject))
        return all(
            len(side) == len(probe.variants) and all(one.score.value is not None for one in side)
            for side in sides
        )


def holds(family: Sequence[Scored]) -> bool:
    """Say whether a family holds: every one of its variants scored one half or more."""
    return all((one.score.value or 0.0) >= 0.5 for one in family)


def _family_rate(case: _Case) -> Decision:
    families = case.families(case.subject)
    broken = tuple(name for name, family in families.items() if not holds(family))
    n, passed = len(families), len(families) - len(broken)
    low = stats.binomial_lower_bound(passed, n, confidence=case.file.confidence)
    high = stats.binomial_upper_bound(passed, n, confidence=case.file.confidence)
    verdict: Verdict = "PASS" if low >= case.limit else "FAIL" if high < case.limit else "INCONCLUSIVE"
    bound = high if verdict == "FAIL" else low
    return case.decision(
        verdict,
        f"{passed} of {n} families hold; with {case.file.confidence:.0%} confidence the rate is "
        f"{'below' if verdict == 'FAIL' else 'at least'} {bound:.3f} (wanted: {case.limit:g})",
        statement=f"at least {case.limit:.0%} of the families hold",
        n=n,
        estimate=passed / n,
        bound=bound,
        limit=case.limit,
        direction="at_least",
        counts={"passed": passed},
        evidence=broken,
    )


def _event_rate(case: _Case) -> Decision:
    families = case.families(case.subject)
    shown = tuple(
        name for name, family in families.items() if any(_shows(case.criterion.event, x) for x in family)
    )
    n, events = len(families), len(shown)
    low = stats.binomial_lower_bound(events, n, confidence=case.file.confidence)
    high = stats.binomial_upper_bound(events, n, confidence=case.file.confidence)
    verdict: Verdict = "PASS" if high <= case.limit else "FAIL" if low > case.limit else "INCONCLUSIVE"
    bound = low if verdict == "FAIL" else high
    return case.decision(
        verdict,
        f"{events} of {n} families show it; with {case.file.confidence:.0%} confidence the rate is "
        f"{'above' if verdict == 'FAIL' else 'at most'} {bound:.3f} (allowed: {case.limit:g})",
        statement=f"at most {case.limit:.0%} of the families "
        + ("affirm a rival" if case.criterion.event == "affirms_rival" else "fail"),
        n=n,
        estimate=events / n,
        bound=bound,
        limit=case.limit,
        direction="at_most",
        counts={"events": events},
        evidence=shown,
    )


def _shows(event: Event, scored: Scored) -> bool:
    if event == "affirms_rival":
        return bool(scored.score.details.get("affirms"))
    return (scored.score.value or 0.0) < 0.5


def _noninferior(case: _Case) -> Decision:
    before, after = case.families(BASE), case.families(case.subject)
    lost = tuple(name for name in before if holds(before[name]) and not holds(after[name]))
    won = [name for name in before if holds(after[name]) and not holds(before[name])]
    n, right = len(before), sum(map(holds, before.values()))
    confidence = case.file.confidence
    low = stats.tango_lower_bound(len(lost), len(won), n, confidence=confidence)
    high = stats.tango_upper_bound(len(lost), len(won), n, confidence=confidence)
    estimate = (len(won) - len(lost)) / n
    worse = estimate < -case.limit and stats.mcnemar_p_value(len(lost), len(won)) < 1 - confidence
    verdict: Verdict = "INCONCLUSIVE"
    if high < -case.limit or worse:
        verdict = "FAIL"
    elif low > -case.limit:
        verdict = "PASS"
    explanation = (
        f"{len(lost)} lost, {len(won)} won of {n}; with {confidence:.0%} confidence accuracy changed "
        f"by more than {low:+.3f} (allowed: {-case.limit:+g}); base has {right} of {n}"
    )
    if right <= case.limit * n:
        verdict = "INCONCLUSIVE"
        explanation = (
            f"blind: base itself has {right} of {n} right, so a loss of {case.limit:g} cannot show; "
            f"{len(lost)} lost, {len(won)} won"
        )
    return case.decision(
        verdict,
        explanation,
        statement=f"accuracy falls by less than {case.limit:.0%}",
        n=n,
        estimate=estimate,
        bound=high if verdict == "FAIL" and high < -case.limit else low,
        limit=-case.limit,
        direction="at_least",
        counts={"lost": len(lost), "won": len(won), "base_right": right},
        evidence=lost,
    )


def _increase(case: _Case) -> Decision:
    rises = nll_rises(case.results, case.subject, [p for p in case.probes if p.id not in case.unscored])
    values = list(rises.values())
    if len(values) < 2:
        return case.decision("NOT COMPARABLE", f"{len(values)} texts cannot show a spread")
    low, high = stats.mean_bounds(values, confidence=case.file.confidence)
    mean = sum(values) / len(values)
    verdict: Verdict = "PASS" if high <= case.limit else "FAIL" if low > case.limit else "INCONCLUSIVE"
    bound = low if verdict == "FAIL" else high
    worst = sorted(rises, key=rises.__getitem__, reverse=True)[:5]
    return case.decision(
        verdict,
        f"NLL rises by {mean:+.3f} nats per token over {len(values)} texts; with "
        f"{case.file.confidence:.0%} confidence by {'more' if verdict == 'FAIL' else 'at most'} "
        f"{'than ' if verdict == 'FAIL' else ''}{bound:+.3f} (allowed: {case.limit:g})",
        statement=f"NLL rises by at most {case.limit:g} nats per token",
        n=len(values),
        estimate=mean,
        bound=bound,
        limit=case.limit,
        direction="at_most",
        evidence=tuple(name for name in worst if rises[name] > case.limit),
    )


def nll_rises(results: Results, subject: str, probes: Iterable[Probe]) -> dict[str, float]:
    """Return probe id -> mean rise of NLL per token against base, in nats, over its variants."""
    rises = {}
    for probe in probes:
        before = [x.score.details.get("nll_per_token") for x in results.family(BASE, probe)]
        after = [x.score.details.get("nll_per_token") for x in results.family(subject, probe)]
        differences = [a - b for b, a in zip(before, after, strict=False) if a is not None and b is not None]
        if differences:
            rises[probe.id] = sum(differences) / len(differences)
    return rises


def _effect(case: _Case) -> Decision:
    pairs = list(case.results.pairs(case.subject))
    differing = sum(pair.base.answer != pair.candidate.answer for pair in pairs)
    likelihoods = [p for p in case.probes if p.kind in ("nll", "drift")]
    moved = [abs(rise) for rise in nll_rises(case.results, case.subject, likelihoods).values()]
    largest = max(moved, default=0.0)
    changes = differing > 0 or largest > _NO_EFFECT
    return case.decision(
        "PASS" if changes else "FAIL",
        f"{differing} of {len(pairs)} answers differ from base, NLL moves by up to {largest:.4f} nats"
        if changes
        else f"the adapter changes nothing: {len(pairs)} answers equal base's, NLL moves by "
        f"{largest:.1e} nats; it was not applied, or its weights are zero",
        statement="the adapter changes something",
        n=len(pairs),
        counts={"differing": differing},
    )
