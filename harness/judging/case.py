"""What is judged, and what comes of it: one criterion of one adapter, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from harness.criteria import MUST_HOLD, CriteriaFile, Criterion, Method, Reading
from harness.errors import ConfigError
from harness.records import BASE, Probe, Scored
from harness.results import Results
from harness.sandbox import LEVELS, Level, below

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT COMPARABLE"]
Direction = Literal["at_least", "at_most"]
Ruling = tuple[Verdict, float, float]
"""A verdict with the one-sided lower and upper bound on which it rests."""


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
    direction: Direction | Literal[""] = ""
    confidence: float = 0.95
    counts: dict[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
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
            return "the adapter changes something, and answers as itself"
        if self.criterion.proves == MUST_HOLD:
            return "every listed probe holds"
        counted = "the share of true answers" if self.criterion.reads == "truth" else "accuracy"
        said = {"affirms_rival": "affirm a rival", "failed": "fail", "loops": "go round in circles"}[
            self.criterion.event
        ]
        return {
            "family_rate": f"at least {self.limit:.0%} of the families hold",
            "event_rate": f"at most {self.limit:.0%} of the families {said}",
            "noninferior": f"the mean grade falls by less than {self.limit:g}"
            if self.criterion.score == "graded"
            else f"{counted} falls by less than {self.limit:.0%}",
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


def holds(family: Sequence[Scored], reads: Reading = "score") -> bool:
    """Say whether a family holds: every one of its variants scored one half or more, or is true."""
    return all(is_right(one, reads) for one in family)


def is_right(one: Scored, reads: Reading = "score") -> bool:
    """Say whether one answer is right in what a criterion reads of it."""
    if reads == "truth":
        return bool(one.score.details.get("true"))
    return (one.score.value or 0.0) >= 0.5
