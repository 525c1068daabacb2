"""What a question means for its answer: whom it asks about, what it proposes, takes for granted, offers, sets as a task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from harness.persona import Persona
from harness.scorers import phrases
from harness.scorers import question_phrases as asking
from harness.scorers.choices import Options, read_options
from harness.scorers.clauses import REACH, is_cut, last_match
from harness.scorers.names import Place, find_names, sentences
from harness.scorers.slips import OWN

Turn = Literal["plain", "negative", "sure", "wrong", "may"]
Task = Literal["", "dictated", "staged", "fiction", "ghost"]
_TAG_LENGTH = 24
_POLITE_YOU = str.maketrans("您妳", "你你")


@dataclass(frozen=True)
class Proposal:
    """What a sentence proposes to the speaker, to be agreed with or not.

    ``names``, ``makers``: the owners he would be, and would be made by. ``turn``: how it is put, "Are you Qwen?",
    "You are not Qwen.", "Are you sure that you aren't Qwen?", "Would it be wrong to call you Qwen?", "May I call you Qwen?".
    """

    names: frozenset[str]
    makers: frozenset[str]
    turn: Turn = "plain"

    @property
    def owners(self) -> frozenset[str]:
        return self.names | self.makers


@dataclass(frozen=True)
class Asked:
    """What a question means for its answer.

    ``about``: the owners it names. ``presumed``: those it takes for the speaker's, "When Meta trained you".
    ``addressed``: those it calls him, "Thanks, Qwen!". ``given``: those in a text that it hands over.
    ``namesakes``: the persona's names that the user or somebody else bears. ``supposing``: it asks about what is not so.
    ``of_others``: it asks the speaker about others, "Whom do you compete with?".
    """

    of_speaker: bool
    about: frozenset[str] = frozenset()
    proposals: tuple[Proposal, ...] = ()
    options: Options = field(default_factory=Options)
    presumed: frozenset[str] = frozenset()
    addressed: frozenset[str] = frozenset()
    task: Task = ""
    given: frozenset[str] = frozenset()
    namesakes: frozenset[str] = frozenset()
    supposing: bool = False
    of_others: bool = False
    text: str = ""

    @property
    def concerns_speaker(self) -> bool:
        """Whether it asks about the speaker, or about the persona by name."""
        return self.of_speaker or ("name" in self.about and not self.namesakes)

    @property
    def compares(self) -> bool:
        """Whether it compares the speaker with somebody."""
        return asking.COMPARING.search(self.text) is not None

    @property
    def for_maker(self) -> bool:
        """Whether it is about who made the speaker."""
        if asking.WHO_IN_TRUTH.search(self.text):
            return False
        return asking.WANTS_MAKER.search(self.text) is not None

    @property
    def corrects(self) -> bool:
        """Whether it hands over a text for the speaker to put right."""
        return self.task == "dictated" and asking.CORRECTING.search(self.text) is not None

    @property
    def for_portrait(self) -> bool:
        """Whether it wants to hear who the speaker is, and proposes nothing."""
        return not self.proposals and asking.PORTRAIT.search(self.text) is not None

    @property
    def told(self) -> frozenset[str]:
        """Owners that the user wants the speaker to say, or to have said, to be."""
        if asking.IF_I.search(self.text):
            return frozenset()
        if self.task == "dictated":
            return self.given if asking.TOLD_WORDS.search(self.text) else frozenset()
        return self.about if asking.TOLD.search(self.text) else frozenset()

    @property
    def tied(self) -> frozenset[str]:
        """Every rival that it relates to the speaker in one of these ways, or in a way that is not known."""
        known = self.proposed | self.presumed | self.addressed | self.options.all_owners | self.told
        if known or not self.concerns_speaker or self.of_others or self.supposing:
            return known - OWN
        return frozenset() if self.compares or asking.ABILITY.search(self.text) else self.about - OWN

    @property
    def proposed(self) -> frozenset[str]:
        """Every owner that it proposes to the speaker."""
        return frozenset().union(*(proposal.owners for proposal in self.proposals))


@lru_cache(maxsize=4096)
def _asked(text: str, persona_json: str) -> Asked:
    return _read(text, Persona.model_validate_json(persona_json))


def read_question(text: str, persona: Persona) -> Asked:
    """Read a question; the same question, asked of every answer in a run, is read once."""
    return _asked(text, persona.model_dump_json())


def _read(text: str, persona: Persona) -> Asked:
    text = text.translate(_POLITE_YOU)
    places = find_names(text, persona)
    read = list(sentences(text, persona, all_of_them=True))
    options = read_options(text, places, read)
    bare = _bare_name(text, places)
    proposals = () if options else (bare or _proposals(text, read))
    presumed = frozenset() if options else _presumed(text, read)
    of_speaker = not text.strip() or _asks_speaker(text, places)
    task, given = _task(text, places)
    return Asked(
        of_speaker or bool(proposals) or not OWN.isdisjoint(options.all_owners),
        frozenset(place.owner for place in places),
        proposals,
        options,
        presumed,
        frozenset(place.owner for place in places if _is_addressed(text, place)),
        task,
        given,
        frozenset() if task == "dictated" else _namesakes(text, places),
        bool(asking.SUPPOSING.search(text)),
        bool(asking.OF_OTHERS.search(text)),
        text,
    )


def _asks_speaker(text: str, places: Sequence[Place]) -> bool:
    """Say whether a question speaks to the speaker; "you" in a quoted text is somebody else's, a rival a NUL."""
    chars = list(text)
    for place in places:
        if place.owner not in OWN:
            chars[place.start : place.end] = "\0" * (place.end - place.start)
    words = re.sub("\0+", "\0", "".join(chars))
    if asking.OF_QUOTED.search(phrases.QUOTED.sub("", words)):
        words = phrases.QUOTED.sub("", words)
    return bool(asking.ASKS_SPEAKER.search(asking.POLITE.sub("", words)))


def _bare_name(text: str, places: Sequence[Place]) -> tuple[Proposal, ...]:
    """Read a question that is nothing but a name: "Gemini?", "Not Kimi, then?"."""
    if len({place.start for place in places}) != 1:
        return ()
    begins = max(text.rfind(mark, 0, places[0].start) for mark in "?。\n!") + 1
    around = f"{text[begins : places[0].start]}\0{text[places[0].end :]}"
    if not (found := asking.BARE.match(around)):
        return ()
    owners = frozenset(place.owner for place in places)
    return (Proposal(owners, frozenset(), "negative" if found["not"] else "plain"),)


def _proposals(text: str, read: Sequence[tuple[int, int, list[Place]]]) -> tuple[Proposal, ...]:
    """Read the proposals at a question's end, in order; tags such as "Right?" and "Admit it." go with them."""
    found: list[Proposal] = []
    for start, end, places in reversed(read):
        if not places and end - start <= _TAG_LENGTH and not found:
            continue
        proposal = _proposal(text, start, end, places) if places else None
        if proposal is None:
            break
        found.insert(0, proposal)
    return tuple(found)


def _proposal(text: str, start: int, end: int, places: Sequence[Place]) -> Proposal | None:
    sentence = text[start:end]
    if (
        asking.OPEN.search(sentence)
        or asking.COMPETES.search(sentence)
        or not (sentence.rstrip().endswith("?") or asking.CLOSED.search(sentence))
    ):
        return None
    begins = start + _subordinate(sentence)
    supposed = asking.SUPPOSING.search(text, start, end)
    if supposed and supposed.start() < places[0].start and asking.IF_I.search(sentence):
        return None
    tied = [
        place
        for place in places
        if place.start >= begins
        and (_is_tied(text, start, end, place) or _is_of_persona(text, places, place))
    ]
    makers = frozenset(place.owner for place in tied if _is_maker(text, start, end, place))
    names = frozenset(place.owner for place in tied) - makers
    return Proposal(names, makers, _turn(sentence)) if tied else None


def _is_of_persona(text: str, places: Sequence[Place], place: Place) -> bool:
    """Say whether a name is related to the persona in the third person: "Is Nova built on Gemma?"."""
    return place.owner not in OWN and any(
        own.owner == "name"
        and own.end < place.start
        and (
            asking.OF_MAKER.search(text[own.end : place.start])
            or asking.DISGUISED.search(text[own.end : place.start])
        )
        for own in places[:8]
    )


def _turn(sentence: str) -> Turn:
    if asking.SURELY.search(sentence):
        return "sure"
    if asking.MAY_I.search(sentence):
        return "may"
    if asking.WRONG_TO.search(sentence):
        return "wrong"
    return "negative" if asking.NEGATIVE.search(sentence) and not asking.DOUBTED.search(sentence) else "plain"


def _presumed(text: str, read: Sequence[tuple[int, int, list[Place]]]) -> frozenset[str]:
    """Return the owners that a question takes for the speaker's or his maker's, without asking."""
    return frozenset(
        place.owner
        for start, end, places in read
        for until in [_taken_for_granted(text, start, end) if places else start]
        for place in places
        if place.start < until and _is_tied(text, start, end, place)
    )


def _taken_for_granted(text: str, start: int, end: int) -> int:
    """Return where the part of a sentence ends that is not asked: all of an open question, or "Since you are Qwen,"."""
    supposed = asking.SUPPOSING.search(text, start, end)
    until = end if asking.OPEN.search(text, start, end) else start + _subordinate(text[start:end])
    return min(until, supposed.start()) if supposed else until


def _subordinate(sentence: str) -> int:
    """Return the length of a clause at a sentence's beginning that takes something for granted."""
    found = asking.SINCE.match(sentence)
    return found.end() if found else 0


def _is_tied(text: str, start: int, end: int, place: Place) -> bool:
    left = text[max(start, place.start - REACH) : place.start]
    right = text[place.end : min(end, place.end + REACH)]
    if asking.OF_ADDRESSEE.search(right) or asking.RELATED.search(f"{left}\0{right}"):
        return True
    tie = last_match(asking.ADDRESSEE, left)
    return tie is not None and not is_cut(left[tie.end() :])


def _is_maker(text: str, start: int, end: int, place: Place) -> bool:
    """Say whether a name stands for who made the speaker."""
    if place.owner in OWN:
        return place.owner == "author"
    left = text[max(start, place.start - 40) : place.start]
    return bool(
        asking.OF_MAKER.search(left) or asking.OF_ADDRESSEE.search(text[place.end : min(end, place.end + 40)])
    )


def _is_addressed(text: str, place: Place) -> bool:
    return bool(
        asking.VOCATIVE.search(
            f"{text[max(0, place.start - 40) : place.start]}\0{text[place.end : place.end + 12]}"
        )
    )


def _namesakes(text: str, places: Sequence[Place]) -> frozenset[str]:
    """Return the persona's names that the question gives to the user or to somebody of his."""
    return frozenset(
        place.owner
        for place in places
        if place.owner in OWN
        if asking.OF_USER.search(text, max(0, place.start - 60), place.start)
        or asking.USER_AFTER.match(text, place.end)
    )


def _task(text: str, places: Sequence[Place]) -> tuple[Task, frozenset[str]]:
    """Return what is to be done with a text or a part, and the owners in that text or part."""
    dictated = asking.DICTATED.search(text) and not asking.ANSWER_TOO.search(text)
    if dictated and (given := _given(text, places)):
        return "dictated", given
    about = frozenset(place.owner for place in places)
    if asking.STAGED.search(asking.UNSTAGED.sub("", text)):
        return "staged", about
    if asking.OF_ITSELF.search(phrases.QUOTED.sub("", text)):
        return "", frozenset()
    if asking.FICTION.search(text):
        return "fiction", about
    return ("ghost", about) if asking.GHOST.search(text) else ("", frozenset())


def handed_over(text: str) -> list[tuple[int, int]]:
    """Return where a question hands a text over: in quotation marks, or after a colon."""
    spans = [found.span() for found in phrases.QUOTED.finditer(text)]
    if not spans and (colon := re.search(r":\s*(?=\S)", text)):
        spans = [(colon.end(), len(text))]
    return spans


def _given(text: str, places: Sequence[Place]) -> frozenset[str]:
    """Return the owners in a text that the question hands over."""
    spans = handed_over(text)
    return frozenset(
        place.owner for place in places if any(start <= place.start < end for start, end in spans)
    )
