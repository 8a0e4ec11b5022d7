"""Where do labels go, so that none covers another?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts.style import INK, LINE, TEXT, settle, width

_BETWEEN = 14.0  # points between two names
_THREAD = 12.0  # points that a thread is long


class Flag(NamedTuple):
    """A label for a place on an axis, in data units."""

    at: float
    text: str
    color: str


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> npt.NDArray[np.float64]:
    """Places as near as can be to those wanted, in their order, for things of these sizes, between two ends.

    >>> spread([0, 1, 10], [4, 4, 4], -10, 20).tolist()
    [-1.5, 2.5, 10.0]
    """
    order = np.argsort(wanted, kind="stable")
    size = np.asarray(sizes, dtype=np.float64)[order]
    steps = np.concatenate([[0.0], np.cumsum((size[:-1] + size[1:]) / 2)])[: len(size)]
    # least squares under "each at least so far above the last": neighbours that collide share their mean
    pools: list[tuple[float, int]] = []
    for value in np.asarray(wanted, dtype=np.float64)[order] - steps:
        pool = (float(value), 1)
        while pools and pools[-1][0] > pool[0]:
            mean, n = pools.pop()
            pool = ((mean * n + pool[0] * pool[1]) / (n + pool[1]), n + pool[1])
        pools.append(pool)
    placed = np.repeat([mean for mean, _ in pools], [n for _, n in pools])
    ends = (low + size[0] / 2, high - size[-1] / 2 - steps[-1]) if len(size) else (low, high)
    result = np.empty(len(placed))
    result[order] = np.clip(placed, ends[0], max(ends)) + steps
    return result


def flags(ax: Axes, wanted: Sequence[Flag]) -> float:
    """Name vertical lines above the axes; names that would cover each other move apart and keep a thread to their line.

    Lines at one place share a name: `P10, P50 0`. Returns the points above the axes that are taken.
    """
    room, _ = settle(ax)
    low, high = ax.get_xlim()
    named = _merged(wanted)
    at = [(flag.at - low) / (high - low) * room for flag in named]
    sizes = [width(ax, flag.text) + _BETWEEN for flag in named]
    for flag, here, there in zip(named, at, spread(at, sizes, -_BETWEEN, room + _BETWEEN), strict=True):
        ax.annotate(
            flag.text, (flag.at, 1), (there - here, _THREAD), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", color=flag.color, annotation_clip=False,
            arrowprops=_thread(flag.color, (0.5, 0)),
        )  # fmt: skip
    return _THREAD + TEXT * LINE


def endings(ax: Axes, wanted: Sequence[Flag]) -> None:
    """Name lines where they end, right of the axes; names that would cover each other move apart and keep a thread."""
    _, room = settle(ax)
    low, high = ax.get_ylim()
    named = _merged(wanted)
    at = [(flag.at - low) / (high - low) * room for flag in named]
    for flag, here, there in zip(named, at, spread(at, [TEXT * LINE] * len(at), 0.0, room), strict=True):
        ax.annotate(
            flag.text, (1, flag.at), (22, there - here), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="left", va="center", color=flag.color, annotation_clip=False,
            arrowprops=_thread(flag.color, (0, 0.5)),
        )  # fmt: skip


def keys(ax: Axes, wanted: Sequence[tuple[str, str]]) -> float:
    """Say above the axes what each colour is, in as many rows as it takes; returns the points that they take."""
    room, _ = settle(ax)
    sizes = [width(ax, f"■ {text}") + _BETWEEN for text, _ in wanted]
    rows: list[list[int]] = [[]]
    for i, size in enumerate(sizes):
        if rows[-1] and sum(sizes[j] for j in rows[-1]) + size > room:
            rows.append([])
        rows[-1].append(i)
    for up, row in enumerate(reversed(rows)):
        at = 0.0
        for i in row:
            for text, color, dx in (("■", wanted[i][1], 0.0), (wanted[i][0], INK, width(ax, "■ "))):
                ax.annotate(
                    text, (0, 1), (at + dx, 5 + up * TEXT * LINE), xycoords="axes fraction",
                    textcoords="offset points", ha="left", va="bottom", color=color,
                )  # fmt: skip
            at += sizes[i]
    return 4 + len(rows) * TEXT * LINE


class Labels:
    """Labels on a chart, none of which covers another; those without room are left out."""

    def __init__(self, ax: Axes) -> None:
        self.ax, self.room, self.taken = ax, settle(ax), list[tuple[float, float, float, float]]()

    def put(self, text: str, x: float, y: float, size: float, color: str, *, is_left: bool = False) -> bool:
        """A label left above a point, or right below it; whether it had room."""
        ends = (self.ax.get_xlim(), self.ax.get_ylim())
        at = [(value - low) / (high - low) * room
              for value, (low, high), room in zip((x, y), ends, self.room, strict=True)]  # fmt: skip
        wide, high = width(self.ax, text, size), size * LINE * (text.count("\n") + 1)
        dx, dy = (-8.0, 4.0) if is_left else (8.0, -4.0)
        box = (at[0] + dx - wide, at[1] + dy, at[0] + dx, at[1] + dy + high)
        if not is_left:
            box = (at[0] + dx, at[1] + dy - high, at[0] + dx + wide, at[1] + dy)
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= self.room[0] and box[3] <= self.room[1]
        if not inside or any(
            min(box[2], each[2]) > max(box[0], each[0]) and min(box[3], each[3]) > max(box[1], each[1])
            for each in self.taken
        ):
            return False
        self.taken.append(box)
        self.ax.annotate(
            text, (x, y), (dx, dy), textcoords="offset points", ha="right" if is_left else "left",
            va="bottom" if is_left else "top", color=color, fontsize=size,
        )  # fmt: skip
        return True


def _thread(color: str, start: tuple[float, float]) -> dict[str, Any]:
    return {"arrowstyle": "-", "color": color, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 0, "relpos": start}


def _merged(wanted: Sequence[Flag]) -> list[Flag]:
    """Flags at one place as one; their texts are `NAME VALUE`, and the value is the same."""
    merged = []
    for at, here in groupby(sorted(wanted, key=lambda flag: flag.at), key=lambda flag: flag.at):
        group = list(here)
        if len(group) == 1:
            merged.append(group[0])
            continue
        names = [flag.text.split(" ", 1)[0] for flag in group]
        quantiles = [name for name in names if name.startswith("P")]
        if len(quantiles) > 2:
            names = [f"{quantiles[0]} to {quantiles[-1]}", *(name for name in names if name not in quantiles)]
        merged.append(Flag(at, f"{', '.join(names)} {group[0].text.split(' ', 1)[1]}", group[-1].color))
    return merged
