"""An adapter against the base it is to be asked on: the same model, the same modules, the same sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.preflight.base import Weights
from harness.preflight.findings import Finding, first_of
from harness.preflight.folder import WEIGHTS
from harness.preflight.settings import CONFIG, Settings
from harness.preflight.weights import Layout, Pair, Tensors
from harness.records import Model

_FOREIGN = "it was made for another model"
_WRAPPERS = ("module.", "_orig_mod.", "_fsdp_wrapped_module.", "base_model.", "model.")
_VLLM_EMBEDDINGS = {
    *("apertus", "cohere", "exaone", "exaone4", "exaone_moe", "falcon_h1", "granite", "granitemoe", "jamba"),
    *("granitemoehybrid", "granitemoeshared", "lfm2", "lfm2_moe", "llama", "minicpm", "mixtral", "nemotron"),
    *("nemotron_h", "phimoe", "qwen3", "qwen3_5", "qwen3_moe", "solar"),
}
"""Model types whose embeddings vLLM 0.32 lets an adapter change (``embedding_modules``)."""


def record_findings(record: Mapping[str, Any] | None, model: Model) -> Iterator[Finding]:
    """Yield an error when ``harness train`` recorded another base; ``model.digest`` must be known."""
    trained_on = record["base"] if record else None
    if trained_on and trained_on["digest"] != model.digest:
        what = (
            f"trained on base {trained_on['ref']} ({trained_on['digest'][:12]}), "
            f"but --base {model.ref} is {model.digest[:12]}"
        )
        yield Finding("error", "other-base", "", what, "pass the right base")


def name_findings(settings: Settings, base: Weights) -> Iterator[Finding]:
    """Yield a warning when the configuration names a base of another name."""
    named = settings.raw.get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        what = "it does not say which base it was trained on"
        yield Finding("warning", "base-name", CONFIG, what, "make sure that --base is the right one")
        return
    ours = {_bare(base.ref), _bare(str(base.folder)), _bare(str(base.config.get("_name_or_path") or ""))}
    if _bare(named) not in ours:
        what = f"trained on {named!r} by its own word, but --base is {base.ref}"
        yield Finding("warning", "base-name", CONFIG, what, "make sure that they are one model")


def _bare(ref: str) -> str:
    """Reduce a hub id or a cached folder to the model's own name.

    >>> _bare("Qwen/Qwen2.5-7B") == _bare("/c/Qwen/Qwen2___5-7B/") == _bare(
    ...     "/h/models--Qwen--Qwen2.5-7B/snapshots/9a"
    ... )
    True
    """
    hub = re.search(r"models--([^/]+)", ref)
    name = hub[1].rpartition("--")[2] if hub else ref.rstrip("/").rpartition("/")[2]
    return name.replace("___", ".").lower()


def fit_findings(layout: Layout, tensors: Tensors, settings: Settings, base: Weights) -> Iterator[Finding]:
    """Yield what the base's modules say against the adapter."""
    if not base.modules:
        what = f"base {base.ref} has no weights in safetensors form, so modules and sizes were not checked"
        yield Finding("warning", "unchecked", "", what)
        return
    unknown = [module for module in layout.modules if module not in base.modules]
    if unknown and not base.names_are_modules:
        what = f"base {base.ref} keeps its weights under other names than its modules'"
        yield Finding("warning", "unchecked", "", what, "modules and sizes were not checked")
        return
    if unknown:
        yield _unknown(unknown, layout, base)
    packed = [m for m in layout.modules if m in base.modules and base.shape(m) is None]
    if packed:
        what = f"base {base.ref} is quantized or no matrix at {first_of(packed, 'modules')}, so sizes were not checked there"
        yield Finding("fact", "unchecked", "", what)
    yield from _sizes(layout.pairs, tensors, base)
    if not unknown:  # which would be the same modules under their right names
        yield from _missing(layout, settings, base)
    yield from _ends_of_the_model(layout, base)
    yield from _copies(layout, tensors, base)


def _unknown(unknown: Sequence[str], layout: Layout, base: Weights) -> Finding:
    what = f"it changes {first_of(unknown, 'modules')}, which base {base.ref} does not have"
    if len(unknown) == len(layout.modules):
        what += ", so that an engine that looks for names would serve base without a word"
    hint = next((text for text in (_other_name(module, base) for module in sorted(unknown)) if text), "")
    return Finding("error", "no-module", WEIGHTS, what, hint or _FOREIGN)


def _other_name(module: str, base: Weights) -> str:
    """Say what a module is called in the base when only the beginning of its name differs."""
    for wrapper in _WRAPPERS:
        if module.startswith(wrapper) and module.removeprefix(wrapper) in base.modules:
            return f"the names carry {wrapper!r} too much: save it from the unwrapped model"
    parts = module.split(".")
    for begin in range(len(parts) - 1):
        tail = ".".join(parts[begin:])
        close = sorted(name for name in base.modules if name.endswith(f".{tail}"))
        if len(close) == 1:
            return f"base calls it {close[0]}: save it from the model as that base loads it"
    return ""


def _sizes(pairs: Sequence[Pair], tensors: Tensors, base: Weights) -> Iterator[Finding]:
    wrong = []
    for pair in pairs:
        shape = base.shape(pair.module)
        if shape is None:
            continue
        turned = pair.embedding or base.turned
        out, into = (shape[1], shape[0]) if turned else shape
        for key, has, wants in (
            (pair.a, tensors.entries[pair.a].shape[1], into),
            (pair.b, tensors.entries[pair.b].shape[0], out),
        ):
            if has != wants:
                wrong.append(f"{key} has size {has}, but base {base.ref} has {wants} there")
    if wrong:
        more = f" ({len(wrong)} tensors do not fit)" if len(wrong) > 1 else ""
        yield Finding("error", "size", WEIGHTS, f"{wrong[0]}{more}", _FOREIGN)


def _missing(layout: Layout, settings: Settings, base: Weights) -> Iterator[Finding]:
    """Yield modules of the base that the configuration promises to change and no tensor does."""
    changed = set(layout.modules)
    linear = (module for module in base.modules if base.shape(module) and module not in changed)
    left = [m for m in linear if settings.wraps(m) and not re.search(r"embed|norm|wte|wpe", m)]
    if left and changed:
        what = f"target_modules of {CONFIG} names {first_of(left, 'modules')}, which no tensor changes"
        advice = "a part is missing: copy it again, or correct target_modules"
        yield Finding("error", "missing", WEIGHTS, what, advice)


def _ends_of_the_model(layout: Layout, base: Weights) -> Iterator[Finding]:
    """Yield what changes of the embeddings and of the output layer mean."""
    kind = str(base.config.get("model_type"))
    for pair in layout.pairs:
        name = pair.module.rpartition(".")[2]
        if name == "lm_head":
            what = "it changes the output layer, which vLLM leaves out of log-probabilities"
            yield Finding(
                "warning", "output-layer", pair.module, what, "use the engine transformers", ("vllm",)
            )
        elif pair.embedding and kind not in _VLLM_EMBEDDINGS:
            what = f"it changes the embeddings, which vLLM 0.32 does not offer for model type {kind!r}"
            yield Finding(
                "warning", "embeddings", pair.module, what, "use the engine transformers", ("vllm",)
            )
        if base.is_tied(pair.module):
            what = "base ties it to the embeddings, so that a merge would change those too"
            yield Finding("warning", "tied", pair.module, what, "untie them before a merge")


def _copies(layout: Layout, tensors: Tensors, base: Weights) -> Iterator[Finding]:
    """Yield copies of base weights in the adapter, which peft puts into base when it loads the adapter."""
    import numpy as np

    for key in layout.base_copies:
        module = key.removeprefix("base_model.model.").partition(".base_layer.")[0]
        name = base.weight_name(module)
        same = name is not None and base.places[name].entries[name].shape == tensors.entries[key].shape
        if same and name is not None and np.array_equal(base.values(name), tensors.values(key)):
            what = "it is a copy of the base's weight, stored by peft with an adapter of the embeddings"
            yield Finding("fact", "base-copy", key, what)
        else:
            what = f"it is a weight of the base's, but not that of base {base.ref}"
            advice = "peft would put it into base, for every adapter: remove it from the file"
            yield Finding("error", "base-copy", key, what, advice)
