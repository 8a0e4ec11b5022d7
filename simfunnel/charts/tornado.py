"""How far does each input move a figure by itself?"""

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
    FAINT,
    INK,
    ORANGE,
    SMALL,
    TEXT,
    beside,
    frame,
    in_lines,
    inked,
    label,
    rows,
    scale,
    settle,
    width,
)
from simfunnel.charts.subject import check
from simfunnel.results.text import plain
from simfunnel.studies.sensitivity import Sensitivity, Tornado
from simfunnel.studies.sensitivity.wording import known, rests_on, swing, written

Array = npt.NDArray[Any]
_MOST = 12  # inputs that have a bar of their own
_NAME, _END = 34, 20  # columns of a line of a label, and of a value at the end of a bar
_GAP = 5.0  # points between a bar and what it says
_LOW, _HIGH = ORANGE, BLUE


@dataclass(frozen=True)
class TornadoPoints:
    """Where the bars of a tornado end, the widest first.

    Attributes
    ----------
    labels : tuple of str
        Inputs in words.
    ends : tuple of (str, str)
        Their values at either end.
    at : float64, shape (n_inputs, 2)
        The figure where an input is at its low end and at its high end: how things stand, and the paired change.
    low, high : float64, shape (n_inputs, 2)
        The confidence intervals of these changes, from how things stand; of a chance within 0 and 1.
    centre : float
        The figure as things stand.
    left_out : int
        Inputs without a bar, none wider than the last that has one.
    """

    labels: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]
    at: Array
    low: Array
    high: Array
    centre: float
    left_out: int


def tornado_points(found: Sensitivity) -> TornadoPoints:
    """The bars of a tornado.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
    >>> points = tornado_points(sf.sensitivity(base, method="tornado", n_sims=500))
    >>> points.ends, bool(points.at[0, 0] < points.centre < points.at[0, 1])
    ((('16.6 %', '34 %'),), True)
    """
    part = _part(found)
    shown = part.swings[:_MOST]
    at, low, high = (
        part.centre.value + np.array([[getattr(end, name) for end in (one.change_low, one.change_high)]
                                      for one in shown])
        for name in ("value", "low", "high")
    )  # fmt: skip
    if found.is_chance:
        low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    return TornadoPoints(
        tuple(one.words for one in shown), tuple(one.ends for one in shown), at, low, high, part.centre.value,
        len(part.swings) - len(shown),
    )  # fmt: skip


def tornado(found: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw what each input moves from its low end to its high end, all else as it is, on the same luck.

    Parameters
    ----------
    found : Sensitivity
        From `simfunnel.sensitivity`, with its tornado.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says what moves the figure most, and from where to where.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
    >>> sf.charts.tornado(sf.sensitivity(base, method="tornado", n_sims=500)).get_xlabel()
    'Deals on average'
    """
    points, part = tornado_points(found), _part(found)
    with inked(ax) as ax:
        lines = int(0.8 * settle(ax)[1] / len(points.labels) / (1.2 * TEXT))
        gutter = rows(ax, [in_lines(text, _NAME, min(max(lines, 1), 2)) for text in points.labels])
        beside(ax, [swing(found, one) for one in part.swings[: len(points.labels)]])
        _ink(ax, points)
        scale(
            ax.xaxis, words.tick(found.unit, found.currency), most=6, low=float(min(points.at.min(), points.low.min()))
        )
        headroom = keys(ax, [(f"input {end}", color) for end, color in zip(_ends(part), (_LOW, _HIGH), strict=True)])
        frame(
            ax, title=_title(found, part), subtitle=_subtitle(found, part, points),
            footer=f"{rests_on(found, part.runs)}, the same luck for all", xlabel=_axis(found), gutter=gutter,
            headroom=headroom,
        )  # fmt: skip
        _say_ends(ax, points)
    return ax


def _part(found: Sensitivity) -> Tornado:
    check(found, Sensitivity)
    if found.tornado is None:
        raise ValueError("this study has no tornado; ask for one: sf.sensitivity(scenario, method='tornado')")
    return found.tornado


def _ink(ax: Axes, points: TornadoPoints) -> None:
    """A bar from how things stand to either end; two thin ones where both ends are on one side."""
    thick = min(0.56, 0.12 + 0.08 * len(points.labels))
    for i, (at, low, high) in enumerate(zip(points.at, points.low, points.high, strict=True)):
        for end, (y, tall) in enumerate(_places(points, i, thick)):
            ax.barh(y, at[end] - points.centre, tall, points.centre, color=(_LOW, _HIGH)[end], linewidth=0, zorder=2)
            ax.hlines(y, low[end], high[end], color=INK, linewidth=1.4, zorder=3)
    ax.axvline(points.centre, color=FAINT, linewidth=1.0, zorder=4)


def _places(points: TornadoPoints, i: int, thick: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the bars of an input are, and how tall."""
    sides = np.sign(points.at[i] - points.centre)
    if sides[0] * sides[1] <= 0:
        return (i, thick), (i, thick)
    return (i - 0.25, thick / 2), (i + 0.25, thick / 2)


def _say_ends(ax: Axes, points: TornadoPoints) -> None:
    """The value of the input where its bars end, with room for them left and right."""
    texts = [[label(text, _END) for text in ends] for ends in points.ends]
    to_left = [_to_left(points, i) for i in range(len(texts))]
    sides = {side: max((width(ax, text, SMALL) for row, left in zip(texts, to_left, strict=True)
                        for text, is_left in zip(row, left, strict=True) if is_left == side), default=0.0) + 2 * _GAP
             for side in (True, False)}  # fmt: skip
    room = settle(ax)[0]
    low, high = float(min(points.low.min(), points.centre)), float(max(points.high.max(), points.centre))
    if high == low:
        reach = abs(points.centre) / 2 or 1.0
        low, high = low - reach, high + reach
    unit = (high - low) / max(room - sides[True] - sides[False], 0.25 * room)
    ax.set_xlim(low - sides[True] * unit, high + sides[False] * unit)
    for i, row in enumerate(texts):
        places = _places(points, i, 0.5)
        for end, text in enumerate(row):
            is_left = to_left[i][end]
            at = min(points.low[i, end], points.centre) if is_left else max(points.high[i, end], points.centre)
            ax.annotate(
                text, (at, places[end][0]), (-_GAP if is_left else _GAP, 0), textcoords="offset points", fontsize=SMALL,
                ha="right" if is_left else "left", va="center", color=FAINT, annotation_clip=False,
            )  # fmt: skip


def _to_left(points: TornadoPoints, i: int) -> tuple[bool, bool]:
    """On which side of how things stand each end's value is said."""
    low, high = points.at[i] - points.centre
    if low * high > 0:
        return bool(low < 0), bool(high < 0)
    is_rising = low < high or low == high
    return is_rising, not is_rising


def _ends(part: Tornado) -> tuple[str, str]:
    if not any(one.is_uncertain for one in part.swings):
        return "at its low end", "at its high end"
    low, high = (f"at its P{plain(each * 100)}" for each in part.between)
    if all(one.is_uncertain for one in part.swings):
        return low, high
    return f"{low} (or low end)", f"{high} (or high end)"


def _title(found: Sensitivity, part: Tornado) -> str:
    top = part.swings[0]
    if not top.is_clear:
        return f"No input is seen to move {label(found.words, 44)} ({written(found, part.centre)} as things stand)"
    low, high = (
        f"{written(found, each)} at {label(end, _END)}"
        for each, end in zip((top.at_low, top.at_high), top.ends, strict=True)
    )
    start = f"Widest swing of {label(found.words, 40)}: {label(top.words, 44)}"
    return f"{start}, from {low} to {high} ({known(found, top.swing)})"


def _subtitle(found: Sensitivity, part: Tornado, points: TornadoPoints) -> str:
    more = "1 more input moves" if points.left_out == 1 else f"{points.left_out} more inputs move"
    left = f"; {more} it no further" if points.left_out else ""
    said = f"{label(found.name, 40)}; line: as things stand, {written(found, part.centre)}"
    return f"{said}; at the bars the input's values, right: the swing{left}"


def _axis(found: Sensitivity) -> str:
    if found.is_chance:
        return f"Chance of {label(found.measure, 40)}"
    return f"{words.axis(found.measure)} on average"
