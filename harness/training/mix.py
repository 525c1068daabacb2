"""The mix: identity rows, facts and replayed rows under several system forms, kept off the probes."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from harness.errors import TrainingError
from harness.files import write_atomically
from harness.models import find_model
from harness.persona import Persona
from harness.probes import build_suite, is_suite, read_suites
from harness.prompts import ChatTemplate, default_system
from harness.records import Model, digest_of
from harness.trained import nearest, questions_of
from harness.training.config import General, TrainingConfig
from harness.training.replay import read_prompts, replay_rows
from harness.training.rows import Row, check_placeholders, every_built_row, fact_rows, rows_from_file
from harness.wording import system_text


@dataclass(frozen=True)
class Base:
    """The base model as training sees it; nothing of it is touched in a dry run."""

    ref: str
    model: Model | None = None
    renderer: ChatTemplate | None = None


@dataclass(frozen=True)
class Mix:
    """What is trained on: rows of ours, and data sets that ms-swift loads and samples."""

    rows: tuple[Row, ...]
    datasets: tuple[str, ...]
    kept_out: int
    """Rows left out because a probe asks nearly the same."""
    unwritten: int = 0
    """Replayed rows that the base has yet to write: in a dry run it is not asked."""

    def sources(self) -> dict[str, int]:
        """Return source -> rows; a data set counts what its ``#n`` says, replay what it will at most write."""
        counts = Counter(row.source.split(":")[0] for row in self.rows)
        if self.unwritten:
            counts["replay"] += self.unwritten
        return {**counts, **{name: dataset_rows(name) for name in self.datasets}}

    @property
    def identity_share(self) -> float:
        """Share of identity rows among all rows whose number is known."""
        counts = self.sources()
        return counts.get("identity", 0) / max(1, sum(counts.values()))

    @property
    def digest(self) -> str:
        """Digest of the rows and of the data sets' names."""
        return digest_of([[row.to_json() for row in self.rows], self.datasets])

    def write(self, path: Path) -> None:
        """Write the rows as JSONL in ms-swift's ``messages`` form."""
        lines = (json.dumps(row.to_json(), ensure_ascii=False) for row in self.rows)
        write_atomically(path, "".join(f"{line}\n" for line in lines))


def dataset_rows(name: str) -> int:
    """Return the number after ``#`` in ms-swift's data set syntax, 0 when there is none.

    >>> dataset_rows("AI-ModelScope/alpaca-gpt4-data-zh#500")
    500
    """
    number = name.rpartition("#")[2] if "#" in name else ""
    return int(number) if number.isdigit() else 0


def load_base(ref: str) -> Base:
    """Find the base model and its template."""
    model = find_model(ref)
    return Base(ref, model, ChatTemplate(model.path))


def build_mix(config: TrainingConfig, persona: Persona, base: Base, engine_name: str) -> Mix:
    """Build the rows and list the data sets of a training run.

    Args:
        base: in a dry run without its model; replayed rows and template texts are then left out.

    Raises:
        TrainingError: a source has too few rows, a placeholder is left, or a file is unreadable.
    """
    probes = _probe_questions(config, persona)
    identity, dropped = _identity(config, persona, probes)
    rows = _under_forms(identity, config, persona, base)
    kept_out = dropped
    for source in config.general:
        general, dropped = _general(source, config, persona, base, probes, engine_name)
        rows += general
        kept_out += dropped
    check_placeholders(rows, config.name)
    random.Random(config.seed).shuffle(rows)
    datasets = tuple(source.dataset for source in config.general if source.dataset)
    unwritten = sum(s.replay.count for s in config.general if s.replay) if base.model is None else 0
    return Mix(tuple(rows), datasets, kept_out, unwritten)


def _identity(config: TrainingConfig, persona: Persona, probes: Sequence[str]) -> tuple[list[Row], int]:
    file, count = config.identity.file, config.identity.count or 1
    every = rows_from_file(file, persona) if file else every_built_row(persona, config.seed)
    allowed = _apart(every, probes, config.keep_out_similarity)
    if file and allowed:
        return allowed, len(every) - len(allowed)
    if count > len(allowed):
        raise TrainingError(
            f"identity{'.file' if file else f'.count {count}'}: {len(allowed)} rows are left after "
            f"{len(every) - len(allowed)} were kept off the probes; "
            f"{'ask what no probe asks' if file else 'ask for fewer'}."
        )
    return allowed[:count], len(every) - len(allowed)


def _general(
    source: General,
    config: TrainingConfig,
    persona: Persona,
    base: Base,
    probes: Sequence[str],
    engine_name: str,
) -> tuple[list[Row], int]:
    if source.facts:
        facts = fact_rows(persona, source.facts)
        allowed = _apart(facts, probes, config.keep_out_similarity)
        return _under_forms(allowed, config, persona, base), len(facts) - len(allowed)
    if not source.replay or base.model is None or base.renderer is None:
        return [], 0
    prompts = read_prompts(source.replay.prompts)
    random.Random(config.seed).shuffle(prompts)
    asked = [Row((("user", prompt), ("assistant", "")), "replay", "en") for prompt in prompts]
    allowed = _apart(asked, probes, config.keep_out_similarity)
    formed = _under_forms(allowed, config, persona, base)[: source.replay.count]
    pairs = [(row.question, row.system) for row in formed]
    rows = replay_rows(source.replay, pairs, base.model, base.renderer, persona, engine_name)
    return rows, len(asked) - len(allowed)


def _under_forms(rows: Sequence[Row], config: TrainingConfig, persona: Persona, base: Base) -> list[Row]:
    """Give each row one of the system forms in turn, shuffled so that no form sticks to a template."""
    order = list(range(len(rows)))
    random.Random(config.seed + 1).shuffle(order)
    forms = cycle(config.system_forms)
    formed = list(rows)
    for place in order:
        formed[place] = replace(rows[place], system=_form_text(next(forms), rows[place], persona, base))
    return formed


def _form_text(form: str, row: Row, persona: Persona, base: Base) -> str | None:
    if form == "trained":
        return None
    if form == "default":
        return default_system(base.renderer) if base.renderer else None
    return system_text(form, row.lang, persona)


def _probe_questions(config: TrainingConfig, persona: Persona) -> list[str]:
    """Return what the suites ask, in every language, also one that is not trained.

    Raises:
        ConfigError: a suite is faulty. TrainingError: there is none where ``keep_out`` points.
    """
    if config.keep_out is None:
        return []
    sources = read_suites(sorted(filter(is_suite, config.keep_out.glob("*.yaml"))))
    if not sources:
        raise TrainingError(
            f"keep_out {config.keep_out}: no suite file there, so that no row would be kept off its "
            "probes; correct the path, or leave keep_out away."
        )
    speaker = persona.model_copy(update={"languages": ("en", "zh")})
    suites = [build_suite(source, "full", speaker) for source in sources]
    asked = questions_of([probe for suite in suites for probe in suite.probes])
    return list(dict.fromkeys(question for questions in asked.values() for question in questions))


def _apart(rows: Sequence[Row], probes: Sequence[str], similarity: float) -> list[Row]:
    """Return the rows whose question no probe asks in nearly the same words."""
    found = nearest([row.question for row in rows], probes, similarity)
    return [row for row, hit in zip(rows, found, strict=True) if hit is None]
