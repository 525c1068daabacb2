"""How much memory is free, how much a row of a batch needs, and what a fault for want of it looks like."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GIB = 2**30

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory", "alloc_failed")
"""What torch writes on a GPU, on a CPU, and through cuBLAS."""


def is_out_of_memory(fault: BaseException) -> bool:
    """Say whether a fault means that memory ran out, on a CPU or a GPU.

    torch has a class of its own for a GPU; on a CPU it raises a bare RuntimeError.

    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("shape mismatch"))
    (True, False)
    """
    said = str(fault).lower()
    return isinstance(fault, MemoryError) or (
        isinstance(fault, RuntimeError) and any(words in said for words in _OUT_OF_MEMORY)
    )


def free_memory(device: str) -> int:
    """Return how many bytes can be had on ``cpu`` or ``cuda``, what torch keeps for reuse among them."""
    if device == "cpu":
        return free_main_memory()
    import torch

    kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return int(torch.cuda.mem_get_info()[0] + kept)


def free_main_memory(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes that this process can still take: the machine's, or less where a cgroup limits it.

    Where there is no /proc (macOS) it is half of what the machine has.
    """
    try:
        lines = (proc / "meminfo").read_text().splitlines()
    except OSError:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    table = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return max(0, min([table["MemAvailable"], *_left_in_cgroups(proc, cgroups)]))


def _left_in_cgroups(proc: Path, cgroups: Path) -> Iterator[int]:
    """Yield what is left of every limit above this process; version 1 and version 2 name files apart."""
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, names = cgroups, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = cgroups / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        folder = root / path.lstrip("/")
        # Inside a container the path may be the host's; only its root is then to be seen.
        for place in (folder, *folder.parents):
            yield from _left_in(place, *names)
            if place == root:
                break


def _left_in(folder: Path, limit: str, used: str, reclaimable: str) -> Iterator[int]:
    try:
        most, now = (folder / limit).read_text().strip(), int((folder / used).read_text())
        table = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return
    if most.isdigit():  # "max" is no limit
        yield int(most) - now + int(table.get(reclaimable, 0))


def free_swap(proc: Path = Path("/proc")) -> int:
    """Return the bytes of free swap, 0 where that cannot be read."""
    try:
        lines = (proc / "meminfo").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("SwapFree:")), 0)


def weight_bytes(folder: Path, item: int) -> int:
    """Return the bytes that a model's weights take once loaded, ``item`` bytes for each number.

    They are stored in the type that config.json names; where it names none, in ``item`` bytes.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    stored = {"float32": 4, "float16": 2, "bfloat16": 2}.get(
        str(config.get("dtype") or config.get("torch_dtype")), item
    )
    return sum(file.stat().st_size for file in folder.glob("*.safetensors")) * item // stored


@dataclass(frozen=True)
class RowCost:
    """What decides the memory of one row: a model's sizes, and the bytes of one number.

    Estimates: keys and values of every layer, the logits that are kept, and the largest layer's
    intermediate results. What torch really takes lies above or below, so a batch never gets all
    that is free, and has to be ready for the fault.
    """

    layers: int
    kv_width: int
    """Numbers in one layer's keys of one token: key-value heads times their width."""
    hidden: int
    intermediate: int
    vocabulary: int
    item: int

    @classmethod
    def of(cls, config: Any, item: int) -> RowCost:
        """Read a transformers configuration; ``item`` is the bytes of a number (4 for float32)."""
        text = config.get_text_config() if hasattr(config, "get_text_config") else config
        hidden = int(getattr(text, "hidden_size", 4096))
        heads = int(getattr(text, "num_attention_heads", None) or 1)
        width = int(getattr(text, "head_dim", None) or hidden // heads)
        return cls(
            layers=int(getattr(text, "num_hidden_layers", 32)),
            kv_width=width * int(getattr(text, "num_key_value_heads", None) or heads),
            hidden=hidden,
            intermediate=int(getattr(text, "intermediate_size", None) or 4 * hidden),
            vocabulary=int(getattr(text, "vocab_size", 150_000)),
            item=item,
        )

    def generated(self, prompt: int, new: int) -> int:
        """Return the bytes of a row that reads ``prompt`` tokens and writes ``new`` more.

        >>> RowCost(2, 64, 128, 256, 1000, 4).generated(10, 20) // 1000
        136
        """
        cache = 2 * (self.layers + 1) * self.kv_width * self.item * (prompt + new)
        logits = self.vocabulary * (self.item + 4)  # and once more in float32, to choose from
        return cache + self._pass(prompt) + logits

    def scored(self, length: int, targets: int) -> int:
        """Return the bytes of a row of ``length`` tokens of which ``targets`` are scored."""
        cache = 2 * self.kv_width * self.item * length
        return cache + self._pass(length) + (targets + 1) * self.vocabulary * self.item

    def _pass(self, length: int) -> int:
        return length * self.item * (8 * self.hidden + 4 * self.intermediate) + length * length
