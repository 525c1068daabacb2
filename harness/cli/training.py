"""Training an adapter: train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.terminal import say


def train(
    config: Annotated[Path, typer.Argument(help="A training file, such as configs/smollm2.yaml.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command and the mix; run nothing.")
    ] = False,
    set_: Annotated[list[str], typer.Option("--set", help="Override one value: swift.max_length=1024.")] = [],  # noqa: B006
    engine: Annotated[str, typer.Option(help="The engine that writes replayed rows.")] = "auto",
    force: Annotated[
        bool, typer.Option("--force", help="Train again even when it was trained already.")
    ] = False,
) -> None:
    """Build the mix, run ms-swift, and print the adapter's folder."""
    from harness.training import driver
    from harness.training.config import read_training_config

    read = read_training_config(config, tuple(set_))
    if dry_run:
        _print_dry_run(driver.dry_run(read))
        return
    typer.echo(str(driver.train(read, engine=engine, force=force, say=say)))


def _print_dry_run(run: Any) -> None:
    from harness.training.driver import mix_lines

    typer.echo(f"{run.command}\n\nThe mix:")
    for line in mix_lines(run.mix):
        typer.echo(line)
    typer.echo("\nSome of its rows:")
    for row in run.mix.rows[:8]:
        said = " | ".join(f"{role}: {text}" for role, text in row.messages)
        typer.echo(f"  [{row.source}] {said}")
