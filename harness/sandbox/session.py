"""A conversation with one process in the sandbox, which may say anything, or nothing, or not stop."""

from __future__ import annotations

import json
import selectors
import signal
import socket
import time
from typing import IO, Any

from harness.sandbox.inside import frames
from harness.sandbox.records import Limits, Status

_KEPT_OUTPUT = 1 << 16
_READ = 1 << 16
_READY_S = 20.0
_GRACE_S = 0.05


class SessionEnded(Exception):
    """The process will not be listened to any more; `Session.ending` says why."""


class Session:
    """What is said to one process and what comes back, within its limits.

    Once it went wrong it stays wrong: every later exchange raises at once.
    """

    def __init__(self, channel: socket.socket, output: IO[bytes], limits: Limits) -> None:
        self.limits = limits
        self.printed = b""
        self.ended: dict[str, Any] | None = None
        """How the process ended, as the server says; ``None`` when the server itself is gone."""
        self._channel, self._output = channel, output
        self._n_printed = 0
        self._fault: tuple[Status, str] | None = None
        self._gone = False
        self._deadline = time.monotonic() + _READY_S
        channel.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)
        self._selector.register(output, selectors.EVENT_READ)

    @property
    def grace_s(self) -> float:
        """How long the process may take to end by itself, so that its own status is seen."""
        return _GRACE_S if self._gone else 0.0

    def begin(self, message: Any) -> Any:
        """Wait until the process is ready, send it its work, and return its first reply.

        Raises:
            SessionEnded: there will be no reply.
        """
        self._fault = ("infrastructure", "its process never became ready")
        self._receive()
        self._fault = None
        self._deadline = time.monotonic() + self.limits.wall_s
        return self.exchange(message)

    def exchange(self, message: Any) -> Any:
        """Send a message and return the reply: JSON, of which nothing else is known.

        Raises:
            SessionEnded: there is no reply, or none that may be read; now, or earlier.
        """
        if self._fault or self._gone:
            raise SessionEnded
        self._send(frames.pack(message))
        return self._receive()

    def _send(self, data: bytes) -> None:
        self._selector.modify(self._channel, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while data:
            ready = self._wait()
            if not ready & selectors.EVENT_WRITE:
                continue
            try:
                data = data[self._channel.send(data) :]
            except BlockingIOError:
                continue
            except OSError:
                self._end_by_itself()
        self._selector.modify(self._channel, selectors.EVENT_READ)

    def _receive(self) -> Any:
        (length,) = frames.HEADER.unpack(self._read(frames.HEADER.size))
        if length > self.limits.reply_bytes:
            self._end("output", f"a reply of {length} bytes, over {self.limits.reply_bytes}")
        body = self._read(length)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            self._end("error", "its reply cannot be read")

    def _read(self, wanted: int) -> bytes:
        parts = []
        while wanted:
            if not self._wait() & selectors.EVENT_READ:
                continue
            try:
                part = self._channel.recv(min(wanted, _READ))
            except BlockingIOError:
                continue
            except OSError:
                part = b""
            if not part:
                self._end_by_itself()
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _wait(self) -> int:
        """Wait for the channel, read what is printed meanwhile; return what the channel is ready for."""
        left = self._deadline - time.monotonic()
        events = self._selector.select(max(0.0, left))
        if left <= 0:
            self._end("timeout", f"no end after {self.limits.wall_s:g} s")
        channel = 0
        for key, event in events:
            if key.fileobj is self._channel:
                channel = event
            else:
                self._keep(self._output.read(_READ) or b"")
        return channel

    def _keep(self, printed: bytes) -> None:
        if not printed:
            self._selector.unregister(self._output)
        self._n_printed += len(printed)
        self.printed += printed[: _KEPT_OUTPUT - len(self.printed)]
        if self._n_printed > self.limits.output_bytes:
            self._end("output", f"it printed more than {self.limits.output_bytes} bytes")

    def _end(self, status: Status, message: str) -> Any:
        self._fault = self._fault or (status, message)
        raise SessionEnded

    def _end_by_itself(self) -> None:
        self._gone = True
        raise SessionEnded

    def close(self) -> None:
        """Stop listening."""
        self._selector.close()

    def ending(self) -> tuple[Status, str]:
        """Return why the conversation ended early, as far as is known once the process is buried."""
        if self._fault and self._fault[0] == "infrastructure":
            said = self.printed.decode("utf-8", "replace").strip().splitlines()
            return "infrastructure", said[-1] if said else self._fault[1]
        if self._fault:
            return self._fault
        if self.ended is None:
            return "infrastructure", "the sandbox's server is gone"
        return _ending(self.ended["status"], self.ended["killed"], self.ended["cpu_s"], self.limits)


def _ending(status: int, killed: bool, cpu_s: float, limits: Limits) -> tuple[Status, str]:
    if status == -signal.SIGXCPU or (status == -signal.SIGKILL and cpu_s >= limits.cpu_s):
        return "timeout", f"more than {limits.cpu_s} s of CPU time"
    if killed:
        return "error", "it closed its channel and went on"
    if status == -signal.SIGKILL:
        return "memory", "killed by the system, probably for its memory"
    if status == -signal.SIGSYS:
        return "blocked", "killed for a forbidden system call"
    if status < 0:
        return "error", f"ended by signal {signal.Signals(-status).name}"
    return "error", f"ended with status {status}, unanswered"
