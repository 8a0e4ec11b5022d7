"""What is a distribution like when its parameters are themselves uncertain?

The uncertain parameters are replaced by a few hundred values with weights
(tanh-sinh quadrature over their quantiles, from one kink or jump to the next),
which makes the whole a finite mixture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from simfunnel.distributions.distribution import Distribution, law_of
from simfunnel.distributions.inversion import invert
from simfunnel.distributions.law import HIGHEST, LOWEST, FloatArray, Law, Real

_STEPS = {1: 0.08, 2: 0.16, 3: 0.32}  # of the quadrature, by number of uncertain parameters
_REACH = 3.2  # tanh-sinh nodes up to here: the next lie within 2**-53 of the ends
_TAIL = 2.0**-40  # a mean of which the shares beyond this one make more than _PART is infinite
_PART = 1e-3
_BLOCK = 1 << 20  # numbers in memory at a time
_MIDPOINTS = 1 << 13  # of a distribution that is not smooth, or whose parameters are uncertain
_MOST_PIECES = 40  # between kinks and jumps: beyond, midpoints are the better average
_SPREAD = 1 << 18  # values of a distribution with uncertain parameters, before they are thinned
_NEGLIGIBLE = 1e-9  # of the weightiest node


@dataclass(frozen=True, eq=False)
class Averaged(Law):
    """A law whose array parameters hold one value per node, and the nodes' weights."""

    law: Law
    weights: FloatArray
    outermost: NDArray[np.bool_]  # whether a node lies in the far tail of an uncertain parameter
    ends: tuple[float, float]

    def _average(self, moment: Real) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            parts = np.broadcast_to(moment, self.weights.shape) * self.weights
            total, size = float(parts.sum()), float(np.abs(parts).sum())
            far = float(np.abs(parts[self.outermost]).sum())
        return total if math.isfinite(total) and far <= _PART * size else math.inf

    def mean(self) -> Real:
        with np.errstate(over="ignore"):
            centres = self.law.mean()
        if not np.any(centres):
            return 0.0
        return self._average(centres)

    def sd(self) -> Real:
        mean = float(self.mean())
        if not math.isfinite(mean):
            return math.inf
        with np.errstate(over="ignore", invalid="ignore"):
            spreads, shifts = np.asarray(self.law.sd()), np.asarray(self.law.mean()) - mean
            squares = spreads * spreads + shifts * shifts
        return math.sqrt(self._average(squares)) if np.any(squares) else 0.0

    def _over_nodes(self, chance: str, x: FloatArray) -> FloatArray:
        rows = max(1, _BLOCK // len(self.weights))
        blocks = [x[start : start + rows, None] for start in range(0, len(x), rows)]
        return np.concatenate([getattr(self.law, chance)(block) @ self.weights for block in blocks] or [x])

    def cdf(self, x: FloatArray) -> FloatArray:
        return self._over_nodes("cdf", x)

    def sf(self, x: FloatArray) -> FloatArray:
        return self._over_nodes("sf", x)

    def below(self, x: FloatArray) -> FloatArray:
        return self._over_nodes("below", x)

    def quantile(self, u: FloatArray) -> FloatArray:
        everywhere = np.ones_like(self.weights)
        low = self.law.quantile(everywhere * LOWEST).min()
        high = self.law.quantile(everywhere * HIGHEST).max()
        return invert(self, u, False, np.full_like(u, low), np.full_like(u, high))

    def support(self) -> tuple[float, float]:
        return self.ends


def averaged(distribution: Distribution) -> Law:
    """The distribution as a whole, its uncertain parameters averaged over."""
    if distribution.family == "fixed":
        return law_of(distribution.inputs[0][1])
    names = [name for name, _ in distribution.inputs]
    grids, weights, outermost = _grid(distribution)
    law = law_of(distribution, dict(zip(names, grids, strict=True)))
    return Averaged(law, weights / weights.sum(), outermost, _support(distribution))


def _grid(distribution: Distribution) -> tuple[list[FloatArray], FloatArray, NDArray[np.bool_]]:
    """All combinations of what the uncertain parameters may be: a value of each, the weight, whether in a far tail."""
    step = _STEPS[min(len(distribution.inputs), 3)]
    found = [_nodes(value, step) for _, value in distribution.inputs]
    grids = np.meshgrid(*(values for values, _, _ in found), indexing="ij")
    weights = np.ones(1)
    outermost = np.zeros(1, dtype=bool)
    for _, weight, far in found:
        weights = np.outer(weights, weight).ravel()
        outermost = np.logical_or.outer(outermost, far).ravel()
    return [grid.ravel() for grid in grids], weights, outermost


def nodes(distribution: Distribution) -> tuple[FloatArray, FloatArray]:
    """Values that stand for the whole distribution, and their weights, which sum to 1: for the mean of any function.

    Examples
    --------
    >>> from simfunnel.distributions import build
    >>> values, weights = nodes(build("uniform", {"low": 0.0, "high": 1.0}))
    >>> round(float(values**2 @ weights), 12)
    0.333333333333
    """
    if distribution.inputs and distribution.family != "fixed":
        return _spread(distribution)
    if distribution.inputs or len(law_of(distribution).breaks()) > _MOST_PIECES:
        return distribution.quantile((np.arange(_MIDPOINTS) + 0.5) / _MIDPOINTS), np.full(_MIDPOINTS, 1 / _MIDPOINTS)
    values, weights, _ = _nodes(distribution, _STEPS[1])
    return values, weights / weights.sum()


def _spread(distribution: Distribution) -> tuple[FloatArray, FloatArray]:
    """Of a distribution whose parameters are uncertain: midpoints of it at every value of these, in few steps."""
    grids, weights, _ = _grid(distribution)
    kept = np.flatnonzero(weights > _NEGLIGIBLE * weights.max())
    each = max(16, _SPREAD // len(kept))
    u = np.tile((np.arange(each) + 0.5) / each, len(kept))
    inputs = [np.repeat(grid[kept], each) for grid in grids]
    values = distribution.prepare().quantile(u, inputs)
    weights = np.repeat(weights[kept] / weights[kept].sum() / each, each)
    return _thinned(values, weights)


def _thinned(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """As many values of the same weight as stand for the whole."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[order])
    at = np.searchsorted(upto, (np.arange(_MIDPOINTS) + 0.5) / _MIDPOINTS * upto[-1])
    return values[order[at]], np.full(_MIDPOINTS, 1 / _MIDPOINTS)


def _nodes(distribution: Distribution, step: float) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Values, weights, and whether each lies in the far tail."""
    law = law_of(distribution)
    bounds = (0.0, *law.breaks(), 1.0)
    t = np.arange(-_REACH, _REACH + step / 2, step)
    share = 1.0 / (1.0 + np.exp(-math.pi * np.sinh(t)))
    weight = math.pi * np.cosh(t) * share * (1.0 - share)
    weight /= weight.sum()
    u = np.concatenate([low + (high - low) * share for low, high in pairwise(bounds)])
    weights = np.concatenate([(high - low) * weight for low, high in pairwise(bounds)])
    far = np.minimum(u, 1.0 - u) < _TAIL
    return law.quantile(np.clip(u, LOWEST, HIGHEST)), weights, far


def _support(distribution: Distribution) -> tuple[float, float]:
    """From the lowest to the highest over all ends of the uncertain parameters."""
    names = [name for name, _ in distribution.inputs]
    reaches = [value.prepare().quantile(np.array([LOWEST, HIGHEST])) for _, value in distribution.inputs]
    exact = [value.support() for _, value in distribution.inputs]
    ends = [
        [bound if math.isfinite(bound) else near for bound, near in zip(support, reach, strict=True)]
        for support, reach in zip(exact, reaches, strict=True)
    ]
    with np.errstate(all="ignore"):  # an open end (a median of 0) is a limit here
        corners = [
            law_of(distribution, dict(zip(names, (np.array(end) for end in corner), strict=True))).support()
            for corner in product(*ends)
        ]
    return min(low for low, _ in corners), max(high for _, high in corners)
