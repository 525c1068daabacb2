"""The checks are worth something: each wrong formula below fails the one named beside it.

A mutant is the package `harness.stats`, or the gate, with one place of its source changed. `pytest -rA`
prints which check caught which.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

from harness import stats
from tests.stats_checks import GATE_CHECKS, GRADED_CHECKS, STATS_CHECKS

ROOT = Path(__file__).parents[1]
SOURCE = Path(stats.__file__).parent
NUMBER = count()
CHECKS = {check.__name__: check for check in (*STATS_CHECKS, *GATE_CHECKS, *GRADED_CHECKS)}


@dataclass(frozen=True)
class Mutant:
    """One substitution in one file; ``caught_by`` names a check that must fail."""

    fault: str
    file: str
    old: str
    new: str
    caught_by: str


MUTANTS = [
    # --- rates
    Mutant(
        "the bound from below tests the wrong tail",
        "binomial.py",
        "betaincinv(successes, n - successes + 1, 1 - confidence)",
        "betaincinv(successes, n - successes + 1, confidence)",
        "check_exact_bounds_invert_the_binomial_test",
    ),
    Mutant(
        "two-sided for one-sided",
        "binomial.py",
        "betaincinv(successes + 1, n - successes, confidence)",
        "betaincinv(successes + 1, n - successes, (1 + confidence) / 2)",
        "check_exact_bounds_invert_the_binomial_test",
    ),
    Mutant(
        "Jeffreys for Clopper-Pearson",
        "binomial.py",
        "betaincinv(successes, n - successes + 1,",
        "betaincinv(successes + 0.5, n - successes + 0.5,",
        "check_exact_bounds_invert_the_binomial_test",
    ),
    Mutant(
        "the prior's two trials left out",
        "binomial.py",
        "1 + successes, 1 + n - successes",
        "successes + 1e-9, n - successes + 1e-9",
        "check_display_intervals",
    ),
    Mutant(
        "pass^k as (c / n)^k",
        "binomial.py",
        "return math.comb(correct, k) / math.comb(samples, k)",
        "return (correct / samples) ** k",
        "check_pass_k_counts_subsets",
    ),
    Mutant(
        "pass@k as 1 - (1 - c / n)^k",
        "binomial.py",
        "1.0 - math.comb(samples - correct, k) / math.comb(samples, k)",
        "1.0 - (1.0 - correct / samples) ** k",
        "check_pass_k_counts_subsets",
    ),
    # --- pairs
    Mutant(
        "lost and won swapped",
        "paired.py",
        "    _check_pairs(lost, won, n)\n    z = ",
        "    lost, won = won, lost\n    z = ",
        "check_tango_equals_evalstats",
    ),
    Mutant(
        "Wald's variance for Tango's",
        "paired.py",
        "variance = n * (2.0 * q + difference * (1.0 - difference))",
        "variance = won + lost - (won - lost) ** 2 / n",
        "check_tango_equals_evalstats",
    ),
    Mutant(
        "no square root of the variance",
        "paired.py",
        "return distance / math.sqrt(variance)",
        "return distance / variance",
        "check_tango_equals_evalstats",
    ),
    Mutant(
        "lost for won in the quadratic",
        "paired.py",
        "c = -lost * difference",
        "c = -won * difference",
        "check_tango_equals_evalstats",
    ),
    Mutant(
        "n - 1 for n",
        "paired.py",
        "a = 2.0 * n\n",
        "a = 2.0 * (n - 1)\n",
        "check_tango_equals_evalstats",
    ),
    Mutant(
        "two-sided quantile in Tango's bound",
        "paired.py",
        "z = float(ndtri(confidence))",
        "z = float(ndtri((1.0 + confidence) / 2.0))",
        "check_tango_equals_evalstats",
    ),
    Mutant(
        "the upper bound does not swap sides",
        "paired.py",
        "return -tango_lower_bound(won, lost, n, confidence=confidence)",
        "return -tango_lower_bound(lost, won, n, confidence=confidence)",
        "check_tango_equals_evalstats",
    ),
    Mutant(
        "two-sided McNemar",
        "paired.py",
        'binomtest(lost, lost + won, 0.5, alternative="greater")',
        "binomtest(lost, lost + won, 0.5)",
        "check_mcnemar",
    ),
    Mutant(
        "McNemar looks for won items",
        "paired.py",
        "binomtest(lost, lost + won, 0.5",
        "binomtest(won, lost + won, 0.5",
        "check_mcnemar",
    ),
    Mutant(
        "negative flips over all items where base was right",
        "paired.py",
        "return self.lost / self.base_right if",
        "return self.lost / self.n if",
        "check_flips",
    ),
    # --- sizes
    Mutant(
        "power forgets the margin",
        "sizes.py",
        "tango_score(lost, won, n, -margin) > z",
        "tango_score(lost, won, n, 0.0) > z",
        "check_power_equals_enumeration",
    ),
    Mutant(
        "power for an adapter that gains",
        "sizes.py",
        "p_lost, p_won = (discordance - true_difference) / 2, (discordance + true_difference) / 2",
        "p_won, p_lost = (discordance - true_difference) / 2, (discordance + true_difference) / 2",
        "check_power_equals_enumeration",
    ),
    Mutant(
        "won items drawn from all, not from the rest",
        "sizes.py",
        "p_won_of_rest = min(1.0, p_won / (1.0 - p_lost)) if p_lost < 1.0 else 0.0",
        "p_won_of_rest = p_won",
        "check_power_equals_enumeration",
    ),
    Mutant(
        "one won item more than needed",
        "sizes.py",
        "binom.sf(enough - 1, n - lost",
        "binom.sf(enough, n - lost",
        "check_power_equals_enumeration",
    ),
    Mutant(
        "the first n that is enough once",
        "sizes.py",
        "while n - last_short <= math.ceil(1.0 / margin):",
        "while n - last_short <= 1:",
        "check_planned_sizes",
    ),
    Mutant(
        "margin not squared",
        "sizes.py",
        "/ (margin + true_difference) ** 2)",
        "/ (margin + true_difference))",
        "check_planned_sizes",
    ),
    Mutant(
        "power left out of the first-order size",
        "sizes.py",
        "float(ndtri(confidence) + ndtri(power))",
        "float(ndtri(confidence))",
        "check_planned_sizes",
    ),
    # --- means and graded pairs
    Mutant(
        "variance over n",
        "means.py",
        "for value in values) / (n - 1)",
        "for value in values) / n",
        "check_mean_bounds_are_student_s",
    ),
    Mutant(
        "normal for t",
        "means.py",
        "float(stdtrit(n - 1, confidence))",
        "float(stdtrit(1e9, confidence))",
        "check_mean_bounds_are_student_s",
    ),
    Mutant(
        "bound moved towards the short tail",
        "means.py",
        "a = float(np.mean(sums**3)) / spread**3",
        "a = -float(np.mean(sums**3)) / spread**3",
        "check_skew_adjusted_bounds_solve_hall_s_equation",
    ),
    Mutant(
        "skewness not divided by the root of n",
        "means.py",
        " / spread**3 / math.sqrt(len(sums))",
        " / spread**3 / len(sums)",
        "check_skew_adjusted_bounds_solve_hall_s_equation",
    ),
    Mutant(
        "variance without the cluster term",
        "means.py",
        "    return sums, sizes\n",
        "    return values, np.ones(len(values))\n",
        "check_cluster_error_equals_statsmodels",
    ),
    Mutant(
        "no small-sample factor G / (G - 1)",
        "means.py",
        "math.sqrt(clusters / (clusters - 1) * float(sums @ sums)) / n",
        "math.sqrt(float(sums @ sums)) / n",
        "check_skew_adjusted_bounds_solve_hall_s_equation",
    ),
    Mutant(
        "no made-up items, so that nothing lost proves everything",
        "graded.py",
        "padded = np.append(sums, [-1.0 - mean, 1.0 - mean])",
        "padded = sums",
        "check_graded_bound_is_bonett_and_price_s",
    ),
    Mutant(
        "plain t for skewed losses",
        "means.py",
        "    if abs(a) < 1e-9:\n",
        "    if abs(a) < 1e9:\n",
        "check_skew_adjusted_bounds_solve_hall_s_equation",
    ),
    Mutant(
        "degrees of freedom of items, not of clusters",
        "graded.py",
        "reach = float(stdtrit(groups - 1, confidence))",
        "reach = float(stdtrit(n - 1, confidence))",
        "check_graded_bound_sees_clusters",
    ),
    Mutant(
        "the decision drops the margin",
        "graded.py",
        "return self.bound > -self.margin",
        "return self.bound > 0.0",
        "check_graded_evidence",
    ),
    Mutant(
        "the decision takes the estimate",
        "graded.py",
        "return self.bound > -self.margin",
        "return self.estimate > -self.margin",
        "check_graded_evidence",
    ),
    Mutant(
        "sign flips about zero",
        "graded.py",
        "np.asarray(differences, dtype=float) + margin, clusters",
        "np.asarray(differences, dtype=float), clusters",
        "check_sign_flips_are_enumerated",
    ),
    Mutant(
        "percentile bootstrap for BCa",
        "graded.py",
        'method="BCa"',
        'method="percentile"',
        "check_bca_bound",
    ),
    # --- alarms
    Mutant(
        "Holm without the running maximum",
        "alarms.py",
        "largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))",
        "largest = min(1.0, (len(p_values) - rank) * p_values[place])",
        "check_adjusted_p_values_equal_statsmodels",
    ),
    Mutant(
        "Holm as Bonferroni",
        "alarms.py",
        "(len(p_values) - rank) * p_values[place]",
        "len(p_values) * p_values[place]",
        "check_adjusted_p_values_equal_statsmodels",
    ),
    Mutant(
        "BH as Bonferroni",
        "alarms.py",
        'float(p) for p in false_discovery_control(p_values, method="bh")',
        "min(1.0, len(p_values) * p) for p in p_values",
        "check_adjusted_p_values_equal_statsmodels",
    ),
    Mutant(
        "BY for BH",
        "alarms.py",
        'method="bh"',
        'method="by"',
        "check_adjusted_p_values_equal_statsmodels",
    ),
    Mutant(
        "the floor's flips seen as losses of one run",
        "alarms.py",
        "share = n / (n + 2 * floor_n)",
        "share = n / (n + floor_n)",
        "check_floor_p_value_is_a_binomial_tail",
    ),
    Mutant(
        "the floor exceeded from below",
        "alarms.py",
        'share, alternative="greater"',
        'share, alternative="less"',
        "check_floor_p_value_is_a_binomial_tail",
    ),
    Mutant(
        "more often than, without the case that was seen",
        "alarms.py",
        "hypergeom.sf(events - 1,",
        "hypergeom.sf(events,",
        "check_more_often_is_fishers_test",
    ),
    Mutant(
        "the floor's answers drawn in place of the adapter's",
        "alarms.py",
        "events + floor_events, n))",
        "events + floor_events, floor_n))",
        "check_more_often_is_fishers_test",
    ),
    # --- drift and correction
    Mutant(
        "transfer with its sign turned",
        "drift.py",
        "_minus(new, old) for new, old in zip(after, before",
        "_minus(old, new) for new, old in zip(after, before",
        "check_forgetting_by_hand",
    ),
    Mutant(
        "drop from the last stage, not the best",
        "drift.py",
        "best = [max((s for s in column if s is not None), default=None) for column",
        "best = [column[-1] for column",
        "check_forgetting_by_hand",
    ),
    Mutant(
        "retention not counted from chance",
        "drift.py",
        "return (candidate - chance) / (base - chance)",
        "return candidate / base",
        "check_forgetting_by_hand",
    ),
    Mutant(
        "mean of ratios for ratio of sums",
        "drift.py",
        "value = math.fsum(log_ratios) / total",
        "value = math.fsum(s / k for s, k in zip(log_ratios, tokens, strict=True)) / n",
        "check_kl_equals_weighted_regression",
    ),
    Mutant(
        "KL's error without its square root",
        "drift.py",
        "math.sqrt(n / (n - 1) * squares) / total",
        "(n / (n - 1) * squares) / total",
        "check_kl_equals_weighted_regression",
    ),
    Mutant(
        "a base at chance is no blind one",
        "drift.py",
        "return p_value > 1.0 - confidence or base_right",
        "return base_right",
        "check_blind_suites",
    ),
    Mutant(
        "room to fall counted from zero",
        "drift.py",
        "base_right <= (chance + margin) * n",
        "base_right <= margin * n",
        "check_blind_suites",
    ),
    Mutant(
        "sensitivity for specificity",
        "correction.py",
        "rate = (q[0] + sp[0] - 1.0) / youden",
        "rate = (q[0] + se[0] - 1.0) / youden",
        "check_corrected_rate",
    ),
    Mutant(
        "the labels' own error left out",
        "correction.py",
        "variance = _variance(*q) + rate**2 * _variance(*se) + (1.0 - rate) ** 2 * _variance(*sp)",
        "variance = _variance(*q)",
        "check_corrected_rate",
    ),
    # --- the gate's verdicts
    Mutant(
        "the gate forgets the margin's sign",
        "judging/paired.py",
        'return "PASS" if low > -limit else',
        'return "PASS" if low > limit else',
        "check_gate_noninferior_errs_one_time_in_twenty",
    ),
    Mutant(
        "the gate passes by the estimate",
        "judging/paired.py",
        'return "PASS" if low > -limit else',
        'return "PASS" if (won - lost) / n > -limit else',
        "check_gate_noninferior_errs_one_time_in_twenty",
    ),
    Mutant(
        "no significant drop is a pass",
        "judging/paired.py",
        'return "PASS" if low > -limit else',
        'return "PASS" if stats.mcnemar_p_value(lost, won) > 1 - confidence else',
        "check_gate_noninferior_errs_one_time_in_twenty",
    ),
    Mutant(
        "a measured loss fails without any proof",
        "judging/paired.py",
        "worse = (won - lost) / n < -limit and stats.mcnemar_p_value(lost, won) < 1 - confidence",
        "worse = lost > won",
        "check_gate_noninferior_errs_one_time_in_twenty",
    ),
    Mutant(
        "a blind suite passes",
        "judging/paired.py",
        "    if stats.is_blind(base_right, n, margin=limit, confidence=confidence):\n"
        '        return "INCONCLUSIVE", low, high\n',
        "",
        "check_gate_sees_blind_suites",
    ),
    Mutant(
        "a rate passes by its upper bound",
        "judging/rates.py",
        'return "PASS" if low >= limit else',
        'return "PASS" if high >= limit else',
        "check_gate_errs_one_time_in_twenty",
    ),
    Mutant(
        "an event passes by its lower bound",
        "judging/rates.py",
        '    low, high = _bounds(events, n, confidence)\n    return "PASS" if high <= limit',
        '    low, high = _bounds(events, n, confidence)\n    return "PASS" if low <= limit',
        "check_gate_errs_one_time_in_twenty",
    ),
    Mutant(
        "a rise passes by its mean",
        "judging/rises.py",
        "    low, high = stats.skew_adjusted_bounds(rises, confidence=confidence)\n"
        '    return "PASS" if high <= limit',
        "    low, high = stats.skew_adjusted_bounds(rises, confidence=confidence)\n"
        '    return "PASS" if (low + high) / 2 <= limit',
        "check_gate_increase_errs_one_time_in_twenty",
    ),
    Mutant(
        "a graded loss passes whatever the margin's sign",
        "judging/graded.py",
        'return "PASS" if low > -limit else',
        'return "PASS" if low > limit - 1 else',
        "check_graded_gate_errs_one_time_in_twenty",
    ),
    Mutant(
        "graded: the upper bound passes",
        "judging/graded.py",
        'return "PASS" if low > -limit else',
        'return "PASS" if high > -limit else',
        "check_graded_gate_errs_one_time_in_twenty",
    ),
    Mutant(
        "graded: base and adapter exchanged",
        "judging/graded.py",
        "differences = [new - old for old, new in",
        "differences = [old - new for old, new in",
        "check_graded_gate_tells_loss_from_gain",
    ),
    Mutant(
        "graded: a measured loss fails without proof",
        "judging/graded.py",
        "< -limit and high < 0.0",
        "< 0.0",
        "check_graded_gate_fails_few_that_lost_nothing",
    ),
    Mutant(
        "graded: too few families pass",
        "judging/graded.py",
        "len(before) < stats.graded_pairs_needed(limit, confidence=confidence) or ",
        "",
        "check_graded_gate_is_quiet_where_nothing_can_show",
    ),
    Mutant(
        "graded: a blind suite passes",
        "judging/graded.py",
        " or is_blind(before, limit):",
        ":",
        "check_graded_gate_is_quiet_where_nothing_can_show",
    ),
    Mutant(
        "graded: one bound for all three",
        "judging/graded.py",
        "return stats.sign_flip_lower_bound(differences",
        "return stats.graded_lower_bound(differences",
        "check_graded_gate_judges_by_what_was_named",
    ),
    Mutant(
        "graded: BCa's silence is a bound of zero",
        "judging/graded.py",
        'return bounds(differences, confidence, "paired_t")',
        "return 0.0, 0.0",
        "check_graded_gate_is_quiet_where_nothing_can_show",
    ),
    Mutant(
        "sign flips: the bound ignores the confidence",
        "graded.py",
        "<= 1.0 - confidence",
        "<= 0.5",
        "check_sign_flip_bound_inverts_its_test",
    ),
    Mutant(
        "graded sizes: plain t has no spread to find",
        "sizes.py",
        "graded_lower_bound([0.0] * n, confidence=confidence) > -margin",
        "0.0 > -margin",
        "check_graded_sizes",
    ),
    Mutant(
        "graded sizes: spread of one item for that of the mean",
        "sizes.py",
        "* sd / math.sqrt(n) < margin",
        "* sd < margin * n",
        "check_graded_sizes",
    ),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to import mutants from, forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.partition(".")[0].startswith("mutant_"):
            del sys.modules[name]


def grow(mutant: Mutant, place: Path) -> ModuleType:
    """Write the mutant's source below ``place`` and import it under a name of its own."""
    name = f"mutant_{next(NUMBER)}"
    if mutant.file == "gate.py" or mutant.file.startswith("judging/"):
        source = (ROOT / "harness" / mutant.file).read_text(encoding="utf-8")
        (place / f"{name}.py").write_text(changed(source, mutant), encoding="utf-8")
        return importlib.import_module(name)
    (place / name).mkdir()
    for file in SOURCE.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        source = changed(source, mutant) if file.name == mutant.file else source
        (place / name / file.name).write_text(source.replace("harness.stats", name), encoding="utf-8")
    return importlib.import_module(name)


def changed(source: str, mutant: Mutant) -> str:
    assert source.count(mutant.old) == 1, f"{mutant.file} has not just one {mutant.old!r}"
    return source.replace(mutant.old, mutant.new)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.fault.replace(" ", "_"))
def test_a_mutant_is_caught(mutant: Mutant, place: Path) -> None:
    module = grow(mutant, place)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        CHECKS[mutant.caught_by](module)
    print(f"{mutant.file}: {mutant.fault} -> {mutant.caught_by}")


@pytest.mark.parametrize(
    ("file", "line", "checks"),
    [
        ("gate.py", "from harness.results import Results\n", GATE_CHECKS),
        ("paired.py", "import math\n", STATS_CHECKS),
        ("judging/graded.py", "import math\n", GRADED_CHECKS),
    ],
)
def test_a_copy_without_a_fault_passes(
    file: str, line: str, checks: list[Callable[[ModuleType], None]], place: Path
) -> None:
    module = grow(Mutant("none", file, line, line, ""), place)
    assert module.__file__ and Path(module.__file__).is_relative_to(place)
    for check in checks:
        check(module)
