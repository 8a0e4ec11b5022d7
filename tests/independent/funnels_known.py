"""Which three funnels, where nobody is in doubt about a number, are simulated twice?

Each is written twice by hand: as a scenario file, and as a function that builds the simulator's world. Between them:
the article to the letter; a six-stage year with an opening pipeline, recycling, attrition and a run-off; two markets
with every clock of a visit.
"""

from __future__ import annotations

from numpy.random import Generator
from scipy import special

from . import chance
from .world import Exits, Recycle, Rules, Sector, Source, World, leaving_rate

HOUR, YEAR, MONTH = 1 / 24, 365.0, 365 / 12

ARTICLE = """
name: Leads going cold
horizon: 1 year
process: [sql, customer]
plan: {customers: 10, revenue: 1M}
deal_value: 100_000
sources:
  inbound: {enters: sql, leads: 40, cost_per_lead: 6_250}
stages:
  sql: {owner: sales, conversion: 25%, neglect: 12.5%, shelf_life: 30 days}
"""


def article(rng: Generator) -> World:
    """Forty SQLs, a quarter of which would buy, and one in eight that nobody calls."""
    return World(
        process=["sql", "customer"],
        sectors={
            "all": Sector(
                share=1,
                stages={"sql": Rules(conversion=0.25, neglect=0.125, shelf_life=chance.fixed(30.0))},
                deal_value=chance.fixed(100_000.0),
            )
        },
        sources=[Source("sql", lambda: chance.spread(rng, 40, 0, YEAR), cost_per_lead=6_250)],
        horizon=YEAR,
    )


SIX_STAGES = """
name: A year of six stages
horizon: 1 year
run_off: 90 days
process: [lead, mql, sal, sql, opportunity, customer]
deal_value: 20_000
margin: 60%
attrition: 2.1% per month
sources:
  web: {enters: lead, leads: poisson(1 per month), cost_per_lead: 150}
  fair: {enters: mql, leads: 6, cost: 9_000, arrive: {from: 2027-03-01, to: 2027-04-30}}
  referrals: {enters: sql, leads: 0.5 per month}
  worked already: {enters: opportunity, leads: 7, arrive: at start}
  on hand: {enters: sql, leads: 5, arrive: at start}
stages:
  lead:
    conversion: 70%
    takes: uniform(low=1 day, high=15 days)
  mql:
    conversion: 80%
    neglect: 10%
    response: exponential(mean=2 days)
    shelf_life: exponential(mean=20 days)
    cold: {recycle: 60%, dropped: rest}
    recycle: {after: 20 days, odds: 0.8}
  sal:
    conversion: 90%
    response: lognormal(median=1 day, sigma=1)
    shelf_life: 10 days
    cost_per_entry: 25
  sql:
    conversion: 60%
    neglect: 12.5%
    response: lognormal(median=5 hours, p90=2 days)
    shelf_life: 30 days
    takes: gamma(mean=25 days, cv=0.6)
    cold: {competitor: 30%, recycle: 50%, dropped: rest}
    rejected: {no_decision: 40%, recycle: 30%, dropped: rest}
    recycle:
      to: mql
      after: exponential(mean=30 days)
      odds: 0.7
      limit: 2
      cost: 40
  opportunity:
    conversion: 55%
    cost_per_work: 300
    takes: gamma(mean=60 days, cv=0.8)
    rejected_takes: weibull(shape=0.7, mean=40 days)
    rejected: {no_decision: 55%, competitor: 25%, recycle: 20%}
    recycle: {to: sql, after: 15 days, odds: 1.4}
"""


def six_stages(rng: Generator) -> World:
    """A year that does not start empty, and goes on for a quarter after its end."""
    stages = {
        "lead": Rules(conversion=0.7, takes=chance.uniform(rng, low=1, high=15)),
        "mql": Rules(
            conversion=0.8,
            neglect=0.1,
            response=chance.exponential(rng, mean=2),
            shelf_life=chance.exponential(rng, mean=20),
            cold_neglected=Exits(recycle=0.6),
            cold_late=Exits(recycle=0.6),
            recycle=Recycle(after=chance.fixed(20), odds=0.8),
        ),
        "sal": Rules(conversion=0.9, response=chance.lognormal(rng, median=1, sigma=1), shelf_life=chance.fixed(10)),
        "sql": Rules(
            conversion=0.6,
            neglect=0.125,
            response=chance.lognormal_p90(rng, median=5 * HOUR, p90=2),
            shelf_life=chance.fixed(30),
            takes=chance.gamma(rng, mean=25, cv=0.6),
            cold_neglected=Exits(competitor=0.3, recycle=0.5),
            cold_late=Exits(competitor=0.3, recycle=0.5),
            rejected=Exits(no_decision=0.4, recycle=0.3),
            recycle=Recycle(to="mql", after=chance.exponential(rng, mean=30), odds=0.7, limit=2, cost=40),
        ),
        "opportunity": Rules(
            conversion=0.55,
            takes=chance.gamma(rng, mean=60, cv=0.8),
            rejected_takes=chance.weibull(rng, shape=0.7, mean=40),
            rejected=Exits(no_decision=0.55, competitor=0.25, recycle=0.2),
            recycle=Recycle(to="sql", after=chance.fixed(15), odds=1.4),
            cost_per_work=300,
        ),
    }
    deal = chance.fixed(20_000.0)
    return World(
        process=["lead", "mql", "sal", "sql", "opportunity", "customer"],
        sectors={"all": Sector(share=1, stages=stages, deal_value=deal, attrition=leaving_rate(0.021, MONTH))},
        sources=[
            Source("lead", lambda: chance.spread(rng, rng.poisson(12), 0, YEAR), cost_per_lead=150),
            Source("mql", lambda: chance.spread(rng, 6, 56, 117), cost=9_000),  # 1 March until 30 April has passed
            Source("sql", lambda: chance.spread(rng, 6, 0, YEAR)),
            Source("opportunity", lambda: [0.0] * 7),
            Source("sql", lambda: [0.0] * 5),
        ],
        horizon=YEAR,
        run_off=90,
        margin=0.6,
        cost_per_entry={"sal": 25},
    )


TWO_SECTORS = """
name: An afternoon and a month
horizon: 1 year
process: [lead, sql, customer]
sources:
  search: {enters: lead, leads: 30, cost_per_lead: 180}
  partners: {enters: sql, leads: poisson(1 per month), cost: 4_000, odds: 1.5, sectors: {retail: 20%, industrial: rest}}
stages:
  lead:
    conversion_of_entered: 60%
    neglect: 20%
    response: exponential(mean=42 hours)
    shelf_life: 6 days
  sql:
    conversion: 70%
    neglect: 25%
    response: points(48%=1 hour, 69%=1 day, 100%=30 days)
    shelf_life: weibull(shape=0.5, mean=30 days)
    patient: 15%
    give_up: 60 days
    cold:
      neglected: {competitor: 20%, recycle: 70%, dropped: rest}
      late: {no_decision: 50%, recycle: 20%, competitor: rest}
    rejected: {no_decision: 30%, dropped: rest}
    recycle: {after: 5 days, odds: 0.6, limit: 3}
sectors:
  industrial:
    share: rest
    deal_value: 50_000
  retail:
    share: 60%
    deal_value: 4_000
    stages:
      sql:
        conversion: 80%
        shelf_life: 4 hours
        patient: 0
        give_up: mixture(70%=fixed(2 days), 30%=exponential(mean=1 hour))
        recycle: {after: 12 hours, odds: 0.9, limit: 1}
"""


def two_sectors(rng: Generator) -> World:
    """An industrial SQL keeps for a month or for ever, a consumer's for an afternoon."""
    response = chance.points(rng, [0.48, 0.69, 1.0], [HOUR, 1.0, 30.0])
    neglected, late = Exits(competitor=0.2, recycle=0.7), Exits(no_decision=0.5, competitor=0.3, recycle=0.2)
    in_time = 0.8 * -special.expm1(-6 * 24 / 42)
    lead = Rules(
        conversion=0.6 / in_time,
        neglect=0.2,
        response=chance.exponential(rng, mean=42 * HOUR),
        shelf_life=chance.fixed(6),
    )
    industrial = Rules(
        conversion=0.7,
        neglect=0.25,
        response=response,
        shelf_life=chance.weibull(rng, shape=0.5, mean=30),
        patient=0.15,
        give_up=chance.fixed(60),
        rejected=Exits(no_decision=0.3),
        recycle=Recycle(after=chance.fixed(5), odds=0.6, limit=3),
        cold_neglected=neglected,
        cold_late=late,
    )
    retail = Rules(
        conversion=0.8,
        neglect=0.25,
        response=response,
        shelf_life=chance.fixed(4 * HOUR),
        give_up=chance.mixture(rng, 0.7, chance.fixed(2), chance.exponential(rng, mean=HOUR)),
        rejected=Exits(no_decision=0.3),
        recycle=Recycle(after=chance.fixed(0.5), odds=0.9, limit=1),
        cold_neglected=neglected,
        cold_late=late,
    )
    return World(
        process=["lead", "sql", "customer"],
        sectors={
            "industrial": Sector(0.4, {"lead": lead, "sql": industrial}, deal_value=chance.fixed(50_000)),
            "retail": Sector(0.6, {"lead": lead, "sql": retail}, deal_value=chance.fixed(4_000)),
        },
        sources=[
            Source("lead", lambda: chance.spread(rng, 30, 0, YEAR), cost_per_lead=180),
            Source(
                "sql",
                lambda: chance.spread(rng, rng.poisson(12), 0, YEAR),
                cost=4_000,
                odds=1.5,
                sectors={"retail": 0.2, "industrial": 0.8},
            ),
        ],
        horizon=YEAR,
    )
