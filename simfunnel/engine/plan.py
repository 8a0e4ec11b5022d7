"""What does the engine read? The frozen arrays at its own door: stages, sources and clocks with every default explicit.

Times are days from the start of the scenario, money is whole cents, shares are 0 to 1. Axes: ``R`` replications of a
block, ``K`` sectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Places = NDArray[np.int32]  # of leads, in tables by replication, sector and source: narrow, as they are looked up most
Touch = NDArray[np.int16]  # of each lead: 0, or 1 + 4 * stage + cause: that of its first touch, or of its first wait

NEGLECTED, LATE, QUEUE, WAITING = range(4)
CAUSES = ("neglected", "late", "queue", "waiting")  # why a deal is lost: a lead that waits need not go cold
COLD_CAUSES = CAUSES[:WAITING]
NO_DECISION, COMPETITOR, DROPPED, RECYCLED = range(4)
EXITS = ("no_decision", "competitor", "dropped", "recycled")
DISCIPLINES = ("first come", "newest first", "highest score first", "earliest expiry first", "value per hour")
FIRST_COME, NEWEST, SCORE, EXPIRY, VALUE = range(5)


def where(mask: NDArray[Any]) -> Ints:
    """The indices at which a one-dimensional array is true: `np.flatnonzero` without its detour."""
    return mask.nonzero()[0]


class Sampler(Protocol):
    """A distribution, prepared: uniform numbers in, values out, elementwise and nondecreasing in ``u``."""

    def quantile(self, u: Floats, inputs: Sequence[Floats | float] = ()) -> Floats: ...


@dataclass(frozen=True, eq=False)
class Input:
    """Something nobody knows: rolled once per replication. ``names`` key the roll, ``sampler`` turns it into a
    value."""

    names: tuple[str, ...]
    sampler: Sampler


@dataclass(frozen=True, eq=False)
class Together:
    """Inputs whose rolls move together, by ``names`` in a fixed order; ``lower``, shape (n, n): the lower triangular
    factor of the correlation matrix of their normal scores."""

    names: tuple[tuple[str, ...], ...]
    lower: Floats


@dataclass(frozen=True, eq=False)
class Knob:
    """A number that each sector has in each replication: ``values`` of shape (K,), some replaced by an `Input`
    (sector, input)."""

    values: Floats
    drawn: tuple[tuple[int, int], ...] = ()

    @cached_property
    def is_zero(self) -> bool:
        """Whether it is 0 in every sector and every future."""
        return not self.drawn and not self.values.any()

    @cached_property
    def scalar(self) -> float | None:
        """The one value that it has everywhere, or None."""
        first = float(self.values[0])
        return first if not self.drawn and bool((self.values == first).all()) else None


@dataclass(frozen=True, eq=False)
class Draw:
    """How a duration or a deal value is drawn for one lead: a fixed number, or a sampler whose uncertain parameters
    are `Input` indices."""

    fixed: float | None
    sampler: Sampler | None = None
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Clock:
    """A duration (days) or value (cents): the distinct draws, and which of them each sector uses (shape (K,))."""

    draws: tuple[Draw, ...]
    which: Ints

    @property
    def fixed(self) -> float | None:
        """The one fixed number that it is for every sector, or None."""
        return self.draws[0].fixed if len(self.draws) == 1 else None


@dataclass(frozen=True, eq=False)
class Exits:
    """Shares of no decision, competitor, dropped and recycled; ``rest`` is the exit that takes what is left, or
    None."""

    shares: tuple[Knob, Knob, Knob, Knob]
    rest: Ints  # (K,), index of the exit that takes the rest, -1 where none

    @property
    def is_drawn(self) -> bool:
        """Whether any share is uncertain."""
        return any(share.drawn for share in self.shares)

    def takes_some(self, way: int) -> bool:
        """Whether any lead of any sector may go this way."""
        return not self.shares[way].is_zero or bool((self.rest == way).any())


@dataclass(frozen=True, eq=False)
class Reasons:
    """Why leads are rejected. The roll of their exit says it too, so a reason changes no lead's way.

    ``edges`` (K, n): where on the unit interval each sector's reasons end, those of one exit side by side, exits in
    their order; ``which`` (K, n): the index of each in ``names``. A sector without reasons has edges of 0.
    """

    names: tuple[str, ...]
    edges: Floats
    which: Ints


@dataclass(frozen=True, eq=False)
class Drift:
    """Log-odds shocks shared by all who enter in the same period of ``every`` days, with first-order ``carry_over``."""

    sd: Knob
    carry_over: float
    every: float


@dataclass(frozen=True, eq=False)
class ProgrammePlan:
    """A nurture programme: touches at a cadence, from the moment at which a lead is worked; all arrays of shape (K,).

    Attributes
    ----------
    first, every
        Days until the first touch, and between two.
    touches
        At most so many a visit; 0 where the sector has no programme.
    opens, clicks, unsubscribes : Knob
        Chance that a touch is opened, that an opened one is clicked, and that a touch loses the lead.
    points, points_per_open, threshold
        What a click and an opened touch add, and from how many points on the lead advances in place of the stage's
        conversion; infinite where it is not the programme that decides.
    odds : Knob
        Factor on all later odds, per click.
    cost : Knob
        Cents per touch.
    """

    first: Floats
    every: Floats
    touches: Ints
    opens: Knob
    clicks: Knob
    unsubscribes: Knob
    points: Floats
    points_per_open: Floats
    threshold: Floats
    odds: Knob
    cost: Knob

    @cached_property
    def decides(self) -> Ints:
        """1 in sectors where it is the programme that says who advances, else 0; shape (K,)."""
        return np.isfinite(self.threshold).astype(np.int64)


@dataclass(frozen=True, eq=False)
class ExpansionPlan:
    """Further sales to customers: ``rate`` (mean per customer and day) from ``delay`` after the win on, each worth a
    ``value`` (cents). None stands for no delay."""

    rate: Knob
    delay: Clock | None
    value: Clock


@dataclass(frozen=True, eq=False)
class Enrichment:
    """Leads that would advance and lack one fact are searched for it first; where it is not found they are
    rejected."""

    lacks: Knob
    found: Knob
    takes: Clock | None
    cost: Knob  # cents


@dataclass(frozen=True, eq=False)
class StagePlan:
    """One stage's rules. ``response``, ``takes`` ... None stands for 0 days; ``shelf_life``, ``give_up`` None for
    never."""

    name: str
    conversion: Knob
    worked_share: Floats  # (K,): `conversion` is divided by it (1 where it is of worked leads)
    threshold: Floats | None  # (K,), score from which on a lead advances, NaN where `conversion` decides
    quality_weight: Knob  # log-odds per standard deviation of a lead's quality
    enrichment: Enrichment | None
    neglect: Knob
    response: Clock | None
    shelf_life: Clock | None
    patient: Knob
    give_up: Clock | None
    takes: Clock | None
    rejected_takes: Clock | None
    cold: tuple[Exits, Exits]  # of the neglected, and of those reached too late, in a queue or not
    rejected: Exits
    recycle_to: Ints  # (K,)
    recycle_after: Clock | None
    recycle_odds: Knob
    recycle_limit: Ints  # (K,)
    recycle_cost: Knob  # cents
    return_share: Knob
    return_after: Clock | None
    return_to: Ints  # (K,)
    drift: Drift | None
    cost_per_entry: Knob  # cents
    cost_per_work: Knob  # cents
    team: Ints  # (K,), the team that works the stage, -1 where anybody does at once
    service: Clock | None  # working time of a person that a lead takes; None stands for 0 days
    programme: ProgrammePlan | None
    value_per_hour: Floats  # (K,), what an hour of work at this stage is worth on average, for the discipline of it
    reasons: Reasons | None = None

    def sends_back(self, exits: Exits) -> bool:
        """Whether any who leave the stage by these exits may come back."""
        return exits.takes_some(RECYCLED) or (not self.return_share.is_zero and exits.takes_some(COMPETITOR))

    @cached_property
    def rejection_is_final(self) -> bool:
        """Whether none of those rejected ever comes back."""
        return not self.sends_back(self.rejected)


@dataclass(frozen=True, eq=False)
class Curve:
    """What a spend brings: the parameters of `simfunnel.yields.leads_at`, all knobs of shape (1,), ``at`` in cents."""

    level: Knob
    at: Knob
    exponent: Knob
    levels_off: bool


@dataclass(frozen=True, eq=False)
class Volume:
    """How many leads: ``fixed`` (rounded), ``poisson``, ``binomial`` (of ``amount`` visits) or ``overdispersed`` (per
    week).

    All knobs have shape (1,). ``amount`` is a number of leads; of visits where ``capture`` is given; a budget where
    ``price`` or ``curve`` is. ``dispersion`` is the variance over the mean of weekly counts (of visits where
    ``capture`` is given).
    """

    kind: str
    amount: Knob
    capture: Knob | None = None
    price: Knob | None = None
    dispersion: Knob | None = None
    curve: Curve | None = None


@dataclass(frozen=True, eq=False)
class Arrival:
    """When: uniform on the cumulative ``shares`` at the day ``edges`` (both shape (n_edges,)); two edges are a plain
    window."""

    edges: Floats
    shares: Floats


@dataclass(frozen=True, eq=False)
class SourcePlan:
    """One source: where its leads enter, how many, when, of which sectors, at what cost, with which odds at each
    stage."""

    name: str
    enters: int
    volume: Volume
    arrival: Arrival
    sector_shares: tuple[Knob, ...]  # K knobs of shape (1,)
    sector_rest: int  # the sector that takes what is left, -1 where none
    cost_per_lead: Knob  # cents, shape (1,)
    cost: Knob  # cents, shape (1,)
    odds: tuple[Knob, ...] | None  # one per stage but the last, None where every factor is 1

    @property
    def is_on_hand(self) -> bool:
        """Whether its leads are there at the start: not new, and of an age that nobody knows."""
        return bool(self.arrival.edges[-1] == 0.0)


@dataclass(frozen=True, eq=False)
class ScorePlan:
    """The visible score: its correlation with quality (shape (1,)), and its mean and standard deviation over new
    leads."""

    correlation: Knob
    mean: float
    sd: float


@dataclass(frozen=True, eq=False)
class TeamPlan:
    """People of finite capacity who work the leads of one or more stages.

    Attributes
    ----------
    since, people
        The headcount from each of these days on, both shape (n_changes,); the first day is 0.
    absence : Knob or None
        Share of days on which each person is away, shape (1,); rolled by person and day.
    opens, closes
        Working hours as intervals of days from the start, both shape (n_intervals,), ascending, until well after the
        end; None where people work around the clock.
    discipline : int
        Who is served first: index into `DISCIPLINES`; ties go to who joined the queue first.
    cost : Knob
        Cents until the horizon for the headcount as planned, shape (1,).
    """

    name: str
    since: Floats
    people: Ints
    absence: Knob | None
    opens: Floats | None
    closes: Floats | None
    discipline: int
    cost: Knob


@dataclass(frozen=True, eq=False)
class PromisePlan:
    """A service-level agreement about one stage, as it is counted.

    Attributes
    ----------
    kind : str
        ``response``: work begins ``within`` so many days; ``entries``: at least ``quota`` of them in each period;
        ``accepted``: of those decided. ``share`` of what is due is promised (1 of entries).
    sectors : bool array, shape (K,), or None
        Which sectors count; None for all.
    opens, closes
        Working hours that ``within`` counts, as of a team; None where all hours count.
    period_of_day : (days + 1,)
        Period of each day, -1 where nothing is counted.
    judged : bool array, shape (n_periods,)
        Whether the period is long enough for a promise to be kept or broken in it.
    quota : shape (n_periods,), or None
        Entries promised.
    """

    name: str
    stage: int
    kind: str
    share: float
    within: float
    sectors: NDArray[np.bool_] | None
    opens: Floats | None
    closes: Floats | None
    period_of_day: Ints
    n_periods: int
    judged: NDArray[np.bool_]
    quota: Ints | None

    def deadline(self, entered: Floats) -> Floats:
        """When the time to respond has run out for visits that began at these times."""
        if self.opens is None or self.closes is None:
            return entered + self.within
        worked = np.concatenate([[0.0], np.cumsum(self.closes - self.opens)])
        at = np.minimum(np.searchsorted(self.closes, entered, side="right"), self.closes.size - 1)
        target = worked[at] + np.maximum(entered - self.opens[at], 0.0) + self.within
        day = np.minimum(np.searchsorted(worked, target, side="left") - 1, self.closes.size - 1)
        return self.opens[day] + (target - worked[day])


@dataclass(frozen=True, eq=False)
class Plan:
    """A resolved scenario as the engine reads it."""

    stages: tuple[StagePlan, ...]  # the last is won
    sectors: tuple[str, ...]
    sources: tuple[SourcePlan, ...]
    teams: tuple[TeamPlan, ...]
    score: ScorePlan | None
    inputs: tuple[Input, ...]
    deal_value: Clock  # cents
    expansion: ExpansionPlan | None
    attrition: Knob | None  # hazard per day
    margin: Knob  # shape (1,)
    fixed_costs: tuple[Knob, ...]  # cents over the horizon, shape (1,)
    horizon: float
    end: float  # horizon + run-off
    period_of_day: Ints  # (days + 1,): reporting period of each day; what is after the horizon is in period -1
    n_periods: int
    promises: tuple[PromisePlan, ...] = ()
    together: tuple[Together, ...] = ()

    @property
    def stage_names(self) -> tuple[str, ...]:
        return tuple(stage.name for stage in self.stages)

    @property
    def source_names(self) -> tuple[str, ...]:
        return tuple(source.name for source in self.sources)
