"""A check-up as tables that a person can read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from harness.preflight.checkup import Checkup
from harness.tensors import clean

_STYLE = {"error": "bold red", "warning": "yellow", "fact": "dim"}
_VERDICT = {
    "error": "a run refuses this adapter before a model loads",
    "warning": "a run takes this adapter; read the warnings",
    "fact": "nothing is wrong that files can show",
}
_BAR = 24


def to_json(checkup: Checkup) -> str:
    """Return the document of docs/adapters.md, indented. Numbers that are none become null."""
    return json.dumps(_finite(checkup.to_json()), indent=1, ensure_ascii=True, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def parts(checkup: Checkup) -> Iterator[Any]:
    """Yield what to print, in order: the facts, the findings, the sizes, the overlap, the merge."""
    yield _table(("", ""), _facts(checkup), header=False)
    yield ""
    yield _findings(checkup)
    if sizes := checkup.sizes():
        yield ""
        yield from _sizes(sizes)
    if checkup.overlaps:
        yield ""
        yield _overlaps(checkup)
    if checkup.merged and checkup.merged.modules:
        yield ""
        yield _merged(checkup)
    worst = next((found.level for found in checkup.findings), "fact")
    yield ""
    yield f"{worst.upper() if worst != 'fact' else 'OK'}: {_VERDICT[worst]}"


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, header: bool = True, title: str = ""
) -> Any:
    """Return a table of plain words: what stands in a foreign file is never markup."""
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False, box=None, header_style="bold", show_header=header)
    table.title, table.title_justify, table.title_style = title or None, "left", "bold"
    for place, heading in enumerate(headings):
        right = heading in ("norm", "rank", "relative", "modules", "scale", "loss", "unmoved", "stable rank")
        last = place == len(headings) - 1
        table.add_column(heading, no_wrap=not last, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell, 1000), _STYLE.get(cell, "")) for cell in row))
    return table


def _facts(checkup: Checkup) -> list[tuple[str, str]]:
    examined, record = checkup.examined, checkup.record
    rows = [("adapter", f"{checkup.name}, {examined.path.resolve()}")]
    if checkup.digest:
        rows.append(("digest", checkup.digest))
    settings, layout, tensors = examined.settings, examined.layout, examined.tensors
    if settings and layout and tensors:
        root = "sqrt(r)" if settings.rslora else "r"
        kinds = sorted({module.rpartition(".")[2] for module in layout.modules})
        size = sum(_size(entry.shape) for entry in tensors.entries.values())
        types = ", ".join(sorted({entry.dtype for entry in tensors.entries.values()}))
        rows.append(("LoRA", f"rank {settings.highest_rank}, alpha {settings.alpha:g} (scale alpha/{root})"))
        rows.append(("changes", f"{len(layout.modules)} modules: {', '.join(kinds)}"))
        rows.append(("numbers", f"{size:,} in {types}"))
    by = f"harness train at {record.get('trained_at')}" if record else "not harness train"
    rows.append(("trained by", by))
    rows.append(("base", checkup.base.ref if checkup.base else "not known"))
    return rows


def _size(shape: Sequence[int]) -> int:
    size = 1
    for side in shape:
        size *= side
    return size


def _findings(checkup: Checkup) -> Any:
    rows = [(found.level, found.rule, found.line + _refused(found.refused_by)) for found in checkup.findings]
    return _table(("level", "rule", "finding"), rows or [("fact", "", "no findings")])


def _refused(engines: Sequence[str]) -> str:
    return f" (An error in a run on: {', '.join(engines)}.)" if engines else ""


def _sizes(sizes: dict[str, Any]) -> Iterator[Any]:
    modules = sizes["modules"]  # largest first
    relative = any(one["relative"] is not None for one in modules)
    headings = ("", "norm", *(("relative",) if relative else ()), "rank", "stable rank", "module")
    places = [("largest", 0), ("median", len(modules) // 2), ("smallest", len(modules) - 1)]
    rows = []
    for word, place in places:
        one = modules[place]
        share = (_percent(one["relative"]),) if relative else ()
        stable = "-" if one["stable_rank"] is None else f"{one['stable_rank']:.2f}"
        rows.append((word, f"{one['norm']:.4g}", *share, str(one["rank"]), stable, one["module"]))
    title = f"Size of the update, ‖s·BA‖ (whole: {sizes['norm']:.4g}" + (
        "; relative to ‖W‖)" if relative else ")"
    )
    yield _table(headings, rows, title=title)
    yield ""
    top = max((layer["norm"] for layer in sizes["layers"]), default=0.0)
    layers = [
        (layer["layer"], str(layer["modules"]), f"{layer['norm']:.4g}", _bar(layer["norm"], top))
        for layer in sizes["layers"]
    ]
    yield _table(("layer", "modules", "norm", ""), layers)


def _bar(value: float, top: float) -> str:
    return "█" * round(_BAR * value / top) if top > 0 and math.isfinite(value) else ""


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


def _overlaps(checkup: Checkup) -> Any:
    headings = (
        "with",
        "cosine",
        "writes alike",
        "reads alike",
        "by chance",
        "common modules",
        "only here",
        "only there",
    )
    rows = [
        (
            one.other + (" (the same weights)" if one.identical else ""),
            "-" if one.cosine is None else f"{one.cosine:+.3f}",
            *(_percent(share) for share in (one.columns, one.rows, one.chance)),
            *(str(number) for number in (one.modules, one.only_here, one.only_there)),
        )
        for one in checkup.overlaps
    ]
    return _table(headings, rows, title="Overlap with other adapters")


def _merged(checkup: Checkup) -> Any:
    assert checkup.merged is not None
    ordered = sorted(checkup.merged.modules, key=lambda one: (one.state == "merged", -one.loss))
    rows = [
        (one.state, f"{one.scale:.3f}", _percent(one.loss), _percent(one.unmoved), one.module)
        for one in ordered[:8]
    ]
    title = f"The merged model: the {len(rows)} worst of {len(ordered)} modules"
    return _table(("state", "scale", "loss", "unmoved", "module"), rows, title=title)
