"""One engine in a process of its own: ``python -m harness.engines_vllm.worker DESCRIPTOR``.

It reads tasks from an inherited socket and sends back each sample as it is finished. When the
other end is gone, so is whoever wanted the answers: then it ends, with every process it started.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from harness.engines import Engine, load_engine
from harness.errors import HarnessError


def serve(pipe: Connection) -> None:
    """Answer tasks until there are no more: ``(verb, arguments)``, in pairs as `tasks` yields them.

    Replies: ``("sample", Sample)`` for each answer, ``("done", None)`` after each task, or
    ``("fault", (class name, message))``.
    """
    engine: Engine | None = None
    try:
        for verb, arguments in tasks(pipe):
            try:
                if verb == "open":
                    engine = load_engine(*arguments)
                elif verb == "close":
                    return
                else:
                    assert engine is not None, "the first task opens an engine"
                    for sample in getattr(engine, verb)(arguments):
                        pipe.send(("sample", sample))
                pipe.send(("done", None))
            except HarnessError as fault:
                pipe.send(("fault", (type(fault).__name__, str(fault))))
    finally:
        if engine is not None:
            engine.close()


def tasks(pipe: Connection) -> Iterator[tuple[str, Any]]:
    """Yield what the other end sends; a thread watches for its end even while an engine is busy."""
    inbox: SimpleQueue[tuple[str, Any]] = SimpleQueue()

    def read() -> None:
        try:
            while True:
                inbox.put(pipe.recv())
        except (EOFError, OSError):
            end_group()

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield inbox.get()


def end_group() -> None:
    """Kill this process and all it started, which vLLM would otherwise leave behind."""
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    """Serve on the socket whose descriptor is the first argument."""
    serve(Connection(int(sys.argv[1])))


if __name__ == "__main__":
    main()
