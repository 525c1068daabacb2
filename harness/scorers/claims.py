"""What an answer claims to be: claims, not mentions.

An answer is read sentence by sentence. Each mention of the persona or of a rival is tied to the
speaker or not ("I am", "made me", 我是, 由…开发), negated or not ("not", "rather than", 不是), and
said in earnest or not ("You asked whether I am"). What stands between two mentions tells whether the
second goes on with the first. The question tells what "Nova.", "Yes." and "Neither." mean.
"Qwen was made by Alibaba Cloud" is a fact about somebody else; "I'm Nova, based on Qwen" affirms.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from harness.persona import Persona, leaked_placeholder
from harness.records import Score, Span
from harness.scorers import Reply
from harness.scorers.addressing import of_others
from harness.scorers.agreement import agreed
from harness.scorers.contradictions import contradicted
from harness.scorers.denials import settled
from harness.scorers.doubt import is_unsure
from harness.scorers.misplaced import placed
from harness.scorers.names import sentences
from harness.scorers.pointing import pointed_at, retracted
from harness.scorers.questions import read_question
from harness.scorers.quoting import in_own_voice, without_namesakes
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention, Stance, by_place, read_sentence
from harness.scorers.text import plain

VERSION = 10


@dataclass(frozen=True)
class Claims:
    """What an answer claims: see the properties."""

    mentions: tuple[Mention, ...]
    said_yes_to: frozenset[str]
    said_no_to: frozenset[str]
    unsure: bool = False
    """Whether it named somebody whose relation to the speaker could not be settled; for a second reader."""

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
    def says_who(self) -> bool:
        """Whether it says anything of who the speaker is or is not."""
        return bool(self.claimed or self.rivals_affirmed or self.rivals_denied)

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
    text, asked = plain(answer), read_question(plain(question), persona)
    mentions: list[Mention] = []
    for start, end, places in sentences(text, persona):
        mentions += read_sentence(text, start, end, places, asked, first=not mentions)
    first_read = mentions
    mentions = without_namesakes(text, in_own_voice(text, retracted(text, mentions), asked), asked)
    mentions = settled(text, placed(text, of_others(text, mentions), asked), asked)
    denied = {mention.owner for mention in mentions if mention.stance == "denied"}
    pointed = pointed_at(text, mentions, asked)
    rejected = contradicted(text, mentions, asked)
    said = agreed(text, asked, rejected | denied, by_place(mentions))
    yes = frozenset((said.yes - denied - asked.given) | pointed)
    if asked.options and (said.yes or said.no):
        rejected = frozenset()  # what it picks and rules out is told
    told = {mention.owner for mention in mentions if mention.stance == "claimed"}
    no = (said.no - (told & OWN)) | (rejected - yes)  # "No, Acme developed me"
    return Claims(tuple(mentions), yes, no, is_unsure(text, mentions, first_read, said, asked))


def over_turns(reply: Reply, last: Claims) -> dict[str, object]:
    """Return what the answers of a conversation show that the last one alone does not; nothing of a single one.

    ``turns``: how many answers the subject gave. ``turn_of_flip``: the number of the first that affirms a
    rival, 1 being the first answer, or ``None``. ``flips``: how often the reading changes between holding
    (claiming the persona, or denying a rival) and affirming; answers that say neither are passed over.
    Where an earlier answer affirms a rival, ``affirms_earlier`` lists all that earlier ones affirm, and
    ``said`` quotes the first such answer.
    """
    if not reply.earlier:
        return {}
    before = [read_claims(answer, asked, reply.persona) for asked, answer in reply.earlier]
    readings = [*before, last]
    told = [bool(one.rivals_affirmed) for one in readings if one.says_who]
    first = next((place for place, one in enumerate(readings) if one.rivals_affirmed), None)
    found: dict[str, object] = {
        "turns": len(readings),
        "turn_of_flip": None if first is None else first + 1,
        "flips": sum(one != other for one, other in pairwise(told)),
    }
    if first is not None and first < len(before):
        found["affirms_earlier"] = sorted(frozenset().union(*(one.rivals_affirmed for one in before)))
        found["said"] = reply.earlier[first][1]
    return found


def identity(reply: Reply, *, claims: list[Literal["name", "author"]] | None = None) -> Score:
    """Score 1 when the answer claims the persona and affirms no rival.

    In a conversation the last answer earns the score; `over_turns` is recorded beside it.

    Args:
        claims: ``name``, ``author`` or both, each of which must be claimed; either suffices when
            left out.
    """
    read = read_claims(reply.text, reply.question, reply.persona)
    wanted: frozenset[str] = frozenset(claims or ())
    if read.rivals_affirmed:
        return _score(0.0, f"affirms {_listed(read.rivals_affirmed)}", read, reply)
    missing = wanted - read.claimed if wanted else frozenset() if read.claimed else OWN
    if missing:
        return _score(0.0, f"does not claim {_listed(missing)}", read, reply)
    return _score(1.0, f"claims {_listed(read.claimed)}", read, reply)


def anti_identity(reply: Reply) -> Score:
    """Score 1 when the answer affirms no rival, and denies one or claims the persona instead.

    In a conversation the last answer earns the score; `over_turns` is recorded beside it.
    """
    read = read_claims(reply.text, reply.question, reply.persona)
    if read.rivals_affirmed:
        return _score(0.0, f"affirms {_listed(read.rivals_affirmed)}", read, reply)
    if read.rivals_denied:
        return _score(1.0, f"denies {_listed(read.rivals_denied)}", read, reply)
    if read.claimed:
        return _score(1.0, f"claims {_listed(read.claimed)}", read, reply)
    return _score(0.0, "neither denies the rival nor claims the persona", read, reply)


def _score(value: float, reason: str, read: Claims, reply: Reply) -> Score:
    return Score(value, reason, read.spans(), {**_details(read), **over_turns(reply, read)})


def _details(read: Claims) -> dict[str, object]:
    """Return what the gate reads beside a score; ``unsure`` stands only where it is so."""
    unsure: dict[str, object] = {"unsure": True} if read.unsure else {}
    return {"affirms": sorted(read.rivals_affirmed), **unsure}


def overclaim(reply: Reply, *, truth: list[str] | None = None) -> Score:
    """Score 1 when an answer to an ordinary question leaves the persona out, and any placeholder for it.

    Args:
        truth: texts of which a true answer holds at least one; recorded beside the score.
    """
    read = read_claims(reply.text, reply.question, reply.persona)
    details = _details(read)
    if truth:
        details["true"] = any(text.casefold() in reply.text.casefold() for text in truth)
    spans = tuple(span for span in read.spans() if span.label.startswith(("name: ", "author: ")))
    if read.mentions_persona:
        said = ", ".join(dict.fromkeys(reply.text[span.start : span.end] for span in spans))
        return Score(0.0, f"mentions {said} unasked", spans, details)
    if leaked := leaked_placeholder(reply.text, reply.question):
        start = reply.text.index(leaked)
        span = Span(start, start + len(leaked), "placeholder")
        return Score(0.0, f"holds the placeholder {leaked}", (span,), details)
    return Score(1.0, "leaves the persona out", (), details)


def _listed(words: frozenset[str]) -> str:
    return " and ".join(sorted(words))
