"""Which value of a lever reaches a wanted chance, and between which values does the exact one lie?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite

from simfunnel.errors import Problem, ScenarioError
from simfunnel.levers import Lever
from simfunnel.results.intervals import surest
from simfunnel.studies.sizing.binding import Binding, binding
from simfunnel.studies.sizing.curve import Curve, Look, directions, gain
from simfunnel.studies.sizing.search import Crossing, Search, Threshold
from simfunnel.studies.sizing.volumes import is_monotone

_SHORT_OF_SURE = 0.005  # the most that a pilot is asked for


@dataclass(frozen=True)
class Found:
    """A search that is over; the value is None where the target is out of reach."""

    search: Search
    value: float | None
    uphill: int
    crossings: tuple[Crossing, ...]
    is_monotone: bool

    @property
    def is_bound(self) -> bool:
        """Whether the value is only the end of what was looked at, and the lever could go further."""
        return self.value is not None and not self.crossings and self.search.is_bound(self.value, self.uphill)


def check_chance(chance: float) -> None:
    """Refuse a wanted chance that is none.

    Raises
    ------
    ValueError
    """
    if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 < chance < 1:
        raise ValueError(f"chance is {chance!r}; it lies between 0 and 1, such as 0.9 for 90 %")


def checked_chances(chances: Iterable[float]) -> list[float]:
    """Several wanted chances, ascending and each once.

    Raises
    ------
    ValueError
        There is none, or one is no chance.
    """
    wanted = sorted(set(chances))
    for chance in wanted:
        check_chance(chance)
    if not wanted:
        raise ValueError("chances is empty; name one or more, such as 0.9")
    return wanted


def sought(curve: Curve, chance: float, low: float | None = None, high: float | None = None) -> Found:
    """Climb where more of the lever can only help; scan everything else, and tell every crossing."""
    if is_monotone(curve.scenario, curve.lever, curve.claim):
        return _climbed(_climb(curve, low, high), chance)
    return _scanned(curve, chance, low, high)


def _climb(curve: Curve, low: float | None, high: float | None) -> Search:
    """Where a volume may go: as far as it must, unless bounds are given."""
    lever = curve.lever
    least, most = (lever.least if low is None else low), (lever.most if high is None else high)
    least, most = _checked(lever, least, most)
    if lever.present <= 0 and high is None:
        raise _no_range(lever)
    start = lever.present if lever.present > 0 else most
    return Search(curve, least, most, min(max(start, least), most), is_open=True)


def _climbed(search: Search, chance: float) -> Found:
    _foresee(search)
    value = search.reach(Threshold(chance), search.present, 1)
    looks = search.curve.looks
    crossings = (Crossing(value, "up"),) if value is not None and value > looks[0].value else ()
    return Found(search, value, 1, crossings, not directions(looks, search.curve.level)[1])


def _foresee(search: Search) -> None:
    """Have one run that is large enough for every chance that will be asked for, by what a few futures say."""
    curve = search.curve
    pilot = curve.pilot()
    if pilot is None:
        return
    most = surest(pilot.n_sims, pilot.level) - _SHORT_OF_SURE
    cautious = Threshold(min(curve.up_to, most), lambda chance: chance.low)
    enough = replace(search, curve=pilot).reach(cautious, search.present, 1)
    curve.runs += pilot.runs
    curve.at(max(pilot.looks[-1].value if enough is None else enough, search.present))


def _scanned(curve: Curve, chance: float, low: float | None, high: float | None) -> Found:
    """Scan half to double the present value, and a quarter to four times where nothing crosses there."""
    threshold = Threshold(chance)
    for factor in (2.0, 4.0):
        search = _range(curve, low, high, factor)
        crossings, is_one_way = search.crossings(threshold)
        if crossings or (low is not None and high is not None):
            break
    looks = curve.looks
    if crossings:
        first = next((each for each in crossings if each.direction == "up"), crossings[0])
        return Found(search, first.value, 1 if first.direction == "up" else -1, crossings, is_one_way)
    uphill = 1 if gain(looks[0], looks[-1])[0] >= 0 else -1
    value = looks[0 if uphill > 0 else -1].value if threshold.is_reached(looks[0]) else None
    return Found(search, value, uphill, (), is_one_way)


def _range(curve: Curve, low: float | None, high: float | None, factor: float) -> Search:
    lever = curve.lever
    if lever.present <= 0 and (low is None or high is None):
        raise _no_range(lever)
    least = max(lever.present / factor, lever.least) if low is None else low
    most = min(lever.present * factor, lever.most) if high is None else high
    step = lever.step(max(most - least, 1e-9))
    least = lever.snapped(least, step, up=False) if low is None else least
    most = lever.snapped(most, step) if high is None else most
    return Search(curve, *_checked(lever, least, most), lever.present, step)


def _checked(lever: Lever, low: float, high: float) -> tuple[float, float]:
    """The range, if it is one that the lever can have."""
    if not (isfinite(low) and low < high and lever.least <= low and high <= lever.most):
        said = f"low is {low!r} and high is {high!r}; between them the lever moves, within {lever.least:g} and"
        raise ValueError(f"{said} {lever.most:g}")
    if lever.is_whole and any(isfinite(end) and end != int(end) for end in (low, high)):
        raise ValueError(f"low is {low!r} and high is {high!r}; the lever {lever.path} takes whole numbers")
    return float(low), float(high)


def _no_range(lever: Lever) -> ScenarioError:
    message = "is 0, so there is no half or double of it to look at; give low and high"
    return ScenarioError([Problem(lever.path, message, "lever")])


def what_binds(found: Found, wanted: float) -> Binding | None:
    """What binds where the lever has gone as far as it was looked at, the way that should help."""
    curve = found.search.curve
    last = curve.looks[0 if found.is_monotone and found.uphill < 0 else -1].value
    return binding(curve.run(last, curve.seed), curve.claim, wanted, last, curve.level)


def interval(found: Found, wanted: float) -> tuple[float | None, float | None]:
    """Values at which the upper and the lower limit of the chance reach the wanted one, the lesser first.

    Both ends are rounded outward, as only values some steps apart were looked at: the exact one lies between them. None
    where an end lies outside of what was looked at; one that so few futures cannot show is not looked for.
    """
    if not found.crossings:
        return None, None
    assert found.value is not None
    search, curve = found.search, found.search.curve
    upper, lower = Threshold(wanted, lambda chance: chance.high), Threshold(wanted, lambda chance: chance.low)
    optimistic = search.reach(upper, found.value, found.uphill)
    cautious = None if wanted > surest(curve.n_sims, curve.level) else search.reach(lower, found.value, found.uphill)
    if optimistic is not None and search.is_bound(optimistic, found.uphill):
        optimistic = None
    if optimistic is not None:
        fails = _next_failing(curve.looks, optimistic, found.uphill)
        optimistic = fails + found.uphill if curve.lever.is_whole and fails != optimistic else fails
    return (optimistic, cautious) if found.uphill > 0 else (cautious, optimistic)


def _next_failing(looks: list[Look], value: float, uphill: int) -> float:
    """The nearest value looked at on the side where the chance is less; the same at the end of all."""
    less = [look.value for look in looks if (look.value - value) * uphill < 0]
    return value if not less else max(less) if uphill > 0 else min(less)


def help_ends(looks: list[Look], uphill: int, level: float) -> float | None:
    """The value from which on more of the lever moves the chance no further; None where it still moves it."""
    way = looks if uphill > 0 else looks[::-1]
    ends = None
    for at in range(len(way) - 2, -1, -1):
        if any(directions(way[at:], level)):
            break
        ends = way[at].value
    return ends
