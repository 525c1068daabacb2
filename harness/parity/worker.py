"""One engine in a process of its own: `python -m harness.parity JOB ANSWERS`.

Two engines in one process would fight for memory, on a GPU above all.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import errors
from harness.adapters import parse_adapter_flag, read_adapter
from harness.engines import EngineOptions, load_engine
from harness.errors import EngineError, HarnessError
from harness.models import find_model
from harness.records import Request, Sample

_LOG_LINES = 8


@dataclass(frozen=True)
class Job:
    """What one process asks one engine.

    ``calls`` are made in order, each with all its requests of a kind at once. ``adapters`` are
    flags ``name=path``; without any the engine is started without LoRA.
    """

    engine: str
    base: str
    adapters: tuple[str, ...]
    options: EngineOptions
    calls: Mapping[str, tuple[Request, ...]]


@dataclass(frozen=True)
class Answers:
    """What an engine said: what it is, and call -> key of a request -> sample."""

    engine: Mapping[str, str]
    calls: Mapping[str, Mapping[str, Sample]]


def ask_in_process(job: Job) -> Answers:
    """Start the engine in a process of its own, ask it, and end that process.

    Raises:
        HarnessError: what the engine raised there. EngineError: the process ended without a word.
    """
    with tempfile.TemporaryDirectory(prefix="harness-parity-") as name:
        folder = Path(name)
        (folder / "job.json").write_text(json.dumps(_job_to_json(job)), encoding="utf-8")
        command = [sys.executable, "-m", "harness.parity", "job.json", "answers.jsonl"]
        with (folder / "log").open("wb") as log:
            status = _run(command, folder, log)
        lines = _lines(folder / "answers.jsonl")
        fault = next((line for line in lines if "fault" in line), None)
        if fault:
            raise getattr(errors, fault["fault"])(fault["said"])
        described = next((line["engine"] for line in lines if "engine" in line), None)
        if status != 0 or described is None:
            raise EngineError(_ended(job, status, folder / "log"))
    calls: dict[str, dict[str, Sample]] = {call: {} for call in job.calls}
    for line in lines:
        if "sample" in line:
            sample = Sample(**_with_tuples(line["sample"]))
            calls[line["call"]][sample.key] = sample
    return Answers(described, calls)


def _run(command: list[str], folder: Path, log: Any) -> int:
    """Run a command below our own folder's path, and leave nothing of it behind."""
    # The worker must import what we import, also where the harness is not installed but on the path.
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    process = subprocess.Popen(
        [*command[:3], *(str(folder / file) for file in command[3:])],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=env,
        start_new_session=True,
    )
    try:
        return process.wait()
    finally:
        # vLLM's own processes are in the same group; an interrupt must not leave them on the GPU.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    whole = [
        line for line in file.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")
    ]
    return [json.loads(line) for line in whole]


def _ended(job: Job, status: int, log: Path) -> str:
    how = f"by signal {signal.Signals(-status).name}" if status < 0 else f"with exit status {status}"
    if status == -signal.SIGKILL:
        how += " (the kernel does that when memory runs out)"
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_LOG_LINES:]
    said = "; its last lines:\n" + "\n".join(last) if last else ", without a word."
    return f"engine {job.engine}: its process ended {how}{said}"


def _job_to_json(job: Job) -> dict[str, Any]:
    calls = {call: [asdict(request) for request in requests] for call, requests in job.calls.items()}
    adapters = [_absolute(flag) for flag in job.adapters]
    options = asdict(job.options)
    return {"engine": job.engine, "base": job.base, "adapters": adapters, "options": options, "calls": calls}


def _absolute(flag: str) -> str:
    name, path = parse_adapter_flag(flag)
    return f"{name}={path.resolve()}"


def _job_from_json(value: Mapping[str, Any]) -> Job:
    return Job(
        engine=value["engine"],
        base=value["base"],
        adapters=tuple(value["adapters"]),
        options=EngineOptions(**value["options"]),
        calls={
            call: tuple(Request(**_with_tuples(request)) for request in requests)
            for call, requests in value["calls"].items()
        },
    )


def _with_tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}


def answer(job: Job) -> Iterator[dict[str, Any]]:
    """Start a job's engine in this process and yield what it is and each sample, as JSON values."""
    model = find_model(job.base)
    adapters = [read_adapter(*parse_adapter_flag(flag)) for flag in job.adapters]
    engine = load_engine(job.engine, model, adapters, job.options)
    try:
        yield {"engine": engine.describe()}
        for call, requests in job.calls.items():
            for verb, ask in (("generate", engine.generate), ("score", engine.score)):
                same = [request for request in requests if request.kind == verb]
                for sample in ask(same) if same else ():
                    yield {"call": call, "sample": asdict(sample)}
    finally:
        engine.close()


def main(job: str, answers: str) -> None:
    """Answer the job in one file into the other, a line for each sample; a fault is the last line."""
    with Path(answers).open("w", encoding="utf-8") as out:
        try:
            for line in answer(_job_from_json(json.loads(Path(job).read_text(encoding="utf-8")))):
                out.write(json.dumps(line) + "\n")
        except HarnessError as fault:
            out.write(json.dumps({"fault": type(fault).__name__, "said": str(fault)}) + "\n")
