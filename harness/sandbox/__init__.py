"""Runs programs that a model wrote where they can do no harm and forge nothing.

The program's process answers calls with values. Expected values and the comparison stay on this
side, or, for a data set's own tests, in a third process: so exiting early, patched builtins, printed
results or objects that equal everything cannot pass a test. `records.LEVELS` says how well programs
are held; the best that this machine can do is found by trying, and recorded with every score.

    records    calls, results, outcomes, levels, limits
    inside/    all that runs in the sandbox: the server, its forked processes, Landlock, seccomp
    levels     how a server is started      worker, session  a server, and one conversation with a process
    programs   runs a program               pool             workers in threads
    selftest   known programs               policy           the level that holds, and the one wanted
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from harness.errors import SandboxError
from harness.sandbox.policy import (
    MINIMUM,
    PROMISES,
    Policy,
    below,
    best_level,
    check_policy,
    describe,
    self_test,
    set_policy,
    try_level,
)
from harness.sandbox.pool import Hands, Pool
from harness.sandbox.programs import repr_of, run_calls, run_python_tests
from harness.sandbox.records import LEVELS, STANDARD, Call, Level, Limits, Outcome, Result, status_of_error

T = TypeVar("T")


class _Kept:
    pool: Pool | None = None


def start(job: Callable[[Hands], T]) -> Future[T]:
    """Do a job in one of this process's workers, once the sandbox is good enough and proved itself.

    Raises:
        SandboxError: it is not, or did not.
    """
    level = check_policy()
    self_test()
    if _Kept.pool is None or _Kept.pool.pid != os.getpid():
        _Kept.pool = Pool(level)
    return _Kept.pool.submit(job)


def run_program(source: str, calls: Sequence[Call], limits: Limits = STANDARD) -> Outcome:
    """Run a program in a process of its own and make the calls there.

    Raises:
        SandboxError: programs cannot be run safely here.

    >>> run_program("def f(x):\\n    return x, 1", [Call("f", (2,))]).results
    (Result(value=(2, 1), error=''),)
    """
    return start(
        lambda hands: _guarded(lambda: run_calls(hands.workers(1)[0], source, calls, limits))
    ).result()


def run_tests(source: str, function: str, tests: str, setup: str = "", limits: Limits = STANDARD) -> Outcome:
    """Run a data set's own tests, which are Python source, against a program; see `run_python_tests`.

    Raises:
        SandboxError: programs cannot be run safely here.

    >>> run_tests("def f(x):\\n    return x + 1", "f", "assert f(1) == 2").status
    'answered'
    """

    def job(hands: Hands) -> Outcome:
        program, judge = hands.workers(2)
        return run_python_tests((program, judge), source, function, tests, setup, limits)

    return start(lambda hands: _guarded(lambda: job(hands))).result()


def _guarded(job: Callable[[], Outcome]) -> Outcome:
    """Turn a worker that cannot be started into what it is, a failure of ours."""
    try:
        return job()
    except SandboxError as fault:
        return Outcome("infrastructure", message=str(fault))


__all__ = [
    "LEVELS",
    "MINIMUM",
    "PROMISES",
    "STANDARD",
    "Call",
    "Hands",
    "Level",
    "Limits",
    "Outcome",
    "Policy",
    "Result",
    "below",
    "best_level",
    "check_policy",
    "describe",
    "repr_of",
    "run_calls",
    "run_program",
    "run_python_tests",
    "run_tests",
    "self_test",
    "set_policy",
    "start",
    "status_of_error",
    "try_level",
]
