"""How many leads, how much budget, how many people does a stated chance of the target need?"""

from __future__ import annotations

from concurrent.futures import Executor
from math import isnan, nan

from simfunnel.claims import Claim, parse_claim
from simfunnel.levers import find
from simfunnel.progress import Progress
from simfunnel.results.intervals import z_value
from simfunnel.scenario import Scenario
from simfunnel.studies.sizing.curve import Curve
from simfunnel.studies.sizing.finding import Found, check_chance, help_ends, interval, sought, what_binds
from simfunnel.studies.sizing.record import Point, Price, Sizing
from simfunnel.studies.sizing.search import Search, Threshold
from simfunnel.workers import shared

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
        Key path of a number: ``sources.inbound.leads``, ``stages.sql.shelf_life``, ``teams.sales.people``; where a
        distribution stands, that of one of its parameters: ``stages.sql.conversion.mean``. What stands around the
        number (``poisson(40 per month)``, ``beta(mean=25%, n=40)``) stays.
    target : str
        A claim such as ``deals >= 10`` or ``roi >= 0``.
    chance : float
        Wanted, such as 0.9.
    low, high : float, optional
        Between which values to look, in base units: days, shares of one, currency units. Without them leads, visits and
        budgets go as far as they must where the chance can only rise with them; everything else is looked at from half
        to double its present value, and from a quarter to four times where nothing crosses there.
    n_sims, seed, workers, executor, progress
        As for `simulate`. Where every value must be a run of its own it needs some twenty.
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
    where the chance rises as well as falls, beyond what the paired errors explain, every crossing is told that lies
    between two of the values scanned; a tooth between them, as a return has one at each deal that must be more, is not
    seen.

    A volume whose leads meet in no queue is run once, at a value that a short pilot chooses: its first leads are any
    run of fewer, and smaller values are read from that run, to the last bit as if each had been run
    (`simfunnel.one_run`).

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
    check_chance(chance)
    z_value(level)
    claim = parse_claim(target) if isinstance(target, str) else target
    moved = find(scenario, lever)
    with shared(workers, executor) as hands:
        curve = Curve(
            scenario, moved, claim, n_sims=n_sims, seed=seed, level=level, workers=workers, executor=hands,
            up_to=max(_wanted(chance)),
        )  # fmt: skip
        with curve.reporting(progress):
            return _told(curve, sought(curve, chance, low, high), chance)


def _told(curve: Curve, found: Found, wanted: float) -> Sizing:
    """Everything that is said of a search that is over: intervals, prices, the fresh futures."""
    value, search = found.value, found.search
    start = max(curve.looks, key=lambda look: look.chance.value).value if value is None else value
    ends = (None, None) if value is None else interval(found, wanted)
    costs = tuple(_price(search, each, start, found.uphill) for each in _wanted(wanted))
    reached = None if value is None else curve.at(value).chance
    looks = curve.looks
    confirmed, fresh_seed = (None, curve.seed) if value is None else curve.afresh(value)
    missed = [price.wanted for price in costs if isnan(price.value)]
    binds = what_binds(found, wanted if value is None else missed[0]) if value is None or missed else None
    step = search.step or curve.lever.step(start or curve.lever.present)
    return Sizing(
        name=curve.scenario.name, lever=curve.lever.path, target=str(curve.claim), wanted=wanted,
        value=value, side="at least" if found.uphill > 0 else "at most", reached=reached, interval=ends,
        confirmed=confirmed, crossings=found.crossings, is_monotone=found.is_monotone,
        help_ends_at=help_ends(looks, found.uphill, curve.level) if value is None else None,
        binding=binds, points=tuple(Point.of(look) for look in looks), costs=costs, runs=curve.runs,
        grid_runs=round((looks[-1].value - looks[0].value) / step) + 1, read_from=curve.extent,
        n_sims=curve.n_sims, seed=curve.seed, fresh_seed=fresh_seed, level=curve.level, moved=curve.lever,
    )  # fmt: skip


def _wanted(chance: float) -> list[float]:
    more = [round(chance + each, 9) for each in FURTHER]
    return sorted(each for each in {chance, *more, *USUAL} if each < 1)


def _price(search: Search, wanted: float, start: float, uphill: int) -> Price:
    value = search.reach(Threshold(wanted), start, uphill)
    if value is None:
        return Price(wanted, nan)
    look = search.curve.at(value)
    return Price(wanted, value, look.chance.value, look.cost, search.is_bound(value, uphill))
