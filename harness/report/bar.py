"""A criterion drawn as a bar: estimate, bound and limit on one line."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report import summary
from harness.report.summary import Record, finite, number


@dataclass(frozen=True)
class Bar:
    """A criterion drawn on a line from 0 to 100: where it must lie, and where it does."""

    allowed: tuple[float, float]
    reach: tuple[float, float] | None
    estimate: float | None
    bound: float | None
    limit: float
    zero: float | None
    label: str


def bar(criterion: Record) -> Bar | None:
    """Place estimate, bound and limit on one scale; ``None`` when there is nothing to compare.

    Rates share the scale from 0 to 1; differences and small quantities get one of their own.

    >>> bar({"estimate": 0.95, "bound": 0.784, "limit": 0.7, "direction": "at_least"}).allowed
    (70.0, 100.0)
    """
    numbers = {key: finite(criterion.get(key)) for key in ("estimate", "bound", "limit")}
    border = numbers["limit"]
    known = [value for value in numbers.values() if value is not None]
    if border is None or len(known) < 2:
        return None
    low, high = _scale(known)
    place = {
        key: None if value is None else round(100 * (value - low) / (high - low), 2)
        for key, value in numbers.items()
    }
    edge = place["limit"] or 0.0
    ends = [at for at in (place["estimate"], place["bound"]) if at is not None]
    zero = round(100 * -low / (high - low), 2) if low < 0 < high else None
    return Bar(
        allowed=(0.0, edge) if criterion.get("direction") == "at_most" else (edge, 100.0),
        reach=(min(ends), max(ends)) if len(ends) == 2 else None,
        estimate=place["estimate"],
        bound=place["bound"],
        limit=edge,
        zero=zero,
        label=f"bound {number(numbers['bound'])} against limit {summary.limit(criterion)}",
    )


def _scale(known: list[float]) -> tuple[float, float]:
    """Return the ends of the line on which these numbers are drawn."""
    if min(known) >= 0 and 0.25 <= max(known) <= 1:
        return 0.0, 1.0
    low, high = min(0.0, *known), max(0.0, *known)
    margin = 0.15 * (high - low or 1.0)
    return (low - margin if low < 0 else low), high + margin
