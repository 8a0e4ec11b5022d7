"""What does one write at each key, and in each distribution? The reference's examples, every one of which loads."""

from __future__ import annotations

from pydantic import BaseModel

from simfunnel.scenario.schema import (
    Arrive,
    Cold,
    Drift,
    Enrichment,
    Exits,
    Expansion,
    Lever,
    Plan,
    Programme,
    Reason,
    Recycle,
    Returns,
    Scenario,
    Score,
    Sector,
    Sla,
    Source,
    Stage,
    Team,
    Yield,
)

__all__ = ["AT_KEYS", "ELSEWHERE", "FAMILIES_SAID", "LEFT_OUT", "OF_FAMILIES", "PLACES", "WHOLE"]

#: A scenario that shows most of the language.
WHOLE = """\
name: Two markets
start: 2027-01-04
horizon: 1 year
process: [mql, sql, customer]
plan: {customers: 60, revenue: 3M}
sources:
  search:
    enters: mql
    leads: poisson(30 per month)
    cost_per_lead: 180
    sectors: {retail: 80%, industrial: 20%}
  pipeline: {enters: sql, leads: 12, arrive: at start}
stages:
  mql: {owner: marketing, conversion: 40%}
  sql:
    owner: sales
    conversion: beta(mean=25%, n=40)
    response: lognormal(median=5 hours, p90=2 days)
    shelf_life: 30 days
    neglect: 12.5%
    takes: gamma(mean=60 days, cv=0.6)
    cold: {competitor: 30%, recycle: 50%, dropped: rest}
    recycle:
      to: mql
      after: exponential(mean=30 days)
      odds: 0.5
      cost: 40
sectors:
  industrial: {share: 70%, deal_value: 60_000}
  retail:
    share: 30%
    deal_value: 4_000
    stages:
      sql: {shelf_life: 4 hours}
costs: {sla programme: 30_000 per year}
"""

#: Where each level stands in a file, and where else.
PLACES: dict[type[BaseModel], str] = {
    Scenario: "",
    Plan: "plan",
    Source: "sources.NAME",
    Arrive: "sources.NAME.arrive",
    Yield: "sources.NAME.yield",
    Stage: "stages.NAME",
    Cold: "stages.NAME.cold",
    Exits: "stages.NAME.rejected",
    Reason: "stages.NAME.reasons.NAME",
    Recycle: "stages.NAME.recycle",
    Returns: "stages.NAME.returns",
    Drift: "stages.NAME.drift",
    Team: "teams.NAME",
    Programme: "stages.NAME.programme",
    Enrichment: "stages.NAME.enrichment",
    Score: "score",
    Sector: "sectors.NAME",
    Sla: "slas.NAME",
    Lever: "slas.NAME.lever",
    Expansion: "expansion",
}

ELSEWHERE: dict[type[BaseModel], str] = {
    Source: "Sources with a `share` spend the scenario's `budget` together, each its part in whole cents: the shares "
    "sum to 100%, one may be `rest`, and none stands beside `leads`, `visits`, `cost` or a `budget` of the source's "
    "own. More money never brings fewer leads, in any future.",
    Arrive: "Weights and growth shape only when, never how many.",
    Yield: "Leads are Poisson around `most x spend^shape / (half^shape + spend^shape)`, which levels off, or around "
    "`leads x (spend / at)^exponent`, which does not; the keys of one curve only. What nobody knows of a curve is "
    "rolled once per future, like every ignorance.",
    Stage: "Those of a sector stand at `sectors.NAME.stages.NAME`. The last stage has `owner`, `definition`, `metric` "
    "and `cost_per_entry` only. "
    "With a `team` leads queue for its people: `response` is the delay before a lead joins the queue; `response` and "
    "`service` are then working time (6 hours are 6 working hours), shelf lives run on. Who goes cold in the queue "
    "takes the exits of `cold.late`. `conversion_of_entered` is refused there: who is worked is an outcome.",
    Team: "Names are yours; `stages.NAME.team` says who works what. Each person works one lead at a time.",
    Cold: "One map of exits in its place stands for both causes.",
    Programme: "It is the work of the stage: its first touch comes after the response. With a `threshold` those who "
    "reach it advance at that touch, and those who have had all touches without are rejected; else it runs beside the "
    "visit, which ends as the stage's own rules say. Where the scenario has a `score`, points add to it, and "
    "who has reached the threshold by it alone gets no touch; each visit begins without points. An unsubscribed lead "
    "is dropped.",
    Expansion: "The same keys stand at `sectors.NAME.expansion`, in place of these. They count in revenue, not in "
    "deals.",
    Exits: "The same keys stand at `stages.NAME.cold`, and in each of its causes.",
}

_OF_STAGE = {
    "owner": "sales",
    "definition": "asked for a price within 30 days",
    "metric": "share reached within a day",
    "sla": "first call within 4 hours",
    "conversion": "beta(mean=25%, n=40)",
    "conversion_of_entered": "21%",
    "threshold": "60",
    "score_weight": "0.8",
    "enrichment": "{lacks: 20%, found: 80%, takes: 2 days, cost: 15}",
    "neglect": "12.5%",
    "response": "lognormal(median=5 hours, p90=2 days)",
    "shelf_life": "30 days",
    "patient": "10%",
    "give_up": "20 days",
    "team": "sales",
    "service": "exponential(mean=2 hours)",
    "takes": "gamma(mean=60 days, cv=0.6)",
    "rejected_takes": "2 weeks",
    "cold": "{competitor: 30%, dropped: rest}",
    "rejected": "{no_decision: 55%, dropped: rest}",
    "reasons": "{not ready: {share: 55%, exit: recycle}, wrong company: {share: rest}}",
    "recycle": "{after: 30 days, odds: 0.5}",
    "returns": "{share: 5%, after: 2 years}",
    "drift": "{sd: 0.2}",
    "programme": "{every: 10 days, touches: 8, opens: 25%}",
    "cost_per_entry": "15",
    "cost_per_work": "120",
}

#: A value for each key of each level, as it stands after the colon.
AT_KEYS: dict[type[BaseModel], dict[str, str]] = {
    Scenario: {
        "name": "Leads going cold",
        "description": "What does it cost that nobody calls?",
        "currency": "€",
        "start": "2027-01-04",
        "horizon": "1 year",
        "run_off": "90 days",
        "process": "[mql, sql, customer]",
        "period": "quarter",
        "plan": "{customers: 10, revenue: 1M}",
        "deal_value": "lognormal(mean=100k, cv=0.9)",
        "expansion": "{rate: 30% per year, value: 20k}",
        "margin": "60%",
        "attrition": "2.1% per month",
        "score": "{weight: 0.5, correlation: 70%}",
        "budget": "pert(low=100k, mode=120k, high=130k)",
        "sources": "{web: {enters: mql, leads: 30 per month}}",
        "stages": "{mql: {conversion: 40%}, sql: {conversion: 25%}}",
        "teams": "{sales: {people: 3, hours: 9:00 to 17:00}}",
        "sectors": "{retail: {share: 30%}, industrial: {share: rest}}",
        "slas": "{first call: {stage: sql, within: 4 hours, share: 90%}}",
        "costs": "{sla programme: 30_000 per year, fair: 12k}",
        "correlate": "[[stages.mql.conversion, stages.sql.conversion, 0.6]]",
    },
    Plan: {"customers": "10", "revenue": "1M", "budget": "250k"},
    Source: {
        "enters": "mql",
        "leads": "poisson(30 per month)",
        "visits": "20_000 per month",
        "capture": "1.5%",
        "budget": "50_000",
        "share": "40%",
        "cost_per_lead": "180",
        "yield": "{most: 400, half: 30k}",
        "cost": "12k",
        "arrive": "at start",
        "sectors": "{retail: 80%, industrial: rest}",
        "odds": "1.3",
        "lift": "20%",
    },
    Arrive: {
        "from": "2027-05-10",
        "to": "2027-05-14",
        "weekdays": "{sat: 0, sun: 0.5}",
        "months": "{jul: 0.6, aug: 0.4}",
        "growth": "20% per year",
    },
    Yield: {
        "most": "lognormal(median=400, sigma=0.3)",
        "half": "30k",
        "shape": "1.5",
        "leads": "120",
        "at": "20k",
        "exponent": "uniform(low=0.6, high=0.8)",
    },
    Stage: _OF_STAGE,
    Cold: {"neglected": "{dropped: 100%}", "late": "{competitor: 60%, recycle: rest}"},
    Exits: {"no_decision": "20%", "competitor": "30%", "dropped": "rest", "recycle": "50%"},
    Reason: {"share": "55%", "exit": "recycle"},
    Recycle: {
        "to": "mql",
        "after": "exponential(mean=30 days)",
        "odds": "0.5",
        "lift": "-20%",
        "limit": "3",
        "cost": "40",
    },
    Returns: {"share": "5%", "after": "weibull(shape=2, mean=2 years)", "to": "mql"},
    Drift: {"sd": "0.2", "carry_over": "50%", "every": "1 month"},
    Team: {
        "people": "{2027-01-04: 3, 2027-07-01: 4}",
        "absence": "8%",
        "hours": "[9:00 to 12:00, 13:00 to 17:30]",
        "days": "mon to fri",
        "holidays": "[2027-12-24, 2027-12-31]",
        "discipline": "newest first",
        "cost": "90_000 per year",
    },
    Sla: {
        "stage": "sql",
        "within": "4 hours",
        "share": "90%",
        "entries": "40 per quarter",
        "accepted": "80%",
        "sectors": "[industrial]",
        "time": "working",
        "lever": "{neglect: 2%, cost: 30_000 per year}",
        "active": "yes",
    },
    Lever: {"neglect": "2%", "response": "lognormal(median=2 hours, p90=1 day)", "cost": "30_000 per year"},
    Programme: {
        "every": "10 days",
        "touches": "8",
        "first": "1 day",
        "opens": "25%",
        "clicks": "beta(mean=12%, n=200)",
        "points": "10",
        "points_per_open": "1",
        "threshold": "30",
        "unsubscribes": "0.3%",
        "cost_per_touch": "0.35",
        "odds": "1.05",
    },
    Expansion: {"rate": "30% per year", "delay": "90 days", "value": "lognormal(mean=20k, cv=0.8)"},
    Score: {"weight": "0.5", "correlation": "70%", "mean": "100", "sd": "20"},
    Enrichment: {"lacks": "20%", "found": "80%", "takes": "2 days", "cost": "15"},
    Sector: {
        "share": "70%",
        "deal_value": "60_000",
        "attrition": "3% per quarter",
        "expansion": "{rate: 10% per year, value: 900}",
        "stages": "{sql: {shelf_life: 4 hours}}",
    },
}

#: What holds where a key is left out, if the schema's own default does not say it.
LEFT_OUT: dict[tuple[type[BaseModel], str], str] = {
    (Scenario, "name"): "the file's name",
    (Scenario, "plan"): "nothing is promised",
    (Scenario, "deal_value"): "no revenue",
    (Scenario, "attrition"): "nobody leaves",
    (Scenario, "teams"): "every lead finds somebody",
    (Scenario, "expansion"): "customers buy once",
    (Scenario, "score"): "all leads are alike, and none has a score",
    (Scenario, "budget"): "sources have budgets of their own; needed with a `share`",
    (Scenario, "sectors"): "one, `all`",
    (Scenario, "slas"): "nothing is promised",
    (Scenario, "correlate"): "what nobody knows of one input tells nothing of another",
    (Plan, "revenue"): "customers x deal value, where all sectors share its mean",
    (Plan, "budget"): "the sources' expected spend",
    (Source, "leads"): "one of `leads`, `visits`, `budget`, `share` is needed",
    (Source, "visits"): "one of `leads`, `visits`, `budget`, `share` is needed",
    (Source, "budget"): "one of `leads`, `visits`, `budget`, `share` is needed",
    (Source, "share"): "one of `leads`, `visits`, `budget`, `share` is needed",
    (Source, "capture"): "needed with `visits`",
    (Source, "cost_per_lead"): "0; it or a `yield` is needed with `budget` or `share`",
    (Source, "yield"): "`cost_per_lead` says what the money buys",
    (Source, "cost"): "0",
    (Source, "arrive"): "over the whole horizon, evenly",
    (Source, "sectors"): "the sectors' shares",
    (Source, "odds"): "1",
    (Source, "lift"): "0%",
    (Yield, "most"): "needed for a curve that levels off",
    (Yield, "half"): "needed with `most`",
    (Yield, "shape"): "1",
    (Yield, "leads"): "needed for a power curve",
    (Yield, "at"): "needed with `leads`",
    (Yield, "exponent"): "needed with `leads`",
    (Arrive, "from"): "the start",
    (Arrive, "to"): "the horizon",
    (Arrive, "weekdays"): "1 each",
    (Arrive, "months"): "1 each",
    (Arrive, "growth"): "none",
    (Stage, "conversion"): "needed at every stage but the last, unless its programme has a threshold",
    (Stage, "conversion_of_entered"): "in place of `conversion`",
    (Stage, "threshold"): "`conversion` decides",
    (Stage, "score_weight"): "that of `score`",
    (Stage, "enrichment"): "no lead lacks anything",
    (Stage, "neglect"): "0%",
    (Stage, "response"): "0 days",
    (Stage, "shelf_life"): "for ever",
    (Stage, "patient"): "0%",
    (Stage, "give_up"): "never",
    (Stage, "team"): "nobody waits for anybody",
    (Stage, "service"): "0 days",
    (Stage, "takes"): "0 days",
    (Stage, "rejected_takes"): "as `takes`, rolled anew",
    (Stage, "cold"): "all are dropped",
    (Stage, "rejected"): "all are dropped",
    (Stage, "reasons"): "none is told; in place of `rejected`",
    (Stage, "recycle"): "to the same stage, at once, as good as fresh",
    (Stage, "returns"): "nobody returns",
    (Stage, "drift"): "none",
    (Stage, "programme"): "none",
    (Stage, "cost_per_entry"): "0",
    (Stage, "cost_per_work"): "0",
    (Cold, "neglected"): "needed, unless one map stands for both",
    (Cold, "late"): "needed, unless one map stands for both",
    (Exits, "no_decision"): "0%",
    (Exits, "competitor"): "0%",
    (Exits, "dropped"): "0%",
    (Exits, "recycle"): "0%",
    (Recycle, "to"): "this stage",
    (Recycle, "odds"): "1",
    (Recycle, "lift"): "0%",
    (Returns, "to"): "this stage",
    (Team, "absence"): "0%",
    (Team, "hours"): "around the clock",
    (Team, "days"): "every day",
    (Team, "holidays"): "none",
    (Team, "cost"): "0",
    (Sla, "within"): "one of `within`, `entries`, `accepted` is needed",
    (Sla, "entries"): "one of `within`, `entries`, `accepted` is needed",
    (Sla, "accepted"): "one of `within`, `entries`, `accepted` is needed",
    (Sla, "share"): "needed with `within`",
    (Sla, "sectors"): "all",
    (Sla, "lever"): "the SLA is counted only",
    (Sla, "active"): "no: the stage keeps its own rules",
    (Lever, "neglect"): "the stage's",
    (Lever, "response"): "the stage's",
    (Lever, "cost"): "0",
    (Programme, "first"): "as `every`",
    (Programme, "threshold"): "the stage's own rules decide",
    (Programme, "odds"): "1",
    (Sector, "share"): "needed, unless every source has a mix of its own",
    (Sector, "deal_value"): "the scenario's",
    (Sector, "attrition"): "the scenario's",
    (Sector, "expansion"): "the scenario's",
    (Sector, "stages"): "the common rules",
}

#: What each family of distributions is for.
FAMILIES_SAID = {
    "fixed": "Always the same value; for a part of a mixture, where a bare value cannot stand.",
    "exponential": "A wait without memory: what is left does not depend on how long it has lasted.",
    "lognormal": "Most are short and some very long, as response times and deal values are. `p90` is what nine of ten "
    "stay under.",
    "weibull": "A wait whose end gets likelier with time (`shape` above 1) or less likely (below 1: who has waited "
    "long waits longer).",
    "gamma": "A duration or an amount around its mean; `cv` is the standard deviation over the mean.",
    "beta": "A share between 0% and 100%; `n` is how many cases it is known from: 25% of 40.",
    "uniform": "Anything between two ends, all alike.",
    "triangular": "Between two ends, most likely at `mode`.",
    "pert": "Between two ends, most likely at `mode`, the ends less likely than in a triangular: what experts say.",
    "normal": "The bell curve. `low` and `high` cut it off: what must not be negative needs `low=0`.",
    "points": "Cumulative shares at given values, log-linear between, as audits are published: 48% within an hour, 69% "
    "within a day. Where the first share is above 0%, nothing is known of those below it: they are spread log-linearly "
    "from a thousandth of the first value up to it. Begin with a share of 0% to say where they start.",
    "mixture": "Several distributions, each with its share.",
    "choice": "One of a few values, alike or each with its share.",
    "empirical": "A column of a CSV file with a header line, straight lines between the sorted values. The file lies "
    "in the scenario's folder or below. A duration needs `unit=`, a share may have `unit=%`. A stored result holds the "
    "numbers themselves (`data=`), so it needs no file.",
}

#: An example for each way to write a family: the kind of rule that it stands in, and its text.
OF_FAMILIES: dict[str, tuple[tuple[str, str], ...]] = {
    "fixed": (("duration", "fixed(30 days)"),),
    "exponential": (("duration", "exponential(mean=30 days)"), ("duration", "exponential(median=3 weeks)")),
    "lognormal": (
        ("duration", "lognormal(median=5 hours, p90=2 days)"),
        ("money", "lognormal(mean=100k, cv=0.9)"),
        ("duration", "lognormal(median=5 hours, sigma=1.2)"),
        ("money", "lognormal(mean=100k, sd=90k)"),
    ),
    "weibull": (
        ("duration", "weibull(shape=0.5, mean=4 hours)"),
        ("duration", "weibull(shape=0.5, scale=2 hours)"),
        ("duration", "weibull(shape=0.5, median=1 hour)"),
    ),
    "gamma": (
        ("duration", "gamma(mean=60 days, cv=0.6)"),
        ("duration", "gamma(mean=60 days, shape=3)"),
        ("duration", "gamma(mean=60 days, sd=30 days)"),
    ),
    "beta": (("share", "beta(mean=25%, n=40)"), ("share", "beta(mean=25%, sd=7%)"), ("share", "beta(a=10, b=30)")),
    "uniform": (("share", "uniform(low=20%, high=30%)"),),
    "triangular": (("money", "triangular(low=80, mode=100, high=150)"),),
    "pert": (("money", "pert(low=80, mode=100, high=150)"),),
    "normal": (("money", "normal(mean=100, sd=20, low=0)"), ("share", "normal(mean=25%, sd=5%, low=0%, high=60%)")),
    "points": (("duration", "points(48%=1 hour, 69%=1 day, 100%=30 days)"),),
    "mixture": (("duration", "mixture(70%=fixed(30 days), 30%=exponential(mean=1 year))"),),
    "choice": (("share", "choice(20%, 25%, 35%)"), ("share", "choice(70%=25%, 30%=10%)")),
    "empirical": (("duration", "empirical(file=times.csv, column=hours, unit=hours)"),),
}
