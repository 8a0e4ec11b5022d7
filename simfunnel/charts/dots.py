"""How many of a hundred futures miss the plan?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.bins import bins
from simfunnel.charts.placing import Flag, flags
from simfunnel.charts.promise import Promise, promise
from simfunnel.charts.style import DASHED, GREY, INK, MISSED, REACHED, bare, blank, frame, inked, label, scale, settle
from simfunnel.charts.subject import check
from simfunnel.results import Result
from simfunnel.results.intervals import quantile_rank

Array = npt.NDArray[Any]
_MOST_COLUMNS = 30


@dataclass(frozen=True)
class DotsPoints:
    """A few futures that stand for all of them: the middles of equal shares of the run.

    Attributes
    ----------
    values : float64, shape (n_dots,)
        What each dot's future brings, from the worst to the best.
    at, level : float64 and int64, shape (n_dots,)
        Where its column stands, and its place in the column from 0 on.
    missed : bool, shape (n_dots,)
        Whether it misses the plan; all False where there is no plan.
    width : float
        Distance of the columns.
    """

    measure: str
    values: Array
    at: Array
    level: Array
    missed: Array
    width: float


def dots_points(run: Result, measure: str = "deals", n: int = 100) -> DotsPoints:
    """Quantile dots: the middles of `n` equal shares of the futures, or each future where there are fewer.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> len(dots_points(run).values)
    100
    """
    check(run, Result)
    if n < 1:
        raise ValueError(f"n is {n}; at least one dot is needed")
    values = run.array(measure)
    values = np.sort(values[~np.isnan(values)])
    n = min(n, len(values))
    values = values[[quantile_rank((i + 0.5) / n, len(values)) for i in range(n)]]
    if not n:
        return DotsPoints(measure, values, values, values.astype(np.int64), values > 0, 1.0)
    plan = promise(run, measure)
    cut = bins(values, is_count=words.is_count(measure), most=_MOST_COLUMNS, kept=plan)
    column = cut.of(values)
    level = np.arange(n) - np.searchsorted(column, column)
    missed = np.zeros(n, dtype=bool) if plan is None else ~plan.claim.holds(values)
    return DotsPoints(measure, values, cut.centres[column], level, missed, cut.width)


def dots(run: Result, measure: str = "deals", *, n: int = 100, ax: Axes | None = None) -> Axes:
    """Draw a few futures as dots, each an equal share of the run.

    Parameters
    ----------
    run : Result
    measure : str
        A measure or a kept part of one.
    n : int
        Number of dots; fewer where the run has fewer futures.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says how many dots miss the plan, and the share of all futures that do, with its confidence interval.

    Raises
    ------
    ClaimError
        When there is no such measure, or the part was not kept.
    ValueError
        When n is below 1.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> sf.charts.dots(run).get_xlabel()
    'Deals'
    """
    points = dots_points(run, measure, n)
    plan = promise(run, measure)
    with inked(ax) as ax:
        headroom = _axis(ax, run, points, plan) if len(points.values) else blank(ax)
        frame(
            ax, title=_title(run, points, plan), subtitle=_subtitle(run, points), footer=words.futures(run),
            xlabel=words.axis(measure), headroom=headroom,
        )  # fmt: skip
        _ink(ax, points, REACHED if plan else GREY)
    return ax


def _axis(ax: Axes, run: Result, points: DotsPoints, plan: Promise | None) -> float:
    """What the dots stand on; returns the points that the name of the plan takes above the axes."""
    shown = [*points.at, *([] if plan is None else [plan.value])]
    ax.set_xlim(min(shown) - 0.8 * points.width, max(shown) + 0.8 * points.width)
    whole, write = words.is_count(points.measure), words.tick(words.unit(points.measure), run.terms.currency)
    scale(ax.xaxis, write, whole=whole, most=9, low=float(points.values[0]))
    ax.set_yticks([])
    bare(ax, sides=("left",))
    if plan is None:
        return 0.0
    ax.axvline(plan.value, color=INK, linewidth=1.2, linestyle=DASHED, zorder=1)
    return flags(ax, [Flag(plan.value, f"plan {plan.short}", INK)])


def _ink(ax: Axes, points: DotsPoints, color: str) -> None:
    """Dots as large as fit both ways; a column is as many dots wide as makes them largest."""
    wide, high = settle(ax)
    low, end = ax.get_xlim()
    tallest, column = int(points.level.max(initial=0)) + 1, points.width / (end - low) * wide
    sizes = [min(0.86 * column / k, high / (-(-tallest // k) + 0.3), 30.0) for k in range(1, 11)]
    side = 1 if sizes[0] > 0.8 * max(sizes) else int(np.argmax(sizes)) + 1
    size = sizes[side - 1]
    ax.set_ylim(0, high / size)
    top = np.array([points.level[points.at == at].max() for at in points.at])  # the last row of a column is centred
    in_row = np.minimum(top - points.level // side * side, side - 1)
    beside = (points.level % side - in_row / 2) * size * (end - low) / wide
    colours = np.where(points.missed, MISSED, color)
    ax.scatter(points.at + beside, points.level // side + 0.55, s=(0.9 * size) ** 2, c=colours, linewidths=0)


def _title(run: Result, points: DotsPoints, plan: Promise | None) -> str:
    if plan is None or not len(points.values):
        return words.middle(run, points.measure)
    missed, n = int(points.missed.sum()), len(points.missed)
    chance = run.chance(plan.broken)
    verb = "miss" if plan.claim.op == ">=" else "exceed"
    verbs = f"{verb}es" if verb == "miss" else f"{verb}s"
    of, known = f"{missed} of {words.counted_futures(n)}", f"{words.share(chance)}, {words.interval(chance)}"
    if plan.is_of_twin:
        return f"In {of} the ideal twin {verbs} the plan of {plan.text} ({known})"
    return f"{plan.when}{of} {verbs if missed == 1 else verb} the plan of {plan.text} ({known})"


def _subtitle(run: Result, points: DotsPoints) -> str:
    n = len(points.values)
    each = "a dot is a future" if n == run.n_sims else f"a dot is one future in {n}"
    return f"{label(run.name, 44)}; {each}" if n else label(run.name, 44)
