"""Scores from log-probabilities: choices, held-out text, drift from the base's own answers."""

from __future__ import annotations

import math
from typing import Any

from harness.records import Sample, Score
from harness.scorers import Reply


def choice(reply: Reply, *, choices: list[str], answer: int) -> Score:
    """Score 1 when the right choice is the likeliest, by mean log-probability per character."""
    totals = []
    for number, text in enumerate(choices):
        sample = reply.samples.get(f"choice-{number}")
        if sample is None or not sample.logprobs:
            return Score(None, f"no log-probability for choice {number}")
        totals.append(math.fsum(sample.logprobs) / len(text))
    best = max(range(len(totals)), key=totals.__getitem__)
    said = f"{'right' if best == answer else 'wrong'}: prefers {choices[best].strip()!r}"
    return Score(float(best == answer), said, details={"per_character": totals, "chosen": best})


def nll(reply: Reply) -> Score:
    """Score a held-out text by exp(-mean NLL): the geometric mean probability of its tokens."""
    return _mean_probability(reply.samples.get("nll"))


def drift(reply: Reply) -> Score:
    """Score how likely a subject finds the base's own answer, as `nll` does."""
    return _mean_probability(reply.samples.get("drift"))


def _mean_probability(sample: Sample | None) -> Score:
    if sample is None or not sample.logprobs:
        return Score(None, "no log-probabilities")
    mean = -math.fsum(sample.logprobs) / len(sample.logprobs)
    if not math.isfinite(mean):
        return Score(None, f"the log-probabilities are not finite (mean {mean})")
    details: dict[str, Any] = {"nll_per_token": mean, "tokens": len(sample.logprobs)}
    return Score(min(1.0, math.exp(-mean)), f"{mean:.3f} nats per token", details=details)
