"""Bounds against values whose origin is named, on properties, and at the margin by enumeration."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, multinomial

from harness.stats import (
    binomial_lower_bound,
    binomial_upper_bound,
    mcnemar_p_value,
    mean_bounds,
    tango_lower_bound,
    tango_upper_bound,
    trials_needed,
)


# evalstats 0.3.3 tango_scc_paired_ci(c=0), in percentage points.
@pytest.mark.parametrize(
    ("lost", "won", "n", "bound"),
    [
        (0, 0, 100, -2.63),
        (3, 1, 100, -6.42),
        (5, 5, 164, -3.52),
        (10, 5, 300, -4.04),
        (12, 4, 500, -3.10),
        (0, 0, 30, -8.27),
    ],
)
def test_tango_equals_evalstats(lost: int, won: int, n: int, bound: float) -> None:
    assert 100 * tango_lower_bound(lost, won, n) == pytest.approx(bound, abs=0.006)


@pytest.mark.parametrize(("k", "n"), [(0, 5), (1, 1), (17, 20), (20, 20), (95, 100)])
def test_exact_bounds_equal_beta_quantiles(k: int, n: int) -> None:
    low = 0.0 if k == 0 else beta.ppf(0.05, k, n - k + 1)
    high = 1.0 if k == n else beta.ppf(0.95, k + 1, n - k)
    assert binomial_lower_bound(k, n) == pytest.approx(low, abs=1e-9)
    assert binomial_upper_bound(k, n) == pytest.approx(high, abs=1e-9)


# Items needed, exact one-sided 95 %: the table of the rule "n successes prove 0.05 ** (1 / n)" and its extension.
@pytest.mark.parametrize(
    ("rate", "failures", "n"), [(0.90, 0, 29), (0.90, 2, 61), (0.95, 0, 59), (0.95, 2, 124), (0.99, 0, 299)]
)
def test_trials_needed(rate: float, failures: int, n: int) -> None:
    assert trials_needed(rate, failures) == n


def test_mcnemar_is_one_sided() -> None:
    assert mcnemar_p_value(12, 4) == pytest.approx(0.0384, abs=1e-4)
    assert mcnemar_p_value(4, 12) > 0.9
    assert mcnemar_p_value(0, 0) == 1.0


def test_mean_bounds_are_a_t_interval() -> None:
    low, high = mean_bounds([1.0, 2.0, 3.0])
    assert (low + high) / 2 == pytest.approx(2.0)
    assert high - 2.0 == pytest.approx(2.919986 / math.sqrt(3))  # R: qt(0.95, 2) = 2.919986


tables = (
    st.integers(1, 300)
    .flatmap(lambda n: st.tuples(st.integers(0, n), st.integers(0, n), st.just(n)))
    .filter(lambda t: t[0] + t[1] <= t[2])
)


@given(tables)
def test_swapping_sides_flips_the_sign(table: tuple[int, int, int]) -> None:
    lost, won, n = table
    assert tango_lower_bound(lost, won, n) == -tango_upper_bound(won, lost, n)
    assert (
        -1.0 <= tango_lower_bound(lost, won, n) <= (won - lost) / n <= tango_upper_bound(lost, won, n) <= 1.0
    )


@given(tables)
def test_one_more_lost_item_never_raises_the_bound(table: tuple[int, int, int]) -> None:
    lost, won, n = table
    if lost + won < n:
        assert tango_lower_bound(lost + 1, won, n) <= tango_lower_bound(lost, won, n) + 1e-9


@pytest.mark.parametrize(
    ("n", "margin", "discordant"), [(20, 0.25, 0.35), (50, 0.15, 0.25), (200, 0.05, 0.10)]
)
def test_an_adapter_at_the_margin_passes_at_most_one_time_in_twenty(
    n: int, margin: float, discordant: float
) -> None:
    p_lost, p_won = (discordant + margin) / 2, (discordant - margin) / 2
    passing = 0.0
    for lost in range(n + 1):
        for won in range(n + 1 - lost):
            weight = multinomial.pmf([lost, won, n - lost - won], n, [p_lost, p_won, 1 - discordant])
            if weight > 1e-9 and tango_lower_bound(lost, won, n) > -margin:
                passing += weight
    assert 0.01 < passing <= 0.056
