"""In which order vLLM answers fastest: the same requests grouped, mixed, and long ones first.

    python -m benchmarks.request_order --random-adapters 4 --limit 200                    # CPU
    python -m benchmarks.request_order --base MODEL --random-adapters 8 --tier standard   # one GPU

One engine answers all; the prefix cache is emptied before each measurement, and the orders take
turns at being first, after one untimed turn of each. Only the plan's first round is asked (no later turns, no drift).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.workload import facts, forget, parser, report, set_up, sides_of
from harness.engines.vllm import Engine
from harness.engines_vllm.order import ORDERS
from harness.records import Request


def measure(engine: Engine, requests: Sequence[Request], repeats: int) -> list[dict[str, Any]]:
    """Return one row for each order, repeat and verb: wall time, tokens, and how many answers differ."""
    written, scored = sides_of(requests)
    rows, first = [], {}
    for repeat in range(-1, repeats):
        for turn in range(len(ORDERS)):
            order = ORDERS[(repeat + turn) % len(ORDERS)]
            engine._own = replace(engine._own, order=order)
            for verb, asked in (("generate", written), ("score", scored)):
                if not asked:
                    continue
                forget(engine)
                begun = time.perf_counter()
                samples = list(getattr(engine, verb)(asked))
                spent = time.perf_counter() - begun
                other = sum(
                    first.setdefault(s.key, (s.text, s.finish)) != (s.text, s.finish) for s in samples
                )
                tokens = sum(len(sample.token_ids) for sample in samples)
                rows.append(
                    {"side": order, "repeat": repeat, "verb": verb, "wall_s": spent, "tokens": tokens}
                    | {"differ_from_first": other, "errors": sum(s.finish == "error" for s in samples)}
                )
    return [row for row in rows if row["repeat"] >= 0]


def main() -> None:
    """Measure and print."""
    asked = parser(__doc__.splitlines()[0]).parse_args()
    engine, requests = set_up(asked)
    try:
        list(engine.generate(sides_of(requests)[0][:8]))  # loads, and warms up
        rows = measure(engine, requests, asked.repeats)
        report(asked, facts(engine, asked, requests), rows, "grouped")
        print(f"answers that differ from the first time: {sum(row['differ_from_first'] for row in rows)}")
    finally:
        engine.close()


if __name__ == "__main__":
    main()
