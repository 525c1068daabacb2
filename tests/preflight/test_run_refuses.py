"""A whole run, from flags on: no hostile adapter gets as far as an engine."""

from pathlib import Path
from typing import Any

import pytest

from harness import run as running
from harness.errors import AdapterError
from harness.run import RunOptions, execute, set_up
from tests.adapter_makers import SHAPES, config, write_hostile_base
from tests.hostile_adapters import HOSTILE, Hostile
from tests.support import lay_out, run_python


class EngineWasLoaded(Exception):
    """Stands for a model that would have been loaded."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def load(*_: Any) -> Any:
        raise EngineWasLoaded

    monkeypatch.setattr(running, "load_engine", load)
    monkeypatch.setattr(running, "ChatTemplate", lambda path: None)
    write_hostile_base(tmp_path / "base")
    return lay_out(tmp_path)


def run(project: Path, engine: str) -> None:
    options = RunOptions(
        adapters=(f"nova={project / 'adapter'}",),
        suites=project / "suites",
        base=str(project / "base"),
        persona=project / "nova.yaml",
        engine=engine,
        reports=project / "reports",
    )
    setup = set_up(options)
    execute(setup, setup.probes, lambda line: None)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.kind)
def test_no_engine_is_loaded_for_it(hostile: Hostile, project: Path) -> None:
    hostile.make(project / "adapter", SHAPES)
    with pytest.raises(AdapterError) as caught:
        run(project, hostile.engine or "transformers")
    assert hostile.told.replace("BASE", str(project / "base")) in str(caught.value)
    assert not (project / "reports").exists()


@pytest.mark.parametrize("engine", ["transformers", "vllm"])
def test_an_engine_is_loaded_for_a_good_one(engine: str, project: Path) -> None:
    config()(project / "adapter", SHAPES)
    with pytest.raises(EngineWasLoaded):
        run(project, engine)


@pytest.mark.parametrize("hostile", [one for one in HOSTILE if one.engine], ids=lambda one: one.kind)
def test_what_vllm_refuses_goes_on_to_transformers(hostile: Hostile, project: Path) -> None:
    hostile.make(project / "adapter", SHAPES)
    with pytest.raises(EngineWasLoaded):
        run(project, "transformers")


def test_pytest_ends_with_every_fault_and_the_status_of_an_adapters_fault(tmp_path: Path) -> None:
    lay_out(tmp_path)
    config(use_dora=True, bias="all")(tmp_path / "adapter", SHAPES)
    base = write_hostile_base(tmp_path / "base")
    flags = (
        "--adapter",
        f"nova={tmp_path / 'adapter'}",
        "--persona",
        "nova.yaml",
        "--engine",
        "transformers",
    )
    done = run_python("-m", "pytest", "suites", *flags, "--base", str(base), cwd=tmp_path)
    assert done.returncode == 13
    said = done.stdout + done.stderr
    assert "adapter nova: adapter_config.json: DoRA rescales the base's own weights" in said
    assert "adapter nova: adapter_config.json: biases of the base were trained" in said
    assert "Traceback" not in said
