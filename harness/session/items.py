"""What pytest runs: one probe of one adapter, one criterion of one adapter; both only read the results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from harness.criteria import Criterion
from harness.gate import Decision, holds, nll_rises, overall
from harness.plugin import EVALUATION
from harness.records import BASE, Probe, Scored
from harness.session.examples import shown

if TYPE_CHECKING:
    from harness.results import Results
    from harness.session import Evaluation


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


def _mean(family: Sequence[Scored]) -> float | None:
    values = [one.score.value for one in family if one.score.value is not None]
    return sum(values) / len(values) if values else None


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
