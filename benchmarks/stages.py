"""A pytest plugin that says where the time of a run goes: `python -m pytest -p benchmarks.stages ...`.

Functions of the harness are wrapped in clocks. Time counts for the innermost clock that runs, so the
stages add up to the whole. Writes JSON to the file that `OWN_WORK_STAGES` names when the session ends.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

RESULT = "OWN_WORK_STAGES"
STARTED = "OWN_WORK_STARTED"
"""The parent's `time.time()` just before it started this process: what was before is import."""
REST = "pytest itself"
_WRAPPED = {
    "harness.run:_keep_fingerprints": "fingerprints",
    "harness.session:set_up": "reading suites, criteria, persona",
    "harness.run:find_model": "digest of the base",
    "harness.prompts:ChatTemplate.__init__": "loading the tokenizer",
    "harness.prompts:ChatTemplate.text": "rendering",
    "harness.prompts:ChatTemplate.encode": "rendering",
    "harness.prompts:ChatTemplate.decode": "rendering",
    "harness.session:execute": "planning",
    "harness.run:load_engine": "the engine's stand-in",
    "harness.engines.replay:Engine.generate": "the engine's stand-in",
    "harness.engines.replay:Engine.score": "the engine's stand-in",
    "harness.inputs:stored_run": "the engine's stand-in",
    "harness.run:prepare_sandbox": "starting the sandbox",
    "harness.run:start_scoring": "scoring programs",
    "harness.run:score_samples": "scoring",
    "harness.scorers.code:code": "scoring programs",
    "harness.store:Store.__init__": "storing",
    "harness.store:Store.close": "storing",
    "harness.store:Store.add_sample": "storing",
    "harness.store:Store.set_asks": "storing",
    "harness.store:Store.set_scores": "storing",
    "harness.store:Store.set_meta": "storing",
    "harness.run:read_results": "reading back",
    "harness.session:decide": "judging",
    "harness.verdict:judge": "judging",
    "harness.verdict:verdict_document": "judging",
    "harness.verdict:pair_rows": "report",
    "harness.verdict:render_html": "report",
    "harness.verdict:render_summary": "report",
    "harness.verdict:sample_lines": "exports",
    "harness.verdict:write_atomically": "exports",
    "harness.session:write_outputs": "exports",
    "harness.session:ProbeItem.runtest": "outcome of each test",
    "harness.session:CriterionItem.runtest": "outcome of each test",
    "harness.session:_chosen_probes": "choosing probes",
}


class Clocks:
    """Seconds of wall and of processor time for each stage; the innermost one that runs gets them."""

    def __init__(self) -> None:
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self._running = [REST]
        self._since = self._now()

    def _now(self) -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    def start(self) -> None:
        """Count from now on."""
        self._since = self._now()

    def _book(self) -> None:
        now = self._now()
        stage = self._running[-1]
        self.wall[stage] += now[0] - self._since[0]
        self.cpu[stage] += now[1] - self._since[1]
        self._since = now

    def enter(self, stage: str) -> None:
        """Let a stage's clock run until `leave`."""
        self._book()
        self._running.append(stage)

    def leave(self) -> None:
        """Stop the clock that was started last."""
        self._book()
        self._running.pop()


CLOCKS = Clocks()


def pytest_configure() -> None:
    """Put the clocks on."""
    CLOCKS.wall["python and imports"] = time.time() - float(os.environ[STARTED])
    CLOCKS.cpu["python and imports"] = time.process_time()
    for place, stage in _WRAPPED.items():
        owner, function = owner_of(place)
        setattr(owner, place.rpartition(".")[2].rpartition(":")[2], clocked(function, stage))
    CLOCKS.start()


def owner_of(place: str) -> tuple[Any, Callable[..., Any]]:
    """Return the module or class that holds a function, and the function, from ``module:Class.name``."""
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner: Any = import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    return owner, getattr(owner, name)


def clocked(function: Callable[..., Any], stage: str) -> Callable[..., Any]:
    """Return a function whose calls, and the steps of an iterator that it returns, are on a clock."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        CLOCKS.enter(stage)
        try:
            found = function(*args, **kwargs)
        finally:
            CLOCKS.leave()
        return _clocked_steps(found, stage) if isinstance(found, Iterator) else found

    return wrapped


def _clocked_steps(steps: Iterator[Any], stage: str) -> Iterator[Any]:
    while True:
        CLOCKS.enter(stage)
        try:
            step = next(steps)
        except StopIteration:
            return
        finally:
            CLOCKS.leave()
        yield step


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Write what the clocks show."""
    CLOCKS._book()
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    found = {
        "stages_wall_s": dict(CLOCKS.wall),
        "stages_cpu_s": dict(CLOCKS.cpu),
        "children_cpu_s": children.ru_utime + children.ru_stime,
        "peak_mib": own.ru_maxrss / 1024,
    }
    Path(os.environ[RESULT]).write_text(json.dumps(found), encoding="utf-8")
