"""Scores for instructions that a program can check: length, language, format, words to use or to avoid.

An answer is read strictly, as it is, and loosely, as those who know IFEval expect: a constraint also
counts as held without Markdown's emphasis, without the first line, without the last, or without any of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from harness.records import Score
from harness.scorers import Reply
from harness.scorers.checking import check
from harness.scorers.constraints import Constraint, Constraints
from harness.scorers.counting import without_emphasis

VERSION = 2


def instruction(
    reply: Reply,
    *,
    constraints: Constraints,
    right: list[str] | None = None,
    wrong: list[str] | None = None,
) -> Score:
    """Score 1 when the answer, as it is, holds every constraint; ``details`` has the loose reading and the share held.

    Args:
        constraints: mappings with one key each, such as ``{words: {max: 20}}``; all are to hold.
        right, wrong: answers that must pass and must fail, so that a suite can be checked without a model.
    """
    try:
        asked = Constraints.model_validate(constraints, strict=True).root
    except ValidationError as fault:
        return Score(None, f"its constraints are no constraints: {fault.errors()[0]['msg']}")
    found = [check(constraint, reply.text) for constraint in asked]
    loosely = [
        finding.held or _holds_loosely(constraint, reply.text)
        for constraint, finding in zip(asked, found, strict=True)
    ]
    details = {
        "strict": float(all(finding.held for finding in found)),
        "loose": float(all(loosely)),
        "grade": sum(finding.held for finding in found) / len(found),
        "constraints": [
            {"kind": constraint.kind, "held": finding.held, "loose": loose, "found": finding.said}
            for constraint, finding, loose in zip(asked, found, loosely, strict=True)
        ],
    }
    failed = next((finding for finding in found if not finding.held), None)
    if failed is None:
        spans = tuple(span for finding in found for span in finding.spans)
        return Score(1.0, f"holds {len(found)} of {len(found)} constraints", spans, details)
    loose_only = "; held when read loosely" if details["loose"] else ""
    return Score(0.0, failed.said + loose_only, failed.spans, details)


def _holds_loosely(constraint: Constraint, text: str) -> bool:
    return any(check(constraint, reading).held for reading in loose_readings(text))


def loose_readings(text: str) -> Iterator[str]:
    """Yield the answer without its first line, its last, both; each also without emphasis.

    >>> list(loose_readings("Sure:\\n**Yes**"))
    ['**Yes**', 'Sure:', '', 'Sure:\\nYes', 'Yes']
    """
    lines = text.strip().split("\n")
    parts = [text, "\n".join(lines[1:]), "\n".join(lines[:-1]), "\n".join(lines[1:-1])]
    plain = [without_emphasis(part) for part in parts]
    readings = [reading.strip() for reading in (*parts[1:], *plain)]
    yield from (one for one in dict.fromkeys(readings) if one != text)
