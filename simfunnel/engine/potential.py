"""Which visits may leads make to a stage with teams, whatever its queue is like? Those they make if all before ended
cold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simfunnel.engine.decks import AT_ONCE
from simfunnel.engine.loops import Mask
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import LATE, NEGLECTED, Floats, Ints, where
from simfunnel.engine.queues import Queues
from simfunnel.engine.rules import lasting
from simfunnel.engine.visits import Walk
from simfunnel.engine.waves import Wave


@dataclass(frozen=True, eq=False)
class Columns:
    """Visits to a stage, one each, those of a lead in their order: who enters when, and the rolls of the visit as in
    `queues.Visits`; ``before``: which visit the lead has made before, -1 for none."""

    lead: Ints
    time: Floats
    lasts: Floats
    is_neglected: Mask
    wait: Floats
    service: Floats
    before: Ints


class Potential(Walk):
    """Leads that end cold at every visit to a stage with teams. ``first``, shape (n_leads,), is the first visit of each
    there, -1 for none."""

    def __init__(self, queues: Queues, odds: Odds, stage: int) -> None:
        super().__init__(queues.leads, odds, np.zeros(0, np.int16))
        self._stage, self._made = stage, [_no_visits()]
        self._size = 0
        self.first, self._last = np.full(self.leads.size, -1), np.full(self.leads.size, -1)

    def columns(self) -> Columns:
        """All visits so far."""
        parts = [vars(each) for each in self._made]
        return Columns(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})

    def enter(self, stage: int, wave: Wave) -> None:
        """Nothing is booked."""

    def _visit(self, stage: int, wave: Wave) -> Wave:
        if stage < self._stage:
            return super()._visit(stage, wave)
        if stage == self._stage:
            self._end_cold(wave)
        return wave.take(np.zeros(0, np.int64))  # from later stages no way leads back

    def _end_cold(self, wave: Wave) -> None:
        """Remember a visit of each of these leads, and send them on as cold."""
        plan, lead, size = self.plan.stages[self._stage], wave.lead, wave.lead.size
        number = self._visits(self._stage, wave)
        is_neglected, wait, service = np.zeros(size, np.bool_), np.full(size, AT_ONCE), np.zeros(size)
        if not plan.neglect.is_zero:
            u = self.leads.roll(lead, plan.name, "neglect", number)
            is_neglected = u < self.leads.at(plan.neglect, lead, in_order=wave.row is None)
        if plan.response is not None:
            wait = self.leads.draw(plan.response, lead, plan.name, "response", number)
        if plan.service is not None:
            service = self.leads.draw(plan.service, lead, plan.name, "service", number)
        lasts = np.broadcast_to(lasting(self.leads, plan, lead, number), (size,))
        self._made.append(Columns(lead, wave.time, lasts, is_neglected, wait, service, self._last.take(lead)))
        visit = np.arange(self._size, self._size + size)
        self._size += size
        fresh = where(self._last.take(lead) < 0)
        self.first[lead.take(fresh)] = visit.take(fresh)
        self._last[lead] = visit
        for cause, mask in ((NEGLECTED, is_neglected), (LATE, ~is_neglected)):
            at = where(mask)
            self._go_cold(self._stage, cause, wave.take(at), lasts.take(at))


def _no_visits() -> Columns:
    whole, none = np.zeros(0, np.int64), np.zeros(0)
    return Columns(whole, none, none, np.zeros(0, np.bool_), none, none, whole)
