"""Which luck do these leads need on their way through queues? All that is rolled for every visit likely to come.

What a queue makes of a lead decides when it is worked and whether it goes cold, and so what it meets next: that is
known only once the queue has been lived. But every roll is numbered by how often it was made for its lead, so whatever
comes meets the same few cards, in the same order. They are dealt beforehand, for all leads at once: one *card* for
each visit to a stage that a lead is likely to make, and on it the luck of the k-th visit, the k-th attempt, the k-th
advance, the k-th rejection and the k-th time that it goes cold there. Where the kernel finds that one is lacking, it
asks for it and lives that future again.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.block import Leads
from simfunnel.engine.enrichment import lacking, luck_of
from simfunnel.engine.histories import ADVANCED, COLD, REJECTED
from simfunnel.engine.kernel import (
    FOUND,
    GAINED,
    IS_NEGLECTED,
    LASTS,
    LATE_AFTER,
    LATE_TO,
    LIMIT,
    LOG_ODDS,
    LUCK,
    N_NUMBERS,
    N_SIGNS,
    NEGLECTED_AFTER,
    NEGLECTED_TO,
    NEXT,
    NOT_FOUND,
    NOWHERE,
    NURTURED,
    PASSES,
    PER_RECYCLE,
    RANK,
    REJECTED_AFTER,
    REJECTED_TAKES,
    REJECTED_TO,
    SD,
    SEARCH,
    SEARCH_TAKES,
    SERVICE,
    TAKES,
    TEAM,
    WAIT,
)
from simfunnel.engine.loops import Mask, spread
from simfunnel.engine.nurture import LOST, QUALIFIED, course
from simfunnel.engine.odds import Odds, logit
from simfunnel.engine.plan import (
    COMPETITOR,
    LATE,
    NEGLECTED,
    RECYCLED,
    SCORE,
    VALUE,
    Enrichment,
    Exits,
    Floats,
    Ints,
    StagePlan,
    where,
)
from simfunnel.engine.rules import exit_of, lasting

T = TypeVar("T", bound=np.generic)

_CLOSE = 1e-9  # of log-odds: who is so near to passing may pass, however the last bits fall
_ROOM = 8  # cards for each lead, to begin with: growing means copying
AT_ONCE = -1.0  # a wait of those that are worked as they enter, and not late by then


class Decks:
    """The cards of all leads that come to a team. A lead's *slot* is its place in ``leads``.

    ``numbers`` (float64) and ``signs`` (int64) have a column a card (``size`` of them are dealt, there is ``room`` for
    more), ``slot_of`` says whose it is; ``head``, shape (n_stages, n_slots), is a lead's first card at a stage (-1:
    none), ``signs[NEXT]`` the one after.
    """

    def __init__(self, leads: Leads, odds: Odds, lead: Ints) -> None:
        self.leads, self.odds, self.lead, self.plan = leads, odds, lead, leads.block.plan
        self.sector = None if leads.sector is None else leads.sector.take(lead)
        shape = (len(self.plan.stages), lead.size)
        self.head, self._last = np.full(shape, -1), np.full(shape, -1)
        self._wanted, self._dealt, self._back = (np.zeros(shape, np.int64) for _ in range(3))
        self._made = np.zeros(shape, np.int64)  # touches of each stage's programme
        self._used = {deck: np.zeros(shape, np.int64) for deck in (ADVANCED, REJECTED, COLD)}
        self.numbers, self.signs = np.zeros((N_NUMBERS, 0)), np.zeros((N_SIGNS, 0), np.int64)
        self.slot_of, self.size = np.zeros(0, np.int64), 0
        limits = np.stack([stage.recycle_limit for stage in self.plan.stages]).max(axis=0)
        self._limit = limits if self.sector is None else limits.take(self.sector)
        self._most_gained = _most_gained(leads, int(limits.max()))

    @property
    def room(self) -> int:
        """How many cards there is room for."""
        return self.slot_of.size

    def card_by_card(self) -> tuple[Floats, Ints]:
        """Numbers and signs, flat, those of each card side by side: the kernel reads one card after the other."""
        return self.numbers[:, : self.size].T.ravel(), self.signs[:, : self.size].T.ravel()

    def deal(self, visits: Ints, stage: Ints, effects: Floats, advances: Ints) -> None:
        """Deal until nobody is likely to need another card.

        Parameters
        ----------
        visits
            Visits to each stage that each lead has behind it, shape (n_stages, n_slots).
        stage
            Where each of them is about to begin one, shape (n_slots,).
        effects
            Log-odds that each lead carries already, shape (n_slots,).
        advances
            How often each has advanced from each stage, shape (n_stages, n_slots).
        """
        self._is_known = advances > 0
        self._effects, self._before = effects, visits
        first = np.zeros(visits.shape, np.int64)
        first[stage, np.arange(stage.size)] = 1
        self.deal_more(first)

    def deal_more(self, visits: Ints) -> None:
        """Deal for so many visits more, and for those that are likely to follow from them, as far as any limit lets a
        lead come back."""
        self._wanted += visits
        some = True
        while some:
            some = False
            for stage in range(len(self.plan.stages) - 1):
                wanted = self._wanted[stage]
                dealt = self._dealt[stage]
                slot = where((wanted > 0) & (wanted + self._before[stage] > dealt) & (dealt <= self._limit))
                if slot.size:
                    some = True
                    self._deal(stage, slot)

    def find(self, stage: int, slot: Ints, number: Ints | None) -> Ints:
        """The card of each lead's ``number``-th visit (attempt, ...) to a stage, -1 where it is not dealt; None: the
        first."""
        card = self.head[stage].take(slot)
        if number is None:
            return card
        for k in range(int(number.max(initial=0))):
            on = where((number > k) & (card >= 0))
            card[on] = self.signs[NEXT, card.take(on)]
        return card

    def _deal(self, stage: int, slot: Ints) -> None:
        """One more card at a stage for each of these leads."""
        plan, lead = self.plan.stages[stage], self.lead.take(slot)
        number = self._dealt[stage].take(slot)
        count = number if number.any() else None
        card = self._new_cards(stage, slot)
        numbers, signs = self.numbers[:, card[0] : card[-1] + 1], self.signs[:, card[0] : card[-1] + 1]
        signs[TEAM] = self._of_sector(plan.team, slot)
        signs[LIMIT] = self._of_sector(plan.recycle_limit, slot)
        self._deal_visit(plan, lead, count, numbers, signs)
        may_pass, may_fail = self._deal_attempt(stage, slot, lead, count, numbers, signs)
        if plan.enrichment is not None:
            self._deal_search(plan.enrichment, stage, slot, count, numbers, signs)
            may_fail |= signs[SEARCH] == NOT_FOUND
        at = where(may_pass)
        self._deal_advance(stage, slot.take(at))
        is_new = number >= self._before[stage].take(slot)  # what it has behind it leads nowhere any more
        if stage + 1 < len(self.plan.stages) - 1:
            self._wanted[stage + 1, slot[may_pass & is_new]] += 1
        at = where(may_fail)
        self._deal_end(stage, slot.take(at), REJECTED, is_new.take(at))
        at = where(_may_go_cold(numbers, signs))
        is_sure = (signs[IS_NEGLECTED, at] > 0) | (signs[TEAM, at] < 0) | (numbers[WAIT, at] >= numbers[LASTS, at])
        self._deal_end(stage, slot.take(at), COLD, is_sure & is_new.take(at))

    def _new_cards(self, stage: int, slot: Ints) -> Ints:
        """Empty cards, chained to those before."""
        first, self.size = self.size, self.size + slot.size
        if self.size > self.room:
            room = max(2 * self.room, self.size, _ROOM * self.lead.size)  # what is not used costs nothing
            self.numbers = _grown(self.numbers, room)
            self.signs = _grown(self.signs, room)
            self.slot_of = _grown(self.slot_of, room)
        card = np.arange(first, self.size)
        self.slot_of[first : self.size] = slot
        self.signs[REJECTED_TO : LATE_TO + 1, first : self.size] = NOWHERE
        self.signs[NEXT, first : self.size] = -1
        before = self._last[stage].take(slot)
        fresh = where(before < 0)
        self.head[stage, slot.take(fresh)] = card.take(fresh)
        on = where(before >= 0)
        self.signs[NEXT, before.take(on)] = card.take(on)
        self._last[stage, slot] = card
        self._dealt[stage, slot] += 1
        return card

    def _deal_visit(self, plan: StagePlan, lead: Ints, count: Ints | None, numbers: Floats, signs: Ints) -> None:
        """Neglect, response, shelf life and service, all numbered by visits."""
        if not plan.neglect.is_zero:
            u = self.leads.roll(lead, plan.name, "neglect", count)
            signs[IS_NEGLECTED] = u < self.leads.at(plan.neglect, lead)
        numbers[WAIT] = AT_ONCE
        if plan.response is not None:
            numbers[WAIT] = self.leads.draw(plan.response, lead, plan.name, "response", count)
        numbers[LASTS] = lasting(self.leads, plan, lead, count)
        if plan.service is not None:
            numbers[SERVICE] = self.leads.draw(plan.service, lead, plan.name, "service", count)
        if (signs[TEAM] >= 0).any():
            numbers[RANK] = self._rank(plan, lead, signs[TEAM])

    def _rank(self, plan: StagePlan, lead: Ints, team: Ints) -> Floats:
        """By what a team that does not go by time puts a lead: the lowest is served first."""
        discipline = np.array([each.discipline for each in self.plan.teams])[team]
        rank = np.zeros(lead.size)
        if (discipline == SCORE).any():
            rank = np.where(discipline == SCORE, -_score(self.leads, lead), rank)
        worth = (
            plan.value_per_hour if self.leads.sector is None else plan.value_per_hour.take(self.leads.sector.take(lead))
        )
        return np.where(discipline == VALUE, -worth, rank)

    def _deal_attempt(
        self, stage: int, slot: Ints, lead: Ints, count: Ints | None, numbers: Floats, signs: Ints
    ) -> tuple[Mask, Mask]:
        """What an attempt comes to, or its own luck; who may pass, and who may fail, whatever comes before it."""
        may_pass, may_fail = self._deal_chance(stage, slot, lead, count, numbers, signs)
        programme = self.plan.stages[stage].programme
        at = where(np.broadcast_to(0 if programme is None else self._of_sector(programme.decides, slot), slot.shape))
        if at.size:
            self._deal_touches(stage, slot, at, numbers, signs)
            may_pass[at], may_fail[at] = signs[PASSES, at] > 0, signs[PASSES, at] == 0
        return may_pass, may_fail

    def _deal_touches(self, stage: int, slot: Ints, at: Ints, numbers: Floats, signs: Ints) -> None:
        """Attempts that a programme decides: what its touches come to, which nothing else moves."""
        plan, who = self.plan.stages[stage], slot.take(at)
        assert plan.programme is not None
        lead, made = self.lead.take(who), self._made[stage].take(who)
        found = course(self.leads, plan, lead, made if made.any() else None)
        self._made[stage, who] += found.touches
        passes = found.outcome == QUALIFIED
        numbers[NURTURED, at] = np.where(found.outcome == LOST, np.inf, found.days)
        numbers[GAINED, at] = found.clicks * np.log(self.leads.at(plan.programme.odds, lead))
        signs[PASSES, at] = passes
        numbers[LUCK, at], numbers[LOG_ODDS, at] = np.where(passes, -np.inf, np.inf), np.where(passes, np.inf, -np.inf)
        numbers[SD, at] = 0.0

    def _deal_chance(
        self, stage: int, slot: Ints, lead: Ints, count: Ints | None, numbers: Floats, signs: Ints
    ) -> tuple[Mask, Mask]:
        """The luck of an attempt that the stage's conversion decides."""
        plan = self.plan.stages[stage]
        u = self.leads.roll(lead, plan.name, "conversion", count)
        shocks = self.odds.shocks(stage)
        if shocks is None:
            p = spread(self.odds.of(stage, self.leads, lead, np.zeros(0), None, in_order=False))
            signs[PASSES] = u < p
            if not self._effects.any() and not any(each.any() for each in self._most_gained):
                return u < p, u >= p
        numbers[LUCK], numbers[LOG_ODDS] = logit(u), self.odds.log_odds(stage, self.leads, lead)
        rep = self.leads.rep.take(lead)
        least, most = (each.take(rep) for each in self._most_gained)
        base, luck = numbers[LOG_ODDS] + self._effects.take(slot), numbers[LUCK]
        if shocks is None:
            return luck < base + most + _CLOSE, luck >= base + least - _CLOSE
        sd = self.odds.drift_sd(stage, self.leads, lead)
        numbers[SD] = sd
        low, high = sd * shocks.min(axis=1).take(rep), sd * shocks.max(axis=1).take(rep)
        return luck < base + high + most + _CLOSE, luck >= base + low + least - _CLOSE

    def _deal_search(
        self, plan: Enrichment, stage: int, slot: Ints, count: Ints | None, numbers: Floats, signs: Ints
    ) -> None:
        """Whether a fact is lacking, what a search for it at this attempt comes to, and how long it takes."""
        name, lead = self.plan.stages[stage].name, self.lead.take(slot)
        at = where(lacking(plan, name, self.leads, lead) & ~self._is_known[stage].take(slot))
        found, takes = luck_of(plan, name, self.leads, lead.take(at), None if count is None else count.take(at))
        signs[SEARCH, at], numbers[SEARCH_TAKES, at] = np.where(found, FOUND, NOT_FOUND), takes

    def _deal_advance(self, stage: int, slot: Ints) -> None:
        plan = self.plan.stages[stage]
        if plan.takes is None or not slot.size:
            return
        card, count = self._next_of(stage, slot, ADVANCED)
        self.numbers[TAKES, card] = self.leads.draw(plan.takes, self.lead.take(slot), plan.name, "takes", count)

    def _next_of(self, stage: int, slot: Ints, deck: int) -> tuple[Ints, Ints | None]:
        """The card that holds the next of a deck's rolls, and its number (None: the first of all)."""
        number = self._used[deck][stage].take(slot)
        self._used[deck][stage, slot] += 1
        count = number if number.any() else None
        return self.find(stage, slot, count), count

    def _deal_end(self, stage: int, slot: Ints, deck: int, is_sure: Mask) -> None:
        """The rolls of one more rejection, or of going cold once more: how long it takes, where to, when it is back.

        Those for whom it ``is_sure`` are likely to need a card where they come back.
        """
        if not slot.size:
            return
        plan, lead = self.plan.stages[stage], self.lead.take(slot)
        card, count = self._next_of(stage, slot, deck)
        if deck == REJECTED:
            if plan.rejected_takes is not None:
                took = self.leads.draw(plan.rejected_takes, lead, plan.name, "rejected_takes", count)
                self.numbers[REJECTED_TAKES, card] = took
            self._deal_way(plan, card, slot, "rejected", plan.rejected, count, REJECTED_TO, REJECTED_AFTER)
            targets = slice(REJECTED_TO, REJECTED_TO + 1)
        else:
            causes = ((NEGLECTED, NEGLECTED_TO, NEGLECTED_AFTER), (LATE, LATE_TO, LATE_AFTER))
            for cause, to, after in causes[plan.neglect.is_zero :]:
                self._deal_way(plan, card, slot, "cold", plan.cold[cause], count, to, after)
            targets = slice(NEGLECTED_TO, LATE_TO + 1)
        if plan.recycle_odds.scalar != 1.0:
            self.numbers[PER_RECYCLE, card] = np.log(self.leads.at(plan.recycle_odds, lead))
        sure = where(is_sure)
        self._want_back(slot.take(sure), self.signs[targets][:, card.take(sure)])

    def _deal_way(
        self, plan: StagePlan, card: Ints, slot: Ints, deck: str, exits: Exits, count: Ints | None, to: int, after: int
    ) -> None:
        """Which of the ways out one roll takes, and for those that come back the stage and the rest before it."""
        lead = self.lead.take(slot)
        if not plan.sends_back(exits):
            return
        u = self.leads.roll(lead, plan.name, f"{deck} exit", count)
        way = exit_of(self.leads, exits, lead, u)
        self._come_back(plan, card, slot, where(way == RECYCLED), f"{deck} recycle after", count, to, after)
        lost = where(way == COMPETITOR)
        if plan.return_share.is_zero or not lost.size:
            return
        u = self.leads.roll(lead.take(lost), plan.name, f"{deck} return", None if count is None else count.take(lost))
        lost = lost.take(where(u < self.leads.at(plan.return_share, lead.take(lost))))
        self._come_back(plan, card, slot, lost, f"{deck} return after", count, to, after)

    def _come_back(
        self, plan: StagePlan, card: Ints, slot: Ints, at: Ints, name: str, count: Ints | None, to: int, after: int
    ) -> None:
        if not at.size:
            return
        recycled = "recycle" in name
        clock = plan.recycle_after if recycled else plan.return_after
        self.signs[to, card.take(at)] = self._of_sector(plan.recycle_to if recycled else plan.return_to, slot.take(at))
        if clock is not None:
            ours = None if count is None else count.take(at)
            rest = self.leads.draw(clock, self.lead.take(slot.take(at)), plan.name, name, ours)
            self.numbers[after, card.take(at)] = rest

    def _want_back(self, slot: Ints, targets: Ints) -> None:
        """One more visit wherever these leads may be sent back, as often as any limit lets them."""
        for row, target in enumerate(targets):
            new = target >= 0 if row == 0 else (target >= 0) & (target != targets[0])
            for stage in np.unique(target[new]).tolist():
                back = slot.take(where(new & (target == stage)))
                back = back.take(where(self._back[stage].take(back) < self._limit_of(back)))
                self._back[stage, back] += 1
                if stage < len(self.plan.stages) - 1:
                    self._wanted[stage, back] += 1

    def _limit_of(self, slot: Ints) -> Ints:
        return self._limit if self.sector is None else self._limit.take(slot)

    def _of_sector(self, values: Ints, slot: Ints) -> Ints | int:
        return int(values[0]) if self.sector is None else values.take(self.sector.take(slot))


def _score(leads: Leads, lead: Ints) -> Floats:
    """The visible score of each lead; without one all are alike."""
    return np.zeros(lead.size) if leads.score is None else leads.score.take(lead)


def _may_go_cold(numbers: Floats, signs: Ints) -> Mask:
    """Neglected, late whatever the queue, or with a team and a shelf life that ends."""
    mortal = np.isfinite(numbers[LASTS])  # a deadline of none never comes
    late = (numbers[WAIT] >= numbers[LASTS]) | (signs[TEAM] >= 0)
    return mortal & ((signs[IS_NEGLECTED] > 0) | late)


def _most_gained(leads: Leads, limit: int) -> tuple[Floats, Floats]:
    """By how much the recycles and clicks that a lead may still have can lower and raise its log-odds, both of shape
    (n_reps,): what is dealt in one future must not depend on those beside it."""
    least, most = np.zeros((2, leads.block.n_reps))
    for stage in leads.block.plan.stages[:-1]:
        if stage.recycle_odds.scalar != 1.0:
            effects = limit * np.log(leads.block.knob(stage.recycle_odds))
            least, most = np.minimum(least, effects.min(axis=1)), np.maximum(most, effects.max(axis=1))
    for stage in leads.block.plan.stages[:-1]:
        if stage.programme is not None and stage.programme.odds.scalar != 1.0:
            touches = int(stage.programme.touches.max()) * (limit + 1)
            effects = touches * np.log(leads.block.knob(stage.programme.odds))
            least, most = least + effects.min(axis=1).clip(max=0.0), most + effects.max(axis=1).clip(min=0.0)
    return least, most


def _grown(array: NDArray[T], room: int) -> NDArray[T]:
    out = np.zeros((*array.shape[:-1], room), array.dtype)
    out[..., : array.shape[-1]] = array
    return out
