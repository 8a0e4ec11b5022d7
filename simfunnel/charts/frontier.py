"""Where do two levers reach a target with the same chance, and where is that cheapest?"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.placing import Flag, Labels, endings
from simfunnel.charts.style import BLUE, FAINT, INK, ORANGE, SMALL, TEXT, frame, inked, label, scale
from simfunnel.charts.subject import check
from simfunnel.levers import Lever
from simfunnel.results.text import listed, percent, plain
from simfunnel.studies.sizing import Frontier
from simfunnel.studies.sizing.frontier_wording import headline, money_words

Array = npt.NDArray[Any]
_PALEST = 0.4  # opacity of the line of the least chance


@dataclass(frozen=True)
class FrontierPoints:
    """Lines of equal chance, in the units that the levers are written in.

    Attributes
    ----------
    by : float64, shape (n_values,)
    chances : float64, shape (n_chances,)
    values, low, high, costs : float64, shape (n_chances, n_values)
        The least of the lever, its interval, and the mean cost there; missing (NaN) where a chance is out of reach.
    cheapest : int64, shape (n_chances,)
        Which value of the other lever is the cheapest; -1 where none is.
    """

    by: Array
    chances: Array
    values: Array
    low: Array
    high: Array
    costs: Array
    cheapest: Array


def frontier_points(found: Frontier) -> FrontierPoints:
    """The corners of a frontier as lines.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.frontier(base, "sources.inbound.leads", "stages.sql.neglect", "deals >= 10", chances=[0.5],
    ...                     values=[0, 0.25], n_sims=200)
    >>> frontier_points(found).by.tolist()
    [0.0, 25.0]
    """
    check(found, Frontier)
    frame = found.to_frame()
    shape = len(found.values), len(found.chances)
    values, low, high, costs = (
        frame[name].to_numpy(np.float64).reshape(shape).T for name in ("value", "low", "high", "cost")
    )
    best = [found.cheapest(chance) for chance in found.chances]
    cheapest = np.array([-1 if each is None else found.values.index(each.by) for each in best], np.int64)
    unit = found.moved.scale
    return FrontierPoints(
        np.array(found.values) / found.beside.scale, np.array(found.chances), values / unit, low / unit, high / unit,
        costs, cheapest,
    )  # fmt: skip


def frontier(found: Frontier, *, ax: Axes | None = None) -> Axes:
    """Draw what a target takes of two levers at once: a line a chance, with its intervals and costs.

    Parameters
    ----------
    found : Frontier
        From `simfunnel.frontier`.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says where it is cheapest; there stands a star on each line, with its cost.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.frontier(base, "sources.inbound.leads", "stages.sql.neglect", "deals >= 10", chances=[0.5],
    ...                     values=[0, 0.25], n_sims=200)
    >>> sf.charts.frontier(found).get_xlabel()
    'stages.sql.neglect (%)'
    """
    points = frontier_points(found)
    with inked(ax) as ax:
        _ink(ax, points, found)
        said = headline(found).replace(found.target, label(found.target, 40), 1)
        frame(
            ax, title=said,
            subtitle=f"{label(found.name, 40)}; lines of equal chance, bars: {plain(found.level * 100)} % CI, "
            "amounts: mean cost of all",
            footer=f"the same {words.counted_futures(found.n_sims)} everywhere, seed {found.seed}",
            xlabel=_axis(found.beside), ylabel=_axis(found.moved),
        )  # fmt: skip
        _name(ax, points, found)
    return ax


def _ink(ax: Axes, points: FrontierPoints, found: Frontier) -> None:
    known = np.concatenate([each[~np.isnan(each)] for each in (points.values, points.low, points.high)])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    wide, pad = (
        float(np.ptp(points.by)) or 12.0 * (abs(float(points.by[0])) or 1.0),
        0.12 * (high - low) or 0.2 * (abs(high) or 1.0),
    )
    ax.set_xlim(points.by[0] - 0.08 * wide, points.by[-1] + 0.08 * wide)
    ax.set_ylim(max(low - pad, min(low, 0.0)), high + 1.5 * pad)
    for axis, lever, least in ((ax.xaxis, found.beside, points.by[0]), (ax.yaxis, found.moved, low)):
        kind = "money" if lever.unit == "money" else "number"
        scale(axis, words.tick(kind, lever.currency), whole=lever.is_whole, most=8, low=float(least))
    for row, opacity in enumerate(_opacities(points)):
        values = points.values[row]
        ax.vlines(points.by, points.low[row], points.high[row], color=BLUE, alpha=opacity, linewidth=1.4)
        ax.plot(points.by, values, "-o", color=BLUE, alpha=opacity, linewidth=2.0, markersize=5)
        at = int(points.cheapest[row])
        if at >= 0:
            ax.plot([points.by[at]], [values[at]], "*", color=ORANGE, markeredgecolor=INK, markersize=16, zorder=4)


def _name(ax: Axes, points: FrontierPoints, found: Frontier) -> None:
    """Name the lines where they end, and the costs: of the cheapest first, then where there is room."""
    labels = Labels(ax)
    ends = []
    for row, chance in enumerate(points.chances):
        known = np.flatnonzero(~np.isnan(points.values[row]))
        if known.size:
            ends.append(Flag(float(points.values[row, known[-1]]), percent(chance), INK))
    endings(ax, ends)
    for row in reversed(range(len(points.chances))):
        at = int(points.cheapest[row])
        if at >= 0:
            text = f"{percent(points.chances[row])}: {money_words(found, points.costs[row, at])}"
            spot = (text, points.by[at], points.values[row, at], TEXT, INK)
            _ = labels.put(*spot) or labels.put(*spot, is_left=True)
    low, high = ax.get_ylim()
    top = high - 0.12 * (high - low)
    for at, by in enumerate(points.by):
        lost = [percent(chance) for row, chance in enumerate(points.chances) if isnan(points.values[row, at])]
        if lost:
            spot = (f"{listed(lost)}\nout of reach", by, top, SMALL, FAINT)
            _ = labels.put(*spot) or labels.put(*spot, is_left=True)
    for row, at in np.argwhere(~np.isnan(points.costs)):
        if at != points.cheapest[row] and len(set(points.costs[~np.isnan(points.costs)])) > 1:
            text = money_words(found, points.costs[row, at])
            labels.put(text, points.by[at], points.values[row, at], SMALL, FAINT)


def _opacities(points: FrontierPoints) -> list[float]:
    """The likelier, the stronger."""
    return np.linspace(_PALEST if len(points.chances) > 1 else 1.0, 1.0, len(points.chances)).tolist()


def _axis(lever: Lever) -> str:
    unit = f" ({lever.suffix.strip()})" if lever.suffix else ""
    return f"{label(lever.path, 40)}{unit}"
