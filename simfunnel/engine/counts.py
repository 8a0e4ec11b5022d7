"""How many, by the quantile of one roll? Counts never fall when their mean rises, so that more never means fewer."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simfunnel.engine.plan import Floats, Ints

MOST_TABLED = 100_000.0  # means up to this are looked up in a table


def poisson(u: Floats, mean: Floats | float) -> Ints:
    """The smallest count whose Poisson distribution function reaches ``u``; one ``mean`` for all, or one for each."""
    if isinstance(mean, float) and mean <= MOST_TABLED:
        return np.searchsorted(_table(mean, 0.0), u)
    from scipy.special import pdtr, pdtrik

    with np.errstate(invalid="ignore"):
        count = np.ceil(np.maximum(np.nan_to_num(pdtrik(u, mean)), 0.0))
        count += pdtr(count, mean) < u  # the inverse is good to some digits, which may be one count
        less = np.maximum(count - 1.0, 0.0)
        return np.where(pdtr(less, mean) >= u, less, count).astype(np.int64)


def binomial(u: Floats, n: Floats, p: Floats) -> Ints:
    """The smallest count whose binomial distribution function reaches ``u``."""
    from scipy.stats import binom

    return np.nan_to_num(binom.ppf(u, n, p)).astype(np.int64)


def overdispersed(u: Floats, mean: Floats | float, excess: Floats | float) -> Ints:
    """The smallest count whose distribution function reaches ``u``: negative binomial with this mean and a variance of
    ``1 + excess`` times the mean; Poisson where ``excess`` is 0. One ``mean`` and ``excess`` for all, or one for each.
    """
    if isinstance(mean, float) and isinstance(excess, float) and mean <= MOST_TABLED:
        return np.searchsorted(_table(mean, excess), u)
    from scipy.stats import nbinom

    mean, excess = np.broadcast_to(mean, u.shape), np.broadcast_to(excess, u.shape)
    out = np.zeros(u.shape, np.int64)
    spread = (excess > 0) & (mean > 0)
    out[spread] = nbinom.ppf(u[spread], mean[spread] / excess[spread], 1.0 / (1.0 + excess[spread])).astype(np.int64)
    plain = ~(excess > 0) & (mean > 0)
    out[plain] = poisson(u[plain], mean[plain])
    return out


@lru_cache(maxsize=4096)
def _table(mean: float, excess: float) -> Floats:
    """The distribution function at 0, 1, 2 ... up to where it is 1 to the last bit or so."""
    from scipy.special import betainc, pdtr

    if mean == 0.0:
        return np.ones(1)
    spread = 1.0 + excess
    counts = np.arange(int(mean + 10.0 * np.sqrt(mean * spread) + 60.0 * spread))
    table = betainc(mean / excess, counts + 1.0, 1.0 / spread) if excess > 0 else pdtr(counts, mean)
    table.flags.writeable = False
    return table
