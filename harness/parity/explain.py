"""Why two greedy answers part: what each engine thinks of both tokens where they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from harness.parity.compare import Call, Comparison, Divergence, Setting
from harness.parity.worker import Answers
from harness.records import Request, Sample

Samples = dict[Setting, dict[str, Sample]]
Calls = Mapping[str, tuple[Request, ...]]
Start = Callable[[str, bool, Calls], Answers]
"""Starts an engine, with the adapters or without LoRA, and makes calls to it."""


def call_name(call: Call, subject: str) -> str:
    """Return a call's name within one start of an engine: adapters are asked alone one after another."""
    return f"{call} {subject}"


def setting_of(engine: str, name: str) -> Setting:
    """Return the setting that a call of an engine belongs to.

    >>> setting_of("vllm", call_name("alone", "nova"))
    Setting(engine='vllm', call='alone')
    """
    word = name.partition(" ")[0]
    return next(Setting(engine, call) for call in get_args(Call) if call == word)


def explain(compared: Sequence[Comparison], samples: Samples, start: Start) -> tuple[Comparison, ...]:
    """Return the comparisons with the log-probabilities of both tokens wherever answers part.

    An engine is started again only where one of its answers parts from another.
    """
    wanted: dict[tuple[str, bool], dict[str, dict[str, Request]]] = {}
    for comparison in compared:
        for setting in (comparison.one, comparison.other):
            for divergence in comparison.divergences:
                calls = wanted.setdefault((setting.engine, setting.call != "plain"), {})
                requests = calls.setdefault(call_name(setting.call, comparison.subject), {})
                requests |= {one.key: one for one in _both(divergence, comparison.one, samples)}
    scored: dict[tuple[Setting, str], float] = {}
    for (engine, lora), asked in wanted.items():
        if not any(asked.values()):
            continue
        answers = start(engine, lora, {call: tuple(found.values()) for call, found in asked.items()})
        for call, found in answers.calls.items():
            for sample in found.values():
                if sample.finish != "error":
                    scored[setting_of(engine, call), sample.key] = sample.logprobs[0]
    return tuple(_explained(comparison, samples, scored) for comparison in compared)


def _both(divergence: Divergence, one: Setting, samples: Samples) -> list[Request]:
    """Return the two requests that score a divergence's tokens, or none where there are no two."""
    first, second = divergence.token_ids
    if first is None or second is None or first == second:
        return []
    request = divergence.item.request
    common = samples[one][request.key].token_ids[: divergence.position]
    context = (*request.token_ids, *common)
    return [Request("score", request.subject, request.scope, context, (token,)) for token in (first, second)]


def _explained(
    comparison: Comparison, samples: Samples, scored: Mapping[tuple[Setting, str], float]
) -> Comparison:
    def with_numbers(divergence: Divergence) -> Divergence:
        keys = [request.key for request in _both(divergence, comparison.one, samples)]
        sides = [[scored.get((side, key)) for key in keys] for side in (comparison.one, comparison.other)]
        (a, b), (c, d) = [(*side, None, None)[:2] for side in sides]
        if a is None or b is None or c is None or d is None:
            return divergence
        return replace(divergence, logprobs=((a, b), (c, d)))

    return replace(comparison, divergences=tuple(map(with_numbers, comparison.divergences)))
