"""`--floor`: answers that are asked twice, and what a user sees of it."""

import json

from tests.plugin.conftest import Project, errors, outcomes

NOISY = """
ASKED = {}


def noisy(subject, prompt):
    ASKED[subject, prompt] = ASKED.get((subject, prompt), 0) + 1
    said = answer(subject, prompt)
    return "7" if said.isdigit() and ASKED[subject, prompt] > 1 else said
"""


def test_a_function_is_asked_once_unless_told(project: Project) -> None:
    result = project.run()
    assert (result.ret, project.asked) == (0, 16)
    result.stdout.fnmatch_lines(["A/A floor: not measured; no answer was asked twice."])


def test_a_floor_that_was_asked_for_is_shown(project: Project) -> None:
    result = project.run("--floor", "5")
    assert (result.ret, project.asked) == (0, 26)
    result.stdout.fnmatch_lines(
        ["A/A floor: asked again, 0 of 10 answers flipped (base 0 of 5, nova 0 of 5;*"]
    )
    again = project.run("--floor", "5")
    assert (again.ret, project.asked) == (0, 26)
    again.stdout.fnmatch_lines(["resuming: 16 answers of this run are stored already"])


def test_a_floor_can_be_taken_later(project: Project) -> None:
    project.run()
    project.run("--floor", "3")
    assert project.asked == 16 + 6
    (verdict,) = project.verdicts
    assert json.loads(verdict.read_text())["floor"]["nova"]["asked"] == 3


def test_a_model_that_answers_otherwise_each_time_leaves_pairs_undecided(project: Project) -> None:
    project.answer_with(NOISY)
    result = project.run("-v", "--floor", "8", function="noisy")
    assert result.ret == 6
    words = outcomes(result)
    assert words["suites/criteria.yaml::nova::sums"] == "INCONCLUSIVE"
    assert words["suites/criteria.yaml::nova::identity"] == "PASSED"
    result.stdout.fnmatch_lines(
        ["*the A/A floor is 8 of 16 flips, above max_floor 0.05: *deterministic mode*"]
    )


def test_a_selection_has_its_own_floor(project: Project) -> None:
    project.run("--floor", "24", "-k", "sum-1 or sum-2")
    assert project.asked == 4 + 4


def test_a_floor_below_nothing_is_refused(project: Project) -> None:
    result = project.run("--floor=-2")
    assert errors(result) == ["--floor -2: needs a number of answers, 0 or more."]
    assert result.ret == 11
