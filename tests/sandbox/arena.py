"""What hostile programs are let loose on, and how it is seen that they did no harm."""

from __future__ import annotations

import os
import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.sandbox import LEVELS, Call, Level, Limits, Outcome, repr_of, run_calls, status_of_error
from harness.sandbox.worker import Worker
from harness.scorers.code import same_value

HERE = Path(__file__).parent
LIMITS = Limits(cpu_s=1, wall_s=2.0)
DID_IT = "did it"
ANSWERED = ("wrong", "error", "blocked")


@dataclass(frozen=True)
class Hostile:
    """A program that tries to do harm; see hostile.yaml."""

    id: str
    tries: str
    known: str
    source: str
    ends: tuple[str, ...] = ANSWERED
    needs: Level = "process"

    def may_run(self, level: Level) -> bool:
        """Say whether something would hold it at this level, should it succeed."""
        return LEVELS.index(level) >= LEVELS.index(self.needs)


def read_hostile() -> list[Hostile]:
    """Return the hostile programs, in file order."""
    read = yaml.safe_load((HERE / "hostile.yaml").read_text(encoding="utf-8"))
    return [Hostile(**{**one, "ends": _ends(one.get("ends", ["answered"]))}) for one in read]


def _ends(named: list[str]) -> tuple[str, ...]:
    return tuple(end for name in named for end in (ANSWERED if name == "answered" else (name,)))


def read_harmless() -> list[dict[str, Any]]:
    """Return the harmless programs, in file order."""
    read: list[dict[str, Any]] = yaml.safe_load((HERE / "harmless.yaml").read_text(encoding="utf-8"))
    return read


class Arena:
    """A folder with secrets, a process with a secret environment, and sockets that listen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expected = random.SystemRandom().getrandbits(60)
        self.canary = f"canary-{secrets.token_hex(8)}"
        (folder / "secret.txt").write_text(self.canary)
        (folder / "hidden.yaml").write_text(
            f"tests: [{{args: [2], returns: {self.expected}}}]  # {self.canary}"
        )
        os.environ["HARNESS_ARENA_TOKEN"] = self.canary
        self.victim = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(1000)"], env={"TOKEN": self.canary}
        )
        self.abstract = f"harness-{secrets.token_hex(4)}"
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._unix = socket.socket(socket.AF_UNIX)
        self._unix.bind(f"\0{self.abstract}")
        self._unix.listen()
        self._datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._datagrams.bind(f"\0{self.abstract}-datagrams")
        self._files = self._listing()

    def fill(self, source: str) -> str:
        """Return a program with its targets in place."""
        targets = {
            "FOLDER": self.folder,
            "ROOT": HERE.parents[1],
            "VICTIM": self.victim.pid,
            "PORT": self._tcp.getsockname()[1],
            "UDP": self._udp.getsockname()[1],
            "ABSTRACT": self.abstract,
        }
        for name, value in targets.items():
            source = source.replace(f"@{name}@", str(value))
        return source

    def _listing(self) -> list[tuple[str, int, float, str]]:
        found = []
        for path in sorted(self.folder.rglob("*")):
            about = path.lstat()
            found.append((path.name, about.st_mode, about.st_mtime, path.read_text(errors="replace")))
        return found

    def _came(self) -> Iterator[str]:
        for name, listening in (("a connection", self._tcp), ("a local connection", self._unix)):
            listening.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    listening.accept()[0].close()
                    yield f"{name} arrived"
        for listening in (self._udp, self._datagrams):
            listening.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    listening.recv(100)
                    yield "a datagram arrived"

    def harm(self, outcome: Outcome) -> Iterator[str]:
        """Yield what a program achieved that it must not."""
        came = [(repr_of(result.value, 1 << 20), result.error) for result in outcome.results]
        said = f"{came}{outcome.message}{outcome.printed}"
        if any(same_value(result.value, self.expected) for result in outcome.results):
            yield "it passed"
        if DID_IT in said:
            yield "it did it"
        if self.canary in said or str(self.expected) in said:
            yield "a secret came out"
        if self._listing() != self._files:
            yield "files changed"
            self._files = self._listing()
        if self.victim.poll() is not None:
            yield "the victim died"
        yield from self._came()

    def close(self) -> None:
        """Take everything down."""
        self.victim.kill()
        self.victim.wait()
        for one in (self._tcp, self._udp, self._unix, self._datagrams):
            one.close()
        os.environ.pop("HARNESS_ARENA_TOKEN", None)


@contextmanager
def arena_in(folder: Path) -> Iterator[Arena]:
    """Build an arena, and take it down."""
    arena = Arena(folder)
    try:
        yield arena
    finally:
        arena.close()


def let_loose(hostile: Hostile, worker: Worker, arena: Arena) -> list[str]:
    """Run a hostile program in a worker; return what it achieved, nothing where it was held."""
    server, processes = server_pid(worker), descendants(server_pid(worker))
    begun = time.monotonic()
    outcome = run_calls(worker, arena.fill(hostile.source), [Call("f", (2,))] * 2, LIMITS)
    took = time.monotonic() - begun
    found = list(arena.harm(outcome))
    if (ended := ending(outcome)) not in hostile.ends:
        found.append(f"it ended as {ended}: {outcome.message}")
    if took > LIMITS.wall_s + 2:
        found.append(f"it took {took:.1f} s")
    if server_pid(worker) != server:
        found.append("the server died")
    elif left := descendants(server) - processes:
        found.append(f"{len(left)} processes are left")
    after = run_calls(worker, "def f(x):\n    return x + 1", [Call("f", (2,))], LIMITS)
    if [result.value for result in after.results] != [3]:
        found.append(f"afterwards a right program gave {after.status}")
    return found


def ending(outcome: Outcome) -> str:
    """Return how a program that does not pass ended, as its score says it."""
    if outcome.results:
        error = outcome.results[0].error
        return status_of_error(error) if error else "wrong"
    return outcome.status


def server_pid(worker: Worker) -> int:
    """Return the process id of a worker's server, 0 where it is gone."""
    return worker._server.pid if worker._server else 0


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    below, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in below} - below
        below |= more
        grown = bool(more)
    return below - {pid}
