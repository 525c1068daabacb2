"""What to do about a start of vLLM that failed: the cause's own words decide."""

from __future__ import annotations

import re
from collections.abc import Callable

_OPTION = "--engine-option"


def advise(cause: str, log: str, device: str) -> str:
    """Return what to set or to mend, as the end of a message.

    Args:
        cause: what went wrong, in one line. log: everything vLLM wrote. device: cpu or cuda.

    >>> advise("(max_position_embeddings=8192.0 or model_max_length=None)", "", "cpu")
    "pass --engine-option max_model_len=8192 or less: that is what the model's config.json allows."
    """
    for pattern, advice in _ADVICE:
        if found := re.search(pattern, cause, re.I | re.S):
            return advice(found, device) if callable(advice) else advice
    if "vllm/plugins" in log:
        return "a vLLM plugin of another package fails; start with VLLM_PLUGINS='' in the environment."
    return ""


def _longest(found: re.Match[str], _: str) -> str:
    return (
        f"pass {_OPTION} max_model_len={int(float(found[1]))} or less: that is what the model's config.json "
        "allows."
    )


def _cache_too_small(found: re.Match[str], device: str) -> str:
    fits = re.search(r"estimated maximum model length is (\d+)", found.string)
    shorter = f"pass {_OPTION} max_model_len={fits[1]}" if fits else f"lower {_OPTION} max_model_len"
    return f"{shorter}, or give the KV cache more: {_more_cache(device)}."


def _no_cache(_: re.Match[str], device: str) -> str:
    return f"weights and adapter slots leave nothing for the KV cache: {_more_cache(device)}."


def _more_cache(device: str) -> str:
    if device == "cpu":
        return "set VLLM_CPU_KVCACHE_SPACE, in GiB, in the environment"
    return (
        f"raise {_OPTION} gpu_memory_utilization (0.92 is the default), lower {_OPTION} max_loras, or split the "
        f"model over GPUs with {_OPTION} tensor_parallel_size=2"
    )


def _taken(found: re.Match[str], _: str) -> str:
    share = max(0.05, int(float(found[1]) / float(found[2]) * 100 - 2) / 100)
    return (
        "another process holds the rest (nvidia-smi shows it); end it, or pass "
        f"{_OPTION} gpu_memory_utilization={share:g}."
    )


_TOO_BIG = (
    f"the GPU is too small for weights and adapter slots; pass {_OPTION} max_loras=1, {_OPTION} "
    f"enforce_eager=true, {_OPTION} tensor_parallel_size=2 where there are two GPUs, or take a larger GPU."
)

_ADVICE: tuple[tuple[str, str | Callable[[re.Match[str], str], str]], ...] = (
    (r"\(max_\w+=([\d.]+) or model_max_length", _longest),
    (r"To serve at least one request", _cache_too_small),
    (r"No available memory for the cache blocks", _no_cache),
    (r"Free memory on device[^(]*\(([\d.]+)/([\d.]+) GiB", _taken),
    (
        r"less than requested memory for kv",
        "lower VLLM_CPU_KVCACHE_SPACE in the environment, which is in GiB (2 when it is not set).",
    ),
    (r"out of memory|OutOfMemory", _TOO_BIG),
    (
        r"killed by signal 9",
        "the machine's memory ran out; lower VLLM_CPU_KVCACHE_SPACE or take a smaller model.",
    ),
    (r"bfloat16 is only supported", f"pass {_OPTION} dtype=float16."),
    (r"does not support float16", f"pass {_OPTION} dtype=bfloat16, or dtype=float32."),
    (
        r"architectures? .*not supported|does not recognize this architecture|failed to be inspected",
        "pass --engine transformers, or install a vLLM that knows the model.",
    ),
    (
        r"SafetensorError|incomplete metadata|InvalidHeader",
        "the base's weights are damaged; copy them again.",
    ),
    (
        r"any model weights|No such file.*safetensors|weights were not initialized|size of tensor|shape",
        "weights and config.json of the base are not of one model; copy the whole folder again.",
    ),
    (
        r"tokenizer|sentencepiece|tiktoken",
        "the base's folder needs its tokenizer's files (tokenizer.json, tokenizer_config.json).",
    ),
    (
        r"World size \((\d+)\) is larger|tensor.parallel|must be divisible|NUMA node",
        (
            f"lower {_OPTION} tensor_parallel_size: it must divide the attention heads, and there must be as "
            "many GPUs."
        ),
    ),
    (
        r"No CUDA GPUs|NVIDIA driver|infer device type|no CUDA-capable",
        (
            "vLLM sees no GPU: check nvidia-smi and CUDA_VISIBLE_DEVICES; without a GPU install "
            "`identity-harness[vllm-cpu]`."
        ),
    ),
    (
        r"batch.invarian",
        f"leave {_OPTION} deterministic out, or pass {_OPTION} attention_backend=FLASH_ATTN.",
    ),
    (r"max_num_seqs|max_num_batched_tokens", f"mend that {_OPTION}, or leave it out."),
    (r"Input should be|valid integer|validation error", f"mend that {_OPTION}."),
)
