"""What is it worth to know each uncertain input before deciding?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.style import (
    DASHED,
    FAINT,
    INK,
    LINE,
    ORANGE,
    SKY,
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
from simfunnel.results.text import listed
from simfunnel.studies.information import ValueOfInformation
from simfunnel.studies.information.wording import amount, interval

Array = npt.NDArray[Any]
_MOST = 12  # inputs that have a bar of their own
_NAME = 34  # columns of a line of a label


@dataclass(frozen=True)
class InformationPoints:
    """What each input is worth to know, in currency units, the most valuable first.

    Attributes
    ----------
    labels : tuple of str
        Inputs in words.
    values, low, high : float64, shape (n_inputs,)
        With the confidence interval of each.
    everything, everything_low, everything_high : float
        Of knowing all of them.
    left_out : int
        Inputs without a bar, each worth no more than the last that has one.
    """

    labels: tuple[str, ...]
    values: Array
    low: Array
    high: Array
    everything: float
    everything_low: float
    everything_high: float
    left_out: int


def information_points(found: ValueOfInformation) -> InformationPoints:
    """The bars of a study of information.

    Examples
    --------
    >>> import simfunnel as sf
    >>> found = sf.value_of_information(sf.load("industrial"), n_sims=500)
    >>> points = information_points(found)
    >>> bool((points.values <= points.everything).all())
    True
    """
    check(found, ValueOfInformation)
    shown = found.inputs[:_MOST]
    values, low, high = (np.array([getattr(one, name) for one in shown]) for name in ("value", "low", "high"))
    everything = found.all_inputs
    return InformationPoints(
        tuple(one.words for one in shown), values, low, high, everything.value, everything.low, everything.high,
        len(found.inputs) - len(shown),
    )  # fmt: skip


def information(found: ValueOfInformation, *, ax: Axes | None = None) -> Axes:
    """Draw what each uncertain input is worth to know, with confidence intervals, and what all together are.

    Parameters
    ----------
    found : ValueOfInformation
        From `simfunnel.value_of_information`.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says what research can be worth at most, with its confidence interval.

    Examples
    --------
    >>> import simfunnel as sf
    >>> found = sf.value_of_information(sf.load("industrial"), n_sims=500)
    >>> sf.charts.information(found).get_xlabel()
    'Worth of knowing it before deciding, in profit'
    """
    points = information_points(found)
    with inked(ax) as ax:
        lines = int(0.8 * settle(ax)[1] / len(points.labels) / (1.2 * TEXT))
        gutter = rows(ax, [in_lines(text, _NAME, min(max(lines, 1), 2)) for text in points.labels])
        _ink(ax, points, [amount(found, one) for one in found.inputs[:_MOST]])
        scale(ax.xaxis, words.tick("money", found.currency), most=6, low=0.0)
        if points.everything_high == 0:
            ax.set_xticks([])
        frame(
            ax, title=_title(found), subtitle=_subtitle(found, points), footer=_footer(found),
            xlabel=f"Worth of knowing it before deciding, in {words.said(found.measure)}", gutter=gutter,
            headroom=TEXT * LINE,
        )  # fmt: skip
        _name(ax, points, f"all together: {amount(found, found.all_inputs)}")
    return ax


def _ink(ax: Axes, points: InformationPoints, texts: list[str]) -> None:
    """Bars with their intervals, what they come to beside them, and a line that none can pass."""
    ax.set_xlim(0, 1.03 * points.everything_high or 1.0)
    at = np.arange(len(texts))
    ax.axvspan(points.everything_low, points.everything_high, color=ORANGE, alpha=0.15, linewidth=0, zorder=0)
    ax.axvline(points.everything, color=ORANGE, linewidth=1.6, linestyle=DASHED, zorder=1)
    ax.barh(at, points.values, min(0.56, 0.12 + 0.08 * len(texts)), color=SKY, linewidth=0, zorder=2)
    ax.hlines(at, points.low, points.high, color=INK, linewidth=1.6, zorder=3)
    beside(ax, texts)


def _name(ax: Axes, points: InformationPoints, text: str) -> None:
    """Name the line above the axes, where it stands."""
    wide, _ = settle(ax)
    low, high = ax.get_xlim()
    at, half = (points.everything - low) / (high - low) * wide, width(ax, text) / 2
    shift = min(max(at, half), max(wide - half, half)) - at
    ax.annotate(
        text, (points.everything, 1), (shift, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
        ha="center", va="bottom", color=FAINT, fontsize=TEXT, annotation_clip=False,
    )  # fmt: skip


def _title(found: ValueOfInformation) -> str:
    everything = found.all_inputs
    known = f"({interval(found, everything)})"
    if everything.value == 0:
        return f"Knowing more would not turn the choice: it is worth {amount(found, everything)} {known}"
    what = "every uncertain input" if len(found.inputs) > 1 else f"the {label(found.inputs[0].words, 44)}"
    return f"Knowing {what} before deciding would be worth {amount(found, everything)} {known}"


def _subtitle(found: ValueOfInformation, points: InformationPoints) -> str:
    names = [label(name, 26) for name in found.names[:3]]
    if len(found.names) > 3:
        names[2:] = [f"{len(found.names) - 2} more"]
    choice = f"{names[0]}, or not" if found.is_go else f"choice between {listed(names)}"
    more = "1 more input is" if points.left_out == 1 else f"{points.left_out} more inputs are"
    left = f"; {more} worth no more than the last" if points.left_out else ""
    return f"{choice}; best now: {label(found.best, 26)}{left}"


def _footer(found: ValueOfInformation) -> str:
    said = f"the same {words.counted_futures(found.n)} for all" if not found.is_go else words.counted_futures(found.n)
    return f"{said}, seed {found.seed}; each lead's luck is not counted"
