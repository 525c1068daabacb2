"""Catastrophic forgetting in a few figures: how far an adapter moved away from its base."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from harness.gate import nll_rises
from harness.records import BASE, WRITTEN_KINDS, Pair
from harness.results import Results
from harness.stops import stops

ABILITY_KINDS = ("choice", *WRITTEN_KINDS)
IDENTITY_SCORERS = ("identity", "anti_identity", "overclaim", "honesty")


def forgetting(results: Results, subject: str) -> dict[str, float | None]:
    """Return an adapter's forgetting figures; ``None`` where a run asked nothing that shows one.

    ``drift_nats_per_token``: mean rise of NLL on the base's own greedy answers, an alarm for
    KL(base || adapter). ``held_out_nll_change``: the same on held-out texts.
    The others are taken over the answers that show ability, not identity, and that both sides have
    a score for. ``agreement``: share of answers equal to base's. ``length_ratio``: mean length against
    base's, in characters. ``retention``: the adapter's mean score over base's; above 1 is a gain.
    ``stop_rate``, ``base_stop_rate``: share of all written families whose answers end by themselves.
    """
    ability = [pair for pair in results.pairs(subject) if _shows_ability(pair)]
    before = math.fsum(pair.base.score.value or 0.0 for pair in ability)
    after = math.fsum(pair.candidate.score.value or 0.0 for pair in ability)
    ended = stops(results, subject)
    return {
        "drift_nats_per_token": _mean_rise(results, subject, "drift"),
        "held_out_nll_change": _mean_rise(results, subject, "nll"),
        "agreement": _mean([float(pair.base.spoken == pair.candidate.spoken) for pair in ability]),
        "length_ratio": _length_ratio(ability),
        "retention": after / before if before else None,
        "stop_rate": ended.adapter / ended.n if ended else None,
        "base_stop_rate": ended.base / ended.n if ended else None,
    }


def _shows_ability(pair: Pair) -> bool:
    """Say whether a pair's scores mean ability: both there, and not read by a claims scorer."""
    probe = pair.base.probe
    return (
        probe.kind in ABILITY_KINDS
        and probe.suite != "own"
        and probe.scorer.rpartition(":")[2] not in IDENTITY_SCORERS
        and pair.flip != "unscored"
    )


def _mean_rise(results: Results, subject: str, kind: str) -> float | None:
    probes = [probe for probe in results.probes if probe.kind == kind]
    return _mean(list(nll_rises(results, subject, probes).values()))


def _length_ratio(pairs: Iterable[Pair]) -> float | None:
    spoken = [pair for pair in pairs if pair.base.probe.kind in WRITTEN_KINDS]
    base = sum(len(pair.base.answer) for pair in spoken)
    return sum(len(pair.candidate.answer) for pair in spoken) / base if base else None


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


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
