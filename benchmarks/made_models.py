"""A base with random weights in the shape of a real one, and random LoRA adapters for any base.

Speed does not depend on what the weights are, as long as the answers have the same length: of the random
base only tokens of its tokenizer can be chosen, and never the one that ends an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

QWEN_7B = {
    "vocab_size": 152064,
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "max_position_embeddings": 32768,
    "rope_theta": 1_000_000.0,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False,
}
"""The shape of Qwen2.5-7B, as its config.json gives it: 7.6 billion weights."""
TINY = {
    **QWEN_7B,
    "vocab_size": 50_000,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
"""The same architecture, small enough to try a benchmark out anywhere."""
SHAPES = {"qwen2.5-7b": QWEN_7B, "tiny": TINY}
MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def write_base(folder: Path, shape: str, tokenizer: Path, *, seed: int = 0) -> Path:
    """Write a Qwen2 model with random bfloat16 weights, on the GPU where there is one; return its folder.

    Args:
        folder: left as it is when it holds a whole model already.
        shape: a key of `SHAPES`.
        tokenizer: a folder whose tokenizer and chat template the base takes over.
    """
    if (folder / "whole").exists():
        return folder
    import torch
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    device = "cuda" if torch.cuda.is_available() else "cpu"
    words = AutoTokenizer.from_pretrained(tokenizer)
    config = Qwen2Config(
        **SHAPES[shape],
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
        dtype=torch.bfloat16,
    )
    torch.manual_seed(seed)
    with torch.device(device):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.bfloat16)
        model: Any = Qwen2ForCausalLM(config)
        torch.set_default_dtype(before)
    with torch.no_grad():
        model.lm_head.weight[len(words) :] = 0
        model.lm_head.weight[words.all_special_ids] = 0
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    del model
    if device == "cuda":
        torch.cuda.empty_cache()
    (folder / "whole").touch()
    return folder


def write_adapters(folder: Path, base: Path, count: int, *, rank: int = 16) -> list[Path]:
    """Write random adapters that change every projection of a base; return their folders.

    They are strong enough for their answers to differ from the base's.
    """
    shapes = dict(_projections(base))
    return [
        _write_adapter(folder / f"a{number}", shapes, base, rank, number) for number in range(1, count + 1)
    ]


def _projections(base: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each projection's name and (out, in), read from the heads of the weight files."""
    from safetensors import safe_open

    for file in sorted(base.glob("*.safetensors")):
        with safe_open(file, "pt") as weights:
            for name in weights.keys():  # noqa: SIM118 - no mapping
                module = name.removesuffix(".weight")
                if module.rpartition(".")[2] in MODULES and name.endswith(".weight"):
                    out, into = weights.get_slice(name).get_shape()
                    yield module, (out, into)


def _write_adapter(
    folder: Path, shapes: dict[str, tuple[int, int]], base: Path, rank: int, seed: int
) -> Path:
    if (folder / "adapter_config.json").exists():
        return folder
    import torch
    from safetensors.torch import save_file

    dice = torch.Generator().manual_seed(seed)
    tensors = {}
    for module, (out, into) in shapes.items():
        name = f"base_model.model.{module}"
        tensors[f"{name}.lora_A.weight"] = torch.randn(rank, into, generator=dice) / into**0.5
        tensors[f"{name}.lora_B.weight"] = torch.randn(out, rank, generator=dice) * 0.01
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: one.to(torch.bfloat16) for name, one in tensors.items()}, folder / "adapter_model.safetensors"
    )
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(base),
        "r": rank,
        "lora_alpha": 2 * rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "target_modules": list(MODULES),
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    return folder
