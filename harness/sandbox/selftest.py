"""Known programs: what a level promises is tried, and only then believed."""

from __future__ import annotations

from collections.abc import Callable

from harness.errors import SandboxError
from harness.sandbox.programs import run_calls
from harness.sandbox.records import LEVELS, Call, Limits, Outcome, Result
from harness.sandbox.worker import Worker

_LIMITS = Limits(cpu_s=1, wall_s=20.0)
_CALL = (Call("f", (2,)),)
_RIGHT = "def f(x):\n    return x + 1"
_EARLY = "import os\nos._exit(0)\ndef f(x):\n    return 3"
_RAISES = "def f(x):\n    raise ValueError(x)"
_EQUALS_ALL = "class E:\n    __eq__ = lambda *_: True\n    __hash__ = None\ndef f(x):\n    return E()"
_PRINTS = "def f(x):\n    print(3)"
_LOOPS = "def f(x):\n    while True:\n        pass"
_FORKS = "import os\ndef f(x):\n    return os.fork()"
_CONNECTS = "import socket\ndef f(x):\n    socket.socket()"
_READS = f"def f(x):\n    return len(open({__file__!r}).read())"


def check_level(worker: Worker) -> None:
    """Try what every level promises, and what the worker's own does.

    Raises:
        SandboxError: it does not hold here, or a program that it has to judge is judged wrongly.
    """
    _expect(worker, "a right program passes", _RIGHT, lambda o: o.results == (Result(3),))
    _expect(worker, "an early exit fails", _EARLY, lambda o: o.status == "error")
    _expect(worker, "an exception is told", _RAISES, lambda o: o.results == (Result(None, "ValueError: 2"),))
    _expect(worker, "what equals everything is no value", _EQUALS_ALL, _raised)
    _expect(worker, "what is printed is no answer", _PRINTS, lambda o: o.results == (Result(None),))
    rank = LEVELS.index(worker.level)
    if rank >= LEVELS.index("seccomp"):
        _expect(worker, "no process can be made", _FORKS, _raised)
        _expect(worker, "no socket can be opened", _CONNECTS, _raised)
    if rank >= LEVELS.index("landlock"):
        _expect(worker, "no file can be read", _READS, _raised)


def check_time_limit(worker: Worker) -> None:
    """Try, for a second, that a program without end is ended.

    Raises:
        SandboxError: it is not.
    """
    _expect(worker, "an endless loop is ended", _LOOPS, lambda o: o.status == "timeout")


def _raised(outcome: Outcome) -> bool:
    return outcome.status == "answered" and bool(outcome.results[0].error)


def _expect(worker: Worker, what: str, source: str, holds: Callable[[Outcome], bool]) -> None:
    outcome = run_calls(worker, source, _CALL, _LIMITS)
    if not holds(outcome):
        said = outcome.message or (outcome.results[0] if outcome.results else "")
        raise SandboxError(
            f"sandbox level {worker.level}: its self-test failed: '{what}' gave {outcome.status} {said}; "
            "see `harness doctor`, and check memory and process limits (ulimit -a)."
        )
