"""Where does the chance of the target cross a wanted one?

Between a value that fails and one that holds, the next to look at is where the chances of both, on the scale of normal
quantiles, put the crossing; where that does not halve the bracket, the next is a little past it, and then further, up
to the middle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor
from statistics import NormalDist

from simfunnel.levers import Lever
from simfunnel.results import Chance
from simfunnel.studies.sizing.curve import Curve, Look, directions

GRID = 11  # values of a first scan
_LEAP = 64.0  # times a volume is raised at once where the mean is far below the target, or lowered before nothing
_BEYOND = 20.0  # a mean so many times the target, or so many times the present volume without effect: out of reach


@dataclass(frozen=True)
class Threshold:
    """A wanted chance, and which figure of a look must reach it: the estimate or an end of its interval."""

    wanted: float
    read: Callable[[Chance], float] = lambda chance: chance.value

    def is_reached(self, look: Look) -> bool:
        return self.read(look.chance) >= self.wanted - 1e-12

    def excess(self, look: Look) -> float:
        """How far above the wanted chance a look is, on the scale of normal quantiles."""
        hair = 0.25 / max(look.chance.n, 1)
        read = self.read(look.chance) if look.chance.n else 0.0
        normal = NormalDist()
        return normal.inv_cdf(min(max(read, hair), 1 - hair)) - normal.inv_cdf(self.wanted)


@dataclass(frozen=True)
class Crossing:
    """Where the target begins to hold, or ceases to.

    Attributes
    ----------
    value : float
        The outermost value at which it still holds.
    direction : str
        ``up`` where more of the lever makes it hold, ``down`` where more of it breaks it.
    """

    value: float
    direction: str


@dataclass(frozen=True)
class Search:
    """Values between which the lever may move; a volume without bounds is doubled or halved as need be.

    Attributes
    ----------
    step : float, optional
        How finely to search; without it, as fine as the size of the values suggests.
    """

    curve: Curve
    low: float
    high: float
    present: float
    step: float | None = None
    is_open: bool = False

    def reach(self, threshold: Threshold, start: float, uphill: int) -> float | None:
        """The outermost value that reaches the threshold, found by walking from a start; None if none does.

        Parameters
        ----------
        uphill : int
            1 where more of the lever raises the chance, -1 where less does.
        """
        at, holds = start, threshold.is_reached(self.curve.at(start))
        while True:
            beyond = self._beyond(at, -uphill if holds else uphill)
            if beyond is None:
                return at if holds else None
            if threshold.is_reached(self.curve.at(beyond)) != holds:
                return self.edge(threshold, *((beyond, at) if holds else (at, beyond)))
            at = beyond

    def edge(self, threshold: Threshold, fails: float, holds: float) -> float:
        """The value nearest to one that fails at which the threshold is reached."""
        past, way = 0, 1 if holds > fails else -1
        while True:
            step = self.step or self.curve.lever.step(max(fails, holds))
            first, last = floor(min(fails, holds) / step + 1e-9) + 1, ceil(max(fails, holds) / step - 1e-9) - 1
            if first > last:
                return holds
            below, above = (threshold.excess(self.curve.at(value)) for value in (fails, holds))
            part = 0.5 if above <= below else -below / (above - below)
            guess, middle = ((fails + share * (holds - fails)) / step for share in (part, 0.5))
            index = (ceil(guess - 1e-9) if way > 0 else floor(guess + 1e-9)) + past
            if past:
                index = min(index, ceil(middle)) if past > 0 else max(index, floor(middle))
            value, before = self.curve.lever.snapped(min(max(index, first), last) * step, step), abs(holds - fails)
            if threshold.is_reached(self.curve.at(value)):
                holds, toward = value, -way
            else:
                fails, toward = value, way
            # where the guess was so good that the bracket is as wide as before, the next goes a little past it
            past = 0 if abs(holds - fails) <= before / 2 else toward * max(1, 4 * abs(past))

    def is_bound(self, value: float, uphill: int) -> bool:
        """Whether a value that holds is the last that was looked at, though not the last that the lever can have."""
        looks, lever = self.curve.looks, self.curve.lever
        end, limit = (looks[0], lever.least) if uphill > 0 else (looks[-1], lever.most)
        return value == end.value != limit

    def scan(self) -> list[Look]:
        """Looks at a coarse grid over the whole range, the present value among them."""
        assert self.step is not None
        span = self.high - self.low
        inner = {self.curve.lever.snapped(self.low + span * i / (GRID - 1), self.step) for i in range(1, GRID - 1)}
        values = {each for each in inner if self.low < each < self.high} | {self.low, self.high}
        if self.low < self.present < self.high:
            values.add(self.present)
        self.curve.hold(self.high)
        return [self.curve.at(value) for value in sorted(values)]

    def crossings(self, threshold: Threshold) -> tuple[tuple[Crossing, ...], bool]:
        """Every crossing of a scanned range, and whether the curve is monotone as far as its errors tell.

        Of several crossings on a curve that is, all but the safest are noise.
        """
        looks = self.scan()
        found = []
        for one, other in pairwise(looks):
            before, after = threshold.is_reached(one), threshold.is_reached(other)
            if before != after:
                fails, holds = (one, other) if after else (other, one)
                found.append(Crossing(self.edge(threshold, fails.value, holds.value), "up" if after else "down"))
        rises, falls = directions(looks, self.curve.level)
        if rises and falls:
            return tuple(found), False
        ups, downs = ([each for each in found if each.direction == way] for way in ("up", "down"))
        safest = downs[:1] if falls or not ups else ups[-1:]
        return tuple(safest), True

    def _beyond(self, at: float, toward: int) -> float | None:
        """The nearest value looked at in this direction; beyond all of them a volume without bounds goes on."""
        known = [look.value for look in self.curve.looks if (look.value - at) * toward > 0]
        if known:
            return min(known, key=lambda value: abs(value - at))
        if not self.is_open:
            return None
        return self._more(at) if toward > 0 else self._less(at)

    def _more(self, at: float) -> float | None:
        mean, wanted = self.curve.at(at).mean, self.curve.claim.value
        is_vain = mean >= _BEYOND * wanted if mean > 0 else at >= _BEYOND * self.present
        if mean > 0 and at > self.present:  # a volume that does not bring what is counted
            is_vain = is_vain or mean == self.curve.at(self.present).mean
        if is_vain or at >= self.high:
            return None
        factor = min(max(wanted / mean, 2.0), _LEAP) if mean > 0 else 2.0
        lever: Lever = self.curve.lever
        more = max(at * factor, self.present)
        return min(lever.snapped(more, lever.step(more)), self.high)

    def _less(self, at: float) -> float | None:
        if at <= self.low:
            return None
        lever, less = self.curve.lever, at / 2
        step = lever.step(at)
        if less <= step or less < self.present / _LEAP:  # what holds with next to nothing may hold with nothing
            return self.low
        return max(lever.snapped(less, step, up=False), self.low)
