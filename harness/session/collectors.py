"""What pytest collects: a suite file holds a group for each adapter, and each group its items."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.plugin import EVALUATION
from harness.session import evaluation_of
from harness.session.items import CriterionItem, ProbeItem


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
