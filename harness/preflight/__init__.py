"""Adapters judged from their files alone, before a model loads: every rule is one small function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.preflight import fit, folder, update, weights
from harness.preflight.base import Weights
from harness.preflight.features import feature_findings
from harness.preflight.findings import Finding
from harness.preflight.patterns import pattern_findings
from harness.preflight.settings import Settings, read_settings
from harness.preflight.update import Update
from harness.preflight.weights import Layout, Tensors
from harness.tensors import TensorFault, open_tensors

_UNREADABLE = {"dtype", "shape", "ranks", "no-lora", "adapter-name"}
"""Rules after whose errors no value can be read."""


@dataclass(frozen=True)
class Examination:
    """An adapter's files as they were found.

    ``settings``, ``tensors`` and ``layout`` are ``None`` where they cannot be read, and ``updates``
    is empty then; a finding says why.
    """

    path: Path
    findings: tuple[Finding, ...]
    settings: Settings | None = None
    tensors: Tensors | None = None
    layout: Layout | None = None
    updates: tuple[Update, ...] = ()

    def against(self, base: Weights) -> Examination:
        """Return it with what the base's files say of it."""
        kept = [one for one in self.findings if one.rule not in ("template", "tokenizer")]
        kept += folder.tokenizer_findings(self.path, base.folder) if self.path.is_dir() else []
        if self.settings is not None:
            kept += fit.name_findings(self.settings, base)
        if self.settings is not None and self.tensors is not None and self.layout is not None:
            found = pattern_findings(self.settings, base.modules)
            found = found or list(fit.fit_findings(self.layout, self.tensors, self.settings, base))
            if any(one.rule == "missing" for one in found):  # which names the same modules better
                kept = [one for one in kept if one.rule not in ("gaps", "unheld")]
            kept += found
        return replace(self, findings=tuple(kept))


def examine(path: Path, *, allow_pickle: bool = False, values: bool = True) -> Examination:
    """Read an adapter's folder and judge it by every rule that needs no base.

    Args:
        path: the adapter's folder. allow_pickle: read a pickled weight file too, with torch's
            ``weights_only``; never set for a run. values: read them all; without, names and shapes
            alone are judged.

    Raises:
        AdapterError: torch is needed for a pickle and is not installed.
    """
    if not path.is_dir():
        missing = Finding("error", "no-folder", "", f"no folder {path}", "pass the checkpoint's folder")
        return Examination(path, (missing,))
    settings, found = read_settings(path)
    if any(one.rule == "no-config" for one in found):  # another folder is meant: what lies here matters not
        return Examination(path, tuple(found))
    found += [*folder.folder_findings(path), *folder.tokenizer_findings(path, None)]
    found += feature_findings(settings) if settings else []
    tensors, told = _read_tensors(path, allow_pickle)
    found += told
    if settings is None or tensors is None:
        return Examination(path, tuple(found), settings, tensors)
    found, layout = _judged(found, settings, tensors)
    examined = Examination(path, tuple(found), settings, tensors, layout)
    if layout is None or not values:
        return examined
    updates = tuple(update.updates_of(layout.pairs, tensors, settings))
    found += [*update.value_findings(updates, tensors), *update.size_findings(updates)]
    return replace(examined, findings=tuple(found), updates=updates)


def _judged(
    found: list[Finding], settings: Settings, tensors: Tensors
) -> tuple[list[Finding], Layout | None]:
    """Add what names and shapes say; no layout where they forbid to go on."""
    layout = weights.lay_out(tensors.entries)
    if slow := pattern_findings(settings, layout.modules):
        return [*found, *slow], None
    told = [
        *weights.layout_findings(layout, tensors.entries, settings),
        *weights.naming_findings(layout.modules, settings),
    ]
    broken = any(one.level == "error" and one.rule in _UNREADABLE for one in told)
    return [*found, *told], None if broken or not layout.pairs else layout


def _read_tensors(path: Path, allow_pickle: bool) -> tuple[Tensors | None, list[Finding]]:
    told = list(folder.weights_findings(path))
    if told and told[0].rule == "pickled" and allow_pickle:
        from harness.preflight.pickled import read_pickle

        return read_pickle(path / told[0].place)
    if told:
        return None, told
    try:
        return open_tensors(path / folder.WEIGHTS), []
    except TensorFault as fault:
        advice = "run `git lfs pull`" if folder.is_pointer(path / folder.WEIGHTS) else "copy it again"
        return None, [Finding("error", "damaged", folder.WEIGHTS, str(fault), advice)]
