"""Who works the leads: how many people, when, at what cost, and what is an hour of their work worth?"""

from __future__ import annotations

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine.plan import DISCIPLINES, Floats, Ints, TeamPlan
from simfunnel.resolved.inputs import Inputs, Number, mean_of
from simfunnel.resolved.nurture import mean_conversion
from simfunnel.scenario import schema
from simfunnel.scenario.team_checks import headcounts, working_days

AFTER_THE_END = 120.0  # days that the hours go on, for work that is under way
_HOURS = 24.0
_QUICKEST = 1.0 / 3600.0  # hours: keeps what an hour of no work is worth finite, and in order


def team_plans(scenario: schema.Scenario, inputs: Inputs) -> tuple[TeamPlan, ...]:
    """All teams as the engine reads them, in the order in which they are written."""
    return tuple(_team_plan(scenario, name, inputs) for name in scenario.teams)


def _team_plan(scenario: schema.Scenario, name: str, inputs: Inputs) -> TeamPlan:
    team, key = scenario.teams[name], ("team", name)
    since, people = headcount(scenario, team)
    absent = team.absence is not None and team.absence != 0.0
    opens, closes = opening(scenario, team, scenario.horizon + scenario.run_off) or (None, None)
    amount: Number = 0.0 if team.cost is None else team.cost.amount
    return TeamPlan(
        name=name,
        since=since,
        people=people,
        absence=inputs.knob((*key, "absence"), [team.absence]) if absent and team.absence is not None else None,
        opens=opens,
        closes=closes,
        discipline=DISCIPLINES.index(team.discipline),
        cost=inputs.money((*key, "cost"), [amount], _periods(scenario, team)),
    )


def headcount(scenario: schema.Scenario, team: schema.Team) -> tuple[Floats, Ints]:
    """How many people there are, and from which day on; the first day is 0."""
    counts = headcounts(scenario, team)
    return np.array([since for since, _ in counts], np.float64), np.array([number for _, number in counts], np.int64)


def opening(scenario: schema.Scenario, team: schema.Team, end: float) -> tuple[Floats, Floats] | None:
    """Openings and closings in days from the start, until well after an end; None where people work around the clock.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> office = loads('''
    ... start: 2027-01-04
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: 25%, team: sales, service: 2 hours}}
    ... teams: {sales: {people: 3, hours: 6:00 to 18:00, days: mon to fri, holidays: 2027-01-05}}
    ... ''')
    >>> opens, closes = opening(office, office.teams["sales"], 365.0)
    >>> opens[:5].tolist(), closes[:5].tolist()
    ([0.25, 2.25, 3.25, 4.25, 7.25], [0.75, 2.75, 3.75, 4.75, 7.75])
    """
    windows = team.hours or ((0.0, 1.0),)
    if windows == ((0.0, 1.0),) and team.days is None and not team.holidays:
        return None
    last = int(np.ceil(end + AFTER_THE_END)) + 1
    edges = np.array(working_days(scenario, team, last), np.float64)[:, None, None] + np.array(windows)
    opens, closes = edges[..., 0].ravel(), edges[..., 1].ravel()
    apart = closes[:-1] < opens[1:]
    return opens[np.append(True, apart)], closes[np.append(apart, True)]


def person_days(scenario: schema.Scenario, team: schema.Team) -> float:
    """Days of all people together until the horizon, nights and weekends included."""
    since, people = headcount(scenario, team)
    ends = np.append(since[1:], np.inf).clip(max=scenario.horizon)
    return float((np.maximum(ends - since, 0.0) * people).sum())


def _periods(scenario: schema.Scenario, team: schema.Team) -> float:
    """How many periods of its cost a team comes to, all people together."""
    per = 365.0 if team.cost is None or team.cost.per is None else team.cost.per
    return person_days(scenario, team) / per


def team_of(scenario: schema.Scenario, rules: list[schema.Stage]) -> Ints:
    """The team that works a stage in each sector, -1 where none."""
    names = list(scenario.teams)
    return np.array([-1 if rule.team is None else names.index(rule.team) for rule in rules], np.int64)


def value_per_hour(rules: list[schema.Stage], deal_value: Number, score: schema.Score | None) -> list[float]:
    """What an hour of a team's work is worth on average at each of these stages of one sector, the last of which is
    won.

    The value of a deal, times the mean chance to be won from there, over the hours that the team will have to give the
    lead on its way, there and later on (the index of Klimov 1974 where all that is earned is earned in the end). By the
    hours of one stage alone a short first look would always come before the long talk that it leads to.
    """
    chances = [mean_conversion(rule, score) for rule in rules[:-1]]
    hours = [0.0 if rule.service is None else mean_of(rule.service) * _HOURS for rule in rules[:-1]]
    found = []
    for at, rule in enumerate(rules[:-1]):
        chance, work = 1.0, 0.0
        for later in range(at, len(chances)):
            work += chance * hours[later] * (rules[later].team == rule.team)
            chance *= chances[later]
        found.append(mean_of(deal_value) * chance / max(work, _QUICKEST))
    return [*found, 0.0]


def costs_too_much(scenario: schema.Scenario, team: schema.Team, most: float) -> bool:
    """Whether the cost of a team may exceed an amount."""
    if team.cost is None:
        return False
    amount = team.cost.amount
    dearest = float(amount.quantile(np.array([1.0 - 1e-12]))[0]) if isinstance(amount, Distribution) else amount
    return dearest * _periods(scenario, team) > most
