"""Is this merged model the base plus this adapter? Measured on every weight, not guessed from answers."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Literal

from harness.errors import AdapterError
from harness.preflight.base import Weights, row_blocks
from harness.preflight.update import Update
from harness.preflight.weights import Tensors
from harness.tensors import FLOATS, Array

State = Literal["merged", "not merged", "merged twice", "another scale", "something else"]
_NEAR = 0.3
"""How far from a proper merge a model may lie, as a share of the distance to the next possibility.

A merge that computes s·BA in bfloat16 lies at about 0.05.
"""


@dataclass(frozen=True)
class MergedModule:
    """One module of a merged model, held against W + s·BA. Norms are Frobenius norms.

    ``scale`` is the multiple of the update that fits W_merged − W best: 1 is merged, 0 is not.
    ``loss`` is ‖W_merged − (W + s·BA)‖ / ‖s·BA‖, and ``loss_of_rounding`` the same for W + s·BA
    rounded once to the merged model's type: what no merge into that type can avoid. ``unmoved`` is
    the share of weights that are as base has them.
    """

    module: str
    state: State
    scale: float
    loss: float
    loss_of_rounding: float
    unmoved: float
    norm: float


@dataclass(frozen=True)
class Merged:
    """A merged model held against base and adapter: modules the adapter changes, and all the others."""

    modules: tuple[MergedModule, ...]
    changed_outside: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    dtype: str

    @property
    def loss(self) -> float:
        """How much of the whole update the merge lost, as a share of its norm."""
        return _whole(self.modules, lambda one: one.loss)

    @property
    def loss_of_rounding(self) -> float:
        """How much of it no merge into this type could keep."""
        return _whole(self.modules, lambda one: one.loss_of_rounding)

    def to_json(self) -> dict[str, Any]:
        """Return everything measured as JSON."""
        return {
            "dtype": self.dtype,
            "loss": self.loss,
            "loss_of_rounding": self.loss_of_rounding,
            "modules": [asdict(one) for one in self.modules],
            "changed_outside": list(self.changed_outside),
            "missing": list(self.missing),
            "added": list(self.added),
        }


def _whole(modules: Sequence[MergedModule], share: Callable[[MergedModule], float]) -> float:
    total = math.sqrt(sum(one.norm**2 for one in modules))
    return math.sqrt(sum((share(one) * one.norm) ** 2 for one in modules)) / total if total else 0.0


def hold_merged(updates: Sequence[Update], tensors: Tensors, base: Weights, merged: Weights) -> Merged:
    """Measure a merged model against base and adapter; reads the weights of both models once.

    Raises:
        AdapterError: base or merged model is quantized, so that nothing can be measured.
    """
    names = {}
    for update in updates:
        name = base.weight_name(update.module)
        if name is None or base.dtype(name) not in FLOATS:
            raise AdapterError(
                f"--merged: base {base.ref} is quantized or has no matrix at {update.module}, so a merge "
                "cannot be measured; pass the base in bfloat16, float16 or float32."
            )
        names[update.module] = name
    held, missing = [], []
    for update in updates:
        own = merged.weight_name(update.module)
        if own is None or merged.shape(update.module) != base.shape(update.module):
            missing.append(f"{update.module}.weight")
        else:
            held.append((update, (base, names[update.module]), (merged, own)))
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as workers:
        found = list(workers.map(lambda one: _module(one[0], tensors, one[1], one[2]), held))
    changed = set(names.values()) | {f"{update.module}.weight" for update in updates}
    others = sorted(set(base.places) - changed)
    present = [name for name in others if name in merged.places]
    return Merged(
        modules=tuple(found),
        changed_outside=tuple(name for name in present if not _equal(name, base, merged)),
        missing=tuple(missing + [name for name in others if name not in merged.places]),
        added=tuple(sorted(set(merged.places) - set(base.places) - changed)),
        dtype=", ".join(sorted({merged.dtype(name) for name in merged.places})),
    )


def _module(
    update: Update, tensors: Tensors, base: tuple[Weights, str], merged: tuple[Weights, str]
) -> MergedModule:
    """Pass over the rows of one module, and once more where it is not merged as it should be."""
    (base_files, base_name), (own_files, own_name) = base, merged
    dtype = own_files.dtype(own_name)
    if dtype not in FLOATS:
        raise AdapterError(f"--merged: {own_name} is stored as {dtype}; pass the model before quantization.")
    # Sums of bfloat16 and float16 values are formed in float32, whose error is far below theirs.
    kind = "<f4" if dtype in ("BF16", "F16") else "<f8"
    rows_of = _rows_of_update(update, tensors, base_files, kind)
    shape = base_files.places[base_name].entries[base_name].shape

    def summed(of: Callable[[Array, Array, Array, str], dict[str, float]]) -> Counter[str]:
        sums: Counter[str] = Counter()
        for rows in row_blocks(shape):
            weight = base_files.values(base_name, rows).astype(kind)
            sums.update(of(weight, rows_of(rows), own_files.values(own_name, rows).astype(kind), dtype))
        return sums

    sums = summed(_sums_of_a_merge)
    is_merged = sums["off_1"] <= _NEAR**2 * sums["step_1"] + 1e-12 * sums["update"]
    if not is_merged:
        sums.update(summed(_sums_of_others))
    return _judged(update, sums, math.prod(shape), is_merged=is_merged)


def _sums_of_a_merge(weight: Array, added: Array, own: Array, dtype: str) -> dict[str, float]:
    """Return sums of squares over some rows: the update's, and those of what lies between models.

    ``off_N`` is how far the merged weights are from W + N·(s·BA) as a merge would round it, and
    ``step_1`` how far the proper merge is from base rounded alike.
    """
    ideal, narrow = rounded(weight + added, dtype), rounded(weight, dtype)
    moved = own - weight
    return {
        "update": _product(added, added),
        "along": _product(moved, added),
        "loss": _square(moved - added),
        "rounding": _square(ideal - weight - added),
        "unmoved": float((own == narrow).sum()),
        "off_1": _square(own - ideal),
        "step_1": _square(ideal - narrow),
    }


def _sums_of_others(weight: Array, added: Array, own: Array, dtype: str) -> dict[str, float]:
    """Return the sums that tell other merges apart: ``early_N`` where base was rounded before it was added to."""
    narrow = rounded(weight, dtype)
    twice = rounded(weight + 2 * added, dtype)
    return {
        "moved": _square(own - weight),
        "off_0": _square(own - narrow),
        "off_2": _square(own - twice),
        "early_1": _square(own - rounded(narrow + added, dtype)),
        "early_2": _square(own - rounded(narrow + 2 * added, dtype)),
        "between": _square(twice - rounded(weight + added, dtype)),
    }


def _square(values: Array) -> float:
    return _product(values, values)


def _product(one: Array, two: Array) -> float:
    import numpy as np

    return float(np.sum(one * two, dtype=np.float64))


def _judged(update: Update, sums: Mapping[str, float], size: int, *, is_merged: bool) -> MergedModule:
    square = sums["update"]
    return MergedModule(
        module=update.module,
        state="merged" if is_merged else _state(sums),
        scale=sums["along"] / square if square else 0.0,
        loss=math.sqrt(sums["loss"] / square) if square else 0.0,
        loss_of_rounding=math.sqrt(sums["rounding"] / square) if square else 0.0,
        unmoved=sums["unmoved"] / size,
        norm=update.norm,
    )


def _state(sums: Mapping[str, float]) -> State:
    """Choose the multiple of the update whose rounded merge is clearly the nearest.

    The scale alone would not do: rounding to the nearest number takes most of a small update away,
    so that a proper merge may well have moved the weights by a tenth of it.
    """
    if sums["off_0"] <= 1e-12 * sums["update"]:  # base is compared as it stands
        return "not merged"
    off = {1: min(sums["off_1"], sums["early_1"]), 2: min(sums["off_2"], sums["early_2"])}
    nearest = min(off, key=lambda times: off[times])
    if off[nearest] <= _NEAR**2 * min(sums["step_1"], sums["between"]):
        return "merged" if nearest == 1 else "merged twice"
    if sums["update"] == 0.0:
        return "something else"
    # What the best multiple leaves over: rounding, or a change that is no multiple at all.
    square, rounding = sums["update"], sums["rounding"]
    left = max(0.0, sums["moved"] - sums["along"] ** 2 / square)
    is_multiple = rounding < 0.25 * square and left < 4 * rounding + 1e-3 * sums["moved"]
    return "another scale" if is_multiple else "something else"


def _rows_of_update(update: Update, tensors: Tensors, base: Weights, kind: str) -> Callable[[slice], Array]:
    """Return a function that gives some rows of s·BA in the base's own orientation."""
    a = tensors.values(update.pair.a).astype(kind)  # (rank, in)
    b = tensors.values(update.pair.b).astype(kind) * update.scale  # (out, rank)
    turned = update.pair.embedding or base.turned
    left, right = (a.T, b.T) if turned else (b, a)
    return lambda rows: left[rows] @ right


def rounded(values: Array, dtype: str) -> Array:
    """Round float32 or float64 values to the nearest ones of a type of `FLOATS`, ties to even.

    Returns them in the type that was given.
    """
    import numpy as np

    if dtype in ("F64", "F32", "F16"):
        with np.errstate(over="ignore"):
            return values.astype({"F64": "<f8", "F32": "<f4", "F16": "<f2"}[dtype]).astype(values.dtype)
    bits = values.astype("<f4").view("<u4")  # a copy, which is rounded in its place
    bits += ((bits >> 16) & 1) + np.uint32(0x7FFF)
    bits &= np.uint32(0xFFFF0000)
    return bits.view("<f4").astype(values.dtype, copy=False)


def _equal(name: str, base: Weights, merged: Weights) -> bool:
    """Say whether a weight is the base's own, or the base's rounded to the merged model's type."""
    import numpy as np

    one, two = base.places[name].entries[name], merged.places[name].entries[name]
    if one.shape != two.shape:
        return False
    if one.dtype == two.dtype or not {one.dtype, two.dtype} <= set(FLOATS):
        return one.dtype == two.dtype and np.array_equal(base.raw(name), merged.raw(name))
    if not one.shape:
        return bool(merged.values(name) == base.values(name))
    return all(
        np.array_equal(
            rounded(base.values(name, rows).astype(np.float64), two.dtype), merged.values(name, rows)
        )
        for rows in row_blocks(one.shape)
    )
