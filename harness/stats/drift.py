"""Forgetting in numbers: retention, transfer over stages, divergence from base, blind sensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from harness.stats.binomial import DEFAULT_CONFIDENCE

Scores = Sequence[Sequence[float | None]]
"""``scores[stage][task]``: stage 0 is base, then checkpoints or releases in order; None is missing."""


def relative_retention(base: float, candidate: float, *, chance: float = 0.0) -> float | None:
    """Candidate's score over base's, both counted from chance; above 1 is a gain.

    ``None`` where base is not above chance: there is nothing to retain. Shaky where it is barely
    above. One minus it is the relative forgetting of Luo et al.

    Source: Luo et al. (2023), arXiv:2308.08747.

    >>> relative_retention(0.50, 0.45)
    0.9
    """
    return (candidate - chance) / (base - chance) if base > chance else None


def backward_transfer(scores: Scores, learnt: Sequence[int] | None = None) -> float | None:
    """Mean change of every task's score from the stage that learnt it to the last; negative is loss.

    Averaged over tasks learnt before the last stage that have both scores; ``None`` without any.

    Args:
        scores: see `Scores`. learnt: each task's stage; base knew all of them when left out.
    Source: Lopez-Paz and Ranzato (2017), NeurIPS, arXiv:1706.08840. Other papers divide by all stages.

    >>> round(backward_transfer([[0.6, 0.5], [0.5, 0.7]]), 3)
    0.05
    """
    _check_scores(scores)
    last = len(scores) - 1
    stages = [0] * len(scores[0]) if learnt is None else learnt
    assert len(stages) == len(scores[0]) and all(0 <= stage <= last for stage in stages), stages
    before = [scores[stage][task] for task, stage in enumerate(stages) if stage < last]
    after = [scores[last][task] for task, stage in enumerate(stages) if stage < last]
    return _mean([_minus(new, old) for new, old in zip(after, before, strict=True)])


def drops_from_best(scores: Scores) -> tuple[float | None, ...]:
    """Return how far each task's last score lies below its best earlier one; negative is a new best.

    The best of several noisy scores is too high by luck, so a small drop is no sign of harm.

    Source: Chaudhry et al. (2018), ECCV, arXiv:1801.10112: forgetting with the maximum over stages.

    >>> [round(drop, 3) for drop in drops_from_best([[0.6, 0.5], [0.7, 0.4], [0.6, 0.6]])]
    [0.1, -0.1]
    """
    _check_scores(scores)
    *earlier, last = scores
    best = [max((s for s in column if s is not None), default=None) for column in zip(*earlier, strict=True)]
    return tuple(_minus(old, new) for old, new in zip(best, last, strict=True))


def average_forgetting(scores: Scores) -> float | None:
    """Return the mean of `drops_from_best` over tasks that have one.

    >>> round(average_forgetting([[0.6, 0.5], [0.7, 0.4], [0.6, None]]), 3)
    0.1
    """
    return _mean(drops_from_best(scores))


class Estimate(NamedTuple):
    """A figure and its standard error."""

    value: float
    standard_error: float


def kl_from_base_samples(log_ratios: Sequence[float], tokens: Sequence[int]) -> Estimate:
    """KL(base || adapter) in nats per token, from sequences that base wrote.

    A ratio of sums. Its standard error takes sequences, not tokens, as independent. Without bias, up
    to order 1 / sequences, if base sampled at temperature 1 from all of its vocabulary. From greedy or
    truncated answers it is no KL: it may even be negative, and serves as an alarm only.

    Args:
        log_ratios: each sequence's sum over tokens of log p_base - log p_adapter.
        tokens: each sequence's number of tokens, 1 or more; at least two sequences.
    Source: Cochran (1977), Sampling Techniques, section 6.4 (delta method).

    >>> kl = kl_from_base_samples([1.0, 3.0, 2.0], [10, 20, 30])
    >>> round(kl.value, 4), round(kl.standard_error, 4)
    (0.1, 0.0289)
    """
    n, total = len(log_ratios), sum(tokens)
    assert n >= 2 and len(tokens) == n and min(tokens) >= 1, "each sequence needs tokens; one has no spread"
    value = math.fsum(log_ratios) / total
    squares = math.fsum((s - value * length) ** 2 for s, length in zip(log_ratios, tokens, strict=True))
    return Estimate(value, math.sqrt(n / (n - 1) * squares) / total)


def is_blind(
    base_right: int,
    n: int,
    *,
    margin: float,
    chance: float = 0.0,
    confidence: float = DEFAULT_CONFIDENCE,
) -> bool:
    """Say whether a suite cannot show a loss of ``margin``, since base itself is too weak there.

    Blind where an exact binomial test does not prove base above chance, or where base lies above it by
    the margin or less: an adapter that lost everything would still seem to keep within the margin.

    Args:
        base_right: 0 to n. chance: accuracy of guessing, 0 for free answers, 1 / choices else.

    >>> is_blind(13, 40, chance=0.25, margin=0.05), is_blind(30, 40, chance=0.25, margin=0.05)
    (True, False)
    """
    from scipy.stats import binomtest

    assert n >= 1 and 0 <= base_right <= n and 0.0 <= chance < 1.0, (base_right, n, chance)
    p_value = float(binomtest(base_right, n, chance, alternative="greater").pvalue)
    return p_value > 1.0 - confidence or base_right <= (chance + margin) * n


def _check_scores(scores: Scores) -> None:
    assert len(scores) >= 2 and all(len(row) == len(scores[0]) for row in scores), (
        "base and a stage, full rows"
    )


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
