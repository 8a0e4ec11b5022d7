"""What does the independent simulator know about a funnel?

A `World` is what holds in ONE future: every number that nobody knows beforehand has been rolled when it is built
(that is the ignorance of the model), and whatever is left to chance is a function that draws when a lead needs it.
Time is in days, money in currency units, shares are 0 to 1. Nothing here comes from the package: the meaning is that
of the model's page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Clock = Callable[[], float]


def instantly() -> float:
    """Take no time."""
    return 0.0


def never() -> float:
    """Never come to an end."""
    return math.inf


@dataclass(frozen=True)
class Exits:
    """Where rejected or cold leads go; what no share names is dropped."""

    no_decision: float = 0.0
    competitor: float = 0.0
    recycle: float = 0.0

    def pick(self, roll: float) -> str:
        """Name the exit that a roll in [0, 1) falls on."""
        if roll < self.no_decision:
            return "no_decision"
        if roll < self.no_decision + self.competitor:
            return "competitor"
        if roll < self.no_decision + self.competitor + self.recycle:
            return "recycle"
        return "dropped"


@dataclass(frozen=True)
class Recycle:
    """How a lead comes back: where to (None: the same stage), after how long, how much worse, how often at most."""

    to: str | None = None
    after: Clock = instantly
    odds: float = 1.0
    limit: int = 10
    cost: float = 0.0


@dataclass(frozen=True)
class Returns:
    """Which share of those gone to a competitor comes back, when, and where to (None: the same stage)."""

    share: float
    after: Clock
    to: str | None = None


@dataclass(frozen=True)
class Drift:
    """A normal shock on the log-odds, one for each period of `every` days, stationary."""

    sd: float
    carry_over: float = 0.0
    every: float = 7.0


@dataclass(frozen=True)
class Rules:
    """What happens to the leads of one sector at one stage."""

    conversion: float
    neglect: float = 0.0
    response: Clock = instantly
    shelf_life: Clock = never
    patient: float = 0.0
    give_up: Clock = never
    takes: Clock = instantly
    rejected_takes: Clock | None = None
    cold_neglected: Exits = Exits()
    cold_late: Exits = Exits()
    rejected: Exits = Exits()
    recycle: Recycle = Recycle()
    returns: Returns | None = None
    cost_per_work: float = 0.0


@dataclass(frozen=True)
class Sector:
    """A market segment: its share of the leads, its rules, what its deals are worth, how fast its contacts leave (per
    day)."""

    share: float
    stages: Mapping[str, Rules]
    deal_value: Clock = instantly
    attrition: float = 0.0


@dataclass(frozen=True)
class Source:
    """Where leads enter, when each arrives (one call draws them all), what they cost, who they are."""

    enters: str
    arrivals: Callable[[], Sequence[float]]
    cost_per_lead: float = 0.0
    cost: float = 0.0
    odds: float = 1.0
    sectors: Mapping[str, float] | None = None


@dataclass(frozen=True)
class World:
    """One future of a funnel before chance has had its say."""

    process: Sequence[str]
    sectors: Mapping[str, Sector]
    sources: Sequence[Source]
    horizon: float
    run_off: float = 0.0
    margin: float = 1.0
    fixed_costs: float = 0.0
    cost_per_entry: Mapping[str, float] = field(default_factory=dict)
    drift: Mapping[str, Drift] = field(default_factory=dict)


def leaving_rate(share: float, days: float) -> float:
    """Turn 'this share of the contacts leaves within so many days' into a rate per day."""
    return -math.log1p(-share) / days
