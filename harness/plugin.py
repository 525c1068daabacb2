"""The pytest plugin: suite files become tests, one engine answers them all before the first runs.

Imports nothing heavy: a project that has the harness installed pays for it only when it tests an
adapter.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import pytest

if TYPE_CHECKING:
    from harness.session import Evaluation

SUITE_MARKERS = {
    "probe": "one question family of a suite, asked of one adapter",
    "criterion": "one statement that an adapter has to prove",
    "ask(question, system=None, max_new_tokens=64)": "a question of your own, asked in the same batch; "
    "the fixture `answer` holds what each adapter said",
}
EVALUATION: pytest.StashKey[Evaluation] = pytest.StashKey()
SUITES_SEEN = pytest.StashKey[list[Path]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, in a group of their own."""
    group = parser.getgroup("identity-harness", "testing LoRA adapters (identity-harness)")
    add = group.addoption
    add("--adapter", action="append", default=[], metavar="NAME=PATH", help="an adapter to test; repeatable")
    add(
        "--base",
        metavar="MODEL",
        help="base model: folder, hub id or bundled:smollm2 (default: the adapter's record)",
    )
    add("--persona", metavar="FILE", help="persona file (default: the adapter's record)")
    add("--engine", default="auto", metavar="NAME", help="auto, transformers, vllm or replay (default: auto)")
    add("--tier", default="smoke", metavar="TIER", help="smoke, standard or full (default: smoke)")
    add("--criteria", metavar="FILE", help="criteria file (default: criteria.yaml beside the suites)")
    add("--reports", default="reports", metavar="DIR", help="where runs are kept (default: reports)")
    add(
        "--replay-from",
        metavar="SOURCE",
        help="for --engine replay: FILE.py:function, FILE.jsonl or a run's folder",
    )
    add(
        "--engine-option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="device, dtype, batch_size, max_model_len, or one of the engine's own; repeatable",
    )
    add("--engine-options", metavar="FILE", help="a YAML file of the same; --engine-option goes before it")
    add(
        "--confirm-run-unsafe-code",
        action="store_true",
        help="run programs that a model wrote below the sandbox level that the criteria want; uncounted",
    )
    add(
        "--trained-on",
        action="append",
        default=[],
        metavar="FILE",
        help="training rows, which no probe may ask: FILE or NAME=FILE (default: the adapter's record); repeatable",
    )
    add(
        "--thinking",
        default="template",
        metavar="MODE",
        help="whether a thinking model thinks: on, off, or as its chat template has it (default: template)",
    )
    add(
        "--thinking-tokens",
        type=int,
        default=1024,
        metavar="N",
        help="tokens that a thought may take beside a probe's own limit (default: 1024)",
    )
    add(
        "--floor",
        type=int,
        metavar="N",
        help="answers of each subject that are asked twice, to see what is noise; 0 for none (default: one "
        "in twenty, at least 12)",
    )
    add("--fresh", action="store_true", help="forget the stored answers of this run and ask everything again")


def pytest_configure(config: pytest.Config) -> None:
    """Register markers, and collect ``--criteria`` where whole folders are; nothing else yet."""
    for name, about in SUITE_MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {about}")
    config.stash[SUITES_SEEN] = []
    criteria = config.getoption("criteria")
    if config.getoption("adapter") and criteria and Path(criteria).is_file():
        config.args += [criteria] if all(Path(arg).is_dir() for arg in config.args) else []
    if config.getoption("adapter") and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError(
            "-n: the engine answers before the tests run, and they only read; leave -n out."
        )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect suite files and the criteria, when there is an adapter to test."""
    config = parent.config
    kind = _kind(file_path, config.getoption("criteria"))
    if kind is None:
        return None
    if not config.getoption("adapter"):
        config.stash[SUITES_SEEN].append(file_path)
        return None
    from harness.session.collectors import CriteriaCollector, SuiteCollector

    ours = CriteriaCollector if kind == "criteria" else SuiteCollector
    collector: pytest.Collector = ours.from_parent(parent, path=file_path)
    return collector


def _kind(path: Path, criteria: str | None) -> Literal["suite", "criteria"] | None:
    """Say what a YAML file is to us; ``--criteria`` takes the place of criteria.yaml."""
    if criteria and path.resolve() == Path(criteria).resolve():
        return "criteria"
    if path.suffix != ".yaml":
        return None
    if path.name == "criteria.yaml":
        return "criteria" if not criteria and _has_key(path, "criteria") else None
    return "suite" if _has_key(path, "suite") else None


def _has_key(path: Path, word: str) -> bool:
    """Say whether a line of a file begins with ``word:``, so that other people's YAML is left alone."""
    key = re.compile(rf"{word}\s*:")
    try:
        with path.open(encoding="utf-8") as lines:
            return any(key.match(line) for line in lines)
    except (OSError, UnicodeDecodeError):
        return False


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Read the inputs before the first of our files is collected.

    Outside of pytest's own collecting, which would turn a wrong flag into a traceback for each file.
    """
    if prepare := getattr(collector, "prepare_evaluation", None):
        prepare()
    return (yield)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks a question once for each adapter."""
    if "adapter_name" not in metafunc.fixturenames or not metafunc.definition.get_closest_marker("ask"):
        return
    unused = pytest.mark.skip(reason="no adapter to test; pass --adapter name=path")
    names: list[Any] = [pytest.param("none", marks=unused)]
    if flags := metafunc.config.getoption("adapter"):
        from harness.session import adapter_names

        names = adapter_names(metafunc.config, flags)
    metafunc.parametrize("adapter_name", names)


@pytest.fixture
def adapter_name(request: pytest.FixtureRequest) -> str:
    """The adapter that a test with the marker ``ask`` runs for."""
    pytest.fail(
        f"{request.node.nodeid}: the fixture `answer` needs @pytest.mark.ask(question).", pytrace=False
    )


@pytest.fixture
def answer(request: pytest.FixtureRequest, adapter_name: str) -> Any:
    """What one adapter answered to the test's ``ask`` marker: ``.text``, ``.base``, ``.question``."""
    from harness.session.own_questions import own_answer

    return own_answer(request.node, adapter_name)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the criteria last, after the probes on which they rest."""
    items.sort(key=lambda item: item.get_closest_marker("criterion") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Ask everything that the selected tests need, in one engine, before the first of them runs."""
    ours = [item for item in session.items if _needs_answers(item)]
    option = session.config.option
    broken = session.testsfailed and not option.continue_on_collection_errors
    if not ours or not option.adapter or option.collectonly or broken:
        return (yield)
    from harness.garbage import look_at_everything
    from harness.session import evaluate

    try:
        evaluate(session.config, ours)
        return (yield)
    finally:
        look_at_everything()


def _needs_answers(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("probe", "criterion", "ask"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Carry what happened to a probe or a criterion into its report."""
    report = yield
    if call.when == "call":
        report.harness_word = getattr(item, "word", None)  # type: ignore[attr-defined]
    return report


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
    """Name the outcomes that pytest has no word for: lost, won, still wrong, inconclusive."""
    word = getattr(report, "harness_word", None)
    letters = {
        "lost": "l",
        "won": "w",
        "both wrong": "b",
        "tolerated": "t",
        "quarantined": "q",
        "inconclusive": "I",
        "not comparable": "N",
    }
    if report.when != "call" or word not in letters:
        return None
    colour = {"lost": "yellow", "won": "green", "inconclusive": "yellow", "not comparable": "red"}
    return word, letters[word], (word.upper(), {colour.get(word, "blue"): True})


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the verdicts and where the report lies, or that suites were found but no adapter."""
    seen = config.stash.get(SUITES_SEEN, [])
    if seen:
        names = ", ".join(path.name for path in seen)
        terminalreporter.write_line(
            f"not run for want of an adapter to test: {names}; pass --adapter name=path."
        )
    for word in ("not comparable", "inconclusive"):  # pytest itself shows only what it calls failed
        for report in terminalreporter.getreports(word):
            terminalreporter.write_sep("_", f"{word.upper()}: {report.head_line}")
            terminalreporter.write_line(report.longreprtext)
    evaluation = config.stash.get(EVALUATION, None)
    for suite in evaluation.setup.suites if evaluation is not None else ():
        for note in suite.notes:
            terminalreporter.write_line(f"suite {suite.name} {note}")
    if evaluation is not None and evaluation.results is not None:
        from harness.session.ending import summary_lines

        terminalreporter.section("adapters")
        for line in summary_lines(evaluation, terminalreporter):
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell an inconclusive run (6) and a run that is not comparable (7) from a regression (1)."""
    evaluation = session.config.stash.get(EVALUATION, None)
    if evaluation is not None and session.exitstatus == pytest.ExitCode.TESTS_FAILED:
        from harness.session.ending import exit_status

        session.exitstatus = exit_status(session, evaluation)


def stop(config: pytest.Config, fault: Exception, status: int) -> NoReturn:
    """End the session with one message and its own exit status."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        if reporter._tw.width_of_current_line:  # "collecting ... ", which pytest leaves open
            reporter.write_line("")
        for line in str(fault).splitlines():
            reporter.write_line(f"ERROR: {line}", red=True)
    pytest.exit("nothing was decided; see the error above", returncode=status)
