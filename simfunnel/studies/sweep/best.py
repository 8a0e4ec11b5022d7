"""Which point of a sweep is best, how sure is that, and how good is it really?

The highest of many estimates is in part the luckiest (the optimizer's curse: Smith and Winkler, Management Science 52,
2006), so each half of the futures values the point that the other half chooses (cross-validation: Stone, JRSS B 36,
1974), and the interval goes down as far as it must to hold for all points that may be the best at once (a projection
interval: Andrews, Kitagawa and McCloskey, Quarterly Journal of Economics 139, 2024).

And the best is seldom the only candidate: those whose paired difference to it, with simultaneous one-sided intervals
(Bonferroni), does not exclude that they are better are kept beside it. With 95 % confidence at least the truly best is
among them: subset selection (Gupta, Technometrics 7, 1965) on common random numbers (Nelson, Swann, Goldsman and Song,
Operations Research 49, 2001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, Selector
from simfunnel.luck import fold, fold_many, uniforms
from simfunnel.results.intervals import wilson, z_value
from simfunnel.results.pairs import difference, moments, paired_chance
from simfunnel.results.text import printable
from simfunnel.studies.sweep.cells import Cell

Array = npt.NDArray[Any]
Outcomes = Callable[[int], Array]

LEVEL = 0.95
HALVES = 2
RESAMPLES = 1_000
_HOPELESS = 6.0  # standard errors behind the best: such a point is best in no resample
_WEIGHTS = 200_000_000  # bytes of resampling weights at most: where futures are many, resamples are fewer
_AT_ONCE = 20_000_000  # values of points held at once while they are resampled
#: Distribution function of Poisson(1): how often a future is taken into a resample.
_POISSON = np.cumsum(np.exp(-1.0) / np.array([1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800], np.float64))


@dataclass(frozen=True)
class Rival:
    """A point that cannot be told from the best.

    Attributes
    ----------
    point : int
    difference, low, high : float
        Mean of its outcome minus that of the best, future by future; the intervals hold for all points at once.
    share : float
        Share of the resamples of whole futures in which it is the best.
    is_same : bool
        Whether it has the very same outcome as the best in every future.
    """

    point: int
    difference: float
    low: float
    high: float
    share: float
    is_same: bool


@dataclass(frozen=True, repr=False)
class Choice:
    """The best point and what speaks against it.

    Attributes
    ----------
    point : int
    is_most : bool
        Whether the highest is the best.
    shown, shown_low, shown_high : float
        Its estimate as it stands among the others, with the interval of a point chosen beforehand.
    value, mcse, low, high : float
        The same without the luck of having been chosen, the standard error that its interval stands for, and a 95 %
        confidence interval that allows for the choice: wider toward the worse where others may be the best.
    share : float
        Share of the resamples in which it is the best.
    resamples : int
    n_points : int
        Points that were compared.
    rivals : tuple of Rival
        The points that cannot be told from it, the nearest first.
    words : str
        All that in a sentence, as it is printed.
    """

    point: int
    is_most: bool
    shown: float
    shown_low: float
    shown_high: float
    value: float
    mcse: float
    low: float
    high: float
    share: float
    resamples: int
    n_points: int
    rivals: tuple[Rival, ...]
    words: str = field(default="", compare=False)

    def __str__(self) -> str:
        return printable(f"Point {self.point}{f': {self.words}' if self.words else ''}.")

    __repr__ = __str__

    @property
    def is_trivial(self) -> bool:
        """Whether there is nothing to choose: one point, or the same outcome in every future at all."""
        return len(self.rivals) == self.n_points - 1 and all(each.is_same for each in self.rivals)

    @property
    def optimism(self) -> float:
        """How much of what it shows is the luck of having been chosen."""
        return self.shown - self.value


def choose(found: Sequence[Cell], asked: Claim | Selector, outcomes: Outcomes, *, is_most: bool, seed: int) -> Choice:
    """The best of some points.

    Parameters
    ----------
    found : sequence of Cell
        Of one measure, one a point.
    asked : Claim or Selector
        That measure.
    outcomes : callable (point) -> float64 array, shape (n_sims,)
        What the mean is taken of in each replication; NaN where it is missing.
    is_most : bool
        Whether the highest is the best.
    seed : int
        Of the resamples.

    Raises
    ------
    ValueError
        No point has a figure.
    """
    usable = [each for each in found if each.n_sims and not isnan(each.mean)]
    if not usable:
        raise ValueError(f"no point has a figure for {asked}")
    sign = 1.0 if is_most else -1.0
    top = max(usable, key=lambda each: sign * each.mean)  # of equals the first
    others = [each.point for each in usable if each.point != top.point]
    own = outcomes(top.point)
    parts = [_by_half(own, top.mean)]
    apart = []
    for point in others:
        values = outcomes(point)
        parts.append(_by_half(values, top.mean))
        apart.append(_apart(own, values, asked, len(others)))
    near = [(p, a) for p, a in zip(others, apart, strict=True) if not a.is_worse(sign)]
    in_reach = [p for p, a in zip(others, apart, strict=True) if not a.is_hopeless]
    shares, resamples = _shares([top.point, *in_reach], outcomes, sign, seed)
    rivals = [Rival(p, a.mean, a.low, a.high, shares.get(p, 0.0), a.is_same) for p, a in near]
    rivals.sort(key=lambda each: (-sign * each.difference, each.point))
    low, high = _interval(top, sign, 1 + sum(not each.is_same for each in rivals), is_claim=isinstance(asked, Claim))
    value = min(max(top.mean + _correction(np.array(parts), sign), low), high) if low <= high else top.mean
    mcse = (high - low) / 2 / z_value(LEVEL)
    shown = top.mean, top.low, top.high
    share = shares[top.point]
    return Choice(
        top.point, is_most, *shown, value, mcse, low, high, share, resamples, len(usable), tuple(rivals)
    )  # fmt: skip


@dataclass(frozen=True)
class _Apart:
    """How far a point lies from the best, future by future."""

    mean: float
    mcse: float
    low: float
    high: float
    is_same: bool

    def is_worse(self, sign: float) -> bool:
        """Whether that is beyond doubt."""
        return (self.high if sign > 0 else -self.low) < 0

    @property
    def is_hopeless(self) -> bool:
        return abs(self.mean) > _HOPELESS * self.mcse


def _apart(best: Array, values: Array, asked: Claim | Selector, n_others: int) -> _Apart:
    """Outcome of a point minus that of the best, with an interval that each of so many points shares the doubt of."""
    n = min(len(best), len(values))
    known = ~(np.isnan(best[:n]) | np.isnan(values[:n]))
    before, after = best[:n][known], values[:n][known]
    tail = (1 - LEVEL) / n_others
    is_same = bool(np.array_equal(best, values, equal_nan=True))
    if isinstance(asked, Claim):
        mean, low, high = paired_chance(before > 0, after > 0, 1 - 2 * tail)
        return _Apart(mean, (high - low) / 2 / z_value(1 - 2 * tail), low, high, is_same)
    mean, mcse = moments(difference(before, after, asked.unit)) if len(before) else (nan, nan)
    reach = _t_value(1 - tail, len(before) - 1) * mcse
    return _Apart(mean, mcse, mean - reach, mean + reach, is_same)


def _t_value(share: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share)) if freedom > 0 else nan


def _by_half(values: Array, centre: float) -> Array:
    """Number and sum of the outcomes less a centre, in the even and in the odd futures, shape (2, HALVES)."""
    known = ~np.isnan(values)
    half = np.arange(len(values))[known] % HALVES
    return np.stack([np.bincount(half, weights, HALVES) for weights in (None, values[known] - centre)])


def _correction(parts: Array, sign: float) -> float:
    """How far from what the best shows is what each half of the futures says of the point that the other chooses.

    Parameters
    ----------
    parts : float64, shape (n_points, 2, HALVES)
        From `_by_half`, the best first.
    """
    numbers, sums = parts[:, 0], parts[:, 1]
    if not numbers[0].all():
        return 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(numbers > 0, sums / numbers, -sign * np.inf)
    chosen = np.argmax(sign * means, axis=0)
    if not chosen.any():  # either half chooses it
        return 0.0
    valued = [(chosen[other], half) for half, other in ((0, 1), (1, 0))]
    n = sum(numbers[at] for at in valued)
    return float(sum(sums[at] for at in valued) / n) if n else 0.0


def _interval(top: Cell, sign: float, n_candidates: int, *, is_claim: bool) -> tuple[float, float]:
    """The interval of the best: toward the worse it holds for all candidates at once, so for whichever is chosen."""
    level = 1 - (1 - LEVEL) / n_candidates
    if is_claim:
        n = top.n_sims - top.missing
        low, high = wilson(round(top.mean * n), n, level)
    else:
        reach = z_value(level) * top.mcse
        low, high = top.mean - reach, top.mean + reach
    return (low, top.high) if sign > 0 else (top.low, high)


def _shares(points: list[int], outcomes: Outcomes, sign: float, seed: int) -> tuple[dict[int, float], int]:
    """In which share of the resamples of whole futures each point is best; equals share a win.

    Each future is taken so many times as Poisson(1) says (Hanley and MacGibbon, Comput. Methods Programs Biomed. 83,
    2006), the same in all points.
    """
    n = min(len(outcomes(point)) for point in points)
    resamples = max(min(RESAMPLES, _WEIGHTS // n), 100)
    if len(points) == 1:
        return {points[0]: 1.0}, resamples
    weights = _resampled(n, resamples, seed)
    size = max(_AT_ONCE // n, 1)
    means = np.concatenate([
        _weighted(np.stack([outcomes(point)[:n] for point in points[at : at + size]]), weights)
        for at in range(0, len(points), size)
    ])  # fmt: skip
    means = np.where(np.isnan(means), -np.inf, sign * means)
    best = means.max(axis=0)
    wins = means >= best - 1e-12 * np.abs(np.where(np.isfinite(best), best, 0.0))
    return dict(zip(points, (wins / wins.sum(axis=0)).mean(axis=1).tolist(), strict=True)), resamples


def _resampled(n: int, resamples: int, seed: int) -> Array:
    """How often each future is taken, uint8, shape (n, resamples)."""
    futures = fold_many(fold(seed, "resampled futures of a sweep"), np.arange(n))
    taken = np.empty((n, resamples), np.uint8)
    for each in range(resamples):
        taken[:, each] = np.searchsorted(_POISSON, uniforms(futures, fold("resample", each)))
    return taken


def _weighted(values: Array, weights: Array, chunk: int = 4_096) -> Array:
    """Weighted means of points that leave out what is missing, shape (n_points, n_resamples)."""
    known = ~np.isnan(values)
    is_whole = bool(known.all())
    filled = values if is_whole else np.where(known, values, 0.0)
    total, count = np.zeros((2, len(values), weights.shape[1]))
    for at in range(0, values.shape[1], chunk):
        taken = weights[at : at + chunk].astype(np.float64)
        total += filled[:, at : at + chunk] @ taken
        count += taken.sum(axis=0) if is_whole else known[:, at : at + chunk] @ taken
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / count)


def among(n_points: int, points: Iterable[int] | None) -> list[int]:
    """The points that are compared.

    Raises
    ------
    ValueError
        There is no such point.
    """
    chosen = list(range(n_points)) if points is None else sorted({int(each) for each in points})
    if not chosen or chosen[0] < 0 or chosen[-1] >= n_points:
        raise ValueError(f"the points of this sweep are 0 to {n_points - 1}; none is compared, or one is beyond")
    return chosen
