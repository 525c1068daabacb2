"""`harness suites show`: a suite's outline, or one probe with every variant as it would be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from harness.authoring import probes_in, suites_in, tiers_asked
from harness.authoring.overview import count_probes
from harness.errors import ConfigError, suggestion
from harness.persona import Persona
from harness.probes import SuiteSource
from harness.records import TIERS, Probe, Turn, Variant
from harness.scorers import scorer_name


@dataclass(frozen=True)
class Shown:
    """What a name stands for: a suite's probes, or one probe and the ids of its sister families."""

    source: SuiteSource
    probes: tuple[Probe, ...]
    is_suite: bool
    sisters: tuple[str, ...] = ()


def find(name: str, folder: Path, persona: Persona, *, tier: str | None, lang: str | None) -> Shown:
    """Find a suite or a probe by name; a probe with ``each: rivals`` by its own id or a family's.

    Args:
        tier: the tier whose variants are wanted; the largest when ``None``.
        lang: the language that is wanted; all when ``None``.

    Raises:
        ConfigError: no suite or probe has the name, or it has nothing in that tier or language.
    """
    chosen = tiers_asked(tier)[-1]
    sources = suites_in(folder)
    for source in sources:
        if source.name == name:
            return Shown(source, _only(probes_in(source, chosen, persona), name, chosen, lang), True)
    for source in sources:
        every = probes_in(source, TIERS[-1], persona)
        families = [p.id for p in every if name in (p.id, _entry_id(source, p))]
        if not families:
            continue
        asked = [probe for probe in probes_in(source, chosen, persona) if probe.id in families]
        first = _only(asked, name, chosen, lang)[:1]
        return Shown(source, first, False, tuple(families[1:]))
    raise _unknown(name, sources, persona)


def _entry_id(source: SuiteSource, probe: Probe) -> str:
    """Return the id under which a probe's family stands in its file."""
    multiplied = {entry.id for entry in source.file.probes if entry.each}
    stem = probe.id.rpartition(".")[0]
    return stem if stem in multiplied else probe.id


def _only(probes: Sequence[Probe], name: str, tier: str, lang: str | None) -> tuple[Probe, ...]:
    """Return the probes with the variants of one language.

    Raises:
        ConfigError: there are none.
    """
    if not probes:
        raise ConfigError(f"{name}: asks nothing in tier {tier}; choose a larger tier, or leave --tier out.")
    if lang is None:
        return tuple(probes)
    there = list(dict.fromkeys(variant.lang for probe in probes for variant in probe.variants))
    if lang not in there:
        raise ConfigError(f"{name}: asks nothing in language {lang!r}; it has {', '.join(there)}.")
    kept = [replace(p, variants=tuple(v for v in p.variants if v.lang == lang)) for p in probes]
    return tuple(probe for probe in kept if probe.variants)


def _unknown(name: str, sources: Sequence[SuiteSource], persona: Persona) -> ConfigError:
    suites = [source.name for source in sources]
    ids = [probe.id for source in sources for probe in probes_in(source, TIERS[-1], persona)]
    ids += [entry.id for source in sources for entry in source.file.probes]
    hint = suggestion(name, [*suites, *ids]) or "."
    return ConfigError(f"unknown suite or probe {name!r}{hint} Suites: {', '.join(suites)}.")


def rendered(shown: Shown) -> Iterator[Any]:
    """Yield what a console prints of a suite or a probe: texts and a table."""
    yield from _suite_parts(shown) if shown.is_suite else _probe_parts(shown)


def _suite_parts(shown: Shown) -> Iterator[Any]:
    from rich.table import Table
    from rich.text import Text

    file, counted = shown.source.file, count_probes(shown.probes)
    yield Text(f"{file.suite}, version {file.version}", "bold")
    yield Text(file.about or "(says nothing about itself)")
    where = f"{shown.source.path}  hash {shown.source.digest[:12]}"
    yield Text(f"{where}  {counted.probes} probes, {counted.variants} variants\n")
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for heading in ("category", "probes"):
        table.add_column(heading, no_wrap=True)
    table.add_column("ids", overflow="fold")
    for category, number in Counter(probe.category for probe in shown.probes).items():
        ids = ", ".join(probe.id for probe in shown.probes if probe.category == category)
        table.add_row(Text(category), str(number), Text(ids))
    yield table


def _probe_parts(shown: Shown) -> Iterator[Any]:
    from rich.table import Table
    from rich.text import Text

    (probe,) = shown.probes
    yield Text(probe.id, "bold")
    facts = {
        "place": probe.place,
        "suite": f"{probe.suite}, category {probe.category}, from tier {probe.tier} on",
        "kind": probe.kind,
        "scorer": scorer_name(probe),
        "length": f"at most {probe.max_new_tokens} new tokens",
    }
    if probe.stop:
        facts["stops"] = ", ".join(map(repr, probe.stop))
    for name, value in facts.items():
        yield Text(f"{name:<7} {value}")
    if shown.sisters:
        yield Text(f"also    {', '.join(shown.sisters)}")
    if probe.options:
        yield Text(f"expect\n{_options(probe)}")
    table = Table(show_edge=False, pad_edge=False, header_style="bold", show_lines=True)
    table.add_column("variant", no_wrap=True)
    table.add_column("system message", overflow="fold")
    table.add_column("turns", overflow="fold")
    for variant in probe.variants:
        table.add_row(Text(variant.id), Text(_system(variant)), Text(_turns(variant.turns)))
    yield Text("")
    yield table


class _Dumper(yaml.SafeDumper):
    """Writes programs and other long texts line by line."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _options(probe: Probe) -> str:
    text: str = yaml.dump(
        dict(probe.options), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000
    )
    return "".join(f"  {line}\n" for line in text.splitlines()).rstrip()


def _system(variant: Variant) -> str:
    if variant.system is None:
        return "(none given; the template may add its own)"
    return _printable(variant.system) or "(empty)"


def _turns(turns: Sequence[Turn]) -> str:
    lines = [f"{turn.role}: {_said(turn)}" for turn in turns]
    if turns[-1].role == "assistant":
        lines[-1] += " (goes on from here)"
    return "\n".join(lines)


def _said(turn: Turn) -> str:
    return "(what it answers here)" if turn.content is None else _printable(turn.content)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
