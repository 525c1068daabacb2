"""Catastrophic forgetting in a few figures: how far an adapter moved away from its base."""

from __future__ import annotations

import math

from harness.gate import nll_rises
from harness.records import BASE
from harness.results import Results

ABILITY_KINDS = ("choice", "generate")


def forgetting(results: Results, subject: str) -> dict[str, float | None]:
    """Return an adapter's forgetting figures; ``None`` where a run asked nothing that shows one.

    ``drift_nats_per_token``: mean rise of NLL on the base's own greedy answers, an alarm for
    KL(base || adapter). ``held_out_nll_change``: the same on held-out texts.
    ``agreement``: share of answers equal to base's, in the suites that are not about identity.
    ``length_ratio``: mean answer length against base's, in characters.
    ``retention``: the adapter's mean score over base's, same suites; above 1 is a gain.
    """
    by_kind = {kind: [probe for probe in results.probes if probe.kind == kind] for kind in ("drift", "nll")}
    ability = [
        pair
        for pair in results.pairs(subject, _ability_suites(results))
        if pair.base.probe.kind in ABILITY_KINDS
    ]
    before = _mean([pair.base.score.value for pair in ability])
    after = _mean([pair.candidate.score.value for pair in ability])
    spoken = [pair for pair in ability if pair.base.probe.kind == "generate"]
    lengths = [sum(len(getattr(pair, side).answer) for pair in spoken) for side in ("base", "candidate")]
    return {
        "drift_nats_per_token": _mean(list(nll_rises(results, subject, by_kind["drift"]).values())),
        "held_out_nll_change": _mean(list(nll_rises(results, subject, by_kind["nll"]).values())),
        "agreement": _mean([float(pair.base.answer == pair.candidate.answer) for pair in ability]),
        "length_ratio": lengths[1] / lengths[0] if lengths[0] else None,
        "retention": after / before if before and after is not None else None,
    }


def suite_scores(results: Results) -> dict[str, dict[str, float | None]]:
    """Return suite -> subject -> mean score over the variants that have one."""
    names = dict.fromkeys(probe.suite for probe in results.probes)
    return {
        name: {
            subject: _mean(
                [
                    scored.score.value
                    for (who, _, _), scored in results.scored.items()
                    if who == subject and scored.probe.suite == name
                ]
            )
            for subject in (BASE, *results.candidates)
        }
        for name in names
    }


def _ability_suites(results: Results) -> list[str]:
    """Suites whose base score means ability: those that are not read by a claims scorer."""
    identity = ("identity", "anti_identity", "overclaim")
    return list(
        dict.fromkeys(
            probe.suite
            for probe in results.probes
            if probe.scorer not in identity and probe.kind in ABILITY_KINDS and probe.suite != "own"
        )
    ) or ["none"]


def _mean(values: list[float | None] | list[float]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
