"""What a program's process gives up with the kernel's oldest means: time, memory, files, rights."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36
_SIGKILL = 9
_CAPABILITY_VERSION = 0x20080522
_STACK_BYTES = 64 << 20
_FILES = 64


def libc() -> ctypes.CDLL:
    """Return the C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def set_limits(limits: Mapping[str, int]) -> None:
    """Lower the limits for good: ``cpu_s``, ``memory_bytes``; no files, processes or core dumps."""
    import resource  # which not every system has that imports this

    _lower(resource.RLIMIT_CPU, limits["cpu_s"], spare=1)  # SIGXCPU, then SIGKILL
    if sys.platform != "darwin":  # there it cannot be set
        _lower(resource.RLIMIT_AS, limits["memory_bytes"])
    _lower(resource.RLIMIT_STACK, _STACK_BYTES)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, _FILES)
    _lower(resource.RLIMIT_NPROC, 0)  # root is exempt; seccomp is not


def _lower(which: int, wanted: int, spare: int = 0) -> None:
    import resource

    _, hard = resource.getrlimit(which)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    most = value + spare
    resource.setrlimit(which, (value, most if hard == resource.RLIM_INFINITY else min(most, hard)))


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends; Linux only."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of what children leave behind, and hide one's own memory; Linux only."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_DUMPABLE, 0)


def drop_privileges() -> None:
    """Give up every capability, and the means to gain one by executing a file; Linux only.

    Raises:
        OSError: the kernel refuses.
    """
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc().capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")


def _prctl(option: int, value: int) -> None:
    if libc().prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} failed")
