"""The A/A floor: what a subject shows against itself when it is asked the same a second time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness import stats
from harness.records import BASE
from harness.results import Results


@dataclass(frozen=True)
class Floor:
    """Answers asked twice, how many of them differ, and how many went from right to wrong or back.

    ``largest_shift`` (nats): of any log-probability that was taken twice; ``None`` where none was.
    """

    asked: int = 0
    differ: int = 0
    flips: int = 0
    largest_shift: float | None = None

    def __add__(self, other: Floor) -> Floor:
        shifts = [one for one in (self.largest_shift, other.largest_shift) if one is not None]
        return Floor(
            self.asked + other.asked,
            self.differ + other.differ,
            self.flips + other.flips,
            max(shifts, default=None),
        )

    @property
    def rate(self) -> float:
        """Share of flips; 0 where nothing was asked twice."""
        return self.flips / self.asked if self.asked else 0.0

    def __str__(self) -> str:
        """Say the flips as they stand beside an adapter's: ``1 of 24``."""
        return f"{self.flips} of {self.asked}"


def floor_of(results: Results, subject: str) -> Floor:
    """Return what one subject shows against itself."""
    asked = differ = flips = 0
    shifts: list[float] = []
    for (who, probe, variant), again in results.repeated.items():
        first = results.scored.get((who, probe, variant))
        if who != subject or first is None or first.score.value is None or again.score.value is None:
            continue
        asked += 1
        differ += first.answer != again.answer
        flips += (first.score.value >= 0.5) != (again.score.value >= 0.5)
        shifts += [float(again.score.details["shift"])] if "shift" in again.score.details else []
    print_ = results.fingerprints.get(subject)
    if print_ and print_.noise:
        shifts.append(print_.noise.largest)
    return Floor(asked, differ, flips, max(shifts, default=None))


def floor_beside(results: Results, subject: str) -> Floor:
    """Return the floor that an adapter's flips are held against: base's and its own together."""
    return floor_of(results, BASE) + floor_of(results, subject)


def floor_figures(results: Results) -> dict[str, dict[str, Any]]:
    """Return subject -> figures for ``verdict.json``; empty where nothing was asked twice."""
    return {
        subject: _figures(floor)
        for subject in (BASE, *results.candidates)
        if (floor := floor_of(results, subject)).asked
    }


def _figures(floor: Floor) -> dict[str, Any]:
    low, high = stats.wilson_interval(floor.flips, floor.asked)
    return {
        "asked": floor.asked,
        "differ": floor.differ,
        "flips": floor.flips,
        "rate_low": low,
        "rate_high": high,
        "largest_shift": floor.largest_shift,
    }


def floor_note(results: Results) -> str:
    """Say in one line what the floor is, or that nobody measured it."""
    floors = {name: floor_of(results, name) for name in (BASE, *results.candidates)}
    measured = {name: one for name, one in floors.items() if one.asked}
    if not measured:
        return "A/A floor: not measured; no answer was asked twice."
    whole = sum(measured.values(), Floor())
    _, high = stats.wilson_interval(whole.flips, whole.asked)
    told = ", ".join(f"{name} {one}" for name, one in measured.items())
    moved = (
        ""
        if whole.largest_shift is None
        else f"; log-probabilities moved by up to {whole.largest_shift:.1e} nats"
    )
    return (
        f"A/A floor: asked again, {whole} answers flipped ({told}; 95 % interval up to {high:.3f}) and "
        f"{whole.differ} differ{moved}."
    )
