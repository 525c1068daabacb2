"""Numbers in, numbers out: what verdicts and alarms rest on. Knows nothing of models or suites.

    binomial.py    rates: exact bounds, pass^k, intervals for display
    paired.py      right or wrong twice: flips, Tango's bound, McNemar's test
    means.py       means over items, also in clusters: t, skew-adjusted t
    graded.py      graded pairs: the bound that decides, and BCa and sign flips beside it
    sizes.py       items needed, power, the smallest drop that n items certify
    alarms.py      Holm, Benjamini-Hochberg, base against itself
    drift.py       retention, transfer over stages, KL, blind suites
    correction.py  a rate counted by a scorer that errs

Numbers that only our own code can get wrong are asserted; those a user chooses raise `ConfigError`.
"""

from harness.stats.alarms import benjamini_hochberg, exceeds_floor, floor_p_value, holm, more_often_p_value
from harness.stats.binomial import (
    DEFAULT_CONFIDENCE,
    beta_interval,
    binomial_lower_bound,
    binomial_upper_bound,
    pass_at_k,
    pass_hat_k,
    wilson_interval,
)
from harness.stats.correction import CorrectedRate, corrected_rate
from harness.stats.drift import (
    Estimate,
    average_forgetting,
    backward_transfer,
    drops_from_best,
    is_blind,
    kl_from_base_samples,
    relative_retention,
)
from harness.stats.graded import (
    FEW_CLUSTERS,
    GradedEvidence,
    bca_lower_bound,
    graded_lower_bound,
    graded_noninferiority,
    sign_flip_lower_bound,
    sign_flip_p_value,
)
from harness.stats.means import cluster_standard_error, mean_bounds, skew_adjusted_bounds
from harness.stats.paired import (
    Flips,
    mcnemar_p_value,
    tango_lower_bound,
    tango_score,
    tango_upper_bound,
)
from harness.stats.sizes import (
    DEFAULT_POWER,
    certifiable_drop,
    first_order_pairs,
    graded_pairs_for_half,
    graded_pairs_needed,
    pairs_for_power,
    pairs_needed,
    power_noninferior,
    trials_needed,
)

__all__ = [
    "DEFAULT_CONFIDENCE",
    "DEFAULT_POWER",
    "FEW_CLUSTERS",
    "CorrectedRate",
    "Estimate",
    "Flips",
    "GradedEvidence",
    "average_forgetting",
    "backward_transfer",
    "bca_lower_bound",
    "benjamini_hochberg",
    "beta_interval",
    "binomial_lower_bound",
    "binomial_upper_bound",
    "certifiable_drop",
    "cluster_standard_error",
    "corrected_rate",
    "drops_from_best",
    "exceeds_floor",
    "first_order_pairs",
    "floor_p_value",
    "graded_lower_bound",
    "graded_noninferiority",
    "graded_pairs_for_half",
    "graded_pairs_needed",
    "holm",
    "is_blind",
    "kl_from_base_samples",
    "mcnemar_p_value",
    "mean_bounds",
    "more_often_p_value",
    "pairs_for_power",
    "pairs_needed",
    "pass_at_k",
    "pass_hat_k",
    "power_noninferior",
    "relative_retention",
    "sign_flip_lower_bound",
    "sign_flip_p_value",
    "skew_adjusted_bounds",
    "tango_lower_bound",
    "tango_score",
    "tango_upper_bound",
    "trials_needed",
    "wilson_interval",
]
