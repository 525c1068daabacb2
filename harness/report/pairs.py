"""The pairs of a page: which of them it holds, each as a row of JSON, and what it leaves out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from harness.report import summary
from harness.report.escape import Excerpt, excerpt, visible
from harness.report.summary import Record, finite

PAGE_BYTES = 3_000_000
"""Largest JSON of pairs in a page; past it a browser becomes slow to open the file."""
QUESTION_CHARS, QUESTION_TAIL, REASON_CHARS = 1600, 900, 600
_URGENT = 4  # ranks below this one are lost, decisive or unscored


def choose(pairs: Sequence[Record], run: str, max_pairs: int) -> list[dict[str, Any]]:
    """Return the rows that go into the page, in reading order.

    Lost pairs that count against a failed criterion come first, then lost, other decisive and
    unscored ones, then the rest. Where a kind does not fit whole, a sample of it does: pairs are
    ordered by a digest of their names and the run's, which no one chooses and anyone can repeat.
    """
    ranked = sorted(pairs, key=lambda pair: (_rank(pair), _lot(pair, run)))
    kept: list[Record] = []
    rows: dict[int, dict[str, Any]] = {}
    room = PAGE_BYTES
    for pair in ranked[: max(0, max_pairs)]:
        row = _row(pair)
        room -= len(json.dumps(row, ensure_ascii=False).encode())
        if room < 0:
            break
        kept.append(pair)
        rows[id(pair)] = row
    return [rows[id(pair)] for pair in summary.reading_order(kept)]


def _rank(pair: Record) -> int:
    lost, decisive = pair["flip"] == "lost", bool(pair.get("decisive"))
    if lost or decisive:
        return 0 if lost and decisive else 1 if lost else 2
    return 3 if pair["flip"] == "unscored" else _URGENT


def _lot(pair: Record, run: str) -> bytes:
    """Draw a pair's place among its equals."""
    name = json.dumps([run, *(str(pair[key]) for key in ("subject", "suite", "probe", "variant"))])
    return hashlib.sha256(name.encode()).digest()


def _row(pair: Record) -> dict[str, Any]:
    """Return what the page needs of one pair, cut and cleaned."""
    names = ("subject", "suite", "probe", "variant", "category", "lang", "system", "kind", "flip")
    asked = str(pair.get("question") or "")
    return {
        **{key: _short(pair.get(key)) for key in names},
        "decisive": bool(pair.get("decisive")),
        "question": _shown(excerpt(asked, chars=QUESTION_CHARS, tail=QUESTION_TAIL)),
        "base": _side(pair, "base_"),
        "candidate": _side(pair, ""),
    }


def _side(pair: Record, prefix: str) -> dict[str, Any]:
    thought, answer = summary.thought_and_answer(pair, prefix)
    spans = [
        (start - len(thought), end - len(thought), label)
        for start, end, label in pair.get(f"{prefix}spans") or ()
    ]
    return {
        "answer": _shown(excerpt(answer, spans)),
        **({"thought": _shown(excerpt(thought))} if thought else {}),
        "score": finite(pair.get(f"{prefix}score")),
        "reason": _short(pair.get(f"{prefix}reason"), REASON_CHARS),
        "turns": _short(summary.turns_line(pair.get(f"{prefix}turns")), REASON_CHARS),
    }


def _shown(piece: Excerpt) -> dict[str, Any]:
    return {key: value for key, value in asdict(piece).items() if value or key == "text"}


def _short(value: Any, chars: int = 200) -> str:
    piece = excerpt("" if value is None else str(value), chars=chars)
    return f"{piece.text} … {piece.more} more characters" if piece.more else piece.text


def left_out(pairs: Sequence[Record], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what the page does not hold: in all, by flip, and of the urgent kinds."""
    urgent = sum(_rank(p) < _URGENT for p in pairs) - sum(_rank(row) < _URGENT for row in rows)
    gone = summary.flip_counts(pairs)
    gone.subtract(summary.flip_counts(rows))
    kinds = ", ".join(f"{count} {visible(flip)}" for flip, count in gone.items() if count)
    return {"pairs": len(pairs), "shown": len(rows), "kinds": kinds, "urgent": urgent}


def evidence(verdict: Record) -> list[dict[str, Any]]:
    """Return the probes on which each criterion rests, for the page's filter."""
    return [
        {
            "subject": str(criterion["subject"]),
            "criterion": str(criterion["name"]),
            "suites": criterion.get("suites") or [],
            "probes": criterion["evidence"],
        }
        for criterion in verdict.get("criteria") or []
        if criterion.get("evidence")
    ]
