"""Workers in threads of their own, so that programs run while an engine is still generating.

The threads only wait for their workers' processes; they hold no model and fork nothing.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from harness.sandbox.records import Level
from harness.sandbox.worker import Worker

T = TypeVar("T")
_FEWEST, _MOST = 2, 4


class Hands:
    """What one thread works with: a worker for programs, and one for tests once they are needed."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._workers: list[Worker] = []

    def workers(self, n: int) -> list[Worker]:
        """Return that many workers, starting those that are missing.

        Raises:
            SandboxError: one cannot be started.
        """
        while len(self._workers) < n:
            self._workers.append(Worker(self._level))
        return self._workers[:n]

    def close(self) -> None:
        """Close the workers."""
        for worker in self._workers:
            worker.close()


Task = Callable[[Hands], None]


class Pool:
    """Threads with a worker each. They end with the process, or when the pool is closed."""

    def __init__(self, level: Level, size: int | None = None) -> None:
        self.level = level
        self.pid = os.getpid()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._size = size or min(_MOST, max(_FEWEST, _cores()))
        # Daemons: what is still queued when the process ends is dropped, and the servers end with it.
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._size)]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Callable[[Hands], T]) -> Future[T]:
        """Do a job as soon as a thread is free."""
        future: Future[T] = Future()

        def task(hands: Hands) -> None:
            try:
                future.set_result(job(hands))
            except BaseException as fault:
                future.set_exception(fault)

        self._tasks.put(task)
        return future

    def _work(self) -> None:
        hands = Hands(self.level)
        while (task := self._tasks.get()) is not None:
            task(hands)
        hands.close()

    def close(self) -> None:
        """Finish what is queued, then close the workers."""
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()


def _cores() -> int:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
