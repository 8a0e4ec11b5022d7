"""Who enters a stage together, when, and what is noted of it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simfunnel.engine.histories import Histories
from simfunnel.engine.loops import Chance, Mask, Steps, part, part_below, part_both
from simfunnel.engine.nurture import State
from simfunnel.engine.plan import Floats, Ints, where


@dataclass(frozen=True, eq=False)
class Wave:
    """Leads that enter a stage: who, when, and the row of their history (None: none of them has ever come back)."""

    lead: Ints
    time: Floats
    row: Ints | None = None

    def take(self, at: Ints) -> Wave:
        return Wave(self.lead.take(at), self.time.take(at), None if self.row is None else self.row.take(at))

    def part(self, mask: Mask) -> tuple[Wave, Wave]:
        """Those for whom a mask is true, and the others."""
        if self.row is not None:
            return self.take(where(mask)), self.take(where(~mask))
        yes, no = part(mask, self.lead, self.time)
        return Wave(*yes), Wave(*no)

    def part_below(self, u: Floats, chance: Chance) -> tuple[Wave, Wave]:
        """Those whose rolls are below a chance, and the others."""
        if not isinstance(chance, Steps):
            return self.part(u < chance)
        yes, no = part_below(u, chance, self.lead, self.time)
        return Wave(*yes), Wave(*no)

    def part_with(self, mask: Mask, moment: Floats) -> tuple[tuple[Wave, Floats], tuple[Wave, Floats]]:
        """Those for whom a mask is true, and the others, with their shares of some moments."""
        if self.row is not None:
            at, others = where(mask), where(~mask)
            return (self.take(at), moment.take(at)), (self.take(others), moment.take(others))
        (lead, time, yes_moment), (other, other_time, no_moment) = part_both(mask, self.lead, self.time, moment)
        return (Wave(lead, time), yes_moment), (Wave(other, other_time), no_moment)

    def later(self, time: Floats) -> Wave:
        return Wave(self.lead, time, self.row)


@dataclass(frozen=True, eq=False)
class Touched:
    """Leads at the visit that was the first at which they were neglected or not reached in time, as they entered it."""

    stage: int
    wave: Wave
    histories: Histories | None
    nurture: State


@dataclass(frozen=True)
class Event:
    """One line of a journal: what happened, at which stage, to which leads, when."""

    name: str
    stage: int
    lead: Ints
    time: Floats


def merge(waves: list[Wave], *, in_order: bool = True) -> Wave:
    """One wave of several; ``in_order`` sorts leads without a row by their numbers."""
    waves = [wave for wave in waves if wave.lead.size]
    if len(waves) < 2:
        return waves[0] if waves else Wave(np.zeros(0, np.int64), np.zeros(0))
    lead, time = np.concatenate([w.lead for w in waves]), np.concatenate([w.time for w in waves])
    if waves[0].row is not None:
        return Wave(lead, time, np.concatenate([w.row for w in waves if w.row is not None]))
    if not in_order:
        return Wave(lead, time)
    order = np.argsort(lead, kind="stable")
    return Wave(lead.take(order), time.take(order))
