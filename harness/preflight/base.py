"""A base model's files, as far as adapters are held against them: names, shapes, values when asked."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import ModelError
from harness.files import cache_folder, write_atomically
from harness.tensors import FLOATS, Array, TensorFault, TensorFile, open_tensors

_BLOCK = 2**20


@dataclass(frozen=True)
class Weights:
    """The tensors of a model's folder, over all its files."""

    ref: str
    folder: Path
    places: Mapping[str, TensorFile]
    config: Mapping[str, Any]

    @cached_property
    def modules(self) -> frozenset[str]:
        """Every module that holds a tensor; the output layer also where it is tied to the embeddings."""
        return frozenset(name.rpartition(".")[0] for name in self.places) | set(self._tied)

    @cached_property
    def _tied(self) -> Mapping[str, str]:
        """Output layer -> the module whose weight it shares, where the file leaves it out."""
        embeddings = [name for name in self.places if name.endswith("embed_tokens.weight")]
        if "lm_head.weight" in self.places or len(embeddings) != 1:
            return {}
        return {"lm_head": embeddings[0]} if self.config.get("tie_word_embeddings", True) else {}

    def is_tied(self, module: str) -> bool:
        """Say whether a module has no weight of its own."""
        return module in self._tied

    def weight_name(self, module: str) -> str | None:
        """Return the name of a module's weight when it is a matrix of numbers, else ``None``."""
        name = self._tied.get(module, f"{module}.weight")
        entry = self.places[name].entries[name] if name in self.places else None
        is_matrix = entry is not None and len(entry.shape) == 2
        return name if is_matrix and entry is not None and entry.dtype in _SHAPED else None

    def shape(self, module: str) -> tuple[int, int] | None:
        """Return (out, in) of a module's weight; ``None`` when it is no matrix, or is packed."""
        name = self.weight_name(module)
        if name is None:
            return None
        rows, columns = self.places[name].entries[name].shape
        return rows, columns

    def dtype(self, name: str) -> str:
        """Return the type that a tensor is stored in."""
        return self.places[name].entries[name].dtype

    def raw(self, name: str) -> Array:
        """Return a tensor's bytes."""
        return self.places[name].raw(name)

    def values(self, name: str, rows: slice | None = None) -> Array:
        """Return a tensor's values, or some rows of it, as float32 or float64."""
        return self.places[name].values(name, rows)

    @property
    def turned(self) -> bool:
        """Whether its linear layers store (in, out), as transformers' Conv1D does."""
        return self.config.get("model_type") in _CONV1D

    @cached_property
    def names_are_modules(self) -> bool:
        """Whether names in the files are names of modules, which models for pictures rename."""
        return not any(isinstance(value, Mapping) and key.endswith("_config") and key != "quantization_config"
                       for key, value in self.config.items())  # fmt: skip

    def norms(self, digest: str) -> dict[str, float]:
        """Return ‖W‖ of every matrix by module; reads all weights once and remembers by digest."""
        file = cache_folder() / "norms" / f"{digest}.json"
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
            if isinstance(known, dict) and all(isinstance(value, float) for value in known.values()):
                return known
        except (OSError, ValueError):
            pass  # not there yet, or half a file: it is measured again
        found = {module: self._norm(module) for module in sorted(self.modules) if self._readable(module)}
        write_atomically(file, json.dumps(found))
        return found

    def _readable(self, module: str) -> bool:
        name = self.weight_name(module)
        return name is not None and self.dtype(name) in FLOATS

    def _norm(self, module: str) -> float:
        import numpy as np

        name = self.weight_name(module)
        assert name is not None
        total = 0.0
        for rows in row_blocks(self.places[name].entries[name].shape):
            block = self.values(name, rows).ravel()
            for begin in range(0, block.size, _BLOCK):
                part = block[begin : begin + _BLOCK].astype(np.float64)
                total += float(part @ part)
        return math.sqrt(total)


_CONV1D = ("gpt2", "openai-gpt", "imagegpt", "decision_transformer")
_SHAPED = (*FLOATS, "F8_E4M3", "F8_E5M2")


def row_blocks(shape: tuple[int, ...], numbers: int = _BLOCK) -> Iterator[slice]:
    """Yield slices of rows, each of about ``numbers`` values."""
    rows = shape[0] if shape else 1
    step = max(1, numbers * rows // max(1, math.prod(shape)))
    for begin in range(0, rows, step):
        yield slice(begin, min(begin + step, rows))


def read_weights(ref: str, folder: Path) -> Weights:
    """Read the headers of a model's weights, and its configuration.

    Raises:
        ModelError: a file is missing or damaged.
    """
    config = _json(folder / "config.json", ref)
    index = folder / "model.safetensors.index.json"
    if index.exists():
        listed = set(_json(index, ref).get("weight_map", {}).values())
        files = [folder / str(name) for name in sorted(listed, key=str)]
    else:
        files = sorted(folder.glob("*.safetensors"))
    places: dict[str, TensorFile] = {}
    for file in files:
        try:
            opened = open_tensors(file)
        except TensorFault as fault:
            raise ModelError(f"base {ref}: {file.name} {fault}; copy it again.") from fault
        places |= dict.fromkeys(opened.entries, opened)
    return Weights(ref, folder, places, config)


def _json(file: Path, ref: str) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise TypeError(f"it is {type(found).__name__}, not an object")
    except (OSError, ValueError, TypeError, RecursionError) as fault:
        raise ModelError(f"base {ref}: {file.name} cannot be read: {fault}; copy it again.") from fault
    return found
