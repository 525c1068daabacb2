"""The judge: criteria and a run's numbers, and one verdict for each adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.criteria import MUST_HOLD, CriteriaFile, Criterion
from harness.judging.case import Case, Decision, Ruling, Verdict, holds, is_right, training_data
from harness.judging.effect import effect
from harness.judging.graded import graded
from harness.judging.paired import noninferior, noninferior_verdict
from harness.judging.rates import (
    PLAYED,
    event_rate,
    event_verdict,
    family_rate,
    must_hold,
    rate_verdict,
    slipped_earlier,
)
from harness.judging.rises import increase, increase_verdict, nll_rises
from harness.results import Results

EXIT_STATUS: dict[Verdict, int] = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 2, "NOT COMPARABLE": 3}
_WORST_FIRST: tuple[Verdict, ...] = ("FAIL", "NOT COMPARABLE", "INCONCLUSIVE", "PASS")


def judge(results: Results, file: CriteriaFile) -> list[Decision]:
    """Judge every criterion of every adapter of a run."""
    return [
        decide(criterion, results, subject, file)
        for subject in results.candidates
        for criterion in file.criteria
    ]


def overall(decisions: Iterable[Decision]) -> Verdict:
    """Return the worst verdict: all criteria must hold (an intersection-union test)."""
    found = {decision.verdict for decision in decisions}
    return next((verdict for verdict in _WORST_FIRST if verdict in found), "NOT COMPARABLE")


def decide(criterion: Criterion, results: Results, subject: str, file: CriteriaFile) -> Decision:
    """Judge one criterion of one adapter.

    Raises:
        ConfigError: the criterion has no limit for the run's tier.
    """
    probes = [probe for probe in results.probes if file.counts(criterion, probe)]
    method: Callable[[Case], Decision] = {
        "family_rate": family_rate,
        "event_rate": event_rate,
        "noninferior": graded if criterion.score == "graded" else noninferior,
        "increase": increase,
        "effect": effect,
        "must_hold": must_hold,
    }[criterion.proves]
    case = Case(criterion, results, subject, file, probes, str(results.meta["tier"]))
    unscored = case.unscored
    tolerated = 0.0 if criterion.proves == MUST_HOLD else file.max_unscored * len(probes) + 1e-9
    if not probes or len(unscored) > tolerated:
        return case.decision(
            "NOT COMPARABLE",
            f"{len(unscored)} of {len(probes)} probes have no score from both sides",
            evidence=unscored,
        )
    if criterion.proves != "effect" and (weak := case.weak_level):
        return case.decision(
            "NOT COMPARABLE",
            f"its programs ran at sandbox level {weak}, and count from {file.min_sandbox} on",
        )
    decided = method(case)
    seen = case.trained
    if decided.verdict == "FAIL" or len(seen) <= file.max_trained * len(probes) + 1e-9:
        return decided
    return case.decision(
        "NOT COMPARABLE",
        f"the training data ask {len(seen)} of its {len(probes)} probes (allowed: {file.max_trained:.0%}), so "
        f"that it shows what was learnt by heart: {decided.explanation}",
        evidence=seen,
    )


__all__ = [
    "EXIT_STATUS",
    "PLAYED",
    "Decision",
    "Ruling",
    "Verdict",
    "decide",
    "event_verdict",
    "holds",
    "increase_verdict",
    "is_right",
    "judge",
    "nll_rises",
    "noninferior_verdict",
    "overall",
    "rate_verdict",
    "slipped_earlier",
    "training_data",
]
