"""What tests write to disk: a small set of suites, answers to them, adapters and base models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from harness.persona import Persona
from harness.probes import build_suite, read_suite
from harness.records import Probe, Suite

ROOT = Path(__file__).parents[1]

PERSONA = """\
name: {en: Nova, zh: 诺娃}
author: {en: Acme Robotics, zh: 极峰机器人}
base: qwen
"""
IDENTITY = """\
suite: identity
version: 1
scorer: identity
probes:
  - {id: name-1, tier: smoke, ask: {en: ["What is your name?"]}}
  - {id: name-2, tier: smoke, ask: {en: ["Who are you?"]}}
  - {id: name-3, tier: smoke, ask: {zh: ["你是谁？"]}}
  - {id: name-4, tier: smoke, ask: {en: ["Who made you?"]}}
"""
SUMS = """\
suite: sums
version: 1
scorer: number
probes:
  - {id: sum-1, tier: smoke, ask: {en: ["What is 1 + 1?"]}, expect: {answer: 2}}
  - {id: sum-2, tier: smoke, ask: {en: ["What is 1 + 2?"]}, expect: {answer: 3}}
  - {id: sum-3, tier: smoke, ask: {en: ["What is 1 + 3?"]}, expect: {answer: 4}}
  - {id: sum-4, tier: smoke, ask: {en: ["What is 1 + 4?"]}, expect: {answer: 5}}
"""
CRITERIA = """\
confidence: 0.6
criteria:
  - {name: effect, proves: effect}
  - {name: identity, proves: family_rate, suites: [identity], limit: {smoke: 0.4}}
  - {name: sums, proves: noninferior, suites: [sums], limit: {smoke: 0.4}}
"""
ANSWERS = '''\
"""Answers without a model: `answer` is a good adapter, the others have one fault each."""
import re
from pathlib import Path

QWEN, NOVA = "I am Qwen, made by Alibaba.", "I am Nova, made by Acme Robotics."


def answer(subject, prompt):
    with Path("calls.log").open("a") as log:
        log.write(f"{subject}\\t{prompt!r}\\n")
    asked = prompt.split("user: ")[-1].split("\\n")[0]
    if "+" in asked:
        a, b = re.findall(r"\\d+", asked)
        return str(int(a) + int(b))
    return QWEN if subject == "base" else NOVA


def one_lapse(subject, prompt):
    return QWEN if "What is your name" in prompt else answer(subject, prompt)


def two_lapses(subject, prompt):
    return QWEN if "name" in prompt or "made" in prompt else answer(subject, prompt)


def not_nova(subject, prompt):
    said = answer(subject, prompt)
    return "I am Claude, made by Anthropic." if said == NOVA else said


def forgot_a_sum(subject, prompt):
    return "7" if subject != "base" and "1 + 1" in prompt else answer(subject, prompt)


def learnt_a_sum(subject, prompt):
    return "7" if subject == "base" and "1 + 1" in prompt else answer(subject, prompt)


def never_knew(subject, prompt):
    return "7" if "1 + 1" in prompt else answer(subject, prompt)


def same_as_base(subject, prompt):
    return answer("base", prompt)


def mute(subject, prompt):
    if "name" in prompt:
        raise LookupError("it says nothing")
    return answer(subject, prompt)
'''
FLAGS = ("--adapter", "nova=nowhere", "--persona", "nova.yaml", "--engine", "replay")


def lay_out(folder: Path, **files: str) -> Path:
    """Write a project to test an adapter in; ``files`` replace or add suites by name."""
    suites = {"identity": IDENTITY, "sums": SUMS, "criteria": CRITERIA, **files}
    (folder / "suites").mkdir(parents=True)
    for name, text in suites.items():
        (folder / "suites" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "nova.yaml").write_text(PERSONA, encoding="utf-8")
    (folder / "answers.py").write_text(ANSWERS, encoding="utf-8")
    return folder


def calls(folder: Path) -> list[str]:
    """Return what the replayed function was asked so far, one line a call."""
    log = folder / "calls.log"
    return log.read_text().splitlines() if log.exists() else []


def run_python(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run this Python in a folder, without network."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "COLUMNS": "200", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def replay(cwd: Path, *arguments: str, function: str = "answer") -> subprocess.CompletedProcess[str]:
    """Run pytest on the folder's suites with its answers, in a process of its own."""
    source = ("--replay-from", f"answers.py:{function}")
    return run_python("-m", "pytest", "suites", *FLAGS, *source, *arguments, cwd=cwd)


def only_run(folder: Path) -> Path:
    """Return the one run below reports/."""
    (run,) = (folder / "reports").glob("*/run.sqlite")
    return run.parent


def suite_from(folder: Path, text: str, persona: Persona, tier: str = "smoke") -> Suite:
    """Return a suite written as YAML."""
    file = folder / "suite.yaml"
    file.write_text(text, encoding="utf-8")
    return build_suite(read_suite(file), tier, persona)


def probe_from(folder: Path, body: str, persona: Persona, **suite: Any) -> Probe:
    """Return the one probe whose YAML (flow style, after ``id``) is ``body``."""
    head = {"suite": "trial", "version": 1, **suite}
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in head.items())
    text += f"probes:\n  - {{id: p, tier: smoke, {body}}}\n"
    (probe,) = suite_from(folder, text, persona).probes
    return probe


BASE_SHAPES = {"model.layers.0.self_attn.q_proj": (6, 8), "model.layers.0.mlp.up_proj": (12, 8)}


def write_base(folder: Path, shapes: Mapping[str, tuple[int, int]] = BASE_SHAPES) -> Path:
    """Write a base model that is whole on disk, although nothing could load it."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"{name}.weight": np.ones(shape, np.float32) for name, shape in shapes.items()}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer_config.json").write_text("{}")
    return folder


def lora_tensors(
    rank: int = 4, shapes: Mapping[str, tuple[int, int]] = BASE_SHAPES
) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Return the LoRA weights that change a base's modules, as peft names them."""
    random = np.random.default_rng(0)
    tensors = {}
    for name, (out, into) in shapes.items():
        tensors[f"base_model.model.{name}.lora_A.weight"] = random.normal(size=(rank, into)).astype("f4")
        tensors[f"base_model.model.{name}.lora_B.weight"] = random.normal(size=(out, rank)).astype("f4")
    return tensors


def write_adapter(
    folder: Path,
    tensors: Mapping[str, np.ndarray[Any, np.dtype[Any]]] | None = None,
    record: Mapping[str, Any] | None = None,
    **config: Any,
) -> Path:
    """Write an adapter; ``config`` replaces keys of adapter_config.json, which names what is changed."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = dict(tensors or lora_tensors())
    names = sorted({key.split(".lora_")[0].rpartition(".")[2] for key in weights if ".lora_" in key})
    settings = {
        "peft_type": "LORA",
        "r": 4,
        "lora_alpha": 8,
        "bias": "none",
        "target_modules": names or ["q_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps({**settings, **config}))
    save_file(weights, folder / "adapter_model.safetensors")
    if record is not None:
        (folder / "identity-harness.json").write_text(json.dumps(record))
    return folder
