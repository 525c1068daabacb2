"""What peft can do beyond plain LoRA, and what each engine can do with an adapter that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.preflight.findings import Finding, Level
from harness.preflight.settings import CONFIG, Settings


@dataclass(frozen=True)
class Feature:
    """One feature: how a configuration shows it, and what becomes of it.

    ``transformers`` and ``vllm`` are what the engine of that name does with it, in the words of
    the table in docs/adapters.md.
    """

    rule: str
    found: Callable[[Mapping[str, Any]], bool]
    level: Level
    what: str
    advice: str
    transformers: str
    vllm: str
    refused_by: tuple[str, ...] = ()


_VARIANTS = ("use_qalora", "use_bdlora", "arrow_config", "monteclora_config", "megatron_config")
_PLAIN = "as plain LoRA"
_NO_BATCH = "refused: base could not share its batch"
_REFUSED = "refused"
_RETRAIN = "merge the adapter, or train it without"
_CONVERT = (
    "convert it with peft's path_initial_model_for_weight_conversion, or, where --base already has the "
    "changed weights, set init_lora_weights to true"
)


def _has(key: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda raw: bool(raw.get(key))


def _init(*kinds: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda raw: str(raw.get("init_lora_weights")).lower().startswith(kinds)


FEATURES = (
    Feature(
        "rslora",
        _has("use_rslora"),
        "fact",
        "rsLoRA: the scale is alpha / sqrt(r)",
        "",
        _PLAIN,
        _PLAIN,
    ),
    Feature(
        "rank-pattern",
        _has("rank_pattern"),
        "fact",
        "rank_pattern gives some modules a rank of their own",
        "",
        _PLAIN,
        "as plain LoRA; every slot has the highest rank",
    ),
    Feature(
        "alpha-pattern",
        _has("alpha_pattern"),
        "fact",
        "alpha_pattern gives some modules a scale of their own",
        "",
        _PLAIN,
        "as plain LoRA since it reads alpha_pattern (0.32 does)",
    ),
    Feature(
        "fan-in-fan-out",
        _has("fan_in_fan_out"),
        "fact",
        "fan_in_fan_out: the base stores its weights as (in, out)",
        "",
        _PLAIN,
        _PLAIN,
    ),
    Feature(
        "dora",
        _has("use_dora"),
        "error",
        "DoRA rescales the base's own weights",
        f"{_RETRAIN} DoRA",
        "refused: peft takes no DoRA into a mixed batch",
        _REFUSED,
    ),
    Feature(
        "bias",
        lambda raw: raw.get("bias", "none") != "none",
        "error",
        "biases of the base were trained",
        f"{_RETRAIN} bias",
        _NO_BATCH,
        _REFUSED,
    ),
    Feature(
        "lora-bias",
        _has("lora_bias"),
        "warning",
        "lora_bias: lora_B has a bias",
        "use the engine transformers, or train it without lora_bias",
        _PLAIN,
        _REFUSED,
        ("vllm",),
    ),
    Feature(
        "modules-to-save",
        _has("modules_to_save"),
        "error",
        "modules_to_save: whole modules were trained",
        f"{_RETRAIN} modules_to_save",
        "refused: not tried",
        "refused, but for classifiers",
    ),
    Feature(
        "trainable-tokens",
        lambda raw: raw.get("trainable_token_indices") is not None,
        "error",
        "trainable_token_indices: rows of the embedding were trained",
        f"{_RETRAIN} trainable tokens",
        "refused: not tried",
        _REFUSED,
    ),
    Feature(
        "init-changes-base",
        _init("pissa", "olora", "corda", "loftq"),
        "error",
        "init_lora_weights is one that changed the base's weights before training",
        _CONVERT,
        "refused: peft would change base while it loads the adapter",
        _REFUSED,
    ),
    Feature(
        "init-lora-ga",
        _init("lora_ga"),
        "warning",
        "init_lora_weights is lora_ga, which changed the base's weights during training",
        "unless it was converted when it was saved, it was trained on another base than it is asked on",
        _PLAIN,
        _PLAIN,
    ),
    Feature(
        "init",
        _init("eva", "gaussian", "orthogonal", "mica"),
        "fact",
        "init_lora_weights is an unusual one, which left the base as it was",
        "",
        _PLAIN,
        _PLAIN,
    ),
    Feature(
        "layer-replication",
        _has("layer_replication"),
        "error",
        "layer_replication: layers of the base are used several times",
        "build the larger base, save it, and train on that",
        _NO_BATCH,
        _REFUSED,
    ),
    Feature(
        "alora",
        _has("alora_invocation_tokens"),
        "error",
        "aLoRA: the adapter works only after certain tokens",
        "train it without alora_invocation_tokens",
        "refused: the tokens are not seen in a cached prompt",
        _REFUSED,
    ),
    Feature(
        "target-parameters",
        _has("target_parameters"),
        "error",
        "target_parameters: bare parameters, such as fused experts, were trained",
        f"{_RETRAIN} target_parameters",
        "refused: not tried",
        "refused: not tried",
    ),
    Feature(
        "variant",
        lambda raw: any(raw.get(key) for key in _VARIANTS),
        "error",
        "it is no plain LoRA (one of use_qalora, use_bdlora, arrow_config, monteclora_config, megatron_config)",
        "train a plain LoRA",
        "refused: not tried",
        _REFUSED,
    ),
)
"""Every feature that is known, in the order of the documentation."""

_INITS = ("true", "false", "none", "pissa", "olora", "corda", "loftq", "lora_ga", "eva", "gaussian")
_KNOWN_INITS = (*_INITS, "orthogonal", "mica")
_NO_EFFECT = {
    *("alpha_pattern", "auto_mapping", "base_model_name_or_path", "corda_config", "eva_config", "r"),
    *("exclude_modules", "inference_mode", "init_lora_weights", "layers_pattern", "layers_to_transform"),
    *("loftq_config", "lora_alpha", "lora_dropout", "lora_ga_config", "megatron_core", "peft_type"),
    *("peft_version", "qalora_group_size", "rank_pattern", "revision", "runtime_config", "target_modules"),
    *("task_type", "ensure_weight_tying", "use_rslora", "fan_in_fan_out", "bias", "velora_config"),
}
_KNOWN_KEYS = _NO_EFFECT | {
    *("use_dora", "lora_bias", "modules_to_save", "trainable_token_indices", "layer_replication"),
    *("alora_invocation_tokens", "target_parameters", *_VARIANTS),
}
"""The keys of peft 0.20's LoraConfig and of the classes above it."""


def feature_findings(settings: Settings) -> Iterator[Finding]:
    """Yield what the configuration uses beyond plain LoRA, and what nobody here knows."""
    raw = settings.raw
    for feature in FEATURES:
        if feature.found(raw):
            yield Finding(
                feature.level, feature.rule, CONFIG, feature.what, feature.advice, feature.refused_by
            )
    init = str(raw.get("init_lora_weights", True)).lower()
    if not init.startswith(_KNOWN_INITS):
        what = f"init_lora_weights is {raw['init_lora_weights']!r}, which peft 0.20 does not know"
        yield Finding(
            "error", "init-unknown", CONFIG, what, "correct it; true where the base was left as it is"
        )
    unknown = sorted(key for key in raw if key not in _KNOWN_KEYS and raw[key])
    if unknown:
        what = f"unknown to peft 0.20: {', '.join(unknown)}"
        yield Finding("warning", "unknown-key", CONFIG, what, "what it changes is not checked here")
    yield from _library(raw)


def _library(raw: Mapping[str, Any]) -> Iterator[Finding]:
    mapping = raw.get("auto_mapping")
    library = mapping.get("parent_library") if isinstance(mapping, Mapping) else None
    if library is not None and str(library).partition(".")[0] != "transformers":
        what = f"auto_mapping names {library!r}, which peft's AutoPeftModel would import"
        yield Finding("warning", "library", CONFIG, what, "delete auto_mapping; it is not used here")
