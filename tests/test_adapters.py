"""Adapters are read from files alone, and a broken or foreign one is refused before a model loads."""

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.adapters import check_fits, parse_adapter_flag, read_adapter, read_record
from harness.errors import AdapterError, HarnessError, ModelError
from harness.models import find_model
from harness.preflight.weights import module_of
from harness.tensors import open_tensors
from tests.support import BASE_SHAPES, lora_tensors, write_adapter, write_base

QUERY = "base_model.model.model.layers.0.self_attn.q_proj"
RECORD = {"base": {"ref": "some/base", "digest": "0" * 64}, "persona": {"name": {"en": "Nova"}}}


def fault_of(folder: Path) -> str:
    with pytest.raises(AdapterError) as caught:
        read_adapter("nova", folder)
    said = str(caught.value)
    assert said.count("\n") == 0
    return said.replace(str(folder), "FOLDER")


def test_a_whole_adapter_is_read(tmp_path: Path) -> None:
    adapter = read_adapter("nova", write_adapter(tmp_path / "a"))
    assert (adapter.name, adapter.rank, adapter.target_modules) == ("nova", 4, ("q_proj", "up_proj"))
    assert adapter.record is None
    assert len(adapter.digest) == 64


def test_the_digest_is_of_the_content_and_not_of_names(tmp_path: Path) -> None:
    one = read_adapter("one", write_adapter(tmp_path / "a"))
    two = read_adapter("two", write_adapter(tmp_path / "b"))
    other = read_adapter("two", write_adapter(tmp_path / "c", lora_alpha=16))
    assert one.digest == two.digest != other.digest


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_every_float_type_is_read(tmp_path: Path, kind: type[np.generic]) -> None:
    tensors = {key: value.astype(kind) for key, value in lora_tensors().items()}
    assert read_adapter("nova", write_adapter(tmp_path / "a", tensors)).rank == 4
    tensors[f"{QUERY}.lora_A.weight"][0, 0] = np.nan
    assert f"tensors hold NaN or Inf: {QUERY}.lora_A.weight; its training diverged." in fault_of(
        write_adapter(tmp_path / "a", tensors)
    )


def raw_safetensors(tensors: dict[str, tuple[str, list[int], bytes]]) -> bytes:
    header, body = {}, b""
    for key, (kind, shape, content) in tensors.items():
        offsets = [len(body), len(body) + len(content)]
        header[key] = {"dtype": kind, "shape": shape, "data_offsets": offsets}
        body += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(
    ("bits", "finite"), [(0x3F80, True), (0x7F80, False), (0x7FC0, False), (0xFF80, False)]
)
def test_bfloat16_is_read_bit_by_bit(tmp_path: Path, bits: int, finite: bool) -> None:
    folder = write_adapter(tmp_path / "a")
    weights = {f"{QUERY}.lora_{side}.weight": ("BF16", [4, 4], struct.pack("<H", bits) * 16) for side in "AB"}
    (folder / "adapter_model.safetensors").write_bytes(raw_safetensors(weights))
    if finite:
        assert read_adapter("nova", folder).target_modules == ("q_proj",)
    else:
        assert "tensors hold NaN or Inf: 2 tensors (first: " in fault_of(folder)


def test_a_missing_folder(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "no") == "adapter nova: no folder FOLDER; pass the checkpoint's folder."


def test_a_run_folder_names_the_checkpoints_inside(tmp_path: Path) -> None:
    write_adapter(tmp_path / "checkpoint-10")
    write_adapter(tmp_path / "checkpoint-20")
    said = fault_of(tmp_path)
    assert "has no adapter_config.json" in said
    assert "one of its folders is: checkpoint-10, checkpoint-20; pass the checkpoint's folder." in said


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "peft_type is 'list'; only LORA is supported"),
        ("{}", "peft_type is None; only LORA is supported"),
        ('{"peft_type": "IA3"}', "peft_type is 'IA3'; only LORA is supported"),
        ('{"peft_type": "LORA", "lora_alpha": 8, "target_modules": "x"}', "rank r is None, not 1 or more"),
        (
            '{"peft_type": "LORA", "r": 0, "lora_alpha": 8, "target_modules": "x"}',
            "rank r is 0, not 1 or more",
        ),
        (
            '{"peft_type": "LORA", "r": "8", "lora_alpha": 8, "target_modules": "x"}',
            "rank r is '8', not 1 or more",
        ),
        (
            '{"peft_type": "LORA", "r": 4, "use_dora": true, "lora_alpha": 8, "target_modules": ["q_proj", "up_proj"]}',
            "DoRA rescales the base's own weights",
        ),
        (
            '{"peft_type": "LORA", "r": 4, "bias": "all", "lora_alpha": 8, "target_modules": ["q_proj", "up_proj"]}',
            "biases of the base were trained",
        ),
        (
            '{"peft_type": "LORA", "r": 8, "lora_alpha": 8, "target_modules": ["q_proj", "up_proj"]}',
            "has rank 4, but adapter_config.json says 8 (4 tensors disagree)",
        ),
    ],
)
def test_a_faulty_configuration(tmp_path: Path, config: str, told: str) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / "adapter_config.json").write_text(config)
    assert told in fault_of(folder)


@pytest.mark.parametrize("pattern", [None, {}, {"up_proj": 8}])
def test_a_pattern_of_ranks_counts(tmp_path: Path, pattern: dict[str, int] | None) -> None:
    tensors = lora_tensors()
    if pattern:
        shapes = {name: shape for name, shape in BASE_SHAPES.items() if "up_proj" in name}
        tensors |= lora_tensors(rank=8, shapes=shapes)
    adapter = read_adapter("nova", write_adapter(tmp_path / "a", tensors, rank_pattern=pattern))
    assert adapter.rank == (8 if pattern else 4)


def without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda tensors: tensors.pop(key)


def with_tensor(key: str, *shape: int) -> Callable[[dict[str, Any]], None]:
    return lambda tensors: tensors.update({key: np.ones(shape, np.float32)})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without(f"{QUERY}.lora_B.weight"), "lora_A.weight has no partner"),
        (without(f"{QUERY}.lora_A.weight"), "lora_B.weight has no partner"),
        (with_tensor("base_model.model.lm_head.weight", 3, 8), "train without modules_to_save"),
        (with_tensor(f"{QUERY}.lora_A.weight", 4), "of shape [4]; only matrices are supported"),
        (
            with_tensor(f"{QUERY}.lora_A.weight", 5, 8),
            "lora_A.weight has rank 5, but adapter_config.json says 4",
        ),
        (
            with_tensor(f"{QUERY}.lora_B.weight", 6, 5),
            "lora_B.weight has rank 5, but adapter_config.json says 4",
        ),
        (lambda tensors: tensors.clear() or with_tensor("x", 1)(tensors), "holds no LoRA weights"),
        (lambda tensors: tensors[f"{QUERY}.lora_B.weight"].fill(np.inf), "tensors hold NaN or Inf: "),
    ],
)
def test_faulty_weights(tmp_path: Path, change: Callable[[dict[str, Any]], None], told: str) -> None:
    tensors = lora_tensors()
    change(tensors)
    assert told in fault_of(write_adapter(tmp_path / "a", tensors))


def test_weights_that_are_a_pickle_are_never_opened(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").unlink()
    assert "there are no weights" in fault_of(folder)
    (folder / "adapter_model.bin").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    assert "adapter_model.bin: it is a pickle, which could run a program when it is read" in fault_of(folder)


def damaged(content: bytes) -> list[bytes]:
    header = struct.unpack("<Q", content[:8])[0]
    wrong = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 7]}}).encode()
    return [
        b"",
        content[:7],
        content[: 8 + header // 2],
        content[:-1],
        content + b"x",
        b"<html>404 Not Found</html>" * 4,
        struct.pack("<Q", 2**63) + content[8:],
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 9) + b'{"a": []}',
        struct.pack("<Q", 11) + b'{"a": null}',
        struct.pack("<Q", 100_000) + b"[" * 100_000,
        struct.pack("<Q", len(wrong)) + wrong + b"1234567",
        struct.pack("<Q", 4) + b"\xff\xff\xff\xff",
    ]


@pytest.mark.parametrize("number", range(13))
def test_damaged_weights_are_told_and_not_traced(tmp_path: Path, number: int) -> None:
    folder = write_adapter(tmp_path / "a")
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(damaged(weights.read_bytes())[number])
    said = fault_of(folder)
    assert "adapter nova: adapter_model.safetensors: is damaged: " in said
    assert said.endswith("; copy it again.")


def test_weights_that_cannot_be_opened(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").unlink()
    (folder / "adapter_model.safetensors").mkdir()
    assert "cannot be read: Is a directory" in fault_of(folder)


def test_only_the_header_is_read_for_shapes(tmp_path: Path) -> None:
    weights = write_adapter(tmp_path / "a") / "adapter_model.safetensors"
    opened = open_tensors(weights)
    assert opened.entries[f"{QUERY}.lora_A.weight"].shape == (4, 8)
    assert "__metadata__" not in opened.entries
    weights.unlink()  # names and shapes are known without the file; values are not
    with pytest.raises(FileNotFoundError):
        opened.values(f"{QUERY}.lora_A.weight")


@pytest.mark.parametrize(
    ("flag", "name", "path"),
    [
        ("nova=out/v0", "nova", "out/v0"),
        ("nova=a=b", "nova", "a=b"),
        ("out/nova/checkpoint-65", "nova", "out/nova/checkpoint-65"),
        ("checkpoint-65", "checkpoint-65", "checkpoint-65"),
        ("out/nova/", "nova", "out/nova"),
        ("诺娃=out", "诺娃", "out"),
    ],
)
def test_flags_name_adapters(flag: str, name: str, path: str) -> None:
    assert parse_adapter_flag(flag) == (name, Path(path))


def test_a_flag_may_begin_at_home() -> None:
    assert parse_adapter_flag("nova=~/a")[1] == Path(os.path.expanduser("~/a"))  # noqa: PTH111


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("nova=", "--adapter nova=: needs the form name=path."),
        ("=path", "--adapter =path: needs the form name=path."),
        (".", "--adapter .: needs the form name=path."),
        ("base=path", "--adapter base=path: 'base' is the name of the base model; use another."),
        ("out/base", "'base' is the name of the base model"),
    ],
)
def test_faulty_flags_are_refused(flag: str, told: str) -> None:
    with pytest.raises(AdapterError) as caught:
        parse_adapter_flag(flag)
    assert told in str(caught.value)


def test_modules_are_found_from_keys() -> None:
    assert module_of(f"{QUERY}.lora_A.weight") == "model.layers.0.self_attn.q_proj"
    assert module_of("model.x.lora_B.weight") == "model.x"


def test_an_adapter_that_fits(tmp_path: Path) -> None:
    model = find_model(str(write_base(tmp_path / "base")))
    check_fits(read_adapter("nova", write_adapter(tmp_path / "a")), model)
    record = {**RECORD, "base": {"ref": "elsewhere", "digest": model.digest}}
    check_fits(read_adapter("nova", write_adapter(tmp_path / "b", record=record)), model)


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        ({"model.layers.0.self_attn.q_proj": (6, 10)}, "lora_A.weight has size 8, but base"),
        ({"model.layers.0.self_attn.q_proj": (7, 8)}, "lora_B.weight has size 6, but base"),
        ({"transformer.h.0.attn": (6, 8)}, "changes model.layers.0.self_attn.q_proj, which base"),
    ],
)
def test_an_adapter_of_another_base_by_its_shapes(
    tmp_path: Path, shapes: dict[str, tuple[int, int]], told: str
) -> None:
    query = {name: shape for name, shape in BASE_SHAPES.items() if "q_proj" in name}
    adapter = read_adapter("nova", write_adapter(tmp_path / "a", lora_tensors(shapes=query)))
    with pytest.raises(AdapterError) as caught:
        check_fits(adapter, find_model(str(write_base(tmp_path / "base", shapes))))
    assert told in str(caught.value)
    assert str(caught.value).endswith("it was made for another model.")


def test_an_adapter_of_another_base_by_its_record(tmp_path: Path) -> None:
    adapter = read_adapter("nova", write_adapter(tmp_path / "a", record=RECORD))
    with pytest.raises(AdapterError, match=r"trained on base some/base \(000000000000\), but --base"):
        check_fits(adapter, find_model(str(write_base(tmp_path / "base"))))


def test_shapes_of_a_quantized_base_say_nothing(tmp_path: Path) -> None:
    packed = {f"{name}.qweight": (1, 6) for name in BASE_SHAPES}
    shapes = {**packed, "model.embed_tokens": (9, 8)}
    base = write_base(tmp_path / "base")
    tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    from safetensors.numpy import save_file

    save_file(tensors, base / "model.safetensors")
    check_fits(read_adapter("nova", write_adapter(tmp_path / "a")), find_model(str(base)))


def test_damaged_weights_of_a_base_are_the_bases_fault(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    weights = base / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(ModelError, match="is damaged"):
        check_fits(read_adapter("nova", write_adapter(tmp_path / "a")), find_model(str(base)))


@pytest.mark.parametrize(
    "record",
    [
        "{",
        "[]",
        "{}",
        "null",
        '{"base": {}}',
        '{"base": {"ref": 1, "digest": "d"}, "persona": {}}',
        '"x"',
        "[" * 99999,
    ],
)
def test_a_record_that_is_none_is_told(tmp_path: Path, record: str) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / "identity-harness.json").write_text(record)
    with pytest.raises(HarnessError, match=r"identity-harness\.json: .*delete it or train again"):
        read_record(folder)
