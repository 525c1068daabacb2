"""Hostile programs achieve nothing at the levels that count, and harmless ones pass at every level."""

import time
from typing import Any

import pytest

from harness.sandbox import LEVELS, STANDARD, Call, run_calls, try_level
from harness.sandbox.worker import Worker
from tests.sandbox.arena import HERE, Arena, Hostile, let_loose, read_harmless, read_hostile
from tests.sandbox.measure import passes

HOSTILE, HARMLESS = read_hostile(), read_harmless()
COUNTING = ("bubblewrap", "landlock")


@pytest.mark.parametrize("worker", COUNTING, indirect=True)
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda one: one.id)
def test_a_hostile_program_is_held(hostile: Hostile, worker: Worker, arena: Arena) -> None:
    assert let_loose(hostile, worker, arena) == [], f"it tries {hostile.tries}"


@pytest.mark.parametrize("worker", LEVELS, indirect=True)
@pytest.mark.parametrize("harmless", HARMLESS, ids=lambda one: one["id"])
def test_a_harmless_program_passes(harmless: dict[str, Any], worker: Worker) -> None:
    assert passes(harmless, worker)


def test_there_are_enough_of_both() -> None:
    assert len({one.id for one in HOSTILE}) == len(HOSTILE) >= 60
    assert len({one["id"] for one in HARMLESS}) == len(HARMLESS) >= 30
    assert [one.id for one in HOSTILE if not one.tries or not one.known] == []
    told = (HERE.parents[1] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    assert f"\n{len(HOSTILE)} hostile programs" in told
    assert f"{len(HARMLESS)} harmless ones" in told


@pytest.mark.parametrize("worker", COUNTING, indirect=True)
def test_a_warm_worker_runs_60_programs_a_second(worker: Worker) -> None:
    def took() -> float:
        begun = time.monotonic()
        for place in range(60):
            outcome = run_calls(worker, "def f(x):\n    return x", [Call("f", (place,))], STANDARD)
            assert outcome.results[0].value == place
        return time.monotonic() - begun

    assert min(took() for _ in range(3)) < 1.0


@pytest.mark.parametrize("worker", ["seccomp"], indirect=True)
def test_without_landlock_nothing_can_be_changed_or_reached(worker: Worker, arena: Arena) -> None:
    held = ("overwrite", "delete", "symlink", "fork-bomb", "tcp", "abstract-socket-by-pair", "kill-another")
    for hostile in HOSTILE:
        if hostile.id in held:
            assert let_loose(hostile, worker, arena) == [], hostile.id


def test_bubblewrap_holds_without_landlock(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault := try_level("bubblewrap").fault:
        pytest.skip(fault)
    monkeypatch.setattr("harness.sandbox.levels.landlock_abi", lambda: 0)
    quick = [one for one in HOSTILE if "timeout" not in one.ends]
    with Worker("bubblewrap") as worker:
        harm = {one.id: found for one in quick if (found := let_loose(one, worker, arena))}
    assert harm == {}


@pytest.mark.parametrize("worker", ["process"], indirect=True)
def test_the_arena_sees_harm_where_nothing_holds(worker: Worker, arena: Arena) -> None:
    harmful = ("read-secret", "read-hidden-tests", "tcp", "udp", "subprocess")
    for hostile in HOSTILE:
        if hostile.id in harmful:
            assert let_loose(hostile, worker, arena), hostile.id
