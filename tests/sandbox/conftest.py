"""A worker for each level that holds on this machine, and an arena for hostile programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.sandbox import Level, try_level
from harness.sandbox.worker import Worker
from tests.sandbox.arena import Arena, arena_in


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """What hostile programs are let loose on."""
    folder: Path = tmp_path_factory.mktemp("arena")
    with arena_in(folder) as built:
        yield built


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest, arena: Arena) -> Iterator[Worker]:
    """A worker at the level that the test asks for; the arena's secrets are there before it starts."""
    level: Level = request.param
    if fault := try_level(level).fault:
        pytest.skip(fault)
    with Worker(level) as started:
        yield started
