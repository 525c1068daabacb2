"""Runs over time: every suite's score and the forgetting figures, as a table and as a drawing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.files import write_atomically

_BARS = "▁▂▃▄▅▆▇█"
FORGETTING = ("drift_nats_per_token", "held_out_nll_change", "retention")
MANNER = ("repeated", "repeated_elsewhere")


@dataclass(frozen=True)
class Entry:
    """One adapter of one finished run."""

    run: str
    finished: str
    subject: str
    step: int | None
    digest: str
    tier: str
    verdict: str
    scores: Mapping[str, float | None]
    forgetting: Mapping[str, float | None]
    manner: Mapping[str, Any]

    @property
    def order(self) -> tuple[str, int, str]:
        """Sorts checkpoints of one adapter by step within a run, and runs by time."""
        return self.finished, self.step or 0, self.subject


def read_history(reports: Path) -> list[Entry]:
    """Return every adapter of every finished run below a folder, the oldest first.

    Raises:
        StoreError: the folder is missing, or a verdict cannot be read.
    """
    if not reports.is_dir():
        raise StoreError(f"{reports}: no such folder; pass --reports DIR.")
    entries = [entry for file in sorted(reports.glob("*/verdict.json")) for entry in _entries(file)]
    return sorted(entries, key=lambda entry: entry.order)


def _entries(file: Path) -> list[Entry]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return [
            Entry(
                run=document["run"],
                finished=document["finished"],
                subject=subject["name"],
                step=subject.get("step"),
                digest=subject["digest"][:12],
                tier=document["tier"],
                verdict=subject["verdict"],
                scores={name: row.get(subject["name"]) for name, row in document["scores"].items()},
                forgetting=document["forgetting"][subject["name"]],
                manner=document.get("manner", {}).get(subject["name"], {}),  # older runs have none
            )
            for subject in document["subjects"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise StoreError(f"{file}: cannot be read ({fault!r}); run `harness gate {file.parent}`.") from fault


def history_table(entries: Sequence[Entry]) -> Any:
    """Return a rich table: a row for each adapter of each run, a column for each suite and figure."""
    from rich.table import Table
    from rich.text import Text

    suites = list(dict.fromkeys(name for entry in entries for name in entry.scores))
    table = Table(header_style="bold", show_edge=False, pad_edge=False)
    for heading in ("finished", "run", "adapter", "step", "verdict"):
        table.add_column(heading, no_wrap=heading in ("adapter", "verdict"))
    for heading in (*suites, "drift", "held-out", "retention", "repeated", "elsewhere"):
        table.add_column(heading, justify="right")
    for entry in entries:
        table.add_row(
            entry.finished[:16].replace("T", " "),
            Text(entry.run),
            Text(entry.subject),  # brackets in a name are no markup
            "" if entry.step is None else str(entry.step),
            entry.verdict,
            *(_number(entry.scores.get(name)) for name in suites),
            *(_number(entry.forgetting.get(name), signed=name != "retention") for name in FORGETTING),
            *(_number(entry.manner.get(name)) for name in MANNER),
        )
    return table


def trend_lines(entries: Sequence[Entry]) -> list[str]:
    """Return one line of bars for each adapter and measure that has at least two points."""
    lines = []
    for subject, measures in _series(entries).items():
        for name, values in measures.items():
            if len(values) > 1:
                lines.append(f"{subject:>16} {name:<22} {_bars(values)}  {values[0]:.3f} -> {values[-1]:.3f}")
    return lines


def _series(entries: Sequence[Entry]) -> dict[str, dict[str, list[float]]]:
    """Return adapter family -> measure -> values in time; ``name-step`` families share one line."""
    series: dict[str, dict[str, list[float]]] = {}
    for entry in entries:
        family = entry.subject.rsplit("-", 1)[0] if entry.step is not None else entry.subject
        family = entry.subject if not entry.subject.endswith(f"-{entry.step}") else family
        measures = series.setdefault(family, {})
        figures = {k: entry.forgetting.get(k) for k in FORGETTING} | {k: entry.manner.get(k) for k in MANNER}
        for name, value in {**entry.scores, **figures}.items():
            if value is not None:
                measures.setdefault(name, []).append(value)
    return series


def _bars(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    width = (high - low) or 1.0
    return "".join(_BARS[round((value - low) / width * (len(_BARS) - 1))] for value in values)


def _number(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "-"
    return f"{value:+.3f}" if signed else f"{value:.3f}"


def write_drawing(entries: Sequence[Entry], path: Path) -> None:
    """Write an offline HTML page with one small chart for each measure, a line for each adapter."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("harness", "report"), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("history.html.jinja")
    write_atomically(path, template.render(charts=_charts(entries), entries=len(entries)))


def _charts(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    series = _series(entries)
    names = dict.fromkeys(name for measures in series.values() for name in measures)
    return [_chart(name, {who: m[name] for who, m in series.items() if name in m}) for name in names]


def _chart(name: str, lines: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return one chart's geometry: points in a box of 300 by 120, values from low to high."""
    values = [value for line in lines.values() for value in line]
    low, high = min(0.0, *values), max(1.0 if name not in FORGETTING else 0.0, *values)
    width = (high - low) or 1.0
    most = max(len(line) for line in lines.values())

    def point(place: int, value: float) -> tuple[float, float]:
        return round(10 + 280 * place / max(1, most - 1), 1), round(110 - 100 * (value - low) / width, 1)

    drawn = []
    for number, (who, line) in enumerate(lines.items()):
        points = [point(place, value) for place, value in enumerate(line)]
        drawn.append({"who": who, "points": points, "last": line[-1], "class": f"line-{number % 6}"})
    return {"name": name, "low": low, "high": high, "lines": drawn}
