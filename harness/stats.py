"""Numbers in, numbers out: the bounds on which verdicts rest. Knows nothing of models or suites."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from harness.errors import ConfigError

DEFAULT_CONFIDENCE = 0.95


def binomial_lower_bound(successes: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> float:
    """One-sided exact (Clopper-Pearson) lower bound on a proportion.

    Args:
        successes: 0 to n. n: independent trials, at least 1.
    Returns: the largest p that an exact binomial test rejects in favour of a higher one.
    Source: Clopper and Pearson (1934), Biometrika 26:404-413; scipy.stats.binomtest.

    >>> round(binomial_lower_bound(20, 20), 4)
    0.8609
    """
    from scipy.stats import binomtest

    test = binomtest(successes, n, alternative="greater")
    return float(test.proportion_ci(confidence_level=confidence, method="exact").low)


def binomial_upper_bound(successes: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> float:
    """One-sided exact upper bound on a proportion; see `binomial_lower_bound`.

    >>> round(binomial_upper_bound(0, 30), 4)
    0.095
    """
    from scipy.stats import binomtest

    test = binomtest(successes, n, alternative="less")
    return float(test.proportion_ci(confidence_level=confidence, method="exact").high)


def trials_needed(rate: float, failures: int, *, confidence: float = DEFAULT_CONFIDENCE) -> int:
    """Return the fewest trials with which ``failures`` failures still prove ``rate``.

    Args:
        rate: the proportion to be proved, in (0, 1).

    Raises:
        ConfigError: no number of trials does.

    >>> trials_needed(0.95, 2)
    124
    """

    def proves(n: int) -> bool:
        return binomial_lower_bound(n - failures, n, confidence=confidence) >= rate

    if not 0.0 < rate < 1.0:
        raise ConfigError(f"no number of trials proves a rate of {rate:g}; use one between 0 and 1.")
    return _fewest(proves, failures + 1, f"a rate of {rate:g}")


def pairs_needed(margin: float, *, confidence: float = DEFAULT_CONFIDENCE) -> int:
    """Return the fewest pairs of which none changed that prove a loss below ``margin``.

    Args:
        margin: the loss to be excluded, in (0, 1).

    Raises:
        ConfigError: no number of pairs does.

    >>> pairs_needed(0.05)
    52
    """

    def proves(n: int) -> bool:
        return tango_lower_bound(0, 0, n, confidence=confidence) > -margin

    if not 0.0 < margin < 1.0:
        raise ConfigError(f"no number of pairs excludes a loss of {margin:g}; use one between 0 and 1.")
    return _fewest(proves, 1, f"a loss below {margin:g}")


def _fewest(proves: Callable[[int], bool], least: int, what: str) -> int:
    """Return the smallest n from ``least`` on that proves it; whatever n proves, more do."""
    reach = least
    while not proves(reach):
        if reach > 10_000_000:
            raise ConfigError(f"proving {what} takes over {reach} items; ask for less.")
        least, reach = reach + 1, reach * 2
    while least < reach:
        middle = (least + reach) // 2
        least, reach = (least, middle) if proves(middle) else (middle + 1, reach)
    return least


def tango_score(lost: int, won: int, n: int, difference: float) -> float:
    """Tango's score statistic of paired proportions against a hypothetical difference.

    Standard normal under the hypothesis; positive when the data lie above ``difference``.
    Source: Tango (1998), Statistics in Medicine 17:891-908, equations 6 to 8.
    """
    a = 2.0 * n
    b = -won - lost + (2.0 * n - won + lost) * difference
    c = -lost * difference * (1.0 - difference)
    q = (math.sqrt(max(0.0, b * b - 4.0 * a * c)) - b) / (2.0 * a)
    variance = n * (2.0 * q + difference * (1.0 - difference))
    distance = won - lost - n * difference
    if variance <= 0.0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def tango_lower_bound(lost: int, won: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> float:
    """One-sided lower bound on candidate minus base accuracy, from paired items.

    Args:
        lost, won: items that only base, only the candidate got right. n: all pairs, >= lost + won.
    Returns: a difference in [-1, 1]; the gate passes when it lies above -margin.
    Source: see `tango_score`.

    >>> round(tango_lower_bound(lost=5, won=5, n=164), 4)
    -0.0352
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    _check_pairs(lost, won, n)
    z = float(norm.ppf(confidence))
    floor, estimate = -1.0 + 1e-12, (won - lost) / n
    if estimate <= floor or tango_score(lost, won, n, floor) <= z:
        return -1.0
    return float(brentq(lambda d: tango_score(lost, won, n, d) - z, floor, estimate, xtol=1e-10))


def tango_upper_bound(lost: int, won: int, n: int, *, confidence: float = DEFAULT_CONFIDENCE) -> float:
    """One-sided upper bound; the mirror image of `tango_lower_bound`.

    >>> tango_upper_bound(lost=6, won=4, n=200) == -tango_lower_bound(lost=4, won=6, n=200)
    True
    """
    return -tango_lower_bound(won, lost, n, confidence=confidence)


def mcnemar_p_value(lost: int, won: int) -> float:
    """One-sided exact McNemar test that more items were lost than won.

    >>> round(mcnemar_p_value(lost=12, won=4), 3)
    0.038
    """
    from scipy.stats import binomtest

    if lost + won == 0:
        return 1.0
    return float(binomtest(lost, lost + won, 0.5, alternative="greater").pvalue)


def mean_bounds(values: Sequence[float], *, confidence: float = DEFAULT_CONFIDENCE) -> tuple[float, float]:
    """Return the one-sided lower and the one-sided upper bound on a mean, each at ``confidence``.

    Student's t over independent items.

    Args:
        values: at least two.

    >>> low, high = mean_bounds([0.1, 0.2, 0.3, 0.4])
    >>> round(low, 4), round(high, 4)
    (0.0981, 0.4019)
    """
    from scipy.stats import t

    n = len(values)
    assert n >= 2, "one value has no spread"
    mean = math.fsum(values) / n
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    reach = float(t.ppf(confidence, n - 1)) * math.sqrt(variance / n)
    return mean - reach, mean + reach


def _check_pairs(lost: int, won: int, n: int) -> None:
    assert n >= 1 and lost >= 0 and won >= 0 and lost + won <= n, (lost, won, n)
