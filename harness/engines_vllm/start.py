"""Starting vLLM: what it writes goes to a log, and a start that fails is told with its cause.

vLLM's core and workers are processes of their own. Their faults reach us as "see root cause above";
the cause itself is only in what they wrote.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = re.compile(r"^(?:\([^)]*\)\s*)?(?:(?:ERROR|WARNING|INFO) [\d-]+ [\d:.]+ \[[^\]]*\] ?)?")
"""How vLLM begins each line of a record: ``(EngineCore pid=7) ERROR 11-26 18:00:00 [core.py:1510] ``."""
_RAISED = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception|Interrupt)\b")
_ANNOUNCED = ("failed to start.", "encountered a fatal error.", "WorkerProc failed.")
"""With what vLLM's processes announce the traceback of what ended them."""
_SEE_ABOVE = re.compile(
    r"initialization failed|EngineCore encountered an issue|cancelled|died unexpectedly|^Exception: *$"
)
"""Faults that only point at another one."""
_KILLED = re.compile(r"'(\w+)': -(\d+)")
_NOISE = (
    " Supported architectures:",
    " See https://",
    " For further information visit",
    " [type=",
    " To allow over",
    " Try increasing",
    " Decrease ",
    "', please check",
)
"""Where a message goes on with what helps nobody here."""
_VALIDATION = re.compile(r"^\d+ validation errors? for \w+ (?:Value error, )?")
_LONGEST = 400


class Log:
    """A file that takes what vLLM's processes write, kept only when something failed.

    Whoever sets ``VLLM_LOGGING_LEVEL`` wants to read along: then nothing is taken.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self.failed = False

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Send stdout and stderr of this process, and of those it starts meanwhile, to the file."""
        if reads_along():
            yield
            return
        if self.path is None:
            handle, name = tempfile.mkstemp(prefix="identity-harness-vllm-", suffix=".log")
            os.close(handle)
            self.path = Path(name)
        with redirected(self.path):
            yield

    def text(self) -> str:
        """Return what was written so far; nothing when the user reads along."""
        return self.path.read_text(encoding="utf-8", errors="replace") if self.path else ""

    def keep(self) -> str:
        """Keep the file, and return where it lies, for a message."""
        self.failed = True
        return f"vLLM's log: {self.path}" if self.path else "see vLLM's log above"

    def close(self) -> None:
        """Delete the file, unless something failed."""
        if self.path is not None and not self.failed:
            with suppress(OSError):
                self.path.unlink()
            self.path = None


def reads_along() -> bool:
    """Say whether the user asked for vLLM's own log."""
    return os.environ.get("VLLM_LOGGING_LEVEL", "ERROR") != "ERROR"


@contextmanager
def redirected(path: Path) -> Iterator[None]:
    """Append file descriptors 1 and 2 to a file; a child started inside keeps writing there."""
    _flush()
    kept = os.dup(1), os.dup(2)
    try:
        with path.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        yield
    finally:
        _flush()
        for descriptor, old in zip((1, 2), kept, strict=True):
            os.dup2(old, descriptor)
            os.close(old)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed, or closed at the other end
            stream.flush()


def root_cause(fault: BaseException, log: str) -> str:
    """Return what went wrong, in one line: the fault itself, or what it points at in the log.

    >>> log = "(W pid=7) ERROR 11-26 18:00:00 [w.py:1] WorkerProc failed to start.\\n"
    >>> log += "(W pid=7) ERROR 11-26 18:00:00 [w.py:1] ValueError: No available memory for blocks.\\n"
    >>> root_cause(RuntimeError("Engine core initialization failed. See root cause above."), log)
    'ValueError: No available memory for blocks.'
    """
    own = _one_line(str(fault)) or type(fault).__name__
    if not _SEE_ABOVE.search(own):
        return own
    if found := _raised(log):
        return found
    if killed := _KILLED.search(own):
        return f"{killed[1]} was killed by signal {killed[2]}"
    return own


def _raised(log: str) -> str:
    """Return what ended the first process that announced its traceback, else the last fault of all."""
    lines = log.splitlines()
    for place, line in enumerate(lines):
        if line.rstrip().endswith(_ANNOUNCED):
            begin = _prefix(line)
            record = [other[len(begin) :] for other in lines[place:] if _prefix(other) == begin]
            if (told := _last_fault(record)) and not _SEE_ABOVE.search(told):
                return told
    told = _last_fault([line[len(_prefix(line)) :] for line in lines])
    return "" if _SEE_ABOVE.search(told) else told


def _prefix(line: str) -> str:
    found = _PREFIX.match(line)
    return found[0] if found else ""


def _last_fault(record: list[str]) -> str:
    """Return the last exception of a traceback, with the lines that its text goes on over."""
    raised = [place for place, line in enumerate(record) if _RAISED.match(line)]
    return _one_line(" ".join(record[raised[-1] :])) if raised else ""


def _one_line(text: str) -> str:
    """Return a message without line breaks, pydantic's framing, and what only makes it longer.

    >>> _one_line("1 validation error for ModelConfig\\n  Value error, too long. See https://docs")
    'too long.'
    """
    told = _VALIDATION.sub("", " ".join(text.split()))
    for noise in _NOISE:
        told = told.partition(noise)[0]
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}..."
