"""Suites: files are read and checked, then built into what one tier asks of one persona's adapters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.config import Document, parse, read_yaml
from harness.errors import ConfigError, suggestion
from harness.files import file_digest
from harness.loaders import load_items
from harness.loaders.spec import Asked, Load, Loaded
from harness.persona import Persona, Rival
from harness.records import TIERS, Kind, Probe, Suite, digest_of
from harness.suite_file import LoadedEntry, Paraphrase, ProbeEntry, SuiteFile, TierRule
from harness.wording import fill_options, variants


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
    return with_loaded(document, file)


def with_loaded(document: Document, file: SuiteFile) -> SuiteSource:
    """Return a suite file that was read, with the items of each data file that it loads.

    Raises:
        ConfigError: faults of the data files.
    """
    path = document.path
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
        tuple(f"loads {one.note}" for one in loaded),
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

    One that only loads items, all of a higher tier, asks nothing in a lower one, and has a note that says so.

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
    notes = source.notes
    if not probes and not chosen and source.loaded and not source.file.probes:
        lowest = min((entry.tier for entry in source.loaded), key=TIERS.index)
        notes = (f"asks nothing in tier {tier}: what it loads is of tier {lowest}",)
    elif not probes:
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
        notes=notes,
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
        options=entry.expect if entry.literal else fill_options(entry.expect, persona.fields("en", rival)),
        variants=tuple(variants(entry, rule, index, persona, rival)),
        max_new_tokens=entry.max_new_tokens or file.max_new_tokens,
        stop=file.stop if entry.stop is None else entry.stop,
        place=place,
    )
