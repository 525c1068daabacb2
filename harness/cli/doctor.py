"""The machine and an adapter's files, before a run: doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.terminal import console, say

if TYPE_CHECKING:
    from harness.preflight.checkup import Wanted


OneAdapter = Annotated[str | None, typer.Argument(help="An adapter to check: its folder, or name=path.")]
Base = Annotated[str | None, typer.Option(help="The base model it is meant for.")]
With = Annotated[
    list[str], typer.Option("--with", help="Another adapter to compare it with; as often as needed.")
]
Merged = Annotated[Path | None, typer.Option(help="A merged model's folder: is it base with this adapter?")]
Norms = Annotated[
    bool, typer.Option("--norms", help="Give sizes relative to the base's weights too, which are read once.")
]
AllowPickle = Annotated[
    bool, typer.Option("--allow-pickle", help="Read adapter_model.bin, as plain tensors alone.")
]
ToSafetensors = Annotated[
    bool, typer.Option("--to-safetensors", help="With --allow-pickle: write it as safetensors beside it.")
]
InEngines = Annotated[
    bool, typer.Option("--parity", help="Load it in every engine, and say where they answer apart.")
]
Engines = Annotated[
    str | None, typer.Option(help="With --parity: the engines, as in vllm,transformers; all when left out.")
]
EngineOption = Annotated[
    list[str], typer.Option(help="With --parity: KEY=VALUE for every engine, such as dtype=bfloat16.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def doctor(
    adapter: OneAdapter = None,
    base: Base = None,
    with_: With = [],  # noqa: B006
    merged: Merged = None,
    norms: Norms = False,
    allow_pickle: AllowPickle = False,
    to_safetensors: ToSafetensors = False,
    parity: InEngines = False,
    engines: Engines = None,
    engine_option: EngineOption = [],  # noqa: B006
    json_: Json = False,
) -> None:
    """Say what this machine can do, or everything that an adapter's files say. Exit: 0; 13 on an error in the
    files; with --parity 1 where engines answer apart."""
    if parity:
        status = _print_parity(adapter, base, engines, engine_option, json_)
    elif adapter is None:
        status = _print_machine()
    else:
        from harness.preflight.checkup import Wanted

        wanted = Wanted(adapter, base, tuple(with_), merged, norms, allow_pickle, to_safetensors)
        status = _print_checkup(wanted, json_)
    raise typer.Exit(status)


def _print_machine() -> int:
    from harness.doctor import machine_lines

    for line in machine_lines():
        typer.echo(line)
    return 0


def _print_checkup(wanted: Wanted, as_json: bool) -> int:
    from harness.preflight import show
    from harness.preflight.checkup import check_up

    found = check_up(wanted)
    if as_json:
        typer.echo(show.to_json(found))
    else:
        screen = console()
        for part in show.parts(found):
            screen.print(part, markup=False, highlight=False)
    return found.exit_status


def _print_parity(
    flag: str | None, base: str | None, engines: str | None, pairs: list[str], as_json: bool
) -> int:
    from harness.parity import show
    from harness.parity.ask import parity_of

    parity = parity_of(flag, base, engines, pairs, say=say)
    if as_json:
        typer.echo(show.to_json(parity))
    else:
        console().print(show.parity_table(parity))
        for line in show.detail_lines(parity):
            typer.echo(line)
    return 0 if parity.same else 1
