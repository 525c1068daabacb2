"""The store: one SQLite file per run. Answers are written as they arrive, scores apart from them."""

from __future__ import annotations

import fcntl
import json
import math
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.records import Ask, Sample, Scored, Span

FILE = "run.sqlite"
VERDICT = "verdict.json"
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
_SYNC_EVERY_S = 0.5
"""Answers that arrive faster than this share one wait for the disk."""


class Store:
    """A run's file. One process writes it at a time; others may read.

    ``fresh`` begins it anew: the stored answers go, and with them the verdict that rested on them.
    ``wait`` waits for another writer to finish, for a store that several runs share.

    Raises:
        StoreError: another process writes the run, or the file is damaged or from another version.
            Any later read or write raises it too, when the disk is full or the file is damaged.
    """

    def __init__(
        self, folder: Path, *, read_only: bool = False, fresh: bool = False, wait: bool = False
    ) -> None:
        self.path = folder / FILE
        self._lock: Any = None
        self._synced, self._syncs = -math.inf, False
        self._db: sqlite3.Connection | None = None
        if read_only and not self.path.exists():
            raise StoreError(f"{folder}: no {FILE} here, so it is no run; `harness history` lists runs.")
        if not read_only:
            self._take_lock(folder, wait)
        try:
            if fresh:
                for file in (*folder.glob(f"{FILE}*"), folder / VERDICT):
                    file.unlink(missing_ok=True)
            with self._told():
                self._db = self._connect(read_only)
                self._check_version(begin=not read_only)
                self._samples = {sample.key: sample for sample in self._read_samples()}
        except BaseException:
            self._release()
            raise

    def _take_lock(self, folder: Path, wait: bool) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / ".lock").open("w")
        except OSError as fault:
            raise StoreError(
                f"{folder}: cannot be written ({fault.strerror}); choose another folder for runs."
            ) from fault
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            self._lock.close()
            raise StoreError(
                f"{folder}: another process is writing this run; wait for it, or stop it."
            ) from fault

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell a fault of SQLite or of what it holds as the run's."""
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError) as fault:
            raise StoreError(
                f"{self.path}: cannot be read or written ({fault}); see whether the disk is full, else "
                "move it away and run again."
            ) from fault

    def _connect(self, read_only: bool) -> sqlite3.Connection:
        uri = self.path.absolute().as_uri() + ("?mode=ro" if read_only else "")
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=60)

    def _check_version(self, *, begin: bool) -> None:
        """Refuse another format; ``begin`` gives an empty file this one's."""
        assert self._db is not None
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version != _VERSION and (tables or not begin):
            raise StoreError(
                f"{self.path}: of another format ({version}; this version reads {_VERSION}); judge it "
                "with the version that wrote it, or move it away."
            )
        if begin:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT")

    def _read_samples(self) -> Iterator[Sample]:
        rows = self._run("SELECT key, text, token_ids, logprobs, finish FROM samples")
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
        """Write one answer at once, so that a kill loses only what was in flight.

        It is with the system then, and on the disk when half a second has passed since the last wait for it: a
        machine that loses its power in a burst of answers loses those after that wait, and nothing before.
        """
        assert sample.finish != "error", "a failed request is asked again, not kept"
        sample = replace(sample, text=storable(sample.text))
        self._sync_next(every_s=_SYNC_EVERY_S)
        self._run(
            "INSERT OR REPLACE INTO samples (key, text, token_ids, logprobs, finish) VALUES (?,?,?,?,?)",
            sample.key,
            sample.text,
            json.dumps(sample.token_ids),
            json.dumps(sample.logprobs),
            sample.finish,
        )
        self._samples[sample.key] = sample

    def _sync_next(self, every_s: float = 0.0) -> None:
        """Have the next commit wait for the disk, with all before it, unless one did within ``every_s``.

        In a write-ahead log FULL syncs the whole log with each commit, and NORMAL none.
        """
        now = time.monotonic()
        due = now - self._synced >= every_s
        if due:
            self._synced = now
        if due != self._syncs:
            self._syncs = due
            self._run(f"PRAGMA synchronous={'FULL' if due else 'NORMAL'}")

    def set_asks(self, asks: Iterable[tuple[Ask, str]]) -> None:
        """Write which stored answer serves which subject, probe, variant and part."""
        rows = [
            (ask.subject, ask.probe.id, ask.variant.id, ask.part, ask.request.key, storable(prompt))
            for ask, prompt in asks
        ]
        self._replace("asks", "subject, probe, variant, part, key, prompt", rows)

    def set_scores(self, scored: Iterable[Scored], versions: Mapping[str, str]) -> None:
        """Write scores; ``versions`` maps each probe's id to its scorer and that one's version."""
        rows = [
            (
                one.subject,
                one.probe.id,
                one.variant.id,
                versions[one.probe.id],
                storable(one.answer),
                one.score.value,
                storable(one.score.reason),
                json.dumps([[span.start, span.end, span.label] for span in one.score.spans]),
                json.dumps(dict(one.score.details)),
            )
            for one in scored
        ]
        columns = "subject, probe, variant, scorer, answer, value, reason, spans, details"
        self._replace("scores", columns, rows)

    def _replace(self, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
        marks = ",".join("?" * len(columns.split(",")))
        self._sync_next()
        assert self._db is not None
        with self._told(), self._db:  # commits, or rolls back
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", rows)

    def set_meta(self, **values: Any) -> None:
        """Write JSON values about the run, all of them or none."""
        rows = [(name, _storable_json(value)) for name, value in values.items()]
        self._replace("meta", "name, value", rows)

    def meta(self, name: str) -> Any:
        """Return one JSON value about the run, or ``None``."""
        found = self.rows("SELECT value FROM meta WHERE name = ?", name)
        with self._told():
            return json.loads(found[0][0]) if found else None

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a reading query, for exports and `harness gate`."""
        return self._run(query, *values)

    def _run(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        assert self._db is not None, "the store is closed"
        with self._told():
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        """Fold the write-ahead log into the one file, where nobody reads it, and release the run."""
        if self._db is not None and self._lock is not None:
            with suppress(sqlite3.Error):  # what was committed stays, in the log
                self._db.execute("PRAGMA busy_timeout=0")
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._db.execute("PRAGMA journal_mode=DELETE")
        self._release()

    def _release(self) -> None:
        if self._db is not None:
            self._db.close()
        if self._lock is not None:
            self._lock.close()


def storable(text: str) -> str:
    r"""Return a text that UTF-8 can hold: half a surrogate pair becomes its escape, all else stays.

    >>> storable("a\0b\ud800")
    'a\x00b\\ud800'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def spans_from(text: str) -> tuple[Span, ...]:
    """Return the spans that `Store.set_scores` wrote."""
    return tuple(Span(start, end, label) for start, end, label in json.loads(text))


def _storable_json(value: Any) -> str:
    """Return a value as JSON whose texts come back as `storable` writes them: lone surrogates escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(f"\\\\u{ord(char):04x}" if "\ud800" <= char <= "\udfff" else char for char in text)
