"""Answers held against constraints: one plain function for each kind.

Every check takes time linear in the answer's length and raises on no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from harness.records import Span
from harness.scorers import counting, shapes
from harness.scorers.constraints import Constraint, Keyword, Letter, Paragraph, Range, counted
from harness.scorers.counting import WORD, Place
from harness.scorers.languages import detected
from harness.scorers.sentences import sentences
from harness.scorers.shapes import Finding
from harness.scorers.text import narrow


def check(constraint: Constraint, text: str) -> Finding:
    """Hold an answer against a constraint; an empty one holds none.

    >>> check(Constraint(words={"max": 2}), "Not so short.").said
    'wants at most 2 words, has 3'
    """
    if not text.strip():
        return Finding(False, f"wants {constraint.kind}, is empty")
    return _CHECKS[constraint.kind](text, constraint.value)


# ---- how many


def _counted(wanted: Range, places: Sequence[Place], unit: str) -> Finding:
    """Compare a count; what is too much is shown."""
    most = wanted.max if wanted.count is None else wanted.count
    surplus = places[most:] if most is not None else []
    spans = (Span(surplus[0][0], surplus[-1][1], "too many"),) if surplus else ()
    return Finding(wanted.holds(len(places)), f"wants {wanted.wants(unit)}, has {len(places)}", spans)


def _count(unit: str, find: Callable[[str], Sequence[Place]]) -> Callable[[str, Range], Finding]:
    return lambda text, wanted: _counted(wanted, find(text), unit)


def _characters(text: str, wanted: Range) -> Finding:
    """Count the characters, spaces and punctuation among them, without the blanks around the answer."""
    n = len(text.strip())
    return Finding(wanted.holds(n), f"wants {wanted.wants('character')}, has {n}")


def _numbered(text: str, wanted: Range) -> Finding:
    found = counting.numbered(text)
    finding = _counted(wanted, [place for _, place in found], "numbered item")
    wrong = next((at for at, (number, _) in enumerate(found, start=1) if number != at), None)
    if not finding.held or wrong is None:
        return finding
    number, place = found[wrong - 1]
    said = f"wants items numbered from 1, has {number} as item {wrong}"
    return Finding(False, said, (Span(*place, "numbered otherwise"),))


def _each_line(text: str, wanted: Constraint) -> Finding:
    places = counting.lines(text)
    for number, (start, end) in enumerate(places, start=1):
        finding = check(wanted, text[start:end])
        if not finding.held:
            spans = [Span(start + one.start, start + one.end, one.label) for one in finding.spans]
            return Finding(
                False, f"line {number} {finding.said}", tuple(spans) or (Span(start, end, "line"),)
            )
    return Finding(True, f"wants {wanted.kind} in each of {len(places)} lines, has it")


# ---- which words and letters

_LATIN = "A-Za-z0-9À-ɏ"
_BLANKS = 20
"""How much more white space than it is written with an ending may have."""


@cache
def _pattern(wanted: str, ending: str = "") -> re.Pattern[str]:
    """Return the pattern of a text in a narrowed answer.

    Case is ignored, any white space is as good as a space, and a Latin word is a whole one.
    """
    words = narrow(wanted).split() or [wanted]
    before = rf"(?<![{_LATIN}])" if re.match(rf"[{_LATIN}]", words[0]) else ""
    after = rf"(?![{_LATIN}])" if re.match(rf"[{_LATIN}]", words[-1][-1]) else ""
    return re.compile(before + r"\s++".join(map(re.escape, words)) + after + ending, re.I)


def _starts_with(text: str, wanted: list[str]) -> Finding:
    begin, narrowed = len(text) - len(text.lstrip()), narrow(text)
    found = next(filter(None, (_pattern(one).match(narrowed, begin) for one in wanted)), None)
    said = f"wants to begin with {_either(wanted)}, begins with {text[begin : begin + 40]!r}"
    return Finding(found is not None, said, (Span(*found.span(), "beginning"),) if found else ())


def _ends_with(text: str, wanted: list[str]) -> Finding:
    whole = narrow(text.rstrip())
    for one in wanted:
        if found := _pattern(one, r"\Z").search(whole, max(0, len(whole) - 2 * len(one) - _BLANKS)):
            return Finding(True, f"wants to end with {one!r}, does", (Span(*found.span(), "end"),))
    return Finding(False, f"wants to end with {_either(wanted)}, ends with {whole[-40:]!r}")


def _contains(text: str, wanted: list[str]) -> Finding:
    narrowed, spans = narrow(text), []
    for one in wanted:
        found = _pattern(one).search(narrowed)
        if not found:
            return Finding(False, f"wants {one!r}, lacks it")
        spans.append(Span(*found.span(), "keyword"))
    return Finding(True, f"wants {', '.join(map(repr, wanted))}, has all", tuple(spans))


def _any_of(text: str, wanted: list[str]) -> Finding:
    found = _first_of(text, wanted)
    if found is None:
        return Finding(False, f"wants {_either(wanted)}, has none")
    return Finding(True, f"wants {_either(wanted)}, has {found[0]!r}", (Span(*found[1], "keyword"),))


def _excludes(text: str, banned: list[str]) -> Finding:
    found = _first_of(text, banned)
    if found is None:
        return Finding(True, f"wants no {_either(banned)}, has none")
    return Finding(False, f"wants no {found[0]!r}, has it", (Span(*found[1], "forbidden"),))


def _first_of(text: str, texts: list[str]) -> tuple[str, Place] | None:
    """Return the first of the texts that the answer has, and where."""
    narrowed = narrow(text)
    found = ((one, _pattern(one).search(narrowed)) for one in texts)
    return next(((one, match.span()) for one, match in found if match), None)


def _keyword(text: str, wanted: Keyword) -> Finding:
    found = [match.span() for match in _pattern(wanted.text).finditer(narrow(text))]
    finding = _counted(wanted, found, "time")
    return Finding(finding.held, f"{wanted.text!r}: {finding.said}", finding.spans)


def _letter(text: str, wanted: Letter) -> Finding:
    letter = re.compile(re.escape(narrow(wanted.text)), re.I)
    found = [match.span() for match in letter.finditer(narrow(text))]
    finding = _counted(wanted, found, "time")
    return Finding(finding.held, f"{wanted.text!r}: {finding.said}", finding.spans)


def _either(texts: Sequence[str]) -> str:
    return " or ".join(map(repr, texts))


def _language(text: str, wanted: str) -> Finding:
    name = {"en": "English", "zh": "Chinese"}.get(wanted, wanted)
    found = counting.language(text) if name != wanted else detected(text)
    return Finding(found == name, f"wants {name}, is {found}")


def _paragraph(text: str, wanted: Paragraph) -> Finding:
    """Look at the first words of one paragraph, behind quotation marks and Markdown's signs."""
    places = counting.paragraphs(text)
    asked = f"wants paragraph {wanted.number} to begin with {_either(wanted.starts_with)}"
    if len(places) < wanted.number:
        return Finding(False, f"{asked}, has {counted(len(places), 'paragraph')}")
    start, end = places[wanted.number - 1]
    begin = start + len(_BEFORE_WORD.match(text, start, end)[0])  # type: ignore[index]  # it matches nothing, too
    narrowed = narrow(text)
    found = next(
        filter(None, (_pattern(one).match(narrowed, begin, end) for one in wanted.starts_with)), None
    )
    said = f"{asked}, begins with {text[begin : min(end, begin + 40)]!r}"
    return Finding(found is not None, said, (Span(*found.span(), "beginning"),) if found else ())


_BEFORE_WORD = re.compile(r"""[\s"'“‘「『*_#>]*+""")


def _case(text: str, wanted: Literal["upper", "lower"]) -> Finding:
    """Look for letters of the other case; a text without letters that have one is in neither."""
    if text.isupper() if wanted == "upper" else text.islower():
        return Finding(True, f"wants {wanted} case, has it")
    turned = str.upper if wanted == "upper" else str.lower
    wrong = next((match for match in WORD.finditer(text) if turned(match[0]) != match[0]), None)
    if wrong is None:
        return Finding(False, f"wants {wanted} case, has no letters in it")
    return Finding(False, f"wants {wanted} case, has {wrong[0][:40]!r}", (Span(*wrong.span(), "case"),))


_COMMA = re.compile(r"[,，﹐､،]")


def _no_commas(text: str, _: bool) -> Finding:
    found = _COMMA.search(text)
    said = f"wants no commas, has {'one' if found else 'none'}"
    return Finding(not found, said, (Span(*found.span(), "comma"),) if found else ())


_CHECKS: Mapping[str, Callable[[str, Any], Finding]] = {
    "words": _count("word", counting.words),
    "characters": _characters,
    "sentences": _count("sentence", sentences),
    "paragraphs": _count("paragraph", counting.paragraphs),
    "lines": _count("line", counting.lines),
    "bullets": _count("bullet", counting.bullets),
    "numbered": _numbered,
    "placeholders": _count("placeholder", counting.placeholders),
    "highlights": _count("highlighted section", counting.highlights),
    "each_line": _each_line,
    "language": _language,
    "sections": shapes.sections,
    "paragraph": _paragraph,
    "capital_words": _count("capital word", counting.capital_words),
    "case": _case,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "contains": _contains,
    "any_of": _any_of,
    "excludes": _excludes,
    "keyword": _keyword,
    "letter": _letter,
    "no_commas": _no_commas,
    "one_of": shapes.one_of,
    "quoted": shapes.quoted,
    "title": shapes.title,
    "postscript": shapes.postscript,
    "repeats": shapes.repeats,
    "answers": shapes.answers,
    "json": shapes.json,
    "csv": shapes.csv,
    "table": shapes.table,
}
