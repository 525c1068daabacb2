"""What the plugin does once there is an adapter to test: one evaluation, set up, asked and judged.

```
__init__.py       the evaluation: pytest's options, the setup, asking before the first test, judging
collectors.py     suite files and criteria as pytest's collectors
items.py          one probe, one criterion as pytest's items      examples.py  broken probes as text
own_questions.py  the marker `ask` and the fixture `answer`
ending.py         the verdict table, the exit status
```
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.adapters import parse_adapter_flag
from harness.engine_options import engine_options
from harness.errors import ConfigError, HarnessError
from harness.gate import Decision, decide
from harness.inputs import RunOptions, Setup, set_up
from harness.plugin import EVALUATION, stop
from harness.probes import is_suite
from harness.records import Probe
from harness.run import execute
from harness.session.items import CriterionItem, ProbeItem
from harness.session.own_questions import own_probe
from harness.verdict import write_outputs

if TYPE_CHECKING:
    from harness.results import Results


@dataclass
class Evaluation:
    """The one evaluation of a session: set up at collection, asked before the first test."""

    setup: Setup
    results: Results | None = None
    decisions: dict[tuple[str, str], Decision] | None = None
    document: dict[str, Any] | None = None


def evaluation_of(config: pytest.Config, folder: Path) -> Evaluation:
    """Return the session's evaluation; the first suite file collected sets it up."""
    evaluation = config.stash.get(EVALUATION, None)
    if evaluation is None:
        try:
            evaluation = Evaluation(set_up(run_options(config, folder)))
        except HarnessError as fault:
            stop(config, fault, fault.exit_status)
        config.stash[EVALUATION] = evaluation
    elif evaluation.setup.options.suites != folder:
        two = f"{evaluation.setup.options.suites}, {folder}"
        mixed = ConfigError(f"suites from two folders ({two}); test one at a time.")
        stop(config, mixed, mixed.exit_status)
    return evaluation


def adapter_names(config: pytest.Config, flags: Sequence[str]) -> list[str]:
    """Return the names that ``--adapter`` flags give."""
    try:
        return [parse_adapter_flag(flag)[0] for flag in flags]
    except HarnessError as fault:
        stop(config, fault, fault.exit_status)


def run_options(config: pytest.Config, folder: Path) -> RunOptions:
    """Return pytest's options as a run's."""
    get = config.getoption
    return RunOptions(
        adapters=tuple(get("adapter")),
        suites=folder,
        base=get("base"),
        persona=Path(get("persona")) if get("persona") else None,
        engine=get("engine"),
        tier=get("tier"),
        reports=Path(get("reports")),
        criteria=Path(get("criteria")) if get("criteria") else None,
        fresh=get("fresh"),
        confirm_unsafe_code=get("confirm_run_unsafe_code"),
        thinking=get("thinking"),
        thinking_tokens=get("thinking_tokens"),
        trained_on=tuple(get("trained_on") or ()),
        engine_options=engine_options(get("engine_option"), get("replay_from"), get("engine_options")),
        floor=_count(get("floor")),
    )


def _count(floor: int | None) -> int | None:
    if floor is not None and floor < 0:
        raise ConfigError(f"--floor {floor}: needs a number of answers, 0 or more.")
    return floor


def evaluate(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Ask what the selected items need, score and judge it, and write the run's files."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    evaluation = config.stash.get(EVALUATION, None)
    if evaluation is None:
        evaluation = evaluation_of(config, _suites_beside(items[0].path.parent, config.rootpath))

    def say(text: str) -> None:
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(text)

    try:
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            evaluation.setup = _with_own_probes(evaluation.setup, items)
            chosen = _chosen_probes(evaluation.setup, items)
            evaluation.results = execute(evaluation.setup, chosen, say)
            _judge(evaluation, items)
    except HarnessError as fault:
        stop(config, fault, fault.exit_status)


def _suites_beside(folder: Path, root: Path) -> Path:
    """Return the folder whose suites go with a test: its own where it has some, else root/suites."""
    return folder if any(map(is_suite, folder.glob("*.yaml"))) else root / "suites"


def _with_own_probes(setup: Setup, items: Sequence[pytest.Item]) -> Setup:
    """Add the questions of the users' own tests to the setup.

    Raises:
        ConfigError: markers are faulty; all of them at once.
    """
    own: dict[str, Probe] = {}
    faults: dict[str, None] = {}  # a set in order: the test of each adapter has the same marker
    for item in items:
        try:
            if probe := own_probe(item):
                own[probe.id] = probe
        except ConfigError as fault:
            faults[str(fault)] = None
    if faults:
        raise ConfigError("\n".join(faults))
    if not own:
        return setup
    return set_up(setup.options, tuple(own.values()))


def _chosen_probes(setup: Setup, items: Sequence[pytest.Item]) -> list[Probe]:
    """Return the probes of the selected probe items, criteria and own questions."""
    wanted = {item.probe.id for item in items if isinstance(item, ProbeItem)}
    wanted |= {probe.id for item in items if (probe := own_probe(item))}
    for item in items:
        if isinstance(item, CriterionItem):
            counted = {p.id for p in setup.probes if setup.criteria.counts(item.criterion, p)}
            wanted |= counted | setup.criteria.quarantined
    return [probe for probe in setup.probes if probe.id in wanted]


def _judge(evaluation: Evaluation, items: Sequence[pytest.Item]) -> None:
    """Judge the selected criteria, and write the outputs when all of them were selected."""
    setup, results = evaluation.setup, evaluation.results
    assert results is not None
    selected = {(i.subject, i.criterion.name): i.criterion for i in items if isinstance(i, CriterionItem)}
    evaluation.decisions = {
        place: decide(criterion, results, place[0], setup.criteria) for place, criterion in selected.items()
    }
    if len(selected) == len(setup.criteria.criteria) * len(setup.adapters):
        ordered = [
            evaluation.decisions[subject, criterion.name]
            for subject in results.candidates
            for criterion in setup.criteria.criteria
        ]
        evaluation.document = write_outputs(results, setup.criteria, ordered)
