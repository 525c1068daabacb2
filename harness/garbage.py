"""Python's collector of cyclic garbage, kept away from where it costs a fifth of a run and finds nothing.

torch and transformers bring a million objects that stay to the end; a full collection looks at all of them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Pause the collector, for imports; whoever had paused it finds it paused.

    >>> with paused():
    ...     gc.isenabled()
    False
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def leave_alone_what_is_there() -> None:
    """Keep the collector away from all objects that there are now, until `look_at_everything`.

    Called before an engine loads: what a model leaves behind is still collected.
    """
    gc.freeze()


def look_at_everything() -> None:
    """Let the collector look at every object again."""
    gc.unfreeze()
