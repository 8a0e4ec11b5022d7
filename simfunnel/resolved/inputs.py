"""How do written numbers become knobs (one value a replication) and clocks (one value a lead)?"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine.plan import Clock, Draw, Exits, Floats, Input, Knob, Sampler
from simfunnel.resolved.naming import key_path
from simfunnel.scenario import schema

Number = float | Distribution
CENTS = 100.0
_DROPPED = schema.Exits(dropped=1.0)
_EXIT_NAMES = ("no_decision", "competitor", "dropped", "recycle")


@dataclass(frozen=True, eq=False)
class Mapped:
    """A sampler whose values go through a nondecreasing function (a change of unit)."""

    sampler: Sampler
    function: Callable[[Floats], Floats]

    def quantile(self, u: Floats, inputs: Sequence[Floats | float] = ()) -> Floats:
        return self.function(self.sampler.quantile(u, inputs))


@dataclass(frozen=True)
class Part:
    """The function that takes a part of an amount of money, in cents."""

    share: float

    def __call__(self, x: Floats) -> Floats:
        return x * self.share * CENTS


@dataclass(frozen=True)
class Slice:
    """The function that takes what lies between two shares of an amount of money, in whole cents: slices that lie side
    by side add up to the amount, rounded once."""

    low: float
    high: float

    def __call__(self, x: Floats) -> Floats:
        return np.rint(x * CENTS * self.high) - np.rint(x * CENTS * self.low)


@dataclass(frozen=True)
class Times:
    """The function that multiplies by a factor (an object, so that a plan can be sent to another process)."""

    factor: float

    def __call__(self, x: Floats) -> Floats:
        return x * self.factor


def exit_share(exits: schema.Exits | None, way: str) -> float:
    """The mean share of the leads that take an exit, what is left where it says `rest`; all are dropped where nobody
    says."""
    if exits is None:
        return float(way == "dropped")
    written = {key: share for key in schema.Exits.model_fields if (share := getattr(exits, key)) is not None}
    if written.get(way) != "rest":
        return mean_of(written.get(way, 0.0))
    return max(0.0, 1.0 - sum(mean_of(share) for share in written.values() if share != "rest"))


def mean_of(value: Number) -> float:
    """The mean of a number that may be uncertain."""
    return value.mean() if isinstance(value, Distribution) else value


def deal_values(scenario: schema.Scenario) -> list[Number]:
    """What a deal is worth in each sector, 0 where nobody says."""
    common: Number = 0.0 if scenario.deal_value is None else scenario.deal_value
    if not scenario.sectors:
        return [common]
    return [common if sector.deal_value is None else sector.deal_value for sector in scenario.sectors.values()]


@dataclass
class Inputs:
    """Collects what is rolled once per replication while a scenario is resolved; the same rule and distribution is
    one input."""

    sectors: tuple[str, ...]
    inputs: list[Input] = field(default_factory=list)
    written: list[Distribution] = field(default_factory=list)
    readers: list[dict[str, None]] = field(default_factory=list)
    parameters: list[tuple[tuple[str, ...], ...]] = field(default_factory=list)  # unknown ones of one distribution
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)

    def index(
        self,
        names: tuple[str, ...],
        dist: Distribution,
        function: Callable[[Floats], Floats] | None = None,
        *,
        sector: int | None = None,
    ) -> int:
        """The number of the input that this rule (its names are the key of its roll) reads through this
        distribution, for one sector where it has a value for each."""
        key = (names, dist, function)
        if key not in self._known:
            sampler: Sampler = dist.prepare()
            self._known[key] = len(self.inputs)
            self.inputs.append(Input(("ignorance", *names), sampler if function is None else Mapped(sampler, function)))
            self.written.append(dist)
            self.readers.append({})
        if sector is not None:
            self.readers[self._known[key]][self.sectors[sector]] = None
        return self._known[key]

    def uncertain(self) -> tuple[tuple[str, Distribution], ...]:
        """Key path and distribution of each input; where sectors read one roll differently, with those that do."""
        paths = [key_path(each.names[1:], self.sectors) for each in self.inputs]
        written = list(dict.fromkeys(zip(paths, self.written, strict=True)))
        shared = {path for path, _ in written if [one for one, _ in written].count(path) > 1}
        return tuple(
            (f"{path}[sector={', '.join(readers)}]" if path in shared and readers else path, dist)
            for path, readers, dist in zip(paths, self.readers, self.written, strict=True)
        )

    def knob(
        self,
        names: tuple[str, ...],
        values: Sequence[Number],
        *,
        function: Callable[[Floats], Floats] | None = None,
    ) -> Knob:
        """A knob of these values, one a sector (or of one value); ``function`` changes the unit."""
        known = [value for value in values if not isinstance(value, Distribution)]
        if len(known) == len(values):
            return _steady(array("d", known).tobytes(), function)
        plain = np.array([0.0 if isinstance(value, Distribution) else value for value in values], np.float64)
        drawn = []
        for k, value in enumerate(values):
            if isinstance(value, Distribution):
                own = (*names, self.sectors[k]) if value.independent and len(values) > 1 else names
                sector = k if len(values) > 1 else None
                drawn.append((k, self.index(own, value, function, sector=sector)))
        return Knob(plain if function is None else function(plain), tuple(drawn))

    def money(self, names: tuple[str, ...], values: Sequence[Number], factor: float = 1.0) -> Knob:
        """A knob in cents; ``factor`` turns an amount per period into one for the horizon."""
        return self.knob(names, values, function=Times(CENTS * factor))

    def clock(
        self,
        names: tuple[str, ...],
        values: Sequence[Number],
        *,
        factor: float = 1.0,
        unknown: Sequence[tuple[str, ...]] | None = None,
    ) -> Clock:
        """A clock of these durations (or values, times ``factor``), one a sector; ``unknown`` names the rule, one a
        sector, under whose name uncertain parameters are rolled (default: this one).
        """
        distinct: list[tuple[Number, tuple[str, ...]]] = []
        which = []
        for k, value in enumerate(values):
            own = names if unknown is None else unknown[k]
            if isinstance(value, Distribution) and value.independent:
                own = (*own, self.sectors[k])
            each = (value, own if isinstance(value, Distribution) and value.inputs else names)
            if each not in distinct:
                distinct.append(each)
            which.append(distinct.index(each))
        draws = tuple(self._draw(own, value, factor) for value, own in distinct)
        for k, at in enumerate(which if len(values) > 1 else ()):
            for index in draws[at].inputs:
                self.readers[index][self.sectors[k]] = None
        return Clock(draws, np.array(which, np.int64))

    def _draw(self, names: tuple[str, ...], value: Number, factor: float) -> Draw:
        if not isinstance(value, Distribution):
            return Draw(value * factor)
        prepared = value.prepare()
        nested = tuple(self.index((*names, param), dist) for param, dist in prepared.inputs)
        self.parameters.append(tuple((*names, param) for param, _ in prepared.inputs))
        return Draw(None, prepared if factor == 1.0 else Mapped(prepared, Times(factor)), nested)

    def exits(self, names: tuple[str, ...], written: Sequence[schema.Exits | None]) -> Exits:
        """Exit shares, one set a sector; nothing written means that all are dropped."""
        sets = [each or _DROPPED for each in written]
        knobs, rest = [], np.full(len(sets), -1, np.int64)
        for index, name in enumerate(_EXIT_NAMES):
            values: list[Number] = []
            for k, each in enumerate(sets):
                share = getattr(each, name)
                if share == "rest":
                    rest[k] = index
                values.append(0.0 if share is None or isinstance(share, str) else share)
            knobs.append(self.knob((*names, name), values))
        shares = (knobs[0], knobs[1], knobs[2], knobs[3])
        is_drawn = any(knob.drawn for knob in shares)
        return Exits(shares, rest) if is_drawn else _steady_exits(shares, rest.tobytes())


# The same numbers are the same knob, in one plan and in those of its variants; bytes tell 0.0 from -0.0.


@lru_cache(maxsize=2048)
def _steady(values: bytes, function: Callable[[Floats], Floats] | None) -> Knob:
    plain = np.frombuffer(values, np.float64)
    known = plain if function is None else function(plain)
    known.flags.writeable = False
    return Knob(known)


@lru_cache(maxsize=512)
def _steady_exits(shares: tuple[Knob, Knob, Knob, Knob], rest: bytes) -> Exits:
    return Exits(shares, np.frombuffer(rest, np.int64))
