"""Pairs graded in [0, 1], or right in some of k samples: is the mean loss below a margin?"""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.stats.binomial import DEFAULT_CONFIDENCE
from harness.stats.means import by_cluster, cluster_standard_error, skew_adjusted_reach

FEW_CLUSTERS = 40
"""Below this number the spread between clusters is itself poorly known."""
_RESAMPLES = 9_999


def graded_lower_bound(
    differences: Sequence[float],
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = DEFAULT_CONFIDENCE,
) -> float:
    """One-sided lower bound on the mean of candidate minus base, items graded in [0, 1].

    The skew-adjusted t bound after adding one item that was lost whole and one that was won whole.
    These two keep it honest where nothing was lost yet: plain t then has no spread, and says 0. For
    answers that are right or wrong it errs about as seldom as Tango's bound.

    Args:
        differences: each item's mean over samples, candidate minus base, in [-1, 1]; at least two.
        clusters: each item's cluster, where items are alike. Degrees of freedom are clusters - 1;
            with fewer than ``FEW_CLUSTERS`` clusters, or very unequal ones, it still errs too often.
    Source: see `skew_adjusted_bounds`, `cluster_standard_error`; the two items: Bonett and Price (2012),
        J. Educational and Behavioral Statistics 37:479-488.

    >>> round(graded_lower_bound([0.0] * 30), 4)
    -0.0763
    """
    import numpy as np

    array = np.asarray(differences, dtype=float)
    assert len(array) >= 2 and bool(np.all(np.abs(array) <= 1.0)), "differences lie in [-1, 1]"
    n, mean = len(array) + 2, float(array.sum()) / (len(array) + 2)
    sums, _ = by_cluster(array - mean, clusters)
    padded = np.append(sums, [-1.0 - mean, 1.0 - mean])
    down, _ = skew_adjusted_reach(padded, n, len(sums) - 1, confidence)
    return max(-1.0, mean - down)


def sign_flip_p_value(
    differences: Sequence[float],
    margin: float,
    *,
    clusters: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> float:
    """P-value of a mean above -margin when every item's distance from it may change its sign.

    Exact with up to 13 items or clusters, else by 9,999 seeded draws. Supposes that the
    differences lie symmetrically about their mean: rare large losses make it too small.

    Source: Fisher (1935), The Design of Experiments, section 21; scipy.stats.permutation_test.

    >>> sign_flip_p_value([0.0, 0.1, -0.1, 0.1, 0.0], 0.2)
    0.03125
    """
    import numpy as np
    from scipy.stats import permutation_test

    sums, _ = by_cluster(np.asarray(differences, dtype=float) + margin, clusters)
    test = permutation_test(
        (sums,),
        np.mean,
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=1_000,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def sign_flip_lower_bound(
    differences: Sequence[float],
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = DEFAULT_CONFIDENCE,
    seed: int = 0,
) -> float:
    """One-sided lower bound on a mean: the least that sign flips do not rule out, to three decimals; -1 where they rule out nothing.

    Every candidate value is tested with the same draws. See `sign_flip_p_value` for what it supposes; with fewer
    than 5 items no p-value falls below 0.05.

    >>> sign_flip_lower_bound([0.0, 0.1, -0.1, 0.1, 0.0]) < 0.0, sign_flip_lower_bound([0.1] * 4)
    (True, -1.0)
    """

    def excluded(thousandths: int) -> bool:
        margin = -thousandths / 1_000
        return sign_flip_p_value(differences, margin, clusters=clusters, seed=seed) <= 1.0 - confidence

    low, high = -1_000, math.floor(1_000 * math.fsum(differences) / len(differences))
    if not excluded(low):
        return -1.0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if excluded(middle) else (low, middle - 1)
    return low / 1_000


def bca_lower_bound(
    differences: Sequence[float],
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = DEFAULT_CONFIDENCE,
    seed: int = 0,
) -> float | None:
    """One-sided lower bound on a mean from a seeded bias-corrected and accelerated bootstrap.

    Clusters are drawn whole. ``None`` where all of them are alike, since drawing again from equal
    values says nothing.

    Source: Efron (1987), J. American Statistical Association 82:171-185; scipy.stats.bootstrap.

    >>> bca_lower_bound([0.0] * 30) is None
    True
    """
    import numpy as np
    from scipy.stats import DegenerateDataWarning, bootstrap

    def mean(sums: Any, sizes: Any, axis: int = -1) -> Any:
        return sums.sum(axis=axis) / sizes.sum(axis=axis)

    sums, sizes = by_cluster(np.asarray(differences, dtype=float), clusters)
    if np.ptp(sums / sizes) == 0.0:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)
        drawn = bootstrap(
            (sums, sizes),
            mean,
            paired=True,
            vectorized=True,
            alternative="greater",
            method="BCa",
            confidence_level=confidence,
            n_resamples=_RESAMPLES,
            batch=1_000,
            rng=np.random.default_rng(seed),
        )
    low = float(drawn.confidence_interval.low)
    return None if math.isnan(low) else low


@dataclass(frozen=True)
class GradedEvidence:
    """What graded pairs say of a loss below ``margin``; only ``bound`` decides.

    ``t_bound``, ``bca_bound`` and ``sign_flip_p`` are other roads to the same question, for a reader
    who wants to see whether they agree. To take the most favourable one would be to test four times.
    """

    n: int
    clusters: int
    margin: float
    estimate: float
    bound: float
    t_bound: float
    bca_bound: float | None
    sign_flip_p: float

    @property
    def noninferior(self) -> bool:
        """Whether a loss of the margin or more is excluded."""
        return self.bound > -self.margin

    @property
    def few_clusters(self) -> bool:
        """Whether the items came in too few clusters to trust the bound fully."""
        return self.clusters < self.n and self.clusters < FEW_CLUSTERS


def graded_noninferiority(
    differences: Sequence[float],
    margin: float,
    *,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = DEFAULT_CONFIDENCE,
    seed: int = 0,
) -> GradedEvidence:
    """Judge graded or k-sample items for a mean loss below ``margin``; see `graded_lower_bound`.

    >>> evidence = graded_noninferiority([0.0, 0.25, -0.25, 0.0] * 10, margin=0.15)
    >>> evidence.noninferior, round(evidence.bound, 3), round(evidence.t_bound, 3)
    (True, -0.073, -0.048)
    """
    from scipy.special import stdtrit

    n = len(differences)
    names: Sequence[Hashable] = range(n) if clusters is None else clusters
    groups = len(set(names))
    estimate = math.fsum(differences) / n
    reach = float(stdtrit(groups - 1, confidence)) * cluster_standard_error(differences, names)
    return GradedEvidence(
        n=n,
        clusters=groups,
        margin=margin,
        estimate=estimate,
        bound=graded_lower_bound(differences, clusters=clusters, confidence=confidence),
        t_bound=estimate - reach,
        bca_bound=bca_lower_bound(differences, clusters=clusters, confidence=confidence, seed=seed),
        sign_flip_p=sign_flip_p_value(differences, margin, clusters=clusters, seed=seed),
    )
