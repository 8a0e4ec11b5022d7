"""What does the engine hand over about the futures that it has simulated?

Raw material only: counts and whole cents, replication by replication (`Futures`), sums over replications by stage,
source and sector (`Tallies`), and what made them (`Terms`). Everything that people read is computed from these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.engine.score_profile import N_SUMS

Array = npt.NDArray[Any]

#: What is counted of visits, first axis of `Tallies.total`. `stay_seconds` is the total time of visits that ended.
VISIT_MEASURES = (
    "entered", "reopened", "worked", "advanced", "rejected", "cold_neglected", "cold_late", "cold_queue",
    "enriched", "no_decision", "competitor", "dropped", "recycled", "left", "open", "stay_seconds",
)  # fmt: skip
#: What is summed by period as well, first axis of `Tallies.period_total`.
PERIOD_MEASURES = ("entered", "cold_neglected", "cold_late", "cold_queue")
#: Why a deal is lost, second axis of the ledger: its lead went cold, or only waited.
CAUSES = ("neglected", "late", "queue", "waiting")
#: What the ledger books, last axis of `Tallies.ledger_total`; money in cents.
LEDGER_FIELDS = ("lost_deals", "lost_revenue", "recovered_deals", "recovered_revenue")
#: What is counted of nurture, first axis of `Tallies.programme_total`: visits that had a touch, touches, what came of
#: them, and leads that they lost.
PROGRAMME_FIELDS = ("nurtured", "touches", "opens", "clicks", "unsubscribed")
#: What is summed by source with all products, first axis of `Tallies.source_total`; money in cents.
SOURCE_FIELDS = ("leads", "cost", "deals", "revenue")

#: What is summed of SLAs, first axis of `Tallies.promises`: met, due, their squares and product; futures in which the
#: promise was kept, and in which it was due.
PROMISE_SUMS = ("met", "due", "met_square", "due_square", "met_with_due", "kept", "judged")
#: What is summed by team with all products, first axis of `Tallies.team_total`: visits that joined its queue, that had
#: to wait, that were served, that went cold or left before; seconds in the queue, of these until service, of work, and
#: of working time that there was.
TEAM_FIELDS = (
    "joined", "waited", "served", "gone", "queue_seconds", "wait_seconds", "work_seconds", "capacity_seconds",
)  # fmt: skip

#: Columns that every run keeps for each replication, beside `entered[stage=X]` for every stage X and `on_hand[stage=X]`
#: for those at which leads are on hand at the start.
BASE_COUNTS = (
    "arrived", "deals", "twin_deals", "cohort_deals", "lost_deals", "recovered_deals", "touched",
    "won", "no_decision", "competitor", "dropped", "left", "open",
    "reopened", "worked", "enriched", "cold_neglected", "cold_late", "cold_queue",
    "touches", "opens", "clicks", "unsubscribed", "touches_of_deals", "expansion_sales", "twin_expansion_sales",
)  # fmt: skip
#: The same in whole cents.
BASE_MONEY = (
    "revenue", "cost", "twin_revenue", "twin_cost", "cohort_revenue", "cohort_cost",
    "lost_revenue", "recovered_revenue", "expansion_revenue", "twin_expansion_revenue",
    "cost_sources", "cost_entries", "cost_work", "cost_touches", "cost_reactivation", "cost_enrichment", "cost_teams",
    "cost_fixed",
)  # fmt: skip
#: Kept only where the margin is uncertain: the margin of this replication in parts per million.
MARGIN = "margin_ppm"


@dataclass(frozen=True, eq=False)
class Tallies:
    """Sums over replications: enough for means, their errors and shares, whatever the number of replications.

    All sums are float64 that hold exact integers as long as they stay below 2^53. An axis of sources or sectors that is
    one longer than the number of labels ends with "all". Visits count up to the end of the run-off.

    Attributes
    ----------
    n_sims : int
        Number of replications summed.
    stages, sources, sectors, periods, teams : tuple of str
        Labels, in the order of the axes; a period is labelled like ``2027-01``.
    total, square : float64, shape (n_measures, n_stages, n_sources + 1, n_sectors + 1)
        Sum over replications of each of `VISIT_MEASURES`, and of its square.
    with_deals : same shape
        Sum of measure x deals, deals being the `entered` of the last stage of the *same* source and sector.
    with_entered : same shape
        Sum of measure x `entered` of the same stage, source and sector.
    advanced_with_worked, stay_with_ended : float64, shape (n_stages, n_sources + 1, n_sectors + 1)
        Sum of `advanced` x `worked`, and of `stay_seconds` x (`entered` - `open`).
    revenue_total, revenue_square : float64, shape (n_sources + 1, n_sectors + 1)
        Cents, of all deals that are counted as `entered` of the last stage, and of further sales to these customers.
    source_total : float64, shape (4, n_sources)
        Sum of each of `SOURCE_FIELDS`: leads that arrived, what the source costs, its deals before the
        horizon and their revenue.
    source_product : float64, shape (4, 4, n_sources)
        Sum of the product of each two of them.
    period_total, period_square : float64, shape (4, n_stages, n_periods)
        `PERIOD_MEASURES` by the period in which it happened.
    ledger_total, ledger_square : float64, shape (n_stages, 4, 4)
        `LEDGER_FIELDS` by the stage and the cause (`CAUSES`) of the first touch.
    team_total : float64, shape (8, n_teams)
        Sum of each of `TEAM_FIELDS`.
    team_product : float64, shape (8, 8, n_teams)
        Sum of the product of each two of them.
    ledger_net_square : float64, shape (n_stages, 4, 2)
        Sum of (lost - recovered) squared, in deals and in revenue.
    programme_total : float64, shape (5, n_stages, n_sources + 1, n_sectors + 1)
        Sum of each of `PROGRAMME_FIELDS`.
    programme_product : float64, shape (5, 5, n_stages, n_sources + 1, n_sectors + 1)
        Sum of the product of each two of them.
    promises : float64, shape (7, n_cells)
        `PROMISE_SUMS` by SLA and calendar period, one SLA after the other.
    scores : float64, shape (97, n_periods or 0)
        Scores of the leads that arrive in each period (`simfunnel.engine.score_profile`); no column without a score.
    slas, sla_periods : tuple of str
        The SLA and the period of each of these cells.
    """

    n_sims: int
    stages: tuple[str, ...]
    sources: tuple[str, ...]
    sectors: tuple[str, ...]
    periods: tuple[str, ...]
    teams: tuple[str, ...]
    total: Array
    square: Array
    with_deals: Array
    with_entered: Array
    advanced_with_worked: Array
    stay_with_ended: Array
    revenue_total: Array
    revenue_square: Array
    source_total: Array
    source_product: Array
    period_total: Array
    period_square: Array
    ledger_total: Array
    ledger_square: Array
    team_total: Array
    team_product: Array
    ledger_net_square: Array
    programme_total: Array
    programme_product: Array
    promises: Array = field(default_factory=lambda: np.zeros((len(PROMISE_SUMS), 0)))
    scores: Array = field(default_factory=lambda: np.zeros((N_SUMS, 0)))
    slas: tuple[str, ...] = ()
    sla_periods: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Futures:
    """What is kept of every replication; axis 0 is always replications.

    Attributes
    ----------
    base : dict of int64 arrays (int32 will do for counts), shape (n_sims,)
        `BASE_COUNTS`, `BASE_MONEY` (cents), ``entered[stage=X]`` for every stage, and `MARGIN` where it is uncertain.
    timeline_deals : int32, shape (n_sims, n_periods)
        Deals by the calendar period in which they were won.
    timeline_revenue : int64, shape (n_sims, n_periods)
        Their revenue in cents.
    kept : dict of int64 arrays, shape (n_sims,)
        What the user named with ``keep=``, by its canonical text (`str(simfunnel.claims.parse_selector(...))`), such as
        ``revenue[sector=retail]``; cents for money, counts else.
    tallies : Tallies
    """

    base: dict[str, Array]
    timeline_deals: Array
    timeline_revenue: Array
    kept: dict[str, Array]
    tallies: Tallies


@dataclass(frozen=True)
class Terms:
    """What made these futures, and what they are held against.

    Attributes
    ----------
    plan_customers, plan_revenue, plan_budget : float or None
        The plan, in customers and money; None where the plan has no such figure.
    margin : float
        Share of revenue that is margin; the mean where it is uncertain.
    horizon_days : float
    derived : tuple of str
        Sentences about plan figures that were derived, not written.
    scenario_yaml, digest : str
        The scenario as it was run, and the digest of what it resolves to.
    versions : dict of str to str
        Library versions, by name.
    rolls : int
        Random numbers that were made.
    run_off_days : float
        How long leads are followed after the horizon.
    luck_stream : int
        0 for the ordinary luck of the seed.
    """

    name: str
    currency: str
    plan_customers: float | None
    plan_revenue: float | None
    plan_budget: float | None
    margin: float
    n_sims: int
    seed: int
    horizon_days: float
    derived: tuple[str, ...]
    scenario_yaml: str
    digest: str
    versions: dict[str, str]
    luck_stream: int = 0
    rolls: int = 0
    run_off_days: float = 0.0


def shapes(tallies: Tallies) -> dict[str, tuple[int, ...]]:
    """Shape that each array of these tallies must have, by its name."""
    n_stages, n_periods, n_sources = len(tallies.stages), len(tallies.periods), len(tallies.sources)
    cells = (n_stages, n_sources + 1, len(tallies.sectors) + 1)
    by_visit = dict.fromkeys(("total", "square", "with_deals", "with_entered"), (len(VISIT_MEASURES), *cells))
    by_period = dict.fromkeys(("period_total", "period_square"), (len(PERIOD_MEASURES), n_stages, n_periods))
    by_cause = (n_stages, len(CAUSES))
    return {
        **by_visit,
        **dict.fromkeys(("advanced_with_worked", "stay_with_ended"), cells),
        **dict.fromkeys(("revenue_total", "revenue_square"), cells[1:]),
        "source_total": (len(SOURCE_FIELDS), n_sources),
        "source_product": (len(SOURCE_FIELDS), len(SOURCE_FIELDS), n_sources),
        "team_total": (len(TEAM_FIELDS), len(tallies.teams)),
        "team_product": (len(TEAM_FIELDS), len(TEAM_FIELDS), len(tallies.teams)),
        **by_period,
        **dict.fromkeys(("ledger_total", "ledger_square"), (*by_cause, len(LEDGER_FIELDS))),
        "ledger_net_square": (*by_cause, 2),
        "programme_total": (len(PROGRAMME_FIELDS), *cells),
        "programme_product": (len(PROGRAMME_FIELDS), len(PROGRAMME_FIELDS), *cells),
        "promises": (len(PROMISE_SUMS), len(tallies.slas)),
        "scores": (N_SUMS, n_periods if tallies.scores.size else 0),
    }


def made(futures: Futures, stage: str) -> Array:
    """Entries to a stage in each replication without those of leads that were on hand there at the start, which no cost
    of this run has brought."""
    entered = futures.base[f"entered[stage={stage}]"]
    return np.asarray(entered - futures.base.get(f"on_hand[stage={stage}]", 0))


def faults(futures: Futures, terms: Terms) -> list[str]:
    """Everything that keeps these futures from being read: missing columns, wrong shapes, wrong types."""
    tallies, n_sims = futures.tallies, terms.n_sims
    found = [] if tallies.n_sims == n_sims else [f"tallies of {tallies.n_sims} replications, terms of {n_sims}"]
    for name, shape in shapes(tallies).items():
        found += _fault(f"tallies.{name}", getattr(tallies, name), shape, np.floating)
    for name in (*BASE_COUNTS, *BASE_MONEY, *(f"entered[stage={stage}]" for stage in tallies.stages)):
        if name not in futures.base:
            found.append(f"base has no {name!r}")
    for group in ("base", "kept"):
        for name, column in getattr(futures, group).items():
            found += _fault(f"{group}[{name!r}]", column, (n_sims,), np.integer)
    by_period = (n_sims, len(tallies.periods))
    found += _fault("timeline_deals", futures.timeline_deals, by_period, np.integer)
    found += _fault("timeline_revenue", futures.timeline_revenue, by_period, np.integer)
    return found


def _fault(name: str, array: Array, shape: tuple[int, ...], kind: type[Any]) -> list[str]:
    if array.shape != shape:
        return [f"{name} has shape {array.shape}, not {shape}"]
    return [] if issubclass(array.dtype.type, kind) else [f"{name} is {array.dtype}, not {kind.__name__}"]
