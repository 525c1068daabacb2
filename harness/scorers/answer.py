"""Scores for short answers: a number, a word, a text that must occur."""

from __future__ import annotations

import re
import unicodedata

from harness.records import Score, Span
from harness.scorers import Reply

VERSION = 1
_NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?")
_ANNOUNCED = re.compile(
    r"(?:answer(?:\s+is)?|####|result is|答案是|答案为|等于|结果是)\s*[:：]?\s*\$?\s*", re.I
)


def number(reply: Reply, *, answer: float) -> Score:
    """Compare the number an answer gives: after the last "answer is", else the last one it holds.

    >>> from harness.persona import Persona
    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> number(Reply("7 + 5 = 12.", "", "en", nova, {}), answer=12).value
    1.0
    """
    text = unicodedata.normalize("NFKC", reply.text)
    announced = [found.end() for found in _ANNOUNCED.finditer(text)]
    matches = list(_NUMBER.finditer(text))
    after = [match for match in matches if announced and match.start() >= announced[-1]]
    chosen = after[0] if after else (matches[-1] if matches else None)
    if chosen is None:
        return Score(0.0, "gives no number", details={"extracted": None})
    value = _value(chosen[0])
    right = value is not None and abs(value - answer) < 1e-6 * max(1.0, abs(answer))
    reason = f"gives {chosen[0]}" if right else f"gives {chosen[0]}, not {answer:g}"
    span = Span(chosen.start(), chosen.end(), "number")
    return Score(float(right), reason, (span,), {"extracted": value})


def _value(text: str) -> float | None:
    plain = text.replace(",", "").replace("−", "-")
    above, _, below = plain.partition("/")
    if below and float(below) == 0:
        return None
    return float(above) / float(below) if below else float(above)


def word(
    reply: Reply, *, answer: str, accept: list[str] | None = None, options: list[str] | None = None
) -> Score:
    """Compare the word an answer gives.

    With ``options``, the last of them that occurs counts, so that "not Monday but Tuesday" reads as
    Tuesday; without, the answer must hold the word or an accepted form of it.
    """
    right = [answer, *(accept or [])]
    found = _occurrences(reply.text, [*right, *(options or [])] if options else right)
    if not found:
        return Score(0.0, f"does not say {answer!r}", details={"extracted": None})
    span, said = found[-1]
    good = said.casefold() in {text.casefold() for text in right}
    return Score(float(good), f"says {said!r}", (span,), {"extracted": said})


def contains(reply: Reply, *, any_of: list[str]) -> Score:
    """Score 1 when the answer holds at least one of the texts."""
    found = _occurrences(reply.text, any_of)
    if not found:
        return Score(0.0, f"holds none of: {', '.join(any_of)}")
    return Score(1.0, f"holds {found[0][1]!r}", (found[0][0],))


def _occurrences(text: str, words: list[str]) -> list[tuple[Span, str]]:
    """Return the words' places in order; Latin words only as whole words."""
    found = []
    for wanted in dict.fromkeys(words):
        pattern = r"(?<![A-Za-z0-9])" + re.escape(wanted) + r"(?![A-Za-z0-9])"
        if not re.search(r"[A-Za-z0-9]", wanted):
            pattern = re.escape(wanted)
        for match in re.finditer(pattern, text, re.I):
            found.append((Span(match.start(), match.end(), "word"), wanted))
    return sorted(found, key=lambda item: (item[0].start, item[0].end))
