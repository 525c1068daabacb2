"""Tensors in safetensors files, read without torch: the table of names first, values by memory map."""

from __future__ import annotations

import json
import math
import stat
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

_MAX_HEADER = 16 * 2**20
_ITEM_BYTES = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 1),
}
FLOATS = ("F64", "F32", "F16", "BF16")
"""The types whose values are read."""


@dataclass(frozen=True)
class Entry:
    """One tensor's place: its type as safetensors names it, its shape, its bytes after the header."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class TensorFile:
    """One safetensors file: entries by name, values when they are asked for.

    Values are views of the mapped file or copies of one tensor, never of the whole file.
    """

    def __init__(self, path: Path, entries: Mapping[str, Entry], start: int) -> None:
        self.path, self.entries, self._start = path, entries, start

    @cached_property
    def _bytes(self) -> Array:
        import numpy as np

        # Through an open handle, since numpy would follow a path that changed in between.
        with self.path.open("rb") as handle:
            return np.memmap(handle, dtype=np.uint8, mode="r")

    def raw(self, name: str) -> Array:
        """Return one tensor's bytes, as a view of the file."""
        entry = self.entries[name]
        view: Array = self._bytes[self._start + entry.begin : self._start + entry.end]
        return view

    def values(self, name: str, rows: slice | None = None) -> Array:
        """Return one tensor, or some rows of it, as float32 or float64 in its shape.

        Exact for every type of `FLOATS`: each value of bfloat16 and float16 is one of float32.
        """
        import numpy as np

        entry = self.entries[name]
        kind = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}[entry.dtype]
        stored = self.raw(name).view(kind).reshape(entry.shape)[... if rows is None else rows]
        if entry.dtype == "BF16":
            wide: Array = np.left_shift(stored, 16, dtype=np.uint32).view("<f4")
            return wide
        return stored.astype("<f4") if entry.dtype == "F16" else stored


class TensorFault(ValueError):
    """A file that is no whole safetensors file; the callers turn it into an error of their own."""


def open_tensors(file: Path) -> TensorFile:
    """Read the table of a safetensors file and check that the file is what the table says.

    Raises:
        TensorFault: the file is no regular file, is truncated, or its header is not what
            safetensors writes: too long, keys twice, bytes that overlap or belong to no tensor.
    """
    try:
        size = _regular_size(file)
        with file.open("rb") as handle:
            (length,) = struct.unpack("<Q", handle.read(8))
            if length > min(size, _MAX_HEADER):
                raise ValueError(f"its header claims {length} bytes of {size}")
            header = json.loads(handle.read(length), object_pairs_hook=unique_keys)
        entries = dict(_entries(header))
        _check_bytes(entries, size - 8 - length)
    except OSError as fault:
        raise TensorFault(f"cannot be read: {fault.strerror or fault}") from fault
    except RecursionError as fault:
        raise TensorFault("is damaged: its header is nested too deeply") from fault
    except (struct.error, ValueError, LookupError, TypeError, AttributeError) as fault:
        raise TensorFault(f"is damaged: {clean(str(fault))}") from fault
    return TensorFile(file, entries, 8 + length)


def _regular_size(file: Path) -> int:
    """Return a file's size in bytes; a pipe or a device would block or never end."""
    status = file.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, "Is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is no regular file")
    return status.st_size


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object whose keys differ; two readers may choose differently between doubled ones.

    Raises:
        ValueError: a key stands twice.

    >>> unique_keys([("r", 8), ("alpha", 16)])
    {'r': 8, 'alpha': 16}
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in names if names.count(key) > 1)!r} stands in it twice")
    return found


def _entries(header: Any) -> Iterator[tuple[str, Entry]]:
    if not isinstance(header, dict):
        raise TypeError(f"its header is {type(header).__name__}, not an object")
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        numbers = [begin, end, *entry["shape"]]
        if any(type(number) is not int or not 0 <= number < 2**53 for number in numbers):
            raise ValueError(f"{name} has impossible numbers")
        yield name, Entry(str(entry["dtype"]), tuple(entry["shape"]), begin, end)


def _check_bytes(entries: Mapping[str, Entry], size: int) -> None:
    """Check that the tensors follow each other without a hole and fill ``size`` bytes."""
    place = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        wanted = math.prod(entry.shape) * _ITEM_BYTES.get(entry.dtype, 0)
        if entry.end < entry.begin or (entry.dtype in _ITEM_BYTES and entry.end - entry.begin != wanted):
            raise ValueError(f"{name} has {entry.end - entry.begin} bytes where its shape needs {wanted}")
        if entry.begin != place:
            raise ValueError(f"{name} begins at byte {entry.begin} where {place} is next")
        place = entry.end
    if place != size:
        raise ValueError(f"it has {size} bytes of values where its header says {place}")


def clean(text: str, limit: int = 160) -> str:
    r"""Return a text from a foreign file so that it cannot move a terminal's cursor or fill a screen.

    >>> clean("lora\x1b[2JA")
    'lora?[2JA'
    """
    shown = "".join(char if char.isprintable() else "?" for char in text)
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."
