"""Two settings of one subject side by side: samples in, differences out. Nothing here asks an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.parity.questions import Item
from harness.records import Sample

Call = Literal["mixed", "alone", "plain"]


@dataclass(frozen=True)
class Setting:
    """How a subject was asked.

    ``mixed``: base and adapters in one batch. ``alone``: an adapter's rows without the others, in
    the same engine. ``plain``: base in an engine that was started without LoRA.
    """

    engine: str
    call: Call

    def __str__(self) -> str:
        words = {"mixed": "mixed batch", "alone": "alone", "plain": "no LoRA"}
        return f"{self.engine}, {words[self.call]}"


@dataclass(frozen=True)
class Limits:
    """What two settings may differ by.

    ``nll``: of a text's negative log-likelihood, relative (to 1 nat at least). ``gap``: two tokens
    whose log-probabilities lie nearer than this, in nats and in both settings, are a near tie.
    """

    nll: float
    gap: float


LIMITS = {
    "float32": Limits(nll=1e-4, gap=1e-3),
    "float16": Limits(nll=5e-3, gap=2**-4),
    "bfloat16": Limits(nll=3e-2, gap=2**-1),
}
"""By the type of the weights. Numbers of 16 bits carry 11 and 8 binary digits, and every layer rounds: the gaps are
four steps between neighbouring logits of 16 to 32."""


def limits_for(one: str, other: str) -> Limits:
    """Return the wider limits of two types of weights.

    >>> limits_for("float32", "bfloat16") == LIMITS["bfloat16"]
    True
    """
    return max(LIMITS[one], LIMITS[other], key=lambda limits: limits.nll)


@dataclass(frozen=True)
class Divergence:
    """The first token at which two greedy answers part.

    ``token_ids`` are the two next tokens; ``None`` stands for an answer that ended there. Both are
    the same where only the text or the way it ended differs. ``logprobs[s][t]``, in nats, is what
    setting s gives token t after the common beginning; ``None`` while nobody asked.
    """

    item: Item
    position: int
    token_ids: tuple[int | None, int | None]
    limit: float
    logprobs: tuple[tuple[float, float], tuple[float, float]] | None = None

    @property
    def gaps(self) -> tuple[float, float] | None:
        """By how much each setting prefers the first setting's token, in nats."""
        if self.logprobs is None:
            return None
        (a, b), (c, d) = self.logprobs
        return a - b, c - d

    @property
    def near_tie(self) -> bool:
        """Say whether both settings find both tokens as good, so that rounding decides."""
        return self.gaps is not None and max(map(abs, self.gaps)) <= self.limit


@dataclass(frozen=True)
class Comparison:
    """One subject in two settings, on every question and text."""

    subject: str
    one: Setting
    other: Setting
    limits: Limits
    nlls: Mapping[str, tuple[float, float]]
    """Text -> its negative log-likelihood in nats, in both settings."""
    answers: int
    """How many questions both settings answered."""
    divergences: tuple[Divergence, ...]
    missing: tuple[str, ...]
    """What one setting did not answer, each with its reason."""

    @property
    def worst(self) -> tuple[str, float]:
        """The text whose likelihoods differ most, and by how much, relative."""
        found = {text: relative_difference(*pair) for text, pair in self.nlls.items()}
        worst = max(found, key=lambda text: found[text], default="")
        return worst, found.get(worst, 0.0)

    @property
    def real(self) -> tuple[Divergence, ...]:
        """Divergences that no near tie explains."""
        return tuple(one for one in self.divergences if not one.near_tie)

    @property
    def same(self) -> bool:
        """Say whether the two settings agree: nothing missing, and nothing apart but near ties."""
        asked = bool(self.nlls) and self.answers > 0
        return asked and not self.missing and not self.real and self.worst[1] <= self.limits.nll


def relative_difference(one: float, other: float) -> float:
    """Return the distance of two negative log-likelihoods, relative to the larger, or to 1 nat.

    A text that an adapter knows by heart has nearly none, and its rounding would look large. A
    value that is not finite is infinitely far from everything.

    >>> round(relative_difference(50.0, 50.1), 6)
    0.001996
    >>> round(relative_difference(0.001, 0.002), 6)
    0.001
    """
    distance = abs(one - other)
    return distance / max(abs(one), abs(other), 1.0) if distance < float("inf") else float("inf")


def compare(
    items: Sequence[Item],
    settings: tuple[Setting, Setting],
    samples: tuple[Mapping[str, Sample], Mapping[str, Sample]],
    limits: Limits,
) -> Comparison:
    """Hold one subject's samples in two settings against each other.

    Args:
        items: what the subject was asked.
        settings, samples: the two sides; samples by the key of their request.
    """
    nlls: dict[str, tuple[float, float]] = {}
    divergences, missing, answers = [], [], 0
    for item in items:
        pair = tuple(side.get(item.request.key) for side in samples)
        lacking = [_why(setting, one) for setting, one in zip(settings, pair, strict=True) if _lacks(one)]
        if lacking:
            missing += [f"{item.id}, {why}" for why in lacking]
            continue
        one, other = (sample for sample in pair if sample is not None)
        if item.kind == "score":
            nlls[item.id] = (-sum(one.logprobs), -sum(other.logprobs))
            continue
        answers += 1
        if (one.token_ids, one.text, one.finish) != (other.token_ids, other.text, other.finish):
            divergences.append(_divergence(item, one.token_ids, other.token_ids, limits.gap))
    return Comparison(items[0].subject, *settings, limits, nlls, answers, tuple(divergences), tuple(missing))


def _lacks(sample: Sample | None) -> bool:
    return sample is None or sample.finish == "error"


def _why(setting: Setting, sample: Sample | None) -> str:
    return f"{setting}: {sample.error if sample else 'no answer'}"


def _divergence(item: Item, one: Sequence[int], other: Sequence[int], limit: float) -> Divergence:
    pairs = zip(one, other, strict=False)
    shared = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    tokens = tuple(side[shared] if shared < len(side) else None for side in (one, other))
    return Divergence(item, shared, (tokens[0], tokens[1]), limit)
