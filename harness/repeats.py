"""Asking twice: which answers, in what order, and in whose company."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import zip_longest

from harness.plan import Lookup, Plan
from harness.records import WRITTEN_KINDS, Ask, Probe, Variant

SHARE, LEAST = 0.05, 12
"""Of each subject's answers, how many are asked twice when a user says nothing: so large a share, at least so many."""
_KINDS = (*WRITTEN_KINDS, "choice")
"""Kinds whose answers are right or wrong, so that one can flip."""


def default_floor(probes: Iterable[Probe]) -> int:
    """Return how many answers of each subject are asked twice when a user says nothing."""
    return max(LEAST, int(SHARE * sum(1 for _ in _repeatable(probes))))


def drawn(probes: Iterable[Probe], n: int) -> list[tuple[Probe, Variant]]:
    """Draw n variants by lot, in turn from every suite and in it from written answers and choices.

    The lot is a digest of the variant's name: the same for every run, and chosen by nobody.
    """
    strata: dict[tuple[str, bool], list[tuple[bytes, Probe, Variant]]] = {}
    for probe, variant in _repeatable(probes):
        lot = hashlib.sha256(f"floor\0{probe.id}\0{variant.id}".encode()).digest()
        strata.setdefault((probe.suite, probe.kind == "choice"), []).append((lot, probe, variant))
    turns = zip_longest(*(sorted(one, key=lambda entry: entry[0]) for one in strata.values()))
    return [(entry[1], entry[2]) for turn in turns for entry in turn if entry][: max(0, n)]


def _repeatable(probes: Iterable[Probe]) -> Iterator[tuple[Probe, Variant]]:
    """Yield what has a right and a wrong answer."""
    for probe in probes:
        if probe.kind in _KINDS and probe.suite != "own":
            yield from ((probe, variant) for variant in probe.variants)


def second_asks(plan: Plan, lookup: Lookup, n: int) -> Iterator[Ask]:
    """Yield the requests that are asked a second time, once everything has its first answer.

    They come in reverse order and make a batch of their own, base and adapters among one another: what an
    answer owes to its place and its company shows. Of a conversation only the last answer is repeated,
    after the subject's own first ones. What failed the first time is not asked again.
    """
    for probe, variant in reversed(drawn(plan.probes, n)):
        for subject in reversed(list(plan.scopes)):
            thread = list(plan.thread(probe, variant, subject, lookup))
            if any((found := lookup(ask.request.key)) is None or found.finish == "error" for ask in thread):
                continue
            for ask in thread:
                if not ask.part.startswith("turn-"):
                    again = replace(ask.request, repeat=1)
                    yield replace(ask, variant=variant.again, request=again)
