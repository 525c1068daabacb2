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
    reader: Annotated[
        Path | None, typer.Option(help="Beside the rules, a reader of `harness scorers train-reader`.")
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
    others = {}
    if reader is not None:
        from harness.learnt.reader import LearntReader

        others[reader.resolve().name] = LearntReader(reader).labels
    found = measured.check_claims(golden, others)
    if json_:
        typer.echo(measured.to_json(found))
        return
    screen = console()
    screen.print(measured.agreement_table(found))
    if misread:
        for line in measured.misread_lines(golden):
            typer.echo(line)


def train_reader(
    folder: Annotated[Path, typer.Argument(help="Where the reader is written; not there yet.")],
    base: Annotated[
        str, typer.Option(help="A small chat model of the languages you test: folder or hub id.")
    ] = "Qwen/Qwen2.5-0.5B-Instruct",
    golden: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled answers of your own beside those that ship; repeatable."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="How often it goes through all answers.")] = 3,
    rate: Annotated[float, typer.Option(min=0.0, help="The highest learning rate.")] = 3e-4,
    rank: Annotated[int, typer.Option(min=1, help="Of the LoRA adapter.")] = 16,
    batch: Annotated[int, typer.Option(min=1, help="Prompts in a step.")] = 32,
    seed: Annotated[int, typer.Option(min=0, help="Of the adapter's start, and of the order.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Train a language model to read claims, and measure it beside the rules (minutes on a GPU)."""
    from harness.learnt.reader import LearntReader
    from harness.learnt.training import Settings, train_reader
    from harness.persona import read_persona
    from harness.scorers import golden as measured

    rows = [
        *measured.rows_to_train_on(),
        *(row for path in golden or () for row in measured.read_golden(path)),
    ]
    persona = read_persona(measured.GOLDEN / "persona.yaml")
    settings = Settings(epochs=epochs, rate=rate, rank=rank, batch=batch, seed=seed)
    train_reader(folder, base, rows, persona, settings, device)
    found = measured.check_claims(None, {folder.resolve().name: LearntReader(folder, device).labels})
    console().print(measured.agreement_table([one for one in found if one.part.endswith("held out")]))
    typer.echo(folder)
