"""How much work do the leads make for each team, on average, and how many people are there to do it?

An estimate from mean flows, made without luck or queues: leads advance, are rejected and come back by their mean
shares, after their mean times, and go cold where nobody is at work in time. What a queue does to them (who waits comes
later, or goes cold), who leaves the company and that a year may start empty at its later stages is left to a run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine import hours as clock
from simfunnel.engine.plan import Floats
from simfunnel.resolved.inputs import exit_share, mean_of
from simfunnel.resolved.nurture import mean_conversion, threshold_decides
from simfunnel.resolved.sources import expected_leads, window
from simfunnel.resolved.stages import in_time, in_time_after, midpoints
from simfunnel.resolved.teams import headcount, opening
from simfunnel.scenario import schema

_FEW = 1e-6  # leads that are still under way, of one that came
_ENTRIES = 4_096  # moments that stand for all at which leads may enter
_GOLDEN = (5**0.5 - 1) / 2  # its multiples spread evenly, so each moment meets another response
_LONGEST = 1e5  # days: beyond any horizon


@dataclass(frozen=True)
class Workload:
    """What a team has to do until the horizon, in the working time of one person who is always there.

    Attributes
    ----------
    wanted : float
        People that the leads are work for.
    there, present : float
        People that there are, and those of them who are not away.
    """

    wanted: float
    there: float
    present: float

    @property
    def busy(self) -> float:
        """Share of the time of those present that the leads take; above 1 the queue grows."""
        return self.wanted / self.present if self.present > 0.0 else np.inf


def workloads(scenario: schema.Scenario) -> dict[str, Workload]:
    """The load of every team.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> desk = loads('''
    ... horizon: 100 days
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 10 per day}}
    ... stages: {sql: {conversion: 25%, team: desk, service: 4.8 hours}}
    ... teams: {desk: {people: 4, absence: 25%}}
    ... ''')
    >>> load = workloads(desk)["desk"]
    >>> round(load.wanted, 9), load.there, load.present, round(load.busy, 9)
    (2.0, 4.0, 3.0, 0.666666667)
    """
    work = dict.fromkeys(scenario.teams, 0.0)
    if work:
        for sector in scenario.sectors or [None]:
            _add_work(work, scenario, sector)
    return {name: _load(scenario, team, work[name]) for name, team in scenario.teams.items()}


def _load(scenario: schema.Scenario, team: schema.Team, work: float) -> Workload:
    since, people = headcount(scenario, team)
    ends = np.append(since[1:], np.inf)
    hours = [_open_days(scenario, team, start, end) for start, end in zip(since, ends, strict=True)]
    whole = sum(hours) or 1.0
    there = float(np.array(hours) @ people) / whole
    return Workload(work / whole, there, there * (1.0 - mean_of(team.absence or 0.0)))


def _open_days(scenario: schema.Scenario, team: schema.Team, start: float, end: float) -> float:
    """Working time between two days, within the horizon."""
    end, start = min(end, scenario.horizon), min(start, scenario.horizon)
    hours = opening(scenario, team, scenario.horizon)
    if hours is None:
        return float(end - start)
    opens, closes = hours
    return float(np.maximum(closes.clip(max=end) - opens.clip(min=start), 0.0).sum())


def _add_work(work: dict[str, float], scenario: schema.Scenario, sector: str | None) -> None:
    """Add the days of work that the leads of one sector make for each team."""
    names = scenario.process[:-1]
    rules = [as_conversion(scenario.stage(name, sector), scenario.score) for name in names]
    worked = [_worked(rule) * _open_in_time(scenario, rule) for rule in rules]
    visits, delays = _visits(rules, worked, list(names))
    for source in scenario.sources.values():
        leads = expected_leads(scenario, source) * sector_share(scenario, source, sector)
        enters = scenario.process.index(source.enters)
        for stage, rule in enumerate(rules):
            if rule.team is None or rule.service is None:
                continue
            reached = _in_time_for_the_horizon(scenario, source, float(delays[enters, stage]))
            many = leads * float(visits[enters, stage]) * worked[stage] * reached
            work[rule.team] += many * min(mean_of(rule.service), _LONGEST)


def as_conversion(rule: schema.Stage, score: schema.Score | None) -> schema.Stage:
    """A rule whose threshold, programme and search are said as the conversion of fresh leads that they come to."""
    if not threshold_decides(rule) and rule.enrichment is None:
        return rule
    return rule.model_copy(update={"conversion": mean_conversion(rule, score), "threshold": None, "enrichment": None})


def _open_in_time(scenario: schema.Scenario, rule: schema.Stage) -> float:
    """Of the leads that would be worked around the clock, those for whom the team is at work in time; they enter evenly
    over the horizon."""
    if rule.team is None or (rule.shelf_life is None and rule.give_up is None) or not in_time(rule):
        return 1.0
    hours = opening(scenario, scenario.teams[rule.team], scenario.horizon)
    if hours is None:
        return 1.0
    enters = (np.arange(_ENTRIES) + 0.5) / _ENTRIES * scenario.horizon
    work = np.zeros(_ENTRIES)
    if rule.response is not None:
        waits = midpoints(rule.response) if isinstance(rule.response, Distribution) else np.array([rule.response])
        work = waits.take((np.arange(_ENTRIES) * _GOLDEN % 1.0 * waits.size).astype(np.intp))
    calendar = _Calendar(*hours)
    begins = clock.next_open(calendar, clock.after(calendar, enters, work))
    return in_time_after(rule, begins - enters) / in_time(rule)


@dataclass(frozen=True, eq=False)
class _Calendar:
    opens: Floats
    closes: Floats


def _visits(rules: list[schema.Stage], worked: list[float], names: list[str]) -> tuple[Floats, Floats]:
    """By stage of entry: how often a lead visits each stage, and after how many days on average."""
    n, most = len(rules), max((rule.recycle.limit for rule in rules if rule.recycle is not None), default=10)
    visits, moments = np.zeros((n, n)), np.zeros((n, n))
    here, days = np.eye(n), np.zeros((n, n))  # leads at each stage, and the sum of the days that it took them
    for recycled in range(most + 1):
        back, back_days = np.zeros((n, n)), np.zeros((n, n))
        for stage, rule in enumerate(rules):
            visits[:, stage] += here[:, stage]
            moments[:, stage] += days[:, stage]
            for to, chance, after in _ways(rule, worked[stage], stage, names, recycled):
                leads, taken = (here, days) if to > stage else (back, back_days)
                if to < n:
                    leads[:, to] += here[:, stage] * chance
                    taken[:, to] += (days[:, stage] + here[:, stage] * after) * chance
        here, days = back, back_days
        if here.max() < _FEW:
            break
    return visits, moments / np.maximum(visits, 1e-300)


def _ways(
    rule: schema.Stage, worked: float, stage: int, names: list[str], recycled: int
) -> list[tuple[int, float, float]]:
    """Where a lead that was recycled so often may go from a stage, with which chance, after how many days."""
    neglected, advanced = mean_of(rule.neglect or 0.0), _advanced(rule, worked, recycled)
    late, rejected = max(0.0, 1.0 - neglected - worked), max(0.0, worked - advanced)
    response, takes = mean_of(rule.response or 0.0), mean_of(rule.takes or 0.0)
    until = takes if rule.rejected_takes is None else mean_of(rule.rejected_takes)
    lasts = min(mean_of(rule.shelf_life or np.inf), mean_of(rule.give_up or np.inf), _LONGEST)
    lasting = rule.shelf_life is not None or rule.give_up is not None
    found = [(stage + 1, advanced, response + takes)]
    recycle, back = rule.recycle or schema.Recycle(), rule.returns
    for many, exits, after in (
        (rejected, rule.rejected, response + until),
        (neglected * lasting, None if rule.cold is None else rule.cold.neglected, lasts),
        (late, None if rule.cold is None else rule.cold.late, lasts),
    ):
        to = names.index(recycle.to) if recycle.to else stage
        found.append((to, many * exit_share(exits, "recycle"), after + mean_of(recycle.after)))
        if back is not None:
            to, some = names.index(back.to) if back.to else stage, exit_share(exits, "competitor") * mean_of(back.share)
            found.append((to, many * some, after + mean_of(back.after)))
    return [(to, chance, min(after, _LONGEST)) for to, chance, after in found]


def _worked(rule: schema.Stage) -> float:
    """The share of those who enter that somebody would work, were nobody to wait for anybody."""
    return (1.0 - mean_of(rule.neglect or 0.0)) * in_time(rule)


def in_the_mean(rule: schema.Stage) -> tuple[float, float, float]:
    """Of the leads that enter for the first time, the shares that are neglected, worked and that advance."""
    worked = _worked(rule)
    return mean_of(rule.neglect or 0.0), worked, _advanced(rule, worked, 0)


def _advanced(rule: schema.Stage, worked: float, recycled: int) -> float:
    """The share of those who enter that advances; odds fall with every recycle as those from this very stage do."""
    recycle = rule.recycle or schema.Recycle()
    fresh = 1.0 if rule.conversion is None else mean_of(rule.conversion)
    if rule.conversion_of_entered is not None:
        fresh = min(1.0, mean_of(rule.conversion_of_entered) / worked) if worked else 0.0
    if recycle.lift is not None:
        return worked * min(1.0, fresh * (1.0 + recycle.lift) ** recycled)
    odds = mean_of(1.0 if recycle.odds is None else recycle.odds) ** recycled
    return worked * fresh * odds / (1.0 - fresh + fresh * odds) if 0.0 < fresh < 1.0 else worked * fresh


def sector_share(scenario: schema.Scenario, source: schema.Source, sector: str | None) -> float:
    """The mean share of a source's leads that are of a sector."""
    if sector is None:
        return 1.0
    mix = source.sectors or {name: each.share or 0.0 for name, each in scenario.sectors.items()}
    written = {name: mean_of(share) for name, share in mix.items() if not isinstance(share, str)}
    return max(0.0, 1.0 - sum(written.values())) if mix.get(sector) == "rest" else written.get(sector, 0.0)


def _in_time_for_the_horizon(scenario: schema.Scenario, source: schema.Source, delay: float) -> float:
    """The share of a source's leads that are somewhere before the horizon, if they get there after a delay of this
    mean (taken as exponential, each lead's own)."""
    if delay < 1e-9:
        return 1.0
    first, last = window(scenario, source)
    if last - first < 1e-9:
        return float(-np.expm1(-(scenario.horizon - first) / delay))
    over = np.exp(-(scenario.horizon - last) / delay) - np.exp(-(scenario.horizon - first) / delay)
    return float(1.0 - over * delay / (last - first))
