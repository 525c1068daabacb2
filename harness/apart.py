"""How far two subjects of a run lie apart: in answers, and in log-probabilities, beside their own noise."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness import stats
from harness.fingerprint import ROUNDING, TIMES_NOISE, Shift, is_apart, noise_of, shift
from harness.floor import Floor, floor_of
from harness.records import BASE, Pair
from harness.results import Results

LIKELIHOOD_KINDS = ("nll", "drift")


@dataclass(frozen=True)
class Apart:
    """Two subjects held against each other.

    ``differing`` of ``answers`` are not the same; ``single`` has both numbers without conversations, in which
    noise adds up from turn to turn. ``floor`` has the same of both subjects' answers, asked twice.
    ``moved``: the shift of the fixed texts' log-probabilities, ``None`` where there is no fingerprint of
    both; ``noise``: the mean shift (nats) of either against itself. ``scored``: the largest change (nats)
    of a scored text's mean log-probability, ``None`` where no text was scored.
    """

    answers: int
    differing: int
    single: tuple[int, int]
    floor: Floor
    moved: Shift | None = None
    noise: float | None = None
    scored: float | None = None

    @property
    def has_likelihoods(self) -> bool:
        """Say whether any log-probability was taken of both."""
        return self.moved is not None or self.scored is not None

    @property
    def nothing_to_see(self) -> bool:
        """Say that neither answers nor log-probabilities are there."""
        return not self.answers and not self.has_likelihoods

    def is_one(self, confidence: float) -> bool:
        """Say whether nothing tells the two apart, but what each also shows against itself.

        Log-probabilities that moved show two, since weights that differ move nearly all of them. Answers
        show two where more of them differ than of those that were asked twice, by Fisher's exact test.
        """
        return not self._likelihoods_differ() and not self._answers_differ(confidence)

    def _likelihoods_differ(self) -> bool:
        if self.moved:
            return is_apart(self.moved, self.noise)
        return (self.scored or 0.0) > max(ROUNDING, TIMES_NOISE * (self.floor.largest_shift or 0.0))

    def _answers_differ(self, confidence: float) -> bool:
        if not self.floor.asked:
            return self.differing > 0
        differing, answers = self.single
        if not differing:
            return False
        p = stats.more_often_p_value(differing, answers, self.floor.differ, self.floor.asked)
        return p <= 1 - confidence

    @property
    def shifted(self) -> str:
        """Say how far log-probabilities moved."""
        if self.moved:
            far = f"by {self.moved.mean:.2g} nats on average and {self.moved.largest:.2g} at most"
        elif self.scored is not None:
            far = f"by up to {self.scored:.2g} nats"
        else:
            return "no log-probabilities were taken"
        return f"log-probabilities differ {far}"

    @property
    def asked_again(self) -> str:
        """Say what the two show against themselves, in brackets; nothing where it was not measured."""
        told = [f"{self.floor.differ} of {self.floor.asked} answers"] if self.floor.asked else []
        told += [f"{self.noise:.2g} nats on average"] if self.noise is not None else []
        return f" (asked again: {', '.join(told)})" if told else ""


def apart(results: Results, one: str, other: str, probes: Collection[str]) -> Apart:
    """Hold two subjects against each other, over the probes of these ids."""
    pairs = [pair for pair in _pairs(results, one, other, probes) if pair.flip != "unscored"]
    spoken = [pair for pair in pairs if pair.base.probe.kind not in LIKELIHOOD_KINDS]
    single = [p for p in spoken if all(turn.content is not None for turn in p.base.variant.turns)]
    shifts = [moved for pair in pairs if (moved := _likelihood_shift(pair)) is not None]
    prints = [results.fingerprints[name] for name in (one, other) if name in results.fingerprints]
    comparable = len(prints) == 2 and len(prints[0].logprobs) == len(prints[1].logprobs)
    return Apart(
        answers=len(spoken),
        differing=_differing(spoken),
        single=(_differing(single), len(single)),
        floor=floor_of(results, one) + floor_of(results, other),
        moved=shift(prints[0].logprobs, prints[1].logprobs) if comparable else None,
        noise=noise_of(*prints) if comparable else None,
        scored=max(shifts, default=None),
    )


def _differing(pairs: Sequence[Pair]) -> int:
    return sum(pair.base.answer != pair.candidate.answer for pair in pairs)


def _pairs(results: Results, one: str, other: str, probes: Collection[str]) -> Iterator[Pair]:
    for probe in results.probes:
        for variant in probe.variants if probe.id in probes else ():
            first = results.scored.get((one, probe.id, variant.id))
            second = results.scored.get((other, probe.id, variant.id))
            if first and second:
                yield Pair(first, second)


def _likelihood_shift(pair: Pair) -> float | None:
    """Return the largest change (nats) of a mean log-probability, ``None`` where the pair has none."""
    before, after = pair.base.score.details, pair.candidate.score.details
    moved = []
    if "nll_per_token" in before and "nll_per_token" in after:
        moved.append(abs(after["nll_per_token"] - before["nll_per_token"]))
    for old, new in zip(before.get("per_character", ()), after.get("per_character", ()), strict=False):
        moved.append(abs(new - old))
    return max(moved, default=None)


def effect_figures(results: Results) -> dict[str, dict[str, Any]]:
    """Return adapter -> what it changes against base, and as whom it answers, for ``verdict.json``."""
    probes = {probe.id for probe in results.probes if probe.suite != "own"}
    return {name: _figures(results, name, probes) for name in results.candidates}


def _figures(results: Results, name: str, probes: Collection[str]) -> dict[str, Any]:
    found, known = apart(results, BASE, name, probes), results.known.get(name, {})
    own, nearest = known.get("own"), known.get("nearest")
    return {
        "answers": found.answers,
        "equal_to_base": found.answers - found.differing,
        "mean_shift": found.moved.mean if found.moved else None,
        "largest_shift": found.moved.largest if found.moved else found.scored,
        "mean_shift_of_itself": found.noise,
        "from_its_own_earlier": own["mean"] if own else None,
        "nearest_other": nearest["name"] if nearest else None,
        "from_nearest_other": nearest["mean"] if nearest else None,
    }
