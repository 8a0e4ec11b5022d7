"""How far short may the year fall, and how likely is that?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.style import BLUE, DASHED, INK, MISSED, TEXT, blank, frame, inked, label, scale, settle, width
from simfunnel.results import Quantile, Result
from simfunnel.results.intervals import wilson
from simfunnel.results.text import percent

Array = npt.NDArray[Any]
_MOST_POINTS = 500
_SENTENCES = {
    "plan_shortfall": "revenue is at most {} short of the plan",
    "plan_shortfall_deals": "deals are at most {} short of the plan",
    "gap_revenue": "leads going cold cost at most {}",
    "gap_deals": "leads going cold cost at most {}",
}
_AXES = {
    "plan_shortfall": "Shortfall of revenue against the plan",
    "plan_shortfall_deals": "Shortfall of deals against the plan",
}


@dataclass(frozen=True)
class ExceedancePoints:
    """How often a shortfall is exceeded.

    Attributes
    ----------
    amounts : float64, shape (n_points,)
        Shortfalls, ascending, the first at or below 0; in the unit of the measure.
    chances, low, high : float64, shape (n_points,)
        Share of the futures whose shortfall is *greater*, and its Wilson confidence interval.
    tolerance : float
        Share of the futures that may be worse.
    tolerated : Quantile
        The shortfall that no more than this share of the futures exceed.
    """

    measure: str
    amounts: Array
    chances: Array
    low: Array
    high: Array
    tolerance: float
    tolerated: Quantile


def exceedance_points(run: Result, measure: str | None = None, *, tolerance: float = 0.1) -> ExceedancePoints:
    """Chance of a shortfall greater than each amount.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> points = exceedance_points(run, "plan_shortfall_deals")
    >>> bool((np.diff(points.chances) <= 0).all())
    True
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance is {tolerance!r}; it lies between 0 and 1, such as 0.1 for one future in ten")
    measure = measure or shortfall(run)
    values = run.array(measure)
    values = np.sort(values[~np.isnan(values)])
    amounts = np.unique(np.append(values, 0.0))
    if len(amounts) > _MOST_POINTS:
        amounts = amounts[np.linspace(0, len(amounts) - 1, _MOST_POINTS).round().astype(np.int64)]
    n = len(values)
    greater = n - np.searchsorted(values, amounts, side="right")
    ends = np.array([wilson(int(k), n) for k in greater])
    tolerated = run.quantile(measure, 1 - tolerance)
    return ExceedancePoints(measure, amounts, greater / max(n, 1), ends[:, 0], ends[:, 1], tolerance, tolerated)


def exceedance(run: Result, measure: str | None = None, *, tolerance: float = 0.1, ax: Axes | None = None) -> Axes:
    """Draw the chance of falling short by more than each amount, with what a tolerated risk comes to.

    Parameters
    ----------
    run : Result
    measure : str, optional
        By default the shortfall of revenue against the plan; of deals, where the plan has no revenue; and what leads
        going cold cost, where there is no plan.
    tolerance : float
        Share of the futures that may be worse: 0.1 is one future in ten.
    ax : Axes, optional
        Where to draw; a figure of its own otherwise.

    Returns
    -------
    Axes
        The tolerated shortfall stands in the title, with its confidence interval.

    Raises
    ------
    ClaimError
        When there is no such measure, or the part was not kept.
    ValueError
        When the tolerance is not between 0 and 1.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> sf.charts.exceedance(run, tolerance=0.2).get_ylabel()
    'Share of futures beyond it'
    """
    points = exceedance_points(run, measure, tolerance=tolerance)
    with inked(ax) as ax:
        if points.tolerated.n:
            _ink(ax, points, run.terms.currency)
        else:
            blank(ax)
        frame(
            ax, title=_title(points), subtitle=_subtitle(run, points), footer=words.futures(run),
            xlabel=_AXES.get(points.measure, words.axis(points.measure)), ylabel="Share of futures beyond it",
        )  # fmt: skip
    return ax


def shortfall(run: Result) -> str:
    """The shortfall that this run has figures for: against its plan, else against its ideal twin."""
    if run.terms.plan_revenue is not None:
        return "plan_shortfall"
    if run.terms.plan_customers is not None:
        return "plan_shortfall_deals"
    return "gap_revenue" if run.array("twin_revenue").any() else "gap_deals"


def _ink(ax: Axes, points: ExceedancePoints, currency: str) -> None:
    unit = words.unit(points.measure)
    reach = float(points.amounts.max()) or 1.0
    ax.set_xlim(float(points.amounts[0]), reach * 1.04)
    ax.set_ylim(0, min(max(1.08 * float(points.high.max()), 1.4 * points.tolerance), 1.02))
    scale(ax.xaxis, words.tick(unit, currency), whole=words.is_count(points.measure), most=9)
    scale(ax.yaxis, words.tick("share", currency), most=6)
    amounts = np.append(points.amounts, ax.get_xlim()[1])
    chances, low, high = (np.append(line, line[-1]) for line in (points.chances, points.low, points.high))
    ax.fill_between(amounts, low, high, step="post", color=MISSED, alpha=0.25, linewidth=0)
    ax.step(amounts, chances, where="post", color=MISSED, linewidth=2.2)
    ax.axhline(points.tolerance, color=BLUE, linewidth=1.4, linestyle=DASHED)
    at = points.tolerated.value
    ax.plot([at, at], [0, points.tolerance], color=INK, linewidth=1.2)
    ax.plot([at], [points.tolerance], "o", color=INK, markersize=7, zorder=4, clip_on=False)
    _name(ax, points)


def _name(ax: Axes, points: ExceedancePoints) -> None:
    """Name the tolerance where the curve is not, and what it comes to where the curve has not come down yet."""
    wide, high = settle(ax)
    low, end = ax.get_xlim()
    at = (points.tolerated.value - low) / (end - low) * wide
    text = words.amount(points.tolerated)
    fits = width(ax, text) + 10 < at and points.tolerance / ax.get_ylim()[1] * high > 1.6 * TEXT
    offset, ha, va = ((-7, -4), "right", "top") if fits else ((8, 8), "left", "bottom")
    ax.annotate(
        text, (points.tolerated.value, points.tolerance), offset, textcoords="offset points", ha=ha, va=va, color=INK
    )
    x, dx, side = (0, 6, "left") if at > 0.6 * wide else (1, -2, "right")
    ax.annotate(
        f"tolerance {percent(points.tolerance)}", (x, points.tolerance), (dx, 4), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha=side, va="bottom", color=BLUE,
    )  # fmt: skip


def _title(points: ExceedancePoints) -> str:
    value = points.tolerated
    if value.n == 0:
        return f"No future has a figure for {points.measure}"
    sentence = _SENTENCES.get(points.measure, f"{points.measure} is at most {{}}")
    shown = words.counted(words.amount(value), value.unit) if points.measure == "gap_deals" else words.amount(value)
    return f"In {percent(1 - points.tolerance)} of futures {sentence.format(shown)} ({words.interval(value)})"


def _subtitle(run: Result, points: ExceedancePoints) -> str:
    if points.tolerated.n == 0:
        return label(run.name, 44)
    any_at_all = run.chance(f"{points.measure} > 0")
    often = f"{words.share(any_at_all)} of futures ({words.interval(any_at_all)})"
    return f"{label(run.name, 40)}; it is above 0 in {often}"
