"""What both vLLM benchmarks ask: the requests of the built-in suites' own plan, of base and N adapters."""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.adapters import check_fits, parse_adapter_flag, read_adapter
from harness.config import load
from harness.engine_options import engine_options
from harness.engines import EngineOptions, scope
from harness.engines.vllm import Engine
from harness.models import find_model
from harness.persona import Persona, with_base
from harness.plan import Plan, missing
from harness.probes import build_suite, is_suite, read_suites
from harness.prompts import ChatTemplate
from harness.records import BASE, Adapter, Model, Request

ROOT = Path(__file__).parents[1]
_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def parser(about: str) -> argparse.ArgumentParser:
    """Return a parser with the options that both benchmarks have."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = made.add_argument
    add("--base", default="bundled:smollm2", help="model folder, hub id or bundled:smollm2")
    add("--adapter", action="append", default=[], metavar="NAME=PATH", help="repeatable")
    add("--random-adapters", type=int, default=0, metavar="N", help="make N adapters of random weights")
    add("--rank", type=int, default=16, help="of the random adapters")
    add("--tier", default="smoke", help="smoke, standard or full")
    add("--limit", type=int, default=0, help="ask about so many requests, spread over the plan; 0: all")
    add("--cap", type=int, default=0, help="write so many tokens at most in an answer; 0: as the suites say")
    add("--repeats", type=int, default=3)
    add("--engine-option", action="append", default=[], metavar="KEY=VALUE", help="as for pytest; repeatable")
    add("--json", type=Path, help="append one line for each measurement to this file")
    return made


def set_up(asked: argparse.Namespace) -> tuple[Engine, list[Request]]:
    """Return an engine and the requests; the random adapters' files stay until the process ends."""
    model = find_model(asked.base)
    adapters = [read_adapter(*parse_adapter_flag(flag)) for flag in asked.adapter]
    adapters += random_adapters(model, asked.random_adapters, asked.rank)
    for adapter in adapters:
        check_fits(adapter, model)
    options: EngineOptions = engine_options(asked.engine_option, None)
    engine = Engine(model, adapters, options)
    return engine, plan_requests(engine, model, adapters, asked.tier, asked.limit, asked.cap)


def plan_requests(
    engine: Engine, model: Model, adapters: Sequence[Adapter], tier: str, limit: int, cap: int
) -> list[Request]:
    """Return the plan's first round, in plan order: every request that needs no answer before it."""
    place = ROOT / "configs" / "personas" / "nova.yaml"
    anyone = load(place, Persona).model_copy(
        update={"base": "smollm"}
    )  # a made base tells nobody who made it
    persona = with_base(anyone, str(place), ())
    paths = sorted(filter(is_suite, (ROOT / "suites").glob("*.yaml")))
    probes = [probe for source in read_suites(paths) for probe in build_suite(source, tier, persona).probes]
    scopes = {BASE: scope(engine, model, None)} | {one.name: scope(engine, model, one) for one in adapters}
    requests = missing(Plan(tuple(probes), scopes, ChatTemplate(model.path)), lambda key: None)
    if limit and limit < len(requests):
        blocks = [requests[n : n + len(scopes)] for n in range(0, len(requests), len(scopes))]
        step = len(requests) / limit
        requests = [one for n in range(int(len(blocks) / step)) for one in blocks[int(n * step)]]
    if cap:
        requests = [
            Request(r.kind, r.subject, r.scope, r.token_ids, r.target_ids, min(cap, r.max_new_tokens), r.stop)
            for r in requests
        ]
    return requests


def random_adapters(model: Model, count: int, rank: int) -> list[Adapter]:
    """Write adapters of small random weights for every linear module of a base, and read them."""
    import numpy as np
    from safetensors.numpy import save_file

    from harness.engines_vllm.slots import base_shapes

    shapes = {k: v for k, v in base_shapes(model).items() if k.rsplit(".", 1)[-1] in _MODULES}
    folder = Path(tempfile.mkdtemp(prefix="random-adapters-"))
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": rank,
        "bias": "none",
        "target_modules": list(_MODULES),
    }
    made = []
    for number in range(count):
        random = np.random.default_rng(number)
        tensors = {}
        for name, (out, into) in sorted(shapes.items()):
            down = random.standard_normal((rank, into), dtype=np.float32) / math.sqrt(into)
            up = random.standard_normal((out, rank), dtype=np.float32) * 0.01
            tensors[f"base_model.model.{name}.lora_A.weight"] = down.astype(np.float16)
            tensors[f"base_model.model.{name}.lora_B.weight"] = up.astype(np.float16)
        path = folder / f"random-{number}"
        path.mkdir()
        (path / "adapter_config.json").write_text(json.dumps(config))
        save_file(tensors, path / "adapter_model.safetensors")
        made.append(read_adapter(path.name, path))
    return made


def sides_of(requests: Iterable[Request]) -> tuple[list[Request], list[Request]]:
    """Return what is to be written, and what is to be scored."""
    asked = list(requests)
    return [r for r in asked if r.kind == "generate"], [r for r in asked if r.kind == "score"]


def forget(engine: Engine) -> None:
    """Empty the prefix cache, so that no measurement profits from the one before."""
    if not engine._llm.reset_prefix_cache():
        raise SystemExit("the prefix cache could not be emptied: requests are still running")


def summary(rows: Sequence[dict[str, Any]], against: str) -> list[str]:
    """Return a table: each side's wall time as a ratio to ``against`` in the same repeat."""
    names = list(dict.fromkeys(row["side"] for row in rows))
    times = {(row["side"], row["repeat"], row["verb"]): row["wall_s"] for row in rows}
    lines = [
        f"{'verb':<9} {'side':<14} {'median s':>9}  ratio to {against}: geometric mean (lowest to highest)"
    ]
    for verb in dict.fromkeys(row["verb"] for row in rows):
        for name in names:
            own = [(r, t) for (side, r, v), t in times.items() if (side, v) == (name, verb)]
            ratios = [t / times[against, r, verb] for r, t in own]
            mean = statistics.geometric_mean(ratios)
            median = statistics.median(t for _, t in own)
            lines.append(
                f"{verb:<9} {name:<14} {median:>9.2f}  {mean:.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
            )
    return lines


def facts(engine: Engine, asked: argparse.Namespace, requests: Sequence[Request]) -> dict[str, Any]:
    """Return what was measured on what, for the record."""
    import torch

    gpu = torch.cuda.is_available()
    written, scored = sides_of(requests)
    return {
        "device": torch.cuda.get_device_name() if gpu else f"{len(os.sched_getaffinity(0))} cores",
        "torch": str(torch.__version__),
        "engine": engine.describe(),
        "slots": engine._arguments().get("max_loras", 0),
        "subjects": len({request.subject for request in requests}),
        "tier": asked.tier,
        "generate": len(written),
        "score": len(scored),
        "prompt_tokens": sum(len(r.token_ids) + len(r.target_ids) for r in requests),
    }


def report(
    asked: argparse.Namespace, about: dict[str, Any], rows: Sequence[dict[str, Any]], against: str
) -> None:
    """Print facts and table, and append the measurements to ``--json``."""
    print(json.dumps(about))
    print("\n".join(summary(rows, against)))
    if asked.json:
        with asked.json.open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({**about, **row}) + "\n")
