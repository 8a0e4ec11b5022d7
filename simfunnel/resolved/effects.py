"""What does a factor on the odds make of a mean conversion, and which factor lifts it by so much?

A stage's conversion may be uncertain (once per future), drift (from week to week) and depend on a lead's quality. What
is stated, and what a lift is of, is the mean over all of these; a factor moves the odds in each future, week and lead.
Odds bend, so the factor that moves the mean as asked is not the one that would move a conversion which is always the
mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simfunnel.distributions import Distribution, nodes
from simfunnel.engine.odds import OF_SHOCK, SHOCKS, expit, intercept, logit
from simfunnel.engine.plan import Floats
from simfunnel.resolved.inputs import Number

_STEPS = 100  # Newton takes 3 to 6, halving never more than this
_FURTHEST = 700.0  # log-odds: beyond, a factor outgrows float64
_MOST_RATES, _MOST_SPREADS = 256, 16  # values that stand for what is uncertain beside a drift
_CLOSE = 1e-13


@dataclass(frozen=True)
class BaseRate:
    """The conversion of a stage's worked leads in one sector, before any effect on their odds.

    Parameters
    ----------
    conversion : float or Distribution
        As written.
    worked_share : float
        What it is divided by: 1, or the share of the entered leads that are worked in time.
    drift_sd : float or Distribution
        Standard deviation of the drift on the log-odds, 0 without.
    weight : float or Distribution
        Standard deviation of what the quality of fresh leads does to the log-odds, 0 without.

    Examples
    --------
    >>> steady = BaseRate(0.25)
    >>> round(steady.under(steady.factor(0.2)), 6)
    0.3
    >>> wandering = BaseRate(0.25, drift_sd=1.0)
    >>> round(steady.factor(0.2), 4), round(wandering.factor(0.2), 4)
    (1.2857, 1.3452)
    """

    conversion: Number
    worked_share: float = 1.0
    drift_sd: Number = 0.0
    weight: Number = 0.0

    @cached_property
    def mean(self) -> float:
        """Of all worked leads, the share that advances."""
        rates, weights = self._rates
        return float(rates @ weights)

    def under(self, factor: Number) -> float:
        """The mean where all odds are multiplied by a factor, which may be uncertain itself."""
        factors, weights = _few(*_nodes(factor), _MOST_SPREADS)
        means = [self._moved(x)[0] for x in np.log(factors)]
        return float(np.array(means) @ weights)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """The lowest and highest mean that a factor can bring about: a rate of 0 or 1 is not moved."""
        rates, weights = self._rates
        return float(weights[rates >= 1.0].sum()), float(weights[rates > 0.0].sum())

    def factor(self, lift: float) -> float | None:
        """The factor on the odds that multiplies the mean by 1 + ``lift``; None where none does."""
        target, (low, high) = self.mean * (1.0 + lift), self.reach
        if lift == 0.0 or low == high:
            return 1.0
        if not low < target < high:
            return None
        least, most = -_FURTHEST, _FURTHEST
        x = float(logit(np.array(target)) - logit(np.array(self.mean)))
        for _ in range(_STEPS):
            mean, slope = self._moved(x)
            if abs(mean - target) <= _CLOSE * target:
                break
            least, most = (least, x) if mean > target else (x, most)
            step = (mean - target) / slope if slope > 0.0 else np.inf
            x = x - step if least < x - step < most else (least + most) / 2.0
        return float(np.exp(x))

    @cached_property
    def _rates(self) -> tuple[Floats, Floats]:
        """What the conversion may be, and the weight of each."""
        values, weights = _nodes(self.conversion)
        return np.clip(values / self.worked_share, 0.0, 1.0), weights

    @cached_property
    def _odds(self) -> tuple[Floats, Floats]:
        """Log-odds over ignorance, drift and quality that can be moved, and their weights."""
        rates, weights = self._rates
        inside = (rates > 0.0) & (rates < 1.0)
        rates, weights = rates[inside], weights[inside]
        spreads, of_spread = self._spreads
        if not spreads.any():
            return logit(rates), weights
        rates, weights = _few(rates, weights, _MOST_RATES)
        starts = intercept(rates[:, None], spreads[None, :])
        odds = starts[:, :, None] + spreads[None, :, None] * SHOCKS
        return odds.ravel(), (weights[:, None, None] * of_spread[None, :, None] * OF_SHOCK).ravel()

    @property
    def _spreads(self) -> tuple[Floats, Floats]:
        """Standard deviations of the log-odds over drift and quality, and their weights."""
        drifts, of_drift = _few(*_nodes(self.drift_sd), _MOST_SPREADS)
        weights, of_weight = _few(*_nodes(self.weight), _MOST_SPREADS)
        both = np.hypot(drifts[:, None], weights[None, :]).ravel()
        return _few(both, (of_drift[:, None] * of_weight[None, :]).ravel(), _MOST_SPREADS)

    def _moved(self, by: float) -> tuple[float, float]:
        """The mean after a shift of the log-odds, and its slope there."""
        odds, weights = self._odds
        rates = expit(odds + by)
        return self.reach[0] + float(rates @ weights), float((rates * (1.0 - rates)) @ weights)


def _nodes(value: Number) -> tuple[Floats, Floats]:
    return nodes(value) if isinstance(value, Distribution) else (np.array([value], np.float64), np.ones(1))


def _few(values: Floats, weights: Floats, most: int) -> tuple[Floats, Floats]:
    """At most so many values, each the mean of its neighbours."""
    if len(values) <= most:
        return values, weights
    order = np.argsort(values, kind="stable")
    groups = [group for group in np.array_split(order, most) if weights[group].sum() > 0.0]
    total = np.array([weights[group].sum() for group in groups])
    return np.array([values[group] @ weights[group] for group in groups]) / total, total
