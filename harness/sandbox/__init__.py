"""Runs programs that a model wrote, in a process of their own that can forge nothing.

The program's process gets calls and returns values. Expected values and the comparison stay on this
side, so exiting early, patched builtins or objects that equal everything cannot pass a test.
Limits: CPU time, wall clock, memory, file size, processes; an empty environment; an empty folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.errors import SandboxError

LEVEL = "process"
"""What isolation this is: a separate process with limits, not a namespace."""

_CHILD = Path(__file__).with_name("child.py")
_CPU_S, _WALL_S = 4, 12
_REPLY_BYTES = 1 << 20

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
    job = json.dumps(
        {"source": source, "calls": [[call.function, list(call.args)] for call in calls], "cpu_s": _CPU_S}
    )
    with tempfile.TemporaryDirectory(prefix="harness-program-") as folder:
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                start_new_session=True,
            )
        except OSError as fault:
            return Outcome("infrastructure", message=str(fault))
        try:
            reply, _ = process.communicate(job.encode("utf-8", "surrogatepass"), timeout=_WALL_S)
        except subprocess.TimeoutExpired:
            return Outcome("timeout", message=f"no end after {_WALL_S} s")
        finally:
            _kill(process)
    return _outcome(reply, process.returncode, len(calls))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the program's whole session, children included."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def _outcome(reply: bytes, status: int, n_calls: int) -> Outcome:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return Outcome("timeout", message=f"more than {_CPU_S} s of CPU time")
    if len(reply) > _REPLY_BYTES:
        return Outcome("output", message=f"its answers are over {_REPLY_BYTES} bytes")
    try:
        said = json.loads(reply)
        if said["error"]:
            return Outcome("error", message=str(said["error"])[:200])
        results = tuple(Result(item.get("value"), str(item.get("error", ""))) for item in said["results"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Outcome("error", message=f"ended with status {status} before it answered")
    if len(results) != n_calls:
        return Outcome("error", message=f"answered {len(results)} of {n_calls} calls")
    return Outcome("answered", results)


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
