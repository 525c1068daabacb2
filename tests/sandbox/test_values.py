"""What crosses the border: every builtin value as it is, of a subclass its base, and nothing else."""

import json
from collections import Counter, OrderedDict, defaultdict
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sandbox import programs
from harness.sandbox.inside import frames
from harness.sandbox.inside.values import decode, encode

plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
)
hashable = st.recursive(
    plain, lambda held: st.tuples(held, held) | st.frozensets(held, max_size=3), max_leaves=5
)
values = st.recursive(
    hashable | st.sets(hashable, max_size=4),
    lambda held: st.lists(held, max_size=4) | st.dictionaries(hashable, held, max_size=4),
    max_leaves=12,
)


@given(values)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    back = decode(json.loads(frames.pack(encode(value))[4:]))
    assert (back, type(back)) == (value, type(value))
    assert repr(back) == repr(value) or isinstance(value, set | frozenset | dict | list | tuple)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda held: (
        st.lists(held, max_size=4)
        | st.dictionaries(
            st.sampled_from(["value", "error", "tuple", "set", "dict", "int", "x"]), held, max_size=2
        )
    ),
    max_leaves=8,
)


@given(json_values)
def test_whatever_a_program_replies_is_a_result(reply: Any) -> None:
    result = programs._result(reply)
    assert isinstance(result.error, str)
    encode(result.value)  # holds nothing but builtin types


class Level(IntEnum):
    LOW = 1


class Odd(str):
    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Level.LOW, 1),
        (Odd("even"), "even"),
        (Counter("aab"), {"a": 2, "b": 1}),
        (defaultdict(int, a=1), {"a": 1}),
        (OrderedDict(a=1), {"a": 1}),
        pytest.param(1 << 20_000, 1 << 20_000, id="long"),
        (float("inf"), float("inf")),
        ("\ud800", "\ud800"),
        (bytearray(b"x"), bytearray(b"x")),
    ],
)
def test_a_subclass_loses_what_is_its_own(value: Any, plain: Any) -> None:
    back = decode(json.loads(json.dumps(encode(value))))
    assert back == plain
    assert type(back) is type(plain)


@pytest.mark.parametrize("value", [object(), Fraction(1, 2), (n for n in ()), len, int, [object()], range(3)])
def test_other_objects_cannot_leave(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot leave the sandbox"):
        encode(value)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"tuple": [1], "set": [2]},
        {"object": []},
        {"int": 3},
        {"int": "zz"},
        {"set": [[1]]},
        {"set": 5},
        {"dict": [[1]]},
        {"dict": [[{"set": [1]}, 2]]},
        {"bytes": "0"},
        {"complex": [1, 2, 3]},
        {"set": [{"int": hex(place * (2**61 - 1))} for place in range(1, 200)]},
    ],
)
def test_what_no_value_looks_like_is_refused(raw: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        decode(raw)
