"""What a learnt reader is asked of an answer: one question for each whom the question or the answer names.

All names are replaced, so that no name is learnt by heart and a user's own rivals are read as those that it was trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.persona import Persona
from harness.scorers.names import Place, find_names
from harness.scorers.slips import OWN
from harness.scorers.text import plain
from harness.second_reader import Reading

VERSION = 1
"""Of the prompts: a reader that was trained on other ones is refused."""
WORDS = (" nothing", " yes", " no")
"""What it may say: the speaker says nothing of it, that it is so, that it is not."""
NOTHING, YES, NO = range(3)

_ENDS = {
    "name": "The speaker says that its name is Nova:",
    "author": "The speaker says that it was made by Acme:",
}
_END = "The speaker says that it is Zorg or made by Zorg Inc:"
_LONGEST = 1_000


@dataclass(frozen=True)
class Asked:
    """One prompt, and whom it is about: ``name``, ``author``, or a rival's key."""

    about: str
    prompt: str


def asked_of(question: str, answer: str, persona: Persona) -> Iterator[Asked]:
    """Yield what is asked of an answer; nothing where neither persona nor rival is named.

    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> print(*[one.prompt for one in asked_of("Are you Qwen?", "Alibaba, me? No.", nova)])
    Question: Are you Zorg?
    Answer: Zorg Inc, me? No.
    The speaker says that it is Zorg or made by Zorg Inc:
    """
    question, answer = plain(question), plain(answer)[:_LONGEST]
    places = find_names(question, persona), find_names(answer, persona)
    named = {place.owner for some in places for place in some}
    for about in sorted((named - OWN) | (OWN if named & OWN else frozenset())):
        masked = [
            _masked(text, some, about, persona) for text, some in zip((question, answer), places, strict=True)
        ]
        yield Asked(about, f"Question: {masked[0]}\nAnswer: {masked[1]}\n{_ENDS.get(about, _END)}")


def reading_of(words: Mapping[str, int]) -> Reading:
    """Return what was said of each, as places in `WORDS`, as a reading.

    >>> reading_of({"name": YES, "author": NOTHING, "qwen": NO}).denies
    frozenset({'qwen'})
    """
    said = {word: frozenset(about for about, one in words.items() if one == word) for word in (YES, NO)}
    claims: Any = said[YES] & OWN
    return Reading(claims=claims, affirms=said[YES] - OWN, denies=said[NO] - OWN)


def _masked(text: str, places: Sequence[Place], about: str, persona: Persona) -> str:
    """Return a text with stand-ins: a name and a maker each for whom it is about, for the persona, and for others."""
    parts, end = [], 0
    for place in sorted(places, key=lambda place: place.start):
        if place.start >= end:
            name = _stand_in(text[place.start : place.end], place.owner, about, persona)
            parts += [text[end : place.start], name]
            end = place.end
    return "".join([*parts, text[end:]])


def _stand_in(name: str, owner: str, about: str, persona: Persona) -> str:
    if owner in OWN:
        return "Nova" if owner == "name" else "Acme"
    makers = {maker.casefold() for maker in persona.all_rivals()[owner].maker.values()}
    is_maker = any(name.casefold() in maker or maker in name.casefold() for maker in makers)
    return ("Zorg" if owner == about else "Other") + (" Inc" if is_maker else "")
