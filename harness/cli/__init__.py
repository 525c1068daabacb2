"""The command `harness`: one file for each subject, and here the table of all commands. No logic.

Commands import what they need when they run: `harness --help` stays fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from harness.cli import doctor, reliability, runs, suites, training
from harness.cli.terminal import told
from harness.errors import ConfigError

Commands = Mapping[str, Callable[..., None]]

MAIN: Commands = {
    "train": training.train,
    "second-reader": runs.read_twice,
    "gate": runs.gate,
    "report": runs.report,
    "history": runs.history,
    "simulate": reliability.simulate,
    "doctor": doctor.doctor,
    "init": suites.init,
}
SCORERS: Commands = {"check": reliability.check, "train-reader": reliability.train_reader}
SUITES: Commands = {
    "ls": suites.list_suites,
    "show": suites.show,
    "validate": suites.validate,
    "new": suites.new,
}


def _group(commands: Commands, about: str, **settings: Any) -> typer.Typer:
    group = typer.Typer(help=about, no_args_is_help=True, **settings)
    for name, command in commands.items():
        group.command(name)(told(command))
    return group


app = _group(
    MAIN,
    "Proof, before publishing, that a LoRA adapter has its new identity and lost nothing else.",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(_group(SCORERS, "What scorers make of answers."), name="scorers")
app.add_typer(_group(SUITES, "What suites ask, what is wrong with them, and a new one."), name="suites")


def _version(shown: bool) -> None:
    if shown:
        from harness import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


def main() -> None:
    """Run the command line; a wrong flag ends as a `ConfigError`, since 2 says inconclusive."""
    usage_error: Any = typer.BadParameter.__mro__[1]
    usage_error.exit_code = ConfigError.exit_status
    app()
