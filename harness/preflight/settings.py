"""An adapter's configuration: read once, checked for what no reader could use, and asked by module."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.preflight.findings import Finding
from harness.tensors import clean, unique_keys

CONFIG = "adapter_config.json"
ALL_LINEAR = "all-linear"
"""peft's word for every linear module but the output layer; peft writes the names it stood for."""

_MAX_CONFIG = 4 * 2**20
_PLAIN = re.compile(r"[\w.]+")


def matches(pattern: str, module: str, *, whole: bool) -> bool:
    """Match a pattern of the configuration as peft does; `harness.preflight.patterns` tries it first.

    Args:
        pattern: a regular expression. whole: against the whole name (``target_modules``), else
            against its end after a dot (``rank_pattern``, ``alpha_pattern``).

    Source: peft 0.20, ``match_target_against_key`` and ``get_pattern_key``.

    >>> matches("q_proj", "model.layers.0.self_attn.q_proj", whole=False)
    True
    >>> matches("q_proj", "model.layers.0.self_attn.q_proj", whole=True)
    False
    """
    if whole:
        return re.fullmatch(pattern, module) is not None
    if is_plain(pattern) and not module.endswith(pattern.rpartition(".")[2]):
        return False  # hundreds of full names are usual, and most are spared the match
    return re.match(rf"(.*\.)?({pattern})$", module) is not None


def is_plain(pattern: str) -> bool:
    """Say whether a pattern is a name, with which nothing can go wrong."""
    return _PLAIN.fullmatch(pattern) is not None


@dataclass(frozen=True)
class Settings:
    """The part of adapter_config.json that decides what is added to which module."""

    raw: Mapping[str, Any]
    rank: int
    alpha: float
    rslora: bool
    rank_pattern: Mapping[str, int]
    alpha_pattern: Mapping[str, float]
    targets: str | tuple[str, ...]
    excluded: str | tuple[str, ...]
    layers: tuple[int, ...]
    layers_pattern: tuple[str, ...]

    @property
    def patterns(self) -> list[tuple[str, bool]]:
        """Its regular expressions that are more than names, and whether they match whole names."""
        parts = [(key, False) for key in (*self.rank_pattern, *self.alpha_pattern)]
        parts += [(names, True) for names in (self.targets, self.excluded) if isinstance(names, str)]
        parts += [(rf".*?\.{name}\.(\d+)\.", True) for name in self.layers_pattern if not is_plain(name)]
        return [(pattern, whole) for pattern, whole in parts if not is_plain(pattern)]

    @property
    def highest_rank(self) -> int:
        """The highest rank that it allows any module, as vLLM reckons it."""
        return max([self.rank, *self.rank_pattern.values()])

    def rank_of(self, module: str) -> int:
        """Return the rank of one module's update, as peft finds it."""
        key = _first_match(self.rank_pattern, module)
        return self.rank if key is None else self.rank_pattern[key]

    def scale_of(self, module: str) -> float:
        """Return the factor s in W + s·BA: alpha / r, or alpha / sqrt(r) with rsLoRA."""
        key = _first_match(self.alpha_pattern, module)
        alpha = self.alpha if key is None else self.alpha_pattern[key]
        rank = self.rank_of(module)
        return alpha / math.sqrt(rank) if self.rslora else alpha / rank

    def wraps(self, module: str) -> bool:
        """Say whether peft would put an update on a module of that name.

        Source: peft 0.20, ``check_target_module_exists``.
        """
        if _named(self.excluded, module):
            return False
        if self.targets == ALL_LINEAR:
            return not module.endswith("lm_head")
        if isinstance(self.targets, str):
            return _named(self.targets, module)
        return _named(self.targets, module) and self._in_layers(module)

    def _in_layers(self, module: str) -> bool:
        if not self.layers:
            return True
        patterns = [rf".*?\.{name}\.(\d+)\." for name in self.layers_pattern]
        for pattern in patterns or [r".*?\.[^.]*\.(\d+)\."]:
            if found := re.match(pattern, module):
                return int(found[1]) in self.layers
        return False


def _first_match(patterns: Mapping[str, Any], module: str) -> str | None:
    return next((key for key in patterns if matches(key, module, whole=False)), None)


def _named(names: str | tuple[str, ...], module: str) -> bool:
    if isinstance(names, str):
        return bool(names) and matches(names, module, whole=True)
    return any(module == name or module.endswith(f".{name}") for name in names)


def read_settings(folder: Path) -> tuple[Settings | None, list[Finding]]:
    """Read adapter_config.json: the settings, or none where a fault leaves nothing to go on with."""
    raw, findings = _read_json(folder)
    if raw is None:
        return None, findings
    findings = list(_faults(raw))
    if findings:
        return None, findings
    settings = Settings(
        raw=raw,
        rank=raw["r"],
        alpha=raw["lora_alpha"],
        rslora=bool(raw.get("use_rslora")),
        rank_pattern=raw.get("rank_pattern") or {},
        alpha_pattern=raw.get("alpha_pattern") or {},
        targets=_names(raw.get("target_modules")),
        excluded=_names(raw.get("exclude_modules")),
        layers=_numbers(raw.get("layers_to_transform")),
        layers_pattern=_tuple(raw.get("layers_pattern")),
    )
    return settings, []


def _read_json(folder: Path) -> tuple[dict[str, Any] | None, list[Finding]]:
    file = folder / CONFIG
    try:
        if file.stat().st_size > _MAX_CONFIG:
            raise ValueError(f"it has {file.stat().st_size} bytes")
        if not file.is_file():
            raise ValueError("it is no regular file")
        text = file.read_text(encoding="utf-8")
        config: Any = json.loads(text, object_pairs_hook=unique_keys, parse_constant=_no_constant)
    except FileNotFoundError:
        inside = sorted(found.parent.name for found in folder.glob("*/adapter_config.json"))
        hint = f"one of its folders is: {', '.join(map(clean, inside))}; " if inside else ""
        what = f"{folder} has no {CONFIG}, so it is no adapter"
        return None, [Finding("error", "no-config", "", what, f"{hint}pass the checkpoint's folder")]
    except (OSError, ValueError, RecursionError) as fault:
        why = "it is nested too deeply" if isinstance(fault, RecursionError) else fault
        return None, [Finding("error", "config", CONFIG, f"cannot be read: {why}", "copy it again")]
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        kind = config.get("peft_type") if isinstance(config, dict) else type(config).__name__
        what = f"peft_type is {kind!r}"
        return None, [Finding("error", "peft-type", CONFIG, what, "only LORA is supported")]
    return config, []


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} stands in it for a number")


def _faults(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what has another type than peft and vLLM read there."""
    again = "copy it again, or train again"
    if not _is_rank(raw.get("r")):
        yield Finding("error", "rank", CONFIG, f"rank r is {raw.get('r')!r}, not 1 or more", again)
    if not _is_number(raw.get("lora_alpha")):
        what = f"lora_alpha is {raw.get('lora_alpha')!r}, not a number"
        advice = "vLLM refuses it and peft guesses 8: write the alpha of the training"
        yield Finding("error", "alpha", CONFIG, what, advice)
    for key, fits in (("rank_pattern", _is_rank), ("alpha_pattern", _is_number)):
        pattern = raw.get(key)
        if pattern is not None and not isinstance(pattern, dict):
            yield Finding("error", "pattern", CONFIG, f"{key} is {pattern!r}, not an object", again)
        elif wrong := [name for name, value in (pattern or {}).items() if not fits(value)]:
            what = f"{key} gives {wrong[0]!r} the value {(pattern or {})[wrong[0]]!r}"
            yield Finding("error", "pattern", CONFIG, what, again)
    targets = raw.get("target_modules")
    if not targets and not raw.get("target_parameters"):
        advice = "vLLM refuses it and peft guesses: write the modules of the training"
        yield Finding("error", "targets", CONFIG, "it names no target_modules", advice)
    for key in ("target_modules", "exclude_modules", "layers_pattern"):
        if not _is_names(raw.get(key)):
            yield Finding("error", "targets", CONFIG, f"{key} is {raw.get(key)!r}, not names", again)
    layers = raw.get("layers_to_transform")
    listed = layers if isinstance(layers, list) else [layers]
    if layers is not None and any(type(number) is not int for number in listed):
        yield Finding("error", "targets", CONFIG, f"layers_to_transform is {layers!r}, not numbers", again)


def _is_rank(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_names(value: Any) -> bool:
    listed = value if isinstance(value, list) else [value]
    return value is None or all(isinstance(name, str) for name in listed)


def _names(value: Any) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value or ())


def _tuple(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _numbers(value: Any) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value or ())
