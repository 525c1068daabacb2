"""Rates: how many of n independent trials went well, and what that proves."""

from __future__ import annotations

import math

from harness.errors import ConfigError

DEFAULT_CONFIDENCE = 0.95


def binomial_lower_bound(successes: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> float:
    """One-sided exact (Clopper-Pearson) lower bound on a proportion.

    Args:
        successes: 0 to n. n: independent trials, at least 1.
    Returns: the largest p that an exact binomial test rejects in favour of a higher one.
    Source: Clopper and Pearson (1934), Biometrika 26:404-413, as quantiles of the beta distribution.

    >>> round(binomial_lower_bound(20, 20), 4)
    0.8609
    """
    _check_count(successes, n)
    if successes in (0, n):
        return float((1 - confidence) ** (1 / n)) if successes else 0.0
    from scipy.special import betaincinv

    return float(betaincinv(successes, n - successes + 1, 1 - confidence))


def binomial_upper_bound(successes: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> float:
    """One-sided exact upper bound on a proportion; see `binomial_lower_bound`.

    >>> round(binomial_upper_bound(0, 30), 4)
    0.095
    """
    _check_count(successes, n)
    if successes in (0, n):
        return 1.0 if successes else float(1 - (1 - confidence) ** (1 / n))
    from scipy.special import betaincinv

    return float(betaincinv(successes + 1, n - successes, confidence))


def wilson_interval(successes: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> tuple[float, float]:
    """Two-sided score interval of a proportion, for display only.

    It covers ``confidence`` on average over p, not at every p, so no verdict rests on it.

    Source: Wilson (1927), J. American Statistical Association 22:209-212; scipy.stats.binomtest.

    >>> low, high = wilson_interval(9, 10)
    >>> round(low, 4), round(high, 4)
    (0.5958, 0.9821)
    """
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(confidence_level=confidence, method="wilson")
    return float(interval.low), float(interval.high)


def beta_interval(successes: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> tuple[float, float]:
    """Two-sided credible interval of a proportion under the uniform prior Beta(1, 1), for display only.

    Source: Bowyer, Aitchison and Ivanova (2025), ICML, arXiv:2503.01747.

    >>> low, high = beta_interval(9, 10)
    >>> round(low, 4), round(high, 4)
    (0.5872, 0.9772)
    """
    from scipy.stats import beta

    _check_count(successes, n)
    low, high = beta.interval(confidence, 1 + successes, 1 + n - successes)
    return float(low), float(high)


def pass_hat_k(correct: int, samples: int, k: int) -> float:
    """Chance that k samples of one item are all right, from ``correct`` of ``samples``.

    Unbiased, unlike ``(correct / samples) ** k``. The figure for what must hold every time.

    Args:
        correct: 0 to samples. k: 1 to samples.

    Raises:
        ConfigError: k is out of range.
    Source: Yao et al. (2024), arXiv:2406.12045 (tau-bench): C(c, k) / C(n, k).

    >>> pass_hat_k(7, 8, 4)
    0.5
    """
    _check_k(correct, samples, k)
    return math.comb(correct, k) / math.comb(samples, k)


def pass_at_k(correct: int, samples: int, k: int) -> float:
    """Chance that at least one of k samples of one item is right; see `pass_hat_k`.

    Source: Chen et al. (2021), arXiv:2107.03374: 1 - C(n - c, k) / C(n, k).

    >>> pass_at_k(1, 4, 2)
    0.5
    """
    _check_k(correct, samples, k)
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def _check_count(successes: int, n: int) -> None:
    assert n >= 1 and 0 <= successes <= n, (successes, n)


def _check_k(correct: int, samples: int, k: int) -> None:
    _check_count(correct, samples)
    if not 1 <= k <= samples:
        raise ConfigError(f"k is {k}, but every item has {samples} samples; use 1 to {samples}.")
