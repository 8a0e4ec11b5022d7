"""Are the metrics of the trade what their names say, and known as well as they claim?"""

from __future__ import annotations

import math

import numpy as np
import pytest

import simfunnel as sf
from simfunnel.glossary import glossary
from simfunnel.results.following import follow
from simfunnel.results.metrics import DEFINITIONS, pooled_quantile

Z = 4.9  # two-sided 1e-6
PLAIN = """
horizon: 1 year
process: [sql, customer]
deal_value: 100
sources:
  inbound: {enters: sql, leads: 300, cost_per_lead: 6}
  on hand: {enters: sql, leads: 7, arrive: at start}
stages: {sql: {conversion: 25%, takes: exponential(mean=60 days), rejected_takes: exponential(mean=20 days)}}
"""
BUSY = """
horizon: 200 days
run_off: 30 days
process: [mql, sql, customer]
deal_value: lognormal(mean=100, cv=1)
attrition: 10% per month
sources: {inbound: {enters: mql, leads: "overdispersed(2 per week, dispersion=3)"}, bought: {enters: sql, leads: 5}}
stages:
  mql: {conversion: 50%, drift: {sd: 0.5, carry_over: 50%}, response: exponential(mean=9 days), shelf_life: 20 days}
  sql:
    conversion: "beta(mean=40%, n=20)"
    team: sales
    service: exponential(mean=4 days)
    shelf_life: 15 days
    cold: {recycle: 60%, competitor: rest}
    rejected: {recycle: 50%, dropped: rest}
    recycle: {to: mql, after: exponential(mean=30 days)}
    returns: {share: 50%, after: 60 days}
teams: {sales: {people: 2, days: mon to fri, hours: 9:00 to 17:00}}
"""


@pytest.fixture(scope="module")
def plain() -> sf.Result:
    return sf.simulate(sf.loads(PLAIN), n_sims=700, seed=7, progress=False)


def test_following_longer_changes_nothing_before() -> None:
    run = sf.simulate(sf.loads(BUSY), n_sims=40, seed=3, progress=False)
    past = follow(run.terms)
    assert past.n == 40
    for day, name in ((200.0, "deals"), (230.0, "cohort_deals")):
        assert np.bincount(past.rep[past.won <= day], minlength=40).tolist() == run.futures.base[name].tolist()
    in_time = past.won <= 200.0
    revenue = np.bincount(past.rep[in_time], past.cents[in_time], 40)
    assert revenue.tolist() == run.futures.base["revenue"].tolist()
    for s, stage in enumerate(("mql", "sql", "customer")):
        assert past.entries[s].tolist() == run.futures.base[f"entered[stage={stage}]"].tolist()
    lost = run.stages()[["no_decision", "competitor", "dropped", "left"]].sum(axis=1).to_numpy()
    assert past.lost.mean(axis=1) == pytest.approx(lost)


def test_leads_on_hand_at_the_start_are_neither_new_nor_brought_by_this_run(plain: sf.Result) -> None:
    rows, ratios = plain.metrics()["value"], plain.ratios()["value"]
    assert (rows["new_leads"], rows["number_of_sql"]) == (300, 300)
    assert rows["cost_per_sql"] == ratios["cost_per_sql"] == 6
    assert plain.mean("arrived").value == plain.mean("entered[stage=sql]").value == 307
    deals = plain.mean("deals").value
    assert rows["number_of_customer"] == pytest.approx(deals)
    assert rows["cost_per_customer"] == pytest.approx(300 * 6 / deals)


def test_nobody_knows_since_when_leads_on_hand_are_there() -> None:
    """A lead that waits for ever, there at the start, has no age; one that came in the last two days has one."""
    text = """
horizon: 100 days
process: [sql, customer]
sources:
  on hand: {enters: sql, leads: 9, arrive: at start}
  late: {enters: sql, leads: 3, arrive: {from: 2027-04-12, to: 2027-04-13}}
stages: {sql: {conversion: 25%, neglect: 100%}}
"""
    rows = sf.simulate(sf.loads(text), n_sims=30, seed=1, progress=False).metrics()["value"]
    assert rows["pipeline_at_sql"] == 12
    assert 0.0 < rows["age_at_sql_p50"] < rows["age_at_sql_p90"] < 2.0


def test_people_are_paid_to_the_horizon_and_entries_to_the_end() -> None:
    """In a run-off the people work the leads of the next period, which this run does not have."""
    text = """
horizon: 100 days
run_off: 100 days
process: [sql, customer]
sources: {inbound: {enters: sql, leads: 10, arrive: {from: 2027-01-04, to: 2027-01-05}}}
teams: {sales: {people: 1, cost: 36_500 per year}}
stages: {sql: {conversion: 100%, team: sales, service: 1 minute, takes: 150 days}, customer: {cost_per_entry: 7}}
costs: {tool: 3_650 per year}
"""
    run = sf.simulate(sf.loads(text), n_sims=3, seed=1, progress=False)
    assert set(run.array("cost")) == {11_000}
    assert set(run.array("cohort_cost")) == {11_000 + 10 * 7}
    assert run.metrics().loc["cost_per_customer", "value"] == pytest.approx(11_070 / 10)


def test_what_is_open_at_the_horizon_is_the_pipeline(plain: sf.Result) -> None:
    rows = plain.metrics()
    assert rows.loc["pipeline_at_sql", "value"] == pytest.approx(rows.loc["open_at_sql", "value"], rel=0.02)
    past = follow(plain.terms)
    is_open = np.bincount(past.rep[past.stage == 0], minlength=past.n)
    assert is_open.tolist() == plain.futures.base["open"][: past.n].tolist()


def test_pipeline_and_times_are_what_their_laws_say(plain: sf.Result) -> None:
    """False alarm 1e-6 each."""
    rows = plain.metrics()
    still = [mean / 365 * (1 - math.exp(-365 / mean)) for mean in (60, 20)]  # share of the arrived that is under way
    old = [math.exp(-365 / mean) for mean in (60, 20)]
    won, lost = (share * (300 * each + 7 * gone) for share, each, gone in zip((0.25, 0.75), still, old, strict=True))
    followed = 0.25 * 60 + 0.75 * 20
    exact = {
        "new_leads": 300,
        "number_of_customer": 0.25 * (300 * (1 - still[0]) + 7 * (1 - old[0])),
        "pipeline_at_sql": won + lost,
        "chance_from_sql": won / (won + lost),
        "value_at_sql": 100 * won,
        "pipeline_value": 100 * won,
        "time_to_win": 60,
        "time_to_win_p50": 60 * math.log(2),
        "time_to_win_p90": 60 * math.log(10),
        "time_to_close": followed,
    }
    for name, value in exact.items():
        row = rows.loc[name]
        assert abs(row["value"] - value) <= Z * row["mcse"] + 1e-9, (name, row["value"], value, row["mcse"])
        assert row["mcse"] < 0.02 * value
    assert rows.loc["cost_per_sql", "value"] == 6


def test_every_name_is_defined_and_documented(plain: sf.Result) -> None:
    rows = plain.metrics()
    assert rows.index.is_unique
    patterns = {name.replace("STAGE", "sql").replace("SOURCE", "inbound") for name in DEFINITIONS}
    patterns -= {
        "touches",
        "open_rate",
        "click_rate",
        "click_to_open_rate",
        "touches_per_deal",
    }  # nobody is nurtured here
    assert patterns <= set(rows.index)
    parts = [(stage, source) for stage in ("sql", "customer") for source in ("inbound", "on hand")]
    known = {name.replace("STAGE", stage).replace("SOURCE", source) for name in DEFINITIONS for stage, source in parts}
    assert set(rows.index) <= known
    assert all(f"| `{name}` | " in glossary() for name in DEFINITIONS)


def test_the_interval_of_a_pooled_quantile_covers_also_where_futures_differ() -> None:
    """400 trials of 95 %: fewer than 90 % or more than 99 % happens by chance less than once in 1e-5."""
    rng, hits = np.random.default_rng(5), 0
    for _ in range(400):
        shared, sizes = rng.normal(size=200), rng.poisson(8, size=200)
        rep = np.repeat(np.arange(200), sizes)
        values = shared[rep] + rng.normal(size=rep.size)
        _, low, high = pooled_quantile(values, rep, 200, 0.9)
        hits += low <= math.sqrt(2) * 1.2815515655446004 <= high
    assert 360 <= hits <= 396
