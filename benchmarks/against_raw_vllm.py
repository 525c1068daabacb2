"""What the engine costs beside vLLM itself: the same requests through `LLM.generate` and through ours.

    python -m benchmarks.against_raw_vllm --random-adapters 2 --limit 150                 # CPU
    python -m benchmarks.against_raw_vllm --base MODEL --random-adapters 8 --tier full    # one GPU

One engine answers all sides, which take turns at being first, after one untimed turn of each; the
prefix cache is emptied before each measurement. `raw` is `LLM.generate` without progress bar, on the requests in our order;
`raw_as_planned` in the plan's order; `ours` is `Engine.generate`; `ours_stored` also writes each
sample to a run's store, as a run does. A store is made once for a run, so that is not timed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.workload import facts, forget, parser, report, set_up, sides_of
from harness.engines.vllm import Engine
from harness.engines_vllm.order import arrange
from harness.engines_vllm.sampling import lora_request
from harness.records import Request
from harness.store import Store

Side = Callable[[str, Sequence[Request]], int]


def sides(engine: Engine, stores: Iterator[Store]) -> dict[str, Side]:
    """Return what is measured: each side answers requests of one verb and returns how many.

    Args:
        stores: empty ones, each of which is used once.
    """

    def raw(verb: str, requests: Sequence[Request]) -> int:
        return _generate_raw(engine, verb, arrange(requests, engine._own.order))

    def raw_as_planned(verb: str, requests: Sequence[Request]) -> int:
        return _generate_raw(engine, verb, requests)

    def ours(verb: str, requests: Sequence[Request]) -> int:
        return len(list(getattr(engine, verb)(requests)))

    def ours_stored(verb: str, requests: Sequence[Request]) -> int:
        store = next(stores)
        for sample in getattr(engine, verb)(requests):
            store.add_sample(sample)
        return len(store)

    return {side.__name__: side for side in (raw, raw_as_planned, ours, ours_stored)}


def _generate_raw(engine: Engine, verb: str, requests: Sequence[Request]) -> int:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    def params(request: Request) -> SamplingParams:
        if verb == "score":
            return SamplingParams(
                temperature=0.0, max_tokens=1, prompt_logprobs=0, detokenize=False,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )  # fmt: skip
        return SamplingParams(
            temperature=0.0, max_tokens=request.max_new_tokens, stop=list(request.stop) or None,
            include_stop_str_in_output=True, output_kind=RequestOutputKind.FINAL_ONLY,
        )  # fmt: skip

    served = {adapter.name: lora_request(adapter) for adapter in engine._adapters}
    outputs = engine._llm.generate(
        [{"prompt_token_ids": [*r.token_ids, *r.target_ids]} for r in requests],
        [params(request) for request in requests],
        use_tqdm=False,
        lora_request=[served.get(request.subject) for request in requests],
    )
    return len(outputs)


def measure(engine: Engine, requests: Sequence[Request], repeats: int, folder: Path) -> list[dict[str, Any]]:
    """Return one row for each side, repeat and verb."""
    rows = []
    stores = [Store(folder / str(number)) for number in range(2 * (repeats + 1))]
    named = list(sides(engine, iter(stores)).items())
    for repeat in range(-1, repeats):
        for turn in range(len(named)):
            name, side = named[(repeat + turn) % len(named)]
            for verb, asked in zip(("generate", "score"), sides_of(requests), strict=True):
                if asked:
                    forget(engine)
                    begun = time.perf_counter()
                    answered = side(verb, asked)
                    spent = time.perf_counter() - begun
                    assert answered == len(asked), (name, answered, len(asked))
                    rows.append({"side": name, "repeat": repeat, "verb": verb, "wall_s": spent})
    for store in stores:
        store.close()
    return [row for row in rows if row["repeat"] >= 0]


def main() -> None:
    """Measure and print."""
    asked = parser(__doc__.splitlines()[0]).parse_args()
    engine, requests = set_up(asked)
    try:
        list(engine.generate(sides_of(requests)[0][:8]))  # loads, and warms up
        with tempfile.TemporaryDirectory() as folder:
            rows = measure(engine, requests, asked.repeats, Path(folder))
        report(asked, facts(engine, asked, requests), rows, "raw")
    finally:
        engine.close()


if __name__ == "__main__":
    main()
