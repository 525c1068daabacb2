"""The server in the sandbox: started once, it forks a process for each program and buries it.

It is told what to do over its standard input, a socket, one message after the other:

    {"layers": ...}        once: which layers to use; it answers with those that hold
    {"job": ..., limits}   with two descriptors, a channel and a pipe for output: fork
    {"end": grace_s}       kill that process, and say how it ended

When the other end of the socket closes, for whatever reason, everything here is killed.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from . import frames, judging, landlock, limits, program, seccomp

_USUAL = (
    "abc bisect cmath collections.abc copy dataclasses datetime decimal enum fractions functools heapq "
    "itertools math operator re resource statistics string textwrap typing unicodedata"
)
"""Modules that short programs often import; here they are imported once for all of them."""
_LINUX = sys.platform == "linux"


def main() -> None:
    """Serve until the other side is gone."""
    control = socket.socket(fileno=os.dup(0))
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 0)
    setting, _ = frames.receive(control)
    if _LINUX:
        limits.adopt_orphans()
        limits.die_with_parent()
    ruleset = landlock.make_ruleset(setting["readable"], setting["listable"]) if setting["landlock"] else -1
    os.environ.pop("PWD", None)  # which bubblewrap adds
    for name in _USUAL.split():
        import_module(name)
    gc.collect()
    gc.freeze()
    frames.send(control, {"landlock": landlock.abi() if _LINUX else 0, "python": sys.version.split()[0]})
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.close(quiet)
    _serve(control, ruleset, bool(setting["seccomp"]))


def _serve(control: socket.socket, ruleset: int, with_seccomp: bool) -> None:
    while True:
        try:
            job, (channel, output) = frames.receive(control)
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            control.close()
            _become(job, channel, output, ruleset, with_seccomp)
        os.close(channel)
        os.close(output)
        try:
            ending, _ = frames.receive(control)
        except EOFError:
            ending = None
        ended = _bury(child, ending["end"] if ending else 0.0)
        if ending is None:
            return
        frames.send(control, ended)


def _become(job: Any, channel: int, output: int, ruleset: int, with_seccomp: bool) -> None:
    """Turn the forked process into a program's, which never returns from here."""
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        os.chdir("/")
        random.seed(0)  # which a fork makes it draw anew
        if _LINUX:
            limits.die_with_parent()
            limits.drop_privileges()
        limits.set_limits(job)
        if ruleset >= 0:
            landlock.restrict(ruleset)
            os.close(ruleset)
        if with_seccomp:
            # Before ABI 3, a file that can be read could be cut by opening it.
            seccomp.restrict(forbid_writing=ruleset < 0 or landlock.abi() < 3)
        sock = socket.socket(fileno=channel)
        frames.send(sock, {"ready": True})
        {"program": program, "tests": judging}[job["job"]].serve(sock)
    except BaseException:
        with suppress(BaseException):
            traceback.print_exc()
        os._exit(70)
    finally:
        os._exit(0)


def _bury(child: int, grace_s: float) -> dict[str, Any]:
    """Wait a little for a process to end, then kill it and all it left; say how it ended."""
    deadline = time.monotonic() + grace_s
    found, status, used = os.wait4(child, os.WNOHANG)
    while not found and time.monotonic() < deadline:
        time.sleep(0.001)
        found, status, used = os.wait4(child, os.WNOHANG)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    if not found:
        os.kill(child, signal.SIGKILL)
        _, status, used = os.wait4(child, 0)
    _kill_orphans()
    return {
        "status": os.waitstatus_to_exitcode(status),
        "killed": not found,
        "cpu_s": used.ru_utime + used.ru_stime,
    }


def _kill_orphans() -> None:
    """Kill what the process left behind, where it could make others at all and they can be listed."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while _LINUX:
        try:
            left = [int(pid) for pid in children.read_text().split()]
        except OSError:
            left = []
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, 0 if left else os.WNOHANG)[0]:
                continue
        if not left:
            return
