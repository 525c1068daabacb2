"""What a user asks of an engine, as ``key=value`` flags or as a file of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.config import read_value, read_yaml
from harness.engines import EngineOptions
from harness.errors import ConfigError


def engine_options(pairs: Sequence[str], replay_from: str | None, file: str | None = None) -> EngineOptions:
    """Return ``key=value`` pairs, over what a file gives, as engine options; unknown keys go to the engine.

    Raises:
        ConfigError: a pair without ``=``, a file that is no mapping, or a number that is none.
    """
    options = EngineOptions(replay_from=replay_from)
    for key, (value, place) in {**_file_values(file), **_pair_values(pairs)}.items():
        if key in ("device", "dtype"):
            options = replace(options, **{key: str(value)})  # type: ignore[arg-type]
        elif key in ("batch_size", "max_model_len"):
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(f"{place}: needs a whole number above 0.")
            options = replace(options, **{key: value})  # type: ignore[arg-type]
        else:
            options = replace(options, extra={**options.extra, key: value})
    return options


def _pair_values(pairs: Sequence[str]) -> dict[str, tuple[Any, str]]:
    """Return key -> (value, place) of ``--engine-option`` flags."""
    values = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise ConfigError(f"--engine-option {pair}: needs the form key=value, as in device=cpu.")
        place = f"--engine-option {pair}"
        values[key] = (read_value(text, place), place)
    return values


def _file_values(file: str | None) -> dict[str, tuple[Any, str]]:
    """Return key -> (value, place) of an ``--engine-options`` file."""
    if file is None:
        return {}
    document = read_yaml(Path(file))
    if not isinstance(document.data, dict) or not all(isinstance(key, str) for key in document.data):
        raise ConfigError(f"{file}: needs `key: value` lines, as in `device: cpu`.")
    return {key: (value, f"{document.place(key)}: {key}: {value}") for key, value in document.data.items()}
