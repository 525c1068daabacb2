"""What an answer owes to the size of its batch: the same requests through engines that differ in it alone.

    python -m benchmarks.batch_invariance --random-adapters 2 --engine-option dtype=bfloat16        # one GPU

For each kind of kernels an engine of its own, each in a process of its own, answers all requests with at most so many at
a time as ``--sizes`` says; the answers are held against those of the first size. `default` is vLLM without its
batch-invariant mode, `invariant` with it.
With `--products` it says instead which products of matrices are summed alike for any number of rows: a row times each of the
base's own shapes beside other rows, held to the last bit against the row alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, machine_line
from benchmarks.workload import parser, set_up
from harness.records import BASE, Sample

KERNELS = {"default": "deterministic=false", "invariant": "deterministic=true"}
_ROWS = (1, 2, 8, 16, 48, 64, 100, 128, 256, 500, 1024, 2048, 8192)


def answer(asked: Namespace) -> None:
    """Answer all requests with one engine and write them, one JSON object a line."""
    engine, requests = set_up(asked)
    sides = {kind: [one for one in requests if one.kind == kind] for kind in ("generate", "score")}
    with asked.child.open("w", encoding="utf-8") as file:
        for kind, some in sides.items():
            places = {one.key: place for place, one in enumerate(some)}
            for sample in getattr(engine, kind)(some) if some else ():
                place = places[sample.key]
                file.write(json.dumps(told(sample, f"{kind} {place}", some[place].subject)) + "\n")
    engine.close()
    sys.stdout.flush()
    os._exit(0)  # vLLM 0.26 aborts a process that ends by itself after an engine


def told(sample: Sample, place: str, subject: str) -> dict[str, Any]:
    """Return what is compared of a sample."""
    return {
        "place": place,
        "subject": subject,
        "text": sample.text,
        "logprobs": list(sample.logprobs or ()),
    }


def differing(first: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for base and for the adapters: how many answers and log-probabilities differ."""
    theirs = {one["place"]: one for one in other}
    for name, some in (
        (BASE, [one for one in first if one["subject"] == BASE]),
        ("adapters", [one for one in first if one["subject"] != BASE]),
    ):
        pairs = [(one, theirs[one["place"]]) for one in some]
        written = [mine["text"] != its["text"] for mine, its in pairs if not mine["logprobs"]]
        gaps = [
            max((abs(a - b) for a, b in zip(mine["logprobs"], its["logprobs"], strict=True)), default=0.0)
            for mine, its in pairs
            if mine["logprobs"]
        ]
        yield (
            f"{name:<9} answers {sum(written):>5} of {len(written):<5} differ; texts scored "
            f"{sum(gap > 0 for gap in gaps):>4} of {len(gaps):<4} differ, by {max(gaps, default=0.0):.3g} nats a token at most"
        )


def products(base: Path, dtype: str) -> Iterator[str]:
    """Yield a line for each shape of the base's linear modules: for how many rows products are summed otherwise.

    Computed as vLLM's mode sets cuBLASLt up after Ampere: no split of the sum, no reduced precision.
    """
    os.environ |= {"CUBLAS_WORKSPACE_CONFIG": ":16:8", "CUBLASLT_WORKSPACE_SIZE": "1"}
    import torch
    from safetensors import safe_open

    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cuda.preferred_blas_library(backend="cublaslt")
    shapes: dict[tuple[int, ...], str] = {}
    for path in sorted(base.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118
                shape = tuple(file.get_slice(name).get_shape())
                if len(shape) == 2:
                    shapes.setdefault(shape, name)
    torch.manual_seed(0)
    for shape, name in shapes.items():
        weight = torch.randn(shape, device="cuda", dtype=getattr(torch, dtype)) / shape[1] ** 0.5
        rows = torch.randn((max(_ROWS), shape[1]), device="cuda", dtype=weight.dtype)
        alone = torch.nn.functional.linear(rows[:1], weight)
        other = [n for n in _ROWS if not torch.equal(torch.nn.functional.linear(rows[:n], weight)[:1], alone)]
        yield f"{name} {shape}: {'summed alike' if not other else f'other for {other} rows'}"


def main() -> None:
    """Run what is asked for in processes of their own, and print what differs."""
    made = parser(__doc__ or "")
    made.add_argument(
        "--sizes", default="256,16", help="max_num_seqs of the engines, the first to compare with"
    )
    made.add_argument("--kernels", default=",".join(KERNELS), help=f"of {', '.join(KERNELS)}")
    made.add_argument("--products", action="store_true", help="only the products of matrices")
    made.add_argument("--child", type=Path, help="for the processes themselves")
    asked = made.parse_args()
    if asked.child:
        answer(asked)
        return
    print(machine_line(machine()))
    if asked.products:
        from harness.models import find_model

        dtype = dict(one.split("=", 1) for one in asked.engine_option).get("dtype", "bfloat16")
        print("\n".join(products(find_model(asked.base).path, dtype)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for kernels in asked.kernels.split(","):
            answers: list[list[dict[str, Any]]] = []
            for size in asked.sizes.split(","):
                out = Path(folder) / f"{kernels}-{size}.jsonl"
                options = [KERNELS[kernels], f"max_num_seqs={size}"]
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.batch_invariance",
                    *sys.argv[1:],
                    f"--child={out}",
                ]
                subprocess.run([*command, *(f"--engine-option={one}" for one in options)], check=True)
                answers.append([json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()])
            for size, other in zip(asked.sizes.split(",")[1:], answers[1:], strict=True):
                for line in differing(answers[0], other):
                    print(f"{kernels:<9} {asked.sizes.split(',')[0]} against {size}: {line}", flush=True)


if __name__ == "__main__":
    main()
