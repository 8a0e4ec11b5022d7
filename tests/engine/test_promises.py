"""Are SLAs counted as they are promised, do levers do what they say, and does counting change nothing?"""

from __future__ import annotations

import math
from dataclasses import replace

import kept_word
import numpy as np
import pytest
from alarms import share_is
from test_slow_twin import agree

import simfunnel as sf
from simfunnel.engine.plan import Knob, TeamPlan
from simfunnel.errors import Problem, ScenarioError
from simfunnel.resolved import resolve
from simfunnel.resolved.promises import promise_plans

RICH = """
start: 2027-01-04
horizon: 75.5 days
run_off: {run_off}
process: [mql, sql, won]
period: {period}
deal_value: 100
attrition: 20% per month
sources:
  search: {{enters: mql, leads: poisson(15), sectors: {{retail: 40%, industrial: rest}}}}
  on hand: {{enters: sql, leads: 6, arrive: at start}}
  warm: {{enters: mql, leads: 5, arrive: at start}}
stages:
  mql: {{conversion: 60%, response: "choice(0 days, 2 days, 5 days)", rejected: {{recycle: 60%, dropped: rest}}}}
  sql:
    conversion: 40%
    neglect: 30%
    response: exponential(mean=4 days)
    shelf_life: 6 days
    rejected_takes: 3 days
    takes: exponential(mean=9 days)
    cold: {{recycle: 70%, dropped: rest}}
    rejected: {{recycle: 50%, dropped: rest}}
    recycle: {{to: mql, after: exponential(mean=6 days)}}
sectors:
  retail: {{share: 50%, stages: {{sql: {{shelf_life: 2 days}}}}}}
  industrial: {{share: rest}}
slas:
  quick: {{stage: sql, within: 2 days, share: 40%}}
  exact: {{stage: mql, within: 2 days, share: 60%, sectors: [industrial]}}
  retail only: {{stage: sql, within: 9 days, share: 50%, sectors: [retail]}}
  number: {{stage: sql, entries: 4 per month}}
  weekly: {{stage: mql, entries: 2 per week, sectors: [industrial]}}
  won: {{stage: won, entries: 3 per quarter}}
  accepted: {{stage: sql, accepted: 50%}}
  lever: {{stage: mql, accepted: 50%, sectors: [retail], lever: {{neglect: 20%, cost: 7}}, active: yes}}
"""
FUNNEL = """
horizon: 1 year
process: [sql, customer]
deal_value: 100
sources: {inbound: {enters: sql, leads: 400, cost_per_lead: 2}}
stages: {sql: {conversion: 25%, neglect: 10%, response: exponential(mean=8 hours), shelf_life: 30 days}}
sectors: {retail: {share: 50%, stages: {sql: {shelf_life: 6 hours}}}, industrial: {share: rest}}
"""
SLAS = {"first call": {"stage": "sql", "within": "12 hours", "share": "70%", "sectors": ["industrial"]}}


@pytest.mark.parametrize(("run_off", "period"), [("0 days", "month"), ("20 days", "week"), ("100 days", "quarter")])
def test_every_promise_is_counted_as_one_life_after_the_other_tells_it(run_off: str, period: str) -> None:
    plan = resolve(sf.loads(RICH.format(run_off=run_off, period=period))).plan
    assert all((promise.sectors is None) == (promise.name in ("quick", "number", "won", "accepted"))
               for promise in plan.promises)  # fmt: skip
    agree(plan, seed=11, first=0, n_reps=12)


def test_counting_changes_no_future() -> None:
    bare = sf.simulate(sf.loads(FUNNEL), n_sims=200, seed=3, progress=False)
    kept = sf.simulate(sf.loads(FUNNEL).change({"slas": SLAS}), n_sims=200, seed=3, progress=False)
    assert bare.rolls == kept.rolls
    assert all((column == kept.futures.base[name]).all() for name, column in bare.futures.base.items())
    assert set(kept.futures.base) - set(bare.futures.base) == {
        f"sla_{what}[sla=first call]" for what in ("met", "due", "kept", "judged")
    }


def test_an_exponential_response_is_in_time_as_often_as_its_law_says() -> None:
    """False alarm 1e-6 each."""
    slas = {
        "industrial": SLAS["first call"],
        "retail": {"stage": "sql", "within": "12 hours", "share": "70%", "sectors": ["retail"]},
    }
    run = sf.simulate(sf.loads(FUNNEL).change({"slas": slas}), n_sims=4_000, seed=5, progress=False)
    for name, hours in (("industrial", 12), ("retail", 6)):  # in retail all that are not cold before are in time
        met, due = (int(run.futures.base[f"sla_{what}[sla={name}]"].sum()) for what in ("met", "due"))
        share_is(met, due, 0.9 * (1 - math.exp(-hours / 8)))


def test_a_lever_is_its_rules_in_their_place_and_its_cost() -> None:
    lever = {"neglect": "2%", "response": "exponential(mean=1 hour)", "cost": "30_000 per year"}
    slas = {"first call": {**SLAS["first call"], "lever": lever}}
    base = sf.loads(FUNNEL).change({"slas": slas})
    rules = {"neglect": "2%", "response": "exponential(mean=1 hour)"}
    by_hand = base.change({"sectors.industrial.stages": {"sql": rules}, "costs": {"programme": "30_000"}})
    runs = [
        sf.simulate(each, n_sims=100, seed=3, progress=False)
        for each in (base, base.change({"slas.first call.active": True}), by_hand)
    ]
    idle, pulled, hand = (run.futures.base for run in runs)
    assert all((pulled[name] == hand[name]).all() for name in pulled)
    assert (pulled["cost_fixed"] - idle["cost_fixed"] == 3_000_000).all()
    assert pulled["deals"].sum() > idle["deals"].sum()
    assert runs[1].sla()["attainment"][0] > 0.9 > runs[0].sla()["attainment"][0]


def test_the_promise_of_a_cut_period_is_cut_and_a_stub_is_left_out() -> None:
    slas = {"hand-over": {"stage": "sql", "entries": "40 per quarter"}, **SLAS}
    (number, response), (quarters, months) = promise_plans(
        (scenario := sf.loads(FUNNEL).change({"slas": slas})), resolve(scenario).plan.stages, (), []
    )
    assert quarters == ("2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4")  # three days of 2028 are no quarter
    assert number.quota is not None
    assert number.quota.tolist() == [39, 40, 40, 40]  # three days of Q1 are gone
    assert number.period_of_day[[0, 86, 87, 364]].tolist() == [0, 0, 1, -1]
    assert len(months) == 13
    assert response.judged.tolist() == [True] * 12 + [False]


def test_a_horizon_without_a_whole_quarter_cannot_promise_one() -> None:
    slas = {"hand-over": {"stage": "sql", "entries": "40 per quarter"}}
    with pytest.raises(ScenarioError, match="not half of one lies in the horizon"):
        resolve(sf.loads(FUNNEL, set={"horizon": "30 days"}).change({"slas": slas}))


def _office(days: int) -> TeamPlan:
    opens = np.arange(days) + 9 / 24
    weekdays = opens[np.arange(days) % 7 < 5]
    return TeamPlan("sales", np.zeros(1), np.ones(1, np.int64), None, weekdays, weekdays + 8 / 24, 0, Knob(np.zeros(1)))


def test_working_time_is_that_of_the_team() -> None:
    slas = {"first call": {"stage": "sql", "within": "12 hours", "share": "70%", "time": "working"}}
    scenario = sf.loads(FUNNEL, set={"slas": str(slas)})
    with pytest.raises(ScenarioError, match="no team works sql, so there are no working hours"):
        resolve(scenario)
    stages = resolve(sf.loads(FUNNEL)).plan.stages
    stages = (replace(stages[0], team=np.zeros(2, np.int64)), *stages[1:])
    problems: list[Problem] = []
    ((promise,), _) = promise_plans(scenario, stages, (_office(500),), problems)
    assert not problems
    entered = np.concatenate([np.random.default_rng(1).uniform(0, 365, 2_000), [0.0, 9 / 24, 17 / 24, 4 + 17 / 24]])
    expected = [kept_word.last_moment(promise, day) for day in entered.tolist()]
    assert np.allclose(promise.deadline(entered), expected, rtol=0, atol=1e-9)
    friday_noon = np.array([4.5])
    assert promise.deadline(friday_noon)[0] == pytest.approx(7 + (9 + 7) / 24)  # five hours on Friday, seven on Monday
