"""Weights in a pickle: read by torch with ``weights_only`` where the user allows it, and written anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import AdapterError
from harness.preflight.findings import Finding
from harness.preflight.folder import WEIGHTS
from harness.preflight.weights import Tensors
from harness.tensors import Array, Entry

if TYPE_CHECKING:
    import torch

_DTYPES = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"}


class PickledTensors:
    """The tensors of a pickle that was read into memory, in the form of a `TensorFile`."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self.tensors = tensors
        self.entries = {
            name: Entry(_dtype(tensor), tuple(tensor.shape), 0, 0) for name, tensor in tensors.items()
        }

    def values(self, name: str) -> Array:
        """Return one tensor's values as float32, or float64 where it is stored so."""
        import torch

        tensor = self.tensors[name].detach()
        found: Array = (tensor if tensor.dtype == torch.float64 else tensor.float()).numpy()
        return found


def _dtype(tensor: torch.Tensor) -> str:
    name = str(tensor.dtype).removeprefix("torch.")
    return _DTYPES.get(name, name)


def read_pickle(file: Path) -> tuple[Tensors | None, list[Finding]]:
    """Read a pickled weight file; torch refuses what is not plain tensors.

    Raises:
        AdapterError: torch is not installed.
    """
    try:
        import torch
    except ImportError as fault:
        raise AdapterError(
            f"{file}: reading a pickle needs torch; run `pip install 'identity-harness[transformers]'`."
        ) from fault
    from pickle import UnpicklingError

    try:
        held: Any = torch.load(file, map_location="cpu", weights_only=True)
    except (UnpicklingError, OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError) as fault:
        first = str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
        what = f"torch refuses to read it as plain tensors: {first}"
        return None, [Finding("error", "pickle-refused", file.name, what, "do not use this file")]
    if not isinstance(held, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in held.items()
    ):
        what = "it holds other things than tensors by name"
        return None, [Finding("error", "pickle-refused", file.name, what, "do not use this file")]
    advice = f"a run refuses it: write {WEIGHTS} with --allow-pickle --to-safetensors"
    told = Finding("warning", "pickle-read", file.name, "it is a pickle, read as plain tensors", advice)
    return PickledTensors(held), [told]


def write_safetensors(tensors: Tensors, folder: Path) -> Path:
    """Write a pickle's tensors as adapter_model.safetensors beside it, and return that file.

    Raises:
        AdapterError: the weights were no pickle, or the folder cannot be written.
    """
    if not isinstance(tensors, PickledTensors):
        raise AdapterError(f"{folder}: its weights are safetensors already; leave out --to-safetensors.")
    from safetensors.torch import save_file

    file = folder / WEIGHTS
    unfinished = folder / f".{WEIGHTS}.{os.getpid()}"
    try:
        whole = {name: tensor.contiguous().clone() for name, tensor in tensors.tensors.items()}
        save_file(whole, unfinished, metadata={"format": "pt"})
        unfinished.replace(file)
    except OSError as fault:
        raise AdapterError(f"{file}: cannot be written ({fault.strerror}); copy the folder first.") from fault
    finally:
        unfinished.unlink(missing_ok=True)
    return file
