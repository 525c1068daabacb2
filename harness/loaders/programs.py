"""HumanEval and MBPP: a function is asked for, and the file's own Python tests judge it."""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping

from harness.loaders.reading import Completion, Reader
from harness.loaders.spec import FaultyRow, Item, LeftOut, Load
from harness.loaders.tables import Row, text_of, texts_of

_HUMANEVAL_WISH = {
    "en": "Complete this Python function. Give the whole function, with every import it needs, in one code block.",
    "zh": "请补全下面的 Python 函数。把完整的函数连同需要的 import 一起写在一个代码块里。",
}
_MBPP_WISH = {
    "en": "Write it in Python and give the whole program in one code block. This is how it will be called:",
    "zh": "请用 Python 实现，把完整的程序写在一个代码块里。它会这样被调用：",
}


_HUMANEVAL_STOP = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""What ends a function's body, by Chen et al. (2021)."""
_MBPP_TASK = (
    "You are an expert Python programmer, and here is your task: {text} Your code should pass these tests:"
)
_MBPP_BEGIN, _MBPP_DONE = "[BEGIN]", "[DONE]"
"""What stands around a program, by Austin et al. (2021)."""


def _humaneval(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a function to complete.

    What stands before the function in the question, imports and helpers, stands before every answer and
    before the tests.

    Raises:
        FaultyRow: the prompt does not define the function, or its tests are no Python.
        LeftOut: its tests cannot run apart from the program.
    """
    prompt, before, expect = _function(row, columns)
    example = _block(prompt.rstrip() + "\n" + _solution(row, columns)) if load.shots else ""
    if before:
        expect |= {"before": before}
    return Item(f"{_HUMANEVAL_WISH[lang]}\n\n{_block(prompt)}", expect, example)


def _humaneval_completion(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a function's beginning to go on with: the program is the question and the answer, as they stand.

    Raises:
        FaultyRow, LeftOut: see `_humaneval`.
    """
    prompt, _, expect = _function(row, columns)
    return Item(prompt, {**expect, "begun": prompt}, _solution(row, columns) if load.shots else "")


def _function(row: Row, columns: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return a function's prompt, what stands before the function there, and what the scorer is to expect."""
    prompt, function = text_of(row, columns["prompt"]), text_of(row, columns["entry_point"]).strip()
    tests = _python(text_of(row, columns["test"]), columns["test"])
    starts = [match.start() for match in re.finditer(rf"^def {re.escape(function)}\b", prompt, re.M)]
    if not starts:
        raise FaultyRow(f"{columns['prompt']!r} does not define {function!r}; expected `def {function}(`")
    before = prompt[: starts[-1]].strip()
    _check_self_contained(tests, before, function)
    return prompt, before, {"function": function, "tests": tests, **({"setup": before} if before else {})}


def _solution(row: Row, columns: Mapping[str, str]) -> str:
    return text_of(row, columns.get("solution", "canonical_solution"))


def _mbpp(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a task.

    Raises:
        FaultyRow: it has no tests, they are no Python, or it cannot be told which function they call.
        LeftOut: its tests cannot run apart from the program.
    """
    text, asserts, code, expect = _task(row, columns)
    question = f"{text}\n\n{_MBPP_WISH[lang]}\n\n{_block(asserts[0])}"
    return Item(question, expect, _block(code) if code else "")


def _mbpp_completion(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a task with all its assertions, as published; what follows up to ``[DONE]`` is the program.

    Raises:
        FaultyRow, LeftOut: see `_mbpp`.
    """
    text, asserts, code, expect = _task(row, columns)
    tests = "\n".join(one.strip() for one in asserts)
    question = f"{_MBPP_TASK.format(text=text)}\n\n{tests}\n{_MBPP_BEGIN}\n"
    return Item(question, expect, f"{code.strip()}\n{_MBPP_DONE}" if code else "")


def _task(row: Row, columns: Mapping[str, str]) -> tuple[str, list[str], str, dict[str, str]]:
    """Return a task's text, its assertions, the file's own solution, and what the scorer is to expect."""
    text, asserts = text_of(row, columns["text"]).strip(), texts_of(row, columns["tests"])
    if not asserts:
        raise FaultyRow(f"{columns['tests']!r} is empty; expected a list of assertions")
    tests = _python("\n".join(asserts), columns["tests"])
    code = text_of(row, columns["code"]).replace("\r\n", "\n") if "code" in columns else ""
    setup = _setup(row, columns)
    function = _called(tests, code)
    _check_self_contained(tests, setup, function)
    return text, asserts, code, {"function": function, "tests": tests, **({"setup": setup} if setup else {})}


def _setup(row: Row, columns: Mapping[str, str]) -> str:
    parts = texts_of(row, columns["imports"]) if "imports" in columns else []
    held = row.cells.get(columns["setup"]) if "setup" in columns else None
    if held is not None and not isinstance(held, str):
        raise FaultyRow(f"{columns['setup']!r} is {held!r:.60}; expected a text")
    return _python("\n".join([*parts, held or ""]).strip(), "setup")


def _block(source: str) -> str:
    return f"```python\n{source.strip(chr(10)).rstrip()}\n```"


def _python(source: str, column: str) -> str:
    source = source.replace("\r\n", "\n")
    if _tree(source) is None:
        raise FaultyRow(f"{column!r} cannot be parsed; expected Python 3")
    return source


def _tree(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _called(tests: str, code: str) -> str:
    """Return the function under test: called by the tests and defined by the solution, if there is one.

    Raises:
        FaultyRow: there is none, or more than one.

    >>> _called("assert set(near((1, 2))) == {1}", "")
    'near'
    """
    tree, solution = _tree(tests), _tree(code)
    defined = {node.name for node in (solution.body if solution else ()) if isinstance(node, ast.FunctionDef)}
    called = list(dict.fromkeys(_names_called(tree))) if tree else []
    under_test = [name for name in called if (name in defined if defined else not hasattr(builtins, name))]
    if len(under_test) != 1:
        said = f"call {', '.join(under_test)}" if under_test else "call no function of the solution's"
        raise FaultyRow(f"its tests {said}; expected calls of one function")
    return under_test[0]


def _check_self_contained(tests: str, setup: str, function: str) -> None:
    """Make sure that the tests can run apart from the program, with values alone between them.

    Raises:
        LeftOut: they use what only a solution would define, or pass a class.
    """
    nodes = [node for source in (tests, setup) if (tree := _tree(source)) for node in ast.walk(tree)]
    if any(isinstance(node, ast.ClassDef) for node in nodes):
        raise LeftOut("its tests define a class, whose objects cannot reach a program")
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    defined = {function, *_names_defined(nodes)}
    if "*" not in defined and any(not hasattr(builtins, name) for name in used - defined):
        raise LeftOut("its tests use what only a solution defines")
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    passed = [one for call in calls if call.func.id == function for one in call.args]  # type: ignore[attr-defined]
    if any(isinstance(one, ast.Name) and isinstance(vars(builtins).get(one.id), type) for one in passed):
        raise LeftOut("its tests pass a class, which cannot reach a program")


def _names_defined(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _names_called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


HUMANEVAL = Reader(
    kind="generate",
    scorer="code",
    max_new_tokens=512,
    needed={"prompt": ("prompt",), "test": ("test",), "entry_point": ("entry_point",)},
    optional={"id": ("task_id", "id"), "solution": ("canonical_solution",), "category": ("category",)},
    item=_humaneval,
    completion=Completion(_humaneval_completion, _HUMANEVAL_STOP),
)
"""A signature with a docstring, to be completed; ``check(candidate)`` in the file judges."""

MBPP = Reader(
    kind="generate",
    scorer="code",
    max_new_tokens=512,
    needed={"text": ("text", "prompt"), "tests": ("test_list",)},
    optional={
        "id": ("task_id", "id"),
        "code": ("code",),
        "setup": ("test_setup_code",),
        "imports": ("test_imports",),
        "category": ("category",),
    },
    item=_mbpp,
    completion=Completion(_mbpp_completion, (_MBPP_DONE,)),
)
"""A task in words; ``assert`` lines in the file judge, of which the first is shown."""
