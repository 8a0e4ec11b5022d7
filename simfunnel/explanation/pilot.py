"""What does a first, quick look at the funnel show: how long a win takes, and how many there are?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simfunnel.engine.futures import simulate_block
from simfunnel.engine.plan import Arrival, Ints, Knob, Plan, SourcePlan, StagePlan, TeamPlan, Volume
from simfunnel.resolved import Resolved
from simfunnel.resolved.sources import expected_leads
from simfunnel.resolved.teams import opening
from simfunnel.results.intervals import mean_mcse

LEADS = 60_000  # a fraction of a second, and medians within a few per cent
FUTURES = (128, 1_000)  # fewest, so that ignorance averages out, and most
FEWEST_WHOLE = 32  # where the leads must all be there, as they queue
YEARS_AFTER = 20
MOST_PERIODS = 1_500  # of drift, those of the weeks that are looked at and some more
_STEPS = 400  # edges of the times to a win: each at most 3 % after the one before


@dataclass(frozen=True)
class Pilot:
    """Means over a few futures with some of the leads; ``deals`` and the like are of the whole plan.

    Attributes
    ----------
    futures : int
    deals, deals_mcse, twin_deals : float
        Before the horizon, of the scenario and of its ideal twin.
    in_the_end : float
        Deals that the same leads bring when nothing cuts them off.
    days_to_win : float or None
        Median from arrival to won, of those that are won in the end; None where hardly any are.
    """

    futures: int
    deals: float
    deals_mcse: float
    twin_deals: float
    in_the_end: float
    days_to_win: float | None


def pilot(resolved: Resolved) -> Pilot:
    """A quick run of a scenario, always the same for the same scenario."""
    queues = bool(resolved.plan.teams)
    fewest = FEWEST_WHOLE if queues else FUTURES[0]
    thin = 1.0 if queues else min(1.0, LEADS / fewest / max(resolved.leads, 1.0))
    n = int(np.clip(LEADS / max(resolved.leads * thin, 1.0), fewest, FUTURES[1]))
    end = resolved.plan.horizon + 365.0 * YEARS_AFTER
    plan = replace(
        resolved.plan,
        sources=resolved.plan.sources if queues else _thinned(resolved, thin),
        teams=_later(resolved, end),
        stages=tuple(_slowly(stage, end) for stage in resolved.plan.stages),
        end=end,
        period_of_day=np.zeros(2 + int(end), np.int64),
        n_periods=1,
        promises=(),
    )
    base = simulate_block(plan, 0, 0, n).base
    deals, error = _of_all(base["deals"], base["arrived"], resolved.leads)
    return Pilot(
        futures=n,
        deals=deals,
        deals_mcse=error,
        twin_deals=_of_all(base["twin_deals"], base["arrived"], resolved.leads)[0],
        in_the_end=_of_all(base["cohort_deals"], base["arrived"], resolved.leads)[0],
        days_to_win=_days_to_win(plan, n),
    )


def _slowly(stage: StagePlan, end: float) -> StagePlan:
    """A stage whose drift has no more periods than a quick look can hold.

    Drift bends what effects on the odds do to a mean, however long its periods are.
    """
    if stage.drift is None or end / stage.drift.every <= MOST_PERIODS:
        return stage
    return replace(stage, drift=replace(stage.drift, every=end / MOST_PERIODS))


def _later(resolved: Resolved, end: float) -> tuple[TeamPlan, ...]:
    """The teams with hours that go on until a later end."""
    found = []
    for team in resolved.plan.teams:
        hours = opening(resolved.scenario, resolved.scenario.teams[team.name], end)
        found.append(team if hours is None else replace(team, opens=hours[0], closes=hours[1]))
    return tuple(found)


def _of_all(deals: Ints, arrived: Ints, leads: float) -> tuple[float, float]:
    """Mean deals of ``leads`` leads, and its Monte Carlo error; the chance in the number of arrivals is divided out."""
    if not arrived.any():
        return 0.0, 0.0
    scale, ratio = leads / arrived.mean(), deals.mean() / arrived.mean()
    return float(ratio * leads), mean_mcse(deals - ratio * arrived)[1] * float(scale)


def _thinned(resolved: Resolved, thin: float) -> tuple[SourcePlan, ...]:
    """The sources with a known mean number of leads: what shapes the spread around it is of no concern to a mean."""
    found = []
    for source in resolved.plan.sources:
        expected = expected_leads(resolved.scenario, resolved.scenario.sources[source.name])
        found.append(replace(source, volume=Volume("poisson", Knob(np.array([expected * thin])))))
    return tuple(found)


def _days_to_win(plan: Plan, n: int) -> float | None:
    """The median time from arrival to won: all leads arrive at once, and the timeline counts the wins.

    Nobody waits for anybody: a queue of all leads at once is none that there would be.
    """
    fresh = [source for source in plan.sources if source.arrival.edges[-1] > 0] or plan.sources
    at_once = Arrival(np.zeros(2), np.array([0.0, 1.0]))
    steps = np.unique(np.geomspace(1.0, plan.end, _STEPS).astype(np.int64))
    days = np.arange(plan.period_of_day.size)
    race = replace(
        plan,
        sources=tuple(replace(source, arrival=at_once) for source in fresh),
        stages=tuple(replace(stage, team=np.full_like(stage.team, -1)) for stage in plan.stages),
        teams=(),
        horizon=plan.end,
        period_of_day=np.searchsorted(steps, days, side="right"),
        n_periods=steps.size + 1,
    )
    wins = simulate_block(race, 0, 0, n).timeline_deals.sum(axis=0)
    if wins.sum() < 20:
        return None
    step = int(np.searchsorted(np.cumsum(wins), wins.sum() / 2))
    return float(0.0 if step == 0 else steps[step - 1])
