"""Which teams have more to do than they can, nothing at all, or rules that do nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from simfunnel.resolved.inputs import deal_values, mean_of
from simfunnel.resolved.workload import Workload, workloads
from simfunnel.scenario import Scenario, Stage, Team

_SAME = "serves as `first come` does"


def team_doubts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Key paths of the teams' odd rules, and what is odd about each."""
    loads = workloads(scenario)
    for name, team in scenario.teams.items():
        rules = _worked_by(scenario, name)
        yield from _of_calendar(scenario, name, team)
        if not rules:
            yield f"teams.{name}", f"works no stage; write `team: {name}` at those that it works, or leave it out"
            continue
        yield from _of_people(name, team, loads[name])
        yield from _of_discipline(scenario, name, team, rules)
        if all(not rule.service for rule in rules) and team.hours is None and team.days is None and not team.holidays:
            said = "never makes a lead wait, as none takes it any time"
            yield f"teams.{name}", f"{said}; write `service` at its stages, such as `service: 2 hours`"


def _worked_by(scenario: Scenario, team: str) -> list[Stage]:
    """The rules of all stages, in all sectors, that a team works."""
    rules = [scenario.stage(name, sector) for name in scenario.process for sector in scenario.sectors or [None]]
    return [rule for rule in rules if rule.team == team]


def _of_people(name: str, team: Team, load: Workload) -> Iterator[tuple[str, str]]:
    if mean_of(team.absence or 0.0) >= 1.0:
        yield f"teams.{name}.absence", "is everybody, always, so nobody ever works a lead; write a smaller share"
    elif load.busy > 1.0:
        said = f"the leads are work for about {people(load.wanted)} on average, and there are {people(load.there, '')}"
        if load.present < load.there:
            said += f" ({people(load.present, '')} of them present)"
        yield f"teams.{name}.people", f"{said}, so the queue grows and leads go cold in it; write more, or fewer leads"


def people(number: float, noun: str = " people") -> str:
    """A mean number of people.

    >>> people(4.21), people(3.0, "")
    ('4.2 people', '3')
    """
    return f"{number:.3g}{noun}" if number >= 100 or abs(number - round(number)) < 5e-3 else f"{number:.2g}{noun}"


def _of_discipline(scenario: Scenario, name: str, team: Team, rules: list[Stage]) -> Iterator[tuple[str, str]]:
    path = f"teams.{name}.discipline"
    if team.discipline == "highest score first" and scenario.score is None:
        yield path, f"{_SAME}, as the scenario has no score; write `score`"
    if team.discipline == "earliest expiry first" and all(_keeps(rule) for rule in rules):
        yield path, f"{_SAME}, as leads keep for ever where it works; write a `shelf_life` there"
    if team.discipline == "value per hour" and not any(mean_of(value) for value in deal_values(scenario)):
        yield path, f"{_SAME}, as no deal has a value; write a `deal_value`"


def _keeps(rule: Stage) -> bool:
    return rule.shelf_life is None and rule.give_up is None


def _of_calendar(scenario: Scenario, name: str, team: Team) -> Iterator[tuple[str, str]]:
    """Days that are named and change nothing."""
    end = scenario.start + timedelta(days=scenario.horizon + scenario.run_off)
    run = f"the run is from {scenario.start} to {end}"
    idle = [day for day in team.holidays if not scenario.start <= day <= end]
    if idle:
        yield f"teams.{name}.holidays", f"{idle[0]} is outside the run, so it does nothing; {run}"
    later = [] if isinstance(team.people, int) else [day for day in team.people if day > end]
    if later:
        yield f"teams.{name}.people", f"{later[0]} is after the end, so that headcount does nothing; {run}"
