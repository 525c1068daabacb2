"""How a name in an answer stands to the speaker: claimed, denied or only mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from harness.scorers import phrases
from harness.scorers.names import Place

Stance = Literal["claimed", "denied", "mentioned"]

_ASKING = re.compile(r"[?]\W*$|[吗呢么][?。]*\s*$")
_BOUNDARY = re.compile(r"[,;:()]|--|—|–")
_PART = re.compile(r"[,;(—–]|\band\b")
_ARTICLE = re.compile(r"\W*(?:(?:the|an?|at|from|of|一[个款名])\W*)*")
REACH = 240
"""How far around a name is read, in characters."""


@dataclass(frozen=True)
class Mention:
    """One place where the answer names the persona (``owner`` name, author) or a rival's key."""

    owner: str
    start: int
    end: int
    stance: Stance


@dataclass(frozen=True)
class Asked:
    """What a question means for its answer.

    ``about``: the owners it names. ``proposed``: those it proposes to the speaker, "Are you Qwen?".
    ``choice``: it offers several of them. ``denying``: its "yes" denies, "Are you sure you aren't Qwen?".
    """

    of_speaker: bool
    about: frozenset[str] = frozenset()
    proposed: frozenset[str] = frozenset()
    choice: bool = False
    denying: bool = False


@dataclass(frozen=True)
class _Reading:
    """How a name stands to the speaker; the next name of the sentence may go on from here."""

    tied: bool = False
    denied: bool = False
    unreal: bool = False
    used: int = 0
    """So many characters after the name are read with it, and not with the next one."""


def read_sentence(
    text: str, start: int, end: int, places: Sequence[Place], asked: Asked
) -> Iterator[Mention]:
    """Yield a sentence's mentions, each read on its own or as going on from the one before."""
    asks = bool(_ASKING.search(text[max(start, end - 20) : end]))
    opening = text[start : min(end, start + REACH)]
    reached, before = start, None
    for _, group in groupby(places, key=lambda place: (place.start, place.end)):
        named = list(group)
        left = text[max(reached, named[0].start - REACH) : named[0].start]
        right = text[named[0].end : min(end, named[0].end + REACH)]
        before = _reading(left, right, before, named[0].owner, asked)
        in_earnest = not before.unreal and not (asks and _in_question(opening, left, right))
        for place in named:
            stance = _stance(place.owner, before, right) if in_earnest else "mentioned"
            yield Mention(place.owner, place.start, place.end, stance)
        reached = named[0].end + before.used


def _stance(owner: str, reading: _Reading, right: str) -> Stance:
    """Say what a mention in earnest amounts to; the persona's needs no tie, unless it names a thing."""
    tied = reading.tied or owner == "author" or (owner == "name" and not phrases.THING.search(right))
    if not tied:
        return "mentioned"
    return "denied" if reading.denied else "claimed"


def _in_question(opening: str, left: str, right: str) -> bool:
    """Say whether a name is asked about, and not stated before the question: "I'm Nova, can I help?"."""
    boundary = _BOUNDARY.search(right)
    if boundary is None or phrases.QUESTION_START.search(opening):
        return True
    return bool(phrases.QUESTION_WORD.search(_clause(left) + right[: boundary.start()]))


def _reading(left: str, right: str, before: _Reading | None, owner: str, asked: Asked) -> _Reading:
    """Read one name from the words since the one before (``left``) and those that follow."""
    unreal = bool(phrases.UNREAL.search(_clause(left)))
    tie = _tie(left, asked)
    if tie and _ARTICLE.fullmatch(left, tie.end()) and not phrases.COMPARED.search(right):
        return _Reading(True, _denied_since(left, tie), unreal)
    if phrases.AS_SPEAKER.search(f"{left}\0{right}"):
        return _Reading(True, _denies(_fresh(left)), unreal)
    if said := phrases.OF_SPEAKER.search(right) or _description(left, right, before, owner, asked):
        return _Reading(True, _denies(_fresh(left) + said[0]), unreal, used=said.end())
    if found := _of_others(left, right, before):
        return replace(found, unreal=unreal)
    if tie is None and before is not None:
        return _going_on(left, before, unreal)
    return _beginning(left, right, tie, unreal, asked)


def _of_others(left: str, right: str, before: _Reading | None) -> _Reading | None:
    """Read a name that the words about it tie to somebody else, or to what the last one was tied to."""
    if phrases.UNRELATED.search(f"{left}\0{right}"):
        return _Reading(tied=True, denied=True)
    if before is not None and phrases.ELLIPSIS.search(right):
        return _Reading(before.tied, _denies(_fresh(left)))
    greeted = before is None and phrases.GREETING.search(left)
    if greeted or phrases.COMPARED.search(right) or phrases.PREDICATE.search(right):
        return _Reading(denied=_denies(_fresh(left)))
    return None


def _beginning(left: str, right: str, tie: re.Match[str] | None, unreal: bool, asked: Asked) -> _Reading:
    """Read a name that begins afresh: after a tie at some distance, or after nothing that counts."""
    if tie:
        tied = bool(phrases.RELATIVE.search(right)) or not is_cut(left[tie.end() :])
        return _Reading(tied, _denied_since(left, tie), unreal)
    fragment = asked.of_speaker and bool(phrases.FRAGMENT.search(left))
    return _Reading(fragment, _denies(_fresh(left)), unreal)


def _tie(left: str, asked: Asked) -> re.Match[str] | None:
    """Return the last words that tie what follows to the speaker."""
    ties = [
        last_match(phrases.SPEAKER, left),
        last_match(phrases.ON_OFFER, left) if asked.of_speaker else None,
    ]
    return max(filter(None, ties), key=lambda tie: tie.end(), default=None)


def _description(
    left: str, right: str, before: _Reading | None, owner: str, asked: Asked
) -> re.Match[str] | None:
    """Return a self-description in the third person, of whom a question about the speaker did not name."""
    if (
        before is not None
        or not asked.of_speaker
        or owner in asked.about
        or not phrases.FRAGMENT.search(left)
    ):
        return None
    return phrases.DESCRIPTION.search(right)


def _going_on(link: str, before: _Reading, unreal: bool) -> _Reading:
    """Read a name that has nothing but a link to the one before: ", made by", " or ", ", not "."""
    fresh = last_match(phrases.CONTRAST, link)
    negated = bool(phrases.NEGATION.search(phrases.AFFIRMED.sub("", link[fresh.end() :] if fresh else link)))
    plain = phrases.RELATION.sub("", phrases.NEGATION.sub("", link))
    lost = not _is_attached(plain) and (phrases.SOMEBODY.search(plain) or phrases.ELSEWHERE.search(plain))
    return _Reading(
        tied=before.tied and not lost,
        denied=negated or (before.denied and fresh is None),
        unreal=before.unreal or unreal,
    )


def is_cut(gap: str) -> bool:
    """Say whether the words between a tie and a name lead elsewhere: "I can tell you about"."""
    gap = phrases.AFFIRMED.sub("", phrases.RELATION.sub("", gap))
    if _is_attached(gap):
        return False
    last = gap.rpartition("的")[2]  # in Chinese, what stands before it describes what follows
    return bool(phrases.ELSEWHERE.search(last)) or len(last) > 90


def _is_attached(gap: str) -> bool:
    """Say whether a gap's last part goes back to the speaker: "I help with letters, made by"."""
    part = last_match(_PART, gap)
    return part is not None and bool(phrases.ATTACHED.search(gap[part.end() :]))


def _denied_since(left: str, tie: re.Match[str]) -> bool:
    """Say whether the clause of a tie is negated, down to the name."""
    gap = left[tie.end() :]
    part = last_match(_PART, gap)
    if part and phrases.ATTACHED.search(gap[part.end() :]):
        return _denies(gap[part.end() :])
    fresh = last_match(phrases.CONTRAST, gap)
    return _denies(gap[fresh.end() :] if fresh else _fresh(left[: tie.start()]) + left[tie.start() :])


def _denies(words: str) -> bool:
    """Say whether words negate what follows: an odd number of negations, or "neither"."""
    words = phrases.AFFIRMED.sub("", words)
    found = phrases.NEGATION.findall(words)
    return len(found) % 2 == 1 or any(word.lower() in ("neither", "nor") for word in found)


def _fresh(left: str) -> str:
    """Return the last clause of some words, without what a "but" has put aside."""
    clause = _clause(left)
    contrast = last_match(phrases.CONTRAST, clause)
    return clause[contrast.end() :] if contrast else clause


def _clause(left: str) -> str:
    boundary = last_match(_BOUNDARY, left)
    return left[boundary.end() :] if boundary else left


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return a pattern's last match in a text, or ``None``."""
    found = None
    for match in pattern.finditer(text):
        found = match
    return found
