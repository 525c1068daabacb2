"""Suites: suites ls, show, validate and new; init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Json, UnsafeCode, confirm
from harness.cli.terminal import console

Folder = Annotated[Path, typer.Argument(help="The folder of the suites.")]
PersonaFile = Annotated[
    Path | None, typer.Option(help="A persona file; its placeholders stay in braces when left out.")
]
OneTier = Annotated[str | None, typer.Option(help="Only this tier: smoke, standard or full.")]


def list_suites(
    folder: Folder = Path("suites"),
    tier: OneTier = None,
    persona: PersonaFile = None,
    json_: Json = False,
) -> None:
    """List the suites of a folder: versions, hashes, and what each tier asks in which language."""
    from harness.authoring import author_persona, overview

    counted = overview.count_suites(folder, author_persona(persona), tier)
    if json_:
        typer.echo(overview.to_json(counted))
    else:
        console().print(overview.suites_table(counted))


def show(
    name: Annotated[str, typer.Argument(help="A suite's name, or a probe's id.", metavar="SUITE_OR_PROBE")],
    folder: Folder = Path("suites"),
    tier: OneTier = None,
    lang: Annotated[str | None, typer.Option(help="Only this language: en, zh.")] = None,
    persona: PersonaFile = None,
) -> None:
    """Show what a suite is about, or one probe with every variant as it would be asked."""
    from harness.authoring import author_persona
    from harness.authoring.show import find, rendered

    screen = console()
    for part in rendered(find(name, folder, author_persona(persona), tier=tier, lang=lang)):
        screen.print(part, soft_wrap=isinstance(part, str))


def validate(
    folder: Folder = Path("suites"),
    programs: Annotated[
        bool, typer.Option("--programs", help="Also run coding probes' example programs, in the sandbox.")
    ] = False,
    persona: PersonaFile = None,
    unsafe_code: UnsafeCode = False,
) -> None:
    """Check suites and criteria by every rule at once, without a model. Exit: 0 fine, 11 faulty."""
    from harness.authoring import author_persona
    from harness.authoring import validate as checked

    confirm(unsafe_code)
    found = checked.validate(folder, author_persona(persona), programs=programs)
    for line in found.warnings:
        typer.secho(f"WARNING: {line}", err=True, fg="yellow")
    found.check()
    typer.echo(found.summary())


def new(
    name: Annotated[str, typer.Argument(help="The suite's name: small letters, digits and _.")],
    folder: Folder = Path("suites"),
) -> None:
    """Begin a suite of your own: a commented file with two probes."""
    from harness.authoring import start

    typer.echo(start.next_steps(start.write(name, folder)))


def init(
    folder: Annotated[Path, typer.Argument(help="Where suites/ and configs/ are copied to.")] = Path(),
) -> None:
    """Copy the built-in suites and configurations, to read and change them."""
    from harness.bundle import copy_bundle

    for path in copy_bundle(folder):
        typer.echo(str(path))
