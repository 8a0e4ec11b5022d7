"""Where do labels go, so that none covers another?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts.style import LINE, TEXT, settle, width

_ROW = TEXT * LINE + 1.0


class Flag(NamedTuple):
    """A label for a place on an axis, in data units."""

    at: float
    text: str
    color: str


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> npt.NDArray[np.float64]:
    """Places as near as can be to those wanted, in their order, no two closer than `gap`, and between two ends.

    >>> spread([0, 1, 10], 4, -10, 20).tolist()
    [-1.5, 2.5, 10.0]
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    # least squares under "each at least a gap above the last": neighbours that collide share their mean
    pools: list[tuple[float, int]] = []
    for value in np.asarray(wanted, dtype=np.float64)[order] - steps:
        pool = (float(value), 1)
        while pools and pools[-1][0] > pool[0]:
            mean, n = pools.pop()
            pool = ((mean * n + pool[0] * pool[1]) / (n + pool[1]), n + pool[1])
        pools.append(pool)
    placed = np.repeat([mean for mean, _ in pools], [n for _, n in pools])
    most = max(high - (steps[-1] if len(steps) else 0.0), low)
    result = np.empty(len(placed))
    result[order] = np.clip(placed, low, most) + steps
    return result


def flags(ax: Axes, wanted: Sequence[Flag]) -> float:
    """Name vertical lines above the axes, in as many rows as keep the names apart; returns the points that they take.

    Lines at one place share a name: `P10, P50 0`.
    """
    room, _ = settle(ax)
    low, high = ax.get_xlim()
    ends: list[float] = []  # of each row, in points
    for flag in _merged(wanted):
        at = (flag.at - low) / (high - low) * room
        wide = width(ax, flag.text)
        left = min(max(at - wide / 2, -10.0), room + 10.0 - wide)
        row = next((i for i, end in enumerate(ends) if left > end + 10), len(ends))
        ends[row : row + 1] = [left + wide]
        ax.annotate(
            flag.text, (flag.at, 1), (left - at, 4 + row * _ROW), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="left", va="bottom", color=flag.color, annotation_clip=False,
        )  # fmt: skip
        ax.annotate(
            "", (flag.at, 1), (0, 4 + row * _ROW), xycoords=("data", "axes fraction"), textcoords="offset points",
            arrowprops={"arrowstyle": "-", "color": flag.color, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
            annotation_clip=False,
        )  # fmt: skip
    return len(ends) * _ROW + 2.0


def endings(ax: Axes, wanted: Sequence[Flag]) -> None:
    """Name lines where they end, right of the axes; names that would cover each other move apart and keep a thread."""
    _, room = settle(ax)
    low, high = ax.get_ylim()
    at = [(flag.at - low) / (high - low) * room for flag in wanted]
    for flag, here, there in zip(wanted, at, spread(at, TEXT * LINE, 0.0, room), strict=True):
        ax.annotate(
            flag.text, (1, flag.at), (22, there - here), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="left", va="center", color=flag.color, annotation_clip=False,
            arrowprops={
                "arrowstyle": "-", "color": flag.color, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)
            },
        )  # fmt: skip


def _merged(wanted: Sequence[Flag]) -> list[Flag]:
    """Flags at one place as one; their texts are `NAME VALUE`, and the value is the same."""
    merged = []
    for at, here in groupby(sorted(wanted, key=lambda flag: flag.at), key=lambda flag: flag.at):
        group = list(here)
        names = ", ".join(flag.text.split(" ", 1)[0] for flag in group)
        merged.append(Flag(at, f"{names} {group[0].text.split(' ', 1)[1]}", group[-1].color))
    return merged
