"""How do leads leave a stage without an advance, or a company for another, and how do they come back?"""

from __future__ import annotations

import numpy as np

from simfunnel.engine.block import Leads
from simfunnel.engine.histories import COLD, REJECTED, Histories
from simfunnel.engine.loops import kept
from simfunnel.engine.nurture import Nurture
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import LATE, NEGLECTED, Floats, Ints, Touch, where
from simfunnel.engine.queues import Queues
from simfunnel.engine.rules import edge_of
from simfunnel.engine.tally import Bill, Tally
from simfunnel.engine.waves import Event, Wave


class Leaving:
    """Leads of a block on their way: what is known of them, and how they end, rest and come back.

    ``touch`` (int16, shape (n_leads,)) is 0, or 1 + 4 * stage + cause of the first touch.
    """

    in_order = True  # leads that have never come back are walked in the order of their numbers

    def __init__(
        self,
        leads: Leads,
        odds: Odds,
        touch: Touch,
        *,
        tally: Tally | None = None,
        journal: list[Event] | None = None,
        queues: Queues | None = None,
    ) -> None:
        self.leads, self.odds, self.touch, self.tally, self.journal = leads, odds, touch, tally, journal
        self.queues = queues
        self.block, self.plan = leads.block, leads.block.plan
        self._is_unseen = tally is None and journal is None  # then only what may still win need be walked
        self.bill = Bill(leads, touch, everything=tally is None)
        self.histories = Histories(len(self.plan.stages))
        self.nurture = Nurture(leads)
        self.won: list[Wave] = []
        self._returning: list[list[Wave]] = []

    def enter(self, stage: int, wave: Wave) -> None:
        """Book that these leads enter a stage."""
        self._note("entered", stage, wave.lead, wave.time)
        if self.tally is not None:
            self.tally.add("entered", stage, wave)
            self.tally.period("entered", stage, wave, wave.time)
            self.tally.promises.entered(stage, wave.lead, wave.time)
        self.bill.charge(
            "entries", self.plan.stages[stage].cost_per_entry, wave.lead, wave.time, touched=self._may_be_touched(wave)
        )

    def _may_be_touched(self, wave: Wave) -> bool:
        return wave.row is not None or self.queues is not None

    def _happening(
        self, stage: int | None, wave: Wave, time: Floats, count: Ints | None = None
    ) -> tuple[Wave, Floats, Ints | None]:
        """To whom of a wave events at these times happen: by the end, and with the contact still there; their times and
        counts.

        ``stage`` None means resting; else the visits of those who leave end here.
        """
        happens = time <= self.plan.end
        if self.leads.leaves is not None:
            leaves = self.leads.leaves.take(wave.lead)
            gone = leaves <= np.minimum(time, self.plan.end)
            happens &= ~gone
            at = where(gone)
            if at.size:
                self._leave(stage, wave.take(at), leaves.take(at))
        if happens.all():
            return wave, time, count
        if wave.row is None and count is None:
            lead, entered, time = kept(happens, wave.lead, wave.time, time)
            return Wave(lead, entered), time, None
        at = where(happens)
        return wave.take(at), time.take(at), None if count is None else count.take(at)

    def _book_end(self, stage: int, name: str, wave: Wave, done: Floats) -> None:
        """Book that visits ended in this way."""
        self._note(name, stage, wave.lead, done)
        if self.tally is not None:
            self.tally.add(name, stage, wave, done=None if done is wave.time else done)
            self.tally.promises.decided(stage, name, wave.lead, done)

    def _exit(self, stage: int, how: str, wave: Wave, count: Ints | None) -> None:
        """Where rejected and cold leads go: no decision, competitor, dropped or recycled, in this order on the unit
        interval."""
        plan = self.plan.stages[stage]
        deck = "rejected" if how == "rejected" else "cold"
        exits = plan.rejected if how == "rejected" else plan.cold[NEGLECTED if how == "cold_neglected" else LATE]
        edges = self.block.thresholds(exits)
        ways = (self._no_decision, self._lose, self._drop, self._recycle)
        is_over = (True, plan.return_share.is_zero, True, False)  # which need be told only where somebody looks
        only = None if exits.is_drawn else _only_way(edges)
        if only is not None:
            ways[only](stage, deck, wave, count)
            return
        u = self.leads.roll(wave.lead, plan.name, f"{deck} exit", count)
        low: Floats | float = 0.0
        for k, way in enumerate(ways):
            high = edge_of(self.leads, edges[..., k], wave.lead) if k < 3 else np.inf
            low, before = high, low
            is_empty = isinstance(before, float) and isinstance(high, float) and before == high
            if is_empty or (self._is_unseen and is_over[k]):
                continue
            at = where((u >= before) & (u < high))
            if at.size:
                way(stage, deck, wave.take(at), None if count is None else count.take(at))

    def _end(self, stage: int, name: str, wave: Wave) -> None:
        if not wave.lead.size:
            return
        self._note(name, stage, wave.lead, wave.time)
        if self.tally is not None:
            self.tally.add(name, stage, wave)

    def _no_decision(self, stage: int, deck: str, wave: Wave, count: Ints | None) -> None:
        self._end(stage, "no_decision", wave)

    def _drop(self, stage: int, deck: str, wave: Wave, count: Ints | None) -> None:
        self._end(stage, "dropped", wave)

    def _lose(self, stage: int, deck: str, wave: Wave, count: Ints | None) -> None:
        """To a competitor; a share of them returns."""
        self._end(stage, "competitor", wave)
        plan = self.plan.stages[stage]
        if not wave.lead.size or plan.return_share.is_zero:
            return
        u = self.leads.roll(wave.lead, plan.name, f"{deck} return", count)
        back = where(u < self.leads.at(plan.return_share, wave.lead))
        wave, count = wave.take(back), None if count is None else count.take(back)
        at = where(self._recycles(wave) < self.leads.by_sector(plan.recycle_limit, wave.lead))
        wave, count = wave.take(at), None if count is None else count.take(at)
        time = wave.time
        if plan.return_after is not None:
            time = time + self.leads.draw(plan.return_after, wave.lead, plan.name, f"{deck} return after", count)
        here = time <= self.plan.end
        if self.leads.leaves is not None:
            here &= self.leads.leaves.take(wave.lead) > time
        at = where(here)
        wave = wave.take(at)
        if self.tally is not None:
            self.tally.returned += self.tally.reps(wave.lead)
        self._reopen(stage, deck, wave, time.take(at), plan.return_to)

    def _recycle(self, stage: int, deck: str, wave: Wave, count: Ints | None) -> None:
        """Back to the same or an earlier stage after a delay; at the limit the lead is dropped."""
        if not wave.lead.size:
            return
        plan = self.plan.stages[stage]
        fits = self._recycles(wave) < self.leads.by_sector(plan.recycle_limit, wave.lead)
        if not fits.all():
            self._end(stage, "dropped", wave.take(where(~fits)))
            at = where(fits)
            wave, count = wave.take(at), None if count is None else count.take(at)
        self._note("recycled", stage, wave.lead, wave.time)
        if self.tally is not None:
            self.tally.add("recycled", stage, wave)
        time = wave.time
        if plan.recycle_after is not None:
            time = time + self.leads.draw(plan.recycle_after, wave.lead, plan.name, f"{deck} recycle after", count)
            wave, time, _ = self._happening(None, wave, time)
        self._reopen(stage, deck, wave, time, plan.recycle_to)

    def _recycles(self, wave: Wave) -> Ints:
        if wave.row is None:
            return np.zeros(wave.lead.size, np.int64)
        return self.histories.recycles.take(wave.row)

    def _reopen(self, stage: int, deck: str, wave: Wave, time: Floats, to: Ints) -> None:
        """Re-entry: counted as reopened, charged, with the odds of one more recycle; waits for the next pass."""
        if not wave.lead.size:
            return
        plan, rows = self.plan.stages[stage], wave.row
        if rows is None:
            rows = self.histories.open(wave.lead.size)
            enters = np.array([source.enters for source in self.plan.sources])
            source = self.leads.source
            entered = int(enters[0]) if isinstance(source, int) else enters.take(source.take(wave.lead))
            self.histories.first_life(rows, entered, stage, REJECTED if deck == "rejected" else COLD)
        self.histories.recycles[rows] += 1
        if plan.recycle_odds.scalar != 1.0:
            self.histories.log_odds[rows] += np.log(self.leads.at(plan.recycle_odds, wave.lead))
        self.bill.charge("reactivation", plan.recycle_cost, wave.lead, time, touched=True)
        target = self.leads.by_sector(to, wave.lead)
        again = Wave(wave.lead, time, rows)
        for index in [target] if isinstance(target, int) else np.unique(target).tolist():
            part = again if isinstance(target, int) else again.take(where(target == index))
            self._note("reopened", index, part.lead, part.time)
            if self.tally is not None:
                self.tally.add("reopened", index, part)
            self.enter(index, part)
            self._returning[index].append(part)

    def _leave(self, stage: int | None, wave: Wave, time: Floats) -> None:
        """Book that contacts left their companies."""
        self._note("left", -1 if stage is None else stage, wave.lead, time)
        if self.tally is None:
            return
        if stage is None:
            self.tally.left_resting += self.tally.reps(wave.lead)
        else:
            self.tally.add("left", stage, wave, done=time)

    def _note(self, name: str, stage: int, lead: Ints, time: Floats) -> None:
        if self.journal is not None and lead.size:
            self.journal.append(Event(name, stage, lead, time))


def _only_way(edges: Floats) -> int | None:
    """The exit that everybody takes, where there is only one."""
    if edges.size != 3:
        return None
    ends = ([1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0])
    bounds = edges.ravel().tolist()
    return ends.index(bounds) if bounds in ends else None
