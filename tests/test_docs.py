"""The documentation tells the truth: its commands run, its links and named tests exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.probes import build_suite, read_suite
from harness.scorers import check_scorers

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line[2:].split("  ")[0].strip() for line in README.splitlines() if line.startswith("$ ")]


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [link for link in linked if not (page.parent / link).exists()]
    named = re.findall(r"`((?:tests|configs|harness|docs|suites)/[\w./-]+)`", text)
    missing += [name for name in named if not (ROOT / name).exists()]
    assert missing == []


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make ")])
def test_make_targets_of_the_readme_exist(command: str) -> None:
    dry = run("make", "--dry-run", *command.split()[1:])
    assert dry.returncode == 0, dry.stderr


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("harness ")])
def test_harness_commands_of_the_readme_are_understood(command: str) -> None:
    words = re.sub(r"\[.*?\]", "", command).split()[1:]
    if "--dry-run" in words:
        done = run(sys.executable, "-m", "harness", *words)
        assert done.returncode == 0, done.stderr
        assert "--tuner_type lora" in done.stdout
    else:
        done = run(sys.executable, "-m", "harness", words[0], "--help")
        assert done.returncode == 0, done.stderr


def test_pytest_commands_of_the_readme_use_known_options() -> None:
    shown = run(sys.executable, "-m", "pytest", "--help").stdout
    used = {word for line in COMMANDS if line.startswith("pytest") for word in re.findall(r"--[\w-]+", line)}
    assert used
    assert [option for option in sorted(used) if option not in shown] == []


def test_the_suite_of_the_guide_is_a_suite(tmp_path: Path, nova_persona) -> None:
    guide = (ROOT / "docs" / "writing-suites.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(suite: .*?)```", guide, re.S)
    assert block
    file = tmp_path / "greetings.yaml"
    file.write_text(block[1], encoding="utf-8")
    suite = build_suite(read_suite(file), "smoke", nova_persona)
    check_scorers(suite.probes)
    assert [variant.id for variant in suite.probes[0].variants] == ["en-1.default", "zh-1.empty"]


def test_every_scorer_and_kind_of_the_guide_exists(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "writing-suites.md").read_text(encoding="utf-8")
    from harness.scorers import find_scorer

    for name in ("identity", "anti_identity", "overclaim", "number", "word", "contains", "code"):
        assert f"`{name}`" in guide
        find_scorer(name)
    with pytest.raises(ConfigError):
        find_scorer("no_such_scorer")
