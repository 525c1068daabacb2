"""Clauses: where one begins, whether it is negated, whether it leads elsewhere."""

from __future__ import annotations

import re

from harness.scorers import phrases

REACH = 240
"""How far around a name is read, in characters."""
BOUNDARY = re.compile(r"[,;:()]|--|—|–")
_NEW_SUBJECT = re.compile(r"[,;]\s*(?:(?:and|but|so)\s+)?(?:i|we|it|they|you|that|this)\b(?!')", re.I)
CUT_OFF = re.compile(r"[^\w\0\1]*(?:and |but |or )?not\s*", re.I)
"""A last clause where an answer was cut off: what it would negate is not said."""
_PART = re.compile(r"[,;(—–]|\band\b")


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return a pattern's last match in a text, or ``None``."""
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def last_clause(left: str) -> str:
    """Return the words since the last comma or the like."""
    boundary = last_match(BOUNDARY, left)
    return left[boundary.end() :] if boundary else left


def fresh_clause(left: str) -> str:
    """Return the last clause of some words, without what a "but" has put aside.

    >>> fresh_clause("no, I am not Qwen but")
    ''
    """
    clause = last_clause(left)
    contrast = last_match(phrases.CONTRAST, clause)
    return clause[contrast.end() :] if contrast else clause


def last_part(gap: str) -> str | None:
    """Return the last part of some words where it goes back to the speaker: "I help with letters, made by"."""
    part = last_match(_PART, gap)
    return gap[part.end() :] if part and phrases.ATTACHED.search(gap[part.end() :]) else None


def is_cut(gap: str) -> bool:
    """Say whether the words between a tie and a name lead elsewhere: "I can tell you about"."""
    if _NEW_SUBJECT.search(gap):
        return True
    gap = phrases.AFFIRMED.sub("", phrases.RELATION.sub("", gap))
    if last_part(gap) is not None:
        return False
    last = gap.rpartition("的")[2]  # in Chinese, what stands before it describes what follows
    return bool(phrases.ELSEWHERE.search(last)) or len(last) > 90


def is_denied(words: str) -> bool:
    """Say whether words negate what follows: an odd number of negations, or "neither".

    >>> is_denied("I am not"), is_denied("I can't say that I am not")
    (True, False)
    """
    found = phrases.NEGATION.findall(phrases.AFFIRMED.sub("", words))
    return len(found) % 2 == 1 or any(word.lower() in ("neither", "nor") for word in found)
