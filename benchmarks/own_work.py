"""Our own work on 10,000 answers, by stage: `python -m benchmarks.own_work`.

Answers are made once and kept as a stored run; then `pytest suites --engine replay` asks, stores, scores,
judges and reports them in a process of its own, with the bundled model's real tokenizer and template. No
model runs, so what is measured is everything but the model. Programs run in the sandbox as in any run;
with a real engine they run while it still answers. Nothing is extrapolated.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Annotated, Any
from unittest.mock import patch

import typer

from benchmarks.machine import machine, machine_line
from benchmarks.stages import RESULT, STARTED

ROOT = Path(__file__).parents[1]
PERSONA = ROOT / "configs" / "personas" / "nova.yaml"


def main(
    samples: Annotated[
        int, typer.Option(help="Least number of scored answers (variants by subjects); adapters are added.")
    ] = 10_000,
    repeats: Annotated[int, typer.Option(min=1, help="Measured runs of each kind.")] = 3,
    tier: Annotated[str, typer.Option(help="smoke, standard or full.")] = "standard",
    programs: Annotated[bool, typer.Option(help="With the suite whose answers are programs.")] = True,
    base: Annotated[
        str, typer.Option(help="Whose tokenizer and template render the prompts.")
    ] = "bundled:smollm2",
    work: Annotated[
        Path | None, typer.Option(help="Keep the runs there instead of a temporary folder.")
    ] = None,
    json_lines: Annotated[
        Path | None, typer.Option("--json", help="Append one JSON line for each run.")
    ] = None,
) -> None:
    """Measure our own work by stage, and print a table."""
    folder = (work or Path(tempfile.mkdtemp(prefix="own-work-"))).resolve()
    try:
        made = _prepare(folder, samples, tier, programs, base)
        plain = [_run(folder, made, tier, base, stages=False) for _ in range(repeats)]
        staged = [_run(folder, made, tier, base, stages=True) for _ in range(repeats)]
        again = [_gate(folder) for _ in range(repeats)]
        record = {
            "benchmark": "own_work",
            "machine": machine(),
            "tier": tier,
            "programs": programs,
            **made,
            "files_mib": _sizes(folder),
        }
        for kind, runs in (("plain", plain), ("staged", staged), ("gate", again)):
            _append(json_lines, [{**record, "kind": kind, **run} for run in runs])
        for line in _table(record, plain, staged, again):
            typer.echo(line)
    finally:
        if work is None:
            shutil.rmtree(folder)


def _prepare(folder: Path, samples: int, tier: str, programs: bool, base: str) -> dict[str, Any]:
    """Write suites and made answers, unless they are there; return how many answers of how many subjects."""
    from harness.engines import EngineOptions
    from harness.inputs import RunOptions, set_up
    from harness.models import find_model
    from harness.records import digest_of

    suites = folder / "suites"
    if suites.exists():
        shutil.rmtree(suites)
    left_out = () if programs else ("coding.yaml",)
    shutil.copytree(ROOT / "suites", suites, ignore=shutil.ignore_patterns(*left_out))
    if not programs:
        _drop_coding(suites / "criteria.yaml")
    answers = folder / "answers.jsonl"
    answers.write_text("", encoding="utf-8")  # the stored run takes its place once it is there
    options = RunOptions(
        adapters=("a1=none",),
        suites=suites,
        base=base,
        persona=PERSONA,
        engine="replay",
        tier=tier,
        engine_options=EngineOptions(replay_from=str(answers)),
    )
    variants = sum(len(probe.variants) for probe in set_up(options).probes)
    adapters = max(1, math.ceil(samples / variants) - 1)
    names = tuple(f"a{number}=none" for number in range(1, adapters + 1))
    setup = set_up(replace(options, adapters=names))
    about, known = (
        folder / "made.json",
        digest_of([setup.persona.model_dump(mode="json"), names, find_model(base).digest, tier]),
    )
    known = digest_of([known, *(suite.digest for suite in setup.suites)])
    found = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    if found.get("digest") != known:
        stored = _store_answers(setup, folder / "made")
        counts = {"samples": variants * (adapters + 1), "stored": stored, "adapters": adapters}
        found = {"digest": known, **counts}
        about.write_text(json.dumps(found), encoding="utf-8")
    del found["digest"]
    return dict(found)


def _drop_coding(criteria: Path) -> None:
    """Leave the suite out of the criteria as well, as the owner of such a copy would."""
    import yaml

    document = yaml.safe_load(criteria.read_text(encoding="utf-8"))
    kept = []
    for one in document["criteria"]:
        suites = [name for name in one.get("suites", []) if name != "coding"]
        if suites or not one.get("suites"):
            kept.append({**one, **({"suites": suites} if suites else {})})
    criteria.write_text(yaml.safe_dump({**document, "criteria": kept}, allow_unicode=True), encoding="utf-8")


def _store_answers(setup: Any, folder: Path) -> int:
    """Have the made engine answer a whole run, and keep it to be replayed; return how many rows it has."""
    from benchmarks.made_answers import MadeEngine
    from harness.run import execute
    from harness.store import Store

    shutil.rmtree(folder, ignore_errors=True)
    options = replace(setup.options, engine="transformers", reports=folder)
    with patch("harness.run.load_engine", lambda _, model, adapters, __: MadeEngine(setup, model, adapters)):
        results = execute(replace(setup, options=options), setup.probes, lambda _: None)
    store = Store(results.folder, read_only=True)
    try:
        return len(store)
    finally:
        store.close()


def _run(folder: Path, made: dict[str, Any], tier: str, base: str, *, stages: bool) -> dict[str, Any]:
    """Run pytest on the suites in a process of its own; return seconds, and the stages where asked."""
    adapters = [f"--adapter=a{number}=none" for number in range(1, made["adapters"] + 1)]
    command = [
        *(sys.executable, "-m", "pytest", "suites", "-q", "--no-header", "-r", "N", "--tb=no", "--fresh"),
        *("-p", "benchmarks.stages") * stages,
        *(f"--base={base}", f"--tier={tier}", f"--persona={PERSONA}", *adapters),
        *("--engine=replay", f"--replay-from={_run_folder(folder, 'made')}", "--reports=reports"),
    ]
    result = folder / "stages.json"
    shutil.rmtree(folder / "reports", ignore_errors=True)
    found = _timed(command, folder, {RESULT: str(result)}, allowed=(0, 1, 6))
    verdict = json.loads((_run_folder(folder) / "verdict.json").read_text(encoding="utf-8"))
    if verdict["counts"] != {"asked": made["samples"], "unscored": 0}:
        raise SystemExit(f"not all of the {made['samples']} answers were scored: {verdict['counts']}")
    return {**found, **(json.loads(result.read_text(encoding="utf-8")) if stages else {})}


def _gate(folder: Path) -> dict[str, Any]:
    """Judge the stored run again, which writes every file again."""
    return _timed(
        [sys.executable, "-m", "harness", "gate", str(_run_folder(folder))], folder, {}, (0, 1, 2, 3)
    )


def _timed(command: Sequence[str], cwd: Path, env: dict[str, str], allowed: Sequence[int]) -> dict[str, Any]:
    """Run a command; return its wall seconds, its processor seconds and its exit status.

    Raises:
        SystemExit: it ended with a status that says it did not do its work.
    """
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    offline = {"HF_HUB_OFFLINE": "1", "PYTHONPATH": path, STARTED: str(time.time())}
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **offline, **env}, capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode not in allowed:
        raise SystemExit(
            f"{' '.join(command)}: status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall_s": wall, "cpu_s": cpu, "status": done.returncode}


def _run_folder(folder: Path, reports: str = "reports") -> Path:
    """Return the folder of the one run."""
    (run,) = (folder / reports).glob("*/run.sqlite")
    return run.parent


def _sizes(folder: Path) -> dict[str, float]:
    """Return the size of each file of the run, in MiB."""
    files = sorted(_run_folder(folder).glob("[!.]*"))
    return {file.name: round(file.stat().st_size / 2**20, 2) for file in files}


def _append(path: Path | None, records: Sequence[dict[str, Any]]) -> None:
    if path is not None:
        with path.open("a", encoding="utf-8") as lines:
            lines.writelines(json.dumps(record) + "\n" for record in records)


def _table(
    record: dict[str, Any],
    plain: Sequence[dict[str, Any]],
    staged: Sequence[dict[str, Any]],
    again: Sequence[dict[str, Any]],
) -> list[str]:
    """Return the measurement as lines: totals with their spread, then every stage."""
    head = (
        f"{record['samples']} scored answers of base and {record['adapters']} adapters, tier {record['tier']}, "
        f"{record['stored']} rows stored"
    )
    lines = [
        machine_line(record["machine"]),
        head + (", with programs" if record["programs"] else ", no programs"),
    ]
    lines.append(f"{'':<36}{'wall s':>20}{'processor s':>22}")
    for name, runs in (("pytest suites, in all", plain), ("harness gate, in all", again)):
        lines.append(f"{name:<36}{_spread(runs, 'wall_s'):>20}{_spread(runs, 'cpu_s'):>22}")
    lines.append("by stage (median; clocks on, so a little slower):")
    names = {name for run in staged for name in run["stages_wall_s"]}
    wall = {name: median(run["stages_wall_s"].get(name, 0.0) for run in staged) for name in names}
    cpu = {name: median(run["stages_cpu_s"].get(name, 0.0) for run in staged) for name in names}
    for name in sorted(names, key=wall.__getitem__, reverse=True):
        lines.append(f"  {name:<34}{wall[name]:>20.2f}{cpu[name]:>22.2f}")
    lines.append(f"  peak memory {max(run['peak_mib'] for run in staged):.0f} MiB")
    lines.append("files: " + ", ".join(f"{name} {size} MiB" for name, size in record["files_mib"].items()))
    return lines


def _spread(runs: Sequence[dict[str, Any]], key: str) -> str:
    values = [run[key] for run in runs]
    return f"{median(values):.2f} [{min(values):.2f}, {max(values):.2f}]"


if __name__ == "__main__":
    typer.run(main)
