"""How many items a proof needs, and how often a proof of n items succeeds."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from statistics import NormalDist

from harness.errors import ConfigError
from harness.stats.binomial import DEFAULT_CONFIDENCE, binomial_lower_bound
from harness.stats.graded import graded_lower_bound
from harness.stats.paired import tango_score

DEFAULT_POWER = 0.80


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

    if not 0.0 < margin < 1.0:
        raise ConfigError(f"no number of pairs excludes a loss of {margin:g}; use one between 0 and 1.")
    z = NormalDist().inv_cdf(confidence)
    return _fewest(lambda n: _won_to_pass(0, n, margin, z) == 0, 1, f"a loss below {margin:g}")


def graded_pairs_needed(margin: float, *, confidence: float = DEFAULT_CONFIDENCE) -> int:
    """Return the fewest graded pairs, all of them equal, that prove a mean loss below ``margin``.

    Args:
        margin: the loss to be excluded, in (0, 1).

    Raises:
        ConfigError: no number of pairs does.

    >>> graded_pairs_needed(0.10)
    23
    """

    def proves(n: int) -> bool:
        return graded_lower_bound([0.0] * n, confidence=confidence) > -margin

    if not 0.0 < margin < 1.0:
        raise ConfigError(f"no number of pairs excludes a loss of {margin:g}; use one between 0 and 1.")
    return _fewest(proves, 2, f"a mean loss below {margin:g}")


def graded_pairs_for_half(margin: float, sd: float, *, confidence: float = DEFAULT_CONFIDENCE) -> int:
    """Return from how many graded pairs on an adapter that lost nothing passes half of the time.

    There Student's t reaches no further than the margin: ``t * sd / sqrt(n) < margin``. Half is little; four
    times in five takes about ``((z_confidence + 0.84) / z_confidence)^2`` = 2.3 times as many at 95 %.

    Args:
        margin: in (0, 1). sd: the standard deviation of a pair's difference that is expected, in (0, 1].

    >>> graded_pairs_for_half(0.05, 0.3)
    100
    """
    from scipy.special import stdtrit

    assert 0.0 < margin < 1.0 and 0.0 < sd <= 1.0, (margin, sd)
    return _fewest(
        lambda n: float(stdtrit(n - 1, confidence)) * sd / math.sqrt(n) < margin,
        2,
        f"a loss below {margin:g}",
    )


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


def power_noninferior(
    n: int,
    discordance: float,
    true_difference: float,
    margin: float,
    *,
    confidence: float = DEFAULT_CONFIDENCE,
) -> float:
    """Chance that n pairs prove, by Tango's bound, a loss below ``margin``.

    Exact: sums the multinomial probabilities of all tables (lost, won) that pass. With
    ``true_difference = -margin`` it is the chance to release an adapter that is just too bad.

    Args:
        discordance: expected share of items lost or won, in [abs(true_difference), 1].
        true_difference: candidate minus base accuracy. margin: in (0, 1).

    Raises:
        ConfigError: these numbers contradict one another.

    >>> round(power_noninferior(164, 0.10, 0.0, 0.05), 3)
    0.603
    >>> round(power_noninferior(164, 0.10, -0.05, 0.05), 3)
    0.044
    """
    import numpy as np
    from scipy.special import ndtri
    from scipy.stats import binom

    _check_plan(discordance, true_difference, margin)
    z = float(ndtri(confidence))
    p_lost, p_won = (discordance - true_difference) / 2, (discordance + true_difference) / 2
    lost = np.arange(int(binom.ppf(1e-12, n, p_lost)), int(binom.isf(1e-12, n, p_lost)) + 1)
    enough = np.array([_won_to_pass(int(k), n, margin, z) for k in lost])
    p_won_of_rest = min(1.0, p_won / (1.0 - p_lost)) if p_lost < 1.0 else 0.0
    return float(np.sum(binom.pmf(lost, n, p_lost) * binom.sf(enough - 1, n - lost, p_won_of_rest)))


def _won_to_pass(lost: int, n: int, margin: float, z: float) -> int:
    """Return the fewest won items with which ``lost`` ones pass; above n - lost where none suffice.

    Tango's bound lies above -margin just when the score at -margin lies above z, and rises with won.
    """
    return bisect_left(range(n - lost + 1), True, key=lambda won: tango_score(lost, won, n, -margin) > z)


def certifiable_drop(
    n: int,
    discordance: float,
    *,
    power: float = DEFAULT_POWER,
    confidence: float = DEFAULT_CONFIDENCE,
) -> float:
    """Return the smallest margin that n pairs certify with ``power`` for a harmless adapter.

    Harmless: it loses as many items as it wins, ``discordance`` of all in sum.

    Raises:
        ConfigError: n pairs certify no margin so often, or a number is out of range.

    >>> round(certifiable_drop(164, 0.10), 3)
    0.065
    """
    _check_power(power)
    low, high = 0.0, 1.0 - 1e-9

    def certifies(margin: float) -> bool:
        return power_noninferior(n, discordance, 0.0, margin, confidence=confidence) >= power

    if not certifies(high):
        raise ConfigError(f"{n} pairs certify no margin with power {power:g}; ask more items.")
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if certifies(middle) else (middle, high)
    return high


def first_order_pairs(
    margin: float,
    discordance: float,
    *,
    true_difference: float = 0.0,
    power: float = DEFAULT_POWER,
    confidence: float = DEFAULT_CONFIDENCE,
) -> int:
    """Return about how many pairs certify ``margin`` with ``power``; see `pairs_for_power`.

    ``(z_confidence + z_power)^2 * (discordance - difference^2) / (margin + difference)^2``, the normal
    approximation. It promises too much where fewer than about ten items are discordant.

    Raises:
        ConfigError: a number is out of range, or the true loss reaches the margin.
    Source: Miller (2024), arXiv:2411.00640, section 5, with the variance of a paired binary difference.

    >>> first_order_pairs(0.05, 0.10)
    248
    """
    from scipy.special import ndtri

    _check_power(power)
    _check_plan(discordance, true_difference, margin)
    if true_difference <= -margin:
        raise ConfigError(f"a true loss of {-true_difference:g} cannot be proved below {margin:g}.")
    z = float(ndtri(confidence) + ndtri(power))
    variance = discordance - true_difference**2
    return max(1, math.ceil(z * z * variance / (margin + true_difference) ** 2))


def pairs_for_power(
    margin: float,
    discordance: float,
    *,
    true_difference: float = 0.0,
    power: float = DEFAULT_POWER,
    confidence: float = DEFAULT_CONFIDENCE,
) -> int:
    """Return the number of pairs from which on Tango's bound certifies ``margin`` with ``power``.

    By enumeration. Power rises in a saw-tooth with n; the answer is the size after which, for at least
    ``1 / margin`` more pairs, it does not fall below ``power`` again.

    Raises:
        ConfigError: see `first_order_pairs`.

    >>> pairs_for_power(0.10, 0.10)
    77
    """

    def enough(n: int) -> bool:
        return power_noninferior(n, discordance, true_difference, margin, confidence=confidence) >= power

    n = first_order_pairs(
        margin, discordance, true_difference=true_difference, power=power, confidence=confidence
    )
    last_short = n - 1
    while n - last_short <= math.ceil(1.0 / margin):
        last_short = last_short if enough(n) else n
        n += 1
    while last_short > 0 and enough(last_short):
        last_short -= 1
    return last_short + 1


def _check_plan(discordance: float, true_difference: float, margin: float) -> None:
    if not 0.0 < margin < 1.0:
        raise ConfigError(f"margin {margin:g} is not between 0 and 1.")
    if not abs(true_difference) <= discordance <= 1.0:
        raise ConfigError(
            f"discordance {discordance:g} does not lie between the difference {abs(true_difference):g} and 1."
        )


def _check_power(power: float) -> None:
    if not 0.0 < power < 1.0:
        raise ConfigError(f"power {power:g} is not between 0 and 1.")
