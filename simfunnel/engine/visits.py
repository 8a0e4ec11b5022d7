"""What happens to independent leads: one wavefront a stage, leads that come back as further passes.

A wave is a set of leads that enter a stage. All of them visit it together (model: the race of clocks), those who
advance are the next stage's wave, those who come back wait for the next pass. The ideal twin is the same walk with
``ideal=True``: nobody is neglected, and everybody is worked within the shelf life.
"""

from __future__ import annotations

import numpy as np

from simfunnel.engine.block import Leads
from simfunnel.engine.enrichment import Search, search
from simfunnel.engine.histories import ADVANCED, COLD, REJECTED, Histories
from simfunnel.engine.loops import part_by
from simfunnel.engine.nurture import LOST, OVER, QUALIFIED, Course, Nurture
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import CAUSES, LATE, NEGLECTED, QUEUE, WAITING, Floats, Ints, Touch, where
from simfunnel.engine.queues import Queues
from simfunnel.engine.rules import edge_of, lasting
from simfunnel.engine.tally import Bill, Tally
from simfunnel.engine.waves import Event, Touched, Wave, merge


class Walk:
    """The leads of a block on their way. ``touch`` (int16, shape (n_leads,)) is 0, or 1 + 4 * stage + cause of the
    first touch."""

    def __init__(
        self,
        leads: Leads,
        odds: Odds,
        touch: Touch,
        *,
        tally: Tally | None,
        journal: list[Event] | None = None,
        queues: Queues | None = None,
    ) -> None:
        self.leads, self.odds, self.touch, self.tally, self.journal = leads, odds, touch, tally, journal
        self.queues = queues
        self.block, self.plan = leads.block, leads.block.plan
        self.ideal = tally is None
        self._is_unseen = tally is None and journal is None  # then only what may still win need be walked
        self.bill = Bill(leads, touch, everything=self.ideal)
        self.histories = Histories(len(self.plan.stages))
        self.nurture = Nurture(leads)
        self.won: list[Wave] = []
        self.touched: list[Touched] = []
        self._returning: list[list[Wave]] = []

    def run(self, fresh: list[list[Wave]], veterans: list[list[Wave]]) -> None:
        """Walk leads that have never come back, then those that have, pass by pass, until nobody comes back."""
        entering, self._returning = fresh, veterans
        while any(entering) or any(self._returning):
            self._pass(entering)
            entering, self._returning = self._returning, [[] for _ in self.plan.stages]

    def _pass(self, entering: list[list[Wave]]) -> None:
        last = len(self.plan.stages) - 1
        for stage in range(last):
            wave = merge(entering[stage], in_order=not self.ideal)
            parts = [wave] if self.queues is None or self.ideal else self.queues.parts(stage, wave)
            for part in parts:
                if not part.lead.size:
                    continue
                advanced = self._visit(stage, part)
                if advanced.lead.size:
                    self.enter(stage + 1, advanced)
                    entering[stage + 1].append(advanced)
        self.won += [wave for wave in entering[last] if wave.lead.size]

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

    def _visit(self, stage: int, wave: Wave) -> Wave:
        """The visit of a wave to a stage; those who advance, as they enter the next."""
        reach = (
            self._reach_ideally if self.ideal else self._reach_queued if self._is_queued(stage, wave) else self._reach
        )
        worked = reach(stage, wave)
        if not worked[0].lead.size:
            return worked[0]
        return self._decide(stage, *worked)

    def _reach_ideally(self, stage: int, wave: Wave) -> tuple[Wave, Floats]:
        plan = self.plan.stages[stage]
        begin: Floats = wave.time
        is_queued = self.queues is not None and (plan.team >= 0).any()
        if plan.response is None and not is_queued:
            return self._when_worked(stage, wave, begin)
        visits, wait = self._visits(stage, wave), np.zeros(wave.lead.size)
        if plan.response is not None:
            wait = self.leads.draw(plan.response, wave.lead, plan.name, "response", visits)
        lasts = lasting(self.leads, plan, wave.lead, visits)
        if is_queued and self.queues is not None:
            return self._when_worked(stage, wave, self.queues.when_ideal(stage, wave.lead, begin, wait, lasts))
        return self._when_worked(stage, wave, begin + np.minimum(wait, lasts))

    def _reach(self, stage: int, wave: Wave) -> tuple[Wave, Floats]:
        """Who is worked, and when; the others go cold."""
        plan = self.plan.stages[stage]
        visits = self._visits(stage, wave)
        if not plan.neglect.is_zero:
            u = self.leads.roll(wave.lead, plan.name, "neglect", visits)
            neglected = u < self.leads.at(plan.neglect, wave.lead, in_order=wave.row is None)
            alone, wave = wave.part(neglected)
            ours = None if visits is None else visits.take(where(neglected))
            self._go_cold(stage, NEGLECTED, alone, lasting(self.leads, plan, alone.lead, ours))
            visits = None if visits is None else visits.take(where(~neglected))
        if plan.response is None:
            return self._when_worked(stage, wave, wave.time)
        wait = self.leads.draw(plan.response, wave.lead, plan.name, "response", visits)
        lasts = lasting(self.leads, plan, wave.lead, visits)
        if isinstance(lasts, float) and np.isinf(lasts):
            return self._when_worked(stage, wave, wave.time + wait)
        in_time = wait < lasts
        if not in_time.all():
            wave, late = wave.part(in_time)
            self._go_cold(stage, LATE, late, lasts if isinstance(lasts, float) else part_by(in_time, lasts)[1])
            wait = part_by(in_time, wait)[0]
        return self._when_worked(stage, wave, wave.time + wait)

    def _reach_queued(self, stage: int, wave: Wave) -> tuple[Wave, Floats]:
        """The same where a team works the stage: the queues have been lived, and every visit has its card."""
        assert self.queues is not None
        card, time = self.queues.card(stage, wave.lead, self._visits(stage, wave)), wave.time
        seen = self.queues.look(stage, wave.lead, time, card)
        self.queues.book(stage, wave, card, seen)
        for cause, mask in ((NEGLECTED, seen.is_neglected), (LATE, seen.is_late), (QUEUE, seen.is_cold)):
            at = where(mask)
            self._go_cold(stage, cause, wave.take(at), seen.lasts.take(at))
        waits = where(seen.waits)
        self._touch(stage, WAITING, wave.take(waits))
        waiting = wave.take(where(seen.waits_still))
        self._happens(stage, waiting, np.full(waiting.lead.size, np.inf))  # nothing but leaving does
        at = where(np.isfinite(seen.begin))
        return self._when_worked(stage, wave.take(at), seen.begin.take(at))

    def _is_queued(self, stage: int, wave: Wave) -> bool:
        """Whether a team works the stage of these leads; the walk takes those without one apart."""
        if self.queues is None:
            return False
        team = self.queues.team_of(stage, wave.lead[:1])
        return int(team if isinstance(team, int) else team[0]) >= 0

    def _visits(self, stage: int, wave: Wave) -> Ints | None:
        """How often these leads have been at a stage before; None: never."""
        return self.histories.count(wave.row, stage, COLD, ADVANCED, REJECTED)

    def _may_be_touched(self, wave: Wave) -> bool:
        return wave.row is not None or self.queues is not None

    def _when_worked(self, stage: int, wave: Wave, begin: Floats) -> tuple[Wave, Floats]:
        """Those for whom work has begun by the end, with the time when it did."""
        if begin is not wave.time:  # they have entered, so they are there
            at = self._happens(stage, wave, begin)
            if at is not None:
                wave, begin = wave.take(at), begin.take(at)
        self._note("worked", stage, wave.lead, begin)
        if self.tally is not None:
            self.tally.add("worked", stage, wave)
            self.tally.promises.worked(stage, wave.lead, wave.time, begin)
        self.bill.charge(
            "work", self.plan.stages[stage].cost_per_work, wave.lead, begin, touched=self._may_be_touched(wave)
        )
        return wave, begin

    def _decide(self, stage: int, wave: Wave, begin: Floats) -> Wave:
        """Who advances: as the stage's programme says in sectors where it decides, else as its conversion says."""
        programme = self.plan.stages[stage].programme
        decides = 0 if programme is None else self.leads.by_sector(programme.decides, wave.lead)
        if isinstance(decides, int):
            return self._qualify(stage, wave, begin) if decides else self._convert(stage, wave, begin)
        advanced = []
        for decide, at in ((self._qualify, where(decides > 0)), (self._convert, where(decides == 0))):
            some = wave.take(at)
            advanced.append(decide(stage, some, some.time if begin is wave.time else begin.take(at)))
        return merge(advanced, in_order=not self.ideal)

    def _qualify(self, stage: int, wave: Wave, begin: Floats) -> Wave:
        """Those whom the touches of a programme bring over its threshold advance."""
        found = self._nurture(stage, wave, begin)
        done = begin + found.days
        over = where(found.outcome == OVER)
        if over.size and not (self._is_unseen and self.plan.stages[stage].rejection_is_final):
            self._reject(stage, wave.take(over), done.take(over))
        yes = where(found.outcome == QUALIFIED)
        return self._advance(stage, wave.take(yes), done.take(yes))

    def _accompany(self, stage: int, wave: Wave, begin: Floats, done: Floats) -> Ints | None:
        """The touches of a programme beside a visit whose end is known; who is not lost by them (None: all)."""
        programme = self.plan.stages[stage].programme
        if programme is None or not wave.lead.size:
            return None
        found = self._nurture(stage, wave, begin, until=done)
        lost = found.outcome == LOST
        return where(~lost) if lost.any() else None

    def _nurture(self, stage: int, wave: Wave, begin: Floats, until: Floats | None = None) -> Course:
        """The touches of a visit; those whom they lose end here."""
        found = self.nurture.visit(stage, wave.lead, begin, until=until, first=wave.row is None, bill=self.bill)
        lost = found.outcome == LOST
        if self.tally is not None:
            numbers = (found.touches, found.opens, found.clicks, lost.astype(np.int64))
            self.tally.nurtured(stage, wave.lead, numbers)
        if self.journal is not None:
            for name, at, time in self.nurture.told(stage, wave.lead, begin, found):
                self._note(name, stage, wave.lead.take(at), time)
        at = where(lost)
        if at.size:
            gone, time = wave.take(at), begin.take(at) + found.days.take(at)
            self._note("unsubscribed", stage, gone.lead, time)
            self._book_end(stage, "rejected", gone, time)
            self._drop(stage, "rejected", gone.later(time), None)
        return found

    def _convert(self, stage: int, wave: Wave, begin: Floats) -> Wave:
        """Those whom the roll of the stage's conversion lets advance."""
        plan = self.plan.stages[stage]
        attempts = self.histories.count(wave.row, stage, ADVANCED, REJECTED)
        effects = self.nurture.effects(wave.lead, self.histories.effects(wave.row))
        in_order = wave.row is None and not self.ideal
        p = self.odds.of(stage, self.leads, wave.lead, wave.time, effects, in_order=in_order)
        if isinstance(p, float) and p >= 1.0:
            return self._advance(stage, wave, begin, accompanied=True)
        advances = self.leads.roll(wave.lead, plan.name, "conversion", attempts) < p
        at_once = begin is wave.time
        wave, rejected = wave.part(advances)
        begins = (wave.time, rejected.time) if at_once else part_by(advances, begin)
        if rejected.lead.size and not (self._is_unseen and plan.rejection_is_final and plan.programme is None):
            self._reject(stage, rejected, begins[1], accompanied=True)
        return self._advance(stage, wave, begins[0], accompanied=True)

    def _reject(self, stage: int, wave: Wave, begin: Floats, *, accompanied: bool = False) -> None:
        """Visits that end without an advance; ``accompanied``: the stage's programme runs beside them."""
        plan = self.plan.stages[stage]
        count = self.histories.count(wave.row, stage, REJECTED)
        if plan.rejected_takes is not None:
            since, begin = (
                begin,
                begin + self.leads.draw(plan.rejected_takes, wave.lead, plan.name, "rejected_takes", count),
            )
            kept = self._accompany(stage, wave, since, begin) if accompanied else None
            if kept is not None:
                wave, begin = wave.take(kept), begin.take(kept)
                count = None if count is None else count.take(kept)
        self.histories.bump(wave.row, stage, REJECTED)
        at = None if begin is wave.time else self._happens(stage, wave, begin)
        if at is not None:
            wave, begin = wave.take(at), begin.take(at)
            count = None if count is None else count.take(at)
        self._book_end(stage, "rejected", wave, begin)
        if plan.reasons is not None and self.tally is not None:
            self.tally.reject(stage, wave.lead, plan.reasons, count)
        self._exit(stage, "rejected", wave.later(begin), count)

    def _enrich(self, stage: int, wave: Wave, begin: Floats, made: Search | None) -> tuple[Wave, Floats]:
        """Those who still advance, and from when on; the others are rejected, as a fact about them was not found."""
        if made is None:
            return wave, begin
        plan, sought, since = self.plan.stages[stage], wave.take(made.at), begin.take(made.at)
        assert plan.enrichment is not None
        self._note("enriched", stage, sought.lead, since)
        if self.tally is not None:
            self.tally.add("enriched", stage, sought)
        touched = self._may_be_touched(wave)
        self.bill.charge("enrichment", plan.enrichment.cost, sought.lead, since, touched=touched)
        lost = where(~made.found)
        if lost.size and not (self._is_unseen and plan.rejection_is_final):
            self._reject(stage, sought.take(lost), made.done.take(lost))
        begin, stays = begin.copy(), np.ones(begin.size, np.bool_)
        begin[made.at], stays[made.at] = made.done, made.found
        kept = where(stays)
        return wave.take(kept), begin.take(kept)

    def _advance(self, stage: int, wave: Wave, begin: Floats, *, accompanied: bool = False) -> Wave:
        """Visits that end with an advance, as they enter the next stage."""
        plan = self.plan.stages[stage]
        if plan.enrichment is not None:
            wave, begin = self._enrich(stage, wave, begin, search(stage, self.leads, self.histories, wave, begin))
        if plan.takes is not None:
            count = self.histories.count(wave.row, stage, ADVANCED)
            since, begin = begin, begin + self.leads.draw(plan.takes, wave.lead, plan.name, "takes", count)
            kept = self._accompany(stage, wave, since, begin) if accompanied else None
            if kept is not None:
                wave, begin = wave.take(kept), begin.take(kept)
        self.histories.bump(wave.row, stage, ADVANCED)
        at = None if begin is wave.time else self._happens(stage, wave, begin)
        if at is not None:
            wave, begin = wave.take(at), begin.take(at)
        self._book_end(stage, "advanced", wave, begin)
        return wave.later(begin)

    def _go_cold(self, stage: int, cause: int, wave: Wave, lasting: Floats | float) -> None:
        if not wave.lead.size:
            return
        self._touch(stage, cause, wave)
        count = self.histories.count(wave.row, stage, COLD)
        self.histories.bump(wave.row, stage, COLD)
        done = wave.time + lasting
        at = self._happens(stage, wave, done)
        if at is not None:
            wave, done = wave.take(at), done.take(at)
            count = None if count is None else count.take(at)
        name = f"cold_{CAUSES[cause]}"
        self._book_end(stage, name, wave, done)
        if self.tally is not None:
            self.tally.period(name, stage, wave, done)
        self._exit(stage, name, wave.later(done), count)

    def _touch(self, stage: int, cause: int, wave: Wave) -> None:
        """Remember the first visit at which a lead was not reached, or had to wait, with its history on entering."""
        self._note(f"touched by {CAUSES[cause]}", stage, wave.lead, wave.time)
        first, code = wave, 1 + len(CAUSES) * stage + cause
        if self._may_be_touched(wave):
            known = self.touch.take(wave.lead)
            first = wave.take(where(known == 0))
            if cause != WAITING:  # which a wait before gives way to
                self.touch[wave.lead[(known > 0) & ((known - 1) % len(CAUSES) == WAITING)]] = code
        self.touch[first.lead] = code
        if first.lead.size:
            before = None if first.row is None else self.histories.copy(first.row)
            self.touched.append(Touched(stage, first, before, self.nurture.copy(first.lead)))

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
        only = None if exits.is_drawn else _only_way(edges)
        if only is not None:
            ways[only](stage, deck, wave, count)
            return
        u = self.leads.roll(wave.lead, plan.name, f"{deck} exit", count)
        low: Floats | float = 0.0
        for k, way in enumerate(ways):
            high = edge_of(self.leads, edges[..., k], wave.lead) if k < 3 else np.inf
            if isinstance(low, float) and isinstance(high, float) and low == high:
                continue
            at = where((u >= low) & (u < high))
            low = high
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
            here = self._happens(None, wave, time)
            if here is not None:
                wave, time = wave.take(here), time.take(here)
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

    def _happens(self, stage: int | None, wave: Wave, time: Floats) -> Ints | None:
        """Which of these events happen to a wave: by the end, and with the contact still there (None: all).

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
        return None if happens.all() else where(happens)

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
