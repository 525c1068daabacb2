"""The suites and configurations that ship with the package."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from harness.errors import ConfigError

PARTS = ("suites", "configs")


def bundle_folder() -> Path:
    """Return the folder that holds ``suites`` and ``configs``: in a wheel, or in a source tree."""
    inside = Path(__file__).with_name("bundled")
    return inside if inside.is_dir() else Path(__file__).parent.parent


def copy_bundle(target: Path) -> Iterator[Path]:
    """Copy the built-in suites and configurations; yield each folder that was made.

    Raises:
        ConfigError: a folder of that name is there already; nothing is copied then.
    """
    taken = [str(target / part) for part in PARTS if (target / part).exists()]
    if taken:
        raise ConfigError(f"{', '.join(taken)}: there already; remove it, or choose another folder.")
    for part in PARTS:
        shutil.copytree(bundle_folder() / part, target / part)
        yield target / part
