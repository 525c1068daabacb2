"""What can go wrong, one class for each exit status a script may want to tell apart.

    HarnessError            10  anything below, or a fault that fits none of them
    ├── NotComparableError   3  two runs were not asked the same, as `harness gate` says of a run's sides
    ├── ConfigError         11  a flag, a suite, a persona or another file of the user's
    ├── ModelError          12  the base model is missing, unreadable or unknown
    ├── AdapterError        13  an adapter is missing, broken or made for another base
    ├── EngineError         14  an engine cannot start here, or died
    ├── TrainingError       15  the data cannot be built, or ms-swift failed
    ├── StoreError          16  a run's folder cannot be used
    └── SandboxError        17  model-written programs cannot be run safely here

Messages read ``place: what, with the value; what to do``. Only the edges (``cli``, ``plugin.py``)
catch them; everything else lets them rise.
"""


class HarnessError(Exception):
    """A fault to show to the user as it stands, without a traceback."""

    exit_status = 10


class NotComparableError(HarnessError):
    """Two runs were not asked the same, so that holding one against the other proves nothing."""

    exit_status = 3


class ConfigError(HarnessError):
    """A flag, a suite, a persona or a configuration file says something impossible."""

    exit_status = 11


class ModelError(HarnessError):
    """The base model cannot be found, read or used."""

    exit_status = 12


class AdapterError(HarnessError):
    """An adapter cannot be used with this base model."""

    exit_status = 13


class EngineError(HarnessError):
    """An engine cannot start on this machine, or died while answering."""

    exit_status = 14


class TrainingError(HarnessError):
    """Training data cannot be built, or ms-swift ended without an adapter."""

    exit_status = 15


class StoreError(HarnessError):
    """A run's folder is in use, damaged, or belongs to another run."""

    exit_status = 16


class SandboxError(HarnessError):
    """Programs written by a model cannot be run here as they must be."""

    exit_status = 17


def first_line(fault: BaseException) -> str:
    """Return the first line of what a fault says, or its class where it says nothing.

    >>> first_line(ValueError("no such key\\nin that file")), first_line(MemoryError())
    ('no such key', 'MemoryError')
    """
    said = str(fault).strip()
    return said.splitlines()[0] if said else type(fault).__name__


def suggestion(wrong: str, known: list[str]) -> str:
    """Return ``": did you mean 'x'?"`` for the closest known word, or ``""`` when none is close.

    >>> suggestion("replai", ["replay", "vllm"])
    ": did you mean 'replay'?"
    """
    from difflib import get_close_matches

    close = get_close_matches(wrong, known, n=1)
    return f": did you mean {close[0]!r}?" if close else ""
