"""Files on disk: their digests, locks, and writing that never leaves half a file."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.records import digest_of


def cache_folder() -> Path:
    """Return the folder for converted models and other things that can be made again."""
    from platformdirs import user_cache_path

    own = os.environ.get("IDENTITY_HARNESS_CACHE")
    return Path(own) if own else user_cache_path("identity-harness")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel releases it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def folder_digest(folder: Path, patterns: Iterable[str]) -> str:
    """Return the digest of the files in a folder that match: of their names and contents.

    Digests of large files are remembered by path, size and time of change.
    """
    names = sorted({path.name for pattern in patterns for path in folder.glob(pattern)})
    return digest_of([[name, file_digest(folder / name)] for name in names])


def file_digest(path: Path) -> str:
    """Return the SHA-256 of one file's content; see `folder_digest` about what is remembered."""
    status = path.stat()
    known = cache_folder() / "digests.json"
    stamp = [status.st_size, status.st_mtime_ns, status.st_ino]
    large = status.st_size > 50_000_000
    entry = _read_json(known).get(str(path.resolve())) if large else None
    if entry and entry[:-1] == stamp:
        return str(entry[-1])
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    if large:
        with locked(known.with_suffix(".lock")):
            entries = {**_read_json(known), str(path.resolve()): [*stamp, digest]}
            write_atomically(known, json.dumps(entries, indent=1))
    return digest


def read_json_rows(path: Path) -> list[Any]:
    """Return the rows of a file that is a JSON list, or has one JSON value a line.

    Raises:
        OSError: it cannot be read. ValueError, RecursionError: it is not JSON, or not UTF-8.
    """
    text = path.read_text(encoding="utf-8-sig")
    if text.lstrip().startswith("["):
        rows: list[Any] = json.loads(text)
        return rows
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _read_json(path: Path) -> dict[str, list[int | str]]:
    try:
        found: dict[str, list[int | str]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("w", encoding="utf-8", errors="backslashreplace") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    unfinished.replace(path)
