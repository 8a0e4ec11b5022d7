"""What does the plan take, stage by stage: in the spreadsheet, and so that it holds with a stated chance?"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from simfunnel.charts import words
from simfunnel.charts.style import (
    BLUE,
    FAINT,
    GREY,
    HAIR,
    INK,
    LINE,
    SKY,
    SMALL,
    TEXT,
    bare,
    frame,
    inked,
    label,
    rows,
    settle,
    width,
)
from simfunnel.charts.subject import check
from simfunnel.results.text import percent, plain
from simfunnel.studies.sizing import BackwardPlan
from simfunnel.studies.sizing.backward_record import Column
from simfunnel.studies.sizing.backward_wording import ends, headline, written

Array = npt.NDArray[Any]
_WIDEST = 0.86  # of a column's width, the bar of its row's greatest figure
#: Columns that no wanted chance names, and their colours.
_OWN = {"spreadsheet": GREY, "as it is": SKY}
_TALL = 2.6  # lines of text, a row that has room for two
_LEAST_ROOM = 8.0  # points between two figures in a row


@dataclass(frozen=True)
class BackwardPoints:
    """The table of a plan made backwards, as a funnel: what comes first on top, what it costs beneath.

    Attributes
    ----------
    rows, columns : tuple of str
    values : float64, shape (n_rows, n_columns)
        Means a future; missing (NaN) where a chance is out of reach.
    parts : float64, shape (n_rows, n_columns)
        Of the greatest figure in the row.
    texts : tuple of tuple of str
        The figures as they are written.
    ends : tuple of tuple of str
        The figures at both ends of the confidence interval of the volume; empty where there is none.
    chances : tuple of str
        In which share of the futures the target is reached; empty where there is no volume.
    n_costs : int
        Rows at the end that are money.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array
    parts: Array
    texts: tuple[tuple[str, ...], ...]
    ends: tuple[tuple[str, ...], ...]
    chances: tuple[str, ...]
    n_costs: int


def backward_points(found: BackwardPlan) -> BackwardPoints:
    """The table as a picture shows it; the present volume is left out where it is the spreadsheet's.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nplan: {customers: 10}\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%}}")
    >>> backward_points(sf.plan(base, chances=[0.9], n_sims=200)).rows
    ('SQLs', 'customers')
    """
    check(found, BackwardPlan)
    shown = [i for i, column in enumerate(found.columns) if _is_shown(found, column)]
    n_costs = sum(row.unit == "money" for row in found.rows)
    top, costs = range(len(found.rows) - n_costs - 1, -1, -1), range(len(found.rows) - n_costs, len(found.rows))
    order = [*top, *costs]
    values = np.array(
        [[found.columns[i].cells[row].value if found.columns[i].cells else np.nan for i in shown] for row in order]
    )
    greatest = np.nanmax(np.nan_to_num(values), axis=1, keepdims=True)
    texts, sides = (tuple(tuple(write(found, row)[i] for i in shown) for row in order) for write in (written, ends))
    columns = tuple(found.columns[i] for i in shown)
    return BackwardPoints(
        tuple(found.rows[row].words for row in order), tuple(column.title for column in columns), values,
        values / np.where(greatest > 0, greatest, 1.0), texts, sides,
        tuple("" if c.chance is None else percent(c.chance.value, c.chance.mcse) for c in columns), n_costs,
    )  # fmt: skip


def backward_plan(found: BackwardPlan, *, ax: Axes | None = None) -> Axes:
    """Draw a plan made backwards as a funnel: the spreadsheet's column beside those that hold with a stated chance.

    A bar is as long as its figure is large beside the others of its row.

    Parameters
    ----------
    found : BackwardPlan
        From `simfunnel.plan`.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says how likely the spreadsheet's plan is, and what keeps it.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nplan: {customers: 10}\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%}}")
    >>> found = sf.plan(base, chances=[0.9], n_sims=200)
    >>> sf.charts.backward_plan(found).get_title(loc="left").startswith("The spreadsheet's 40 SQLs keep the plan")
    True
    """
    points = backward_points(found)
    with inked(ax) as ax:
        gutter = rows(ax, [label(row, 26) for row in points.rows])
        bare(ax, sides=("bottom",))
        ax.set_xticks([])
        ax.set_xlim(0, len(points.columns))
        needed = found.rows[1].words
        said = headline(found).replace(needed, label(needed, 26))
        room, _ = settle(ax)
        size = _size(ax, points, room / len(points.columns))
        heads = _heads(ax, points, size)
        frame(
            ax, title=f"{said[0].upper()}{said[1:]}",
            subtitle=f"{label(found.name, 40)}; means a future, small: {_level(found)} of what it takes",
            footer=f"{words.counted_futures(found.n_sims)} at every volume, seed {found.seed}",
            xlabel="", gutter=gutter, headroom=heads,
        )  # fmt: skip
        _ink(ax, points, size)
    return ax


def _level(found: BackwardPlan) -> str:
    return f"{plain(found.level * 100)} % CI"


def _is_shown(found: BackwardPlan, column: Column) -> bool:
    if column is found.spreadsheet:
        return column.volume is not None
    return column is not found.present or column.volume != found.spreadsheet.volume


def _size(ax: Axes, points: BackwardPoints, room: float) -> float:
    """A size at which the widest figure has room in its column."""
    widest = max(width(ax, text, TEXT) for row in points.texts for text in row)
    return float(min(TEXT, TEXT * (room - _LEAST_ROOM) / widest))


def _heads(ax: Axes, points: BackwardPoints, size: float) -> float:
    """Name the columns above the axes; returns the points that the names take."""
    room = settle(ax)[0] / len(points.columns)
    long = [title if title in _OWN else f"to hold in {title}" for title in points.columns]
    titles = long if max(width(ax, title, size) for title in long) < room - _LEAST_ROOM else points.columns
    for i, (title, chance) in enumerate(zip(titles, points.chances, strict=True)):
        below = f"holds in {chance}" if chance else "out of reach"
        for text, up, color, points_high in (
            (title, SMALL * LINE + 6, INK, size),
            (below, 4.0, FAINT, min(size, SMALL)),
        ):
            ax.annotate(
                text, (i + 0.5, 1), (0, up), xycoords=("data", "axes fraction"), textcoords="offset points",
                ha="center", va="bottom", color=color, fontsize=points_high, annotation_clip=False,
            )  # fmt: skip
    return SMALL * LINE + TEXT * LINE + 8.0


def _ink(ax: Axes, points: BackwardPoints, size: float) -> None:
    if points.n_costs:
        ax.axhline(len(points.rows) - points.n_costs - 0.5, color=HAIR, linewidth=1.0)
    wide, high = settle(ax)
    small = min(size, SMALL) - 1.0
    is_roomy = high / (len(points.rows) + 0.1) > _TALL * TEXT and all(
        width(ax, text, small) < wide / len(points.columns) - _LEAST_ROOM for row in points.ends for text in row
    )
    for j, title in enumerate(points.columns):
        for i, part in enumerate(points.parts[:, j]):
            if not isnan(part):
                side, color = _WIDEST * part, _OWN.get(title, BLUE)
                box = Rectangle((j + 0.5 - side / 2, i - 0.38), side, 0.76, color=color, alpha=0.3, linewidth=0)
                ax.add_patch(box)
            lift = 0.6 * small if is_roomy and points.ends[i][j] else 0.0
            for text, up, points_high, ink in (
                (points.texts[i][j], lift, size, INK),
                (points.ends[i][j] if lift else "", -lift - 1.0, small, FAINT),
            ):
                ax.annotate(
                    text, (j + 0.5, i), (0, up), textcoords="offset points", ha="center", va="center", color=ink,
                    fontsize=points_high,
                )  # fmt: skip
