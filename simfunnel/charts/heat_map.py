"""Where do two parameters of a sweep make a figure good, and where is the chance of a claim the wanted one?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from simfunnel.charts import words
from simfunnel.charts.ruler import Ruler, across, numbered, ruler, upwards
from simfunnel.charts.shades import bar, legible, shades
from simfunnel.charts.style import (
    FAINT,
    GREY,
    INK,
    ORANGE,
    SMALL,
    TEXT,
    frame,
    inked,
    settle,
    width,
)  # fmt: skip
from simfunnel.charts.subject import check
from simfunnel.charts.swept import place, rests_on, sliced, start, title, wanted
from simfunnel.claims import Claim
from simfunnel.results.text import figure, percent, plain
from simfunnel.studies.sweep import SweepResult, wording
from simfunnel.studies.sweep.best import Choice
from simfunnel.studies.sweep.slices import Slice

Array = npt.NDArray[Any]
_SIZES = (TEXT, SMALL, 7.5)  # of the figures in the cells, the largest that fits
_LONE = Ruler("even", np.zeros(1), np.array([-0.5, 0.5]), ("",), "", True)  # of a single row
_STAR = 13.0  # points
_HALO = 4.0  # points around a figure, in the colour of its cell: the line goes behind it
_MOST_ALIKE = 0.5  # share of the cells whose figures must fit; else none is written


@dataclass(frozen=True)
class HeatMapPoints:
    """A measure over two parameters.

    Attributes
    ----------
    measure : str
    x, y : Ruler
        Where the values of the parameters lie; `y` has one cell where one parameter varies.
    values, mcse, low, high : float64, shape (n_y, n_x)
        Mean or chance, its error and 95 % confidence interval; missing (NaN) where there is none.
    points : int64, same shape
        Numbers of the points; -1 where the sweep has none.
    failed : bool, same shape
        Points that could not be simulated.
    best : tuple of int or None
        Row and column of the best point.
    level : float or None
        Which value the lines are of.
    line, line_low, line_high : tuples of float64 arrays, shape (n_corners, 2)
        Where the measure, and the ends of its interval, have that value: interpolated between the centres of the cells,
        chances by their normal scores.
    dots : float64, shape (n_points, 2), or None
        Places of the points of a sampled design, which has no cells: the arrays then have one row.
    """

    measure: str
    x: Ruler
    y: Ruler
    values: Array
    mcse: Array
    low: Array
    high: Array
    points: Array
    failed: Array
    best: tuple[int, int] | None
    level: float | None
    line: tuple[Array, ...]
    line_low: tuple[Array, ...]
    line_high: tuple[Array, ...]
    dots: Array | None = None


def heat_map_points(
    found: SweepResult, measure: str | None = None, *, x: str | None = None, y: str | None = None,
    at: Mapping[str, object] | None = None, level: float | None = None,
) -> HeatMapPoints:  # fmt: skip
    """The cells of a sweep over two parameters.

    Examples
    --------
    >>> import simfunnel as sf
    >>> from simfunnel import sweep
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> vary = {"stages.sql.neglect": ["0%", "20%"], "sources.inbound.leads": [40, 60, 80]}
    >>> found = sweep(base, vary, measures=["deals >= 10"], n_sims=100)
    >>> heat_map_points(found, level=0.8).values.shape
    (3, 2)
    """
    check(found, SweepResult)
    name = found.measure(measure)
    piece = sliced(found, name, x, y, at)
    return cells(found, name, piece, wording.chosen(found, name, piece.points.tolist()), wanted(found, name, level))


def cells(
    found: SweepResult, name: str, piece: Slice, choice: Choice | None, level: float | None
) -> HeatMapPoints:  # fmt: skip
    """The same of a slice; the choice may be one among more points."""
    some = [found.cells_of(name)[point] for point in piece.points]
    along, beside = (*(ruler(axis, has_cells=piece.is_grid) for axis in piece.axes), _LONE)[:2]
    columns = {
        "values": [each.mean for each in some],
        **{name: [getattr(each, name) for each in some] for name in ("mcse", "low", "high")},
        "points": piece.points,
        "failed": [bool(each.failure) for each in some],
    }
    shaped: dict[str, Any] = {key: _shaped(piece, np.asarray(each)) for key, each in columns.items()}
    dots = None
    if not piece.is_grid:
        dots = np.stack([along.places[piece.axes[0].place], beside.places[piece.axes[1].place]], axis=1)
    best = place(choice, shaped["points"])
    is_claim, most = isinstance(found.asked(name), Claim), max(each.n_sims for each in some)
    straight = [_scores(shaped[key], most) if is_claim else shaped[key] for key in ("values", "low", "high")]
    at = float(_scores(np.asarray(level), most)) if is_claim and level is not None else level
    lines: dict[str, Any] = {
        key: _line(along, beside, each, at if dots is None else None)
        for key, each in zip(("line", "line_low", "line_high"), straight, strict=True)
    }
    return HeatMapPoints(name, along, beside, best=best, level=level, dots=dots, **shaped, **lines)


def _shaped(piece: Slice, values: Array) -> Array:
    """One value a point as rows of y and columns of x; in one row where there are no cells."""
    if not piece.is_grid:
        return values[None, :]
    return np.atleast_2d(piece.spread(values).T)


def _scores(chances: Array, n_sims: int) -> Array:
    """Chances as normal scores, which run nearly straight from cell to cell where the chances themselves bend.

    For a figure whose scatter stays about the same has a chance of Phi((mean - wanted) / sd). None and all of the
    futures count as half a one more or less.
    """
    from scipy.special import ndtri

    edge = 0.5 / (n_sims + 1)
    return ndtri(np.clip(chances, edge, 1 - edge))


def _line(x: Ruler, y: Ruler, values: Array, level: float | None) -> tuple[Array, ...]:
    """Where the values, interpolated between the centres of cells, have a level."""
    if level is None or min(values.shape) < 2 or x.is_words or y.is_words:
        return ()
    lines = contour_generator(x.places, y.places, np.ma.masked_invalid(values)).lines(level)
    return tuple(np.asarray(each) for each in lines)


def heat_map(
    found: SweepResult, measure: str | None = None, *, x: str | None = None, y: str | None = None,
    at: Mapping[str, object] | None = None, level: float | None = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a measure over two parameters of a sweep, with the line on which a claim has the wanted chance.

    Parameters
    ----------
    found : SweepResult
        From `simfunnel.sweep`.
    measure : str, optional
        Default: the first claim, else the first measure.
    x, y : str, optional
        Paths of the parameters; default: the first two that vary, numbers before words.
    at : mapping of str to text or number, optional
        Where further parameters are held.
    level : float, optional
        Which value the line is of; default: 80 % for a claim, no line for another measure.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says which point is best, what it is worth and how many cannot be told from it.

    Raises
    ------
    ValueError
        There is no such measure, parameter or value; or a further parameter varies and is not held.

    Notes
    -----
    The points of a sampled design (Sobol', Latin hypercube) have no cells: they are dots of the same colours.

    Examples
    --------
    >>> import simfunnel as sf
    >>> from simfunnel import sweep
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> vary = {"stages.sql.neglect": ["0%", "20%"], "sources.inbound.leads": [40, 60, 80]}
    >>> found = sweep(base, vary, measures=["deals >= 10"], n_sims=100)
    >>> sf.charts.heat_map(found).get_xlabel()
    'stages.sql.neglect (%)'
    """
    check(found, SweepResult)
    name = found.measure(measure)
    piece = sliced(found, name, x, y, at)
    points = heat_map_points(found, name, x=x, y=y, at=at, level=level)
    with inked(ax) as ax:
        colours, norm = shades(found, points)
        ink(ax, points, colours, norm)
        bar(ax, found, name, colours, norm)
        values(ax, points, settle(ax))
        frame(
            ax, title=title(found, name, piece.points.tolist(), piece.fixed),
            subtitle="; ".join(about(found, piece, points)),
            footer=rests_on(found, piece.points.tolist()), xlabel=points.x.title, ylabel=points.y.title,
        )  # fmt: skip
        values(ax, points, settle(ax))  # the title has taken its room
        room = settle(ax)
        figures = Figures(ax, points, found, room)
        figures.write(figures.size, colours, norm)
        star(ax, points, room)
    return ax


def values(ax: Axes, points: HeatMapPoints, room: tuple[float, float]) -> None:
    """The values of both parameters along the axes, those that have room."""
    if points.dots is not None:
        numbered(ax.xaxis, points.x)
        numbered(ax.yaxis, points.y)
        return
    upwards(ax, points.y, room[1])
    across(ax, points.x, room[0])


def ink(ax: Axes, points: HeatMapPoints, colours: Colormap, norm: Normalize) -> None:
    """Cells or dots in their colours, what has none hatched, and the lines."""
    ax.set_xlim(*points.x.edges[[0, -1]])
    ax.set_ylim(*(points.y.edges[[-1, 0]] if points.y.is_words else points.y.edges[[0, -1]]))
    if points.dots is not None:
        for low, high, to in ((*ax.get_xlim(), ax.set_xlim), (*ax.get_ylim(), ax.set_ylim)):
            to(low - 0.02 * (high - low), high + 0.02 * (high - low))  # so that no dot is cut by an edge
        known = np.isfinite(points.values[0])
        x, y = points.dots[known].T
        of = {"c": points.values[0][known], "cmap": colours, "norm": norm}
        ax.scatter(x, y, s=60, edgecolors=FAINT, linewidths=0.6, **of)
        ax.plot(*points.dots[~known].T, "x", color=GREY, markersize=6)
        return
    shown = np.ma.masked_invalid(points.values)
    ax.pcolormesh(points.x.edges, points.y.edges, shown, cmap=colours, norm=norm, edgecolors="white", linewidth=0.6)
    for row, column in np.argwhere(np.isnan(points.values) & (points.points >= 0)):
        hatch = "////" if points.failed[row, column] else "...."
        ax.add_patch(
            Rectangle(
                (points.x.edges[column], points.y.edges[row]), np.diff(points.x.edges)[column],
                np.diff(points.y.edges)[row], facecolor="white", edgecolor=GREY, hatch=hatch, linewidth=0,
            )
        )  # fmt: skip
    halo = [withStroke(linewidth=4.0, foreground="white", alpha=0.7)]
    for lines, thick, alpha in ((points.line_low, 1.0, 0.9), (points.line_high, 1.0, 0.9), (points.line, 2.4, 1.0)):
        for each in lines:
            effects = halo if thick > 2 else None
            ax.plot(*each.T, color=ORANGE, linewidth=thick, alpha=alpha, path_effects=effects, solid_capstyle="round")


class Figures:
    """The figure of each cell, with no more digits than it supports, where there is room for it."""

    def __init__(self, ax: Axes, points: HeatMapPoints, found: SweepResult, room: tuple[float, float]) -> None:
        unit = wording.unit_of(points.measure)
        self.ax, self.points = ax, points
        self.places = [] if points.dots is not None else np.argwhere(np.isfinite(points.values)).tolist()
        self.texts = [
            figure(float(points.values[r, c]), unit, float(points.mcse[r, c]), found.currency).removesuffix(" %")
            for r, c in self.places
        ]
        wide, high = (
            np.diff(at.edges) / (at.edges[-1] - at.edges[0]) * size
            for at, size in zip((points.x, points.y), room, strict=True)
        )
        self.rooms = [(wide[c], high[r]) for r, c in self.places]
        self.size = next((size for size in _SIZES if self._are_written(size)), 0.0)

    def _fits(self, size: float) -> list[bool]:
        alike = [re.sub(r"\d", "0", text) for text in self.texts]  # one digit is as wide as another
        wide = {text: width(self.ax, text, size) for text in set(alike)}
        return [wide[text] + 6 <= room[0] and size + 4 <= room[1] for text, room in zip(alike, self.rooms, strict=True)]

    def _are_written(self, size: float) -> bool:
        """Whether there is room: for all of them, at the smallest size for most."""
        fits = self._fits(size)
        return all(fits) or (size == _SIZES[-1] and sum(fits) > _MOST_ALIKE * len(fits))

    def write(self, size: float, colours: Colormap, norm: Normalize) -> None:
        """Put them into the cells, at this size; none where it is 0."""
        if not size:
            return
        for (r, c), text, has_room in zip(self.places, self.texts, self._fits(size), strict=True):
            back = colours(norm(self.points.values[r, c]))
            if has_room:
                self.ax.text(
                    *(self.points.x.middles[c], self.points.y.middles[r]), text, ha="center", va="center",
                    fontsize=size, color=legible(back), zorder=5,
                    path_effects=[withStroke(linewidth=_HALO, foreground=back)],
                )  # fmt: skip


def star(ax: Axes, points: HeatMapPoints, room: tuple[float, float]) -> None:
    """Frame the best point, with a star in the corner of its cell."""
    if points.best is None:
        return
    row, column = points.best
    if points.dots is not None:
        ax.plot(*points.dots[column], "*", color=ORANGE, markeredgecolor=INK, markersize=18, zorder=6)
        return
    (x0, x1), (y0, y1) = points.x.edges[column : column + 2], points.y.edges[row : row + 2]
    ax.add_patch(
        Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=ORANGE, linewidth=2.0, zorder=4, clip_on=False)
    )
    wide = (x1 - x0) / (points.x.edges[-1] - points.x.edges[0]) * room[0]
    high = (y1 - y0) / (points.y.edges[-1] - points.y.edges[0]) * room[1]
    if min(wide, high) < 1.6 * _STAR or (wide < 4 * _STAR and high < 3.5 * _STAR):  # it would cover the figure
        return
    up = -1 if points.y.is_words else 1
    at = x1 - 0.8 * _STAR * (x1 - x0) / wide, (y0 if up < 0 else y1) - up * 0.8 * _STAR * (y1 - y0) / high
    ax.plot(*at, "*", color=ORANGE, markeredgecolor=INK, markeredgewidth=0.8, markersize=_STAR, zorder=6)


def about(found: SweepResult, piece: Slice, *maps: HeatMapPoints) -> Iterator[str]:
    """What is drawn, for the line below the title."""
    yield from start(found, piece)
    level, has_dots = maps[0].level, maps[0].dots is not None
    if level is not None and any(each.line for each in maps):
        unit = wording.unit_of(maps[0].measure)
        at = percent(level) if unit == "share" else words.tick(unit, found.currency)(level)
        yield f"line: {at}, interpolated; thin lines: the ends of its 95 % CI"
    if any(each.best is not None for each in maps):
        yield "star: the best" if has_dots else "orange frame: the best"
    bad = sum(int(each.failed.sum()) for each in maps)
    if bad:
        yield f"{'crosses' if has_dots else 'hatched'}: {plain(bad)} could not be simulated"
    if any((np.isnan(each.values) & (each.points >= 0) & ~each.failed).any() for each in maps):
        yield f"{'crosses' if has_dots else 'dotted'}: no figure"
