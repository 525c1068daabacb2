"""Scorers: plain functions from a reply to a `Score`.

A scorer's keyword arguments are what a suite's ``expect`` may hold; they are checked before a
model loads. A dotted name ``package.module:function`` in a suite brings a user's own.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, get_type_hints

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from harness.errors import ConfigError, suggestion
from harness.persona import Persona
from harness.records import Probe, Sample, Score

_BUILT_IN = {
    "identity": "harness.scorers.claims:identity",
    "anti_identity": "harness.scorers.claims:anti_identity",
    "overclaim": "harness.scorers.claims:overclaim",
    "honesty": "harness.scorers.honesty:honesty",
    "number": "harness.scorers.answer:number",
    "word": "harness.scorers.answer:word",
    "contains": "harness.scorers.answer:contains",
    "code": "harness.scorers.code:code",
    "refusal": "harness.scorers.refusal:refusal",
    "instruction": "harness.scorers.instruction:instruction",
    "choice": "harness.scorers.likelihood:choice",
    "nll": "harness.scorers.likelihood:nll",
    "drift": "harness.scorers.likelihood:drift",
    "own": "harness.scorers.own:own",
}
_BY_KIND = {"choice": "choice", "nll": "nll", "drift": "drift"}


@dataclass(frozen=True)
class Reply:
    """What a scorer reads: the answer, the question it answers, and whose identity is asked for.

    ``samples`` are the parts' samples by name (``answer``, ``choice-0``, ``nll``, ``drift``).
    ``earlier`` holds what the subject itself answered before, where a wording leaves the assistant's
    turns open: each question with its answer, in order.
    """

    text: str
    question: str
    lang: str
    persona: Persona
    samples: Mapping[str, Sample]
    earlier: tuple[tuple[str, str], ...] = ()


Scorer = Callable[..., Score]


def scorer_name(probe: Probe) -> str:
    """Return the scorer that judges a probe: log-likelihood kinds have their own."""
    return _BY_KIND.get(probe.kind, probe.scorer)


@cache
def find_scorer(name: str) -> Scorer:
    """Return a scorer by name or by ``package.module:function``.

    Raises:
        ConfigError: there is none.
    """
    target = _BUILT_IN.get(name, name)
    module_name, colon, function = target.partition(":")
    if not colon:
        known = sorted(_BUILT_IN)
        raise ConfigError(
            f"unknown scorer {name!r}{suggestion(name, known)} Scorers: {', '.join(known)}, "
            "or package.module:function."
        )
    try:
        scorer: Scorer = getattr(import_module(module_name), function)
    except (ImportError, AttributeError) as fault:
        raise ConfigError(f"scorer {name!r} cannot be imported: {fault}.") from fault
    return scorer


def scorer_version(name: str) -> str:
    """Return ``name@version``; a scorer's module says its ``VERSION``, else it is 1."""
    module = inspect.getmodule(find_scorer(name))
    return f"{name}@{getattr(module, 'VERSION', 1)}"


def check_scorers(probes: Iterable[Probe]) -> None:
    """Check every probe's scorer and options.

    Raises:
        ConfigError: all faults at once: an unknown scorer, a missing or an unknown option, a value of
            another type than the scorer's signature says.
    """
    faults = [fault for probe in probes for fault in _faults(probe)]
    if faults:
        raise ConfigError("\n".join(faults))


def _faults(probe: Probe) -> list[str]:
    name = scorer_name(probe)
    try:
        options = _options(find_scorer(name))
    except ConfigError as fault:
        return [f"{probe.place}: probe {probe.id!r}: {fault}"]
    faults = [
        f"{probe.place}: probe {probe.id!r} has no 'expect.{key}'; scorer {name!r} needs it."
        for key, value in options.items()
        if value.default is value.empty and key not in probe.options
    ]
    for key, value in probe.options.items():
        if key not in options:
            hint = suggestion(key, list(options)) or f"; known: {', '.join(options) or 'none'}."
            faults.append(f"{probe.place}: probe {probe.id!r}: unknown 'expect.{key}'{hint}")
        elif wrong := _type_fault(find_scorer(name), key, value):
            faults.append(f"{probe.place}: probe {probe.id!r}: 'expect.{key}' is {value!r:.60}: {wrong}.")
    return faults


@cache
def _options(scorer: Scorer) -> dict[str, inspect.Parameter]:
    """Return a scorer's keyword arguments, which are what a suite's ``expect`` may hold."""
    parameters = inspect.signature(scorer).parameters
    return {key: value for key, value in parameters.items() if value.kind is value.KEYWORD_ONLY}


@cache
def _option_type(scorer: Scorer, key: str) -> TypeAdapter[Any] | None:
    """Return an option's type; ``None`` without one, or with one that JSON knows nothing of."""
    try:
        return TypeAdapter[Any](get_type_hints(scorer)[key])
    except (KeyError, NameError, TypeError, PydanticUserError):
        return None


def _type_fault(scorer: Scorer, key: str, value: Any) -> str | None:
    """Say why a value does not fit the type of a scorer's option; YAML reads a bare ``yes`` as True.

    Options without a type that JSON knows take whatever they get.
    """
    adapter = _option_type(scorer, key)
    if adapter is None:
        return None
    try:
        adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError as fault:
        first = fault.errors()[0]
        inside = "".join(f"[{part!r}]" for part in first["loc"])
        return f"{inside}: {first['msg']}".removeprefix(": ")
    return None
