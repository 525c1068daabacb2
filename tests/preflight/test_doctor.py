"""The command: tables for a person, a document for a program, an exit status for a script."""

import json
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from typer.testing import CliRunner

from harness.cli import app
from tests.adapter_makers import SHAPES, config, write_hostile_base
from tests.support import lora_tensors, run_python

WIDE = {"TERMINAL_WIDTH": "200", "NO_COLOR": "1", "COLUMNS": "200"}


def doctor(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["doctor", *map(str, words)], env=WIDE)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def document(*words: object) -> dict[str, Any]:
    code, output = doctor(*words, "--json")
    found: dict[str, Any] = json.loads(output, parse_constant=pytest.fail)
    assert code == (13 if found["verdict"] == "error" else 0)
    return found


@pytest.fixture
def nova(tmp_path: Path) -> Path:
    config()(tmp_path / "nova", SHAPES)
    return tmp_path / "nova"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_hostile_base(tmp_path / "base")


def test_the_document_of_a_good_adapter(nova: Path, base: Path) -> None:
    found = document(nova, "--base", base)
    assert list(found) == ["schema", "adapter", "base", "verdict", "findings", "update", "overlap", "merged"]
    assert (found["schema"], found["verdict"], found["findings"]) == (1, "fact", [])
    digest = found["adapter"].pop("digest")
    assert len(digest) == 64
    assert found["adapter"] == {
        "name": "nova",
        "path": str(nova),
        "rank": 4,
        "alpha": 8,
        "rslora": False,
        "modules": 6,
        "target_modules": ["q_proj", "up_proj"],
        "dtypes": ["F32"],
        "trained_by_harness": False,
    }
    assert [layer["layer"] for layer in found["update"]["layers"]] == ["0", "1", "2"]
    assert {one["module"] for one in found["update"]["modules"]} == set(SHAPES)


def test_the_document_of_a_broken_one_is_still_one(nova: Path, base: Path) -> None:
    (nova / "adapter_model.safetensors").write_bytes(b"")
    found = document(nova, "--base", base)
    assert (found["verdict"], found["update"]) == ("error", None)
    assert found["findings"][0] == {
        "level": "error",
        "rule": "damaged",
        "place": "adapter_model.safetensors",
        "what": "is damaged: unpack requires a buffer of 8 bytes",
        "advice": "copy it again",
        "refused_by": [],
    }


def test_every_fault_is_shown_at_once_and_the_worst_first(nova: Path, base: Path) -> None:
    config(use_dora=True, bias="all", use_rslora=True, r=3, quantum=1)(nova, SHAPES)
    levels = [one["level"] for one in document(nova, "--base", base)["findings"]]
    assert levels == ["error"] * 3 + ["warning"] + ["fact"]
    code, output = doctor(nova, "--base", base)
    assert code == 13
    for rule in ("dora", "bias", "ranks", "unknown-key", "rslora"):
        assert rule in output
    assert "ERROR: a run refuses this adapter before a model loads" in output


def test_the_tables_of_a_good_adapter(nova: Path, base: Path) -> None:
    code, output = doctor(f"mine={nova}", "--base", base, "--norms")
    assert code == 0
    assert "rank 4, alpha 8 (scale alpha/r)" in output
    assert "6 modules: q_proj, up_proj" in output
    for word in ("largest", "median", "smallest", "stable rank", "relative"):
        assert word in output
    assert output.rstrip().endswith("OK: nothing is wrong that files can show")


def test_warnings_leave_the_status_at_zero(nova: Path) -> None:
    code, output = doctor(nova)
    assert code == 0
    assert "the base is not known" in output
    assert output.rstrip().endswith("WARNING: a run takes this adapter; read the warnings")


def test_relative_sizes_are_those_of_the_base(
    nova: Path, base: Path, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setenv("IDENTITY_HARNESS_CACHE", str(tmp_path / "cache"))
    found = document(nova, "--base", base, "--norms")
    weights = load_file(base / "model.safetensors")
    for one in found["update"]["modules"]:
        norm = np.linalg.norm(weights[f"{one['module']}.weight"].astype("f8"))
        assert one["relative"] == pytest.approx(one["norm"] / norm, rel=1e-6)
    (kept,) = (tmp_path / "cache" / "norms").iterdir()
    held = json.loads(kept.read_text())
    kept.write_text(json.dumps({name: 2 * value for name, value in held.items()}))
    again = document(nova, "--base", base, "--norms")["update"]["modules"][0]
    assert again["relative"] == pytest.approx(found["update"]["modules"][0]["relative"] / 2)
    kept.write_text("{")  # a cache that is damaged is made anew
    assert document(nova, "--base", base, "--norms") == found


def test_another_adapter_beside_it(nova: Path, base: Path, tmp_path: Path) -> None:
    config(lora_alpha=-8)(tmp_path / "turned", SHAPES)
    found = document(nova, "--base", base, "--with", f"old={tmp_path / 'turned'}", "--with", nova)
    assert [(one["other"], one["identical"]) for one in found["overlap"]] == [("old", True), ("nova", True)]
    assert [one["cosine"] for one in found["overlap"]] == [pytest.approx(-1), pytest.approx(1)]
    assert [one["rule"] for one in found["findings"]] == ["identical", "identical"]
    code, output = doctor(nova, "--base", base, "--with", f"old={tmp_path / 'turned'}")
    assert code == 0 and "old (the same weights)" in output and "-1.000" in output


def test_another_adapter_that_is_broken_is_named(nova: Path, tmp_path: Path) -> None:
    code, output = doctor(nova, "--with", f"old={tmp_path / 'none'}")
    assert code == 13
    assert f"ERROR: adapter old: no folder {tmp_path / 'none'}; pass the checkpoint's folder." in output


def test_a_word_from_the_files_is_never_markup_nor_an_escape(nova: Path, base: Path) -> None:
    config(base_model_name_or_path="[red]\x1b[2J[/red]")(nova, SHAPES)
    _, output = doctor(nova, "--base", base)
    assert "[red]" in output and "\x1b" not in output


@pytest.mark.parametrize("flags", [("--norms",), ("--merged", "somewhere")])
def test_what_needs_a_base_says_so(nova: Path, flags: tuple[str, ...]) -> None:
    code, output = doctor(nova, *flags)
    assert code == 11
    assert "ERROR: --norms and --merged: the base is not known; pass --base." in output


def test_a_base_that_is_none(nova: Path) -> None:
    assert doctor(nova, "--base", "./nowhere")[0] == 12


def test_a_record_that_cannot_be_read_is_a_finding(nova: Path, base: Path) -> None:
    (nova / "identity-harness.json").write_text("{")
    assert "record" in [one["rule"] for one in document(nova, "--base", base)["findings"]]


class Evil:
    """What a pickle may do when it is read."""

    def __reduce__(self) -> Any:
        return Path.write_text, (Path("owned"), "by a pickle")


@pytest.fixture
def pickled(nova: Path, monkeypatch: Any) -> Path:
    import torch

    monkeypatch.chdir(nova)
    (nova / "adapter_model.safetensors").unlink()
    tensors = {key: torch.from_numpy(value) for key, value in lora_tensors(shapes=SHAPES).items()}
    torch.save(tensors, nova / "adapter_model.bin")
    return nova


def test_a_pickle_is_read_only_when_allowed_and_becomes_safetensors(pickled: Path, base: Path) -> None:
    refused = document(pickled, "--base", base)
    assert [one["rule"] for one in refused["findings"]] == ["pickled"]
    read = document(pickled, "--base", base, "--allow-pickle")
    assert [one["rule"] for one in read["findings"]] == ["pickle-read"]
    assert "--to-safetensors" in read["findings"][0]["advice"]
    assert not (pickled / "adapter_model.safetensors").exists()
    written = document(pickled, "--base", base, "--allow-pickle", "--to-safetensors")
    assert [one["rule"] for one in written["findings"]] == ["pickles"]
    assert written["update"] == read["update"]
    for key, value in lora_tensors(shapes=SHAPES).items():
        np.testing.assert_array_equal(load_file(pickled / "adapter_model.safetensors")[key], value)
    assert [path.name for path in pickled.iterdir() if path.name.startswith(".")] == []


def test_a_pickle_that_would_run_something_runs_nothing(pickled: Path) -> None:
    for held in ({"x": Evil()}, Evil(), [1, 2], {"x": 3}):
        (pickled / "adapter_model.bin").write_bytes(pickle.dumps(held, protocol=2))
        found = document(pickled, "--allow-pickle")
        assert "pickle-refused" in [one["rule"] for one in found["findings"]]
        assert doctor(pickled, "--allow-pickle", "--to-safetensors")[0] == 13
        assert not (pickled / "owned").exists()
        assert not (pickled / "adapter_model.safetensors").exists()


def test_to_safetensors_alone_reads_no_pickle(pickled: Path) -> None:
    code, output = doctor(pickled, "--to-safetensors")
    assert code == 11 and "pass --allow-pickle too" in output


def test_nothing_to_convert(nova: Path) -> None:
    code, output = doctor(nova, "--allow-pickle", "--to-safetensors")
    assert code == 13 and "its weights are safetensors already" in output


def test_a_check_up_loads_no_engine(nova: Path, base: Path) -> None:
    program = (
        "import sys\nfrom harness.preflight import show\nfrom harness.preflight.checkup import Wanted, check_up\n"
        f"found = check_up(Wanted({str(nova)!r}, {str(base)!r}, merged=__import__('pathlib').Path({str(base)!r})))\n"
        "show.to_json(found)\n"
        "print(sorted({'torch', 'transformers', 'peft', 'vllm', 'scipy', 'pandas', 'safetensors'} & set(sys.modules)))"
    )
    done = run_python("-c", program, cwd=Path(__file__).parents[2])
    assert done.stdout == "[]\n", done.stderr


def test_weights_are_measured_at_a_speed_that_leaves_a_7b_below_a_second(
    tmp_path: Path, monkeypatch: Any
) -> None:
    from harness.preflight import examine
    from tests.support import write_adapter

    shapes = {f"model.layers.{n}.mlp.up_proj": (18944, 3584) for n in range(8)}
    tensors = lora_tensors(40, shapes)
    folder = write_adapter(tmp_path / "a", {k: v.astype("f2") for k, v in tensors.items()}, r=40)
    examine(folder)
    begun = time.process_time()
    examine(folder)
    # 14 MB of 200; measured 0.04 s of processor time
    assert time.process_time() - begun < 0.3
