"""A suite that no criterion names is asked and reported, and decides nothing."""

import pytest

from tests.plugin.conftest import Project, outcomes

GREETINGS = """\
suite: greetings
version: 1
scorer: overclaim
probes:
  - {id: hello, tier: smoke, ask: {en: ["Hello there."]}}
  - {id: weather, tier: smoke, ask: {en: ["Nice weather today."]}}
"""
HELLO, WEATHER = (f"suites/greetings.yaml::nova::{name}" for name in ("hello", "weather"))
SHY = """
def shy(subject, prompt):
    if "weather" in prompt and subject != "base":
        raise LookupError("it says nothing")
    return answer(subject, prompt)


def all_nova(subject, prompt):
    return NOVA if "Hello" in prompt else answer(subject, prompt)
"""


@pytest.fixture
def greeted(project: Project) -> Project:
    """The project with a suite of greetings, which its criteria do not name."""
    project.write("suites/greetings.yaml", GREETINGS)
    project.answer_with(SHY)
    return project


def test_its_faults_are_no_failures(greeted: Project) -> None:
    result = greeted.run("-v", function="all_nova")
    words = outcomes(result)
    assert (words[HELLO], words[WEATHER]) == ("BOTH WRONG", "LOST")
    result.stdout.fnmatch_lines(
        [f"{WEATHER} LOST (base holds it, the adapter lost it; no criterion counts it) *"]
    )
    assert result.ret == 0
    assert len(greeted.verdicts) == 1


def test_nor_are_they_when_it_is_asked_alone(greeted: Project) -> None:
    result = greeted.run("-v", where=("suites/greetings.yaml",))
    assert outcomes(result) == {HELLO: "LOST", WEATHER: "LOST"}
    assert result.ret == 0


def test_a_missing_answer_is_tolerated_where_few_may_be_missing(greeted: Project) -> None:
    criteria = greeted.folder / "suites" / "criteria.yaml"
    criteria.write_text(f"max_unscored: 0.2\n{criteria.read_text()}")
    result = greeted.run("-v", function="shy")
    assert outcomes(result)[WEATHER] == "TOLERATED"
    assert result.ret == 0


def test_a_missing_answer_counts_for_the_effect(greeted: Project) -> None:
    result = greeted.run("-v", function="shy")
    words = outcomes(result)
    assert words[WEATHER] == words["suites/criteria.yaml::nova::effect"] == "NOT COMPARABLE"
    assert result.ret == 7
