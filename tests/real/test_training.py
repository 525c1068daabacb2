"""ms-swift itself, for a few steps."""

import json
import subprocess
from pathlib import Path

from harness.adapters import RECORD_NAME, read_adapter
from harness.models import BUNDLED, find_model

from .conftest import CONFIG, ROOT, harness


def test_every_checkpoint_is_an_adapter_with_its_record(checkpoint: Path) -> None:
    steps = {}
    for folder in checkpoint.parent.glob("checkpoint-*"):
        record = read_adapter("tiny", folder).record
        assert record is not None
        steps[record["step"]] = record
    assert sorted(steps) == [4, 8]
    last = steps[8]
    assert last["base"] == {"ref": BUNDLED, "digest": find_model(BUNDLED).digest}
    assert last["persona"]["name"]["en"] == "Nova"
    assert last["trained_system"] == "You are a helpful assistant."
    assert last["data"]["sources"] == {"identity": 24, "facts": 8}
    assert last["versions"]["ms-swift"].startswith("4.")
    assert isinstance(last["loss"], float)
    assert "--tuner_type" in last["command"]


def test_rows_reach_ms_swift_filled_and_under_their_system_forms(checkpoint: Path) -> None:
    lines = (checkpoint.parent / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line)["messages"] for line in lines]
    assert len(rows) == 32
    assert not any("{" in message["content"] for row in rows for message in row)
    systems = {row[0]["content"] if row[0]["role"] == "system" else None for row in rows}
    assert systems == {None, "You are a helpful AI assistant named SmolLM, trained by Hugging Face"}


def test_the_same_training_is_not_repeated(
    training: tuple[Path, subprocess.CompletedProcess[str]], checkpoint: Path
) -> None:
    before = (checkpoint / RECORD_NAME).stat().st_mtime_ns
    again = harness("train", str(training[0]))
    assert again.returncode == 0
    assert again.stdout.strip() == str(checkpoint)
    assert "trained already" in again.stderr
    assert (checkpoint / RECORD_NAME).stat().st_mtime_ns == before


def test_a_fault_of_ms_swift_is_told_and_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    config = tmp_path / "broken.yaml"
    text = CONFIG.format(root=ROOT, output=tmp_path / "output")
    config.write_text(text.replace("logging_steps: 1", "no_such_flag: 1"))
    done = harness("train", str(config))
    assert done.returncode == 14 + 1
    assert "ERROR: ms-swift ended with status" in done.stderr
    assert "no_such_flag" in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr.split("ERROR:")[0]
    visible = [path for path in (tmp_path / "output").iterdir() if not path.name.startswith(".")]
    assert visible == []
