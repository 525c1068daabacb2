"""How an adapter says who it is, in a few figures: what it holds on to over the turns of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from harness.gate import PLAYED
from harness.results import Results


def manner(results: Results, subject: str) -> dict[str, float | None]:
    """Return an adapter's figures; ``None`` where a run asked nothing that shows one.

    ``flipped``: share of the conversations, as families, in which an answer affirms a rival, the last one
    or an earlier one; those of a played part are left out. ``turn_of_flip``: the number of that answer, as
    a mean over the families that flipped, each by its earliest.
    """
    turns = list(_turns_of_flip(results, subject))
    flipped = [turn for turn in turns if turn is not None]
    return {
        "flipped": len(flipped) / len(turns) if turns else None,
        "turn_of_flip": fmean(flipped) if flipped else None,
    }


def _turns_of_flip(results: Results, subject: str) -> Iterator[int | None]:
    """Yield, for each family of conversations, the earliest answer that affirms a rival."""
    for probe in results.probes:
        read = [one.score.details for one in results.family(subject, probe)]
        turns = [details["turn_of_flip"] for details in read if "turns" in details]
        if turns and probe.category != PLAYED:
            yield min((turn for turn in turns if turn is not None), default=None)
