"""Where on an axis do the values of a swept parameter lie: to scale, by powers, or one beside the other?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.style import FAINT, LINE, SMALL, TEXT, in_lines, label, plain_ticks, scale, width
from simfunnel.studies.sweep.slices import Axis

Array = npt.NDArray[Any]
_NARROWEST = 0.3  # of an even share of the axis: where a cell would be narrower, all have an even share
_WIDE = 8.0  # times the least: values that span so much may go by powers
_MOST_LINES = 3
_MOST_TICKS = 7
_GAP = 6.0  # points between the names of two values


@dataclass(frozen=True)
class Ruler:
    """The values of a parameter along an axis.

    Attributes
    ----------
    kind : str
        ``linear`` where the values lie to scale, ``log`` where their powers of ten do, ``even`` where they stand side
        by side: words, and numbers that lie to neither scale.
    places : float64, shape (n_values,)
        Where each value lies, ascending: itself in the unit that it is written in, its power of ten, or its number.
    edges : float64, shape (n_values + 1,)
        Halfway between them: the cells.
    names : tuple of str
        The values, without their unit where the axis tells it.
    title : str
        What the axis is called, with the unit.
    is_words : bool
    currency : str
        Of money; empty for other numbers.
    """

    kind: str
    places: Array
    edges: Array
    names: tuple[str, ...]
    title: str
    is_words: bool
    currency: str = ""

    @property
    def middles(self) -> Array:
        """The middle of each cell: not where its value lies, unless values are even."""
        middles: Array = (self.edges[:-1] + self.edges[1:]) / 2
        return middles


def ruler(axis: Axis, *, has_cells: bool = True) -> Ruler:
    """Where the values of an axis lie; without cells always to scale.

    Examples
    --------
    >>> from simfunnel.studies.sweep.definition import Parameter
    >>> leads = Parameter("sources.web.leads", "leads")
    >>> leads = Axis(leads, (10.0, 100.0, 1000.0), ("10", "100", "1,000"), np.arange(3))
    >>> ruler(leads).kind, ruler(leads).places.tolist()
    ('log', [1.0, 2.0, 3.0])
    >>> keeps = Parameter("stages.sql.shelf_life", "days", 1.0, " days")
    >>> ruler(Axis(keeps, (1.0, 7.0), ("1 day", "7 days"), np.arange(2))).names
    ('1', '7')
    """
    unit = axis.parameter.suffix if axis.is_number else ""
    title = f"{label(axis.path, 40)}{f' ({unit.strip()})' if unit.strip() else ''}"
    names = tuple("1" if f"{name}s" == f"1{unit}" else name.removesuffix(unit) for name in axis.names)  # 1 day
    values = np.array(axis.values) / axis.parameter.scale if axis.is_number else np.arange(len(axis.values))
    kind = (_kind(values) if has_cells else _scale_of(values)) if axis.is_number else "even"
    places = {"linear": values, "even": np.arange(len(values))}.get(kind)
    places = np.asarray(np.log10(values) if places is None else places, np.float64)
    currency = axis.parameter.currency if axis.parameter.unit == "money" else ""
    return Ruler(kind, places, _edges(places), names, title, not axis.is_number, currency)


def _kind(values: Array) -> str:
    if len(values) < 3 or _evenness(values) >= _NARROWEST:
        is_wide = len(values) > 2 and values[0] > 0 and values[-1] >= _WIDE * values[0]
        better = is_wide and _evenness(np.log10(values)) > 1.5 * _evenness(values)
        return "log" if better else "linear"
    return "log" if values[0] > 0 and _evenness(np.log10(values)) >= _NARROWEST else "even"


def _scale_of(values: Array) -> str:
    """Powers of ten where values that span much have their middle there."""
    if len(values) < 3 or values[0] <= 0 or values[-1] < _WIDE * values[0]:
        return "linear"
    off = [abs(2 * np.median(each) - each[0] - each[-1]) / (each[-1] - each[0]) for each in (values, np.log10(values))]
    return "log" if off[1] < off[0] else "linear"


def _evenness(places: Array) -> float:
    """The narrowest cell as a part of an even share."""
    cells = np.diff(_edges(places))
    return float(cells.min() / cells.mean())


def _edges(places: Array) -> Array:
    if len(places) == 1:
        half = 0.5 * (abs(float(places[0])) or 1.0)
        return np.array([places[0] - half, places[0] + half])
    middles = (places[:-1] + places[1:]) / 2
    return np.concatenate([[2 * places[0] - middles[0]], middles, [2 * places[-1] - middles[-1]]])


def across(ax: Axes, at: Ruler, room: float, *, limits: tuple[float, float] | None = None) -> None:
    """Put the values below the axes, as many as have room in so many points; words in up to three lines."""
    low, high = (float(at.edges[0]), float(at.edges[-1])) if limits is None else limits
    ax.set_xlim(low, high)
    points = (at.places - low) / (high - low) * room
    names = list(at.names)
    if at.is_words:
        columns = max(int(room / len(names) / (0.62 * SMALL)) - 1, 6)
        names = [in_lines(name, columns, _MOST_LINES) for name in names]
    size = SMALL if at.is_words else TEXT
    sizes = [max(width(ax, line, size) for line in name.split("\n")) + _GAP for name in names]
    shown = _with_room(points, sizes)
    ax.set_xticks(at.places[shown], [names[i] for i in shown])
    _plainly(ax.xaxis, size)


def upwards(ax: Axes, at: Ruler, room: float, *, columns: int = 22) -> None:
    """Put the values beside the axes, as many as have room; words from top to bottom."""
    ax.set_ylim(*(at.edges[[-1, 0]] if at.is_words else at.edges[[0, -1]]))
    if not at.title:
        ax.set_yticks([])
        return
    points = (at.places - at.edges[0]) / float(at.edges[-1] - at.edges[0]) * room
    shown = _with_room(points, [TEXT * LINE] * len(points))
    ax.set_yticks(at.places[shown], [label(at.names[i], columns) for i in shown])
    _plainly(ax.yaxis, TEXT)


def numbered(axis: Any, at: Ruler) -> None:
    """Round ticks where the values themselves are too many, as those of a sampled design."""
    if at.is_words:
        axis.set_ticks(at.places, [label(name, 22) for name in at.names])
        _plainly(axis, TEXT)
        return
    write = words.tick("money" if at.currency else "number", at.currency)
    if at.kind != "log":
        scale(axis, write)
        return
    ticks = _of_powers(*(10 ** float(each) for each in axis.get_view_interval()))
    axis.set_ticks([log10(each) for each in ticks], [write(each) for each in ticks])
    _plainly(axis, TEXT)


def _of_powers(low: float, high: float) -> list[float]:
    """Round numbers between two ends, each about so many times the one before.

    >>> _of_powers(0.9, 70), _of_powers(900, 2e5)
    ([1.0, 2.0, 5.0, 10.0, 20.0, 50.0], [1000.0, 3000.0, 10000.0, 30000.0, 100000.0])
    """
    found: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        powers = range(floor(log10(low)), floor(log10(high)) + 1)
        found = [each for k in powers for step in steps if low <= (each := float(f"{step}e{k}")) <= high]
        if len(found) <= _MOST_TICKS:
            return found
    return found[:: -(-len(found) // _MOST_TICKS)]


def _with_room(points: Array, sizes: Sequence[float]) -> list[int]:
    """Every value, else every second, every third ... so that no name touches the next."""
    order = np.argsort(points)
    for step in range(1, len(points) + 1):
        some = order[::step].tolist()
        gaps = [points[b] - points[a] - (sizes[a] + sizes[b]) / 2 for a, b in pairwise(some)]
        if all(gap >= 0 for gap in gaps):
            return sorted(some)
    return [int(order[0])]


def _plainly(axis: Any, size: float) -> None:
    axis.set_tick_params(labelsize=size, labelcolor=FAINT, color=FAINT)
    plain_ticks(axis)
