"""Alarms: many looks at once, and flips that base shows against itself. No alarm grants a pass."""

from __future__ import annotations

from collections.abc import Sequence

from harness.stats.binomial import DEFAULT_CONFIDENCE


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that below alpha none is a false alarm, with chance 1 - alpha.

    For the question which of several suites regressed. In the order given.

    Source: Holm (1979), Scandinavian J. of Statistics 6:65-70.

    >>> [round(p, 4) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    _check_p_values(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that of the alarms below q at most a share q is false, on average.

    For looking through many slices; the tests must be independent or positively dependent.

    Source: Benjamini and Hochberg (1995), J. Royal Statistical Society B 57:289-300;
        scipy.stats.false_discovery_control.

    >>> [round(p, 4) for p in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    from scipy.stats import false_discovery_control

    _check_p_values(p_values)
    if not p_values:
        return []
    return [float(p) for p in false_discovery_control(p_values, method="bh")]


def floor_p_value(lost: int, n: int, floor_flips: int, floor_n: int) -> float:
    """P-value of so many lost items if the adapter lost no more than base loses against itself.

    Base was asked twice: ``floor_flips`` of ``floor_n`` items went from right to wrong or back. Either
    run may count as the first, so these are flips in 2 * floor_n looks for a loss. Given all flips,
    the adapter's share is binomial: the exact conditional test of two Poisson rates. Counts out of n,
    and pairs that share base's first answer, vary less than Poisson ones, so it errs on the quiet side.

    Args:
        lost: 0 to n. floor_flips: 0 to floor_n, lost and won together.
    Source: Przyborowski and Wilenski (1940), Biometrika 31:313-323.

    >>> round(floor_p_value(lost=9, n=200, floor_flips=4, floor_n=200), 4)
    0.0088
    """
    from scipy.stats import binomtest

    assert 0 <= lost <= n and 0 <= floor_flips <= floor_n and n >= 1 and floor_n >= 1
    if lost == 0:
        return 1.0
    share = n / (n + 2 * floor_n)
    return float(binomtest(lost, lost + floor_flips, share, alternative="greater").pvalue)


def exceeds_floor(
    lost: int, n: int, floor_flips: int, floor_n: int, *, confidence: float = DEFAULT_CONFIDENCE
) -> bool:
    """Say whether an adapter lost more items than base's own noise explains; see `floor_p_value`.

    >>> exceeds_floor(lost=9, n=200, floor_flips=4, floor_n=200)
    True
    >>> exceeds_floor(lost=9, n=200, floor_flips=12, floor_n=200)
    False
    """
    return floor_p_value(lost, n, floor_flips, floor_n) <= 1.0 - confidence


def more_often_p_value(events: int, n: int, floor_events: int, floor_n: int) -> float:
    """P-value of so many events if they come no more often than in the floor.

    Fisher's exact test, one-sided: given all events, how many of them fall among the n.

    Args:
        events: 0 to n, such as answers that differ from base. floor_events: 0 to floor_n, the same of
            answers asked twice. floor_n: at least 1.
    Source: Fisher (1935), The Logic of Inductive Inference, J. Royal Statistical Society 98:39-82.

    >>> round(more_often_p_value(events=4, n=8, floor_events=0, floor_n=8), 4)
    0.0385
    """
    from scipy.stats import hypergeom

    assert 0 <= events <= n and 0 <= floor_events <= floor_n and n >= 1 and floor_n >= 1
    return float(hypergeom.sf(events - 1, n + floor_n, events + floor_events, n))


def _check_p_values(p_values: Sequence[float]) -> None:
    assert all(0.0 <= p <= 1.0 for p in p_values), p_values
