"""How much has been won by a date, and is the plan still in reach by then?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from ruamel.yaml import YAML

from simfunnel.charts import words
from simfunnel.charts.placing import Flag, endings
from simfunnel.charts.promise import Promise, promise
from simfunnel.charts.style import BLUE, DASHED, FAINT, INK, TEXT, frame, inked, label, plain_ticks, scale
from simfunnel.charts.subject import check
from simfunnel.resolved.calendar import periods
from simfunnel.results import Result
from simfunnel.results.intervals import order_statistics
from simfunnel.scenario.packed import without_columns
from simfunnel.scenario.schema import Scenario

Array = npt.NDArray[Any]
_MOST_QUARTERS = 9
_AFTER = 0.015  # what is drawn after the last day, as a share of the time before
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class FanPoints:
    """What has come in by the end of each period.

    Attributes
    ----------
    measure : str
    period : str
        ``day``, ``week``, ``month`` or ``quarter``.
    days : float64, shape (n_periods + 1,)
        From the start: 0, then the end of each period, the last of which is the horizon.
    dates : datetime64, same shape
    quantiles : float64, shape (5, n_periods + 1)
        P10, P25, P50, P75 and P90 over the futures of the sum so far, in deals or currency units.
    plan : float64, shape (n_periods + 1,), or None
        The plan, if it came in evenly: a straight line from 0 on the first day.
    """

    measure: str
    period: str
    days: Array
    dates: Array
    quantiles: Array
    plan: Array | None


def fan_points(run: Result, measure: str = "deals") -> FanPoints:
    """Quantiles of the cumulative deals or revenue.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> points = fan_points(run)
    >>> points.quantiles.shape[1] == len(points.days)
    True
    """
    check(run, Result)
    by_period = {"deals": run.futures.timeline_deals, "revenue": run.futures.timeline_revenue}
    if measure not in by_period:
        raise ValueError(f"a fan shows deals or revenue, which are kept by period, not {measure!r}")
    start, period, days = _calendar(run)
    so_far = np.zeros(run.n_sims, dtype=np.int64)  # a period at a time: a year of days would not fit beside a long run
    found = [[0.0] * len(QUANTILES)]
    for won in by_period[measure].T:
        so_far += won
        found.append([value for value, _, _ in order_statistics(so_far, QUANTILES)])
    quantiles = np.array(found).T / (100.0 if measure == "revenue" else 1.0)
    dates = np.datetime64(start, "s") + np.round(days * 86_400).astype("timedelta64[s]")
    plan = promise(run, measure)
    even = None if plan is None else plan.value * days / days[-1]
    return FanPoints(measure, period, days, dates, quantiles, even)


def fan(run: Result, measure: str = "deals", *, ax: Axes | None = None) -> Axes:
    """Draw what has been won by a date, counted at the end of each period, with the plan as if it came in evenly.

    Parameters
    ----------
    run : Result
    measure : str
        ``deals`` or ``revenue``.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title says where the median future ends, with its confidence interval.

    Raises
    ------
    ValueError
        When the measure is not kept by period.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> sf.charts.fan(run, "revenue").get_ylabel()
    'Revenue so far'
    """
    points = fan_points(run, measure)
    plan = promise(run, measure)
    unit, currency = words.unit(measure), run.terms.currency
    last = points.dates[-1] - np.timedelta64(1, "s")  # the last day is the one before midnight
    with inked(ax) as ax:
        _ink(ax, points)
        scale(ax.yaxis, words.tick(unit, currency), whole=unit == "deals", most=7)
        _dates(ax, points, run.futures.tallies.periods)
        endings(ax, _ends(run, points, plan))
        frame(
            ax, title=_title(run, measure, plan), subtitle=_subtitle(run, points), footer=words.futures(run),
            xlabel=f"{points.dates[0].astype('datetime64[D]')} to {last.astype('datetime64[D]')}",
            ylabel=f"{measure.capitalize()} so far",
        )  # fmt: skip
    return ax


def _ink(ax: Axes, points: FanPoints) -> None:
    p10, p25, p50, p75, p90 = points.quantiles
    # a period is counted when it has ended, and nothing is known of how it came in: a date shows the last count by then
    end = points.dates[-1] + _AFTER * (points.dates[-1] - points.dates[0])  # so that the last step is seen
    dates = np.append(points.dates, end)
    for low, high, alpha in ((p10, p90, 0.18), (p25, p75, 0.3)):
        bottom, top = np.append(low, low[-1]), np.append(high, high[-1])
        ax.fill_between(dates, bottom, top, step="post", color=BLUE, alpha=alpha, linewidth=0)
    ax.step(dates, np.append(p50, p50[-1]), where="post", color=BLUE, linewidth=2.4)
    highest = float(p90[-1])
    if points.plan is not None:
        ax.plot(points.dates, points.plan, color=INK, linewidth=1.4, linestyle=DASHED)
        highest = max(highest, float(points.plan[-1]))
    ax.set_xlim(points.dates[0], end)
    ax.set_ylim(0, highest * 1.04 or 1.0)


def _dates(ax: Axes, points: FanPoints, periods: tuple[str, ...]) -> None:
    if "-Q" in periods[0] and len(periods) <= _MOST_QUARTERS:
        long = np.diff(points.days) > points.days[-1] / (_MOST_QUARTERS + 2)  # one that is cut off has no room
        ax.set_xticks(points.dates[:-1][long], [name for name, is_long in zip(periods, long, strict=True) if is_long])
    else:
        locator: Any = AutoDateLocator(minticks=4, maxticks=10)  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]
    ax.xaxis.set_tick_params(labelsize=TEXT, labelcolor=FAINT, color=FAINT)
    plain_ticks(ax.xaxis)


def _ends(run: Result, points: FanPoints, plan: Promise | None) -> list[Flag]:
    ends = []
    for q in QUANTILES:
        value = run.quantile(points.measure, q)
        ends.append(Flag(value.value, f"P{round(q * 100)} {words.amount(value)}", BLUE if q == 0.5 else FAINT))
    if plan is not None:
        ends.append(Flag(plan.value, f"plan {plan.short}", INK))
    return ends


def _title(run: Result, measure: str, plan: Promise | None) -> str:
    if plan is None:
        return words.middle(run, measure)
    low, median, high = (run.quantile(measure, q) for q in (0.1, 0.5, 0.9))
    reach = f"P10 to P90: {words.amount(low)} to {words.amount(high)}"
    return f"The median future ends at {words.known(median)} of the {plan.text} planned, {reach}"


def _subtitle(run: Result, points: FanPoints) -> str:
    even = "; dashed: an even plan" if points.plan is not None else ""
    steps = f"won by a date, a step at each {points.period}'s end"
    return f"{label(run.name, 44)}; {steps}; bands: 8 and 5 of 10 futures{even}"


def _calendar(run: Result) -> tuple[date, str, Array]:
    """Start of the scenario, its period, and the days from there to the end of each period."""
    written = YAML(typ="safe").load(without_columns(run.terms.scenario_yaml)[0])  # two keys are needed
    defaults = Scenario.model_fields
    start = date.fromisoformat(str(written.get("start", defaults["start"].default)))
    period = str(written.get("period", defaults["period"].default))
    horizon = run.terms.horizon_days
    of_day, labels = periods(start, horizon, horizon, period)
    assert labels == run.futures.tallies.periods
    inside = of_day[: int(np.ceil(horizon))]
    ends = np.searchsorted(inside, np.arange(len(labels)), side="right").astype(np.float64)
    return start, period, np.concatenate([[0.0], np.minimum(ends, horizon)])
