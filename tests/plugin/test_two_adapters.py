"""Two adapters in one run: one engine, one batch, a verdict each."""

import json

import pytest

from harness.engines.replay import Engine
from tests.plugin.conftest import Project, outcomes

FUNCTION = """
def one_is_bad(subject, prompt):
    return not_nova(subject, prompt) if subject == "bad" else answer(subject, prompt)


def other_lapses(subject, prompt):
    return one_lapse(subject, prompt) if subject == "nova" else one_is_bad(subject, prompt)
"""


@pytest.fixture
def both(project: Project) -> Project:
    """The project with answers of a good adapter, nova, and of a bad one."""
    project.answer_with(FUNCTION)
    return project


def run(project: Project, *arguments: str) -> pytest.RunResult:
    return project.run("-v", "--adapter", "bad=elsewhere", *arguments, function="one_is_bad")


def test_each_has_its_own_verdict(both: Project) -> None:
    assert run(both).ret == 1
    (verdict,) = both.verdicts
    document = json.loads(verdict.read_text())
    assert document["verdict"] == "FAIL"
    assert [(one["name"], one["verdict"]) for one in document["subjects"]] == [
        ("nova", "PASS"),
        ("bad", "FAIL"),
    ]


def test_each_has_its_own_tests(both: Project) -> None:
    words = outcomes(run(both))
    assert len(words) == 22
    failed = {name for name, word in words.items() if word != "PASSED"}
    assert failed == {
        *(f"suites/identity.yaml::bad::name-{i}" for i in range(1, 5)),
        "suites/criteria.yaml::bad::identity",
    }


def test_they_share_one_engine_and_one_batch(both: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = []
    generate = Engine.generate

    def counted(self, requests):
        batches.append([request.subject for request in requests])
        return generate(self, requests)

    monkeypatch.setattr(Engine, "generate", counted)
    run(both)
    (batch,) = batches
    assert batch[:3] == ["base", "nova", "bad"]
    assert {name: batch.count(name) for name in batch} == {"base": 8, "nova": 8, "bad": 8}


def test_k_selects_one_of_them(both: Project) -> None:
    result = run(both, "-k", "nova")
    assert len(outcomes(result)) == 11
    assert result.ret == 0
    assert both.verdicts == []
    result.stdout.fnmatch_lines(["no verdict: 3 of 6 criteria were selected; *"])


def test_adapters_keep_the_order_of_the_flags(both: Project) -> None:
    names = [name.split("::")[1] for name in outcomes(run(both)) if name.endswith("name-1")]
    assert names == ["nova", "bad"]


def test_a_lapse_is_tolerated_by_the_criteria_of_its_own_adapter(both: Project) -> None:
    words = outcomes(both.run("-v", "--adapter", "bad=elsewhere", function="other_lapses"))
    assert words["suites/identity.yaml::nova::name-1"] == "TOLERATED"
    assert words["suites/identity.yaml::bad::name-1"] == "FAILED"
