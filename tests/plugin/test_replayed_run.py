"""A stored run's folder stands in for the model that answered it."""

from pathlib import Path

import pytest

from tests.plugin.conftest import Project, errors, outcomes


def stored(project: Project, function: str) -> str:
    project.run(function=function)
    (run,) = project.folder.glob("reports/*/run.sqlite")
    return str(run.parent.relative_to(project.folder))


def replayed(project: Project, run: str, *arguments: str) -> pytest.RunResult:
    flags = ("--adapter", "nova=nowhere", "--engine", "replay", "--replay-from", run)
    return project.run("-v", *arguments, flags=flags, function=None)


def test_it_answers_without_a_persona_and_comes_to_the_same(project: Project) -> None:
    run = stored(project, "two_lapses")
    asked = project.asked
    result = replayed(project, run, "--reports", "again")
    assert result.ret == 6
    assert outcomes(result)["suites/criteria.yaml::nova::identity"] == "INCONCLUSIVE"
    assert project.asked == asked
    assert list((project.folder / "again").glob(f"{Path(run).name}/verdict.json"))


def test_a_question_that_it_was_not_asked_has_no_answer(project: Project) -> None:
    run = stored(project, "answer")
    suite = project.folder / "suites" / "sums.yaml"
    suite.write_text(suite.read_text().replace("What is 1 + 1?", "Add these: 1 + 1."))
    result = replayed(project, run)
    assert outcomes(result)["suites/sums.yaml::nova::sum-1"] == "NOT COMPARABLE"
    result.stdout.fnmatch_lines(["*no score: the engine failed: the stored run was not asked this"])
    assert result.ret == 7


def test_an_adapter_that_it_does_not_know_is_told(project: Project) -> None:
    result = replayed(project, stored(project, "answer"), "--adapter", "other=nowhere")
    assert errors(result) == ["--adapter other: the stored run has no adapter of that name; it has nova."]
    assert result.ret == 13
