"""pytest on pytest: a project to test an adapter in, and runs of it inside this process."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import harness.report
import harness.scorers
import harness.session
from tests.support import ANSWERS, FLAGS, calls, lay_out

# pytester forgets what a run imports; what is here already is kept, so that a run takes 0.1 s.
for package in (harness.report, harness.scorers, harness.session):
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        import_module(module.name)
for name in ("harness.engines.replay", "jinja2", "rich.table", "scipy.stats"):
    import_module(name)


class Project:
    """A folder with suites, a persona and answers; the folder is the current one."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.folder = lay_out(pytester.path)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def answer_with(self, functions: str) -> None:
        """Add functions to answers.py."""
        self.write("answers.py", f"{ANSWERS}\n\n{functions}")

    def run(
        self,
        *arguments: str,
        function: str | None = "answer",
        flags: tuple[str, ...] = FLAGS,
        where: tuple[str, ...] = ("suites",),
    ) -> pytest.RunResult:
        """Run pytest with a function's answers; a warning is an error."""
        source = ("--replay-from", f"answers.py:{function}") if function else ()
        always = ("-W", "error", "-p", "no:hypothesispytest")  # which would import hypothesis each time
        return self.pytester.runpytest_inprocess(*always, *where, *flags, *source, *arguments)

    @property
    def asked(self) -> int:
        """How often a function was asked so far."""
        return len(calls(self.folder))

    @property
    def verdicts(self) -> list[Path]:
        """Every verdict.json below reports/."""
        return sorted((self.folder / "reports").glob("*/verdict.json"))


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project of `tests.support`, laid out in an empty folder."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("CI", raising=False)
    return Project(pytester)


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """Return node id -> the word that ``-v`` shows for it."""
    shown = (re.match(r"(\S+::\S+) ([A-Z ]+?) *(?:\(|\[ *\d+%\])", line) for line in result.outlines)
    return {hit[1]: hit[2] for hit in shown if hit}


def errors(result: pytest.RunResult) -> list[str]:
    """Return the messages to the user, after a look that there is nothing else of a crash."""
    everything = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in everything
    assert "INTERNALERROR" not in everything
    return [line.removeprefix("ERROR: ") for line in result.outlines if line.startswith("ERROR: ")]
