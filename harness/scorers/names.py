"""Where a text names the persona or a rival, and in which sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.persona import Persona
from harness.scorers.text import narrow

OWN = frozenset({"name", "author"})
"""The owners that are the persona's own."""
_SENTENCE = re.compile(r"(?:[^.!?。\n]|\.(?=\w))+[.!?。]*")
_LATIN = "A-Za-z0-9À-ɏ"
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
    pattern, owners = _names(persona.model_dump_json())
    return [
        Place(owner, found.start(), found.end())
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
    return re.compile(pattern, re.I), [tuple(dict.fromkeys(owners[name])) for name in ordered]


def _pattern(name: str, own: bool) -> str:
    """Latin names end with a word, and may be spelled out; a rival's may carry a version."""
    body = r"[\s-]*".join(re.escape(part) for part in name.split())
    if re.fullmatch(r"[A-Za-z]{3,12}", name):
        body = f"(?:{body}|{'[- ]'.join(name)})"
    if not own and name.casefold() in _ORDINARY:
        body = f"(?-i:{body}|{name.upper()})"
    if not own and re.search(r"[A-Za-z0-9]$", name):
        body += r"(?:-?\d(?:[A-Za-z0-9.]*[A-Za-z0-9])?)?"
    return body + (f"(?![{_LATIN}])" if re.search(f"[{_LATIN}]$", name) else "")
