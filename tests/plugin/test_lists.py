"""Probes that the criteria set apart: one broken of `must_hold` turns red, one in `quarantine` never does."""

import pytest

from tests.plugin.conftest import Project, outcomes
from tests.support import CRITERIA

LISTED = "  - {{probe: {}, reason: it broke before, since: 2026-01-31}}\n"
SUM, NAME = "suites/sums.yaml::nova::sum-1", "suites/identity.yaml::nova::name-1"
MUST_HOLD = "suites/criteria.yaml::nova::must_hold"


def listed(project: Project, title: str, probe: str) -> None:
    project.write("suites/criteria.yaml", f"{CRITERIA}{title}:\n{LISTED.format(probe)}")


@pytest.mark.parametrize(
    ("function", "probe", "name", "word"),
    [("forgot_a_sum", "sum-1", SUM, "LOST"), ("one_lapse", "name-1", NAME, "FAILED")],
)
def test_one_broken_probe_that_must_hold_is_a_regression(
    project: Project, function: str, probe: str, name: str, word: str
) -> None:
    listed(project, "must_hold", probe)
    result = project.run("-v", function=function)
    assert {key: shown for key, shown in outcomes(result).items() if shown != "PASSED"} == {
        name: word,
        MUST_HOLD: "FAILED",
    }
    result.stdout.fnmatch_lines(
        [f"FAIL: *0 of 1 listed probes hold; broken: {probe} (listed 2026-01-31: it broke before)"]
    )
    assert result.ret == 1


def test_must_hold_passes_while_its_probes_hold(project: Project) -> None:
    listed(project, "must_hold", "sum-2")
    result = project.run("-v", function="forgot_a_sum")
    assert outcomes(result)[MUST_HOLD] == "PASSED"
    assert result.ret == 0


def test_must_hold_alone_asks_its_probes_alone(project: Project) -> None:
    listed(project, "must_hold", "sum-1")
    result = project.run("-v", "-k", "must_hold", function="forgot_a_sum")
    assert outcomes(result) == {MUST_HOLD: "FAILED"}
    assert project.asked == 1  # base; what the adapter forgot is not in the log


@pytest.mark.parametrize(
    ("function", "probe", "name"),
    [("forgot_a_sum", "sum-1", SUM), ("one_lapse", "name-1", NAME), ("mute", "name-1", NAME)],
)
def test_a_quarantined_probe_is_never_red(project: Project, function: str, probe: str, name: str) -> None:
    listed(project, "quarantine", probe)
    result = project.run("-v", function=function)
    assert {key: word for key, word in outcomes(result).items() if word != "PASSED"} == {name: "QUARANTINED"}
    result.stdout.fnmatch_lines([f"{name} QUARANTINED (quarantined since 2026-01-31: it broke before)*"])
    assert result.ret == 0
    assert len(project.verdicts) == 1


def test_a_quarantined_probe_has_a_letter_of_its_own(project: Project) -> None:
    listed(project, "quarantine", "sum-1")
    result = project.run()
    result.stdout.fnmatch_lines(["suites/sums.yaml q... *", "*10 passed, 1 quarantined*"])
