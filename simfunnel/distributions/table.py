"""How are quantiles read off fast, and the same however an array is split?

The distance to the nearer end, v = min(u, 1 - u), is exact in float64.  Its
leading bits (exponent and first bits of the mantissa) number a cell, so that
cells get finer towards either end, and in each cell a cubic takes over.  Cells
where a cubic is not good enough (kinks, the far tails) hold NaN and are split
further; in what little is left around a jump the exact function answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simfunnel.compiled import compiled
from simfunnel.distributions.law import LOWEST, FloatArray, Real

ExactTail = Callable[[FloatArray, bool], FloatArray]
"""(v, upper) -> the values under which (upper: above which) a share v lies, v in (0, 0.5]; element by element."""

_OCTAVES = 20  # of cells; beyond, in one value of a million, intervals are searched for
_FINE_OCTAVES = 14  # of them start with an interval a cell, the others with one an octave
_BITS = (7, 9)  # of the mantissa: 128 cells an octave stay in the processor's first cache; 512 for what is wild
_FEW = 0.01  # share of values that may be searched for before finer cells are taken
_TOLERANCE = 3e-11  # in u, a third of what is promised
_TAIL_TOLERANCE = 1e-4  # of v, which is stricter where v is tiny
_FINEST = 2.0**-30  # in u: narrower intervals are not worth making
_PARTS = 4  # an interval that fails is split into
_CHUNK = 16384  # values at a time: NumPy's buffers stay in the processor's cache

_MANTISSA = 52
_ONE = np.int64(1023 << _MANTISSA)  # the bits of 1.0
_FLOOR = 2.0 ** -(_OCTAVES + 1)
_TAIL = float(np.nextafter(_FLOOR, 0.0))  # stands for all of the tail: it leads to the row before the first cell

_NODES = np.array([0.0, 0.25, 0.75, 1.0])  # Chebyshev-Lobatto: a quarter of the error of Hermite's cubic
_BETWEEN = np.array([0.1, 0.5, 0.9])  # where a cubic is compared with the function
_TO_CUBIC = np.linalg.inv(np.vander(_NODES, increasing=True))


class Table:
    """Quantile function by cubics over cells of v = min(u, 1 - u).

    Parameters
    ----------
    exact : callable
        (v, upper) -> values, accurate and element by element.

    Notes
    -----
    Error below 1e-10 in u, down to both ends; about 8 ns a value in pieces
    of 16,384 (4 compiled), where `ndtri` and `NumericalInversePolynomial`
    take 13 to 15 (and the latter cuts the tails off and refuses densities
    with a pole).
    """

    def __init__(self, exact: ExactTail) -> None:
        self._exact = exact
        self._sides = [_intervals(exact, upper) for upper in (False, True)]
        for bits in _BITS:
            sides = [_cells(side, bits) for side in self._sides]
            lost = sum(share for _, share in sides)
            if lost <= _FEW:
                break
        self._cubics: FloatArray = np.concatenate([cubics for cubics, _ in sides])
        self._shift = _MANTISSA - bits
        self._first = _first(bits)

    def __call__(self, u: FloatArray, scale: float = 1.0) -> FloatArray:
        """Quantiles, times ``scale``, of a one-dimensional contiguous array of shares in (0, 1) of any length."""
        x = np.empty(u.size)
        if _read(u, self._cubics, self._shift, self._first, scale, x):
            lost = np.flatnonzero(np.isnan(x))
            x[lost] = self._search(u[lost]) * scale
        return x

    def _search(self, u: FloatArray) -> FloatArray:
        x = np.empty_like(u)
        in_upper = u > 0.5
        for upper, side in ((False, ~in_upper), (True, in_upper)):
            v = 1.0 - u[side] if upper else u[side]
            value = self._sides[upper].values(v)
            lost = np.isnan(value)
            if lost.any():
                value[lost] = self._exact(v[lost], upper)
            x[side] = value
        return x


def scaled(table: Table, u: FloatArray, scale: Real) -> FloatArray:
    """Quantiles of a table of any scale: one for all, or one for each."""
    if np.ndim(scale) == 0:
        return table(u, float(scale))
    x = table(u)
    x *= scale
    return x


def _plain(u: FloatArray, cubics: FloatArray, shift: int, first: int, scale: float, out: FloatArray) -> int:
    for at in range(0, u.size, _CHUNK):
        _chunk(u[at : at + _CHUNK], cubics, shift, first, out[at : at + _CHUNK])
    if scale != 1.0:
        out *= scale
    return int(np.count_nonzero(np.isnan(out)))


def _chunk(u: FloatArray, cubics: FloatArray, shift: int, first: int, x: FloatArray) -> None:
    v = np.subtract(1.0, u)
    in_upper = np.less(v, u)
    np.minimum(v, u, out=v)
    np.maximum(v, _TAIL, out=v)
    bits = v.view(np.int64)
    row = np.right_shift(bits, shift)
    row -= first - 1
    row += np.multiply(in_upper, len(cubics) // 2)
    # what is left of the mantissa, as a number from 0 to 1/128 (1/512)
    np.bitwise_and(bits, (1 << shift) - 1, out=bits)
    np.bitwise_or(bits, _ONE, out=bits)
    v -= 1.0
    cubic = cubics.take(row, axis=0, mode="clip")
    np.multiply(cubic[:, 3], v, out=x)
    x += cubic[:, 2]
    x *= v
    x += cubic[:, 1]
    x *= v
    x += cubic[:, 0]


def _loop(u: FloatArray, cubics: FloatArray, shift: int, first: int, scale: float, out: FloatArray) -> int:
    bits, row = out.view(np.int64), np.empty(u.size, np.int64)
    rows, rest, n_lost = len(cubics) // 2, (1 << shift) - 1, 0
    for i in range(u.size):  # in several loops, as those without look-ups take several numbers at a time
        upper = 1.0 - u[i]
        out[i] = max(min(upper, u[i]), _TAIL)
        row[i] = (bits[i] >> shift) - (first - 1) + (upper < u[i]) * rows
    for i in range(u.size):
        bits[i] = (bits[i] & rest) | _ONE
    for i in range(u.size):
        at, v = np.uint64(row[i]), out[i] - 1.0
        out[i] = ((cubics[at, 3] * v + cubics[at, 2]) * v + cubics[at, 1]) * v + cubics[at, 0]
    for i in range(u.size):
        x = out[i] * scale
        n_lost += x != x
        out[i] = x
    return n_lost


_read = compiled(_loop, plain=_plain)
"""(u, rows of coefficients, bits below a cell's, leading bits of the lowest cell, scale, out) -> how many are NaN."""


class _Fit(NamedTuple):
    """Intervals of v, the cubic of each in s = (v - start) / width, and whether it is good enough."""

    start: FloatArray
    width: FloatArray
    cubics: FloatArray  # shape (4, intervals)
    is_good: NDArray[np.bool_]

    def only(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> _Fit:
        return _Fit(self.start[which], self.width[which], self.cubics[:, which], self.is_good[which])

    def values(self, v: FloatArray) -> FloatArray:
        """The function at v; NaN where no interval holds it (the intervals ascend)."""
        place = np.searchsorted(self.start, v, side="right") - 1
        s = (v - self.start.take(place, mode="clip")) / self.width.take(place, mode="clip")
        x = _horner(self.cubics.take(place, axis=1, mode="clip"), s)
        return np.where((s >= 0.0) & (s < 1.0), x, np.nan)


def _first(bits: int) -> int:
    """The leading bits of the lowest cell."""
    return (1022 - _OCTAVES) << bits


def _edges(bits: int) -> FloatArray:
    leading: NDArray[np.int64] = _first(bits) + np.arange((_OCTAVES << bits) + 1, dtype=np.int64)
    return (leading << (_MANTISSA - bits)).view(np.float64)


def _cells(intervals: _Fit, bits: int) -> tuple[FloatArray, float]:
    """A row of four coefficients per cell, and the share of values in cells that no one interval holds.

    The first row stands for all that is nearer to the end, the last for u = 1/2.
    """
    edges = _edges(bits)
    start, width = edges[:-1], np.diff(edges)
    place = np.searchsorted(intervals.start, start, side="right") - 1
    s = (start - intervals.start[place]) / intervals.width[place]
    part = width / intervals.width[place]
    c0, c1, c2, c3 = intervals.cubics[:, place]
    moved = np.stack([c0 + s * (c1 + s * (c2 + s * c3)), c1 + s * (2 * c2 + s * 3 * c3), c2 + s * 3 * c3, c3])
    moved *= (part * 2.0**bits) ** np.arange(4)[:, None]
    is_lost = s + part > 1.0
    moved[:, is_lost] = np.nan
    rows = np.full((len(start) + 2, 4), np.nan)
    rows[1:-1] = moved.T
    return rows, float(width[is_lost].sum())


def _horner(cubics: FloatArray, s: FloatArray | float) -> FloatArray:
    return np.asarray(cubics[0] + s * (cubics[1] + s * (cubics[2] + s * cubics[3])))


def _fit(exact: ExactTail, upper: bool, start: FloatArray, width: FloatArray) -> _Fit:
    inside = np.concatenate([_NODES[1:], _BETWEEN])
    values = np.empty((1 + len(inside), len(start)))
    values[1:] = exact((start + inside[:, None] * width).ravel(), upper).reshape(len(inside), -1)
    begins = np.append(True, start[1:] != start[:-1] + width[:-1])[: len(start)]  # where no other ends
    values[0, ~begins] = values[len(_NODES) - 1, np.flatnonzero(~begins) - 1]
    values[0, begins] = exact(start[begins], upper)
    nodes, between = values[: len(_NODES)], values[len(_NODES) :]
    cubics = _TO_CUBIC @ nodes
    cubics[0] = nodes[0]
    cubics[1:, (values == values[0]).all(axis=0)] = 0.0  # a value of positive chance stays itself to the last bit
    misses = np.abs(_horner(cubics[:, None, :], _BETWEEN[:, None]) - between)
    rise = np.abs(nodes[-1] - nodes[0])
    allowed = np.minimum(_TOLERANCE, _TAIL_TOLERANCE * start)
    is_close = (misses * width <= allowed * rise) | (misses <= 1e-14 * np.abs(between))
    return _Fit(start, width, cubics, is_close.all(axis=0) & _is_monotone(cubics, upper))


def _is_monotone(cubics: FloatArray, upper: bool) -> NDArray[np.bool_]:
    first, second, third = (-cubics[1:] if upper else cubics[1:]) * np.array([[1.0], [2.0], [3.0]])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        turn = -second / (2.0 * third)
        at_turn = first + turn * second / 2.0
    dips = (third > 0) & (turn > 0) & (turn < 1) & (at_turn < 0)
    return np.asarray((first >= 0) & (first + second + third >= 0) & ~dips)


def _intervals(exact: ExactTail, upper: bool) -> _Fit:
    """Intervals with a good cubic from the very end to 1/2, ascending; gaps only where there is a jump."""
    edges = _edges(_BITS[0])[(_OCTAVES - _FINE_OCTAVES) << _BITS[0] :]
    octaves = 2.0 ** np.arange(np.log2(LOWEST) - 1, np.log2(edges[0]))
    start, width = np.concatenate([octaves, edges[:-1]]), np.concatenate([octaves, np.diff(edges)])
    done = []
    while start.size:
        fit = _fit(exact, upper, start, width)
        done.append(fit.only(fit.is_good))
        failed = fit.only(~fit.is_good & (width > _FINEST))
        part = failed.width / _PARTS
        start = (failed.start + np.arange(_PARTS)[:, None] * part).ravel()
        width = np.tile(part, _PARTS)
    everything = _Fit(
        np.concatenate([fit.start for fit in done]),
        np.concatenate([fit.width for fit in done]),
        np.concatenate([fit.cubics for fit in done], axis=1),
        np.concatenate([fit.is_good for fit in done]),
    )
    order = np.argsort(everything.start)
    return everything.only(order)
