"""An engine or a run's folder that cannot be used: one message, and what was answered is kept."""

import pytest

from tests.plugin.conftest import Project, errors


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "engine replay: needs answers; pass --replay-from with a run's folder, *"),
        ("answers.py:anser", "engine replay: answers.py has no function 'anser': did you mean 'answer'?"),
        ("nowhere.py:answer", "engine replay: nowhere.py is not a Python file; pass FILE.py:function."),
        ("nowhere.jsonl", "engine replay: nowhere.jsonl cannot be read (No such file or directory)."),
    ],
)
def test_an_engine_that_cannot_start(project: Project, source: str | None, message: str) -> None:
    result = project.run(*(("--replay-from", source) if source else ()), function=None)
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines([f"ERROR: {message}"])
    assert result.ret == 14


def test_an_engine_that_dies_keeps_what_it_answered(project: Project) -> None:
    project.answer_with(
        "def number(subject, prompt):\n    return 7 if '+ 2' in prompt else answer(subject, prompt)\n"
    )
    result = project.run(function="number")
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines(
        ["ERROR: engine replay: answers.py:number answered 7 to *; an answer is a text."]
    )
    assert result.ret == 14
    assert project.verdicts == []
    assert list((project.folder / "reports").glob("*/run.sqlite"))


def test_a_folder_for_runs_that_cannot_be_written(project: Project) -> None:
    project.write("reports", "a file")
    result = project.run()
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines(
        ["ERROR: reports/smoke-replay-*: cannot be written (*); choose another folder for runs."]
    )
    assert result.ret == 16


def test_a_damaged_run(project: Project) -> None:
    project.run()
    (store,) = project.folder.glob("reports/*/run.sqlite")
    store.write_bytes(b"no database" * 500)
    result = project.run()
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines(["ERROR: reports/*/run.sqlite: cannot be read or written (*; *"])
    assert result.ret == 16
