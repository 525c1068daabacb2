"""The store: nothing that was answered is lost, asked twice or taken for another run's."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.persona import Persona
from harness.records import Ask, Probe, Request, Sample, Score, Scored, Span
from harness.store import FILE, Store, spans_from, storable
from tests.support import probe_from

HELLO = Sample("k1", "Hello.", (1, 2), (), "stop")
LIKELY = Sample("k2", "", (), (-0.5, -1.25), "score")


def filled(folder: Path) -> Path:
    store = Store(folder)
    store.add_sample(HELLO)
    store.add_sample(LIKELY)
    store.set_meta(run={"tier": "smoke"})
    store.close()
    return folder


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    store = Store(filled(tmp_path / "run"))
    assert (len(store), list(store.samples())) == (2, [HELLO, LIKELY])
    assert (store.sample("k1"), store.sample("no")) == (HELLO, None)
    assert (store.meta("run"), store.meta("no")) == ({"tier": "smoke"}, None)
    store.close()


def test_a_closed_run_is_one_file(tmp_path: Path) -> None:
    run = filled(tmp_path / "run")
    assert [file.name for file in run.glob("run*")] == [FILE]
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(run / FILE, copy)
    store = Store(copy, read_only=True)
    assert len(store) == 2
    store.close()
    assert [file.name for file in copy.iterdir()] == [FILE]


@pytest.mark.parametrize("name", ["a#b", "50%", "what?", "%20", "ein Ordner", "日本"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    filled(tmp_path / name)
    assert (tmp_path / name / FILE).exists()
    store = Store(tmp_path / name, read_only=True)
    assert len(store) == 2
    store.close()


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "\udfff\ud800 x", "\x1b[2J", "🙂\u2028", ""])
def test_every_text_a_model_can_say_survives(tmp_path: Path, nova_persona: Persona, text: str) -> None:
    probe = probe_from(tmp_path, "ask: {en: [x]}", nova_persona)
    request = Request("generate", "base", "s", (1,))
    store = Store(tmp_path / "run")
    store.add_sample(Sample("k", text, (1,)))
    kept = store.sample("k")
    assert kept is not None
    assert kept.text == storable(text)
    store.set_asks([(Ask("base", probe, probe.variants[0], "answer", request), f"user: {text}")])
    score = Score(0.0, f"says {text}", (Span(0, 1, "w"),), {"said": text})
    store.set_scores([Scored("base", probe, probe.variants[0], text, score)], {"p": "word@1"})
    store.set_meta(note=text)
    store.close()
    again = Store(tmp_path / "run", read_only=True)
    assert again.sample("k") == kept
    assert again.meta("note") == kept.text
    ((answer, reason, details),) = again.rows("SELECT answer, reason, details FROM scores")
    assert (answer, reason) == (kept.text, storable(f"says {text}"))
    assert json.loads(details)["said"] == text
    again.close()


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_storable_changes_only_what_utf8_cannot_hold(text: str) -> None:
    kept = storable(text)
    assert kept.encode("utf-8").decode() == kept
    assert storable(kept) == kept
    assert kept == text or any("\ud800" <= char <= "\udfff" for char in text)


def test_answers_stand_apart_from_scores(tmp_path: Path, nova_persona: Persona) -> None:
    run = filled(tmp_path / "run")
    probe = probe_from(tmp_path, "ask: {en: [x]}", nova_persona)
    for version, value in (("word@1", 0.0), ("word@2", 1.0), ("word@2", 0.5)):
        store = Store(run)
        scored = Scored("base", probe, probe.variants[0], "Hello.", Score(value, "so"))
        store.set_scores([scored], {"p": version})
        store.close()
    store = Store(run, read_only=True)
    assert store.rows("SELECT scorer, value FROM scores ORDER BY scorer") == [
        ("word@1", 0.0),
        ("word@2", 0.5),
    ]
    assert list(store.samples()) == [HELLO, LIKELY]
    store.close()


def test_a_missing_score_stays_missing(tmp_path: Path, nova_persona: Persona) -> None:
    probe = probe_from(tmp_path, "ask: {en: [x]}", nova_persona)
    store = Store(tmp_path / "run")
    scored = Scored("base", probe, probe.variants[0], "", Score(None, "the engine failed"))
    store.set_scores([scored], {"p": "word@1"})
    assert store.rows("SELECT value, reason FROM scores") == [(None, "the engine failed")]
    store.close()


def test_a_batch_of_scores_is_written_whole_or_not_at_all(tmp_path: Path, nova_persona: Persona) -> None:
    probe: Probe = probe_from(tmp_path, "ask: {en: [x]}", nova_persona)
    store = Store(tmp_path / "run")
    good = Scored("base", probe, probe.variants[0], "", Score(1.0))
    bad = Scored({"no": "text"}, probe, probe.variants[0], "", Score(1.0))  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="cannot be read or written"):
        store.set_scores([good, bad], {"p": "word@1"})
    assert store.rows("SELECT * FROM scores") == []
    store.set_scores([good], {"p": "word@1"})
    store.close()


def test_spans_are_read_as_written() -> None:
    assert spans_from('[[0, 4, "name: claimed"]]') == (Span(0, 4, "name: claimed"),)


def test_fresh_forgets_answers_and_the_verdict_on_them(tmp_path: Path) -> None:
    run = filled(tmp_path / "run")
    (run / "verdict.json").write_text("{}")
    store = Store(run, fresh=True)
    assert (len(store), store.meta("run")) == (0, None)
    assert not (run / "verdict.json").exists()
    store.close()


def test_a_run_has_one_writer_and_any_number_of_readers(tmp_path: Path) -> None:
    run = filled(tmp_path / "run")
    writer = Store(run)
    with pytest.raises(StoreError, match="another process is writing this run; wait for it, or stop it"):
        Store(run)
    with pytest.raises(StoreError, match="another process"):
        Store(run, fresh=True)
    reader = Store(run, read_only=True)
    writer.add_sample(Sample("k3", "more"))
    assert (len(reader), len(writer)) == (2, 3)
    writer.close()
    reader.close()
    Store(run).close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    store = Store(filled(tmp_path / "run"), read_only=True)
    with pytest.raises(StoreError, match="readonly"):
        store.add_sample(HELLO)
    store.close()


def test_a_folder_that_is_no_run_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no run\.sqlite here, so it is no run"):
        Store(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(tmp_path / "reports" / "run")


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 200])
def test_a_file_that_is_no_run_is_refused_by_readers(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreError, match=r"run\.sqlite: "):
        Store(tmp_path, read_only=True)


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 200])
def test_a_damaged_file_is_never_overwritten(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreError, match="move it away"):
        Store(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content
    Store(tmp_path, fresh=True).close()


def test_damage_in_the_middle_is_told_when_it_is_read(tmp_path: Path) -> None:
    run = tmp_path / "run"
    store = Store(run)
    for number in range(400):
        store.add_sample(Sample(f"k{number}", "x" * 200))
    store.close()
    content = bytearray((run / FILE).read_bytes())
    content[8192:40960] = b"\xff" * 32768
    (run / FILE).write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read or written"):
        Store(run, read_only=True)


def test_a_truncated_run_is_refused(tmp_path: Path) -> None:
    run = filled(tmp_path / "run")
    content = (run / FILE).read_bytes()
    (run / FILE).write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError):
        Store(run, read_only=True)


@pytest.mark.parametrize("read_only", [True, False])
def test_another_format_is_refused_and_kept(tmp_path: Path, read_only: bool) -> None:
    run = filled(tmp_path / "run")
    db = sqlite3.connect(run / FILE)
    db.execute("PRAGMA user_version=2")
    db.close()
    with pytest.raises(StoreError, match=r"of another format \(2; this version reads 1\)"):
        Store(run, read_only=read_only)


def test_a_database_of_somebody_else_is_refused_and_kept(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("CREATE TABLE customers (name TEXT)")
    db.close()
    with pytest.raises(StoreError, match="of another format"):
        Store(tmp_path)


def test_a_broken_value_is_told(tmp_path: Path) -> None:
    run = filled(tmp_path / "run")
    db = sqlite3.connect(run / FILE)
    db.execute("UPDATE meta SET value = '{'")
    db.commit()
    db.close()
    store = Store(run, read_only=True)
    with pytest.raises(StoreError, match="cannot be read"):
        store.meta("run")
    store.close()


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "run")
    assert store._db is not None
    store._db.execute("PRAGMA max_page_count=20")
    with pytest.raises(StoreError, match=r"full\); see whether the disk is full"):
        store.add_sample(Sample("k", "x" * 200_000))
    assert store.sample("k") is None
    store.close()


def waits_for_the_disk(store: Store) -> bool:
    """Say whether the last commit did: SQLite calls that FULL, which is 2."""
    return store.rows("PRAGMA synchronous") == [(2,)]


def test_answers_in_a_burst_share_a_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 7.0
    monkeypatch.setattr("harness.store.time.monotonic", lambda: now)
    store, waited = Store(tmp_path / "run"), []
    for number, pause in enumerate([0.0, 0.1, 0.3, 0.2, 0.1, 9.0]):
        now += pause
        store.add_sample(Sample(f"k{number}", "x"))
        waited.append(waits_for_the_disk(store))
    assert waited == [True, False, False, True, False, True]
    store.close()


def test_what_a_run_ends_with_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.store.time.monotonic", lambda: 7.0)
    store = Store(tmp_path / "run")
    writes = (
        lambda: store.set_asks([]),
        lambda: store.set_scores([], {}),
        lambda: store.set_meta(run={}),
    )
    for number, write in enumerate(writes):
        store.add_sample(Sample(f"a{number}", "x"))
        store.add_sample(Sample(f"b{number}", "x"))
        assert not waits_for_the_disk(store)
        write()
        assert waits_for_the_disk(store)
    store.close()


def test_a_reader_sees_an_answer_that_did_not_wait(tmp_path: Path) -> None:
    store = Store(tmp_path / "run")
    for number in range(50):
        store.add_sample(Sample(f"k{number}", "x"))
        reader = Store(tmp_path / "run", read_only=True)
        assert len(reader) == number + 1
        reader.close()
    store.close()


WRITER = """
    import os, sys
    from pathlib import Path
    from harness.records import Sample
    from harness.store import Store
    store = Store(Path(sys.argv[1]))
    for number in range(100):
        store.add_sample(Sample(f"k{number}", "x" * 50))
        if number == 41:
            os.kill(os.getpid(), 9)
"""


def test_a_killed_writer_loses_nothing_and_holds_no_lock(tmp_path: Path) -> None:
    run = tmp_path / "run"
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(WRITER), run], check=False)
    assert killed.returncode == -signal.SIGKILL
    reader = Store(run, read_only=True)
    assert len(reader) == 42
    reader.close()
    store = Store(run)
    assert len(store) == 42
    store.close()
