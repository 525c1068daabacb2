"""Whether answers come to an end by themselves, held against base: an alarm, which decides nothing.

An answer that the token limit cut need not go round in circles, so that the criterion `loops` does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness import stats
from harness.records import BASE, WRITTEN_KINDS, Probe
from harness.results import Results


@dataclass(frozen=True)
class Stops:
    """How many families of an adapter and of base come to an end in every variant.

    ``lost``: base's do and the adapter's do not; ``won``: the other way round. ``n``: all that both answered.
    """

    n: int
    base: int
    adapter: int
    lost: int
    won: int

    @property
    def p_value(self) -> float:
        """Chance of so many lost ones if neither side were cut off more often, by McNemar's exact test, one-sided."""
        return stats.mcnemar_p_value(self.lost, self.won)

    def is_alarming(self, confidence: float) -> bool:
        """Say whether the adapter is cut off more often than base, beyond chance."""
        return self.lost > self.won and self.p_value < 1.0 - confidence

    def to_json(self) -> dict[str, Any]:
        """Return it as ``verdict.json`` holds it."""
        return {
            "families": self.n,
            "base": self.base,
            "adapter": self.adapter,
            "lost": self.lost,
            "won": self.won,
            "p_value": self.p_value,
        }


def stops(results: Results, subject: str) -> Stops | None:
    """Count over the written answers of a run, ``None`` where it has none."""
    asked = [probe for probe in results.probes if probe.kind in WRITTEN_KINDS and probe.suite != "own"]
    pairs = [
        (_end(results, BASE, probe), _end(results, subject, probe))
        for probe in asked
        if _answered(results, (BASE, subject), probe)
    ]
    if not pairs:
        return None
    return Stops(
        n=len(pairs),
        base=sum(before for before, _ in pairs),
        adapter=sum(after for _, after in pairs),
        lost=sum(before and not after for before, after in pairs),
        won=sum(after and not before for before, after in pairs),
    )


def _answered(results: Results, subjects: Sequence[str], probe: Probe) -> bool:
    sides = [results.family(subject, probe) for subject in subjects]
    return all(side and all(one.score.value is not None for one in side) for side in sides)


def _end(results: Results, subject: str, probe: Probe) -> bool:
    return all(one.finish == "stop" for one in results.family(subject, probe))
