"""Is it said which teams have too much to do, nothing to do, or rules that do nothing, and is the estimate near?"""

from __future__ import annotations

from pathlib import Path

import pytest

import simfunnel as sf
from simfunnel.resolved import doubts
from simfunnel.resolved.workload import workloads
from simfunnel.scenario import Scenario, loads

CONFIGS = Path(__file__).parents[2] / "configs"
DESK = """
start: 2027-01-04
horizon: 1 year
process: [sql, customer]
deal_value: 1_000
sources: {inbound: {enters: sql, leads: 10 per day, cost: 1}}
stages:
  sql: {conversion: 25%, team: desk, service: 8 hours, shelf_life: 5 days, takes: 1 day}
teams:
  desk: {people: 4}
"""


def told(changes: dict[str, object]) -> dict[str, str]:
    return {doubt.path: doubt.message for doubt in doubts(loads(DESK).change(changes))}


def test_a_team_that_can_do_its_work_raises_none() -> None:
    assert told({}) == {}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"teams.desk.people": 3}, "teams.desk.people", ["for about 3.3 people", "there are 3, so the queue grows"]),
        ({"teams.desk.absence": "20%"}, "teams.desk.people", ["there are 4 (3.2 of them present)"]),
        ({"teams.desk.hours": "8:00 to 20:00"}, "teams.desk.people", ["work for about 6.7 people"]),
        ({"teams.desk.days": "mon to fri"}, "teams.desk.people", ["work for about 4.7 people"]),
        ({"teams.desk.people": {"2027-01-04": 4, "2027-12-30": 0}}, None, []),
        ({"teams.desk.people": {"2027-01-04": 0, "2027-07-05": 4}}, "teams.desk.people", ["there are 2,"]),
        ({"teams.desk.absence": "100%"}, "teams.desk.absence", ["nobody ever works a lead"]),
        ({"teams.idle": {"people": 2}}, "teams.idle", ["works no stage; write `team: idle`"]),
        ({"stages.sql.service": None}, "teams.desk", ["never makes a lead wait"]),
        ({"stages.sql.service": None, "teams.desk.days": "mon to fri"}, None, []),
        ({"teams.desk.discipline": "earliest expiry first"}, None, []),
        (
            {"teams.desk.discipline": "earliest expiry first", "stages.sql.shelf_life": None},
            "teams.desk.discipline",
            ["serves as `first come` does, as leads keep for ever"],
        ),
        ({"teams.desk.discipline": "highest score first"}, "teams.desk.discipline", ["the scenario has no score"]),
        ({"teams.desk.discipline": "highest score first", "score": {"correlation": "70%", "weight": 1}}, None, []),
        ({"teams.desk.discipline": "value per hour"}, None, []),
        (
            {"teams.desk.discipline": "value per hour", "deal_value": None},
            "teams.desk.discipline",
            ["as no deal has a value"],
        ),
        ({"teams.desk.holidays": "2026-12-24"}, "teams.desk.holidays", ["2026-12-24 is outside the run"]),
        ({"teams.desk.holidays": "2027-12-24"}, None, []),
        ({"teams.desk.people": {"2027-01-04": 4, "2029-01-01": 5}}, "teams.desk.people", ["2029-01-01 is after"]),
    ],
)  # fmt: skip
def test_what_is_odd_is_said(changes: dict[str, object], path: str | None, words: list[str]) -> None:
    found = told(changes)
    assert list(found) == ([path] if path else [])
    for phrase in words:
        assert phrase in found[str(path)]


TWO_MARKETS = """
horizon: 2 years
process: [lead, mql, sql, customer]
sources:
  web: {enters: lead, leads: poisson(20 per day)}
  fair: {enters: mql, leads: 2_000, arrive: {from: 2027-03-01, to: 2027-04-30}, sectors: {industrial: 100%}}
  pipeline: {enters: sql, leads: 900, arrive: at start}
stages:
  lead: {conversion: 40%, takes: exponential(mean=20 days)}
  mql:
    conversion: 50%
    neglect: 10%
    takes: 15 days
    rejected: {recycle: 30%, dropped: rest}
    recycle: {to: lead, after: exponential(mean=40 days)}
  sql:
    conversion: 20%
    neglect: 20%
    response: exponential(mean=5 days)
    shelf_life: 20 days
    takes: gamma(mean=60 days, cv=0.6)
    cold: {recycle: 50%, competitor: rest}
    rejected: {competitor: 40%, no_decision: rest}
    recycle: {to: mql, after: 30 days, odds: 0.5}
    returns: {share: 20%, after: 200 days, to: mql}
sectors:
  industrial: {share: 30%, stages: {sql: {takes: 120 days}}}
  retail: {share: rest, stages: {mql: {conversion: 60%}}}
"""
STAFF = {
    "teams": {"desk": {"people": 10}, "sales": {"people": 10}},
    "stages.mql.team": "desk", "stages.mql.service": "exponential(mean=1 hour)",
    "stages.sql.team": "sales", "stages.sql.service": "exponential(mean=5 hours)",
    "sectors.retail.stages.sql.service": "2 hours",
}  # fmt: skip


def test_the_estimate_is_near_what_a_run_counts() -> None:
    """Hours of work of the leads that a run without queues works: within 4 % (its own error is 0.2 %)."""
    plain: Scenario = loads(TWO_MARKETS)
    flows = sf.simulate(plain, n_sims=20, seed=5).stages(by="sector")
    worked = {(row.stage, row.sector): row.worked for row in flows.itertuples()}
    hours = {
        "desk": worked["mql", "industrial"] + worked["mql", "retail"],
        "sales": 5 * worked["sql", "industrial"] + 2 * worked["sql", "retail"],
    }
    estimate = workloads(plain.change(STAFF))
    for team, wanted in hours.items():
        assert estimate[team].wanted == pytest.approx(wanted / 24 / 730, rel=0.04)


def test_the_estimate_knows_who_goes_cold_before_the_office_opens() -> None:
    """The whole lead process with people enough that nobody queues: within 7 %, where it was 20 % off."""
    scenario = sf.load(CONFIGS / "lead_process.yaml").change({"teams.sdrs.people": 50, "teams.sales.people": 50})
    estimate = workloads(scenario)
    for _, team in sf.simulate(scenario, n_sims=60, seed=1, progress=False).teams().iterrows():
        load = estimate[team["team"]]
        assert load.wanted == pytest.approx(team["utilisation"] * load.present, rel=0.07)


def test_hours_and_a_delay_in_working_time_let_leads_go_cold() -> None:
    """A lead of 12 hours, a desk from nine to five: who comes after five is cold by nine the next morning if it came
    before nine in the evening, and a delay of four working hours loses who comes between one and nine."""
    desk = {"teams.desk.hours": "9:00 to 17:00", "stages.sql.shelf_life": "12 hours"}
    for delay, kept in ((None, 20 / 24), ("4 hours", (16 - 4) / 24)):
        load = workloads(loads(DESK).change({**desk, "stages.sql.response": delay}))["desk"]
        assert load.wanted == pytest.approx(10 * kept, rel=0.01)


def test_a_programme_lets_those_through_that_it_qualifies() -> None:
    programme = {"every": "1 day", "touches": 2, "opens": "50%", "clicks": "100%", "threshold": 1}
    before = {"process": ["lead", "sql", "customer"], "sources.inbound.enters": "lead"}
    load = workloads(loads(DESK).change({**before, "stages.lead": {"programme": programme}}))["desk"]
    assert load.wanted == pytest.approx(0.75 * 10 * 8 / 24, rel=0.01)


def test_endless_recycling_is_cut_by_its_limit() -> None:
    endless = {"stages.sql.conversion": "0%", "stages.sql.rejected": {"recycle": "100%"}, "stages.sql.recycle.limit": 3}
    assert workloads(loads(DESK).change(endless))["desk"].wanted == pytest.approx(4 * 10 * 8 / 24, rel=0.05)
