"""Several engines, one process each: requests are shared out, samples come back as they finish."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from harness import errors
from harness.engines import EngineOptions
from harness.engines_vllm.order import share
from harness.engines_vllm.start import Log
from harness.errors import ConfigError, EngineError
from harness.records import Adapter, Model, Request, Sample

CORES = "VLLM_CPU_OMP_THREADS_BIND"
"""The cores of each part of a model, in vLLM's words: ``0,1|2,3``."""
_GRACE_S = 20.0
"""How long a worker may take to close its engine before it is killed."""


@dataclass
class _Worker:
    name: str
    process: subprocess.Popen[bytes]
    pipe: Connection
    outstanding: int = 0


class Pool:
    """As many engines as places; each place is the environment that ties one to its device."""

    def __init__(
        self,
        model: Model,
        adapters: Sequence[Adapter],
        options: EngineOptions,
        places: Sequence[dict[str, str]],
    ) -> None:
        extra = {key: value for key, value in options.extra.items() if key != "data_parallel"}
        self._inputs = ("vllm", model, tuple(adapters), replace(options, extra=extra))
        self._places = places
        self._workers: list[_Worker] = []
        self._log = Log()

    def load(self) -> None:
        """Start every engine, all at once, unless they run already.

        Raises:
            HarnessError: one of them cannot start; then none is left running.
        """
        if self._workers:
            return
        try:
            with self._log.taking():
                for number, place in enumerate(self._places, 1):
                    name = (
                        f"worker {number} of {len(self._places)}" if len(self._places) > 1 else "its process"
                    )
                    self._workers.append(_start(name, place))
            self._send([("open", self._inputs)] * len(self._workers))
            self._collect_all()
            self._send([("generate", [])] * len(self._workers))  # which loads the model
            self._collect_all()
        except BaseException:  # Ctrl-C too: no engine may stay behind
            self.kill()
            raise

    def ask(self, verb: str, requests: Sequence[Request]) -> Iterator[Sample]:
        """Share the requests out and yield each sample as it arrives, from whichever worker.

        Raises:
            EngineError: a worker died, or could not go on. What had arrived was yielded before.
        """
        self.load()
        parts = share(requests, len(self._workers))
        for worker, part in zip(self._workers, parts, strict=True):
            worker.outstanding = len(part)
        finished = False
        try:
            self._send([(verb, part) for part in parts])
            yield from self._collect()
            finished = True
        finally:
            if not finished:  # they would go on with what nobody waits for
                self.kill()

    def close(self) -> None:
        """End every worker, gently at first."""
        for worker in self._workers:
            with suppress(OSError):
                worker.pipe.send(("close", None))
        for worker in self._workers:
            with suppress(subprocess.TimeoutExpired):
                worker.process.wait(_GRACE_S)
        self.kill()

    def kill(self) -> None:
        """End every worker and what it started, at once."""
        for worker in self._workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.process.pid, signal.SIGKILL)
            worker.process.wait()
            worker.pipe.close()
        self._workers = []
        self._log.close()

    def _send(self, tasks: Sequence[tuple[str, Any]]) -> None:
        for worker, task in zip(self._workers, tasks, strict=True):
            try:
                worker.pipe.send(task)
            except OSError as fault:
                raise self._died(worker) from fault

    def _collect_all(self) -> None:
        for _ in self._collect():
            pass

    def _collect(self) -> Iterator[Sample]:
        """Yield samples until every worker has done its task."""
        busy = {worker.pipe: worker for worker in self._workers}
        while busy:
            for pipe in wait(list(busy)):
                worker = busy[pipe]  # type: ignore[index]
                try:
                    what, content = worker.pipe.recv()
                except (EOFError, OSError) as fault:
                    yield from self._arrived(busy.values())
                    raise self._died(worker) from fault
                if what == "sample":
                    worker.outstanding -= 1
                    yield content
                elif what == "fault":
                    yield from self._arrived(other for other in busy.values() if other is not worker)
                    raise _fault_of(worker, *content)
                else:
                    del busy[pipe]  # type: ignore[arg-type]

    def _arrived(self, workers: Any) -> Iterator[Sample]:
        """Yield the samples that lie in the pipes already."""
        for worker in workers:
            with suppress(EOFError, OSError):
                while worker.pipe.poll():
                    what, content = worker.pipe.recv()
                    if what == "sample":
                        worker.outstanding -= 1
                        yield content

    def _died(self, dead: _Worker) -> EngineError:
        with suppress(subprocess.TimeoutExpired):
            dead.process.wait(_GRACE_S)
        missing = sum(worker.outstanding for worker in self._workers)
        return EngineError(
            f"engine vllm: {dead.name} died (exit status {dead.process.returncode}) with {missing} answers "
            f"outstanding; {self._log.keep()}. What was answered is kept, so the same command goes on from here."
        )


def _start(name: str, place: dict[str, str]) -> _Worker:
    package = str(Path(__file__).parents[2])  # the worker runs this very code, wherever it is started
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "harness.engines_vllm.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": path, **place},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the others
        )
    return _Worker(name, process, Connection(ours.detach()))


def _fault_of(worker: _Worker, kind: str, text: str) -> errors.HarnessError:
    """Return a worker's fault as what it was: a wrong option stays a wrong option."""
    known = getattr(errors, kind, EngineError)
    fault: errors.HarnessError = known(text if known is ConfigError else f"{worker.name}: {text}")
    return fault


def places_for(workers: int, device: str, tensor_parallel: int) -> list[dict[str, str]]:
    """Return, for each worker, the environment that gives it its own GPUs or its own cores.

    The parts of a model that is split share a worker's cores evenly, as vLLM does by itself only where a
    machine has as many memory nodes.

    Raises:
        EngineError: there are fewer of them than workers need.
    """
    on_cpu = device == "cpu"
    units = [str(core) for core in sorted(os.sched_getaffinity(0))] if on_cpu else visible_gpus()
    needed, what = workers * tensor_parallel, "cores" if on_cpu else "GPUs"
    if needed > len(units):
        option = f"data_parallel={workers}" if workers > 1 else f"tensor_parallel_size={tensor_parallel}"
        raise EngineError(
            f"--engine-option {option}: needs {needed} {what}, and there are {len(units)}; lower it."
        )
    if not on_cpu:
        groups = _evenly(units[:needed], workers)
        return [{"CUDA_VISIBLE_DEVICES": ",".join(group)} for group in groups]
    parts = [
        [",".join(part) for part in _evenly(group, tensor_parallel)] for group in _evenly(units, workers)
    ]
    return [{CORES: "|".join(part)} for part in parts]


def _evenly(units: Sequence[str], groups: int) -> list[Sequence[str]]:
    return [units[n * len(units) // groups : (n + 1) * len(units) // groups] for n in range(groups)]


def visible_gpus() -> list[str]:
    """Return the numbers or names by which CUDA knows the GPUs that this process may use."""
    import torch

    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count()
    return listed.split(",")[:count] if listed else [str(number) for number in range(count)]
