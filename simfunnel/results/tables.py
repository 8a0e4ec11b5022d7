"""Where in the funnel do leads go, and what do they cost there, by stage, source and sector?

Read off the sums over replications, so a table costs the same after a thousand futures as after a million. Visits, and
what an entry costs, count up to the end of the run-off; deals and revenue of sources up to the horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import nearest
from simfunnel.results.futures import MARGIN, SOURCE_FIELDS, TEAM_FIELDS, VISIT_MEASURES, Futures, Tallies, Terms, made
from simfunnel.results.intervals import mcse_of_sums, mean_mcse, ratio_mcse

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

SECONDS_A_DAY = 86_400
BY = ("stage", "source", "sector")
#: Ratios of sums that the stage table shows: over which visits, and of which.
SHARES = {
    "conversion": ("advanced", "worked"),
    "conversion_of_entered": ("advanced", "entered"),
    "worked_share": ("worked", "entered"),
    "neglected_share": ("cold_neglected", "entered"),
    "late_share": ("cold_late", "entered"),
    "queue_share": ("cold_queue", "entered"),
}


def stages(tallies: Tallies, by: str | Sequence[str] = ("stage",)) -> pd.DataFrame:
    """One row a stage, or a stage of each source, sector or both."""
    import pandas as pd

    frame, at = cells(tallies, by)
    for name, values in _stage_columns(tallies).items():
        frame[name] = values[at].ravel()
    return pd.DataFrame(frame)


def cells(tallies: Tallies, by: str | Sequence[str]) -> tuple[dict[str, Any], tuple[Array, ...]]:
    """The first columns of a table split in this way, and where its rows stand in the tallies."""
    wanted = (by,) if isinstance(by, str) else tuple(by)
    for key in wanted:
        if key not in BY:
            raise ValueError(f"by: cannot split by {key!r}{nearest(str(key), BY)}")
    at = np.ix_(
        range(len(tallies.stages)),
        range(len(tallies.sources)) if "source" in wanted else [len(tallies.sources)],
        range(len(tallies.sectors)) if "sector" in wanted else [len(tallies.sectors)],
    )
    kept = [key for key in BY if key == "stage" or key in wanted]
    labels = {"stage": tallies.stages, "source": tallies.sources, "sector": tallies.sectors}
    rows = list(product(*(labels[key] for key in kept)))
    return {key: [row[i] for row in rows] for i, key in enumerate(kept)}, at


def _stage_columns(tallies: Tallies) -> dict[str, Array]:
    """Every column of the stage table for all cells, shape (n_stages, n_sources + 1, n_sectors + 1)."""
    n = tallies.n_sims
    total, square, with_entered = (
        dict(zip(VISIT_MEASURES, sums, strict=True)) for sums in (tallies.total, tallies.square, tallies.with_entered)
    )
    columns: dict[str, Array] = {}
    for name in VISIT_MEASURES[:-1]:
        columns[name] = total[name] / n
        columns[f"{name}_mcse"] = mcse_of_sums(total[name], square[name], n)
    for name, (part, whole) in SHARES.items():
        both = tallies.advanced_with_worked if whole == "worked" else with_entered[part]
        columns[name] = ratio(total[part], total[whole])
        columns[f"{name}_mcse"] = ratio_mcse(total[part], total[whole], square[part], square[whole], both, n)
    stay, ended = total["stay_seconds"], total["entered"] - total["open"]
    ended_square = square["entered"] - 2 * with_entered["open"] + square["open"]
    error = ratio_mcse(stay, ended, square["stay_seconds"], ended_square, tallies.stay_with_ended, n)
    columns["mean_stay_days"] = ratio(stay, ended) / SECONDS_A_DAY
    columns["mean_stay_days_mcse"] = error / SECONDS_A_DAY
    for name in (*SHARES, "mean_stay_days"):
        for column in (name, f"{name}_mcse"):
            columns[column][-1] = np.nan  # nobody works, neglects or waits at the last stage: it is won
    return columns


def sources(futures: Futures, terms: Terms) -> pd.DataFrame:
    """One row a source, and one for all of them."""
    import pandas as pd

    tallies, base, n = futures.tallies, futures.base, terms.n_sims
    everything = np.stack([base[name].astype(np.float64) for name in ("arrived", "cost_sources", "deals", "revenue")])
    total = np.column_stack([tallies.source_total, everything.sum(axis=1)])
    products = np.concatenate([tallies.source_product, (everything @ everything.T)[:, :, None]], axis=2)
    scale = np.array([0.01 if name in ("cost", "revenue") else 1.0 for name in SOURCE_FIELDS])
    total, products = total * scale[:, None], products * np.outer(scale, scale)[:, :, None]
    frame: dict[str, Any] = {"source": [*tallies.sources, "all"]}
    for i, name in enumerate(SOURCE_FIELDS):
        name = "source_cost" if name == "cost" else name
        frame[name], frame[f"{name}_mcse"] = total[i] / n, mcse_of_sums(total[i], products[i, i], n)
    leads, cost, deals, revenue = range(len(SOURCE_FIELDS))
    for name, part, whole in (
        ("source_cost_per_lead", cost, leads),
        ("source_cost_per_customer", cost, deals),
    ):
        frame[name], frame[f"{name}_mcse"] = _ratio_of(total, products, part, whole, n)
    margin, margin_mcse = mean_mcse(base[MARGIN] / 1e6) if MARGIN in base else (terms.margin, 0.0)
    earned, earned_mcse = _ratio_of(total, products, revenue, cost, n)
    frame["roi_on_source_cost"] = earned * margin - 1
    frame["roi_on_source_cost_mcse"] = np.hypot(
        earned_mcse * margin, earned * margin_mcse
    )  # the margin is independent of the funnel
    return pd.DataFrame(frame)


def teams(tallies: Tallies, terms: Terms) -> pd.DataFrame:
    """One row a team: how many leads it gets to, how long they wait, how busy it is."""
    import pandas as pd

    n, days = tallies.n_sims, terms.horizon_days
    at = {name: index for index, name in enumerate(TEAM_FIELDS)}
    total, products = tallies.team_total, tallies.team_product
    frame: dict[str, Any] = {"team": list(tallies.teams)}
    for name in ("joined", "served", "gone"):
        frame[name] = total[at[name]] / n
        frame[f"{name}_mcse"] = mcse_of_sums(total[at[name]], products[at[name], at[name]], n)
    for name, part, whole in (
        ("waited_share", "waited", "joined"),
        ("gone_share", "gone", "joined"),
        ("utilisation", "work_seconds", "capacity_seconds"),
        ("mean_wait_days", "wait_seconds", "served"),
    ):
        unit = SECONDS_A_DAY if name.endswith("days") else 1
        value, error = _ratio_of(total, products, at[part], at[whole], n)
        frame[name], frame[f"{name}_mcse"] = value / unit, error / unit
    queue, square = total[at["queue_seconds"]], products[at["queue_seconds"], at["queue_seconds"]]
    frame["mean_queue"] = queue / n / SECONDS_A_DAY / days
    frame["mean_queue_mcse"] = mcse_of_sums(queue, square, n) / SECONDS_A_DAY / days
    return pd.DataFrame(frame)


def ratios(futures: Futures, terms: Terms) -> pd.DataFrame:
    """Cost per entry to each stage: all costs over the entries that are not on hand at the start, both summed."""
    import pandas as pd

    base, n = futures.base, terms.n_sims
    cost = base["cohort_cost"] / 100.0
    rows = []
    for stage in futures.tallies.stages:
        entered = made(futures, stage).astype(np.float64)
        a, b = cost.sum(), entered.sum()
        error = ratio_mcse(a, b, cost @ cost, entered @ entered, cost @ entered, n)
        rows.append({"ratio": f"cost_per_{stage}", "value": float(ratio(a, b)), "mcse": float(error)})
    return pd.DataFrame(rows).set_index("ratio")


def ratio(part: Array, whole: Array) -> Array:
    """Part over whole, missing where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole != 0))


def _ratio_of(total: Array, products: Array, part: int, whole: int, n: int) -> tuple[Array, Array]:
    a, b = total[part], total[whole]
    return ratio(a, b), ratio_mcse(a, b, products[part, part], products[whole, whole], products[part, whole], n)
