"""Which three funnels, whose rates, weeks or costs are uncertain, are simulated twice?

Each is written twice by hand: as a scenario file, and as a function that builds the simulator's world. What such a
function rolls itself is ignorance (once per future); the clocks that it makes are chance. Between them: guesses about
everything; drift with overdispersed arrivals on some weekdays; competitor returns, a limit to recycling and every
kind of cost.
"""

from __future__ import annotations

import math

from numpy.random import Generator

from . import chance
from .world import Drift, Exits, Recycle, Returns, Rules, Sector, Source, World

HOUR, YEAR, MONTH = 1 / 24, 365.0, 365 / 12

IGNORANCE = """
name: Nobody knows
horizon: 1 year
process: [mql, sql, customer]
sources:
  inbound:
    enters: mql
    leads: poisson(pert(low=30, mode=36, high=48))
    cost_per_lead: uniform(low=80, high=160)
    odds: lognormal(median=1.2, p90=1.4)
stages:
  mql:
    conversion: beta(mean=60%, n=120)
  sql:
    conversion: beta(mean=60%, n=80)
    neglect: beta(mean=12.5%, n=40)
    response: lognormal(median=triangular(low=4 hours, mode=8 hours, high=1 day), sigma=1.2)
    shelf_life: exponential(mean=3 days)
    cold:
      recycle: beta(mean=50%, n=20)
      dropped: rest
    recycle:
      odds: triangular(low=0.3, mode=0.5, high=1.2)
      limit: 1
sectors:
  north:
    share: 50%
    deal_value: lognormal(mean=uniform(low=8k, high=12k), cv=0.5)
  south:
    share: rest
    deal_value: 6_000
    stages:
      sql:
        conversion: beta(mean=75%, n=60)
        neglect: beta(mean=20%, n=30, independent)
costs:
  programme: pert(low=2k, mode=3k, high=8k)
"""


def ignorance(rng: Generator) -> World:
    """Everything about the funnel is a guess, and what is unknown about closing is unknown in both markets."""
    odds = chance.lognormal_quantile(rng.random(), median=1.2, p90=1.4)
    volume = chance.pert_quantile(rng.random(), low=30, mode=36, high=48)
    median = chance.triangular_quantile(rng.random(), low=4 * HOUR, mode=8 * HOUR, high=1)
    closing = rng.random()
    cold = Exits(recycle=chance.beta_quantile(rng.random(), mean=0.5, n=20))
    lower = chance.triangular_quantile(rng.random(), low=0.3, mode=0.5, high=1.2)
    mql = Rules(conversion=chance.beta_quantile(rng.random(), mean=0.6, n=120))

    def sql(conversion: float, neglect: float) -> Rules:
        return Rules(
            conversion=conversion,
            neglect=neglect,
            response=chance.lognormal(rng, median=median, sigma=1.2),
            shelf_life=chance.exponential(rng, mean=3),
            cold_neglected=cold,
            cold_late=cold,
            recycle=Recycle(odds=lower, limit=1),
        )

    north = sql(chance.beta_quantile(closing, mean=0.6, n=80), chance.beta_quantile(rng.random(), mean=0.125, n=40))
    south = sql(chance.beta_quantile(closing, mean=0.75, n=60), chance.beta_quantile(rng.random(), mean=0.2, n=30))
    deal = chance.lognormal_cv(rng, mean=8_000 + 4_000 * rng.random(), cv=0.5)
    return World(
        process=["mql", "sql", "customer"],
        sectors={
            "north": Sector(0.5, {"mql": mql, "sql": north}, deal_value=deal),
            "south": Sector(0.5, {"mql": mql, "sql": south}, deal_value=chance.fixed(6_000)),
        },
        sources=[
            Source(
                "mql",
                lambda: chance.spread(rng, rng.poisson(volume), 0, YEAR),
                cost_per_lead=80 + 80 * rng.random(),
                odds=odds,
            )
        ],
        horizon=YEAR,
        fixed_costs=chance.pert_quantile(rng.random(), low=2_000, mode=3_000, high=8_000),
    )


DRIFT = """
name: Good weeks and bad weeks
horizon: 8 weeks
process: [mql, sql, customer]
deal_value: 1_000
sources:
  web:
    enters: mql
    leads: overdispersed(4 per week, dispersion=2.5)
    cost_per_lead: 100
    arrive: {weekdays: {mon: 3, tue: 2, wed: 1, thu: 1, fri: 1, sat: 0, sun: 0}}
  webinar:
    enters: sql
    leads: 12
    cost: 900
    arrive: {weekdays: {mon: 0, tue: 0, wed: 0, thu: 0, fri: 1, sat: 0, sun: 0}}
stages:
  mql:
    conversion: 70%
    drift: {sd: 0.4, carry_over: 0.5}
    takes: 2 days
  sql:
    conversion: 55%
    drift: {sd: 0.5, carry_over: 0.3, every: 2 weeks}
    response: exponential(mean=1 day)
    shelf_life: 4 days
    takes: 3 days
    cold: {recycle: 100%}
    recycle: {to: mql, after: 1 day, odds: 0.7}
"""


def drift(rng: Generator) -> World:
    """Conversion has good and bad weeks, leads come in bursts, and nothing happens on Sundays."""
    weekdays, fridays = (3.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    again = Exits(recycle=1)
    stages = {
        "mql": Rules(conversion=0.7, takes=chance.fixed(2)),
        "sql": Rules(
            conversion=0.55,
            response=chance.exponential(rng, mean=1),
            shelf_life=chance.fixed(4),
            takes=chance.fixed(3),
            cold_neglected=again,
            cold_late=again,
            recycle=Recycle(to="mql", after=chance.fixed(1), odds=0.7),
        ),
    }
    return World(
        process=["mql", "sql", "customer"],
        sectors={"all": Sector(1, stages, deal_value=chance.fixed(1_000))},
        sources=[
            Source("mql", lambda: chance.weekly_overdispersed(rng, 4, 2.5, 8, weekdays), cost_per_lead=100),
            Source("sql", lambda: chance.spread(rng, 12, 0, 56, fridays), cost=900),
        ],
        horizon=56,
        drift={"mql": Drift(sd=0.4, carry_over=0.5), "sql": Drift(sd=0.5, carry_over=0.3, every=14)},
    )


MONEY = """
name: What everything costs
horizon: 9 months
process: [mql, sql, customer]
deal_value: lognormal(mean=20k, cv=0.5)
margin: 70%
budget: uniform(low=9_000, high=11_000)
sources:
  ads: {enters: mql, share: 60%, yield: {most: 24, half: "uniform(low=5_000, high=7_000)"}}
  site: {enters: mql, visits: poisson(100 per month), capture: 2%, cost_per_lead: 60}
  calls: {enters: sql, share: rest, yield: {leads: 9, at: 4_000, exponent: 0.6}}
stages:
  mql:
    conversion: 60%
    neglect: 10%
    shelf_life: 10 days
    cost_per_entry: 15
    cold: {recycle: 80%, dropped: rest}
    rejected: {competitor: 50%, recycle: 30%, dropped: rest}
    recycle: {limit: 1, cost: 35, after: 10 days}
  sql:
    conversion: 50%
    neglect: 15%
    response: exponential(mean=5 days)
    shelf_life: exponential(mean=40 days)
    takes: gamma(mean=20 days, cv=0.5)
    cost_per_entry: 120
    cost_per_work: 400
    cold: {competitor: 60%, recycle: 40%}
    rejected: {competitor: 70%, no_decision: rest}
    recycle: {odds: 0.8, limit: 2, cost: 90, after: exponential(mean=8 days)}
    returns:
      share: 50%
      after: lognormal(median=15 days, sigma=0.8)
      to: mql
  customer: {cost_per_entry: 700}
costs: {sla programme: 12_000 per year, launch: 3_000}
"""


def money(rng: Generator) -> World:
    """One budget, split over two sources with diminishing returns; half of those lost to a competitor come back, once
    or twice, and every step has its price."""
    horizon = 9 * MONTH
    budget, half = 9_000 + 2_000 * rng.random(), 5_000 + 2_000 * rng.random()
    ads, calls = 24 / (1 + half / (0.6 * budget)), 9 * math.exp(0.6 * math.log(0.4 * budget / 4_000))
    cold = Exits(competitor=0.6, recycle=0.4)
    stages = {
        "mql": Rules(
            conversion=0.6,
            neglect=0.1,
            shelf_life=chance.fixed(10),
            cold_neglected=Exits(recycle=0.8),
            rejected=Exits(competitor=0.5, recycle=0.3),
            recycle=Recycle(limit=1, cost=35, after=chance.fixed(10)),
        ),
        "sql": Rules(
            conversion=0.5,
            neglect=0.15,
            response=chance.exponential(rng, mean=5),
            shelf_life=chance.exponential(rng, mean=40),
            takes=chance.gamma(rng, mean=20, cv=0.5),
            cold_neglected=cold,
            cold_late=cold,
            rejected=Exits(competitor=0.7, no_decision=0.3),
            recycle=Recycle(odds=0.8, limit=2, cost=90, after=chance.exponential(rng, mean=8)),
            returns=Returns(share=0.5, after=chance.lognormal(rng, median=15, sigma=0.8), to="mql"),
            cost_per_work=400,
        ),
    }
    return World(
        process=["mql", "sql", "customer"],
        sectors={"all": Sector(1, stages, deal_value=chance.lognormal_cv(rng, mean=20_000, cv=0.5))},
        sources=[
            Source("mql", lambda: chance.spread(rng, rng.poisson(ads), 0, horizon), cost=0.6 * budget),
            Source("mql", lambda: chance.spread(rng, rng.poisson(18), 0, horizon), cost_per_lead=60),
            Source("sql", lambda: chance.spread(rng, rng.poisson(calls), 0, horizon), cost=0.4 * budget),
        ],
        horizon=horizon,
        margin=0.7,
        fixed_costs=12_000 * horizon / YEAR + 3_000,
        cost_per_entry={"mql": 15, "sql": 120, "customer": 700},
    )
