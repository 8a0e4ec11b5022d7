"""Are teams read, merged, written back and worked out as their authors mean them?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import numpy as np
import pytest

from simfunnel.engine.plan import DISCIPLINES, VALUE
from simfunnel.errors import ScenarioError
from simfunnel.resolved import Resolved, resolve
from simfunnel.resolved.teams import person_days
from simfunnel.scenario import Rate, Scenario, load, loads
from simfunnel.scenario.schema import Discipline

OFFICE = """
start: 2027-01-04
horizon: 1 year
process: [mql, sql, customer]
deal_value: 1_000
sources: {inbound: {enters: mql, leads: 40}}
stages:
  mql: {conversion: 50%, team: desk, service: 30 minutes}
  sql: {conversion: 20%, team: sales, service: exponential(mean=2 hours)}
sectors:
  industrial: {share: 30%}
  retail: {share: rest, deal_value: 100, stages: {sql: {team: desk, service: 1 hour}}}
teams:
  desk: {people: 2}
  sales:
    people: {2026-01-01: 1, 2027-01-01: 3, 2027-07-01: 4}
    absence: 8%
    hours: [13:00 to 17:30, 9:00 to 12:00]
    days: [mon, wed to fri]
    holidays: [2027-12-31, 2027-12-24]
    discipline: value per hour
    cost: 73_000 per year
"""


@pytest.fixture(scope="module")
def office() -> Scenario:
    return loads(OFFICE)


@pytest.fixture(scope="module")
def resolved(office: Scenario) -> Resolved:
    return resolve(office)


def test_a_team_is_read_as_it_is_written(office: Scenario) -> None:
    team = office.teams["sales"]
    assert team.people == {date(2026, 1, 1): 1, date(2027, 1, 1): 3, date(2027, 7, 1): 4}
    assert team.hours == ((9 / 24, 12 / 24), (13 / 24, 17.5 / 24))
    assert team.days == ("mon", "wed", "thu", "fri")
    assert team.holidays == (date(2027, 12, 24), date(2027, 12, 31))
    assert (team.discipline, team.cost) == ("value per hour", Rate(amount=73_000.0, per=365.0))
    assert office.stage("sql", "retail").team == "desk"
    assert office.stage("sql", "industrial").team == "sales"


def test_a_time_of_day_is_never_a_number_to_the_base_of_60() -> None:
    """YAML 1.1 reads 9:30 as 570."""
    short = loads(OFFICE, set={"teams.desk.hours": "9:30 to 10:00"})
    assert short.teams["desk"].hours == (((9 * 60 + 30) / 1440, 10 / 24),)
    assert "hours: 9:30 to 10:00" in short.to_yaml()


def test_a_change_by_path_replaces_headcounts_as_a_whole(office: Scenario) -> None:
    fewer = office.change({"teams.sales.people": 2, "stages.sql.team": "desk"})
    assert fewer.teams["sales"].people == 2
    assert fewer.origin("teams.sales.people") == "set by change()"
    assert fewer.stages["sql"].team == "desk"
    later = fewer.change({"teams.sales.people": {date(2027, 1, 4): 5}})
    assert later.teams["sales"].people == {date(2027, 1, 4): 5}
    assert later.change({"teams.sales.people": {"2027-01-01": 6}}).teams["sales"].people == {date(2027, 1, 1): 6}
    assert office.change({"teams.sales.people.2027-07-01": 9}).teams["sales"].people == {
        date(2026, 1, 1): 1, date(2027, 1, 1): 3, date(2027, 7, 1): 9,
    }  # fmt: skip


def test_a_file_that_extends_another_says_only_what_differs(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "office.yaml").write_text(OFFICE)
    (folder / "more.yaml").write_text(
        "extends: office.yaml\nteams:\n  sales: {people: 4, days: mon to fri, hours: null}\n"
    )
    more = load(folder / "more.yaml")
    assert (more.teams["sales"].people, more.teams["sales"].hours) == (4, None)
    assert more.teams["sales"].absence == 0.08
    assert more.origin("teams.sales.people") == "more.yaml:3"
    assert more.origin("teams.sales.cost").startswith("office.yaml:")


def test_a_team_that_nobody_knows_cannot_be_changed(office: Scenario) -> None:
    with pytest.raises(ScenarioError, match="there is no team 'salse'; did you mean 'sales'"):
        office.change({"teams.salse.people": 4})


def test_hours_follow_the_calendar(resolved: Resolved, office: Scenario) -> None:
    """Against a plain walk through the days."""
    opens, closes = resolved.plan.teams[1].opens, resolved.plan.teams[1].closes
    assert opens is not None
    assert closes is not None
    expected = []
    for day in range(365 + 120):
        today = office.start + timedelta(days=day)
        if today.weekday() in (0, 2, 3, 4) and today not in (date(2027, 12, 24), date(2027, 12, 31)):
            expected += [(day + 9 / 24, day + 0.5), (day + 13 / 24, day + 17.5 / 24)]
    n = len(expected)
    assert n <= opens.size <= n + 4
    np.testing.assert_array_equal(np.stack([opens, closes], axis=1)[:n], expected)
    assert (opens[1:] > closes[:-1]).all()
    assert closes[-1] >= 365 + 119


def test_hours_that_touch_are_one() -> None:
    day_and_night = loads(
        OFFICE, set={"teams.desk.hours": "[0:00 to 12:00, 12:00 to 24:00]", "teams.desk.days": "mon to fri"}
    )
    team = resolve(day_and_night).plan.teams[0]
    assert team.opens is not None
    assert team.closes is not None
    assert team.opens[:2].tolist() == [0.0, 7.0]
    assert team.closes[:2].tolist() == [5.0, 12.0]


@pytest.mark.parametrize("hours", ["", "0:00 to 24:00"])
def test_around_the_clock_is_no_calendar(hours: str) -> None:
    desk = loads(OFFICE, set={"teams.desk.hours": hours} if hours else {})
    assert resolve(desk).plan.teams[0].opens is None


def test_headcount_and_cost(resolved: Resolved, office: Scenario) -> None:
    desk, sales = resolved.plan.teams
    assert (sales.since.tolist(), sales.people.tolist()) == ([0.0, 178.0], [3, 4])
    assert (desk.since.tolist(), desk.people.tolist()) == ([0.0], [2])
    assert person_days(office, office.teams["sales"]) == 178 * 3 + 187 * 4
    assert float(sales.cost.values[0]) == pytest.approx((178 * 3 + 187 * 4) * 200 * 100)
    assert desk.cost.is_zero
    assert desk.absence is None
    assert sales.absence is not None
    assert sales.absence.values.tolist() == [0.08]


def test_who_works_what(resolved: Resolved) -> None:
    mql, sql, customer = resolved.plan.stages
    assert [stage.team.tolist() for stage in (mql, sql, customer)] == [[0, 0], [1, 0], [-1, -1]]
    assert mql.service is not None
    assert mql.service.fixed == pytest.approx(0.5 / 24)
    assert sql.service is not None
    assert sql.service.which.tolist() == [0, 1]
    assert customer.service is None


def test_what_an_hour_is_worth(resolved: Resolved) -> None:
    """Deal value x chance to be won from there / hours of work of the same team from there on."""
    mql, sql, customer = (stage.value_per_hour for stage in resolved.plan.stages)
    np.testing.assert_allclose(sql, [1_000 * 0.2 / 2, 100 * 0.2 / 1])
    np.testing.assert_allclose(mql, [1_000 * 0.1 / 0.5, 100 * 0.1 / (0.5 + 0.5 * 1)])  # retail: one desk for both
    assert customer.tolist() == [0.0, 0.0]
    assert np.isfinite(resolve(loads(OFFICE, set={"stages.sql.service": "0 days"})).plan.stages[1].value_per_hour).all()


def test_disciplines_are_those_of_the_engine(resolved: Resolved) -> None:
    assert get_args(Discipline) == DISCIPLINES
    assert resolved.plan.teams[1].discipline == VALUE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("teams.sales.people", "3"), ("teams.sales.absence", "9%"), ("teams.sales.hours", "9:00 to 17:00"),
        ("teams.sales.days", "mon to fri"), ("teams.sales.holidays", "2027-12-24"), ("teams.sales.cost", "1 per day"),
        ("teams.sales.discipline", "newest first"), ("stages.sql.team", "desk"), ("stages.sql.service", "1 hour"),
    ],
)  # fmt: skip
def test_all_that_can_change_a_number_changes_the_digest(office: Scenario, path: str, value: str) -> None:
    assert resolve(office.change({path: value})).digest != resolve(office).digest


def test_a_cost_that_outgrows_exact_cents_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"teams\.desk\.cost: comes to more than exact cents can hold"):
        resolve(loads(OFFICE, set={"teams.desk.cost": "1e15 per day"}))
