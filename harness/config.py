"""YAML in, typed records out: every fault of a file at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import ConfigError, suggestion

M = TypeVar("M", bound=BaseModel)
Location = tuple[str | int, ...]


class Record(BaseModel):
    """A frozen part of a configuration file; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


@dataclass(frozen=True)
class Document:
    """A parsed YAML file, and the line on which each of its values begins (1-based)."""

    path: Path
    data: Any
    lines: dict[Location, int]

    def innermost(self, location: Location) -> Location:
        """Return the longest beginning of ``location`` that the file has."""
        return next(location[:n] for n in range(len(location), -1, -1) if location[:n] in self.lines)

    def place(self, *location: str | int) -> str:
        """Return ``file:line`` of the innermost part of ``location`` that the file has."""
        return f"{self.path}:{self.lines[self.innermost(location)]}"


def read_yaml(path: Path) -> Document:
    """Parse one YAML file.

    Raises:
        ConfigError: the file is missing, not UTF-8, not YAML, or gives one key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror}); check the path.") from fault
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{path}: not UTF-8 at byte {fault.start}; save it as UTF-8.") from fault
    with _yaml_faults(path):
        loader = yaml.CSafeLoader(text)
        root = loader.get_single_node()
    if root is None:
        raise ConfigError(f"{path}: the file is empty; `harness init` copies examples to start from.")
    lines: dict[Location, int] = {}
    try:
        doubled = list(_walk(root, (), lines, path))  # before what constructs values merges nodes
    except RecursionError as fault:
        raise ConfigError(f"{path}: an alias (*name) holds itself; write its value out.") from fault
    if doubled:
        raise ConfigError("\n".join(doubled))
    with _yaml_faults(path):
        return Document(path, loader.construct_document(root), lines)


@contextmanager
def _yaml_faults(path: Path) -> Iterator[None]:
    """Raise what the YAML library raises as a `ConfigError` with file and line."""
    try:
        yield
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not valid YAML: {fault.problem}.") from fault
    except (yaml.YAMLError, ValueError, RecursionError) as fault:  # ValueError: the 31st of June
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(fault).split())}.") from fault


def read_value(text: str, place: str) -> Any:
    """Return one YAML value, as a flag gives it: ``1024`` is a number, ``[a, b]`` a list.

    Raises:
        ConfigError: the text is not YAML.

    >>> read_value("1024", "--set swift.max_length=1024")
    1024
    """
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise ConfigError(f"{place}: {text!r} is not a YAML value; put quotes around a text.") from fault


def _walk(node: yaml.Node, location: Location, lines: dict[Location, int], path: Path) -> Iterator[str]:
    """Note the line of every value; yield a message for each key that stands twice."""
    lines[location] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*location, index), lines, path)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield f"{path}:{key.start_mark.line + 1}: key {key.value!r} stands twice; keep one."
            seen.add(key.value)
            yield from _walk(value, (*location, key.value), lines, path)
            lines[(*location, key.value)] = key.start_mark.line + 1


def parse(document: Document, shape: type[M]) -> M:
    """Read a document as ``shape``.

    Raises:
        ConfigError: one line for each fault, with file, line, value and the likely intention.
    """
    try:
        return shape.model_validate(document.data)
    except ValidationError as fault:
        messages = [_message(document, shape, error) for error in _merged(document, fault.errors())]
        raise ConfigError("\n".join(messages)) from fault


def load(path: Path, shape: type[M]) -> M:
    """Read and parse one YAML file; see `read_yaml` and `parse` for what it raises."""
    return parse(read_yaml(path), shape)


def _merged(document: Document, errors: list[Any]) -> list[Any]:
    """Return one error for each faulty value, where pydantic tells one for each type it might have."""
    merged: dict[Location, Any] = {}
    for error in errors:
        if error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
            continue  # of a tuple, pydantic counts only the items without a fault
        location: Location = error["loc"]
        if error["type"] not in ("missing", "extra_forbidden"):
            location = document.innermost(location)
        text = error["msg"].removeprefix("Value error, ")
        told = merged.setdefault(location, {**error, "loc": location, "msg": text})
        if text != told["msg"]:
            told["msg"] += f"; or: {text}"
    return list(merged.values())


def _message(document: Document, shape: type[BaseModel], error: Any) -> str:
    location: Location = error["loc"]
    place = document.place(*location)
    where = ".".join(str(part) for part in location) or "the file"
    if error["type"] == "extra_forbidden":
        known = _fields_at(shape, location[:-1])
        hint = suggestion(str(location[-1]), known) or f"; known here: {', '.join(known)}."
        return f"{place}: unknown key {where!r}{hint}"
    if error["type"] == "missing":
        return f"{place}: {where!r} is missing; add it."
    got = repr(error["input"])
    text = "needs `key: value` lines" if error["type"] == "model_type" else error["msg"]
    return f"{place}: {where!r}: {text} (got {got if len(got) < 80 else got[:77] + '...'})."


def _fields_at(shape: type[BaseModel], location: Location) -> list[str]:
    """Return the field names that are known at a location inside ``shape``."""
    current: Any = shape
    for part in location:
        current = _step_into(_without_none(current), part)
    current = _without_none(current)
    return list(current.model_fields) if _is_record(current) else []


def _step_into(annotation: Any, part: str | int) -> Any:
    """Return the type of a record's field, or of what a list, tuple or dict holds."""
    if _is_record(annotation):
        field = annotation.model_fields.get(str(part))
        return field.annotation if field else None
    held = get_args(annotation)
    return held[1 if get_origin(annotation) is dict else 0] if held else None


def _without_none(annotation: Any) -> Any:
    """Return the first type of a union such as ``Replay | None``, or the annotation."""
    if get_origin(annotation) in (Union, UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
