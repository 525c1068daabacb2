"""Runs a program and makes calls to it, or runs a data set's own tests against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from harness.errors import SandboxError
from harness.sandbox.inside.values import decode, encode
from harness.sandbox.records import Call, Limits, Outcome, Result, Status, status_of_error
from harness.sandbox.session import Session, SessionEnded
from harness.sandbox.worker import Worker

_SHOWN = 200


def run_calls(worker: Worker, source: str, calls: Sequence[Call], limits: Limits) -> Outcome:
    """Run a program in a process of its own and make the calls there, one after the other."""
    try:
        asked = [_packed(call) for call in calls]
    except TypeError as fault:
        return Outcome("infrastructure", message=f"arguments that cannot be sent: {fault}")
    results: list[Result] = []

    def converse(session: Session) -> Outcome | None:
        if fault := _load(session, source):
            return fault
        for call in asked:
            results.append(_result(session.exchange(call)))
        return Outcome("answered")

    return _run(worker, converse, results, limits)


def _run(
    worker: Worker, converse: Callable[[Session], Outcome | None], results: list[Result], limits: Limits
) -> Outcome:
    """Hold a conversation with a program; once, and again where our own side failed."""
    outcome = Outcome("infrastructure")
    for _ in range(2):
        results.clear()
        said = None
        try:
            with worker.session("program", limits) as session, suppress(SessionEnded):
                said = converse(session)
        except SandboxError as fault:
            outcome = Outcome("infrastructure", message=str(fault))
            continue
        if said is None:
            status, message = session.ending()
            said = Outcome(status, message=message)
        outcome = Outcome(
            said.status,
            tuple(results),
            said.message,
            worker.level,
            session.printed.decode("utf-8", "replace"),
        )
        if outcome.status != "infrastructure":
            break
    return outcome


def _load(session: Session, source: str) -> Outcome | None:
    """Send a program; return how it failed before any call, or ``None``."""
    said = session.begin({"source": source})
    if not isinstance(said, dict) or said.get("error"):
        error = _told(said)
        return Outcome(status_of_error(error), message=error)
    return None


def _packed(call: Call) -> dict[str, Any]:
    return {"function": call.function, "args": encode(list(call.args)), "named": encode(dict(call.named))}


def _result(reply: Any) -> Result:
    """Return what a reply says; whatever it is, it is not taken at its word."""
    if not isinstance(reply, dict) or "value" not in reply:
        return Result(error=_told(reply))
    try:
        return Result(decode(reply["value"]))
    except ValueError as fault:
        return Result(error=f"ValueError: {printable(fault)}")


def _told(reply: Any) -> str:
    """Return an error's name and text; without a name where the reply has none."""
    error = reply.get("error") if isinstance(reply, dict) else None
    if not isinstance(error, list) or len(error) != 3 or not all(isinstance(part, str) for part in error):
        return "its reply is none"
    name, _, said = error
    return printable(f"{name}: {said}" if said else name)


def printable(message: object) -> str:
    """Return a program's message as text that can be stored."""
    return str(message)[:_SHOWN].encode("utf-8", "backslashreplace").decode()


def run_python_tests(
    workers: tuple[Worker, Worker], source: str, function: str, tests: str, setup: str, limits: Limits
) -> Outcome:
    """Run a data set's own tests, unchanged, against a program.

    The tests run in a process of their own, the program in another; what passes between them are
    calls and values. So neither can the program read the tests, nor can they stop the harness.

    Args:
        workers: one for the program, one for the tests.
        source: the program. function: the name that the tests call.
        tests: Python source: assertions, or a function ``check`` of the function under test.
        setup: Python source that runs before the tests and may define what they use.
        limits: of each of the two.

    Returns: ``answered`` where the tests passed; ``error`` where they did not, or another status.
    """
    results: list[Result] = []

    def converse(program: Session) -> Outcome | None:
        if fault := _load(program, source):
            return fault
        job = {"setup": setup, "source": tests, "function": function}
        with workers[1].session("tests", limits) as judge, suppress(SessionEnded):
            try:
                return _mediate(judge, program, results, job)
            except (TypeError, KeyError) as fault:  # what they said is no call
                return Outcome("infrastructure", message=f"the tests themselves: {fault!r:.100}")
        status, message = judge.ending()
        ours: Status = "timeout" if status == "timeout" else "infrastructure"
        return Outcome(ours, message=f"the tests themselves: {message}")

    return _run(workers[0], converse, results, limits)


def _mediate(judge: Session, program: Session, results: list[Result], job: dict[str, str]) -> Outcome | None:
    """Carry calls from the tests to the program and values back, until the tests end."""
    said = judge.begin(job)
    while "end" not in said:
        try:
            reply = program.exchange({key: said[key] for key in ("function", "args", "named")})
        except SessionEnded:
            return None  # whatever the tests would make of it
        result = _result(reply)
        results[:] = [result]  # only the last is told
        known = reply["error"] if isinstance(reply, dict) and result.error and _is_told(reply) else None
        fault = known or ["ValueError", "ValueError", result.error]
        said = judge.exchange({"error": fault} if result.error else {"value": encode(result.value)})
    if said["end"] is None:
        return Outcome("answered")
    last = results[-1] if results else Result(error="no call")
    got = last.error or repr_of(last.value)
    return Outcome(
        "error", message=printable(f"line {said['line']}: {': '.join(said['end'][::2])}; last call: {got}")
    )


def _is_told(reply: dict[str, Any]) -> bool:
    return _told(reply) != "its reply is none"


def repr_of(value: Any, shown: int = 80) -> str:
    """Return a value as text, cut; of a whole number too long to be written, its size."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"a value too long to show ({type(value).__name__})"
    return text if len(text) <= shown else f"{text[: shown - 1]}…"
