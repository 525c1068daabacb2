"""LoRA adapters: read from files alone, and checked against the base before a model loads."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from harness.errors import AdapterError
from harness.files import folder_digest
from harness.records import BASE, Adapter, Model

RECORD_NAME = "identity-harness.json"
"""The file in which ``harness train`` records how an adapter came to be."""


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


def read_adapter(name: str, path: Path, *, tolerated: Collection[str] = ()) -> Adapter:
    """Read an adapter and check by every rule that needs no base that a run can use it.

    Args:
        name: its name in the run. path: its folder. tolerated: rules of docs/adapters.md whose
            errors are let pass.

    Raises:
        AdapterError: the folder, configuration or weights are missing, damaged, not LoRA, or
            disagree; every fault has its line.
    """
    from harness.preflight import examine
    from harness.preflight.findings import refuse
    from harness.preflight.folder import WEIGHTS
    from harness.preflight.settings import CONFIG

    examined = examine(path)
    refuse(name, [found for found in examined.findings if found.rule not in tolerated])
    assert examined.settings is not None and examined.layout is not None
    return Adapter(
        name=name,
        path=path.resolve(),
        digest=folder_digest(path, (CONFIG, WEIGHTS)),
        rank=examined.settings.highest_rank,
        target_modules=tuple(sorted({module.rsplit(".", 1)[-1] for module in examined.layout.modules})),
        record=read_record(path),
    )


def read_record(path: Path) -> Mapping[str, Any] | None:
    """Return what ``harness train`` recorded beside an adapter, or ``None``.

    Raises:
        AdapterError: there is a record, but it cannot be read or lacks what a run needs of it.
    """
    file = path / RECORD_NAME
    if not file.is_file():
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


def check_fits(adapter: Adapter, model: Model, engine: str = "") -> None:
    """Refuse an adapter that was made for another base model, or that the engine cannot take.

    Raises:
        AdapterError: its record names another base, its names or shapes do not fit the base's
            modules, or it uses what ``engine`` refuses.
        ModelError: the base's weights are damaged.
    """
    from harness.preflight import examine
    from harness.preflight.base import read_weights
    from harness.preflight.findings import refuse
    from harness.preflight.fit import record_findings

    examined = examine(adapter.path, values=False).against(read_weights(model.ref, model.path))
    refuse(adapter.name, [*record_findings(adapter.record, model), *examined.findings], engine)
