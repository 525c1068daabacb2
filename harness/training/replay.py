"""Self-distilled replay: general rows in the base model's own words, which move it the least."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.engines import Engine, EngineOptions, load_engine, scope
from harness.errors import TrainingError
from harness.files import cache_folder
from harness.persona import Persona
from harness.progress import progress
from harness.prompts import Renderer, render
from harness.records import BASE, Model, Request, Sample, Turn
from harness.scorers.claims import read_claims
from harness.store import Store
from harness.training.config import Replay
from harness.training.rows import Row

_END = re.compile(r"(?:(?<!\n\d)[.!?](?=\s)|[。！？]|(?<=\n)```(?=\s|$))")


def read_prompts(paths: Sequence[Path]) -> list[str]:
    """Return the prompts of several files, one a line, interleaved; ``#`` begins a comment.

    Raises:
        TrainingError: a file is unreadable, or there is no prompt.
    """
    prompts: list[str] = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as fault:
            raise TrainingError(
                f"{path}: cannot be read ({fault.strerror}); check replay.prompts."
            ) from fault
        prompts += [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not prompts:
        raise TrainingError(f"{', '.join(map(str, paths))}: no prompts; write one a line.")
    return list(dict.fromkeys(prompts))


def replay_rows(
    replay: Replay,
    prompts: Sequence[tuple[str, str | None]],
    model: Model,
    renderer: Renderer,
    persona: Persona,
    engine_name: str,
) -> list[Row]:
    """Return rows of prompts with the base's own greedy answers.

    Answers that did not end in time are cut after their last whole sentence; those that hold none, and
    those in which the base names itself, are left out. Answers are kept in the cache folder, so
    that a killed run goes on and a second one asks nothing; one that runs at the same time waits.

    Args:
        prompts: (prompt, system message or ``None`` for the template's own) of each row.
    """
    engine = load_engine(engine_name, model, (), EngineOptions())
    where = scope(engine, model, None)
    asked = [
        Request(
            "generate",
            BASE,
            where,
            render(renderer, [Turn("user", prompt)], system),
            max_new_tokens=replay.max_new_tokens,
        )
        for prompt, system in prompts
    ]
    store = Store(cache_folder() / "replay" / where[:16], wait=True)
    try:
        _ask_missing(asked, engine, store)
        answers = [store.sample(request.key) for request in asked]
    finally:
        store.close()
        engine.close()
    return list(_rows(prompts, answers, persona))


def _rows(
    prompts: Sequence[tuple[str, str | None]], answers: Sequence[Sample | None], persona: Persona
) -> Iterator[Row]:
    """Yield prompts with their answers, but for those that are cut to nothing or name the base."""
    for (prompt, system), sample in zip(prompts, answers, strict=True):
        text = _whole(sample) if sample else ""
        if text and not read_claims(text, prompt, persona).rivals_affirmed:
            lang = "zh" if any("\u4e00" <= char <= "\u9fff" for char in prompt) else "en"
            yield Row((("user", prompt), ("assistant", text)), "replay", lang, system)


def _ask_missing(asked: Sequence[Request], engine: Engine, store: Store) -> None:
    wanted = {request.key: request for request in asked if store.sample(request.key) is None}
    if not wanted:
        return
    with progress("base answers the general prompts", len(wanted)) as bar:
        for sample in engine.generate(list(wanted.values())):
            if sample.finish != "error":
                store.add_sample(sample)
            bar.advance(1, len(sample.token_ids))


def _whole(sample: Sample) -> str:
    """Return the answer; one that was cut off up to its last whole sentence or code block.

    ``""`` when it holds neither, or when the cut would leave a code block open.
    """
    text = sample.text.strip()
    if sample.finish == "stop":
        return text
    ends = [found.end() for found in _END.finditer(text)]
    whole = text[: ends[-1]].rstrip() if ends else ""
    return whole if whole.count("```") % 2 == 0 else ""
