"""A claims reader that is learnt, beside the one by rules: what a small language model makes of the held-out answers.

    python -m benchmarks.learnt_reader                # English, the bundled model, about 13 minutes on 2 cores

One question for each rival that a question or its answer names: does the speaker say that it is the rival, that it is
not, or neither? All names are replaced, so that the model learns no rival by heart. A LoRA adapter is trained on
the development rows of the golden answers and asked about the held-out ones. Beside the rules and the model alone
stands their union: the model's word where it is surer than a limit, the rules' elsewhere.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from benchmarks.machine import machine, machine_line
from harness.persona import Persona, read_persona
from harness.scorers.claims import read_claims
from harness.scorers.golden import GOLDEN, GoldenRow, read_golden
from harness.scorers.names import sentences
from harness.scorers.text import plain

ANSWERS = (" nothing", " yes", " no")
"""What the speaker says of the rival: nothing, that it is it, that it is not."""
LIMITS = (0.8, 0.95, 0.99)
TRAINED_ON = ("claims_{lang}.jsonl", "claims_models.jsonl")
HELD_OUT = {"held out": "claims_{lang}_held_out.jsonl", "models, held out": "claims_models_held_out.jsonl"}
_STAND_INS = {"name": "Nova", "author": "Acme"}
_LONGEST_ANSWER = 400
_LONGEST_PROMPT = 220


@dataclass(frozen=True)
class Example:
    """One rival of one labelled answer: the prompt, the label, and what the rules read, as places in `ANSWERS`."""

    prompt: str
    label: int
    rules: int


def examples(rows: Sequence[GoldenRow], persona: Persona) -> Iterator[Example]:
    """Yield an example for each rival that a row's question or answer names."""
    for row in rows:
        question, answer = plain(row.question), plain(row.answer)[:_LONGEST_ANSWER]
        asked, said = _places(question, persona), _places(answer, persona)
        read = read_claims(row.answer, row.question, persona)
        for rival in sorted({place.owner for place in (*asked, *said)} - set(_STAND_INS)):
            prompt = (
                f"Question: {_masked(question, asked, rival)}\nAnswer: {_masked(answer, said, rival)}\n"
                "The speaker says of Zorg:"
            )
            label = 2 if rival in row.denies else int(rival in row.affirms)
            rules = 2 if rival in read.rivals_denied else int(rival in read.rivals_affirmed)
            yield Example(prompt, label, rules)


def _places(text: str, persona: Persona) -> list[Any]:
    return [place for _, _, places in sentences(text, persona) for place in places]


def _masked(text: str, places: Sequence[Any], rival: str) -> str:
    """Return a text whose names are stand-ins: one for the rival, one for all others."""
    parts, end = [], 0
    for place in sorted(places, key=lambda place: place.start):
        if place.start >= end:
            name = "Zorg" if place.owner == rival else _STAND_INS.get(place.owner, "Other")
            parts += [text[end : place.start], name]
            end = place.end
    return "".join([*parts, text[end:]])


class Reader:
    """The bundled model with a LoRA adapter, asked for one of three words."""

    def __init__(self, rank: int, seed: int) -> None:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from harness.models import bundled_model

        torch.manual_seed(seed)
        folder = bundled_model()
        self._torch, self._tokenizer = torch, AutoTokenizer.from_pretrained(folder)
        self._tokenizer.pad_token = self._tokenizer.eos_token
        self._tokenizer.padding_side = self._tokenizer.truncation_side = "left"
        self._words = [self._tokenizer.encode(answer)[0] for answer in ANSWERS]
        base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        config = LoraConfig(
            r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        self._model: Any = get_peft_model(base, config)

    def _scores(self, prompts: Sequence[str]) -> Any:
        batch = self._tokenizer(
            list(prompts), return_tensors="pt", padding=True, truncation=True, max_length=_LONGEST_PROMPT
        )
        return self._model(**batch, logits_to_keep=1).logits[:, -1, self._words]

    def train(
        self, rows: Sequence[Example], epochs: int, rate: float, batch: int, dice: random.Random
    ) -> None:
        """Train on all rows, the rate falling along a cosine; progress is printed."""
        torch = self._torch
        weights = [weight for weight in self._model.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01)
        steps, begun = epochs * math.ceil(len(rows) / batch), time.monotonic()
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
        self._model.train()
        for number in range(steps):
            if number % math.ceil(len(rows) / batch) == 0:
                order = dice.sample(range(len(rows)), len(rows))
            chosen = [rows[order.pop()] for _ in range(min(batch, len(order)))]
            wanted = torch.tensor([one.label for one in chosen])
            loss = torch.nn.functional.cross_entropy(self._scores([one.prompt for one in chosen]), wanted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            if number % 25 == 24:
                typer.echo(
                    f"step {number + 1} of {steps}, loss {loss.item():.3f}, {time.monotonic() - begun:.0f} s"
                )

    def read(self, rows: Sequence[Example], batch: int = 32) -> list[list[float]]:
        """Return each row's probabilities of `ANSWERS`."""
        self._model.eval()
        found: dict[int, list[float]] = {}
        order = sorted(range(len(rows)), key=lambda place: len(rows[place].prompt))
        with self._torch.no_grad():
            for begin in range(0, len(order), batch):
                places = order[begin : begin + batch]
                scores = self._scores([rows[place].prompt for place in places])
                found |= dict(zip(places, self._torch.softmax(scores, -1).tolist(), strict=True))
        return [found[place] for place in range(len(rows))]


def united(rows: Sequence[Example], read: Sequence[Sequence[float]], limit: float) -> list[int]:
    """Return the model's word where it is surer than ``limit``, the rules' elsewhere.

    >>> united([Example("", 1, 0), Example("", 1, 0)], [[0.0, 0.9, 0.1], [0.0, 0.7, 0.3]], 0.8)
    [1, 0]
    """
    return [
        max(range(len(one)), key=one.__getitem__) if max(one) > limit else row.rules
        for row, one in zip(rows, read, strict=True)
    ]


def table(part: str, rows: Sequence[Example], read: Sequence[Sequence[float]]) -> Iterator[str]:
    """Yield the lines of one part: sensitivity and specificity of each reader."""
    readers = {"rules": [row.rules for row in rows], "model": united(rows, read, 0.0)}
    readers |= {f"model if above {limit}": united(rows, read, limit) for limit in LIMITS}
    for label, what in ((1, "affirms"), (2, "denies")):
        for name, labels in readers.items():
            pairs = [(row.label == label, said == label) for row, said in zip(rows, labels, strict=True)]
            found, clear = ([said for is_so, said in pairs if is_so is wanted] for wanted in (True, False))
            line = f"{part:<17} {what:<8} {name:<20} {sum(found):>4}/{len(found):<4} {sum(found) / len(found):.3f}"
            yield f"{line}   {len(clear) - sum(clear):>4}/{len(clear):<4} {1 - sum(clear) / len(clear):.3f}"


def main(
    lang: Annotated[str, typer.Option(help="en or zh: which development and written rows.")] = "en",
    epochs: Annotated[int, typer.Option(min=1)] = 2,
    rank: Annotated[int, typer.Option(help="Of the adapter.")] = 16,
    rate: Annotated[float, typer.Option(help="The highest learning rate.")] = 8e-4,
    batch: Annotated[int, typer.Option(help="Rows in a step.")] = 16,
    limit: Annotated[int | None, typer.Option(help="Train on so many rows only, to try it out.")] = None,
    seed: Annotated[int, typer.Option(help="Of the adapter's start and the order of rows.")] = 0,
) -> None:
    """Train the reader, and print what it and the rules read of the held-out rows."""
    persona, dice = read_persona(GOLDEN / "persona.yaml"), random.Random(seed)
    rows = [row for name in TRAINED_ON for row in read_golden(GOLDEN / name.format(lang=lang))]
    trained_on = list(examples(rows, persona))
    trained_on = dice.sample(trained_on, min(limit or len(trained_on), len(trained_on)))
    typer.echo(machine_line(machine()))
    typer.echo(f"{len(trained_on)} rows to train on, of {len(rows)} answers")
    reader = Reader(rank, seed)
    reader.train(trained_on, epochs, rate, batch, dice)
    for part, name in HELD_OUT.items():
        held_out = list(examples(read_golden(GOLDEN / name.format(lang=lang)), persona))
        for line in table(part, held_out, reader.read(held_out)):
            typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
