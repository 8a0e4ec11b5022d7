"""Who works the leads: how many people, when, in which order, for what money, and how busy are they?"""

from __future__ import annotations

from simfunnel.explanation.words import Line, duration, each, mean, money, origins, paragraph, said, sentence, share
from simfunnel.resolved import Resolved
from simfunnel.resolved.team_doubts import people
from simfunnel.resolved.teams import person_days
from simfunnel.resolved.workload import Workload, workloads
from simfunnel.results.text import listed
from simfunnel.scenario import Scenario, Team
from simfunnel.scenario.rosters import roster_text
from simfunnel.scenario.team_checks import headcounts

_ORDER = {
    "first come": "who joined first is worked first",
    "newest first": "who joined last is worked first",
    "highest score first": "who has the highest score is worked first",
    "earliest expiry first": "who goes cold next is worked first",
    "value per hour": "who is worth most per hour of work, on average, is worked first",
}


def team_text(resolved: Resolved) -> list[str]:
    """A paragraph a team."""
    scenario = resolved.scenario
    loads = workloads(scenario)
    return [line for name in scenario.teams for line in _team(scenario, name, loads[name])]


def _team(scenario: Scenario, name: str, load: Workload) -> list[str]:
    team, path = scenario.teams[name], f"teams.{name}"
    lines = [
        _line(scenario, _people(scenario, team), f"{path}.people", f"{path}.absence"),
        _line(scenario, _calendar(team), f"{path}.hours", f"{path}.days", f"{path}.holidays"),
        _line(scenario, f"{team.discipline}: {_ORDER[team.discipline]}", f"{path}.discipline"),
    ]
    if team.cost is not None:
        lines.append(_line(scenario, _cost(scenario, team), f"{path}.cost"))
    works = [stage for stage in scenario.process if _works(scenario, name, stage)]
    if works:
        lines.append(Line(sentence(_busy(load))))
    return paragraph(f"{name}: works {listed(works) if works else 'no stage'}", lines)


def _line(scenario: Scenario, text: str, *paths: str) -> Line:
    return Line(sentence(text), origins(scenario, paths))


def _works(scenario: Scenario, team: str, stage: str) -> bool:
    return any(scenario.stage(stage, sector).team == team for sector in scenario.sectors or [None])


def _people(scenario: Scenario, team: Team) -> str:
    counts = headcounts(scenario, team)
    text = people(float(counts[0][1])) if counts[0][1] != 1 else "1 person"
    if isinstance(team.people, dict):
        later = [f"{number} from {day}" for day, number in team.people.items() if day > scenario.start]
        text = listed([text, *later])
    if team.absence:
        text += f"; each is away on {said(team.absence, 'share')} of the days"
    return text


def _calendar(team: Team) -> str:
    """When they work."""
    if team.hours is None and team.days is None and not team.holidays:
        return "they work around the clock"
    days = "every day" if team.days is None else _plain(roster_text(team.days))
    hours = "around the clock" if team.hours is None else _plain(roster_text(team.hours))
    text = f"they work {days}, {hours}, {_open(team):.4g} of the 168 hours of a week"
    if team.holidays:
        free = [str(day) for day in team.holidays[:3]]
        more = len(team.holidays) - len(free)
        text += f", but not on {listed([*free, *([f'{more} more days'] if more else [])])}"
    return f"{text}; what is said of response and service is working time; leads come and shelf lives run at any hour"


def _open(team: Team) -> float:
    """Hours of a week at which they are there."""
    a_day = 24.0 if team.hours is None else 24.0 * sum(closes - opens for opens, closes in team.hours)
    return a_day * (7 if team.days is None else len(team.days))


def _plain(text: str) -> str:
    """A list as it stands in a sentence."""
    return listed(text.strip("[]").split(", "))


def _cost(scenario: Scenario, team: Team) -> str:
    assert team.cost is not None
    per = team.cost.per or 365.0
    whole = mean(team.cost.amount) * person_days(scenario, team) / per
    text = f"each costs {said(team.cost.amount, 'money', scenario.currency)} {each(per)}"
    return f"{text}, so the team {money(whole, scenario.currency)} over {duration(scenario.horizon)}"


def _busy(load: Workload) -> str:
    """What they have to do, from mean flows, before any queue."""
    if load.wanted == 0.0:
        return "no lead takes them any time"
    there = "" if load.present == load.there else f", and {people(load.present, '')} are there on average"
    text = f"by the mean flows, before any queue, the leads are work for about {people(load.wanted)}{there}"
    if load.busy > 9.99:
        return f"{text}: far more than they can do"
    return f"{text}: {share(load.busy)} of their time, and less where leads go cold in the queue"
