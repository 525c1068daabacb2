"""Tables for docs/sandbox.md: `python -m tests.sandbox.measure hostile|speed|humaneval [FILE]`."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.sandbox import LEVELS, STANDARD, Call, Hands, Level, best_level, run_calls
from harness.sandbox.policy import try_level
from harness.sandbox.pool import Pool
from harness.sandbox.programs import run_python_tests
from harness.sandbox.worker import Worker
from harness.scorers.code import same_value
from tests.sandbox.arena import arena_in, let_loose, read_harmless, read_hostile


def hostile_table() -> None:
    """Print, for each level, how many hostile programs are stopped and harmless ones pass."""
    programs, harmless = read_hostile(), read_harmless()
    for level in reversed(LEVELS):
        if fault := try_level(level).fault:
            print(f"{level}: {fault}")
            continue
        begun, achieved = time.monotonic(), {}
        tried = [one for one in programs if one.may_run(level)]
        with (
            tempfile.TemporaryDirectory() as folder,
            arena_in(Path(folder)) as arena,
            Worker(level) as worker,
        ):
            for one in tried:
                if found := let_loose(one, worker, arena):
                    achieved[one.id] = found
            passed = sum(passes(one, worker) for one in harmless)
        print(
            f"{level}: {len(tried) - len(achieved)} of {len(programs)} stopped, {len(programs) - len(tried)} "
            f"not tried; {passed} of {len(harmless)} harmless pass; {time.monotonic() - begun:.0f} s"
        )
        for name, found in achieved.items():
            print(f"    {name}: {'; '.join(found)[:150]}")


def passes(harmless: dict[str, Any], worker: Worker) -> bool:
    """Say whether a harmless program answers all its calls rightly."""
    calls = [Call("f", tuple(call["args"])) for call in harmless["calls"]]
    outcome = run_calls(worker, harmless["source"], calls, STANDARD)
    pairs = zip(outcome.results, harmless["calls"], strict=False)
    right = len(outcome.results) == len(calls) and all(
        same_value(got.value, call["returns"]) for got, call in pairs
    )
    if not right:
        print(f"    {harmless['id']}: {outcome}")
    return right


def speed_table(n: int = 300) -> None:
    """Print programs per second with warm workers, and with a new sandbox for each program."""
    source, calls = "def f(x):\n    return x + 1", [Call("f", (place,)) for place in range(5)]

    def fresh(level: Level) -> None:
        with Worker(level) as worker:
            assert run_calls(worker, source, calls, STANDARD).status == "answered"

    for level in reversed(LEVELS):
        if try_level(level).fault:
            continue
        pool = Pool(level, 2)
        for rounds in (20, n):
            begun = time.monotonic()
            jobs = [
                pool.submit(lambda hands: run_calls(hands.workers(1)[0], source, calls, STANDARD))
                for _ in range(rounds)
            ]
            assert all(job.result().status == "answered" for job in jobs)
            warm = rounds / (time.monotonic() - begun)
        pool.close()
        begun = time.monotonic()
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(fresh, [level] * (n // 5)))
        cold = (n // 5) / (time.monotonic() - begun)
        print(f"{level}: {warm:.0f} programs a second warm, {cold:.0f} with a sandbox for each")


def human_eval(path: Path) -> None:
    """Run HumanEval's own tests against its solutions, and against functions that do nothing."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:  # type: ignore[operator]
        tasks = [json.loads(line) for line in lines]
    pool = Pool(best_level(), 2)
    for title, key in (("canonical solutions", "canonical_solution"), ("bodies replaced by pass", None)):
        begun = time.monotonic()

        def job(hands: Hands, task: dict[str, str], key: str | None = key) -> str:
            program, judge = hands.workers(2)
            source = task["prompt"] + (task[key] if key else "    pass\n")
            return run_python_tests(
                (program, judge), source, task["entry_point"], task["test"], task["prompt"], STANDARD
            ).status

        jobs = {task["task_id"]: pool.submit(lambda hands, task=task: job(hands, task)) for task in tasks}
        ends = {name: future.result() for name, future in jobs.items()}
        passed = [name for name, status in ends.items() if status == "answered"]
        counts = {status: list(ends.values()).count(status) for status in set(ends.values())}
        print(f"{title}: {len(passed)} of {len(tasks)} pass {counts}, {time.monotonic() - begun:.1f} s")
        print("   ", ([n for n in ends if n not in passed] if key else passed)[:20])
    pool.close()


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "humaneval":
        human_eval(Path(sys.argv[2]))
    else:
        {"hostile": hostile_table, "speed": speed_table}[what]()
