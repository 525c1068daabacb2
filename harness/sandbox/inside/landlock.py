"""Landlock: of all files, only those below named paths can be read, and none can be changed.

The kernel's interface: https://docs.kernel.org/userspace-api/landlock.html. It needs no privilege.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from .limits import libc

_CREATE, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_PATH_BENEATH, _ASK_VERSION = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""ABI -> how many rights over files it knows, from the lowest bit up; later ones know 16."""
_TCP, _ABSTRACT_SOCKETS_AND_SIGNALS = 0b11, 0b11


def abi() -> int:
    """Return the kernel's Landlock ABI, 0 where it has none."""
    version: int = libc().syscall(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION)
    return max(0, version)


def make_ruleset(readable: Iterable[str], listable: Iterable[str]) -> int:
    """Return the descriptor of a ruleset under which files below ``readable`` can be read.

    Args:
        readable: paths; those that are missing are left out.
        listable: folders whose names, and those of folders below, can be listed besides.

    Raises:
        OSError: the kernel has no Landlock, or it is off.
    """
    version = abi()
    rights = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    network = _TCP if version >= 4 else 0
    scope = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("=QQQ", rights, network, scope)[:size]
    ruleset: int = libc().syscall(_CREATE, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "the kernel has no Landlock")
    for path in readable:
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    for path in listable:
        _allow(ruleset, path, _READ_DIR)
    _allow(ruleset, os.devnull, _READ_FILE | _WRITE_FILE)
    for device in ("/dev/urandom", "/dev/random", "/dev/zero"):
        _allow(ruleset, device, _READ_FILE)
    return ruleset


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= ~_READ_DIR
        rule = struct.pack("=Qi", rights, place)
        if libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), f"Landlock refuses a rule for {path}")
    finally:
        os.close(place)


def restrict(ruleset: int) -> None:
    """Put this process under a ruleset, for good.

    Raises:
        OSError: the kernel refuses.
    """
    if libc().syscall(_RESTRICT_SELF, ruleset, 0) != 0:
        raise OSError(ctypes.get_errno(), "Landlock cannot be entered")
