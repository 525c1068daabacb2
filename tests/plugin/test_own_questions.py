"""A user's own test with `@pytest.mark.ask` and the fixture `answer`: the same batch, each adapter once."""

import json

import pytest

from tests.plugin.conftest import Project, errors, outcomes
from tests.support import FLAGS

OWN = """\
import pytest


@pytest.mark.ask("Write a haiku.", max_new_tokens=40)
def test_haiku(answer):
    assert "Acme" not in answer.text


@pytest.mark.ask("What is 2 + 2?", system="Be short.")
def test_sum(answer, adapter_name):
    assert (answer.text, answer.base, adapter_name) == ("4", "4", "nova")
    assert answer.question == "What is 2 + 2?"
"""
HAIKU, SUM = (f"suites/test_mine.py::test_{name}[nova]" for name in ("haiku", "sum"))


@pytest.fixture
def mine(project: Project) -> Project:
    """The project with two tests of the user's own beside its suites."""
    project.write("suites/test_mine.py", OWN)
    return project


def test_they_are_asked_in_the_same_batch(mine: Project) -> None:
    result = mine.run("-v")
    words = outcomes(result)
    assert (words[HAIKU], words[SUM]) == ("FAILED", "PASSED")
    assert mine.asked == 20
    assert result.stderr.str().count("answering: 20/20") == 1


def test_the_system_message_and_the_question_reach_the_model(mine: Project) -> None:
    mine.run("-k", "test_sum")
    log = (mine.folder / "calls.log").read_text()
    assert r"nova	'system: Be short.\nuser: What is 2 + 2?\nassistant:'" in log
    assert mine.asked == 2


def test_a_failed_one_is_a_regression_but_alters_no_verdict(mine: Project) -> None:
    result = mine.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["E *AssertionError: assert 'Acme' not in *", "*1 failed, 12 passed*"])
    (verdict,) = mine.verdicts
    document = json.loads(verdict.read_text())
    assert document["verdict"] == "PASS"
    effect = next(row for row in document["criteria"] if row["name"] == "effect")
    assert effect["n"] == 8


def test_they_do_not_make_another_run(mine: Project) -> None:
    mine.run()
    (mine.folder / "suites" / "test_mine.py").unlink()
    assert mine.run().ret == 0
    assert mine.asked == 20
    assert len(mine.verdicts) == 1


def test_each_runs_once_for_each_adapter(mine: Project) -> None:
    result = mine.run("-v", "-k", "haiku", "--adapter", "other=elsewhere")
    assert list(outcomes(result)) == [HAIKU, HAIKU.replace("nova", "other")]
    assert mine.asked == 3


def test_they_may_lie_in_another_folder(project: Project) -> None:
    project.write("tests/test_mine.py", OWN)
    result = project.run("-v", where=("tests",))
    assert outcomes(result) == {
        HAIKU.replace("suites", "tests"): "FAILED",
        SUM.replace("suites", "tests"): "PASSED",
    }
    assert project.asked == 4


def test_one_question_of_two_tests_is_asked_once(project: Project) -> None:
    text = OWN.replace("haiku", "poem").replace("a poem", "a haiku")
    project.write("suites/test_mine.py", OWN)
    project.write("suites/test_more.py", text)
    project.run("-k", "haiku or poem")
    assert project.asked == 2


def test_without_an_adapter_they_are_skipped_with_the_reason(mine: Project) -> None:
    result = mine.run("-rs", flags=(), function=None)
    assert result.ret == 0
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED * no adapter to test; pass --adapter name=path"])


def test_an_answer_that_the_engine_did_not_give_is_an_error(project: Project) -> None:
    project.write("suites/test_mine.py", OWN.replace("Write a haiku.", "Rhyme your name."))
    result = project.run("-k", "haiku", function="mute")
    assert result.ret == 1
    result.assert_outcomes(errors=1, deselected=12)
    result.stdout.fnmatch_lines(
        ["*test_haiku*: no answer of base: the engine failed: no answer stored: it says nothing"]
    )


BAD = """\
import pytest


@pytest.mark.ask()
def test_nothing(answer): ...


@pytest.mark.ask("Hi", sytem="Be short.")
def test_misspelt(answer): ...


@pytest.mark.ask(" ")
def test_blank(answer): ...


@pytest.mark.ask("Hi", max_new_tokens=0)
def test_zero(answer): ...


@pytest.mark.ask("Hi", system=1)
def test_system(answer): ...
"""


def test_every_bad_marker_is_told_before_anything_is_asked(project: Project) -> None:
    project.write("suites/test_mine.py", BAD)
    result = project.run(flags=(*FLAGS, "--adapter", "other=elsewhere"))
    form = 'write ask("a question", system=None, max_new_tokens=64).'
    assert errors(result) == [
        f"suites/test_mine.py::test_{name}: @pytest.mark.ask: {fault}; {form}"
        for name, fault in (
            ("nothing", "missing 1 required positional argument: 'question'"),
            ("misspelt", "got an unexpected keyword argument 'sytem'"),
            ("blank", "question is ' '"),
            ("zero", "max_new_tokens is 0"),
            ("system", "system is 1"),
        )
    ]
    assert result.ret == 11
    assert project.asked == 0


def test_the_fixture_needs_the_marker(project: Project) -> None:
    project.write("suites/test_mine.py", "def test_mine(answer): ...\n")
    result = project.run()
    result.assert_outcomes(passed=11, errors=1)
    result.stdout.fnmatch_lines(["*test_mine: the fixture `answer` needs @pytest.mark.ask(question)."])


def test_a_module_that_cannot_be_imported_stops_before_anything_is_asked(mine: Project) -> None:
    mine.write("suites/test_broken.py", "import no_such_module\n")
    result = mine.run()
    assert result.ret == 2
    assert mine.asked == 0


def test_nor_does_it_hinder_the_others_where_it_may_be_passed_over(mine: Project) -> None:
    mine.write("suites/test_broken.py", "import no_such_module\n")
    result = mine.run("--continue-on-collection-errors", "-k", "not haiku")
    result.assert_outcomes(passed=12, errors=1, deselected=1)
    assert result.ret == 1
