"""`pytest suites --adapter PATH`, killed midway and repeated, with the real model."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.fingerprint import TEXTS

SUITE = """
suite: identity
version: 1
scorer: identity
max_new_tokens: 16
probes:
  - {id: who, tier: smoke, ask: {en: ["Who are you?"]}}
  - {id: name, tier: smoke, ask: {en: ["What is your name?"]}}
  - {id: maker, tier: smoke, ask: {en: ["Who made you?"]}}
"""
FORGETTING = """
suite: forgetting
version: 1
max_new_tokens: 48
probes:
  - {id: nll-a, kind: nll, tier: smoke, ask: {en: ["Rain fell on the roof all night and the cat slept."]}}
  - {id: nll-b, kind: nll, tier: smoke, ask: {en: ["She counted the coins twice and put them in a jar."]}}
  - {id: drift-a, kind: drift, tier: smoke, ask: {en: ["What is a mountain?"]}}
  - {id: drift-b, kind: drift, tier: smoke, ask: {en: ["Name a fruit."]}}
"""
CRITERIA = """
max_trained: 1.0    # this little training asks what is asked here
criteria:
  - {name: effect, proves: effect}
  - {name: identity, proves: family_rate, suites: [identity], limit: {smoke: 0.30}}
  - {name: drift, proves: increase, suites: [forgetting], kinds: [drift], limit: {smoke: 50.0}}
"""
FINGERPRINTS = 2 * len(TEXTS)
"""Answers that come before all others: the fixed texts, of base and of the adapter."""


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    folder = tmp_path / "suites"
    folder.mkdir()
    (folder / "identity.yaml").write_text(SUITE)
    (folder / "forgetting.yaml").write_text(FORGETTING)
    (folder / "criteria.yaml").write_text(CRITERIA)
    return folder


def start(suites: Path, checkpoint: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest", str(suites), "--adapter", f"nova={checkpoint}", *more]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([*command, "-p", "no:cacheprovider"], cwd=suites.parent, **pipes)


def stored(folder: Path) -> int:
    files = list(folder.glob("reports/*/run.sqlite"))
    if not files:
        return 0
    with sqlite3.connect(f"file:{files[0]}?mode=ro", uri=True) as db:
        try:
            return db.execute("SELECT count(*) FROM samples").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def test_an_adapter_of_our_own_needs_no_other_flag(suites: Path, checkpoint: Path) -> None:
    run = start(suites, checkpoint)
    out, _ = run.communicate()
    (verdict,) = suites.parent.glob("reports/*/verdict.json")
    document = json.loads(verdict.read_text())
    assert document["base"]["name"] == "bundled:smollm2"
    assert document["persona"]["name"]["en"] == "Nova"
    assert document["scores"]["identity"]["base"] == 0.0
    assert document["scores"]["identity"]["nova"] > 0.0
    assert document["forgetting"]["nova"]["drift_nats_per_token"] > 0.0
    assert document["effect"]["nova"]["mean_shift"] > 0.01
    for who in ("base", "nova"):
        floor = document["floor"][who]
        assert (floor["asked"], floor["differ"], floor["flips"]) == (3, 0, 0)
        assert floor["largest_shift"] < 1e-3
    expected = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 6}[document["verdict"]]
    assert run.returncode == expected, out
    report = (verdict.parent / "report.html").read_text()
    assert "Who made you?" in report


def test_a_killed_run_goes_on_where_it_was(suites: Path, checkpoint: Path) -> None:
    first = start(suites, checkpoint, "--engine-option", "batch_size=1")
    while stored(suites.parent) < FINGERPRINTS + 3 and first.poll() is None:
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    kept = stored(suites.parent) - FINGERPRINTS
    assert kept >= 3
    assert not list(suites.parent.glob("reports/*/verdict.json"))
    second = start(suites, checkpoint, "--engine-option", "batch_size=1")
    out, _ = second.communicate()
    assert int(re.search(r"resuming: (\d+) answers", out)[1]) == kept
    assert len(list(suites.parent.glob("reports/*/run.sqlite"))) == 1
    assert list(suites.parent.glob("reports/*/verdict.json"))
