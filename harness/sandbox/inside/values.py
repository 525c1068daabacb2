"""Values on their way across the border of the sandbox: tagged JSON, built from builtin types only.

Text, whole numbers up to 64 bits, floats, booleans, ``None`` and lists are themselves. Everything
else is a map with one key, its tag: ``{"tuple": [1, 2]}``. Nothing is unpickled, and no object of
one side lives on the other, so that one which equals everything is told by its type, or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any

_DEEPEST = 100
_EQUAL_HASHES = 100
"""Members of one set whose hashes may agree; a program could make building it take for ever."""


def encode(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON can hold it; of a subclass, what its builtin base holds.

    Raises:
        TypeError: it holds something that no builtin type holds, or is nested too deep.

    >>> encode({(1, 2): {3}})
    {'dict': [[{'tuple': [1, 2]}, {'set': [3]}]]}
    """
    if depth > _DEEPEST:
        raise TypeError(f"a value nested more than {_DEEPEST} deep cannot leave the sandbox")
    kind = type(value)
    if value is None or kind is bool or kind is float or kind is str:  # never ==, which it may define
        return value
    for base, as_json in _ENCODERS:
        if kind is base or issubclass(kind, base):
            return as_json(value, depth + 1)
    raise TypeError(f"a value of type {kind.__name__} cannot leave the sandbox")


def decode(raw: Any) -> Any:
    """Return the value that `encode` wrote, as new objects of builtin types.

    Raises:
        ValueError: nothing that `encode` writes looks like this.

    >>> decode({"dict": [[{"tuple": [1, 2]}, {"set": [3]}]]})
    {(1, 2): {3}}
    """
    try:
        return _decode(raw)
    except (TypeError, KeyError, AttributeError, RecursionError, OverflowError) as fault:
        raise ValueError(f"no value of the sandbox: {fault!r:.100}") from fault


def _decode(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_decode(item) for item in raw]
    if isinstance(raw, dict):
        ((tag, held),) = raw.items()
        return _DECODERS[tag](held)
    return raw


def _int(value: int, _: int) -> Any:
    plain = int.__add__(value, 0)
    return plain if -(2**63) <= plain < 2**63 else {"int": hex(plain)}


def _items(tag: str, iterate: Callable[[Any], Iterable[Any]]) -> Callable[[Any, int], Any]:
    return lambda value, depth: {tag: [encode(item, depth) for item in iterate(value)]}


_ENCODERS: tuple[tuple[type, Callable[[Any, int], Any]], ...] = (
    (int, _int),
    (float, lambda value, _: float.__add__(value, 0.0)),
    (str, lambda value, _: str.__add__("", value)),
    (list, lambda value, depth: [encode(item, depth) for item in list.__iter__(value)]),
    (tuple, _items("tuple", tuple.__iter__)),
    (
        dict,
        lambda value, depth: {
            "dict": [[encode(key, depth), encode(held, depth)] for key, held in dict.items(value)]
        },
    ),
    (set, _items("set", set.__iter__)),
    (frozenset, _items("frozenset", frozenset.__iter__)),
    (bytes, lambda value, _: {"bytes": bytes.hex(value)}),
    (bytearray, lambda value, _: {"bytearray": bytearray.hex(value)}),
    (complex, lambda value, _: {"complex": [value.real, value.imag]}),
)


def _members(held: list[Any]) -> list[Hashable]:
    members = [_decode(item) for item in held]
    _check_hashes(members)
    return members


def _dict(held: list[Any]) -> dict[Any, Any]:
    pairs = [(_decode(key), _decode(item)) for key, item in held]
    _check_hashes(key for key, _ in pairs)
    return dict(pairs)


def _check_hashes(members: Iterable[Hashable]) -> None:
    most = Counter(map(hash, members)).most_common(1)
    if most and most[0][1] > _EQUAL_HASHES:
        raise ValueError(f"{most[0][1]} members with one hash")


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda held: int(held, 16),
    "tuple": lambda held: tuple(_decode(item) for item in held),
    "dict": _dict,
    "set": lambda held: set(_members(held)),
    "frozenset": lambda held: frozenset(_members(held)),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "complex": lambda held: complex(*held),
}
