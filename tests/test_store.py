"""One SQLite file per run: written as answers arrive, locked, honest about damage."""

from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.records import Sample
from harness.store import FILE, Store


def test_answers_survive_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path)
    sample = Sample("k", "a\x00b 中文", (1, 2), (-0.5,), "stop")
    store.add_sample(sample)
    store.close()
    again = Store(tmp_path)
    assert again.sample("k") == sample
    assert len(again) == 1
    again.close()


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    first = Store(tmp_path)
    with pytest.raises(StoreError, match="another process is writing this run"):
        Store(tmp_path)
    first.close()
    Store(tmp_path).close()


def test_fresh_begins_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add_sample(Sample("k", "x"))
    store.close()
    store = Store(tmp_path, fresh=True)
    assert len(store) == 0
    store.close()


def test_what_is_no_run_or_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="it is no run"):
        Store(tmp_path, read_only=True)
    (tmp_path / FILE).write_bytes(b"not a database at all, but long enough to look like one" * 40)
    with pytest.raises(StoreError, match="cannot be read"):
        Store(tmp_path)
