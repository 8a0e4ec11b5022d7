"""Which families need a table of quantiles, made once per shape?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from simfunnel.distributions.law import FloatArray, Law, Real, special
from simfunnel.distributions.table import Table, scaled

_KEPT = 128  # tables of 350 kB (1 MB where the shape is wild), beside those that are in use


@lru_cache(maxsize=_KEPT)
def _unit_gamma(shape: float) -> Table:
    functions = special()
    return Table(lambda v, upper: functions.gammainccinv(shape, v) if upper else functions.gammaincinv(shape, v))


@lru_cache(maxsize=_KEPT)
def _unit_beta(a: float, b: float) -> Table:
    functions = special()
    return Table(lambda v, upper: functions.betainccinv(a, b, v) if upper else functions.betaincinv(a, b, v))


@dataclass(frozen=True, eq=False)
class Gamma(Law):
    """Sum of `shape` exponential waits; `scale` may be an array, `shape` may not."""

    shape: float
    scale: Real

    @cached_property
    def _table(self) -> Table:
        return _unit_gamma(self.shape)

    @property
    def is_tabled(self) -> bool:
        return True

    def quantile(self, u: FloatArray) -> FloatArray:
        return scaled(self._table, u, self.scale)

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().gammainc(self.shape, np.maximum(x, 0.0) / self.scale))

    def sf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().gammaincc(self.shape, np.maximum(x, 0.0) / self.scale))

    def mean(self) -> Real:
        return self.shape * self.scale

    def sd(self) -> Real:
        return math.sqrt(self.shape) * self.scale

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf


@dataclass(frozen=True, eq=False)
class Beta(Law):
    """A share, or anything between `low` and `high`."""

    a: float
    b: float
    low: float = 0.0
    high: float = 1.0

    @cached_property
    def _table(self) -> Table:
        return _unit_beta(self.a, self.b)

    @property
    def is_tabled(self) -> bool:
        return True

    def quantile(self, u: FloatArray) -> FloatArray:
        share = self._table(u)
        if (self.low, self.high) == (0.0, 1.0):
            return share
        share *= self.high - self.low
        share += self.low
        return np.minimum(share, self.high, out=share)

    def _share(self, x: FloatArray) -> FloatArray:
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().betainc(self.a, self.b, self._share(x)))

    def sf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().betaincc(self.a, self.b, self._share(x)))

    def mean(self) -> Real:
        return self.low + (self.high - self.low) * self.a / (self.a + self.b)

    def sd(self) -> Real:
        n = self.a + self.b
        return (self.high - self.low) * math.sqrt(self.a * self.b / (n + 1.0)) / n

    def support(self) -> tuple[float, float]:
        return self.low, self.high


def gamma(params: Mapping[str, Real]) -> Gamma:
    mean = params["mean"]
    if "shape" in params:
        shape = float(params["shape"])
    else:
        cv = float(params["cv"] if "cv" in params else params["sd"] / mean)
        shape = 1.0 / (cv * cv)
    return Gamma(shape, mean / shape)


def beta(params: Mapping[str, Real]) -> Beta:
    if "a" in params:
        return Beta(float(params["a"]), float(params["b"]))
    mean = float(params["mean"])
    n = float(params["n"]) if "n" in params else mean * (1.0 - mean) / float(params["sd"]) ** 2 - 1.0
    return Beta(mean * n, (1.0 - mean) * n)


def pert(params: Mapping[str, Real]) -> Law:
    low, mode, high = (float(params[name]) for name in ("low", "mode", "high"))
    lean = (mode - low) / (high - low)
    return Beta(1.0 + 4.0 * lean, 5.0 - 4.0 * lean, low, high)
