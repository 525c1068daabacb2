"""The benchmarks tell what was measured from what was not, and give both sides the same."""

import ast
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks import comparison, stages
from benchmarks.adapter_cost import table as cost_table
from benchmarks.batch_invariance import differing
from benchmarks.machine import machine, machine_line
from benchmarks.made_answers import MadeEngine
from benchmarks.made_models import write_adapters
from benchmarks.same_prompts import Prompt, write_suite, write_tasks
from benchmarks.timing import Ledger, run_timed
from harness.adapters import check_fits, read_adapter
from harness.criteria import check_criteria, read_criteria
from harness.engines import Engine
from harness.models import find_model
from harness.persona import Persona
from harness.probes import build_suite, read_suite
from harness.scorers import check_scorers
from tests.support import write_base

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted(
    file
    for file in (ROOT / "benchmarks").glob("*.py")
    if '__name__ == "__main__"' in file.read_text(encoding="utf-8")
)


def ours(adapters: int, seconds: float, number: int = 0) -> dict[str, object]:
    return {"side": "ours", "adapters": adapters, "wall_s": seconds, "round": number}


def theirs(subject: int, seconds: float, number: int = 0) -> dict[str, object]:
    return {"side": "lm-eval", "subject": subject, "wall_s": seconds, "round": number}


def test_a_ratio_is_the_sum_of_processes_over_our_run() -> None:
    _, row = comparison.table([ours(2, 20.0), theirs(0, 10.0), theirs(1, 20.0), theirs(2, 30.0)], [2])
    assert row.split() == ["2", "20.0", "lm-eval", "60.0", "3.00", "none"]


def test_what_was_not_measured_is_told() -> None:
    _, row = comparison.table([ours(8, 20.0), theirs(0, 10.0), theirs(1, 20.0), theirs(2, 40.0)], [8])
    assert row.split()[:5] == ["8", "20.0", "lm-eval", "250.0", "12.50"]
    assert row.endswith("6 of 9 processes EXTRAPOLATED from the mean of the others")


@pytest.mark.parametrize("there", [[], [theirs(0, 10.0)], [theirs(1, 10.0)]])
def test_without_base_and_an_adapter_there_is_no_ratio(there: list[dict[str, object]]) -> None:
    assert not [line for line in comparison.table([ours(2, 20.0), *there], [2]) if "lm-eval" in line]


def test_rounds_are_compared_with_themselves() -> None:
    slow = [ours(1, 40.0, 1), theirs(0, 40.0, 1), theirs(1, 80.0, 1)]
    quick = [ours(1, 10.0), theirs(0, 10.0), theirs(1, 10.0)]
    _, row = comparison.table([*quick, *slow], [1])
    assert "2.50 [2.00, 3.00]" in row


def test_a_measurement_is_done_once_and_kept(tmp_path: Path) -> None:
    done: list[int] = []

    def job() -> dict[str, int]:
        done.append(1)
        return {"found": len(done)}

    ledger = Ledger(tmp_path / "measured.jsonl", {"prompts": 3})
    for number in (0, 0, 1):
        ledger.measure({"side": "ours", "round": number}, job)
    Ledger(tmp_path / "measured.jsonl", {"prompts": 4}).measure({"side": "ours", "round": 0}, job)
    assert [record["found"] for record in ledger.records()] == [1, 2]
    assert len(done) == 3


def test_a_command_that_did_not_do_its_work_is_no_measurement(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no model here'); raise SystemExit(14)"]
    with pytest.raises(SystemExit, match=r"(?s)no model here.*exit status 14"):
        run_timed(command, cwd=tmp_path, allowed=(0, 1), log=tmp_path / "log")
    found = run_timed(command, cwd=tmp_path, allowed=(14,), log=tmp_path / "log")
    assert found["wall_s"] > 0


def test_the_next_adapter_is_held_against_the_row_above() -> None:
    rows = [
        {"adapters": n, "start_s": 5.0, "answer_s": t, "tokens": 100 * (n + 1), "rss_mib": m}
        for n, t, m in [(0, 2.0, 1000.0), (1, 4.5, 1010.0), (4, 10.0, 1100.0)]
    ]
    _, *lines = cost_table(rows)
    assert [line.split()[-1] for line in lines] == ["1,000", "+10.0", "+30.0"]
    assert [line.split()[5] for line in lines] == ["1.00", "2.25", "5.00"]


def test_made_adapters_fit_their_base_and_differ(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "base")
    first, second = write_adapters(tmp_path / "adapters", folder, 2, rank=4)
    read = [read_adapter(path.name, path) for path in (first, second)]
    for adapter in read:
        check_fits(adapter, find_model(str(folder)))
        assert adapter.rank == 4
    assert read[0].digest != read[1].digest
    again = write_adapters(tmp_path / "again", folder, 1, rank=4)[0]
    assert read_adapter("a1", again).digest == read[0].digest


def test_the_suite_to_measure_with_is_a_suite(tmp_path: Path, nova_persona: Persona) -> None:
    folder = write_suite(tmp_path, 40, nova_persona, max_new_tokens=16)
    suite = build_suite(read_suite(folder / "speed.yaml"), "smoke", nova_persona)
    check_scorers(suite.probes)
    check_criteria(read_criteria(folder / "criteria.yaml"), folder / "criteria.yaml", [suite], "smoke")
    assert [len(probe.variants) for probe in suite.probes] == [1] * 40
    assert {probe.max_new_tokens for probe in suite.probes} == {16}
    assert {probe.stop for probe in suite.probes} == {()}
    systems = {variant.system for probe in suite.probes for variant in probe.variants}
    assert len(systems) > 2, "prompts under system messages are among them"


def test_more_questions_than_there_are_is_told(tmp_path: Path, nova_persona: Persona) -> None:
    with pytest.raises(SystemExit, match=r"--prompts 1000000: the suites have \d+ single questions"):
        write_suite(tmp_path, 1_000_000, nova_persona, None)


def test_a_task_is_written_for_each_length(tmp_path: Path) -> None:
    prompts = [Prompt(f"p/{n}", f"text {n}", (n,), length) for n, length in enumerate([8, 16, 8])]
    assert write_tasks(tmp_path, prompts, "<end>") == ["speed_8", "speed_16"]
    task = yaml.safe_load((tmp_path / "speed_8.yaml").read_text())
    assert task["generation_kwargs"] == {
        "until": ["<end>"],
        "max_gen_toks": 8,
        "do_sample": False,
        "temperature": 0.0,
    }
    rows = [json.loads(line) for line in (tmp_path / "speed_8.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == ["text 0", "text 2"]


def test_the_made_engine_is_one() -> None:
    for method in ("describe", "generate", "score", "close"):
        assert callable(getattr(MadeEngine, method)) and hasattr(Engine, method)


def test_stages_add_up_to_the_whole() -> None:
    now = [0.0]
    clocks = stages.Clocks()
    clocks._since = (0.0, 0.0)
    clocks._now = lambda: (now[0], now[0])  # type: ignore[method-assign]
    for step in ("in a", "in b", "out", "out"):
        now[0] += 1.0
        if step.startswith("in"):
            clocks.enter(step)
        else:
            clocks.leave()
    assert dict(clocks.wall) == {stages.REST: 1.0, "in a": 2.0, "in b": 1.0}


@pytest.mark.parametrize("place", sorted(stages._WRAPPED))
def test_what_the_clocks_are_put_on_exists(place: str) -> None:
    assert callable(stages.owner_of(place)[1])


def test_the_machine_names_no_host_and_no_user() -> None:
    found = machine()
    assert {"cpu", "cores", "memory_gib", "gpu", "versions", "load"} <= set(found)
    assert platform.node() not in json.dumps(found).split('"')
    assert found["versions"]["pytest"] in machine_line(found)


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda file: file.stem)
def test_a_benchmark_says_how_it_is_called(file: Path) -> None:
    text = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").lower()
    assert f"benchmarks.{file.stem}" in text or f"{file.stem}.py" in text


def test_the_readme_lists_every_benchmark_that_is_called_by_hand() -> None:
    readme = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    by_hand = [file.stem for file in PROGRAMS if not file.stem.endswith("_process")]
    assert [
        name
        for name in by_hand
        if f"benchmarks.{name}`" not in readme and f"benchmarks.{name} " not in readme
    ] == []


def test_own_work_prints_its_options() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.own_work", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "--samples" in done.stdout


# --- all that needs a GPU


def test_the_script_for_a_gpu_calls_what_there_is_with_flags_that_exist(tmp_path: Path) -> None:
    """A stand-in for Python writes down how it is called, and says that there are two GPUs."""
    python, calls, small = tmp_path / "python", tmp_path / "calls", tmp_path / "small base"
    small.mkdir()
    python.write_text(
        f"#!/bin/sh\ncase $2 in *device_count*) echo 2 ;; esac\n"
        f'for word in "$@"; do printf "%s\\n" "$word"; done >> {calls}; echo ==== >> {calls}\n'
    )
    python.chmod(0o755)
    done = subprocess.run(
        ["bash", str(ROOT / "benchmarks" / "on_gpu.sh"), str(tmp_path / "work"), str(small)],
        env=os.environ | {"PYTHON": str(python), "LM_EVAL_PYTHON": "/lm/python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    assert {line[-1] for line in told} == {"done"}
    assert "tensor-parallel" in {line[0] for line in told}
    asked = [call.splitlines() for call in calls.read_text(encoding="utf-8").split("====\n")]
    benchmarks = [call for call in asked if call[:1] == ["-m"] and call[1].startswith("benchmarks.")]
    assert len(benchmarks) == 7
    for module in {call[1] for call in benchmarks}:
        shown = subprocess.run(
            [sys.executable, "-m", module, "--help"],
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        flags = {word for call in benchmarks if call[1] == module for word in call if word.startswith("--")}
        assert flags <= set(shown.replace("[", " ").replace(",", " ").split()), module
    (judged,) = [call for call in asked if "pytest" in call[:2]]
    assert f"{small}" in judged


# --- what a batch's size changes


def test_answers_in_batches_of_two_sizes_are_compared_for_base_and_adapters_apart() -> None:
    def told(place: int, subject: str, text: str = "", logprobs: Sequence[float] = ()) -> dict[str, Any]:
        return {"place": place, "subject": subject, "text": text, "logprobs": list(logprobs)}

    first = [
        told(1, "base", "a"),
        told(2, "base", logprobs=[-1.0, -2.0]),
        told(3, "mixed", "b"),
        told(4, "mixed", "c"),
    ]
    other = [
        told(3, "mixed", "b"),
        told(4, "mixed", "x"),
        told(2, "base", logprobs=[-1.0, -2.5]),
        told(1, "base", "a"),
    ]
    base, adapters = differing(first, other)
    assert " ".join(base.split()) == (
        "base answers 0 of 1 differ; texts scored 1 of 1 differ, by 0.5 nats a token at most"
    )
    assert "answers     1 of 2" in adapters
    assert "0 of 0" in adapters
