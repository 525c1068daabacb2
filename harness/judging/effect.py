"""The effect proof: an adapter changes something, and it is this adapter that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.apart import Apart, apart
from harness.fingerprint import COARSE_TOLERANCE, TIMES_NOISE
from harness.judging.case import Case, Decision, Verdict
from harness.records import BASE
from harness.results import Results


def effect(case: Case) -> Decision:
    """Judge whether the adapter changes anything against base, and answers as itself."""
    found = apart(case.results, BASE, case.subject, {probe.id for probe in case.probes})
    if found.nothing_to_see:
        return case.decision("NOT COMPARABLE", "no pair has a score from both sides")
    verdict, told = _ruling(case, found)
    return case.decision(verdict, told, n=found.answers, counts={"differing": found.differing})


def _ruling(case: Case, found: Apart) -> tuple[Verdict, str]:
    for name in (BASE, case.subject):
        if told := _changed_meanwhile(case.results, name):
            return "INCONCLUSIVE", told
    if found.is_one(case.file.confidence):
        if found.differing and not found.has_likelihoods:
            return "INCONCLUSIVE", _open(found)
        return "FAIL", _nothing(found)
    differs = (
        f"{found.differing} of {found.answers} answers differ from base, {found.shifted}{found.asked_again}"
    )
    verdict, told = _as_whom(case)
    return verdict, f"{told}; {differs}" if verdict != "PASS" else f"{differs}{told}"


def _as_whom(case: Case) -> tuple[Verdict, str]:
    """Judge whether the adapter, and the base it is held against, answer as themselves."""
    results = case.results
    wrong = [_served_as(results, BASE), _served_as(results, case.subject), _twin(case)]
    if told := next(filter(None, wrong), ""):
        return "FAIL", told
    if told := _unlike_itself(results, case.subject):
        return "INCONCLUSIVE", told
    own, _ = _known(results, case.subject)
    return "PASS", f"; it answers as itself ({own['mean']:.2g} nats from {_told(own)})" if own else ""


def _nothing(found: Apart) -> str:
    """Say that an adapter does nothing, and by which numbers."""
    noise = (
        f"; no more than base shows against itself{found.asked_again}"
        if found.differing or (found.moved and found.noise)
        else ""
    )
    return (
        f"the adapter changes nothing: {found.answers - found.differing} of {found.answers} answers equal "
        f"base's, {found.shifted}{noise}; it was not applied, or its weights are zero"
    )


def _open(found: Apart) -> str:
    """Say that answers alone, where they are noisy, do not show whether an adapter does anything."""
    return (
        f"{found.differing} of {found.answers} answers differ from base, no more than between two answers to "
        f"the same{found.asked_again}, and {found.shifted}; ask in an engine that gives log-probabilities, or "
        "in a deterministic one"
    )


def _changed_meanwhile(results: Results, name: str) -> str:
    """Say that a subject's log-probabilities are others at the end of a run than at its beginning."""
    taken = results.fingerprints.get(name)
    noise = taken.noise if taken else None
    if noise is None or noise.mean <= COARSE_TOLERANCE:
        return ""
    return (
        f"{name} changed in the middle of the run: asked again, its log-probabilities moved by {noise.mean:.2g} "
        f"nats on average (allowed: {COARSE_TOLERANCE:g}); see whether the server was loaded anew, and ask afresh"
    )


def _served_as(results: Results, name: str) -> str:
    """Say as whom a subject answers, where earlier fingerprints show that it is somebody else."""
    own, nearest = _known(results, name)
    if not own or not nearest:
        return ""
    if not nearest["mean"] <= _allowed(results, name) < own["mean"]:
        return ""
    return (
        f"{_named(name)} is served as {_named(nearest['name'])} ({nearest['digest'][:12]}): "
        f"{own['mean']:.2g} nats from {_told(own)}, {nearest['mean']:.2g} from that one's; see which files "
        "the engine or server loaded under its name"
    )


def _unlike_itself(results: Results, name: str) -> str:
    """Say that a subject is far from its earlier fingerprint, and nobody else is nearer."""
    own, _ = _known(results, name)
    if not own or own["mean"] <= _allowed(results, name):
        return ""
    return (
        f"{_named(name)} answers otherwise than it did: {own['mean']:.2g} nats from {_told(own)} "
        f"(allowed: {_allowed(results, name):.2g}); it is scaled, quantized or applied in part, or other files "
        "are served"
    )


def _twin(case: Case) -> str:
    """Say that another adapter of the run cannot be told from this one; it is blamed unless known as itself."""
    results = case.results
    own, _ = _known(results, case.subject)
    if own and own["mean"] <= _allowed(results, case.subject):
        return ""
    probes = {probe.id for probe in case.probes}
    steady = [name for name in results.candidates if not _changed_meanwhile(results, name)]
    for other in steady:
        found = apart(results, case.subject, other, probes)
        if other != case.subject and found.moved and found.is_one(case.file.confidence):
            return (
                f"adapter {case.subject} answers as adapter {other}, though their files differ: "
                f"{found.shifted}{found.asked_again}; the engine or server has one of them under both "
                "names, or the two are nearer to each other than its noise"
            )
    return ""


def _known(results: Results, name: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    found = results.known.get(name, {})
    return found.get("own"), found.get("nearest")


def _allowed(results: Results, name: str) -> float:
    """Return how far (mean nats) a subject may lie from its earlier fingerprint.

    Where base itself lies far from its own, as on a server that quantizes, adapters may lie twice as far.
    """
    base, _ = _known(results, BASE)
    tolerance = float(results.known[name]["tolerance"])
    if name == BASE or base is None:
        return tolerance
    return max(tolerance, TIMES_NOISE * float(base["mean"]))


def _named(name: str) -> str:
    return "base" if name == BASE else f"adapter {name}"


def _told(own: Mapping[str, Any]) -> str:
    """Name an earlier fingerprint."""
    engine = " ".join(part for part in (own["engine"], own["dtype"]) if part)
    return f"its fingerprint of {own['seen']} ({engine})"
