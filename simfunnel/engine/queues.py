"""When does a team get to each lead? The walk brings leads to their first team, the queues are lived, and the walk goes
on with what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simfunnel.engine.block import Leads
from simfunnel.engine.hours import after, next_open
from simfunnel.engine.kernel import NEVER, NOT_YET
from simfunnel.engine.plan import Floats, Ints, where
from simfunnel.engine.served import Lived, Seen
from simfunnel.engine.staffing import Staff, TeamTally
from simfunnel.engine.waves import Wave

Waves = list[list[Wave]]  # by stage


@dataclass(eq=False)
class Queues:
    """The queues of a block. Leads are parked where they first come to a team, until the queues have been ``lived``."""

    leads: Leads
    parked: list[tuple[int, Wave]] = field(default_factory=list)
    lived: Lived | None = None

    def __post_init__(self) -> None:
        self.block, self.plan = self.leads.block, self.leads.block.plan
        self.staff = [Staff(self.block, team) for team in self.plan.teams]
        self.tally = TeamTally(self.leads, self.staff)

    def team_of(self, stage: int, lead: Ints) -> Ints | int:
        """The team that works each of these leads at a stage, -1 where there is none."""
        return self.leads.by_sector(self.plan.stages[stage].team, lead)

    @property
    def n_groups(self) -> int:
        """How many queues there are: of each replication one for each team."""
        return self.block.n_reps * len(self.plan.teams)

    def group(self, stage: int, lead: Ints) -> Ints:
        """Which of them these leads join at a stage."""
        return self.leads.rep.take(lead) * len(self.plan.teams) + self.team_of(stage, lead)

    def parts(self, stage: int, wave: Wave) -> list[Wave]:
        """A wave in two: those whom nobody need wait for, and those for a team (parked while nothing is known)."""
        team = self.team_of(stage, wave.lead)
        if isinstance(team, int):
            alone, queued = ([wave], []) if team < 0 else ([], [wave])
        else:
            alone, queued = [wave.take(where(team < 0))], [wave.take(where(team >= 0))]
        if self.lived is not None:
            return alone + queued
        self.parked += [(stage, each) for each in queued if each.lead.size]
        return alone

    def release(self) -> tuple[Waves, Waves]:
        """The leads that were parked, those that have never come back and the others, by stage."""
        stages = range(len(self.plan.stages))
        released: tuple[Waves, Waves] = ([[] for _ in stages], [[] for _ in stages])
        for stage, wave in self.parked:
            released[0 if wave.row is None else 1][stage].append(wave)
        self.parked = []
        return released

    @cached_property
    def calendar(self) -> tuple[Floats, Floats, Ints, Floats, Ints, Ints]:
        """When the teams work and how many people there are, team after team, as the loops read it: opens, closes and
        where each team's begin; changes of the headcount and where each team's begin; people by replication and
        change, flat."""
        teams = self.plan.teams
        opens, hours_from = _joined([np.zeros(0) if team.opens is None else team.opens for team in teams])
        closes, _ = _joined([np.zeros(0) if team.closes is None else team.closes for team in teams])
        changes, changes_from = _joined([staff.since for staff in self.staff])
        people = np.concatenate([staff.people for staff in self.staff], axis=1).ravel()
        return opens, closes, hours_from, changes, changes_from, people

    def look(self, stage: int, wave: Wave, number: Ints | None) -> Seen:
        """What became of the visits of a wave."""
        assert self.lived is not None
        found = self.lived.visits(stage, wave, number)
        is_late = ~found.is_neglected & ~(found.join < wave.time + found.lasts)
        begin = found.begin
        never = begin == NEVER
        assert (np.isnan(begin) == (found.is_neglected | is_late)).all(), "the queues and the walk tell two stories"
        return Seen(
            **vars(found),
            is_late=is_late,
            is_cold=never,
            waits_still=begin == NOT_YET,
            waits=~(np.isnan(begin) | never | (begin == found.at_work)),
        )

    def joins(self, stage: int, lead: Ints, time: Floats, wait: Floats) -> tuple[Floats, Floats]:
        """When leads that enter a stage join their team's queue (at once after a negative wait), and when they would be
        worked if nobody had to wait: a response counts working time."""
        team, wait = self.team_of(stage, lead), np.maximum(wait, 0.0)
        if isinstance(team, int):
            return self._joins(team, time, wait)
        join, at_work = np.empty((2, lead.size))
        for index in np.unique(team).tolist():
            at = where(team == index)
            join[at], at_work[at] = self._joins(index, time.take(at), wait.take(at))
        return join, at_work

    def _joins(self, team: int, time: Floats, wait: Floats) -> tuple[Floats, Floats]:
        if team < 0:
            return time + wait, time + wait
        join = after(self.plan.teams[team], time, wait)
        return join, next_open(self.plan.teams[team], join)

    def when_ideal(self, stage: int, lead: Ints, time: Floats, wait: Floats, lasts: Floats | float) -> Floats:
        """When the ideal twin is worked: the team keeps its hours, but has people without limit, and gets to everyone
        within the shelf life."""
        join, _ = self.joins(stage, lead, time, wait)
        join = np.minimum(join, time + lasts)
        return self.joins(stage, lead, join, np.zeros(lead.size))[1]

    def book(self, stage: int, wave: Wave, seen: Seen) -> None:
        """Count what the teams did."""
        team = self.team_of(stage, wave.lead)
        if isinstance(team, int):
            self.tally.add(team, wave, seen)
            return
        for index in np.unique(team).tolist():
            at = where(team == index)
            self.tally.add(index, wave.take(at), seen.take(at))


def _joined(parts: list[Floats]) -> tuple[Floats, Ints]:
    """Several arrays in one, and where each begins and ends."""
    return np.concatenate(parts), np.concatenate([[0], np.cumsum([part.size for part in parts])])
