"""How does a picture of two parameters of a sweep change with a third? Small pictures side by side, to one scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simfunnel.charts import words
from simfunnel.charts.heat_map import Figures, cells, ink, star
from simfunnel.charts.heat_map import about as about_cells
from simfunnel.charts.heat_map import values as cell_values
from simfunnel.charts.lines import Band, along, colours, draw, reach
from simfunnel.charts.lines import about as about_lines
from simfunnel.charts.lines import values as line_values
from simfunnel.charts.shades import bar, shades
from simfunnel.charts.style import (
    FAINT,
    INK,
    LINE,
    SIZE,
    SMALL,
    TEXT,
    TITLE,
    Sheet,
    bare,
    in_style,
    label,
    root,
    scale,
    settle,
    wrap,
)  # fmt: skip
from simfunnel.charts.subject import check
from simfunnel.charts.swept import axes_of, called, rests_on, title, wanted
from simfunnel.studies.sweep import SweepResult, wording
from simfunnel.studies.sweep.best import Choice
from simfunnel.studies.sweep.slices import Slice, left_over, panels, varying
from simfunnel.studies.sweep.spots import SCENARIO

Kind = Literal["heat_map", "lines"]
_MOST = 12
_COLUMNS = (1, 2, 3, 2, 3, 3, 4, 4, 3, 4, 4, 4)  # of 1, 2, 3 ... pictures
_LETTERS = (80, 44, 28, 20)  # that a title may have where 1, 2, 3 or 4 pictures stand side by side
_EDGE = 14.0  # points
_FOOT = 6.0 + SMALL * LINE  # points that the last line takes


def small_multiples(
    found: SweepResult, measure: str | None = None, *, kind: Kind = "heat_map", over: str | None = None,
    x: str | None = None, y: str | None = None, at: Mapping[str, object] | None = None, level: float | None = None,
    band: Band = "mean",
) -> Figure:  # fmt: skip
    """Draw a heat map, or lines, for each value of one more parameter of a sweep, all with the same axes and colours.

    Parameters
    ----------
    found : SweepResult
        From `simfunnel.sweep`.
    measure : str, optional
        Default: the first claim, else the first measure.
    kind : str
        ``heat_map`` or ``lines``.
    over : str, optional
        Path of the parameter of which each picture has one value; default: the scenario, else the third that varies.
    x, y : str, optional
        Paths of the parameters in each picture (of lines: along the axis, and of the lines).
    at, level, band
        As of `simfunnel.charts.heat_map` and `simfunnel.charts.lines`.

    Returns
    -------
    Figure
        The title says which of all points is best, what it is worth and how many cannot be told from it.

    Raises
    ------
    ValueError
        There is no such measure, parameter, value or kind; no parameter is left to vary from picture to picture, or
        more than one; or there would be more than 12 pictures.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> vary = {"stages.sql.neglect": ["0%", "20%"], "sources.inbound.leads": [40, 60],
    ...         "stages.sql.conversion": ["20%", "30%"]}
    >>> found = sf.sweep(base, vary, measures=["deals >= 10"], n_sims=100)
    >>> [ax.get_title(loc="left") for ax in sf.charts.small_multiples(found).axes[:2]]
    ['conversion 20 %', 'conversion 30 %']
    """
    check(found, SweepResult)
    name = found.measure(measure)
    if kind not in ("heat_map", "lines"):
        raise ValueError(f"kind={kind!r}: small pictures are of kind 'heat_map' or 'lines'")
    pieces, third = _pieces(found, name, over, (x, y), at or {})
    points = sorted(point for piece in pieces.values() for point in piece.points.tolist())
    choice = wording.chosen(found, name, points)
    with in_style():
        sheet, some = _sheet(len(pieces))
        short, columns = wording.names(found.sweep)[third], _LETTERS[_COLUMNS[len(pieces) - 1] - 1]
        for ax, text in zip(some, pieces, strict=True):
            bare(ax)
            named = f"{short} {text}"
            ax.set_title(label(text if len(named) > columns else named, columns), loc="left", fontsize=TEXT, color=INK)
        fill = _maps if kind == "heat_map" else _lines
        parts = [replace(each, fixed={k: v for k, v in each.fixed.items() if k != third}) for each in pieces.values()]
        finish, said = fill(found, name, (parts, choice), some, wanted(found, name, level), band)
        _around(sheet, some[0], title(found, name, points, at or {}), said, rests_on(found, points))
        sheet.draw_without_rendering()
        finish()
    return sheet


def _pieces(
    found: SweepResult, measure: str, over: str | None, axes: tuple[str | None, str | None], at: Mapping[str, object]
) -> tuple[dict[str, Slice], str]:
    """The slice of each picture, and the parameter that tells them apart."""
    if over is None and SCENARIO in varying(found.sweep) and SCENARIO not in (*axes, *at):
        over = SCENARIO  # a picture of each, and numbers along its sides
    taken = [*at, *([over] if over else [])]
    along = axes_of(found, measure, *axes, taken)
    left = left_over(found.sweep, along, taken)
    third = over or (left[0] if left else None)
    if third is None:
        kinds = "sf.charts.heat_map(found) or sf.charts.lines(found)"
        raise ValueError(f"no parameter is left to vary from picture to picture; draw one picture: {kinds}")
    pieces = panels(found.sweep, along, third, at)
    if len(pieces) > _MOST:
        raise ValueError(f"{third} has {len(pieces)} values, too many for small pictures (at most {_MOST})")
    return pieces, third


Filled = tuple[Callable[[], None], list[str]]
Pieces = tuple[list[Slice], Choice | None]


def _maps(
    found: SweepResult, name: str, shown: Pieces, some: list[Axes], level: float | None, _: Band
) -> Filled:  # fmt: skip
    """Ink the heat maps; what is left to do when the pictures have their size, and what is said of them."""
    pieces, choice = shown
    maps = [cells(found, name, piece, choice, level) for piece in pieces]
    colouring = shades(found, *maps)
    for ax, points in zip(some, maps, strict=True):
        ink(ax, points, *colouring)
        cell_values(ax, points, settle(ax))
    bar(some, found, name, *colouring)
    _name_axes(some, maps[0].x.title, maps[0].y.title)

    def finish() -> None:
        for ax, points in zip(some, maps, strict=True):
            cell_values(ax, points, settle(ax))
            star(ax, points, settle(ax))
        figures = [Figures(ax, points, found, settle(ax)) for ax, points in zip(some, maps, strict=True)]
        for each in figures:
            each.write(min(other.size for other in figures), *colouring)

    return finish, list(about_cells(found, pieces[0], *maps))


def _lines(
    found: SweepResult, name: str, shown: Pieces, some: list[Axes], level: float | None, band: Band
) -> Filled:  # fmt: skip
    """The same of lines; their names stand above all pictures."""
    pieces, choice = shown
    parts = [along(found, name, piece, choice, band, level) for piece in pieces]
    ends = reach(found, *parts)
    write = words.tick(wording.unit_of(name), found.currency)
    for ax, points in zip(some, parts, strict=True):
        draw(ax, points, ends)
        scale(ax.yaxis, write, most=5, low=ends[0])
        line_values(ax, points)
    _name_axes(some, parts[0].x.title, called(found, name))
    if len(parts[0].names) > 1:
        handles = [Line2D([], [], color=colour, linewidth=2.4) for colour in colours(parts[0])]
        names = [label(each, 20) for each in parts[0].names]
        some[0].figure.legend(handles, names, loc="outside right center", frameon=False, fontsize=SMALL)

    def finish() -> None:
        for ax, points in zip(some, parts, strict=True):
            line_values(ax, points)

    dashed = [f"dashed: {parts[0].marked_words}"] if parts[0].marked is not None else []
    return finish, [*about_lines(found, pieces[0], *parts), *dashed]


def _sheet(n: int) -> tuple[Sheet, list[Axes]]:
    """A page with places for so many pictures."""
    columns = _COLUMNS[n - 1]
    rows = -(-n // columns)
    sheet = Sheet(figsize=(SIZE[0], max(SIZE[1], 1.6 + 2.2 * rows)))
    sheet.set_layout_engine("constrained", w_pad=0.06, h_pad=0.06)
    grid = sheet.subplots(rows, columns, squeeze=False).ravel().tolist()
    for ax in grid[n:]:
        ax.remove()
    for at, ax in enumerate(grid[:n]):  # values stand at the outer sides only
        ax.tick_params(labelleft=at % columns == 0, labelbottom=at + columns >= n)
    return sheet, grid[:n]


def _name_axes(some: list[Axes], across: str, upwards: str) -> None:
    sheet = root(some[0])
    sheet.text(0.5, _FOOT / 72 / float(sheet.get_size_inches()[1]), across, ha="center", va="bottom", color=FAINT)
    sheet.supylabel(upwards, fontsize=TEXT, color=FAINT)


def _around(sheet: Sheet, ax: Axes, heading: str, said: list[str], footer: str) -> None:
    """Title and what is drawn above all pictures, what they rest on below."""
    wide, high = (72 * float(each) for each in sheet.get_size_inches())
    below = wrap(ax, "; ".join(said), wide - 2 * _EDGE, TEXT)
    heading = wrap(ax, heading, wide - 2 * _EDGE, TITLE)
    top = high - 8.0
    for text, size, colour in ((heading, TITLE, INK), (below, TEXT, FAINT)):
        sheet.text(_EDGE / wide, top / high, text, fontsize=size, color=colour, ha="left", va="top", linespacing=1.2)
        top -= (text.count("\n") + 1) * size * LINE + 4.0
    sheet.text(1 - _EDGE / wide, 6 / high, footer, fontsize=SMALL, color=FAINT, ha="right", va="bottom")
    engine: Any = sheet.get_layout_engine()
    bottom = _FOOT + TEXT * LINE
    engine.set(rect=(4 / wide, bottom / high, 1 - 8 / wide, (top - bottom) / high))
