"""How unlikely is this statistic if the numbers are independent and uniform?

All are two-sided: a fit that is too good is as suspicious as one that is too bad.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def two_sided(lower: float, upper: float) -> float:
    """Twice the smaller tail."""
    return float(min(1.0, 2.0 * min(lower, upper)))


def chi_square(statistic: float, df: float) -> float:
    """Of a statistic with the chi-square law of ``df`` degrees of freedom."""
    return two_sided(stats.chi2.cdf(statistic, df), stats.chi2.sf(statistic, df))


def cells(observed: Ints, shares: Floats | None = None) -> float:
    """Of counts in cells (Pearson); ``shares`` are the cells' probabilities, equal if not given."""
    expected = observed.sum() * (1.0 / observed.size if shares is None else shares)
    return chi_square(float(((observed - expected) ** 2 / expected).sum()), observed.size - 1)


def normal(z: float) -> float:
    """Of a standard normal deviate."""
    return two_sided(special.ndtr(z), special.ndtr(-z))


def poisson(observed: int, mean: float) -> float:
    """Of a Poisson count; half the probability of the count itself is in each tail."""
    half = 0.5 * stats.poisson.pmf(observed, mean)
    return two_sided(stats.poisson.cdf(observed, mean) - half, stats.poisson.sf(observed, mean) + half)


def smallest_of(tail: float, tries: float) -> float:
    """Of the most extreme of ``tries`` independent statistics, whose own upper tail is ``tail``.

    Two-sided: the greatest may be too small as well.
    """
    upper = -np.expm1(tries * np.log1p(-min(tail, 1.0 - 1e-16)))
    return two_sided(1.0 - upper, upper)


def kolmogorov(values: Floats) -> float:
    """Of values that should be uniform on (0, 1)."""
    x = np.sort(values)
    grid = np.arange(x.size + 1) / x.size
    distance = max((grid[1:] - x).max(), (x - grid[:-1]).max())
    upper = special.kolmogorov(distance * np.sqrt(x.size)) if x.size > 5000 else stats.kstwo.sf(distance, x.size)
    return two_sided(1.0 - upper, upper)
