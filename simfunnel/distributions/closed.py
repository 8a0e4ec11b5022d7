"""Which families have a quantile function that can be written down?

Their parameters may be arrays (one value per lead, say), which is how
uncertain parameters enter.  `1 - u` is exact for shares u = (k + 1/2) / 2**52.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from simfunnel.distributions.law import FloatArray, Law, Real, special
from simfunnel.distributions.table import Table, scaled

Z90 = 1.2815515655446004  # 90 % quantile of the standard normal


@cache
def _standard_normal() -> Table:
    return Table(lambda v, upper: -special().ndtri(v) if upper else special().ndtri(v))


# within these bounds cubics keep what a table promises, and a table is scarcely dearer than one logarithm
_SHAPES = (0.3, 20.0)
_SIGMAS = (0.02, 3.0)
_KEPT = 128


@lru_cache(maxsize=_KEPT)
def _unit_weibull(shape: float) -> Table:
    return Table(lambda v, upper: (-np.log(v) if upper else -np.log1p(-v)) ** (1.0 / shape))


@lru_cache(maxsize=_KEPT)
def _unit_lognormal(sigma: float) -> Table:
    return Table(lambda v, upper: np.exp(sigma * (-special().ndtri(v) if upper else special().ndtri(v))))


def standard_normal(u: FloatArray) -> FloatArray:
    """Quantiles of the standard normal; error below 1e-10 in u."""
    return _standard_normal()(u)


@dataclass(frozen=True, eq=False)
class Fixed(Law):
    """Always the same value."""

    value: Real

    def quantile(self, u: FloatArray) -> FloatArray:
        return np.zeros_like(u) + self.value

    def cdf(self, x: FloatArray) -> FloatArray:
        return (x >= self.value).astype(np.float64)

    def below(self, x: FloatArray) -> FloatArray:
        return (x > self.value).astype(np.float64)

    def mean(self) -> Real:
        return self.value

    def sd(self) -> Real:
        return 0.0 * self.value

    def support(self) -> tuple[float, float]:
        return float(self.value), float(self.value)

    def atoms(self) -> tuple[float, ...]:
        return (float(self.value),)


@dataclass(frozen=True, eq=False)
class Weibull(Law):
    """exp(-(x / scale) ** shape) is the chance to exceed x; shape 1 is the exponential."""

    shape: Real
    scale: Real

    @property
    def is_tabled(self) -> bool:
        return isinstance(self.shape, float) and _SHAPES[0] <= self.shape <= _SHAPES[1] and self.shape != 1.0

    def quantile(self, u: FloatArray) -> FloatArray:
        if self.is_tabled:
            assert isinstance(self.shape, float)
            return scaled(_unit_weibull(self.shape), u, self.scale)
        hazard = np.log(1.0 - u)
        np.negative(hazard, out=hazard)
        if not (isinstance(self.shape, float) and self.shape == 1.0):
            # not np.power, which takes short cuts for some single exponents but not for arrays of them
            np.log(hazard, out=hazard)
            hazard /= self.shape
            np.exp(hazard, out=hazard)
        hazard *= self.scale
        return hazard

    def cdf(self, x: FloatArray) -> FloatArray:
        return -np.expm1(-self._hazard(x))

    def sf(self, x: FloatArray) -> FloatArray:
        return np.exp(-self._hazard(x))

    def _hazard(self, x: FloatArray) -> FloatArray:
        return np.asarray((np.maximum(x, 0.0) / self.scale) ** self.shape, dtype=np.float64)

    def mean(self) -> Real:
        return np.asarray(self.scale * special().gamma(1.0 + 1.0 / np.asarray(self.shape)))

    def sd(self) -> Real:
        first = special().gammaln(1.0 + 1.0 / np.asarray(self.shape))
        second = special().gammaln(1.0 + 2.0 / np.asarray(self.shape))
        with np.errstate(over="ignore"):
            return np.asarray(self.mean() * np.sqrt(np.expm1(second - 2.0 * first)))

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf


@dataclass(frozen=True, eq=False)
class Lognormal(Law):
    """exp of a normal: most are short, some very long."""

    mu: Real
    sigma: Real

    @property
    def is_tabled(self) -> bool:
        return isinstance(self.sigma, float) and _SIGMAS[0] <= self.sigma <= _SIGMAS[1]

    def quantile(self, u: FloatArray) -> FloatArray:
        if self.is_tabled:
            assert isinstance(self.sigma, float)
            return scaled(_unit_lognormal(self.sigma), u, np.exp(self.mu))
        z = standard_normal(u)
        z *= self.sigma
        z += self.mu
        return np.exp(z, out=z)

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().ndtr(self._z(x)))

    def sf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().ndtr(-self._z(x)))

    def _z(self, x: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.asarray((np.log(np.maximum(x, 0.0)) - self.mu) / self.sigma)

    def mean(self) -> Real:
        with np.errstate(over="ignore"):
            return np.exp(self.mu + self.sigma * self.sigma / 2.0)

    def sd(self) -> Real:
        with np.errstate(over="ignore"):
            return self.mean() * np.sqrt(np.expm1(self.sigma * self.sigma))

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf


@dataclass(frozen=True, eq=False)
class Uniform(Law):
    """Every value between low and high alike."""

    low: Real
    high: Real

    def quantile(self, u: FloatArray) -> FloatArray:
        return self.low + (self.high - self.low) * u

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0))

    def sf(self, x: FloatArray) -> FloatArray:
        return np.asarray(np.clip((self.high - x) / (self.high - self.low), 0.0, 1.0))

    def mean(self) -> Real:
        return (self.low + self.high) / 2.0

    def sd(self) -> Real:
        return (self.high - self.low) / math.sqrt(12.0)

    def support(self) -> tuple[float, float]:
        return float(self.low), float(self.high)


@dataclass(frozen=True, eq=False)
class Triangular(Law):
    """Rises straight from low to the mode and falls straight to high."""

    low: Real
    mode: Real
    high: Real

    def quantile(self, u: FloatArray) -> FloatArray:
        width, left, right = self.high - self.low, self.mode - self.low, self.high - self.mode
        rising = self.low + np.sqrt(u * width * left)
        falling = self.high - np.sqrt((1.0 - u) * width * right)
        return np.asarray(np.where(u * width < left, np.minimum(rising, self.mode), np.maximum(falling, self.mode)))

    def cdf(self, x: FloatArray) -> FloatArray:
        width, left, right = self.high - self.low, self.mode - self.low, self.high - self.mode
        x = np.clip(x, self.low, self.high)
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = (x - self.low) ** 2 / (width * left)
            falling = 1.0 - (self.high - x) ** 2 / (width * right)
        return np.asarray(np.where(x < self.mode, rising, np.where(x < self.high, falling, 1.0)))

    def mean(self) -> Real:
        return (self.low + self.mode + self.high) / 3.0

    def sd(self) -> Real:
        a, c, b = self.low, self.mode, self.high
        return np.sqrt(((b - a) * (b - a) + (c - a) * (c - b)) / 18.0)

    def support(self) -> tuple[float, float]:
        return float(self.low), float(self.high)


@dataclass(frozen=True, eq=False)
class Normal(Law):
    """The bell curve; values may be negative."""

    centre: Real
    spread: Real

    def quantile(self, u: FloatArray) -> FloatArray:
        z = standard_normal(u)
        z *= self.spread
        z += self.centre
        return z

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().ndtr((x - self.centre) / self.spread))

    def sf(self, x: FloatArray) -> FloatArray:
        return np.asarray(special().ndtr((self.centre - x) / self.spread))

    def mean(self) -> Real:
        return self.centre

    def sd(self) -> Real:
        return self.spread

    def support(self) -> tuple[float, float]:
        return -math.inf, math.inf


@dataclass(frozen=True, eq=False)
class TruncatedNormal(Law):
    """A normal of which only what lies between low and high is kept."""

    centre: Real
    spread: Real
    low: Real
    high: Real

    def _ends(self) -> tuple[Real, Real, Real]:
        """Standardised ends with most of the mass on their left, and the sign that turned them so."""
        a, b = (self.low - self.centre) / self.spread, (self.high - self.centre) / self.spread
        sign = np.where(a + b > 0, -1.0, 1.0)
        return np.where(sign > 0, a, -b), np.where(sign > 0, b, -a), sign

    def quantile(self, u: FloatArray) -> FloatArray:
        a, b, sign = self._ends()
        below, kept = special().ndtr(a), special().ndtr(b) - special().ndtr(a)
        # not the table: its error in u would count once per share kept
        z = special().ndtri(below + np.where(sign > 0, u, 1.0 - u) * kept)
        return np.asarray(np.clip(self.centre + self.spread * (sign * z), self.low, self.high))

    def cdf(self, x: FloatArray) -> FloatArray:
        return self._share(x, 1.0)

    def sf(self, x: FloatArray) -> FloatArray:
        return self._share(x, -1.0)

    def _share(self, x: FloatArray, side: float) -> FloatArray:
        """Share under x (side 1) or above it (side -1)."""
        a, b, sign = self._ends()
        z = np.clip(sign * (x - self.centre) / self.spread, a, b)
        at_a, at_b, at_z = (special().ndtr(end) for end in (a, b, z))
        return np.asarray(np.where(sign == side, at_z - at_a, at_b - at_z) / (at_b - at_a))

    def _moments(self) -> tuple[Real, Real]:
        a, b, sign = self._ends()
        kept = special().ndtr(b) - special().ndtr(a)
        at_a, at_b = (np.exp(-end * end / 2.0) / math.sqrt(2.0 * math.pi) for end in (a, b))
        shift = (at_a - at_b) / kept
        edge_a, edge_b = (np.where(np.isinf(end), 0.0, end) * at for end, at in ((a, at_a), (b, at_b)))
        return sign * shift, np.sqrt(1.0 + (edge_a - edge_b) / kept - shift * shift)

    def mean(self) -> Real:
        return self.centre + self.spread * self._moments()[0]

    def sd(self) -> Real:
        return self.spread * self._moments()[1]

    def support(self) -> tuple[float, float]:
        return float(self.low), float(self.high)


def exponential(params: Mapping[str, Real]) -> Law:
    scale = params["mean"] if "mean" in params else params["median"] / math.log(2.0)
    return Weibull(1.0, scale)


def weibull(params: Mapping[str, Real]) -> Law:
    shape = params["shape"]
    if "scale" in params:
        return Weibull(shape, params["scale"])
    if "median" in params:
        return Weibull(shape, params["median"] * np.exp(-math.log(math.log(2.0)) / np.asarray(shape)))
    return Weibull(shape, params["mean"] / special().gamma(1.0 + 1.0 / np.asarray(shape)))


def lognormal(params: Mapping[str, Real]) -> Law:
    if "median" in params:
        sigma = np.log(params["p90"] / params["median"]) / Z90 if "p90" in params else params["sigma"]
        return Lognormal(np.log(params["median"]), sigma)
    cv = params["cv"] if "cv" in params else params["sd"] / params["mean"]
    variance = np.log1p(cv * cv)
    return Lognormal(np.log(params["mean"]) - variance / 2.0, np.sqrt(variance))


def normal(params: Mapping[str, Real]) -> Law:
    if "low" in params or "high" in params:
        return TruncatedNormal(params["mean"], params["sd"], params.get("low", -math.inf), params.get("high", math.inf))
    return Normal(params["mean"], params["sd"])
