"""A part of a data set that is the same every time, in every order of the file."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from harness.loaders.spec import Placed


def subset(items: Sequence[Placed], limit: int | None, seed: int) -> list[Placed]:
    """Return ``limit`` of the items, from each category its share, in file order.

    An item's rank depends on the seed and its own id alone. Shares are rounded by largest remainder.
    """
    if limit is None or limit >= len(items):
        return list(items)
    groups: defaultdict[str, list[Placed]] = defaultdict(list)
    for item in items:
        groups[item.category].append(item)
    shares = {name: Fraction(limit * len(group), len(items)) for name, group in groups.items()}
    counts = {name: int(share) for name, share in shares.items()}
    rest = sorted(shares, key=lambda name: (counts[name] - shares[name], _rank(name, seed)))
    for name in rest[: limit - sum(counts.values())]:
        counts[name] += 1
    chosen = {
        item.id
        for name, group in groups.items()
        for item in sorted(group, key=lambda item: _rank(item.id, seed))[: counts[name]]
    }
    return [item for item in items if item.id in chosen]


def _rank(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).hexdigest()
