"""How are a lead's durations, values and arrival times drawn?

Each clock is a function of no argument over the generator that it is given, in the trade's parameters. The quantile
functions at the end turn one roll into an unknown number; several unknowns that move together are read at the same
roll.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from scipy import special

from .world import Clock

NORMAL_P90 = 1.2815515655446004
EVERY_DAY = (1.0,) * 7


def fixed(value: float) -> Clock:
    """Take the same time every time."""
    return lambda: value


def exponential(rng: Generator, *, mean: float) -> Clock:
    """Draw from the memoryless law."""
    return lambda: mean * rng.standard_exponential()


def lognormal(rng: Generator, *, median: float, sigma: float) -> Clock:
    """Draw a value whose logarithm is normal."""
    return lambda: median * math.exp(sigma * rng.standard_normal())


def lognormal_p90(rng: Generator, *, median: float, p90: float) -> Clock:
    """Draw a lognormal value of which one in ten exceeds p90."""
    return lognormal(rng, median=median, sigma=math.log(p90 / median) / NORMAL_P90)


def lognormal_cv(rng: Generator, *, mean: float, cv: float) -> Clock:
    """Draw a lognormal value of the given mean and coefficient of variation."""
    variance = math.log1p(cv * cv)
    return lognormal(rng, median=mean * math.exp(-variance / 2), sigma=math.sqrt(variance))


def weibull(rng: Generator, *, shape: float, mean: float) -> Clock:
    """Draw a Weibull value; shape below 1 means that what has lasted will last."""
    scale = mean / math.gamma(1 + 1 / shape)
    return lambda: scale * rng.standard_exponential() ** (1 / shape)


def gamma(rng: Generator, *, mean: float, cv: float) -> Clock:
    """Draw a gamma value of the given mean and coefficient of variation."""
    shape = 1 / cv**2
    return lambda: mean / shape * rng.standard_gamma(shape)


def uniform(rng: Generator, *, low: float, high: float) -> Clock:
    """Draw between low and high, all alike."""
    return lambda: low + (high - low) * rng.random()


def mixture(rng: Generator, share: float, first: Clock, second: Clock) -> Clock:
    """Draw from the first with the given share, else from the second."""
    return lambda: first() if rng.random() < share else second()


def points(rng: Generator, cumulative: Sequence[float], values: Sequence[float]) -> Clock:
    """Draw from an audit's table of cumulative shares, log-linear between its points and from a thousandth of the
    first."""
    shares = [0.0, *cumulative]
    logs = [math.log(value) for value in (values[0] / 1000, *values)]
    return lambda: math.exp(float(np.interp(rng.random(), shares, logs)))


def spread(rng: Generator, number: int, start: float, end: float, weekdays: Sequence[float] = EVERY_DAY) -> list[float]:
    """Arrival times of so many leads between two times (whole days when weekdays differ), Monday first; day 0 is a
    Monday."""
    if weekdays is EVERY_DAY:
        return list(start + (end - start) * rng.random(number))
    days = np.arange(start, end)
    weights = np.cumsum(np.asarray(weekdays)[days.astype(int) % 7])
    chosen = np.searchsorted(weights, rng.random(number) * weights[-1], side="right")
    return list(days[chosen] + rng.random(number))


def weekly_overdispersed(
    rng: Generator, per_week: float, dispersion: float, weeks: int, weekdays: Sequence[float] = EVERY_DAY
) -> list[float]:
    """Arrival times from negative binomial weeks whose variance is `dispersion` times their mean."""
    counts = rng.negative_binomial(per_week / (dispersion - 1), 1 / dispersion, weeks)
    times: list[float] = []
    for week in np.flatnonzero(counts):
        times += spread(rng, int(counts[week]), 7.0 * week, 7.0 * week + 7, weekdays)
    return times


def beta_quantile(roll: float, *, mean: float, n: float) -> float:
    """Read an unknown share worth n observations."""
    return float(special.betaincinv(mean * n, (1 - mean) * n, roll))


def pert_quantile(roll: float, *, low: float, mode: float, high: float) -> float:
    """Read an unknown number that an expert gave as low, likely, high."""
    width = high - low
    return low + width * float(special.betaincinv(1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width, roll))


def triangular_quantile(roll: float, *, low: float, mode: float, high: float) -> float:
    """Read an unknown number of triangular density."""
    if roll < (mode - low) / (high - low):
        return low + math.sqrt(roll * (high - low) * (mode - low))
    return high - math.sqrt((1 - roll) * (high - low) * (high - mode))


def lognormal_quantile(roll: float, *, median: float, p90: float) -> float:
    """Read an unknown factor."""
    return median * math.exp(float(special.ndtri(roll)) * math.log(p90 / median) / NORMAL_P90)
