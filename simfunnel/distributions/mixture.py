"""What is the quantile of a mixture, one roll deciding which part and how long at once?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simfunnel.distributions.inversion import invert
from simfunnel.distributions.law import HIGHEST, LOWEST, FloatArray, Law, Real
from simfunnel.distributions.table import Table


@dataclass(frozen=True, eq=False)
class Mixture(Law):
    """Several distributions, each with its share; `quantile` inverts the cdf of the whole."""

    shares: tuple[float, ...]
    parts: tuple[Law, ...]

    @cached_property
    def _table(self) -> Table:
        return Table(self._invert)

    def _invert(self, v: FloatArray, upper: bool) -> FloatArray:
        u = np.clip(1.0 - v if upper else v, LOWEST, HIGHEST)
        ends = np.stack([part.quantile(u) for part in self.parts])
        return invert(self, v, upper, ends.min(axis=0), ends.max(axis=0))

    def quantile(self, u: FloatArray) -> FloatArray:
        return self._table(u)

    def _blend(self, of_parts: list[FloatArray]) -> FloatArray:
        total = np.zeros_like(of_parts[0])
        for share, value in zip(self.shares, of_parts, strict=True):
            total += share * value
        return total

    def cdf(self, x: FloatArray) -> FloatArray:
        return self._blend([part.cdf(x) for part in self.parts])

    def sf(self, x: FloatArray) -> FloatArray:
        return self._blend([part.sf(x) for part in self.parts])

    def below(self, x: FloatArray) -> FloatArray:
        return self._blend([part.below(x) for part in self.parts])

    def mean(self) -> Real:
        return math.fsum(share * float(part.mean()) for share, part in zip(self.shares, self.parts, strict=True))

    def sd(self) -> Real:
        mean = float(self.mean())
        squares = (float(part.sd()) ** 2 + (float(part.mean()) - mean) ** 2 for part in self.parts)
        return math.sqrt(math.fsum(share * square for share, square in zip(self.shares, squares, strict=True)))

    def support(self) -> tuple[float, float]:
        ends = [part.support() for part in self.parts]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def atoms(self) -> tuple[float, ...]:
        return tuple(sorted({atom for part in self.parts for atom in part.atoms()}))

    def breaks(self) -> tuple[float, ...]:
        """Where a part begins, ends or breaks, in shares of the whole."""
        at: set[float] = set()
        for part in self.parts:
            inner = part.quantile(np.array(part.breaks())) if part.breaks() else np.empty(0)
            values = np.array([value for value in (*part.support(), *inner) if math.isfinite(value)])
            at |= {float(share) for share in (*self.below(values), *self.cdf(values))}
        return tuple(sorted(share for share in at if 0.0 < share < 1.0))
