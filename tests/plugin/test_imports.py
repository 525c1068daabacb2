"""A project that has the harness installed pays for it only when it tests an adapter."""

from pathlib import Path

import pytest

from tests.support import run_python

HEAVY = ("torch", "transformers", "vllm", "peft", "pandas", "scipy", "numpy", "pydantic", "jinja2", "yaml")
SHOW = f"print('heavy:', [name for name in {HEAVY} if name in sys.modules])"


def test_the_plugin_imports_nothing_heavy(tmp_path: Path) -> None:
    done = run_python("-c", f"import sys, harness.plugin; {SHOW}", cwd=tmp_path)
    assert done.stdout == "heavy: []\n", done.stderr


@pytest.mark.parametrize("suite", ["", "suite: mine\nversion: 1\n"])
def test_a_run_without_an_adapter_imports_nothing_heavy(tmp_path: Path, suite: str) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine(): ...\n")
    if suite:
        (tmp_path / "mine.yaml").write_text(suite)
    ours = "[name for name in sys.modules if name.startswith('harness.')]"
    program = f"import sys, pytest; pytest.main(['-q']); {SHOW}; print('ours:', {ours})"
    done = run_python("-c", program, cwd=tmp_path)
    assert "1 passed" in done.stdout
    assert "heavy: []" in done.stdout
    assert "ours: ['harness.plugin']" in done.stdout


def test_the_command_line_imports_no_engine(tmp_path: Path) -> None:
    done = run_python("-c", f"import sys, harness.cli; {SHOW}", cwd=tmp_path)
    assert done.stdout == "heavy: []\n", done.stderr
