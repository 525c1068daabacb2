"""A learnt reader on the bundled model: trained for a few steps, kept, and asked through the command line."""

from __future__ import annotations

import json
from pathlib import Path

from harness.learnt.reader import RECORD
from harness.learnt.training import Settings, train_reader
from harness.persona import read_persona
from harness.scorers import golden
from tests.support import run_python


def test_the_bundled_model_learns_to_read_and_is_measured(tmp_path: Path) -> None:
    plain = [row for row in golden.rows_to_train_on() if row.id.startswith("en-0") and not row.hard][:16]
    persona = read_persona(golden.GOLDEN / "persona.yaml")
    settings = Settings(epochs=3, rate=2e-3, rank=8, batch=4)
    train_reader(tmp_path / "reader", "bundled:smollm2", plain, persona, settings, "cpu")
    record = json.loads((tmp_path / "reader" / RECORD).read_text(encoding="utf-8"))
    assert (record["base"], record["rows"]) == ("bundled:smollm2", 16)
    own = tmp_path / "own.jsonl"
    own.write_text("".join(row.model_dump_json() + "\n" for row in plain), encoding="utf-8")
    said = run_python(
        *("-m", "harness", "scorers", "check", "claims", "--golden", str(own)),
        *("--reader", str(tmp_path / "reader"), "--json"),
        cwd=tmp_path,
    )
    assert said.returncode == 0, said.stderr
    found = [one for one in json.loads(said.stdout) if one["reader"] == "reader"]
    right = sum(one["found"] + one["clear"] for one in found)
    asked = sum(one["positive"] + one["negative"] for one in found)
    assert asked == 5 * 16
    assert right / asked > 0.8  # it was trained on them
