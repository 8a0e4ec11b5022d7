"""How do queues go when every lead and every person is a process of its own?

One stage and one team, in SimPy, from the model's page: people take the next lead while they are at work, leads leave
when their shelf life ends, and come back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
import simpy
from numpy.typing import NDArray

from .world import Clock

Process = Generator[simpy.Event, object, None]
DAY_OPENS, DAY_CLOSES, WORKDAYS = 9 / 24, 17 / 24, 5  # where a team keeps hours; day 0 is a Monday
MEASURES = ("worked", "cold_queue", "reopened", "deals", "mean wait")


@dataclass(frozen=True)
class Desk:
    """A stage with its team, for one future; `kinds` are the sectors: share, priority (the lowest first), service."""

    horizon: float
    leads: Callable[[], list[float]]
    people: int
    kinds: list[tuple[float, float, Clock]]
    shelf_life: Clock
    conversion: float
    response: float = 0.0
    keeps_hours: bool = False
    recycle_rejected: float = 0.0
    recycle_cold: float = 0.0
    recycle_after: Clock = lambda: 0.0
    limit: int = 10


@dataclass(eq=False)
class Waiting:
    """A lead in the queue."""

    priority: float
    ticket: int
    service: float
    begin: simpy.Event


@dataclass
class Office:
    """One future."""

    desk: Desk
    rng: np.random.Generator
    env: simpy.Environment = field(default_factory=simpy.Environment)
    queue: list[Waiting] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    worked: int = 0
    cold: int = 0
    reopened: int = 0
    deals: int = 0
    tickets: int = 0

    def run(self) -> tuple[float, ...]:
        self.bell = self.env.event()
        for arrival in self.desk.leads():
            self.env.process(self.lead(arrival))
        for _ in range(self.desk.people):
            self.env.process(self.person())
        self.env.run(until=self.desk.horizon)
        return self.worked, self.cold, self.reopened, self.deals, float(np.mean(self.waits or [0.0]))

    def closed_for(self) -> float:
        """How long until the team is at work."""
        if not self.desk.keeps_hours:
            return 0.0
        day = math.floor(self.env.now + 1e-9)
        for later in range(4):
            opens, closes = day + later + DAY_OPENS, day + later + DAY_CLOSES
            if (day + later) % 7 < WORKDAYS and self.env.now < closes - 1e-9:
                return max(0.0, opens - self.env.now)
        raise AssertionError

    def spend(self, work: float) -> Process:
        """Let working time pass."""
        while work > 0:
            closed = self.closed_for()
            if closed > 1e-9:
                yield self.env.timeout(closed)
            room = work
            if self.desk.keeps_hours:
                room = math.floor(self.env.now + 1e-9) + DAY_CLOSES - self.env.now
            part = min(room, work)
            yield self.env.timeout(part)
            work -= part

    def person(self) -> Process:
        """Take the next, work, and so on."""
        while True:
            closed = self.closed_for()
            if closed > 1e-9:
                yield self.env.timeout(closed)
            elif self.queue:
                first = min(self.queue, key=lambda each: (each.priority, each.ticket))
                self.queue.remove(first)
                first.begin.succeed()
                yield from self.spend(first.service)
            else:
                yield self.bell

    def lead(self, arrival: float) -> Process:
        """Come, wait, be worked or not, come back."""
        yield self.env.timeout(arrival)
        roll, at = self.rng.random(), 0
        while roll >= self.desk.kinds[at][0]:
            roll -= self.desk.kinds[at][0]
            at += 1
        _, priority, service = self.desk.kinds[at]
        recycled = 0
        while True:
            entered = self.env.now
            until = entered + self.desk.shelf_life()
            if self.desk.response:
                response = self.env.process(self.spend(self.desk.response))
                yield response | self.env.timeout(until - self.env.now)
            share = self.desk.recycle_cold
            if self.env.now < until:
                self.tickets += 1
                waiting = Waiting(priority, self.tickets, service(), self.env.event())
                self.queue.append(waiting)
                self.bell.succeed()
                self.bell = self.env.event()
                yield waiting.begin | self.env.timeout(until - self.env.now)
                if waiting.begin.triggered:
                    self.worked += 1
                    self.waits.append(self.env.now - entered)
                    if self.rng.random() < self.desk.conversion:
                        self.deals += 1
                        return
                    share = self.desk.recycle_rejected
                else:
                    self.queue.remove(waiting)
                    self.cold += 1
            if self.rng.random() >= share or recycled >= self.desk.limit:
                return
            yield self.env.timeout(self.desk.recycle_after())
            recycled += 1
            self.reopened += 1


def simulate(describe: Callable[[np.random.Generator], Desk], n_sims: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Run futures of a desk; each measure of shape (n_sims,)."""
    rng = np.random.default_rng(seed)
    rows = np.array([Office(describe(rng), rng).run() for _ in range(n_sims)], float)
    return dict(zip(MEASURES, rows.T, strict=True))
