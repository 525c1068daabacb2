"""Makers of adapters with a fault, and of the base that they are held against.

A maker takes a folder and the base's shapes (module -> (out, in)), so that the same fault can be
made for a real base too.
"""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from tests.support import lora_tensors, write_adapter

Shapes = Mapping[str, tuple[int, int]]
Tensors = dict[str, np.ndarray[Any, np.dtype[Any]]]

SHAPES: Shapes = {
    f"model.layers.{layer}.{name}": shape
    for layer in range(3)
    for name, shape in {"self_attn.q_proj": (8, 8), "mlp.up_proj": (12, 8)}.items()
}
TEMPLATE = "{{ messages[0]['content'] }}"


def write_hostile_base(folder: Path, shapes: Shapes = SHAPES, **config: Any) -> Path:
    """Write a base of these shapes with tied embeddings (16 tokens of width 8) and a chat template."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    held = {**shapes, "model.embed_tokens": (16, 8)}
    weights = {f"{name}.weight": random.normal(size=shape).astype("f4") for name, shape in held.items()}
    save_file(weights, folder / "model.safetensors")
    settings = {"model_type": "qwen2", "tie_word_embeddings": True, **config}
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": TEMPLATE}))
    return folder


def config(**keys: Any) -> Callable[[Path, Shapes], object]:
    """An adapter whose configuration has these keys instead; ``...`` removes one."""

    def make(folder: Path, shapes: Shapes) -> object:
        write_adapter(folder, lora_tensors(shapes=shapes))
        file = folder / "adapter_config.json"
        held = {**json.loads(file.read_text()), "base_model_name_or_path": "base", **keys}
        return file.write_text(json.dumps({k: v for k, v in held.items() if v is not ...}))

    return make


def config_text(change: Callable[[str], str]) -> Callable[[Path, Shapes], object]:
    def make(folder: Path, shapes: Shapes) -> object:
        config()(folder, shapes)
        file = folder / "adapter_config.json"
        return file.write_text(change(file.read_text()))

    return make


def weights(change: Callable[[Tensors], object], **keys: Any) -> Callable[[Path, Shapes], object]:
    """An adapter whose tensors were changed in place."""

    def make(folder: Path, shapes: Shapes) -> object:
        config(**keys)(folder, shapes)
        tensors = dict(lora_tensors(shapes=shapes))
        change(tensors)
        return save_file(tensors, folder / "adapter_model.safetensors")

    return make


def renamed(change: Callable[[str], str], **keys: Any) -> Callable[[Path, Shapes], object]:
    def rename(tensors: Tensors) -> None:
        for key in list(tensors):
            tensors[change(key)] = tensors.pop(key)

    return weights(rename, **keys)


def content(change: Callable[[bytes], bytes]) -> Callable[[Path, Shapes], object]:
    """An adapter whose weight file holds other bytes."""

    def make(folder: Path, shapes: Shapes) -> object:
        config()(folder, shapes)
        file = folder / "adapter_model.safetensors"
        return file.write_bytes(change(file.read_bytes()))

    return make


def header(change: Callable[[dict[str, Any]], object]) -> Callable[[Path, Shapes], object]:
    """An adapter whose weight file has another header over the same values."""

    def rewrite(held: bytes) -> bytes:
        length = struct.unpack("<Q", held[:8])[0]
        table = json.loads(held[8 : 8 + length])
        change(table)
        text = json.dumps(table).encode()
        return struct.pack("<Q", len(text)) + text + held[8 + length :]

    return content(rewrite)


def files(change: Callable[[Path], object]) -> Callable[[Path, Shapes], object]:
    def make(folder: Path, shapes: Shapes) -> object:
        config()(folder, shapes)
        return change(folder)

    return make


def replaced_by(make_other: Callable[[Path], object]) -> Callable[[Path, Shapes], object]:
    """An adapter in whose weights' place something else stands."""

    def change(folder: Path) -> object:
        file = folder / "adapter_model.safetensors"
        file.unlink()
        return make_other(file)

    return files(change)


def no_config(folder: Path, shapes: Shapes) -> None:
    for step in ("checkpoint-10", "checkpoint-20"):
        config()(folder / step, shapes)


def doubled_name(held: bytes) -> bytes:
    length = struct.unpack("<Q", held[:8])[0]
    text = held[8 : 8 + length].rstrip()
    first = text[1 : text.index(b"}") + 1]
    text = b"{" + first + b"," + text[1:]
    return struct.pack("<Q", len(text)) + text + held[8 + length :]


def a_hole(table: dict[str, Any]) -> None:
    last = max((key for key in table if key != "__metadata__"), key=lambda key: table[key]["data_offsets"])
    del table[last]


def an_overlap(table: dict[str, Any]) -> None:
    for entry in table.values():
        if "shape" in entry and entry["shape"] == [4, 8]:
            entry["data_offsets"] = [0, 128]


def fill(value: float, side: str = "lora_B", count: int = 1_000) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        for key in [key for key in sorted(tensors) if side in key][:count]:
            tensors[key] = np.full_like(tensors[key], value)

    return change


def cast(kind: str) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.update({key: value.astype(kind) for key, value in tensors.items()})


def add(key: str, *shape: int) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.update({f"base_model.model.{key}": np.ones(shape, "f4")})


def without(part: str) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        for key in [key for key in tensors if part in key]:
            del tensors[key]

    return change


def wider(tensors: Tensors) -> None:
    for key in tensors:
        if "lora_A" in key:
            tensors[key] = np.ones((4, 10), "f4")


def three_sided(tensors: Tensors) -> None:
    for key in tensors:
        tensors[key] = tensors[key][..., None]


def embeddings(tensors: Tensors) -> None:
    tensors["base_model.model.model.embed_tokens.lora_embedding_A"] = np.ones((4, 16), "f4")
    tensors["base_model.model.model.embed_tokens.lora_embedding_B"] = np.ones((8, 4), "f4")


def output_layer(tensors: Tensors) -> None:
    tensors["base_model.model.lm_head.lora_A.weight"] = np.ones((4, 8), "f4")
    tensors["base_model.model.lm_head.lora_B.weight"] = np.ones((16, 4), "f4")


def lora_biases(tensors: Tensors) -> None:
    for key in [key for key in tensors if "lora_B" in key]:
        tensors[key.replace(".weight", ".bias")] = np.ones(tensors[key].shape[0], "f4")


def of_rank(rank: int) -> Callable[[Path, Shapes], object]:
    def make(folder: Path, shapes: Shapes) -> object:
        config(r=rank)(folder, shapes)
        return save_file(lora_tensors(rank, shapes), folder / "adapter_model.safetensors")

    return make


def foreign_record(folder: Path, shapes: Shapes) -> None:
    config()(folder, shapes)
    base = {"ref": "some/base", "digest": "0" * 64}
    record = {"base": base, "persona": {"name": {"en": "Nova"}}}
    (folder / "identity-harness.json").write_text(json.dumps(record))


def pointer(file: Path) -> object:
    lines = ("version https://git-lfs.github.com/spec/v1", f"oid sha256:{'0' * 64}", "size 20186408", "")
    return file.write_text("\n".join(lines))


def pickled(file: Path) -> object:
    return file.with_suffix(".bin").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")


def cancelling(tensors: Tensors) -> None:
    """B·A is zero, or all but, though neither is: A reads nothing that B could write."""
    for key in [key for key in tensors if "lora_A" in key]:
        partner = key.replace("lora_A", "lora_B")
        tensors[key][2:] = 0.0
        tensors[partner][:, :2] = 0.0
