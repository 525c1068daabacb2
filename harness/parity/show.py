"""Parity for people and for programs: a table with what is behind it, and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from harness.parity import Parity
from harness.parity.compare import Comparison, Divergence

if TYPE_CHECKING:
    from rich.table import Table

Decode = Callable[[Sequence[int]], str]


def parity_table(parity: Parity) -> Table:
    """Return one row for each comparison."""
    from rich.table import Table

    table = Table(title=f"Parity of {parity.base}")
    for column in (
        "subject",
        "compared",
        "NLL: worst of",
        "limit",
        "answers equal",
        "near ties",
        "differ",
        "",
    ):
        table.add_column(column, justify="left" if column in ("subject", "compared", "") else "right")
    for one in parity.comparisons:
        ties = len(one.divergences) - len(one.real)
        table.add_row(
            one.subject,
            f"{one.one} | {one.other}",
            f"{one.worst[1]:.1e} of {len(one.nlls)}",
            f"{one.limits.nll:.0e}",
            f"{one.answers - len(one.divergences)} of {one.answers}",
            str(ties),
            str(len(one.real)),
            "same" if one.same else "DIFFERENT",
        )
    return table


def detail_lines(parity: Parity) -> Iterator[str]:
    """Yield what the table's numbers rest on: the engines, and every place where something differs."""
    for name, facts in parity.engines.items():
        yield f"{name}: " + ", ".join(f"{key} {value}" for key, value in facts.items() if key != "name")
    for one in parity.comparisons:
        place = f"{one.subject} ({one.one} | {one.other})"
        text, worst = one.worst
        if worst > one.limits.nll:
            first, second = one.nlls[text]
            yield f"{place}, {text}: NLL {first:.4f} and {second:.4f} nats, {worst:.1e} apart"
        for divergence in one.divergences:
            yield f"{place}, {_told(one, divergence, parity.decode)}"
        for lack in one.missing:
            yield f"{place}, no comparison: {lack}"


def _told(comparison: Comparison, one: Divergence, decode: Decode) -> str:
    first, second = (_token(token, decode) for token in one.token_ids)
    if one.token_ids[0] == one.token_ids[1]:
        return f"{one.item.id}: the same tokens, and another text or end: a real difference"
    told = f"{one.item.id}: token {one.position + 1} is {first} and {second}"
    if one.logprobs is None or one.gaps is None:
        return f"{told}: a real difference, with nothing to score"
    sides = "; ".join(
        f"{side.engine} gives them {pair[0]:.4f} and {pair[1]:.4f} (gap {abs(gap):.4f})"
        for side, pair, gap in zip((comparison.one, comparison.other), one.logprobs, one.gaps, strict=True)
    )
    verdict = "near tie" if one.near_tie else "a real difference"
    return f"{told}: {sides}: {verdict}, the limit is {one.limit:g} nats"


def _token(token: int | None, decode: Decode) -> str:
    return "the end" if token is None else repr(decode([token])) if decode([token]) else f"<{token}>"


def to_json(parity: Parity) -> str:
    """Return everything the table is made of; the shape is in docs/engines.md."""
    value = {
        "base": parity.base,
        "adapters": list(parity.adapters),
        "engines": {name: dict(facts) for name, facts in parity.engines.items()},
        "same": parity.same,
        "comparisons": [_comparison(one, parity.decode) for one in parity.comparisons],
    }
    return json.dumps(value, indent=2, ensure_ascii=False)


def _comparison(one: Comparison, decode: Decode) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "settings": [{"engine": side.engine, "call": side.call} for side in (one.one, one.other)],
        "same": one.same,
        "limits": {"nll": one.limits.nll, "gap": one.limits.gap},
        "nll": {
            "worst": _finite(one.worst[1]),
            "texts": {key: list(map(_finite, pair)) for key, pair in one.nlls.items()},
        },
        "answers": {"compared": one.answers, "equal": one.answers - len(one.divergences)},
        "divergences": [_divergence(divergence, decode) for divergence in one.divergences],
        "missing": list(one.missing),
    }


def _divergence(one: Divergence, decode: Decode) -> dict[str, Any]:
    return {
        "question": one.item.id,
        "position": one.position,
        "token_ids": list(one.token_ids),
        "tokens": [None if token is None else decode([token]) for token in one.token_ids],
        "logprobs": [list(map(_finite, pair)) for pair in one.logprobs] if one.logprobs else None,
        "near_tie": one.near_tie,
    }


def _finite(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if abs(value) < float("inf") else None
