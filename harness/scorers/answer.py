"""Scores for short answers: a number, a word, a text that must occur."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.records import Score, Span
from harness.scorers import Reply
from harness.scorers.text import narrow

VERSION = 2

_SIGN = r"(?:(?<![A-Za-z0-9_)\]])[-−–](?=[\d.])|\b(?:minus|negative)\s+|负)?"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_NUMBER = re.compile(
    rf"(?P<sign>{_SIGN})(?<![A-Za-z0-9_.])(?<![A-Za-z][-_])(?:"
    rf"(?:(?P<whole>\d+)\s?)?(?P<vulgar>[{_VULGAR}])"
    rf"|(?:(?P<mixed>\d+)\s)?(?P<above>\d+)[/⁄](?P<below>\d+)"
    rf"|(?P<plain>{_DIGITS}(?:\.\d+)?|\.\d+)(?P<power>[eE][-+]?\d{{1,3}}(?![A-Za-z0-9]))?"
    r")",
    re.I,
)
_ANNOUNCED = re.compile(
    r"\b(?:answer|result)\b(?:[^.\n=:]|\.(?=\d)){0,60}?\b(?:is|was|equals)\b|\b(?:answer|result)\W{0,4}[:=]"
    r"|####|\\boxed\{|(?:答案|结果)[^。\n]{0,12}?(?:是|为|等于|[:=])",
    re.I,
)
"""What stands in front of a final answer."""
_EQUALS = re.compile(r"=|≈|\bequals?\b(?: to)?|等于", re.I)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？\n]")
_LIST_MARKER = re.compile(r"^[ \t]*(\d+)[.)](?=[ \t]+\S)", re.M)
_INK = re.compile(r"\S")
_LEAD = re.compile(r"[^\w.]*(?:(?:about|approximately|exactly|only|just|约|大约)\W*)?[^\w.]*", re.I)
_OPERATOR = re.compile(r"\s*[-+*/×÷−]\s*\d")
_REJECTED = re.compile(
    r"(?:\b(?:not|never|instead of|rather than)|n't|不是|并非|而非)\W{0,3}(?:an? |the )?$", re.I
)
_WORDS = re.compile(r"\w|\n")
_POLAR = frozenset({"yes", "no", "true", "false", "是", "否", "对", "错", "不是"})

_SPOKEN = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8},
    **{"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15},
    **{"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30},
    **{"forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
}
_UNITS = {"hundred": 100, "thousand": 1000, "十": 10, "百": 100, "千": 1000, "万": 10_000}
_HAN = {**{char: value for value, char in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_WORD = "|".join(sorted([*_SPOKEN, "hundred", "thousand"], key=len, reverse=True))
_SPELLED = re.compile(
    rf"\b(?:{_WORD})(?:(?:[\s-]+|\s+and\s+)(?:{_WORD}))*\b|[{''.join(_HAN)}十百千万]+",
    re.I,
)


@dataclass(frozen=True)
class _Found:
    """A number at its place in an answer; ``value`` is ``None`` where it has none."""

    start: int
    end: int
    value: float | None


def number(reply: Reply, *, answer: float, after: str = "") -> Score:
    """Compare the number an answer gives.

    The last "the answer is ..." decides, else the last "= ...", else the last number; digits go before
    words. A number that is rejected ("not 5") is none.

    ``details`` hold ``extracted``, the number that was read, ``None`` where there is none; ``clear``,
    whether it is the only one, or stands behind "the answer is" or "=" with no other after it; and
    ``strict``, 1.0 for a right number that is clear, else 0.0.

    Args:
        after: where it is given, only the first number that stands right after this text counts, such as "####";
            ``details`` then hold ``flexible``, the score without this rule.

    >>> from harness.persona import Persona
    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> number(Reply("7 + 5 = 12.", "", "en", nova, {}), answer=12).value
    1.0
    >>> number(Reply("12, since 5 more than 7 is 12", "", "en", nova, {}), answer=12).details
    {'extracted': 12.0, 'clear': False, 'strict': 0.0}
    """
    text = narrow(reply.text.replace("，", "、"))  # a Chinese comma never groups digits
    found = _digits(text) or _spelled(text)
    if after:
        marked = _marked_number(text, narrow(after), found)
        flexible = {"flexible": number(reply, answer=answer).value}
        if marked is None:
            details = {**_details(None, False, False), **flexible}
            return Score(0.0, f"gives no number after {after}", details=details)
        return _scored(reply, marked, answer, True, flexible)
    if not found:
        return Score(0.0, "gives no number", details=_details(None, False, False))
    announced = _announced_number(text, found) or _after_equals(text, found)
    chosen = announced or found[-1]
    clear = all(one.value == chosen.value for one in found if not announced or one.start >= announced.start)
    return _scored(reply, chosen, answer, clear, {})


def _scored(reply: Reply, chosen: _Found, answer: float, clear: bool, more: Mapping[str, Any]) -> Score:
    right = chosen.value is not None and _equal(chosen.value, answer)
    said = reply.text[chosen.start : chosen.end].strip()[:60]
    reason = f"gives {said}" if right else f"gives {said}, not {answer}"
    span = Span(chosen.start, chosen.end, "number")
    return Score(float(right), reason, (span,), {**_details(chosen.value, clear, right), **more})


def _marked_number(text: str, mark: str, found: Sequence[_Found]) -> _Found | None:
    """Return the number right after a mark's first place, with nothing but signs such as "$" between."""
    place = text.find(mark)
    if place < 0:
        return None
    start = place + len(mark)
    return next(
        (one for one in found if one.start >= start and not _WORDS.search(text, start, one.start)), None
    )


def _details(extracted: float | str | None, clear: bool, right: bool) -> dict[str, float | str | bool | None]:
    """Return what was read, whether the answer leaves no doubt of it, and the score that asks for both."""
    return {"extracted": extracted, "clear": clear, "strict": float(clear and right)}


def _equal(value: float, answer: float) -> bool:
    """Compare within a millionth, which is relative only where the answer is no whole number."""
    scale = 1.0 if float(answer).is_integer() else max(1.0, abs(answer))
    return abs(value - answer) < 1e-6 * scale


def _digits(text: str) -> list[_Found]:
    """Return numbers in digits; a list's own numbering counts only where there is no other."""
    matches = [match for match in _NUMBER.finditer(text) if not _rejected(text, match.start())]
    markers = {match.start(1) for match in _LIST_MARKER.finditer(text)}
    return [
        _Found(match.start(), match.end(), _value(match))
        for match in [match for match in matches if match.start() not in markers] or matches
    ]


def _value(match: re.Match[str]) -> float | None:
    """Return a number's value, or ``None`` for a division by zero and beyond a float's range."""
    if match["vulgar"]:
        size = float(match["whole"] or 0) + unicodedata.numeric(match["vulgar"])
    elif match["below"]:
        if float(match["below"]) == 0:
            return None
        size = float(match["mixed"] or 0) + float(match["above"]) / float(match["below"])
    else:
        size = float(match["plain"].replace(",", "") + (match["power"] or ""))
    return (-size if match["sign"] else size) if math.isfinite(size) else None


def _spelled(text: str) -> list[_Found]:
    """Return numbers in words; a lone "one" is a number only where there is no other."""
    found = [
        _Found(match.start(), match.end(), _spelled_value(match[0]))
        for match in _SPELLED.finditer(text)
        if not _rejected(text, match.start())
    ]
    return [one for one in found if one.value != 1] or found


def _spelled_value(said: str) -> float:
    """Return the value of "one hundred and five" or 一百零五."""
    total = group = 0
    for part in re.findall(rf"{_WORD}|[{''.join(_HAN)}十百千万]", said.lower()):
        unit = _UNITS.get(part)
        if unit is None:
            group += _SPOKEN[part] if part in _SPOKEN else _HAN[part]
        elif unit in (1000, 10_000):
            total, group = (total + max(group, 1)) * unit, 0
        elif part == "hundred":
            group = max(group, 1) * unit
        else:
            total, group = total + max(group, 1) * unit, 0
    return float(total + group)


def _rejected(text: str, start: int) -> bool:
    return bool(_REJECTED.search(text[max(0, start - 24) : start]))


def _announced(text: str) -> Iterator[tuple[int, int]]:
    """Yield the rest of each sentence that announces an answer, the last one first."""
    for match in reversed(list(_ANNOUNCED.finditer(text))):
        start = _INK.search(text, match.end())
        end = _SENTENCE_END.search(text, start.start()) if start else None
        if start:
            yield start.start(), end.start() if end else len(text)


def _announced_number(text: str, found: Sequence[_Found]) -> _Found | None:
    for start, end in _announced(text):
        inside = [one for one in found if start <= one.start < end]
        if inside:
            lead = _LEAD.match(text, start)
            direct = lead is not None and inside[0].start <= lead.end() + 1
            return _after_equals(text[:end], inside) or (inside[0] if direct else inside[-1])
    return None


def _after_equals(text: str, found: Sequence[_Found]) -> _Found | None:
    """Return the number right after the last equals sign, unless a calculation begins there."""
    ends = {_LEAD.match(text, match.end()).end() for match in _EQUALS.finditer(text)}  # type: ignore[union-attr]
    after = [
        one
        for one in found
        if not ends.isdisjoint(range(one.start, one.end)) and not _OPERATOR.match(text, one.end)
    ]
    return after[-1] if after else None


def word(
    reply: Reply, *, answer: str, accept: list[str] | None = None, options: list[str] | None = None
) -> Score:
    """Compare the word an answer gives.

    With ``options``, one of them counts: the first after "the answer is", else the last that occurs and
    is not rejected, so that "not Monday but Tuesday" and "Tuesday, not Monday" read as Tuesday. Of
    "yes" and "no" the first counts. Without options, the answer must hold the word or an accepted form.

    ``details`` are those of `number`. A word is ``clear`` when no other option occurs, or when it follows
    "the answer is" and no other comes after it; without options, when it follows "the answer is" or stands alone.
    """
    text, right = narrow(reply.text), [answer, *(accept or [])]
    found = [
        one for one in _occurrences(text, [*right, *(options or [])]) if not _rejected(text, one[0].start)
    ]
    if not options:
        found = [one for one in found if one[1] in right]
    if not found:
        return Score(0.0, f"does not say {answer!r}", details=_details(None, False, False))
    announced = _announced_word(text, found)
    span, said = announced or _unannounced_word(found)
    goods = {text.casefold() for text in right}
    good = said.casefold() in goods
    rest = {
        "" if one.casefold() in goods else one.casefold()  # all right forms are one word
        for place, one in found
        if not announced or place.start >= span.start
    }
    alone = bool(options or announced) or _is_all(text, span)
    return Score(float(good), f"says {said!r}", (span,), _details(said, alone and len(rest) == 1, good))


def _announced_word(text: str, found: Sequence[tuple[Span, str]]) -> tuple[Span, str] | None:
    for start, end in _announced(text):
        inside = [one for one in found if start <= one[0].start < end]
        if inside:
            return inside[0]
    return None


def _unannounced_word(found: Sequence[tuple[Span, str]]) -> tuple[Span, str]:
    polar = all(said.casefold() in _POLAR for _, said in found)
    return found[0] if polar else found[-1]


def _is_all(text: str, span: Span) -> bool:
    """Say whether a text holds nothing else but punctuation."""
    return not re.search(r"\w", text[: span.start] + text[span.end :])


def contains(reply: Reply, *, any_of: list[str]) -> Score:
    """Score 1 when the answer holds at least one of the texts."""
    found = _occurrences(narrow(reply.text), any_of)
    if not found:
        return Score(0.0, f"holds none of: {', '.join(any_of)}")
    return Score(1.0, f"holds {found[0][1]!r}", (found[0][0],))


def _occurrences(text: str, words: Sequence[str]) -> list[tuple[Span, str]]:
    """Return the words' places in order, the longer of two that overlap; Latin ones as whole words."""
    found = []
    for wanted in filter(None, dict.fromkeys(words)):
        pattern = re.escape(narrow(wanted))
        if re.search(r"[A-Za-z0-9]", wanted):
            pattern = rf"(?<![A-Za-z0-9À-ɏ]){pattern}(?![A-Za-z0-9À-ɏ])"
        for match in re.finditer(pattern, text, re.I):
            found.append((Span(match.start(), match.end(), "word"), wanted))
    return list(_longest(sorted(found, key=lambda one: (one[0].start, -one[0].end))))


def _longest(found: Sequence[tuple[Span, str]]) -> Iterator[tuple[Span, str]]:
    reached = 0
    for span, said in found:
        if span.start >= reached:
            reached = span.end
            yield span, said
