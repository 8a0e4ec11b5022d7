"""What are the metrics that people in this trade expect, by the names that they have there?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.results import tables
from simfunnel.results.following import RESTING, Followed, follow
from simfunnel.results.futures import Futures, Terms, made
from simfunnel.results.intervals import half_width, mean_mcse, order_statistics, ratio_mcse, z_value

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]
_GROUPS = (
    "leads and stages",
    "costs and revenue",
    "pipeline at the horizon",
    "time to close",
    "forecast",
    "programmes",
)
_PART = re.compile("STAGE|SOURCE")
_LATER = "within 3 years of the horizon"
#: What each metric means: its group, its unit and its definition. STAGE and SOURCE stand for their names.
DEFINITIONS: dict[str, tuple[int, str, str]] = {
    "new_leads": (0, "leads", "leads that arrived, those on hand at the start left out"),
    "reopened_leads": (0, "visits", "entries of leads that were recycled or came back from a competitor"),
    "number_of_STAGE": (
        0,
        "visits",
        "entries to the stage to the end of the run-off, repeated ones too, leads on hand there at the start left out",
    ),
    "conversion_of_STAGE": (0, "share", "visits that went on to the next stage, of all entries"),
    "worked_conversion_of_STAGE": (0, "share", "visits that went on to the next stage, of those worked"),
    "lost_at_STAGE": (
        0,
        "share",
        "visits that ended with the lead lost, of all entries: where leads drop out",
    ),
    "open_at_STAGE": (0, "visits", "visits not yet ended when the run ends"),
    "days_at_STAGE": (0, "days", "mean time that a visit takes, of those that ended"),
    "cost_per_STAGE": (
        1,
        "money",
        "all costs (teams and fixed costs to the horizon) over the number above; both to the end of the run-off",
    ),
    "revenue_from_SOURCE": (1, "money", "revenue up to the horizon of the leads of the source"),
    "pipeline_at_STAGE": (2, "leads", "leads at the stage at the horizon: where they stall"),
    "age_at_STAGE_p50": (
        2,
        "days",
        "how long half of these have been there at most, where it is known: not of leads there since the start",
    ),
    "age_at_STAGE_p90": (2, "days", "how long nine of ten of these have been there at most"),
    "chance_from_STAGE": (2, "share", f"share of these that is won {_LATER}"),
    "value_at_STAGE": (2, "money", f"revenue that these bring {_LATER}"),
    "pipeline_resting": (2, "leads", "recycled leads that rest between two stages at the horizon; not in the value"),
    "pipeline_value": (2, "money", f"revenue of the deals that the leads at all stages at the horizon bring {_LATER}"),
    "time_to_win": (3, "days", f"mean days from arrival to won, of leads won {_LATER}"),
    "time_to_win_p50": (3, "days", "half of these take no longer"),
    "time_to_win_p90": (3, "days", "nine of ten of these take no longer"),
    "time_to_close": (3, "days", f"mean days from arrival to the end, won or lost, of leads that end {_LATER}"),
    "time_to_close_p50": (3, "days", "half of these take no longer"),
    "time_to_close_p90": (3, "days", "nine of ten of these take no longer"),
    "forecast_deals": (4, "deals", "mean deals up to the horizon"),
    "forecast_deals_p10": (4, "deals", "one future in ten has no more deals"),
    "forecast_deals_p50": (4, "deals", "half of the futures have no more deals"),
    "forecast_deals_p90": (4, "deals", "nine futures in ten have no more deals"),
    "forecast_revenue": (4, "money", "mean revenue up to the horizon"),
    "forecast_revenue_p10": (4, "money", "one future in ten has no more revenue"),
    "forecast_revenue_p50": (4, "money", "half of the futures have no more revenue"),
    "forecast_revenue_p90": (4, "money", "nine futures in ten have no more revenue"),
    "touches": (5, "touches", "touches of nurture programmes; like those below only where there are any"),
    "open_rate": (5, "share", "opens, of all touches"),
    "click_rate": (5, "share", "clicks, of all touches"),
    "click_to_open_rate": (5, "share", "clicks, of all opens"),
    "touches_per_deal": (5, "touches", "touches that those won by the horizon had had, over these deals"),
}
_AGES = {"p50": 0.5, "p90": 0.9}
_FORECAST = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Metric:
    """One figure: its name for programs, its words for people, how well it is known, and what it means."""

    metric: str
    words: str
    group: str
    value: float
    mcse: float
    low: float
    high: float
    unit: str
    futures: int
    definition: str


def table(futures: Futures, terms: Terms) -> pd.DataFrame:
    """A row a metric; see `simfunnel.results.Result.metrics`."""
    import pandas as pd

    past = follow(terms)
    rows = [
        *_counts(futures, terms.n_sims),
        *_stages(futures, terms.n_sims, past),
        *_money(futures, terms),
        *_pipeline(futures, past),
        *_times(past),
        *_forecast(futures, terms.n_sims),
        *_programmes(futures, terms.n_sims),
    ]
    return pd.DataFrame(rows).set_index("metric")


def _known(pattern: str, known: tuple[float, float], futures: int, part: str = "") -> Metric:
    """A mean or ratio with its mcse, and the interval that follows."""
    value, mcse = known
    reach = z_value() * mcse
    return _metric(pattern, (value, mcse, value - reach, value + reach), futures, part)


def _quantile(pattern: str, reach: tuple[float, float, float], futures: int, part: str = "") -> Metric:
    value, low, high = reach
    mcse = half_width(low, high) / z_value()
    return _metric(pattern, (value, mcse if isfinite(mcse) else nan, low, high), futures, part)


def _metric(pattern: str, figures: tuple[float, float, float, float], futures: int, part: str) -> Metric:
    group, unit, definition = DEFINITIONS[pattern]
    name = _PART.sub(lambda _: part, pattern)
    stem, _, q = pattern.rpartition("_")
    words = f"{stem.replace('_', ' ')}, {q.upper()}" if q in _FORECAST else pattern.replace("_", " ")
    return Metric(name, _PART.sub(lambda _: part, words), _GROUPS[group], *figures, unit, futures, definition)


def _counts(futures: Futures, n: int) -> Iterator[Metric]:
    base = futures.base
    on_hand = sum((column for name, column in base.items() if name.startswith("on_hand[")), np.zeros(n, np.int64))
    yield _known("new_leads", mean_mcse(base["arrived"] - on_hand), n)
    yield _known("reopened_leads", mean_mcse(base["reopened"]), n)
    for stage in futures.tallies.stages:
        yield _known("number_of_STAGE", mean_mcse(made(futures, stage)), n, stage)


def _stages(futures: Futures, n: int, past: Followed) -> Iterator[Metric]:
    """What happens at each stage: who goes on, who is lost for good, who is still there and for how long."""
    frame = tables.stages(futures.tallies).set_index("stage")
    for s, stage in enumerate(futures.tallies.stages[:-1]):
        for pattern, column in (
            ("conversion_of_STAGE", "conversion_of_entered"),
            ("worked_conversion_of_STAGE", "conversion"),
            ("open_at_STAGE", "open"),
            ("days_at_STAGE", "mean_stay_days"),
        ):
            value, mcse = frame.loc[stage, [column, f"{column}_mcse"]].to_numpy(np.float64)
            yield _known(pattern, (float(value), float(mcse)), n, stage)
        yield _known("lost_at_STAGE", ratio(past.lost[s], past.entries[s]), past.n, stage)


def _money(futures: Futures, terms: Terms) -> Iterator[Metric]:
    n, costs = terms.n_sims, tables.ratios(futures, terms)
    for stage in futures.tallies.stages:
        value, mcse = costs.loc[f"cost_per_{stage}", ["value", "mcse"]].to_numpy(np.float64)
        yield _known("cost_per_STAGE", (float(value), float(mcse)), n, stage)
    for row in tables.sources(futures, terms).to_dict("records")[:-1]:
        yield _known("revenue_from_SOURCE", (row["revenue"], row["revenue_mcse"]), n, row["source"])


def _pipeline(futures: Futures, past: Followed) -> Iterator[Metric]:
    """Leads at a stage at the horizon, what share of them is won later, and what they bring."""
    n, wins = past.n, past.won > past.horizon
    last = len(futures.tallies.stages) - 1
    for s, stage in enumerate(futures.tallies.stages[:last]):
        is_here = past.stage == s
        leads, won = _by_future(past, is_here), _by_future(past, is_here & wins)
        yield _known("pipeline_at_STAGE", mean_mcse(leads), n, stage)
        is_dated = is_here & ~(past.is_old & (past.entered == 0.0))  # since when those on hand are there nobody knows
        ages = (past.horizon - past.entered)[is_dated]
        for q, share in _AGES.items():
            yield _quantile(f"age_at_STAGE_{q}", pooled_quantile(ages, past.rep[is_dated], n, share), n, stage)
        yield _known("chance_from_STAGE", ratio(won, leads), n, stage)
        yield _known("value_at_STAGE", mean_mcse(_by_future(past, is_here & wins, past.cents) / 100.0), n, stage)
    yield _known("pipeline_resting", mean_mcse(_by_future(past, past.stage == RESTING)), n)
    is_open = (past.stage >= 0) & (past.stage < last)
    yield _known("pipeline_value", mean_mcse(_by_future(past, is_open & wins, past.cents) / 100.0), n)


def _times(past: Followed) -> Iterator[Metric]:
    """From arrival to the end, of leads that arrive in the run and are followed for years."""
    for name, ends in (("time_to_win", past.won), ("time_to_close", past.closed)):
        is_over = ~np.isnan(ends) & ~past.is_old
        days, rep = (ends - past.arrival)[is_over], past.rep[is_over]
        known = ratio(np.bincount(rep, days, past.n), np.bincount(rep, minlength=past.n))
        yield _known(name, known, past.n)
        for q, share in _AGES.items():
            yield _quantile(f"{name}_{q}", pooled_quantile(days, rep, past.n, share), past.n)


def _forecast(futures: Futures, n: int) -> Iterator[Metric]:
    """Deals and revenue up to the horizon, as far apart as futures are."""
    for name, values in (("deals", futures.base["deals"]), ("revenue", futures.base["revenue"] / 100.0)):
        yield _known(f"forecast_{name}", mean_mcse(values), n)
        found = order_statistics(values, tuple(_FORECAST.values()))
        for q, reach in zip(_FORECAST, found, strict=True):
            yield _quantile(f"forecast_{name}_{q}", reach, n)


def _programmes(futures: Futures, n: int) -> Iterator[Metric]:
    """What the touches of nurture programmes lead to, where there are any."""
    base = futures.base
    if not base["touches"].any():
        return
    yield _known("touches", mean_mcse(base["touches"]), n)
    for name, part, whole in (
        ("open_rate", "opens", "touches"),
        ("click_rate", "clicks", "touches"),
        ("click_to_open_rate", "clicks", "opens"),
        ("touches_per_deal", "touches_of_deals", "deals"),
    ):
        yield _known(name, ratio(base[part], base[whole]), n)


def ratio(part: Array, whole: Array) -> tuple[float, float]:
    """A ratio of sums over futures, and its Monte Carlo error; missing where the whole is 0."""
    part, whole = part.astype(np.float64), whole.astype(np.float64)
    a, b = part.sum(), whole.sum()
    if not b:
        return nan, nan
    return float(a / b), float(ratio_mcse(a, b, part @ part, whole @ whole, part @ whole, len(part)))


def pooled_quantile(values: Array, rep: Array, n: int, q: float) -> tuple[float, float, float]:
    """A quantile over all leads of all futures, with its confidence interval; leads of one future share its fate.

    The error of the share below it is that of a ratio of sums over futures; the interval is where that share is
    within 1.96 of these errors of ``q``.

    >>> pooled_quantile(np.arange(100.0), np.arange(100), 100, 0.5)
    (49.0, 40.0, 59.0)
    """
    if not values.size:
        return nan, nan, nan
    ordered = np.sort(values)
    value = ordered[_rank(q, values.size)]
    below = np.bincount(rep, values <= value, n) - q * np.bincount(rep, minlength=n)
    reach = z_value() * sqrt(float(below @ below) * n / max(n - 1, 1)) / values.size
    low, high = (ordered[_rank(min(max(end, 0.0), 1.0), values.size)] for end in (q - reach, q + reach))
    return float(value), float(low), float(high)


def _rank(q: float, n: int) -> int:
    return min(max(int(np.ceil(round(q * n, 9))) - 1, 0), n - 1)


def _by_future(past: Followed, which: Array, weights: Array | None = None) -> Array:
    """How many of these leads, or the sum of their weights, each future has."""
    return np.bincount(past.rep[which], None if weights is None else weights[which], past.n)
