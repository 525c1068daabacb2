"""What ``--engine-option`` may set for vLLM: three options of our own, and everything that vLLM takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.engines_vllm.order import ORDERS
from harness.errors import ConfigError, EngineError, suggestion

OWN = ("deterministic", "order", "data_parallel")
"""Options of this engine that vLLM does not know."""

_COUNTS = ("data_parallel", "tensor_parallel_size", "max_loras")
_DECIDED = {
    "model": "--base names the model",
    "enable_lora": "the run's adapters decide that",
    "data_parallel_size": "vLLM cannot do that offline; write data_parallel",
}
"""Arguments of vLLM that are not for a user here, and why."""

SCHEDULING = {
    "order",
    "data_parallel",
    "deterministic",
    "disable_log_stats",
    "gpu_memory_utilization",
    "kv_cache_memory_bytes",
    "max_cpu_loras",
    "max_loras",
    "max_num_batched_tokens",
    "max_num_seqs",
}
"""Options that say how the work is laid out, as ``batch_size`` does: no part of an answer's address,
so that a run which ran out of memory goes on under another value."""


@dataclass(frozen=True)
class VllmOptions:
    """The options of one engine: ours, and those for ``vllm.LLM``."""

    deterministic: bool = False
    order: str = "long_first"
    data_parallel: int = 1
    arguments: Mapping[str, Any] = field(default_factory=dict)


def read_options(extra: Mapping[str, Any]) -> VllmOptions:
    """Take our own options out of what a user gave.

    Raises:
        ConfigError: a value that the option cannot have, all of them at once.

    >>> read_options({"order": "mixed", "max_num_seqs": 64})
    VllmOptions(deterministic=False, order='mixed', data_parallel=1, arguments={'max_num_seqs': 64})
    """
    deterministic = extra.get("deterministic", os.environ.get("VLLM_BATCH_INVARIANT") == "1")
    order, workers = extra.get("order", VllmOptions.order), extra.get("data_parallel", 1)
    faults = []
    if not isinstance(deterministic, bool):
        faults.append(f"--engine-option deterministic={deterministic}: needs true or false.")
    if order not in ORDERS:
        hint = suggestion(str(order), list(ORDERS)) or "."
        faults.append(f"--engine-option order={order}: unknown order{hint} Orders: {', '.join(ORDERS)}.")
    for key in _COUNTS:
        value = extra.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            faults.append(f"--engine-option {key}={value}: needs a whole number above 0.")
    part = extra.get("gpu_memory_utilization", 0.9)
    if isinstance(part, bool) or not isinstance(part, int | float) or not 0 < part <= 1:
        faults.append(f"--engine-option gpu_memory_utilization={part}: needs a number above 0, up to 1.")
    faults += [f"--engine-option {key}: {why}." for key, why in _DECIDED.items() if key in extra]
    if faults:
        raise ConfigError("\n".join(faults))
    rest = {key: value for key, value in extra.items() if key not in OWN}
    return VllmOptions(deterministic, order, workers, rest)


def described(options: VllmOptions) -> dict[str, str]:
    """Return the options that can change an answer, for the record and the answers' addresses.

    >>> described(VllmOptions(True, "mixed", 2, {"max_num_seqs": 8, "quantization": "fp8"}))
    {'deterministic': 'true', 'quantization': 'fp8'}
    """
    told = {key: str(value) for key, value in options.arguments.items() if key not in SCHEDULING}
    return ({"deterministic": "true"} if options.deterministic else {}) | told


def check_arguments(given: Sequence[str]) -> None:
    """Refuse arguments that the installed vLLM does not know. Imports vLLM, which takes seconds.

    Raises:
        ConfigError: one line for each unknown argument, with the likely intention.
    """
    if not given:
        return
    from dataclasses import fields

    from vllm.engine.arg_utils import EngineArgs

    known = [one.name for one in fields(EngineArgs)]
    unknown = [key for key in given if key not in known]
    if unknown:
        raise ConfigError("\n".join(_unknown(key, [*OWN, *known]) for key in unknown))


def _unknown(key: str, known: list[str]) -> str:
    hint = suggestion(key, known) or "; `python -m pydoc vllm.EngineArgs` lists what vLLM takes."
    return f"--engine-option {key}: neither this engine nor vLLM has such an option{hint}"


def set_deterministic(wanted: bool, device: str) -> None:
    """Switch vLLM's batch-invariant kernels on or off for every process that it will start.

    Raises:
        EngineError: the device has no such kernels, or vLLM was loaded in the other mode before.
    """
    if wanted and device == "cpu":
        raise EngineError(
            "--engine-option deterministic=true: vLLM has batch-invariant kernels for GPUs only, and this "
            "is a CPU; leave the option out."
        )
    os.environ["VLLM_BATCH_INVARIANT"] = "1" if wanted else "0"
    if not wanted and "vllm" not in sys.modules:
        return
    from vllm import envs

    if bool(envs.VLLM_BATCH_INVARIANT) != wanted:
        raise EngineError(
            f"--engine-option deterministic={str(wanted).lower()}: vLLM runs in the other mode in this "
            "process already; use a process of its own."
        )
    if wanted:
        _check_capability()


def _check_capability() -> None:
    from vllm.platforms import current_platform

    if not current_platform.has_device_capability(80):
        raise EngineError(
            "--engine-option deterministic=true: vLLM's batch-invariant kernels need an NVIDIA GPU of compute "
            f"capability 8.0 or more, and this is {current_platform.get_device_name()}; leave the option "
            "out, or use another GPU."
        )
