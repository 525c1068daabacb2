"""Commands on the clock, and a ledger of what was measured: a measurement that was cut off goes on."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from benchmarks.machine import machine


def run_timed(
    command: Sequence[str],
    *,
    cwd: Path,
    allowed: Sequence[int],
    log: Path,
    pythonpath: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run a command without network; return ``wall_s``, ``cpu_s`` of it and its children, and ``status``.

    Args:
        pythonpath: put ahead of the `PYTHONPATH` that is set.
        allowed: exit statuses that mean that it did its work.
        log: receives what it prints.

    Raises:
        SystemExit: it ended with another status.
    """
    paths = [str(pythonpath)] if pythonpath else []
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    own = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(paths)}
    before, begun = os.times(), time.perf_counter()
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **own, **(env or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode not in allowed:
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise SystemExit(f"{tail}\n{' '.join(command)}: exit status {done.returncode}; see {log}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall_s": wall, "cpu_s": cpu, "status": done.returncode}


class Ledger:
    """JSON lines of measurements; those with the same key belong together."""

    def __init__(self, path: Path, key: Mapping[str, Any]) -> None:
        self._path, self._key = path, dict(key)

    def records(self) -> list[dict[str, Any]]:
        """Return the measurements with this key."""
        if not self._path.exists():
            return []
        lines = map(json.loads, self._path.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if line["key"] == self._key]

    def measure(self, what: Mapping[str, Any], job: Callable[[], Mapping[str, Any]]) -> None:
        """Do a job and keep what it returns, unless it was done already."""
        if any(all(one.get(k) == v for k, v in what.items()) for one in self.records()):
            return
        record = {"key": self._key, **what, "machine": machine(), **job()}
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record) + "\n")
        typer.echo(json.dumps({k: v for k, v in record.items() if k not in ("key", "machine")}))
