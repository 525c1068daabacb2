"""What ``load:`` in a suite file may say, and the records that loading makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from harness.config import Record
from harness.records import Kind

Format = Literal["gsm8k", "choice", "humaneval", "mbpp", "ifeval"]
AnswerForm = Literal["letter", "index", "number", "text"]


class Load(Record):
    """A data file of the user's own, and how much of it is asked in which way."""

    format: Format
    path: str = Field(min_length=1)
    """Relative to the suite file; with ``*`` in it, every file that matches, each a category."""
    limit: PositiveInt | None = None
    seed: int = 0
    form: Literal["chat", "completion"] | None = None
    shots: NonNegativeInt = 0
    shots_path: str | None = None
    shots_as: Literal["turns", "prompt"] = "turns"
    letters: bool = False
    answers: AnswerForm | None = None
    """How a choice file writes its answers: ``index`` counts from 0, ``number`` from 1."""
    columns: dict[str, str | None] = Field(default_factory=dict)
    header: list[str] | None = Field(default=None, min_length=1)
    """The columns' names, where a CSV file has no heading."""
    category: str | None = None
    lang: Literal["en", "zh"] | None = None
    tier: Literal["smoke", "standard", "full"] = "standard"
    prefix: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    skip: list[str | int] = Field(default_factory=list)
    max_new_tokens: PositiveInt | None = None

    @model_validator(mode="after")
    def _fits_its_format(self) -> Load:
        if self.format == "choice":
            if self.form == "chat":
                raise ValueError(
                    "form chat: choices are scored as continuations of a raw text, since a plan has no way to "
                    "score them behind a chat template; leave form out"
                )
            return self
        if self.form == "completion" and self.format == "ifeval":
            raise ValueError("form completion: an instruction is for a chat model; leave form out")
        if self.letters or self.answers:
            raise ValueError(f"letters and answers are for format choice, not for {self.format}")
        return self

    @model_validator(mode="after")
    def _has_examples(self) -> Load:
        if self.shots and self.format == "ifeval":
            raise ValueError("shots: an ifeval file holds no answers to show as examples; leave shots out")
        if self.shots_path and not self.shots:
            raise ValueError("shots_path needs shots, the number of examples")
        return self


@dataclass(frozen=True)
class Item:
    """One item of a data file, as its format reads it.

    ``example`` is a good answer, to be shown before another item's question; ``""`` where there is none.
    """

    question: str
    expect: Mapping[str, Any]
    example: str = ""


@dataclass(frozen=True)
class Placed:
    """An item with its name, its category and its place, ``file:line``."""

    id: str
    category: str
    place: str
    item: Item


@dataclass(frozen=True)
class Asked:
    """An item as it will be asked: ``turns`` begin with a user's, answered ones being examples.

    What is scored or gone on with as a raw text is one turn.
    """

    id: str
    category: str
    place: str
    turns: tuple[tuple[Literal["user", "assistant"], str], ...]
    expect: Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What one ``load:`` gives: the items, who judges them, what was left out, the files' digest."""

    items: tuple[Asked, ...]
    kind: Kind
    scorer: str
    lang: Literal["en", "zh"]
    max_new_tokens: int
    digest: str
    note: str
    stop: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


class FaultyRow(ValueError):
    """A row is not what its format wants; the text says what is wrong and what is expected."""


class LeftOut(Exception):
    """A row is in order but cannot be asked here; the text is the reason under which it is counted."""
