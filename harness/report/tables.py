"""What the page's template fills in: the overview with every criterion, scores, figures, provenance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from harness.report import summary
from harness.report.bar import bar
from harness.report.escape import visible
from harness.report.summary import MISSING, Record, finite, number

_TONES = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "open", "NOT COMPARABLE": "void"}


def overview(verdict: Record, pairs: Sequence[Record]) -> dict[str, Any]:
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


def _corrected(found: Mapping[str, Any] | None) -> str:
    """Say what a rate would be without the reader's errors."""
    if not found:
        return ""
    (read, of), (cleared, clear) = found["sensitivity"], found["specificity"]
    return (
        f"Corrected for the reader's errors: {found['rate']:.3f} [{found['low']:.3f}, {found['high']:.3f}] "
        f"(it found {read} of {of}, and cleared {cleared} of {clear} answers labelled by hand)."
    )


def scores(verdict: Record, pairs: Sequence[Record]) -> dict[str, Any]:
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


def figures(verdict: Record, key: str) -> dict[str, Any]:
    """Return one table of figures, a row for each adapter."""
    table: Mapping[str, Record] = verdict.get(key) or {}
    columns = list(dict.fromkeys(column for row in table.values() for column in row or {}))
    return {
        "columns": [column.replace("_", " ") for column in columns],
        "rows": [
            (name, [number((row or {}).get(column)) for column in columns]) for name, row in table.items()
        ],
    }


def provenance(verdict: Record) -> dict[str, Any]:
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


def _link(**filters: str) -> str:
    """Return the address that opens the pairs with these filters set."""
    return "#" + urlencode(filters, quote_via=quote)


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
