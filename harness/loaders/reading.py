"""From the rows of a data file to items: every fault of a file at once, what cannot be asked counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.errors import ConfigError
from harness.files import file_digest
from harness.loaders.spec import FaultyRow, Item, LeftOut, Load, Placed
from harness.loaders.tables import Roles, Row, find_columns, read_rows
from harness.records import Kind, digest_of

_MOST_FAULTS = 20
_SPLIT = re.compile(r"[-_](?:test|val|valid|validation|dev|train)$")
"""What a benchmark puts behind a subject in a file's name."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")

Columns = Mapping[str, str]
Lang = Literal["en", "zh"]


def _as_it_is(rows: Sequence[Row], columns: Columns, load: Load, place: str) -> Load:
    return load


@dataclass(frozen=True)
class Completion:
    """How a format is asked as a raw text that goes on, in the words in which it was published.

    ``item`` gives the text up to where the answer begins, and an example's answer. ``stop`` are the texts that
    end an answer. Examples and item stand with a blank line between them.
    """

    item: Callable[[Row, Columns, Load, str], Item]
    stop: tuple[str, ...]


@dataclass(frozen=True)
class Reader:
    """One format: who judges its items, which columns it needs, and how a row becomes an item.

    ``settle`` sees the whole file first and may settle what the load leaves open. ``stop`` are the texts that end
    an answer. ``completion`` is the format's other form, where it has one.
    """

    kind: Kind
    scorer: str
    max_new_tokens: int
    needed: Roles
    optional: Roles
    item: Callable[[Row, Columns, Load, str], Item]
    settle: Callable[[Sequence[Row], Columns, Load, str], Load] = _as_it_is
    stop: tuple[str, ...] = ()
    completion: Completion | None = None

    def in_form(self, form: str | None) -> Reader:
        """Return the reader of the form that a load asks for; choices have only one."""
        if form != "completion" or self.completion is None:
            return self
        return replace(self, kind="continue", item=self.completion.item, stop=self.completion.stop)


@dataclass(frozen=True)
class Source:
    """The items of a file, or of several, and what of them cannot be asked."""

    items: tuple[Placed, ...]
    left_out: Mapping[str, int]
    lang: Lang
    digest: str


def read_source(reader: Reader, load: Load, paths: Sequence[Path], prefix: str) -> Source:
    """Read data files; of several, each is a category by its name.

    Raises:
        ConfigError: files that cannot be read, missing columns, faulty rows, ids that stand twice.
    """
    faults: list[str] = []
    left_out: Counter[str] = Counter()
    items: list[Placed] = []
    langs: Counter[Lang] = Counter()
    for path in paths:
        rows = read_rows(path, load.header)
        columns = find_columns(path, rows, reader.needed, reader.optional, load.columns)
        settled = reader.settle(rows, columns, load, str(path))
        lang = load.lang or _language(rows, columns)
        langs[lang] += len(rows)
        subject = _SPLIT.sub("", path.name.split(".")[0]) if len(paths) > 1 else ""
        for row in rows:
            try:
                item = reader.item(row, columns, settled, lang)
                items.append(_placed(row, columns, load, prefix, subject, item))
            except FaultyRow as fault:
                faults.append(f"{row.place}: {fault}.")
            except LeftOut as reason:
                left_out[str(reason)] += 1
    faults += _doubled(items)
    if faults:
        more = (
            [f"... and {len(faults) - _MOST_FAULTS} more like these."] if len(faults) > _MOST_FAULTS else []
        )
        raise ConfigError("\n".join([*faults[:_MOST_FAULTS], *more]))
    digest = digest_of([[path.name, file_digest(path)] for path in paths])
    return Source(tuple(items), left_out, langs.most_common(1)[0][0], digest)


def _placed(row: Row, columns: Columns, load: Load, prefix: str, subject: str, item: Item) -> Placed:
    own = row.cells.get(columns["id"]) if "id" in columns else None
    name = str(row.number if own is None or not str(own).strip() else own).strip()
    held = row.cells.get(columns["category"]) if "category" in columns else None
    category = load.category or subject or (str(held).strip() if held is not None else "") or "general"
    return Placed(probe_id(prefix, subject, name), category, row.place, item)


def probe_id(prefix: str, subject: str, name: str) -> str:
    """Return a probe's id from an item's own.

    >>> probe_id("humaneval", "", "HumanEval/12"), probe_id("mmlu", "anatomy", "7")
    ('humaneval-12', 'mmlu-anatomy-7')
    """
    own = "-".join(slug(part) for part in (subject, name) if part)
    return own if own.startswith(f"{prefix}-") else f"{prefix}-{own}"


def slug(text: str) -> str:
    """Return a text as part of a probe's id; what is no ASCII is kept apart by a digest.

    >>> slug("HumanEval/12"), slug("法律 3") == slug("法学 3")
    ('humaneval-12', False)
    """
    plain = re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
    return plain if plain and text.isascii() else "-".join(filter(None, (plain, digest_of(text)[:8])))


def _doubled(items: Sequence[Placed]) -> Iterator[str]:
    first: dict[str, str] = {}
    for item in items:
        earlier = first.setdefault(item.id, item.place)
        if earlier != item.place:
            yield (
                f"{item.place}: its id makes the probe {item.id!r}, as {earlier} does; make ids unique, or "
                "number the items with `columns: {id: null}`."
            )


def _language(rows: Sequence[Row], columns: Columns) -> Lang:
    """Return the language in which a file asks, by the letters of its first needed column."""
    column = next(iter(columns.values()))
    text = "".join(str(row.cells.get(column, ""))[:500] for row in rows[:200])
    return "zh" if 3 * len(_HAN.findall(text)) > len(_LETTER.findall(text)) else "en"
