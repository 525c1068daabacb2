"""The judge: criteria from a file, numbers from a run, and one verdict for each adapter."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness import stats
from harness.config import Record, load
from harness.errors import ConfigError, suggestion
from harness.records import BASE, Pair, Probe, Scored, Suite
from harness.results import Results

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT COMPARABLE"]
Method = Literal["family_rate", "event_rate", "noninferior", "increase", "effect"]
Event = Literal["failed", "affirms_rival"]
EXIT_STATUS: dict[Verdict, int] = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 2, "NOT COMPARABLE": 3}
_WORST_FIRST: tuple[Verdict, ...] = ("FAIL", "NOT COMPARABLE", "INCONCLUSIVE", "PASS")
_NO_EFFECT = 1e-4
"""Nats: a smaller difference in every log-probability is rounding, not an adapter."""
_LIKELIHOOD_KINDS = ("nll", "drift")
"""Kinds whose score is a probability, so that none of their answers is right or wrong."""


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
        probes = _probes(criterion, [probe for suite in suites for probe in suite.probes])
        fault = _cannot_certify(criterion, probes, tier, file.confidence)
        if fault:
            faults.append(f"{path}: criterion {criterion.name!r}: {fault}")
    if faults:
        raise ConfigError("\n".join(faults))


def _cannot_certify(
    criterion: Criterion, probes: Sequence[Probe], tier: str, confidence: float
) -> str | None:
    """Return why a tier's probes cannot prove a criterion, or ``None``."""
    if criterion.proves == "effect":
        return None
    n, limit = len(probes), criterion.limit.get(tier)
    if limit is None:
        return f"no limit for tier {tier}; add one under 'limit'."
    if n == 0:
        return f"no probe of tier {tier} belongs to it; name its suites."
    if criterion.proves == "increase":
        return _no_spread(n, limit)
    if any(probe.kind in _LIKELIHOOD_KINDS for probe in probes):
        return f"{criterion.proves} counts right answers, and kinds nll and drift have none; set 'kinds'."
    return _too_few(criterion.proves, n, limit, tier, confidence)


def _no_spread(n: int, limit: float) -> str | None:
    if not math.isfinite(limit):
        return f"limit {limit} is no number of nats; give one."
    return None if n > 1 else f"{n} text cannot show a spread; give it more."


def _too_few(proves: Method, n: int, limit: float, tier: str, confidence: float) -> str | None:
    """Say how many families are needed where n of them without a single fault are not enough."""
    if not 0.0 < limit < 1.0:
        return f"limit {limit:g} for tier {tier} is not between 0 and 1, so nothing can prove it."
    if proves == "noninferior":
        best = -stats.tango_lower_bound(0, 0, n, confidence=confidence)
        needed = stats.pairs_needed(limit, confidence=confidence)
    elif proves == "event_rate":
        best = stats.binomial_upper_bound(0, n, confidence=confidence)
        needed = stats.trials_needed(1 - limit, 0, confidence=confidence)
    else:
        best = stats.binomial_lower_bound(n, n, confidence=confidence)
        needed = stats.trials_needed(limit, 0, confidence=confidence)
    if n >= needed:
        return None
    possible = "at most" if proves == "family_rate" else "no less than"
    return (
        f"{n} families in tier {tier} can certify {possible} {best:.3f}, not {limit:g}, even without "
        f"a single fault; that needs {needed}. Set another limit, or choose a larger tier."
    )


def _probes(criterion: Criterion, probes: Iterable[Probe]) -> list[Probe]:
    return [
        probe
        for probe in probes
        if probe.suite != "own"
        and (criterion.proves != "increase" or probe.kind in _LIKELIHOOD_KINDS)
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
    """Judge one criterion of one adapter.

    Raises:
        ConfigError: the criterion has no limit for the run's tier.
    """
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
    if not probes or len(unscored) > file.max_unscored * len(probes) + 1e-9:
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
        try:
            return self.criterion.limit[self.tier]
        except KeyError as fault:
            raise ConfigError(
                f"criterion {self.criterion.name!r} has no limit for tier {self.tier}; add one under 'limit'."
            ) from fault

    @property
    def statement(self) -> str:
        """What is to be proved, in words."""
        if self.criterion.proves == "effect":
            return "the adapter changes something"
        said = {"affirms_rival": "affirm a rival", "failed": "fail"}[self.criterion.event]
        return {
            "family_rate": f"at least {self.limit:.0%} of the families hold",
            "event_rate": f"at most {self.limit:.0%} of the families {said}",
            "noninferior": f"accuracy falls by less than {self.limit:.0%}",
            "increase": f"NLL rises by at most {self.limit:g} nats per token",
        }[self.criterion.proves]

    def decision(
        self, verdict: Verdict, explanation: str, counts: dict[str, int] | None = None, **numbers: object
    ) -> Decision:
        """Return a decision; probes that were left out for want of a score are counted and told."""
        counts = dict(counts or {})
        if self.unscored and verdict != "NOT COMPARABLE":
            counts["unscored"] = len(self.unscored)
            explanation += f"; {len(self.unscored)} of {len(self.probes)} probes left out for want of a score"
        return Decision(
            criterion=self.criterion.name,
            subject=self.subject,
            verdict=verdict,
            method=self.criterion.proves,
            suites=self.criterion.suites,
            explanation=explanation,
            statement=self.statement,
            confidence=self.file.confidence,
            counts=counts,
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
    low = stats.binomial_lower_bound(events, n, confidence=case.file.confidence)
    high = stats.binomial_upper_bound(events, n, confidence=case.file.confidence)
    verdict: Verdict = "PASS" if high <= case.limit else "FAIL" if low > case.limit else "INCONCLUSIVE"
    bound = low if verdict == "FAIL" else high
    return case.decision(
        verdict,
        f"{events} of {n} families show it; with {case.file.confidence:.0%} confidence the rate is "
        f"{'above' if verdict == 'FAIL' else 'at most'} {bound:.3f} (allowed: {case.limit:g})",
        n=n,
        estimate=events / n,
        bound=bound,
        limit=case.limit,
        direction="at_most",
        counts={"events": events},
        evidence=shown,
    )


def _can_show(event: Event, family: Sequence[Scored]) -> bool:
    """Say whether a family's scorer looked for the event at all: silence is no evidence."""
    return event != "affirms_rival" or all("affirms" in one.score.details for one in family)


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
        before = _nll_by_variant(results.family(BASE, probe))
        after = _nll_by_variant(results.family(subject, probe))
        differences = [after[variant] - before[variant] for variant in before if variant in after]
        if differences:
            rises[probe.id] = math.fsum(differences) / len(differences)
    return rises


def _nll_by_variant(family: Iterable[Scored]) -> dict[str, float]:
    found = {one.variant.id: one.score.details.get("nll_per_token") for one in family}
    return {variant: float(nll) for variant, nll in found.items() if nll is not None}


def _effect(case: _Case) -> Decision:
    wanted = {probe.id for probe in case.probes}
    pairs = [
        pair
        for pair in case.results.pairs(case.subject)
        if pair.base.probe.id in wanted and pair.flip != "unscored"
    ]
    if not pairs:
        return case.decision("NOT COMPARABLE", "no pair has a score from both sides")
    differing = sum(pair.base.answer != pair.candidate.answer for pair in pairs)
    largest = max(map(_likelihood_shift, pairs))
    changes = differing > 0 or largest > _NO_EFFECT
    return case.decision(
        "PASS" if changes else "FAIL",
        f"{differing} of {len(pairs)} answers differ from base, log-probabilities by up to {largest:.4f} nats"
        if changes
        else f"the adapter changes nothing: {len(pairs)} answers equal base's, log-probabilities up to "
        f"{largest:.1e} nats; it was not applied, or its weights are zero",
        n=len(pairs),
        counts={"differing": differing},
    )


def _likelihood_shift(pair: Pair) -> float:
    """Return the largest change of a mean log-probability between base and candidate, in nats."""
    before, after = pair.base.score.details, pair.candidate.score.details
    moved = [0.0]
    if "nll_per_token" in before and "nll_per_token" in after:
        moved.append(abs(after["nll_per_token"] - before["nll_per_token"]))
    for old, new in zip(before.get("per_character", ()), after.get("per_character", ()), strict=False):
        moved.append(abs(new - old))
    return max(moved)
