"""A verdict in words and tables: ``summary.md``, and the reading of a run that the page shares."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.report.escape import fenced, inline_markdown, visible

Record = Mapping[str, Any]

FLIPS = ("lost", "churn", "unscored", "won", "same")
"""Flips in the order in which a reader meets them."""
SEVERITY = ("FAIL", "NOT COMPARABLE", "INCONCLUSIVE", "PASS")
MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
LOST_SHOWN = 10
_SIGNS = {"at_least": "≥ ", "at_most": "≤ "}
_HEADINGS = ("Adapter", "Criterion", "Verdict", "Estimate", "Bound", "Limit", "Items", "Why")


def render_summary(verdict: Record, pairs: Sequence[Record], *, max_chars: int = 60_000) -> str:
    """Return Markdown for a pull request, at most ``max_chars`` characters long.

    Args:
        verdict: the contents of ``verdict.json``.
        pairs: every compared pair; only lost and decisive ones are quoted, ``LOST_SHOWN`` for each adapter.
        max_chars: a comment on GitHub holds 65,536. The text is cut between blocks, never inside
            one, and says so.
    """
    pieces = [_opening(verdict), _verdict_lines(verdict, pairs), *_criteria_table(verdict)]
    for name in _worst_first(verdict, subject_names(verdict, pairs)):
        pieces += _lost_section(name, [pair for pair in pairs if pair["subject"] == name])
    return _fit(pieces, max_chars)


def _fit(pieces: list[str], max_chars: int) -> str:
    """Join as many whole pieces as fit, with a note about those that do not."""
    whole = "".join(pieces)
    if len(whole) <= max_chars:
        return whole
    note = "\n*Cut here to fit; the whole comparison is in report.html.*\n"
    kept, room = "", max_chars - len(note)
    for piece in pieces:
        if len(kept) + len(piece) > room:
            break
        kept += piece
    return (kept + note)[:max_chars]


def _opening(verdict: Record) -> str:
    word = verdict["verdict"]
    facts = [
        ("run", verdict.get("run")),
        ("tier", verdict.get("tier")),
        ("base", (verdict.get("base") or {}).get("name")),
        ("engine", engine_line(verdict.get("engine") or {})),
        ("finished", verdict.get("finished")),
    ]
    line = ", ".join(f"{label} {inline_markdown(str(fact))}" for label, fact in facts if fact)
    return f"## Adapter regression check: {inline_markdown(str(word))}\n\n{line}\n\n"


def _verdict_lines(verdict: Record, pairs: Sequence[Record]) -> str:
    """Return one line for each adapter, then the notes."""
    lines = []
    for name in subject_names(verdict, pairs):
        flips = flip_counts(pair for pair in pairs if pair["subject"] == name)
        told = f"{criteria_line(verdict, name)}; {flips_line(flips)}; {floor_line(verdict, name)}"
        word = inline_markdown(subject_verdict(verdict, name))
        lines.append(f"- **{word}** {inline_markdown(name)}: {inline_markdown(told)}\n")
    lines += [f"- Note: {inline_markdown(str(note))}\n" for note in verdict.get("notes") or []]
    return "".join(lines) + "\n"


def _criteria_table(verdict: Record) -> list[str]:
    """Return the heading and the rows of the criteria table, one piece each."""
    rows = [_criterion_row(criterion) for criterion in verdict.get("criteria") or []]
    if not rows:
        return ["No criterion was judged.\n\n"]
    head = f"| {' | '.join(_HEADINGS)} |\n|{' --- |' * len(_HEADINGS)}\n"
    return ["### Criteria\n\n" + head + rows[0], *rows[1:], "\n"]


def _criterion_row(criterion: Record) -> str:
    cells = [
        str(criterion["subject"]),
        str(criterion["name"]),
        str(criterion["verdict"]),
        number(criterion.get("estimate")),
        number(criterion.get("bound")),
        limit(criterion),
        items(criterion),
        str(criterion.get("explanation") or criterion.get("statement") or ""),
    ]
    return f"| {' | '.join(inline_markdown(cell) for cell in cells)} |\n"


def _lost_section(name: str, pairs: list[Record]) -> list[str]:
    """Return the heading and up to ``LOST_SHOWN`` lost or decisive pairs of one adapter, one piece each."""
    lost = reading_order([pair for pair in pairs if pair["flip"] == "lost" or pair.get("decisive")])
    if not lost:
        return []
    shown = f"{LOST_SHOWN} of {len(lost)}" if len(lost) > LOST_SHOWN else str(len(lost))
    quoted = [_lost_pair(pair) for pair in lost[:LOST_SHOWN]]
    return [f"### Lost, or decisive against {inline_markdown(name)}: {shown}\n\n{quoted[0]}", *quoted[1:]]


def _lost_pair(pair: Record) -> str:
    place = " / ".join(str(pair[key]) for key in ("suite", "probe", "variant"))
    told = "counts against a criterion; " if pair.get("decisive") else ""
    turns = f"; {line}" if (line := turns_line(pair.get("turns"))) else ""
    reason = inline_markdown(told + str(pair.get("reason") or "no reason given") + turns)
    blocks = [
        f"**{inline_markdown(place)}**: {reason}",
        f"Asked:\n{fenced(str(pair.get('question') or ''))}",
        f"Base:\n{_quoted(pair, 'base_')}",
        f"Candidate:\n{_quoted(pair, '')}",
    ]
    return "\n\n".join(blocks) + "\n\n"


def _quoted(pair: Record, prefix: str) -> str:
    """Return one side's answer as a block; of the thought before it only its length."""
    thought, answer = thought_and_answer(pair, prefix)
    told = f"*({len(thought)} characters of thought before it)*\n" if thought else ""
    return told + fenced(answer)


def thought_and_answer(pair: Record, prefix: str = "") -> tuple[str, str]:
    """Return the thought that one side's text begins with, ``""`` where it has none, and what follows it.

    >>> thought_and_answer({"answer": "<think>Hm.</think> Yes.", "thought": 19})
    ('<think>Hm.</think> ', 'Yes.')
    """
    text, end = str(pair.get(f"{prefix}answer") or ""), finite(pair.get(f"{prefix}thought")) or 0
    return text[: int(end)], text[int(end) :]


def _worst_first(verdict: Record, names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: severity(subject_verdict(verdict, name)))


def severity(word: str) -> int:
    """Return the place of a verdict word, the worst first; unknown words come before PASS.

    >>> sorted(["PASS", "INCONCLUSIVE", "FAIL"], key=severity)
    ['FAIL', 'INCONCLUSIVE', 'PASS']
    """
    return SEVERITY.index(word) if word in SEVERITY else SEVERITY.index("PASS") - 1


def subject_names(verdict: Record, pairs: Sequence[Record]) -> list[str]:
    """Return every adapter that the verdict or a pair speaks of, in order of appearance."""
    named = [str(subject["name"]) for subject in verdict.get("subjects") or []]
    named += [str(criterion["subject"]) for criterion in verdict.get("criteria") or []]
    named += [str(pair["subject"]) for pair in pairs]
    return list(dict.fromkeys(named))


def subject_verdict(verdict: Record, name: str) -> str:
    """Return the verdict word of one adapter, or ``NO VERDICT`` when there is none."""
    words = {str(s["name"]): str(s["verdict"]) for s in verdict.get("subjects") or []}
    return words.get(name, "NO VERDICT")


def criteria_line(verdict: Record, name: str) -> str:
    """Say how many criteria of one adapter hold, and name the others.

    >>> criteria_line({"criteria": [{"name": "coding", "subject": "a", "verdict": "FAIL"}]}, "a")
    '0 of 1 criteria hold; FAIL: coding'
    """
    mine = [c for c in verdict.get("criteria") or [] if str(c["subject"]) == name]
    if not mine:
        return "no criterion was judged"
    words: dict[str, list[str]] = {}
    for criterion in sorted(mine, key=lambda c: severity(str(c["verdict"]))):
        words.setdefault(str(criterion["verdict"]), []).append(str(criterion["name"]))
    held = len(words.pop("PASS", []))
    rest = [f"{word}: {', '.join(names)}" for word, names in words.items()]
    return "; ".join([f"{held} of {len(mine)} criteria hold", *rest])


def turns_line(turns: Mapping[str, Any] | None) -> str:
    """Say what a conversation's answers show together; nothing of a single answer.

    >>> turns_line({"turns": 5, "turn_of_flip": 3, "flips": 2, "said": "I am Qwen."})
    '5 answers; number 3 is the first to affirm a rival: "I am Qwen."; changes between holding and affirming: 2'
    """
    if not turns:
        return ""
    first, said = turns.get("turn_of_flip"), turns.get("said")
    if first is None:
        return f"{number(turns.get('turns'))} answers; none affirms a rival"
    quoted = f': "{said}"' if said else ""
    return (
        f"{number(turns.get('turns'))} answers; number {number(first)} is the first to affirm a rival{quoted}; "
        f"changes between holding and affirming: {number(turns.get('flips'))}"
    )


def flip_counts(pairs: Sequence[Record] | Iterator[Record]) -> Counter[str]:
    """Count pairs by flip."""
    return Counter(str(pair["flip"]) for pair in pairs)


def flips_line(counts: Mapping[str, int]) -> str:
    """Say the counts in words, lost first.

    >>> flips_line({"same": 40, "lost": 2})
    '2 lost, 0 churn, 0 unscored, 0 won, 40 same of 42 pairs'
    """
    told = ", ".join(f"{counts.get(flip, 0)} {flip}" for flip in FLIPS)
    return f"{told} of {sum(counts.values())} pairs"


def floor_line(verdict: Record, name: str) -> str:
    """Say what stands beside an adapter's flips: those of base and its own when asked twice.

    >>> floor_line({"floor": {"base": {"flips": 1, "asked": 24}, "a": {"flips": 0, "asked": 24}}}, "a")
    'A/A floor 1 of 48'
    """
    figures = verdict.get("floor") or {}
    beside = [figures[who] for who in ("base", name) if who in figures]
    if not beside:
        return "A/A floor not measured"
    return f"A/A floor {sum(one['flips'] for one in beside)} of {sum(one['asked'] for one in beside)}"


def reading_order(pairs: Sequence[Record]) -> list[Record]:
    """Sort pairs: by flip as in ``FLIPS``, decisive ones first in each, then by name."""
    return sorted(pairs, key=_place)


def _place(pair: Record) -> tuple[Any, ...]:
    flip = pair["flip"]
    rank = FLIPS.index(flip) if flip in FLIPS else len(FLIPS)
    names = (str(pair[key]) for key in ("suite", "probe", "variant", "subject"))
    return rank, not pair.get("decisive"), *names


def engine_line(engine: Record) -> str:
    """Name an engine, its version, number format and device."""
    name = " ".join(str(engine[key]) for key in ("name", "version") if engine.get(key))
    rest = [str(engine[key]) for key in ("dtype", "device") if engine.get(key)]
    return ", ".join([name, *rest]) if name else ""


def finite(value: Any) -> float | None:
    """Return a number as it is, and ``None`` for anything else: NaN, infinity, text, truth."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def number(value: Any, *, signed: bool = False) -> str:
    """Write a number with three decimals, and a true minus sign; missing is a dash, never zero.

    >>> number(0.95), number(24), number(0.04, signed=True)
    ('0.950', '24', '+0.040')
    """
    known = finite(value)
    if known is None:
        return visible(value) if isinstance(value, str) else MISSING
    sign = "+" if signed and known > 0 else ""
    if isinstance(known, int):
        return f"{sign}{known}".replace("-", MINUS)
    tiny = known != 0 and abs(known) < 0.0005
    return sign + (f"{known:.1e}" if tiny else f"{known:.3f}").replace("-", MINUS)


def limit(criterion: Record) -> str:
    """Write a criterion's limit with the direction in which it holds."""
    told = number(criterion.get("limit"))
    sign = _SIGNS.get(str(criterion.get("direction")), "")
    return told if told == MISSING else sign + told


def items(criterion: Record) -> str:
    """Say on how many items a criterion rests, and what they did.

    >>> items({"n": 20, "passed": 19}), items({"n": 24, "lost": 1, "won": 0})
    ('19 of 20', '24: 1 lost, 0 won')
    """
    n = number(criterion.get("n"))
    if finite(criterion.get("passed")) is not None:
        return f"{number(criterion['passed'])} of {n}"
    told = ("lost", "won", "fell", "rose", "events", "differing")
    changed = [f"{number(criterion[k])} {k}" for k in told if finite(criterion.get(k)) is not None]
    if finite(criterion.get("floor_asked")) is not None:
        changed.append(f"A/A floor {number(criterion['floor_flips'])} of {number(criterion['floor_asked'])}")
    return f"{n}: {', '.join(changed)}" if changed else n
