"""A broken probe as text: what was asked, what base and the adapter said, and why it does not hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.criteria import Reading
from harness.gate import is_right
from harness.records import Probe, Scored
from harness.verdict import conversation


def shown(
    probe: Probe,
    base: Sequence[Scored],
    candidate: Sequence[Scored],
    subject: str,
    reads: Reading = "score",
) -> str:
    """Return a probe's broken variants as text: question, both answers, and why."""
    lines = []
    for before, after in zip(base, candidate, strict=False):
        if is_right(after, reads) and probe.kind not in ("nll", "drift"):
            continue
        why = "not true any more" if reads == "truth" else after.score.reason
        lines += [
            f"{probe.id} [{after.variant.id}]: {why}",
            f"    asked:   {_short(conversation(after.variant))}",
            f"    base:    {_said(before)}",
            f"    {subject}: {_said(after)}",
        ]
    return "\n".join(lines)


def _said(one: Scored) -> str:
    """Return an answer in short, with the thought before it counted."""
    thought = len(one.answer) - len(one.spoken)
    return (f"(a thought of {thought} characters) " if thought else "") + _short(one.spoken)


def _short(text: str) -> str:
    flat = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    return flat if len(flat) <= 200 else flat[:200] + " ..."
