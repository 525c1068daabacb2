"""The same prompts for two harnesses: a suite for ours, and tasks for lm-evaluation-harness.

Prompts are single questions of the suites that ship, for a fixed persona. Both sides get them as the base's
chat template renders them, with the same length to answer in; neither is given stop strings, so an answer
ends at the end-of-text token or at its length.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.persona import Persona
from harness.plan import Plan
from harness.probes import build_suite, is_suite, read_suites
from harness.prompts import ChatTemplate
from harness.records import BASE, Probe, Variant

ROOT = Path(__file__).parents[1]
CRITERIA = """\
confidence: 0.95
criteria:
  - {name: effect, proves: effect, why: An adapter that changes nothing is broken.}
"""


@dataclass(frozen=True)
class Prompt:
    """One question as both harnesses get it. ``name`` is ``probe/variant``, our ``doc_id``."""

    name: str
    text: str
    ids: tuple[int, ...]
    max_new_tokens: int


def write_suite(folder: Path, count: int, persona: Persona, max_new_tokens: int | None) -> Path:
    """Write a suite of single questions, and criteria beside it; return the suites' folder.

    Args:
        count: how many questions; spread evenly over those of tier ``full``.
        max_new_tokens: the length of every answer; each question's own when left out.

    Raises:
        SystemExit: the suites that ship have fewer.
    """
    found = list(_single_questions(persona))
    if len(found) < count:
        raise SystemExit(f"--prompts {count}: the suites have {len(found)} single questions; ask for fewer.")
    chosen = [found[place * len(found) // count] for place in range(count)]
    document = {
        "suite": "speed",
        "version": 1,
        "about": "Questions to measure speed with.",
        "probes": [
            _entry(number, probe, variant, max_new_tokens) for number, (probe, variant) in enumerate(chosen)
        ],
    }
    suites = folder / "suites"
    suites.mkdir(parents=True, exist_ok=True)
    (suites / "speed.yaml").write_text(  # JSON is YAML
        "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in document.items()),
        encoding="utf-8",
    )
    (suites / "criteria.yaml").write_text(CRITERIA, encoding="utf-8")
    return suites


def _single_questions(persona: Persona) -> Iterator[tuple[Probe, Variant]]:
    for source in read_suites(sorted(filter(is_suite, (ROOT / "suites").glob("*.yaml")))):
        for probe in build_suite(source, "full", persona).probes:
            if probe.kind == "generate" and not probe.stop and probe.scorer != "code":
                yield from ((probe, one) for one in probe.variants if len(one.turns) == 1)


def _entry(number: int, probe: Probe, variant: Variant, max_new_tokens: int | None) -> dict[str, Any]:
    system = [] if variant.system is None else [{"system": variant.system}]
    return {
        "id": f"q{number}.{probe.id}",
        "tier": "smoke",
        "scorer": probe.scorer,
        "expect": dict(probe.options),
        "max_new_tokens": max_new_tokens or probe.max_new_tokens,
        "ask": {variant.lang: [[*system, {"user": variant.question}]]},
    }


def read_prompts(suites: Path, base: Path, persona: Persona) -> list[Prompt]:
    """Return the prompts of `write_suite`'s suite as our plan renders them for a base."""
    (source,) = read_suites([suites / "speed.yaml"])
    renderer = ChatTemplate(base)
    plan = Plan(build_suite(source, "smoke", persona).probes, {BASE: ""}, renderer)
    return [
        Prompt(
            f"{ask.probe.id}/{ask.variant.id}",
            renderer.text(ask.variant.turns, ask.variant.system),
            ask.request.token_ids,
            ask.request.max_new_tokens,
        )
        for ask in plan.asks(lambda _: None)
    ]


def write_tasks(folder: Path, prompts: list[Prompt], end_of_text: str) -> list[str]:
    """Write one lm-eval task for each length of answer, since a task has one; return their names."""
    by_length: defaultdict[int, list[Prompt]] = defaultdict(list)
    for prompt in prompts:
        by_length[prompt.max_new_tokens].append(prompt)
    folder.mkdir(parents=True, exist_ok=True)
    for length, group in by_length.items():
        rows = folder / f"speed_{length}.jsonl"
        lines = [json.dumps({"name": one.name, "text": one.text}) for one in group]
        rows.write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / f"speed_{length}.yaml").write_text(
            json.dumps(
                {
                    "task": f"speed_{length}",
                    "dataset_path": "json",
                    "dataset_kwargs": {"data_files": {"test": str(rows)}},
                    "test_split": "test",
                    "output_type": "generate_until",
                    "doc_to_text": "{{text}}",
                    "doc_to_target": "",
                    "generation_kwargs": {
                        "until": [end_of_text],
                        "max_gen_toks": length,
                        "do_sample": False,
                        "temperature": 0.0,
                    },
                    "metric_list": [{"metric": "bypass"}],
                    "metadata": {"version": 1},
                }
            ),
            encoding="utf-8",
        )
    return [f"speed_{length}" for length in by_length]
