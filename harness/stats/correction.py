"""A rate counted by a scorer that errs, corrected by what is known of its errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.stats.binomial import DEFAULT_CONFIDENCE


@dataclass(frozen=True)
class CorrectedRate:
    """A corrected rate with its standard error and two-sided interval, all in [0, 1].

    ``value`` and the rest are ``None`` where the scorer is no better than a coin (Se + Sp <= 1).
    ``clipped``: the formula left [0, 1], a sign that Se or Sp does not fit these answers.
    """

    value: float | None
    standard_error: float | None
    interval: tuple[float, float] | None
    clipped: bool

    @property
    def usable(self) -> bool:
        """Whether the scorer tells right from wrong at all."""
        return self.value is not None


def corrected_rate(
    counted: int,
    n: int,
    *,
    sensitivity: tuple[int, int],
    specificity: tuple[int, int],
    confidence: float = DEFAULT_CONFIDENCE,
) -> CorrectedRate:
    """Correct a rate for the false verdicts of the scorer that counted it.

    Args:
        counted: 0 to n, answers that the scorer called positive.
        sensitivity: (called positive, all) of answers labelled positive by hand.
        specificity: (called negative, all) of answers labelled negative by hand.
    Source: Rogan and Gladen (1978), American J. of Epidemiology 107:71-76, for value and standard
        error; Lang and Reiczigel (2014), Preventive Veterinary Medicine 113:13-22, for the interval,
        which does not shrink to nothing where no labelled answer was misjudged.

    >>> rate = corrected_rate(96, 100, sensitivity=(97, 100), specificity=(90, 100))
    >>> round(rate.value, 4), [round(limit, 4) for limit in rate.interval]
    (0.9885, [0.9139, 1.0])
    """
    q, se, sp = (_share(*counts) for counts in ((counted, n), sensitivity, specificity))
    if se + sp <= 1.0:
        return CorrectedRate(None, None, None, clipped=False)
    raw, error = _rogan_gladen((q, n), (se, sensitivity[1]), (sp, specificity[1]))
    value = min(1.0, max(0.0, raw))
    interval = _interval(counted, n, sensitivity, specificity, confidence)
    return CorrectedRate(value, error, (min(interval[0], value), max(interval[1], value)), raw != value)


def _rogan_gladen(
    q: tuple[float, float], se: tuple[float, float], sp: tuple[float, float]
) -> tuple[float, float]:
    """Return rate and standard error from three pairs of a share and its number of answers."""
    youden = se[0] + sp[0] - 1.0
    rate = (q[0] + sp[0] - 1.0) / youden
    variance = _variance(*q) + rate**2 * _variance(*se) + (1.0 - rate) ** 2 * _variance(*sp)
    return rate, math.sqrt(variance) / youden


def _interval(
    counted: int, n: int, sensitivity: tuple[int, int], specificity: tuple[int, int], confidence: float
) -> tuple[float, float]:
    """Lang and Reiczigel's interval: made-up answers are added to each sample, and the centre is moved."""
    from scipy.special import ndtri

    z = float(ndtri((1.0 + confidence) / 2.0))
    q = (counted + z * z / 2.0) / (n + z * z), n + z * z
    se, sp = (((good + 1.0) / (of + 2.0), of + 2.0) for good, of in (sensitivity, specificity))
    if se[0] + sp[0] <= 1.0:
        return 0.0, 1.0
    rate, error = _rogan_gladen(q, se, sp)
    centre = rate + 2.0 * z * z * (rate * _variance(*se) - (1.0 - rate) * _variance(*sp))
    return max(0.0, centre - z * error), min(1.0, centre + z * error)


def _share(part: int, whole: int) -> float:
    assert whole >= 1 and 0 <= part <= whole, (part, whole)
    return part / whole


def _variance(share: float, n: float) -> float:
    return share * (1.0 - share) / n
