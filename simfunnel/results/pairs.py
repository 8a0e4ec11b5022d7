"""What do two figures of every future, one of the baseline and one of the variant, say about the change?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, isfinite, isnan, nan, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.results.intervals import half_width, mean_mcse, order_statistics, wilson, z_value
from simfunnel.results.text import MISSING, percent, plain, signed

Array = npt.NDArray[Any]

#: Money is read from whole cents and shares from quotients: what differs further behind is rounding, not a difference.
_DECIMALS = {"money": 4, "share": 12}


@dataclass(frozen=True, repr=False)
class Pairs:
    """One measure of one variant against the baseline, over the futures in which both have it.

    Attributes
    ----------
    n : int
        Futures in which neither figure is missing; nothing else is known (NaN) where there is none.
    difference, mcse, low, high : float
        Mean of variant - baseline, its Monte Carlo error and confidence interval.
    p10, p50, p90 : float
        Prediction quantiles of the difference, each with its confidence interval ``_low`` to ``_high``.
    better, equal, worse : float
        Share of the futures, each with its Wilson interval; better and worse are NaN where no direction is better.
    pairing_factor, pairing_factor_mcse : float
        How many times the replications two runs with separate luck would need for the same error: (variance of the
        baseline + variance of the variant) / variance of the difference. Infinite where the difference never varies,
        missing where nothing varies.
    unit, currency, level
        Of the measure, and of the intervals.
    """

    n: int
    baseline_mean: float
    baseline_mcse: float
    variant_mean: float
    variant_mcse: float
    difference: float
    mcse: float
    low: float
    high: float
    p10: float
    p10_low: float
    p10_high: float
    p50: float
    p50_low: float
    p50_high: float
    p90: float
    p90_low: float
    p90_high: float
    better: float
    better_low: float
    better_high: float
    equal: float
    equal_low: float
    equal_high: float
    worse: float
    worse_low: float
    worse_high: float
    pairing_factor: float
    pairing_factor_mcse: float
    unit: str = ""
    currency: str = "$"
    level: float = 0.95

    def figures(self) -> dict[str, float]:
        """Every figure by its name."""
        return {name: value for name, value in asdict(self).items() if name not in ("unit", "currency", "level")}

    def share(self, which: str) -> str:
        """Share of the futures that are better, equal or worse, to the digits that its interval supports."""
        value, low, high = (getattr(self, f"{which}{end}") for end in ("", "_low", "_high"))
        if not isfinite(value):
            return MISSING
        if value in (0.0, 1.0):  # none or all of these futures: no digit is in doubt
            return percent(value)
        return percent(value, half_width(low, high) / z_value(self.level))

    def __str__(self) -> str:
        if self.n == 0:
            return f"{MISSING} (no future has this figure)"
        value, low, high = (
            signed(each, self.unit, self.mcse, self.currency) for each in (self.difference, self.low, self.high)
        )
        interval = f"{plain(self.level * 100)} % CI {low.removesuffix(' points')} to {high.removesuffix(' points')}, "
        kinds = ("equal",) if isnan(self.better) else ("better", "equal", "worse")
        shares = ", ".join(f"{kind} in {self.share(kind)}" for kind in kinds)
        on = f"{interval if isfinite(self.mcse) else ''}{plain(self.n)} {'future' if self.n == 1 else 'futures'}"
        return f"{value} on average ({on}); {shares}"

    __repr__ = __str__


def difference(baseline: Array, variant: Array, unit: str) -> Array:
    """Variant minus baseline in each future, shape (n_sims,); NaN where either has no such figure."""
    plain = variant - baseline
    return np.asarray(np.round(plain, _DECIMALS[unit]) + 0.0) if unit in _DECIMALS else plain


def pairs(
    baseline: Array, variant: Array, *, unit: str, direction: str, currency: str = "$", level: float = 0.95
) -> Pairs:
    """Everything that is said of one measure.

    Parameters
    ----------
    baseline, variant : float64 arrays, shape (n_sims,)
        Replication by replication; NaN where a future has no such figure.
    unit, direction : str
        As in `simfunnel.measures.Measure`: what is better, ``more``, ``less`` or ``neither``.
    level : float
        Confidence level of all intervals.

    Examples
    --------
    >>> found = pairs(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 5.0]), unit="deals", direction="more")
    >>> found.difference, round(found.better, 3)
    (1.0, 0.667)
    >>> found
    +1.0 on average (95 % CI -0.1 to +2.1, 3 futures); better in 70 %, equal in 30 %, worse in 0 %
    """
    present = ~(np.isnan(baseline) | np.isnan(variant))
    baseline, variant = baseline[present], variant[present]
    change = difference(baseline, variant, unit)
    mean, mcse = moments(change)
    reach = z_value(level) * mcse
    sign = {"more": 1, "less": -1}.get(direction, 0)
    gains = _share(change * sign > 0, level) if sign else (nan, nan, nan)
    losses = _share(change * sign < 0, level) if sign else (nan, nan, nan)
    p10, p50, p90 = order_statistics(change, (0.1, 0.5, 0.9), level)
    return Pairs(
        len(change), *moments(baseline), *moments(variant), mean, mcse, mean - reach, mean + reach,
        *p10, *p50, *p90, *gains, *_share(change == 0, level), *losses, *pairing_factor(baseline, variant, change),
        unit, currency, level,
    )  # fmt: skip


def moments(values: Array) -> tuple[float, float]:
    """Mean and Monte Carlo error; values that are all the same have exactly that mean and no error."""
    if len(values) > 1 and values.min() == values.max():
        return float(values[0]), 0.0
    return mean_mcse(values)


def pairing_factor(baseline: Array, variant: Array, change: Array) -> tuple[float, float]:
    """How many times the replications an unpaired comparison would need, and the delta-method error of that."""
    n = len(change)
    if n < 2:
        return nan, nan
    apart = _squares(baseline) + _squares(variant)
    together = _squares(change)
    if not together.any():
        return (inf if apart.any() else nan), nan
    factor = float(apart.sum() / together.sum())
    residual = (apart - factor * together) / together.mean()
    return factor, float(np.std(residual, ddof=1)) / sqrt(n)


def paired_chance(before: Array, after: Array, level: float = 0.95) -> tuple[float, float, float]:
    """By how much the chance of a claim changes, with a confidence interval for paired futures.

    Only futures that change sides say anything about the difference (McNemar's principle). The interval is Bonett and
    Price's (2012) adjusted Wald interval: one future is added to either side, so that it stays wide enough where
    hardly any future, or none, changes sides.

    Parameters
    ----------
    before, after : bool arrays, shape (n,)
        Where the claim is true of the baseline and of the variant.

    Returns
    -------
    value, low, high : float
        Between -1 and 1; missing (NaN) where n is 0.

    Examples
    --------
    >>> before, after = np.array([True, False, False, False]), np.array([True, True, True, False])
    >>> paired_chance(before, after)[0]
    0.5
    """
    z, n = z_value(level), len(before)
    if n == 0:
        return nan, nan, nan
    gained, lost = int(np.count_nonzero(after & ~before)), int(np.count_nonzero(before & ~after))
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    reach = z * sqrt((up + down - (up - down) ** 2) / (n + 2))
    return (gained - lost) / n, max(up - down - reach, -1.0), min(up - down + reach, 1.0)


def _squares(values: Array) -> Array:
    """Squared deviations from the mean; exactly 0 where all values are the same."""
    return np.asarray((values - moments(values)[0]) ** 2)


def _share(true: Array, level: float) -> tuple[float, float, float]:
    k, n = int(np.count_nonzero(true)), len(true)
    return (k / n if n else nan), *wilson(k, n, level)
