"""Likelihoods: how much stranger texts have become to the adapter than they are to base."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from harness import stats
from harness.judging.case import Case, Decision, Ruling
from harness.records import BASE, Probe, Scored
from harness.results import Results


def increase_verdict(rises: Sequence[float], limit: float, confidence: float) -> Ruling:
    """Judge whether the mean rise is at most ``limit``, from at least two texts."""
    low, high = stats.skew_adjusted_bounds(rises, confidence=confidence)
    return "PASS" if high <= limit else "FAIL" if low > limit else "INCONCLUSIVE", low, high


def increase(case: Case) -> Decision:
    """Judge whether the NLL of texts rises by at most the limit."""
    rises = nll_rises(case.results, case.subject, [p for p in case.probes if p.id not in case.unscored])
    values = list(rises.values())
    if len(values) < 2:
        return case.decision("NOT COMPARABLE", f"{len(values)} texts cannot show a spread")
    verdict, low, high = increase_verdict(values, case.limit, case.file.confidence)
    mean = sum(values) / len(values)
    bound = low if verdict == "FAIL" else high
    worst = sorted(rises, key=rises.__getitem__, reverse=True)[:5]
    return case.decision(
        verdict,
        f"NLL rises by {mean:+.3f} nats per token over {len(values)} texts; with "
        f"{case.file.confidence:.0%} confidence by {'more' if verdict == 'FAIL' else 'at most'} "
        f"{'than ' if verdict == 'FAIL' else ''}{bound:+.3f} (allowed: {case.limit:g})",
        n=len(values),
        estimate=mean,
        bound=bound,
        limit=case.limit,
        direction="at_most",
        evidence=tuple(name for name in worst if rises[name] > case.limit),
    )


def nll_rises(results: Results, subject: str, probes: Iterable[Probe]) -> dict[str, float]:
    """Return probe id -> mean rise of NLL per token against base, in nats, over its variants."""
    rises = {}
    for probe in probes:
        before = _nll_by_variant(results.family(BASE, probe))
        after = _nll_by_variant(results.family(subject, probe))
        differences = [after[variant] - before[variant] for variant in before if variant in after]
        if differences:
            rises[probe.id] = math.fsum(differences) / len(differences)
    return rises


def _nll_by_variant(family: Iterable[Scored]) -> dict[str, float]:
    found = {one.variant.id: one.score.details.get("nll_per_token") for one in family}
    return {variant: float(nll) for variant, nll in found.items() if nll is not None}
