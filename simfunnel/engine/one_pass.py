"""When does a team get to each lead, where nothing but going cold sends leads back to it? In one pass, with no events.

A lead that goes cold does so when its shelf life ends, however long the queue is, and so comes back at a time that no
queue can change. First all visits are walked that leads would make if they went cold at each; then those who join a
queue are served in the order of joining, each visit only if the lead did go cold at the one before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.first_come import serve
from simfunnel.engine.histories import Histories
from simfunnel.engine.joining import sort
from simfunnel.engine.kernel import NOT_YET
from simfunnel.engine.loops import Mask
from simfunnel.engine.nurture import Nurture
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import FIRST_COME, Floats, Ints, Plan, where
from simfunnel.engine.potential import Potential
from simfunnel.engine.queues import Queues
from simfunnel.engine.served import Visits
from simfunnel.engine.waves import Touched, Wave


def suits(plan: Plan) -> bool:
    """Whether no queue can change when leads come to one: one stage has teams, they take who comes first, and nothing
    from there on sends leads back but going cold in that stage."""
    with_team = [index for index, stage in enumerate(plan.stages[:-1]) if (stage.team >= 0).any()]
    if len(with_team) != 1 or any(team.discipline != FIRST_COME for team in plan.teams):
        return False
    stage, *after = plan.stages[with_team[0] : -1]
    return stage.rejection_is_final and not any(
        each.sends_back(exits) for each in after for exits in (each.rejected, *each.cold)
    )


class OnePass:
    """The queues in which these leads are parked. ``begin`` says of every visit that may be made when its work began
    (NaN where the lead did not come, or not as far as the queue)."""

    def __init__(self, queues: Queues, odds: Odds, histories: Histories, nurture: Nurture) -> None:
        self.queues, self.leads = queues, queues.leads
        self.stage = queues.parked[0][0] if queues.parked else 0
        walk = Potential(queues, odds, self.stage)
        parked = [
            Touched(stage, wave, None if wave.row is None else histories.copy(wave.row), nurture.copy(wave.lead))
            for stage, wave in queues.parked
        ]
        walk.run(*walk.take_over(parked))
        self._fresh = queues.parked[0][1].lead if queues.parked else None
        self.made, self._first = walk.columns(), walk.first
        self._next = np.full(self.made.lead.size, -1)
        again = where(self.made.before >= 0)
        self._next[self.made.before.take(again)] = again
        self.join, self.at_work = queues.joins(self.stage, self.made.lead, self.made.time, self.made.wait)
        self.begin = self._served()

    def visits(self, stage: int, wave: Wave, number: Ints | None) -> Visits:
        columns = (self.made.lasts, self.made.is_neglected, self.join, self.at_work, self.made.service, self.begin)
        time, *found = self._of(wave.lead, number, self.made.time, *columns)
        assert (time == wave.time).all(), "the walk comes at another time than was foreseen"
        return Visits(*found)

    def _of(self, lead: Ints, number: Ints | None, *columns: NDArray[Any]) -> list[NDArray[Any]]:
        """Of some columns what they say of these leads' visits."""
        if number is None and self._fresh is lead:  # all fresh leads as they were parked: nothing need be looked up
            return [column[: lead.size] for column in columns]
        at = self._first.take(lead)
        if number is not None:
            for k in range(int(number.max(initial=0))):
                at = np.where(number > k, self._next.take(at), at)
        return [column.take(at) for column in columns]

    def _served(self) -> Floats:
        """When the work of each visit begins."""
        made, join, end, leads = self.made, self.join, self.queues.plan.end, self.leads
        asks = ~made.is_neglected & (join < made.time + made.lasts)
        begin = np.where(asks, NOT_YET, np.nan)
        joins = asks & (join <= end)
        leaves = np.zeros(0) if leads.leaves is None else leads.leaves.take(made.lead)
        if leaves.size:
            joins &= leaves > join
        *calendar, people = self.queues.calendar()
        n_teams = len(self.queues.plan.teams)
        group = leads.rep.take(made.lead) * n_teams + self.queues.team_of(self.stage, made.lead)
        order, bounds = where(joins), np.empty(leads.block.n_reps * n_teams + 1, np.int64)
        before = self._last_that_asked(asks)
        sort(order, bounds, group, join, end, made.lead, self._first, before, made.time, made.lasts)
        busy = np.empty(2 * int(people.max(initial=0)) + 8)
        serve(
            begin, order, bounds, join, made.time, made.lasts, leaves, made.service, before,
            *calendar, people, busy, end,
        )  # fmt: skip
        return begin

    def _last_that_asked(self, asks: Mask) -> Ints:
        """For each visit the one before on which it depends: those in between were sure to end cold (-1: none)."""
        before = self.made.before.copy()
        at = where(before >= 0)
        while at.size:
            at = at.take(where(~asks.take(before.take(at))))
            before[at] = before.take(before.take(at))
            at = at.take(where(before.take(at) >= 0))
        return before
