"""How long does the reference year take as an analyst writes it: NumPy inside, a Python loop over replications?

Each replication is one call of `one_year` on arrays of that replication's leads. Actual year and ideal twin share each
lead's first visit, its luck in closing, its cycle and its deal value.
"""

from typing import NamedTuple

import numpy as np
import parameters as p
from numpy.typing import NDArray

Days = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Prospects(NamedTuple):
    """The leads that became SQLs within the year: what holds for each of them whenever sales gets to work. Shape
    (n_sqls,)."""

    close_luck: NDArray[np.float64]
    win_days: Days
    loss_days: Days
    value: NDArray[np.float64]


class Visit(NamedTuple):
    """One visit to the SQL stage; shape (n_visitors,)."""

    entered: Days
    response: Days
    shelf_life: Days
    neglected: Flags


class Fates(NamedTuple):
    """What the actual year made of the SQLs."""

    won_at: Days  # shape (n_sqls,), infinite without a win
    worked: int
    reopened: int
    dropped: int
    competitor: int


def simulate(n_sims: int, *, seed: int) -> list[p.Year]:
    """Simulate `n_sims` replications of the reference year, one after the other."""
    rng = np.random.default_rng(seed)
    return [one_year(rng) for _ in range(n_sims)]


def one_year(rng: np.random.Generator) -> p.Year:
    """Simulate one replication: the actual year, its ideal twin, and what the leads gone cold cost."""
    qualify, close, neglect = rng.beta(*p.QUALIFY), rng.beta(*p.CLOSE), rng.beta(*p.NEGLECT)
    arrived = int(rng.poisson(p.MEAN_LEADS))
    arrival = rng.uniform(0, p.HORIZON_DAYS, arrived)
    rejected = rng.random(arrived) >= qualify
    entered = hand_over(rng, arrival[~rejected])
    prospects = draw_prospects(rng, len(entered))
    first = draw_visit(rng, entered, neglect)
    fates = actual_year(rng, prospects, first, qualify, close, neglect)

    won = fates.won_at <= p.HORIZON_DAYS
    worked_at = first.entered + np.minimum(first.response, first.shelf_life)
    twin_won = (prospects.close_luck < close) & (worked_at + prospects.win_days <= p.HORIZON_DAYS)
    month = (fates.won_at[won] / p.MONTH_DAYS).astype(int)
    value = prospects.value
    deals = int(won.sum())
    dropped = int(rejected.sum()) + fates.dropped
    spend = arrived * p.COST_PER_LEAD + p.FIXED_COST
    return p.Year(
        arrived=arrived,
        deals=deals,
        revenue=float(value[won].sum()),
        cost=spend + fates.worked * p.COST_PER_WORK + fates.reopened * p.COST_PER_RECYCLE,
        twin_deals=int(twin_won.sum()),
        twin_revenue=float(value[twin_won].sum()),
        twin_cost=spend + int((worked_at <= p.HORIZON_DAYS).sum()) * p.COST_PER_WORK,
        reopened=fates.reopened,
        dropped=dropped,
        competitor=fates.competitor,
        open=arrived - dropped - fates.competitor - deals,
        ledger=book(first, won, twin_won, value),
        deals_by_month=np.bincount(month, minlength=p.MONTHS).tolist(),
        revenue_by_month=np.bincount(month, weights=value[won], minlength=p.MONTHS).tolist(),
    )


def book(first: Visit, won: Flags, twin_won: Flags, value: NDArray[np.float64]) -> p.Ledger:
    """Book what was lost to its cause; only the first visit can be the one that was missed first."""
    late = ~first.neglected & (first.response >= first.shelf_life)
    booked = (twin_won & first.neglected, twin_won & late, won & first.neglected, won & late)
    deals = [int(leads.sum()) for leads in booked]
    revenue = [float(value[leads].sum()) for leads in booked]
    return p.Ledger(*deals, *revenue)


def hand_over(rng: np.random.Generator, qualified_at: Days) -> Days:
    """When do the qualified reach sales? Those who would after the year are left out; they stay open."""
    entered = qualified_at + rng.lognormal(*p.QUALIFY_DAYS, len(qualified_at))
    return entered[entered <= p.HORIZON_DAYS]


def draw_prospects(rng: np.random.Generator, n_sqls: int) -> Prospects:
    """Draw what holds for each SQL in both worlds."""
    return Prospects(
        close_luck=rng.random(n_sqls),
        win_days=rng.gamma(*p.CYCLE_DAYS, n_sqls),
        loss_days=rng.gamma(*p.CYCLE_DAYS, n_sqls),
        value=rng.lognormal(*p.DEAL_VALUE, n_sqls),
    )


def draw_visit(rng: np.random.Generator, entered: Days, neglect: float) -> Visit:
    """Draw the clocks of one visit to the SQL stage."""
    n = len(entered)
    shape, scale = p.SHELF_LIFE_DAYS
    return Visit(entered, rng.lognormal(*p.RESPONSE_DAYS, n), scale * rng.weibull(shape, n), rng.random(n) < neglect)


def with_odds(chance: float, factor: float) -> float:
    """Multiply the odds of a chance."""
    return chance * factor / (1 - chance + chance * factor)


def actual_year(
    rng: np.random.Generator, prospects: Prospects, visit: Visit, qualify: float, close: float, neglect: float
) -> Fates:
    """Walk the SQLs through the year: one pass for the first visit, one for each time they can be recycled."""
    won_at = np.full(len(prospects.value), np.inf)
    lead = np.arange(len(won_at))
    worked_leads = reopened = dropped = competitor = 0
    for recycles in range(p.RECYCLE_LIMIT + 1):
        odds = p.RECYCLE_ODDS**recycles
        in_time = ~visit.neglected & (visit.response < visit.shelf_life)
        worked_at = visit.entered + visit.response
        worked = in_time & (worked_at <= p.HORIZON_DAYS)
        worked_leads += int(worked.sum())
        worker, worked_at = lead[worked], worked_at[worked]
        wins = prospects.close_luck[worker] < with_odds(close, odds)
        won_at[worker[wins]] = worked_at[wins] + prospects.win_days[worker[wins]]
        dropped += int((~wins & (worked_at + prospects.loss_days[worker] <= p.HORIZON_DAYS)).sum())

        cold_at = visit.entered + visit.shelf_life
        cold = ~in_time & (cold_at <= p.HORIZON_DAYS)
        exits = rng.random(int(cold.sum()))
        competitor += int((exits < p.TO_COMPETITOR).sum())
        comes_back = exits >= p.TO_COMPETITOR + p.TO_DROPPED
        if recycles == p.RECYCLE_LIMIT:
            dropped += int((exits >= p.TO_COMPETITOR).sum())
            break
        dropped += int(((exits >= p.TO_COMPETITOR) & ~comes_back).sum())

        lead, cold_at = lead[cold][comes_back], cold_at[cold][comes_back]
        lead, entered, came_back, rejected = come_back(rng, lead, cold_at, with_odds(qualify, odds * p.RECYCLE_ODDS))
        reopened += came_back
        dropped += rejected
        if not len(lead):
            break
        visit = draw_visit(rng, entered, neglect)
    return Fates(won_at, worked_leads, reopened, dropped, competitor)


def come_back(
    rng: np.random.Generator, lead: NDArray[np.int64], cold_at: Days, qualify: float
) -> tuple[NDArray[np.int64], Days, int, int]:
    """Send recycled leads through marketing again: the SQLs, when they are SQLs again, how many came back, how many
    failed."""
    back_at = cold_at + rng.exponential(p.RECYCLE_DAYS, len(cold_at))
    within = back_at <= p.HORIZON_DAYS
    lead, back_at = lead[within], back_at[within]
    qualified = rng.random(len(lead)) < qualify
    entered = back_at[qualified] + rng.lognormal(*p.QUALIFY_DAYS, int(qualified.sum()))
    within = entered <= p.HORIZON_DAYS
    return lead[qualified][within], entered[within], len(lead), len(lead) - int(qualified.sum())
