"""Runs programs that a model wrote, in a process of their own that can forge nothing.

The program's process gets calls and returns values. Expected values and the comparison stay on this
side, so exiting early, patched builtins or objects that equal everything cannot pass a test.
Limits: CPU time, wall clock, memory, file size, processes; an empty environment; an empty folder.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from harness.errors import SandboxError

LEVEL = "process"
"""What isolation this is: a separate process with limits, not a namespace."""

_CHILD = Path(__file__).with_name("child.py")
_CPU_S, _WALL_S = 4, 12
_REPLY_BYTES = 1 << 20
_MARK = "HARNESS_PROGRAM"

Status = Literal["answered", "error", "timeout", "output", "infrastructure"]


@dataclass(frozen=True)
class Call:
    """One call of the program's function, with JSON arguments."""

    function: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Result:
    """What one call returned (a JSON value), or the name and text of what it raised."""

    value: Any = None
    error: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a program. ``infrastructure`` is our failure and never the model's."""

    status: Status
    results: tuple[Result, ...] = ()
    message: str = ""


def run_program(source: str, calls: Sequence[Call]) -> Outcome:
    """Run a program in its own limited process and make the calls there."""
    try:
        with tempfile.TemporaryFile() as job, _empty_folder() as folder:
            wanted = [[call.function, list(call.args)] for call in calls]
            job.write(json.dumps({"source": source, "calls": wanted, "cpu_s": _CPU_S}).encode())
            job.seek(0)
            said, status = _converse(job, folder)
    except (OSError, TypeError) as fault:  # no process or folder to be had; arguments that JSON cannot hold
        return Outcome("infrastructure", message=str(fault))
    return _outcome(said, status, len(calls))


@contextmanager
def _empty_folder() -> Iterator[str]:
    """Make a folder, and delete it with whatever the program left there, as far as that goes."""
    folder = tempfile.mkdtemp(prefix="harness-program-")
    try:
        yield folder
    finally:
        with suppress(OSError, RecursionError):
            shutil.rmtree(folder, ignore_errors=True)


def _converse(job: IO[bytes], folder: str) -> tuple[bytes, int | None]:
    """Start the program's process; return what it said and how it ended, ``None`` if not by itself."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", str(_CHILD)],
        stdin=job,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", _MARK: folder},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            said, in_time = _read(process.stdout, time.monotonic() + _WALL_S)
        finally:
            # Before the leader is waited for, so that its number cannot be another group's by now.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            _kill_runaways(folder)
            process.stdout.close()
    return said, process.returncode if in_time else None


def _read(pipe: IO[bytes], deadline: float) -> tuple[bytes, bool]:
    """Read the ready line and the reply's line, no more than a reply may hold and no longer than allowed.

    Lines, not the pipe's end, since a child of the program may hold the pipe open.
    """
    said = b""
    while said.count(b"\n") < 2 and len(said) <= _REPLY_BYTES:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return said, False
        more = os.read(pipe.fileno(), 1 << 16)
        if not more:
            break
        said += more
    return said, True


def _kill_runaways(folder: str) -> None:
    """Kill what left the program's session: on Linux, processes that inherited its environment."""
    mark = f"{_MARK}={folder}".encode()
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in place.read_bytes().split(b"\0"):
                os.kill(int(place.parent.name), signal.SIGKILL)


def _outcome(said: bytes, status: int | None, n_calls: int) -> Outcome:
    """Read what a program's process said; until it said that it is ready, every failure is ours."""
    ready, _, reply = said.partition(b"\n")
    if ready != b"ready":
        return Outcome("infrastructure", message=f"it ended with status {status} before the program began")
    if len(said) > _REPLY_BYTES:
        return Outcome("output", message=f"its answers are over {_REPLY_BYTES} bytes")
    if status is None:
        return Outcome("timeout", message=f"no end after {_WALL_S} s")
    if not reply and status in (-signal.SIGXCPU, -signal.SIGKILL):
        return Outcome("timeout", message=f"more than {_CPU_S} s of CPU time")
    return _answered(reply, n_calls) or Outcome("error", message=f"ended with status {status}, unanswered")


def _answered(reply: bytes, n_calls: int) -> Outcome | None:
    """Return the outcome in a reply, or ``None`` where there is none in it: programs may forge it."""
    try:
        read = json.loads(reply)
        if read["error"]:
            return Outcome("error", message=_printable(read["error"]))
        results = tuple(
            Result(item.get("value"), _printable(item.get("error", ""))) for item in read["results"]
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if len(results) != n_calls:
        return Outcome("error", message=f"answered {len(results)} of {n_calls} calls")
    return Outcome("answered", results)


def _printable(message: object) -> str:
    """Return a program's message as text that can be stored: it may have forged what stands there."""
    return str(message)[:200].encode("utf-8", "backslashreplace").decode()


def self_test() -> None:
    """Run known programs, before any program of a model is judged.

    Raises:
        SandboxError: a right program fails here, or a wrong one passes.
    """
    call = [Call("f", (2,))]
    good = run_program("def f(x):\n    return x + 1", call)
    early = run_program("import os\nos._exit(0)\ndef f(x):\n    return 3", call)
    raising = run_program("def f(x):\n    raise ValueError(x)", call)
    sound = (
        good.results == (Result(3),)
        and early.status == "error"
        and raising.results == (Result(None, "ValueError: 2"),)
    )
    if not sound:
        raise SandboxError(
            f"programs cannot be judged here: the self-test gave {good}, {early}, {raising}; "
            "check memory and process limits (ulimit -a)."
        )
