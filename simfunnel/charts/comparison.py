"""What is a change worth in the very same futures?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.bins import bulk_of, round_steps, round_width, step_of, window
from simfunnel.charts.style import (
    BLUE,
    FAINT,
    GREY,
    INK,
    MISSED,
    ORANGE,
    TEXT,
    frame,
    in_lines,
    inked,
    label,
    rows,
    scale,
    settle,
)
from simfunnel.charts.subject import check
from simfunnel.charts.verdict import bewares, direction, verdict
from simfunnel.results.pairs import Pairs
from simfunnel.results.text import signed
from simfunnel.studies.comparison import Comparison

Array = npt.NDArray[Any]
_MOST_BINS = 40
_NAME = 24  # columns of a variant's name
_FEW = 0.02  # share of the differences at either end that may lie beyond the picture


@dataclass(frozen=True)
class DifferencePoints:
    """Differences of one variant, variant minus baseline, future by future.

    Attributes
    ----------
    variant : str
    sign : int64, shape (n_bins,)
        -1, 0 or 1: no bin holds gains and losses, and futures without any difference have a bin of their own.
    left, width, shares : float64, shape (n_bins,)
        Where a bin begins and how wide it is, and its share of the futures; the shares sum to 1.
    pairs : Pairs
        Mean, P10, P50, P90 and the shares better, equal and worse, all with their intervals.
    is_comparable : bool
        False where its differences mean nothing, such as those of euros to dollars.
    """

    variant: str
    sign: Array
    left: Array
    width: Array
    shares: Array
    pairs: Pairs
    is_comparable: bool


@dataclass(frozen=True)
class ComparisonPoints:
    """Paired differences of every variant; `view` is the part of the axis that is shown, `beyond` what is outside."""

    measure: str
    variants: tuple[DifferencePoints, ...]
    view: tuple[float, float]
    beyond: int


def comparison_points(found: Comparison, measure: str = "deals") -> ComparisonPoints:
    """Differences of each variant by size.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.load("industrial")
    >>> found = sf.compare(base, base.change({}, name="the same"), n_sims=100)
    >>> comparison_points(found).variants[0].shares.tolist()
    [1.0]
    """
    check(found, Comparison)
    changes = []
    for name in found.names[1:]:
        values = found.differences(measure, name)
        changes.append(values[~np.isnan(values)])
    everything = np.concatenate(changes)
    step, steps = _bin(changes, is_count=words.is_count(measure))
    spoilt = {each.variant for each in found.contrasts if each.is_fatal(measure)}
    variants = tuple(
        DifferencePoints(name, *_binned(values, step, steps), found.pairs(measure, name), name not in spoilt)
        for name, values in zip(found.names[1:], changes, strict=True)
    )
    moved = everything[everything != 0] if everything.any() else everything
    return ComparisonPoints(measure, variants, *window(moved, (step or 1.0) * steps, also=(0.0,), few=_FEW, reach=0.5))


def comparison(found: Comparison, measure: str = "deals", *, ax: Axes | None = None) -> Axes:
    """Draw the paired differences of each variant to the baseline, a row a variant.

    Parameters
    ----------
    found : Comparison
        From `simfunnel.compare`.
    measure : str
        A measure or a kept part of one.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says who beats whom, by how much on average, with its confidence interval, and how often.

    Raises
    ------
    ClaimError
        When there is no such measure, or the part was not kept.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.load("industrial")
    >>> found = sf.compare(base, base.change({}, name="Copy"), n_sims=100)
    >>> sf.charts.comparison(found).get_title(loc="left").split(" in every")[0]
    '“Copy” and “Industrial B2B” have the same deals'
    """
    points = comparison_points(found, measure)
    currency = found.runs[0].terms.currency
    unit = words.unit(measure)
    with inked(ax) as ax:
        gutter = rows(ax, _names(ax, [each.variant for each in points.variants]))
        _ink(ax, points)
        lines = settle(ax)[1] / len(points.variants) / (1.4 * TEXT)
        for i, each in enumerate(points.variants):
            text = _text(each.pairs, unit, currency, int(lines)) if each.is_comparable else "cannot be compared"
            ax.annotate(
                text, (1, i), (12, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", va="center", color=INK, linespacing=1.4, annotation_clip=False,
            )  # fmt: skip
        scale(ax.xaxis, words.tick(unit, currency), whole=words.is_count(measure), most=7)
        frame(
            ax,
            title=verdict(measure, {e.variant: e.pairs for e in points.variants}, found.names[0], found.contrasts),
            subtitle=_subtitle(found, points),
            footer=f"the same {words.futures(found.runs[0])}",
            xlabel=f"{words.axis(measure)}: variant minus baseline{', in points' if unit == 'share' else ''}",
            gutter=gutter,
        )  # fmt: skip
    return ax


def _names(ax: Axes, variants: list[str]) -> list[str]:
    """Each name in as many lines as a row has room for, three at the most."""
    most = int(0.7 * settle(ax)[1] / len(variants) / (1.2 * TEXT))
    return [in_lines(name, _NAME, min(max(most, 1), 3)) for name in variants]


def _ink(ax: Axes, points: ComparisonPoints) -> None:
    """Each row: how the differences are distributed, standing on its own line, and below it their mean."""
    worse, better = _colours(points.measure)
    colours = np.array([worse, GREY, better])
    ax.set_xlim(*points.view)
    ax.axvline(0, color=INK, linewidth=1.0, zorder=0)
    for i, each in enumerate(points.variants):
        tints = colours if each.is_comparable else np.array([GREY] * 3)
        heights = 0.72 * each.shares / max(float(each.shares.max(initial=0.0)), 1e-9)
        order = np.argsort(np.abs(each.sign))[::-1]  # futures without a difference in front of their neighbours
        centre = each.left + each.width / 2
        ax.bar(
            centre[order], -heights[order], 0.94 * each.width[order], bottom=i + 0.33, linewidth=0,
            color=tints[each.sign[order] + 1],
        )  # fmt: skip
        ax.plot(points.view, [i + 0.33] * 2, color=FAINT, linewidth=0.8)
        mean = each.pairs
        if mean.n:
            ax.plot([mean.p10, mean.p90], [i + 0.39] * 2, color=FAINT, linewidth=1.2, solid_capstyle="butt")
            ax.plot([mean.low, mean.high], [i + 0.39] * 2, color=INK, linewidth=4, solid_capstyle="butt")
            at = float(np.clip(mean.difference, *points.view))
            is_beyond = at != mean.difference
            mark = "o" if not is_beyond else ">" if mean.difference > at else "<"
            ax.plot([at], [i + 0.39], mark, color=INK, markersize=6, clip_on=False)


def _text(found: Pairs, unit: str, currency: str, lines: int) -> str:
    """What stands beside a row, in no more lines than it has room for."""
    if found.n == 0:
        return "no future has this figure"
    kinds = ("equal",) if np.isnan(found.better) else ("better", "equal", "worse")
    texts = [signed(found.difference, unit, found.mcse, currency)]
    texts += [f"{kind} in {found.share(kind)}" for kind in kinds]
    return "\n".join(texts[: len(texts) if lines > len(texts) + 1 else max(min(lines, 2), 1)])


def _subtitle(found: Comparison, points: ComparisonPoints) -> str:
    beyond = f"; {words.counted_futures(points.beyond)} beyond the picture" if points.beyond else ""
    shown = f"Against {label(found.names[0], 32)}, future by future; below: mean with its interval, P10 to P90{beyond}"
    caution = bewares(found.contrasts, is_one=len(points.variants) == 1)
    return f"{caution}\n{shown}" if caution else shown


def _colours(measure: str) -> tuple[str, str]:
    """Of what is below the baseline and above it."""
    return {1: (MISSED, BLUE), -1: (BLUE, MISSED), 0: (ORANGE, BLUE)}[direction(measure)]


def _bin(changes: list[Array], *, is_count: bool) -> tuple[float | None, float]:
    """Step of the differences and steps a bin; None and the width of a bin where any difference can occur.

    Steps of a variant need not pass through 0: deals of 100k less a programme of 30k are -30k, 70k, 170k.
    """
    moved = np.concatenate(changes)
    moved = moved[moved != 0]
    if not len(moved):
        return 1.0, 1.0
    span = float(np.ptp([*bulk_of(moved, _FEW), 0.0]))
    from_lowest = np.concatenate([values - values.min() for values in changes if len(values)])
    apart = from_lowest if from_lowest.any() else np.append(moved, 0.0)
    step = 1.0 if is_count else step_of(np.unique(apart.round(6)), None)
    if step is None:
        return None, round_width(span / _MOST_BINS)
    return step, float(round_steps(span / step / _MOST_BINS))


def _binned(values: Array, step: float | None, steps: float) -> tuple[Array, Array, Array, Array]:
    """Sign, left end, width and share of each bin that is not empty."""
    size, half = steps * (step or 1.0), (step or 0.0) / 2
    above, below = _first(values, step)
    from_first = np.abs(values) - np.where(values > 0, above, below)
    rank = np.ceil(from_first / size - 1e-9) if step is None else np.round(from_first / step) // steps + 1
    index, counts = np.unique(np.sign(values) * rank, return_counts=True)
    sign = np.sign(index).astype(np.int64)
    near = np.where(sign > 0, above, below) - half  # possible values lie in the middle of their step
    width = size
    if steps > 1:
        near = np.maximum(near, 0.0)
    elif step is not None and above != step:  # slim, so that none reaches far over 0, and each about its value
        width = float(np.clip(2 * min(above, below), 0.3 * step, step))
        near += (step - width) / 2
    near += (np.abs(index) - 1) * size
    left = np.where(sign > 0, near, -near - width)
    at_zero = half or 0.15 * size
    left, wide = np.where(sign == 0, -at_zero, left), np.where(sign == 0, 2 * at_zero, width)
    return sign, left, wide, counts / max(len(values), 1)


def _first(values: Array, step: float | None) -> tuple[float, float]:
    """How far from 0 the first possible gain and the first possible loss are."""
    if step is None or not len(values):
        return step or 0.0, step or 0.0
    above = float(values[0] % step)
    return (step, step) if min(above, step - above) < 1e-6 * step else (above, step - above)
