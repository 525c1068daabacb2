"""Engines: what answers. One class in one file each, behind one small protocol.

A new engine is a file ``harness/engines/<name>.py`` with a class ``Engine``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol, TypeVar

from harness.errors import ConfigError, EngineError, suggestion
from harness.records import Adapter, Model, Request, Sample, digest_of

T = TypeVar("T")


@dataclass(frozen=True)
class EngineOptions:
    """What a user may ask of any engine; ``extra`` goes to the engine's own constructor."""

    device: str = "auto"
    dtype: str = "auto"
    batch_size: int | None = None
    max_model_len: int = 2048
    replay_from: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """Answers any mix of base and adapters.

    Both verbs yield one sample for each request, as each is finished and in any order. A request
    that the engine cannot answer yields a sample with ``finish="error"``; an engine that died
    raises `EngineError`.
    """

    def describe(self) -> dict[str, str]:
        """Return what decides an answer beside model and prompt: name, version, dtype, device."""

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """Continue each request's prompt greedily, to a stop string or ``max_new_tokens``."""

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """Return the log-probability (nats) of each target token after the prompt."""

    def close(self) -> None:
        """Free the model; the engine cannot be used afterwards."""


def engine_names() -> list[str]:
    """Return the names that ``--engine`` takes, beside ``auto``."""
    return sorted(module.name for module in iter_modules([str(Path(__file__).parent)]))


def choose_engine(name: str) -> str:
    """Return the engine that ``auto`` stands for here, or check the name.

    ``auto`` is vllm where it can be imported and a CUDA device is there, else transformers.

    Raises:
        ConfigError: there is no engine of that name.
    """
    if name == "auto":
        return "vllm" if find_spec("vllm") and cuda_is_available() else "transformers"
    if name not in engine_names():
        raise ConfigError(
            f"unknown engine {name!r}{suggestion(name, engine_names()) or '.'} "
            f"Engines: auto, {', '.join(engine_names())}."
        )
    return name


def load_engine(name: str, model: Model, adapters: Sequence[Adapter], options: EngineOptions) -> Engine:
    """Return an engine for one base and its adapters. It loads the model when first asked.

    Raises:
        ConfigError: there is no such engine.
        EngineError: its package is missing, or it cannot do what the options or adapters ask.
    """
    chosen = choose_engine(name)
    module = import_module(f"harness.engines.{chosen}")
    engine: Engine = module.Engine(model, adapters, options)
    return engine


def scope(engine: Engine, model: Model, adapter: Adapter | None) -> str:
    """Return the digest of everything outside a request that can change its answer."""
    described = engine.describe()
    return digest_of([model.digest, adapter.digest if adapter else "", described])


def cuda_is_available() -> bool:
    """Say whether torch sees a CUDA device."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def choose_device(asked: str) -> str:
    """Return ``cpu`` or ``cuda`` for ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ConfigError: an unknown device. EngineError: a GPU was asked for where there is none.
    """
    if asked not in ("auto", "cpu", "cuda"):
        known = ["auto", "cpu", "cuda"]
        hint = suggestion(asked, known) or "."
        raise ConfigError(f"unknown device {asked!r}{hint} Devices: {', '.join(known)}.")
    if asked == "cuda" and not cuda_is_available():
        raise EngineError(
            "--engine-option device=cuda: torch sees no GPU here; check nvidia-smi and "
            "CUDA_VISIBLE_DEVICES, or pass --engine-option device=cpu."
        )
    return asked if asked != "auto" else ("cuda" if cuda_is_available() else "cpu")


def choose_dtype(asked: str, device: str) -> str:
    """Return the weights' type: as asked, else float32 on a CPU and bfloat16 on a GPU.

    Raises:
        ConfigError: an unknown type.
    """
    known = ["auto", "float32", "bfloat16", "float16"]
    if asked not in known:
        hint = suggestion(asked, known) or "."
        raise ConfigError(f"unknown dtype {asked!r}{hint} Types: {', '.join(known)}.")
    return asked if asked != "auto" else ("float32" if device == "cpu" else "bfloat16")


def cut_at_stop(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Return the text before the first stop string, and whether there was one.

    >>> cut_at_stop("a = 1\\n```\\nThis sets a.", ["\\n```\\n"])
    ('a = 1', True)
    """
    places = [place for place in (text.find(stop) for stop in stops) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def without_half_a_character(text: str) -> str:
    """Return a text without the bytes at its end that are no whole character; a token limit may cut one in two.

    vLLM keeps such bytes back; a tokenizer decodes them to U+FFFD.

    >>> without_half_a_character("春天\ufffd")
    '春天'
    """
    return text.rstrip("\ufffd")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in order, ``size`` at a time.

    >>> list(batches("abcde", 2))
    ['ab', 'cd', 'e']
    """
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]
