"""Do the teams have people and hours, and do the stages name teams that there are?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from simfunnel.scenario.checker import Checker
from simfunnel.scenario.rosters import WEEKDAYS, roster_text
from simfunnel.scenario.schema import Scenario, Stage, Team
from simfunnel.scenario.tree import KeyPath

__all__ = ["check_teams", "headcounts", "working_days"]

NOBODY = "has nobody, so every lead would wait for ever"


def check_teams(checker: Checker) -> None:
    """Book every fault of the teams that only shows beside the rest of the scenario."""
    for name, team in checker.scenario.teams.items():
        path = ("teams", name)
        _check_people(checker, (*path, "people"), team)
        _check_opening(checker, path, team)
    for place, named in _named(checker.scenario):
        _check_team_is_known(checker, place, named)
    for name in checker.scenario.process[:-1]:
        _check_service(checker, name)
        _check_conversion(checker, name)


def headcounts(scenario: Scenario, team: Team) -> list[tuple[int, int]]:
    """From which day on (counted from the start, the first is 0) how many people are there.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> grows = loads('''
    ... start: 2027-01-04
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: 25%, team: sales, service: 2 hours}}
    ... teams: {sales: {people: {2026-01-01: 2, 2027-01-01: 3, 2027-07-01: 4}}}
    ... ''')
    >>> headcounts(grows, grows.teams["sales"])
    [(0, 3), (178, 4)]
    """
    if isinstance(team.people, int):
        return [(0, team.people)]
    found = {max(0, (day - scenario.start).days): number for day, number in team.people.items()}
    return list(found.items())


def working_days(scenario: Scenario, team: Team, days: int) -> list[int]:
    """The days on which a team works, of so many from the start."""
    first, free = scenario.start.toordinal(), {day.toordinal() for day in team.holidays}
    week = [team.days is None or name in team.days for name in WEEKDAYS]
    return [day for day in range(days) if week[(first + day - 1) % 7] and first + day not in free]


def _named(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """The teams that stages name, where they do."""
    levels: dict[KeyPath, dict[str, Stage]] = {("stages",): scenario.stages}
    levels |= {("sectors", name, "stages"): sector.stages for name, sector in scenario.sectors.items()}
    for path, stages in levels.items():
        yield from (((*path, name, "team"), stage.team) for name, stage in stages.items() if stage.team is not None)


def _check_people(checker: Checker, path: KeyPath, team: Team) -> None:
    scenario, reads = checker.scenario, [path, ("start",), ("horizon",), ("run_off",)]
    if isinstance(team.people, int):
        if team.people == 0:
            checker.fault(path, f"{NOBODY}; write 1 or more, or take `team` from its stages")
        return
    first = next(iter(team.people))
    if first > scenario.start:
        said = f"the scenario starts on {scenario.start}, and the first headcount is that of {first}"
        checker.fault(path, f"{said}; write also how many there are on {scenario.start}", reads=reads)
    elif not any(number for since, number in headcounts(scenario, team) if since < _end(scenario)):
        checker.fault(path, f"{NOBODY}; write 1 or more on some day before the end", reads=reads)


def _end(scenario: Scenario) -> float:
    return scenario.horizon + scenario.run_off


def _check_opening(checker: Checker, path: KeyPath, team: Team) -> None:
    """Working hours that never open."""
    scenario, reads = checker.scenario, list[KeyPath]([("start",), ("horizon",), ("run_off",)])
    reads += [(*path, key) for key in ("hours", "days", "holidays")]
    if checker.concerns(reads):
        return
    opens = 0.0 if team.hours is None else team.hours[0][0]
    days = math.ceil(_end(scenario) - opens)  # those on which the hours begin before the end
    if working_days(scenario, team, days):
        return
    which = "day" if team.days is None else roster_text(team.days)
    key, why = (
        ("hours", "the run ends before they begin") if days <= 0 else ("days", f"no day before the end is {which}")
    )
    if days > 0 and working_days(scenario, team.model_copy(update={"holidays": ()}), days):
        key, why = "holidays", f"every {which} before the end is one"
    fix = "open longer, or write a longer horizon"
    checker.fault((*path, key), f"never let anybody work: {why}; {fix}", reads=reads)


def _check_team_is_known(checker: Checker, path: KeyPath, team: str) -> None:
    if not checker.scenario.teams:
        message = f"'{team}' is not a team, as there are none; write such as teams: {{{team}: {{people: 3}}}}"
        checker.fault(path, message, reads=[path, ("teams",)])
    elif not checker.concerns([("teams", team)]):
        checker.known(path, team, checker.scenario.teams, "team")


def _check_service(checker: Checker, name: str) -> None:
    """A service time is that of somebody."""
    for path, rules in _users(checker.scenario, name, "service"):
        if any(rule.team is not None for rule in rules):
            continue
        reads = [path, *((*path[:-1], "team"), ("stages", name, "team"))]
        fix = "write which team works it, such as `team: sales`, or leave it out"
        checker.fault(path, f"is the time that a lead takes a team, and no team works {name}; {fix}", reads=reads)


def _check_conversion(checker: Checker, name: str) -> None:
    """With a team, who is worked in time is an outcome, so nothing can be divided by it beforehand."""
    for path, rules in _users(checker.scenario, name, "conversion_of_entered"):
        if all(rule.team is None for rule in rules):
            continue
        reads = [path, *((*path[:-1], "team"), ("stages", name, "team"))]
        said = "cannot be known beforehand where a team works the leads: how many it reaches in time is an outcome"
        checker.fault(path, f"{said}; write `conversion`, the share of worked leads that advances", reads=reads)


def _users(scenario: Scenario, name: str, key: str) -> Iterator[tuple[KeyPath, list[Stage]]]:
    """Where a rule of a stage is written, with the rules of the sectors that read it there."""
    found: dict[KeyPath, list[Stage]] = {}
    for sector in scenario.sectors or [None]:
        rule = scenario.stage(name, sector)
        own = None if sector is None else scenario.sectors[sector].stages.get(name)
        is_own = own is not None and getattr(own, key) is not None
        path = ("sectors", sector, "stages", name, key) if is_own and sector is not None else ("stages", name, key)
        if getattr(rule, key) is not None:
            found.setdefault(path, []).append(rule)
    yield from found.items()
