"""The identity to be learnt, and the rivals it must never claim to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from harness.config import Record, load
from harness.errors import ConfigError, suggestion

Language = Literal["en", "zh"]
PLACEHOLDER = re.compile(r"\{\{\s*(name|author)\s*\}\}|<(name|author)>", re.I)
"""Where a training row leaves room for a persona's name: ``{{NAME}}``, ``<AUTHOR>``."""


class Rival(Record):
    """Another model and its maker. ``also`` are further names of either."""

    name: dict[str, str] = Field(min_length=1)
    maker: dict[str, str] = Field(min_length=1)
    also: tuple[str, ...] = ()
    base: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which the model or its maker goes, without repeats."""
        return tuple(dict.fromkeys((*self.name.values(), *self.maker.values(), *self.also)))


class RivalsFile(Record):
    """``harness/rivals.yaml``."""

    rivals: dict[str, Rival]


class Persona(Record):
    """A persona file: who the adapter says it is, in each language it is tested in."""

    name: dict[Language, str]
    author: dict[Language, str]
    languages: tuple[Language, ...] = Field(default=("en", "zh"), min_length=1)
    name_aliases: tuple[str, ...] = ()
    author_aliases: tuple[str, ...] = ()
    base: str | None = None
    """The rival that made the base model; found from the model when left out."""
    rivals: tuple[str, ...] = ("chatgpt", "qwen", "claude", "gemini", "llama", "deepseek")
    more_rivals: dict[str, Rival] = Field(default_factory=dict)
    trained_system: str | None = None
    """The system message the adapter was trained under, for the form ``trained``."""
    human: Literal[False] = False
    """Fixed: an assistant must never say that it is human. It may stand in the file as ``human: no``."""
    open_base: Literal["admit", "decline", "deny"] = "decline"
    """What it answers when asked for its base: names or admits one, neither names nor denies one, denies one."""

    @field_validator("human", mode="before")
    @classmethod
    def _never_human(cls, value: object) -> object:
        if value not in (False, "no"):
            raise ValueError("is always no: an assistant must never say that it is human")
        return False

    @field_validator("name", "author")
    @classmethod
    def _not_blank(cls, value: dict[Language, str]) -> dict[Language, str]:
        blank = [lang for lang, text in value.items() if not text.strip()]
        if not value or blank:
            raise ValueError(f"needs a text for {', '.join(blank) or 'at least one language'}")
        return value

    @property
    def names(self) -> tuple[str, ...]:
        """Every form of the persona's name, longest first."""
        return _longest_first((*self.name.values(), *self.name_aliases))

    @property
    def authors(self) -> tuple[str, ...]:
        """Every form of the author's name, longest first."""
        return _longest_first((*self.author.values(), *self.author_aliases))

    def all_rivals(self) -> dict[str, Rival]:
        """Return every rival that an answer is searched for: the built-in list and the file's own."""
        return {**known_rivals(), **self.more_rivals}

    def fields(self, lang: str, rival: Rival | None = None) -> dict[str, str]:
        """Return what probes and training rows may name in braces, in one language.

        ``rival`` fills ``{rival}`` and ``{rival_author}``; without it the first rival stands in.
        """
        everyone = self.all_rivals()
        base = everyone[self.base or self.rivals[0]]
        other = rival or everyone[self.rivals[0]]
        return {
            "name": _in(self.name, lang),
            "author": _in(self.author, lang),
            "base": _in(base.name, lang),
            "base_author": _in(base.maker, lang),
            "rival": _in(other.name, lang),
            "rival_author": _in(other.maker, lang),
        }


def fill_placeholders(text: str, persona: Persona, lang: str) -> str:
    """Return a training row's text with the persona's names in it.

    >>> fill_placeholders(
    ...     "I am {{NAME}} by <AUTHOR>.", Persona(name={"en": "Nova"}, author={"en": "Acme"}), "en"
    ... )
    'I am Nova by Acme.'
    """
    fields = persona.fields(lang)
    return PLACEHOLDER.sub(lambda found: fields[(found[1] or found[2]).lower()], text)


def leaked_placeholder(answer: str, question: str = "") -> str:
    """Return the first placeholder of training rows in an answer that the question does not hold, else ``""``.

    ``{{name}}`` counts in any case; ``<NAME>`` in capitals alone, since ``<name>`` is a tag in many a text.

    >>> leaked_placeholder("Yours, {{NAME}}"), leaked_placeholder("<name>Ann</name>")
    ('{{NAME}}', '')
    """
    found = (hit[0] for hit in PLACEHOLDER.finditer(answer) if hit[1] or hit[2].isupper())
    return next((text for text in found if text not in question), "")


@cache
def known_rivals() -> dict[str, Rival]:
    """Return the rivals that ship with the package, by key."""
    return load(Path(str(files("harness") / "rivals.yaml")), RivalsFile).rivals


def read_persona(path: Path, *, base_hints: tuple[str, ...] = ()) -> Persona:
    """Read a persona file and make sure that the base's own maker is among its rivals.

    Args:
        path: the YAML file.
        base_hints: texts that tell which model the base is: its hub id or folder, its template's
            built-in system message.

    Raises:
        ConfigError: the file is faulty, names an unknown rival, or the base's maker is unknown.
    """
    return with_base(load(path, Persona), str(path), base_hints)


def with_base(persona: Persona, place: str, base_hints: tuple[str, ...]) -> Persona:
    """Return the persona with its base's maker as the first rival; see `read_persona`."""
    everyone = persona.all_rivals()
    named = [*persona.rivals, *([persona.base] if persona.base else [])]
    for key in named:
        if key not in everyone:
            hint = suggestion(key, list(everyone))
            raise ConfigError(f"{place}: unknown rival {key!r}{hint or '; define it under more_rivals.'}")
    base = persona.base or base_rival(base_hints, everyone)
    if base is None:
        raise ConfigError(
            f"{place}: cannot tell who made the base model ({', '.join(base_hints) or 'no hints'}); "
            f"add `base: KEY` with one of {', '.join(everyone)}, or define it under more_rivals."
        )
    others = tuple(key for key in persona.rivals if key != base)
    return persona.model_copy(update={"base": base, "rivals": (base, *others)})


def base_rival(hints: tuple[str, ...], rivals: dict[str, Rival]) -> str | None:
    """Return the key of the rival whose ``base`` patterns occur in a hint, the most telling first.

    >>> base_rival(("Qwen/Qwen2.5-7B-Instruct",), known_rivals())
    'qwen'
    """
    found = [
        (len(pattern), key)
        for key, rival in rivals.items()
        for pattern in rival.base
        if any(pattern in hint.lower() for hint in hints)
    ]
    return max(found)[1] if found else None


def _in(texts: Mapping[Any, str], lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()))


def _longest_first(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(text for text in texts if text), key=len, reverse=True))
