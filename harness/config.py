"""YAML in, typed records out: every fault of a file at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

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

    def place(self, *location: str | int) -> str:
        """Return ``file:line`` of the innermost part of ``location`` that the file has."""
        for size in range(len(location), -1, -1):
            if location[:size] in self.lines:
                return f"{self.path}:{self.lines[location[:size]]}"
        return str(self.path)


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
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not valid YAML: {fault.problem}.") from fault
    except yaml.YAMLError as fault:
        raise ConfigError(f"{path}: not valid YAML: {fault}.") from fault
    if root is None:
        raise ConfigError(f"{path}: the file is empty; see docs/writing-suites.md for its form.")
    lines: dict[Location, int] = {}
    doubled = list(_walk(root, (), lines, path))
    if doubled:
        raise ConfigError("\n".join(doubled))
    return Document(path, data, lines)


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
        messages = [_message(document, shape, error) for error in fault.errors()]
        raise ConfigError("\n".join(messages)) from fault


def load(path: Path, shape: type[M]) -> M:
    """Read and parse one YAML file; see `read_yaml` and `parse` for what it raises."""
    return parse(read_yaml(path), shape)


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
    text = error["msg"].removeprefix("Value error, ")
    return f"{place}: {where!r}: {text} (got {got if len(got) < 80 else got[:77] + '...'})."


def _fields_at(shape: type[BaseModel], location: Location) -> list[str]:
    """Return the field names that are known at a location inside ``shape``."""
    current: Any = shape
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
        current = _model_inside(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return list(current.model_fields)
    return []


def _model_inside(annotation: Any) -> Any:
    """Return the first pydantic model in a (nested) generic annotation, or the annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_inside(part)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return annotation
