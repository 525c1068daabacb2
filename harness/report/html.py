"""The page: one offline file that shows a verdict, its criteria and the pairs behind them.

What a model wrote never becomes markup. Tables are filled by Jinja with autoescape; pairs travel as
JSON in an inert element and ``report.js`` shows them with ``textContent``; a content security
policy that names the digests of our one style and one script stops everything else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.report import summary
from harness.report.escape import Excerpt, excerpt, island, visible, visible_tree
from harness.report.summary import MISSING, Record, finite, number

PAGE_BYTES = 3_000_000
"""Largest JSON of pairs in a page; past it a browser becomes slow to open the file."""
QUESTION_CHARS, QUESTION_TAIL, REASON_CHARS = 1600, 900, 600
_HERE = Path(__file__).parent
_TONES = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "open", "NOT COMPARABLE": "void"}
_URGENT = 4  # ranks below this one are lost, decisive or unscored


def render_html(verdict: Record, pairs: Sequence[Record], *, max_pairs: int = 500) -> str:
    """Return the report as one HTML file without any reference to the outside.

    Args:
        verdict: the contents of ``verdict.json``.
        pairs: every compared pair; counts are taken over all of them.
        max_pairs: most pairs that go into the page, the urgent ones first; see ``choose``.
    """
    clean: Record = visible_tree(verdict)
    chosen = choose(pairs, str(clean.get("run", "")), max_pairs)
    style, script = _asset("report.css"), _asset("report.js")
    view = {
        **_overview(clean, pairs),
        "scores": _scores(clean, pairs),
        "forgetting": _figures(clean, "forgetting"),
        "manner": _figures(clean, "manner"),
        "effect": _figures(clean, "effect"),
        "floor": _figures(clean, "floor"),
        "provenance": _provenance(clean),
        "left_out": _left_out(pairs, chosen),
        "island": Markup(island({"pairs": chosen, "evidence": _evidence(clean)})),
        "style": Markup(style),
        "script": Markup(script),
        "policy": _policy(style, script),
    }
    return _environment().get_template("report.html.jinja").render(view)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(name: str) -> str:
    """Read our own style or script, with the newlines that a browser will hash."""
    return (_HERE / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


# --- pairs -------------------------------------------------------------------------------------


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


def _left_out(pairs: Sequence[Record], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what the page does not hold: in all, by flip, and of the urgent kinds."""
    urgent = sum(_rank(p) < _URGENT for p in pairs) - sum(_rank(row) < _URGENT for row in rows)
    gone = summary.flip_counts(pairs)
    gone.subtract(summary.flip_counts(rows))
    kinds = ", ".join(f"{count} {visible(flip)}" for flip, count in gone.items() if count)
    return {"pairs": len(pairs), "shown": len(rows), "kinds": kinds, "urgent": urgent}


def _evidence(verdict: Record) -> list[dict[str, Any]]:
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


def _link(**filters: str) -> str:
    """Return the address that opens the pairs with these filters set."""
    return "#" + urlencode(filters, quote_via=quote)


# --- tables ------------------------------------------------------------------------------------


def _overview(verdict: Record, pairs: Sequence[Record]) -> dict[str, Any]:
    """Return the head of the page, and the banner and criteria of every adapter."""
    names = [visible(name) for name in summary.subject_names(verdict, pairs)]
    persona = (verdict.get("persona") or {}).get("name")
    return {
        "run": verdict.get("run", ""),
        "verdict": verdict["verdict"],
        "tone": _tone(verdict["verdict"]),
        "facts": _facts(verdict),
        "persona": _localized(persona),
        "adapters": [_adapter(verdict, pairs, name) for name in dict.fromkeys(names)],
        "notes": [str(note) for note in verdict.get("notes") or []],
        "harness": verdict.get("harness_version") or "unknown",
    }


def _facts(verdict: Record) -> list[tuple[str, str]]:
    counts = verdict.get("counts") or {}
    facts = [
        ("Base", (verdict.get("base") or {}).get("name")),
        ("Engine", summary.engine_line(verdict.get("engine") or {})),
        ("Tier", verdict.get("tier")),
        ("Asked", _grouped(counts.get("asked"))),
        ("Unscored", _grouped(counts.get("unscored"))),
        ("Took", _duration(verdict.get("duration_s"))),
        ("Finished", verdict.get("finished")),
    ]
    return [(label, str(fact)) for label, fact in facts if fact]


def _adapter(verdict: Record, pairs: Sequence[Record], name: str) -> dict[str, Any]:
    word = summary.subject_verdict(verdict, name)
    flips = summary.flip_counts(p for p in pairs if visible(str(p["subject"])) == name)
    told = [
        {"flip": flip, "count": flips[flip], "href": _link(adapter=name, flip=flip)} for flip in summary.FLIPS
    ]
    mine = [c for c in verdict.get("criteria") or [] if str(c["subject"]) == name]
    return {
        "name": name,
        "verdict": word,
        "tone": _tone(word),
        "line": summary.criteria_line(verdict, name),
        "flips": told,
        "pairs": sum(flips.values()),
        "floor": summary.floor_line(verdict, name),
        "criteria": [_criterion(criterion) for criterion in mine],
    }


def _corrected(found: Mapping[str, Any] | None) -> str:
    """Say what a rate would be without the reader's errors."""
    if not found:
        return ""
    (read, of), (cleared, clear) = found["sensitivity"], found["specificity"]
    return (
        f"Corrected for the reader's errors: {found['rate']:.3f} [{found['low']:.3f}, {found['high']:.3f}] "
        f"(it found {read} of {of}, and cleared {cleared} of {clear} answers labelled by hand)."
    )


def _criterion(criterion: Record) -> dict[str, Any]:
    subject, name = str(criterion["subject"]), str(criterion["name"])
    evidence, bound = criterion.get("evidence") or [], finite(criterion.get("bound"))
    confidence = finite(criterion.get("confidence") if bound is not None else None)
    return {
        "name": name,
        "statement": criterion.get("statement") or "",
        "verdict": criterion["verdict"],
        "tone": _tone(criterion["verdict"]),
        "estimate": number(criterion.get("estimate")),
        "bound": number(criterion.get("bound")),
        "confidence": "" if confidence is None else f"{100 * confidence:g} %",
        "limit": summary.limit(criterion),
        "items": summary.items(criterion),
        "bar": bar(criterion),
        "explanation": criterion.get("explanation") or "",
        "corrected": _corrected(criterion.get("corrected")),
        "evidence": len(evidence),
        "href": _link(adapter=subject, criterion=name),
    }


@dataclass(frozen=True)
class Bar:
    """A criterion drawn on a line from 0 to 100: where it must lie, and where it does."""

    allowed: tuple[float, float]
    reach: tuple[float, float] | None
    estimate: float | None
    bound: float | None
    limit: float
    zero: float | None
    label: str


def bar(criterion: Record) -> Bar | None:
    """Place estimate, bound and limit on one scale; ``None`` when there is nothing to compare.

    Rates share the scale from 0 to 1; differences and small quantities get one of their own.

    >>> bar({"estimate": 0.95, "bound": 0.784, "limit": 0.7, "direction": "at_least"}).allowed
    (70.0, 100.0)
    """
    numbers = {key: finite(criterion.get(key)) for key in ("estimate", "bound", "limit")}
    border = numbers["limit"]
    known = [value for value in numbers.values() if value is not None]
    if border is None or len(known) < 2:
        return None
    low, high = _scale(known)
    place = {
        key: None if value is None else round(100 * (value - low) / (high - low), 2)
        for key, value in numbers.items()
    }
    edge = place["limit"] or 0.0
    ends = [at for at in (place["estimate"], place["bound"]) if at is not None]
    zero = round(100 * -low / (high - low), 2) if low < 0 < high else None
    return Bar(
        allowed=(0.0, edge) if criterion.get("direction") == "at_most" else (edge, 100.0),
        reach=(min(ends), max(ends)) if len(ends) == 2 else None,
        estimate=place["estimate"],
        bound=place["bound"],
        limit=edge,
        zero=zero,
        label=f"bound {number(numbers['bound'])} against limit {summary.limit(criterion)}",
    )


def _scale(known: list[float]) -> tuple[float, float]:
    """Return the ends of the line on which these numbers are drawn."""
    if min(known) >= 0 and 0.25 <= max(known) <= 1:
        return 0.0, 1.0
    low, high = min(0.0, *known), max(0.0, *known)
    margin = 0.15 * (high - low or 1.0)
    return (low - margin if low < 0 else low), high + margin


def _scores(verdict: Record, pairs: Sequence[Record]) -> dict[str, Any]:
    """Return suite scores: base, then each adapter with its difference and its lost pairs."""
    table: Mapping[str, Record] = verdict.get("scores") or {}
    found = dict.fromkeys(name for row in table.values() for name in row if name != "base")
    names = [name for name in summary.subject_names(verdict, ()) if name in found]
    names += [name for name in found if name not in names]
    lost = Counter(
        (visible(str(p["suite"])), visible(str(p["subject"]))) for p in pairs if p["flip"] == "lost"
    )
    rows = [
        {
            "suite": suite,
            "base": number(row.get("base")),
            "cells": [_score_cell(suite, row, name, lost[suite, name]) for name in names],
        }
        for suite, row in table.items()
    ]
    return {"names": names, "rows": rows}


def _score_cell(suite: str, row: Record, name: str, lost: int) -> dict[str, Any]:
    base, mine = finite(row.get("base")), finite(row.get(name))
    change = "" if base is None or mine is None else number(float(mine - base), signed=True)
    return {
        "score": number(row.get(name)),
        "change": change,
        "tone": "" if not change or mine == base else "down" if (mine or 0) < (base or 0) else "up",
        "lost": lost,
        "href": _link(adapter=name, suite=suite, flip="lost"),
    }


def _figures(verdict: Record, key: str) -> dict[str, Any]:
    """Return one table of figures, a row for each adapter."""
    table: Mapping[str, Record] = verdict.get(key) or {}
    columns = list(dict.fromkeys(column for row in table.values() for column in row or {}))
    return {
        "columns": [column.replace("_", " ") for column in columns],
        "rows": [
            (name, [number((row or {}).get(column)) for column in columns]) for name, row in table.items()
        ],
    }


def _provenance(verdict: Record) -> dict[str, Any]:
    """Return what would have to be the same to repeat the run."""
    base, engine = verdict.get("base") or {}, verdict.get("engine") or {}
    author = _localized((verdict.get("persona") or {}).get("author"))
    return {
        "base": (base.get("name", MISSING), base.get("digest", MISSING)),
        "author": author,
        "engine": [(str(key).replace("_", " "), _plain(value)) for key, value in engine.items()],
        "adapters": [
            [str(s.get(key) or MISSING) for key in ("name", "path", "digest")]
            for s in verdict.get("subjects") or []
        ],
        "suites": [
            [str(s.get(key, MISSING)) for key in ("name", "version", "probes", "variants", "digest")]
            for s in verdict.get("suites") or []
        ],
    }


def _tone(word: Any) -> str:
    return _TONES.get(str(word), "void")


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _localized(value: Any) -> str:
    """Join the forms of a name in several languages.

    >>> _localized({"en": "Nova", "zh": "诺娃"})
    'Nova / 诺娃'
    """
    forms = value.values() if isinstance(value, Mapping) else [value]
    return " / ".join(dict.fromkeys(form for form in forms if isinstance(form, str) and form))


def _grouped(count: Any) -> str:
    known = finite(count)
    return "" if known is None else f"{known:,}"


def _duration(seconds: Any) -> str:
    """Write a time in its two largest units.

    >>> _duration(312.0)
    '5 min 12 s'
    """
    known = finite(seconds)
    if known is None:
        return ""
    minutes, rest = divmod(round(known), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
