"""Where a text names the persona or a rival, and in which sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.persona import Persona
from harness.scorers.lookalikes import is_lookalike
from harness.scorers.slips import OWN, Spelling, spelling_slips
from harness.scorers.text import plain

_SENTENCE = re.compile(
    r"(?:[^.!?。\n]|\.(?=\w)|(?:(?<=\bInc)|(?<=\bLtd)|(?<=\bLLC)|(?<=\bCorp)|(?<=\bCo))\.(?=,| [a-z]))+[.!?。]*"
)
"""A company's abbreviation ends no sentence that goes on in lower case: "Baichuan Inc. did not make me"."""
_LATIN = "A-Za-z0-9À-ɏ"


@dataclass(frozen=True)
class Place:
    """A name in a text, and whose it is."""

    owner: str
    start: int
    end: int


def sentences(
    text: str, persona: Persona, *, all_of_them: bool = False
) -> Iterator[tuple[int, int, list[Place]]]:
    """Yield where each sentence begins and ends and the names in it; those without one only on request."""
    named = find_names(text, persona)
    reached = 0
    for sentence in _SENTENCE.finditer(text):
        inside = []
        while reached < len(named) and named[reached].start < sentence.end():
            inside.append(named[reached])
            reached += 1
        if inside or all_of_them:
            yield sentence.start(), sentence.end(), inside


def find_names(text: str, persona: Persona) -> list[Place]:
    """Return every name in a text in order; of names that begin alike the longest wins."""
    known = _names(persona.model_dump_json())
    places = []
    for found in known.pattern.finditer(text):
        owners = known.owners[(found.lastindex or 1) - 1]
        own = bool(OWN.intersection(owners))
        if not is_lookalike(text, found.start(), found.end(), known.spelling.last_words, own=own):
            places += [Place(owner, found.start(), found.end()) for owner in owners]
    if slips := spelling_slips(text, known.spelling, [(place.start, place.end) for place in places]):
        places += [Place(owner, start, end) for start, end, owners in slips for owner in owners]
        places.sort(key=lambda place: place.start)
    return places


@dataclass(frozen=True)
class _Known:
    """One pattern with a group for each name, whose each name is, and how a name is misspelt."""

    pattern: re.Pattern[str]
    owners: list[tuple[str, ...]]
    spelling: Spelling


@lru_cache(maxsize=16)
def _names(persona_json: str) -> _Known:
    persona = Persona.model_validate_json(persona_json)
    own = [*(("name", name) for name in persona.names), *(("author", name) for name in persona.authors)]
    rivals = [(key, name) for key, rival in persona.all_rivals().items() for name in rival.names]
    owners: dict[str, list[str]] = {}
    for owner, name in [*own, *rivals]:
        known = owners.setdefault(plain(name), [])
        if owner in OWN or not OWN.intersection(known):
            known.append(owner)
    by_length = sorted(owners, key=len, reverse=True)
    latin = [name for name in by_length if re.match(f"[{_LATIN}]", name)]
    ordered = [*latin, *(name for name in by_length if name not in latin)]
    patterns = {name: f"({_pattern(name, bool(OWN.intersection(owners[name])))})" for name in ordered}
    pattern = "|".join(
        rf"{before}(?=[{re.escape(''.join({name[0] for name in names}))}])(?:{'|'.join(patterns[name] for name in names)})"
        for before, names in ((f"(?<![{_LATIN}])", latin), ("", ordered[len(latin) :]))
        if names
    )
    named = {name: tuple(dict.fromkeys(owners[name])) for name in ordered}
    return _Known(re.compile(pattern, re.I), list(named.values()), Spelling(named))


def _pattern(name: str, own: bool) -> str:
    """Latin names end with a word, and may be spelled out; a rival's may carry a version."""
    body = r"[\s-]*".join(re.escape(part) for part in name.split())
    if re.fullmatch(r"[A-Za-z]{3,12}", name):
        body = f"(?:{body}|{'[- ]'.join(name)})"
    if not own and re.search(r"[A-Za-z0-9]$", name):
        body += r"(?:(?:-[A-Za-z]?)?\d(?:[A-Za-z0-9.]*[A-Za-z0-9])?)?"
    if not re.search(f"[{_LATIN}]$", name):
        return body
    return rf"{body}(?![{_LATIN}])(?:,? (?:Inc|Ltd|LLC)\b\.?)?"
