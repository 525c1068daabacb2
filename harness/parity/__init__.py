"""Parity: do two engines, and two ways of asking one engine, answer alike for a base and its adapters?

Every engine is started twice, in a process of its own: with the adapters, and without LoRA. Three
pairs are held against each other: a subject in two engines; base beside adapters and base in an
engine without LoRA; an adapter among other rows and alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from harness.adapters import check_fits
from harness.engines import EngineOptions
from harness.errors import ConfigError, suggestion
from harness.models import find_model
from harness.parity.compare import Call, Comparison, Setting, compare, limits_for
from harness.parity.explain import Calls, Samples, Start, call_name, explain, setting_of
from harness.parity.questions import Item, items
from harness.parity.worker import Answers, Job, ask_in_process
from harness.prompts import ChatTemplate, Renderer
from harness.records import BASE, Adapter, Request, Sample

ENGINES = ("transformers", "vllm")
"""Engines that load the model themselves, so that they can be started with and without adapters."""

Ask = Callable[[Job], Answers]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Parity:
    """What was asked, and how its settings compare."""

    base: str
    adapters: tuple[str, ...]
    engines: Mapping[str, Mapping[str, str]]
    """Engine -> what it says of itself."""
    comparisons: tuple[Comparison, ...]
    samples: Mapping[Setting, Mapping[str, Sample]]
    items: tuple[Item, ...]
    decode: Callable[[Sequence[int]], str]

    @property
    def same(self) -> bool:
        """Say whether no comparison found a difference."""
        return all(comparison.same for comparison in self.comparisons)


def choose_engines(asked: str | None) -> tuple[str, ...]:
    """Return the engines of a flag such as ``vllm,transformers``, or those that are installed here.

    The first is what the others are held against.

    Raises:
        ConfigError: a name that is no such engine, or one twice.
    """
    if asked is None:
        return tuple(name for name in ENGINES if find_spec(name))
    names = tuple(name.strip() for name in asked.split(","))
    for name in names:
        if name not in ENGINES:
            hint = suggestion(name, list(ENGINES)) or "."
            raise ConfigError(
                f"--engines {asked}: no engine {name!r} here{hint} It takes: {', '.join(ENGINES)}."
            )
    if len(set(names)) < len(names):
        raise ConfigError(f"--engines {asked}: an engine stands there twice; name each once.")
    return names


def check_parity(
    base: str,
    adapters: Sequence[Adapter],
    engines: Sequence[str],
    options: EngineOptions,
    *,
    limit: int | None = None,
    ask: Ask = ask_in_process,
    renderer: Renderer | None = None,
    say: Say = lambda _: None,
) -> Parity:
    """Ask every engine the fixed set, with the adapters and without LoRA, and compare.

    Where answers part, the engines that gave them are started once more and score both tokens.

    Args:
        base: a model's folder, hub id or ``bundled:smollm2``.
        limit: only so many questions and texts, of twelve each.
        ask: asks one engine; a test gives its own.
        renderer: the base's own when left out.
        say: receives a line before each engine starts.

    Raises:
        HarnessError: base or an adapter cannot be used, or an engine cannot start or died.
    """
    if renderer is None:
        renderer = _renderer(base, adapters)
    names = [adapter.name for adapter in adapters]
    flags = tuple(f"{adapter.name}={adapter.path}" for adapter in adapters)
    asked = tuple(items(renderer, [BASE, *names], limit))

    def start(engine: str, lora: bool, calls: Calls) -> Answers:
        count = sum(map(len, calls.values()))
        say(f"parity: {engine} {'with the adapters' if lora else 'without LoRA'}, {count} requests")
        return ask(Job(engine, base, flags if lora else (), options, calls))

    described, samples = _ask_everything(engines, names, asked, start)
    compared = [
        _compare(asked, subject, sides, samples, described) for subject, sides in _pairs(engines, names)
    ]
    explained = explain(compared, samples, start)
    return Parity(base, tuple(names), described, explained, samples, asked, renderer.decode)


def _renderer(base: str, adapters: Sequence[Adapter]) -> Renderer:
    """Return the base's own template, once every adapter is known to fit the base."""
    model = find_model(base)
    for adapter in adapters:
        check_fits(adapter, model)
    return ChatTemplate(model.path)


def _ask_everything(
    engines: Sequence[str], names: Sequence[str], asked: Sequence[Item], start: Start
) -> tuple[dict[str, Mapping[str, str]], Samples]:
    """Start every engine with the adapters and without LoRA; return what each says of itself, and all samples."""
    described: dict[str, Mapping[str, str]] = {}
    samples: Samples = {}
    for engine in engines:
        for lora in (True, False) if names else (False,):
            answers = start(engine, lora, _calls(asked, names, lora))
            described[engine] = answers.engine
            for call, found in answers.calls.items():
                samples.setdefault(setting_of(engine, call), {}).update(found)
    return described, samples


def _calls(asked: Sequence[Item], names: Sequence[str], lora: bool) -> dict[str, tuple[Request, ...]]:
    """Return what one start of an engine is asked: everyone at once, then each adapter by itself."""

    def of(*subjects: str) -> tuple[Request, ...]:
        return tuple(item.request for item in asked if item.subject in subjects)

    if not lora:
        return {call_name("plain", BASE): of(BASE)}
    alone = {call_name("alone", name): of(name) for name in names}
    return {call_name("mixed", BASE): of(BASE, *names), **alone}


def _pairs(engines: Sequence[str], names: Sequence[str]) -> Iterator[tuple[str, tuple[Setting, Setting]]]:
    """Yield every subject with the two settings in which it is compared."""
    first, *others = engines
    for other in others:
        for subject in (BASE, *names):
            call: Call = "mixed" if names else "plain"
            yield subject, (Setting(first, call), Setting(other, call))
    for engine in engines if names else ():
        yield BASE, (Setting(engine, "plain"), Setting(engine, "mixed"))
        for name in names:
            yield name, (Setting(engine, "alone"), Setting(engine, "mixed"))


def _compare(
    asked: Sequence[Item],
    subject: str,
    sides: tuple[Setting, Setting],
    samples: Samples,
    described: Mapping[str, Mapping[str, str]],
) -> Comparison:
    own = [item for item in asked if item.subject == subject]
    one, other = sides
    limits = limits_for(described[one.engine]["dtype"], described[other.engine]["dtype"])
    return compare(own, sides, (samples[one], samples[other]), limits)
