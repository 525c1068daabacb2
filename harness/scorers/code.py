"""Scores for programs: a program passes when every hidden test does."""

from __future__ import annotations

import ast
import json
import math
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.errors import SandboxError
from harness.records import Score, digest_of
from harness.sandbox import (
    STANDARD,
    Call,
    Hands,
    Result,
    repr_of,
    run_calls,
    run_python_tests,
    status_of_error,
)
from harness.sandbox import start as in_sandbox
from harness.scorers import Reply

VERSION = 3

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([^`]*)$")
_STATEMENT = re.compile(r"(?:from\s+[\w.]+\s+import\b|import\s+\w|def\s|class\s|@\w|[A-Za-z_]\w*\s*=[^=])")
_ASSERTION = re.compile(r"line \d+: AssertionError\b")
_ATTEMPTS = 40
"""How often a text is shortened in search of a program, so that no answer takes long to read."""
_DEFINITIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)


def code(
    reply: Reply,
    *,
    function: str,
    tests: list[dict[str, Any]] | str,
    setup: str = "",
    before: str = "",
    begun: str = "",
    right: str = "",
    wrong: list[str] | None = None,
) -> Score:
    """Run the program in an answer and compare what its function returns with the hidden tests.

    Args:
        function: the name of the function that the tests call.
        tests: maps with ``args`` (a list) and ``returns``; tuples count as lists, sets have no place here. Or
            Python source: assertions that call the function, or ``check(candidate)``.
        setup: Python source that runs before tests in Python, in their process.
        before: Python source before the program, in its process: what the question gives, such as imports.
        begun: Python source that the answer goes on with, character by character; then nothing is looked for in it.
        right, wrong: programs that must pass and must fail; `harness suites validate` runs them.

    Raises:
        SandboxError: programs cannot be run safely on this machine.
    """
    return start(reply.text, function=function, tests=tests, setup=setup, before=before, begun=begun).result()


def start(
    text: str,
    *,
    function: str,
    tests: list[dict[str, Any]] | str,
    setup: str = "",
    before: str = "",
    begun: str = "",
    **_: Any,
) -> Future[Score]:
    """Begin to score an answer, in the background; one with the same program is scored once.

    Raises:
        SandboxError: programs cannot be run safely on this machine.
    """
    if not tests or not (isinstance(tests, str) or all("args" in one and "returns" in one for one in tests)):
        return _done(Score(None, "its hidden tests are no list of args and returns"))
    program = begun + text if begun else extract_program(text, function)
    if program is None:
        return _done(Score(0.0, f"defines no function {function}"))
    program = f"{before}\n\n{program}" if before else program
    if isinstance(tests, str):
        key = digest_of([program, function, tests, setup])
        return _start(key, lambda hands: _score_python(hands, program, function, tests, setup))
    try:
        key = digest_of([program, function, tests])
        calls = [Call(function, tuple(json.loads(json.dumps(test["args"])))) for test in tests]
    except TypeError as fault:
        return _done(Score(None, f"its hidden tests are no JSON values: {fault}"))
    return _start(key, lambda hands: _score(hands, program, calls, tests))


def _start(key: str, job: Callable[[Hands], Score]) -> Future[Score]:
    if key not in _started:
        if len(_started) >= _KEPT:
            _started.pop(next(iter(_started)))
        _started[key] = in_sandbox(job)
        _started[key].add_done_callback(partial(_forget_failure, key))
    return _started[key]


_KEPT = 10_000
_started: dict[str, Future[Score]] = {}


def _done(score: Score) -> Future[Score]:
    future: Future[Score] = Future()
    future.set_result(score)
    return future


def _forget_failure(key: str, future: Future[Score]) -> None:
    """Keep no failure of ours, so that it is tried again when it is asked for again."""
    if future.exception() or future.result().value is None:
        _started.pop(key, None)


def _score(hands: Hands, program: str, calls: list[Call], tests: list[dict[str, Any]]) -> Score:
    """Run a program and judge what it answered; our own failure gives no score."""
    try:
        outcome = run_calls(hands.workers(1)[0], program, calls, STANDARD)
    except SandboxError as fault:
        return Score(None, f"the sandbox failed: {fault}")
    if outcome.status == "infrastructure":
        return Score(None, f"the sandbox failed: {outcome.message}")
    level = {"sandbox": outcome.level}
    for place, (call, test, result) in enumerate(zip(calls, tests, outcome.results, strict=False), 1):
        if result.error or not same_value(result.value, test["returns"]):
            return _failed(place, call, test["returns"], result, level)
    if outcome.status != "answered":
        reason = f"{outcome.status}: {outcome.message}"
        return Score(0.0, reason, details={"status": outcome.status, **level})
    return Score(1.0, f"passes {len(tests)} hidden tests", details={"status": "passed", **level})


def _score_python(hands: Hands, program: str, function: str, tests: str, setup: str) -> Score:
    """Run tests that are written in Python against a program; our own failure gives no score."""
    program_worker, judge = hands.workers(2)
    try:
        outcome = run_python_tests((program_worker, judge), program, function, tests, setup, STANDARD)
    except SandboxError as fault:
        return Score(None, f"the sandbox failed: {fault}")
    if outcome.status == "infrastructure":
        return Score(None, f"the sandbox failed: {outcome.message}")
    level = {"sandbox": outcome.level}
    if outcome.status == "answered":
        return Score(1.0, "passes the hidden tests", details={"status": "passed", **level})
    wrong = outcome.status == "error" and _ASSERTION.match(outcome.message)
    status = "wrong" if wrong else outcome.status
    return Score(0.0, f"{status}: {outcome.message}", details={"status": status, **level})


def _failed(place: int, call: Call, expected: Any, result: Result, level: dict[str, Any]) -> Score:
    """Return the score of a program that failed a test: which, what was expected, what came."""
    got = result.error or repr_of(result.value)
    wanted = repr_of(expected)
    shown = ", ".join(map(repr, call.args))
    reason = f"{call.function}({shown[:80]}) gives {got[:80]}, not {wanted}"
    status = status_of_error(result.error) if result.error else "wrong"
    details = {"status": status, "test": place, "expected": wanted, "got": got, **level}
    return Score(0.0, reason, details=details)


@dataclass(frozen=True)
class _Block:
    """A fenced block; one whose fence is never closed runs on into whatever follows it."""

    source: str
    closed: bool


def extract_program(text: str, function: str) -> str | None:
    """Return the Python source in an answer, or ``None`` where it does not define the function.

    That is the first fenced block that defines it and can be parsed, with the other blocks that hold
    nothing but definitions; without such a block, the part of the text that can be parsed.

    >>> extract_program("Sure:\\n```python\\ndef f():\\n    return 1\\n```\\nThen `f()` is 1.", "f")
    'def f():\\n    return 1'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    sources = [_whole(block) for block in _blocks(text)]
    defining = [source for source in sources if _defines(source, function)]
    if not defining:
        return _unfenced(text, function)
    chosen = next((source for source in defining if _parsed(source)), defining[0])
    return "\n\n".join(
        source
        for source in dict.fromkeys(sources)
        if source == chosen or (not _defines(source, function) and _only_defines(source))
    )


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the fenced blocks of a Markdown text, without the indentation of the list they stand in."""
    fence, lines = "", list[str]()
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not fence and found:
            fence = found[1]
        elif fence and found and found[1].startswith(fence) and not found[2].strip():
            yield _Block(textwrap.dedent("\n".join(lines)), closed=True)
            fence, lines = "", []
        elif fence:
            lines.append(line)
    if fence:
        yield _Block(textwrap.dedent("\n".join(lines)), closed=False)


def _whole(block: _Block) -> str:
    """Return a block's source; what runs into prose, or was cut off, as far as it can be parsed."""
    return block.source if block.closed else _valid_part(block.source) or block.source


def _defines(source: str, function: str) -> bool:
    name = re.escape(function)
    return bool(re.search(rf"^[ \t]*def[ \t]+{name}[ \t]*\(|^{name}[ \t]*(?::[^=\n]+)?=[^=]", source, re.M))


def _only_defines(source: str) -> bool:
    tree = _parsed(source)
    return tree is not None and all(isinstance(node, _DEFINITIONS) for node in tree.body)


def _unfenced(text: str, function: str) -> str | None:
    """Return the program in a text without fences: from its first statement to its last."""
    if not _defines(text, function):
        return None
    lines = _at_margin(text, function).split("\n")
    starts = [place for place, line in enumerate(lines) if _STATEMENT.match(line)]
    for start in starts[:_ATTEMPTS]:
        found = _valid_part("\n".join(lines[start:]))
        if found and _defines(found, function):
            return found
    return "\n".join(lines[starts[0] :]) if starts else text


def _at_margin(text: str, function: str) -> str:
    """Move a program that is indented as a whole to the margin."""
    found = re.search(rf"^([ \t]+)def[ \t]+{re.escape(function)}\b", text, re.M)
    if not found or re.search(r"^class\s", text, re.M):
        return text
    return re.sub(rf"^{found[1]}", "", text, flags=re.M)


def _valid_part(source: str) -> str | None:
    """Drop what follows a program: the line where parsing fails and all after it, until none fails."""
    lines = source.split("\n")
    for _ in range(_ATTEMPTS):
        candidate = "\n".join(lines)
        tree, fault_line = _parse(candidate)
        if tree is not None:
            return _without_last_word(candidate, tree)
        lines = lines[: max(0, min(len(lines), fault_line) - 1)]
    return None


def _without_last_word(source: str, tree: ast.Module) -> str:
    """Drop a lone name at the end, which is the first word of prose and no statement of a program."""
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Name):
        return "\n".join(source.split("\n")[: last.lineno - 1]).rstrip()
    return source.rstrip()


def _parsed(source: str) -> ast.Module | None:
    return _parse(source)[0]


def _parse(source: str) -> tuple[ast.Module | None, int]:
    """Return a source's tree, or ``None`` and the line where parsing fails, 0 where that is not known."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source), 0
    except SyntaxError as fault:
        return None, fault.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return None, 0


def same_value(got: Any, expected: Any) -> bool:
    """Compare JSON values: whole numbers exactly, others within a millionth; a bool is no number.

    >>> same_value([1, 2.0], [1.0, 2]), same_value(1, True), same_value(10_000_001, 10_000_000)
    (True, False, False)
    """
    if isinstance(got, bool) or isinstance(expected, bool):
        return got is expected
    if isinstance(got, int | float) and isinstance(expected, int | float):
        return _same_number(got, expected)
    if isinstance(got, Sequence) and isinstance(expected, Sequence) and not _any_text(got, expected):
        pairs = zip(got, expected, strict=False)
        return len(got) == len(expected) and all(same_value(a, b) for a, b in pairs)
    if isinstance(got, Mapping) and isinstance(expected, Mapping):
        ours, theirs = ({_key(k): held for k, held in one.items()} for one in (got, expected))
        same_keys = len(got) == len(expected) and ours.keys() == theirs.keys()
        return same_keys and all(same_value(ours[key], theirs[key]) for key in ours)
    return type(got) is type(expected) and bool(got == expected)


def _key(key: Any) -> Any:
    """Return a dictionary's key as JSON knows it, which is how a stored run keeps its tests."""
    return json.dumps(key) if key is None or isinstance(key, bool | int | float) else key


def _any_text(*values: Any) -> bool:
    return any(isinstance(value, str) for value in values)


def _same_number(got: float, expected: float) -> bool:
    if isinstance(got, int) and isinstance(expected, int):
        return got == expected
    try:
        difference = abs(float(got) - float(expected))
    except OverflowError:
        return False
    whole = isinstance(expected, int)
    return math.isfinite(difference) and difference <= 1e-6 * (1.0 if whole else max(1.0, abs(expected)))
