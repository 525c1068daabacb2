"""Progress of long work: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

_LINE_EVERY_S = 15.0


class Progress(Protocol):
    """What a long job calls as it goes on."""

    def advance(self, items: int, tokens: int = 0) -> None:
        """Say that some items are done, and how many tokens they made."""


@contextmanager
def progress(what: str, total: int) -> Iterator[Progress]:
    """Show the progress of ``total`` items on stderr, with tokens per second and the time left."""
    if sys.stderr.isatty():
        with _bar(what, total) as bar:
            yield bar
    else:
        yield _Lines(what, total)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True)) as shown:
        yield _Bar(shown, shown.add_task(what, total=total, rate=""))


class _Bar:
    def __init__(self, shown: Any, task: Any) -> None:
        self._shown, self._task = shown, task
        self._begun, self._tokens = time.monotonic(), 0

    def advance(self, items: int, tokens: int = 0) -> None:
        self._tokens += tokens
        rate = self._tokens / max(1e-9, time.monotonic() - self._begun)
        self._shown.update(self._task, advance=items, rate=f"{rate:,.0f} tok/s" if self._tokens else "")


class _Lines:
    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._begun = self._shown = time.monotonic()
        self._done = self._tokens = 0

    def advance(self, items: int, tokens: int = 0) -> None:
        self._done += items
        self._tokens += tokens
        now = time.monotonic()
        if now - self._shown < _LINE_EVERY_S and self._done < self._total:
            return
        self._shown = now
        spent = max(1e-9, now - self._begun)
        left = spent / max(1, self._done) * (self._total - self._done)
        rate = f", {self._tokens / spent:,.0f} tok/s" if self._tokens else ""
        line = f"{self._what}: {self._done}/{self._total}{rate}, {spent:.0f} s spent, {left:.0f} s left"
        print(line, file=sys.stderr, flush=True)
