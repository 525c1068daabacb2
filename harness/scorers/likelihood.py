"""Scores from log-probabilities: choices, held-out text, drift from the base's own answers."""

from __future__ import annotations

import math
from typing import Any

from harness.records import Sample, Score
from harness.scorers import Reply

VERSION = 2
_ROUNDING = 1e-3
"""Nats: a probability may come out this much above 1."""


def choice(reply: Reply, *, choices: list[str], answer: int) -> Score:
    """Score 1 when the right choice is the likeliest, by mean log-probability per character.

    A tie is no preference, whatever its place in the list: then the right choice is not the likeliest.
    """
    totals = []
    for number, text in enumerate(choices):
        sample = reply.samples.get(f"choice-{number}")
        if sample is None or not sample.logprobs:
            return Score(None, f"no log-probability for choice {number}")
        if not all(map(math.isfinite, sample.logprobs)):
            return Score(None, f"the log-probabilities of choice {number} are not finite")
        totals.append(math.fsum(sample.logprobs) / max(1, len(text)))
    best = _likeliest(totals, answer)
    tied = totals[best] == totals[answer] and best != answer
    said = "undecided between" if tied else "right: prefers" if best == answer else "wrong: prefers"
    shown = " and ".join(repr(choices[place].strip()) for place in ([answer, best] if tied else [best]))
    return Score(float(best == answer), f"{said} {shown}", details={"per_character": totals, "chosen": best})


def _likeliest(totals: list[float], answer: int) -> int:
    """Return the place of the highest total; where several share it, one that is not the answer."""
    highest = max(totals)
    places = [place for place, total in enumerate(totals) if total == highest]
    return next((place for place in places if place != answer), answer)


def nll(reply: Reply) -> Score:
    """Score a held-out text by exp(-mean NLL): the geometric mean probability of its tokens."""
    return _mean_probability(reply.samples.get("nll"))


def drift(reply: Reply) -> Score:
    """Score how likely a subject finds the base's own answer, as `nll` does."""
    return _mean_probability(reply.samples.get("drift"))


def _mean_probability(sample: Sample | None) -> Score:
    if sample is None or not sample.logprobs:
        return Score(None, "no log-probabilities")
    if not all(map(math.isfinite, sample.logprobs)):
        return Score(None, "the log-probabilities are not finite")
    mean = -math.fsum(sample.logprobs) / len(sample.logprobs)
    if mean < -_ROUNDING:
        return Score(None, f"the log-probabilities are positive (mean {-mean:.3g})")
    details: dict[str, Any] = {"nll_per_token": mean, "tokens": len(sample.logprobs)}
    return Score(min(1.0, math.exp(-mean)), f"{mean:.3f} nats per token", details=details)
