"""When does a team get to each lead, whatever sends leads back? Event by event: cards hold the luck, the kernel lives
the queues."""

from __future__ import annotations

import numpy as np

from simfunnel.engine import kernel
from simfunnel.engine.decks import Decks
from simfunnel.engine.histories import ADVANCED, COLD, REJECTED, Histories
from simfunnel.engine.kernel import IS_NEGLECTED, LASTS, SERVICE, WAIT
from simfunnel.engine.nurture import Nurture
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import Floats, Ints, StagePlan, where
from simfunnel.engine.queues import Queues
from simfunnel.engine.served import Visits
from simfunnel.engine.waves import Wave


class EventByEvent:
    """The queues in which these leads are parked. ``begin`` says of every card when its work began."""

    def __init__(self, queues: Queues, odds: Odds, histories: Histories, nurture: Nurture) -> None:
        self.queues, self.leads, self.plan, self.odds = queues, queues.leads, queues.plan, odds
        lead, time, stage_of, counts, recycles, effects = self._gathered(histories)
        self.decks = Decks(self.leads, odds, lead)
        effects = nurture.effects(lead, effects)
        self.decks.deal(counts.sum(axis=0), stage_of, effects, counts[ADVANCED])
        self.begin = self._live(lead, time, stage_of, counts, recycles, effects)
        self._slot = np.full(self.leads.size, -1)
        self._slot[lead] = np.arange(lead.size)

    def visits(self, stage: int, wave: Wave, number: Ints | None) -> Visits:
        card, numbers = self.decks.find(stage, self._slot.take(wave.lead), number), self.decks.numbers
        join, at_work = self.queues.joins(stage, wave.lead, wave.time, numbers[WAIT, card])
        return Visits(
            lasts=numbers[LASTS, card],
            is_neglected=self.decks.signs[IS_NEGLECTED, card] > 0,
            join=join,
            at_work=at_work,
            service=numbers[SERVICE, card],
            begin=self.begin.take(card),
        )

    def _gathered(self, histories: Histories) -> tuple[Ints, Floats, Ints, Ints, Ints, Floats]:
        """All parked leads by replication, time and number: who, when, where, and what they have behind them (counts
        of shape (3, n_stages, n_slots))."""
        parked, n_stages = self.queues.parked, len(self.plan.stages)
        waves = [wave for _, wave in parked]
        lead = np.concatenate([wave.lead for wave in waves] or [np.zeros(0, np.int64)])
        time = np.concatenate([wave.time for wave in waves] or [np.zeros(0)])
        stage_of = np.repeat(
            [stage for stage, _ in self.queues.parked] or [0], [wave.lead.size for wave in waves] or [0]
        )
        row = np.concatenate([np.full(w.lead.size, -1) if w.row is None else w.row for w in waves] or [lead])
        order = np.lexsort((lead, time, self.leads.rep.take(lead)))
        lead, time, stage_of, row = (each.take(order) for each in (lead, time, stage_of, row))
        counts = np.zeros((3, n_stages, lead.size), np.int64)
        entered = np.array([source.enters for source in self.plan.sources])[
            self.leads.source if isinstance(self.leads.source, int) else self.leads.source.take(lead)
        ]
        stages = np.arange(n_stages)[:, None]
        counts[ADVANCED] = (stages >= entered) & (stages < stage_of)
        recycles, effects = np.zeros(lead.size, np.int64), np.zeros(lead.size)
        back = where(row >= 0)
        if back.size:
            rows = row.take(back)
            counts[:, :, back] = histories.counts[rows][:, :, :3].transpose(2, 1, 0)
            recycles[back], effects[back] = histories.recycles[rows], histories.log_odds[rows]
        return lead, time, stage_of, counts, recycles, effects

    def _live(self, lead: Ints, time: Floats, stage_of: Ints, counts: Ints, recycles: Ints, effects: Floats) -> Floats:
        """Hand everything to the kernel; futures in which a card was lacking are lived again with it."""
        plan, n_slots, decks = self.plan, lead.size, self.decks
        rep_of = self.leads.rep.take(lead)
        bounds = np.searchsorted(rep_of, np.arange(self.leads.block.n_reps + 1))
        leaves = np.full(n_slots, np.inf) if self.leads.leaves is None else self.leads.leaves.take(lead)
        shocks, shocks_from, periods, every = _drifts(self.odds, plan.stages)
        discipline = np.array([team.discipline for team in plan.teams])
        begin, reps = np.zeros(0), np.arange(self.leads.block.n_reps)
        while reps.size:
            begin = np.append(begin, np.full(decks.size - begin.size, np.nan))
            begin[: decks.size][np.isin(rep_of.take(decks.slot_of[: decks.size]), reps)] = np.nan
            lacking = np.zeros(n_slots * len(plan.stages), np.int64)
            kernel.live(
                bounds, stage_of.copy(), time, leaves, recycles.copy(), effects.copy(), *self._pointers(counts),
                (counts[ADVANCED] > 0).astype(np.int64).ravel(),
                np.zeros(n_slots, np.int64), np.full(n_slots, -1), np.zeros(n_slots), np.zeros(n_slots),
                *decks.card_by_card(), shocks, shocks_from, periods, every, discipline, *self.queues.calendar,
                len(plan.stages), plan.end, reps, lacking, begin,
            )  # fmt: skip
            more = lacking.reshape(len(plan.stages), n_slots)
            reps = np.unique(rep_of[more.any(axis=0)])
            decks.deal_more(more)
        return begin

    def _pointers(self, counts: Ints) -> list[Ints]:
        """Which card each deck (visits, attempts, advances, rejections, times cold) of each lead has come to, flat by
        stage and slot."""
        cold, advanced, rejected = counts[COLD], counts[ADVANCED], counts[REJECTED]
        slots, pointers = np.arange(cold.shape[1]), []
        for numbers in (cold + advanced + rejected, advanced + rejected, advanced, rejected, cold):
            cards = [self.decks.find(stage, slots, number) for stage, number in enumerate(numbers)]
            pointers.append(np.concatenate(cards))
        return pointers


def _drifts(odds: Odds, stages: tuple[StagePlan, ...]) -> tuple[Floats, Ints, Ints, Floats]:
    """The shocks of all stages in one array, where each stage's begin (-1: none), how many periods, and how long."""
    parts, begins, periods, every, at = [np.zeros(0)], [], [], [], 0
    for index, stage in enumerate(stages):
        shocks = None if index == len(stages) - 1 else odds.shocks(index)
        begins.append(-1 if shocks is None else at)
        periods.append(0 if shocks is None else shocks.shape[1])
        every.append(1.0 if stage.drift is None else stage.drift.every)
        if shocks is not None:
            parts.append(shocks.ravel())
            at += shocks.size
    return np.concatenate(parts), np.array(begins), np.array(periods), np.array(every)
