"""The proof that an adapter does something at all."""

from __future__ import annotations

from harness.judging.case import Case, Decision
from harness.records import Pair

_NO_EFFECT = 1e-4
"""Nats: a smaller difference in every log-probability is rounding, not an adapter."""


def effect(case: Case) -> Decision:
    """Judge whether the adapter changes anything against base."""
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
