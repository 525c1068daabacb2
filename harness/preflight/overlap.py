"""Two adapters against each other: are they one update, do they pull the same way, do they share room?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.preflight.update import Update
from harness.preflight.weights import Tensors
from harness.tensors import Array

_RANK_LIMIT = 1e-10
"""Eigenvalues below this share of the largest count as none."""


@dataclass(frozen=True)
class Overlap:
    """What two adapters have in common.

    ``cosine`` is that of the two updates over every module, in [-1, 1]; ``None`` when one of them
    is zero. ``columns`` and ``rows`` are the shares in [0, 1] of the smaller column space (what it
    writes) and row space (what it reads) that lie in the other's, as a mean over the modules that
    both change; ``chance`` is what two random adapters of these ranks would share of the column space.
    """

    other: str
    identical: bool
    modules: int
    only_here: int
    only_there: int
    cosine: float | None
    columns: float | None
    rows: float | None
    chance: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return asdict(self)


def overlap_of(
    name: str,
    ours: tuple[Sequence[Update], Tensors],
    theirs: tuple[Sequence[Update], Tensors],
    *,
    identical: bool,
) -> Overlap:
    """Compare two adapters module by module, through products of rank by rank alone.

    Args:
        name: the other adapter's. ours, theirs: the updates with their tensors. identical: whether
            their files have one digest.
    """
    by_module = {update.module: update for update in theirs[0]}
    pairs = [
        (update, by_module[update.module])
        for update in ours[0]
        if update.module in by_module and by_module[update.module].shape == update.shape
    ]
    dots, columns, rows, chances = [], [], [], []
    for one, two in pairs:
        cross_a = _cross(ours[1].values(one.pair.a).T, theirs[1].values(two.pair.a).T)  # (r1, r2)
        cross_b = _cross(ours[1].values(one.pair.b), theirs[1].values(two.pair.b))
        # <s1·B1A1, s2·B2A2> = s1·s2·tr(A1ᵀB1ᵀB2A2)
        dots.append(one.scale * two.scale * float((cross_a * cross_b).sum()))
        if one.norm and two.norm:
            columns.append(_shared(one.gram_b, two.gram_b, cross_b))
            rows.append(_shared(one.gram_a, two.gram_a, cross_a))
            chances.append(max(len(one.gram_b), len(two.gram_b)) / one.shape[0])
    product = _norm(ours[0]) * _norm(theirs[0])
    return Overlap(
        other=name,
        identical=identical,
        modules=len(pairs),
        only_here=len(ours[0]) - len(pairs),
        only_there=len(theirs[0]) - len(pairs),
        cosine=sum(dots) / product if product else None,
        columns=_mean(columns),
        rows=_mean(rows),
        chance=_mean(chances),
    )


def _cross(one: Array, two: Array) -> Array:
    """Return Xᵀ·Y in float64 for two tall matrices."""
    import numpy as np

    product: Array = one.astype(np.float64).T @ two.astype(np.float64)
    return product


def _shared(gram_one: Array, gram_two: Array, cross: Array) -> float:
    """Return ‖Q1ᵀQ2‖² / min(rank), the mean squared cosine between two spaces, from Gram matrices.

    tr(G1⁺·C·G2⁺·Cᵀ) with C = X1ᵀX2 is ‖Q1ᵀQ2‖² for any bases X1, X2 of the spaces.
    """
    import numpy as np

    one, two = (np.linalg.pinv(g, rcond=_RANK_LIMIT, hermitian=True) for g in (gram_one, gram_two))
    smaller = min(np.linalg.matrix_rank(g, tol=_tolerance(g), hermitian=True) for g in (gram_one, gram_two))
    square = float(np.trace(one @ cross @ two @ cross.T))
    return min(1.0, max(0.0, square / max(1, int(smaller))))


def _tolerance(gram: Array) -> float:
    import numpy as np

    return _RANK_LIMIT * float(np.abs(gram).max())


def _norm(updates: Sequence[Update]) -> float:
    return math.sqrt(sum(update.norm**2 for update in updates))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
