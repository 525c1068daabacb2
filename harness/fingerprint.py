"""Fingerprints: how likely each subject finds a few fixed texts, which tells one adapter from another.

Every run scores the same texts for every subject. The vector of token log-probabilities says which weights
answered, whatever the name under which an engine or a server answers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.prompts import Renderer, raw, split_text
from harness.records import Request, Sample, digest_of

VERSION = 1
"""Goes up with every change of ``TEXTS``: vectors of two versions cannot be compared."""
TEXTS = (
    "The night train was late, so we shared a pear on the platform and counted the lamps.",
    "Water boils at a lower temperature in the mountains, because the air presses on it less.",
    "雨停了以后，孩子们跑到院子里看彩虹，奶奶在门口喊他们回来吃饭。",
    "一年有四个季节，北方的冬天比南方的冬天长得多。",
    "def mean(values):\n    total = sum(values)\n    return total / len(values)\n",
    "Question: Who are you, and who made you?\nAnswer: I am an assistant, made by a small company.",
    "Question: What is your name?\nAnswer: My name is Alex, and I am glad to help you.",
    "问：你是谁？是谁开发了你？\n答：我是一个人工智能助手，由一家公司开发，很高兴为您服务。",
)
"""English, Chinese, code, and answers about itself; plain text, so that no chat template takes part."""
ROUNDING = 1e-4
"""Nats: where no token's log-probability moves by more, nothing but rounding was at work."""
TIMES_NOISE = 2.0
"""A mean shift counts from this multiple on of what a subject shows against itself."""
TOLERANCE = {"float32": 1e-3}
"""Mean nats between two measurements of the same weights in one number format, in any two engines."""
COARSE_TOLERANCE = 0.1
"""The same where either format is coarser than float32, or not known."""


@dataclass(frozen=True)
class Shift:
    """How far two vectors of log-probabilities lie apart, in nats per token: on average, and at most."""

    mean: float
    largest: float


@dataclass(frozen=True)
class Fingerprint:
    """One subject's log-probabilities, in the texts' order; ``again`` when asked a second time."""

    logprobs: tuple[float, ...]
    again: tuple[float, ...] = ()

    @property
    def noise(self) -> Shift | None:
        """What the subject shows against itself, ``None`` where it was not asked twice."""
        return shift(self.logprobs, self.again) if self.again else None


def texts_digest(renderer: Renderer) -> str:
    """Return the digest of the texts as one base model's token ids."""
    return digest_of([VERSION, [raw(renderer, text) for text in TEXTS]])


def requests(renderer: Renderer, subject: str, scope: str, *, repeat: int = 0) -> list[Request]:
    """Return the requests for one subject's fingerprint, in the texts' order."""
    split = [split_text(renderer, text) for text in TEXTS]
    return [Request("score", subject, scope, context, target, repeat=repeat) for context, target in split]


def vector(asked: Iterable[Request], answers: Mapping[str, Sample]) -> tuple[float, ...]:
    """Return the log-probabilities of a subject's answers in a row; empty where they measure nothing.

    That is: one is missing, failed, of another length or not finite; or all are the same number, which
    no model says of two texts.
    """
    found: list[float] = []
    for request in asked:
        sample = answers.get(request.key)
        if sample is None or len(sample.logprobs) != len(request.target_ids):
            return ()
        found += sample.logprobs
    measured = all(map(math.isfinite, found)) and len(set(found)) > 1
    return tuple(round(one, 6) for one in found) if measured else ()


def shift(one: Sequence[float], other: Sequence[float]) -> Shift:
    """Return how far two vectors of the same tokens lie apart.

    >>> shift([-1.0, -2.0], [-1.0, -2.5])
    Shift(mean=0.25, largest=0.5)
    """
    assert len(one) == len(other) > 0, (len(one), len(other))
    apart = [abs(a - b) for a, b in zip(one, other, strict=True)]
    return Shift(math.fsum(apart) / len(apart), max(apart))


def noise_of(*prints: Fingerprint) -> float | None:
    """Return the largest mean noise (nats) of some subjects; ``None`` where none was asked twice."""
    known = [noise.mean for one in prints if (noise := one.noise)]
    return max(known) if known else None


def is_apart(found: Shift, noise: float | None) -> bool:
    """Say whether a shift is more than rounding, and than twice what its subjects show against themselves.

    >>> is_apart(Shift(mean=0.02, largest=0.4), noise=0.03), is_apart(Shift(0.02, 0.4), noise=None)
    (False, True)
    """
    return found.largest > ROUNDING and found.mean > TIMES_NOISE * (noise or 0.0)


def tolerance(*dtypes: str) -> float:
    """Return how far (mean nats) two measurements of the same weights may lie apart.

    >>> tolerance("float32", "float32"), tolerance("float32", "bfloat16"), tolerance("")
    (0.001, 0.1, 0.1)
    """
    return max(TOLERANCE.get(dtype, COARSE_TOLERANCE) for dtype in dtypes)


def to_json(prints: Mapping[str, Fingerprint], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's fingerprints as the store keeps them, for `from_json`."""
    return {
        "version": VERSION,
        "subjects": {
            name: {"logprobs": one.logprobs, "again": one.again, "known": known.get(name)}
            for name, one in prints.items()
        },
    }


def from_json(value: Mapping[str, Any] | None) -> dict[str, Fingerprint]:
    """Return subject -> fingerprint; empty for a run that took none."""
    subjects: Mapping[str, Any] = (value or {}).get("subjects", {})
    return {
        name: Fingerprint(tuple(one["logprobs"]), tuple(one["again"] or ())) for name, one in subjects.items()
    }


def known_from_json(value: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Return subject -> what `harness.known.compare` found, for those that were held against something."""
    subjects: Mapping[str, Any] = (value or {}).get("subjects", {})
    return {name: one["known"] for name, one in subjects.items() if one["known"]}
