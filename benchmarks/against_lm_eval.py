"""Base and N adapters: one run of ours against one lm-evaluation-harness process for each of them.

    python -m benchmarks.against_lm_eval --lm-eval-python ENV/bin/python          # bundled model, CPU
    python -m benchmarks.against_lm_eval --shape qwen2.5-7b --tokenizer DIR ...   # random weights, GPU

Both sides get the same token ids and the same lengths, decode greedily, and are timed from the start of
their process to its end: imports, engine start, loading, answering, and the files that they write. Ours also
scores, judges and reports. What was measured is kept as JSON lines in the work folder, so a run that was cut
off goes on, and the table is made from all of them. How lm-eval's environment is made: see README.md here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.comparison import table
from benchmarks.machine import machine, machine_line
from benchmarks.timing import Ledger, run_timed
from harness.engines import without_half_a_character

ROOT = Path(__file__).parents[1]
PERSONA = ROOT / "configs" / "personas" / "nova.yaml"
HERE = Path(__file__).parent
SIDES = ("ours", "lm-eval", "raw")


@dataclass(frozen=True)
class Case:
    """What both sides are given."""

    work: Path
    base: Path
    adapters: list[Path]
    suites: Path
    tasks: list[str]
    backend: str
    eager: bool
    batch_size: int
    lm_eval_python: Path | None
    gpu: bool

    @property
    def dtype(self) -> str:
        """The weights' type on both sides."""
        return "bfloat16" if self.gpu else "float32"

    @property
    def engine(self) -> str:
        """Our engine that stands against lm-eval's backend."""
        return "vllm" if self.backend == "vllm" else "transformers"


def main(
    work: Annotated[Path, typer.Option(help="Where models, prompts and measurements are kept.")],
    lm_eval_python: Annotated[
        Path | None, typer.Option(help="The Python of lm-eval's environment; left out, lm-eval is not run.")
    ] = None,
    base: Annotated[str, typer.Option(help="The base model, unless --shape makes one.")] = "bundled:smollm2",
    shape: Annotated[
        str | None, typer.Option(help="Make a base with random weights: qwen2.5-7b, tiny.")
    ] = None,
    tokenizer: Annotated[Path | None, typer.Option(help="Whose tokenizer the made base takes over.")] = None,
    backend: Annotated[
        str, typer.Option(help="lm-eval's backend: hf or vllm; ours is the same engine.")
    ] = "hf",
    adapters: Annotated[
        str, typer.Option(help="How many adapters ours tests in one run: 2, or 1,2,4.")
    ] = "2",
    measured: Annotated[
        int | None,
        typer.Option(help="Adapters that the others are measured on; the mean stands for the rest."),
    ] = None,
    prompts: Annotated[int, typer.Option(help="Questions to each subject.")] = 250,
    max_new_tokens: Annotated[int | None, typer.Option(help="Length of every answer.")] = None,
    batch_size: Annotated[
        int, typer.Option(help="lm-eval's, for hf; its own default is 1. Ours chooses by itself.")
    ] = 48,
    eager: Annotated[bool, typer.Option("--eager", help="vllm without CUDA graphs.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="How often everything is measured.")] = 1,
    only: Annotated[str, typer.Option(help="Which sides run now, of ours,lm-eval,raw.")] = "ours,lm-eval",
) -> None:
    """Measure what is missing, and print the table."""
    if backend not in ("hf", "vllm"):
        raise typer.BadParameter(f"{backend!r} is not hf or vllm")
    sides = [side for side in SIDES if side in only.split(",")]
    if not sides or set(only.split(",")) - set(SIDES):
        raise typer.BadParameter(f"--only {only!r}: choose of {', '.join(SIDES)}")
    counts = sorted(int(count) for count in adapters.split(","))
    work = work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    case = _prepare(
        work, base, shape, tokenizer, backend, max(counts), prompts, max_new_tokens, eager, batch_size
    )
    case = Case(**{**vars(case), "lm_eval_python": lm_eval_python.absolute() if lm_eval_python else None})
    ledger = Ledger(work / "measured.jsonl", _key(case, prompts, max_new_tokens))
    typer.echo(machine_line(machine()))
    for round_number in range(rounds):
        if "ours" in sides:
            for count in counts:
                ledger.measure(
                    {"side": "ours", "adapters": count, "round": round_number}, lambda n=count: _ours(case, n)
                )
        subjects = range(min(max(counts), measured if measured is not None else max(counts)) + 1)
        for side in sides[1 if "ours" in sides else 0 :]:
            if side == "lm-eval" and lm_eval_python is None:
                typer.echo("lm-eval is not run: pass --lm-eval-python.")
                continue
            one = _lm_eval if side == "lm-eval" else _raw
            for number in subjects:
                ledger.measure(
                    {"side": side, "subject": number, "round": round_number},
                    lambda n=number, one=one: one(case, n),
                )
    for line in table(ledger.records(), counts):
        typer.echo(line)


def _key(case: Case, prompts: int, max_new_tokens: int | None) -> dict[str, Any]:
    """Return what two measurements must share to be compared."""
    return {
        "benchmark": "against_lm_eval",
        "base": case.base.name,
        "backend": case.backend,
        "eager": case.eager,
        "prompts": prompts,
        "max_new_tokens": max_new_tokens,
        "batch_size": case.batch_size if case.backend == "hf" else None,
        "gpu": case.gpu,
    }


def _prepare(
    work: Path,
    base: str,
    shape: str | None,
    tokenizer: Path | None,
    backend: str,
    adapters: int,
    prompts: int,
    max_new_tokens: int | None,
    eager: bool,
    batch_size: int,
) -> Case:
    """Write models, suites and tasks, and compute the base's digest, which is done once for a model."""
    from transformers import AutoTokenizer

    from benchmarks.made_models import write_adapters, write_base
    from benchmarks.same_prompts import read_prompts, write_suite, write_tasks
    from harness.engines import cuda_is_available
    from harness.models import bundled_model, find_model
    from harness.persona import read_persona

    named = work / "persona.yaml"  # whoever made the base: a made one tells nobody
    named.write_text(PERSONA.read_text(encoding="utf-8") + "base: smollm\n", encoding="utf-8")
    persona = read_persona(named)
    folder = write_base(work / shape, shape, tokenizer or bundled_model()) if shape else find_model(base).path
    find_model(str(folder))
    made = write_adapters(work / f"adapters-{folder.name}", folder, adapters)
    place = work / f"prompts-{prompts}-{max_new_tokens}"
    suites = write_suite(place, prompts, persona, max_new_tokens)
    asked = read_prompts(suites, folder, persona)
    tasks = write_tasks(place / "tasks", asked, AutoTokenizer.from_pretrained(folder).eos_token)
    (place / "prompts.json").write_text(json.dumps([[one.ids, one.max_new_tokens] for one in asked]))
    (place / "names.json").write_text(json.dumps({one.name: one.ids for one in asked}))
    return Case(work, folder, made, suites, tasks, backend, eager, batch_size, None, cuda_is_available())


def _ours(case: Case, adapters: int) -> dict[str, Any]:
    """Run `pytest suites` with base and the first adapters; return seconds and where the answers lie."""
    options = {"dtype": case.dtype}
    if case.engine == "vllm" and case.gpu:
        options["enforce_eager"] = str(case.eager).lower()
    reports = case.work / f"reports-{case.backend}-{case.eager}-{adapters}"
    command = [
        *(sys.executable, "-m", "pytest", str(case.suites), "-q", "-p", "no:cacheprovider", "--fresh"),
        *(
            f"--base={case.base}",
            f"--persona={case.work / 'persona.yaml'}",
            f"--engine={case.engine}",
            f"--reports={reports}",
        ),
        *(f"--adapter={path.name}={path}" for path in case.adapters[:adapters]),
        *(f"--engine-option={key}={value}" for key, value in options.items()),
    ]
    found = run_timed(
        command, cwd=case.work, pythonpath=ROOT, allowed=(0, 1, 6, 7), log=case.work / "ours.log"
    )
    (stored,) = reports.glob("*/samples.jsonl")
    return {**found, "samples": str(stored)}


def _lm_eval(case: Case, number: int) -> dict[str, Any]:
    """Run lm-eval on base (0) or one adapter; return seconds and how much it did as we do."""
    out = case.work / f"lm-eval-{case.backend}-{case.eager}-{number}"
    ids = out.with_suffix(".ids.json")
    adapter = case.adapters[number - 1] if number else None
    command = [
        *(
            str(case.lm_eval_python),
            str(HERE / "lm_eval_process.py"),
            str(ids),
            "run",
            "--model",
            case.backend,
        ),
        *("--model_args", ",".join(_model_args(case, adapter))),
        *("--tasks", ",".join(case.tasks), "--include_path", str(case.suites.parent / "tasks")),
        *("--output_path", str(out), "--log_samples"),
        *(("--batch_size", str(case.batch_size)) if case.backend == "hf" else ("--batch_size", "auto")),
        *(("--device", "cuda" if case.gpu else "cpu") if case.backend == "hf" else ()),
    ]
    found = run_timed(command, cwd=case.work, pythonpath=None, allowed=(0,), log=out.with_suffix(".log"))
    wanted = {tuple(one) for one in json.loads((case.suites.parent / "names.json").read_text()).values()}
    asked = [tuple(one) for one in json.loads(ids.read_text())]
    return {
        **found,
        "asked": len(asked),
        "same_ids": sum(one in wanted for one in asked) / max(1, len(asked)),
        **_same_answers(case, number, out),
    }


def _model_args(case: Case, adapter: Path | None) -> Iterator[str]:
    yield f"pretrained={case.base}"
    yield f"dtype={case.dtype}"
    yield "add_bos_token=False"  # what the template wrote is all that our prompts begin with
    if case.backend == "hf":
        if adapter:
            yield f"peft={adapter}"
        return
    yield "max_model_len=2048"  # ours
    yield f"enforce_eager={case.eager or not case.gpu}"
    if adapter:
        yield f"lora_local_path={adapter}"
        yield f"max_lora_rank={json.loads((adapter / 'adapter_config.json').read_text())['r']}"


def _same_answers(case: Case, number: int, out: Path) -> dict[str, float]:
    """Return which share of its answers are word for word those of our run with the most adapters."""
    runs = sorted(case.work.glob(f"reports-{case.backend}-{case.eager}-*/*/samples.jsonl"))
    subject = f"a{number}" if number else "base"
    ours: dict[str, str] = {}
    for run in runs:
        for line in map(json.loads, run.read_text(encoding="utf-8").splitlines()):
            if line["doc"]["subject"] == subject:
                ours[line["doc_id"]] = line["resps"][0][0]
    files = list(out.glob("**/samples_*.jsonl"))
    theirs = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    pairs = [(ours.get(one["doc"]["name"]), one["resps"][0][0]) for one in theirs]
    same = [_whole(mine) == _whole(other) for mine, other in pairs if mine is not None]
    return {"same_answers": sum(same) / len(same)} if same else {}


def _whole(answer: str) -> str:
    """Return an answer without what a length limit may leave at its end: blanks, half a character."""
    return without_half_a_character(answer.strip()).strip()


def _raw(case: Case, number: int) -> dict[str, Any]:
    """Run `vllm.LLM.generate` on base (0) or one adapter in a process of its own; return seconds."""
    options = {
        "dtype": case.dtype,
        "max_model_len": 2048,
        "enforce_eager": case.eager or not case.gpu,
        "disable_log_stats": True,
    }
    adapter = [str(case.adapters[number - 1])] if number else []
    prompts = case.suites.parent / "prompts.json"
    script = str(HERE / "raw_vllm_process.py")
    command = [sys.executable, script, str(prompts), str(case.base), json.dumps(options), *adapter]
    return run_timed(
        command, cwd=case.work, pythonpath=None, allowed=(0,), log=case.work / f"raw-{number}.log"
    )


if __name__ == "__main__":
    typer.run(main)
