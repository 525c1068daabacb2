"""The command `harness`: train, gate, second-reader, report, history, simulate, scorers, suites, doctor, init. No logic."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from harness.errors import ConfigError, HarnessError

P = ParamSpec("P")
R = TypeVar("R")

app = typer.Typer(
    help="Proof, before publishing, that a LoRA adapter has its new identity and lost nothing else.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Reports = Annotated[Path, typer.Option(help="Where runs are kept.")]
UnsafeCode = Annotated[
    bool,
    typer.Option(
        "--confirm-run-unsafe-code",
        help="Where programs have to run again: run them below the wanted sandbox level; uncounted.",
    ),
]
Criteria = Annotated[
    Path | None, typer.Option(help="The criteria to judge by; those of the run when left out.")
]


def _say(text: str) -> None:
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
            _say("interrupted; repeat the command to go on from here.")
            raise typer.Exit(130) from None

    return wrapped


@app.command()
@told
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
    typer.echo(str(driver.train(read, engine=engine, force=force, say=_say)))


def _print_dry_run(run: Any) -> None:
    from harness.training.driver import mix_lines

    typer.echo(f"{run.command}\n\nThe mix:")
    for line in mix_lines(run.mix):
        typer.echo(line)
    typer.echo("\nSome of its rows:")
    for row in run.mix.rows[:8]:
        said = " | ".join(f"{role}: {text}" for role, text in row.messages)
        typer.echo(f"  [{row.source}] {said}")


@app.command("second-reader")
@told
def read_twice(
    run: Annotated[Path, typer.Argument(help="A run's folder below reports/.")],
    model: Annotated[str, typer.Option(help="The judge model's name on its server.")],
    url: Annotated[str, typer.Option(help="The server, OpenAI-compatible.")] = "http://127.0.0.1:8000/v1",
    key_variable: Annotated[
        str, typer.Option(help="The environment variable that holds the server's key.")
    ] = "OPENAI_API_KEY",
) -> None:
    """Have a judge model read the answers whose claims are unsure; it decides nothing, the report shows it."""
    from harness import second_reader
    from harness.criteria import read_criteria
    from harness.persona import Persona
    from harness.scoring import read_scored
    from harness.verdict import write_outputs

    results = read_scored(run)
    answers = second_reader.unsure_answers(results)
    _say(f"{len(answers)} of {len(results.scored)} answers are unsure")
    ask = second_reader.server_judge(model, url, key_variable)
    persona = Persona.model_validate(results.meta["persona"])
    second_reader.write(results.folder, model, second_reader.read_again(answers, persona, ask))
    for line in second_reader.notes(results.folder):
        typer.echo(line)
    write_outputs(results, read_criteria(results.criteria_path).for_tier(results.meta["tier"]))
    _say(f"written: {results.folder / 'report.html'}")


@app.command()
@told
def gate(
    run: Annotated[Path, typer.Argument(help="A run's folder below reports/.")],
    criteria: Criteria = None,
    against: Annotated[
        Path | None, typer.Option(help="Judge against this earlier run's adapter instead of base.")
    ] = None,
    against_adapter: Annotated[
        str | None, typer.Option(help="Which adapter of the earlier run, when it tested several.")
    ] = None,
    unsafe_code: UnsafeCode = False,
) -> None:
    """Judge a stored run again, without a model. Exit: 0 pass, 1 fail, 2 inconclusive, 3 not comparable."""
    from harness.against import against as held_against
    from harness.criteria import read_criteria
    from harness.gate import EXIT_STATUS
    from harness.report.terminal import verdict_table
    from harness.scoring import read_scored
    from harness.verdict import write_outputs

    _confirm(unsafe_code)
    results = read_scored(run)
    results.check_complete()
    rules = read_criteria(criteria or results.criteria_path).for_tier(results.meta["tier"])
    if against is not None:
        results = held_against(results, read_scored(against), against_adapter)
        rules = rules.without_effect()  # two releases may well be the same
    document = write_outputs(results, rules)
    console = _console()
    typer.echo(verdict_table(document, width=console.width, color=console.is_terminal))
    typer.echo(f"written: {results.folder}")
    raise typer.Exit(EXIT_STATUS[document["verdict"]])


@app.command()
@told
def report(
    run: Annotated[Path | None, typer.Argument(help="A run's folder; the newest when left out.")] = None,
    reports: Reports = Path("reports"),
    criteria: Criteria = None,
    unsafe_code: UnsafeCode = False,
) -> None:
    """Write report.html and summary.md of a run again, and print where they lie."""
    from harness.criteria import read_criteria
    from harness.errors import StoreError
    from harness.scoring import read_scored
    from harness.verdict import latest_run, write_outputs

    folder = run or latest_run(reports)
    if folder is None:
        raise StoreError(f"{reports}: no run here yet; `pytest suites --adapter name=path` makes one.")
    _confirm(unsafe_code)
    results = read_scored(folder)
    write_outputs(results, read_criteria(criteria or results.criteria_path).for_tier(results.meta["tier"]))
    typer.echo(str(folder / "report.html"))


@app.command()
@told
def history(
    reports: Reports = Path("reports"),
    draw: Annotated[Path | None, typer.Option(help="Also draw it as an HTML page there.")] = None,
) -> None:
    """List finished runs with every suite's score and the forgetting figures, and draw their course."""
    from harness.history import history_table, read_history, trend_lines, write_drawing

    entries = read_history(reports)
    if not entries:
        typer.echo(f"{reports}: no finished run yet; `pytest suites --adapter name=path` makes one.")
        return
    console = _console()
    console.print(history_table(entries))
    for line in trend_lines(entries):
        console.print(line, highlight=False, markup=False)
    page = draw or reports / "history.html"
    write_drawing(entries, page)
    typer.echo(str(page))


@app.command()
@told
def simulate(
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same table.")] = 0,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each adapter in each setting.")] = 5_000,
) -> None:
    """Show how often the gate passes adapters that are just too bad, and harmless ones (one minute)."""
    from harness.simulation import render, simulate

    typer.echo(render(simulate(seed, repeats)))


scorers = typer.Typer(help="What scorers make of answers.", no_args_is_help=True)
app.add_typer(scorers, name="scorers")


@scorers.command()
@told
def check(
    name: Annotated[str, typer.Argument(help="The scorer to measure: claims.")],
    golden: Annotated[
        Path | None, typer.Option(help="Labelled answers of your own; those that ship when left out.")
    ] = None,
    misread: Annotated[
        bool, typer.Option("--misread", help="Also print the answers that it misreads.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure a scorer on answers that people labelled."""
    from harness.scorers import golden as measured

    if name != "claims":
        raise ConfigError(f"unknown scorer {name!r}: only 'claims' has labelled answers; write claims.")
    found = measured.check_claims(golden)
    if json_:
        typer.echo(measured.to_json(found))
        return
    console = _console()
    console.print(measured.agreement_table(found))
    if misread:
        for line in measured.misread_lines(golden):
            typer.echo(line)


suites = typer.Typer(help="What suites ask, what is wrong with them, and a new one.", no_args_is_help=True)
app.add_typer(suites, name="suites")
Folder = Annotated[Path, typer.Argument(help="The folder of the suites.")]
PersonaFile = Annotated[
    Path | None, typer.Option(help="A persona file; its placeholders stay in braces when left out.")
]
OneTier = Annotated[str | None, typer.Option(help="Only this tier: smoke, standard or full.")]


@suites.command("ls")
@told
def list_suites(
    folder: Folder = Path("suites"),
    tier: OneTier = None,
    persona: PersonaFile = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List the suites of a folder: versions, hashes, and what each tier asks in which language."""
    from harness.authoring import author_persona, overview

    counted = overview.count_suites(folder, author_persona(persona), tier)
    if json_:
        typer.echo(overview.to_json(counted))
    else:
        _console().print(overview.suites_table(counted))


@suites.command()
@told
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

    console = _console()
    for part in rendered(find(name, folder, author_persona(persona), tier=tier, lang=lang)):
        console.print(part, soft_wrap=isinstance(part, str))


@suites.command()
@told
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

    _confirm(unsafe_code)
    found = checked.validate(folder, author_persona(persona), programs=programs)
    for line in found.warnings:
        typer.secho(f"WARNING: {line}", err=True, fg="yellow")
    found.check()
    typer.echo(found.summary())


@suites.command()
@told
def new(
    name: Annotated[str, typer.Argument(help="The suite's name: small letters, digits and _.")],
    folder: Folder = Path("suites"),
) -> None:
    """Begin a suite of your own: a commented file with two probes."""
    from harness.authoring import start

    typer.echo(start.next_steps(start.write(name, folder)))


@app.command()
@told
def doctor(
    adapter: Annotated[
        str | None, typer.Argument(help="An adapter to check: its folder, or name=path.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="The base model it is meant for.")] = None,
    with_: Annotated[
        list[str], typer.Option("--with", help="Another adapter to compare it with; as often as needed.")
    ] = [],  # noqa: B006
    merged: Annotated[
        Path | None, typer.Option(help="A merged model's folder: is it base with this adapter?")
    ] = None,
    norms: Annotated[
        bool,
        typer.Option("--norms", help="Give sizes relative to the base's weights too, which are read once."),
    ] = False,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Read adapter_model.bin, as plain tensors alone.")
    ] = False,
    to_safetensors: Annotated[
        bool, typer.Option("--to-safetensors", help="With --allow-pickle: write it as safetensors beside it.")
    ] = False,
    parity: Annotated[
        bool, typer.Option("--parity", help="Load it in every engine, and say where they answer apart.")
    ] = False,
    engines: Annotated[
        str | None,
        typer.Option(help="With --parity: the engines, as in vllm,transformers; all when left out."),
    ] = None,
    engine_option: Annotated[
        list[str], typer.Option(help="With --parity: KEY=VALUE for every engine, such as dtype=bfloat16.")
    ] = [],  # noqa: B006
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Say what this machine can do, or everything that an adapter's files say. Exit: 0; 13 on an error in the
    files; with --parity 1 where engines answer apart."""
    if parity:
        raise typer.Exit(_print_parity(adapter, base, engines, engine_option, json_))
    if adapter is None:
        from harness.doctor import machine_lines

        for line in machine_lines():
            typer.echo(line)
        return
    from harness.preflight import show
    from harness.preflight.checkup import Wanted, check_up

    found = check_up(Wanted(adapter, base, tuple(with_), merged, norms, allow_pickle, to_safetensors))
    if json_:
        typer.echo(show.to_json(found))
    else:
        console = _console()
        for part in show.parts(found):
            console.print(part, markup=False, highlight=False)
    raise typer.Exit(found.exit_status)


def _print_parity(
    flag: str | None, base: str | None, engines: str | None, pairs: list[str], as_json: bool
) -> int:
    from harness.parity import show
    from harness.parity.ask import parity_of

    parity = parity_of(flag, base, engines, pairs, say=_say)
    if as_json:
        typer.echo(show.to_json(parity))
    else:
        _console().print(show.parity_table(parity))
        for line in show.detail_lines(parity):
            typer.echo(line)
    return 0 if parity.same else 1


@app.command()
@told
def init(
    folder: Annotated[Path, typer.Argument(help="Where suites/ and configs/ are copied to.")] = Path(),
) -> None:
    """Copy the built-in suites and configurations, to read and change them."""
    from harness.bundle import copy_bundle

    for path in copy_bundle(folder):
        typer.echo(str(path))


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


def _confirm(unsafe_code: bool) -> None:
    from harness.sandbox import Policy, set_policy

    set_policy(Policy(confirmed=unsafe_code))


def _console() -> Any:
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=200)


def main() -> None:
    """Run the command line; a wrong flag ends as a `ConfigError`, since 2 says inconclusive."""
    usage_error: Any = typer.BadParameter.__mro__[1]
    usage_error.exit_code = ConfigError.exit_status
    app()


if __name__ == "__main__":
    main()
