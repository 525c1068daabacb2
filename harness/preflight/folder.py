"""What lies in an adapter's folder beside its weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from harness.preflight.findings import Finding, first_of

WEIGHTS = "adapter_model.safetensors"
PICKLED = ("adapter_model.bin", "adapter_model.pt")

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt")
_TOKENIZER = (
    *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json"),
    *("added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json"),
)
_LARGEST = 64 * 2**30
_MANY_FILES = 2_000


def folder_findings(folder: Path) -> Iterator[Finding]:
    """Yield what the files' names and kinds say, without reading one of them."""
    found = sorted(path for _, path in zip(range(_MANY_FILES), folder.iterdir(), strict=False))
    if len(found) == _MANY_FILES:
        what = f"it holds {_MANY_FILES} files or more"
        yield Finding("warning", "files", "", what, "pass the checkpoint's folder alone")
    outside = [path.name for path in found if path.is_symlink() and _leads_out(path, folder)]
    if outside:
        what = f"links lead out of the folder: {first_of(outside, 'files')}"
        advice = "copy the files into it, since what is judged is what must be published"
        yield Finding("warning", "link", "", what, advice)
    pickles = sorted({path.name for pattern in _PICKLES for path in found if path.match(pattern)})
    beside = [name for name in pickles if (folder / WEIGHTS).exists() or name not in PICKLED]
    if beside:
        what = f"pickles lie beside the weights: {', '.join(beside)}"
        yield Finding("fact", "pickles", "", what, "they are never opened here; do not publish them")
    programs = [path.name for path in found if path.suffix == ".py"]
    if programs:
        what = f"programs lie beside the weights: {first_of(programs, 'files')}"
        yield Finding("warning", "programs", "", what, "nothing here runs them; do not publish them")


def weights_findings(folder: Path) -> Iterator[Finding]:
    """Yield an error when there are no weights that may be read."""
    file = folder / WEIGHTS
    if file.exists():
        if file.is_file() and file.stat().st_size > _LARGEST:
            what = f"it has {file.stat().st_size:,} bytes, more than any LoRA"
            yield Finding("error", "too-large", WEIGHTS, what, "pass an adapter, not a model")
        return
    pickled = [name for name in PICKLED if (folder / name).exists()]
    if pickled:
        what = "it is a pickle, which could run a program when it is read"
        advice = "save it as safetensors: `harness doctor ADAPTER --allow-pickle --to-safetensors`"
        yield Finding("error", "pickled", pickled[0], what, advice)
        return
    why = "its link leads nowhere" if file.is_symlink() else "there are no weights"
    yield Finding("error", "no-weights", WEIGHTS, why, "copy the adapter again; it must be safetensors")


def _leads_out(link: Path, folder: Path) -> bool:
    """Say whether a link ends outside the folder; the hub's own cache, which is all links, is excepted."""
    try:
        target, home = link.resolve(strict=True), folder.resolve()
    except (OSError, RuntimeError):
        return True
    hub = home.parent.parent / "blobs" if home.parent.name == "snapshots" else None
    return not target.is_relative_to(home) and (hub is None or not target.is_relative_to(hub.resolve()))


def is_pointer(file: Path) -> bool:
    """Say whether a file is what Git LFS leaves in the place of one that was not fetched."""
    if not file.is_file():
        return False
    with file.open("rb") as handle:
        return handle.read(43) == b"version https://git-lfs.github.com/spec/v1\n"


def template_of(folder: Path) -> str | None:
    """Return the chat template that a folder holds, or ``None``."""
    try:
        separate = folder / "chat_template.jinja"
        if separate.is_file():
            return separate.read_text(encoding="utf-8")
        for name in ("chat_template.json", "tokenizer_config.json"):
            if (folder / name).is_file():
                found = json.loads((folder / name).read_text(encoding="utf-8")).get("chat_template")
                if found is not None:
                    return found if isinstance(found, str) else json.dumps(found)
    except (OSError, ValueError, AttributeError, RecursionError):
        return "cannot be read"
    return None


def tokenizer_findings(folder: Path, base: Path | None) -> Iterator[Finding]:
    """Yield what a tokenizer or chat template in the adapter's folder means.

    ``base`` is the base model's folder, against whose template the adapter's is held.
    """
    held = [name for name in _TOKENIZER if (folder / name).exists()]
    if not held:
        return
    files = ", ".join(held)
    template = template_of(folder)
    if template is None or (base is not None and template.strip() == (template_of(base) or "").strip()):
        what = f"it holds files of a tokenizer ({files}), which no engine reads with an adapter"
        yield Finding("fact", "tokenizer", "", what)
        return
    other = "a chat template" if base is None else "another chat template than the base's"
    what = f"it holds {other} ({files}), which peft and vLLM do not read with an adapter"
    advice = "a server started with --chat-template asks other prompts than this run; delete it, or publish a model"
    yield Finding("warning", "template", "", what, advice)
