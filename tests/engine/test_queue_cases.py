"""Who is served when, in cases small enough to be worked out by hand?"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from funnels import resolved

from simfunnel.compiled import compiling
from simfunnel.engine.block import Block
from simfunnel.engine.futures import live
from simfunnel.engine.one_pass import suits
from simfunnel.engine.plan import Clock, Draw, Plan
from simfunnel.engine.waves import Event

MODES = ("never", "always")


def stories(plan: Plan, seed: int = 1) -> dict[int, list[tuple[str, int, float]]]:
    """What happens to each lead, in order of time."""
    journal: tuple[list[Event], list[Event]] = ([], [])
    live(Block(plan, seed, 0, 1), journal=journal)
    told: dict[int, list[tuple[str, int, float]]] = {}
    for event in journal[0]:
        if not event.name.startswith("touched"):
            for lead, day in zip(event.lead.tolist(), event.time.tolist(), strict=True):
                told.setdefault(lead, []).append((event.name, event.stage, round(day, 9)))
    return {lead: sorted(told[lead], key=lambda event: event[2]) for lead in sorted(told)}


def worked(plan: Plan, stage: int = 0) -> list[float | None]:
    """When each lead's work at a stage begins; None: never."""
    return [
        next((day for name, at, day in story if (name, at) == ("worked", stage)), None)
        for story in stories(plan).values()
    ]


def jobs(people: int, each: list[tuple[float, float, float]], **team: Any) -> Plan:
    """One stage, one team, and leads with these arrivals, patiences and services, by a sector of their own."""
    names = [f"job {k}" for k in range(len(each))]
    plan = resolved(f"""
      horizon: 900 days
      process: [sql, customer]
      deal_value: 1
      stages: {{sql: {{conversion: 100%, team: sales, service: 1 day, shelf_life: 1 day}}}}
      teams: {{sales: {{people: {people}, discipline: {team.get("discipline", "first come")}}}}}
      sectors: {{{", ".join(f"{name}: {{share: {'rest' if name == names[-1] else '1%'}}}" for name in names)}}}
      sources: {{{", ".join(f"{name}: {{enters: sql, leads: 1, sectors: {{{name}: 100%}}}}" for name in names)}}}
    """).plan
    which = np.arange(len(each))

    def clock(values: list[float]) -> Clock:
        return Clock(tuple(Draw(value) for value in values), which)

    stage = dataclasses.replace(
        plan.stages[0], shelf_life=clock([job[1] for job in each]), service=clock([job[2] for job in each])
    )
    sources = tuple(
        dataclasses.replace(source, arrival=dataclasses.replace(source.arrival, edges=np.array([at, at])))
        for source, (at, _, _) in zip(plan.sources, each, strict=True)
    )
    return dataclasses.replace(plan, stages=(stage, *plan.stages[1:]), sources=sources)


FIVE = [(0.0, 99.0, 10.0), (1.0, 100.0, 3.0), (5.0, 6.0, 100.0), (6.0, 4.5, 100.0), (14.0, 60.0, 1.0)]


@pytest.mark.parametrize("mode", MODES)
def test_one_more_person_can_cost_a_lead(mode: str) -> None:
    """With one person the two long jobs lose patience, and the last is served at once; with two both are taken, and the
    last finds nobody until it has gone."""
    with compiling(mode):
        assert worked(jobs(1, FIVE)) == [0.0, 10.0, None, None, 14.0]
        assert worked(jobs(2, FIVE)) == [0.0, 1.0, 5.0, 10.0, None]


@pytest.mark.parametrize("mode", MODES)
def test_who_waits_as_long_as_its_shelf_life_is_lost(mode: str) -> None:
    """Worked is who is reached before E: at the moment at which somebody is free, and E ends, it has ended."""
    with compiling(mode):
        assert worked(jobs(1, [(0.0, 9.0, 2.0), (1.0, 1.0, 1.0), (1.5, 9.0, 1.0)])) == [0.0, None, 2.0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("discipline", "begins"),
    [
        ("first come", [0.0, 10.0, 11.0, 12.0]),
        ("newest first", [0.0, 12.0, 11.0, 10.0]),
        ("earliest expiry first", [0.0, 11.0, 10.0, 12.0]),
    ],
)
def test_who_is_next(mode: str, discipline: str, begins: list[float]) -> None:
    with compiling(mode):
        four = [(0.0, 99.0, 10.0), (1.0, 50.0, 1.0), (2.0, 40.0, 1.0), (3.0, 60.0, 1.0)]
        assert worked(jobs(1, four, discipline=discipline)) == begins


@pytest.mark.parametrize("mode", MODES)
def test_a_team_that_opens_takes_as_many_as_it_has_people_wherever_they_go_next(mode: str) -> None:
    """Whoever passes at once into another team's queue must not hold up the first team's second person."""
    plan = resolved("""
      horizon: 30 days
      process: [a, b, won]
      deal_value: 100
      sources: {s: {enters: a, leads: 4, arrive: at start}}
      stages:
        a: {conversion: 100%, team: x, service: 3 days}
        b: {conversion: 100%, team: y, service: 1 day}
      teams: {x: {people: 2, hours: 9:00 to 17:00}, y: {people: 5}}
    """).plan
    with compiling(mode):
        assert worked(plan) == worked(plan, stage=1) == [0.375, 0.375, 9.375, 9.375]


@pytest.mark.parametrize("mode", MODES)
def test_nobody_knows_when_a_contact_will_leave(mode: str) -> None:
    """Without shelf lives nothing expires, so the earliest expiry is no better known than who came first."""
    text = """
      horizon: 90 days
      process: [sql, customer]
      deal_value: 1
      attrition: 40% per month
      sources: {s: {enters: sql, leads: 60}}
      stages: {sql: {conversion: 100%, team: sales, service: 2 days}}
      teams: {sales: {people: 1, discipline: DISCIPLINE}}
    """
    with compiling(mode):
        first_come, by_expiry = (
            stories(resolved(text.replace("DISCIPLINE", how)).plan) for how in ("first come", "earliest expiry first")
        )
    assert first_come == by_expiry


@pytest.mark.parametrize("mode", MODES)
def test_work_goes_on_in_working_hours_only(mode: str) -> None:
    """All join at 16:00; what is left of the first service goes on after the holiday, that of the third next day."""
    plan = resolved("""
      start: 2027-01-04
      horizon: 30 days
      process: [a, won]
      deal_value: 100
      sources: {s: {enters: a, leads: 4, arrive: at start}}
      stages: {a: {conversion: 100%, team: x, response: 7 hours, service: 4 hours}}
      teams: {x: {people: 1, hours: 9:00 to 17:00, days: mon to fri, holidays: 2027-01-05}}
    """).plan
    with compiling(mode):
        assert worked(plan) == [pytest.approx(each) for each in (16 / 24, 2 + 12 / 24, 2 + 16 / 24, 3 + 12 / 24)]


@pytest.mark.parametrize("mode", MODES)
def test_people_come_and_go(mode: str) -> None:
    """Who goes finishes the work; who comes takes the next at once."""
    plan = resolved("""
      start: 2027-01-04
      horizon: 60 days
      process: [a, won]
      deal_value: 100
      sources: {s: {enters: a, leads: 8, arrive: at start}}
      stages: {a: {conversion: 100%, team: x, service: 4 days}}
      teams: {x: {people: {2027-01-04: 2, 2027-01-07: 1, 2027-01-14: 3}}}
    """).plan
    with compiling(mode):
        assert worked(plan) == [0.0, 0.0, 4.0, 8.0, 10.0, 10.0, 12.0, 14.0]


def test_no_card_is_dealt_that_no_limit_allows() -> None:
    """Each lead is rejected 201 times, whether it comes back to the stage or to the one before, and then dropped."""
    plan = resolved("""
      horizon: 900 days
      process: [a, b, won]
      deal_value: 1
      sources: {s: {enters: a, leads: 3, arrive: at start}}
      stages:
        a: {conversion: 90%, team: x, rejected: {recycle: 100%}, recycle: {limit: 200, odds: 0.5}}
        b: {conversion: 0%, team: x, service: exponential(mean=1 hour), rejected: {recycle: 100%},
            recycle: {limit: 200}}
      teams: {x: {people: 1}}
    """).plan
    assert not suits(plan)
    names = [[name for name, _, _ in story] for story in stories(plan).values()]
    assert [(story.count("rejected"), story.count("dropped")) for story in names] == [(201, 1)] * 3


AT_THE_END = """
horizon: 30 days
process: [a, won]
deal_value: 1
sources: {s: {enters: a, leads: 2, arrive: at start}}
stages: {a: {conversion: 100%, team: x, service: SERVICE, shelf_life: LASTS, cold: {dropped: 100%}}}
teams: {x: {people: 1}}
"""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("service", "lasts", "last"), [("30 days", "40 days", "won"), ("31 days", "30 days", "cold")])
def test_what_happens_at_the_end_has_happened(mode: str, service: str, lasts: str, last: str) -> None:
    plan = resolved(AT_THE_END.replace("SERVICE", service).replace("LASTS", lasts)).plan
    with compiling(mode):
        first, second = stories(plan).values()
    assert ("worked", 0, 0.0) in first
    assert (("worked", 0, 30.0) in second, ("cold_queue", 0, 30.0) in second) == (last == "won", last == "cold")
