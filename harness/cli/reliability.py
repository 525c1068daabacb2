"""How far the harness itself is right: simulate, scorers check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Json
from harness.cli.terminal import console
from harness.errors import ConfigError


def simulate(
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same table.")] = 0,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each adapter in each setting.")] = 5_000,
) -> None:
    """Show how often the gate passes adapters that are just too bad, and harmless ones (one minute)."""
    from harness.simulation import render, simulate

    typer.echo(render(simulate(seed, repeats)))


def check(
    name: Annotated[str, typer.Argument(help="The scorer to measure: claims.")],
    golden: Annotated[
        Path | None, typer.Option(help="Labelled answers of your own; those that ship when left out.")
    ] = None,
    misread: Annotated[
        bool, typer.Option("--misread", help="Also print the answers that it misreads.")
    ] = False,
    json_: Json = False,
) -> None:
    """Measure a scorer on answers that people labelled."""
    from harness.scorers import golden as measured

    if name != "claims":
        raise ConfigError(f"unknown scorer {name!r}: only 'claims' has labelled answers; write claims.")
    found = measured.check_claims(golden)
    if json_:
        typer.echo(measured.to_json(found))
        return
    screen = console()
    screen.print(measured.agreement_table(found))
    if misread:
        for line in measured.misread_lines(golden):
            typer.echo(line)
