"""In which order requests are put to vLLM, and how several engines share them out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from harness.records import Request

ORDERS = ("grouped", "mixed", "long_first")

_DECODED = 8
"""What a token that is written costs, in tokens that are read: an estimate, for even shares only."""
_SLACK = 0.1
"""How far a cut may move to keep a common beginning together, as a part of one share."""


def arrange(requests: Sequence[Request], order: str) -> list[Request]:
    """Return the requests in one of three orders.

    ``grouped``: subject by subject, common beginnings side by side. ``mixed``: common beginnings
    side by side, whatever the subject. ``long_first``: what may write most, and within that grouped.

    >>> first, second = Request("generate", "b", "", (1, 2)), Request("generate", "a", "", (1, 3))
    >>> [request.subject for request in arrange([first, second], "grouped")]
    ['a', 'b']
    >>> [request.subject for request in arrange([first, second], "mixed")]
    ['b', 'a']
    """
    if order == "mixed":
        return sorted(requests, key=lambda one: (one.token_ids, one.subject))
    if order == "long_first":
        return sorted(requests, key=lambda one: (-one.max_new_tokens, one.subject, one.token_ids))
    return sorted(requests, key=lambda one: (one.subject, one.token_ids))


def cost(request: Request) -> int:
    """Return what a request is expected to cost, in tokens read."""
    read = len(request.token_ids) + len(request.target_ids)
    return read + _DECODED * max(1, request.max_new_tokens)


def share(requests: Sequence[Request], workers: int) -> list[list[Request]]:
    """Return as many even parts as there are workers; subjects and common beginnings stay together.

    The grouped order is cut where the expected cost is even, or near there, where neighbours have
    the least in common. A part may be empty.

    >>> asked = [Request("generate", name, "", (1, n), (), 8) for name in "ab" for n in range(4)]
    >>> [[request.subject for request in part] for part in share(asked, 2)]
    [['a', 'a', 'a', 'a'], ['b', 'b', 'b', 'b']]
    """
    ordered = arrange(requests, "grouped")
    until = list(accumulate(map(cost, ordered)))
    if not until:
        return [[] for _ in range(workers)]
    even = until[-1] / workers
    cuts = [0, *(_cut(ordered, until, even * n, even * _SLACK) for n in range(1, workers)), len(ordered)]
    cuts = list(accumulate(cuts, max))
    return [ordered[begin:end] for begin, end in pairwise(cuts)]


def _cut(ordered: Sequence[Request], until: Sequence[int], goal: float, slack: float) -> int:
    """Return the place near ``goal`` where neighbours share the shortest beginning."""
    nearest = min(range(len(until)), key=lambda place: abs(until[place] - goal)) + 1
    near = [place + 1 for place, spent in enumerate(until) if abs(spent - goal) <= slack]
    places = [place for place in {nearest, *near} if place < len(ordered)]
    if not places:
        return len(ordered)
    return min(
        places, key=lambda place: (_common(ordered[place - 1], ordered[place]), abs(until[place - 1] - goal))
    )


def _common(one: Request, other: Request) -> int:
    """Return how many first tokens two requests share in the prefix cache; -1 for two subjects."""
    if one.subject != other.subject:
        return -1
    pairs = zip(one.token_ids, other.token_ids, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), len(one.token_ids))
