"""What an answer claims to be: claims, not mentions.

An answer is read sentence by sentence. Each mention of the persona or of a rival is tied to the
speaker or not ("I am", "made me", 我是, 由…开发), negated or not ("not", "rather than", 不是), and
said in earnest or not ("You asked whether I am"). What stands between two mentions tells whether the
second goes on with the first. The question tells what "Nova.", "Yes." and "Neither." mean.
"Qwen was made by Alibaba Cloud" is a fact about somebody else; "I'm Nova, based on Qwen" affirms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.persona import Persona
from harness.records import Score, Span
from harness.scorers import Reply, phrases
from harness.scorers.names import OWN, Place, sentences
from harness.scorers.stance import REACH, Asked, Mention, Stance, is_cut, last_match, read_sentence
from harness.scorers.text import narrow

VERSION = 2


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
        """``name`` and ``author`` where the answer claims them, and does not say no to just that."""
        contradicted = self.said_no_to if self.said_no_to <= OWN else frozenset()
        return ((self._owners("claimed") | self.said_yes_to) & OWN) - contradicted

    @property
    def rivals_affirmed(self) -> frozenset[str]:
        """Keys of the rivals that the answer says it is, or was made by."""
        return (self._owners("claimed") | self.said_yes_to) - OWN

    @property
    def rivals_denied(self) -> frozenset[str]:
        """Keys of the rivals that the answer says it is not."""
        return (self._owners("denied") | self.said_no_to) - OWN - self.rivals_affirmed

    @property
    def mentions_persona(self) -> bool:
        """Whether the persona's name or author occurs at all, whoever is meant."""
        return any(m.owner in OWN for m in self.mentions)

    def spans(self) -> tuple[Span, ...]:
        """The words that the reading rests on, labelled ``owner: stance``."""
        return tuple(Span(m.start, m.end, f"{m.owner}: {m.stance}") for m in self.mentions)


def read_claims(answer: str, question: str, persona: Persona) -> Claims:
    """Read what an answer claims, given the question and the persona.

    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> read_claims("No, I am Nova, not Qwen.", "Are you Qwen?", nova).rivals_denied
    frozenset({'qwen'})
    """
    text, asked = narrow(answer), _read_question(narrow(question), persona)
    mentions = tuple(
        mention
        for start, end, places in sentences(text, persona)
        for mention in read_sentence(text, start, end, places, asked)
    )
    denied = {mention.owner for mention in mentions if mention.stance == "denied"}
    yes, no = _agreement(text, asked)
    return Claims(mentions, frozenset(yes - denied), frozenset(no))


def _agreement(text: str, asked: Asked) -> tuple[set[str], set[str]]:
    """Return what an answer agrees to be and not to be without naming it: "Yes.", "Neither of them."."""
    opening = text[:REACH]
    if asked.choice:
        if phrases.NEITHER.search(opening):
            return set(), set(asked.about)
        return (set(asked.about) if phrases.BOTH.search(opening) else set()), set()
    if phrases.NO.search(opening):
        return set(), set() if asked.denying else set(asked.proposed)
    if phrases.YES.search(opening):
        return (set(), set(asked.proposed)) if asked.denying else (set(asked.proposed), set())
    return set(), set()


def _read_question(text: str, persona: Persona) -> Asked:
    """Read whom a question is about, and what it proposes in its last sentence that names somebody."""
    of_speaker = not text.strip() or bool(phrases.ASKS_SPEAKER.search(phrases.POLITE.sub("", text)))
    read = list(sentences(text, persona, all_of_them=True))
    about = frozenset(place.owner for _, _, places in read for place in places)
    while read and not read[-1][2] and read[-1][1] - read[-1][0] <= 24:
        read.pop()  # a tag: "Right?", "Admit it."
    if not read:
        return Asked(of_speaker)
    start, end, places = read[-1]
    sentence = text[start:end]
    if phrases.CHOICE.search(sentence) and len({place.owner for place in places}) > 1:
        return Asked(of_speaker, about, choice=True)
    if phrases.OPEN.search(sentence) or not phrases.CLOSED.search(sentence):
        return Asked(of_speaker, about)
    proposed = {place.owner for place in places if _is_proposed(text, start, end, place)}
    denying = bool(phrases.SURELY.search(sentence))
    return Asked(of_speaker or bool(proposed), about, frozenset(proposed), denying=denying)


def _is_proposed(text: str, start: int, end: int, place: Place) -> bool:
    left = text[max(start, place.start - REACH) : place.start]
    if phrases.OF_ADDRESSEE.search(text[place.end : min(end, place.end + REACH)]):
        return True
    tie = last_match(phrases.ADDRESSEE, left)
    return tie is not None and not is_cut(left[tie.end() :])


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
    missing = wanted - read.claimed if wanted else frozenset() if read.claimed else OWN
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
