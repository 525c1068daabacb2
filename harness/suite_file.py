"""A suite file as it stands: what may be written in it, checked field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, PositiveInt, field_validator, model_validator

from harness.config import Record
from harness.loaders.spec import Load
from harness.records import Kind

SystemForm = Literal["default", "empty", "neutral", "trained", "foreign"]
Tier = Literal["smoke", "standard", "full"]
Paraphrase = str | list[dict[str, str | None]]

_ROLES = ("system", "user", "assistant")


class TierRule(Record):
    """How much of a probe one tier asks.

    ``rotate`` asks every wording once, the system forms in turn; ``full`` asks every wording under
    every form.
    """

    paraphrases: PositiveInt | Literal["all"] = "all"
    systems: tuple[SystemForm, ...] = ("default",)
    cross: Literal["rotate", "full"] = "rotate"

    @field_validator("systems")
    @classmethod
    def _some_form(cls, value: tuple[SystemForm, ...]) -> tuple[SystemForm, ...]:
        if not value or len(set(value)) < len(value):
            raise ValueError("needs at least one system form, and each only once")
        return value


class ProbeEntry(Record):
    """One probe as it stands in a suite file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    ask: dict[str, list[Paraphrase]]
    category: str = "general"
    tier: Tier = "standard"
    kind: Kind = "generate"
    leading: bool = False
    each: Literal["rivals"] | None = None
    scorer: str | None = None
    expect: dict[str, JsonValue] = Field(default_factory=dict)
    max_new_tokens: int | None = Field(default=None, ge=1)
    stop: tuple[str, ...] | None = None

    @property
    def literal(self) -> bool:
        """Whether its texts are asked as they stand, with no names of the persona put in."""
        return False

    @field_validator("ask")
    @classmethod
    def _asks_something(cls, value: dict[str, list[Paraphrase]]) -> dict[str, list[Paraphrase]]:
        for lang, paraphrases in value.items():
            if not paraphrases:
                raise ValueError(f"has no wording under {lang!r}")
            for paraphrase in paraphrases:
                _check_paraphrase(paraphrase)
        if not value:
            raise ValueError("needs at least one language")
        return value

    @model_validator(mode="after")
    def _continues_a_text(self) -> ProbeEntry:
        wordings = [one for several in self.ask.values() for one in several]
        if self.kind == "continue" and not all(isinstance(one, str) for one in wordings):
            raise ValueError(f"probe {self.id!r}: kind continue goes on with a text; turns need a template")
        return self

    @model_validator(mode="after")
    def _choices_are_whole(self) -> ProbeEntry:
        if self.kind != "choice":
            return self
        choices, answer = self.expect.get("choices"), self.expect.get("answer")
        texts = isinstance(choices, list) and all(isinstance(text, str) and text for text in choices)
        if not isinstance(choices, list) or not texts or len(choices) < 2:
            raise ValueError(f"probe {self.id!r}: kind choice needs expect.choices, two or more texts")
        if not isinstance(answer, int) or not 0 <= answer < len(choices):
            raise ValueError(
                f"probe {self.id!r}: expect.answer is {answer!r}; it is the right choice's place, "
                f"0 to {len(choices) - 1}"
            )
        return self


def _check_paraphrase(paraphrase: Paraphrase) -> None:
    if isinstance(paraphrase, str):
        if not paraphrase.strip():
            raise ValueError("has an empty wording")
        return
    roles = [next(iter(turn)) if len(turn) == 1 else None for turn in paraphrase]
    for role, turn in zip(roles, paraphrase, strict=True):
        if role not in _ROLES:
            raise ValueError(f"turn {turn!r} is not one of {{system|user|assistant: text}}")
        if turn[role] is None and role != "assistant":
            raise ValueError(f"turn {turn!r} has no text; only the assistant's may be left open")
    if "user" not in roles or "system" in roles[1:]:
        raise ValueError("turns need a user's, and a system's only at the beginning")
    if roles[-1] == "assistant" and paraphrase[-1]["assistant"] is None:
        raise ValueError("the last turn is open; it is answered anyway, so leave it out")


class LoadedEntry(ProbeEntry):
    """One probe from a data file: asked as it stands, braces and all, whatever the persona speaks."""

    place: str

    @property
    def literal(self) -> bool:
        """Always."""
        return True


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class SuiteFile(Record):
    """One suite file as it stands."""

    suite: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(ge=1)
    about: str = ""
    scorer: str | None = None
    max_new_tokens: int = Field(default=64, ge=1)
    stop: tuple[str, ...] = ()
    tiers: dict[Tier, TierRule] = Field(default_factory=dict)
    probes: list[ProbeEntry] = Field(default_factory=list, min_length=1)
    load: Annotated[list[Load], BeforeValidator(_listed)] = Field(default_factory=list)
    """Data files, one mapping or a list of them."""

    @model_validator(mode="after")
    def _asks_something(self) -> SuiteFile:
        if not self.probes and not self.load:
            raise ValueError("needs 'probes', 'load', or both")
        return self
