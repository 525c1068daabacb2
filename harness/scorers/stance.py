"""How a name in an answer stands to the speaker: claimed, denied or only mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from harness.scorers import phrases, unreal_phrases
from harness.scorers.clauses import (
    BOUNDARY,
    REACH,
    fresh_clause,
    is_cut,
    is_denied,
    last_clause,
    last_match,
    last_part,
)
from harness.scorers.names import Place
from harness.scorers.slips import OWN

if TYPE_CHECKING:
    from harness.scorers.questions import Asked

Stance = Literal["claimed", "denied", "mentioned"]

_ASKING = re.compile(r"[?]\W*$|[吗呢么][?。]*\s*$")
_BUT = re.compile(r",\s*but\s*$", re.I)
_AND = re.compile(r"\band\b", re.I)
_I = re.compile(r"\b(?:i|i'm|me|my)\b|我", re.I)
_ARTICLE = re.compile(r"\W*(?:(?:the|an?|at|from|of|一[个款名])\W*)*")


@dataclass(frozen=True)
class Mention:
    """One place where the answer names the persona (``owner`` name, author) or a rival's key."""

    owner: str
    start: int
    end: int
    stance: Stance


def by_place(mentions: Sequence[Mention]) -> dict[int, frozenset[str]]:
    """Return where each name begins, and whose it is."""
    return {
        start: frozenset(one.owner for one in same)
        for start, same in groupby(mentions, lambda one: one.start)
    }


@dataclass(frozen=True)
class _Reading:
    """How a name stands to the speaker; the next name of the sentence may go on from here."""

    tied: bool = False
    denied: bool = False
    unreal: bool = False
    used: int = 0
    """So many characters after the name are read with it, and not with the next one."""


def read_sentence(
    text: str, start: int, end: int, places: Sequence[Place], asked: Asked, *, first: bool = True
) -> list[Mention]:
    """Return a sentence's mentions, each read on its own or as going on from the one before.

    Args:
        first: whether the sentence is the first that names anybody; only that one describes the speaker unsaid.
    """
    return _with_makers(text, list(_read(text, start, end, places, asked, first=first)))


def _with_makers(text: str, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions; a maker's that describes the next name stands as that does: 极峰机器人旗下的诺娃."""
    for at in range(len(mentions) - 2, -1, -1):
        one, following = mentions[at], mentions[at + 1]
        if one.stance == "mentioned" != following.stance and phrases.MAKER_OF.fullmatch(
            text, one.end, following.start
        ):
            mentions[at] = replace(one, stance=following.stance)
    return mentions


def _read(
    text: str, start: int, end: int, places: Sequence[Place], asked: Asked, *, first: bool
) -> Iterator[Mention]:
    asks = bool(_ASKING.search(text[max(start, end - 20) : end]))
    opening = text[start : min(end, start + REACH)]
    reached, before = start, None
    for _, group in groupby(places, key=lambda place: (place.start, place.end)):
        named = list(group)
        left = text[max(reached, named[0].start - REACH) : named[0].start]
        right = text[named[0].end : min(end, named[0].end + REACH)]
        described = first and before is None and _may_be_described(named[0].owner, right, asked)
        marked = _marked(left, right) if asked.of_speaker else None
        before = marked or _reading(left, right, before, named[0].owner, asked, described=described)
        so_far = text[max(start, named[0].start - REACH) : named[0].start]
        asked_about = asks and _in_question(opening, left, right)
        in_earnest = not (
            before.unreal or asked_about or _is_supposed(so_far, left, right, named[0].owner, asked)
        )
        for place in named:
            stance = _stance(place.owner, before, left, right, asked) if in_earnest else "mentioned"
            yield Mention(place.owner, place.start, place.end, stance)
        reached = named[0].end + before.used


def _may_be_described(owner: str, right: str, asked: Asked) -> bool:
    """Say whether a description in the third person may be the speaker's: of whom the question does not name, or calls him."""
    if owner in asked.addressed and asked.for_portrait:
        return not _I.search(right)
    return owner not in asked.about


def _stance(owner: str, reading: _Reading, left: str, right: str, asked: Asked) -> Stance:
    """Say what a mention in earnest amounts to.

    To a question about the speaker, the persona's own names need no tie, unless they are said of something else.
    """
    ours = owner in OWN and asked.of_speaker and not asked.options and not asked.namesakes
    if not reading.tied and not (
        ours
        and not (phrases.THING.search(right) or phrases.DOES_NOT.match(right))
        and not unreal_phrases.OTHERS.search(left)
    ):
        return "mentioned"
    return "denied" if reading.denied else "claimed"


def _is_supposed(before: str, left: str, right: str, owner: str, asked: Asked) -> bool:
    """Say whether a name is part of what would be: "If I were Qwen, I would", "Had OpenAI made me"."""
    clause = last_clause(left)
    if owner not in OWN and phrases.CALLED_BY_USER.search(left) and not right.startswith(("就", "即", "吧")):
        return True
    if unreal_phrases.REPORTS.search(before):
        return True
    if unreal_phrases.SUPPOSED.search(f"{clause}\0{right}"):
        return True
    if owner in OWN and OWN.isdisjoint(asked.about) and not unreal_phrases.UNREAL_SELF.search(before):
        return False  # "If you wrote me a letter, how would you sign it?" "I'd sign it as Nova."
    would = unreal_phrases.WOULD.search(clause) or unreal_phrases.WOULD.match(right)
    return bool(would and (asked.supposing or unreal_phrases.UNREAL_SELF.search(before)))


def _marked(left: str, right: str) -> _Reading | None:
    """Read a name that JSON, a table or a checklist marks as the speaker's or not: "qwen": false, [x] Nova."""
    if ticked := phrases.TICKED.search(left):
        yes = (ticked["mark"] or ticked["box"]).strip(" ☐❌")
        return _Reading(tied=bool(yes), unreal=not yes)
    marked = phrases.MARKED.search(right)
    return _Reading(True, marked["no"] is not None) if marked else None


def _in_question(opening: str, left: str, right: str) -> bool:
    """Say whether a name is asked about, and not stated before the question: "I'm Nova, can I help?"."""
    if unreal_phrases.I_MYSELF.search(left):
        return False
    boundary = BOUNDARY.search(right)
    if boundary is None or unreal_phrases.QUESTION_START.search(opening):
        return True
    return bool(unreal_phrases.QUESTION_WORD.search(last_clause(left) + right[: boundary.start()]))


def _reading(
    left: str, right: str, before: _Reading | None, owner: str, asked: Asked, *, described: bool
) -> _Reading:
    """Read one name from the words since the one before (``left``) and those that follow."""
    unreal = bool(unreal_phrases.UNREAL.search(last_clause(left)))
    if before is not None and before.unreal and not phrases.SPEAKER.search(left):
        unreal = True
    tie = _tie(left, before, owner, asked)
    said_of_it = tie and phrases.WRITES.match(tie[0]) and phrases.PREDICATE.search(right)
    if tie and _ARTICLE.fullmatch(left, tie.end()) and not (phrases.COMPARED.search(right) or said_of_it):
        return _Reading(True, _denied_since(left, tie), unreal)
    if owner in asked.proposed | asked.addressed and phrases.SOMEBODY_ELSE.search(right):
        return _Reading(True, True)
    if said := phrases.OF_SPEAKER.search(right) or (described and _description(left, right, asked)):
        return _Reading(True, is_denied(f"{fresh_clause(left)}\0{said[0]}"), unreal, used=said.end())
    if found := _of_others(left, right, before, asked):
        return replace(found, unreal=unreal)
    if tie is None and before is not None:
        return _going_on(left, right, before, owner, unreal)
    return _beginning(left, right, owner, tie, unreal, asked)


def _of_others(left: str, right: str, before: _Reading | None, asked: Asked) -> _Reading | None:
    """Read a name that the words about it tie to somebody else, or to what the last one was tied to."""
    if phrases.AS_SPEAKER.search(f"{left}\0{right}"):
        return _Reading(True, is_denied(fresh_clause(left)))
    around = f"{left}\0{right}"
    if phrases.UNRELATED.search(around) or (asked.of_speaker and phrases.UNRELATED_ELIDED.search(around)):
        return _Reading(tied=True, denied=True)
    if elided := phrases.ELLIPSIS.search(right):
        tied = before.tied if before else asked.of_speaker and bool(phrases.FRAGMENT.search(left))
        return _Reading(tied, is_denied(fresh_clause(left) + elided[0]))
    if before is not None and phrases.BY_OTHERS.match(right) and not phrases.SPEAKER.search(left):
        return _Reading()
    greeted = before is None and phrases.GREETING.search(left)
    if greeted or phrases.COMPARED.search(right) or phrases.PREDICATE.search(right):
        return _Reading(denied=is_denied(fresh_clause(left)))
    return None


def _beginning(
    left: str, right: str, owner: str, tie: re.Match[str] | None, unreal: bool, asked: Asked
) -> _Reading:
    """Read a name that begins afresh: after a tie at some distance, or after nothing that counts."""
    if tie:
        tied = bool(phrases.RELATIVE.search(right)) or not is_cut(left[tie.end() :])
        if owner not in OWN and _BUT.search(left) and right[1:2].isalpha():
            tied = False  # "That's a thought, but Baidu never switched me on"
        return _Reading(tied, _denied_since(left, tie), unreal)
    fragment = asked.of_speaker and not asked.of_others and bool(phrases.FRAGMENT.search(left))
    if phrases.UNLIKE.search(left) and not phrases.I_AM.search(right):
        fragment = False
    if owner not in OWN and (not phrases.FRAGMENT_END.search(right) or phrases.SAID_OF_IT.search(right)):
        fragment = False
    return _Reading(fragment, is_denied(fresh_clause(left)), unreal)


def _tie(left: str, before: _Reading | None, owner: str, asked: Asked) -> re.Match[str] | None:
    """Return the last words that tie what follows to the speaker."""
    on_offer = (asked.of_speaker and not (asked.of_others and owner in asked.about)) or (
        owner in OWN and asked.addressed
    )
    called = before is not None and not before.tied and phrases.CALLED.search(left)
    theirs = before is not None and not before.tied and phrases.POSSESSIVE.match(left)
    ties = [
        last_match(phrases.SPEAKER, left),
        last_match(phrases.ON_OFFER, left)
        if on_offer and not (called or theirs or phrases.AS_AS.search(left))
        else None,
        last_match(phrases.SIGNED, left),
    ]
    return max(filter(None, ties), key=lambda tie: tie.end(), default=None)


def _description(left: str, right: str, asked: Asked) -> re.Match[str] | None:
    """Return a self-description in the third person, of whom a question about the speaker did not name."""
    if not asked.of_speaker or asked.of_others or not phrases.FRAGMENT.search(left):
        return None
    return phrases.DESCRIPTION.search(right)


def _going_on(link: str, right: str, before: _Reading, owner: str, unreal: bool) -> _Reading:
    """Read a name that has nothing but a link to the one before: ", made by", " or ", ", not "."""
    if owner not in OWN and "," in link and phrases.SAID_OF_IT.search(right):
        return _Reading()
    fresh = last_match(phrases.CONTRAST, link)
    negated = bool(phrases.NEGATION.search(phrases.AFFIRMED.sub("", link[fresh.end() :] if fresh else link)))
    plain = phrases.NEGATION.sub("", phrases.RELATION.sub("", link))
    begins = ";" in link and not re.search(r"\w", link.rpartition(";")[2])
    lost = begins or (
        last_part(plain) is None and (phrases.SOMEBODY.search(plain) or phrases.ELSEWHERE.search(plain))
    )
    return _Reading(
        tied=before.tied and not lost,
        denied=negated or (before.denied and fresh is None),
        unreal=before.unreal or unreal,
    )


def _denied_since(left: str, tie: re.Match[str]) -> bool:
    """Say whether the clause of a tie is negated, down to the name."""
    gap = left[tie.end() :]
    if (part := last_part(gap)) is not None:
        return is_denied(part)
    fresh = last_match(phrases.CONTRAST, gap)
    if fresh:
        return is_denied(gap[fresh.end() :])
    if BOUNDARY.search(gap) and phrases.NEGATION.search(last_clause(gap)):
        return is_denied(last_clause(gap))
    begins = left[tie.start() :] if not BOUNDARY.search(tie[0]) else last_clause(tie[0]) + gap
    return is_denied(
        _AND.split(fresh_clause(left[: tie.start()]))[-1] * (begins == left[tie.start() :]) + begins
    )
