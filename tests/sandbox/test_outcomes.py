"""What is said of a program: passed, wrong, error, timeout, memory, output, blocked, or our own failure."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import SandboxError
from harness.records import Score
from harness.sandbox import STANDARD, Call, Limits, run_calls, run_program, run_tests
from harness.sandbox.worker import Worker
from harness.scorers.code import same_value, start
from tests.sandbox.arena import LIMITS

ONE_TEST = [{"args": [1], "returns": 2}, {"args": [5], "returns": [6]}]


def score(source: str, tests: list[dict[str, Any]] = ONE_TEST, monkeypatch: Any = None) -> Score:
    return start(f"```python\n{source}\n```", function="f", tests=tests).result()


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("return x + 1", "wrong", "f(5) gives 6, not [6]"),
        ("return [6] if x == 5 else 2", "passed", "passes 2 hidden tests"),
        ("return 1 / 0", "error", "f(1) gives ZeroDivisionError: division by zero, not 2"),
        ("import socket; socket.socket()", "blocked", "f(1) gives PermissionError"),
        ("import threading; threading.Thread(target=f).start()", "blocked", "f(1) gives RuntimeError"),
        ("open('/tmp/x', 'w')", "blocked", "f(1) gives PermissionError"),
        ("return 'x' * 10**12", "memory", "f(1) gives MemoryError"),
        ("return 'x' * 10**7", "output", "output: a reply of"),
        ("print('x' * 10**7)", "output", "output: it printed more than"),
        ("import os; os._exit(0)", "error", "error: ended with status 0, unanswered"),
        ("import os; os.abort()", "error", "error: ended by signal SIGABRT"),
    ],
)
def test_an_outcome_says_what_happened(body: str, status: str, reason: str) -> None:
    got = score(f"def f(x):\n    {body}")
    assert (got.details["status"], got.value) == (status, float(status == "passed"))
    assert got.reason.startswith(reason)


def test_a_wrong_answer_names_the_test_what_was_expected_and_what_came() -> None:
    details = score("def f(x):\n    return x + 1").details
    assert (details["test"], details["expected"], details["got"]) == (2, "[6]", "6")
    assert details["sandbox"] in ("landlock", "bubblewrap")


def test_an_earlier_wrong_answer_is_told_before_a_later_timeout() -> None:
    source = "def f(x):\n    while x == 5:\n        pass\n    return 0"
    outcome = run_program(source, [Call("f", (1,)), Call("f", (5,))], Limits(cpu_s=1))
    assert (outcome.status, [result.value for result in outcome.results]) == ("timeout", [0])


def test_our_own_failure_is_a_missing_score_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def f(x):\n    return [6] if x == 5 else 2  # tried again"

    def broken(*_: object) -> None:
        raise SandboxError("no sandbox today.")

    with monkeypatch.context() as patched:
        patched.setattr("harness.scorers.code.run_calls", broken)
        assert score(source).value is None
        assert "no sandbox today" in score(source).reason
    assert score(source).value == 1.0


def test_a_server_that_is_killed_is_replaced() -> None:
    with Worker("process") as worker:
        assert worker._server
        worker._server.kill()
        worker._server.wait()
        outcome = run_calls(worker, "def f(x):\n    return x", [Call("f", (1,))], LIMITS)
        assert outcome.results[0].value == 1


def test_a_sandbox_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="no bubblewrap sandbox"):
        Worker("bubblewrap")


def test_tests_that_json_cannot_hold_are_our_failure() -> None:
    assert (
        start("def f(x): return 1", function="f", tests=[{"args": [{1, 2}], "returns": 1}]).result().value
        is None
    )


def test_dictionaries_compare_by_the_keys_that_a_stored_run_keeps() -> None:
    assert same_value({1: "a", None: "b"}, {"1": "a", "null": "b"})
    assert not same_value({1: "a", "1": "a"}, {"1": "a"})


# ---- a data set's own tests


CHECK = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == (3, {4})"
RIGHT = "def f(x):\n    return 2 if x == 1 else (3, {4})"


def test_python_tests_pass_and_fail_with_the_line_and_the_last_answer() -> None:
    assert run_tests(RIGHT, "f", CHECK).status == "answered"
    failed = run_tests("def f(x):\n    return 2", "f", CHECK)
    assert (failed.status, failed.message) == ("error", "line 3: AssertionError: ; last call: 2")


def test_python_tests_may_expect_an_exception_and_use_helpers() -> None:
    tests = "try:\n    f(-1)\n    assert False\nexcept ValueError:\n    pass\nassert f(helper(1)) == 2"
    source = "def f(x):\n    if x < 0:\n        raise ValueError('below 0')\n    return x"
    assert run_tests(source, "f", tests, setup="def helper(x):\n    return x + 1").status == "answered"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos._exit(0)",
        "import sys\ndef f(x):\n    sys.exit(0)",
        "class E:\n    __eq__ = lambda *_: True\ndef f(x):\n    return E()",
        "def f(x):\n    raise SystemExit",
        "class eval(Exception): pass\ndef f(x):\n    raise eval('1')",
        "def f(x):\n    print('passed')",
    ],
)
def test_python_tests_are_not_passed_by_a_trick(source: str) -> None:
    assert run_tests(source, "f", CHECK).status != "answered"


FORGED = """
import json, os, struct
def frame(value):
    body = json.dumps(value).encode()
    return struct.pack(">I", len(body)) + body
def f(x):
    for fd in range(3, 30):
        try:
            os.write(fd, frame({"error": ["x", "NAME", "TEXT"]}))
        except OSError:
            pass
    return 1
"""


@pytest.mark.parametrize("name", ["eval", "exec", "exit", "SystemExit", "__import__", "breakpoint", "object"])
def test_a_forged_exception_runs_nothing_where_the_tests_are(name: str) -> None:
    text = "[c for c in ().__class__.__base__.__subclasses__()] and __import__('os')._exit(0)"
    outcome = run_tests(FORGED.replace("NAME", name).replace("TEXT", text), "f", CHECK)
    assert outcome.status == "error"
    assert "ValueError" in outcome.message


def test_a_lost_program_is_never_passed_by_tests_that_swallow_everything() -> None:
    tests = "try:\n    f(1)\nexcept BaseException:\n    pass"
    assert run_tests("import os\ndef f(x):\n    os._exit(0)", "f", tests).status == "error"


def test_tests_that_break_are_our_failure() -> None:
    assert run_tests(RIGHT, "f", "import os\nos._exit(0)").status == "infrastructure"


def test_limits_are_those_that_the_record_tells() -> None:
    source = "import resource\ndef f(x):\n    return [resource.getrlimit(resource.RLIMIT_AS)[1], x]"
    assert run_program(source, [Call("f", (1,))]).results[0].value == [STANDARD.memory_bytes, 1]


def test_the_environment_is_the_same_everywhere() -> None:
    source = (
        "import os, random, sys, time\n"
        "def f():\n"
        "    return [hash('x'), sys.flags.hash_randomization, time.tzname[0], sys.getfilesystemencoding(),"
        " sorted(os.environ), random.random()]"
    )
    first, second = (run_program(source, [Call("f", ())]).results[0].value for _ in range(2))
    assert first == second
    assert first[1:4] == [0, "UTC", "utf-8"]
    assert {"PYTHONHASHSEED", "LC_ALL", "TZ"} <= set(first[4])
    assert not set(first[4]) - {
        "HOME",
        "LC_ALL",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONHASHSEED",
        "TZ",
    }
