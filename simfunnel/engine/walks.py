"""Who is reached, and when: leads as they live, and their ideal twins?

The twin's is the same walk where nobody is neglected and everybody is worked within the shelf life.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simfunnel.engine.plan import CAUSES, LATE, NEGLECTED, QUEUE, WAITING, Floats, where
from simfunnel.engine.rules import lasting
from simfunnel.engine.visits import Walk
from simfunnel.engine.waves import Touched, Wave


class Actual(Walk):
    """Leads as they live. ``touched`` remembers the first visits at which they were not reached, or had to wait."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.touched: list[Touched] = []

    def _parts(self, stage: int, wave: Wave) -> list[Wave]:
        return [wave] if self.queues is None else self.queues.parts(stage, wave)

    def _reach(self, stage: int, wave: Wave) -> tuple[Wave, Floats]:
        return self._reach_queued(stage, wave) if self._is_queued(stage, wave) else super()._reach(stage, wave)

    def _is_queued(self, stage: int, wave: Wave) -> bool:
        """Whether a team works the stage of these leads; the walk takes those without one apart."""
        if self.queues is None:
            return False
        team = self.queues.team_of(stage, wave.lead[:1])
        return int(team if isinstance(team, int) else team[0]) >= 0

    def _reach_queued(self, stage: int, wave: Wave) -> tuple[Wave, Floats]:
        """Where a team works the stage: the queues have been lived, and it is known what became of every visit."""
        assert self.queues is not None
        seen = self.queues.look(stage, wave, self._visits(stage, wave))
        self.queues.book(stage, wave, seen)
        for cause, mask in ((NEGLECTED, seen.is_neglected), (LATE, seen.is_late), (QUEUE, seen.is_cold)):
            at = where(mask)
            cold = wave.take(at)
            self._go_cold(stage, cause, cold, cold.time + seen.lasts.take(at))
        waits = where(seen.waits)
        self._touch(stage, WAITING, wave.take(waits))
        waiting = wave.take(where(seen.waits_still))
        self._happening(stage, waiting, np.full(waiting.lead.size, np.inf))  # nothing but leaving does
        at = where(np.isfinite(seen.begin))
        return self._when_worked(stage, wave.take(at), seen.begin.take(at))

    def _go_cold(self, stage: int, cause: int, wave: Wave, done: Floats) -> None:
        if wave.lead.size:
            self._touch(stage, cause, wave)
            super()._go_cold(stage, cause, wave, done)

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


class Ideal(Walk):
    """The ideal twins of leads that were touched, from there on."""

    in_order = False

    def _reach(self, stage: int, wave: Wave) -> tuple[Wave, Floats]:
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
