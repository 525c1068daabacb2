"""Suite files: what is asked, in which words, under which system message, in which tier."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, PositiveInt, field_validator, model_validator

from harness.config import Document, Record, parse, read_yaml
from harness.errors import ConfigError, suggestion
from harness.files import file_digest
from harness.loaders import load_items
from harness.loaders.spec import Asked, Load, Loaded
from harness.persona import Persona, Rival
from harness.records import TIERS, Kind, Probe, Suite, Turn, Variant, digest_of

SystemForm = Literal["default", "empty", "neutral", "trained", "foreign"]
Tier = Literal["smoke", "standard", "full"]
Paraphrase = str | list[dict[str, str | None]]

NEUTRAL = {"en": "You are a helpful assistant.", "zh": "你是一个乐于助人的助手。"}
FOREIGN = {
    "en": "You are {rival}, a large language model made by {rival_author}.",
    "zh": "你是{rival}，由{rival_author}开发的大型语言模型。",
}
_FIELD = re.compile(r"\{(name|author|base|base_author|rival|rival_author)\}")
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


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class LoadedEntry(ProbeEntry):
    """One probe from a data file: asked as it stands, braces and all, whatever the persona speaks."""

    place: str

    @property
    def literal(self) -> bool:
        """Always."""
        return True


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


@dataclass(frozen=True)
class SuiteSource:
    """A suite file that was read and checked, not yet rendered for a tier and a persona.

    ``loaded`` are the probes of its data files, ``notes`` say how much of these is asked.
    """

    path: Path
    file: SuiteFile
    document: Document
    digest: str
    loaded: tuple[LoadedEntry, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The suite's name, as criteria and flags use it."""
        return self.file.suite

    @cached_property
    def entries(self) -> tuple[ProbeEntry, ...]:
        """The probes of the suite file, then those of its data files."""
        return (*self.file.probes, *self.loaded)

    def place(self, index: int) -> str:
        """Return ``file:line`` of one of the entries."""
        entry = self.entries[index]
        return entry.place if isinstance(entry, LoadedEntry) else self.document.place("probes", index)


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


def read_suite(path: Path) -> SuiteSource:
    """Read and check one suite file.

    Raises:
        ConfigError: every fault of the file at once, among them a probe id that stands twice; then those
            of each data file that it loads.
    """
    document = read_yaml(path)
    file = parse(document, SuiteFile)
    faults = list(_doubled_ids(document, file))
    if faults:
        raise ConfigError("\n".join(faults))
    if not file.load:
        return SuiteSource(path, file, document, file_digest(path))
    loaded = [
        load_items(load, path.parent, file.suite, document.place("load", number))
        for number, load in enumerate(file.load)
    ]
    pairs = zip(file.load, loaded, strict=True)
    return SuiteSource(
        path,
        file,
        document,
        digest_of([file_digest(path), *(one.digest for one in loaded)]),
        tuple(entry for load, one in pairs for entry in _loaded_entries(file, load, one)),
        tuple(one.note for one in loaded),
    )


def _loaded_entries(file: SuiteFile, load: Load, loaded: Loaded) -> Iterator[LoadedEntry]:
    """Yield a data file's items as probes; a length that load or suite gives goes before the format's."""
    of_suite = file.max_new_tokens if "max_new_tokens" in file.model_fields_set else loaded.max_new_tokens
    for item in loaded.items:
        yield LoadedEntry(
            id=item.id,
            ask={loaded.lang: [_wording(loaded.kind, item)]},
            category=item.category,
            tier=load.tier,
            kind=loaded.kind,
            scorer=loaded.scorer,
            expect=dict(item.expect),
            max_new_tokens=load.max_new_tokens or of_suite,
            stop=loaded.stop or None,
            place=item.place,
        )


def _wording(kind: Kind, item: Asked) -> Paraphrase:
    """Return a loaded item as a wording: a plain text where it is to be gone on with."""
    if kind == "continue":
        return item.turns[0][1]
    return [{role: text} for role, text in item.turns]


def _doubled_ids(document: Document, file: SuiteFile) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, entry in enumerate(file.probes):
        if entry.id in first:
            place = document.place("probes", index)
            earlier = document.place("probes", first[entry.id]).rsplit(":", 1)[-1]
            yield f"{place}: probe id {entry.id!r} stands in line {earlier} already; rename one."
        first.setdefault(entry.id, index)


def read_suites(paths: Iterable[Path]) -> list[SuiteSource]:
    """Read several suite files, sorted by name.

    Raises:
        ConfigError: a file is faulty, or two suites share a name or a probe id.
    """
    sources = sorted((read_suite(path) for path in paths), key=lambda source: source.name)
    homes: dict[str, str] = {}
    for source in sources:
        for entry in [source.name, *(entry.id for entry in source.entries)]:
            if homes.setdefault(entry, str(source.path)) != str(source.path):
                raise ConfigError(f"{source.path}: {entry!r} stands in {homes[entry]} already; rename one.")
    return sources


def is_suite(path: Path) -> bool:
    """Say whether a YAML file means to be a suite: whether ``suite:`` begins one of its lines."""
    try:
        return bool(re.search(r"(?m)^suite\s*:", path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return False


def build_suite(source: SuiteSource, tier: str, persona: Persona) -> Suite:
    """Return the suite as one tier asks it of one persona's adapters.

    Raises:
        ConfigError: the tier is unknown, or the suite has no probe in it.
    """
    if tier not in TIERS:
        hint = suggestion(tier, list(TIERS)) or "."
        raise ConfigError(f"unknown tier {tier!r}{hint} Tiers: {', '.join(TIERS)}.")
    asked = TIERS[: TIERS.index(tier) + 1]
    chosen = [(i, entry) for i, entry in enumerate(source.entries) if entry.tier in asked]
    probes = [probe for i, entry in chosen for probe in _families(source, i, entry, tier, persona)]
    probes = [probe for probe in probes if probe.variants]
    known = {name for entry in source.entries for name in _family_ids(entry, persona)}
    if not probes:
        raise ConfigError(
            f"{source.path}: suite {source.name!r} has no probe for tier {tier} in "
            f"{', '.join(persona.languages)}; give one `tier: {tier}`."
        )
    return Suite(
        name=source.name,
        version=source.file.version,
        about=source.file.about,
        path=source.path,
        digest=source.digest,
        probes=tuple(probes),
        unasked=tuple(sorted(known - {probe.id for probe in probes})),
        notes=source.notes,
    )


def _family_ids(entry: ProbeEntry, persona: Persona) -> list[str]:
    return [f"{entry.id}.{key}" for key in persona.rivals] if entry.each else [entry.id]


def _families(
    source: SuiteSource, index: int, entry: ProbeEntry, tier: str, persona: Persona
) -> Iterator[Probe]:
    """Yield the probe, or one probe for each rival where it says ``each: rivals``."""
    everyone = persona.all_rivals()
    keys: Sequence[str | None] = persona.rivals if entry.each else [None]
    for offset, key in enumerate(keys):
        rival = everyone[key] if key else None
        suffix = f".{key}" if key else ""
        place = source.place(index)
        yield _probe(source, index + offset, entry, suffix, place, tier, persona, rival)


def _probe(
    source: SuiteSource,
    index: int,
    entry: ProbeEntry,
    suffix: str,
    place: str,
    tier: str,
    persona: Persona,
    rival: Rival | None,
) -> Probe:
    file = source.file
    rule = file.tiers.get(tier) or TierRule()  # type: ignore[call-overload]
    return Probe(
        id=entry.id + suffix,
        suite=file.suite,
        kind=entry.kind,
        category=entry.category,
        tier=entry.tier,
        leading=entry.leading,
        scorer=entry.scorer or file.scorer or entry.kind,
        options=entry.expect if entry.literal else _filled_options(entry.expect, persona, rival),
        variants=tuple(_variants(entry, rule, index, persona, rival)),
        max_new_tokens=entry.max_new_tokens or file.max_new_tokens,
        stop=file.stop if entry.stop is None else entry.stop,
        place=place,
    )


def _variants(
    entry: ProbeEntry, rule: TierRule, index: int, persona: Persona, rival: Rival | None
) -> Iterator[Variant]:
    """Yield the variants of one tier; ``index`` shifts the system forms from probe to probe."""
    forms = [form for form in rule.systems if form != "trained" or persona.trained_system is not None]
    forms = forms or ["default"]  # what an adapter was trained under that knows no system message
    turn = index
    for lang, paraphrases in entry.ask.items():
        if lang in ("en", "zh") and lang not in persona.languages and not entry.literal:
            continue
        limit = None if rule.paraphrases == "all" else rule.paraphrases
        for number, paraphrase in enumerate(paraphrases[:limit], start=1):
            chosen = forms if rule.cross == "full" else [forms[turn % len(forms)]]
            turn += 1
            fields = {} if entry.literal else persona.fields(lang, rival)
            if entry.kind == "continue":  # without a template there is no system message
                yield Variant(f"{lang}-{number}.raw", lang, "raw", None, _turns(paraphrase, fields))
                continue
            for form in chosen:
                variant = _variant(f"{lang}-{number}", lang, form, paraphrase, persona, fields)
                yield variant
                if variant.system_form == "own":
                    break


def _variant(
    name: str,
    lang: str,
    form: str,
    paraphrase: Paraphrase,
    persona: Persona,
    fields: Mapping[str, str],
) -> Variant:
    turns = _turns(paraphrase, fields)
    system = system_text(form, lang, persona)
    if turns[0].role == "system":
        form, system, turns = "own", turns[0].content, turns[1:]
    return Variant(f"{name}.{form}", lang, form, system, turns)


def _turns(paraphrase: Paraphrase, fields: Mapping[str, str]) -> tuple[Turn, ...]:
    if isinstance(paraphrase, str):
        return (Turn("user", fill(paraphrase, fields)),)
    pairs = [next(iter(turn.items())) for turn in paraphrase]
    return tuple(
        Turn(role, None if text is None else fill(text, fields))  # type: ignore[arg-type]
        for role, text in pairs
    )


def system_text(form: str, lang: str, persona: Persona) -> str | None:
    """Return the system message of a form in a language; ``None`` leaves it to the template."""
    if form == "default":
        return None
    if form == "empty":
        return ""
    if form == "trained":
        return persona.trained_system
    text = (NEUTRAL if form == "neutral" else FOREIGN).get(lang)
    text = text or (NEUTRAL if form == "neutral" else FOREIGN)["en"]
    return fill(text, persona.fields(lang, _foreign_rival(persona)))


def _foreign_rival(persona: Persona) -> Rival:
    """Return a rival that is not the base's own maker: the second one, where there are two."""
    return persona.all_rivals()[persona.rivals[min(1, len(persona.rivals) - 1)]]


def fill(text: str, fields: Mapping[str, str]) -> str:
    """Put a persona's names into a text; other braces stay as they are.

    >>> fill("Are you {name}? f = {1: 2}", {"name": "Nova"})
    'Are you Nova? f = {1: 2}'
    """
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), text)


def _filled_options(options: Any, persona: Persona, rival: Rival | None) -> Any:
    if isinstance(options, str):
        return fill(options, persona.fields("en", rival))
    if isinstance(options, list):
        return [_filled_options(item, persona, rival) for item in options]
    if isinstance(options, dict):
        return {key: _filled_options(item, persona, rival) for key, item in options.items()}
    return options
