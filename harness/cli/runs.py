"""Stored runs: second-reader, gate, report, history. None of them loads a model of the run's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Criteria, Reports, UnsafeCode, confirm
from harness.cli.terminal import console, say
from harness.errors import ConfigError


def read_twice(
    run: Annotated[Path, typer.Argument(help="A run's folder below reports/.")],
    model: Annotated[str | None, typer.Option(help="The judge model's name on its server.")] = None,
    url: Annotated[str, typer.Option(help="The server, OpenAI-compatible.")] = "http://127.0.0.1:8000/v1",
    key_variable: Annotated[
        str, typer.Option(help="The environment variable that holds the server's key.")
    ] = "OPENAI_API_KEY",
    reader: Annotated[
        Path | None, typer.Option(help="Instead of a judge, a reader of `harness scorers train-reader`.")
    ] = None,
) -> None:
    """Have the claims in a run's answers read again; it decides nothing, the report shows what is read otherwise.

    A judge reads the answers that the rules are unsure of, a learnt reader all that are scored by their claims.
    """
    from harness import second_reader
    from harness.criteria import read_criteria
    from harness.persona import Persona
    from harness.scoring import read_scored
    from harness.verdict import write_outputs

    if (model is None) == (reader is None):
        raise ConfigError("a second reader: pass --model JUDGE, or --reader FOLDER, one of the two.")
    results = read_scored(run)
    persona = Persona.model_validate(results.meta["persona"])
    if reader is not None:
        from harness.learnt.reader import LearntReader

        answers = second_reader.claim_answers(results)
        say(f"{len(answers)} of {len(results.scored)} answers are scored by their claims")
        readings = second_reader.heard(answers, persona, LearntReader(reader).read)
        second_reader.write(results.folder, reader.resolve().name, readings)
    elif model is not None:
        answers = second_reader.unsure_answers(results)
        say(f"{len(answers)} of {len(results.scored)} answers are unsure")
        ask = second_reader.server_judge(model, url, key_variable)
        second_reader.write(results.folder, model, second_reader.read_again(answers, persona, ask))
    for line in second_reader.notes(results.folder):
        typer.echo(line)
    write_outputs(results, read_criteria(results.criteria_path).for_tier(results.meta["tier"]))
    say(f"written: {results.folder / 'report.html'}")


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

    confirm(unsafe_code)
    results = read_scored(run)
    results.check_complete()
    rules = read_criteria(criteria or results.criteria_path).for_tier(results.meta["tier"])
    if against is not None:
        results = held_against(results, read_scored(against), against_adapter)
        rules = rules.without_effect()  # two releases may well be the same
    document = write_outputs(results, rules)
    screen = console()
    typer.echo(verdict_table(document, width=screen.width, color=screen.is_terminal))
    typer.echo(f"written: {results.folder}")
    raise typer.Exit(EXIT_STATUS[document["verdict"]])


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
    confirm(unsafe_code)
    results = read_scored(folder)
    write_outputs(results, read_criteria(criteria or results.criteria_path).for_tier(results.meta["tier"]))
    typer.echo(str(folder / "report.html"))


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
    screen = console()
    screen.print(history_table(entries))
    for line in trend_lines(entries):
        screen.print(line, highlight=False, markup=False)
    page = draw or reports / "history.html"
    write_drawing(entries, page)
    typer.echo(str(page))
