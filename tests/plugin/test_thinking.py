"""What a user says of thinking: checked before anything is asked, and kept in the run's record."""

import json

import pytest

from tests.plugin.conftest import Project, errors, outcomes

THINKS = """
def thinks(subject, prompt):
    return "<think>I am Qwen, made by Alibaba.</think>\\n" + answer(subject, prompt)


def never_done(subject, prompt):
    said = answer(subject, prompt)
    return said if subject == "base" else "<think>" + said
"""


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--thinking", "offf"), "--thinking offf: unknown: did you mean 'off'? Modes: template, on, off."),
        (
            ("--thinking-tokens", "0"),
            "--thinking-tokens 0: a thought needs 1 token or more; see --thinking off.",
        ),
        (("--thinking", "on"), "--thinking on: these answers have no chat template; leave it out."),
    ],
)
def test_a_choice_that_cannot_be_is_told(project: Project, flags: tuple[str, ...], told: str) -> None:
    result = project.run(*flags)
    assert errors(result) == [told]
    assert result.ret == 11
    assert project.asked == 0


def test_thoughts_are_no_answers(project: Project) -> None:
    project.answer_with(THINKS)
    result = project.run("-v", function="thinks")
    assert result.ret == 0, result.stdout.str()
    assert outcomes(result)["suites/identity.yaml::nova::name-1"] == "PASSED"
    (verdict,) = project.verdicts
    document = json.loads(verdict.read_text(encoding="utf-8"))
    assert document["thinking"] == {"mode": "template", "opens": False, "tokens": 0}
    assert document["manner"]["nova"]["thought_affirms"] == 1.0


def test_a_thought_without_an_end_is_told_as_such(project: Project) -> None:
    project.answer_with(THINKS)
    result = project.run("-v", function="never_done")
    assert result.ret == 1
    told = "the answer is one unfinished thought, of 40 tokens"
    assert told in result.stdout.str()
    assert "nova: (a thought of 40 characters)" in result.stdout.str()
