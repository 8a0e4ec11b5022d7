"""How long does the reference year take in SimPy, as a competent user writes it?

A process per lead and world: the actual year and the ideal twin are two processes that read the same luck off the same
`Lead`. Random numbers come from Python's own `random`, which for one number at a time is faster than NumPy.
"""

import random
from collections.abc import Callable, Generator
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
    rates, env, counts = draw_rates(rng), simpy.Environment(), Counts()

    def lives(lead: Lead) -> tuple[Life, Life]:
        return actual_life(env, rng, rates, counts, lead), ideal_life(env, rates, counts, lead)

    return year_of(env, rng, rates, counts, lives)


def year_of(
    env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts, lives: Callable[[Lead], tuple[Life, Life]]
) -> p.Year:
    """Simulate one replication, in which each lead that qualifies lives these two lives."""
    env.process(arrivals(env, rng, rates, counts, lives))
    env.run(until=p.HORIZON_DAYS)
    return book(counts)


def arrivals(
    env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts, lives: Callable[[Lead], tuple[Life, Life]]
) -> Life:
    """Bring in leads as a Poisson process and send those that qualify into both worlds."""
    while True:
        yield env.timeout(rng.expovariate(p.MEAN_LEADS / p.HORIZON_DAYS))
        counts.arrived += 1
        if rng.random() >= rates.qualify:
            counts.dropped += 1
            continue
        lead = Lead(rng, rates)
        counts.leads.append(lead)
        for life in lives(lead):
            env.process(life)


def draw_rates(rng: random.Random) -> Rates:
    """Draw what nobody knows for sure."""
    return Rates(rng.betavariate(*p.QUALIFY), rng.betavariate(*p.CLOSE), rng.betavariate(*p.NEGLECT))


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
        again = yield from recycle(env, rng, rates, counts, recycles)
        if again is None:
            return
        visit, recycles = again, recycles + 1
    yield env.timeout(visit.response)
    if closes(rates, counts, lead, recycles):
        yield env.timeout(lead.win_days)
        lead.won_at = env.now
        return
    yield env.timeout(lead.loss_days)
    counts.dropped += 1


def recycle(
    env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts, recycles: int
) -> Generator[simpy.Event, None, Visit | None]:
    """Go where leads go that have gone cold; return the next visit to the SQL stage, None where there is none."""
    exit_luck = rng.random()
    if exit_luck < p.TO_COMPETITOR:
        counts.competitor += 1
        return None
    if exit_luck < p.TO_COMPETITOR + p.TO_DROPPED or recycles == p.RECYCLE_LIMIT:
        counts.dropped += 1
        return None
    yield env.timeout(rng.expovariate(1 / p.RECYCLE_DAYS))
    counts.reopened += 1
    if rng.random() >= with_odds(rates.qualify, p.RECYCLE_ODDS ** (recycles + 1)):
        counts.dropped += 1
        return None
    yield env.timeout(rng.lognormvariate(*p.QUALIFY_DAYS))
    return draw_visit(rng, rates)


def closes(rates: Rates, counts: Counts, lead: Lead, recycles: int) -> bool:
    """Work a lead: say whether it will be won."""
    counts.worked += 1
    return lead.close_luck < with_odds(rates.close, p.RECYCLE_ODDS**recycles)


def ideal_life(env: simpy.Environment, rates: Rates, counts: Counts, lead: Lead) -> Life:
    """Live the same lead's year where nobody is neglected and each is worked in time."""
    yield env.timeout(lead.hand_over)
    yield env.timeout(min(lead.first.response, lead.first.shelf_life))
    counts.twin_worked += 1
    if lead.close_luck < rates.close:
        yield env.timeout(lead.win_days)
        lead.twin_won = True


def book(counts: Counts) -> p.Year:
    """Add up both worlds and book what was lost to its cause; of leads that only waited, what came out otherwise."""
    for lead in counts.leads:
        if lead.cause == "waited":
            lead.cause = "late" if lead.twin_won != (lead.won_at is not None) else ""
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
