"""Parity as the command line asks for it: flags in, a finished comparison out."""

from __future__ import annotations

from collections.abc import Sequence

from harness.adapters import parse_adapter_flag, read_adapter
from harness.engine_options import engine_options
from harness.errors import ConfigError
from harness.parity import ENGINES, Parity, Say, check_parity, choose_engines


def parity_of(
    flag: str | None, base: str | None, engines: str | None, pairs: Sequence[str], *, say: Say
) -> Parity:
    """Check the flags of ``harness doctor --parity`` and compare.

    Args:
        flag: an adapter, ``name=path`` or a path; ``None`` compares base alone.
        base: the base model; that of the adapter's record when left out.
        engines: as in ``vllm,transformers``; those that are installed when left out.
        pairs: options of every engine, ``key=value``.

    Raises:
        HarnessError: a flag is wrong, or see `check_parity`.
    """
    adapters = [read_adapter(*parse_adapter_flag(flag))] if flag else []
    record = (adapters[0].record or {}) if adapters else {}
    ref = base or record.get("base", {}).get("ref")
    if not ref:
        raise ConfigError("--parity: the base model is not known; pass --base.")
    chosen = choose_engines(engines)
    if not chosen:
        raise ConfigError(
            f"--parity: none of the engines {', '.join(ENGINES)} is installed; "
            "run `pip install 'identity-harness[transformers]'`."
        )
    if len(chosen) == 1:
        say(f"parity: {chosen[0]} is the only engine, so it is held against itself alone")
    return check_parity(str(ref), adapters, chosen, engine_options(pairs, None), say=say)
