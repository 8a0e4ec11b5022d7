"""How many leads, how much budget, how many people does a stated chance of the target need?"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from math import isfinite, nan

from simfunnel.claims import Claim, parse_claim
from simfunnel.errors import Problem, ScenarioError
from simfunnel.levers import Lever, find
from simfunnel.progress import Progress
from simfunnel.results.intervals import z_value
from simfunnel.scenario import Scenario
from simfunnel.studies.sizing.curve import Curve, Look, directions, gain
from simfunnel.studies.sizing.record import Point, Price, Sizing
from simfunnel.studies.sizing.search import Crossing, Search, Threshold
from simfunnel.studies.sizing.volumes import is_monotone

#: Chances whose prices every sizing tells, and points beyond the wanted chance.
USUAL, FURTHER = (0.5, 0.8, 0.9, 0.95), (0.01, 0.05)


def size(
    scenario: Scenario,
    lever: str,
    target: str | Claim,
    chance: float,
    *,
    low: float | None = None,
    high: float | None = None,
    n_sims: int = 10_000,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    level: float = 0.95,
) -> Sizing:
    """Find how much of a lever a target needs, so that it is reached with a wanted chance.

    All values of the lever meet the same futures, so the answer is not the best of many lucky draws; it is then tried
    in fresh ones.

    Parameters
    ----------
    scenario : Scenario
    lever : str
        Key path of a number: ``sources.inbound.leads``, ``stages.sql.shelf_life``, ``teams.sales.people``. What stands
        around the number (``poisson(40 per month)``) stays.
    target : str
        A claim such as ``deals >= 10`` or ``roi >= 0``.
    chance : float
        Wanted, such as 0.9.
    low, high : float, optional
        Between which values to look, in base units: days, shares of one, currency units. Without them leads, visits and
        budgets go as far as they must where the chance can only rise with them; everything else is looked at from half
        to double its present value, and from a quarter to four times where nothing crosses there.
    n_sims, seed, workers, executor, progress
        As for `simulate`, of which it needs some twenty runs.
    level : float
        Confidence level of all intervals.

    Returns
    -------
    Sizing

    Raises
    ------
    ScenarioError
        There is no such path, no single number stands there, or the scenario refuses a value of it.
    ClaimError
        The target is no claim, or names what is not measured.
    ValueError
        The chance or the level is not between 0 and 1, or the range is none.

    Notes
    -----
    The chance is known to rise with leads, visits or budget where no team can be overrun and the target is so many
    deals or so much revenue; then values are bracketed and the bracket is narrowed. Anything else is scanned first, and
    where the chance rises as well as falls, beyond what the paired errors explain, every crossing is told.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.size(base, lever="sources.inbound.leads", target="deals >= 10", chance=0.9, seed=7)
    >>> 62 <= found.value <= 64
    True
    """
    if not isinstance(scenario, Scenario):
        raise TypeError(f"size takes a scenario, as from load(), not {type(scenario).__name__}")
    if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 < chance < 1:
        raise ValueError(f"chance is {chance!r}; it lies between 0 and 1, such as 0.9 for 90 %")
    z_value(level)
    claim = parse_claim(target) if isinstance(target, str) else target
    moved = find(scenario, lever)
    curve = Curve(scenario, moved, claim, n_sims=n_sims, seed=seed, level=level, workers=workers, executor=executor)
    with curve.reporting(progress):
        if is_monotone(scenario, moved.path, claim):
            found = _climbed(_climb(curve, low, high), chance)
        else:
            found = _scanned(curve, chance, low, high)
        return _told(curve, found, chance)


@dataclass(frozen=True)
class _Found:
    """A search that is over; the value is None where the target is out of reach."""

    search: Search
    value: float | None
    uphill: int
    crossings: tuple[Crossing, ...]
    is_monotone: bool


def _climb(curve: Curve, low: float | None, high: float | None) -> Search:
    """Where a volume may go: as far as it must, unless bounds are given."""
    lever = curve.lever
    least, most = (lever.least if low is None else low), (lever.most if high is None else high)
    least, most = _checked(lever, least, most)
    if lever.present <= 0 and high is None:
        raise _no_range(lever)
    present = min(max(lever.present, least), most) if isfinite(most) else max(lever.present, least)
    return Search(curve, least, most, present, is_open=True)


def _climbed(search: Search, chance: float) -> _Found:
    value = search.reach(Threshold(chance), search.present, 1)
    looks = search.curve.looks
    crossings = (Crossing(value, "up"),) if value is not None and value > looks[0].value else ()
    return _Found(search, value, 1, crossings, not directions(looks, search.curve.level)[1])


def _scanned(curve: Curve, chance: float, low: float | None, high: float | None) -> _Found:
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
        return _Found(search, first.value, 1 if first.direction == "up" else -1, crossings, is_one_way)
    uphill = 1 if gain(looks[0], looks[-1])[0] >= 0 else -1
    value = looks[0 if uphill > 0 else -1].value if threshold.is_reached(looks[0]) else None
    return _Found(search, value, uphill, (), is_one_way)


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


def _told(curve: Curve, found: _Found, wanted: float) -> Sizing:
    """Everything that is said of a search that is over: intervals, prices, the fresh futures."""
    value, search = found.value, found.search
    start = max(curve.looks, key=lambda look: look.chance.value).value if value is None else value
    ends = (None, None) if value is None else _interval(search, found, wanted)
    costs = tuple(_price(search, each, start, found.uphill) for each in _wanted(wanted))
    reached = None if value is None else curve.at(value).chance
    looks = curve.looks
    confirmed, fresh_seed = (None, curve.seed) if value is None else curve.afresh(value)
    step = search.step or curve.lever.step(start or curve.lever.present)
    return Sizing(
        name=curve.scenario.name, lever=curve.lever.path, target=str(curve.claim), wanted=wanted,
        value=value, side="at least" if found.uphill > 0 else "at most", reached=reached, interval=ends,
        confirmed=confirmed, crossings=found.crossings, is_monotone=found.is_monotone,
        help_ends_at=_help_ends(looks, found.uphill, curve.level) if value is None else None,
        points=tuple(_point(look) for look in looks), costs=costs, runs=curve.runs,
        grid_runs=round((looks[-1].value - looks[0].value) / step) + 1, n_sims=curve.n_sims, seed=curve.seed,
        fresh_seed=fresh_seed, level=curve.level, moved=curve.lever,
    )  # fmt: skip


def _interval(search: Search, found: _Found, wanted: float) -> tuple[float | None, float | None]:
    """Values at which the upper and the lower limit of the chance reach the wanted one, the lesser first."""
    if not found.crossings:
        return None, None
    assert found.value is not None
    upper, lower = Threshold(wanted, lambda chance: chance.high), Threshold(wanted, lambda chance: chance.low)
    optimistic, cautious = (search.reach(each, found.value, found.uphill) for each in (upper, lower))
    return (optimistic, cautious) if found.uphill > 0 else (cautious, optimistic)


def _wanted(chance: float) -> list[float]:
    more = [round(chance + each, 9) for each in FURTHER]
    return sorted(each for each in {chance, *more, *USUAL} if each < 1)


def _price(search: Search, wanted: float, start: float, uphill: int) -> Price:
    value = search.reach(Threshold(wanted), start, uphill)
    if value is None:
        return Price(wanted, nan)
    look, end = search.curve.at(value), search.curve.looks[0 if uphill > 0 else -1]
    return Price(wanted, value, look.chance.value, look.cost, value == end.value and not search.is_open)


def _help_ends(looks: list[Look], uphill: int, level: float) -> float | None:
    """The value from which on more of the lever moves the chance no further; None where it still moves it."""
    way = looks if uphill > 0 else looks[::-1]
    ends = None
    for at in range(len(way) - 2, -1, -1):
        if any(directions(way[at:], level)):
            break
        ends = way[at].value
    return ends


def _point(look: Look) -> Point:
    chance = look.chance
    return Point(look.value, chance.value, chance.mcse, chance.low, chance.high, look.cost)
