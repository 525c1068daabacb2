"""Safetensors read by memory map: the same values as the library's, and no file believed on its word."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from harness.preflight.merged import rounded
from harness.tensors import TensorFault, clean, open_tensors


@given(
    st.dictionaries(
        st.text("abc.", min_size=1, max_size=5),
        st.lists(st.integers(1, 4), max_size=3),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["f2", "f4", "f8"]),
    st.integers(0, 99),
)
@settings(max_examples=50, deadline=None)
def test_values_are_those_of_the_library(
    tmp_path_factory: Any, shapes: dict[str, list[int]], kind: str, seed: int
) -> None:
    file = tmp_path_factory.mktemp("t") / "m.safetensors"
    random = np.random.default_rng(seed)
    save_file({name: random.normal(size=shape).astype(kind) for name, shape in shapes.items()}, file)
    opened = open_tensors(file)
    for name, value in load_file(file).items():
        assert opened.entries[name].shape == value.shape
        np.testing.assert_array_equal(opened.values(name), value)


def bfloat16(file: Path, bits: Any) -> Any:
    raw = np.asarray(bits, "<u2").tobytes()
    header = json.dumps(
        {"x": {"dtype": "BF16", "shape": [len(raw) // 2], "data_offsets": [0, len(raw)]}}
    ).encode()
    file.write_bytes(struct.pack("<Q", len(header)) + header + raw)
    return open_tensors(file).values("x")


def test_every_bfloat16_is_read_and_rounds_to_itself(tmp_path: Path) -> None:
    bits = np.arange(2**16, dtype="<u2")
    values = bfloat16(tmp_path / "m", bits)
    np.testing.assert_array_equal(values.view("<u4") >> 16, bits)
    numbers = values[np.isfinite(values)].astype("f8")
    np.testing.assert_array_equal(rounded(numbers, "BF16"), numbers)


def test_rounding_to_bfloat16_is_to_the_nearest_and_ties_are_even() -> None:
    unit = 2.0**-7  # the distance of neighbours above 1
    values = np.array(
        [1 + 0.4 * unit, 1 + 0.5 * unit, 1 + 1.5 * unit, 1 + 0.6 * unit, -(1 + 0.6 * unit), 0.0]
    )
    wanted = [1, 1, 1 + 2 * unit, 1 + unit, -(1 + unit), 0]
    np.testing.assert_array_equal(rounded(values, "BF16"), wanted)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 7]}},
            "a has 7 bytes where its shape needs 8",
        ),
        ({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, "a has impossible numbers"),
        ({"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, "a has impossible numbers"),
        ({"a": {"dtype": "F32", "shape": [2.0], "data_offsets": [0, 8]}}, "a has impossible numbers"),
        ({"a": {"dtype": "F32", "shape": [2**60], "data_offsets": [0, 8]}}, "a has impossible numbers"),
        (
            {"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 8]}},
            "where its shape needs 4398046511104",
        ),
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, "a begins at byte 4 where 0 is next"),
        ({"a": {"dtype": "F32", "shape": [0], "data_offsets": [8, 4]}}, "a has -4 bytes"),
        ([], "its header is list, not an object"),
        ({"a": 3}, "is damaged"),
        ({}, "it has 8 bytes of values where its header says 0"),
    ],
)
def test_a_table_that_cannot_be(tmp_path: Path, table: Any, told: str) -> None:
    text = json.dumps(table).encode()
    file = tmp_path / "m"
    file.write_bytes(struct.pack("<Q", len(text)) + text + bytes(8))
    with pytest.raises(TensorFault) as caught:
        open_tensors(file)
    assert told in str(caught.value)


def test_rows_are_read_alone(tmp_path: Path) -> None:
    whole = np.arange(12, dtype="f4").reshape(4, 3)
    save_file({"x": whole}, tmp_path / "m")
    np.testing.assert_array_equal(open_tensors(tmp_path / "m").values("x", slice(1, 3)), whole[1:3])


def test_a_long_name_is_shortened_and_a_bell_does_not_ring() -> None:
    assert clean("\a" + "x" * 500, 10) == "?xxxxxx..."
