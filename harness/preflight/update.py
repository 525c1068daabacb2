"""How large an update is: its norm by module and layer, through r-by-r products alone."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness.preflight.findings import Finding, first_of
from harness.preflight.folder import WEIGHTS
from harness.preflight.settings import CONFIG, Settings
from harness.preflight.weights import Pair, Tensors, layer_of
from harness.tensors import Array

_MANY_TIMES = 20.0
_TILE = 64
_PRODUCT = 2**18
"""Multiplications in one product; OpenBLAS takes a second thread above this number."""


@dataclass(frozen=True)
class Update:
    """One module's update s·BA, by what is known of it without forming it.

    ``gram_a`` is A·Aᵀ and ``gram_b`` is Bᵀ·B, both (rank, rank) in float64. ``norm`` is the
    Frobenius norm ‖s·BA‖.
    """

    pair: Pair
    shape: tuple[int, int]
    scale: float
    gram_a: Array
    gram_b: Array
    norm: float

    @property
    def module(self) -> str:
        """The module's name in the base."""
        return self.pair.module

    @property
    def stable_rank(self) -> float | None:
        """‖BA‖² / ‖BA‖₂², between 1 and the rank: over how many directions it is spread."""
        import numpy as np

        # BA and the symmetric √GA·GB·√GA have the same singular values (the latter squared).
        values, vectors = np.linalg.eigh(self.gram_a)
        root = vectors * np.sqrt(np.clip(values, 0.0, None))  # (rank, rank)
        squares = np.linalg.eigvalsh(root.T @ self.gram_b @ root)
        return float(squares.sum() / squares[-1]) if squares[-1] > 0 else None


def updates_of(pairs: Sequence[Pair], tensors: Tensors, settings: Settings) -> list[Update]:
    """Measure every module's update, in the order given. Values that are no numbers give a norm of NaN."""
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as workers:
        return list(workers.map(lambda pair: _measured(pair, tensors, settings), pairs))


def _measured(pair: Pair, tensors: Tensors, settings: Settings) -> Update:
    import numpy as np

    with np.errstate(invalid="ignore", over="ignore"):
        a, b = tensors.values(pair.a), tensors.values(pair.b)
        gram_a, gram_b = gram(a), gram(b.T)
        # ‖BA‖² = tr(AᵀBᵀBA) = tr(GB·GA), and both are symmetric
        square = float((gram_a * gram_b).sum())
    scale = settings.scale_of(pair.module)
    whole = math.isfinite(square) and np.isfinite(gram_a).all() and np.isfinite(gram_b).all()
    norm = abs(scale) * math.sqrt(max(square, 0.0)) if whole else math.nan
    return Update(pair, (b.shape[0], a.shape[1]), scale, gram_a, gram_b, norm)


def gram(matrix: Array) -> Array:
    """Return M·Mᵀ in float64 for a flat matrix (rank, n).

    In products so small that BLAS keeps to one thread: with several, on a machine that is busy, it
    waits a hundred times longer than it computes. The threads are those of `updates_of`.
    """
    import numpy as np

    rank, width = matrix.shape
    total = np.zeros((rank, rank))
    tiles = [slice(begin, begin + _TILE) for begin in range(0, rank, _TILE)]
    step = _PRODUCT // min(rank, _TILE) ** 2 if rank else width
    for begin in range(0, width, max(1, step)):
        block = matrix[:, begin : begin + step].astype(np.float64)
        for place, one in enumerate(tiles):
            for two in tiles[: place + 1]:
                total[one, two] += block[one] @ block[two].T
    lower = np.tril(total, -1)
    whole: Array = np.tril(total) + lower.T
    return whole


def value_findings(updates: Sequence[Update], tensors: Tensors) -> Iterator[Finding]:
    """Yield updates that are no numbers, or nothing."""
    import numpy as np

    sick = [update for update in updates if math.isnan(update.norm)]
    if sick:
        keys = [key for update in sick for key in (update.pair.a, update.pair.b)]
        broken = [key for key in keys if not np.isfinite(tensors.values(key)).all()] or keys
        what = f"tensors hold NaN or Inf: {first_of(broken, 'tensors')}"
        yield Finding("error", "not-finite", WEIGHTS, what, "its training diverged")
    idle = [update.module for update in updates if update.norm == 0.0]
    if not idle:
        return
    why = (
        "the scale is 0" if all(update.scale == 0.0 for update in updates) else "every lora_B·lora_A is zero"
    )
    if len(idle) == len(updates):
        advice = "train it, or copy the weights of the training's end"
        yield Finding("error", "changes-nothing", WEIGHTS, f"it changes nothing: {why}", advice)
    else:
        what = f"the updates of {len(idle)} of {len(updates)} modules are zero (first: {sorted(idle)[0]})"
        yield Finding("warning", "some-zero", WEIGHTS, what, "those modules stay as base has them")


def size_findings(updates: Sequence[Update]) -> Iterator[Finding]:
    """Yield what stands out in the sizes: facts, since no size is wrong in itself."""
    import numpy as np

    negative = [update.module for update in updates if update.scale < 0]
    if negative:
        what = f"the scale is negative for {first_of(negative, 'modules')}, which turns the training round"
        yield Finding("warning", "negative", CONFIG, what, "write the alpha of the training")
    norms = sorted(update.norm for update in updates if update.norm > 0)
    if len(norms) > 2 and norms[-1] > _MANY_TIMES * float(np.median(norms)):
        largest = max(updates, key=lambda update: update.norm)
        times = norms[-1] / float(np.median(norms))
        what = f"the update of {largest.module} is {times:.0f} times the median one"
        yield Finding("fact", "uneven", WEIGHTS, what)


def by_layer(updates: Sequence[Update]) -> list[tuple[str, float, int]]:
    """Return (layer, norm, modules) in the order of layers; modules outside layers come last."""
    layers: dict[int | None, list[float]] = {}
    for update in updates:
        layers.setdefault(layer_of(update.module), []).append(update.norm)
    ordered = sorted(layers, key=lambda layer: (layer is None, layer or 0))
    return [
        (
            "other" if layer is None else str(layer),
            math.sqrt(sum(n * n for n in layers[layer])),
            len(layers[layer]),
        )
        for layer in ordered
    ]


def to_json(updates: Sequence[Update], base_norms: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Return the sizes as JSON: the whole, the layers, and every module by its size, largest first.

    ``base_norms`` are ‖W‖ by module; with them every module has ``relative``, ‖s·BA‖ / ‖W‖.
    """
    known = base_norms or {}
    modules = [
        {
            "module": update.module,
            "shape": list(update.shape),
            "rank": int(update.gram_a.shape[0]),
            "scale": update.scale,
            "norm": update.norm,
            "stable_rank": update.stable_rank,
            "relative": update.norm / known[update.module] if known.get(update.module) else None,
        }
        for update in sorted(updates, key=lambda update: -update.norm)
    ]
    return {
        "norm": math.sqrt(sum(update.norm**2 for update in updates)),
        "layers": [{"layer": layer, "norm": norm, "modules": n} for layer, norm, n in by_layer(updates)],
        "modules": modules,
    }
