"""seccomp: system calls that no small program needs fail with EPERM, and newer ones with ENOSYS.

No process or thread can be made, nothing executed, no socket opened (a pair of streams is allowed), no other
process signalled, traced or limited, no name or right of a file changed. The filter is classic BPF,
https://docs.kernel.org/userspace-api/seccomp_filter.html, and needs no privilege.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator

from .limits import libc

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _AND, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_MAY_CHANGE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""Machine -> its audit number, and its column below. Little-endian both."""
_FIRST_NEW = 424
"""From here on, numbers are the same everywhere, and only those below are known to be harmless."""
_NEW_ALLOWED = (436, 439, 441, 449)  # close_range, faccessat2, epoll_pwait2, futex_waitv

# Numbers on x86_64 and on aarch64; -1 where there is none.
_PROCESSES = """
fork 57 -1  vfork 58 -1  clone 56 220  execve 59 221  execveat 322 281  tkill 200 130
rt_sigqueueinfo 129 138  rt_tgsigqueueinfo 297 240  ptrace 101 117  kcmp 312 272
process_vm_readv 310 270  process_vm_writev 311 271  setpriority 141 140  ioprio_set 251 30
sched_setparam 142 118  sched_setscheduler 144 119  sched_setaffinity 203 122  sched_setattr 314 274
migrate_pages 256 238  move_pages 279 239  prctl 157 167  seccomp 317 277  personality 135 92
setuid 105 146  setgid 106 144  setreuid 113 145  setregid 114 143  setresuid 117 147
setresgid 119 149  setgroups 116 159  setfsuid 122 151  setfsgid 123 152  capset 126 91
"""
_SOCKETS = """
socket 41 198  connect 42 203  bind 49 200  listen 50 201  accept 43 202  accept4 288 242
shmget 29 194  shmat 30 196  shmctl 31 195  semget 64 190  semop 65 193  semctl 66 191
semtimedop 220 192  msgget 68 186  msgsnd 69 189  msgrcv 70 188  msgctl 71 187
mq_open 240 180  mq_unlink 241 181
"""
_FILES = """
chmod 90 -1  fchmod 91 52  fchmodat 268 53  chown 92 -1  fchown 93 55  lchown 94 -1
fchownat 260 54  utime 132 -1  utimes 235 -1  futimesat 261 -1  utimensat 280 88
setxattr 188 5  lsetxattr 189 6  fsetxattr 190 7  removexattr 197 14  lremovexattr 198 15
fremovexattr 199 16  truncate 76 45  creat 85 -1  mkdir 83 -1  mkdirat 258 34  rmdir 84 -1
unlink 87 -1  unlinkat 263 35  rename 82 -1  renameat 264 38  renameat2 316 276  link 86 -1
linkat 265 37  symlink 88 -1  symlinkat 266 36  mknod 133 -1  mknodat 259 33
inotify_add_watch 254 27  fanotify_init 300 262  fanotify_mark 301 263  memfd_create 319 279
name_to_handle_at 303 264  open_by_handle_at 304 265
"""
_SYSTEM = """
mount 165 40  umount2 166 39  pivot_root 155 41  chroot 161 51  unshare 272 97  setns 308 268
swapon 167 224  swapoff 168 225  reboot 169 142  sethostname 170 161  setdomainname 171 162
init_module 175 105  delete_module 176 106  finit_module 313 273  kexec_load 246 104
kexec_file_load 320 294  acct 163 89  quotactl 179 60  syslog 103 116  settimeofday 164 170
clock_settime 227 112  clock_adjtime 305 266  adjtimex 159 171  iopl 172 -1  ioperm 173 -1
modify_ldt 154 -1  uselib 134 -1  vhangup 153 58  bpf 321 280  perf_event_open 298 241
userfaultfd 323 282  add_key 248 217  request_key 249 218  keyctl 250 219  lookup_dcookie 212 18
io_setup 206 0  io_submit 209 2
"""
_KILL_CALLS = {"kill": (62, 129), "tgkill": (234, 131)}
_PRLIMIT, _SOCKETPAIR, _OPEN, _OPENAT = (302, 261), (53, 199), (2, -1), (257, 56)
_UNIX, _STREAM, _KIND_OF_SOCKET = 1, 1, 0xF
_SIGNALS_BY_FILE = {(72, 25): (8, 10, 15), (16, 29): (0x8901, 0x8902, 0x5412, 0x541C)}
"""fcntl and ioctl, and what they may not do: F_SETOWN and its like send signals to any process, TIOCSTI
and TIOCLINUX type on a terminal."""


def is_known_machine() -> bool:
    """Say whether there is a table for this processor."""
    return platform.machine() in _ARCHITECTURES


def restrict(*, forbid_writing: bool) -> None:
    """Put this process under the filter, for good. Needs `limits.drop_privileges` before.

    Args:
        forbid_writing: also refuse to open any file for writing, where Landlock does not.

    Raises:
        OSError: the kernel refuses.
    """
    program = b"".join(_filter(forbid_writing))
    code = ctypes.create_string_buffer(program)
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    if libc().prctl(_PR_SET_SECCOMP, _MODE_FILTER, described, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel has no seccomp filter")


def _filter(forbid_writing: bool) -> Iterator[bytes]:
    audit, column = _ARCHITECTURES[platform.machine()]
    denied = _FAIL | errno.EPERM
    yield _step(_LOAD, _ARCHITECTURE)
    yield _step(_JUMP_EQUAL, audit, yes=1)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER)
    for number in _NEW_ALLOWED:
        yield from _when(_JUMP_EQUAL, number, _ALLOW)
    yield from _when(_JUMP_AT_LEAST, _FIRST_NEW, _FAIL | errno.ENOSYS)  # x32 calls as well
    for numbers in _numbers():
        if numbers[column] >= 0:
            yield from _when(_JUMP_EQUAL, numbers[column], denied)
    for numbers in _KILL_CALLS.values():
        yield from _only_with_first(numbers[column], os.getpid(), denied)
    yield from _only_with_first(_PRLIMIT[column], 0, denied)
    yield from _only_stream_pairs(_SOCKETPAIR[column], denied)
    for numbers, commands in _SIGNALS_BY_FILE.items():
        yield from _not_with_second(numbers[column], commands, denied)
    if forbid_writing:
        for numbers, argument in ((_OPEN, 1), (_OPENAT, 2)):
            if numbers[column] >= 0:
                yield _step(_JUMP_EQUAL, numbers[column], no=4)
                yield _step(_LOAD, _ARGUMENTS + 8 * argument)
                yield _step(_JUMP_ANY_BIT, _MAY_CHANGE, no=1)
                yield _step(_RETURN, denied)
                yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _ALLOW)


def _numbers() -> Iterator[tuple[int, int]]:
    words = (_PROCESSES + _SOCKETS + _FILES + _SYSTEM).split()
    for place in range(0, len(words), 3):
        yield int(words[place + 1]), int(words[place + 2])


def _when(jump: int, number: int, answer: int) -> Iterator[bytes]:
    yield _step(jump, number, no=1)
    yield _step(_RETURN, answer)


def _only_with_first(number: int, first: int, otherwise: int) -> Iterator[bytes]:
    """Allow a call only when the low half of its first argument is ``first``."""
    yield _step(_JUMP_EQUAL, number, no=4)
    yield _step(_LOAD, _ARGUMENTS)
    yield _step(_JUMP_EQUAL, first, yes=1)
    yield _step(_RETURN, otherwise)
    yield _step(_RETURN, _ALLOW)


def _only_stream_pairs(number: int, otherwise: int) -> Iterator[bytes]:
    """Allow pairs of streams, which asyncio needs; one of datagrams could send to anybody's socket."""
    yield _step(_JUMP_EQUAL, number, no=7)
    yield _step(_LOAD, _ARGUMENTS)
    yield _step(_JUMP_EQUAL, _UNIX, no=3)
    yield _step(_LOAD, _ARGUMENTS + 8)
    yield _step(_AND, _KIND_OF_SOCKET)
    yield _step(_JUMP_EQUAL, _STREAM, yes=1)
    yield _step(_RETURN, otherwise)
    yield _step(_RETURN, _ALLOW)


def _not_with_second(number: int, refused: tuple[int, ...], answer: int) -> Iterator[bytes]:
    """Refuse a call when the low half of its second argument is one of these."""
    yield _step(_JUMP_EQUAL, number, no=2 * len(refused) + 2)
    yield _step(_LOAD, _ARGUMENTS + 8)
    for value in refused:
        yield from _when(_JUMP_EQUAL, value, answer)
    yield _step(_RETURN, _ALLOW)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
