"""What an adapter was trained on and under, held against what it is asked: its rows and its chat template.

A probe that a training row asks is no question about what was not trained. Rows come from the record that
``harness train`` writes beside a checkpoint, or from files that the user names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.adapters import RECORD_NAME
from harness.errors import AdapterError, ConfigError
from harness.files import read_json_rows
from harness.persona import Persona, fill_placeholders
from harness.records import WRITTEN_KINDS, Adapter, Model, Probe

ALIKE = 92.0
"""From this similarity on, 0 to 100, two questions are the same one; `TrainingConfig` begins with it too."""
ROWS_NAME = "rows.jsonl"
"""The file in a training's folder that holds the rows of ours."""
_AT_ONCE = 1_000
"""So many questions are compared with all others at a time: 16 MB for 4,000 others."""
_ASKED = ("query", "prompt", "instruction", "question", "problem", "input", "human", "user")
"""Keys under which rows of one exchange hold the question; ``instruction`` goes before ``input``."""


@dataclass(frozen=True)
class Alike:
    """A probe's question and the training row's that asks the same, with their similarity, 0 to 100."""

    asked: str
    trained: str
    similarity: float


@dataclass(frozen=True)
class Overlap:
    """Which probes an adapter's training data ask.

    ``source``: the file of its rows. ``questions``: how many different ones there are. ``unchecked``: rows of
    data sets that ms-swift loaded itself, which nobody compared. ``alike``: probe id -> the closest pair.
    """

    source: str
    questions: int
    unchecked: Mapping[str, int]
    alike: Mapping[str, Alike]

    def to_json(self) -> dict[str, Any]:
        """Return it as a run's record holds it."""
        pairs = {
            name: {"asked": one.asked, "trained": one.trained, "similarity": round(one.similarity, 1)}
            for name, one in self.alike.items()
        }
        return {
            "source": self.source,
            "questions": self.questions,
            "unchecked": dict(self.unchecked),
            "alike": pairs,
        }


def nearest(texts: Sequence[str], others: Sequence[str], similarity: float) -> list[tuple[int, float] | None]:
    """Return for each text the place of the most similar other one, where it is alike enough.

    Compared are letters and digits without regard to case, by the share of characters that need no edit
    (rapidfuzz's ``ratio``), in every language.

    Args:
        similarity: from 0 to 100, the least that counts.

    >>> nearest(["Who made you?", "How tall is it?"], ["who MADE you", "How are you?"], 92)
    [(0, 100.0), None]
    """
    if not texts or not others:
        return [None] * len(texts)
    import numpy as np
    from rapidfuzz import fuzz, process, utils

    ready = [utils.default_process(text) for text in texts]
    known = [utils.default_process(text) for text in others]
    found: list[tuple[int, float] | None] = []
    for begin in range(0, len(ready), _AT_ONCE):
        part = ready[begin : begin + _AT_ONCE]
        scores = process.cdist(part, known, scorer=fuzz.ratio, score_cutoff=similarity, dtype=np.float32)
        best = scores.argmax(axis=1)  # (texts,)
        for text, row, place in zip(part, scores, best, strict=True):
            alike = bool(text) and float(row[place]) >= similarity
            found.append((int(place), float(row[place])) if alike else None)
    return found


def questions_of(probes: Sequence[Probe]) -> dict[str, list[str]]:
    """Return probe id -> what its variants ask last, for probes that a training row could ask."""
    asked = [probe for probe in probes if probe.kind in (*WRITTEN_KINDS, "drift")]
    return {probe.id: list(dict.fromkeys(variant.question for variant in probe.variants)) for probe in asked}


def overlap(
    questions: Sequence[str],
    probes: Sequence[Probe],
    source: str,
    unchecked: Mapping[str, int] | None = None,
) -> Overlap:
    """Return which probes are asked by the questions of training rows."""
    trained = list(dict.fromkeys(questions))
    pairs = [(name, text) for name, texts in questions_of(probes).items() for text in texts]
    alike: dict[str, Alike] = {}
    for (name, text), hit in zip(pairs, nearest([text for _, text in pairs], trained, ALIKE), strict=True):
        if hit and (name not in alike or alike[name].similarity < hit[1]):
            alike[name] = Alike(text, trained[hit[0]], hit[1])
    return Overlap(source, len(trained), unchecked or {}, alike)


def overlaps_of(
    adapters: Sequence[Adapter], flags: Sequence[str], probes: Sequence[Probe], persona: Persona
) -> dict[str, Overlap]:
    """Return adapter -> which probes its training data ask, for those whose data are known.

    Args:
        flags: ``FILE`` for every adapter, or ``NAME=FILE``; they go before what a record says.

    Raises:
        ConfigError: a file is unreadable or holds no question, or a flag names no adapter.
    """
    given = _given(flags, [adapter.name for adapter in adapters])
    found = {}
    for adapter in adapters:
        files = given.get(adapter.name) or _recorded(adapter)
        if not files:
            continue
        questions = [
            fill_placeholders(text, persona, lang)
            for file in files
            for text in read_questions(file)
            for lang in persona.languages
        ]
        found[adapter.name] = overlap(questions, probes, ", ".join(map(str, files)), _unchecked(adapter))
    return found


def _given(flags: Sequence[str], names: Sequence[str]) -> dict[str, list[Path]]:
    given: dict[str, list[Path]] = {name: [] for name in names}
    for flag in flags:
        name, equals, file = flag.partition("=")
        if equals and name not in given:
            raise ConfigError(
                f"--trained-on {flag}: no adapter is called {name!r}; there are {', '.join(names)}."
            )
        for one in [name] if equals else names:
            given[one].append(Path(file if equals else flag).expanduser())
    return given


def _recorded(adapter: Adapter) -> list[Path]:
    """Return the rows of a training by ``harness train``: of its folder, in which the checkpoint lies."""
    rows = adapter.path.parent / ROWS_NAME
    return [rows] if adapter.record and rows.is_file() else []


def _unchecked(adapter: Adapter) -> dict[str, int]:
    """Return the data sets that ms-swift loaded itself, with their rows; 0 where nobody counted them."""
    data = (adapter.record or {}).get("data")
    sources = data.get("sources", {}) if isinstance(data, Mapping) else {}
    ours = ("identity", "facts", "replay")
    return {str(name): int(rows) for name, rows in sources.items() if name not in ours}


def read_questions(path: Path) -> list[str]:
    """Return what the users of training rows ask, from a file in one of the forms that ms-swift reads.

    JSON or JSON lines: ``messages`` or ``conversations`` of turns, ``instruction`` with ``input``, ``query``,
    ``prompt`` and the like, each with a ``history`` where there is one.

    Raises:
        ConfigError: the file is unreadable, or none of its rows asks anything.
    """
    try:
        rows = read_json_rows(path)
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror}); check --trained-on.") from fault
    except (ValueError, RecursionError) as fault:
        raise ConfigError(
            f"{path}: not JSON: {fault}; --trained-on takes a list of rows, or one row a line."
        ) from fault
    questions = [text for row in rows if isinstance(row, Mapping) for text in _asked(row)]
    if not questions:
        raise ConfigError(
            f"{path}: none of its {len(rows)} rows asks anything that can be found; they need messages, "
            f"conversations, or one of {', '.join(_ASKED)}."
        )
    return questions


def _asked(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a row's user says, turn by turn."""
    turns = next((row[key] for key in ("messages", "conversations", "conversation") if row.get(key)), None)
    if isinstance(turns, list):
        for turn in turns:
            if isinstance(turn, Mapping):
                yield from _of_turn(turn)
        return
    for exchange in row.get("history") or ():
        if isinstance(exchange, list) and exchange and isinstance(exchange[0], str):
            yield exchange[0]
    said = {key: row[key] for key in _ASKED if isinstance(row.get(key), str) and row[key].strip()}
    if "instruction" in said and "input" in said:
        yield f"{said['instruction']}\n{said['input']}"
    elif said:
        yield next(iter(said.values()))


def _of_turn(turn: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(turn.get("human"), str):
        yield turn["human"]
        return
    if turn.get("role", turn.get("from")) not in ("user", "human"):
        return
    content = turn.get("content", turn.get("value"))
    if isinstance(content, list):
        content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    if isinstance(content, str) and content.strip():
        yield content


def check_template(adapter: Adapter, model: Model, digest: str) -> None:
    """Refuse an adapter that learnt from prompts of another chat template than the base has now.

    Args:
        digest: of the base's chat template and tokenizer, as `harness.prompts.ChatTemplate` has it.

    Raises:
        AdapterError: the record beside the adapter names another one, though it names this base.
    """
    record = adapter.record or {}
    trained = record.get("template_digest")
    if not trained or trained == digest or record["base"]["ref"] != model.ref:
        return
    raise AdapterError(
        f"adapter {adapter.name}: trained on base {model.ref} under chat template {str(trained)[:12]}, but the "
        f"template there is {digest[:12]} now, so that every prompt differs from what it learnt; put the old "
        f"template back, or train again (recorded in {adapter.path / RECORD_NAME})."
    )
