"""Checks of `harness.stats` and of the gate's verdicts, each a function of the module it checks.

The same checks run on the real modules, which pass them all, and on mutants of them, each of which
fails one (`test_stats_mutants.py`). They compare with values whose origin is named, with another way to
the same number, and with properties that hold by symmetry.
"""

import itertools
import math
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta, binom, binomtest, fisher_exact, hypergeom, multinomial, t

from harness.errors import ConfigError

near = pytest.approx

# evalstats 0.3.3, tango_scc_paired_ci(alpha=2 * (1 - confidence), c=0): lost, won, n, lower, upper in points.
TANGO = {
    0.90: [(3, 1, 100, -5.19772, 0.68723), (1, 0, 20, -15.32201, 2.96813), (12, 4, 500, -2.73003, -0.60706)],
    0.95: [
        (0, 0, 30, -8.27243, 8.27243),
        (0, 0, 100, -2.63427, 2.63427),
        (3, 1, 100, -6.41915, 1.73717),
        (5, 5, 164, -3.51701, 3.51701),
        (10, 5, 300, -4.04490, 0.49766),
        (12, 4, 500, -3.10273, -0.31055),
        (2, 9, 24, 7.07164, 48.73262),
        (20, 0, 40, -62.58506, -37.41494),
        (0, 7, 1000, 0.37998, 1.28607),
    ],
    0.99: [(10, 5, 300, -5.26229, 1.56768), (2, 9, 24, -3.37341, 55.96674)],
}
TABLES = [(0, 0, 20), (1, 0, 20), (3, 1, 24), (2, 9, 24), (5, 5, 50), (12, 4, 164), (0, 7, 200), (30, 30, 60)]


def passing_chance(passes: Callable[[int, int], bool], n: int, p_lost: float, p_won: float) -> float:
    """Return the chance that n pairs pass, by the multinomial probability of every table."""
    chance = 0.0
    for lost in range(n + 1):
        won = np.arange(n + 1 - lost)
        cells = np.stack([np.full_like(won, lost), won, n - lost - won], axis=1)
        weights = multinomial.pmf(cells, n, [p_lost, p_won, 1 - p_lost - p_won])
        chance += sum(weights[k] for k in won if weights[k] > 1e-8 and passes(lost, int(k)))
    return chance


# --- binomial.py


def check_exact_bounds_invert_the_binomial_test(stats: ModuleType) -> None:
    for k, n, confidence in [(0, 5, 0.95), (1, 1, 0.95), (17, 20, 0.95), (20, 20, 0.9), (95, 100, 0.99)]:
        interval = {"confidence_level": confidence, "method": "exact"}
        low = binomtest(k, n, alternative="greater").proportion_ci(**interval).low
        high = binomtest(k, n, alternative="less").proportion_ci(**interval).high
        assert stats.binomial_lower_bound(k, n, confidence=confidence) == near(low, abs=1e-9)
        assert stats.binomial_upper_bound(k, n, confidence=confidence) == near(high, abs=1e-9)


def check_display_intervals(stats: ModuleType) -> None:
    # evalstats 0.3.3, wilson_ci(alpha=0.05).
    for k, n, low, high in [
        (0, 20, 0.0, 0.161125),
        (9, 10, 0.595850, 0.982124),
        (95, 100, 0.888250, 0.978456),
    ]:
        assert stats.wilson_interval(k, n) == near((low, high), abs=1e-6)
        assert stats.beta_interval(k, n) == near(beta(1 + k, 1 + n - k).ppf([0.025, 0.975]))


def check_pass_k_counts_subsets(stats: ModuleType) -> None:
    for samples, correct, k in [(8, 7, 4), (5, 2, 2), (6, 0, 3), (4, 4, 4), (6, 3, 1)]:
        draws = list(itertools.combinations([1] * correct + [0] * (samples - correct), k))
        assert stats.pass_hat_k(correct, samples, k) == near(sum(map(all, draws)) / len(draws))
        assert stats.pass_at_k(correct, samples, k) == near(sum(map(any, draws)) / len(draws))
    for k in (0, 5):
        with pytest.raises(ConfigError):
            stats.pass_hat_k(2, 4, k)


# --- paired.py


def check_tango_equals_evalstats(stats: ModuleType) -> None:
    for confidence, rows in TANGO.items():
        for lost, won, n, low, high in rows:
            assert 100 * stats.tango_lower_bound(lost, won, n, confidence=confidence) == near(low, abs=2e-5)
            assert 100 * stats.tango_upper_bound(lost, won, n, confidence=confidence) == near(high, abs=2e-5)


def check_tango_by_symmetry(stats: ModuleType) -> None:
    for lost, won, n in TABLES:
        low, high = stats.tango_lower_bound(lost, won, n), stats.tango_upper_bound(lost, won, n)
        assert low == -stats.tango_upper_bound(won, lost, n)
        assert -1.0 <= low < (won - lost) / n < high <= 1.0
        assert low > stats.tango_lower_bound(lost, won, n, confidence=0.99)
        if lost + won < n:
            assert stats.tango_lower_bound(lost + 1, won, n) < low


def check_tango_errs_one_time_in_twenty(stats: ModuleType) -> None:
    for n, margin, discordance in [(20, 0.25, 0.35), (50, 0.15, 0.25), (200, 0.05, 0.10)]:

        def passes(lost: int, won: int, n: int = n, margin: float = margin) -> bool:
            return stats.tango_lower_bound(lost, won, n) > -margin

        p_lost, p_won = (discordance + margin) / 2, (discordance - margin) / 2
        assert 0.01 < passing_chance(passes, n, p_lost, p_won) <= 0.056


def check_mcnemar(stats: ModuleType) -> None:
    # statsmodels 0.15.0, mcnemar(exact=True), which is two-sided: 0.0768 for 12 and 4.
    assert stats.mcnemar_p_value(12, 4) == near(0.0768 / 2, abs=1e-4)
    assert stats.mcnemar_p_value(4, 12) > 0.9
    assert stats.mcnemar_p_value(5, 0) == near(1 / 32)
    assert stats.mcnemar_p_value(0, 0) == 1.0


def check_flips(stats: ModuleType) -> None:
    flips = stats.Flips(lost=4, won=1, churn=5, same=40, n=50, base_right=20)
    assert flips.negative_flip_rate == near(0.08)
    assert flips.negative_flip_rate_given_right == near(0.2)
    assert flips.accuracy_change == near(-0.06)
    assert flips.discordance == near(0.1)
    assert flips.agreement == near(0.8)
    assert stats.Flips(0, 1, 0, 9, 10, 0).negative_flip_rate_given_right is None
    with pytest.raises(AssertionError):
        stats.Flips(lost=4, won=1, churn=5, same=41, n=50, base_right=20)


# --- sizes.py


def check_items_needed(stats: ModuleType) -> None:
    # scipy 1.17.1, binomtest(...).proportion_ci(method="exact") for rising n.
    for rate, failures, n in [(0.90, 0, 29), (0.90, 2, 61), (0.95, 0, 59), (0.95, 5, 208), (0.99, 0, 299)]:
        assert stats.trials_needed(rate, failures) == n
    for margin in (0.25, 0.05, 0.02):
        n = stats.pairs_needed(margin)
        assert stats.tango_lower_bound(0, 0, n) > -margin >= stats.tango_lower_bound(0, 0, n - 1)
    for refused in (lambda: stats.trials_needed(1.0, 0), lambda: stats.pairs_needed(0.0)):
        with pytest.raises(ConfigError):
            refused()


def check_power_equals_enumeration(stats: ModuleType) -> None:
    for n, discordance, difference, margin in [
        (40, 0.3, -0.2, 0.2),
        (60, 0.2, 0.0, 0.15),
        (30, 0.4, 0.1, 0.2),
    ]:

        def passes(lost: int, won: int, n: int = n, margin: float = margin) -> bool:
            return stats.tango_lower_bound(lost, won, n) > -margin

        p_lost, p_won = (discordance - difference) / 2, (discordance + difference) / 2
        power = stats.power_noninferior(n, discordance, difference, margin)
        assert power == near(passing_chance(passes, n, p_lost, p_won), abs=1e-4)


def check_power_equals_the_table(stats: ModuleType) -> None:
    # Enumerated with evalstats 0.3.3: n, discordance, margin, chance to pass at -margin and at 0.
    for n, discordance, margin, false_pass, power in [
        (100, 0.06, 0.05, 0.031, 0.547),
        (164, 0.10, 0.03, 0.052, 0.330),
        (500, 0.08, 0.02, 0.049, 0.461),
        (1000, 0.08, 0.02, 0.049, 0.713),
    ]:
        assert stats.power_noninferior(n, discordance, -margin, margin) == near(false_pass, abs=6e-4)
        assert stats.power_noninferior(n, discordance, 0.0, margin) == near(power, abs=6e-4)


def check_planned_sizes(stats: ModuleType) -> None:
    # (1.645 + 0.842)^2 * discordance / margin^2: Miller (2024), arXiv:2411.00640.
    for margin, discordance, n in [
        (0.01, 0.02, 1237),
        (0.02, 0.05, 773),
        (0.03, 0.10, 687),
        (0.05, 0.10, 248),
    ]:
        assert stats.first_order_pairs(margin, discordance) == near(n, abs=1)
    for margin, discordance, power in [(0.10, 0.05, 0.8), (0.05, 0.10, 0.9), (0.15, 0.30, 0.8)]:
        n = stats.pairs_for_power(margin, discordance, power=power)
        reached = [stats.power_noninferior(n + k, discordance, 0.0, margin) >= power for k in range(-1, 8)]
        assert reached == [False] + [True] * 8
        assert n >= stats.first_order_pairs(margin, discordance, power=power)
    drop = stats.certifiable_drop(200, 0.10)
    assert stats.power_noninferior(200, 0.10, 0.0, drop) >= 0.8
    assert stats.power_noninferior(200, 0.10, 0.0, drop - 2e-6) < 0.8
    assert drop == near((1.645 + 0.842) * math.sqrt(0.10 / 200), abs=0.004)


def check_impossible_plans_are_refused(stats: ModuleType) -> None:
    for refused in (
        lambda: stats.power_noninferior(50, 0.05, -0.1, 0.1),
        lambda: stats.power_noninferior(50, 1.2, 0.0, 0.1),
        lambda: stats.first_order_pairs(0.1, 0.2, true_difference=-0.1),
        lambda: stats.first_order_pairs(0.1, 0.2, power=1.0),
        lambda: stats.certifiable_drop(1, 0.5),
    ):
        with pytest.raises(ConfigError):
            refused()


# --- means.py


def check_mean_bounds_are_student_s(stats: ModuleType) -> None:
    low, high = stats.mean_bounds([1.0, 2.0, 3.0])
    assert (low + high) / 2 == near(2.0)
    assert high - 2.0 == near(2.919986 / math.sqrt(3))  # R: qt(0.95, 2) = 2.919986
    assert stats.mean_bounds([1.0, 2.0, 3.0], confidence=0.99)[1] > high


def check_skew_adjusted_bounds_solve_hall_s_equation(stats: ModuleType) -> None:
    values = np.array([0.0, 0.1, 0.0, 0.3, 0.05, 1.2, 0.2, 0.0])
    n, mean, error = len(values), values.mean(), values.std(ddof=1) / math.sqrt(len(values))
    a = ((values - mean) ** 3).mean() / values.std() ** 3 / math.sqrt(n)

    def hall(x: float, quantile: float) -> float:
        return x + a * x**2 / 3 + a**2 * x**3 / 27 + a / 6 - quantile

    low, high = stats.skew_adjusted_bounds(list(values))
    reach = t.ppf(0.95, n - 1)
    assert low == near(mean - error * brentq(hall, -50, 50, args=(reach,)))
    assert high == near(mean - error * brentq(hall, -50, 50, args=(-reach,)))
    assert stats.skew_adjusted_bounds([1.0, 2.0, 3.0]) == near(stats.mean_bounds([1.0, 2.0, 3.0]))
    assert stats.skew_adjusted_bounds([-x for x in values]) == near((-high, -low))
    assert stats.skew_adjusted_bounds([0.5] * 9) == (0.5, 0.5)


def check_cluster_error_equals_statsmodels(stats: ModuleType) -> None:
    import statsmodels.api as sm

    stream = np.random.default_rng(7)
    clusters = stream.integers(0, 9, 60)
    values = stream.normal(size=60) + stream.normal(size=9)[clusters]
    fitted = sm.OLS(values, np.ones(60)).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    assert stats.cluster_standard_error(list(values), list(clusters)) == near(fitted.bse[0])
    alone = stats.cluster_standard_error(list(values), range(60))
    assert alone == near(values.std(ddof=1) / math.sqrt(60))


# --- graded.py


def check_graded_bound_is_bonett_and_price_s(stats: ModuleType) -> None:
    """Where skewness vanishes, the adjusted Wald bound of paired proportions, with t in place of z."""
    for k, n in [(0, 30), (3, 50), (10, 200)]:
        p = (k + 1) / (n + 2)
        bound = -t.ppf(0.95, n - 1) * math.sqrt(2 * p / (n + 1))
        differences = [-1.0] * k + [1.0] * k + [0.0] * (n - 2 * k)
        assert stats.graded_lower_bound(differences) == near(bound)


def check_graded_bound_errs_one_time_in_twenty(stats: ModuleType) -> None:
    for n, margin in [(20, 0.15), (20, 0.25), (50, 0.10), (200, 0.05), (1000, 0.01)]:
        lost = np.arange(int(binom.isf(1e-6, n, margin)) + 1)
        passes = [stats.graded_lower_bound([-1.0] * k + [0.0] * (n - k)) > -margin for k in lost]
        assert binom.pmf(lost, n, margin)[passes].sum() <= 0.045


def check_graded_bound_sees_clusters(stats: ModuleType) -> None:
    stream = np.random.default_rng(3)
    cluster_means = list(stream.uniform(-0.4, 0.4, 50))
    copies = [value for value in cluster_means for _ in range(4)]
    clusters = [index for index in range(50) for _ in range(4)]
    once = stats.graded_lower_bound(cluster_means)
    assert stats.graded_lower_bound(copies, clusters=clusters) == near(once, abs=0.02)
    assert stats.graded_lower_bound(copies) > once + 0.03
    few = stats.graded_noninferiority([0.1, -0.1, 0.0, 0.2] * 5, 0.3, clusters=[0, 1, 2, 3] * 5)
    assert few.few_clusters and few.clusters == 4
    error = stats.cluster_standard_error([0.1, -0.1, 0.0, 0.2] * 5, [0, 1, 2, 3] * 5)
    assert few.t_bound == near(0.05 - t.ppf(0.95, 3) * error)


def check_graded_evidence(stats: ModuleType) -> None:
    differences = list(np.random.default_rng(5).choice([-0.5, -0.25, 0.0, 0.25, 0.5], 120))
    evidence = stats.graded_noninferiority(differences, 0.1)
    assert evidence == stats.graded_noninferiority(differences, 0.1)
    assert evidence.t_bound == near(stats.mean_bounds(differences)[0])
    assert evidence.bca_bound == near(evidence.t_bound, abs=0.01)
    assert evidence.bound == near(evidence.t_bound, abs=0.01) and evidence.bound < evidence.t_bound
    assert not evidence.few_clusters
    margins = (-evidence.bound + 1e-6, -evidence.bound - 1e-6)
    assert [stats.graded_noninferiority(differences, m).noninferior for m in margins] == [True, False]


def check_sign_flips_are_enumerated(stats: ModuleType) -> None:
    differences, margin = [0.1, -0.3, 0.05, 0.2, 0.0, -0.1, 0.15], 0.1
    shifted = np.array(differences) + margin
    means = [np.mean(shifted * signs) for signs in itertools.product([1, -1], repeat=len(shifted))]
    expected = np.mean(np.array(means) >= shifted.mean() - 1e-12)
    assert stats.sign_flip_p_value(differences, margin) == near(expected)
    many = list(np.random.default_rng(1).normal(-0.02, 0.2, 80))
    p_value = stats.sign_flip_p_value(many, 0.05)
    statistic = (np.mean(many) + 0.05) / (np.std(many, ddof=1) / math.sqrt(80))
    assert p_value == near(t.sf(statistic, 79), abs=0.01)
    halves = stats.sign_flip_p_value([0.1, 0.1, 0.2, 0.2], 0.0, clusters="aabb")
    assert halves == near(1 / 4)


def check_bca_bound(stats: ModuleType) -> None:
    assert stats.bca_lower_bound([0.25] * 12) is None
    assert stats.bca_lower_bound([0.1, 0.3] * 6, clusters="aabbccddeeff") is None
    assert stats.bca_lower_bound([0.1, 0.3] * 6, clusters="afbcdefabecd") is not None
    skewed = [0.0] * 40 + [-1.0] * 4
    assert stats.bca_lower_bound(skewed) < stats.mean_bounds(skewed)[0] - 0.005
    assert stats.bca_lower_bound(skewed, confidence=0.99) < stats.bca_lower_bound(skewed)


def check_sign_flip_bound_inverts_its_test(stats: ModuleType) -> None:
    for seed, n, confidence in [(1, 12, 0.95), (2, 40, 0.95), (3, 40, 0.99)]:
        values = list(np.random.default_rng(seed).choice([-0.5, -0.25, 0.0, 0.0, 0.25, 0.5], n))
        low = stats.sign_flip_lower_bound(values, confidence=confidence)
        assert (
            stats.sign_flip_p_value(values, -low)
            <= 1 - confidence
            < stats.sign_flip_p_value(values, -low - 0.002)
        )
    assert stats.sign_flip_lower_bound([0.5] * 4) == -1.0  # 1 / 16 is above 0.05: nothing can be ruled out
    assert stats.sign_flip_lower_bound([0.5] * 5) == near(0.5, abs=0.002)


def check_graded_sizes(stats: ModuleType) -> None:
    for margin in (0.25, 0.10, 0.05):
        n = stats.graded_pairs_needed(margin)
        assert stats.graded_lower_bound([0.0] * n) > -margin >= stats.graded_lower_bound([0.0] * (n - 1))
    for margin, sd in [(0.05, 0.3), (0.10, 0.25), (0.2, 1.0)]:
        n = stats.graded_pairs_for_half(margin, sd)
        reach = [t.ppf(0.95, size - 1) * sd / math.sqrt(size) for size in (n - 1, n)]
        assert reach[0] >= margin > reach[1]


# --- alarms.py


def check_adjusted_p_values_equal_statsmodels(stats: ModuleType) -> None:
    from statsmodels.stats.multitest import multipletests

    lists = [[0.01, 0.02, 0.03, 0.04, 0.05], [0.5, 0.001, 0.02, 0.019, 0.9, 0.001], [0.3], [1.0, 0.0, 0.6]]
    for p_values in lists:
        assert stats.holm(p_values) == near(list(multipletests(p_values, method="holm")[1]))
        bh = multipletests(p_values, method="fdr_bh")[1]
        assert stats.benjamini_hochberg(p_values) == near(list(bh))
    assert stats.holm([]) == stats.benjamini_hochberg([]) == []


def check_floor_p_value_is_a_binomial_tail(stats: ModuleType) -> None:
    for lost, n, flips, floor_n in [(9, 200, 4, 200), (3, 50, 0, 100), (1, 20, 5, 20), (12, 100, 12, 300)]:
        share, total = n / (n + 2 * floor_n), lost + flips
        tail = sum(
            math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(lost, total + 1)
        )
        assert stats.floor_p_value(lost, n, flips, floor_n) == near(tail)
        # Two binomials of the same rate, given their sum: Fisher's exact test, which has lighter tails.
        if lost > total * share:
            assert tail >= hypergeom.sf(lost - 1, n + 2 * floor_n, n, total)
    assert stats.floor_p_value(0, 20, 3, 20) == 1.0


def check_base_seldom_exceeds_its_own_floor(stats: ModuleType) -> None:
    for n, rate in [(20, 0.05), (50, 0.10), (200, 0.02), (200, 0.20)]:
        counts = np.arange(n + 1)
        chance = 0.0
        for flips in counts[binom.pmf(counts, n, 2 * rate) > 1e-7]:
            lost = next(
                (k for k in range(n + 1) if stats.exceeds_floor(k, n, int(flips), n)), n + 1
            )  # more are lost, more is exceeded
            chance += binom.pmf(flips, n, 2 * rate) * binom.sf(lost - 1, n, rate)
        assert chance <= 0.05
    assert stats.exceeds_floor(30, 200, 8, 200)


def check_a_noisy_base_seldom_exceeds_its_floor_on_the_same_items(stats: ModuleType) -> None:
    """The adapter is base asked a third time; both comparisons share base's first answers."""
    stream = np.random.default_rng(8)
    for right in (0.95, 0.75, 0.4):
        wrong = 1 - right
        both, lost_only = right * wrong**2, right**2 * wrong
        shares = [both, lost_only, right**2 * wrong + right * wrong]
        drawn = stream.multinomial(150, [*shares, 1 - sum(shares)], 2000).tolist()
        exceeding = sum(stats.exceeds_floor(b + one, 150, b + two, 150) for b, one, two, _ in drawn)
        assert exceeding / 2000 <= 0.05


def check_more_often_is_fishers_test(stats: ModuleType) -> None:
    # By counting tables of the same margins, and as scipy has it.
    for events, n, floor_events, floor_n in [(9, 100, 1, 48), (4, 8, 0, 8), (20, 257, 2, 24), (1, 5, 3, 5)]:
        total = events + floor_events
        ways = [math.comb(n, k) * math.comb(floor_n, total - k) for k in range(events, min(n, total) + 1)]
        exact = sum(ways) / math.comb(n + floor_n, total)
        assert stats.more_often_p_value(events, n, floor_events, floor_n) == near(exact)
        table = [[events, n - events], [floor_events, floor_n - floor_events]]
        assert exact == near(fisher_exact(table, alternative="greater").pvalue)
    assert stats.more_often_p_value(0, 20, 3, 20) == 1.0


def check_base_asked_again_is_seldom_more_often_different(stats: ModuleType) -> None:
    """An adapter without effect is base asked again: its answers differ as often as those asked twice.

    Few items are shaky and most are not; the same first answers stand in both comparisons.
    """
    stream = np.random.default_rng(3)
    for shaky, rate in [(0.1, 0.5), (0.5, 0.2), (1.0, 0.03)]:
        alarms = 0
        for _ in range(2000):
            chance = np.where(stream.random(200) < shaky, rate, 0.0)
            base, adapter, base_again, adapter_again = stream.random((4, 200)) < chance
            drawn = stream.permutation(200)[:12]
            floor = int((base != base_again)[drawn].sum() + (adapter != adapter_again)[drawn].sum())
            alarms += stats.more_often_p_value(int((base != adapter).sum()), 200, floor, 24) <= 0.05
        assert alarms / 2000 <= 0.055


# --- drift.py


def check_forgetting_by_hand(stats: ModuleType) -> None:
    scores = [[0.6, 0.5, 0.2], [0.8, 0.4, None], [0.7, 0.6, 0.1]]
    assert stats.backward_transfer(scores) == near((0.1 + 0.1 - 0.1) / 3)
    assert stats.backward_transfer(scores, learnt=[1, 2, 0]) == near((-0.1 - 0.1) / 2)
    assert stats.drops_from_best(scores) == near((0.1, -0.1, 0.1))
    assert stats.average_forgetting(scores) == near(0.1 / 3)
    assert stats.drops_from_best([[None, 0.5], [0.4, None]]) == (None, None)
    assert stats.average_forgetting([[None], [0.4]]) is stats.backward_transfer([[None], [0.4]]) is None
    assert stats.relative_retention(0.5, 0.4) == near(0.8)
    assert stats.relative_retention(0.5, 0.4, chance=0.25) == near(0.6)
    assert stats.relative_retention(0.25, 0.4, chance=0.25) is None


def check_kl_equals_weighted_regression(stats: ModuleType) -> None:
    import statsmodels.api as sm

    stream = np.random.default_rng(11)
    tokens = stream.integers(5, 60, 40)
    sums = stream.normal(0.1, 0.05, 40) * tokens
    fitted = sm.WLS(sums / tokens, np.ones(40), weights=tokens).fit(cov_type="HC1")
    value, error = stats.kl_from_base_samples(list(sums), [int(n) for n in tokens])
    assert (value, error) == near((fitted.params[0], fitted.bse[0]))


def check_kl_of_two_coins(stats: ModuleType) -> None:
    """Sequences drawn from one coin, judged by another: the true KL is known."""
    p, q, stream = 0.7, 0.5, np.random.default_rng(2)
    tokens = stream.integers(10, 40, 3000)
    heads = stream.binomial(tokens, p)
    sums = heads * math.log(p / q) + (tokens - heads) * math.log((1 - p) / (1 - q))
    truth = p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))
    estimate = stats.kl_from_base_samples(list(sums), [int(n) for n in tokens])
    assert abs(estimate.value - truth) < 4 * estimate.standard_error < 0.02


def check_blind_suites(stats: ModuleType) -> None:
    assert stats.is_blind(0, 30, margin=0.1)
    assert stats.is_blind(3, 30, margin=0.1) and not stats.is_blind(4, 30, margin=0.1)
    # scipy 1.17.1, binomtest(k, 40, 0.25, alternative="greater").pvalue: 0.0544 for 15, 0.0262 for 16.
    assert stats.is_blind(15, 40, margin=0.05, chance=0.25)
    assert not stats.is_blind(16, 40, margin=0.05, chance=0.25)
    assert stats.is_blind(16, 40, margin=0.15, chance=0.25)


# --- correction.py


def check_corrected_rate(stats: ModuleType) -> None:
    rate = stats.corrected_rate(96, 100, sensitivity=(97, 100), specificity=(90, 100))
    assert rate.value == near((0.96 + 0.90 - 1) / (0.97 + 0.90 - 1))
    theta = rate.value
    variance = 0.96 * 0.04 / 100 + theta**2 * 0.97 * 0.03 / 100 + (1 - theta) ** 2 * 0.9 * 0.1 / 100
    assert rate.standard_error == near(math.sqrt(variance) / 0.87)
    # The formulae of R's asht::prevSeSp (Lang and Reiczigel), evaluated by hand.
    assert rate.interval == near((0.913889, 1.0), abs=1e-6)
    low_rate = stats.corrected_rate(30, 200, sensitivity=(57, 60), specificity=(90, 100))
    assert low_rate.interval == near((0.0, 0.143836), abs=1e-6)
    assert not rate.clipped and rate.usable
    assert stats.corrected_rate(5, 100, sensitivity=(9, 10), specificity=(9, 10)).clipped
    assert stats.corrected_rate(5, 100, sensitivity=(9, 10), specificity=(9, 10)).value == 0.0
    blind = stats.corrected_rate(50, 100, sensitivity=(5, 10), specificity=(5, 10))
    assert not blind.usable and blind.interval is None
    perfect = stats.corrected_rate(100, 100, sensitivity=(20, 20), specificity=(20, 20))
    assert perfect.value == 1.0 and perfect.interval[0] < 0.97


# --- the gate's verdicts, which `harness.simulation` plays through


def check_gate_errs_one_time_in_twenty(gate: ModuleType) -> None:
    for n, limit in [(20, 0.7), (60, 0.9)]:
        counts = np.arange(n + 1)
        holding, showing = binom.pmf(counts, n, limit), binom.pmf(counts, n, 1 - limit)
        rates = np.array([gate.rate_verdict(int(k), n, limit, 0.95)[0] for k in counts])
        events = np.array([gate.event_verdict(int(k), n, 1 - limit, 0.95)[0] for k in counts])
        for verdict in ("PASS", "FAIL"):
            assert 0.005 < holding[rates == verdict].sum() <= 0.05
            assert 0.005 < showing[events == verdict].sum() <= 0.05


def check_gate_noninferior_errs_one_time_in_twenty(gate: ModuleType) -> None:
    def judged(verdict: str) -> Callable[[int, int], bool]:
        return lambda lost, won: gate.noninferior_verdict(lost, won, 60, 40, 0.15, 0.95)[0] == verdict

    assert 0.02 < passing_chance(judged("PASS"), 60, 0.20, 0.05) <= 0.056
    assert passing_chance(judged("PASS"), 60, 0.10, 0.10) > 0.5
    assert passing_chance(judged("FAIL"), 60, 0.10, 0.10) <= 0.05
    assert passing_chance(judged("FAIL"), 60, 0.50, 0.02) > 0.9


def check_gate_sees_blind_suites(gate: ModuleType) -> None:
    assert gate.noninferior_verdict(0, 0, 100, 5, 0.05, 0.95)[0] == "INCONCLUSIVE"
    assert gate.noninferior_verdict(0, 0, 100, 6, 0.05, 0.95)[0] == "PASS"


def check_gate_increase_errs_one_time_in_twenty(gate: ModuleType) -> None:
    stream = np.random.default_rng(4)
    runs = stream.normal(0.1, 0.2, (2000, 15)).tolist()
    verdicts = [gate.increase_verdict(run, 0.1, 0.95)[0] for run in runs]
    for verdict in ("PASS", "FAIL"):
        assert verdicts.count(verdict) / 2000 == near(0.05, abs=0.02)  # four Monte-Carlo errors
    assert gate.increase_verdict([0.0, 0.02, -0.02, 0.01], 0.1, 0.95)[0] == "PASS"
    assert gate.increase_verdict([0.5, 0.52, 0.48, 0.51], 0.1, 0.95)[0] == "FAIL"


def _grades(stream: np.random.Generator, n: int, loss: float) -> tuple[list[float], list[float]]:
    """Draw base's and an adapter's grades in fifths; the adapter's true mean is lower by ``loss``, by whole answers lost."""
    before = stream.choice([0.4, 0.6, 0.8, 1.0], n)
    lost = stream.random(n) < loss / before.mean()
    noise = np.where((before > 0.4) & (before < 1.0), stream.choice([-0.2, 0.0, 0.0, 0.2], n), 0.0)
    after = np.where(lost, 0.0, before + noise)
    return before.tolist(), after.tolist()


def check_graded_gate_errs_one_time_in_twenty(graded: ModuleType) -> None:
    """At the margin a bad adapter passes at most 5 % of the time, within three Monte-Carlo errors."""
    for by, n, repeats in [("paired_t", 60, 600), ("bca", 60, 120), ("sign_flip", 60, 30)]:
        stream = np.random.default_rng(17)
        passed = sum(
            graded.graded_verdict(*_grades(stream, n, 0.15), 0.15, 0.95, by)[0] == "PASS"
            for _ in range(repeats)
        )
        assert passed / repeats <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repeats), by


def check_graded_gate_fails_few_that_lost_nothing(graded: ModuleType) -> None:
    stream = np.random.default_rng(18)
    failed = sum(
        graded.graded_verdict(*_grades(stream, 40, 0.0), 0.12, 0.95)[0] == "FAIL" for _ in range(400)
    )
    assert failed / 400 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def check_graded_gate_tells_loss_from_gain(graded: ModuleType) -> None:
    better, worse = [0.75] * 60, [0.25, 0.5] * 30
    for by in ("paired_t", "sign_flip", "bca"):
        assert graded.graded_verdict(better, worse, 0.1, 0.95, by)[0] == "FAIL"
        assert graded.graded_verdict(worse, better, 0.1, 0.95, by)[0] == "PASS"
        low, high = graded.bounds([b - a for a, b in zip(better, worse, strict=True)], 0.95, by)
        assert low < -0.375 < high < -0.29


def check_graded_gate_judges_by_what_was_named(graded: ModuleType) -> None:
    stream = np.random.default_rng(19)
    values = list(stream.choice([-1.0, 0.0, 0.0, 0.0, 0.0, 0.25], 50))
    lows = {by: graded.bounds(values, 0.95, by)[0] for by in ("paired_t", "sign_flip", "bca")}
    assert len({round(low, 3) for low in lows.values()}) == 3
    assert lows["sign_flip"] > lows["paired_t"]


def check_graded_gate_is_quiet_where_nothing_can_show(graded: ModuleType) -> None:
    for by in ("paired_t", "sign_flip", "bca"):
        assert (
            graded.graded_verdict([1.0] * 10, [1.0] * 10, 0.1, 0.95, by)[0] == "INCONCLUSIVE"
        )  # 23 are needed
        assert (
            graded.graded_verdict([0.05] * 60, [0.0] * 60, 0.1, 0.95, by)[0] == "INCONCLUSIVE"
        )  # nothing to lose
        assert graded.graded_verdict([1.0], [1.0], 0.1, 0.95, by)[0] == "INCONCLUSIVE"
        assert graded.graded_verdict([1.0] * 60, [1.0] * 60, 0.1, 0.95, by)[0] == "PASS"
    low, high = graded.bounds([0.0] * 30, 0.95, "bca")
    assert low < -0.05 < 0.05 < high


def _named(prefix: str) -> list[Callable[[ModuleType], None]]:
    return [check for name, check in globals().items() if name.startswith(prefix)]


GATE_CHECKS = _named("check_gate_")
GRADED_CHECKS = _named("check_graded_gate_")
STATS_CHECKS = [check for check in _named("check_") if check not in (*GATE_CHECKS, *GRADED_CHECKS)]
