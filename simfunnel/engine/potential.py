"""Which visits may leads make to a stage with teams, whatever its queue is like?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.decks import AT_ONCE
from simfunnel.engine.loops import Mask, spread
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import LATE, NEGLECTED, QUEUE, Floats, Ints, where
from simfunnel.engine.queues import Queues
from simfunnel.engine.rules import lasting
from simfunnel.engine.visits import Walk
from simfunnel.engine.waves import Wave

_KINDS: dict[str, type] = {
    **dict.fromkeys(("lead", "row", "group", "before", "next"), np.int64),
    **dict.fromkeys(("time", "lasts", "join", "at_work", "service"), np.float64),
    **dict.fromkeys(("is_neglected", "asks", "joins", "is_sent"), np.bool_),
}


class Table:
    """Visits to a stage with teams, one each, those of a lead in their order; columns that grow.

    Attributes
    ----------
    lead, time, row
        Who enters, when, and the row of its history (-1: it has never come back).
    lasts, is_neglected, join, at_work, service
        As in `served.Visits`.
    asks, joins
        Whether the lead asks to be worked, neither neglected nor late whatever the queue, and whether it gets as far as
        the queue by the end.
    group
        The queue that it is for: replication times teams plus team.
    before, next
        The last visit of the lead before that asked, and the next of its visits, -1 for none.
    is_sent
        Whether the lead has been sent on as one that goes cold in the queue.
    """

    lead: Ints
    time: Floats
    row: Ints
    lasts: Floats
    is_neglected: Mask
    join: Floats
    at_work: Floats
    service: Floats
    asks: Mask
    joins: Mask
    is_sent: Mask
    group: Ints
    before: Ints
    next: Ints

    def __init__(self) -> None:
        self.size = 0
        self._room: dict[str, NDArray[Any]] = {name: np.empty(0, kind) for name, kind in _KINDS.items()}
        self.add(0)

    def add(self, n: int, **columns: NDArray[Any]) -> Ints:
        """More visits; their numbers."""
        visits = np.arange(self.size, self.size + n)
        self.size += n
        for name, room in self._room.items():
            if room.size < self.size:  # room that is not used costs nothing
                room = self._room[name] = np.concatenate([room[: self.size - n], np.empty(2 * self.size, room.dtype)])
            if n:
                room[self.size - n : self.size] = columns[name]
            setattr(self, name, room[: self.size])
        return visits


class Potential(Walk):
    """Leads on their way to a stage with teams and back to it, of those who ask to be worked only such as are told to
    go cold. ``first``, shape (n_leads,), is the first visit of each, -1 for none."""

    def __init__(self, queues: Queues, odds: Odds, stage: int) -> None:
        super().__init__(queues.leads, odds, np.zeros(0, np.int16))
        self._stage, self._queues, self.table = stage, queues, Table()
        self.first, self._last = np.full(self.leads.size, -1), np.full(self.leads.size, -1)

    def enter(self, stage: int, wave: Wave) -> None:
        """Nothing is booked."""

    def go_cold(self, visits: Ints) -> None:
        """Send on the leads of these visits as those whose shelf life ends in the queue."""
        table = self.table
        self._returning = [[] for _ in self.plan.stages]
        row, table.is_sent[visits] = table.row.take(visits), True
        for at, is_fresh in ((where(row < 0), True), (where(row >= 0), False)):
            which = visits.take(at)
            wave = Wave(table.lead.take(which), table.time.take(which), None if is_fresh else row.take(at))
            self._go_cold(self._stage, QUEUE, wave, wave.time + table.lasts.take(which))
        self.run([[] for _ in self.plan.stages], self._returning)

    def _visit(self, stage: int, wave: Wave) -> Wave:
        if stage < self._stage:
            return super()._visit(stage, wave)
        if stage == self._stage:
            self._come(wave)
        return wave.take(np.zeros(0, np.int64))  # from later stages no way leads back

    def _come(self, wave: Wave) -> None:
        """Write down a visit of each of these leads, and send on those that are sure to end cold."""
        plan, lead, number = self.plan.stages[self._stage], wave.lead, self._visits(self._stage, wave)
        is_neglected, service = np.zeros(lead.size, np.bool_), np.zeros(lead.size)
        if not plan.neglect.is_zero:
            u = self.leads.roll(lead, plan.name, "neglect", number)
            is_neglected = u < spread(self.leads.chance(plan.neglect, lead, in_order=wave.row is None))
        wait = np.full(lead.size, AT_ONCE)
        if plan.response is not None:
            wait = self.leads.draw(plan.response, lead, plan.name, "response", number)
        if plan.service is not None:
            service = self.leads.draw(plan.service, lead, plan.name, "service", number)
        lasts = np.broadcast_to(lasting(self.leads, plan, lead, number), (lead.size,))
        join, at_work = self._queues.joins(self._stage, lead, wave.time, wait)
        asks = ~is_neglected & (join < wave.time + lasts)
        joins = asks & (join <= self.plan.end)
        if self.leads.leaves is not None:
            joins &= self.leads.leaves.take(lead) > join
        self._write(
            wave, lasts=lasts, is_neglected=is_neglected, join=join, at_work=at_work, service=service, asks=asks,
            joins=joins, group=self._queues.group(self._stage, lead),
        )  # fmt: skip
        for cause, mask in ((NEGLECTED, is_neglected), (LATE, ~(is_neglected | asks))):
            at = where(mask)
            cold = wave.take(at)
            self._go_cold(self._stage, cause, cold, cold.time + lasts.take(at))

    def _write(self, wave: Wave, **columns: NDArray[Any]) -> None:
        table, last = self.table, self._last.take(wave.lead)
        none = np.full(wave.lead.size, -1)
        again, before = where(last >= 0), last.copy()
        previous = last.take(again)
        before[again] = np.where(table.asks.take(previous), previous, table.before.take(previous))
        visits = table.add(
            wave.lead.size, lead=wave.lead, time=wave.time, row=none if wave.row is None else wave.row, before=before,
            next=none, is_sent=np.zeros(wave.lead.size, np.bool_), **columns,
        )  # fmt: skip
        table.next[previous] = visits.take(again)
        fresh = where(last < 0)
        self.first[wave.lead.take(fresh)] = visits.take(fresh)
        self._last[wave.lead] = visits
