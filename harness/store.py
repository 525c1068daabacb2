"""The store: one SQLite file per run. Answers are written as they arrive, scores apart from them."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.records import Ask, Sample, Scored, Span

FILE = "run.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS samples (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, token_ids TEXT NOT NULL, logprobs TEXT NOT NULL,
    finish TEXT NOT NULL, arrived TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS asks (
    subject TEXT, probe TEXT, variant TEXT, part TEXT, key TEXT NOT NULL, prompt TEXT NOT NULL,
    UNIQUE (subject, probe, variant, part));
CREATE TABLE IF NOT EXISTS scores (
    subject TEXT, probe TEXT, variant TEXT, scorer TEXT NOT NULL, answer TEXT NOT NULL,
    value REAL, reason TEXT NOT NULL, spans TEXT NOT NULL, details TEXT NOT NULL,
    UNIQUE (subject, probe, variant, scorer));
"""
_VERSION = 1


class Store:
    """A run's file. One process writes it at a time; others may read. ``fresh`` begins it anew.

    Raises:
        StoreError: another process writes the run, or the file is damaged or from another version.
    """

    def __init__(self, folder: Path, *, read_only: bool = False, fresh: bool = False) -> None:
        self.path = folder / FILE
        self._lock: Any = None
        if read_only and not self.path.exists():
            raise StoreError(f"{folder}: no {FILE} here, so it is no run; `harness history` lists runs.")
        if not read_only:
            folder.mkdir(parents=True, exist_ok=True)
            self._take_lock(folder / ".lock")
        if fresh:
            for file in folder.glob(f"{FILE}*"):
                file.unlink()
        try:
            self._db = self._open(read_only)
            self._samples = {sample.key: sample for sample in self._read_samples()}
        except sqlite3.DatabaseError as fault:
            raise StoreError(
                f"{self.path}: not a readable run ({fault}); move it away and run again."
            ) from fault

    def _take_lock(self, path: Path) -> None:
        self._lock = path.open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            self._lock.close()
            raise StoreError(
                f"{path.parent}: another process is writing this run; wait for it, or stop it."
            ) from fault

    def _open(self, read_only: bool) -> sqlite3.Connection:
        mode = "?mode=ro" if read_only else ""
        db = sqlite3.connect(f"file:{self.path}{mode}", uri=True, isolation_level=None, timeout=60)
        if not read_only:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.executescript(_SCHEMA)
            if not db.execute("PRAGMA user_version").fetchone()[0]:
                db.execute(f"PRAGMA user_version={_VERSION}")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != _VERSION:
            raise StoreError(
                f"{self.path}: written by another version (format {version}, this one reads "
                f"{_VERSION}); judge it with the version that wrote it."
            )
        return db

    def _read_samples(self) -> Iterator[Sample]:
        rows = self._db.execute("SELECT key, text, token_ids, logprobs, finish FROM samples")
        for key, text, token_ids, logprobs, finish in rows:
            ids, likelihoods = tuple(json.loads(token_ids)), tuple(json.loads(logprobs))
            yield Sample(key, text, ids, likelihoods, finish)

    def __len__(self) -> int:
        """The number of stored answers."""
        return len(self._samples)

    def sample(self, key: str) -> Sample | None:
        """Return the stored answer to a request's key."""
        return self._samples.get(key)

    def samples(self) -> Iterator[Sample]:
        """Yield every stored answer."""
        yield from self._samples.values()

    def add_sample(self, sample: Sample) -> None:
        """Write one answer at once, so that a kill loses only what was in flight."""
        assert sample.finish != "error", "a failed request is asked again, not kept"
        text = sample.text.encode("utf-8", "backslashreplace").decode()
        self._db.execute(
            "INSERT OR REPLACE INTO samples (key, text, token_ids, logprobs, finish) VALUES (?,?,?,?,?)",
            (
                sample.key,
                text,
                json.dumps(sample.token_ids),
                json.dumps(sample.logprobs),
                sample.finish,
            ),
        )
        self._samples[sample.key] = sample

    def set_asks(self, asks: Iterable[tuple[Ask, str]]) -> None:
        """Write which stored answer serves which subject, probe, variant and part."""
        rows = [
            (ask.subject, ask.probe.id, ask.variant.id, ask.part, ask.request.key, prompt)
            for ask, prompt in asks
        ]
        self._replace("asks", "subject, probe, variant, part, key, prompt", rows)

    def set_scores(self, scored: Iterable[Scored], versions: Mapping[str, str]) -> None:
        """Write scores; ``versions`` names each scorer with its version."""
        rows = [
            (
                one.subject,
                one.probe.id,
                one.variant.id,
                versions[one.probe.scorer],
                one.answer.encode("utf-8", "backslashreplace").decode(),
                one.score.value,
                one.score.reason,
                json.dumps([[span.start, span.end, span.label] for span in one.score.spans]),
                json.dumps(dict(one.score.details), ensure_ascii=False),
            )
            for one in scored
        ]
        columns = "subject, probe, variant, scorer, answer, value, reason, spans, details"
        self._replace("scores", columns, rows)

    def _replace(self, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
        marks = ",".join("?" * len(columns.split(",")))
        with self._transaction():
            self._db.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", rows)

    def _transaction(self) -> sqlite3.Connection:
        self._db.execute("BEGIN IMMEDIATE")
        return self._db

    def set_meta(self, name: str, value: Any) -> None:
        """Write one JSON value about the run."""
        text = json.dumps(value, ensure_ascii=False)
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, text))

    def meta(self, name: str) -> Any:
        """Return one JSON value about the run, or ``None``."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a reading query, for exports and `harness gate`."""
        return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        """Fold the write-ahead log into the file and release the run."""
        if self._lock is not None:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        if self._lock is not None:
            self._lock.close()


def spans_from(text: str) -> tuple[Span, ...]:
    """Return the spans that `Store.set_scores` wrote."""
    return tuple(Span(start, end, label) for start, end, label in json.loads(text))
