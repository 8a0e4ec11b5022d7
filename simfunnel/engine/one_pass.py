"""When does a team get to each lead, where nothing but going cold sends leads back to it? In one pass, with no events.

A lead that goes cold does so when its shelf life ends, however long the queue is, and so comes back at a time that no
queue can change. First all visits are walked that leads would make if they went cold at each; then those who join a
queue are served in the order of joining, each visit only if the lead did go cold at the one before.
"""

from __future__ import annotations

import numpy as np

from simfunnel.engine.first_come import serve
from simfunnel.engine.histories import Histories
from simfunnel.engine.kernel import NOT_YET
from simfunnel.engine.nurture import Nurture
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import FIRST_COME, Floats, Ints, Plan, where
from simfunnel.engine.potential import Potential
from simfunnel.engine.queues import Mask, Queues, Visits
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
        self.made, self._first = walk.columns(), walk.first
        self._next = np.full(self.made.lead.size, -1)
        again = where(self.made.before >= 0)
        self._next[self.made.before.take(again)] = again
        self.begin = self._served()

    def visits(self, stage: int, wave: Wave, number: Ints | None) -> Visits:
        at, made = self._first.take(wave.lead), self.made
        if number is not None:
            for k in range(int(number.max(initial=0))):
                at = np.where(number > k, self._next.take(at), at)
        assert (made.time.take(at) == wave.time).all(), "the walk comes at another time than was foreseen"
        return Visits(
            lasts=made.lasts.take(at),
            is_neglected=made.is_neglected.take(at),
            wait=made.wait.take(at),
            service=made.service.take(at),
            begin=self.begin.take(at),
        )

    def _served(self) -> Floats:
        """When the work of each visit begins."""
        made, end = self.made, self.queues.plan.end
        join, _ = self.queues.joins(self.stage, made.lead, made.time, made.wait)
        cold = made.time + made.lasts
        asks = ~made.is_neglected & (join < cold)
        leaves = np.full(join.size, np.inf) if self.leads.leaves is None else self.leads.leaves.take(made.lead)
        before = self._last_that_asked(asks)
        at_once = (before >= 0) & (join == cold.take(before))  # it went cold in the queue, and is back in it
        order, bounds = self._in_order(where(asks & (join <= end) & (leaves > join)), join, at_once)
        place = np.full(join.size + 1, -1)  # and at the end that of no visit
        place[order] = np.arange(order.size)
        found = np.empty(order.size)
        serve(
            found, bounds, *(each.take(order) for each in (join, cold, leaves, made.service)),
            place.take(before.take(order)), *self.queues.calendar(), end,
        )  # fmt: skip
        begin = np.where(asks, NOT_YET, np.nan)
        begin[order] = found
        return begin

    def _last_that_asked(self, asks: Mask) -> Ints:
        """For each visit the one before on which it depends: those in between were sure to end cold (-1: none)."""
        before = self.made.before.copy()
        at = where(before >= 0)
        while at.size:
            at = at.take(where(~asks.take(before.take(at))))
            before[at] = self.made.before.take(before.take(at))
            at = at.take(where(before.take(at) >= 0))
        return before

    def _in_order(self, at: Ints, join: Floats, at_once: Mask) -> tuple[Ints, Ints]:
        """Visits by replication and team, and by the time of joining; where those of each begin.

        Of those who join at the same moment the first are leads that went cold at that moment and are back at once,
        then those that came to the team first, then by number.
        """
        lead, join, n_teams = self.made.lead.take(at), join.take(at), len(self.queues.plan.teams)
        group = self.leads.rep.take(lead) * n_teams + self.queues.team_of(self.stage, lead)
        groups = np.arange(self.leads.block.n_reps * n_teams + 1)
        narrow = np.uint16 if groups.size <= 1 << 16 else np.int64  # 16 bits are sorted by digits
        order = np.argsort(join)
        order = order.take(np.argsort(group.take(order).astype(narrow), kind="stable"))
        time, by_group = join.take(order), group.take(order)
        if ((time[1:] == time[:-1]) & (by_group[1:] == by_group[:-1])).any():
            came = self.made.time.take(self._first.take(lead))
            order = np.lexsort((lead, came, ~at_once.take(at), join, group))
        return at.take(order), np.searchsorted(by_group, groups)
