"""The process that runs a data set's own tests, unchanged, against a program that is elsewhere.

The function under test is a stand-in: it sends its arguments away and returns the value, or raises
the builtin exception, that comes back. No line of a model's is run here.
"""

from __future__ import annotations

import builtins
import socket
import traceback
from collections.abc import Callable
from typing import Any

from . import frames
from .program import told
from .values import decode, encode

NAME = "tests"


def serve(channel: socket.socket) -> None:
    """Run the tests that arrive and say how they ended: no error, or what they raised and where.

    ``setup`` runs before ``source``, and may define helpers. ``function`` is then bound to the
    stand-in, as is the argument of ``check``, if the tests define that.
    """
    message, _ = frames.receive(channel)
    name = message["function"]
    stand_in = _stand_in(channel, name)
    names: dict[str, Any] = {"__name__": NAME}
    try:
        exec(compile(message["setup"], "setup.py", "exec"), names)
        names[name] = stand_in
        exec(compile(message["source"], f"{NAME}.py", "exec"), names)
        check = names.get("check")
        if check is not None and check is not stand_in:  # which may itself bear that name
            check(stand_in)
        frames.send(channel, {"end": None})
    except BaseException as fault:
        frames.send(channel, {"end": told(fault), "line": _line(fault)})


def _stand_in(channel: socket.socket, name: str) -> Callable[..., Any]:
    def called(*args: Any, **named: Any) -> Any:
        frames.send(channel, {"function": name, "args": encode(list(args)), "named": encode(named)})
        answer, _ = frames.receive(channel)
        if answer.get("error"):
            raise _fault(*answer["error"])
        return decode(answer["value"])

    called.__name__ = name
    return called


def _fault(_: str, known: str, said: str) -> Exception:
    """Return the exception that a program told of; its word for the class is not taken for one."""
    kind = vars(builtins).get(known)
    if not isinstance(kind, type) or not issubclass(kind, Exception):
        kind = ValueError
    try:
        return kind(said)
    except TypeError:  # such as UnicodeDecodeError, which wants more
        return ValueError(said)


def _line(fault: BaseException) -> int:
    """Return the line of the tests on which they failed, 0 where it is not theirs."""
    lines = [number for frame, number in traceback.walk_tb(fault.__traceback__) if _is_ours(frame)]
    return lines[-1] if lines else 0


def _is_ours(frame: Any) -> bool:
    return bool(frame.f_code.co_filename == f"{NAME}.py")
