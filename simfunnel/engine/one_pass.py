"""When does a team get to each lead, where nothing but going cold sends leads back to it? In passes, with no events.

A lead that goes cold does so when its shelf life ends, however long the queue is, and so comes back at a time that no
queue can change. So who joins a queue is known beforehand but for those who go cold in it, and all who join are served
in that order in one pass. Those who turn out to go cold there are sent on, and where they come back the pass is made
once more, each visit only if the lead did go cold at the one before; if they are many, or new ones turn up pass after
pass, all who may go cold are sent on at once, each time further ahead.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.first_come import serve
from simfunnel.engine.histories import Histories
from simfunnel.engine.joining import sort
from simfunnel.engine.kernel import NEVER, NOT_YET
from simfunnel.engine.nurture import Nurture
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import FIRST_COME, Floats, Ints, Plan, where
from simfunnel.engine.potential import Potential
from simfunnel.engine.queues import Queues
from simfunnel.engine.served import Visits
from simfunnel.engine.waves import Touched, Wave

_FEW = 0.1  # share of a queue's visits that may go cold in it before all that can are sent on at once
_PATIENCE = 8  # passes after which that is done though few go cold each time: they make others wait, who go cold next


def suits(plan: Plan) -> bool:
    """Whether no queue can change when leads come to one: one stage has teams, they take who comes first, and nothing
    from there on sends leads back but going cold in that stage."""
    with_team = _with_team(plan)
    if len(with_team) != 1 or any(team.discipline != FIRST_COME for team in plan.teams):
        return False
    stage, *after = plan.stages[with_team[0] : -1]
    return stage.rejection_is_final and not any(
        each.sends_back(exits) for each in after for exits in (each.rejected, *each.cold)
    )


def most_visits(plan: Plan) -> int:
    """How many visits to the stage with teams a lead may make at most, in a plan that `suits`."""
    stage = plan.stages[_with_team(plan)[0]]
    return 1 + int(stage.recycle_limit.max()) * any(stage.sends_back(exits) for exits in stage.cold)


def _with_team(plan: Plan) -> list[int]:
    return [index for index, stage in enumerate(plan.stages[:-1]) if (stage.team >= 0).any()]


class OnePass:
    """The queues in which these leads are parked. ``begin`` says of every visit that may be made when its work began
    (NaN where the lead did not come, or not as far as the queue)."""

    def __init__(self, queues: Queues, odds: Odds, histories: Histories, nurture: Nurture) -> None:
        self.queues, self.leads = queues, queues.leads
        self.walk = Potential(queues, odds, queues.parked[0][0] if queues.parked else 0)
        self.made = self.walk.table
        parked = [
            Touched(stage, wave, None if wave.row is None else histories.copy(wave.row), nurture.copy(wave.lead))
            for stage, wave in queues.parked
        ]
        self.walk.run(*self.walk.take_over(parked))
        self._fresh = queues.parked[0][1].lead if queues.parked else None
        self.begin = self._lived()

    def visits(self, stage: int, wave: Wave, number: Ints | None) -> Visits:
        made = self.made
        columns = (made.lasts, made.is_neglected, made.join, made.at_work, made.service, self.begin)
        time, *found = self._of(wave.lead, number, made.time, *columns)
        assert (time == wave.time).all(), "the walk comes at another time than was foreseen"
        return Visits(*found)

    def _of(self, lead: Ints, number: Ints | None, *columns: NDArray[Any]) -> list[NDArray[Any]]:
        """Of some columns what they say of these leads' visits."""
        if number is None and self._fresh is lead:  # all fresh leads as they were parked: nothing need be looked up
            return [column[: lead.size] for column in columns]
        at = self.walk.first.take(lead)
        if number is not None:
            for k in range(int(number.max(initial=0))):
                at = np.where(number > k, self.made.next.take(at), at)
        return [column.take(at) for column in columns]

    def _lived(self) -> Floats:
        """When the work of each visit begins; what is rolled to find out depends on the visit's own queue alone."""
        made, n_groups = self.made, self.queues.n_groups
        queue, begin, depth = np.ones(n_groups, np.bool_), np.zeros(0), np.ones(n_groups, np.int64)
        for n_passes in count(1):
            fresh = slice(begin.size, made.size)
            begin = np.append(begin, np.where(made.asks[fresh], NOT_YET, np.nan))
            self._serve(begin, where(made.joins & queue.take(made.group)))
            before, cold = made.size, where((begin == NEVER) & ~made.is_sent)
            group = made.group.take(cold)
            n_cold, n_visits = (np.bincount(each, minlength=n_groups) for each in (group, made.group))
            are_many = n_cold > (_FEW * n_visits if n_passes < _PATIENCE else 0)
            self.walk.go_cold(cold.take(where(~are_many.take(group))))
            self._send_all(np.where(are_many, depth, 0))
            depth[are_many] *= 2
            if made.size == before:
                break
            queue[:] = False
            queue[made.group[before:]] = True
        return begin

    def _send_all(self, depth: Ints) -> None:
        """Send on all who may go cold in each queue, and where they come back once more, so many times."""
        made = self.made
        for k in range(int(depth.max(initial=0))):
            self.walk.go_cold(where(made.joins & ~made.is_sent & (depth > k).take(made.group)))

    def _serve(self, begin: Floats, order: Ints) -> None:
        """Fill in when the work of these visits begins; they are all that join some of the queues."""
        made, end, leaves = self.made, self.queues.plan.end, self.leads.leaves
        bounds = np.empty(self.queues.n_groups + 1, np.int64)
        sort(order, bounds, made.group, made.join, end, made.lead, self.walk.first, made.before, made.time, made.lasts)
        serve(
            begin, order, bounds[:-1], bounds[1:], made.join, made.time, made.lasts,
            np.zeros(0) if leaves is None else leaves.take(made.lead), made.service, made.before,
            *self.queues.calendar, end,
        )  # fmt: skip
