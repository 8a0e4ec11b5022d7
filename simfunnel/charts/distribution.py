"""What may the future bring, and how likely is the plan?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.bins import bins, window
from simfunnel.charts.placing import Flag, flags
from simfunnel.charts.promise import Promise, keeping, promise
from simfunnel.charts.style import DASHED, FAINT, INK, MISSED, REACHED, blank, frame, inked, label, scale
from simfunnel.charts.subject import check
from simfunnel.results import Result

Array = npt.NDArray[Any]
_MOST_BINS, _FEWEST_BINS = 50, 10


@dataclass(frozen=True)
class DistributionPoints:
    """What the picture of a distribution shows.

    Attributes
    ----------
    edges : float64, shape (n_bins + 1,)
        In the unit of the measure; bins of counts run from half to half, so that they are centred on whole numbers.
    shares : float64, shape (n_bins,)
        Share of the futures in each bin; sums to 1. The outermost hold what lies further out as well.
    kept : bool, shape (n_bins,)
        Bins whose futures keep the plan; all of them where there is no plan.
    p10, p50, p90 : float
    low : float
        Smallest value.
    view : (float, float)
        Part of the axis that is shown, and `beyond` the number of futures outside of it.
    n : int
        Futures that have the figure.
    """

    measure: str
    edges: Array
    shares: Array
    kept: Array
    p10: float
    p50: float
    p90: float
    plan: float | None
    low: float
    view: tuple[float, float]
    beyond: int
    n: int


def distribution_points(run: Result, measure: str = "deals") -> DistributionPoints:
    """Shares of the futures by what they bring.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> round(float(distribution_points(run).shares.sum()), 9)
    1.0
    """
    check(run, Result)
    values = run.array(measure)
    values = values[~np.isnan(values)]
    plan = promise(run, measure)
    p10, p50, p90 = (run.quantile(measure, q).value for q in (0.1, 0.5, 0.9))
    if not len(values):
        nothing = np.zeros(1)
        return DistributionPoints(
            measure, np.array([0.0, 1.0]), nothing, nothing > 0, p10, p50, p90, _value(plan), 0.0, (0.0, 1.0), 0, 0
        )
    most = int(np.clip(3 * len(values) ** (1 / 3), _FEWEST_BINS, _MOST_BINS))  # few futures show few bins
    cut = bins(values, is_count=words.is_count(measure), most=most, kept=plan)
    kept = np.ones(len(cut.centres), dtype=bool) if plan is None else plan.claim.holds(cut.centres)
    view, beyond = window(values, cut.width, () if plan is None else (plan.value,))
    if not beyond:
        view = min(view[0], float(cut.edges[0])), max(view[1], float(cut.edges[-1]))
    return DistributionPoints(
        measure, cut.edges, cut.shares(values), kept, p10, p50, p90, _value(plan), float(values.min()), view, beyond,
        len(values),
    )  # fmt: skip


def distribution(run: Result, measure: str = "deals", *, ax: Axes | None = None) -> Axes:
    """Draw how a measure is distributed over the futures, with P10, P50, P90 and the plan.

    Parameters
    ----------
    run : Result
    measure : str
        A measure or a kept part of one, as in `Result.array`.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title is the chance of keeping the plan with its confidence interval; where there is no plan, the median.

    Raises
    ------
    ClaimError
        When there is no such measure, or the part was not kept.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> sf.charts.distribution(run, "revenue").get_xlabel()
    'Revenue'
    """
    points = distribution_points(run, measure)
    plan = promise(run, measure)
    with inked(ax) as ax:
        headroom = _ink(ax, run, points, plan) if points.n else blank(ax)
        frame(
            ax, title=_title(run, points, plan), subtitle=_subtitle(run, points), footer=words.futures(run),
            xlabel=words.axis(measure), ylabel="Share of the futures", headroom=headroom,
        )  # fmt: skip
    return ax


def _ink(ax: Axes, run: Result, points: DistributionPoints, plan: Promise | None) -> float:
    """Bars, and lines that have their names above the axes; returns the points that the names take there."""
    unit, currency = words.unit(points.measure), run.terms.currency
    is_count = words.is_count(points.measure)
    colours = np.where(points.kept, REACHED, MISSED)
    widths = np.diff(points.edges)
    centres, gap = points.edges[:-1] + widths / 2, 0.9 if is_count else 0.96
    ax.bar(centres, points.shares, widths * gap, color=colours, linewidth=0)
    ax.set_xlim(*points.view)
    ax.set_ylim(0, points.shares.max() * (1.16 if plan else 1.05))
    scale(ax.xaxis, words.tick(unit, currency), whole=is_count, most=9, low=points.low)
    scale(ax.yaxis, words.tick("share", currency), most=5)
    marks = _marks(run, points, plan)
    for mark in marks:
        ax.axvline(mark.at, color=mark.color, linewidth=1.2, linestyle=DASHED if "plan" in mark.text else "-")
    if plan is not None:
        _sides(ax, run, plan)
    return flags(ax, marks)


def _marks(run: Result, points: DistributionPoints, plan: Promise | None) -> list[Flag]:
    marks = []
    for name, q in (("P10", 0.1), ("P50", 0.5), ("P90", 0.9)):
        value = run.quantile(points.measure, q)
        marks.append(Flag(value.value, f"{name} {words.amount(value)}", INK if q == 0.5 else FAINT))
    if plan is not None:
        marks.append(Flag(plan.value, f"plan {plan.short}", INK))
    return marks


def _title(run: Result, points: DistributionPoints, plan: Promise | None) -> str:
    if plan is None or not points.n:
        return words.middle(run, points.measure)
    return keeping(run, plan)


def _subtitle(run: Result, points: DistributionPoints) -> str:
    beyond = f"; {words.counted_futures(points.beyond)} beyond the picture" if points.beyond else ""
    return f"{label(run.name, 44)}{beyond}"


def _sides(ax: Axes, run: Result, plan: Promise) -> None:
    """Say in the picture which side of the plan is which, in its colour."""
    chance = run.chance(plan.claim)
    missed = run.chance(plan.broken)
    texts = [(f"{words.share(missed)} miss the plan", MISSED), (f"{words.share(chance)} keep it", REACHED)]
    if plan.claim.op == "<=":
        texts.reverse()
    for x, ha, (text, color) in zip((0, 1), ("left", "right"), texts, strict=True):
        ax.annotate(
            text, (x, 1), (8 if x == 0 else -8, -6), xycoords="axes fraction", textcoords="offset points", ha=ha,
            va="top", color=color, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip


def _value(plan: Promise | None) -> float | None:
    return None if plan is None else plan.value
