"""What does certainty cost, and each further point of it?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.placing import Labels
from simfunnel.charts.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    SMALL,
    TEXT,
    frame,
    inked,
    label,
    scale,
)
from simfunnel.charts.subject import check
from simfunnel.results.text import money, percent, plain
from simfunnel.studies.sizing import BackwardPlan, Sizing
from simfunnel.studies.sizing.backward_wording import quoted, volume_name

Array = npt.NDArray[Any]
_MARGIN = 0.04  # of the axis, beyond the chances that are wanted


@dataclass(frozen=True)
class PricePoints:
    """What each chance costs; the lever itself where the cost does not move with it.

    Attributes
    ----------
    chances, low, high : float64, shape (n_points,)
        Of the target at each value that was looked at, the least first, with the Wilson interval.
    prices : float64, shape (n_points,)
        The mean cost there, or the lever in the unit that it is written in.
    wanted, reached, price, a_point : float64, shape (n_wanted,)
        The chances that are told; what is reached there, what that costs, and each point of it more than before.
        Missing (NaN) where a chance is out of reach.
    is_money : bool
    """

    chances: Array
    low: Array
    high: Array
    prices: Array
    wanted: Array
    reached: Array
    price: Array
    a_point: Array
    is_money: bool


def price_points(found: Sizing | BackwardPlan) -> PricePoints:
    """Costs against chances, and the prices that are told.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nplan: {customers: 10}\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40, cost_per_lead: 100}}\\n"
    ...                 "stages: {sql: {conversion: 25%}}")
    >>> points = price_points(sf.plan(base, chances=[0.5, 0.9], n_sims=200))
    >>> bool(points.price[1] > points.price[0])
    True
    """
    check(found, Sizing, BackwardPlan)
    curve, prices = found.curve(), found.prices()
    is_money = bool(curve["cost"].nunique() > 1)
    of, unit = ("cost", 1.0) if is_money else ("value", found.moved.scale)
    chances, low, high = (curve[name].to_numpy(np.float64) for name in ("chance", "low", "high"))
    a_point = prices["cost_per_point" if is_money else "extra_per_point"].to_numpy(np.float64) / unit
    wanted, reached = (prices[name].to_numpy(np.float64) for name in ("wanted", "chance"))
    return PricePoints(
        chances, low, high, curve[of].to_numpy(np.float64) / unit, wanted, reached,
        prices[of].to_numpy(np.float64) / unit, a_point, is_money,
    )  # fmt: skip


def price(found: Sizing | BackwardPlan, *, ax: Axes | None = None) -> Axes:
    """Draw what certainty costs: the mean cost, or the lever where it costs nothing, against the chance that it buys.

    Parameters
    ----------
    found : Sizing or BackwardPlan
        From `simfunnel.size` or `simfunnel.plan`.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says what the wanted chance costs, and what each point beyond it does. Between two chances that are
        told stands the price of a point there.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nplan: {customers: 10}\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40, cost_per_lead: 100}}\\n"
    ...                 "stages: {sql: {conversion: 25%}}")
    >>> sf.charts.price(sf.plan(base, chances=[0.5, 0.9], n_sims=200)).get_xlabel()
    'Chance of deals >= 10'
    """
    points = price_points(found)
    with inked(ax) as ax:
        _ink(ax, points, found)
        what = "Mean cost" if points.is_money else _lever(found)
        frame(
            ax, title=_title(points, found), subtitle=f"{label(found.name, 40)}; between prices: a point more",
            footer=f"the same {words.counted_futures(found.n_sims)} at every value, seed {found.seed}",
            xlabel=f"Chance of {label(found.target, 40)}", ylabel=what,
        )  # fmt: skip
        _name(ax, points, found)
    return ax


def _ink(ax: Axes, points: PricePoints, found: Sizing | BackwardPlan) -> None:
    left, right, low, high = _window(points)
    pad = 0.12 * (high - low) or 0.5 * (abs(high) or 1.0)
    ax.set_xlim(left, right)
    ax.set_ylim(low - pad if low > pad or low < 0 else 0.0, high + 1.5 * pad)
    kind = "money" if points.is_money or found.moved.unit == "money" else "number"
    scale(ax.xaxis, words.tick("share", found.moved.currency), most=8)
    scale(ax.yaxis, words.tick(kind, found.moved.currency), most=6, low=low)
    ax.fill_betweenx(points.prices, points.low, points.high, color=BLUE, alpha=0.2, linewidth=0)
    ax.plot(points.chances, points.prices, color=BLUE, linewidth=2.0)
    ax.plot(points.chances, points.prices, "o", color=BLUE, markersize=3)
    ax.plot(points.reached, points.price, "o", color=INK, markersize=7, zorder=4)
    lost = points.wanted[np.isnan(points.reached)]
    if lost.size:
        ax.axvspan(float(lost.min()), right, color=ORANGE, alpha=0.15, linewidth=0)


def _window(points: PricePoints) -> tuple[float, float, float, float]:
    """From which chance to which, and from which price to which, the picture goes."""
    is_known = ~np.isnan(points.reached)
    told = np.concatenate([points.wanted, points.reached[is_known] if is_known.any() else [points.chances.max()]])
    left, right = max(0.0, float(told.min()) - 0.1), min(1.0, float(told.max())) + _MARGIN
    is_shown = (points.chances >= left) & (points.chances <= told.max())
    prices = np.concatenate([points.prices[is_shown], points.price[~np.isnan(points.price)]])
    return (left, right, float(prices.min()), float(prices.max())) if prices.size else (left, right, 0.0, 1.0)


def _name(ax: Axes, points: PricePoints, found: Sizing | BackwardPlan) -> None:
    """Name the prices left of their dots and those of a point between them, as far as there is room for each."""
    labels = Labels(ax)
    asked = _at(points, _asked(found)[0])
    known = [i for i in range(len(points.wanted)) if not isnan(points.reached[i])]
    for i in sorted(known, key=lambda i: (i != asked, -points.wanted[i])):
        text = f"{percent(points.wanted[i])}: {_written(points, found, points.price[i])}"
        labels.put(text, points.reached[i], points.price[i], TEXT, INK, is_left=True)
    for before, after in pairwise(known):
        x, y = ((each[before] + each[after]) / 2 for each in (points.reached, points.price))
        if not isnan(points.a_point[after]):
            labels.put(f"{_written(points, found, points.a_point[after], 2)} a point", x, y, SMALL, FAINT)
    lost = points.wanted[np.isnan(points.reached)]
    if lost.size:
        labels.put("out of reach", float(lost.min()), ax.get_ylim()[1], SMALL, FAINT)


def _at(points: PricePoints, wanted: float) -> int:
    return int(np.argmin(np.abs(points.wanted - wanted)))


def _title(points: PricePoints, found: Sizing | BackwardPlan) -> str:
    wanted, ends = _asked(found)
    at = _at(points, wanted)
    goal = f"{label(found.target, 40)} with a chance of {percent(wanted)}"
    if isnan(points.price[at]):
        best = found.best
        low, high = (percent(end, best.mcse).removesuffix(" %") for end in (best.low, best.high))
        seen = f"{percent(best.chance, best.mcse)} ({plain(found.level * 100)} % CI {low} to {high} %)"
        return f"{goal} is out of reach at every price looked at; the best seen is {seen}"
    verb = "costs" if points.is_money else "takes"
    start = f"{goal} {verb} {_written(points, found, points.price[at])}{_interval(points, found, ends)}"
    further = [each for each in points.a_point[at + 1 :] if not isnan(each)]
    if further:
        return f"{start}; each point beyond it {verb} about {_written(points, found, further[0], 2)}"
    return start


def _asked(found: Sizing | BackwardPlan) -> tuple[float, tuple[float | None, float | None]]:
    """The chance that the title speaks of, and the interval of what it takes."""
    if isinstance(found, Sizing):
        return found.wanted, found.interval
    column = quoted(found)
    assert column.wanted is not None
    return column.wanted, column.interval


def _interval(points: PricePoints, found: Sizing | BackwardPlan, ends: tuple[float | None, float | None]) -> str:
    low, high = ends
    if low is None or high is None:
        return ""
    curve = found.curve()
    column = "cost" if points.is_money else "value"
    unit = 1.0 if points.is_money else found.moved.scale
    costs = sorted(float(np.interp(end, curve["value"], curve[column])) / unit for end in (low, high))
    first, last = (_written(points, found, each) for each in costs)
    return f" ({plain(found.level * 100)} % CI {first} to {last})"


def _written(points: PricePoints, found: Sizing | BackwardPlan, price: float, digits: int = 3) -> str:
    """A price to so many significant digits."""
    rounded = float(f"{price:.{digits}g}")
    if points.is_money or found.moved.unit == "money":
        return money(rounded, currency=found.moved.currency)
    return f"{plain(rounded)}{found.moved.suffix}"


def _lever(found: Sizing | BackwardPlan) -> str:
    return label(found.lever if isinstance(found, Sizing) else volume_name(found), 40)
