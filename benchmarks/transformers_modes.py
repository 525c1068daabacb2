"""Does a static cache or torch.compile make the transformers engine faster? Measured in one process.

    python benchmarks/transformers_modes.py                                    # bundled model, CPU
    python benchmarks/transformers_modes.py --model DIR --device cuda --adapters 2 --rows 64 --new 128
    python benchmarks/transformers_modes.py --random 7b --device cuda          # random weights of Qwen2.5-7B's shape

The modes take turns in every repeat, in rotated order, after one untimed turn of each, whose time is
reported by itself: it holds what torch.compile costs. Every adapter is random, with B not zero. Rows
never end early, so every mode does the same work. Prints one JSON line for each turn, then a table.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import transformers

from harness.adapters import read_adapter
from harness.batching import Row
from harness.engines import EngineOptions
from harness.engines.transformers import Engine, _finished, _positions
from harness.models import BUNDLED, find_model
from harness.records import BASE, Adapter, Model, Request, Sample

RANK = 16
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SHAPES = {
    "tiny": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 1000,
    },
    "7b": {
        "hidden_size": 3584,
        "intermediate_size": 18944,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "vocab_size": 152_064,
        "max_position_embeddings": 4096,
    },
}


class Static(Engine):
    """A cache of fixed size: finished rows cannot leave the batch, and every step has one shape."""

    compiled = False

    def _step(self, model: Any) -> Any:
        if self.compiled and not hasattr(self, "_fast"):
            mode = "reduce-overhead" if self._device == "cuda" else "default"
            self._fast = torch.compile(model.forward, mode=mode, dynamic=False)
        return self._fast if self.compiled else model

    def _generate_batch(self, rows: list[Row]) -> Iterator[Sample]:
        loaded = self._load()
        names = self._row_names(rows)
        with torch.inference_mode():
            ids, mask = self._padded(rows)
            at, most = ids.shape[1], ids.shape[1] + max(row.new for row in rows)
            mask = torch.nn.functional.pad(mask, (0, most - at))  # as wide as the cache from the start
            cache = transformers.StaticCache(config=loaded.model.config, max_cache_len=most)
            step = loaded.model
            while not all(row.done for row in rows):
                logits = step(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=_positions(mask)[:, at - ids.shape[1] : at],
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                    **names,
                ).logits[:, -1]
                chosen = logits.float().argmax(-1)
                for row, token in zip(rows, chosen.tolist(), strict=True):
                    if not row.done:
                        row.tokens.append(token)
                        if sample := _finished(row, loaded.tokenizer, loaded.ends):
                            row.done = True
                            yield sample
                step = self._step(loaded.model)
                ids = chosen[:, None].clone()  # a CUDA graph writes over its own outputs
                mask[:, at : at + 1] = 1
                at += 1


class StaticCompiled(Static):
    """The fixed cache with a compiled step, as CUDA graphs where there is a GPU."""

    compiled = True


MODES: dict[str, type[Engine]] = {
    "as it is": Engine,
    "compile": Engine,
    "static cache": Static,
    "static cache, compile": StaticCompiled,
}


def random_model(folder: Path, shape: str) -> None:
    """Write a Qwen2-like base with random weights, and a tokenizer that names its ids."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    config = transformers.Qwen2Config(**SHAPES[shape], torch_dtype="bfloat16")
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    words = Tokenizer(WordLevel({f"w{n}": n for n in range(config.vocab_size)}, unk_token="w1"))
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="w1").save_pretrained(folder)


def random_adapters(folder: Path, model: Model, count: int) -> list[Adapter]:
    """Write so many random adapters for a base; B is small, and not zero."""
    from peft import LoraConfig, get_peft_model

    adapters = []
    for number in range(count):
        base = transformers.AutoModelForCausalLM.from_pretrained(model.path, dtype=torch.bfloat16)
        tuned = get_peft_model(base, LoraConfig(r=RANK, lora_alpha=RANK, target_modules=MODULES))
        for key, weight in tuned.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(weight, std=0.01)
        tuned.save_pretrained(folder / f"a{number}")
        adapters.append(read_adapter(f"a{number}", folder / f"a{number}"))
        del base, tuned
    return adapters


def requests(subjects: Sequence[str], rows: int, new: int, vocabulary: int) -> list[Request]:
    """Return prompts of 24 to 120 random ids, every subject in turn."""
    random = torch.Generator().manual_seed(0)
    found = []
    for number in range(rows):
        length = 24 + (number * 7) % 97
        ids = torch.randint(5, vocabulary, (length,), generator=random).tolist()
        subject = subjects[number % len(subjects)]
        found.append(Request("generate", subject, subject, tuple(ids), max_new_tokens=new))
    return found


def turn(engine: Engine, asked: list[Request]) -> tuple[float, dict[str, tuple[int, ...]]]:
    """Return the seconds of one turn, and its answers."""
    begun = time.perf_counter()
    answers = {sample.key: sample.token_ids for sample in engine.generate(asked)}
    if engine._device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - begun, answers


def measure(engines: dict[str, Engine], asked: list[Request], repeats: int) -> dict[str, list[float]]:
    """Return each mode's seconds, first the untimed turn's; print a line for each turn."""
    seconds: dict[str, list[float]] = {mode: [] for mode in engines}
    answers: dict[str, dict[str, tuple[int, ...]]] = {}
    names = list(engines)
    for repeat in range(repeats + 1):
        shift = repeat % len(names)
        for mode in names[shift:] + names[:shift]:
            spent, found = turn(engines[mode], asked)
            seconds[mode].append(spent)
            answers.setdefault(mode, found)
            first = next(iter(answers.values()))
            equal = sum(found[key] == first[key] for key in first)
            line = {
                "repeat": repeat,
                "mode": mode,
                "seconds": round(spent, 3),
                "equal": equal,
                "of": len(first),
            }
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    return seconds


def table(seconds: dict[str, list[float]], tokens: int) -> Iterator[str]:
    """Yield the medians and each mode's ratio to the first, repeat by repeat: median, least, most."""
    first = next(iter(seconds.values()))
    yield f"{'mode':<24}{'first turn, s':>14}{'median, s':>11}{'tok/s':>8}  time ratio (least to most)"
    for mode, spent in seconds.items():
        ratios = [one / other for one, other in zip(spent[1:], first[1:], strict=True)]
        middle = statistics.median(spent[1:])
        yield (
            f"{mode:<24}{spent[0]:>14.1f}{middle:>11.2f}{tokens / middle:>8.0f}  "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def machine(device: str) -> dict[str, Any]:
    """Return what the numbers hang on."""
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": platform.python_version(),
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.machine(),
        "threads": torch.get_num_threads(),
    }


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=BUNDLED, help="folder, hub id or bundled:smollm2")
    parser.add_argument("--random", choices=SHAPES, help="a base of random weights instead")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--adapters", type=int, default=2)
    parser.add_argument("--rows", type=int, default=24, help="requests, and the batch size")
    parser.add_argument("--new", type=int, default=48, help="tokens that each answer has")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--modes", default=",".join(MODES).replace(", ", "+"), help="as in 'as it is,compile'"
    )
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    asked_for = arguments()
    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked_for.random:
            random_model(folder / "base", asked_for.random)
        model = find_model(str(folder / "base") if asked_for.random else asked_for.model)
        adapters = random_adapters(folder, model, asked_for.adapters)
        gc.collect()
        options = EngineOptions(device=asked_for.device, dtype=asked_for.dtype, batch_size=asked_for.rows)
        modes = [mode.replace("+", ", ") for mode in asked_for.modes.split(",")]
        engines = {mode: MODES[mode](model, adapters, options) for mode in modes}
        shared = engines[modes[0]]._load()
        shared = replace(shared, ends=frozenset())  # rows never end early
        for mode, engine in engines.items():
            # One set of weights for all; torch.compile must not wrap the model that others use.
            engine._loaded = shared if mode != "compile" else None
        if "compile" in engines:
            own = Engine(model, adapters, options)._load()
            own.model.forward = torch.compile(own.model.forward, dynamic=True)
            engines["compile"]._loaded = replace(own, ends=frozenset())
        sys.stdout.write(json.dumps({**machine(asked_for.device), **vars(asked_for)}) + "\n")
        vocabulary = shared.model.config.vocab_size
        asked = requests([BASE, *(a.name for a in adapters)], asked_for.rows, asked_for.new, vocabulary)
        seconds = measure(engines, asked, asked_for.repeats)
    for line in table(seconds, asked_for.rows * asked_for.new):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
