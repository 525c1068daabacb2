"""The table of one run against one process for each subject: sums, ratios, and what was not measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

Record = Mapping[str, Any]


def table(records: Sequence[Record], counts: Sequence[int]) -> list[str]:
    """Return the table as lines, a row for each number of adapters and each side beside ours.

    A ratio is the side's sum over our run of the same round; of several rounds the median, with the
    smallest and the largest.
    """
    lines = [f"{'adapters':>8} {'ours s':>22} {'side':>8} {'sum s':>22} {'ratio':>20}  of which not measured"]
    for count in counts:
        for side in ("lm-eval", "raw"):
            rounds = list(_rounds(records, side, count))
            if rounds:
                lines.append(_row(count, side, rounds))
        if not any(record["side"] in ("lm-eval", "raw") for record in records):
            own = [one["wall_s"] for one in records if one["side"] == "ours" and one["adapters"] == count]
            lines += [f"{count:>8} {_spread(own):>22}"] if own else []
    return [*lines, *_sameness(records)]


def _rounds(records: Sequence[Record], side: str, count: int) -> list[tuple[float, float, int]]:
    """Return for each round: our seconds, the side's sum, and how many of its processes are estimated."""
    found = []
    for number in sorted({record["round"] for record in records}):
        mine = [record for record in records if record["round"] == number]
        own = [one["wall_s"] for one in mine if one["side"] == "ours" and one["adapters"] == count]
        theirs = {one["subject"]: one["wall_s"] for one in mine if one["side"] == side}
        total = _sum(theirs, count)
        if own and total is not None:
            found.append((own[0], *total))
    return found


def _sum(theirs: Mapping[int, float], count: int) -> tuple[float, int] | None:
    """Return the seconds of base and ``count`` adapters, and how many of these the mean stands for.

    >>> _sum({0: 10.0, 1: 12.0, 2: 14.0}, 4)
    (62.0, 2)
    """
    adapters = [seconds for subject, seconds in theirs.items() if subject]
    if 0 not in theirs or not adapters:
        return None
    there = [theirs[subject] for subject in range(1, count + 1) if subject in theirs]
    left = count - len(there)
    return theirs[0] + sum(there) + left * fmean(adapters), left


def _row(count: int, side: str, rounds: Sequence[tuple[float, float, int]]) -> str:
    own, total = ([one[place] for one in rounds] for place in (0, 1))
    ratios = [one[1] / one[0] for one in rounds]
    estimated = max(one[2] for one in rounds)
    note = (
        f"{estimated} of {count + 1} processes EXTRAPOLATED from the mean of the others"
        if estimated
        else "none"
    )
    return f"{count:>8} {_spread(own):>22} {side:>8} {_spread(total):>22} {_spread(ratios, 2):>20}  {note}"


def _spread(values: Sequence[float], digits: int = 1) -> str:
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{median(values):.{digits}f} [{min(values):.{digits}f}, {max(values):.{digits}f}]"


def _sameness(records: Sequence[Record]) -> list[str]:
    """Say how much of what lm-eval was asked, and answered, is the same as in our run."""
    found = []
    for key, what in (
        ("same_ids", "prompts with equal token ids"),
        ("same_answers", "answers word for word equal"),
    ):
        shares = [record[key] for record in records if key in record]
        if shares:
            found.append(f"lm-eval: {what}: {min(shares):.1%} to {max(shares):.1%} of each process")
    return found
