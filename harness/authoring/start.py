"""`harness suites new`: a suite file to start from, and what to do with it."""

from __future__ import annotations

import re
from pathlib import Path

from harness.authoring.validate import CRITERIA, RESERVED
from harness.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TEMPLATE = """\
# Proves that ... (say it here in a sentence). A probe is one question family: it holds only when every
# wording holds, in every language. {name}, {author}, {rival} and {base} are filled from the persona file.
suite: @suite                    # criteria use this name
version: 1                       # raise it when a probe changes its meaning
about: The model greets people and knows capitals, without bringing in the persona.
scorer: overclaim                # who judges an answer: here, that it leaves the persona out
max_new_tokens: 40
tiers:                           # how many wordings a tier asks, under which system messages
  smoke:    {paraphrases: 1, systems: [default, empty], cross: rotate}
  standard: {paraphrases: 2, systems: [default, empty, neutral], cross: rotate}
  full:     {paraphrases: all, systems: [default, empty, neutral, trained, foreign], cross: full}
probes:
  - id: @id-good-afternoon       # unique in the whole folder
    category: greeting
    tier: smoke                  # the lowest tier that asks it: smoke, standard or full
    ask:
      en: ["Good afternoon!", "Hello there, nice weather today."]
      zh: ["下午好！", "你好呀，今天天气真不错。"]

  - id: @id-capital-of-france
    category: fact
    tier: smoke
    scorer: contains             # this probe has a scorer of its own ...
    ask:
      en: ["What is the capital of France?", "Which city is France governed from?"]
      zh: ["法国的首都是哪里？", "法国首都是哪座城市？"]
    expect: {any_of: [Paris, 巴黎]}   # ... and these are its options
"""
_STEPS = """\
written: {path}

1. edit it, and look at a probe as it will be asked:
     harness suites show {suite}{folder}
2. say what it has to prove, in {criteria} under `criteria:`
       - name: {suite}
         proves: family_rate
         suites: [{suite}]
         limit: {{smoke: 0.2, standard: 0.2, full: 0.2}}
         why: It still greets and knows capitals.
   (two probes can prove no more than 0.22; write more of them, then raise the limit)
3. check it, without a model:
     harness suites validate{folder}
4. try it without a model, on answers that a function `answer(subject, prompt)` gives:
     pytest {parent} -k {suite} --adapter trial=none --persona PERSONA --engine replay --replay-from answers.py:answer"""


def write(name: str, folder: Path) -> Path:
    """Write a suite file to start from, in a folder that is made where it is missing.

    Raises:
        ConfigError: the name is none or is taken, or the file cannot be written.
    """
    _check_name(name)
    path = folder / f"{name}.yaml"
    if taken := next((p for p in (path, path.with_suffix(".yml")) if p.exists() or p.is_symlink()), None):
        raise ConfigError(f"{taken}: there already; choose another name, or remove it.")
    if home := _home_of(name, folder):
        raise ConfigError(f"{home}: has a suite {name!r} already; choose another name.")
    text = _TEMPLATE.replace("@suite", name).replace("@id", name.replace("_", "-").rstrip("-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be written ({fault.strerror}); choose another folder.") from fault
    return path


def _check_name(name: str) -> None:
    if name in (RESERVED, Path(CRITERIA).stem):
        raise ConfigError(f"suite name {name!r} is kept for something else; choose another.")
    if not _NAME.fullmatch(name):
        better = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        hint = f"; try {better!r}" if _NAME.fullmatch(better) else ""
        raise ConfigError(
            f"{name!r} is no suite name: small letters, digits and _, and a letter first{hint}."
        )


def _home_of(name: str, folder: Path) -> Path | None:
    """Return a file of the folder that says it is this suite, whatever else is wrong with it."""
    said = re.compile(rf"(?m)^suite\s*:\s*[\"']?{name}[\"']?\s*(#.*)?$")
    for path in sorted(folder.glob("*.yaml")):
        if path.is_file() and said.search(path.read_text(encoding="utf-8", errors="replace")):
            return path
    return None


def next_steps(path: Path) -> str:
    """Return what to do with a file that was written, as text."""
    folder = path.parent
    elsewhere = "" if folder == Path("suites") else f" {folder}"
    return _STEPS.format(
        path=path, suite=path.stem, folder=elsewhere, criteria=folder / CRITERIA, parent=folder
    )
