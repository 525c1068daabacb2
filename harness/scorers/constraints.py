"""The constraints that an instruction can set, as a suite writes them.

A constraint is a mapping with one key: ``{sentences: {max: 3}}``. Pydantic reads it before a model
loads; `harness.scorers.checking` holds an answer against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    RootModel,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.config import Record
from harness.errors import suggestion
from harness.scorers.languages import OURS, spoken


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _fault(text: str) -> PydanticCustomError:
    """Return what pydantic reports as it stands, without "Value error, " before it."""
    return PydanticCustomError("constraint", "{text}", {"text": text})


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1), BeforeValidator(_listed)]
JsonType = Literal[
    "string", "number", "integer", "boolean", "null", "array", "object", "strings", "numbers", "any"
]


def _known(language: str) -> str:
    if language not in OURS and language not in spoken():
        raise _fault(
            f"{language!r} is not a language that can be told: {', '.join(spoken())}"
            if len(spoken()) > len(OURS)
            else f"{language!r} needs `pip install langdetect`; without it only en and zh are told apart"
        )
    return language


Language = Annotated[str, AfterValidator(_known)]


def counted(n: int, unit: str) -> str:
    """Return a number with its unit.

    >>> counted(1, "line"), counted(3, "line")
    ('1 line', '3 lines')
    """
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


class Range(Record):
    """How many there have to be: at least ``min``, at most ``max``, or exactly ``count``."""

    min: PositiveInt | None = None
    max: NonNegativeInt | None = None
    count: NonNegativeInt | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_mapping(cls, value: Any) -> Any:
        if not isinstance(value, (Mapping, Range)):
            raise _fault("needs the form {min: 1}, {max: 3}, {min: 1, max: 3} or {count: 2}")
        return value

    @model_validator(mode="after")
    def _asks_something(self) -> Range:
        if self.min is None and self.max is None and self.count is None:
            raise _fault("needs min, max or count")
        if self.count is not None and (self.min is not None or self.max is not None):
            raise _fault("count is exact; it goes with neither min nor max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise _fault(f"min {self.min} is above max {self.max}")
        return self

    def holds(self, n: int) -> bool:
        """Say whether a number is one of those wanted."""
        least, most = (self.min or 0, self.max) if self.count is None else (self.count, self.count)
        return least <= n and (most is None or n <= most)

    def wants(self, unit: str) -> str:
        """Say what is wanted: "at most 3 sentences"."""
        if self.count is not None:
            return f"exactly {counted(self.count, unit)}"
        if self.max is None:
            return f"at least {counted(self.min or 0, unit)}"
        return f"{f'{self.min} to' if self.min else 'at most'} {counted(self.max, unit)}"


class Keyword(Range):
    """How often a word or a phrase has to occur."""

    text: Text


class Letter(Range):
    """How often a character has to occur, inside of words too."""

    text: str = Field(min_length=1, max_length=1)


class Json(Record):
    """JSON and nothing else: an object with ``keys``, an array of ``items`` that are all ``of`` a type, or any value.

    In an array of objects each has the ``keys``. ``only`` allows no further keys.
    """

    keys: dict[str, JsonType] = Field(default_factory=dict)
    only: bool = False
    type: Literal["object", "array", "any"] = "object"
    items: Range | None = None
    of: JsonType | None = None

    @model_validator(mode="after")
    def _fits(self) -> Json:
        if self.type != "array" and (self.items or self.of):
            raise _fault("'items' and 'of' are an array's; add type: array")
        if self.type == "any" and self.keys:
            raise _fault("'keys' are an object's; leave type: any out")
        if self.only and not self.keys:
            raise _fault("'only' needs 'keys'")
        if self.keys and self.of not in (None, "object"):
            raise _fault(f"an array of {self.of} has no 'keys'")
        return self


class Table(Record):
    """Rows that all have so many columns; a Markdown table's heading is none of its ``rows``."""

    columns: int = Field(ge=2)
    rows: Range | None = None


class Sections(Range):
    """Parts under headings that are numbered: the ``heading`` as it is written, then a number."""

    heading: Text


class Paragraph(Record):
    """The first words of one paragraph, counted from 1."""

    number: PositiveInt
    starts_with: Texts


class Answers(Range):
    """Several answers, no two alike, between lines that hold nothing but ``separator``."""

    separator: Text = "******"


class Constraint(Record):
    """One constraint: one of these keys with its value."""

    words: Range | None = None
    characters: Range | None = None
    sentences: Range | None = None
    paragraphs: Range | None = None
    lines: Range | None = None
    bullets: Range | None = None
    numbered: Range | None = None
    sections: Sections | None = None
    paragraph: Paragraph | None = None
    capital_words: Range | None = None
    placeholders: Range | None = None
    highlights: Range | None = None
    each_line: Constraint | None = None
    language: Language | None = None
    case: Literal["upper", "lower"] | None = None
    starts_with: Texts | None = None
    ends_with: Texts | None = None
    contains: Texts | None = None
    any_of: Texts | None = None
    excludes: Texts | None = None
    keyword: Keyword | None = None
    letter: Letter | None = None
    no_commas: Literal[True] | None = None
    one_of: Texts | None = None
    quoted: Literal[True] | None = None
    title: Literal[True] | None = None
    postscript: Texts | None = None
    repeats: Text | None = None
    answers: Answers | None = None
    json_: Json | None = Field(default=None, alias="json")
    csv: Table | None = None
    table: Table | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_one(cls, value: Any) -> Any:
        if isinstance(value, Constraint):
            return value
        if not isinstance(value, Mapping):
            raise _fault("needs the form {kind: value}")
        if len(value) != 1:
            raise _fault(f"needs one key and has {len(value)}; give each constraint an item of its own")
        kind, asked = next(iter(value.items()))
        if kind not in KINDS:
            hint = suggestion(str(kind), list(KINDS)).rstrip("?") or f"; known: {', '.join(KINDS)}"
            raise _fault(f"unknown constraint {kind!r}{hint}")
        if asked is None:
            raise _fault(f"{kind!r} has no value")
        return value

    @property
    def kind(self) -> str:
        """The key that is set, as a suite writes it."""
        (name,) = self.model_fields_set
        return name.rstrip("_")

    @property
    def value(self) -> Any:
        """What is set under the key."""
        (name,) = self.model_fields_set
        return getattr(self, name)


KINDS = tuple(field.alias or name for name, field in Constraint.model_fields.items())
"""Every kind of constraint, as a suite writes it."""


class Constraints(RootModel[list[Constraint]]):
    """What ``expect.constraints`` holds: at least one constraint."""

    root: list[Constraint] = Field(min_length=1)
