"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Reports = Annotated[Path, typer.Option(help="Where runs are kept.")]
Criteria = Annotated[
    Path | None, typer.Option(help="The criteria to judge by; those of the run when left out.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
UnsafeCode = Annotated[
    bool,
    typer.Option(
        "--confirm-run-unsafe-code",
        help="Where programs have to run again: run them below the wanted sandbox level; uncounted.",
    ),
]


def confirm(unsafe_code: bool) -> None:
    """Let programs run below the wanted sandbox level, where ``--confirm-run-unsafe-code`` says so."""
    from harness.sandbox import Policy, set_policy

    set_policy(Policy(confirmed=unsafe_code))
