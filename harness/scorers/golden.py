"""How well a scorer reads: its labels held against answers that people labelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness import stats
from harness.config import Record
from harness.errors import ConfigError
from harness.persona import Persona, read_persona
from harness.scorers.claims import read_claims

GOLDEN = Path(str(files("harness.scorers") / "golden"))
_HELD_OUT = "held out"
MODELS_HELD_OUT = "models, held out"
HARD = "hard"
RULES = "rules"
"""The reader that every answer's score rests on."""
LABELS = ("claims name", "claims author", "affirms a rival", "denies a rival", "mentions the persona")


class GoldenRow(Record):
    """One labelled answer; ``harness/scorers/golden/README.md`` says what the labels mean."""

    id: str
    lang: str
    question: str
    answer: str
    claims: frozenset[str] = frozenset()
    affirms: frozenset[str] = frozenset()
    denies: frozenset[str] = frozenset()
    mentions: bool = False
    hard: bool = False
    kind: str = ""
    note: str = ""


Labels = dict[str, frozenset[str]]
"""Label -> whom it is about; an empty set where the answer does not have it."""
Read = Callable[[Sequence[GoldenRow], Persona], list[Labels]]
"""A reader: rows -> the labels of each."""


@dataclass(frozen=True)
class Agreement:
    """How often a scorer's label agrees with people's, for one part of the answers.

    ``found`` of ``positive`` answers that have the label were read so, with the same rivals; ``clear`` of
    ``negative`` answers without it were read without it.
    """

    part: str
    lang: str
    label: str
    found: int
    positive: int
    clear: int
    negative: int
    reader: str = RULES

    @property
    def sensitivity(self) -> float | None:
        """Share of answers with the label that were read with it."""
        return self.found / self.positive if self.positive else None

    @property
    def specificity(self) -> float | None:
        """Share of answers without the label that were read without it."""
        return self.clear / self.negative if self.negative else None


def read_golden(path: Path) -> list[GoldenRow]:
    """Read labelled answers, one JSON object a line.

    Raises:
        ConfigError: the file is unreadable, or rows are faulty; all faults at once.
    """
    adapter, rows, faults = TypeAdapter(GoldenRow), [], []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror}).") from fault
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(adapter.validate_json(line))
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(map(str, first["loc"])) or "row"
            faults.append(f"{path}:{number}: {where}: {first['msg']}; see {GOLDEN / 'README.md'}.")
    if faults or not rows:
        raise ConfigError("\n".join(faults) or f"{path}: holds no rows; write one labelled answer a line.")
    return rows


def labels_read(row: GoldenRow, persona: Persona) -> Labels:
    """Return what the claims reader makes of a row, as the sets that `labels_given` holds."""
    read = read_claims(row.answer, row.question, persona)
    return labels_of(read.claimed, read.rivals_affirmed, read.rivals_denied, read.mentions_persona)


def labels_given(row: GoldenRow) -> Labels:
    """Return a row's own labels; a label that the answer does not have is an empty set."""
    return labels_of(row.claims, row.affirms, row.denies, row.mentions)


def labels_of(
    claims: frozenset[str], affirms: frozenset[str], denies: frozenset[str], mentions: bool
) -> Labels:
    """Return a reading as label -> set; a label that the answer does not have is an empty set."""
    values = (claims & {"name"}, claims & {"author"}, affirms, denies, frozenset(["yes"] * mentions))
    return dict(zip(LABELS, values, strict=True))


def read_by_rules(rows: Sequence[GoldenRow], persona: Persona) -> list[Labels]:
    """Return every row's labels as the claims reader reads them."""
    return [labels_read(row, persona) for row in rows]


def agreement(
    part: str, rows: Sequence[GoldenRow], persona: Persona, read: Read = read_by_rules, reader: str = RULES
) -> Iterator[Agreement]:
    """Yield one agreement for each language and label."""
    labels = [(row.lang, labels_given(row), got) for row, got in zip(rows, read(rows, persona), strict=True)]
    for lang in sorted({lang for lang, _, _ in labels}):
        for label in LABELS:
            pairs = [(given[label], got[label]) for one, given, got in labels if one == lang]
            with_it = [given == got for given, got in pairs if given]
            without = [not got for given, got in pairs if not given]
            yield Agreement(
                part, lang, label, sum(with_it), len(with_it), sum(without), len(without), reader=reader
            )


def check_claims(own: Path | None = None, others: Mapping[str, Read] | None = None) -> list[Agreement]:
    """Measure the claims reader on the built-in golden answers, or on a file of the user's own.

    Args:
        others: further readers by name, measured on the user's own answers, or on those that are held out.
    """
    persona = read_persona(GOLDEN / "persona.yaml")
    parts = {"own": [own]} if own else built_in_parts()
    found: list[Agreement] = []
    for part, paths in parts.items():
        rows = [row for path in paths for row in read_golden(path)]
        found += agreement(part, rows, persona)
        for name, read in (others or {}).items() if own or part.endswith(_HELD_OUT) else ():
            found += agreement(part, rows, persona, read, name)
    return found


def rows_to_train_on() -> list[GoldenRow]:
    """Return the built-in golden answers that are not held out."""
    parts = built_in_parts()
    paths = [path for part, files_ in parts.items() if not part.endswith(_HELD_OUT) for path in files_]
    return [row for path in paths for row in read_golden(path)]


def built_in_parts() -> dict[str, list[Path]]:
    """Return part -> files: rows that rules were written with, hard ones, rows kept from both, real models' answers."""
    parts: dict[str, list[Path]] = {
        part: [] for part in ("development", "models", HARD, _HELD_OUT, MODELS_HELD_OUT)
    }
    for path in sorted(GOLDEN.glob("claims_*.jsonl")):
        parts[_part_of(path.name)].append(path)
    return {part: paths for part, paths in parts.items() if paths}


def _part_of(name: str) -> str:
    if "models" in name:
        return MODELS_HELD_OUT if "held_out" in name else "models"
    if "hard" in name:
        return HARD
    return _HELD_OUT if "held_out" in name else "development"


def misread_lines(own: Path | None = None) -> Iterator[str]:
    """Yield the misread answers as text; of the built-in ones those that rules may be written for."""
    persona = read_persona(GOLDEN / "persona.yaml")
    parts = {"own": [own]} if own else built_in_parts()
    paths = [path for part, files_ in parts.items() if not part.endswith(_HELD_OUT) for path in files_]
    for row in (row for path in paths for row in read_golden(path)):
        given, got = labels_given(row), labels_read(row, persona)
        wrong = [
            f"    {label}: labelled {_listed(given[label])}, read {_listed(got[label])}"
            for label in LABELS
            if given[label] != got[label]
        ]
        if wrong:
            yield "\n".join([f"{row.id}: {row.question!r} -> {row.answer!r}", *wrong])


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or "no"


def agreement_table(measured: Sequence[Agreement]) -> Any:
    """Return the agreements as a table, with 95 % Wilson intervals."""
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    several = len({one.reader for one in measured}) > 1
    for heading in ("answers", *(["reader"] * several), "lang", "label"):
        table.add_column(heading, no_wrap=True)
    for heading in ("sensitivity", "specificity"):
        table.add_column(heading, no_wrap=True, justify="right")
    for place, one in enumerate(measured):
        following = measured[place + 1] if place + 1 < len(measured) else one
        table.add_row(
            one.part,
            *([one.reader] * several),
            one.lang,
            one.label,
            _share(one.found, one.positive),
            _share(one.clear, one.negative),
            end_section=(one.part, one.reader, one.lang)
            != (following.part, following.reader, following.lang),
        )
    return table


def _share(part: int, whole: int) -> str:
    if not whole:
        return "no such answer"
    low, high = stats.wilson_interval(part, whole)
    return f"{part / whole:.3f} [{low:.3f}, {high:.3f}] {part:>3}/{whole}"


def to_json(measured: Sequence[Agreement]) -> str:
    """Return the agreements as JSON, rates included."""
    rows = [{**vars(one), "sensitivity": one.sensitivity, "specificity": one.specificity} for one in measured]
    return json.dumps(rows, ensure_ascii=False, indent=1)
