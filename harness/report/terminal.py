"""The verdict as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

_STYLE = {"PASS": "green", "FAIL": "bold red", "INCONCLUSIVE": "yellow", "NOT COMPARABLE": "magenta"}


def verdict_table(document: Mapping[str, Any], *, width: int = 100, color: bool = True) -> str:
    """Return criteria by adapter with their numbers, and each adapter's verdict last."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for heading in ("adapter", "criterion", "verdict"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what the numbers say", overflow="fold")
    for subject in document["subjects"]:
        rows = [row for row in document["criteria"] if row["subject"] == subject["name"]]
        for row in rows:
            said = Text(_clean(row["explanation"]))
            table.add_row(Text(subject["name"]), Text(row["name"]), _word(row["verdict"]), said)
        table.add_row(
            Text(subject["name"], "bold"),
            Text("verdict", "bold"),
            _word(subject["verdict"]),
            "",
            end_section=True,
        )
    out = StringIO()
    console = Console(file=out, width=max(60, width), force_terminal=color, no_color=not color)
    console.print(table)
    for note in document["notes"]:
        console.print(Text(_clean(note), "dim"))
    return out.getvalue().rstrip("\n")


def _word(verdict: str) -> Any:
    from rich.text import Text

    return Text(verdict, _STYLE[verdict])


def _clean(text: str) -> str:
    """Drop control characters, which a model's words could smuggle into a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
