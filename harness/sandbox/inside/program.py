"""The process that runs a model's program: it answers calls, and knows of nothing to compare with."""

from __future__ import annotations

import builtins
import socket
import sys
import types
from contextlib import suppress
from typing import Any

from . import frames
from .values import decode, encode

NAME = "program"
_SHOWN = 200


def serve(channel: socket.socket) -> None:
    """Run the program that arrives, then answer one call after the other, until the end."""
    message, _ = frames.receive(channel)
    namespace, fault = _run(message["source"])
    frames.send(channel, {"error": fault})
    while namespace is not None:
        call, _ = frames.receive(channel)
        answer = _answer(namespace, call)
        with suppress(BaseException):
            sys.stdout.flush()
        frames.send(channel, answer)


def _run(source: str) -> tuple[dict[str, Any] | None, list[str] | None]:
    """Run a program as a module of its own; return its names, or what it raised."""
    module = types.ModuleType(NAME)
    sys.modules[NAME] = module  # where dataclasses and pickle look a class's module up
    try:
        exec(compile(source, f"{NAME}.py", "exec"), module.__dict__)
    except BaseException as fault:
        return None, told(fault)
    return module.__dict__, None


def _answer(namespace: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    """Make one call; return its value, or what it raised."""
    try:
        args, named = decode(call["args"]), decode(call["named"])
        return {"value": encode(namespace[call["function"]](*args, **named))}
    except BaseException as fault:
        return {"error": told(fault)}


def told(fault: BaseException) -> list[str]:
    """Return an exception's name, that of its nearest builtin class, and its text.

    >>> told(KeyError("x"))
    ['KeyError', 'KeyError', "'x'"]
    """
    kinds = type(fault).__mro__
    known = next(kind.__name__ for kind in kinds if getattr(builtins, kind.__name__, None) is kind)
    try:
        said = str.__add__("", str(fault))[:_SHOWN]
    except BaseException:
        said = "(it cannot be shown)"
    return [str.__add__("", kinds[0].__name__)[:_SHOWN], known, said]
