"""Public test sets as suites: GSM8K, multiple choice, HumanEval, MBPP and IFEval files of the user's own.

spec       what `load:` may say        tables    files to rows, with their places
reading    rows to items               sampling  the same part of a set every time
gsm8k  choice  programs  ifeval        one format each
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import ConfigError
from harness.loaders import choice, gsm8k, ifeval, programs
from harness.loaders.reading import Reader, Source, probe_id, read_source, slug
from harness.loaders.sampling import subset
from harness.loaders.spec import Asked, Format, Item, Load, Loaded, Placed
from harness.records import digest_of

VERSION = 1
"""To be raised when the same file is asked in other words; part of a suite's digest."""
READERS: Mapping[Format, Reader] = {
    "gsm8k": gsm8k.READER,
    "choice": choice.READER,
    "humaneval": programs.HUMANEVAL,
    "mbpp": programs.MBPP,
    "ifeval": ifeval.READER,
}
_Turns = tuple[tuple[Literal["user", "assistant"], str], ...]


def load_items(load: Load, folder: Path, suite: str, place: str) -> Loaded:
    """Read what one ``load:`` of a suite names.

    Args:
        load: what the suite says.
        folder: the suite's own, from which paths are taken.
        suite: the suite's name, with which ids begin where the load has no ``prefix``.
        place: ``file:line`` of the load, for messages.

    Raises:
        ConfigError: the files cannot be read or used; all faults of a file at once, each with its line.
    """
    reader, prefix = READERS[load.format].in_form(load.form), load.prefix or slug(suite)
    source = read_source(reader, load, _paths(load.path, folder, place), prefix)
    others = (
        read_source(reader, load, _paths(load.shots_path, folder, place), prefix) if load.shots_path else None
    )
    skipped = _skipped(source, load, prefix, place)
    items = [item for item in source.items if item.id not in skipped]
    examples = _Examples.of(others.items if others else items, load, place)
    shown = set() if others else examples.ids
    items = [item for item in items if item.id not in shown]
    chosen = subset(items, load.limit, load.seed)
    if not chosen:
        raise ConfigError(f"{place}: no item of {load.path} can be asked; left out: {told(source.left_out)}.")
    left_out = {**source.left_out, "skipped": len(skipped), "shown as examples": len(shown)}
    left_out = {reason: n for reason, n in left_out.items() if n}
    note = f"{load.path}: {len(chosen)} of {len(source.items) + sum(source.left_out.values())} items"
    return Loaded(
        items=tuple(_asked(item, examples.before(item), load, reader) for item in chosen),
        kind=reader.kind,
        scorer=reader.scorer,
        lang=source.lang,
        max_new_tokens=reader.max_new_tokens,
        stop=reader.stop,
        digest=digest_of([VERSION, source.digest, others.digest if others else ""]),
        note=f"{note}; left out: {told(left_out)}" if left_out else note,
        left_out=left_out,
    )


def told(left_out: Mapping[str, int]) -> str:
    """Say how many items were left out for which reason, the most frequent first.

    >>> told({"skipped": 1, "two of the choices are the same": 3})
    '3 (two of the choices are the same), 1 (skipped)'
    """
    return (
        ", ".join(f"{n} ({reason})" for reason, n in sorted(left_out.items(), key=lambda one: -one[1])) or "0"
    )


def _paths(written: str, folder: Path, place: str) -> list[Path]:
    path = folder / Path(written).expanduser()
    if "*" in path.name:
        found = sorted(path.parent.glob(path.name))
        if not found:
            raise ConfigError(
                f"{place}: no file matches {path}; a path is taken from the suite's own folder."
            )
        return found
    if not path.is_file():
        raise ConfigError(f"{place}: {path} is no file; a path is taken from the suite's own folder.")
    return [path]


def _skipped(source: Source, load: Load, prefix: str, place: str) -> set[str]:
    known = {item.id for item in source.items}
    for own in load.skip:
        if probe_id(prefix, "", str(own)) not in known:
            raise ConfigError(
                f"{place}: skip names {own!r}, which no item of {load.path} that can be asked has."
            )
    return {probe_id(prefix, "", str(own)) for own in load.skip}


@dataclass(frozen=True)
class _Examples:
    """Items to be shown before others: of the same category, where the pool has that category."""

    groups: Mapping[str, Sequence[Placed]]
    anyone: Sequence[Placed]

    @property
    def ids(self) -> set[str]:
        return {item.id for group in self.groups.values() for item in group}

    @classmethod
    def of(cls, pool: Sequence[Placed], load: Load, place: str) -> _Examples:
        """Take the first ones of each category.

        Raises:
            ConfigError: there are too few, or one has no answer to show.
        """
        groups: defaultdict[str, list[Placed]] = defaultdict(list)
        for item in pool if load.shots else ():
            groups[item.category].append(item)
        for name, group in groups.items():
            if len(group) < load.shots + (not load.shots_path):
                raise ConfigError(
                    f"{place}: shots is {load.shots}, but category {name!r} has {len(group)} items; lower it, give "
                    "examples of their own with `shots_path`, or one `category` to all."
                )
            del group[load.shots :]
        for item in (item for group in groups.values() for item in group):
            if not item.item.example:
                raise ConfigError(f"{item.place}: has no answer to show as an example; leave shots out.")
        return cls(groups, list(pool[: load.shots]))

    def before(self, item: Placed) -> list[Item]:
        """Return the examples for an item, in file order."""
        return [example.item for example in self.groups.get(item.category, self.anyone)]


def _asked(placed: Placed, examples: Sequence[Item], load: Load, reader: Reader) -> Asked:
    item = placed.item
    turns: _Turns = (("user", item.question),)
    if reader.kind in ("choice", "continue"):
        before = [example.question + example.example for example in examples]
        turns = (("user", "\n\n".join([*before, item.question])),)
    elif load.shots_as == "prompt":
        before = [f"{example.question}\n\n{example.example}" for example in examples]
        turns = (("user", "\n\n\n".join([*before, item.question])),)
    else:
        for example in reversed(examples):
            turns = (("user", example.question), ("assistant", example.example), *turns)
    return Asked(placed.id, placed.category, placed.place, turns, item.expect)
