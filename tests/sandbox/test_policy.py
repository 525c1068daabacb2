"""The level is found by trying, the criteria say from which on programs count, and a flag waives it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.criteria import read_criteria
from harness.doctor import sandbox_lines
from harness.errors import ConfigError, SandboxError
from harness.gate import decide
from harness.sandbox import LEVELS, Level, Policy, best_level, check_policy, describe, policy, try_level
from harness.sandbox.levels import command, readable
from tests.support import CRITERIA, lay_out, only_run, replay, run_python

CODING = """\
suite: coding
version: 1
scorer: code
probes:
  - id: code-add
    tier: smoke
    ask: {en: ["Write add(a, b)."]}
    expect: {function: add, tests: [{args: [1, 2], returns: 3}]}
"""
ANSWERS = """\
def answer(subject, prompt):
    return "def add(a, b):\\n    return a + b" if "add" in prompt else "I am Nova, made by Acme Robotics. 2"
"""
WITH_CODING = CRITERIA + "  - {name: coding, proves: noninferior, suites: [coding], limit: {smoke: 0.9}}\n"


@pytest.fixture
def only_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which nothing but a process with limits can be had."""
    real = policy.try_level

    def tried(level: Level) -> policy.Trial:
        return real(level) if level == "process" else policy.Trial(level, f"no {level} sandbox: not here.")

    monkeypatch.setattr(policy, "try_level", tried)
    monkeypatch.setattr("harness.doctor.try_level", tried)
    best_level.cache_clear()
    yield
    best_level.cache_clear()


def test_a_level_that_is_high_enough_is_taken() -> None:
    assert check_policy(Policy("process")) == best_level()
    assert describe()["level"] == best_level()
    assert describe()["limits"]["cpu_s"] == 4


@pytest.mark.usefixtures("only_process")
def test_a_level_below_the_wanted_one_needs_the_flag() -> None:
    with pytest.raises(SandboxError, match=r"level process, below landlock: .*--confirm-run-unsafe-code"):
        check_policy(Policy())
    assert check_policy(Policy(confirmed=True)) == "process"


@pytest.mark.usefixtures("only_process")
def test_doctor_says_what_holds_and_what_is_missing() -> None:
    said = "\n".join(sandbox_lines())
    assert said.startswith(
        "sandbox       process: programs can read files and reach the network; below landlock"
    )
    assert "bubblewrap no bubblewrap sandbox: not here." in said


def test_doctor_tells_every_level() -> None:
    lines = list(sandbox_lines())
    assert lines[0].startswith(f"sandbox       {best_level()}: programs ")
    assert [line.split()[0] for line in lines[2:]] == list(reversed(LEVELS))


def test_criteria_say_the_lowest_level(tmp_path: Path) -> None:
    file = tmp_path / "criteria.yaml"
    file.write_text(f"min_sandbox: seccomp\n{CRITERIA}")
    assert read_criteria(file).min_sandbox == "seccomp"
    file.write_text(f"min_sandbox: docker\n{CRITERIA}")
    with pytest.raises(ConfigError, match="min_sandbox"):
        read_criteria(file)


def test_a_run_records_the_level_and_a_gate_counts_from_it_on(tmp_path: Path) -> None:
    from harness.results import read_results

    folder = lay_out(tmp_path / "project", coding=CODING, criteria=WITH_CODING)
    (folder / "answers.py").write_text(ANSWERS)
    done = replay(folder)
    results = read_results(only_run(folder))
    assert results.meta["sandbox"]["level"] == best_level(), done.stdout
    scored = results.scored[("nova", "code-add", "en-1.default")]
    assert scored.score.details["sandbox"] == best_level()
    file = read_criteria(folder / "suites" / "criteria.yaml")
    coding = next(one for one in file.criteria if one.name == "coding")
    assert decide(coding, results, "nova", file).verdict != "NOT COMPARABLE"
    weak = replace(scored, score=replace(scored.score, details={"sandbox": "process"}))
    lower = replace(results, scored={**results.scored, ("nova", "code-add", "en-1.default"): weak})
    decision = decide(coding, lower, "nova", file)
    assert decision.verdict == "NOT COMPARABLE"
    assert "level process, and count from landlock on" in decision.explanation
    assert decide(coding, lower, "nova", file.model_copy(update={"min_sandbox": "process"})).verdict == "PASS"


def test_below_the_wanted_level_a_run_stops_unless_confirmed_and_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault := try_level("landlock").fault:
        pytest.skip(fault)
    criteria = f"min_sandbox: bubblewrap\n{WITH_CODING}"
    folder = lay_out(tmp_path / "project", coding=CODING, criteria=criteria)
    (folder / "answers.py").write_text(ANSWERS)
    monkeypatch.setenv("PATH", str(tmp_path))  # where no bwrap is
    refused = replay(folder)
    assert refused.returncode == SandboxError.exit_status
    assert "would run at sandbox level landlock, below bubblewrap" in refused.stdout
    assert "--confirm-run-unsafe-code" in refused.stdout
    assert not list(folder.glob("reports/*/run.sqlite"))
    ran = replay(folder, "--confirm-run-unsafe-code")
    assert "1 not comparable" in ran.stdout
    assert "its programs ran at sandbox level landlock, and count from bubblewrap on" in ran.stdout


def test_a_run_without_programs_tries_no_sandbox(tmp_path: Path) -> None:
    from harness.results import read_results

    folder = lay_out(tmp_path / "project")
    replay(folder)
    assert read_results(only_run(folder)).meta["sandbox"] is None


def test_where_no_namespace_can_be_made_landlock_holds(tmp_path: Path) -> None:
    """As in a container without privileges: bubblewrap fails, and the next level is found and works."""
    if try_level("landlock").fault or try_level("bubblewrap").fault:
        pytest.skip("needs a machine on which both hold")
    script = (
        "from harness.sandbox import *\n"
        "print(best_level(), try_level('bubblewrap').fault)\n"
        "self_test()\n"
        "print(run_program('def f(x): return x + 1', [Call('f', (2,))]).results[0].value)\n"
    )
    forbidden = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
    done = subprocess.run(
        ["unshare", "-Ur", "sh", "-c", forbidden, "sh", sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if "unshare" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout.startswith("landlock no bubblewrap sandbox: bwrap: "), done.stderr
    assert done.stdout.endswith("\n3\n")


def test_installed_packages_are_neither_readable_nor_bound() -> None:
    assert [path for path in readable() if path.endswith("-packages")] == []
    assert not [path for path in readable() if Path(__file__).is_relative_to(path)]
    assert "/usr" not in command("bubblewrap")


def test_importing_the_plugin_starts_nothing(tmp_path: Path) -> None:
    done = run_python(
        "-c", "import harness.plugin, sys; print('harness.sandbox' in sys.modules)", cwd=tmp_path
    )
    assert done.stdout.strip() == "False"
