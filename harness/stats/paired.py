"""Pairs: the same item asked of base and of a candidate, each answer right or wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.stats.binomial import DEFAULT_CONFIDENCE


@dataclass(frozen=True)
class Flips:
    """What became of n items between base and candidate, each item counted once.

    ``lost`` and ``won``: only base, only the candidate was right. ``churn``: both wrong, differently.
    ``same``: all others. ``base_right``: items that base had right.
    Source: Yan et al. (2021), CVPR, arXiv:2011.09161 (negative flips); Dutta et al. (2024),
    arXiv:2407.09141 (flips, with and without those among wrong answers).

    >>> flips = Flips(lost=2, won=1, churn=3, same=14, n=20, base_right=10)
    >>> flips.negative_flip_rate, flips.accuracy_change, flips.agreement
    (0.1, -0.05, 0.7)
    """

    lost: int
    won: int
    churn: int
    same: int
    n: int
    base_right: int

    def __post_init__(self) -> None:
        _check_pairs(self.lost, self.won, self.n)
        assert self.churn >= 0 and self.same >= 0, self
        assert self.lost + self.won + self.churn + self.same == self.n, self
        assert self.lost <= self.base_right <= self.n - self.won - self.churn, self

    @property
    def negative_flip_rate(self) -> float:
        """Share of all items that were lost; never below the fall of accuracy."""
        return self.lost / self.n

    @property
    def negative_flip_rate_given_right(self) -> float | None:
        """Share lost of what base had right; ``None`` where it had nothing right.

        Source: one minus backward trust compatibility, Srivastava et al. (2020), KDD, arXiv:2008.04572.
        """
        return self.lost / self.base_right if self.base_right else None

    @property
    def discordance(self) -> float:
        """Share of items lost or won: the spread that decides what a suite can certify."""
        return (self.lost + self.won) / self.n

    @property
    def agreement(self) -> float:
        """Share of items with the same outcome: 1 minus all flips, those among wrong answers too."""
        return self.same / self.n

    @property
    def accuracy_change(self) -> float:
        """Candidate's accuracy minus base's."""
        return (self.won - self.lost) / self.n


def tango_score(lost: int, won: int, n: int, difference: float) -> float:
    """Tango's score statistic of paired proportions against a hypothetical difference.

    Standard normal under the hypothesis; positive when the data lie above ``difference``.
    Source: Tango (1998), Statistics in Medicine 17:891-908, equations 6 to 8.

    >>> round(tango_score(lost=5, won=5, n=164, difference=-0.05), 4)
    2.1932
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
    from scipy.special import ndtri

    _check_pairs(lost, won, n)
    z = float(ndtri(confidence))
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

    An alarm, not a proof: a large p-value does not say that nothing was lost.

    Source: McNemar (1947), Psychometrika 12:153-157, with the binomial tail in place of chi-square.

    >>> round(mcnemar_p_value(lost=12, won=4), 3)
    0.038
    """
    from scipy.stats import binomtest

    if lost + won == 0:
        return 1.0
    return float(binomtest(lost, lost + won, 0.5, alternative="greater").pvalue)


def _check_pairs(lost: int, won: int, n: int) -> None:
    assert n >= 1 and lost >= 0 and won >= 0 and lost + won <= n, (lost, won, n)
