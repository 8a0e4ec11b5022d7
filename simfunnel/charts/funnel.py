"""How many leads get how far, and what becomes of those that do not?"""

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
    GREY,
    INK,
    MISSED,
    PARTS,
    SKY,
    frame,
    inked,
    label,
    rows,
    scale,
    settle,
    width,
)
from simfunnel.charts.subject import check
from simfunnel.claims import Selector, nearest
from simfunnel.results import Mean, Quantile, Result
from simfunnel.results.intervals import ratio_mcse, wilson, z_value
from simfunnel.results.text import percent

Array = npt.NDArray[Any]
#: What becomes of a visit, with its colour.
FATES = {
    "goes on or won": (("advanced",), BLUE),
    "rejected": (("rejected",), SKY),
    "goes cold": (("cold_neglected", "cold_late", "cold_queue"), MISSED),
    "left or still open": (("left", "open"), GREY),
}
_BY = ("fate", "sector", "source")


@dataclass(frozen=True)
class FunnelPoints:
    """Visits to each stage.

    Attributes
    ----------
    stages, parts : tuple of str
    means : float64, shape (n_stages, n_parts)
        Mean visits per future; a row sums to the mean that entered the stage.
    entered : tuple of Mean
        One a stage, with its Monte Carlo error.
    low, high : tuple of Quantile
        P10 and P90 over the futures of what entered.
    share, mcse, share_low, share_high : float
        Leads that are won of those that arrive, a ratio of sums over the futures, and its 95 % confidence interval;
        missing (NaN) where none arrives.
    """

    stages: tuple[str, ...]
    parts: tuple[str, ...]
    means: Array
    entered: tuple[Mean, ...]
    low: tuple[Quantile, ...]
    high: tuple[Quantile, ...]
    share: float
    mcse: float
    share_low: float
    share_high: float


def funnel_points(run: Result, *, by: str = "fate") -> FunnelPoints:
    """Mean visits to each stage with P10 and P90, by fate, sector or source.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> points = funnel_points(run, by="sector")
    >>> bool(np.allclose(points.means.sum(axis=1), [mean.value for mean in points.entered]))
    True
    """
    check(run, Result)
    if by not in _BY:
        raise ValueError(f"a funnel is split by {', '.join(_BY[:-1])} or {_BY[-1]}, not {by!r}{nearest(by, _BY)}")
    stages = run.futures.tallies.stages
    names = [str(Selector("entered", (("stage", stage),))) for stage in stages]
    parts, means = _by_fate(run) if by == "fate" else _by_label(run, by)
    return FunnelPoints(
        stages, parts, means, tuple(run.mean(name) for name in names),
        tuple(run.quantile(name, 0.1) for name in names), tuple(run.quantile(name, 0.9) for name in names), *_won(run),
    )  # fmt: skip


def _won(run: Result) -> tuple[float, float, float, float]:
    """Share of the leads that are won, its mcse and confidence interval."""
    won, arrived = (run.futures.base[name].astype(np.float64) for name in ("won", "arrived"))
    if not arrived.any():
        return nan, nan, nan, nan
    share = float(won.sum() / arrived.sum())
    if share in (0.0, 1.0):  # no variation to measure; as if each future had told of one lead only
        low, high = wilson(round(share * run.n_sims), run.n_sims)
        return share, (high - low) / 2 / z_value(), low, high
    mcse = float(ratio_mcse(won.sum(), arrived.sum(), won @ won, arrived @ arrived, won @ arrived, run.n_sims))
    return share, mcse, max(share - z_value() * mcse, 0.0), min(share + z_value() * mcse, 1.0)


def funnel(run: Result, *, by: str = "fate", ax: Axes | None = None) -> Axes:
    """Draw how many leads enter each stage, with P10 to P90, split by what becomes of them.

    Parameters
    ----------
    run : Result
    by : str
        ``fate`` (goes on or won, rejected, goes cold, left or still open), ``sector`` or ``source``.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title is the share of the leads that are won, with its confidence interval.

    Raises
    ------
    ValueError
        When it cannot be split so.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> sf.charts.funnel(run, by="source").get_xlabel()
    'Visits to the end of the run-off, mean per future'
    """
    points = funnel_points(run, by=by)
    with inked(ax) as ax:
        gutter = rows(ax, [label(stage) for stage in points.stages])
        colours = [colour for _, colour in FATES.values()] if by == "fate" else _colours(points)
        headroom = keys(ax, [(label(part), colour) for part, colour in zip(points.parts, colours, strict=True)])
        _ink(ax, points, colours)
        scale(ax.xaxis, words.tick("visits", ""), most=7)
        frame(
            ax, title=_title(run, points),
            subtitle=f"{label(run.name, 44)}; numbers: mean, and P10 to P90 (the line)",
            footer=words.futures(run), xlabel=f"Visits{_until(run)}, mean per future", gutter=gutter, headroom=headroom,
        )  # fmt: skip
    return ax


def _ink(ax: Axes, points: FunnelPoints, colours: list[str]) -> None:
    room, _ = settle(ax)
    texts = [_text(points, i) for i in range(len(points.stages))]
    ends = [max(mean.value, high.value) for mean, high in zip(points.entered, points.high, strict=True)]
    reach = max(end * room / max(room - width(ax, text) - 14, 1) for end, text in zip(ends, texts, strict=True)) or 1.0
    ax.set_xlim(0, reach)
    left = np.cumsum(points.means, axis=1) - points.means
    for i, text in enumerate(texts):
        ax.barh(np.full(len(colours), i), points.means[i], 0.7, left=left[i], color=colours, linewidth=0)
        low, high = points.low[i].value, points.high[i].value
        ax.plot([low, high], [i, i], color=INK, linewidth=1.6, marker="|", markersize=9, markeredgewidth=1.6)
        ax.annotate(text, (ends[i], i), (10, 0), textcoords="offset points", va="center", annotation_clip=False)


def _text(points: FunnelPoints, i: int) -> str:
    low, high = words.amount(points.low[i]), words.amount(points.high[i])
    return f"{words.amount(points.entered[i])} ({low} to {high})"


def _title(run: Result, points: FunnelPoints) -> str:
    if np.isnan(points.share):
        return "No lead arrives"
    share, won = percent(points.share, points.mcse), f"“{label(points.stages[-1], 30)}”"
    if not run.terms.run_off_days:
        return f"{share} of the leads that arrive reach {won} ({_interval(points)})"
    # a run counts its deals to the horizon, as other charts do; the funnel follows its leads to their end
    late, soon = words.amount(points.entered[-1]), words.amount(run.mean("deals"))
    return (
        f"{share} of the leads that arrive reach {won} by the end of the run-off ({_interval(points)}): "
        f"{late} a future on average, {soon} of them by the horizon"
    )


def _interval(points: FunnelPoints) -> str:
    if np.isnan(points.mcse):
        return words.UNKNOWN
    low, high = (percent(end, points.mcse) for end in (points.share_low, points.share_high))
    return f"95 % CI {low.removesuffix(' %')} to {high}"


def _by_fate(run: Result) -> tuple[tuple[str, ...], Array]:
    table = run.stages()
    means = np.array([table[list(columns)].sum(axis=1) for columns, _ in FATES.values()]).T
    means[-1] = 0.0
    means[-1, 0] = table["entered"].iloc[-1]  # who enters the last stage has won
    return tuple(FATES), means


def _by_label(run: Result, by: str) -> tuple[tuple[str, ...], Array]:
    """The parts that have a colour of their own, largest first, and one for the others."""
    table = run.stages(by=("stage", by)).pivot(index="stage", columns=by, values="entered")
    labels = getattr(run.futures.tallies, f"{by}s")
    means = table.loc[list(run.futures.tallies.stages), list(labels)].to_numpy()
    order = np.argsort(-means.sum(axis=0), kind="stable")
    own = order if len(order) <= len(PARTS) else order[: len(PARTS) - 1]
    others = order[len(own) :]
    names = tuple(labels[i] for i in own)
    if not len(others):
        return names, means[:, own]
    return (*names, f"{len(others)} others"), np.column_stack([means[:, own], means[:, others].sum(axis=1)])


def _colours(points: FunnelPoints) -> list[str]:
    colours = list(PARTS[: len(points.parts)])
    if points.parts[-1].endswith(" others") and len(points.parts) == len(PARTS):
        colours[-1] = GREY
    return colours


def _until(run: Result) -> str:
    """Up to when visits are counted, where that is not the horizon."""
    return " to the end of the run-off" if run.terms.run_off_days else ""
