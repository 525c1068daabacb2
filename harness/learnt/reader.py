"""A trained reader: its record, and what it makes of answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from harness.config import Record
from harness.engines import choose_device
from harness.errors import ConfigError
from harness.learnt import asked
from harness.learnt.net import Net
from harness.models import find_model
from harness.persona import Persona
from harness.progress import progress
from harness.scorers.claims import read_claims
from harness.scorers.golden import GoldenRow, labels_of
from harness.second_reader import Reading

RECORD = "reader.json"
_BATCH = {"cpu": 16, "cuda": 64}


class ReaderRecord(Record):
    """``reader.json`` beside a reader's adapter: what it was made from."""

    schema_version: Literal[1] = 1
    questions: int
    base: str
    base_digest: str
    rows_digest: str
    rows: int
    settings: dict[str, float]


class LearntReader:
    """A reader from a folder that `harness scorers train-reader` wrote."""

    def __init__(self, folder: Path, device: str = "auto") -> None:
        """Load it.

        Raises:
            ConfigError: the folder holds no reader, or one that was asked other questions, or its base has
                changed since. ModelError: base or adapter cannot be loaded.
        """
        self.folder, self.record = folder, read_record(folder)
        base = find_model(self.record.base)
        if base.digest != self.record.base_digest:
            raise ConfigError(
                f"reader {folder}: was trained on a base of digest {self.record.base_digest[:12]}, and {base.ref} has "
                f"{base.digest[:12]}; name that base in {folder / RECORD}, or train the reader again."
            )
        self._device = choose_device("auto" if device == "auto" else device)
        self._net = Net(base, self._device)
        self._net.load_adapter(folder)

    def read(self, answers: Sequence[tuple[str, str]], persona: Persona) -> list[tuple[Reading, float]]:
        """Read answers, each a question and what was answered, in their order.

        Beside each reading stands the probability of its least sure word; 1 where nobody is named.
        """
        shown = [
            (place, one)
            for place, (question, answer) in enumerate(answers)
            for one in asked.asked_of(question, answer, persona)
        ]
        words: list[dict[str, int]] = [{} for _ in answers]
        sure = [1.0] * len(answers)
        with progress(f"{self.folder.name} reads", len(shown)) as told:
            prompts = [one.prompt for _, one in shown]
            for number, said in self._net.probabilities(prompts, _BATCH[self._device]):
                place, one = shown[number]
                words[place][one.about] = max(range(len(said)), key=said.__getitem__)
                sure[place] = min(sure[place], max(said))
                told.advance(1)
        return list(zip(map(asked.reading_of, words), sure, strict=True))

    def labels(self, rows: Sequence[GoldenRow], persona: Persona) -> list[dict[str, frozenset[str]]]:
        """Return golden answers' labels as it reads them; whether the persona is mentioned the rules say."""
        heard = self.read([(row.question, row.answer) for row in rows], persona)
        named = [read_claims(row.answer, row.question, persona).mentions_persona for row in rows]
        return [
            labels_of(one.claims, one.affirms, one.denies, mentions)
            for (one, _), mentions in zip(heard, named, strict=True)
        ]


def read_record(folder: Path) -> ReaderRecord:
    """Return a reader's record.

    Raises:
        ConfigError: there is none, it is damaged, or it is of other questions than this version asks.
    """
    try:
        found = ReaderRecord.model_validate_json((folder / RECORD).read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigError(
            f"reader {folder}: holds no {RECORD}; make one with `harness scorers train-reader {folder} --base MODEL`."
        ) from fault
    except ValidationError as fault:
        raise ConfigError(
            f"reader {folder}: {RECORD} is damaged ({fault.errors()[0]['msg']}); train it again."
        ) from fault
    if found.questions != asked.VERSION:
        raise ConfigError(
            f"reader {folder}: was trained on version {found.questions} of the questions, and this is version "
            f"{asked.VERSION}; train it again."
        )
    return found
