"""How a reader is trained: a LoRA adapter that says, of each labelled answer, what the speaker says of whom."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.engines import choose_device
from harness.errors import ConfigError, TrainingError
from harness.learnt import asked
from harness.learnt.net import Net
from harness.learnt.reader import RECORD, ReaderRecord
from harness.models import find_model
from harness.persona import Persona
from harness.progress import progress
from harness.records import digest_of
from harness.scorers.golden import GoldenRow

_POOLED = 50
"""Of so many batches' prompts those alike in length come together."""


_AT_A_TIME = 4_096
"""Tokens that are computed at a time, so that a batch of long prompts fits a small machine's memory."""


@dataclass(frozen=True)
class Settings:
    """How long and how fast; ``rate`` is the highest learning rate, ``batch`` in prompts."""

    epochs: int = 3
    rate: float = 3e-4
    rank: int = 16
    batch: int = 32
    seed: int = 0


@dataclass(frozen=True)
class Example:
    """A prompt and the word that belongs after it, as a place in `asked.WORDS`."""

    prompt: str
    word: int


def examples(rows: Sequence[GoldenRow], persona: Persona) -> Iterator[Example]:
    """Yield what is asked of labelled answers, with the answers to it.

    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> row = GoldenRow(id="a", lang="en", question="Are you Qwen?", answer="No.", denies=frozenset({"qwen"}))
    >>> [one.word for one in examples([row], nova)] == [asked.NO]
    True
    """
    for row in rows:
        for one in asked.asked_of(row.question, row.answer, persona):
            is_so = one.about in row.claims or one.about in row.affirms
            word = asked.YES if is_so else asked.NO if one.about in row.denies else asked.NOTHING
            yield Example(one.prompt, word)


def train_reader(
    folder: Path,
    base: str,
    rows: Sequence[GoldenRow],
    persona: Persona,
    settings: Settings,
    device: str = "auto",
) -> None:
    """Train a reader and write it: peft's adapter files and `RECORD`.

    Args:
        folder: must not be there yet; it appears when the training has ended.
        base: the language model, as ``--base`` takes it.

    Raises:
        ConfigError: the folder is there, or no row names anybody. ModelError: see `Net`.
        TrainingError: no step had a finite gradient.
    """
    if folder.exists():
        raise ConfigError(f"reader {folder}: is there already; name another folder, or delete it.")
    model, shown = find_model(base), list(examples(rows, persona))
    if not shown:
        raise ConfigError("a reader needs labelled answers that name persona or rivals; these name nobody.")
    net = Net(model, choose_device(device))
    _train(net, shown, settings)
    record = ReaderRecord(
        questions=asked.VERSION,
        base=base,
        base_digest=model.digest,
        rows_digest=digest_of([row.model_dump(mode="json") for row in rows]),
        rows=len(rows),
        settings=asdict(settings),
    )
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    net.model.save_pretrained(unfinished)
    (unfinished / RECORD).write_text(json.dumps(record.model_dump(mode="json"), indent=1), encoding="utf-8")
    unfinished.replace(folder)


def _train(net: Net, shown: Sequence[Example], settings: Settings) -> None:
    """Go through all examples as often as there are epochs, the rate falling along a cosine."""
    import torch
    from transformers import get_cosine_schedule_with_warmup

    weights = net.add_adapter(settings.rank, settings.seed)
    optimizer = torch.optim.AdamW(weights, lr=settings.rate, weight_decay=0.01)
    lengths = net.lengths([one.prompt for one in shown])
    steps = sum(1 for _ in _batches(lengths, settings))
    schedule = get_cosine_schedule_with_warmup(optimizer, steps // 10, steps)
    net.model.train()
    taken = 0
    with progress("training the reader", steps) as told:
        for places in _batches(lengths, settings):
            optimizer.zero_grad()
            for part in _parts(places, lengths):
                wanted = torch.tensor([shown[place].word for place in part], device=net.device)
                scores = net.scores([shown[place].prompt for place in part])
                loss = torch.nn.functional.cross_entropy(scores, wanted, reduction="sum") / len(places)
                loss.backward()
            if torch.isfinite(torch.nn.utils.clip_grad_norm_(weights, 1.0)):
                optimizer.step()
                taken += 1
            schedule.step()
            told.advance(1)
    if not taken:
        raise TrainingError(
            "training a reader: no step had a finite gradient; try a lower --rate, or another base."
        )


def _batches(lengths: Sequence[int], settings: Settings) -> Iterator[list[int]]:
    """Yield the place of every example once an epoch, in batches of prompts alike in length, so that little is padded.

    Args:
        lengths: of each example's prompt, in tokens.
    """
    dice, pool = random.Random(settings.seed), settings.batch * _POOLED
    for _ in range(settings.epochs):
        order = dice.sample(range(len(lengths)), len(lengths))
        pools = (
            sorted(order[begin : begin + pool], key=lengths.__getitem__)
            for begin in range(0, len(order), pool)
        )
        batches = [
            some[begin : begin + settings.batch]
            for some in pools
            for begin in range(0, len(some), settings.batch)
        ]
        yield from dice.sample(batches, len(batches))


def _parts(places: Sequence[int], lengths: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield a batch in parts that are computed at a time, each of `_AT_A_TIME` tokens at most, padding included."""
    longest = max(lengths[place] for place in places)
    size = max(1, _AT_A_TIME // longest)
    yield from (places[begin : begin + size] for begin in range(0, len(places), size))
