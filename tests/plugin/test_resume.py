"""A run goes on where it was: nothing that was answered is asked again, unless `--fresh` says so."""

import signal
from collections.abc import Iterator

import pytest

from tests.plugin.conftest import Project
from tests.support import replay

BREAKS = """
import os
import signal


def breaks(subject, prompt):
    if Path("broken").exists() and "1 + 2" in prompt:
        {how}
    return answer(subject, prompt)
"""


def breaking(project: Project, how: str) -> None:
    """Let the function `breaks` do so at the eleventh of the 16 questions, once."""
    project.answer_with(BREAKS.format(how=how))
    project.write("broken", "")


def goes_on(project: Project) -> None:
    """Look that the second run asks only the six questions that are left."""
    assert project.asked == 10
    assert project.verdicts == []
    (project.folder / "broken").unlink()
    result = project.run(function="breaks")
    result.stdout.fnmatch_lines(["resuming: 10 answers of this run are stored already"])
    assert result.ret == 0
    assert project.asked == 16
    assert len(project.verdicts) == 1


def test_a_second_run_asks_nothing(project: Project) -> None:
    first, (verdict,) = project.run("-v"), project.verdicts
    again = project.run("-v")
    again.stdout.fnmatch_lines(["resuming: 16 answers of this run are stored already"])
    assert project.asked == 16
    assert (first.ret, again.ret) == (0, 0)
    assert project.verdicts == [verdict]
    assert first.parseoutcomes() == again.parseoutcomes() == {"passed": 11}


def test_the_first_run_resumes_nothing(project: Project) -> None:
    project.run().stdout.no_fnmatch_line("resuming*")


def test_fresh_asks_everything_again(project: Project) -> None:
    project.run()
    result = project.run("--fresh")
    assert project.asked == 32
    assert len(project.verdicts) == 1
    result.stdout.no_fnmatch_line("resuming*")


def test_fresh_takes_the_old_verdict_away(project: Project) -> None:
    project.run()
    project.run("--fresh", "-k", "name-1")
    assert project.verdicts == []


def test_other_questions_are_another_run(project: Project) -> None:
    project.run()
    suite = project.folder / "suites" / "sums.yaml"
    suite.write_text(suite.read_text().replace("What is 1 + 1?", "Add these: 1 + 1."))
    project.run()
    assert len(project.verdicts) == 2


def test_other_criteria_judge_the_same_answers(project: Project) -> None:
    criteria = project.folder / "suites" / "criteria.yaml"
    assert project.run(function="two_lapses").ret == 6
    asked = project.asked
    criteria.write_text(
        criteria.read_text().replace("[identity], limit: {smoke: 0.4}", "[identity], limit: {smoke: 0.3}")
    )
    assert project.run(function="two_lapses").ret == 0
    assert project.asked == asked
    assert len(project.verdicts) == 1


@pytest.mark.parametrize(("how", "status"), [('raise RuntimeError("out of memory")', 3), ("return 7", 14)])
def test_a_run_that_broke_goes_on(project: Project, how: str, status: int) -> None:
    breaking(project, how)
    assert project.run(function="breaks").ret == status
    goes_on(project)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT interrupt, also where the tests were started in the background and it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_run_that_was_interrupted_goes_on(project: Project) -> None:
    breaking(project, "os.kill(os.getpid(), signal.SIGINT)")
    with pytest.raises(KeyboardInterrupt):
        project.run(function="breaks")
    goes_on(project)


def test_a_run_that_was_killed_goes_on(project: Project) -> None:
    breaking(project, "os.kill(os.getpid(), signal.SIGKILL)")
    assert replay(project.folder, function="breaks").returncode == -signal.SIGKILL
    goes_on(project)
