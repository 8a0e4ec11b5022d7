"""How bad may the year be, and how likely is that?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.promise import promise
from simfunnel.charts.style import BLUE, DASHED, INK, MISSED, TEXT, blank, frame, inked, label, scale, settle, width
from simfunnel.charts.subject import check
from simfunnel.claims import parse_selector
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


@dataclass(frozen=True)
class ExceedancePoints:
    """How often it is as bad, for each amount: more than that of what should be little, at most that of what should be
    much.

    Attributes
    ----------
    at_most : bool
        Whether more of the measure is better, as of deals, so that the bad futures are those with little.
    amounts : float64, shape (n_points,)
        Ascending, in the unit of the measure; of a shortfall the first is at or below 0.
    chances, low, high : float64, shape (n_points,)
        Share of the futures with *more* (with `at_most`: with at most that), and its Wilson confidence interval.
    tolerance : float
        Share of the futures that may be worse.
    tolerated : Quantile
        The amount that no more than this share of the futures exceed (with `at_most`: stay below).
    """

    measure: str
    at_most: bool
    amounts: Array
    chances: Array
    low: Array
    high: Array
    tolerance: float
    tolerated: Quantile


def exceedance_points(run: Result, measure: str | None = None, *, tolerance: float = 0.1) -> ExceedancePoints:
    """Chance of a figure worse than each amount.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> points = exceedance_points(run, "plan_shortfall_deals")
    >>> bool((np.diff(points.chances) <= 0).all())
    True
    """
    check(run, Result)
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance is {tolerance!r}; it lies between 0 and 1, such as 0.1 for one future in ten")
    measure = measure or shortfall(run)
    values = run.array(measure)
    values = np.sort(values[~np.isnan(values)])
    at_most = parse_selector(measure).better == "more"
    amounts = np.unique(values if at_most else np.append(values, 0.0))
    if len(amounts) > _MOST_POINTS:
        amounts = amounts[np.linspace(0, len(amounts) - 1, _MOST_POINTS).round().astype(np.int64)]
    n = len(values)
    up_to = np.searchsorted(values, amounts, side="right")
    bad = up_to if at_most else n - up_to
    low, high = np.array([wilson(int(k), n) for k in bad]).reshape(-1, 2).T
    tolerated = run.quantile(measure, tolerance if at_most else 1 - tolerance)
    return ExceedancePoints(measure, at_most, amounts, bad / max(n, 1), low, high, tolerance, tolerated)


def exceedance(run: Result, measure: str | None = None, *, tolerance: float = 0.1, ax: Axes | None = None) -> Axes:
    """Draw the chance of falling short by more than each amount, with what a tolerated risk comes to.

    Of a measure that should be much, such as deals or ROI, it is the chance of at most each amount.

    Parameters
    ----------
    run : Result
    measure : str, optional
        By default the shortfall of revenue against the plan; of deals, where the plan has no revenue; and what leads
        going cold cost, where there is no plan.
    tolerance : float
        Share of the futures that may be worse: 0.1 is one future in ten.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The tolerated amount stands in the title, with its confidence interval.

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
            xlabel=words.axis(points.measure),
            ylabel="Share of futures with at most that" if points.at_most else "Share of futures beyond it",
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
    first, last = float(points.amounts[0]), float(points.amounts[-1])
    pad = 0.04 * (last - first) or abs(last) or 1.0
    ax.set_xlim(first - pad if points.at_most else first, last + pad)
    ax.set_ylim(0, min(max(1.08 * float(points.high.max()), 1.4 * points.tolerance), 1.02))
    scale(ax.xaxis, words.tick(unit, currency), whole=words.is_count(points.measure), most=9, low=first)
    scale(ax.yaxis, words.tick("share", currency), most=6)
    amounts = np.append(points.amounts, ax.get_xlim()[1])
    chances, low, high = (np.append(line, line[-1]) for line in (points.chances, points.low, points.high))
    if points.at_most:  # nothing is below the least that occurred
        amounts = np.append([ax.get_xlim()[0], first], amounts)
        chances, low, high = (np.append([0.0, 0.0], line) for line in (chances, low, high))
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
    is_high = points.tolerance / ax.get_ylim()[1] * high > 1.6 * TEXT
    room = wide - at if points.at_most else at
    inside, beside = ((-7, -4), "right", "top"), ((8, 8), "left", "bottom")
    if points.at_most:  # the curve comes from the other side
        inside, beside = ((7, -4), "left", "top"), ((-8, 8), "right", "bottom")
    offset, ha, va = inside if is_high and width(ax, text) + 10 < room else beside
    ax.annotate(
        text, (points.tolerated.value, points.tolerance), offset, textcoords="offset points", ha=ha, va=va, color=INK
    )
    x, dx, side = (0, 6, "left") if at > 0.6 * wide else (1, -2, "right")
    ax.annotate(
        f"tolerance {percent(points.tolerance)}", (x, points.tolerance), (dx, 4), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha=side, va="bottom", color=BLUE,
    )  # fmt: skip


def _title(points: ExceedancePoints) -> str:
    value, measure = points.tolerated, points.measure
    if value.n == 0:
        return words.missing(measure)
    # of at least as many futures this is true, also where many come to the very same figure
    shown, of = words.amount(value), percent(1 - points.tolerance)
    bound = "at least" if points.at_most else "at most"
    if measure in ("plan_shortfall", "plan_shortfall_deals") and value.value == value.high == 0:
        return f"In {of} of futures or more {_SENTENCES[measure].replace('at most {} ', 'not ')}"
    if measure in _SENTENCES:
        sentence = _SENTENCES[measure].format(words.counted(shown, value.unit) if measure == "gap_deals" else shown)
    elif words.is_count(measure):
        is_one = shown == "1"
        sentence = f"there {'is' if is_one else 'are'} {bound} {words.number_of(shown, measure)}"
    else:
        sentence = f"{words.said(measure)} is {bound} {shown}"
    return f"In {of} of futures {sentence} ({words.interval(value)})"


def _subtitle(run: Result, points: ExceedancePoints) -> str:
    if points.tolerated.n == 0:
        return label(run.name, 44)
    plan = promise(run, points.measure) if points.at_most else None
    if plan is not None:
        chance, is_what = run.chance(plan.broken), f"below the plan of {plan.text}"
    else:
        chance = run.chance(f"{points.measure} {'<=' if points.at_most else '>'} 0")
        is_what = "at most 0" if points.at_most else "above 0"
    return f"{label(run.name, 40)}; it is {is_what} in {words.share(chance)} of futures ({words.interval(chance)})"
