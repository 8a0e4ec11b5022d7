"""Do programmes send, and customers buy, as their laws say?

Seeds are fixed; `alarms` states the false-alarm rate of each comparison (1e-6) and the bias that it must see (1 %).
"""

from __future__ import annotations

import numpy as np
import pytest
from alarms import law_is, mean_is, pmf_of, share_is
from scipy import stats

import simfunnel as sf
from simfunnel.engine.futures import simulate_block
from simfunnel.engine.odds import expit, logit
from simfunnel.resolved import resolve
from simfunnel.resolved.nurture import prospects

LEADS, SIMS = 1_000, 1_200
BASE = """
horizon: {horizon}
process: [lead, sql, customer]
deal_value: 10_000
sources: {{list: {{enters: lead, leads: 1000, arrive: at start}}}}
stages:
  lead: {rules}
  sql: {{conversion: 30%}}
"""


def run(programme: str, *, horizon: str = "1 year", rules: str = "") -> sf.Result:
    text = BASE.format(horizon=horizon, rules=f"{{{rules}programme: {{{programme}}}}}")
    return sf.simulate(sf.loads(text), n_sims=SIMS, seed=5, workers=1, progress=False)


def test_touches_until_the_lead_is_lost_or_there_are_no_more() -> None:
    u, most = 0.08, 12
    result = run(f"every: 10 days, touches: {most}, opens: 20%, unsubscribes: {u}, threshold: 1")
    law = np.append((1 - u) ** np.arange(most - 1) * u, (1 - u) ** (most - 1))  # of 1 to 12 touches
    counts = np.arange(1, most + 1)
    mean = float(law @ counts)
    assert mean == pytest.approx((1 - (1 - u) ** most) / u)
    sd = float(np.sqrt(law @ (counts - mean) ** 2))
    mean_is(result.array("touches") / LEADS, mean, sd / np.sqrt(LEADS))
    share_is(result.array("unsubscribed").sum(), LEADS * SIMS, 1 - (1 - u) ** most)
    assert (result.array("unsubscribed") <= result.array("dropped")).all()


@pytest.mark.parametrize("needed", [1, 3])
def test_clicks_until_the_threshold_are_negative_binomial(needed: int) -> None:
    opens, clicks, most = 0.6, 0.5, 10
    rule = f"every: 10 days, touches: {most}, opens: {opens}, clicks: {clicks}, points: 10, threshold: {10 * needed}"
    result = run(rule)
    law = stats.nbinom(needed, opens * clicks)  # touches without a click before the last that is needed
    share_is(result.array("entered[stage=sql]").sum(), LEADS * SIMS, law.cdf(most - needed))
    counts = np.arange(needed, most + 1)
    chance = law.pmf(counts - needed)
    chance[-1] += law.sf(most - needed)
    mean = float(chance @ counts)
    mean_is(result.array("touches") / LEADS, mean, float(np.sqrt(chance @ (counts - mean) ** 2 / LEADS)))
    touches = result.array("touches").sum()
    share_is(result.array("opens").sum(), touches, opens)
    share_is(result.array("clicks").sum(), result.array("opens").sum(), clicks)


def test_a_click_moves_the_odds_of_what_comes_later() -> None:
    result = run("every: 10 days, touches: 12, opens: 80%, clicks: 80%, threshold: 3, odds: 1.3")
    share = float(expit(logit(np.array([0.3])) + 3 * np.log(1.3))[0])  # all who qualify have clicked three times
    share_is(result.array("deals").sum(), int(result.array("entered[stage=sql]").sum()), share)


def test_what_a_programme_comes_to_is_known_beforehand() -> None:
    rule = "every: 5 days, touches: 9, opens: 50%, clicks: 40%, points: 5, points_per_open: 2, threshold: 9"
    result = run(f"{rule}, unsubscribes: 9%")
    scenario = sf.loads(result.terms.scenario_yaml)
    programme = scenario.stages["lead"].programme
    assert programme is not None
    found = prospects(programme)
    share_is(result.array("entered[stage=sql]").sum(), LEADS * SIMS, found.qualified)
    share_is(result.array("unsubscribed").sum(), LEADS * SIMS, found.lost)
    mean_is(result.array("touches") / LEADS, found.touches)


def test_points_add_to_the_score() -> None:
    rule = "every: 5 days, touches: 6, opens: 80%, clicks: 50%, points: 10, threshold: 70"
    text = BASE.format(horizon="1 year", rules=f"{{programme: {{{rule}}}}}")
    scenario = sf.loads(f"{text}score: {{correlation: 60%, mean: 50, sd: 15}}")
    result = sf.simulate(scenario, n_sims=SIMS, seed=5, workers=1, progress=False)
    clicks = np.arange(7)
    reached = stats.norm.sf(70 - 10 * clicks, 50, 15)
    qualified = float(stats.binom.pmf(clicks, 6, 0.4) @ reached)
    share_is(result.array("entered[stage=sql]").sum(), LEADS * SIMS, qualified)
    programme = scenario.stages["lead"].programme
    assert programme is not None
    assert prospects(programme, scenario.score).qualified == pytest.approx(qualified)
    mean_is(result.array("touches") / LEADS, prospects(programme, scenario.score).touches)
    share_is(result.programmes()["nurtured"].iloc[0] * SIMS, LEADS * SIMS, float(stats.norm.cdf(70, 50, 15)))


@pytest.mark.parametrize(("horizon", "touches"), [("25 days", 2), ("30 days", 3), ("9 days", 0), ("1 year", 8)])
def test_touches_after_the_horizon_are_neither_counted_nor_paid(horizon: str, touches: int) -> None:
    result = run("every: 10 days, touches: 8, opens: 100%, threshold: 1, cost_per_touch: 0.35", horizon=horizon)
    assert (result.array("touches") == touches * LEADS).all()
    assert np.allclose(result.array("cost_touches"), 0.35 * touches * LEADS, rtol=1e-12)
    assert (result.array("cost") == result.array("cost_touches")).all()


def test_the_first_touch_may_come_sooner() -> None:
    result = run("first: 1 day, every: 10 days, touches: 8, opens: 50%, threshold: 1", horizon="11 days")
    assert (result.array("touches") == 2 * LEADS).all()


def test_a_programme_beside_a_visit_ends_with_it() -> None:
    beside = "every: 10 days, touches: 8, opens: 50%, clicks: 50%"
    result = run(beside, rules="conversion: 40%, takes: 25 days, rejected_takes: 40 days, ")
    advanced = result.array("entered[stage=sql]")
    assert (result.array("touches") == 2 * advanced + 3 * (LEADS - advanced)).all()
    share_is(advanced.sum(), LEADS * SIMS, 0.4)  # as without the programme


def test_a_programme_beside_a_visit_may_lose_the_lead_before_it_ends() -> None:
    result = run("every: 10 days, touches: 8, opens: 0, unsubscribes: 20%", rules="conversion: 100%, takes: 25 days, ")
    share_is(result.array("entered[stage=sql]").sum(), LEADS * SIMS, 0.8**2)


QUEUED = """
horizon: 200 days
run_off: 60 days
process: [lead, sql, customer]
deal_value: 10k
attrition: 4% per month
sources: {inbound: {enters: lead, leads: 60, odds: 1.2}, referrals: {enters: sql, leads: 10}}
stages:
  lead:
    programme:
      every: 6 days
      touches: 8
      opens: 45%
      clicks: 50%
      threshold: 2
      unsubscribes: 1%
      cost_per_touch: 0.35
      odds: 1.4
    takes: 2 days
    rejected: {recycle: 50%, dropped: rest}
    recycle: {after: 10 days, odds: 0.8, limit: 4}
  sql:
    conversion: 25%
    neglect: 10%
    shelf_life: 5 days
    takes: exponential(mean=9 days)
    cold: {recycle: 60%, dropped: rest}
    rejected: {recycle: 60%, dropped: rest}
    recycle: {to: lead, after: 5 days, odds: 0.7, limit: 3}
"""


def test_queues_know_what_programmes_will_do() -> None:
    alone, many, one = (
        simulate_block(resolve(sf.loads(QUEUED, set=extra)).plan, 3, 0, 40).base
        for extra in (
            {},
            {"teams": "{sales: {people: 5000}}", "stages.sql.team": "sales"},
            {"teams": "{sales: {people: 1}}", "stages.sql.team": "sales", "stages.sql.service": "3 days"},
        )
    )
    assert all((alone[name] == many[name]).all() for name in alone)  # a team without limit is no team
    assert (one["twin_deals"] == alone["twin_deals"]).all()
    assert one["cold_queue"].sum() > 100
    assert (one["touches"] != alone["touches"]).any()


CUSTOMERS = """
horizon: 200 days
run_off: 100 days
process: [sql, customer]
deal_value: 1_000
expansion: {rate: 300% per year, delay: 50 days, value: 7}
sources: {list: {enters: sql, leads: 100, arrive: at start}}
stages: {sql: {conversion: 100%}}
"""


def test_further_sales_are_poisson_after_the_delay() -> None:
    result = sf.simulate(sf.loads(CUSTOMERS), n_sims=20_000, seed=5, workers=1, progress=False)
    sales, mean = result.array("expansion_sales"), 100 * 3 / 365 * 150
    mean_is(sales, mean, np.sqrt(mean))
    assert (result.array("deals") == 100).all()
    assert np.array_equal(result.array("revenue"), 100_000 + 7 * sales)
    assert np.array_equal(result.array("expansion_revenue"), 7 * sales)
    in_the_end = (result.array("cohort_revenue") - 100_000) / 7
    mean_is(in_the_end, 100 * 3 / 365 * 250, np.sqrt(100 * 3 / 365 * 250))
    assert np.allclose(result.futures.timeline_revenue.sum(axis=1), 100 * result.array("revenue"))


def test_the_law_of_the_further_sales_of_one_customer() -> None:
    scenario = sf.loads(CUSTOMERS.replace("leads: 100", "leads: 1").replace("run_off: 100 days", ""))
    sales = sf.simulate(scenario, n_sims=600_000, seed=5, workers=1, progress=False).array("expansion_sales")
    laws = [pmf_of(stats.poisson(3 / 365 * 150 * factor), 12) for factor in (1.0, 1.01)]
    law_is(np.bincount(sales.astype(int)), *laws)


def test_further_sales_of_cold_leads_are_booked_in_the_ledger() -> None:
    text = CUSTOMERS.replace("conversion: 100%", "conversion: 50%, neglect: 40%, shelf_life: 9 days")
    result = sf.simulate(sf.loads(text), n_sims=300, seed=5, workers=1, progress=False)
    base = result.futures.base
    assert (base["twin_revenue"] - base["revenue"] == base["lost_revenue"] - base["recovered_revenue"]).all()
    more = base["twin_expansion_revenue"] - base["expansion_revenue"]
    assert (more == 700 * (base["twin_expansion_sales"] - base["expansion_sales"])).all()
    assert (base["lost_revenue"] - 100_000 * base["lost_deals"] == more + base["recovered_revenue"]).all()
    assert more.mean() > 0
