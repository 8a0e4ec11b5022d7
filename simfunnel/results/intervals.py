"""How well is a figure known after so many replications?

Monte Carlo errors and confidence intervals of what a run estimates. None of these says what a future may bring: that is
a prediction interval, and it does not shrink with more replications.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, inf, nan, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Variances below this part of the mean square are rounding, not variation.
ROUNDING = 1e-13
#: A run with a precision target looks at its interval after so many replications, then after twice as many, and so on.
FIRST_LOOK = 2_000


def z_value(level: float = 0.95) -> float:
    """Standard normal quantile that a two-sided interval of this level reaches.

    >>> round(z_value(0.95), 4)
    1.96
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level!r}; write 0.95 for 95 %")
    return NormalDist().inv_cdf((1 + level) / 2)


def mean_mcse(values: Array) -> tuple[float, float]:
    """Mean of independent replications and its Monte Carlo standard error.

    Parameters
    ----------
    values : array, shape (n,)

    Returns
    -------
    mean, mcse : float
        In the unit of the values; missing (NaN) where n is too small to say (mean: 0, mcse: fewer than 2).

    >>> mean_mcse(np.array([1.0, 3.0]))
    (2.0, 1.0)
    """
    n = len(values)
    if n == 0:
        return nan, nan
    mean = float(np.mean(values))
    return mean, float(np.std(values, ddof=1)) / sqrt(n) if n > 1 else nan


def mcse_of_sums(total: Array, square: Array, n: int) -> Array:
    """Monte Carlo standard error of means, from the sum and the sum of squares over n replications."""
    total, square = np.asarray(total, dtype=np.float64), np.asarray(square, dtype=np.float64)
    if n < 2:
        return np.full(total.shape, nan)
    spread = square - total * total / n
    spread = np.where(spread > ROUNDING * square, spread, 0.0)
    return np.asarray(np.sqrt(spread / (n - 1) / n))


def ratio_mcse(a: Array, b: Array, aa: Array, bb: Array, ab: Array, n: int) -> Array:
    """Monte Carlo standard error of a ratio of sums a / b over n replications, by the delta method.

    Parameters
    ----------
    a, b : arrays of one shape
        Sums over replications.
    aa, bb, ab : arrays of that shape
        Sums of the squares and of the product.
    n : int
        Number of replications.

    Returns
    -------
    array of that shape
        Missing (NaN) where b is 0 or n is below 2.
    """
    a, b, aa, bb, ab = (np.asarray(x, dtype=np.float64) for x in (a, b, aa, bb, ab))
    if n < 2:
        return np.full(b.shape, nan)
    known = b != 0
    safe = np.where(known, b, 1.0)
    ratio = a / safe
    size = aa + ratio * ratio * bb
    residual = size - 2 * ratio * ab  # sum of (a - ratio b)^2; these residuals sum to 0
    residual = np.where(residual > ROUNDING * size, residual, 0.0)
    return np.where(known, np.sqrt(residual * n / (n - 1)) / np.abs(safe), nan)


def wilson(k: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's confidence interval for a chance that came true in k of n replications.

    Parameters
    ----------
    k, n : float
        Successes and trials; no whole numbers where they stand for fewer trials than there were.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float
        Between 0 and 1; both missing (NaN) where n is 0.

    Raises
    ------
    ValueError
        When k is not between 0 and n, or level not between 0 and 1.

    >>> tuple(round(x, 4) for x in wilson(3, 10))
    (0.1078, 0.6032)
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} successes of {n} trials")
    z = z_value(level)
    if n == 0:
        return nan, nan
    share = k / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (0.0 if k == 0 else max(0.0, centre - reach)), (1.0 if k == n else min(1.0, centre + reach))


def surest(n: int, level: float = 0.95) -> float:
    """The lower limit that Wilson's interval gives to a chance which came true in all of n replications.

    >>> round(surest(400), 4)
    0.9905
    """
    return wilson(n, n, level)[0]


def quantile_rank(q: float, n: int) -> int:
    """Index, in sorted order, of the q-quantile of n values: the inverse of the empirical distribution function.

    >>> quantile_rank(0.5, 4), quantile_rank(0.9, 10), quantile_rank(0.0, 10)
    (1, 8, 0)
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q!r}; write 0.9 for P90")
    return min(max(ceil(round(q * n, 9)) - 1, 0), n - 1)


def quantile_ranks(q: float, n: int, level: float = 0.95) -> tuple[int | None, int | None]:
    """Indices, in sorted order, of the two values that enclose the true q-quantile at this confidence level.

    The number of values at or below the true quantile is binomial, whatever the distribution: each tail gets at most
    half of what the level leaves. None where n values are too few for that end.

    >>> quantile_ranks(0.5, 100)
    (39, 60)
    >>> quantile_ranks(0.1, 20)
    (None, 5)
    """
    tail = (1 - level) / 2
    z_value(level)  # refuses a level outside (0, 1)
    below = _binomial_rank(tail, n, q)  # smallest count whose distribution function exceeds the tail
    above = _binomial_rank(1 - tail, n, q, reach=True)
    return (below - 1 if below > 0 else None), (above if above < n else None)


def _binomial_rank(share: float, n: int, q: float, *, reach: bool = False) -> int:
    """Smallest k with P(Binomial(n, q) <= k) above the share, or reaching it."""
    from scipy.special import bdtr

    def enough(k: int) -> bool:
        at = float(bdtr(k, n, q))
        return at >= share if reach else at > share

    sd = sqrt(n * q * (1 - q))
    low, high = -1, n
    guess = n * q + NormalDist().inv_cdf(share) * sd
    for k in (floor(guess - 2 - 0.01 * sd), ceil(guess + 2 + 0.01 * sd)):  # a narrow bracket where the guess is good
        if low < k < high:
            low, high = (low, k) if enough(k) else (k, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def quantile_interval(values: Array, q: float, level: float = 0.95) -> tuple[float, float, float]:
    """Quantile of independent replications with its order-statistic confidence interval.

    Parameters
    ----------
    values : array, shape (n,)
        In any order, none missing.
    q : float
        Between 0 and 1: 0.9 is P90.

    Returns
    -------
    value, low, high : float
        All three are values that occurred. An end that n values cannot bound is infinite; all missing where n is 0.

    >>> quantile_interval(np.arange(100), 0.5)
    (49.0, 39.0, 60.0)
    """
    return order_statistics(values, (q,), level)[0]


def order_statistics(values: Array, qs: tuple[float, ...], level: float = 0.95) -> list[tuple[float, float, float]]:
    """`quantile_interval` of several quantiles at once: the values are ordered once, and only as far as needed."""
    n = len(values)
    if n == 0:
        return [(nan, nan, nan) for _ in qs]
    ranks = [(quantile_rank(q, n), *quantile_ranks(q, n, level)) for q in qs]
    wanted = sorted({rank for triple in ranks for rank in triple if rank is not None})
    ordered = np.partition(values, wanted)
    return [
        (
            float(ordered[at]),
            -inf if low is None else float(ordered[low]),
            inf if high is None else float(ordered[high]),
        )
        for at, low, high in ranks
    ]


def half_width(low: float, high: float) -> float:
    """Half of the width of an interval: what a precision target is compared with.

    >>> half_width(0.25, 0.75)
    0.25
    """
    return (high - low) / 2


def looks(most: int, first: int = FIRST_LOOK) -> Iterator[int]:
    """Numbers of replications after which a run with a precision target may stop: 2,000, 4,000, 8,000 ... and the most.

    Looking only there keeps the coverage of the interval at the stop near its level; looking all the time would not.

    >>> list(looks(10_000))
    [2000, 4000, 8000, 10000]
    """
    at = first
    while at < most:
        yield at
        at *= 2
    yield most
