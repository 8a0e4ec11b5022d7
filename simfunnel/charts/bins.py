"""Into which bins does a measure fall, so that the picture does not lie?

Counts fall into whole numbers, amounts that come in steps into their steps, anything else into round widths; and no bin
holds both futures that keep the plan and futures that miss it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.charts.promise import Promise

Array = npt.NDArray[Any]
#: More different values than this are not taken for steps.
_MOST_STEPS = 400


@dataclass(frozen=True)
class Bins:
    """Bins of one width, half open: [edge, next edge); the outermost hold what lies further out as well.

    Attributes
    ----------
    edges : float64, shape (n_bins + 1,)
    step : float or None
        Distance of the values that can occur; None where any value can.
    """

    edges: Array
    step: float | None

    @property
    def width(self) -> float:
        return float(self.edges[1] - self.edges[0])

    @property
    def centres(self) -> Array:
        return np.asarray((self.edges[:-1] + self.edges[1:]) / 2)

    def of(self, values: Array) -> Array:
        """Bin of each value: int64, same shape."""
        found = np.searchsorted(self.edges, values, side="right") - 1
        return np.asarray(np.clip(found, 0, len(self.edges) - 2))

    def shares(self, values: Array) -> Array:
        """Share of the values in each bin; they sum to 1."""
        return np.bincount(self.of(values), minlength=len(self.edges) - 1) / len(values)


def bins(values: Array, *, is_count: bool, most: int, kept: Promise | None = None) -> Bins:
    """Bins for values of a measure, none of them missing, at most about `most` over the bulk of the values.

    Parameters
    ----------
    values : array, shape (n,), n > 0
    is_count : bool
        Whether only whole numbers can occur.
    most : int
    kept : Promise, optional
        Its figure becomes an edge.
    """
    step = 1.0 if is_count else step_of(values, kept)
    lowest, low, high, highest = (float(end) for end in np.quantile(values, (0, 0.002, 0.998, 1)))
    span = high - low or highest - lowest
    ends = max(lowest, low - 2 * span), min(highest, high + 2 * span)  # a value further out is in the outermost bin
    if step is None:
        return Bins(_edges(*ends, kept.value if kept is not None else 0.0, round_width(span / most)), None)
    anchor = lowest if kept is None else lowest + step * _first_above(kept, lowest, step)
    return Bins(_edges(*ends, anchor - step / 2, step * round_steps(span / step / most)), step)


def window(
    values: Array, size: float, also: tuple[float, ...] = (), *, few: float = 0.002, reach: float = 0.25
) -> tuple[tuple[float, float], int]:
    """What to show of an axis, and how many values are outside of that.

    Everything, unless a share `few` of the values at either end would take more room than `reach` times that of all
    between; and `also` in any case.
    """
    if not len(values):
        return (0.0, 1.0), 0
    bottom, top = bulk_of(values, few)
    room = reach * max(top - bottom, size)
    shown = values[(values >= bottom - room) & (values <= top + room)]
    low, high = float(shown.min()), float(shown.max())  # values that occurred, so that no bar is cut in two
    low, high = min(low, *also) if also else low, max(high, *also) if also else high
    beyond = int(np.count_nonzero((values < low) | (values > high)))
    pad = max(size * 0.7, (high - low) * 0.02) if high > low else 1.1 * size
    return (low - pad, high + pad), beyond


def bulk_of(values: Array, few: float) -> tuple[float, float]:
    """Between which values all but a share `few` lie at each end; values that occurred, so that none is pulled out by
    the next one beyond.
    """
    low = float(np.quantile(values, few, method="higher"))
    return low, max(float(np.quantile(values, 1 - few, method="lower")), low)


def _first_above(kept: Promise, first: float, step: float) -> int:
    """Index of the lowest possible value on the upper side of the plan: kept by deals, broken by costs."""
    at = round((kept.value - first) / step, 6)
    return ceil(at) if kept.claim.op == ">=" else floor(at) + 1


def _edges(low: float, high: float, anchor: float, size: float) -> Array:
    first = floor((low - anchor) / size + 1e-9)
    last = floor((high - anchor) / size + 1e-9) + 1
    return anchor + size * np.arange(first, last + 1, dtype=np.float64)


def step_of(values: Array, kept: Promise | None) -> float | None:
    """Smallest distance between values where all are whole multiples of it apart, such as deals of one value."""
    distinct = np.unique(values)
    if len(distinct) == 1:  # any width will do that shows the value, and how far the plan is
        apart_from_plan = 0.0 if kept is None else abs(kept.value - distinct[0])
        return float(apart_from_plan or abs(distinct[0]) or 10.0) / 10
    if len(distinct) > _MOST_STEPS:
        return None
    apart = np.diff(distinct)
    step = float(apart.min())
    multiples = apart / step
    return step if np.allclose(multiples, np.round(multiples), rtol=0, atol=1e-6) else None


def round_steps(ratio: float) -> int:
    """1, 2, 5, 10, 20 ...: the first at least as large as the ratio."""
    if ratio <= 1:
        return 1
    return round(round_width(ratio))


def round_width(least: float) -> float:
    """1, 2 or 5 times a power of ten: the first at least as large."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))
