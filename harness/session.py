"""What the plugin does once there is an adapter to test: items, one evaluation, and their outcomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import pytest

from harness.adapters import parse_adapter_flag
from harness.config import read_value, read_yaml
from harness.criteria import Criterion, Reading
from harness.engines import EngineOptions
from harness.errors import ConfigError, HarnessError
from harness.gate import Decision, Verdict, decide, holds, is_right, nll_rises, overall
from harness.inputs import OWN, RunOptions, Setup, set_up
from harness.plugin import EVALUATION, stop
from harness.probes import is_suite
from harness.records import BASE, Probe, Scored, Turn, Variant, digest_of
from harness.run import execute
from harness.scoring import ENGINE_FAILED
from harness.verdict import conversation, write_outputs

if TYPE_CHECKING:
    from harness.results import Results

EXIT_INCONCLUSIVE, EXIT_NOT_COMPARABLE = 6, 7


@dataclass
class Evaluation:
    """The one evaluation of a session: set up at collection, asked before the first test."""

    setup: Setup
    results: Results | None = None
    decisions: dict[tuple[str, str], Decision] | None = None
    document: dict[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """What one adapter, and base, answered to a question of the user's own."""

    question: str
    text: str
    base: str


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


def engine_options(pairs: Sequence[str], replay_from: str | None, file: str | None = None) -> EngineOptions:
    """Return ``key=value`` pairs, over what a file gives, as engine options; unknown keys go to the engine.

    Raises:
        ConfigError: a pair without ``=``, a file that is no mapping, or a number that is none.
    """
    options = EngineOptions(replay_from=replay_from)
    for key, (value, place) in {**_file_values(file), **_pair_values(pairs)}.items():
        if key in ("device", "dtype"):
            options = replace(options, **{key: str(value)})  # type: ignore[arg-type]
        elif key in ("batch_size", "max_model_len"):
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(f"{place}: needs a whole number above 0.")
            options = replace(options, **{key: value})  # type: ignore[arg-type]
        else:
            options = replace(options, extra={**options.extra, key: value})
    return options


def _pair_values(pairs: Sequence[str]) -> dict[str, tuple[Any, str]]:
    """Return key -> (value, place) of ``--engine-option`` flags."""
    values = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise ConfigError(f"--engine-option {pair}: needs the form key=value, as in device=cpu.")
        place = f"--engine-option {pair}"
        values[key] = (read_value(text, place), place)
    return values


def _file_values(file: str | None) -> dict[str, tuple[Any, str]]:
    """Return key -> (value, place) of an ``--engine-options`` file."""
    if file is None:
        return {}
    document = read_yaml(Path(file))
    if not isinstance(document.data, dict) or not all(isinstance(key, str) for key in document.data):
        raise ConfigError(f"{file}: needs `key: value` lines, as in `device: cpu`.")
    return {key: (value, f"{document.place(key)}: {key}: {value}") for key, value in document.data.items()}


class SuiteCollector(pytest.File):
    """A suite file: one group of probes for each adapter."""

    def prepare_evaluation(self) -> None:
        """Set the evaluation up, or end the session with what stands in its way."""
        evaluation_of(self.config, self.path.parent)

    def collect(self) -> Iterator[pytest.Collector]:
        for adapter in self.config.stash[EVALUATION].setup.adapters:
            yield AdapterCollector.from_parent(self, name=adapter.name)


class CriteriaCollector(SuiteCollector):
    """``criteria.yaml``, or what ``--criteria`` names: one group of criteria for each adapter."""

    def prepare_evaluation(self) -> None:
        """Set the evaluation up, unless a suite file did: criteria may lie in another folder."""
        if EVALUATION not in self.config.stash:
            super().prepare_evaluation()


class AdapterCollector(pytest.Collector):
    """The probes of one suite, or the criteria, for one adapter."""

    def collect(self) -> Iterator[pytest.Item]:
        assert isinstance(self.parent, SuiteCollector)
        setup = self.config.stash[EVALUATION].setup
        if isinstance(self.parent, CriteriaCollector):
            for criterion in setup.criteria.criteria:
                yield CriterionItem.from_parent(self, name=criterion.name, criterion=criterion)
            return
        for suite in setup.suites:
            if suite.path == self.parent.path:
                for probe in suite.probes:
                    yield ProbeItem.from_parent(self, name=probe.id, probe=probe)


class NotHeld(Exception):
    """A probe that did not hold, or a criterion that was not proved: the text for the user."""


class _Item(pytest.Item):
    word: str | None = None

    @property
    def subject(self) -> str:
        """The adapter's name."""
        assert self.parent is not None
        return self.parent.name

    @property
    def evaluation(self) -> Evaluation:
        """The session's evaluation, asked and scored."""
        evaluation: Evaluation = self.config.stash[EVALUATION]
        return evaluation

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotHeld | pytest.xfail.Exception):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.nodeid.split("::", 1)[-1]


class ProbeItem(_Item):
    """One probe of one adapter."""

    def __init__(self, *, probe: Probe, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.probe = probe
        self.add_marker("probe")

    def runtest(self) -> None:
        results = self.evaluation.results
        assert results is not None
        quarantine = {entry.probe: entry for entry in self.evaluation.setup.criteria.quarantine}
        if entry := quarantine.get(self.probe.id):
            self.word = "quarantined"
            pytest.xfail(f"quarantined since {entry.since}: {entry.reason}")
        candidate = results.family(self.subject, self.probe)
        base = results.family(BASE, self.probe)
        missing = [one.score.reason for one in (*base, *candidate) if one.score.value is None]
        if missing or not candidate:
            self._judge_missing(f"{self.probe.place}: no score: {missing[0] if missing else 'not asked'}")
        self.user_properties.append(("score", _mean(candidate)))
        self.user_properties.append(("base_score", _mean(base)))
        if self.probe.kind in ("nll", "drift"):
            self._judge_rise(results)
        elif self._is_paired():
            self._judge_pair(base, candidate)
        elif not holds(candidate):
            self._judge_bound(base, candidate)

    def _judge_missing(self, reason: str) -> NoReturn:
        concerned = self._decided(self._criteria())  # effect too: it counts what is missing
        if concerned and overall(concerned) == "PASS":
            self.word = "tolerated"
            pytest.xfail(f"its criteria hold all the same: {reason}")
        self.word = "not comparable"
        raise NotHeld(reason)

    def deciding(self) -> list[Decision]:
        """Return the decisions that rest on this probe, among the criteria that were selected."""
        return self._decided(c for c in self._criteria() if c.proves != "effect")

    def _decided(self, criteria: Iterable[Criterion]) -> list[Decision]:
        names = {criterion.name for criterion in criteria}
        decisions = self.evaluation.decisions or {}
        return [d for (who, name), d in decisions.items() if who == self.subject and name in names]

    def _criteria(self) -> list[Criterion]:
        """Return the criteria that count this probe."""
        file = self.evaluation.setup.criteria
        return [criterion for criterion in file.criteria if file.counts(criterion, self.probe)]

    def _is_paired(self) -> bool:
        """Say whether one fault decides nothing: no criterion counts families that hold."""
        return not {criterion.proves for criterion in self._criteria()} & {"family_rate", "event_rate"}

    def _judge_rise(self, results: Results) -> None:
        rise = nll_rises(results, self.subject, [self.probe]).get(self.probe.id, 0.0)
        limits = [c.limit[results.meta["tier"]] for c in self._criteria() if c.proves == "increase"]
        self.user_properties.append(("nll_rise", rise))
        if limits and rise > min(limits):
            self.word = "lost"
            pytest.xfail(f"NLL rises by {rise:.3f} nats per token; its criterion decides over all texts")

    def _judge_pair(self, base: Sequence[Scored], candidate: Sequence[Scored]) -> None:
        before, after = holds(base), holds(candidate)
        if before == after:
            self.word = None if after else "both wrong"
            if not after:
                pytest.xfail("base does not hold it either")
            return
        self.word = "lost" if before else "won"
        if before:
            counted = any(criterion.proves == "noninferior" for criterion in self._criteria())
            decides = "its criterion decides over all items" if counted else "no criterion counts it"
            pytest.xfail(f"base holds it, the adapter lost it; {decides}")

    def _judge_bound(self, base: Sequence[Scored], candidate: Sequence[Scored]) -> None:
        deciding = self.deciding()
        if deciding and overall(deciding) == "PASS":
            self.word = "tolerated"
            pytest.xfail(f"its criteria hold all the same: {deciding[0].explanation}")
        self.word = None  # under --runxfail the line above returns
        raise NotHeld(shown(self.probe, base, candidate, self.subject))


class CriterionItem(_Item):
    """One criterion of one adapter: what turns the exit status red."""

    def __init__(self, *, criterion: Criterion, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.criterion = criterion
        self.add_marker("criterion")

    def runtest(self) -> None:
        decision = (self.evaluation.decisions or {})[self.subject, self.criterion.name]
        self.user_properties += [("verdict", decision.verdict), ("bound", decision.bound)]
        if decision.verdict == "PASS":
            return
        self.word = decision.verdict.lower() if decision.verdict != "FAIL" else None
        results = self.evaluation.results
        assert results is not None
        by_id = {probe.id: probe for probe in results.probes}
        examples = [
            shown(
                by_id[name],
                results.family(BASE, by_id[name]),
                results.family(self.subject, by_id[name]),
                self.subject,
                decision.reads,
            )
            for name in decision.evidence[:3]
        ]
        head = f"{decision.verdict}: {decision.statement}: {decision.explanation}"
        rest = len(decision.evidence) - len(examples)
        more = [f"... and {rest} more; see the report."] if rest > 0 else []
        raise NotHeld("\n".join([head, *examples, *more]))


def shown(
    probe: Probe,
    base: Sequence[Scored],
    candidate: Sequence[Scored],
    subject: str,
    reads: Reading = "score",
) -> str:
    """Return a probe's broken variants as text: question, both answers, and why."""
    lines = []
    for before, after in zip(base, candidate, strict=False):
        if is_right(after, reads) and probe.kind not in ("nll", "drift"):
            continue
        why = "not true any more" if reads == "truth" else after.score.reason
        lines += [
            f"{probe.id} [{after.variant.id}]: {why}",
            f"    asked:   {_short(conversation(after.variant))}",
            f"    base:    {_said(before)}",
            f"    {subject}: {_said(after)}",
        ]
    return "\n".join(lines)


def _said(one: Scored) -> str:
    """Return an answer in short, with the thought before it counted."""
    thought = len(one.answer) - len(one.spoken)
    return (f"(a thought of {thought} characters) " if thought else "") + _short(one.spoken)


def _short(text: str) -> str:
    flat = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    return flat if len(flat) <= 200 else flat[:200] + " ..."


def _mean(family: Sequence[Scored]) -> float | None:
    values = [one.score.value for one in family if one.score.value is not None]
    return sum(values) / len(values) if values else None


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


def own_probe(item: pytest.Item) -> Probe | None:
    """Return the question that a test's ``ask`` marker declares, as a probe.

    Raises:
        ConfigError: the marker has no question, or anything else that it does not know.
    """
    marker = item.get_closest_marker("ask")
    if marker is None:
        return None
    try:
        question, system, length = _asked(*marker.args, **marker.kwargs)
    except TypeError as fault:
        raise ConfigError(
            f"{item.nodeid.partition('[')[0]}: @pytest.mark.ask: {str(fault).removeprefix('_asked() ')}; "
            'write ask("a question", system=None, max_new_tokens=64).'
        ) from fault
    form: Literal["own", "default"] = "default" if system is None else "own"
    variant = Variant("own", "en", form, system, (Turn("user", question),))
    return Probe(
        id=f"own-{digest_of([question, system, length])[:12]}",
        suite=OWN,
        kind="generate",
        category=OWN,
        tier="smoke",
        leading=False,
        scorer="own",
        options={},
        variants=(variant,),
        max_new_tokens=length,
        stop=(),
        place=item.nodeid,
    )


def _asked(question: str, system: str | None = None, max_new_tokens: int = 64) -> tuple[str, str | None, int]:
    """Return a marker's arguments, checked.

    Raises:
        TypeError: one of them is of another type.
    """
    if not isinstance(question, str) or not question.strip():
        raise TypeError(f"question is {question!r}")
    if not isinstance(system, str | None):
        raise TypeError(f"system is {system!r}")
    if not isinstance(max_new_tokens, int) or max_new_tokens < 1:
        raise TypeError(f"max_new_tokens is {max_new_tokens!r}")
    return question, system, max_new_tokens


def own_answer(item: pytest.Item, adapter_name: str) -> Answer:
    """Return what an adapter answered to the question of a test's ``ask`` marker.

    The test fails where the engine gave no answer: an empty text would be an answer.
    """
    probe, results = own_probe(item), item.config.stash[EVALUATION].results
    assert probe is not None and results is not None
    said = {who: results.family(who, probe)[0] for who in (BASE, adapter_name)}
    for who, scored in said.items():
        if scored.score.reason.startswith(ENGINE_FAILED):
            pytest.fail(f"{item.nodeid}: no answer of {who}: {scored.score.reason}", pytrace=False)
    return Answer(probe.variants[0].question, said[adapter_name].answer, said[BASE].answer)


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
