"""Scores for programs: a program passes when every hidden test does."""

from __future__ import annotations

import re
from typing import Any

from harness.records import Score
from harness.sandbox import Call, run_program
from harness.scorers import Reply

VERSION = 1
_FENCE = re.compile(r"```[ \t]*(?:python|py|python3)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.S | re.I)


def code(
    reply: Reply,
    *,
    function: str,
    tests: list[dict[str, Any]],
    right: str = "",
    wrong: list[str] | None = None,
) -> Score:
    """Run the program in an answer and compare what its function returns with the hidden tests.

    Args:
        function: the name of the function that the tests call.
        tests: maps with ``args`` (a list) and ``returns``; tuples count as lists.
        right, wrong: programs that must pass and must fail; `harness suites validate` runs them.
    """
    program = extract_program(reply.text, function)
    if program is None:
        return Score(0.0, f"defines no function {function}")
    calls = [Call(function, tuple(test["args"])) for test in tests]
    outcome = run_program(program, calls)
    if outcome.status == "infrastructure":
        return Score(None, f"the sandbox failed: {outcome.message}")
    if outcome.status != "answered":
        return Score(0.0, f"{outcome.status}: {outcome.message}", details={"status": outcome.status})
    for test, result in zip(tests, outcome.results, strict=True):
        if result.error or not same_value(result.value, test["returns"]):
            got = result.error or repr(result.value)
            shown = ", ".join(map(repr, test["args"]))
            reason = f"{function}({shown[:80]}) gives {got[:80]}, not {test['returns']!r}"
            return Score(0.0, reason, details={"status": "wrong"})
    return Score(1.0, f"passes {len(tests)} hidden tests", details={"status": "passed"})


def extract_program(text: str, function: str) -> str | None:
    """Return the Python source in an answer: its fenced blocks, else the part from ``def`` on."""
    blocks = [block for block in _FENCE.findall(text) if f"def {function}" in block]
    if blocks:
        return "\n\n".join(_FENCE.findall(text)) if len(blocks) == 1 else str(blocks[0])
    place = re.search(rf"^(?:from |import |def {re.escape(function)}\b)", text, re.M)
    if not place or f"def {function}" not in text:
        return None
    return _longest_valid(text[place.start() :])


def _longest_valid(source: str) -> str:
    """Drop prose after a program: lines from the end, until what is left can be parsed."""
    import ast
    import warnings

    lines = source.splitlines()
    for end in range(len(lines), 0, -1):
        candidate = "\n".join(lines[:end])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(candidate)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return candidate
    return source


def same_value(got: Any, expected: Any) -> bool:
    """Compare JSON values: numbers by value (floats within 1e-6), never a bool with a number."""
    if isinstance(got, bool) or isinstance(expected, bool):
        return got is expected
    if isinstance(got, int | float) and isinstance(expected, int | float):
        return abs(got - expected) <= 1e-6 * max(1.0, abs(expected))
    if isinstance(got, list) and isinstance(expected, list):
        pairs = zip(got, expected, strict=False)
        return len(got) == len(expected) and all(same_value(a, b) for a, b in pairs)
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(same_value(got[k], expected[k]) for k in got)
    return type(got) is type(expected) and bool(got == expected)
