"""Means over items, which may come in clusters: standard error and one-sided bounds."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from harness.stats.binomial import DEFAULT_CONFIDENCE

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[tuple[int], np.dtype[np.float64]]


def mean_bounds(values: Sequence[float], *, confidence: float = DEFAULT_CONFIDENCE) -> tuple[float, float]:
    """Return the one-sided lower and the one-sided upper bound on a mean, each at ``confidence``.

    Student's t over independent items. Too narrow on the side of a long tail.

    Args:
        values: at least two.
    Source: Student (1908), Biometrika 6:1-25.

    >>> low, high = mean_bounds([0.1, 0.2, 0.3, 0.4])
    >>> round(low, 4), round(high, 4)
    (0.0981, 0.4019)
    """
    from scipy.special import stdtrit

    n = len(values)
    assert n >= 2, "one value has no spread"
    mean = math.fsum(values) / n
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    reach = float(stdtrit(n - 1, confidence)) * math.sqrt(variance / n)
    return mean - reach, mean + reach


def skew_adjusted_bounds(
    values: Sequence[float], *, confidence: float = DEFAULT_CONFIDENCE
) -> tuple[float, float]:
    """Return what `mean_bounds` returns, each bound moved towards the longer tail.

    Equal to Student's t where the values are symmetric. It takes away about half of the t bound's
    error on skewed values, not all of it.

    Args:
        values: at least two.
    Source: Hall (1992), J. Royal Statistical Society B 54:221-228, with the quantile of t.

    >>> low, high = skew_adjusted_bounds([0.0, 0.0, 0.0, 0.1, 0.4])
    >>> round(low, 4), round(high, 4)
    (-0.019, 0.7678)
    """
    import numpy as np

    array = np.asarray(values, dtype=float)
    assert len(array) >= 2, "one value has no spread"
    mean = float(array.mean())
    down, up = skew_adjusted_reach(array - mean, len(array), len(array) - 1, confidence)
    return mean - down, mean + up


def skew_adjusted_reach(sums: Array, n: int, degrees: int, confidence: float) -> tuple[float, float]:
    """Return how far the bounds lie below and above a mean of n items.

    ``sums`` are the sums of each cluster's deviations from that mean. With g(T) = T + a T^2 / 3 +
    a^2 T^3 / 27 + a / 6 and a = skewness / sqrt(clusters), g(T) is near normal where T is not.
    """
    import numpy as np
    from scipy.special import stdtrit

    spread = float(np.sqrt(np.mean(sums**2)))
    if spread == 0.0:
        return 0.0, 0.0
    a = float(np.mean(sums**3)) / spread**3 / math.sqrt(len(sums))
    error = _cluster_error(sums, n)
    quantile = float(stdtrit(degrees, confidence))
    return error * _unskewed(quantile, a), -error * _unskewed(-quantile, a)


def _unskewed(quantile: float, a: float) -> float:
    """Solve g(T) = quantile for T; see `skew_adjusted_reach`."""
    if abs(a) < 1e-9:
        return quantile
    return 3.0 / a * (math.cbrt(1.0 + a * (quantile - a / 6.0)) - 1.0)


def _cluster_error(sums: Array, n: int) -> float:
    """Return the standard error of a mean of n items from the sums of each cluster's deviations."""
    clusters = len(sums)
    return math.sqrt(clusters / (clusters - 1) * float(sums @ sums)) / n


def cluster_standard_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """Standard error of a mean over items that are alike within clusters.

    With every item its own cluster it is the usual ``s / sqrt(n)``.

    Args:
        clusters: each item's cluster, at least two different ones.
    Source: Liang and Zeger (1986), Biometrika 73:13-22; Miller (2024), arXiv:2411.00640, section 2.2;
        with the factor G / (G - 1), as in statsmodels.

    >>> round(cluster_standard_error([1.0, 1.0, 0.0, 0.0, 1.0, 0.0], "aabbcd"), 4)
    0.3043
    """
    import numpy as np

    array = np.asarray(values, dtype=float)
    sums, _ = by_cluster(array - array.mean(), clusters)
    return _cluster_error(sums, len(array))


def by_cluster(values: Array, clusters: Sequence[Hashable] | None) -> tuple[Array, Array]:
    """Return each cluster's sum and its number of items; without clusters every item is one."""
    import numpy as np

    if clusters is None:
        assert len(values) >= 2, "one value has no spread"
        return values, np.ones(len(values))
    assert len(clusters) == len(values), "every item needs its cluster"
    place = {name: index for index, name in enumerate(dict.fromkeys(clusters))}
    assert len(place) >= 2, "one cluster has no spread"
    index = np.array([place[name] for name in clusters])
    sums, sizes = np.zeros(len(place)), np.zeros(len(place))
    np.add.at(sums, index, values)
    np.add.at(sizes, index, 1.0)
    return sums, sizes
