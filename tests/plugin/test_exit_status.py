"""The exit status tells a regression from too little evidence, and both from an adapter that holds."""

import pytest

from tests.plugin.conftest import Project


@pytest.mark.parametrize(
    ("function", "status"),
    [
        ("answer", 0),
        ("one_lapse", 0),
        ("forgot_a_sum", 0),
        ("learnt_a_sum", 0),
        ("never_knew", 0),
        ("not_nova", 1),
        ("same_as_base", 1),
        ("two_lapses", 6),
        ("mute", 7),
    ],
)
def test_status_of_a_whole_run(project: Project, function: str, status: int) -> None:
    result = project.run(function=function)
    assert result.ret == status
    assert len(project.verdicts) == 1


WORSE = """
def also_forgot_all_sums(subject, prompt):
    return "7" if subject != "base" and "+" in prompt else two_lapses(subject, prompt)


def also_mute(subject, prompt):
    if "+" in prompt:
        raise LookupError("it says nothing")
    return two_lapses(subject, prompt)


def mute_and_not_nova(subject, prompt):
    if "+" in prompt:
        raise LookupError("it says nothing")
    return not_nova(subject, prompt)
"""


@pytest.mark.parametrize(
    ("function", "status"), [("also_forgot_all_sums", 1), ("also_mute", 7), ("mute_and_not_nova", 1)]
)
def test_the_worst_criterion_decides(project: Project, function: str, status: int) -> None:
    project.answer_with(WORSE)
    assert project.run(function=function).ret == status


def test_a_regression_stays_one_when_x_stops_at_an_undecided_probe(project: Project) -> None:
    project.answer_with(WORSE)
    result = project.run("-x", function="also_forgot_all_sums")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])


def test_another_failed_test_is_a_regression_beside_an_undecided_criterion(project: Project) -> None:
    project.write("suites/test_mine.py", "def test_mine():\n    raise ValueError\n")
    assert project.run(function="two_lapses").ret == 1
