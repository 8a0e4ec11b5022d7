"""How many, by the quantile of one roll? Counts never fall when their mean rises, so that more never means fewer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simfunnel.engine.plan import Floats, Ints, where

MOST_TABLED = 50_000  # counts that a table may have
Cdf = Callable[..., Floats]


def poisson(u: Floats, mean: Floats | float) -> Ints:
    """The smallest count whose Poisson distribution function reaches ``u``; one ``mean`` for all, or one for each."""
    return overdispersed(u, mean, 0.0)


def overdispersed(u: Floats, mean: Floats | float, excess: Floats | float) -> Ints:
    """The smallest count whose distribution function reaches ``u``: negative binomial with this mean and a variance of
    ``1 + excess`` times it; Poisson where ``excess`` is 0. One ``mean`` and ``excess`` for all, or one for each.

    Examples
    --------
    >>> overdispersed(np.array([0.1, 0.5, 0.9]), 3.0, 1.0).tolist()
    [0, 2, 6]
    """
    if isinstance(mean, float) and isinstance(excess, float) and _length(mean, excess) <= MOST_TABLED:
        return np.searchsorted(_table(mean, excess), u)
    mean, excess = np.broadcast_to(mean, u.shape), np.broadcast_to(excess, u.shape)
    out = np.zeros(u.shape, np.int64)
    at = where((excess > 0) & (mean > 0))
    if at.size:
        some, spread = mean[at], 1.0 + excess[at]
        skew = (2.0 * spread - 1.0) / np.sqrt(some * spread)
        out[at] = _search(u[at], some, np.sqrt(some * spread), skew, _negative_binomial, (some, spread))
    at = where((excess <= 0) & (mean > 0))
    if at.size:
        some = mean[at]
        out[at] = _search(u[at], some, np.sqrt(some), 1.0 / np.sqrt(some), _poisson, (some,))
    return out


def binomial(u: Floats, n: Floats, p: Floats) -> Ints:
    """The smallest count whose binomial distribution function reaches ``u``; shapes all (n_reps,)."""
    out = np.where(p >= 1.0, n, 0.0).astype(np.int64)
    at = where((n > 0) & (p > 0) & (p < 1))
    if at.size:
        size, chance = n[at], p[at]
        sd = np.sqrt(size * chance * (1.0 - chance))
        out[at] = _search(u[at], size * chance, sd, (1.0 - 2.0 * chance) / sd, _binomial, (size, chance))
    return out


def _search(u: Floats, mean: Floats, sd: Floats, skew: Floats, cdf: Cdf, given: tuple[Floats, ...]) -> Ints:
    """The smallest count whose distribution function reaches ``u``: Cornish and Fisher guess, then step by step."""
    from scipy.special import ndtri

    z = ndtri(u)
    count = np.floor(np.maximum(mean + sd * (z + skew * (z * z - 1.0) / 6.0), 0.0))
    fits = cdf(count, *given) >= u
    active = where(~fits)
    while active.size:  # up, until it reaches u
        count[active] += 1.0
        active = active[cdf(count[active], *(each[active] for each in given)) < u[active]]
    active = where(fits & (count > 0))
    while active.size:  # down, as long as one less does too; where it went up, one less does not
        active = active[cdf(count[active] - 1.0, *(each[active] for each in given)) >= u[active]]
        count[active] -= 1.0
        active = active[count[active] > 0]
    return count.astype(np.int64)


def _length(mean: float, excess: float) -> int:
    """How many counts there are below which all but the last bit of the chance lies."""
    spread = 1.0 + excess
    return int(mean + 10.0 * np.sqrt(mean * spread) + 60.0 * spread)


def _poisson(count: Floats, mean: Floats) -> Floats:
    from scipy.special import pdtr

    return pdtr(count, mean)


def _negative_binomial(count: Floats, mean: Floats, spread: Floats) -> Floats:
    from scipy.special import betainc

    return betainc(mean / (spread - 1.0), count + 1.0, 1.0 / spread)


def _binomial(count: Floats, n: Floats, p: Floats) -> Floats:
    from scipy.special import betainc

    return np.where(count >= n, 1.0, betainc(np.maximum(n - count, 0.5), count + 1.0, 1.0 - p))


@lru_cache(maxsize=512)
def _table(mean: float, excess: float) -> Floats:
    """The distribution function at 0, 1, 2 ... up to where it is 1 to the last bit or so."""
    if mean == 0.0:
        return np.ones(1)
    spread = 1.0 + excess
    counts = np.arange(_length(mean, excess), dtype=np.float64)
    table = (
        _negative_binomial(counts, np.array(mean), np.array(spread)) if excess > 0 else _poisson(counts, np.array(mean))
    )
    table.flags.writeable = False
    return table
