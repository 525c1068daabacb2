"""Without `--adapter`, or without suites, pytest is as it was."""

from tests.plugin.conftest import Project
from tests.support import FLAGS

SEEN = "not run for want of an adapter to test: {}; pass --adapter name=path."


def test_suites_are_told_not_to_have_run(project: Project) -> None:
    result = project.run(flags=(), function=None)
    assert result.ret == 5
    lines = [line for line in result.outlines if "adapter" in line]
    assert lines == [SEEN.format("criteria.yaml, identity.yaml, sums.yaml")]


def test_other_tests_beside_them_run(project: Project) -> None:
    project.write("suites/test_mine.py", "def test_mine(): ...\n")
    result = project.run(flags=(), function=None)
    assert result.ret == 0
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([SEEN.format("*")])


def test_a_project_without_suites_hears_nothing(project: Project) -> None:
    project.write("tests/test_mine.py", "def test_mine(): ...\n")
    result = project.run(flags=(), function=None, where=("tests",))
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*adapter*")


def test_yaml_files_of_others_are_left_alone(project: Project) -> None:
    project.write("suites/compose.yaml", "services:\n  web: {suite: x}\n")
    project.write("suites/broken.yaml", "key: [\n")
    (project.folder / "suites" / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    result = project.run()
    assert result.ret == 0
    result.assert_outcomes(passed=11)


def test_a_criteria_file_of_others_is_left_alone(project: Project) -> None:
    project.write("other/criteria.yaml", "hiring: [kind, curious]\n")
    project.write("other/test_mine.py", "def test_mine(): ...\n")
    result = project.run(where=("other",))
    assert result.ret == 0
    result.assert_outcomes(passed=1)


def test_an_adapter_without_suites_tests_what_there_is(project: Project) -> None:
    project.write("tests/test_mine.py", "def test_mine(): ...\n")
    result = project.run(flags=FLAGS, where=("tests",))
    assert result.ret == 0
    assert project.asked == 0
