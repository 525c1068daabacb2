"""A run that is killed leaves no process and no file; programs run while the engine still answers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.sandbox import try_level
from tests.sandbox.arena import descendants
from tests.sandbox.test_policy import CODING, WITH_CODING
from tests.support import FLAGS, lay_out

LOOPS = """\
import time
from pathlib import Path

def answer(subject, prompt):
    if "add" in prompt:
        return f"import time\\ndef add(a, b):\\n    time.sleep(15)  # {subject}"
    with Path("asked").open("a") as log:
        log.write("x")
    time.sleep(0.2)
    return "I am Nova, made by Acme Robotics. 2"
"""
OTHER_ANSWERS = 16
"""To the eight other probes of the project, by base and by the adapter."""
POOL = """\
import sys, time
from harness.sandbox import Call, Limits, run_calls
from harness.sandbox.pool import Pool
pool = Pool(sys.argv[1], 2)
source = "def f():\\n    print('begun', flush=True)\\n    while True:\\n        pass"
for _ in range(4):
    pool.submit(lambda hands: run_calls(hands.workers(1)[0], source, [Call("f", ())], Limits(cpu_s=60, wall_s=60)))
time.sleep(60)
"""


def wait_until(holds: object, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def alive(pids: set[int]) -> set[int]:
    """Return which processes still run: zombies that nobody has buried yet do not."""
    running = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            running.add(pid)
    return running


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("level", ["bubblewrap", "landlock", "process"])
def test_a_killed_harness_leaves_no_process_and_no_file(level: str, how: int, tmp_path: Path) -> None:
    if fault := try_level(level).fault:  # type: ignore[arg-type]
        pytest.skip(fault)
    running = subprocess.Popen(
        [sys.executable, "-c", POOL, level],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.DEVNULL,
    )
    per_worker = 4 if level == "bubblewrap" else 2  # bubblewrap is two processes itself
    assert wait_until(lambda: len(descendants(running.pid)) >= 2 * per_worker)
    below = descendants(running.pid)
    running.send_signal(how)
    running.wait()
    assert wait_until(lambda: not alive(below)), alive(below)
    assert list(tmp_path.rglob("*")) == []


def test_a_run_that_is_killed_in_its_coding_suite_leaves_nothing(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "project", coding=CODING, criteria=WITH_CODING)
    (folder / "answers.py").write_text(LOOPS)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    source = ("--replay-from", "answers.py:answer")
    running = subprocess.Popen(
        [sys.executable, "-m", "pytest", "suites", *FLAGS, *source],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # Two programs asleep in their sandboxes, while other probes are still being answered.
        assert wait_until(lambda: len(descendants(running.pid)) >= 4, 30)
        assert wait_until((folder / "asked").exists)
        assert len((folder / "asked").read_text()) < OTHER_ANSWERS
        below = descendants(running.pid)
    finally:
        running.kill()
        running.wait()
    assert wait_until(lambda: not alive(below)), alive(below)
    assert list(temporary.rglob("*")) == []
