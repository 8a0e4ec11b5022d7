"""How does a figure move with one parameter of a sweep, and is that the same whatever another one is?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from simfunnel.charts import words
from simfunnel.charts.placing import Flag, endings
from simfunnel.charts.ruler import Ruler, across, numbered, ruler
from simfunnel.charts.style import (
    BLUE,
    DASHED,
    GREY,
    INK,
    ORANGE,
    PARTS,
    frame,
    inked,
    label,
    scale,
    settle,
)  # fmt: skip
from simfunnel.charts.subject import check
from simfunnel.charts.swept import called, place, rests_on, sliced, start, title, wanted
from simfunnel.claims import Claim
from simfunnel.results.text import percent, plain
from simfunnel.studies.sweep import SweepResult, wording
from simfunnel.studies.sweep.best import Choice
from simfunnel.studies.sweep.designs import GRID
from simfunnel.studies.sweep.slices import Slice

Array = npt.NDArray[Any]
Band = Literal["mean", "futures"]
_MOST_LINES = 15
_MOST_BANDS = 4  # more would cover each other: each point has a bar then
_MOST_OF_FUTURES = 3  # bands of futures, and joined bars of them, are a thicket from there on
_NEAR = 0.25  # of the highest: where the lowest is below, the axis begins at 0
_LEGIBLE = 0.42  # lightness of a name
_APART = 0.012  # of the axis: bars of lines stand so far beside each other


@dataclass(frozen=True)
class LinesPoints:
    """A measure along one parameter, a line a value of another.

    Attributes
    ----------
    measure : str
    x : Ruler
    names : tuple of str
        Of the lines, with the unit; one empty name where there is one line.
    is_ordered : bool
        Whether the lines are of numbers, ascending.
    is_joined : bool
        Whether points are joined: numbers, along which nothing else varies but in step.
    values, low, high : float64, shape (n_lines, n_x)
        Mean or chance, and its 95 % confidence interval or the P10 and P90 of the futures; missing (NaN) where there is
        no point, or it has no figure.
    band : str
        ``mean`` for the confidence interval, ``futures`` for P10 to P90.
    points : int64, same shape
        Numbers of the points; -1 where the sweep has none.
    failed : bool, same shape
    best : tuple of int or None
        Line and place of the best point.
    marked : float or None
        What the dashed line says: the plan, or the wanted chance.
    marked_words : str
    """

    measure: str
    x: Ruler
    names: tuple[str, ...]
    is_ordered: bool
    is_joined: bool
    values: Array
    low: Array
    high: Array
    band: Band
    points: Array
    failed: Array
    best: tuple[int, int] | None
    marked: float | None
    marked_words: str

    @property
    def has_reach(self) -> bool:
        """Whether bands or bars are drawn: of futures around few lines only."""
        return self.band == "mean" or not self.is_joined or len(self.names) <= _MOST_OF_FUTURES


def lines_points(
    found: SweepResult, measure: str | None = None, *, x: str | None = None, by: str | None = None,
    at: Mapping[str, object] | None = None, band: Band = "mean", level: float | None = None,
) -> LinesPoints:  # fmt: skip
    """The lines of a sweep.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> vary = {"stages.sql.neglect": ["0%", "20%"], "sources.inbound.leads": [40, 60, 80]}
    >>> found = sf.sweep(base, vary, measures=["deals"], n_sims=100)
    >>> lines_points(found).values.shape
    (3, 2)
    """
    check(found, SweepResult)
    name = found.measure(measure)
    piece = sliced(found, name, x, by, at)
    return along(found, name, piece, wording.chosen(found, name, piece.points.tolist()), band, level)


def along(
    found: SweepResult, name: str, piece: Slice, choice: Choice | None, band: Band, level: float | None
) -> LinesPoints:  # fmt: skip
    """The same of a slice; the choice may be one among more points."""
    if band not in ("mean", "futures"):
        raise ValueError(f"band={band!r}: a band shows the interval of the 'mean', or P10 to P90 of the 'futures'")
    if band == "futures" and isinstance(found.asked(name), Claim):
        raise ValueError(f"{name} is true or false of a future, so it has no P10 and P90; leave band='futures' out")
    if len(piece.axes) > 1 and piece.shape[1] > _MOST_LINES:
        path, n = piece.axes[1].path, piece.shape[1]
        raise ValueError(f"{path} has {n} values, too many for lines (at most {_MOST_LINES}); draw a heat map")
    keys = {"values": "mean", "low": "low", "high": "high"}
    if band == "futures":
        keys |= {"low": "p10", "high": "p90"}
    some = [found.cells_of(name)[point] for point in piece.points]
    columns: dict[str, Any] = {key: [getattr(each, of) for each in some] for key, of in keys.items()}
    columns |= {"points": piece.points, "failed": [bool(each.failure) for each in some]}
    shaped: dict[str, Any] = {key: np.atleast_2d(piece.spread(np.asarray(each)).T) for key, each in columns.items()}
    best = place(choice, shaped["points"])
    axis = piece.axes[0]
    is_ordered = len(piece.axes) > 1 and piece.axes[1].is_number
    names = piece.axes[1].names if len(piece.axes) > 1 else ("",)
    is_joined = axis.is_number and (not piece.others or found.sweep.design == GRID)  # of a grid they move in step
    return LinesPoints(
        name, ruler(axis, has_cells=False), names, is_ordered, is_joined, **shaped, band=band, best=best,
        **_marked(found, name, level),
    )  # fmt: skip


def _marked(found: SweepResult, measure: str, level: float | None) -> dict[str, Any]:
    """The wanted chance of a claim; the plan's figure where all points are held against the same."""
    asked, at = found.asked(measure), wanted(found, measure, level)
    unit = wording.unit_of(measure)
    if at is not None:
        shown = percent(at) if unit == "share" else words.tick(unit, found.currency)(at)
        return {"marked": at, "marked_words": f"{'wanted ' if isinstance(asked, Claim) else ''}{shown}"}
    plans = {each.plan for each in found.sweep.scenarios.values()}
    is_varied = any(each.path.split(".")[0] == "plan" for each in found.sweep.parameters)
    plan = plans.pop() if len(plans) == 1 and not is_varied else None
    promised = {} if plan is None else {"deals": plan.customers, "revenue": plan.revenue}
    value = promised.get(str(asked))
    if value is None:
        return {"marked": None, "marked_words": ""}
    return {"marked": float(value), "marked_words": f"plan {words.tick(unit, found.currency)(float(value))}"}


def lines(
    found: SweepResult, measure: str | None = None, *, x: str | None = None, by: str | None = None,
    at: Mapping[str, object] | None = None, band: Band = "mean", level: float | None = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a measure along one parameter of a sweep, a line a value of another, with bands.

    Parameters
    ----------
    found : SweepResult
        From `simfunnel.sweep`.
    measure : str, optional
        Default: the first claim, else the first measure.
    x, by : str, optional
        Paths of the parameters along the axis and of the lines; default: the first that vary, numbers along the axis.
    at : mapping of str to text or number, optional
        Where further parameters are held.
    band : str
        ``mean``: the 95 % confidence interval of the mean or chance; ``futures``: P10 to P90, what a future may bring,
        around no more than 3 lines.
    level : float, optional
        What the dashed line marks; default: 80 % for a claim, else the plan.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says which point is best, what it is worth and how many cannot be told from it.

    Raises
    ------
    ValueError
        There is no such measure, parameter, value or band; a further parameter varies and is not held; or there would
        be more than 15 lines.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.sweep(base, {"sources.inbound.leads": [40, 60, 80]}, measures=["deals"], n_sims=100)
    >>> sf.charts.lines(found).get_ylabel()
    'Mean deals'
    """
    check(found, SweepResult)
    name = found.measure(measure)
    piece = sliced(found, name, x, by, at)
    points = lines_points(found, name, x=x, by=by, at=at, band=band, level=level)
    with inked(ax) as ax:
        draw(ax, points, reach(found, points))
        scale(ax.yaxis, words.tick(wording.unit_of(name), found.currency), most=7, low=float(ax.get_ylim()[0]))
        values(ax, points)
        frame(
            ax, title=title(found, name, piece.points.tolist(), piece.fixed),
            subtitle="; ".join(about(found, piece, points)), footer=rests_on(found, piece.points.tolist()),
            xlabel=points.x.title, ylabel=called(found, name),
        )  # fmt: skip
        name_lines(ax, points)
        values(ax, points)
    return ax


def reach(found: SweepResult, *maps: LinesPoints) -> tuple[float, float]:
    """The ends of the y axis for one or several pictures: with room around, and with 0 where that is near."""
    most = 1.04 if isinstance(found.asked(maps[0].measure), Claim) else np.inf
    arrays = [each for some in maps for each in (some.values, *((some.low, some.high) if some.has_reach else ()))]
    arrays += [np.array([some.marked]) for some in maps if some.marked is not None]
    known = np.concatenate([each[np.isfinite(each)] for each in arrays])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    span = high - low or abs(high) or 1.0
    begins = 0.0 if 0 <= low < _NEAR * high or low == high == 0 else low - 0.08 * span
    return begins, min(high + 0.08 * span, most)


def draw(ax: Axes, points: LinesPoints, ends: tuple[float, float]) -> None:
    """Lines or points with their bands or bars."""
    places, n = points.x.places, len(points.names)
    span = float(places[-1] - places[0]) or 1.0
    ax.set_xlim(places[0] - 0.06 * span, places[-1] + 0.06 * span)
    ax.set_ylim(*ends)
    has_bands = points.is_joined and points.has_reach and n <= _MOST_BANDS
    for row, colour in enumerate(colours(points)):
        shift = 0.0 if points.is_joined else (row - (n - 1) / 2) * _APART * span
        x, (values, low, high) = places + shift, (each[row] for each in (points.values, points.low, points.high))
        known = np.isfinite(values)
        if points.is_joined:
            ax.plot(x[known], values[known], color=colour, linewidth=2.0)
        if has_bands:
            ax.fill_between(x, low, high, where=known, color=colour, alpha=0.2, linewidth=0)
            for edge in (low, high):  # two bands that lie on each other are told apart
                ax.plot(x[known], edge[known], color=colour, linewidth=0.8, alpha=0.7)
        elif points.has_reach:
            ax.vlines(x, low, high, color=colour, linewidth=1.3)
        ax.plot(x, values, "o", color=colour, markersize=4.5)
        bad = x[points.failed[row]]
        if bad.size:  # an empty line that is not clipped would count as one in the corner of the page
            ax.plot(bad, np.full(bad.size, ends[0]), "x", color=GREY, clip_on=False, markersize=7)
        if points.best is not None and points.best[0] == row:
            at = points.best[1]
            ax.plot([x[at]], [values[at]], "*", color=ORANGE, markeredgecolor=INK, markersize=15, zorder=6)
    if points.marked is not None:
        ax.axhline(points.marked, color=INK, linewidth=1.2, linestyle=DASHED, zorder=1)


def values(ax: Axes, points: LinesPoints) -> None:
    """The values of the parameter along the axis: all of them where few, else round ticks."""
    if points.x.is_words or len(points.x.places) <= 12:
        limits = ax.get_xlim()
        across(ax, points.x, settle(ax)[0], limits=limits)
    else:
        numbered(ax.xaxis, points.x)


def name_lines(ax: Axes, points: LinesPoints) -> None:
    """Name each line where it ends, and the dashed one."""
    found = []
    for row, colour in enumerate(colours(points)):
        known = np.flatnonzero(np.isfinite(points.values[row]))
        if known.size and len(points.names) > 1:
            found.append(Flag(float(points.values[row, known[-1]]), label(points.names[row], 18), _inky(colour)))
    if points.marked is not None:
        found.append(Flag(points.marked, points.marked_words, INK))
    span = float(np.ptp(ax.get_ylim()))
    endings(ax, [flag._replace(at=flag.at + 1e-9 * span * row) for row, flag in enumerate(found)])  # none is merged


def about(found: SweepResult, piece: Slice, *parts: LinesPoints) -> Iterator[str]:
    """What is drawn, for the line below the title."""
    yield from start(found, piece)
    one = parts[0]
    if len(piece.axes) > 1:
        yield f"{'lines' if one.is_joined else 'colours'}: {label(piece.axes[1].path, 32)}"
    shape = "bands" if one.is_joined and len(one.names) <= _MOST_BANDS else "bars"
    if one.has_reach:
        yield f"{shape}: {'95 % CI' if one.band == 'mean' else 'P10 to P90, 8 of 10 futures'}"
    else:
        yield f"P10 to P90 are left out around more than {_MOST_OF_FUTURES} lines"
    bad = sum(int(each.failed.sum()) for each in parts)
    if bad:
        yield f"crosses: {plain(bad)} could not be simulated"


def colours(points: LinesPoints) -> list[Any]:
    """Of numbers pale to dark; of words colours that can be told apart, one after the other."""
    n = len(points.names)
    if n == 1:
        return [BLUE]
    if points.is_ordered:
        shades = LinearSegmentedColormap.from_list("shades", ["#7FC4EC", BLUE, "#00243A"])
        return [shades(each) for each in np.linspace(0, 1, n)]
    return [PARTS[each % len(PARTS)] for each in range(n)]


def _inky(colour: Any) -> Any:
    """The colour of a line for its name, darker where it would not be legible on white."""
    red, green, blue = mpl.colors.to_rgb(colour)
    light = 0.3 * red + 0.6 * green + 0.1 * blue
    return colour if light < _LEGIBLE else tuple(each * _LEGIBLE / light for each in (red, green, blue))
