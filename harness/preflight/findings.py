"""What the preflight says: findings, and how those that forbid a run become one message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from harness.errors import AdapterError
from harness.tensors import clean

Level = Literal["error", "warning", "fact"]
LEVELS: tuple[Level, ...] = ("error", "warning", "fact")


@dataclass(frozen=True)
class Finding:
    """One thing that an adapter's files say.

    ``rule`` is its name in docs/adapters.md. ``place`` is a file of the adapter, a tensor or a
    module. ``refused_by`` names the engines that cannot take the adapter, where others can: such a
    finding is a warning, and an error in a run on one of them.
    """

    level: Level
    rule: str
    place: str
    what: str
    advice: str = ""
    refused_by: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """``place: what; what to do.``

        >>> Finding("error", "rank", "adapter_config.json", "rank r is 0", "train again").line
        'adapter_config.json: rank r is 0; train again.'
        """
        place = f"{clean(self.place)}: " if self.place else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{place}{clean(self.what, 600)}{advice}."


def refuse(name: str, findings: Iterable[Finding], engine: str = "") -> None:
    """Raise every error at once, one line each.

    Args:
        name: the adapter's name in the run. engine: the engine that the run will use.

    Raises:
        AdapterError: an error, or a warning that names this engine as refusing the adapter.
    """
    wrong = [found for found in findings if found.level == "error" or engine in found.refused_by]
    if wrong:
        raise AdapterError("\n".join(f"adapter {name}: {found.line}" for found in wrong))


def first_of(names: Iterable[str], noun: str) -> str:
    """Say how many there are and show the first, for a message about many.

    >>> first_of(["b", "a"], "modules")
    '2 modules (first: a)'
    >>> first_of(["a"], "modules")
    'a'
    """
    ordered = sorted(names)
    return ordered[0] if len(ordered) == 1 else f"{len(ordered)} {noun} (first: {ordered[0]})"
