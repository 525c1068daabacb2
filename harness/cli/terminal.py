"""What commands say on the terminal: messages, faults, tables."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import typer

from harness.errors import HarnessError

P = ParamSpec("P")
R = TypeVar("R")


def say(text: str) -> None:
    """Print to stderr what is no result: progress, and where files lie."""
    typer.echo(text, err=True)


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a fault of the user's into one message and its exit status, without a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except HarnessError as fault:
            for line in str(fault).splitlines():
                typer.secho(f"ERROR: {line}", err=True, fg="red")
            raise typer.Exit(fault.exit_status) from fault
        except KeyboardInterrupt:
            say("interrupted; repeat the command to go on from here.")
            raise typer.Exit(130) from None

    return wrapped


def console() -> Any:
    """Return rich's console; a pipe gets 200 columns, so that tables are not folded."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=200)
