"""The program's side of `harness.sandbox`: runs alone, with nothing of the harness importable."""

import json
import os
import resource
import sys

READY = b"ready\n"
"""Written before the program begins: what goes wrong until then is not the program's fault."""


def plain(value, depth=0):
    """Return a JSON value made of builtin types only; subclasses lose what they override."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, int):
        return int.__add__(value, 0)
    if isinstance(value, float):
        return float.__add__(value, 0.0)
    if isinstance(value, str):
        return str.__add__("", value)
    if depth < 50:
        if isinstance(value, list):
            return [plain(item, depth + 1) for item in list.__iter__(value)]
        if isinstance(value, tuple):
            return [plain(item, depth + 1) for item in tuple.__iter__(value)]
        if isinstance(value, dict):
            return {key_of(key): plain(item, depth + 1) for key, item in dict.items(value)}
    raise TypeError("a value of type %s cannot leave the sandbox" % kind.__name__)


def key_of(key):
    """Return a dictionary's key as the text that JSON knows it by."""
    if isinstance(key, str):
        return str.__add__("", key)
    if key is None or isinstance(key, (bool, int, float)):
        return json_text(plain(key))
    raise TypeError("a key of type %s cannot leave the sandbox" % type(key).__name__)


def answer(namespace, function, args):
    """Make one call and return its value or its error, as a JSON text."""
    try:
        return json_text({"value": plain(namespace[function](*args))})
    except BaseException as fault:
        return json_text({"error": told(fault)})


def told(fault):
    """Return what an exception says, in ASCII; its own ``__str__`` may fail as well."""
    name = type.__dict__["__name__"].__get__(type(fault))
    try:
        said = str.__add__("", str(fault))[:120]
    except BaseException:
        said = "(it cannot be shown)"
    return ("%s: %s" % (name, said)).encode("ascii", "backslashreplace").decode()


def limit(cpu_s):
    """Give up CPU time, memory, files and processes beyond what a small program needs."""
    memory, written = 1 << 30, 1 << 20
    lower(resource.RLIMIT_CPU, cpu_s)
    if sys.platform != "darwin":  # there it cannot be set
        lower(resource.RLIMIT_AS, memory)
    lower(resource.RLIMIT_FSIZE, written)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, 64)
    lower(resource.RLIMIT_NPROC, 0)  # no further processes or threads; root is exempt


def lower(which, wanted):
    """Lower one limit for good, unless it is lower already."""
    _, hard = resource.getrlimit(which)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (value, value))


def main():
    """Read the job from stdin, run the program, write its answers to the real stdout as one line."""
    job = json.loads(sys.stdin.buffer.read())
    limit(job["cpu_s"])
    write, leave = os.write, os._exit
    out = os.dup(1)
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 0)
    os.dup2(quiet, 1)
    namespace = {"__name__": "program"}
    write(out, READY)
    error, results = "", []
    try:
        exec(compile(job["source"], "program.py", "exec"), namespace)
    except BaseException as fault:
        error = told(fault)
    else:
        results = [answer(namespace, name, args) for name, args in job["calls"]]
    data = ('{"error": %s, "results": [%s]}\n' % (json_text(error), ", ".join(results))).encode()
    while data:
        data = data[write(out, data) :]
    leave(0)


json_text = json.JSONEncoder().encode
main()
