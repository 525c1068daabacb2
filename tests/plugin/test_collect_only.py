"""`--collect-only` shows node ids, asks nothing and loads no engine."""

from pathlib import Path

from tests.plugin.conftest import Project
from tests.support import FLAGS, lay_out, run_python, write_adapter

IDS = [
    *(f"suites/identity.yaml::nova::name-{i}" for i in range(1, 5)),
    *(f"suites/sums.yaml::nova::sum-{i}" for i in range(1, 5)),
    *(f"suites/criteria.yaml::nova::{name}" for name in ("effect", "identity", "sums")),
]
ENGINES = """\
import sys


def pytest_unconfigure():
    loaded = {"torch", "transformers", "vllm", "harness.engines.transformers"} & set(sys.modules)
    print("loaded:", sorted(loaded))
"""


def test_it_shows_node_ids_and_asks_nothing(project: Project) -> None:
    result = project.run("--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == IDS
    assert result.ret == 0
    assert project.asked == 0
    assert not (project.folder / "reports").exists()


def test_a_node_id_selects_its_test(project: Project) -> None:
    result = project.run("-q", "--collect-only", where=(IDS[1], IDS[-1]))
    assert [line for line in result.outlines if "::" in line] == [IDS[1], IDS[-1]]


def test_an_unknown_node_id_is_not_found(project: Project) -> None:
    result = project.run(where=("suites/identity.yaml::nova::name-9",))
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: not found: *suites/identity.yaml::nova::name-9"])
    assert project.asked == 0


def test_no_engine_is_loaded(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "project")
    write_adapter(folder / "nova")
    (folder / "conftest.py").write_text(ENGINES)
    flags = ("--adapter", "nova=nova", "--base", "base", *FLAGS[2:4], "--engine", "transformers")
    done = run_python("-m", "pytest", "suites", "--collect-only", "-q", *flags, cwd=folder)
    assert done.returncode == 0, done.stdout
    assert IDS[0] in done.stdout
    assert "loaded: []" in done.stdout
