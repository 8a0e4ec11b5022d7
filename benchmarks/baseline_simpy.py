"""How long does the reference year take in SimPy, as a competent user writes it?

A process per lead and world: the actual year and the ideal twin are two processes that read the same luck off the same
`Lead`. Random numbers come from Python's own `random`, which for one number at a time is faster than NumPy.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass, field

import parameters as p
import simpy

Life = Generator[simpy.Event, None, None]


@dataclass(frozen=True, slots=True)
class Rates:
    """What nobody knows for sure and every lead of a replication shares."""

    qualify: float
    close: float
    neglect: float


@dataclass(slots=True)
class Visit:
    """The clocks of one visit to the SQL stage."""

    response: float
    shelf_life: float
    is_neglected: bool


class Lead:
    """The luck of a lead that qualified, drawn once and met in both worlds, and what came of it."""

    __slots__ = (
        "cause", "close_luck", "first", "hand_over", "loss_days", "twin_won", "value", "win_days", "won_at"
    )  # fmt: skip

    def __init__(self, rng: random.Random, rates: Rates) -> None:
        self.cause = ""
        self.won_at: float | None = None
        self.twin_won = False
        self.hand_over = rng.lognormvariate(*p.QUALIFY_DAYS)
        self.first = draw_visit(rng, rates)
        self.close_luck = rng.random()
        self.win_days = rng.gammavariate(*p.CYCLE_DAYS)
        self.loss_days = rng.gammavariate(*p.CYCLE_DAYS)
        self.value = rng.lognormvariate(*p.DEAL_VALUE)


@dataclass(slots=True)
class Counts:
    """What has happened so far."""

    arrived: int = 0
    worked: int = 0
    twin_worked: int = 0
    reopened: int = 0
    dropped: int = 0
    competitor: int = 0
    leads: list[Lead] = field(default_factory=list)


def simulate(n_sims: int, *, seed: int) -> list[p.Year]:
    """Simulate `n_sims` replications of the reference year, one after the other."""
    rng = random.Random(seed)
    return [one_year(rng) for _ in range(n_sims)]


def one_year(rng: random.Random) -> p.Year:
    """Simulate one replication: the actual year, its ideal twin, and what the leads gone cold cost."""
    rates = Rates(rng.betavariate(*p.QUALIFY), rng.betavariate(*p.CLOSE), rng.betavariate(*p.NEGLECT))
    env = simpy.Environment()
    counts = Counts()
    env.process(arrivals(env, rng, rates, counts))
    env.run(until=p.HORIZON_DAYS)
    return book(counts)


def arrivals(env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts) -> Life:
    """Bring in leads as a Poisson process and send those that qualify into both worlds."""
    while True:
        yield env.timeout(rng.expovariate(p.MEAN_LEADS / p.HORIZON_DAYS))
        counts.arrived += 1
        if rng.random() >= rates.qualify:
            counts.dropped += 1
            continue
        lead = Lead(rng, rates)
        counts.leads.append(lead)
        env.process(actual_life(env, rng, rates, counts, lead))
        env.process(ideal_life(env, rates, counts, lead))


def draw_visit(rng: random.Random, rates: Rates) -> Visit:
    """Draw the clocks of one visit to the SQL stage."""
    shape, scale = p.SHELF_LIFE_DAYS
    return Visit(rng.lognormvariate(*p.RESPONSE_DAYS), rng.weibullvariate(scale, shape), rng.random() < rates.neglect)


def with_odds(chance: float, factor: float) -> float:
    """Multiply the odds of a chance."""
    return chance * factor / (1 - chance + chance * factor)


def actual_life(env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts, lead: Lead) -> Life:
    """Live one lead's year as it was."""
    yield env.timeout(lead.hand_over)
    visit, recycles = lead.first, 0
    while visit.is_neglected or visit.response >= visit.shelf_life:
        lead.cause = lead.cause or ("neglected" if visit.is_neglected else "late")
        yield env.timeout(visit.shelf_life)
        exit_luck = rng.random()
        if exit_luck < p.TO_COMPETITOR:
            counts.competitor += 1
            return
        if exit_luck < p.TO_COMPETITOR + p.TO_DROPPED or recycles == p.RECYCLE_LIMIT:
            counts.dropped += 1
            return
        yield env.timeout(rng.expovariate(1 / p.RECYCLE_DAYS))
        recycles += 1
        counts.reopened += 1
        if rng.random() >= with_odds(rates.qualify, p.RECYCLE_ODDS**recycles):
            counts.dropped += 1
            return
        yield env.timeout(rng.lognormvariate(*p.QUALIFY_DAYS))
        visit = draw_visit(rng, rates)
    yield env.timeout(visit.response)
    counts.worked += 1
    if lead.close_luck < with_odds(rates.close, p.RECYCLE_ODDS**recycles):
        yield env.timeout(lead.win_days)
        lead.won_at = env.now
        return
    yield env.timeout(lead.loss_days)
    counts.dropped += 1


def ideal_life(env: simpy.Environment, rates: Rates, counts: Counts, lead: Lead) -> Life:
    """Live the same lead's year where nobody is neglected and each is worked in time."""
    yield env.timeout(lead.hand_over)
    yield env.timeout(min(lead.first.response, lead.first.shelf_life))
    counts.twin_worked += 1
    if lead.close_luck < rates.close:
        yield env.timeout(lead.win_days)
        lead.twin_won = True


def book(counts: Counts) -> p.Year:
    """Add up both worlds and book what was lost to its cause."""
    won = [lead for lead in counts.leads if lead.won_at is not None]
    twin_won = [lead for lead in counts.leads if lead.twin_won]
    booked = [
        [lead.value for lead in leads if lead.cause == cause]
        for leads in (twin_won, won)
        for cause in ("neglected", "late")
    ]
    deals_by_month, revenue_by_month = by_month(won)
    spend = counts.arrived * p.COST_PER_LEAD + p.FIXED_COST
    return p.Year(
        arrived=counts.arrived,
        deals=len(won),
        revenue=sum(lead.value for lead in won),
        cost=spend + counts.worked * p.COST_PER_WORK + counts.reopened * p.COST_PER_RECYCLE,
        twin_deals=len(twin_won),
        twin_revenue=sum(lead.value for lead in twin_won),
        twin_cost=spend + counts.twin_worked * p.COST_PER_WORK,
        reopened=counts.reopened,
        dropped=counts.dropped,
        competitor=counts.competitor,
        open=counts.arrived - counts.dropped - counts.competitor - len(won),
        ledger=p.Ledger(*map(len, booked), *map(sum, booked)),
        deals_by_month=deals_by_month,
        revenue_by_month=revenue_by_month,
    )


def by_month(won: list[Lead]) -> tuple[list[int], list[float]]:
    """Add up deals and revenue by the month of the win."""
    deals, revenue = [0] * p.MONTHS, [0.0] * p.MONTHS
    for lead in won:
        assert lead.won_at is not None
        month = int(lead.won_at / p.MONTH_DAYS)
        deals[month] += 1
        revenue[month] += lead.value
    return deals, revenue
