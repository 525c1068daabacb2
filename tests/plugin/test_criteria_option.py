"""`--criteria` takes the place of the criteria.yaml beside the suites."""

import json

from harness.results import read_results
from tests.plugin.conftest import Project, outcomes
from tests.support import CRITERIA

STRICT = CRITERIA.replace("{name: identity", "{name: strict").replace("smoke: 0.4", "smoke: 0.7", 1)


def test_a_file_elsewhere_is_collected_with_a_folder_of_suites(project: Project) -> None:
    project.write("strict.yaml", STRICT)
    result = project.run("-v", "--criteria", "strict.yaml", function="one_lapse")
    words = outcomes(result)
    assert [name for name in words if "suites" not in name] == [
        "strict.yaml::nova::effect",
        "strict.yaml::nova::strict",
        "strict.yaml::nova::sums",
    ]
    assert "suites/criteria.yaml::nova::effect" not in words
    assert words["strict.yaml::nova::strict"] == "INCONCLUSIVE"
    assert result.ret == 6


def test_a_file_among_the_suites_is_collected_once(project: Project) -> None:
    project.write("suites/strict.yaml", STRICT)
    result = project.run("-v", "--criteria", "suites/strict.yaml")
    words = outcomes(result)
    assert len(words) == 11
    assert words["suites/strict.yaml::nova::strict"] == "PASSED"


def test_a_selection_of_one_suite_stays_one(project: Project) -> None:
    project.write("strict.yaml", STRICT)
    result = project.run("-v", "--criteria", "strict.yaml", where=("suites/sums.yaml",))
    assert len(outcomes(result)) == 4


def test_the_stored_run_remembers_the_file_that_judged(project: Project) -> None:
    strict = project.write("strict.yaml", STRICT)
    project.run("--criteria", "strict.yaml")
    (verdict,) = project.verdicts
    document = json.loads(verdict.read_text())
    assert document["criteria"][1]["name"] == "strict"
    assert read_results(verdict.parent).criteria_path == strict


def test_a_file_may_build_on_that_of_the_suites(project: Project) -> None:
    project.write("mine.yaml", "extends: suites/criteria.yaml\ndrop: [sums]\n")
    words = outcomes(project.run("-v", "--criteria", "mine.yaml"))
    assert [name for name in words if "criteria" in name] == []
    assert [name.split("::")[-1] for name in words if "mine" in name] == ["effect", "identity"]
