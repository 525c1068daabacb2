"""Checks of an answer's shape: JSON, CSV, a table, a choice, quotes, a title, several answers."""

from __future__ import annotations

import csv as csv_format
import json as json_format
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.records import Span
from harness.scorers.constraints import Answers, Json, Sections, Table, counted
from harness.scorers.counting import WORD, lines, unfenced
from harness.scorers.text import narrow


@dataclass(frozen=True)
class Finding:
    """Whether an answer holds a constraint; ``said`` is what is wanted and what was found."""

    held: bool
    said: str
    spans: tuple[Span, ...] = ()


# ---- formats

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
    "any": (object,),
}
_ITEMS = {"strings": "string", "numbers": "number"}


def json(text: str, wanted: Json) -> Finding:
    """Check that the answer is JSON and nothing else, but for a code fence around it."""
    try:
        value = json_format.loads(unfenced(text), parse_constant=_no_constant)
    except RecursionError:
        return Finding(False, "wants JSON, is nested too deeply")
    except ValueError as fault:  # also a number too long to be read
        reason = fault.msg if isinstance(fault, json_format.JSONDecodeError) else str(fault)
        return Finding(False, f"wants JSON, cannot be read: {reason[:80]}")
    wrong = _json_fault(value, wanted)
    return Finding(wrong is None, wrong or f"wants JSON, is {_name(value)} as wanted")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _json_fault(value: Any, wanted: Json) -> str | None:
    if not _is(value, wanted.type):
        return f"wants a JSON {wanted.type}, is {_name(value)}"
    if wanted.type == "object":
        return _keys_fault(value, wanted)
    return _items_fault(value, wanted) if wanted.type == "array" else None


def _items_fault(value: list[Any], wanted: Json) -> str | None:
    if wanted.items and not wanted.items.holds(len(value)):
        return f"wants {wanted.items.wants('item')}, has {len(value)}"
    kind = wanted.of or ("object" if wanted.keys else "any")
    for number, item in enumerate(value, start=1):
        if not _is(item, kind):
            return f"wants items of type {kind}, item {number} is {_name(item)}"
        if wanted.keys and (wrong := _keys_fault(item, wanted)):
            return f"item {number} {wrong}"
    return None


def _keys_fault(value: dict[str, Any], wanted: Json) -> str | None:
    for key, kind in wanted.keys.items():
        if key not in value:
            return f"wants the key {key!r}, lacks it"
        if not _is(value[key], kind):
            return f"wants {key!r} of type {kind}, is {_name(value[key])}"
    further = next((key for key in value if key not in wanted.keys), None)
    return f"wants no further keys, has {further[:40]!r}" if wanted.only and further is not None else None


def _is(value: Any, kind: str) -> bool:
    """Say whether a JSON value is of a type; 3.0 is an integer, true is no number."""
    if kind in _ITEMS:
        return isinstance(value, list) and all(_is(item, _ITEMS[kind]) for item in value)
    if kind in ("number", "integer") and isinstance(value, bool):
        return False
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _name(value: Any) -> str:
    named = (name for name in ("null", "boolean", "string", "integer", "number", "array", "object"))
    name = next(name for name in named if _is(value, name))
    return name if name == "null" else f"an {name}" if name[0] in "aio" else f"a {name}"


def csv(text: str, wanted: Table) -> Finding:
    """Check that the answer is rows of CSV and nothing else, but for a code fence around it."""
    asked = f"wants CSV of {wanted.columns} columns"
    try:
        read = csv_format.reader(unfenced(text).strip().splitlines(keepends=True), strict=True)
        rows = [row for row in read if row]
    except csv_format.Error as fault:
        return Finding(False, f"{asked}, cannot be read: {fault}")
    return _rows(asked, rows, wanted)


def table(text: str, wanted: Table) -> Finding:
    """Check the first Markdown table in the answer: its heading, the line below it, its rows."""
    asked = f"wants a table of {wanted.columns} columns"
    found = [_cells(text[start:end]) for start, end in lines(text)]
    rule = next((at for at, row in enumerate(found) if at and _is_rule(row)), None)
    if rule is None:
        return Finding(False, f"{asked}, has none")
    body = list(_until_text(found[rule + 1 :]))
    finding = _rows(asked, [found[rule - 1], found[rule], *body], Table(columns=wanted.columns))
    if not finding.held or not wanted.rows or wanted.rows.holds(len(body)):
        return finding
    return Finding(False, f"{asked} and {wanted.rows.wants('row')}, has {len(body)}")


def _rows(asked: str, rows: list[list[str]], wanted: Table) -> Finding:
    for number, row in enumerate(rows, start=1):
        if len(row) != wanted.columns:
            return Finding(False, f"{asked}, row {number} has {len(row)}")
    if wanted.rows and not wanted.rows.holds(len(rows)):
        return Finding(False, f"{asked} and {wanted.rows.wants('row')}, has {len(rows)}")
    return Finding(True, f"{asked}, has {counted(len(rows), 'row')} of them")


def _cells(line: str) -> list[str]:
    """Return the cells of a table's row, or of any line the one text that it is."""
    return line.replace("\\|", "").strip().removeprefix("|").removesuffix("|").split("|")


def _is_rule(row: list[str]) -> bool:
    return len(row) > 1 and all("-" in cell and not cell.strip().strip(":").strip("-") for cell in row)


def _until_text(rows: list[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if len(row) < 2:
            return
        yield row


# ---- the answer as a whole

_PAIRS = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」", "『": "』"}
_ENDS = " \t\r\n.。!！\"'“”‘’「」"


def one_of(text: str, options: list[str]) -> Finding:
    """Check that the answer is one of the texts, whatever its case, quotes and last full stop."""
    said = narrow(text).strip(_ENDS).casefold()
    held = any(said == narrow(option).strip(_ENDS).casefold() for option in options)
    return Finding(held, f"wants one of {', '.join(options)}, says {text.strip()[:40]!r}")


def quoted(text: str, _: bool) -> Finding:
    """Check that one pair of quotation marks is around the whole answer."""
    whole = text.strip().replace("＂", '"')
    close = _PAIRS.get(whole[0])
    if close is None or len(whole) < 3 or whole[-1] != close:
        return Finding(False, f"wants quotes around all of it, is {whole[:20]!r} to {whole[-20:]!r}")
    depth = 0
    for at, char in enumerate(whole[:-1] if whole[0] != close else ""):
        depth += (char == whole[0]) - (char == close)
        if depth == 0:
            return Finding(False, f"wants quotes around all of it, they close at character {at + 1}")
    return Finding(True, "wants quotes around all of it, has them")


def title(text: str, _: bool) -> Finding:
    """Look for a line that is a title in double angle brackets: <<Rain>>, 《雨》, perhaps after "Title:"."""
    for start, end in lines(text):
        line = text[start:end].strip().lstrip("#").strip()
        for lead in ("Title:", "标题：", "标题:"):
            line = line.removeprefix(lead).lstrip()
        for opened, closed in (("<<", ">>"), ("《", "》")):
            inside = line[len(opened) : -len(closed)]
            if line.startswith(opened) and line.endswith(closed) and WORD.search(inside):
                return Finding(True, "wants a title, has it", (Span(start, end, "title"),))
    return Finding(False, "wants a title in double angle brackets, has none")


def postscript(text: str, markers: list[str]) -> Finding:
    """Look for a line after the first that begins with one of the marks and goes on after it."""
    shown = " or ".join(map(repr, markers))
    for start, end in lines(text)[1:]:
        begin = end - len(text[start:end].lstrip())
        begun = narrow(text[begin:end]).casefold()
        mark = next((mark for mark in markers if begun.startswith(narrow(mark).casefold())), None)
        if mark and WORD.search(text, begin + len(mark)):
            return Finding(
                True, f"wants a postscript with {shown}, has it", (Span(begin, end, "postscript"),)
            )
    return Finding(False, f"wants a postscript with {shown}, has none")


def repeats(text: str, request: str) -> Finding:
    """Check that the answer begins with the request, character by character, and goes on after it."""
    begin = len(text) - len(text.lstrip())
    if not text.startswith(request, begin):
        return Finding(False, f"wants the request repeated first, begins with {text[begin : begin + 40]!r}")
    end = begin + len(request)
    spans = (Span(begin, end, "request"),)
    if not WORD.search(text, end):
        return Finding(False, "wants an answer after the request, has none", spans)
    return Finding(True, "wants the request repeated first, has it", spans)


def sections(text: str, wanted: Sections) -> Finding:
    """Count the numbered headings, written as they are wanted: "SECTION 1" or "Section1"."""
    found = list(re.finditer(rf"(?<!\w){re.escape(wanted.heading)}[^\S\n]?\d{{1,4}}(?!\d)", text))
    said = f"wants {wanted.wants('section')} under {wanted.heading} and a number, has {len(found)}"
    return Finding(wanted.holds(len(found)), said, tuple(Span(*one.span(), "section") for one in found[:50]))


def answers(text: str, wanted: Answers) -> Finding:
    """Count the answers between the lines of separators; no two may be the same."""
    parts = [""]
    for line in text.split("\n"):
        if line.strip() == wanted.separator:
            parts.append("")
        else:
            parts[-1] += f"{line}\n"
    given = [" ".join(part.split()).casefold() for part in parts if WORD.search(part)]
    asked = f"wants {wanted.wants('answer')} between lines of {wanted.separator}"
    if not wanted.holds(len(given)):
        return Finding(False, f"{asked}, has {len(given)}")
    alike = len(given) - len(set(given))
    return Finding(not alike, f"{asked}, {'two are the same' if alike else f'has {len(given)}'}")
