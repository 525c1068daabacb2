"""How a server is started at each level: its command line, and the files that it may see."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from harness.errors import SandboxError
from harness.sandbox.inside import landlock, seccomp
from harness.sandbox.records import Level

_HERE = Path(__file__).parent
_INSIDE = "/sandbox"
"""Where the package `inside` lies within bubblewrap."""
_TMP_BYTES = 16 << 20
_SERVE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from inside.server import main; del sys.path[0]; main()"
)
ENVIRONMENT: Mapping[str, str] = {
    "PYTHONHASHSEED": "0",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "HOME": "/",
    "PATH": "",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""All that a program finds in its environment; the same on every machine."""


def command(level: Level) -> list[str]:
    """Return the command line that starts a server at a level.

    Raises:
        SandboxError: this system has no such level, or a program for it is not installed.
    """
    if os.name != "posix":
        raise SandboxError(f"no {level} sandbox: it needs Linux or macOS; on Windows use WSL.")
    if level != "process" and sys.platform != "linux":
        raise SandboxError(f"no {level} sandbox: it needs Linux.")
    if level != "process" and not seccomp.is_known_machine():
        raise SandboxError(f"no {level} sandbox: its filter knows no {platform.machine()}.")
    if level == "bubblewrap":
        return [*_bubblewrap(), *_python(_INSIDE)]
    return _python(str(_HERE))


def setting(level: Level) -> dict[str, Any]:
    """Return the first message to a server: the layers that the level needs, and what can be read."""
    return {
        "seccomp": level != "process",
        "landlock": level == "landlock" or (level == "bubblewrap" and landlock_abi() > 0),
        "readable": readable(),
        "listable": [_stdlib()],
    }


@cache
def landlock_abi() -> int:
    """Return the kernel's Landlock ABI, 0 where it has none."""
    return landlock.abi() if sys.platform == "linux" else 0


def _python(where: str) -> list[str]:
    # No site-packages, no working folder on the path, no compiled files left behind. Not -I, which
    # would ignore PYTHONHASHSEED; the environment is ours alone.
    return [_executable(), "-s", "-S", "-P", "-B", "-X", "utf8", "-c", _SERVE, where]


def _executable() -> str:
    return os.path.realpath(sys.executable)


def _stdlib() -> str:
    return os.path.realpath(sysconfig.get_path("stdlib"))


def _library_roots() -> list[str]:
    """Return the folders that hold shared libraries, the standard library among them."""
    prefix = os.path.realpath(sys.base_prefix)
    wanted = [
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        f"{prefix}/lib",
        f"{prefix}/lib64",
    ]
    found = dict.fromkeys(os.path.realpath(path) for path in wanted if Path(path).is_dir())
    return [path for path in found if not any(path.startswith(f"{other}/") for other in found)]


def _other_files() -> list[str]:
    wanted = ["/usr/share/zoneinfo", "/etc/ld.so.cache", "/nix/store", _executable()]
    return [path for path in wanted if Path(path).exists()]


def readable() -> list[str]:
    """Return the paths that the interpreter needs: shared libraries and the standard library.

    Installed packages are left out, since the hidden tests of the built-in suites are one of them.
    """
    paths = _other_files()
    for root in _library_roots():
        paths += [str(path) for path in Path(root).iterdir() if not path.name.startswith("python")]
    paths += [str(path) for path in Path(_stdlib()).iterdir() if not path.name.endswith("-packages")]
    return paths


def _bubblewrap() -> Iterator[str]:
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError("no bubblewrap sandbox: bwrap is not installed.")
    options = _options()
    yield from (program, "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session")
    yield from ("--disable-userns",) if "--disable-userns" in options else ()
    yield from ("--cap-drop", "ALL", "--clearenv")
    for name, value in ENVIRONMENT.items():
        yield from ("--setenv", name, value)
    for path in [*_library_roots(), *_other_files()]:
        yield from ("--ro-bind", path, path)
    for root in _library_roots():
        for packages in Path(root).glob("python*/*-packages"):
            yield from ("--tmpfs", str(packages))
    for link in ("/lib", "/lib64"):
        if Path(link).is_symlink():
            yield from ("--symlink", os.path.realpath(link).lstrip("/"), link)
    yield from ("--dev", "/dev", "--remount-ro", "/dev")
    yield from ("--size", str(_TMP_BYTES)) if "--size" in options else ()
    yield from ("--tmpfs", "/tmp", "--ro-bind", str(_HERE / "inside"), f"{_INSIDE}/inside")
    yield from ("--remount-ro", "/", "--chdir", "/")


@cache
def _options() -> str:
    """Return what ``bwrap --help`` says: older ones know fewer options."""
    shown = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False, timeout=10)
    return shown.stdout + shown.stderr
