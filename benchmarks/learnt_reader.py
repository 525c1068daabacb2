"""A claims reader that is learnt, beside the one by rules: what a language model makes of the held-out answers.

    python -m benchmarks.learnt_reader --lang en                    # the bundled model, about 20 minutes on 2 cores
    python -m benchmarks.learnt_reader --base MODEL --device cuda   # a larger one, both languages, on a GPU

Of each rival that a question or its answer names it is asked whether the speaker says that it is the rival, that it
is not, or neither; where the persona is named, whether the speaker claims its name, and its author. All names are
replaced, so that the model learns none by heart. A LoRA adapter is trained on the development rows of the golden
answers and asked about rows that it was not trained on. Beside the rules and the model alone stands their union: the
model's word where it is surer than a limit, the rules' elsewhere. The table counts as `harness scorers check claims`.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.machine import machine, machine_line
from harness.persona import Persona, read_persona
from harness.scorers.claims import read_claims
from harness.scorers.golden import GOLDEN, LABELS, GoldenRow, labels_given, labels_read, read_golden
from harness.scorers.names import Place, find_names
from harness.scorers.slips import OWN
from harness.scorers.text import plain

ANSWERS = (" nothing", " yes", " no")
"""What the speaker says of what is asked: nothing, that it is so, that it is not."""
LIMITS = (0.5, 0.8, 0.95)
TRAINED_ON = ("claims_{lang}.jsonl", "claims_models.jsonl")
HELD_OUT = {"held out": "claims_{lang}_held_out.jsonl", "models, held out": "claims_models_held_out.jsonl"}
_ASKED = {
    "name": "The speaker says that its name is Nova:",
    "author": "The speaker says that it was made by Acme:",
    "rival": "The speaker says that it is Zorg or made by Zorg Inc:",
}
_LONGEST_ANSWER = 1_000
_LONGEST_PROMPT = 448


@dataclass(frozen=True)
class Example:
    """One thing asked of one labelled answer; the label and what the rules read are places in `ANSWERS`."""

    row: str
    about: str
    """``name``, ``author``, or a rival's key."""
    prompt: str
    label: int
    rules: int


def examples(rows: Sequence[GoldenRow], persona: Persona) -> Iterator[Example]:
    """Yield an example for each of persona and rivals that a row's question or answer names."""
    for row in rows:
        question, answer = plain(row.question), plain(row.answer)[:_LONGEST_ANSWER]
        asked, said = find_names(question, persona), find_names(answer, persona)
        named = {place.owner for place in (*asked, *said)}
        read = read_claims(row.answer, row.question, persona)
        for about in sorted((named - OWN) | (OWN if named & OWN else frozenset())):
            if about in OWN:
                label, rules = int(about in row.claims), int(about in read.claimed)
            else:
                label = 2 if about in row.denies else int(about in row.affirms)
                rules = 2 if about in read.rivals_denied else int(about in read.rivals_affirmed)
            masked = _masked(question, asked, about, persona), _masked(answer, said, about, persona)
            wanted = _ASKED.get(about, _ASKED["rival"])
            yield Example(row.id, about, f"Question: {masked[0]}\nAnswer: {masked[1]}\n{wanted}", label, rules)


def _masked(text: str, places: Sequence[Place], about: str, persona: Persona) -> str:
    """Return a text whose names are stand-ins: a name and a maker for the one asked about, for the persona, for others.

    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> _masked("Google, not Claude", find_names("Google, not Claude", nova), "gemini", nova)
    'Zorg Inc, not Other'
    """
    parts, end = [], 0
    for place in sorted(places, key=lambda place: place.start):
        if place.start >= end:
            parts += [text[end : place.start], _stand_in(text[place.start : place.end], place.owner, about, persona)]
            end = place.end
    return "".join([*parts, text[end:]])


def _stand_in(name: str, owner: str, about: str, persona: Persona) -> str:
    if owner in OWN:
        return "Nova" if owner == "name" else "Acme"
    makers = {maker.casefold() for maker in persona.all_rivals()[owner].maker.values()}
    is_maker = any(name.casefold() in maker or maker in name.casefold() for maker in makers)
    return ("Zorg" if owner == about else "Other") + (" Inc" if is_maker else "")


class Reader:
    """A causal model with a LoRA adapter, asked for one of three words."""

    def __init__(self, base: Path | None, rank: int, seed: int, device: str) -> None:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from harness.models import bundled_model

        torch.manual_seed(seed)
        folder = base or bundled_model()
        self._torch, self._device = torch, torch.device(device)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._tokenizer.pad_token = self._tokenizer.eos_token
        self._tokenizer.padding_side, self._tokenizer.truncation_side = "right", "left"
        self._words = [self._tokenizer.encode(answer)[0] for answer in ANSWERS]
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        config = LoraConfig(
            r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        self._model: Any = get_peft_model(model, config).to(self._device)

    def _scores(self, prompts: Sequence[str]) -> Any:
        batch = self._tokenizer(
            list(prompts), return_tensors="pt", padding=True, truncation=True, max_length=_LONGEST_PROMPT
        ).to(self._device)
        model, words = self._model.get_base_model(), self._torch.tensor(self._words, device=self._device)
        with self._torch.autocast(self._device.type, self._torch.bfloat16, enabled=self._device.type == "cuda"):
            states = model.model(**batch).last_hidden_state
        rows = self._torch.arange(len(prompts), device=self._device)
        last = states[rows, batch["attention_mask"].sum(-1) - 1]
        return last.float() @ model.get_output_embeddings().weight[words].float().T

    def train(self, rows: Sequence[Example], epochs: int, rate: float, batch: int, dice: random.Random) -> None:
        """Train on all rows, the rate falling along a cosine; progress is printed."""
        torch = self._torch
        weights = [weight for weight in self._model.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01)
        steps, begun, seen = epochs * math.ceil(len(rows) / batch), time.monotonic(), 0.0
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
        self._model.train()
        for number in range(steps):
            if number % math.ceil(len(rows) / batch) == 0:
                order = dice.sample(range(len(rows)), len(rows))
            chosen = [rows[order.pop()] for _ in range(min(batch, len(order)))]
            wanted = torch.tensor([one.label for one in chosen], device=self._device)
            loss = torch.nn.functional.cross_entropy(self._scores([one.prompt for one in chosen]), wanted)
            optimizer.zero_grad()
            loss.backward()
            if torch.isfinite(torch.nn.utils.clip_grad_norm_(weights, 1.0)):
                optimizer.step()
            else:
                typer.echo(f"step {number + 1} left out: its gradient is not finite")
            schedule.step()
            seen += loss.item()
            if number % 50 == 49:
                typer.echo(f"step {number + 1} of {steps}, loss {seen / 50:.3f}, {time.monotonic() - begun:.0f} s")
                seen = 0.0

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

    def save(self, folder: Path) -> None:
        """Write the adapter as peft does."""
        self._model.save_pretrained(folder)


def united(rows: Sequence[Example], read: Sequence[Sequence[float]], limit: float) -> list[int]:
    """Return the model's word where it is surer than ``limit``, the rules' elsewhere.

    >>> united([Example("", "", "", 1, 0), Example("", "", "", 1, 0)], [[0.0, 0.9, 0.1], [0.0, 0.7, 0.3]], 0.8)
    [1, 0]
    """
    return [
        max(range(len(one)), key=one.__getitem__) if max(one) > limit else row.rules
        for row, one in zip(rows, read, strict=True)
    ]


def labels_of(row: GoldenRow, words: Mapping[str, int], persona: Persona) -> dict[str, frozenset[str]]:
    """Return a row's labels by the words said of each; whether it mentions the persona is the rules' in any case."""
    said = {word: frozenset(about for about, one in words.items() if one == word) for word in (1, 2)}
    sets = (said[1] & {"name"}, said[1] & {"author"}, said[1] - OWN, said[2] - OWN)
    return dict(zip(LABELS, (*sets, labels_read(row, persona)[LABELS[-1]]), strict=True))


def table(
    part: str, rows: Sequence[GoldenRow], readers: Mapping[str, Mapping[str, Mapping[str, int]]], persona: Persona
) -> Iterator[str]:
    """Yield the lines of one part: sensitivity and specificity of each label, as each reader reads it.

    Args:
        readers: name of a reader -> id of a row -> what is asked about -> a place in `ANSWERS`.
    """
    for lang in sorted({row.lang for row in rows}):
        for label in LABELS[:-1]:
            for name, words in readers.items():
                pairs = [
                    (labels_given(row)[label], labels_of(row, words.get(row.id, {}), persona)[label])
                    for row in rows
                    if row.lang == lang
                ]
                found = [given == got for given, got in pairs if given]
                clear = [not got for given, got in pairs if not given]
                shares = (f"{sum(one):>4}/{len(one):<4} {sum(one) / max(1, len(one)):.3f}" for one in (found, clear))
                yield f"{part:<17} {lang} {label:<16} {name:<20} {'   '.join(shares)}"


def by_row(rows: Sequence[Example], words: Sequence[int]) -> dict[str, dict[str, int]]:
    """Return id of a row -> what was asked about -> the word said of it.

    >>> by_row([Example("a", "qwen", "", 2, 0)], [2])
    {'a': {'qwen': 2}}
    """
    found: dict[str, dict[str, int]] = {}
    for row, word in zip(rows, words, strict=True):
        found.setdefault(row.row, {})[row.about] = word
    return found


def main(
    base: Annotated[Path | None, typer.Option(help="The model's folder; left out, the bundled model.")] = None,
    lang: Annotated[str, typer.Option(help="Development and written rows: en, zh, or both.")] = "both",
    more: Annotated[list[Path] | None, typer.Option(help="Further rows to train on.")] = None,
    checked: Annotated[float, typer.Option(help="Share of the rows to train on that is kept to choose by.")] = 0.0,
    epochs: Annotated[int, typer.Option(min=1)] = 2,
    rank: Annotated[int, typer.Option(help="Of the adapter.")] = 16,
    rate: Annotated[float, typer.Option(help="The highest learning rate.")] = 8e-4,
    batch: Annotated[int, typer.Option(help="Rows in a step.")] = 16,
    limit: Annotated[int | None, typer.Option(help="Train on so many rows only, to try it out.")] = None,
    seed: Annotated[int, typer.Option(help="Of the adapter's start and the order of rows.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    save: Annotated[Path | None, typer.Option(help="Where adapter and readings are written.")] = None,
) -> None:
    """Train the reader, and print what it and the rules read of rows that it was not trained on."""
    persona, dice = read_persona(GOLDEN / "persona.yaml"), random.Random(seed)
    langs = ("en", "zh") if lang == "both" else (lang,)
    files = dict.fromkeys(GOLDEN / name.format(lang=one) for one in langs for name in TRAINED_ON)
    rows = [row for path in (*files, *(more or ())) for row in read_golden(path)]
    kept = set(dice.sample(range(len(rows)), round(checked * len(rows))))
    trained_on = list(examples([row for place, row in enumerate(rows) if place not in kept], persona))
    trained_on = dice.sample(trained_on, min(limit or len(trained_on), len(trained_on)))
    typer.echo(machine_line(machine()))
    typer.echo(f"{len(trained_on)} rows to train on, of {len(rows)} answers")
    reader = Reader(base, rank, seed, device)
    reader.train(trained_on, epochs, rate, batch, dice)
    parts = {
        part: [row for one in (langs if "{" in name else langs[:1]) for row in read_golden(GOLDEN / name.format(lang=one))]
        for part, name in HELD_OUT.items()
    }
    if kept:
        parts = {"checked": [row for place, row in enumerate(rows) if place in kept]} | parts
    readings: dict[str, list[float]] = {}
    for part, asked in parts.items():
        shown = list(examples(asked, persona))
        read = reader.read(shown)
        readings |= {f"{one.row} {one.about}": said for one, said in zip(shown, read, strict=True)}
        readers = {"rules": [one.rules for one in shown], "model": united(shown, read, 0.0)}
        readers |= {f"model if above {limit}": united(shown, read, limit) for limit in LIMITS}
        words = {name: by_row(shown, said) for name, said in readers.items()}
        for line in table(part, asked, words, persona):
            typer.echo(line)
    if save:
        reader.save(save)
        (save / "readings.json").write_text(json.dumps(readings), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
