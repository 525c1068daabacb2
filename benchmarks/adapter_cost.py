"""What the next adapter costs: memory and time of one engine with 0, 1, 2, 4, 8 and 16 adapters.

    python -m benchmarks.adapter_cost                                             # bundled model, this machine
    python -m benchmarks.adapter_cost --engine vllm --shape qwen2.5-7b --tokenizer DIR    # random weights, GPU

Each number of adapters gets a process of its own, which starts the engine and asks every subject the same
prompts in one call, as a run does. Two costs are told apart: of an adapter that is loaded (memory, start), and of its
questions (time), which are as many as base has. Measurements are kept as JSON lines in the work folder.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from benchmarks.machine import gpu_memory_used_mib, machine, machine_line
from benchmarks.timing import Ledger, run_timed

ROOT = Path(__file__).parents[1]


def main(
    work: Annotated[Path, typer.Option(help="Where models and measurements are kept.")],
    engine: Annotated[str, typer.Option(help="transformers or vllm.")] = "transformers",
    adapters: Annotated[str, typer.Option(help="How many adapters.")] = "0,1,2,4,8,16",
    base: Annotated[str, typer.Option(help="The base model, unless --shape makes one.")] = "bundled:smollm2",
    shape: Annotated[
        str | None, typer.Option(help="Make a base with random weights: qwen2.5-7b, tiny.")
    ] = None,
    tokenizer: Annotated[Path | None, typer.Option(help="Whose tokenizer the made base takes over.")] = None,
    rank: Annotated[int, typer.Option(help="Of the adapters that are made.")] = 16,
    prompts: Annotated[int, typer.Option(help="Prompts to each subject.")] = 48,
    prompt_tokens: Annotated[int, typer.Option(help="Length of a prompt.")] = 64,
    max_new_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 32,
    rounds: Annotated[int, typer.Option(min=1, help="How often everything is measured.")] = 1,
    option: Annotated[list[str], typer.Option(help="An engine option KEY=VALUE.")] = [],  # noqa: B006
) -> None:
    """Measure what is missing, and print the table."""
    from benchmarks.made_models import write_adapters, write_base
    from harness.models import bundled_model, find_model

    counts = sorted(int(count) for count in adapters.split(","))
    work = work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    folder = write_base(work / shape, shape, tokenizer or bundled_model()) if shape else find_model(base).path
    find_model(str(folder))  # its digest, which is computed once for a model
    made = write_adapters(work / f"adapters-{folder.name}-{rank}", folder, max(counts), rank=rank)
    key = {
        "benchmark": "adapter_cost",
        "base": folder.name,
        "engine": engine,
        "rank": rank,
        "prompts": prompts,
        "prompt_tokens": prompt_tokens,
        "max_new_tokens": max_new_tokens,
        "options": option,
        "gpu": bool(machine()["gpu"]),
    }
    ledger = Ledger(work / "measured.jsonl", key)
    typer.echo(machine_line(machine()))
    for number in range(rounds):
        for count in counts:
            job = {**key, "model": str(folder), "adapters": [str(path) for path in made[:count]]}
            ledger.measure({"adapters": count, "round": number}, lambda job=job: _in_a_process(work, job))
    for line in table(ledger.records()):
        typer.echo(line)


def _in_a_process(work: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one number of adapters in a process of its own; GPU memory is sampled from here."""
    out = work / "adapter_cost.json"
    command = [sys.executable, "-m", "benchmarks.adapter_cost", json.dumps({**job, "out": str(out)})]
    before = gpu_memory_used_mib()
    peak, done = [before or 0], threading.Event()

    def watch() -> None:
        while before is not None and not done.wait(0.5):
            peak.append(gpu_memory_used_mib() or 0)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        found = run_timed(command, cwd=work, pythonpath=ROOT, allowed=(0,), log=work / "adapter_cost.log")
    finally:
        done.set()
        watcher.join()
    gpu = {} if before is None else {"gpu_used_mib": max(peak) - before}
    return {**found, **gpu, **json.loads(out.read_text(encoding="utf-8"))}


def measure(job: Mapping[str, Any]) -> dict[str, Any]:
    """Start the engine, ask every subject the same prompts, and return seconds and MiB."""
    from harness.adapters import read_adapter
    from harness.engine_options import engine_options
    from harness.engines import load_engine
    from harness.models import find_model
    from harness.records import BASE, Request

    model = find_model(job["model"])
    adapters = [read_adapter(f"a{n}", Path(path)) for n, path in enumerate(job["adapters"], 1)]
    engine = load_engine(job["engine"], model, adapters, engine_options(job["options"], None))
    subjects = [BASE, *(adapter.name for adapter in adapters)]
    warm, asked = (
        [
            Request("generate", who, who, _ids(n, job["prompt_tokens"]), max_new_tokens=length)
            for who in subjects
            for n in range(count)
        ]
        for count, length in ((1, 2), (job["prompts"], job["max_new_tokens"]))
    )
    begun = time.perf_counter()
    list(engine.generate(warm))  # loads the model and every adapter
    started = time.perf_counter()
    answers = list(engine.generate(asked))
    ended = time.perf_counter()
    figures = _memory(engine)
    engine.close()
    assert len({answer.key for answer in answers}) == len(asked)
    tokens = sum(len(answer.token_ids) for answer in answers)
    return {"start_s": started - begun, "answer_s": ended - started, "tokens": tokens, **figures}


def _ids(number: int, length: int) -> tuple[int, ...]:
    """Return a prompt of ordinary token ids that shares no beginning with another one."""
    return tuple(1000 + (number * 7919 + place * 104_729) % 40_000 for place in range(length))


def _memory(engine: Any) -> dict[str, float]:
    """Return peak memory: of this process and its children; on a GPU what torch and the cache take."""
    own, children = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    found = {"rss_mib": (own + max(children, _children_peak_kib())) / 1024}
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        found["torch_peak_mib"] = torch.cuda.max_memory_allocated() / 2**20
    llm = getattr(engine, "_llm", None)
    if llm is not None:
        cache = llm.llm_engine.vllm_config.cache_config
        if cache.num_gpu_blocks:
            found["cache_tokens"] = cache.num_gpu_blocks * cache.block_size
    return found


def _children_peak_kib() -> int:
    """Return the peak memory of the processes below this one that are alive, as the kernel counts it."""
    done = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=False)
    parents = dict(tuple(map(int, line.split())) for line in done.stdout.splitlines())
    below = {pid for pid in parents if _is_below(pid, parents)}
    return sum(_peak_kib(pid) for pid in below)


def _is_below(pid: int, parents: Mapping[int, int]) -> bool:
    while pid in parents and pid != os.getpid():
        pid = parents[pid]
        if pid == os.getpid():
            return True
    return False


def _peak_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def table(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the table as lines; a step is against the row above, for each adapter in between."""
    names = [
        name for name in ("rss_mib", "torch_peak_mib", "gpu_used_mib", "cache_tokens") if _has(records, name)
    ]
    head = f"{'adapters':>8} {'start s':>9} {'answering s':>20} {'ratio to base':>14} {'a token':>9}"
    lines = [head + "".join(f" {name:>16} {'each adapter':>13}" for name in names)]
    counts = sorted({record["adapters"] for record in records})
    above: dict[str, float] = {}
    first = median(_values(records, counts[0], "answer_s")) if counts else 0.0
    for place, count in enumerate(counts):
        seconds = _values(records, count, "answer_s")
        spread = f"{median(seconds):.2f} [{min(seconds):.2f}, {max(seconds):.2f}]"
        start, tokens = (median(_values(records, count, name)) for name in ("start_s", "tokens"))
        row = f"{count:>8} {start:>9.1f} {spread:>20} {median(seconds) / first:>14.2f}"
        row += f" {1000 * median(seconds) / tokens:>6.2f} ms"
        for name in names:
            now = median(_values(records, count, name))
            step = (now - above[name]) / (count - counts[place - 1]) if name in above else None
            row += f" {now:>16,.0f} {'' if step is None else f'{step:+,.1f}':>13}"
            above[name] = now
        lines.append(row)
    return lines


def _has(records: Sequence[Mapping[str, Any]], name: str) -> bool:
    return bool(records) and all(name in record for record in records)


def _values(records: Sequence[Mapping[str, Any]], count: int, name: str) -> list[float]:
    return [float(record[name]) for record in records if record["adapters"] == count]


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):
        asked_for = json.loads(sys.argv[1])
        Path(asked_for["out"]).write_text(json.dumps(measure(asked_for)), encoding="utf-8")
    else:
        typer.run(main)
