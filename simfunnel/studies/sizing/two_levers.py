"""How much of one lever does a target need beside how much of another: how much budget for how many people?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import pairwise

import numpy as np

from simfunnel.claims import Claim, parse_claim
from simfunnel.errors import Problem, ScenarioError
from simfunnel.levers import Lever, find
from simfunnel.progress import Progress, reporter
from simfunnel.results.intervals import z_value
from simfunnel.scenario import Scenario
from simfunnel.studies.sizing.binding import Binding
from simfunnel.studies.sizing.curve import USUAL_RUNS, Curve, Look, gain
from simfunnel.studies.sizing.finding import Found, checked_chances, interval, sought, what_binds
from simfunnel.studies.sizing.frontier_record import Corner, Frontier, cheapest
from simfunnel.studies.sizing.funnel import volume
from simfunnel.studies.sizing.record import Point
from simfunnel.workers import shared

USUAL = (0.5, 0.8, 0.9)
_MOST_VALUES = 8
_SAME_MONEY = 0.02  # whole leads and people do not come to the very same sum
_FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


def frontier(
    scenario: Scenario,
    lever: str,
    by: str,
    target: str | Claim,
    chances: Iterable[float] = USUAL,
    *,
    values: Iterable[float] | None = None,
    low: float | None = None,
    high: float | None = None,
    n_sims: int = 2_000,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    level: float = 0.95,
) -> Frontier:
    """Find the least of a lever that reaches a target with each chance, beside each value of another lever.

    Parameters
    ----------
    scenario : Scenario
    lever : str
        Key path of a number, such as ``sources.inbound.leads`` or ``budget``; or ``volume``, that of all sources which
        bring new leads, in one proportion (see `plan`).
    by : str
        Key path of the other number, such as ``teams.sales.people``.
    target : str
        A claim such as ``deals >= 10``.
    chances : iterable of float
    values : iterable of float, optional
        Of the other lever, in base units; without them from one up to twice what there is, or from half to double.
    low, high : float, optional
        Between which values of the lever to look, as for `size`.
    n_sims, seed, workers, executor, progress
        As for `simulate`. Beside teams it takes some thirty runs a value of the other lever.
    level : float
        Confidence level of all intervals.

    Returns
    -------
    Frontier

    Raises
    ------
    ScenarioError, ClaimError, ValueError
        As for `size`; both levers are the same, or no values are left.

    Notes
    -----
    All runs meet the same futures, so costs are compared pairwise. With teams the chance need not rise with the lever;
    then each is scanned, and a target that a saturated team cannot reach has no value, with what binds.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.frontier(base, "sources.inbound.leads", "stages.sql.neglect", "deals >= 10", chances=[0.9],
    ...                     values=[0, 0.125], seed=7)
    >>> [round(found.corner(neglect, 0.9).value / 55, 1) for neglect in (0, 0.125)]
    [1.0, 1.1]
    """
    if not isinstance(scenario, Scenario):
        raise TypeError(f"frontier takes a scenario, as from load(), not {type(scenario).__name__}")
    wanted = checked_chances(chances)
    z_value(level)
    claim = parse_claim(target) if isinstance(target, str) else target
    beside, moved = find(scenario, by), _lever(scenario, lever)
    if beside.path == moved.path:
        raise ValueError(f"both levers are {by}; a frontier sets one beside another")
    at = _values(beside) if values is None else sorted({float(each) for each in values})
    if not at:
        raise ValueError("values is empty; name one or more values of the other lever")
    with shared(workers, executor) as hands:
        curves = [
            Curve(each, _lever(each, lever), claim, n_sims=n_sims, seed=seed, level=level, workers=workers,
                  executor=hands, up_to=wanted[-1])
            for each in (beside.moved(scenario, value) for value in at)
        ]  # fmt: skip
        return _told(scenario.name, beside, wanted, at, curves, _searched(curves, wanted, low, high, progress))


def _searched(
    curves: Sequence[Curve], wanted: Sequence[float], low: float | None, high: float | None, progress: bool | Progress
) -> list[list[Found]]:
    """What each chance takes of the lever, curve by curve."""
    searches, whole = [], USUAL_RUNS * curves[0].n_sims
    with reporter(progress, whole * len(curves)) as report:
        for i, curve in enumerate(curves):
            with curve.reporting(_after(report, i * whole, whole)):
                searches.append([sought(curve, chance, low, high) for chance in wanted])
    return searches


def _told(
    name: str, beside: Lever, wanted: Sequence[float], at: Sequence[float], curves: Sequence[Curve],
    searches: Sequence[Sequence[Found]],
) -> Frontier:  # fmt: skip
    """Everything that is said of searches that are over."""
    corners = [
        _corner(by_value, chance, found)
        for by_value, row in zip(at, searches, strict=True)
        for chance, found in zip(wanted, row, strict=True)
    ]
    beside_of, curve = dict(zip(at, curves, strict=True)), curves[0]
    return Frontier(
        name=name, lever=curve.lever.path, by=beside.path, target=str(curve.claim), values=tuple(at),
        chances=tuple(wanted),
        corners=tuple(replace(each, is_rival=_is_rival(each, corners, beside_of)) for each in corners),
        curves=tuple(tuple(Point.of(look) for look in curve.looks) for curve in curves),
        binding=_binding(searches, wanted), is_monotone=all(each.is_monotone for row in searches for each in row),
        runs=sum(each.runs for each in curves), n_sims=curve.n_sims, seed=curve.seed, level=curve.level,
        moved=curve.lever, beside=beside,
    )  # fmt: skip


def _is_rival(corner: Corner, corners: Sequence[Corner], curves: Mapping[float, Curve]) -> bool:
    """Whether for the money of the cheapest corner this one's chance is no worse in the same futures."""
    best = cheapest(corners, corner.wanted)
    if best is None or best.value is None or corner.value is None or corner.by == best.by:
        return False
    curve, looks = curves[corner.by], curves[corner.by].looks
    order = np.argsort([look.cost for look in looks], kind="stable")
    costs, values = (np.array([getattr(looks[i], name) for i in order]) for name in ("cost", "value"))
    for_as_much = float(np.interp(best.cost, costs, values))
    if curve.lever.is_whole:
        for_as_much = float(round(for_as_much))
    change, error = gain(curves[best.by].at(best.value), curve.at(for_as_much))
    return change >= -z_value(curve.level) * error and curve.at(for_as_much).cost <= best.cost * (1 + _SAME_MONEY)


def _after(report: Callable[[int], None], before: int, whole: int) -> Progress:
    """What tells how far one curve of several is."""
    return lambda done, most: report(before + done * whole // most)


def _lever(scenario: Scenario, path: str) -> Lever:
    return volume(scenario) if path == "volume" else find(scenario, path)


def _values(lever: Lever) -> list[float]:
    """Values about the present one: from the least up to twice of it, or from half to double."""
    if lever.present <= 0 and not lever.is_whole:
        said = "is 0, so there is no half or double of it to set beside; give values"
        raise ScenarioError([Problem(lever.path, said, "lever")])
    if not lever.is_whole:
        step = lever.step(lever.present)
        return sorted({lever.snapped(factor * lever.present, step) for factor in _FACTORS})
    first, last = max(int(lever.least), 1), int(min(max(2 * lever.present, lever.present + 3), lever.most))
    some = np.linspace(first, last, min(_MOST_VALUES, last - first + 1)).round()
    return sorted({*some.tolist(), float(lever.present)})


def _corner(by: float, wanted: float, found: Found) -> Corner:
    side = "at least" if found.uphill > 0 else "at most"
    if found.value is None:
        return Corner(by, wanted, None, side=side)
    curve = found.search.curve
    ends = interval(found, wanted) if curve.extent is not None else _ends(curve.looks, found, wanted)
    look, looks = curve.at(found.value), curve.looks
    known = [each.value for each in looks], [each.cost for each in looks]
    costs = [None if end is None else float(np.interp(end, *known)) for end in ends]
    if None not in costs:
        costs.sort(key=lambda cost: cost or 0.0)
    return Corner(
        by, wanted, found.value, ends, (costs[0], costs[1]), look.chance, look.cost, side,
        is_bound=found.is_bound,
    )  # fmt: skip


def _ends(looks: Sequence[Look], found: Found, wanted: float) -> tuple[float | None, float | None]:
    """Where the upper and the lower limit of the chance reach the wanted one, on lines between neighbours, as each look
    is a run; rounded outward."""
    if not found.crossings or found.value is None:
        return None, None
    lever = found.search.curve.lever
    step = 1.0 if lever.is_whole else found.search.step or lever.step(found.value)
    at = next(i for i, look in enumerate(looks) if look.value == found.value)
    before, after = looks[at::-1], looks[at:]  # outward from the value
    fails, holds = (before, after) if found.uphill > 0 else (after, before)
    optimistic = _crossing(fails, [look.chance.high - wanted for look in fails])
    cautious = _crossing(holds, [wanted - look.chance.low for look in holds])
    low, high = (optimistic, cautious) if found.uphill > 0 else (cautious, optimistic)
    return (
        None if low is None else lever.snapped(low, step, up=False),
        None if high is None else lever.snapped(high, step),
    )


def _crossing(looks: Sequence[Look], excess: Sequence[float]) -> float | None:
    """The first value outward at which an excess that begins above 0 ends."""
    if excess[0] <= 0:
        return looks[0].value
    for (one, other), (above, below) in zip(pairwise(looks), pairwise(excess), strict=True):
        if below <= 0:
            return one.value + (other.value - one.value) * above / (above - below)
    return None


def _binding(searches: Sequence[Sequence[Found]], wanted: Sequence[float]) -> Binding | None:
    """What binds at the first corner that is out of reach."""
    lost = (
        (found, chance) for row in searches for found, chance in zip(row, wanted, strict=True) if found.value is None
    )
    return next((what_binds(found, chance) for found, chance in lost), None)
