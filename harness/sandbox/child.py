"""The program's side of `harness.sandbox`: runs alone, with nothing of the harness importable."""

import json
import os
import resource
import sys


def plain(value, depth=0):
    """Return a JSON value made of builtin types only; subclasses lose what they override."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if depth < 50:
        if kind in (list, tuple):
            return [plain(item, depth + 1) for item in value]
        if kind in (set, frozenset):
            return sorted((plain(item, depth + 1) for item in value), key=repr)
        if kind is dict:
            return {str(key): plain(item, depth + 1) for key, item in value.items()}
    raise TypeError("a value of type %s cannot leave the sandbox" % kind.__name__)


def answer(namespace, function, args):
    """Make one call and return its value or its error."""
    try:
        return {"value": plain(namespace[function](*args))}
    except BaseException as fault:
        return {"error": "%s: %s" % (type(fault).__name__, str(fault)[:120])}


def limit(cpu_s):
    """Give up CPU time, memory, files and processes beyond what a small program needs."""
    memory, reply = 1 << 30, 1 << 20
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    if sys.platform != "darwin":  # there it cannot be set
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (reply, reply))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def main():
    """Read the job from stdin, run the program, write its answers to the real stdout."""
    job = json.loads(sys.stdin.buffer.read())
    limit(job["cpu_s"])
    dump, write, leave = json.dumps, os.write, os._exit
    out = os.dup(1)
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 0)
    os.dup2(quiet, 1)
    namespace = {"__name__": "program"}
    reply = {"error": "", "results": []}
    try:
        exec(compile(job["source"], "program.py", "exec"), namespace)
    except BaseException as fault:
        reply["error"] = "%s: %s" % (type(fault).__name__, str(fault)[:120])
    else:
        reply["results"] = [answer(namespace, name, args) for name, args in job["calls"]]
    data = dump(reply).encode()
    while data:
        data = data[write(out, data) :]
    leave(0)


main()
