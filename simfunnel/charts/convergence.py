"""Were there enough futures?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from simfunnel.charts import words
from simfunnel.charts.style import BLUE, DASHED, FAINT, INK, TEXT, blank, frame, inked, label, plain_ticks, scale
from simfunnel.charts.subject import check
from simfunnel.claims import Claim, parse_claim, parse_selector
from simfunnel.errors import ClaimError
from simfunnel.results import Chance, Mean, Result
from simfunnel.results.intervals import wilson, z_value

Array = npt.NDArray[Any]
_MOST_POINTS = 200
_FIRST = 20


@dataclass(frozen=True)
class ConvergencePoints:
    """An estimate after so many futures.

    Attributes
    ----------
    of : Claim or str
        A chance of the claim, or the mean of the measure.
    n : int64, shape (n_points,)
        Futures so far that have the figure.
    value, low, high : float64, shape (n_points,)
        The estimate and its 95 % confidence interval: Wilson's for a chance; missing (NaN) after one future.
    """

    of: Claim | str
    n: Array
    value: Array
    low: Array
    high: Array


def convergence_points(run: Result, of: str = "deals") -> ConvergencePoints:
    """Running estimate of a mean or a chance.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> points = convergence_points(run, "deals >= 10")
    >>> bool(points.value[-1] == run.chance("deals >= 10").value)
    True
    """
    check(run, Result)
    target = _target(of)
    selector = target.selector if isinstance(target, Claim) else target
    values = run.array(str(selector))
    values = values[~np.isnan(values)]
    n = _looks(len(values))
    if isinstance(target, Claim):
        true = np.cumsum(target.holds(values))[n - 1]
        ends = np.array([wilson(int(k), int(of_n)) for k, of_n in zip(true, n, strict=True)]).reshape(-1, 2)
        return ConvergencePoints(target, n, true / n, ends[:, 0], ends[:, 1])
    centred = values - (values[0] if len(values) else 0.0)  # so that squares of large amounts keep their digits
    total, square = np.cumsum(centred)[n - 1], np.cumsum(centred**2)[n - 1]
    spread = np.where(n > 1, np.maximum(square - total**2 / n, 0.0) / np.maximum(n - 1, 1), np.nan)
    mean, reach = total / n + (values[0] if len(values) else 0.0), z_value() * np.sqrt(spread / n)
    return ConvergencePoints(target, n, mean, mean - reach, mean + reach)


def convergence(run: Result, of: str = "deals", *, ax: Axes | None = None) -> Axes:
    """Draw an estimate against the number of replications that it rests on, with its 95 % band.

    Parameters
    ----------
    run : Result
    of : str
        A measure, for its mean, or a claim such as ``deals >= 10``, for its chance.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title is the estimate after all replications, with its confidence interval.

    Raises
    ------
    ClaimError
        When it is neither, or what it names was not measured.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> sf.charts.convergence(run, "deals >= 10").get_xlabel()
    'Replications'
    """
    points = convergence_points(run, of)
    final: Chance | Mean = run.chance(points.of) if isinstance(points.of, Claim) else run.mean(points.of)
    unit = "share" if isinstance(points.of, Claim) else words.unit(points.of)
    with inked(ax) as ax:
        if len(points.n):
            _ink(ax, points)
            scale(ax.yaxis, words.tick(unit, run.terms.currency), most=6, low=float(points.value.min()))
        else:
            blank(ax)
        frame(
            ax, title=_title(points, final), subtitle=f"{label(run.name, 44)}; band: 95 % confidence",
            footer=words.futures(run), xlabel="Replications", ylabel=_axis(points),
        )  # fmt: skip
    return ax


def _ink(ax: Axes, points: ConvergencePoints) -> None:
    ax.set_xscale("log")
    first, last = int(points.n[0]), int(points.n[-1])
    ax.fill_between(points.n, points.low, points.high, color=BLUE, alpha=0.22, linewidth=0)
    ax.plot(points.n, points.value, color=BLUE, linewidth=2.2, marker="o" if first == last else "")
    ax.axhline(points.value[-1], color=INK, linewidth=0.9, linestyle=DASHED)
    ax.set_xlim(first, last if last > first else first + 1)
    if not (points.high > points.low).any():  # it never varies
        reach = abs(points.value[-1]) / 10 or 1.0
        ax.set_ylim(points.value[-1] - min(reach, abs(points.value[-1]) + 0.05), points.value[-1] + reach)
    factors = (1, 2, 5) if last < 100 * first else (1,)
    inner = [f * 10**k for k in range(8) for f in factors if 1.4 * first <= f * 10**k <= last / 1.4]
    ticks = sorted({first, *inner, last})
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.xaxis.set_tick_params(labelsize=TEXT, labelcolor=FAINT, color=FAINT)
    plain_ticks(ax.xaxis)


def _title(points: ConvergencePoints, final: Chance | Mean) -> str:
    if final.n == 0:
        return words.missing(str(points.of.selector if isinstance(points.of, Claim) else points.of))
    what = f"the chance of {points.of}" if isinstance(points.of, Claim) else f"the mean of {words.said(points.of)}"
    return f"After {words.counted_futures(final.n)} {what} is {words.known(final)}"


def _axis(points: ConvergencePoints) -> str:
    return f"Chance of {points.of}" if isinstance(points.of, Claim) else f"Mean of {words.said(points.of)}"


def _looks(n: int) -> Array:
    """Numbers of futures to look after, evenly spaced on a log scale."""
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    first = min(max(_FIRST, n // 1000), n)
    return np.unique(np.geomspace(first, n, _MOST_POINTS).round().astype(np.int64))


def _target(of: str) -> Claim | str:
    try:
        return str(parse_selector(of))
    except ClaimError:
        if not any(sign in of for sign in "<>="):
            raise
        return parse_claim(of)
