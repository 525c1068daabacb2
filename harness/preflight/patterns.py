"""Regular expressions from a foreign file: tried where they can be stopped, before they are used here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection

from harness.preflight.findings import Finding
from harness.preflight.settings import ALL_LINEAR, CONFIG, Settings

_SECONDS = 2.0
_PROGRAM = """
import json, re, sys
patterns, names = json.load(sys.stdin)
for pattern, whole in patterns:
    print(json.dumps(pattern), flush=True)
    try:
        tried = re.compile(pattern if whole else r"(.*\\.)?(" + pattern + ")$")
    except (re.error, OverflowError, RecursionError) as fault:
        print(json.dumps(str(fault)))
        sys.exit(3)
    for name in names:
        tried.fullmatch(name) if whole else tried.match(name)
"""


def pattern_findings(settings: Settings, names: Collection[str]) -> list[Finding]:
    """Try every regular expression on the names it will meet, with Python's `re` as peft uses it.

    In a process of its own, since `re` can neither be stopped nor told to hurry; a configuration
    without regular expressions costs nothing.
    """
    patterns = [(pattern, whole) for pattern, whole in settings.patterns if pattern != ALL_LINEAR]
    if not patterns:
        return []
    asked = json.dumps([patterns, sorted(names)])
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM]
    try:
        done = subprocess.run(
            command, input=asked, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as fault:
        last = (fault.stdout or b"").decode().splitlines()[-1:]
        tried = json.loads(last[0]) if last else patterns[0][0]
        return [_finding(f"{tried!r} takes longer than {_SECONDS:g} s to match", "peft would hang on it")]
    if done.returncode == 0:
        return []
    tried, *why = [json.loads(line) for line in done.stdout.splitlines()[-2:]]
    reason = why[0] if why else "it ended Python"
    return [_finding(f"{tried!r} is no regular expression ({reason})", "peft would stop at it")]


def _finding(what: str, effect: str) -> Finding:
    return Finding("error", "pattern", CONFIG, what, f"{effect}: write the names of the modules")
