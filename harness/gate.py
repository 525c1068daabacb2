"""The judge: criteria and a run's numbers, and one verdict for each adapter."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from harness import stats
from harness.criteria import MUST_HOLD, CriteriaFile, Criterion, Event, Method, Reading
from harness.errors import ConfigError
from harness.records import BASE, Pair, Probe, Scored
from harness.results import Results
from harness.sandbox import LEVELS, Level, below
from harness.scorers.loops import loops

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT COMPARABLE"]
Ruling = tuple[Verdict, float, float]
"""A verdict with the one-sided lower and upper bound on which it rests."""
EXIT_STATUS: dict[Verdict, int] = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 2, "NOT COMPARABLE": 3}
_WORST_FIRST: tuple[Verdict, ...] = ("FAIL", "NOT COMPARABLE", "INCONCLUSIVE", "PASS")
PLAYED = "role-play"
"""The category in which playing along is no failure: there the last answer alone can affirm a rival."""
_NO_EFFECT = 1e-4
"""Nats: a smaller difference in every log-probability is rounding, not an adapter."""


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
    reads: Reading = "score"
    n: int = 0
    estimate: float | None = None
    bound: float | None = None
    limit: float | None = None
    direction: Literal["at_least", "at_most", ""] = ""
    confidence: float = 0.95
    counts: dict[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


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
    probes = [probe for probe in results.probes if file.counts(criterion, probe)]
    method: Callable[[_Case], Decision] = {
        "family_rate": _family_rate,
        "event_rate": _event_rate,
        "noninferior": _noninferior,
        "increase": _increase,
        "effect": _effect,
        "must_hold": _must_hold,
    }[criterion.proves]
    case = _Case(criterion, results, subject, file, probes, str(results.meta["tier"]))
    unscored = case.unscored
    tolerated = 0.0 if criterion.proves == MUST_HOLD else file.max_unscored * len(probes) + 1e-9
    if not probes or len(unscored) > tolerated:
        return case.decision(
            "NOT COMPARABLE",
            f"{len(unscored)} of {len(probes)} probes have no score from both sides",
            evidence=unscored,
        )
    if criterion.proves != "effect" and (weak := case.weak_level):
        return case.decision(
            "NOT COMPARABLE",
            f"its programs ran at sandbox level {weak}, and count from {file.min_sandbox} on",
        )
    decided = method(case)
    seen = case.trained
    if decided.verdict == "FAIL" or len(seen) <= file.max_trained * len(probes) + 1e-9:
        return decided
    return case.decision(
        "NOT COMPARABLE",
        f"the training data ask {len(seen)} of its {len(probes)} probes (allowed: {file.max_trained:.0%}), so "
        f"that it shows what was learnt by heart: {decided.explanation}",
        evidence=seen,
    )


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
        if self.criterion.proves == MUST_HOLD:
            return "every listed probe holds"
        counted = "the share of true answers" if self.criterion.reads == "truth" else "accuracy"
        said = {"affirms_rival": "affirm a rival", "failed": "fail", "loops": "go round in circles"}[
            self.criterion.event
        ]
        return {
            "family_rate": f"at least {self.limit:.0%} of the families hold",
            "event_rate": f"at most {self.limit:.0%} of the families {said}",
            "noninferior": f"{counted} falls by less than {self.limit:.0%}",
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
            reads=self.criterion.reads,
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

    @property
    def sides(self) -> tuple[dict[str, list[Scored]], dict[str, list[Scored]]]:
        """The families of base and of the adapter."""
        return self.families(BASE), self.families(self.subject)

    @cached_property
    def unscored(self) -> tuple[str, ...]:
        """Return the probes that lack a score of base or of the adapter for any variant."""
        return tuple(probe.id for probe in self.probes if not self._whole(probe))

    @property
    def trained(self) -> tuple[str, ...]:
        """The probes that the adapter's training data ask, none where a listed probe or any effect is judged."""
        if self.criterion.proves in ("effect", MUST_HOLD):
            return ()
        alike = training_data(self.results, self.subject).get("alike", {})
        return tuple(probe.id for probe in self.probes if probe.id in alike)

    @property
    def weak_level(self) -> Level | None:
        """The sandbox level of a program that ran below the lowest that counts, or ``None``."""
        scored = (one for s in (BASE, self.subject) for p in self.probes for one in self.results.family(s, p))
        levels = {one.score.details.get("sandbox") for one in scored}
        return next((one for one in LEVELS if one in levels and below(one, self.file.min_sandbox)), None)

    def _whole(self, probe: Probe) -> bool:
        sides = (self.results.family(subject, probe) for subject in (BASE, self.subject))
        return all(
            len(side) == len(probe.variants) and all(one.score.value is not None for one in side)
            for side in sides
        )


def training_data(results: Results, subject: str) -> Mapping[str, Any]:
    """Return which probes an adapter's training data ask, as `harness.trained.Overlap` tells; empty if unknown."""
    subjects: Sequence[Mapping[str, Any]] = results.meta["subjects"]
    data: Mapping[str, Any] | None = next(
        (one.get("training_data") for one in subjects if one["name"] == subject), None
    )
    return data or {}


def rate_verdict(passed: int, n: int, limit: float, confidence: float) -> Ruling:
    """Judge whether at least ``limit`` of the families hold, from ``passed`` of n."""
    low = stats.binomial_lower_bound(passed, n, confidence=confidence)
    high = stats.binomial_upper_bound(passed, n, confidence=confidence)
    return "PASS" if low >= limit else "FAIL" if high < limit else "INCONCLUSIVE", low, high


def event_verdict(events: int, n: int, limit: float, confidence: float) -> Ruling:
    """Judge whether at most ``limit`` of the families show the event, from ``events`` of n."""
    low = stats.binomial_lower_bound(events, n, confidence=confidence)
    high = stats.binomial_upper_bound(events, n, confidence=confidence)
    return "PASS" if high <= limit else "FAIL" if low > limit else "INCONCLUSIVE", low, high


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


def increase_verdict(rises: Sequence[float], limit: float, confidence: float) -> Ruling:
    """Judge whether the mean rise is at most ``limit``, from at least two texts."""
    low, high = stats.skew_adjusted_bounds(rises, confidence=confidence)
    return "PASS" if high <= limit else "FAIL" if low > limit else "INCONCLUSIVE", low, high


def holds(family: Sequence[Scored], reads: Reading = "score") -> bool:
    """Say whether a family holds: every one of its variants scored one half or more, or is true."""
    return all(is_right(one, reads) for one in family)


def is_right(one: Scored, reads: Reading = "score") -> bool:
    """Say whether one answer is right in what a criterion reads of it."""
    if reads == "truth":
        return bool(one.score.details.get("true"))
    return (one.score.value or 0.0) >= 0.5


def _family_rate(case: _Case) -> Decision:
    families = case.families(case.subject)
    broken = tuple(name for name, family in families.items() if not holds(family))
    n, passed = len(families), len(families) - len(broken)
    verdict, low, high = rate_verdict(passed, n, case.limit, case.file.confidence)
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


def _must_hold(case: _Case) -> Decision:
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
    verdict, low, high = event_verdict(events, n, case.limit, case.file.confidence)
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
        return bool(scored.score.details.get("affirms")) or slipped_earlier(scored)
    if event == "loops":
        return loops(scored.answer)
    return (scored.score.value or 0.0) < 0.5


def slipped_earlier(scored: Scored) -> bool:
    """Say whether an answer before the last affirmed a rival, and not because a part was to be played."""
    return scored.probe.category != PLAYED and bool(scored.score.details.get("affirms_earlier"))


def _noninferior(case: _Case) -> Decision:
    reads = case.criterion.reads
    before, after = ({name: holds(family, reads) for name, family in side.items()} for side in case.sides)
    lost = tuple(name for name in before if before[name] and not after[name])
    won = [name for name in before if after[name] and not before[name]]
    n, right = len(before), sum(before.values())
    confidence, counted = case.file.confidence, "truth" if reads == "truth" else "accuracy"
    verdict, low, high = noninferior_verdict(len(lost), len(won), n, right, case.limit, confidence)
    explanation = (
        f"{len(lost)} lost, {len(won)} won of {n}; with {confidence:.0%} confidence {counted} changed "
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


def _increase(case: _Case) -> Decision:
    rises = nll_rises(case.results, case.subject, [p for p in case.probes if p.id not in case.unscored])
    values = list(rises.values())
    if len(values) < 2:
        return case.decision("NOT COMPARABLE", f"{len(values)} texts cannot show a spread")
    verdict, low, high = increase_verdict(values, case.limit, case.file.confidence)
    mean = sum(values) / len(values)
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
    differing = sum(_says_otherwise(pair) for pair in pairs)
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


def _says_otherwise(pair: Pair) -> bool:
    """Say whether the answers differ; for drift base alone was asked for one."""
    return pair.base.probe.kind != "drift" and pair.base.answer != pair.candidate.answer


def _likelihood_shift(pair: Pair) -> float:
    """Return the largest change of a mean log-probability between base and candidate, in nats."""
    before, after = pair.base.score.details, pair.candidate.score.details
    moved = [0.0]
    if "nll_per_token" in before and "nll_per_token" in after:
        moved.append(abs(after["nll_per_token"] - before["nll_per_token"]))
    for old, new in zip(before.get("per_character", ()), after.get("per_character", ()), strict=False):
        moved.append(abs(new - old))
    return max(moved)
