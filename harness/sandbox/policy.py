"""Which level holds here, which is wanted, and what is said where the two do not meet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from harness.errors import SandboxError
from harness.sandbox.records import LEVELS, STANDARD, Level
from harness.sandbox.selftest import check_level, check_time_limit
from harness.sandbox.worker import Worker

FLAG = "--confirm-run-unsafe-code"
"""The flag that runs programs below the wanted level; users of lm-eval know it by this name."""
MINIMUM: Level = "landlock"
"""The lowest level at which a gate counts, unless the criteria say otherwise."""


@dataclass(frozen=True)
class Trial:
    """What became of one level on this machine; without a fault, it holds."""

    level: Level
    fault: str = ""
    facts: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Policy:
    """The lowest level at which programs run without more ado, and whether a user waived it."""

    minimum: Level = MINIMUM
    confirmed: bool = False


class _Current:
    policy = Policy()


def set_policy(policy: Policy) -> None:
    """Say what is wanted of the sandbox from now on, in this process."""
    _Current.policy = policy


@cache
def try_level(level: Level) -> Trial:
    """Start a sandbox at a level and try what it promises; once in a process."""
    try:
        with Worker(level) as worker:
            check_level(worker)
            return Trial(level, facts=tuple(worker.facts.items()))
    except SandboxError as fault:
        return Trial(level, str(fault))


@cache
def best_level() -> Level:
    """Return the highest level that holds here.

    Raises:
        SandboxError: none does.
    """
    trials = []
    for level in reversed(LEVELS):
        trials.append(try_level(level))
        if not trials[-1].fault:
            return level
    raise SandboxError("programs cannot be judged here:\n" + "\n".join(trial.fault for trial in trials))


def below(level: Level, minimum: Level) -> bool:
    """Say whether a level holds less than another.

    >>> below("seccomp", "landlock")
    True
    """
    return LEVELS.index(level) < LEVELS.index(minimum)


def check_policy(policy: Policy | None = None) -> Level:
    """Return the level at which programs run here, if that is good enough, or was confirmed.

    Raises:
        SandboxError: it is not.
    """
    policy = policy or _Current.policy
    level = best_level()
    if not below(level, policy.minimum) or policy.confirmed:
        return level
    raise SandboxError(
        f"programs that a model wrote would run at sandbox level {level}, below {policy.minimum}: "
        f"they {PROMISES[level]}. `harness doctor` says what the levels above lack; {FLAG} runs them all the "
        "same, and the gate does not count them."
    )


@cache
def self_test() -> None:
    """Run known programs at the best level, before any program of a model is judged; once in a process.

    Raises:
        SandboxError: a right program fails here, a wrong one passes, or one is not held.
    """
    with Worker(best_level()) as worker:
        check_level(worker)
        check_time_limit(worker)


PROMISES: dict[Level, str] = {
    "process": "can read files and reach the network",
    "seccomp": "can read files",
    "landlock": "can read nothing but the interpreter's files",
    "bubblewrap": "see nothing but the interpreter's files",
}
"""What programs can still do at each level, to follow "programs" or "they"."""


def describe() -> dict[str, Any]:
    """Return the sandbox's facts for the record of a run."""
    level = best_level()
    return {
        "level": level,
        **dict(try_level(level).facts),
        "limits": asdict(STANDARD),
    }
