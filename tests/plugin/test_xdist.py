"""`-n` is refused for adapters: the engine answers before the tests run, in one process."""

import pytest

from tests.plugin.conftest import Project, errors

XDIST = """\
def pytest_addoption(parser):
    parser.addoption("--numprocesses", type=int, default=None)
"""


@pytest.fixture
def spread(project: Project) -> Project:
    """The project with pytest-xdist's option, from a conftest that stands in for it."""
    project.write("conftest.py", XDIST)
    return project


def test_it_is_refused_for_an_adapter(spread: Project) -> None:
    result = spread.run("--numprocesses", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert errors(result) == []
    result.stderr.fnmatch_lines(
        ["ERROR: -n: the engine answers before the tests run, and they only read; leave -n out."]
    )
    assert spread.asked == 0


def test_no_process_beside_this_one_is_fine(spread: Project) -> None:
    assert spread.run("--numprocesses", "0").ret == 0


def test_it_is_not_refused_without_an_adapter(spread: Project) -> None:
    spread.write("suites/test_mine.py", "def test_mine(): ...\n")
    assert spread.run("--numprocesses", "2", flags=(), function=None).ret == 0
