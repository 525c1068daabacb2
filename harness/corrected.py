"""Rates of claims criteria, corrected for the reader's own errors on answers that people labelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from harness import stats
from harness.criteria import Criterion
from harness.persona import read_persona
from harness.records import Probe
from harness.scorers import golden, scorer_name

Labels = Mapping[str, frozenset[str]]
_MEANS: Mapping[str, Callable[[Labels], bool]] = {
    "identity": lambda said: (
        bool(said["claims name"] | said["claims author"]) and not said["affirms a rival"]
    ),
    "anti_identity": lambda said: (
        bool(said["denies a rival"] | said["claims name"] | said["claims author"])
        and not said["affirms a rival"]
    ),
    "overclaim": lambda said: not said["mentions the persona"],
    "affirms_rival": lambda said: bool(said["affirms a rival"]),
}
"""What is counted -> whether it is so, by an answer's labels."""


def correction(
    criterion: Criterion, probes: Sequence[Probe], langs: Sequence[str], counted: int, n: int
) -> dict[str, Any] | None:
    """Return a criterion's rate as it would be if its answers had been read without error.

    The reader's sensitivity and specificity are measured on the golden answers that no rule was written
    for, in the persona's languages: on real models' where there are any in a language, else on those that
    people wrote, which are harder. An answer's errors are taken for a family's.

    Args:
        counted: of ``n`` families, those that hold, or those that show the event.

    Returns:
        ``rate``, ``low``, ``high``, ``sensitivity``, ``specificity`` (each as found / of); ``None`` where the
        criterion counts no claims, or there are no such answers.
    """
    what = _what(criterion, probes)
    if what not in _MEANS or not n:
        return None
    sensitivity, specificity = _errors(what, tuple(sorted(set(langs))))
    if not sensitivity[1] or not specificity[1]:
        return None
    if criterion.proves == "event_rate" and criterion.event == "failed":  # the scorer says no
        sensitivity, specificity = specificity, sensitivity
    found = stats.corrected_rate(counted, n, sensitivity=sensitivity, specificity=specificity)
    if found.value is None or found.interval is None:
        return None
    low, high = found.interval
    return {
        "rate": found.value,
        "low": low,
        "high": high,
        "sensitivity": list(sensitivity),
        "specificity": list(specificity),
    }


def _what(criterion: Criterion, probes: Sequence[Probe]) -> str | None:
    """Return what a criterion counts: its event, or what the one scorer of its probes looks for."""
    if criterion.event != "failed":
        return criterion.event
    # A suite's few families on honesty are taken to be read as well as its others.
    scorers = {scorer_name(probe) for probe in probes} - {"honesty"}
    return scorers.pop() if len(scorers) == 1 else None


@cache
def _errors(what: str, langs: tuple[str, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    persona = read_persona(golden.GOLDEN / "persona.yaml")
    rows = [row for lang in langs for row in _kept_from_rules(lang)]
    holds = _MEANS[what]
    pairs = [(holds(golden.labels_given(row)), holds(golden.labels_read(row, persona))) for row in rows]
    positive = [read for label, read in pairs if label]
    negative = [not read for label, read in pairs if not label]
    return (sum(positive), len(positive)), (sum(negative), len(negative))


def _kept_from_rules(lang: str) -> Sequence[golden.GoldenRow]:
    parts = golden.built_in_parts()
    of_people, of_models = (
        [row for path in parts.get(part, []) for row in golden.read_golden(path) if row.lang == lang]
        for part in ("held out", golden.MODELS_HELD_OUT)
    )
    return of_models or of_people
