"""Every check of `stats_checks.py` on the real modules, and properties on random tables."""

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import gate, stats
from harness.judging import graded
from harness.stats import benjamini_hochberg, holm, tango_lower_bound, tango_upper_bound
from tests.stats_checks import GATE_CHECKS, GRADED_CHECKS, STATS_CHECKS


@pytest.mark.parametrize("check", STATS_CHECKS, ids=lambda check: check.__name__)
def test_stats(check: Callable[[ModuleType], None]) -> None:
    check(stats)


@pytest.mark.parametrize("check", GATE_CHECKS, ids=lambda check: check.__name__)
def test_gate_s_verdicts(check: Callable[[ModuleType], None]) -> None:
    check(gate)


@pytest.mark.parametrize("check", GRADED_CHECKS, ids=lambda check: check.__name__)
def test_graded_verdicts(check: Callable[[ModuleType], None]) -> None:
    check(graded)


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


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_adjusted_p_values_keep_the_order_and_only_grow(p_values: list[float]) -> None:
    for adjusted in (holm(p_values), benjamini_hochberg(p_values)):
        assert all(p <= q * (1 + 1e-12) and q <= 1.0 for p, q in zip(p_values, adjusted, strict=True))
        by_p = [q for _, q in sorted(zip(p_values, adjusted, strict=True))]
        assert by_p == sorted(by_p)
    assert all(h >= b - 1e-12 for h, b in zip(holm(p_values), benjamini_hochberg(p_values), strict=True))


def test_every_public_name_is_exported_once() -> None:
    assert len(set(stats.__all__)) == len(stats.__all__)
    assert all(hasattr(stats, name) for name in stats.__all__)
