"""Adapter slots: how many adapters vLLM holds ready on its device, and what one slot costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from harness.errors import AdapterError, ModelError
from harness.preflight.base import read_weights
from harness.records import Adapter, Model

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM takes for max_lora_rank; every slot has room for the highest."""

_PACKED = ({"q_proj", "k_proj", "v_proj"}, {"gate_proj", "up_proj"})
"""Modules that vLLM computes as one: who wraps one of them wraps all."""

_SHARE = 0.25
"""The part of the memory beside the weights that slots may take; the rest is for the KV cache."""

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def slot_rank(adapters: Sequence[Adapter]) -> int:
    """Return the lowest rank that vLLM takes and every adapter fits into.

    Raises:
        AdapterError: an adapter's rank is above all of them.
    """
    highest = max(adapters, key=lambda adapter: adapter.rank)
    fitting = [rank for rank in RANKS if rank >= highest.rank]
    if not fitting:
        raise AdapterError(
            f"adapter {highest.name}: rank {highest.rank}, and vLLM takes {RANKS[-1]} at most; "
            "pass --engine transformers."
        )
    return fitting[0]


def wrapped_modules(adapters: Sequence[Adapter]) -> list[str]:
    """Return the names of the modules that any adapter changes."""
    return sorted({module for adapter in adapters for module in adapter.target_modules})


def base_shapes(model: Model) -> dict[str, list[int]]:
    """Return the shape of every matrix of a base, by module; none where its weights cannot be read."""
    try:
        weights = read_weights(model.ref, model.path)
    except ModelError:
        return {}  # vLLM will say what is wrong with them
    shapes = {module: weights.shape(module) for module in weights.modules}
    return {module: list(shape) for module, shape in shapes.items() if shape is not None}


def slot_bytes(shapes: Mapping[str, Sequence[int]], modules: Sequence[str], rank: int, dtype: str) -> int:
    """Return the bytes of one slot: A (rank, in) and B (out, rank) of every wrapped module.

    Args:
        shapes: base module -> (out, in). modules: last parts of the names that adapters change.
        rank: max_lora_rank. dtype: the model's, which vLLM gives its adapters too.

    >>> slot_bytes({"layers.0.q_proj": (6, 8), "layers.0.k_proj": (2, 8)}, ["q_proj"], 8, "bfloat16")
    384
    """
    wrapped = set(modules)
    for group in _PACKED:
        wrapped |= group if wrapped & group else set()
    sides = sum(sum(shape) for name, shape in shapes.items() if name.rsplit(".", 1)[-1] in wrapped)
    return sides * rank * _BYTES[dtype]


def weight_bytes(shapes: Mapping[str, Sequence[int]], dtype: str) -> int:
    """Return the bytes of a base's matrices in a type."""
    return sum(math.prod(shape) for shape in shapes.values()) * _BYTES[dtype]


def choose_slots(wanted: int, slot: int, weights: int, memory: int | None) -> int:
    """Return how many slots fit, ``wanted`` at most and one at least.

    Args:
        wanted: one for each adapter. slot, weights: bytes; 0 where they are not known.
        memory: bytes that vLLM may use in all, or ``None`` where slots are no matter.

    >>> choose_slots(64, slot=323 << 20, weights=15 << 30, memory=72 << 30)
    45
    """
    if memory is None or not slot:
        return wanted
    return max(1, min(wanted, int((memory - weights) * _SHARE) // slot))
