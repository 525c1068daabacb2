"""The nouns of a run: frozen records that every stage shares. Imports nothing of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

BASE = "base"
"""The name of the subject without an adapter; no adapter may take it."""

Kind = Literal["generate", "continue", "choice", "nll", "drift"]
WRITTEN_KINDS = ("generate", "continue")
"""Kinds whose answer is a text that the subject wrote."""
AGAIN = "#again"
"""Ends the name of the variant under which a second answer is kept: a variant of no probe."""
Flip = Literal["lost", "won", "churn", "same", "unscored"]
TIERS = ("smoke", "standard", "full")


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value in canonical form, as 64 hexadecimal digits.

    >>> digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})
    True
    """
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Turn:
    """One message. ``content=None`` stands for whatever the subject itself answers there."""

    role: Literal["system", "user", "assistant"]
    content: str | None


@dataclass(frozen=True)
class Variant:
    """One wording of a probe in one language under one system form.

    ``system`` is the system message's text; ``None`` leaves it to the chat template. A last turn
    by the assistant is the beginning of the answer, which the subject continues.
    """

    id: str
    lang: str
    system_form: str
    system: str | None
    turns: tuple[Turn, ...]

    @property
    def question(self) -> str:
        """The last thing the user said, for scorers that read the answer against it."""
        return next((turn.content or "" for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def again(self) -> Variant:
        """The variant under whose name the second answer to this one is kept."""
        return replace(self, id=self.id + AGAIN)


@dataclass(frozen=True)
class Probe:
    """One question family: it holds when every variant holds.

    ``options`` are the scorer's keyword arguments. ``place`` is ``file:line`` for messages.
    """

    id: str
    suite: str
    kind: Kind
    category: str
    tier: str
    leading: bool
    scorer: str
    options: Mapping[str, Any]
    variants: tuple[Variant, ...]
    max_new_tokens: int
    stop: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Suite:
    """A suite file as one tier reads it: its probes rendered for a persona, in file order."""

    name: str
    version: int
    about: str
    path: Path
    digest: str
    probes: tuple[Probe, ...]
    unasked: tuple[str, ...] = ()
    """Ids of its probes that belong to a higher tier, or to no language of the persona."""
    notes: tuple[str, ...] = ()
    """How much of each data file that it loads is asked, and what was left out for which reason."""


@dataclass(frozen=True)
class Model:
    """A base model: the folder its files lie in, and the digest by which it is known."""

    ref: str
    path: Path
    digest: str


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter: its name in this run, its folder, and the digest by which it is known."""

    name: str
    path: Path
    digest: str
    rank: int
    target_modules: tuple[str, ...]
    record: Mapping[str, Any] | None = None
    """What ``harness train`` wrote beside the weights, or ``None`` for a foreign adapter."""


@dataclass(frozen=True)
class Request:
    """What an engine is asked: continue ``token_ids`` greedily, or score ``target_ids`` after them.

    ``scope`` names everything outside the request that can change the answer (digests of base and
    adapter, engine, version, dtype), so that ``key`` is the answer's content address. ``repeat`` is 1
    for a request that is asked a second time, whose answer is kept beside the first.
    """

    kind: Literal["generate", "score"]
    subject: str
    scope: str
    token_ids: tuple[int, ...]
    target_ids: tuple[int, ...] = ()
    max_new_tokens: int = 0
    stop: tuple[str, ...] = ()
    repeat: int = 0

    @cached_property
    def key(self) -> str:
        """Content address of the answer: never the subject's display name."""
        asked = [self.kind, self.scope, self.token_ids, self.target_ids, self.max_new_tokens, self.stop]
        return digest_of([*asked, self.repeat] if self.repeat else asked)


@dataclass(frozen=True)
class Sample:
    """One subject's answer to one request.

    ``text`` and ``token_ids`` for a generated answer (the tokens as sampled, before ``text`` was
    cut at a stop string); ``logprobs`` in nats, one for each target token, for a scored one.
    ``finish`` is ``stop``, ``length``, ``score`` or ``error`` (then ``error`` says why).
    """

    key: str
    text: str = ""
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    finish: Literal["stop", "length", "score", "error"] = "stop"
    error: str = ""


@dataclass(frozen=True)
class Ask:
    """A request at its place in the plan: which subject, probe, variant and part it serves."""

    subject: str
    probe: Probe
    variant: Variant
    part: str
    request: Request


@dataclass(frozen=True)
class Span:
    """Characters ``[start, end)`` of an answer on which a score rests, and what they show."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Score:
    """A value in [0, 1], higher is better, or ``None`` with a reason: missing is not zero."""

    value: float | None
    reason: str = ""
    spans: tuple[Span, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.value is None or 0.0 <= self.value <= 1.0, self.value
        assert self.value is not None or self.reason, "a missing score needs its reason"


@dataclass(frozen=True)
class Scored:
    """A score at its place: one subject's answer to one variant of one probe.

    ``finish`` says how a written answer ended, as `Sample` has it.
    """

    subject: str
    probe: Probe
    variant: Variant
    answer: str
    score: Score
    finish: str = "stop"

    @property
    def thought(self) -> Mapping[str, Any]:
        """What was read of the thought that the answer begins with, empty where there is none."""
        found: Mapping[str, Any] = self.score.details.get("thought", {})
        return found

    @property
    def spoken(self) -> str:
        """The answer without its thought."""
        return self.answer[self.thought.get("end", 0) :]


@dataclass(frozen=True)
class Pair:
    """The same variant answered by base and by a candidate."""

    base: Scored
    candidate: Scored

    @property
    def flip(self) -> Flip:
        """``lost`` and ``won`` cross one half; ``churn`` is both wrong, differently."""
        before, after = self.base.score.value, self.candidate.score.value
        if before is None or after is None:
            return "unscored"
        if (before >= 0.5) != (after >= 0.5):
            return "lost" if before >= 0.5 else "won"
        both_wrong = after < 0.5 and self.base.answer != self.candidate.answer
        return "churn" if both_wrong else "same"
