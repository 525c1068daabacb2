"""Every hostile adapter is refused with its own message, from files alone."""

import time
from pathlib import Path

import pytest

from harness.adapters import check_fits, read_adapter
from harness.models import find_model
from tests.adapter_makers import SHAPES, config, write_hostile_base
from tests.hostile_adapters import HOSTILE, SILENT, Hostile, documented, part_of_docs, refusal
from tests.support import run_python

KINDS = [hostile.kind for hostile in HOSTILE]


def test_there_are_many_kinds_and_each_has_one_name() -> None:
    assert len(set(KINDS)) == len(KINDS) >= 30


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.kind)
def test_it_is_refused_with_its_message(hostile: Hostile, tmp_path: Path) -> None:
    begun = time.monotonic()
    said = refusal(hostile, tmp_path)
    assert hostile.told in said
    assert all(line.startswith("adapter nova: ") and line.endswith(".") for line in said.splitlines())
    assert said.isprintable() or "\n" in said
    assert all(line.isprintable() for line in said.splitlines())
    assert time.monotonic() - begun < 30
    assert not Path("/tmp/owned").exists()


@pytest.mark.parametrize("hostile", [one for one in HOSTILE if one.engine], ids=lambda one: one.kind)
def test_what_one_engine_refuses_another_takes(hostile: Hostile, tmp_path: Path) -> None:
    adapter, base = tmp_path / "adapter", write_hostile_base(tmp_path / "base")
    hostile.make(adapter, SHAPES)
    check_fits(read_adapter("nova", adapter), find_model(str(base)), "transformers")


def test_the_same_adapter_without_a_fault_passes(tmp_path: Path) -> None:
    adapter, base = tmp_path / "adapter", write_hostile_base(tmp_path / "base")
    config()(adapter, SHAPES)
    for engine in ("", "transformers", "vllm"):
        check_fits(read_adapter("nova", adapter), find_model(str(base)), engine)


@pytest.mark.parametrize("kind", SILENT)
def test_files_cannot_show_everything(kind: str, tmp_path: Path) -> None:
    adapter, base = tmp_path / "adapter", write_hostile_base(tmp_path / "base")
    SILENT[kind](adapter, SHAPES)
    check_fits(read_adapter("nova", adapter), find_model(str(base)), "vllm")


def test_no_kind_needs_an_engine_to_be_told(tmp_path: Path) -> None:
    program = (
        "import sys, tempfile, pathlib\n"
        "from tests.hostile_adapters import HOSTILE, refusal\n"
        "for hostile in HOSTILE:\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        assert hostile.told in refusal(hostile, pathlib.Path(folder)), hostile.kind\n"
        "print(sorted({'torch', 'transformers', 'peft', 'vllm'} & set(sys.modules)))\n"
    )
    done = run_python("-c", program, cwd=Path(__file__).parents[2])
    assert done.stdout == "[]\n", done.stderr


def test_the_page_quotes_every_message() -> None:
    assert part_of_docs("hostile") == documented(), "run: python -m tests.hostile_adapters"
