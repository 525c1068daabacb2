"""Is this merged model the base plus this adapter? Measured on every weight, not guessed from answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from harness.errors import AdapterError
from harness.preflight.base import Weights, row_blocks
from harness.preflight.findings import Finding, first_of
from harness.preflight.folder import template_of
from harness.preflight.update import Update
from harness.preflight.weights import Tensors
from harness.tensors import FLOATS, Array

State = Literal["merged", "not merged", "merged twice", "another scale", "something else"]
_TIMES = (0, 1, 2)
_NEAR = 0.3
"""How far from a proper merge a model may lie, as a share of the distance to the next possibility.

A merge that computes s·BA in bfloat16 lies at about 0.05.
"""
_WORTH_A_WARNING = 0.05


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
    found, missing = [], []
    for update in updates:
        own = merged.weight_name(update.module)
        if own is None or merged.shape(update.module) != base.shape(update.module):
            missing.append(f"{update.module}.weight")
            continue
        found.append(_module(update, tensors, (base, names[update.module]), (merged, own)))
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
    """Pass once over the rows of one module, and add up what is needed in float64."""
    import numpy as np

    (base_files, base_name), (own_files, own_name) = base, merged
    dtype = own_files.dtype(own_name)
    if dtype not in FLOATS:
        raise AdapterError(f"--merged: {own_name} is stored as {dtype}; pass the model before quantization.")
    sums: Counter[str] = Counter()
    rows_of = _rows_of_update(update, tensors, base_files)
    shape = base_files.places[base_name].entries[base_name].shape
    for rows in row_blocks(shape):
        weight = base_files.values(base_name, rows).astype(np.float64)
        own = own_files.values(own_name, rows).astype(np.float64)
        sums.update(_sums(weight, rows_of(rows), own, dtype))
    return _judged(update, sums, math.prod(shape))


def _sums(weight: Array, added: Array, own: Array, dtype: str) -> dict[str, float]:
    """Return sums of squares over some rows: the update's, and those of what lies between models.

    ``off_N`` is how far the merged weights are from W + N·(s·BA) as a merge would round it, and
    ``step_N`` how far that is from base rounded alike. A merge may also round base before it adds.
    """
    moved, narrow = own - weight, rounded(weight, dtype)
    ideal = {times: rounded(weight + times * added, dtype) for times in _TIMES}
    early = {times: rounded(narrow + times * added, dtype) for times in _TIMES}
    return {
        "moved": _square(moved),
        "along": float((moved * added).sum()),
        "update": _square(added),
        "loss": _square(moved - added),
        "rounding": _square(ideal[1] - weight - added),
        "unmoved": float((own == narrow).sum()),
        **{f"off_{times}": _square(own - ideal[times]) for times in _TIMES},
        **{f"early_{times}": _square(own - early[times]) for times in _TIMES},
        **{f"step_{times}": _square(ideal[times] - narrow) for times in _TIMES},
        "between": _square(ideal[2] - ideal[1]),
    }


def _square(values: Array) -> float:
    return float((values * values).sum())


def _judged(update: Update, sums: Mapping[str, float], size: int) -> MergedModule:
    square = sums["update"]
    if square == 0.0:
        state: State = "merged" if sums["off_0"] == 0.0 else "something else"
        return MergedModule(update.module, state, 0.0, 0.0, 0.0, sums["unmoved"] / size, 0.0)
    return MergedModule(
        module=update.module,
        state=_state(sums),
        scale=sums["along"] / square,
        loss=math.sqrt(sums["loss"] / square),
        loss_of_rounding=math.sqrt(sums["rounding"] / square),
        unmoved=sums["unmoved"] / size,
        norm=update.norm,
    )


def _state(sums: Mapping[str, float]) -> State:
    """Choose the multiple of the update whose rounded merge is clearly the nearest.

    The scale alone would not do: rounding to the nearest number takes most of a small update away,
    so that a proper merge may well have moved the weights by a tenth of it.
    """
    off = {times: min(sums[f"off_{times}"], sums[f"early_{times}"]) for times in _TIMES}
    nearest = min((1, 0, 2), key=lambda times: off[times])
    # Base itself is compared as it stands; a merge may have been computed a little otherwise.
    apart = {0: 0.0, 1: min(sums["step_1"], sums["between"]), 2: sums["between"]}[nearest]
    if off[nearest] <= _NEAR**2 * apart + 1e-12 * sums["update"]:
        known: dict[int, State] = {0: "not merged", 1: "merged", 2: "merged twice"}
        return known[nearest]
    # What the best multiple leaves over: rounding, or a change that is no multiple at all.
    square, rounding = sums["update"], sums["rounding"]
    left = max(0.0, sums["moved"] - sums["along"] ** 2 / square)
    is_multiple = rounding < 0.25 * square and left < 4 * rounding + 1e-3 * sums["moved"]
    return "another scale" if is_multiple else "something else"


def _rows_of_update(update: Update, tensors: Tensors, base: Weights) -> Callable[[slice], Array]:
    """Return a function that gives some rows of s·BA in the base's own orientation, in float64."""
    import numpy as np

    a = tensors.values(update.pair.a).astype(np.float64)  # (rank, in)
    b = tensors.values(update.pair.b).astype(np.float64)  # (out, rank)
    turned = update.pair.embedding or base.turned
    left, right = (a.T, b.T) if turned else (b, a)
    return lambda rows: update.scale * (left[rows] @ right)


def rounded(values: Array, dtype: str) -> Array:
    """Round float64 values to the nearest ones of a type of `FLOATS`, ties to even; returns float64."""
    import numpy as np

    if dtype in ("F64", "F32", "F16"):
        with np.errstate(over="ignore"):
            return values.astype({"F64": "<f8", "F32": "<f4", "F16": "<f2"}[dtype]).astype(np.float64)
    bits = values.astype("<f4").view("<u4")
    odd = (bits >> 16) & 1
    return ((bits + np.uint32(0x7FFF) + odd) & np.uint32(0xFFFF0000)).view("<f4").astype(np.float64)


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


def merged_findings(held: Merged, base: Weights, merged: Weights) -> Iterator[Finding]:
    """Yield the verdict: merged as it should be, not, in part, twice, at another scale, or otherwise."""
    place = str(merged.folder)
    states = {state: [one for one in held.modules if one.state == state] for state in _ADVICE}
    whole = [state for state, those in states.items() if len(those) == len(held.modules) and those]
    if whole == ["merged"]:
        yield from _loss(held, place)
    elif whole:
        times = f" (×{held.modules[0].scale:.3g})" if whole[0] == "another scale" else ""
        yield Finding("error", "merged", place, f"{_SAID[whole[0]]}{times}", _ADVICE[whole[0]])
    elif held.modules:
        yield Finding("error", "merged", place, _in_part(states), "merge again, all of it, from base")
    if held.changed_outside:
        what = f"weights outside the adapter are not the base's: {first_of(held.changed_outside, 'weights')}"
        yield Finding("error", "merged-outside", place, what, "merge again from the base of --base")
    if held.missing:
        what = f"weights of base are missing or have another shape: {first_of(held.missing, 'weights')}"
        yield Finding("error", "merged-missing", place, what, "merge again and save all of it")
    if held.added:
        what = f"it has weights that base has not: {first_of(held.added, 'weights')}"
        yield Finding("warning", "merged-added", place, what, "they are not judged")
    if (template_of(merged.folder) or "").strip() != (template_of(base.folder) or "").strip():
        what = "its chat template is not the base's"
        yield Finding("warning", "merged-template", place, what, "it is asked other prompts than were judged")


_SAID = {
    "not merged": "not merged: it is base without the adapter",
    "merged twice": "merged twice",
    "another scale": "merged with another scale",
    "something else": "not the base with this adapter: the weights differ by more than rounding explains",
}
_ADVICE = {
    "merged": "",
    "not merged": "merge again; ms-swift skips a merge whose folder exists",
    "merged twice": "merge once, from base",
    "another scale": "check lora_alpha, r and use_rslora, and merge again",
    "something else": "check that --base and the adapter are those of the merge",
}


def _loss(held: Merged, place: str) -> Iterator[Finding]:
    lost, least = held.loss, held.loss_of_rounding
    what = f"merged as it should be (rounding to {held.dtype} loses {lost:.2%} of the update)"
    if lost <= _WORTH_A_WARNING:
        yield Finding("fact", "merged", place, what)
        return
    better = f"; rounding once would lose {least:.2%}" if lost > 1.2 * least + 0.01 else ""
    advice = "gate the merged model itself, merge into float32, or serve the adapter beside base"
    yield Finding("warning", "merged", place, what + better, advice)


def _in_part(states: Mapping[str, Sequence[MergedModule]]) -> str:
    parts = [
        f"{state}: {first_of((one.module for one in those), 'modules')}"
        for state, those in states.items()
        if those
    ]
    return "merged in part: " + "; ".join(parts)
