"""`harness suites ls`: what each suite asks, counted by tier, language and category."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from harness.authoring import probes_in, suites_in, tiers_asked
from harness.persona import Language, Persona
from harness.probes import SuiteSource
from harness.records import Probe


@dataclass(frozen=True)
class Count:
    """How many probes (question families), and how many variants of them."""

    probes: int
    variants: int


@dataclass(frozen=True)
class TierCount(Count):
    """What one tier asks: all together, by language, and the probes of each category."""

    languages: dict[str, Count]
    categories: dict[str, int]


@dataclass(frozen=True)
class SuiteCount:
    """One suite as `harness suites ls` shows it. ``digest`` is the file's SHA-256."""

    suite: str
    version: int
    digest: str
    path: str
    about: str
    tiers: dict[str, TierCount]


def count_suites(folder: Path, persona: Persona, tier: str | None = None) -> list[SuiteCount]:
    """Count every suite of a folder in one tier, or in each.

    Raises:
        ConfigError: an unknown tier, no suite, or a faulty one.
    """
    tiers = tiers_asked(tier)
    return [_count_suite(source, persona, tiers) for source in suites_in(folder)]


def _count_suite(source: SuiteSource, persona: Persona, tiers: Iterable[str]) -> SuiteCount:
    counted = {tier: count_probes(probes_in(source, tier, persona)) for tier in tiers}
    file = source.file
    return SuiteCount(file.suite, file.version, source.digest, str(source.path), file.about, counted)


def count_probes(probes: Sequence[Probe]) -> TierCount:
    """Count one tier's probes."""
    langs = list(dict.fromkeys(variant.lang for probe in probes for variant in probe.variants))
    categories = Counter(probe.category for probe in probes)
    whole = _count(probes, langs)
    return TierCount(
        whole.probes, whole.variants, {lang: _count(probes, [lang]) for lang in langs}, dict(categories)
    )


def _count(probes: Sequence[Probe], langs: Sequence[str]) -> Count:
    each = [sum(variant.lang in langs for variant in probe.variants) for probe in probes]
    return Count(sum(map(bool, each)), sum(each))


def suites_table(counted: Sequence[SuiteCount]) -> Any:
    """Return the counts as a table; languages and categories are those of the largest tier shown."""
    from rich.table import Table
    from rich.text import Text

    tiers = list(counted[0].tiers)
    largest = tiers[-1]
    there = {lang for one in counted for lang in one.tiers[largest].languages}
    langs = sorted(there, key=lambda lang: (lang not in get_args(Language), lang))
    table = Table(show_edge=False, pad_edge=False, header_style="bold", caption_justify="left")
    table.caption = f"probes / variants; languages and categories in tier {largest}"
    for heading in ("suite", "version", "hash"):
        table.add_column(heading, no_wrap=True)
    for heading in (*tiers, *langs):
        table.add_column(heading, no_wrap=True, justify="right")
    table.add_column("categories", overflow="fold")
    for one in counted:
        shown = [*one.tiers.values(), *(one.tiers[largest].languages.get(lang) for lang in langs)]
        kinds = ", ".join(f"{name} {n}" for name, n in one.tiers[largest].categories.items())
        head = (one.suite, str(one.version), one.digest[:12])
        table.add_row(*head, *map(_cell, shown), Text(kinds), end_section=one is counted[-1])
    every = [_total([one.tiers[tier] for one in counted]) for tier in tiers]
    every += [_total([one.tiers[largest].languages.get(lang) for one in counted]) for lang in langs]
    table.add_row("together", "", "", *map(_cell, every), "")
    return table


def _total(counts: Iterable[Count | None]) -> Count:
    there = [count for count in counts if count]
    return Count(sum(one.probes for one in there), sum(one.variants for one in there))


def _cell(count: Count | None) -> str:
    return f"{count.probes} / {count.variants}" if count and count.probes else "none"


def to_json(counted: Sequence[SuiteCount]) -> str:
    """Return the counts as JSON, one object for each suite."""
    return json.dumps([asdict(one) for one in counted], ensure_ascii=False, indent=1)
