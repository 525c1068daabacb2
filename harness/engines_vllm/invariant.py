"""Kernels that answer alike in a batch of any size, where vLLM's own batch-invariant mode leaves some out.

vLLM's worker loads `Kernels` by its name before it sets the mode up, and importing this module is all that is needed.
Two things are mended, both seen in vLLM 0.26:

- On GPUs newer than Ampere the mode trusts cuBLASLt to sum alike for any number of rows once it may not split the sum.
  For matrices that are no multiple of its tiles it does not. vLLM's own Triton kernels, which it uses on Ampere, do.
- The LoRA kernel that multiplies with A sums in blocks of 256 for fewer than 128 rows and of 32 for more. Later versions
  (0.32) sum in blocks of their own.

`benchmarks.batch_invariance` counts what changes with the batch, with these kernels and without.
"""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any

_MATMULS = ("mm", "addmm", "matmul", "linear", "mm.out", "addmm.out")
_AMPERE = 8
_SUMMED_AT_A_TIME = 64


class Kernels:
    """Adds nothing to vLLM's worker; see the module."""


def batch_invariant_module() -> ModuleType:
    """Return vLLM's module of batch-invariant kernels, wherever this version keeps it.

    Raises:
        ImportError: this version has none.
    """
    try:
        return import_module("vllm.model_executor.determinism.batch_invariant")
    except ModuleNotFoundError:
        return import_module("vllm.model_executor.layers.batch_invariant")


def mend_matmuls(module: Any) -> None:
    """Have the mode compute every product of matrices with vLLM's Triton kernels, also after Ampere."""
    switch_on = module.enable_batch_invariant_mode

    @wraps(switch_on)
    def switched_on() -> None:
        import torch

        before = module._batch_invariant_MODE
        switch_on()
        if before or not torch.cuda.is_available() or torch.cuda.get_device_capability()[0] <= _AMPERE:
            return
        for name in _MATMULS:
            kernel = getattr(module, f"{name.replace('.', '_')}_batch_invariant", None)
            if kernel is not None:
                module._batch_invariant_LIB.impl(f"aten::{name}", kernel, "CUDA")

    module.enable_batch_invariant_mode = switched_on


def mend_lora(module: Any) -> None:
    """Have the LoRA kernel sum in blocks of one size, where this version's mode does not see to it."""
    if hasattr(module, "_BI_SPLIT_K"):
        return
    choose = module.get_lora_op_configs

    @wraps(choose)
    def chosen(op_type: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        sizes = dict(choose(op_type, *args, **kwargs))
        if op_type == "shrink":
            sizes |= {"block_k": _SUMMED_AT_A_TIME, "split_k": 1}
        return sizes

    module.get_lora_op_configs = chosen


def _mend() -> None:
    from vllm import envs

    if envs.VLLM_BATCH_INVARIANT:
        mend_matmuls(batch_invariant_module())
        mend_lora(import_module("vllm.lora.ops.triton_ops.lora_shrink_op"))


_mend()
