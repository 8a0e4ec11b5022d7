"""What became of visits to a stage that a team works?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from simfunnel.engine.loops import Mask
from simfunnel.engine.plan import Floats, Ints
from simfunnel.engine.waves import Wave


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits to a stage with a team, one each: how long the lead lasts, whether it is neglected, when it joins the
    queue (it need not get that far) and would be worked if nobody had to wait, the work it takes, and when that begins
    (`kernel.NEVER`, `kernel.NOT_YET`, NaN where the lead does not come to the queue)."""

    lasts: Floats
    is_neglected: Mask
    join: Floats
    at_work: Floats
    service: Floats
    begin: Floats

    def take(self, at: Ints) -> Self:
        """Some of them."""
        return type(self)(**{name: column.take(at) for name, column in vars(self).items()})


class Lived(Protocol):
    """Queues that have been lived."""

    def visits(self, stage: int, wave: Wave, number: Ints | None) -> Visits:
        """What became of these leads' ``number``-th visit to a stage (None: their first)."""


@dataclass(frozen=True, eq=False)
class Seen(Visits):
    """What became of visits: how they differ from a twin's."""

    is_late: Mask
    is_cold: Mask
    waits_still: Mask
    waits: Mask
