"""ms-swift as a subprocess: its command in the flags of the installed version, its progress, its end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness.errors import TrainingError
from harness.progress import Progress, progress
from harness.training.config import FlagValue

LOG = "swift.log"
_RENAMED_IN_4 = {"train_type": "tuner_type"}
_TAIL_LINES = 12
_KILLED = " (killed, perhaps for want of memory)"


def swift_version() -> str | None:
    """Return the version of ms-swift that is installed, or ``None``."""
    try:
        return version("ms-swift")
    except PackageNotFoundError:
        return None


def swift_arguments(flags: Mapping[str, FlagValue], installed: str | None) -> list[str]:
    """Return flags as ms-swift's command line takes them, renamed for the installed version.

    >>> swift_arguments({"tuner_type": "lora", "save_only_model": True}, "3.12.0")
    ['--train_type', 'lora', '--save_only_model', 'true']
    """
    old = installed is not None and int(installed.split(".")[0]) < 4
    names = {new: before for before, new in _RENAMED_IN_4.items()} if old else _RENAMED_IN_4
    arguments = []
    for name, value in flags.items():
        arguments.append(f"--{names.get(name, name)}")
        arguments += [_text(item) for item in (value if isinstance(value, list) else [value])]
    return arguments


def _text(value: bool | int | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def swift_program() -> str:
    """Return the path of the ``swift`` script, beside this Python or on PATH.

    Raises:
        TrainingError: ms-swift is not installed.
    """
    beside = Path(sys.executable).with_name("swift")
    found = str(beside) if beside.exists() else shutil.which("swift")
    if found is None or swift_version() is None:
        raise TrainingError("ms-swift is not installed; run `pip install 'identity-harness[train]'`.")
    return found


def run_swift(command: Sequence[str], folder: Path) -> None:
    """Run ms-swift, show its steps, and make sure that it went to the last one.

    Its output goes to ``swift.log`` in the folder; it is killed with all its children when this
    process is interrupted or told to end (SIGTERM).

    Raises:
        TrainingError: it ended with a fault, or before its last step; the message ends with the
            log's last lines.
    """
    log = folder / LOG
    with _sigterm_interrupts():
        process = _start(command, log)
        try:
            status = _watch(process, folder)
        finally:
            _end(process)
    step, steps = _steps(folder)
    if status != 0 or steps == 0 or step < steps:
        raise TrainingError(
            f"ms-swift ended with status {status}{_KILLED if status == -signal.SIGKILL else ''} after "
            f"step {step} of {steps or '?'}; its log is {log}, and ends:\n{_tail(log)}"
        )


def _start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start ms-swift in a session of its own, its output going to a file."""
    try:
        with log.open("w", encoding="utf-8") as output:
            return subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
    except OSError as fault:
        raise TrainingError(f"{command[0]}: cannot be started ({fault}); install ms-swift again.") from fault


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM interrupt as Ctrl-C does, so that what was started is ended with this process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a process and of its children."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment() -> dict[str, str]:
    """ms-swift sees one GPU unless the user chose; with several it would split the model over all."""
    chosen = {"CUDA_VISIBLE_DEVICES": "0"} if "CUDA_VISIBLE_DEVICES" not in os.environ else {}
    quiet = {"TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **chosen, **quiet}


def _watch(process: subprocess.Popen[bytes], folder: Path) -> int:
    while process.poll() is None and _steps(folder)[1] == 0:
        time.sleep(0.5)
    done, steps = _steps(folder)
    if steps:
        with progress("training steps", steps) as bar:
            bar.advance(done)
            _follow(process, folder, done, bar)
    return process.wait()


def _follow(process: subprocess.Popen[bytes], folder: Path, done: int, bar: Progress) -> None:
    while process.poll() is None:
        time.sleep(0.5)
        now = _steps(folder)[0]
        if now > done:
            bar.advance(now - done)
            done = now


def _steps(folder: Path) -> tuple[int, int]:
    """Return (step, steps) from the newest line of ms-swift's logging.jsonl, (0, 0) before any."""
    for line in reversed(training_log(folder)):
        text = str(line.get("global_step/max_steps", ""))
        if "/" in text:
            step, _, steps = text.partition("/")
            return int(step), int(steps)
    return 0, 0


def training_log(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of ms-swift's logging.jsonl that are whole by now."""
    lines: list[dict[str, Any]] = []
    for file in sorted(folder.glob("**/logging.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                read = json.loads(line)
            except ValueError:  # still being written
                continue
            lines += [read] if isinstance(read, dict) else []
    return lines


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in lines if line.strip()][-_TAIL_LINES:]
    return "\n".join(f"    {line[:300]}" for line in told)
