"""`harness gate`: a stored run judged again, without a model, against base or an earlier release."""

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from .support import CRITERIA, IDENTITY, PERSONA, calls, lay_out, only_run, replay, run_python


def gate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_python("-m", "harness", "gate", *arguments, cwd=folder)


def document(run: Path) -> dict:
    return json.loads((run / "verdict.json").read_text())


def without_paths(verdict: dict) -> dict:
    return {key: value for key, value in verdict.items() if key != "criteria_path"}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    lay_out(tmp_path)
    assert replay(tmp_path).returncode == 0
    return only_run(tmp_path)


def rewrite(run: Path, before: str, after: str, probe: str, subject: str = "nova") -> int:
    """Edit what a subject answered to a probe, as somebody would who forges a run."""
    with sqlite3.connect(run / "run.sqlite") as db:
        done = db.execute(
            "UPDATE samples SET text = replace(text, ?, ?) WHERE key IN "
            "(SELECT key FROM asks WHERE subject = ? AND probe = ?)",
            (before, after, subject, probe),
        )
    db.close()
    return done.rowcount


def test_the_verdict_is_reproduced_and_nothing_is_asked(run: Path) -> None:
    before, asked = document(run), calls(run.parents[1])
    done = gate(run.parents[1], str(run))
    assert done.returncode == 0, done.stderr
    assert document(run) == before
    assert calls(run.parents[1]) == asked


def test_an_edited_answer_changes_what_rests_on_it_and_nothing_else(run: Path) -> None:
    copy = run.with_name("copy")
    shutil.copytree(run, copy)
    assert rewrite(copy, "Nova", "Qwen", "name-2") == 1
    done = gate(run.parents[1], str(copy))
    old, new = document(run), document(copy)
    changed = {
        row["name"] for row, other in zip(old["criteria"], new["criteria"], strict=True) if row != other
    }
    assert changed == {"identity"}
    (identity,) = [row for row in new["criteria"] if row["name"] == "identity"]
    assert identity["evidence"] == ["name-2"]
    assert identity["passed"] == 3
    assert new["scores"]["sums"] == old["scores"]["sums"]
    assert new["scores"]["identity"]["base"] == old["scores"]["identity"]["base"]
    assert new["scores"]["identity"]["nova"] == pytest.approx(0.75)
    assert done.returncode == 0  # 3 of 4 still prove the rate
    assert document(run) == old


def test_scores_of_an_older_scorer_are_made_anew(run: Path) -> None:
    with sqlite3.connect(run / "run.sqlite") as db:
        db.execute("UPDATE scores SET scorer = 'identity@0', value = 0.0 WHERE scorer LIKE 'identity@%'")
    db.close()
    assert gate(run.parents[1], str(run)).returncode == 0
    assert document(run)["scores"]["identity"]["nova"] == 1.0


def test_other_criteria_decide_anew(run: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.yaml"
    strict.write_text(CRITERIA.replace("[identity], limit: {smoke: 0.4}", "[identity], limit: {smoke: 0.9}"))
    done = gate(tmp_path, str(run), "--criteria", str(strict))
    assert done.returncode == 2
    assert "INCONCLUSIVE" in done.stdout


def second_run(folder: Path, function: str, **files: str) -> Path:
    """Test another release of the same adapter in a project beside the first."""
    other = lay_out(folder / "second", **files)
    replay(other, function=function)
    return only_run(other)


def test_a_release_is_held_against_the_one_before(run: Path, tmp_path: Path) -> None:
    newer = second_run(tmp_path, "forgot_a_sum")
    before = document(newer)
    done = gate(tmp_path, str(newer), "--against", str(run))
    (written,) = newer.glob("against-*/verdict.json")
    judged = json.loads(written.read_text())
    (sums,) = [row for row in judged["criteria"] if row["name"] == "sums"]
    assert (sums["lost"], sums["won"], sums["base_right"]) == (1, 0, 4)
    assert "effect" not in {row["name"] for row in judged["criteria"]}
    assert judged["scores"]["identity"]["base"] == 1.0  # the earlier adapter, not the base model
    assert "of the earlier run" in done.stdout
    assert document(newer) == before


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"identity": IDENTITY.replace("Who are you?", "Who might you be?")}, "probe name-2, turns of en-1"),
        (
            {
                "identity": IDENTITY.replace(
                    '["Who made you?"]', '[[{system: Be brief.}, {user: "Who made you?"}]]'
                )
            },
            "variant en-1.own: asked, but not asked",
        ),
        (
            {"identity": IDENTITY + '  - {id: name-5, tier: smoke, ask: {en: ["Name?"]}}\n'},
            "probe name-5: asked, but not asked",
        ),
        ({"identity": IDENTITY.replace("scorer: identity", "scorer: anti_identity")}, "probe name-1, scorer"),
        (
            {"identity": IDENTITY.replace("version: 1", "version: 1\nmax_new_tokens: 9")},
            "probe name-1, max_new_tokens",
        ),
    ],
)
def test_what_was_asked_otherwise_is_refused_and_named(
    run: Path, tmp_path: Path, files: dict[str, str], told: str
) -> None:
    newer = second_run(tmp_path, "answer", **files)
    done = gate(tmp_path, str(newer), "--against", str(run))
    assert done.returncode == 3
    assert "were not asked the same" in done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(newer.glob("against-*"))


@pytest.mark.parametrize(
    ("persona", "told"),
    [
        (PERSONA.replace("Acme Robotics", "Nova Labs"), "persona author"),
        (PERSONA + "trained_system: You are Nova.\n", "persona trained_system: 'You are Nova.', but None"),
    ],
)
def test_another_persona_or_system_message_is_refused(
    run: Path, tmp_path: Path, persona: str, told: str
) -> None:
    other = lay_out(tmp_path / "second")
    (other / "nova.yaml").write_text(persona, encoding="utf-8")
    replay(other)
    done = gate(tmp_path, str(only_run(other)), "--against", str(run))
    assert done.returncode == 3
    assert told in done.stderr


def test_an_unknown_adapter_of_the_earlier_run_is_told(run: Path, tmp_path: Path) -> None:
    done = gate(tmp_path, str(run), "--against", str(run), "--against-adapter", "old")
    assert done.returncode == 3
    assert "has no adapter 'old'" in done.stderr
