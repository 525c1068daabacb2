"""A run leaves the garbage collector as it found it."""

import gc

import pytest

from tests.plugin.conftest import Project


def test_a_run_freezes_before_the_engine_and_not_for_longer(project: Project) -> None:
    project.answer_with("import gc\n\n\ndef frozen(subject, prompt):\n    return str(gc.get_freeze_count())")
    project.write("suites/test_own.py", OWN)
    gc.unfreeze()
    result = project.run("-k", "test_was_frozen", function="frozen")
    assert result.parseoutcomes() == {"passed": 1, "deselected": 11}
    assert (gc.get_freeze_count(), gc.isenabled()) == (0, True)


OWN = """\
import pytest


@pytest.mark.ask("How many?")
def test_was_frozen(answer):
    assert int(answer.text) > 10_000
"""


@pytest.mark.parametrize("how", ['raise RuntimeError("out of memory")', "return 7"])
def test_a_run_that_breaks_thaws_too(project: Project, how: str) -> None:
    project.answer_with(f"def breaks(subject, prompt):\n    {how}")
    gc.unfreeze()
    assert project.run(function="breaks").ret != 0
    assert gc.get_freeze_count() == 0
