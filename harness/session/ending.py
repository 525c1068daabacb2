"""How a session ends: the lines below the tests, and pytest's exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.gate import Verdict, overall
from harness.session.items import CriterionItem, ProbeItem

if TYPE_CHECKING:
    from harness.session import Evaluation

EXIT_INCONCLUSIVE, EXIT_NOT_COMPARABLE = 6, 7


def summary_lines(evaluation: Evaluation, reporter: Any) -> list[str]:
    """Return the verdict table and the paths, as lines; without a verdict, why there is none."""
    from harness.report.terminal import verdict_table

    assert evaluation.results is not None
    folder = evaluation.results.folder
    if evaluation.document is None:
        setup, judged = evaluation.setup, len(evaluation.decisions or {})
        every = len(setup.criteria.criteria) * len(setup.adapters)
        return [f"no verdict: {judged} of {every} criteria were selected; the answers are kept in {folder}"]
    width = int(reporter._tw.fullwidth)
    table = verdict_table(evaluation.document, width=width, color=bool(reporter.hasmarkup))
    written = [name for name in ("report.html", "verdict.json") if (folder / name).exists()]
    return [*table.splitlines(), *(f"{name.split('.')[0] + ':':<9}{folder / name}" for name in written)]


def exit_status(session: pytest.Session, evaluation: Evaluation) -> int:
    """Return pytest's exit status: a regression or another failed test is 1, see `EXIT_INCONCLUSIVE`.

    An identity probe that failed beside an undecided criterion leaves it undecided.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    every = [report for reports in (reporter.stats if reporter else {}).values() for report in reports]
    failed = {report.nodeid for report in every if getattr(report, "failed", False)}
    items = {item.nodeid: item for item in session.items}
    verdicts = {_verdict_behind(items.get(name), evaluation) for name in failed}
    verdicts |= {d.verdict for d in (evaluation.decisions or {}).values()}  # also what -x left out
    if "FAIL" in verdicts or not failed:
        return int(pytest.ExitCode.TESTS_FAILED)
    return EXIT_NOT_COMPARABLE if "NOT COMPARABLE" in verdicts else EXIT_INCONCLUSIVE


def _verdict_behind(item: pytest.Item | None, evaluation: Evaluation) -> Verdict:
    """Return what a failed test says about its adapter; FAIL for a test that is none of ours."""
    if isinstance(item, CriterionItem):
        return (evaluation.decisions or {})[item.subject, item.criterion.name].verdict
    if isinstance(item, ProbeItem):
        undecided = [decision for decision in item.deciding() if decision.verdict != "PASS"]
        missing: Verdict = "NOT COMPARABLE" if item.word == "not comparable" else "FAIL"
        return overall(undecided) if undecided else missing
    return "FAIL"
