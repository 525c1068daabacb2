"""A worker: one server in the sandbox, and conversations with the processes that it forks."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any, Literal

from harness.errors import SandboxError
from harness.sandbox.inside import frames
from harness.sandbox.levels import ENVIRONMENT, command, setting
from harness.sandbox.records import Level, Limits
from harness.sandbox.session import Session

_START_S = 20.0
_BURIAL_S = 10.0
_LEAVE_S = 2.0
_PROGRAMS = 1_000
"""How many programs a server runs before a new one takes its place."""


class Worker:
    """One server at one level; one conversation at a time. Close it, or use it with ``with``.

    Raises:
        SandboxError: no server can be started at this level; the message says what stands in the way.
    """

    def __init__(self, level: Level) -> None:
        self.level = level
        self.facts: dict[str, Any] = {}
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._done = 0
        self._start()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        words = command(self.level)
        ours, theirs = socket.socketpair()
        try:
            # No preexec_fn: the process that holds the model must not be forked, only spawned.
            self._server = subprocess.Popen(
                words,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env=dict(ENVIRONMENT),
                start_new_session=True,
            )
        except OSError as fault:
            ours.close()
            raise SandboxError(f"no {self.level} sandbox: {fault}.") from fault
        finally:
            theirs.close()
        self._control = ours
        self._done = 0
        ours.settimeout(_START_S)
        try:
            frames.send(ours, setting(self.level))
            self.facts, _ = frames.receive(ours)
        except (OSError, EOFError) as fault:
            said = self._last_words()
            self.close()
            raise SandboxError(f"no {self.level} sandbox: {said or fault}.") from fault

    def _last_words(self) -> str:
        """Return the last line that a server wrote before it gave up."""
        assert self._server is not None and self._server.stderr is not None
        with suppress(ProcessLookupError):
            self._server.kill()
        lines = self._server.stderr.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip(" .") if lines else ""

    @contextmanager
    def session(self, job: Literal["program", "tests"], limits: Limits) -> Iterator[Session]:
        """Fork a process for one program, or for a data set's tests, and bury it at the end.

        Raises:
            SandboxError: the server is gone, or could not fork.
        """
        if self._control is None or self._done >= _PROGRAMS:
            self.close()
            self._start()
        assert self._control is not None
        self._done += 1
        with contextlib.ExitStack() as stack:
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            reader, writer = os.pipe()
            output = stack.enter_context(os.fdopen(reader, "rb", buffering=0))
            try:
                self._control.settimeout(_BURIAL_S)
                message = {**asdict(limits), "job": job}
                frames.send(self._control, message, [theirs.fileno(), writer])
            except OSError as fault:
                self.close()
                raise SandboxError(f"the {self.level} sandbox is gone: {fault}.") from fault
            finally:
                theirs.close()
                os.close(writer)
            session = Session(ours, output, limits)
            try:
                yield session
            finally:
                session.close()
                self._bury(session)

    def _bury(self, session: Session) -> None:
        assert self._control is not None
        try:
            frames.send(self._control, {"end": session.grace_s})
            session.ended, _ = frames.receive(self._control)
        except (OSError, EOFError):
            session.ended = None
            self.close()

    def close(self) -> None:
        """Kill the server, and everything in it."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is None:
            return
        try:
            self._server.wait(_LEAVE_S)  # it buries what it has when the socket closes
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()
        if self._server.stderr is not None:
            self._server.stderr.close()
        self._server = None
