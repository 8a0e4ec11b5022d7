"""How does the chance of a target grow with a lever, and where is it the wanted one?"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.style import BLUE, DASHED, FAINT, INK, ORANGE, TEXT, frame, inked, label, scale, settle, width
from simfunnel.charts.subject import check
from simfunnel.results.text import percent, plain
from simfunnel.studies.sizing import Sizing

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SizingPoints:
    """The chance of the target at each value that was looked at.

    Attributes
    ----------
    values : float64, shape (n_points,)
        Of the lever, ascending, in the unit that it is written in: hours of ``4 hours``, percent of ``12.5%``.
    chances, low, high : float64, shape (n_points,)
        Share of the futures in which the target holds, and its Wilson interval.
    wanted : float
    answer : float or None
        The value that was asked for; None where the target is out of reach.
    interval : tuple
        Of the answer; an end that lies outside of what was looked at is None.
    crossings : float64, shape (n_crossings,)
    """

    values: Array
    chances: Array
    low: Array
    high: Array
    wanted: float
    answer: float | None
    interval: tuple[float | None, float | None]
    crossings: Array


def sizing_points(found: Sizing) -> SizingPoints:
    """The curve of a sizing and what is read off it.

    Examples
    --------
    >>> import simfunnel as sf
    >>> found = sf.size(sf.load("industrial"), "sources.web.visits", "deals >= 10", 0.5, n_sims=100)
    >>> bool((np.diff(sizing_points(found).values) > 0).all())
    True
    """
    check(found, Sizing)
    unit = found.moved.scale
    values, chances, low, high = (
        np.array([getattr(point, name) for point in found.points]) for name in ("value", "chance", "low", "high")
    )
    first, last = (None if end is None else end / unit for end in found.interval)
    answer = None if found.value is None else found.value / unit
    crossings = np.array([each.value for each in found.crossings]) / unit
    return SizingPoints(values / unit, chances, low, high, found.wanted, answer, (first, last), crossings)


def sizing(found: Sizing, *, ax: Axes | None = None) -> Axes:
    """Draw the chance of the target against the lever, with the wanted chance and what it takes.

    Parameters
    ----------
    found : Sizing
        From `simfunnel.size`.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says the value, with its confidence interval, or that the target is out of reach.

    Examples
    --------
    >>> import simfunnel as sf
    >>> found = sf.size(sf.load("industrial"), "sources.web.visits", "deals >= 10", 0.5, n_sims=100)
    >>> sf.charts.sizing(found).get_ylabel()
    'Chance of deals >= 10'
    """
    points = sizing_points(found)
    with inked(ax) as ax:
        _ink(ax, points, found)
        frame(
            ax, title=_title(found), subtitle=_subtitle(found),
            footer=f"the same {words.counted_futures(found.n_sims)} at every value, seed {found.seed}",
            xlabel=f"{found.lever}{_unit(found)}", ylabel=f"Chance of {label(found.target, 40)}",
        )  # fmt: skip
        _name(ax, points, found)
    return ax


def _ink(ax: Axes, points: SizingPoints, found: Sizing) -> None:
    first, last = _window(points, found)
    pad = 0.03 * (last - first) or 1.0
    ax.set_xlim(first - pad, last + pad)
    ax.set_ylim(0, min(1.02, 1.3 * max(float(points.high.max()), points.wanted)))
    kind = "money" if found.moved.unit == "money" else "number"
    scale(ax.xaxis, words.tick(kind, found.moved.currency), whole=found.moved.is_whole, most=9, low=first)
    scale(ax.yaxis, words.tick("share", found.moved.currency), most=6)
    ax.fill_between(points.values, points.low, points.high, color=BLUE, alpha=0.25, linewidth=0)
    ax.plot(points.values, points.chances, color=BLUE, linewidth=2.0)
    ax.plot(points.values, points.chances, "o", color=BLUE, markersize=4)
    ax.axhline(points.wanted, color=ORANGE, linewidth=1.4, linestyle=DASHED)
    for value in points.crossings:
        ax.plot([value, value], [0, points.wanted], color=FAINT, linewidth=1.0)
    if points.answer is not None:
        start, end = (points.answer if side is None else side for side in points.interval)
        if end > start:
            ax.axvspan(start, end, color=INK, alpha=0.10, linewidth=0)
        at = float(np.interp(points.answer, points.values, points.chances))
        ax.plot([points.answer] * 2, [0, at], color=INK, linewidth=1.2)
        ax.plot([points.answer], [at], "o", color=INK, markersize=7, zorder=4, clip_on=False)


def _window(points: SizingPoints, found: Sizing) -> tuple[float, float]:
    """From which value to which: the search may have gone a long way beyond all that is told."""
    first, last = float(points.values[0]), float(points.values[-1])
    told = [each.value / found.moved.scale for each in found.costs]
    if points.answer is None or found.read_from is None or isnan(sum(told)):
        return first, last
    furthest = max(told)
    return first, min(last, furthest + 0.1 * (furthest - first))


def _name(ax: Axes, points: SizingPoints, found: Sizing) -> None:
    """Name the wanted chance on the side where the curve is not, and the answer at the foot of its line."""
    wide, _ = settle(ax)
    middle = len(points.values) // 2
    is_left = points.chances[:middle].mean() <= points.chances[middle:].mean() if middle else True
    x, dx, side = (0, 6, "left") if is_left else (1, -6, "right")
    ax.annotate(
        f"wanted {percent(points.wanted)}", (x, points.wanted), (dx, 4), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha=side, va="bottom" if points.wanted < 0.93 else "top", color=INK,
    )  # fmt: skip
    if points.answer is None or found.value is None:
        return
    low, high = ax.get_xlim()
    text = found.moved.words(found.value)
    at = (points.answer - low) / (high - low) * wide
    dx, ha = (6, "left") if at + width(ax, text) + 10 < wide else (-6, "right")
    ax.annotate(
        text, (points.answer, 0), (dx, 5), textcoords="offset points", ha=ha, va="bottom", color=INK, fontsize=TEXT,
    )  # fmt: skip


def _title(found: Sizing) -> str:
    wanted, target = percent(found.wanted), label(found.target, 44)
    if found.value is None:
        best = found.best
        low, high = (percent(end, best.mcse).removesuffix(" %") for end in (best.low, best.high))
        seen = f"{percent(best.chance, best.mcse)} ({plain(found.level * 100)} % CI {low} to {high} %)"
        return f"{target} is out of reach with a chance of {wanted}; the best seen is {seen}"
    if not found.crossings:
        return f"{target} has a chance of {wanted} or more at every value that was looked at"
    side = "at most " if found.side == "at most" else ""
    assert found.reached is not None
    several = f", one of {len(found.crossings)} crossings" if len(found.crossings) > 1 else ""
    return (
        f"{target} with a chance of {wanted} takes {side}{found.moved.counted(found.value)}{several}; "
        f"it is reached in {words.known(found.reached)}"
    )


def _subtitle(found: Sizing) -> str:
    name = label(found.name, 40)
    if found.confirmed is None:
        return name
    verdict = "confirmed in fresh futures" if found.agrees else "not confirmed in fresh futures"
    return f"{name}; {verdict}: {words.known(found.confirmed)}"


def _unit(found: Sizing) -> str:
    return f" ({found.moved.suffix.strip()})" if found.moved.suffix else ""
