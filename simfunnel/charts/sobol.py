"""What share of the variance of a figure is each input's, and what share is luck?"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.placing import keys
from simfunnel.charts.style import (
    BLUE,
    INK,
    ORANGE,
    TEXT,
    beside,
    frame,
    in_lines,
    inked,
    label,
    rows,
    scale,
    settle,
)
from simfunnel.charts.subject import check
from simfunnel.studies.sensitivity import Indices, Known, Sensitivity
from simfunnel.studies.sensitivity.wording import rests_on, share, share_interval, varying

Array = npt.NDArray[Any]
_MOST = 12  # rows
_NAME = 34  # columns of a line of a label
_PALE = 0.35


@dataclass(frozen=True)
class SobolPoints:
    """Shares of a variance, inputs first, the greatest first, and luck at last.

    Attributes
    ----------
    labels : tuple of str
        Inputs in words; then luck, or luck and interplay where they are not told apart.
    alone, alone_low, alone_high : float64, shape (n,)
        First-order indices with their confidence intervals, within 0 and 1.
    total, total_low, total_high : float64, shape (n,)
        Total indices; missing (NaN) where the method does not tell.
    has_luck : bool
        Whether the last row is luck's.
    left_out : int
        Inputs without a bar, none greater than the last that has one.
    """

    labels: tuple[str, ...]
    alone: Array
    alone_low: Array
    alone_high: Array
    total: Array
    total_low: Array
    total_high: Array
    has_luck: bool
    left_out: int


def sobol_points(found: Sensitivity) -> SobolPoints:
    """The bars of a study's shares: those by Sobol' where it has them, else those from given data.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
    >>> sobol_points(sf.sensitivity(base, method="sobol", n_sims=500)).labels
    ('conversion of stage sql', 'luck (chance)')
    """
    part = _part(found)
    last = _last(found, part)
    shown = part.inputs[: _MOST - len(last)]
    bars = [*((one.words, one.alone, one.total) for one in shown), *last]
    alone, alone_low, alone_high = np.array([_within(each) for _, each, _ in bars]).T
    total, total_low, total_high = np.array([_within(each) for _, _, each in bars]).T
    return SobolPoints(
        tuple(name for name, _, _ in bars), alone, alone_low, alone_high, total, total_low, total_high, bool(last),
        len(part.inputs) - len(shown),
    )  # fmt: skip


def sobol(found: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw what share of the variance of a figure is each input's, alone and with interplay, and what share is luck.

    Parameters
    ----------
    found : Sensitivity
        From `simfunnel.sensitivity`: with its shares by Sobol', or else with those from given data.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says what share is luck, and what that of the strongest input.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
    >>> sf.charts.sobol(sf.sensitivity(base, method="sobol", n_sims=500)).get_xlabel()
    'Share of the variance of deals'
    """
    points, part = sobol_points(found), _part(found)
    with inked(ax) as ax:
        lines = int(0.8 * settle(ax)[1] / len(points.labels) / (1.2 * TEXT))
        gutter = rows(ax, [in_lines(text, _NAME, min(max(lines, 1), 2)) for text in points.labels])
        beside(ax, _texts(found, part, points))
        _ink(ax, points)
        scale(ax.xaxis, words.tick("share", found.currency), most=6, low=0.0)
        frame(
            ax, title=_title(found, part), subtitle=_subtitle(found, part, points),
            footer=rests_on(found, part.runs), xlabel=f"Share of the variance of {label(varying(found), 60)}",
            gutter=gutter, headroom=keys(ax, _keys(points)),
        )  # fmt: skip
    return ax


def _part(found: Sensitivity) -> Indices:
    check(found, Sensitivity)
    if found.indices is None:
        raise ValueError("this study has no shares; ask for them: sf.sensitivity(scenario, method='sobol')")
    return found.indices


def _last(found: Sensitivity, part: Indices) -> list[tuple[str, Known, Known | None]]:
    """The row of luck."""
    if part.luck is not None:
        return [(part.luck.words, part.luck.alone, part.luck.total)]
    what = "interplay and error" if found.of_points else "luck and interplay"
    return [(what, part.rest, None)] if part.rest is not None else []


def _within(known: Known | None) -> tuple[float, float, float]:
    if known is None:
        return nan, nan, nan
    value, low, high = (min(max(each, 0.0), 1.0) for each in (known.value, known.low, known.high))
    return value, low, high


def _colors(points: SobolPoints) -> list[str]:
    many = len(points.labels)
    return [ORANGE if points.has_luck and i == many - 1 else BLUE for i in range(many)]


def _ink(ax: Axes, points: SobolPoints) -> None:
    """A bar alone before a paler one with interplay, each with its interval at its own height."""
    highest = np.nanmax([points.alone_high, points.total_high, points.alone, points.total])
    ax.set_xlim(0, min(1.03 * float(highest), 1.0) or 1.0)
    at = np.arange(len(points.labels))
    thick, colors = min(0.6, 0.14 + 0.09 * len(at)), _colors(points)
    has_total = bool(np.isfinite(points.total).any())
    lift = thick / 4 if has_total else 0.0
    if has_total:
        ax.barh(at, points.total, thick, color=colors, alpha=_PALE, linewidth=0, zorder=1)
        ax.hlines(at + lift, points.total_low, points.total_high, color=INK, linewidth=1.2, zorder=4)
    ax.barh(at - lift, points.alone, thick / 2 if has_total else thick, color=colors, linewidth=0, zorder=2)
    ax.hlines(at - lift, points.alone_low, points.alone_high, color=INK, linewidth=1.2, zorder=4)


def _texts(found: Sensitivity, part: Indices, points: SobolPoints) -> list[str]:
    """The shares of each row: alone, and with interplay where that is told."""
    many = len(points.labels) - points.has_luck
    shown = [*((one.alone, one.total) for one in part.inputs[:many]), *(each[1:] for each in _last(found, part))]
    return [share(alone) if total is None else f"{share(alone)}, {share(total)}" for alone, total in shown]


def _keys(points: SobolPoints) -> list[tuple[str, str]]:
    has_total = bool(np.isfinite(points.total).any())
    return [
        ("input alone" + (", paler: with interplay" if has_total else ""), BLUE),
        *([(points.labels[-1], ORANGE)] if points.has_luck else []),
    ]


def _title(found: Sensitivity, part: Indices) -> str:
    top = part.inputs[0]
    alone = f"{share(top.alone)} is the {label(top.words, 44)} alone ({share_interval(found.level, top.alone)})"
    if not top.alone.is_clear:
        alone = "no input's share alone is told from 0 %"
    what = label(varying(found), 44)
    if part.luck is None or part.luck.total is None:
        return f"Of the variance of {what} {alone}"
    total = part.luck.total
    return f"Luck is {share(total)} of the variance of {what} ({share_interval(found.level, total)}), {alone}"


def _subtitle(found: Sensitivity, part: Indices, points: SobolPoints) -> str:
    how = "Sobol' indices by a design" if part.method == "sobol" else "first-order indices from given data"
    more = "1 more input has" if points.left_out == 1 else f"{points.left_out} more inputs have"
    left = f"; {more} no greater share" if points.left_out else ""
    moving = "; inputs that move together share what they tell" if part.together and part.luck is None else ""
    return f"{label(found.name, 40)}; {how}, lines: {found.level * 100:g} % CI{moving}{left}"
