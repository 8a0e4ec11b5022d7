"""How is the money split before and after, and how far may each part go?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.placing import keys
from simfunnel.charts.style import (
    BLUE,
    GREY,
    INK,
    SMALL,
    TEXT,
    frame,
    in_lines,
    inked,
    label,
    rows,
    scale,
    settle,
)
from simfunnel.charts.subject import check
from simfunnel.results.text import listed, percent, plain, signed
from simfunnel.studies.allocation import Allocation
from simfunnel.studies.allocation.record import Piece

Array = npt.NDArray[Any]
_NAME = 30  # columns of a part's name
_BAND = "#B8DDF4"  # a lighter sky, which dots stand out from


@dataclass(frozen=True)
class AllocationPoints:
    """Amounts of each part, the largest in the end first.

    Attributes
    ----------
    names : tuple of str
    before, after : float64, shape (n_parts,)
        Money, or shares of one.
    flat_least, flat_most : float64, shape (n_parts,)
        How far each may go without losing more than the tolerance; NaN where that is not known.
    total : float
    """

    names: tuple[str, ...]
    before: Array
    after: Array
    flat_least: Array
    flat_most: Array
    total: float


def allocation_points(found: Allocation) -> AllocationPoints:
    """The split before and after.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nstages: {sql: {conversion: 25%}}\\nsources:\\n"
    ...                 "  a: {enters: sql, budget: 5k, cost_per_lead: 100}\\n"
    ...                 "  b: {enters: sql, budget: 5k, cost_per_lead: 200}")
    >>> found = sf.allocate(base, maximise="deals >= 20", n_sims=200, seed=7, progress=False)
    >>> float(allocation_points(found).after.sum())
    10000.0
    """
    check(found, Allocation)
    pieces = _ordered(found)
    before, after, least, most = (
        np.array([getattr(piece, name) for piece in pieces]) for name in ("before", "after", "flat_least", "flat_most")
    )
    return AllocationPoints(tuple(piece.name for piece in pieces), before, after, least, most, found.total)


def allocation(found: Allocation, *, ax: Axes | None = None) -> Axes:
    """Draw what each part gets before and after, a row a part.

    Parameters
    ----------
    found : Allocation
        From `simfunnel.allocate`.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says what the new split gains in fresh futures, with its confidence interval, or that the start stays.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nstages: {sql: {conversion: 25%}}\\nsources:\\n"
    ...                 "  a: {enters: sql, budget: 5k, cost_per_lead: 100}\\n"
    ...                 "  b: {enters: sql, budget: 5k, cost_per_lead: 200}")
    >>> found = sf.allocate(base, maximise="deals >= 20", n_sims=200, seed=7, progress=False)
    >>> sf.charts.allocation(found).get_xlabel()
    'Money, of $10,000 in all'
    """
    points = allocation_points(found)
    with inked(ax) as ax:
        gutter = rows(ax, _names(ax, points))
        _ink(ax, points, found)
        headroom = keys(ax, [("before", GREY), ("after", BLUE), (f"loses no more than {_tolerated(found)}", _BAND)])
        frame(
            ax, title=_title(found), subtitle=_subtitle(found),
            footer=f"the same {words.counted_futures(found.n_sims)} at every split, seed {found.seed}",
            xlabel=f"Money, of {found.moves.words(found.total)} in all" if found.moves.is_money else "Share",
            gutter=gutter, headroom=headroom,
        )  # fmt: skip
        _name(ax, points, found)
    return ax


def _ordered(found: Allocation) -> list[Piece]:
    return sorted(found.pieces, key=lambda piece: -max(piece.after, piece.before))


def _names(ax: Axes, points: AllocationPoints) -> list[str]:
    """Each name in as many lines as a row has room for, two at the most."""
    most = int(0.7 * settle(ax)[1] / len(points.names) / (1.2 * TEXT))
    return [in_lines(name, _NAME, min(max(most, 1), 2)) for name in points.names]


def _ink(ax: Axes, points: AllocationPoints, found: Allocation) -> None:
    ends = np.concatenate([points.before, points.after, points.flat_most[~np.isnan(points.flat_most)]])
    most = float(ends.max(initial=0.0)) or 1.0
    ax.set_xlim(-0.02 * most, 1.04 * most)
    kind = "money" if found.moves.is_money else "share"
    scale(ax.xaxis, words.tick(kind, found.moves.scenario.currency), most=6, low=0.0)
    for i, (before, after, low, high) in enumerate(
        zip(points.before, points.after, points.flat_least, points.flat_most, strict=True)
    ):
        if high > low:
            ax.plot([low, high], [i, i], color=_BAND, linewidth=12, solid_capstyle="butt", zorder=1)
        if after != before:
            ax.annotate(
                "", (after, i), (before, i), zorder=2,
                arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
        ax.plot([before], [i], "o", color="white", markeredgecolor=GREY, markeredgewidth=2, markersize=8, zorder=3,
                clip_on=False)  # fmt: skip
        ax.plot([after], [i], "o", color=BLUE, markersize=8, zorder=4, clip_on=False)


def _name(ax: Axes, points: AllocationPoints, found: Allocation) -> None:
    """Right of the axes what each part gets; where rows are high enough, also what it got before."""
    _, high = settle(ax)
    is_roomy = high / len(points.names) > 2.6 * TEXT
    for i, piece in enumerate(_ordered(found)):
        now = _text(found, piece, piece.after)
        was = _text(found, piece, piece.before)
        text = now if piece.after == piece.before or not is_roomy else f"{now}\nwas {was}"
        ax.annotate(
            text, (1, i), (12, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            color=INK, linespacing=1.3, annotation_clip=False, fontsize=TEXT if is_roomy else SMALL,
        )  # fmt: skip


def _text(found: Allocation, piece: Piece, amount: float) -> str:
    at = found.pieces.index(piece)
    shown = found.moves.units_words(at, amount)
    return f"{shown} ({percent(round(amount / found.total, 3))})" if found.moves.is_money else shown


def _tolerated(found: Allocation) -> str:
    return found.goal.tolerated(found.tolerance, found.moves.scenario.currency)


def _title(found: Allocation) -> str:
    goal, fresh, currency = found.goal, found.fresh, found.moves.scenario.currency
    what = goal.words if goal.claim is None else f"the chance of {label(found.maximise, 40)}"
    if not found.has_moved:
        value = goal.shown(fresh.before, fresh.before_mcse, currency)
        return f"No split was found that beats the start: {what} is {value}"
    value, low, high = (signed(each, goal.unit, fresh.mcse, currency) for each in (fresh.value, fresh.low, fresh.high))
    known = f"{value} ({plain(found.level * 100)} % CI {low.removesuffix(' points')} to {high.removesuffix(' points')})"
    return f"Split anew, {what} gains {known}"


def _subtitle(found: Allocation) -> str:
    goal, fresh, currency = found.goal, found.fresh, found.moves.scenario.currency
    before, after = (goal.shown(value, mcse, currency) for value, mcse in
                     ((fresh.before, fresh.before_mcse), (fresh.after, fresh.after_mcse)))  # fmt: skip
    name = label(found.name, 40)
    if found.is_single:
        return f"{name}; the rules leave one split only"
    if not found.has_moved:
        return f"{name}; no other is better beyond its error in fresh futures"
    taken = [label(piece.name, 24) for piece in _ordered(found) if piece.change > 0]
    more = f"; more for {listed(taken)}" if 0 < len(taken) < 4 else ""
    return f"{name}; in fresh futures from {before} to {after}{more}"
