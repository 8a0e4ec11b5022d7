"""When does a team get to each lead? The walk brings leads to their first team, the kernel lives the queues, and the
walk goes on with what it found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine import kernel
from simfunnel.engine.block import Leads
from simfunnel.engine.decks import Decks
from simfunnel.engine.histories import ADVANCED, COLD, REJECTED, Histories
from simfunnel.engine.hours import after, next_open
from simfunnel.engine.kernel import IS_NEGLECTED, LASTS, SERVICE, WAIT
from simfunnel.engine.nurture import Nurture
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import Floats, Ints, StagePlan, TeamPlan, where
from simfunnel.engine.staffing import Staff, TeamTally
from simfunnel.engine.waves import Wave


@dataclass(frozen=True, eq=False)
class Seen:
    """Visits to a stage with a team, one each: how long the lead lasts, when it joins the queue (it need not get that
    far) and would be worked if nobody had to wait, when its work begins (NaN or infinite where it does not), and how
    they differ from a twin's."""

    lasts: Floats
    join: Floats
    at_work: Floats
    begin: Floats
    is_neglected: NDArray[np.bool_]
    is_late: NDArray[np.bool_]
    is_cold: NDArray[np.bool_]
    waits_still: NDArray[np.bool_]
    waits: NDArray[np.bool_]


@dataclass(eq=False)
class Queues:
    """The queues of a block. Leads are parked where they first come to a team, until `solve` has lived the queues; then
    ``begin`` tells of every card of theirs when its work began (`kernel.NEVER`, `kernel.NOT_YET`)."""

    leads: Leads
    odds: Odds
    parked: list[tuple[int, Wave]] = field(default_factory=list)
    decks: Decks | None = None
    begin: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        self.block, self.plan = self.leads.block, self.leads.block.plan
        self.staff = [Staff(self.block, team) for team in self.plan.teams]
        self.tally = TeamTally(self.leads, self.staff)

    def team_of(self, stage: int, lead: Ints) -> Ints | int:
        """The team that works each of these leads at a stage, -1 where there is none."""
        return self.leads.by_sector(self.plan.stages[stage].team, lead)

    def parts(self, stage: int, wave: Wave) -> list[Wave]:
        """A wave in two: those whom nobody need wait for, and those for a team (parked while nothing is known)."""
        team = self.team_of(stage, wave.lead)
        if isinstance(team, int):
            alone, queued = ([wave], []) if team < 0 else ([], [wave])
        else:
            alone, queued = [wave.take(where(team < 0))], [wave.take(where(team >= 0))]
        if self.decks is not None:
            return alone + queued
        self.parked += [(stage, each) for each in queued if each.lead.size]
        return alone

    def solve(self, histories: Histories, nurture: Nurture) -> tuple[list[list[Wave]], list[list[Wave]]]:
        """Live the queues; the leads that were parked, fresh ones and those that have come back before, by stage."""
        stages = range(len(self.plan.stages))
        released: tuple[list[list[Wave]], list[list[Wave]]] = ([[] for _ in stages], [[] for _ in stages])
        for stage, wave in self.parked:
            released[0 if wave.row is None else 1][stage].append(wave)
        lead, time, stage_of, counts, recycles, effects = self._gathered(histories)
        self.decks = Decks(self.leads, self.odds, lead)
        effects = nurture.effects(lead, effects)
        self.decks.deal(counts.sum(axis=0), stage_of, effects, counts[ADVANCED])
        self.begin = self._live(lead, time, stage_of, counts, recycles, effects)
        self._slot = np.full(self.leads.size, -1)
        self._slot[lead] = np.arange(lead.size)
        self.parked = []
        return released

    def card(self, stage: int, lead: Ints, visits: Ints | None) -> Ints:
        """The card of each lead's visit to a stage."""
        assert self.decks is not None
        return self.decks.find(stage, self._slot.take(lead), visits)

    def _gathered(self, histories: Histories) -> tuple[Ints, Floats, Ints, Ints, Ints, Floats]:
        """All parked leads by replication, time and number: who, when, where, and what they have behind them (counts
        of shape (3, n_stages, n_slots))."""
        n_stages, waves = len(self.plan.stages), [wave for _, wave in self.parked]
        lead = np.concatenate([wave.lead for wave in waves] or [np.zeros(0, np.int64)])
        time = np.concatenate([wave.time for wave in waves] or [np.zeros(0)])
        stage_of = np.repeat([stage for stage, _ in self.parked] or [0], [wave.lead.size for wave in waves] or [0])
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
        assert self.decks is not None
        plan, n_slots, decks = self.plan, lead.size, self.decks
        rep_of = self.leads.rep.take(lead)
        bounds = np.searchsorted(rep_of, np.arange(self.block.n_reps + 1))
        leaves = np.full(n_slots, np.inf) if self.leads.leaves is None else self.leads.leaves.take(lead)
        shocks, shocks_from, periods, every = _drifts(self.odds, plan.stages)
        opens, closes, hours_from = _flat_hours(plan.teams)
        changes, changes_from = _joined([staff.since for staff in self.staff])
        people = np.concatenate([staff.people for staff in self.staff], axis=1).ravel()
        discipline = np.array([team.discipline for team in plan.teams])
        begin, reps = np.zeros(0), np.arange(self.block.n_reps)
        while reps.size:
            begin = np.append(begin, np.full(decks.room - begin.size, np.nan))
            begin[: decks.size][np.isin(rep_of.take(decks.slot_of[: decks.size]), reps)] = np.nan
            lacking = np.zeros(n_slots * len(plan.stages), np.int64)
            kernel.live(
                bounds, stage_of.copy(), time, leaves, recycles.copy(), effects.copy(), *self._pointers(counts),
                (counts[ADVANCED] > 0).astype(np.int64).ravel(),
                np.zeros(n_slots, np.int64), np.full(n_slots, -1), np.zeros(n_slots), np.zeros(n_slots),
                decks.numbers.ravel(), decks.signs.ravel(), shocks, shocks_from, periods, every,
                discipline, opens, closes, hours_from, changes, changes_from, people,
                len(plan.stages), decks.room, plan.end, reps, lacking, begin,
            )  # fmt: skip
            more = lacking.reshape(len(plan.stages), n_slots)
            reps = np.unique(rep_of[more.any(axis=0)])
            decks.deal_more(more)
        return begin

    def _pointers(self, counts: Ints) -> list[Ints]:
        """Which card each deck (visits, attempts, advances, rejections, times cold) of each lead has come to, flat by
        stage and slot."""
        assert self.decks is not None
        cold, advanced, rejected = counts[COLD], counts[ADVANCED], counts[REJECTED]
        slots, pointers = np.arange(cold.shape[1]), []
        for numbers in (cold + advanced + rejected, advanced + rejected, advanced, rejected, cold):
            cards = [self.decks.find(stage, slots, number) for stage, number in enumerate(numbers)]
            pointers.append(np.concatenate(cards))
        return pointers

    def look(self, stage: int, lead: Ints, time: Floats, card: Ints) -> Seen:
        """What became of visits that began at these times."""
        assert self.decks is not None
        lasts, is_neglected = self.decks.numbers[LASTS, card], self.decks.signs[IS_NEGLECTED, card] > 0
        join, at_work = self.joins(stage, lead, time, np.maximum(self.decks.numbers[WAIT, card], 0.0))
        begin = self.begin.take(card)
        is_late = ~is_neglected & ~(join < time + lasts)
        asked = ~(is_neglected | is_late)
        assert not np.isnan(begin[asked]).any(), "the kernel and the walk tell two stories"
        return Seen(
            lasts,
            join,
            at_work,
            begin=np.where(asked, begin, np.nan),
            is_neglected=is_neglected,
            is_late=is_late,
            is_cold=asked & (begin == kernel.NEVER),
            waits_still=asked & (begin == kernel.NOT_YET),
            waits=asked & (begin != kernel.NEVER) & (begin != at_work),
        )

    def joins(self, stage: int, lead: Ints, time: Floats, wait: Floats) -> tuple[Floats, Floats]:
        """When leads that enter a stage join their team's queue, and when they would be worked if nobody had to wait:
        a response counts working time."""
        team = self.team_of(stage, lead)
        join, at_work = time.copy(), time.copy()
        for index in [team] if isinstance(team, int) else np.unique(team).tolist():
            at = np.arange(lead.size) if isinstance(team, int) else where(team == index)
            if index < 0:
                join[at] = at_work[at] = time.take(at) + wait.take(at)
                continue
            join[at] = after(self.plan.teams[index], time.take(at), wait.take(at))
            at_work[at] = next_open(self.plan.teams[index], join.take(at))
        return join, at_work

    def when_ideal(self, stage: int, lead: Ints, time: Floats, wait: Floats, lasts: Floats | float) -> Floats:
        """When the ideal twin is worked: the team keeps its hours, but has people without limit, and gets to everyone
        within the shelf life."""
        join, _ = self.joins(stage, lead, time, wait)
        join = np.minimum(join, time + lasts)
        return self.joins(stage, lead, join, np.zeros(lead.size))[1]

    def book(self, stage: int, wave: Wave, card: Ints, seen: Seen) -> None:
        """Count what the teams did."""
        assert self.decks is not None
        team, asked = self.team_of(stage, wave.lead), ~(seen.is_neglected | seen.is_late)
        gone = wave.time + seen.lasts
        if self.leads.leaves is not None:
            gone = np.minimum(gone, self.leads.leaves.take(wave.lead))
        begin = np.where(np.isneginf(seen.begin), np.inf, seen.begin)
        service = self.decks.numbers[SERVICE, card]
        for index in [team] if isinstance(team, int) else np.unique(team).tolist():
            at = where(asked if isinstance(team, int) else asked & (team == index))
            self.tally.add(
                index, wave.lead.take(at), join=seen.join.take(at), begin=begin.take(at),
                at_work=seen.at_work.take(at), gone=gone.take(at), service=service.take(at),
            )  # fmt: skip


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


def _flat_hours(teams: tuple[TeamPlan, ...]) -> tuple[Floats, Floats, Ints]:
    none = np.zeros(0)
    opens, bounds = _joined([none if team.opens is None else team.opens for team in teams])
    closes, _ = _joined([none if team.closes is None else team.closes for team in teams])
    return opens, closes, bounds


def _joined(parts: list[Floats]) -> tuple[Floats, Ints]:
    """Several arrays in one, and where each begins and ends."""
    return np.concatenate(parts), np.concatenate([[0], np.cumsum([part.size for part in parts])])
