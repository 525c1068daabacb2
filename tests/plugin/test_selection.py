"""`-k`, `-m`, `-x`, `--lf`, `--deselect` and node ids: only what is selected is asked, and it says so."""

import json

import pytest

from tests.plugin.conftest import Project, outcomes

NAME, SUM = "suites/identity.yaml::nova::name-1", "suites/sums.yaml::nova::sum-1"
PARTIAL = "no verdict: {} of 3 criteria were selected; the answers are kept in reports/smoke-replay-*"


@pytest.mark.parametrize(
    ("arguments", "tests", "asked", "criteria"),
    [
        (("-k", "name-1"), 1, 2, 0),
        (("-k", "sum-1 or name-2"), 2, 4, 0),
        (("-k", "sums and criteria"), 1, 8, 1),
        (("-m", "probe"), 8, 16, 0),
        (("-m", "probe", "-k", "sum"), 4, 8, 0),
        (("-m", "criterion", "--deselect", "suites/criteria.yaml::nova::effect"), 2, 16, 2),
        (("--deselect", "suites/identity.yaml", "--deselect", "suites/criteria.yaml"), 4, 8, 0),
    ],
)
def test_only_what_is_selected_is_asked(
    project: Project, arguments: tuple[str, ...], tests: int, asked: int, criteria: int
) -> None:
    result = project.run("-v", *arguments)
    assert result.ret == 0
    assert len(outcomes(result)) == tests
    assert project.asked == asked
    assert project.verdicts == []
    result.stdout.fnmatch_lines([PARTIAL.format(criteria)])


@pytest.mark.parametrize(("where", "asked"), [((NAME,), 2), (("suites/sums.yaml",), 8), ((NAME, SUM), 4)])
def test_a_file_or_a_node_id_is_a_selection(project: Project, where: tuple[str, ...], asked: int) -> None:
    result = project.run(where=where)
    assert result.ret == 0
    assert project.asked == asked
    assert project.verdicts == []
    result.stdout.fnmatch_lines([PARTIAL.format(0)])


def test_all_criteria_make_a_verdict_without_the_probes(project: Project) -> None:
    result = project.run("-m", "criterion")
    assert result.ret == 0
    assert project.asked == 16
    (verdict,) = project.verdicts
    assert json.loads(verdict.read_text())["verdict"] == "PASS"


def test_a_probe_without_its_criterion_simply_fails(project: Project) -> None:
    alone = project.run("-v", "-k", "name-1", function="one_lapse")
    assert outcomes(alone) == {NAME: "FAILED"}
    assert alone.ret == 1
    with_it = project.run("-v", "-k", "name-1 or (criteria and identity)", function="one_lapse")
    assert outcomes(with_it)[NAME] == "TOLERATED"
    assert with_it.ret == 0


def test_an_undecided_probe_without_its_criterion_is_a_regression(project: Project) -> None:
    assert project.run("-m", "probe", function="two_lapses").ret == 1


def test_an_ability_probe_alone_does_not_fail(project: Project) -> None:
    result = project.run("-v", where=(SUM,), function="forgot_a_sum")
    assert outcomes(result) == {SUM: "LOST"}
    assert result.ret == 0


def test_a_partial_run_leaves_the_verdict_of_the_whole(project: Project) -> None:
    project.run()
    (verdict,) = project.verdicts
    before = verdict.read_text()
    project.run("-k", "name-1").stdout.fnmatch_lines([PARTIAL.format(0)])
    assert verdict.read_text() == before


def test_parts_add_up_to_the_whole(project: Project) -> None:
    project.run("-k", "name")
    project.run("-k", "sum-")
    assert project.asked == 16
    assert project.run().ret == 0
    assert project.asked == 16
    assert len(project.verdicts) == 1


def test_x_stops_at_the_first_failure_after_all_was_asked(project: Project) -> None:
    result = project.run("-v", "-x", function="not_nova")
    assert outcomes(result) == {NAME: "FAILED"}
    assert result.ret == 1
    assert project.asked == 16
    assert len(project.verdicts) == 1


def test_x_does_not_stop_at_what_is_tolerated_or_lost(project: Project) -> None:
    assert len(outcomes(project.run("-v", "-x", function="one_lapse"))) == 11
    assert len(outcomes(project.run("-v", "-x", function="forgot_a_sum"))) == 11


def test_lf_repeats_what_failed_or_is_undecided(project: Project) -> None:
    first = project.run(function="two_lapses")
    asked = project.asked
    again = project.run("-v", "--lf", function="two_lapses")
    assert outcomes(again) == {
        NAME: "FAILED",
        NAME.replace("1", "4"): "FAILED",
        "suites/criteria.yaml::nova::identity": "INCONCLUSIVE",
    }
    assert first.ret == again.ret == 6
    assert project.asked == asked
    again.stdout.fnmatch_lines([PARTIAL.format(1)])
