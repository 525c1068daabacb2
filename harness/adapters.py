"""LoRA adapters: read from files alone, and checked against the base before a model loads."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import AdapterError, ModelError
from harness.files import folder_digest
from harness.records import BASE, Adapter, Model

if TYPE_CHECKING:
    import numpy as np

RECORD_NAME = "identity-harness.json"
"""The file in which ``harness train`` records how an adapter came to be."""

_PREFIX = "base_model.model."
_MAX_HEADER = 16 * 2**20
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}


def parse_adapter_flag(flag: str) -> tuple[str, Path]:
    """Split ``name=path``; a bare path is named after its training run, or its folder.

    >>> parse_adapter_flag("nova=output/v0/checkpoint-65")
    ('nova', PosixPath('output/v0/checkpoint-65'))
    >>> parse_adapter_flag("output/nova/checkpoint-65")
    ('nova', PosixPath('output/nova/checkpoint-65'))
    """
    name, equals, text = flag.partition("=")
    if equals:
        path = Path(text).expanduser()
    else:
        path = Path(flag).expanduser()
        checkpoint = path.name.startswith(("checkpoint", "last", "best"))
        name = path.parent.name if checkpoint and path.parent.name else path.name
    if not name or (not text and equals):
        raise AdapterError(f"--adapter {flag}: needs the form name=path.")
    if name == BASE:
        raise AdapterError(f"--adapter {flag}: {BASE!r} is the name of the base model; use another.")
    return name, path


def read_adapter(name: str, path: Path) -> Adapter:
    """Read an adapter's configuration and weights' header, and check that they are whole.

    Raises:
        AdapterError: the folder, configuration or weights are missing, damaged or not LoRA; the
            weights hold NaN or Inf; or the configuration and the weights disagree.
    """
    config = _read_config(name, path)
    weights = path / "adapter_model.safetensors"
    if not weights.exists():
        pickled = (path / "adapter_model.bin").exists()
        why = "adapter_model.bin is a pickle, which is not read" if pickled else "there are no weights"
        raise AdapterError(
            f"adapter {name}: {path} has no adapter_model.safetensors; {why}; save it as safetensors."
        )
    header = read_header(weights, f"adapter {name}")
    _check_tensors(name, weights, header, config)
    return Adapter(
        name=name,
        path=path.resolve(),
        digest=folder_digest(path, ("adapter_config.json", "adapter_model.safetensors")),
        rank=max(_ranks(config)),
        target_modules=tuple(sorted({module_of(key).rsplit(".", 1)[-1] for key in header})),
        record=read_record(path),
    )


def _read_config(name: str, path: Path) -> dict[str, Any]:
    if not path.is_dir():
        raise AdapterError(f"adapter {name}: no folder {path}; pass the checkpoint's folder.")
    file = path / "adapter_config.json"
    try:
        config: Any = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        inside = sorted(found.parent.name for found in path.glob("*/adapter_config.json"))
        hint = f" one of its folders is: {', '.join(inside)}." if inside else ""
        raise AdapterError(
            f"adapter {name}: {path} has no adapter_config.json, so it is no adapter;{hint}"
            " pass the checkpoint's folder."
        ) from fault
    except (OSError, ValueError, RecursionError) as fault:
        raise AdapterError(f"adapter {name}: {file} cannot be read: {fault}; copy it again.") from fault
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        kind = config.get("peft_type") if isinstance(config, dict) else type(config).__name__
        raise AdapterError(f"adapter {name}: {file}: peft_type is {kind!r}; only LORA is supported.")
    if not isinstance(config.get("r"), int) or config["r"] < 1:
        raise AdapterError(f"adapter {name}: {file}: rank r is {config.get('r')!r}, not 1 or more.")
    if config.get("use_dora") or config.get("bias", "none") != "none":
        raise AdapterError(
            f"adapter {name}: {file}: DoRA and trained biases cannot share a batch with base; "
            "merge the adapter, or train it without them."
        )
    return config


def _ranks(config: Mapping[str, Any]) -> set[int]:
    """Return every rank that the configuration allows its modules."""
    return {config["r"], *(config.get("rank_pattern") or {}).values()}


def read_header(file: Path, what: str) -> dict[str, dict[str, Any]]:
    """Return the tensor table of a safetensors file: name -> dtype, shape, data_offsets.

    Raises:
        AdapterError: the file is truncated or its header is not what safetensors writes.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as handle:
            (length,) = struct.unpack("<Q", handle.read(8))
            if length > min(size, _MAX_HEADER):
                raise ValueError(f"its header claims {length} bytes of {size}")
            header: dict[str, dict[str, Any]] = json.loads(handle.read(length))
        header.pop("__metadata__", None)
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        if 8 + length + end != size:
            raise ValueError(f"it has {size} bytes where its header says {8 + length + end}")
        for key, entry in header.items():
            _check_size(key, entry)
    except OSError as fault:
        raise AdapterError(f"{what}: {file} cannot be read ({fault.strerror}).") from fault
    except (struct.error, ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
        raise AdapterError(f"{what}: {file} is damaged: {fault}; copy it again.") from fault
    return header


def _check_size(key: str, entry: Mapping[str, Any]) -> None:
    begin, end = entry["data_offsets"]
    wanted = math.prod(entry["shape"]) * _ITEM_BYTES.get(entry["dtype"], 0)
    if not 0 <= begin <= end or (wanted and end - begin != wanted):
        raise ValueError(f"{key} has {end - begin} bytes where its shape needs {wanted}")


def _check_tensors(
    name: str, file: Path, header: Mapping[str, dict[str, Any]], config: Mapping[str, Any]
) -> None:
    """Refuse weights that peft or vLLM would load in part, or without a word."""
    ups = {key for key in header if key.endswith("lora_B.weight")}
    downs = {key for key in header if key.endswith("lora_A.weight")}
    if not ups:
        raise AdapterError(f"adapter {name}: {file} holds no LoRA weights; pass the checkpoint's folder.")
    whole = sorted(set(header) - ups - downs)
    if whole:
        raise AdapterError(
            f"adapter {name}: {file} holds {len(whole)} tensors beside lora_A and lora_B (first: "
            f"{whole[0]}); whole modules cannot share a batch with base, so train without modules_to_save."
        )
    flat = [key for key in header if len(header[key]["shape"]) != 2]
    if flat:
        raise AdapterError(
            f"adapter {name}: {flat[0]} has shape {header[flat[0]]['shape']}; only matrices are supported."
        )
    for key in sorted(ups | downs):
        partner = key.replace("lora_B", "lora_A") if key in ups else key.replace("lora_A", "lora_B")
        if partner not in header:
            raise AdapterError(f"adapter {name}: {file}: {key} has no partner {partner}.")
    ranks = _ranks(config)
    for key in sorted(ups | downs):
        rank = header[key]["shape"][1 if key in ups else 0]
        if rank not in ranks:
            raise AdapterError(
                f"adapter {name}: {key} has rank {rank}, but adapter_config.json says r={config['r']}; "
                "they are from two trainings, so copy both files again."
            )
    broken = [key for key, values in _tensors(file, header) if not _finite(values)]
    if broken:
        raise AdapterError(
            f"adapter {name}: {len(broken)} tensors hold NaN or Inf (first: {broken[0]}); "
            "its training diverged."
        )


def _tensors(
    file: Path, header: Mapping[str, dict[str, Any]]
) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.float32]]]]:
    """Yield each tensor's name and its values as float32, whatever it is stored as."""
    import numpy as np

    content = file.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    for key, entry in header.items():
        begin, end = entry["data_offsets"]
        raw = content[start + begin : start + end]
        if entry["dtype"] == "BF16":
            wide = np.frombuffer(raw, "<u2").astype("<u4") << 16
            yield key, wide.view("<f4")
        elif entry["dtype"] in ("F32", "F16", "F64"):
            yield key, np.frombuffer(raw, f"<f{int(entry['dtype'][1:]) // 8}").astype("<f4")


def _finite(values: np.ndarray[Any, np.dtype[np.float32]]) -> bool:
    import numpy as np

    return bool(np.isfinite(values).all())


def module_of(key: str) -> str:
    """Return the base module that a LoRA tensor changes.

    >>> module_of("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight")
    'model.layers.0.self_attn.q_proj'
    """
    return key.removeprefix(_PREFIX).split(".lora_", 1)[0]


def read_record(path: Path) -> Mapping[str, Any] | None:
    """Return what ``harness train`` recorded beside an adapter, or ``None``.

    Raises:
        AdapterError: there is a record, but it cannot be read or lacks what a run needs of it.
    """
    file = path / RECORD_NAME
    if not file.exists():
        return None
    try:
        record: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        known = [record["base"]["ref"], record["base"]["digest"]]
        if not all(isinstance(text, str) for text in known) or not isinstance(record["persona"], dict):
            raise TypeError("base and persona are of another form")
    except (OSError, ValueError, RecursionError) as fault:
        raise AdapterError(f"{file}: cannot be read: {fault}; delete it or train again.") from fault
    except (KeyError, TypeError) as fault:
        raise AdapterError(
            f"{file}: is no record of a training ({fault}); delete it or train again."
        ) from fault
    return record


def check_fits(adapter: Adapter, model: Model) -> None:
    """Refuse an adapter that was made for another base model.

    Raises:
        AdapterError: its record names another base, or its shapes do not fit the base's modules.
    """
    trained_on = adapter.record["base"] if adapter.record else None
    if trained_on and trained_on["digest"] != model.digest:
        raise AdapterError(
            f"adapter {adapter.name}: trained on base {trained_on['ref']} ({trained_on['digest'][:12]}), "
            f"but --base {model.ref} is {model.digest[:12]}; pass the right base."
        )
    shapes = _base_shapes(model)
    if not shapes:
        return
    header = read_header(adapter.path / "adapter_model.safetensors", f"adapter {adapter.name}")
    for key, entry in header.items():
        module = module_of(key)
        weight = shapes.get(module)
        if weight is None:
            raise AdapterError(
                f"adapter {adapter.name}: changes {module}, which base {model.ref} does not have; "
                "it was made for another model."
            )
        axis, side = (1, 1) if key.endswith("lora_A.weight") else (0, 0)
        if entry["shape"][axis] != weight[side]:
            raise AdapterError(
                f"adapter {adapter.name}: {key} has size {entry['shape'][axis]}, but base {model.ref} "
                f"has {weight[side]} there; it was made for another model."
            )


def _base_shapes(model: Model) -> dict[str, list[int]]:
    """Return module -> weight shape (out, in), for a base in safetensors form; none when quantized.

    Raises:
        ModelError: the base's weights are damaged.
    """
    try:
        headers = [
            read_header(file, f"base {model.ref}") for file in sorted(model.path.glob("*.safetensors"))
        ]
    except AdapterError as fault:
        raise ModelError(str(fault)) from fault
    if any(
        key.endswith((".qweight", ".weight_packed", ".quant_map")) for header in headers for key in header
    ):
        return {}
    return {
        key.removesuffix(".weight"): entry["shape"]
        for header in headers
        for key, entry in header.items()
        if key.endswith(".weight") and len(entry["shape"]) == 2
    }
