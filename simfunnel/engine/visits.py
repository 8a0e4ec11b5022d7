"""What happens to leads at the stages: one wavefront a stage, leads that come back as further passes.

A wave is a set of leads that enter a stage. All of them visit it together (model: the race of clocks), those who
advance are the next stage's wave, those who come back wait for the next pass.
"""

from __future__ import annotations

import numpy as np

from simfunnel.engine.enrichment import Search, search
from simfunnel.engine.histories import ADVANCED, COLD, REJECTED
from simfunnel.engine.leaving import Leaving
from simfunnel.engine.loops import spread
from simfunnel.engine.nurture import LOST, OVER, QUALIFIED, Course
from simfunnel.engine.plan import CAUSES, LATE, NEGLECTED, Floats, Ints, where
from simfunnel.engine.rules import lasting
from simfunnel.engine.waves import Touched, Wave, merge


class Walk(Leaving):
    """Leads that visit stage after stage; `_parts` and `_reach` are what the kinds of walk differ in."""

    def run(self, fresh: list[list[Wave]], veterans: list[list[Wave]]) -> None:
        """Walk leads that have never come back, then those that have, pass by pass, until nobody comes back."""
        entering, self._returning = fresh, veterans
        while any(entering) or any(self._returning):
            self._pass(entering)
            entering, self._returning = self._returning, [[] for _ in self.plan.stages]

    def take_over(self, touched: list[Touched]) -> tuple[list[list[Wave]], list[list[Wave]]]:
        """Know of these leads what another walk did; those that had never come back, and the others, by stage."""
        stages = range(len(self.plan.stages))
        found: tuple[list[list[Wave]], list[list[Wave]]] = ([[] for _ in stages], [[] for _ in stages])
        for each in touched:
            self.nurture.take_over(each.wave.lead, each.nurture)
            if each.histories is None:
                found[0][each.stage].append(each.wave)
            else:
                rows = self.histories.extend(each.histories)
                found[1][each.stage].append(Wave(each.wave.lead, each.wave.time, rows))
        return found

    def _pass(self, entering: list[list[Wave]]) -> None:
        last = len(self.plan.stages) - 1
        for stage in range(last):
            for part in self._parts(stage, merge(entering[stage], in_order=self.in_order)):
                if not part.lead.size:
                    continue
                advanced = self._visit(stage, part)
                if advanced.lead.size:
                    self.enter(stage + 1, advanced)
                    entering[stage + 1].append(advanced)
        self.won += [wave for wave in entering[last] if wave.lead.size]

    def _parts(self, stage: int, wave: Wave) -> list[Wave]:
        """The waves in which these leads visit a stage."""
        return [wave]

    def _visit(self, stage: int, wave: Wave) -> Wave:
        """The visit of a wave to a stage; those who advance, as they enter the next."""
        worked = self._reach(stage, wave)
        return self._decide(stage, *worked) if worked[0].lead.size else worked[0]

    def _reach(self, stage: int, wave: Wave) -> tuple[Wave, Floats]:
        """Who is worked, and when; the others go cold."""
        plan = self.plan.stages[stage]
        visits = self._visits(stage, wave)
        if not plan.neglect.is_zero:
            u = self.leads.roll(wave.lead, plan.name, "neglect", visits)
            chance = self.leads.chance(plan.neglect, wave.lead, in_order=wave.row is None)
            alone, wave = wave.part_below(u, chance)
            lasts = lasting(self.leads, plan, alone.lead, self._visits(stage, alone))
            self._go_cold(stage, NEGLECTED, alone, alone.time + lasts)
            visits = self._visits(stage, wave)
        if plan.response is None:
            return self._when_worked(stage, wave, wave.time)
        wait = self.leads.draw(plan.response, wave.lead, plan.name, "response", visits)
        lasts = lasting(self.leads, plan, wave.lead, visits)
        if isinstance(lasts, float) and np.isinf(lasts):
            return self._when_worked(stage, wave, wave.time + wait)
        in_time = wait < lasts
        until = wave.time + np.minimum(wait, lasts)
        if not in_time.all():
            (wave, until), (late, cold_at) = wave.part_with(in_time, until)
            self._go_cold(stage, LATE, late, cold_at)
        return self._when_worked(stage, wave, until)

    def _visits(self, stage: int, wave: Wave) -> Ints | None:
        """How often these leads have been at a stage before; None: never."""
        return self.histories.count(wave.row, stage, COLD, ADVANCED, REJECTED)

    def _when_worked(self, stage: int, wave: Wave, begin: Floats) -> tuple[Wave, Floats]:
        """Those for whom work has begun by the end, with the time when it did."""
        if begin is not wave.time:  # they have entered, so they are there
            wave, begin, _ = self._happening(stage, wave, begin)
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
        return merge(advanced, in_order=self.in_order)

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
        in_order = wave.row is None and self.in_order
        p = self.odds.of(stage, self.leads, wave.lead, wave.time, effects, in_order=in_order)
        if isinstance(p, float) and p >= 1.0:
            return self._advance(stage, wave, begin, accompanied=True)
        u = self.leads.roll(wave.lead, plan.name, "conversion", attempts)
        if begin is wave.time:
            wave, rejected = wave.part_below(u, p)
            begin, since = wave.time, rejected.time
        else:
            (wave, begin), (rejected, since) = wave.part_with(u < spread(p), begin)
        if rejected.lead.size and not (self._is_unseen and plan.rejection_is_final and plan.programme is None):
            self._reject(stage, rejected, since, accompanied=True)
        return self._advance(stage, wave, begin, accompanied=True)

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
        if begin is not wave.time:
            wave, begin, count = self._happening(stage, wave, begin, count)
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
        if begin is not wave.time:
            wave, begin, _ = self._happening(stage, wave, begin)
        self._book_end(stage, "advanced", wave, begin)
        return wave.later(begin)

    def _go_cold(self, stage: int, cause: int, wave: Wave, done: Floats) -> None:
        """Visits that end cold at these times."""
        if not wave.lead.size:
            return
        count = self.histories.count(wave.row, stage, COLD)
        self.histories.bump(wave.row, stage, COLD)
        wave, done, count = self._happening(stage, wave, done, count)
        name = f"cold_{CAUSES[cause]}"
        self._book_end(stage, name, wave, done)
        if self.tally is not None:
            self.tally.period(name, stage, wave, done)
        self._exit(stage, name, wave.later(done), count)
