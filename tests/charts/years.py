"""Which years are the charts tried on? An ordinary one, and years that try a picture's patience."""

from __future__ import annotations

from functools import cache

import simfunnel as sf
from simfunnel.results import Result
from simfunnel.studies.comparison import Comparison

HOSTILE = ("<script>alert(1)</script>", "=1+1", "Ba$$in", "線索與客戶 汽車製造業", "x" * 40, "$x^2$ & _y_", "Plain")

ORDINARY = """
name: An ordinary year
horizon: 1 year
process: [mql, sql, customer]
plan: {customers: 14, revenue: 700_000, budget: 20_000}
deal_value: lognormal(mean=50k, cv=0.6)
sources:
  search: {enters: mql, leads: poisson(100), cost_per_lead: 200}
  own: {enters: sql, leads: 8, arrive: at start}
stages:
  mql: {conversion: 40%, takes: "gamma(mean=20 days, cv=0.5)"}
  sql:
    conversion: beta(mean=30%, n=40)
    neglect: 12.5%
    response: lognormal(median=8 hours, p90=6 days)
    shelf_life: exponential(mean=20 days)
    takes: gamma(mean=40 days, cv=0.6)
    cold: {competitor: 30%, recycle: 50%, dropped: rest}
    recycle: {to: mql, after: exponential(mean=20 days), odds: 0.5, limit: 2}
sectors:
  industry: {share: 60%}
  retail: {share: rest}
"""

ARTICLE = """
name: Leads going cold
horizon: 1 year
process: [sql, customer]
plan: {customers: 10, revenue: 1M}
deal_value: 100_000
sources: {inbound: {enters: sql, leads: 40, cost_per_lead: 6_250}}
stages: {sql: {conversion: 25%, neglect: 12.5%, shelf_life: 30 days}}
"""

_SHORT = "horizon: 1 year\nprocess: [sql, customer]\n"
_TEXTS = {
    "ordinary": (ORDINARY, 1_500),
    "article": (ARTICLE, 2_000),
    "no plan": (
        f"{_SHORT}name: No plan\nsources: {{inbound: {{enters: sql, leads: poisson(40)}}}}\n"
        "stages: {sql: {conversion: 25%, neglect: 10%, shelf_life: 30 days}}",
        300,
    ),
    "nothing won": (
        f"{_SHORT}name: Nothing\nplan: {{customers: 10, revenue: 1M}}\ndeal_value: 100_000\n"
        "sources: {inbound: {enters: sql, leads: 40}}\nstages: {sql: {conversion: 0%}}",
        60,
    ),
    "two leads": (
        f"{_SHORT}name: Two leads\nplan: {{customers: 1}}\ndeal_value: 900\n"
        "sources: {inbound: {enters: sql, leads: 2, cost_per_lead: 1}}\n"
        "stages: {sql: {conversion: 25%, neglect: 30%, shelf_life: 3 days}}",
        50,
    ),
    "one future": (ARTICLE, 1),
    "billions": (
        ARTICLE.replace("$", "EUR").replace("revenue: 1M", "revenue: 45_000_000_000")
        .replace("customers: 10", "customers: 400").replace("deal_value: 100_000", "deal_value: 110_000_000")
        .replace("leads: 40", "leads: poisson(1500)").replace("name:", "currency: EUR\nname:"),
        200,
    ),
}  # fmt: skip


def hostile_text() -> str:
    """Six stages, seven sectors and a currency whose names try to be something else."""
    stages = [*(f"{name} s" for name in HOSTILE[:5]), "customer"]
    rules = "conversion: 50%, neglect: 10%, response: exponential(mean=5 days), shelf_life: 20 days"
    lines = [f'  "{stage}": {{{rules}}}' for stage in stages[:-1]]
    sectors = [f'  "{name}": {{share: {"rest" if name == "Plain" else "14%"}}}' for name in HOSTILE]
    return "\n".join(
        [
            f'name: "{HOSTILE[0]} {HOSTILE[2]} {HOSTILE[5]}"',
            'currency: "$$"',
            "horizon: 1 year",
            f"process: [{', '.join(f'{chr(34)}{stage}{chr(34)}' for stage in stages)}]",
            "plan: {customers: 12, revenue: 1.2M}",
            "deal_value: 100_000",
            f'sources: {{"$a$b": {{enters: "{stages[0]}", leads: poisson(300)}}}}',
            "stages:",
            *lines,
            "sectors:",
            *sectors,
        ]
    )


NAMES = (*_TEXTS, "hostile")


@cache
def simulated(name: str) -> Result:
    """One of the runs, by its name in `NAMES`."""
    text, n_sims = (hostile_text(), 200) if name == "hostile" else _TEXTS[name]
    return sf.simulate(sf.loads(text), n_sims=n_sims, seed=7, workers=1, progress=False)


@cache
def compared() -> Comparison:
    """The ordinary year with an SLA, with a name that tries to be something else, and with itself."""
    base = sf.loads(ORDINARY)
    variants = [
        base.change({"stages.sql.neglect": "2%"}, name="With an SLA"),
        base.change({"stages.sql.response": "1 hour"}, name=f"{HOSTILE[0]} {HOSTILE[2]} {HOSTILE[3]}"),
        base.change({}, name="The same"),
    ]
    return sf.compare(base, *variants, n_sims=400, seed=7, workers=1, progress=False)
