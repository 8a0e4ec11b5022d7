"""Which distributions are lists: points of an audit, choices, a column of data?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simfunnel.distributions.law import FloatArray, Law, Real

_FEW = 8  # up to so many bounds, comparing with each is faster than a binary search


def _count_below(u: FloatArray, bounds: FloatArray) -> NDArray[np.int64]:
    """How many of the ascending bounds lie strictly under each u."""
    if len(bounds) > _FEW:
        return np.searchsorted(bounds, u, side="left").astype(np.int64, copy=False)
    count = np.zeros(len(u), dtype=np.int64)
    for bound in bounds:
        count += u > bound
    return count


@dataclass(frozen=True, eq=False)
class Points(Law):
    """Cumulative shares at given values, log-linear between: how audits are published.

    Where the first share is above 0 %, nothing is known of those below it: they are spread log-linearly from a
    thousandth of the first value up to it, so most of them lie far under it. Begin with 0 % to say otherwise.
    """

    shares: tuple[float, ...]
    values: tuple[float, ...]

    @cached_property
    def _knots(self) -> tuple[FloatArray, FloatArray]:
        shares, values = list(self.shares), list(self.values)
        if shares[0] > 0.0:
            shares.insert(0, 0.0)
            values.insert(0, values[0] / 1000.0)
        return np.array(shares), np.array(values)

    @cached_property
    def _lines(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        shares, values = self._knots
        logs = np.log(values)
        return shares[:-1], logs[:-1], np.diff(logs) / np.diff(shares)

    def quantile(self, u: FloatArray) -> FloatArray:
        start, log, slope = self._lines
        line = _count_below(u, start[1:])
        x = u - start.take(line)
        x *= slope.take(line)
        x += log.take(line)
        return np.exp(x, out=x)

    def cdf(self, x: FloatArray) -> FloatArray:
        shares, values = self._knots
        with np.errstate(divide="ignore"):
            return np.interp(np.log(np.maximum(x, 0.0)), np.log(values), shares)

    def _moment(self, power: int) -> float:
        shares, values = self._knots
        raised = values**power
        return float(np.sum(np.diff(shares) * np.diff(raised) / np.diff(np.log(raised))))

    def mean(self) -> Real:
        return self._moment(1)

    def sd(self) -> Real:
        return math.sqrt(max(self._moment(2) - self._moment(1) ** 2, 0.0))

    def support(self) -> tuple[float, float]:
        _, values = self._knots
        return float(values[0]), float(values[-1])

    def breaks(self) -> tuple[float, ...]:
        return tuple(float(share) for share in self._knots[0][1:-1])


@dataclass(frozen=True, eq=False)
class Choice(Law):
    """One of a few values, each with its share."""

    shares: tuple[float, ...]
    values: tuple[float, ...]

    @cached_property
    def _steps(self) -> tuple[FloatArray, FloatArray]:
        """Ascending values, and the cumulative share of each."""
        order = np.argsort(self.values, kind="stable")
        cumulative = np.cumsum(np.array(self.shares)[order])
        cumulative[-1] = 1.0
        return np.array(self.values)[order], cumulative

    def quantile(self, u: FloatArray) -> FloatArray:
        values, cumulative = self._steps
        return values.take(_count_below(u, cumulative[:-1]))

    def cdf(self, x: FloatArray) -> FloatArray:
        return self._share(np.searchsorted(self._steps[0], x, side="right"))

    def below(self, x: FloatArray) -> FloatArray:
        return self._share(np.searchsorted(self._steps[0], x, side="left"))

    def _share(self, count: NDArray[np.intp]) -> FloatArray:
        return np.concatenate([[0.0], self._steps[1]]).take(count)

    def mean(self) -> Real:
        return math.fsum(share * value for share, value in zip(self.shares, self.values, strict=True))

    def sd(self) -> Real:
        mean = float(self.mean())
        pairs = zip(self.shares, self.values, strict=True)
        return math.sqrt(math.fsum(share * (value - mean) ** 2 for share, value in pairs))

    def support(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    def atoms(self) -> tuple[float, ...]:
        return tuple(sorted(set(self.values)))

    def breaks(self) -> tuple[float, ...]:
        return tuple(float(share) for share in self._steps[1][:-1])


@dataclass(frozen=True, eq=False)
class Empirical(Law):
    """A column of data: quantiles by straight lines between the sorted values."""

    values: tuple[float, ...]

    @cached_property
    def _sorted(self) -> FloatArray:
        ordered = np.sort(np.array(self.values))
        return ordered if len(ordered) > 1 else np.repeat(ordered, 2)

    def quantile(self, u: FloatArray) -> FloatArray:
        ordered = self._sorted
        place = u * (len(ordered) - 1)
        left = place.astype(np.int64)
        place -= left
        low, high = ordered.take(left), ordered.take(left + 1, mode="clip")
        return np.minimum(low + (high - low) * place, high)

    def cdf(self, x: FloatArray) -> FloatArray:
        return self._place(x, "right")

    def below(self, x: FloatArray) -> FloatArray:
        return self._place(x, "left")

    def _place(self, x: FloatArray, side: str) -> FloatArray:
        """Share of the line at or under x (side right), or under it (left): they differ where values repeat."""
        ordered = self._sorted
        after = np.searchsorted(ordered, x, side="right" if side == "right" else "left")
        left = np.clip(after - 1, 0, len(ordered) - 2)
        low, high = ordered[left], ordered[left + 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(high > low, (x - low) / (high - low), 1.0 if side == "right" else 0.0)
        share = (left + np.clip(part, 0.0, 1.0)) / (len(ordered) - 1)
        share = np.where(after == 0, 0.0, share)
        return np.where(after == len(ordered), 1.0, share)

    def mean(self) -> Real:
        ordered = self._sorted
        return float(np.mean((ordered[:-1] + ordered[1:]) / 2.0))

    def sd(self) -> Real:
        centred = self._sorted - float(self.mean())
        low, high = centred[:-1], centred[1:]
        return math.sqrt(float(np.mean((low * low + low * high + high * high) / 3.0)))

    def support(self) -> tuple[float, float]:
        return float(self._sorted[0]), float(self._sorted[-1])

    def atoms(self) -> tuple[float, ...]:
        ordered = self._sorted
        return tuple(float(value) for value in np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))

    def breaks(self) -> tuple[float, ...]:
        steps = len(self._sorted) - 1
        return tuple(i / steps for i in range(1, steps))
