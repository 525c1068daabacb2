"""The weights of an adapter against its own configuration: names, shapes, ranks, and values that are none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from harness.preflight.findings import Finding, first_of
from harness.preflight.folder import WEIGHTS
from harness.preflight.settings import ALL_LINEAR, CONFIG, Settings
from harness.tensors import FLOATS, Array, Entry

PREFIX = "base_model.model."
"""What peft writes before the name of every module."""

_PAIRED = re.compile(r"(.+)\.(lora_[AB]\.weight|lora_embedding_[AB])")
_NAMED = re.compile(r"(.+\.lora_(?:embedding_)?[AB])\.([^.]+)(\.weight)?")
_HIGHEST_RANK = 512
_MANY_TENSORS = 100_000


class Tensors(Protocol):
    """Where tensors come from: a safetensors file, or a pickle that was allowed."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Types and shapes by name."""

    def values(self, name: str) -> Array:
        """Return one tensor's values."""


@dataclass(frozen=True)
class Pair:
    """One module's update as stored. Shapes: A (rank, in), B (out, rank)."""

    module: str
    a: str
    b: str
    embedding: bool
    """Then A is (rank, vocabulary), B is (width, rank), and the update is (BA) transposed."""


@dataclass(frozen=True)
class Layout:
    """A weight file's names, sorted into what they are."""

    pairs: tuple[Pair, ...]
    alone: tuple[str, ...]
    """lora_A or lora_B without its partner."""
    biases: tuple[str, ...]
    base_copies: tuple[str, ...]
    """Weights of the base that peft stores with an adapter of the embeddings."""
    others: tuple[str, ...]

    @property
    def modules(self) -> list[str]:
        """The modules that are changed, in the file's order."""
        return [pair.module for pair in self.pairs]


def module_of(key: str) -> str:
    """Return the base module that a LoRA tensor changes.

    >>> module_of("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight")
    'model.layers.0.self_attn.q_proj'
    """
    return key.removeprefix(PREFIX).split(".lora_", 1)[0]


def layer_of(module: str) -> int | None:
    """Return the number of the layer that a module belongs to, or ``None``.

    >>> layer_of("model.layers.11.mlp.up_proj")
    11
    """
    found = re.search(r"\.(\d+)\.", module)
    return int(found[1]) if found else None


def lay_out(entries: Mapping[str, Entry]) -> Layout:
    """Sort the names of a weight file."""
    pairs: list[Pair] = []
    alone: list[str] = []
    rest: dict[str, list[str]] = {"biases": [], "base_copies": [], "others": []}
    for key in entries:
        if not (found := _PAIRED.fullmatch(key)):
            bias, copied = key.endswith(".lora_B.bias"), ".base_layer." in key
            rest["biases" if bias else "base_copies" if copied else "others"].append(key)
            continue
        side = "A" if "_A" in found[2] else "B"
        partner = f"{found[1]}.{found[2].replace(f'_{side}', '_B' if side == 'A' else '_A')}"
        if partner not in entries:
            alone.append(key)
        elif side == "A":
            pairs.append(Pair(module_of(key), key, partner, "embedding" in found[2]))
    return Layout(tuple(pairs), tuple(alone), **{kind: tuple(keys) for kind, keys in rest.items()})


def layout_findings(layout: Layout, entries: Mapping[str, Entry], settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with names, types and shapes, so that values can be read without fear."""
    if not layout.pairs and not layout.alone:
        named = [key for key in entries if _NAMED.fullmatch(key)]
        if not named:
            yield _error("no-lora", "it holds no LoRA weights", "pass the checkpoint's folder")
            return
        what = f"names carry the adapter's own, so that neither engine finds a module: {first_of(named, 'tensors')}"
        yield _error("adapter-name", what, "save it with peft's save_pretrained")
        return
    for key in layout.alone:
        yield _error("partner", f"{key} has no partner", "copy it again: a part is missing")
    yield from _foreign(layout, settings)
    yield from _names(entries)
    odd = [key for key, entry in entries.items() if entry.dtype not in FLOATS]
    if odd:
        kinds = ", ".join(sorted({entries[key].dtype for key in odd}))
        what = f"values of type {kinds}: {first_of(odd, 'tensors')}"
        yield _error("dtype", what, f"save it as one of {', '.join(FLOATS)}")
    flat = [key for pair in layout.pairs for key in (pair.a, pair.b) if len(entries[key].shape) != 2]
    if flat:
        what = f"no matrix: {first_of(flat, 'tensors')} of shape {list(entries[sorted(flat)[0]].shape)}"
        yield _error("shape", what, "only matrices are supported")
        return
    yield from _ranks(layout, entries, settings)


def _foreign(layout: Layout, settings: Settings) -> Iterator[Finding]:
    """Yield what stands beside lora_A and lora_B."""
    others = [*layout.others, *(() if settings.raw.get("lora_bias") else layout.biases)]
    if others:
        what = f"it holds tensors beside lora_A and lora_B: {first_of(others, 'tensors')}"
        advice = "whole modules cannot share a batch with base, so train without modules_to_save"
        yield _error("whole-modules", what, advice)


def _names(entries: Mapping[str, Entry]) -> Iterator[Finding]:
    odd = [key for key in entries if not re.fullmatch(r"[\w.\-]{1,300}", key) or ".." in key]
    if odd:
        yield _error("name", f"no name of a tensor: {first_of(odd, 'names')}", "do not use this file")
    bare = [key for key in entries if not key.startswith(PREFIX)]
    if bare:
        what = f"names without {PREFIX}, of which peft would apply nothing: {first_of(bare, 'tensors')}"
        yield _error("prefix", what, "save it with peft's save_pretrained")
    if len(entries) > _MANY_TENSORS:
        yield _error("name", f"it holds {len(entries):,} tensors", "pass an adapter")


def _ranks(layout: Layout, entries: Mapping[str, Entry], settings: Settings) -> Iterator[Finding]:
    wrong: list[str] = []
    told = ""
    for pair in layout.pairs:
        for key, rank in ((pair.a, entries[pair.a].shape[0]), (pair.b, entries[pair.b].shape[1])):
            given = settings.rank_of(pair.module)
            if rank != given:
                told = told or f"{key} has rank {rank}, but {CONFIG} says {given}"
                wrong.append(key)
    if wrong:
        more = f" ({len(wrong)} tensors disagree)" if len(wrong) > 1 else ""
        yield _error("ranks", f"{told}{more}", "they are from two trainings, so copy both files again")
    if settings.highest_rank > _HIGHEST_RANK:
        what = f"rank {settings.highest_rank} is above {_HIGHEST_RANK}, vLLM's highest"
        yield Finding(
            "warning", "high-rank", CONFIG, what, "use the engine transformers, or merge it", ("vllm",)
        )
    larger = []
    for pair in layout.pairs:
        rank, into = entries[pair.a].shape
        out = entries[pair.b].shape[0]
        if rank * (into + out) > into * out:
            larger.append(pair.module)
    if larger:
        what = f"the update of {first_of(larger, 'modules')} has more numbers than the weight itself"
        yield Finding("fact", "larger", WEIGHTS, what)


def naming_findings(modules: Sequence[str], settings: Settings) -> Iterator[Finding]:
    """Yield where the configuration and the names of the changed modules disagree."""
    foreign = [module for module in modules if not settings.wraps(module)]
    if foreign:
        what = f"it changes {first_of(foreign, 'modules')}, which target_modules of {CONFIG} does not name"
        yield _error("untargeted", what, "peft would leave it out and vLLM would not: copy both files again")
    if not isinstance(settings.targets, str):
        held = [name for name in settings.targets if not any(_ends(module, name) for module in modules)]
        if held:
            what = f"target_modules names {', '.join(sorted(held))}, but no tensor changes it"
            advice = "copy the weights again, unless the base has no such module"
            yield Finding("warning", "unheld", CONFIG, what, advice)
    for key, patterns in (("rank_pattern", settings.rank_pattern), ("alpha_pattern", settings.alpha_pattern)):
        idle = [name for name in patterns if not _hits(name, modules)]
        if idle:
            what = f"{key} names {first_of(idle, 'names')}, which is no module of the weights"
            yield Finding("warning", "idle-pattern", CONFIG, what, "it has no effect: correct the name")
    yield from _gaps(modules, settings)


def _hits(pattern: str, modules: Sequence[str]) -> bool:
    from harness.preflight.settings import matches

    return any(matches(pattern, module, whole=False) for module in modules)


def _ends(module: str, name: str) -> bool:
    return module == name or module.endswith(f".{name}")


def _gaps(modules: Sequence[str], settings: Settings) -> Iterator[Finding]:
    """Yield modules that miss in some layer between the first and the last that has them."""
    if settings.layers or (isinstance(settings.targets, str) and settings.targets != ALL_LINEAR):
        return
    held: dict[str, list[int]] = {}
    for module in modules:
        if (layer := layer_of(module)) is not None:
            held.setdefault(re.sub(r"\.\d+\.", ".N.", module, count=1), []).append(layer)
    layers = Counter(layer for numbers in held.values() for layer in set(numbers))
    if not layers:
        return
    # A hybrid model has attention in every n-th layer only: that is regular, and no gap.
    gaps = [
        name.replace(".N.", f".{layer}.")
        for name, numbers in held.items()
        if not _regular(sorted(numbers))
        for layer in range(min(numbers), max(numbers))
        if layer not in numbers
    ]
    if gaps:
        what = f"layers between others are left out: {first_of(gaps, 'modules')}"
        yield Finding("warning", "gaps", WEIGHTS, what, "copy it again, unless the base has none there")


def _regular(numbers: Sequence[int]) -> bool:
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) > 2 and len(steps) == 1


def _error(rule: str, what: str, advice: str) -> Finding:
    return Finding("error", rule, WEIGHTS, what, advice)
