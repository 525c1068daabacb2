"""Data files become rows that know their place: CSV, JSON, JSON lines and Parquet, gzipped or not.

CSV and JSON are read by the standard library, which leaves every text as it stands ("None", "007") and
knows the line; Parquet by pandas.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ConfigError, suggestion
from harness.loaders.spec import FaultyRow

_ENDINGS = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
_LONGEST_CELL = 10_000_000


@dataclass(frozen=True)
class Row:
    """One row: ``number`` counts from 1, ``place`` is ``file:line`` or ``file, item N``."""

    number: int
    place: str
    cells: Mapping[str, Any]


def read_rows(path: Path, header: Sequence[str] | None = None) -> list[Row]:
    """Read a data file; blank lines count for nothing.

    Args:
        path: the file; its ending says how it is written.
        header: the names of the columns of a CSV file without a heading.

    Raises:
        ConfigError: the file is missing, empty, of an unknown kind or broken, with the line.
    """
    name = path.name.lower().removesuffix(".gz")
    ending = next((one for one in _ENDINGS if name.endswith(one)), None)
    if ending is None:
        raise ConfigError(
            f"{path}: unknown kind of file; expected {', '.join(_ENDINGS)}, or one of them with .gz."
        )
    if header and ending not in (".csv", ".tsv"):
        raise ConfigError(f"{path}: 'header' is for CSV files; rename columns with `columns`.")
    if ending == ".parquet":
        rows = list(_parquet(path))
    else:
        text = _text(path)
        read = {".csv": _csv, ".tsv": _csv, ".jsonl": _json_lines, ".json": _json}[ending]
        rows = list(read(path, text, header))
    if not rows:
        raise ConfigError(f"{path}: holds no item; expected one a row.")
    return rows


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{path}: not UTF-8 at byte {fault.start}; save it as UTF-8.") from fault
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise ConfigError(f"{path}: cannot be unpacked ({fault}); download it again.") from fault
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror}); check the path.") from fault


def _json_lines(path: Path, text: str, _: Sequence[str] | None) -> Iterator[Row]:
    number = 0
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        number += 1
        place = f"{path}:{line}"
        try:
            value = json.loads(written)
        except (ValueError, RecursionError) as fault:
            raise ConfigError(f"{place}: not JSON: {fault}; expected one object a line.") from fault
        yield Row(number, place, _object(value, place))


def _json(path: Path, text: str, _: Sequence[str] | None) -> Iterator[Row]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as fault:
        if fault.msg == "Extra data" and text.lstrip().startswith("{"):
            yield from _json_lines(path, text, None)  # JSON lines under another name
            return
        raise ConfigError(
            f"{path}:{fault.lineno}: not JSON: {fault.msg}; expected a list of objects."
        ) from fault
    except (ValueError, RecursionError) as fault:
        raise ConfigError(f"{path}: not JSON: {fault}; expected a list of objects.") from fault
    items = [value] if isinstance(value, dict) and "\n" not in text.strip() else value
    if not isinstance(items, list):
        raise ConfigError(f"{path}: is a JSON {type(value).__name__}; expected a list of objects.")
    for number, item in enumerate(items, start=1):
        place = f"{path}, item {number}"
        yield Row(number, place, _object(item, place))


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f'{place}: is {json.dumps(value)[:60]}; expected an object, {{"column": value}}.')
    return value


def _csv(path: Path, text: str, header: Sequence[str] | None) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    tabs = ".tsv" in path.name.lower()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if tabs else ",", strict=True)
    names = [name.strip() for name in header or next(_cells(path, reader), (0, []))[1]]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"{path}:1: column {doubled[0]!r} stands twice; keep one.")
    for number, (line, cells) in enumerate(_cells(path, reader), start=1):
        if len(cells) != len(names):
            raise ConfigError(
                f"{path}:{line}: {len(cells)} cells; expected {len(names)}: {', '.join(names)[:120]}. Put texts with "
                "commas in double quotes; for a file without a heading give `header`."
            )
        yield Row(number, f"{path}:{line}", dict(zip(names, cells, strict=True)))


def _cells(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with the line on which each begins."""
    begins = reader.line_num + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as fault:
        raise ConfigError(f"{path}:{begins}: not CSV: {fault}; expected cells between commas.") from fault


def _parquet(path: Path) -> Iterator[Row]:
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except ImportError as fault:
        raise ConfigError(
            f"{path}: reading Parquet needs pyarrow; `pip install pyarrow`, or save it as JSON lines."
        ) from fault
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror or fault}); check the path.") from fault
    except ValueError as fault:  # pyarrow's faults are among them
        raise ConfigError(
            f"{path}: not Parquet: {' '.join(str(fault).split())[:120]}; download it again."
        ) from fault
    for number, record in enumerate(frame.to_dict("records"), start=1):
        yield Row(
            number, f"{path}, item {number}", {str(name): _plain(value) for name, value in record.items()}
        )


def _plain(value: Any) -> Any:
    """Return a value of numpy's as one of Python's; what is missing is ``None``."""
    if isinstance(value, dict):
        return {str(key): _plain(held) for key, held in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


Roles = Mapping[str, Sequence[str]]
"""What a format reads, each with the names that its column may have."""


def find_columns(
    path: Path, rows: Sequence[Row], needed: Roles, optional: Roles, own: Mapping[str, str | None]
) -> dict[str, str]:
    """Return the column of each role that the file has.

    Args:
        needed, optional: roles with the usual names of their columns; case counts for nothing.
        own: the user's names; ``None`` says that a column is not to be used.

    Raises:
        ConfigError: all that is wrong with the columns at once.
    """
    present = list(dict.fromkeys(name for row in rows for name in row.cells))
    lower = {name.strip().lower(): name for name in reversed(present)}
    roles = {**needed, **optional}
    has = f"has: {', '.join(map(str, present))[:160]}"
    faults = [
        f"{path}: 'columns' names no part of this format: {role!r}{suggestion(role, list(roles)) or ';'} "
        f"parts: {', '.join(roles)}."
        for role in own
        if role not in roles
    ]
    found: dict[str, str] = {}
    for role, names in roles.items():
        wanted = own[role] if role in own else next((lower[name] for name in names if name in lower), None)
        if wanted is not None and wanted in present:
            found[role] = wanted
        elif role in needed or wanted is not None:
            looked = repr(wanted) if wanted else " or ".join(map(repr, names))
            faults.append(
                f"{path}: has no column {looked}; {has}. Name yours with `columns: {{{role}: ...}}`."
            )
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def text_of(row: Row, column: str) -> str:
    """Return a cell that must hold a text, or a number in place of one.

    Raises:
        FaultyRow: it is missing, blank or no text.
    """
    value = row.cells.get(column)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        said = "is missing" if value is None else f"is {value!r:.60}"
        raise FaultyRow(f"{column!r} {said}; expected a text")
    return value


def texts_of(row: Row, column: str) -> list[str]:
    """Return a cell that must hold a list of texts.

    Raises:
        FaultyRow: it is something else.
    """
    value = row.cells.get(column)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FaultyRow(f"{column!r} is {value!r:.60}; expected a list of texts")
    return value
