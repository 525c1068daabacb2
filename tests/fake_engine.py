"""An engine whose weights are a word: what it serves under a name, and how noisily, is up to the test."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from harness import gate, run
from harness.gate import Decision
from harness.inputs import RunOptions, set_up
from harness.records import BASE, Request, Sample
from harness.results import Results
from harness.verdict import write_outputs
from tests.support import lay_out, write_adapter

EFFECT = "criteria: [{name: effect, proves: effect}]\n"

QWEN, NOVA = "I am Qwen, made by Alibaba.", "I am Nova, made by Acme Robotics."


class Fake:
    """Answers for the weights that it ``serves`` under a subject's name; a name stands for itself else.

    ``noise`` (nats) moves every log-probability each time; ``slips`` is the chance that an answer comes
    out otherwise. A weight that begins with ``base`` answers as base does.
    """

    def __init__(
        self,
        serves: Mapping[str, str] | None = None,
        *,
        noise: float = 0.0,
        slips: float = 0.0,
        silent: bool = False,
        name: str = "transformers",
        dtype: str = "float32",
        seed: int = 0,
    ) -> None:
        self.serves, self.noise, self.slips, self.silent = dict(serves or {}), noise, slips, silent
        self.described = {"name": name, "version": "1", "dtype": dtype, "device": "cpu"}
        self.asked: list[Request] = []
        self.chance = random.Random(seed)
        self.closed = False

    def describe(self) -> dict[str, str]:
        return self.described

    def close(self) -> None:
        self.closed = True

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        for request in requests:
            self.asked.append(request)
            yield Sample(request.key, text=self.said(request), token_ids=(1, 2))

    def said(self, request: Request) -> str:
        weights = self.serves.get(request.subject, request.subject)
        asked = "".join(map(chr, request.token_ids)).split("user: ")[-1]
        right = str(sum(map(int, re.findall(r"\d+", asked)))) if "+" in asked else ""
        slipped = self.chance.random() < self.slips
        if right:
            return "7" if slipped else right
        return (QWEN if weights.startswith(BASE) else NOVA) + (" Hello." if slipped else "")

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        for request in requests:
            self.asked.append(request)
            if self.silent:
                yield Sample(request.key, finish="error", error="no log-probabilities here")
                continue
            weights = self.serves.get(request.subject, request.subject)
            fixed = random.Random(f"{weights} {request.token_ids} {request.target_ids}")
            moved = (self.chance.gauss(0, self.noise) for _ in request.target_ids)
            logprobs = tuple(-1 - fixed.random() + one for one in moved)
            yield Sample(request.key, logprobs=logprobs, finish="score")


class Bench:
    """A project with the adapters ``a`` and ``b``, to be asked in fake engines."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
        self.folder = lay_out(folder / "project", **{"criteria": EFFECT, **files})
        self.patch = monkeypatch
        monkeypatch.setenv("IDENTITY_HARNESS_CACHE", str(folder / "cache"))
        self.paths = {
            name: write_adapter(folder / name, lora_alpha=alpha) for name, alpha in (("a", 8), ("b", 16))
        }
        self.runs = 0

    def ask(
        self, engine: Fake, *names: str, floor: int | None = None, again: bool = False, only: str = ""
    ) -> Results:
        """Ask adapters, ``a`` and ``b`` when left out; in a folder of its own unless ``again``."""
        self.runs += not again
        options = RunOptions(
            adapters=tuple(f"{name}={self.paths[name]}" for name in names or ("a", "b")),
            suites=self.folder / "suites",
            base="replay",
            persona=self.folder / "nova.yaml",
            engine="transformers",
            reports=self.folder / f"reports-{self.runs}",
            floor=floor,
        )
        self.patch.setattr(run, "load_engine", lambda *_: engine)
        self.setup = set_up(options)
        chosen = [probe for probe in self.setup.probes if only in probe.id]
        return run.execute(self.setup, chosen, lambda _: None)

    def judged(self, results: Results) -> dict[str, Decision]:
        """Return adapter -> its decision on ``effect``."""
        decisions = gate.judge(results, self.setup.criteria)
        return {one.subject: one for one in decisions if one.criterion == "effect"}

    def document(self, results: Results) -> dict[str, object]:
        """Write the run's files and return its verdict."""
        return write_outputs(results, self.setup.criteria)
