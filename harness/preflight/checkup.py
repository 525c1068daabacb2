"""`harness doctor ADAPTER`: everything that an adapter's files say, at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.adapters import parse_adapter_flag, read_record
from harness.errors import AdapterError, ConfigError
from harness.files import folder_digest
from harness.known import fingerprint_lines
from harness.models import find_model, model_folder
from harness.preflight import Examination, examine
from harness.preflight.base import Weights, read_weights
from harness.preflight.findings import LEVELS, Finding, refuse
from harness.preflight.fit import record_findings
from harness.preflight.folder import WEIGHTS
from harness.preflight.merge_verdict import merged_findings
from harness.preflight.merged import Merged, hold_merged
from harness.preflight.overlap import Overlap, overlap_of
from harness.preflight.pickled import write_safetensors
from harness.preflight.settings import CONFIG
from harness.preflight.update import to_json as sizes_to_json

SCHEMA = 1
"""The version of the JSON document; it grows when a key is renamed or removed."""


@dataclass(frozen=True)
class Wanted:
    """What to look at. ``adapter`` and ``others`` are flags of the form path or name=path."""

    adapter: str
    base: str | None = None
    others: tuple[str, ...] = ()
    merged: Path | None = None
    norms: bool = False
    allow_pickle: bool = False
    to_safetensors: bool = False


@dataclass(frozen=True)
class Checkup:
    """All that was found; findings are ordered by level."""

    name: str
    examined: Examination
    digest: str | None
    record: dict[str, Any] | None
    base: Weights | None
    base_norms: dict[str, float] | None
    overlaps: tuple[Overlap, ...]
    merged: Merged | None
    findings: tuple[Finding, ...]

    @property
    def exit_status(self) -> int:
        """0, or that of an `AdapterError` when a run would refuse the adapter on every engine."""
        wrong = any(found.level == "error" for found in self.findings)
        return AdapterError.exit_status if wrong else 0

    def sizes(self) -> dict[str, Any] | None:
        """Return how large the update is, as `update.to_json` has it, or ``None``."""
        updates = self.examined.updates
        return sizes_to_json(updates, self.base_norms) if updates else None

    def to_json(self) -> dict[str, Any]:
        """Return the document of docs/adapters.md."""
        return {
            "schema": SCHEMA,
            "adapter": {"name": self.name, "path": str(self.examined.path.resolve()), **self._facts()},
            "base": {"ref": self.base.ref, "path": str(self.base.folder)} if self.base else None,
            "verdict": next(
                (level for level in LEVELS if any(f.level == level for f in self.findings)), "fact"
            ),
            "findings": [
                {
                    "level": found.level,
                    "rule": found.rule,
                    "place": found.place,
                    "what": found.what,
                    "advice": found.advice,
                    "refused_by": list(found.refused_by),
                }
                for found in self.findings
            ],
            "update": self.sizes(),
            "overlap": [one.to_json() for one in self.overlaps],
            "merged": self.merged.to_json() if self.merged else None,
        }

    def _facts(self) -> dict[str, Any]:
        settings, tensors, layout = self.examined.settings, self.examined.tensors, self.examined.layout
        return {
            "digest": self.digest,
            "rank": settings.highest_rank if settings else None,
            "alpha": settings.alpha if settings else None,
            "rslora": settings.rslora if settings else None,
            "modules": len(layout.modules) if layout else None,
            "target_modules": sorted({m.rpartition(".")[2] for m in layout.modules}) if layout else None,
            "dtypes": sorted({entry.dtype for entry in tensors.entries.values()}) if tensors else None,
            "trained_by_harness": self.record is not None,
        }


def check_up(wanted: Wanted) -> Checkup:
    """Look at an adapter, and at what else was named, from files alone.

    Raises:
        AdapterError: another adapter cannot be read, or a merged model cannot be measured.
        ModelError: the base or the merged model cannot be found or read.
        ConfigError: something was asked that needs a base, and there is none.
    """
    name, path = parse_adapter_flag(wanted.adapter)
    examined = _examined(wanted, path)
    record, findings = _record(path)
    base, found = _base(wanted, record)
    findings += found
    if base is not None:
        examined = examined.against(base)
    digest = folder_digest(path, (CONFIG, WEIGHTS)) if examined.layout else None
    if record and digest:
        lines = fingerprint_lines(str(record["base"]["digest"]), digest)
        findings += [Finding("fact", "fingerprint", "", line) for line in lines]
    overlaps, found = _overlaps(wanted, examined)
    findings += found
    held, found = _merged(wanted, examined, base)
    findings += found
    every = (*examined.findings, *findings)
    return Checkup(
        name=name,
        examined=examined,
        digest=digest,
        record=record,
        base=base,
        base_norms=base.norms(find_model(base.ref).digest) if base and wanted.norms else None,
        overlaps=overlaps,
        merged=held,
        findings=tuple(sorted(every, key=lambda one: LEVELS.index(one.level))),
    )


def _examined(wanted: Wanted, path: Path) -> Examination:
    examined = examine(path, allow_pickle=wanted.allow_pickle)
    if not wanted.to_safetensors:
        return examined
    if not wanted.allow_pickle:
        raise ConfigError("--to-safetensors: reads a pickle, so pass --allow-pickle too.")
    if examined.tensors is None:
        return examined
    write_safetensors(examined.tensors, path)
    return examine(path)


def _record(path: Path) -> tuple[dict[str, Any] | None, list[Finding]]:
    try:
        record = read_record(path)
    except AdapterError as fault:
        what, _, advice = str(fault).rstrip(".").rpartition("; ")
        return None, [Finding("error", "record", "", what, advice)]
    return dict(record) if record is not None else None, []


def _base(wanted: Wanted, record: dict[str, Any] | None) -> tuple[Weights | None, list[Finding]]:
    ref = wanted.base or (record["base"]["ref"] if record else None)
    if ref is None:
        if wanted.norms or wanted.merged:
            raise ConfigError("--norms and --merged: the base is not known; pass --base.")
        what = "the base is not known, so names and sizes were not held against it"
        return None, [Finding("warning", "no-base", "", what, "pass --base")]
    base = read_weights(str(ref), model_folder(str(ref)))
    # The digest of a base costs reading it once; without a record there is nothing to hold it against.
    return base, list(record_findings(record, find_model(str(ref)))) if record else []


def _overlaps(wanted: Wanted, examined: Examination) -> tuple[tuple[Overlap, ...], list[Finding]]:
    found: list[Finding] = []
    overlaps = []
    for flag in wanted.others:
        name, path = parse_adapter_flag(flag)
        other = examine(path)
        refuse(name, other.findings)
        if examined.tensors is None or other.tensors is None or not examined.updates:
            continue
        same = _weights_digest(examined.path) == _weights_digest(path)
        overlap = overlap_of(
            name, (examined.updates, examined.tensors), (other.updates, other.tensors), identical=same
        )
        overlaps.append(overlap)
        if same:
            found.append(
                Finding("warning", "identical", "", f"its weights are those of {name}", "compare two")
            )
    return tuple(overlaps), found


def _weights_digest(path: Path) -> str:
    return folder_digest(path, (WEIGHTS,))


def _merged(
    wanted: Wanted, examined: Examination, base: Weights | None
) -> tuple[Merged | None, list[Finding]]:
    if wanted.merged is None or base is None:
        return None, []
    fits = not any(found.level == "error" for found in examined.findings)
    if not fits or examined.tensors is None:
        what = "the merged model was not measured, since the adapter has errors"
        return None, [Finding("warning", "unmeasured", "", what)]
    merged = read_weights(str(wanted.merged), wanted.merged)
    held = hold_merged(examined.updates, examined.tensors, base, merged)
    return held, list(merged_findings(held, base, merged))
