"""How many people are there, how long do leads wait for them, and how busy are they?"""

from __future__ import annotations

import numpy as np

from simfunnel import luck
from simfunnel.compiled import compiled
from simfunnel.engine.block import Block, Leads
from simfunnel.engine.hours import worked_until
from simfunnel.engine.plan import Floats, Ints, Places, TeamPlan, where
from simfunnel.engine.served import Visits
from simfunnel.engine.waves import Wave

TEAM_MEASURES = (
    "joined", "waited", "served", "gone", "queue_seconds", "wait_seconds", "work_seconds", "capacity_seconds",
)  # fmt: skip
_COUNTED = TEAM_MEASURES[:-1]
_AT = {name: index for index, name in enumerate(TEAM_MEASURES)}
_SECONDS = 86_400.0


class Staff:
    """How many people of a team there are, and from when: ``since`` (n_changes,), ``people`` (n_reps, n_changes)."""

    def __init__(self, block: Block, team: TeamPlan) -> None:
        self.team, self.since = team, team.since
        self.people = np.broadcast_to(team.people, (block.n_reps, team.people.size)).astype(np.int64)
        if team.absence is None or team.absence.is_zero:
            return
        days = np.arange(np.floor(block.plan.end) + 1.0)
        self.since = np.unique(np.concatenate([team.since, days]))
        planned = team.people.take(np.searchsorted(team.since, self.since, side="right") - 1)
        self.people = np.tile(planned, (block.n_reps, 1))
        share, day = block.column(team.absence)[:, None], np.floor(self.since).astype(np.int64)
        for person in range(int(planned.max(initial=0))):
            key = luck.fold_many(block.keys, np.full(block.n_reps, luck.fold("team", team.name, "absence", person)))
            u = block.uniforms(luck.fold_many(key[:, None], day[None, :]).ravel(), luck.fold("absence"))
            self.people -= (u.reshape(self.people.shape) < share) & (person < planned)

    def capacity(self, end: float) -> Floats:
        """Person-days of working time until the end, shape (n_reps,)."""
        worked = worked_until(self.team, np.append(self.since, end).clip(max=end))
        return self.people @ np.diff(worked)


class TeamTally:
    """Counts of each team, shape (n_measures, n_teams, n_reps), of the visits that join its queue by the horizon. Times
    are whole seconds, so that no order of summing matters; of work and of queues, what lies before the horizon counts:
    in a run-off no new leads come, and people who have less and less to do would look idle."""

    def __init__(self, leads: Leads, staff: list[Staff]) -> None:
        self.leads, self.end, self.horizon = leads, leads.block.plan.end, leads.block.plan.horizon
        self.counts = np.zeros((len(TEAM_MEASURES), len(staff), leads.block.n_reps), np.int64)
        for index, each in enumerate(staff):
            self.counts[_AT["capacity_seconds"], index] = np.rint(each.capacity(self.horizon) * _SECONDS)
        self.teams = [each.team for each in staff]

    def add(self, index: int, wave: Wave, visits: Visits) -> None:
        """What became of the visits of a wave to a stage that a team works."""
        team, begin = self.teams[index], visits.begin
        room = worked_until(team, np.full(1, self.horizon))[0] - worked_until(team, begin.clip(max=self.horizon))
        gone = wave.time + visits.lasts  # by then a lead that is not served has left the queue
        if self.leads.leaves is not None:
            gone = np.minimum(gone, self.leads.leaves.take(wave.lead))
        _count(
            self.counts[: len(_COUNTED), index], self.leads.rep, wave.lead, visits.join, begin, visits.at_work, gone,
            visits.service, room, self.horizon, self.end,
        )  # fmt: skip


def _count_plainly(
    out: Ints, rep: Places, lead: Ints, join: Floats, begin: Floats, at_work: Floats, gone: Floats, service: Floats,
    room: Floats, horizon: float, end: float,
) -> None:  # fmt: skip
    at = where(~np.isnan(begin) & (join <= horizon))
    lead = lead.take(at)
    join, begin, at_work, gone, service, room = (x.take(at) for x in (join, begin, at_work, gone, service, room))
    served, which = np.isfinite(begin), rep.take(lead)
    until = np.where(served, begin, np.minimum(gone, end))
    for row, weight in enumerate(
        (
            None,
            served & (begin > at_work) | ~served & (at_work < np.inf),
            served,
            ~served & (gone < end),
            np.rint((np.minimum(until, horizon) - join) * _SECONDS),
            np.where(served, np.rint((until - join) * _SECONDS), 0.0),
            np.where(served, np.rint(np.minimum(service, room) * _SECONDS), 0.0),
        )
    ):
        out[row] += np.bincount(which, weights=weight, minlength=out.shape[1]).astype(np.int64)


def _count_loop(
    out: Ints, rep: Places, lead: Ints, join: Floats, begin: Floats, at_work: Floats, gone: Floats, service: Floats,
    room: Floats, horizon: float, end: float,
) -> None:  # fmt: skip
    joined, waited, served, left, queue, wait, work = out
    for i in range(lead.size):
        if np.isnan(begin[i]) or join[i] > horizon:
            continue
        k = rep[lead[i]]
        joined[k] += 1
        if np.isfinite(begin[i]):
            waited[k] += begin[i] > at_work[i]
            served[k] += 1
            queue[k] += np.int64(np.rint((min(begin[i], horizon) - join[i]) * _SECONDS))
            wait[k] += np.int64(np.rint((begin[i] - join[i]) * _SECONDS))
            work[k] += np.int64(np.rint(min(service[i], room[i]) * _SECONDS))
        else:
            waited[k] += at_work[i] < np.inf
            left[k] += gone[i] < end
            queue[k] += np.int64(np.rint((min(gone[i], end, horizon) - join[i]) * _SECONDS))


_count = compiled(_count_loop, plain=_count_plainly)
"""(out, rep, lead, join, begin, at_work, gone, service, room, horizon, end): add to ``out``, (7, n_reps), the
visits that join a queue by the horizon. ``room`` is the working time between the begin and the horizon."""
