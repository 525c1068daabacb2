"""What goes into the sandbox and what comes out: calls, results, outcomes, levels and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["process", "seccomp", "landlock", "bubblewrap"]
LEVELS: tuple[Level, ...] = ("process", "seccomp", "landlock", "bubblewrap")
"""How well a program is held, from the lowest:

``process``     a process of its own with limits; it reads files and reaches the network
``seccomp``     and makes no process, opens no socket, changes no file
``landlock``    and reads no file but the interpreter's
``bubblewrap``  and sees no other file, process or network at all
"""

Status = Literal["answered", "error", "timeout", "memory", "output", "blocked", "infrastructure"]


@dataclass(frozen=True)
class Limits:
    """What one program may use, all its calls together. The wall clock is only a backstop."""

    cpu_s: int = 4
    wall_s: float = 20.0
    memory_bytes: int = 1 << 30
    output_bytes: int = 1 << 20
    reply_bytes: int = 1 << 20


STANDARD = Limits()
"""The limits under which answers are judged."""


@dataclass(frozen=True)
class Call:
    """One call of the program's function."""

    function: str
    args: tuple[Any, ...]
    named: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What one call returned, built from builtin types, or the name and text of what it raised."""

    value: Any = None
    error: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a program.

    ``answered``: it answered every call, rightly or wrongly. Otherwise ``results`` are those of the
    calls before the one that ended it. ``infrastructure`` is our failure and never the model's.
    """

    status: Status
    results: tuple[Result, ...] = ()
    message: str = ""
    level: Level | None = None
    printed: str = ""


_BY_ERROR: Mapping[str, Status] = {"MemoryError": "memory", "PermissionError": "blocked"}
_ALSO_BLOCKED = ("OSError: [Errno 30]", "RuntimeError: can't start new thread")  # 30: a read-only file system


def status_of_error(error: str) -> Status:
    """Return what an error that a program raised amounts to.

    >>> status_of_error("PermissionError: [Errno 1] Operation not permitted")
    'blocked'
    """
    if error.startswith(_ALSO_BLOCKED):
        return "blocked"
    return _BY_ERROR.get(error.partition(":")[0], "error")
