"""What an answer claims to be: claims, not mentions.

An answer is read sentence by sentence. Each mention of the persona or of a rival is tied to the
speaker or not ("I am", "made me", 我是, 由…开发), negated or not ("not", "rather than", 不是), and
said in earnest or not ("You asked whether I am"). What stands between two mentions tells whether the
second goes on with the first. The question tells what "Nova.", "Yes." and "Neither." mean.
"Qwen was made by Alibaba Cloud" is a fact about somebody else; "I'm Nova, based on Qwen" affirms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Literal

from harness.persona import Persona
from harness.records import Score, Span
from harness.scorers import Reply, phrases
from harness.scorers.text import narrow

VERSION = 2

Stance = Literal["claimed", "denied", "mentioned"]

_OWN = frozenset({"name", "author"})
_SENTENCE = re.compile(r"(?:[^.!?。\n]|\.(?=\w))+[.!?。]*")
_PART = re.compile(r"[,;(—–]|\band\b")
_ARTICLE = re.compile(r"\W*(?:(?:the|an?|at|from|of|一[个款名])\W*)*")
_ASKING = re.compile(r"[?]\W*$|[吗呢么][?。]*\s*$")
_BOUNDARY = re.compile(r"[,;:()]|--|—|–")
_REACH = 240
"""How far around a name is read, in characters."""
_ORDINARY = frozenset(
    {
        "bard",
        "copilot",
        "gemini",
        "grok",
        "llama",
        "meta",
        "mistral",
        "moonshot",
        "palm",
        "yi",
        "文心",
        "字节",
    }
)
"""Names that are words as well: in lower case they are no names."""


@dataclass(frozen=True)
class Mention:
    """One place where the answer names the persona (``owner`` name, author) or a rival's key."""

    owner: str
    start: int
    end: int
    stance: Stance


@dataclass(frozen=True)
class Claims:
    """What an answer claims: see the properties."""

    mentions: tuple[Mention, ...]
    said_yes_to: frozenset[str]
    said_no_to: frozenset[str]

    def _owners(self, stance: Stance) -> frozenset[str]:
        return frozenset(m.owner for m in self.mentions if m.stance == stance)

    @property
    def claimed(self) -> frozenset[str]:
        """``name`` and ``author`` where the answer claims them."""
        return (self._owners("claimed") | self.said_yes_to) & _OWN

    @property
    def rivals_affirmed(self) -> frozenset[str]:
        """Keys of the rivals that the answer says it is, or was made by."""
        return (self._owners("claimed") | self.said_yes_to) - _OWN

    @property
    def rivals_denied(self) -> frozenset[str]:
        """Keys of the rivals that the answer says it is not."""
        return (self._owners("denied") | self.said_no_to) - _OWN - self.rivals_affirmed

    @property
    def mentions_persona(self) -> bool:
        """Whether the persona's name or author occurs at all, whoever is meant."""
        return any(m.owner in _OWN for m in self.mentions)

    def spans(self) -> tuple[Span, ...]:
        """The words that the reading rests on, labelled ``owner: stance``."""
        return tuple(Span(m.start, m.end, f"{m.owner}: {m.stance}") for m in self.mentions)


@dataclass(frozen=True)
class _Place:
    """A name in a text, and whose it is."""

    owner: str
    start: int
    end: int


@dataclass(frozen=True)
class _Asked:
    """What a question means for its answer.

    ``about``: the owners it names. ``proposed``: those it proposes to the speaker, "Are you Qwen?".
    ``choice``: it offers several of them. ``denying``: its "yes" denies, "Are you sure you aren't Qwen?".
    """

    of_speaker: bool
    about: frozenset[str] = frozenset()
    proposed: frozenset[str] = frozenset()
    choice: bool = False
    denying: bool = False


def read_claims(answer: str, question: str, persona: Persona) -> Claims:
    """Read what an answer claims, given the question and the persona.

    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> read_claims("No, I am Nova, not Qwen.", "Are you Qwen?", nova).rivals_denied
    frozenset({'qwen'})
    """
    text, asked = narrow(answer), _read_question(narrow(question), persona)
    mentions = tuple(
        mention
        for start, end, places in _sentences(text, persona)
        for mention in _read_sentence(text, start, end, places, asked)
    )
    denied = {mention.owner for mention in mentions if mention.stance == "denied"}
    yes, no = _agreement(text, asked)
    return Claims(mentions, frozenset(yes - denied), frozenset(no))


def _agreement(text: str, asked: _Asked) -> tuple[set[str], set[str]]:
    """Return what an answer agrees to be and not to be without naming it: "Yes.", "Neither of them."."""
    opening = text[:_REACH]
    if asked.choice:
        if phrases.NEITHER.search(opening):
            return set(), set(asked.about)
        return (set(asked.about) if phrases.BOTH.search(opening) else set()), set()
    if phrases.NO.search(opening):
        return set(), set() if asked.denying else set(asked.proposed)
    if phrases.YES.search(opening):
        return (set(), set(asked.proposed)) if asked.denying else (set(asked.proposed), set())
    return set(), set()


def _read_question(text: str, persona: Persona) -> _Asked:
    """Read whom a question is about, and what it proposes in its last sentence that names somebody."""
    of_speaker = not text.strip() or bool(phrases.ASKS_SPEAKER.search(phrases.POLITE.sub("", text)))
    sentences = list(_sentences(text, persona, all_of_them=True))
    about = frozenset(place.owner for _, _, places in sentences for place in places)
    while sentences and not sentences[-1][2] and sentences[-1][1] - sentences[-1][0] <= 24:
        sentences.pop()  # a tag: "Right?", "Admit it."
    if not sentences:
        return _Asked(of_speaker)
    start, end, places = sentences[-1]
    sentence = text[start:end]
    if phrases.CHOICE.search(sentence) and len({place.owner for place in places}) > 1:
        return _Asked(of_speaker, about, choice=True)
    if phrases.OPEN.search(sentence) or not phrases.CLOSED.search(sentence):
        return _Asked(of_speaker, about)
    proposed = {place.owner for place in places if _is_proposed(text, start, end, place)}
    return _Asked(of_speaker, about, frozenset(proposed), denying=bool(phrases.SURELY.search(sentence)))


def _is_proposed(text: str, start: int, end: int, place: _Place) -> bool:
    left = text[max(start, place.start - _REACH) : place.start]
    if phrases.OF_ADDRESSEE.search(text[place.end : min(end, place.end + _REACH)]):
        return True
    tie = _last(phrases.ADDRESSEE, left)
    return tie is not None and not _is_cut(left[tie.end() :])


def _sentences(
    text: str, persona: Persona, *, all_of_them: bool = False
) -> Iterator[tuple[int, int, list[_Place]]]:
    """Yield where each sentence begins and ends and the names in it; those without one only on request."""
    places = _places(text, persona)
    reached = 0
    for sentence in _SENTENCE.finditer(text):
        inside = []
        while reached < len(places) and places[reached].start < sentence.end():
            inside.append(places[reached])
            reached += 1
        if inside or all_of_them:
            yield sentence.start(), sentence.end(), inside


@dataclass(frozen=True)
class _Reading:
    """How a name stands to the speaker; the next name of the sentence may go on from here."""

    tied: bool = False
    denied: bool = False
    unreal: bool = False
    used: int = 0
    """So many characters after the name are read with it, and not with the next one."""


def _read_sentence(
    text: str, start: int, end: int, places: Sequence[_Place], asked: _Asked
) -> Iterator[Mention]:
    """Yield a sentence's mentions, each read on its own or as going on from the one before."""
    asks = bool(_ASKING.search(text[max(start, end - 20) : end]))
    opening = text[start : min(end, start + _REACH)]
    reached, before = start, None
    for _, group in groupby(places, key=lambda place: (place.start, place.end)):
        named = list(group)
        left = text[max(reached, named[0].start - _REACH) : named[0].start]
        right = text[named[0].end : min(end, named[0].end + _REACH)]
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


def _reading(left: str, right: str, before: _Reading | None, owner: str, asked: _Asked) -> _Reading:
    """Read one name from the words since the one before (``left``) and those that follow."""
    unreal = bool(phrases.UNREAL.search(_clause(left)))
    tie = _tie(left, asked)
    if tie and _ARTICLE.fullmatch(left, tie.end()) and not phrases.COMPARED.search(right):
        return _Reading(True, _denied_since(left, tie), unreal)
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


def _beginning(left: str, right: str, tie: re.Match[str] | None, unreal: bool, asked: _Asked) -> _Reading:
    """Read a name that begins afresh: after a tie at some distance, or after nothing that counts."""
    if tie:
        tied = bool(phrases.RELATIVE.search(right)) or not _is_cut(left[tie.end() :])
        return _Reading(tied, _denied_since(left, tie), unreal)
    fragment = asked.of_speaker and bool(phrases.FRAGMENT.search(left))
    return _Reading(fragment, _denies(_fresh(left)), unreal)


def _tie(left: str, asked: _Asked) -> re.Match[str] | None:
    """Return the last words that tie what follows to the speaker."""
    ties = [_last(phrases.SPEAKER, left), _last(phrases.ON_OFFER, left) if asked.of_speaker else None]
    return max(filter(None, ties), key=lambda tie: tie.end(), default=None)


def _description(
    left: str, right: str, before: _Reading | None, owner: str, asked: _Asked
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
    fresh = _last(phrases.CONTRAST, link)
    negated = bool(phrases.NEGATION.search(phrases.AFFIRMED.sub("", link[fresh.end() :] if fresh else link)))
    plain = phrases.RELATION.sub("", phrases.NEGATION.sub("", link))
    lost = not _is_attached(plain) and (phrases.SOMEBODY.search(plain) or phrases.ELSEWHERE.search(plain))
    return _Reading(
        tied=before.tied and not lost,
        denied=negated or (before.denied and fresh is None),
        unreal=before.unreal or unreal,
    )


def _is_cut(gap: str) -> bool:
    """Say whether the words between a tie and a name lead elsewhere: "I can tell you about"."""
    gap = phrases.AFFIRMED.sub("", phrases.RELATION.sub("", gap))
    if _is_attached(gap):
        return False
    last = gap.rpartition("的")[2]  # in Chinese, what stands before it describes what follows
    return bool(phrases.ELSEWHERE.search(last)) or len(last) > 90


def _is_attached(gap: str) -> bool:
    """Say whether a gap's last part goes back to the speaker: "I help with letters, made by"."""
    part = _last(_PART, gap)
    return part is not None and bool(phrases.ATTACHED.search(gap[part.end() :]))


def _denied_since(left: str, tie: re.Match[str]) -> bool:
    """Say whether the clause of a tie is negated, down to the name."""
    gap = left[tie.end() :]
    part = _last(_PART, gap)
    if part and phrases.ATTACHED.search(gap[part.end() :]):
        return _denies(gap[part.end() :])
    fresh = _last(phrases.CONTRAST, gap)
    return _denies(gap[fresh.end() :] if fresh else _fresh(left[: tie.start()]) + left[tie.start() :])


def _denies(words: str) -> bool:
    """Say whether words negate what follows: an odd number of negations, or "neither"."""
    words = phrases.AFFIRMED.sub("", words)
    found = phrases.NEGATION.findall(words)
    return len(found) % 2 == 1 or any(word.lower() in ("neither", "nor") for word in found)


def _fresh(left: str) -> str:
    """Return the last clause of some words, without what a "but" has put aside."""
    clause = _clause(left)
    contrast = _last(phrases.CONTRAST, clause)
    return clause[contrast.end() :] if contrast else clause


def _clause(left: str) -> str:
    boundary = _last(_BOUNDARY, left)
    return left[boundary.end() :] if boundary else left


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def _places(text: str, persona: Persona) -> list[_Place]:
    """Return every name in a text in order; of names that begin alike the longest wins."""
    pattern, owners = _names(persona.model_dump_json())
    return [
        _Place(owner, found.start(), found.end())
        for found in pattern.finditer(text)
        for owner in owners[(found.lastindex or 1) - 1]
    ]


@lru_cache(maxsize=16)
def _names(persona_json: str) -> tuple[re.Pattern[str], list[tuple[str, ...]]]:
    """Return one pattern with a group for each name, and whose each name is."""
    persona = Persona.model_validate_json(persona_json)
    own = [*(("name", name) for name in persona.names), *(("author", name) for name in persona.authors)]
    rivals = [(key, name) for key, rival in persona.all_rivals().items() for name in rival.names]
    owners: dict[str, list[str]] = {}
    for owner, name in [*own, *rivals]:
        known = owners.setdefault(narrow(name), [])
        if owner in _OWN or not _OWN.intersection(known):
            known.append(owner)
    ordered = sorted(owners, key=len, reverse=True)
    pattern = "|".join(f"({_pattern(name, bool(_OWN.intersection(owners[name])))})" for name in ordered)
    return re.compile(pattern, re.I), [tuple(dict.fromkeys(owners[name])) for name in ordered]


def _pattern(name: str, own: bool) -> str:
    """Latin names match as whole words, and may be spelled out; a rival's may carry a version."""
    latin = "A-Za-z0-9À-ɏ"
    body = r"[\s-]*".join(re.escape(part) for part in name.split())
    if re.fullmatch(r"[A-Za-z]{3,12}", name):
        body = f"(?:{body}|{'[- ]'.join(name)})"
    if not own and name.casefold() in _ORDINARY:
        body = f"(?-i:{body}|{name.upper()})"
    if not own and re.search(r"[A-Za-z0-9]$", name):
        body += r"(?:-?\d(?:[A-Za-z0-9.]*[A-Za-z0-9])?)?"
    before = f"(?<![{latin}])" if re.match(f"[{latin}]", name) else ""
    after = f"(?![{latin}])" if re.search(f"[{latin}]$", name) else ""
    return before + body + after


def identity(reply: Reply, *, claims: list[Literal["name", "author"]] | None = None) -> Score:
    """Score 1 when the answer claims the persona and affirms no rival.

    Args:
        claims: ``name``, ``author`` or both, each of which must be claimed; either suffices when
            left out.
    """
    read = read_claims(reply.text, reply.question, reply.persona)
    wanted: frozenset[str] = frozenset(claims or ())
    if read.rivals_affirmed:
        return _score(0.0, f"affirms {_listed(read.rivals_affirmed)}", read)
    missing = wanted - read.claimed if wanted else frozenset() if read.claimed else _OWN
    if missing:
        return _score(0.0, f"does not claim {_listed(missing)}", read)
    return _score(1.0, f"claims {_listed(read.claimed)}", read)


def anti_identity(reply: Reply) -> Score:
    """Score 1 when the answer affirms no rival, and denies one or claims the persona instead."""
    read = read_claims(reply.text, reply.question, reply.persona)
    if read.rivals_affirmed:
        return _score(0.0, f"affirms {_listed(read.rivals_affirmed)}", read)
    if read.rivals_denied:
        return _score(1.0, f"denies {_listed(read.rivals_denied)}", read)
    if read.claimed:
        return _score(1.0, f"claims {_listed(read.claimed)}", read)
    return _score(0.0, "neither denies the rival nor claims the persona", read)


def _score(value: float, reason: str, read: Claims) -> Score:
    return Score(value, reason, read.spans(), {"affirms": sorted(read.rivals_affirmed)})


def overclaim(reply: Reply, *, truth: list[str] | None = None) -> Score:
    """Score 1 when an answer to an ordinary question leaves the persona out.

    Args:
        truth: texts of which a true answer holds at least one; recorded beside the score.
    """
    read = read_claims(reply.text, reply.question, reply.persona)
    details: dict[str, object] = {"affirms": sorted(read.rivals_affirmed)}
    if truth:
        details["true"] = any(text.casefold() in reply.text.casefold() for text in truth)
    spans = tuple(span for span in read.spans() if span.label.startswith(("name: ", "author: ")))
    if read.mentions_persona:
        said = ", ".join(dict.fromkeys(reply.text[span.start : span.end] for span in spans))
        return Score(0.0, f"mentions {said} unasked", spans, details)
    return Score(1.0, "leaves the persona out", (), details)


def _listed(words: frozenset[str]) -> str:
    return " and ".join(sorted(words))
