"""What does a plan take, made backwards: by plain arithmetic, and so that it holds with a stated chance?"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from math import ceil, isnan

from simfunnel.claims import Claim, of_plan, parse_claim
from simfunnel.errors import Problem, ScenarioError
from simfunnel.progress import Progress
from simfunnel.results import Chance
from simfunnel.results.intervals import z_value
from simfunnel.results.text import percent
from simfunnel.scenario import Scenario
from simfunnel.studies.sizing.backward_record import BackwardPlan, Column
from simfunnel.studies.sizing.backward_rows import Cell, Numbers, Row, cells, planned, rows_of, simulated, telling
from simfunnel.studies.sizing.curve import Curve
from simfunnel.studies.sizing.finding import Found, checked_chances, help_ends, interval, sought, what_binds
from simfunnel.studies.sizing.funnel import Volume, volume
from simfunnel.studies.sizing.record import Point
from simfunnel.studies.sizing.spreadsheet import spreadsheet
from simfunnel.workers import shared

USUAL = (0.5, 0.8, 0.9, 0.95)
#: Measures that end at the horizon, so that a run-off would only blur the numbers of the stages.
_DATED = ("deals", "revenue", "cost", "profit", "roi")


def plan(
    scenario: Scenario,
    target: str | Claim | None = None,
    chances: Iterable[float] = USUAL,
    *,
    sources: Iterable[str] | None = None,
    n_sims: int = 10_000,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    level: float = 0.95,
) -> BackwardPlan:
    """Make a plan backwards: customers, stages, leads, visits, budget, as the spreadsheet has them and as they hold.

    Parameters
    ----------
    scenario : Scenario
    target : str, optional
        What should hold, such as ``deals >= 10``; the scenario's plan (its customers, or else its revenue) otherwise.
    chances : iterable of float
        With which chances it should.
    sources : iterable of str, optional
        Whose volume moves; that of all sources which bring new leads unless they are named. They move in one
        proportion: leads, visits, budgets and fixed costs alike, so twice the volume costs twice. Leads that are on
        hand at the start and cost nothing stay. Where sources share the scenario's ``budget``, that is what moves.
    n_sims, seed, workers, executor, progress
        As for `simulate`, of which it needs some ten runs, and some fifty where there are teams.
    level : float
        Confidence level of all intervals.

    Returns
    -------
    BackwardPlan

    Raises
    ------
    ScenarioError
        There is no plan and no target, no such source, or none whose volume could move.
    ClaimError
        The target is no claim, or names what is not measured.
    ValueError
        The target is nothing to be reached, or a chance or the level is not between 0 and 1.

    Notes
    -----
    The spreadsheet divides the plan by the rates as they are written at the stages, backwards; see
    `simfunnel.studies.sizing.spreadsheet`. All volumes meet the same futures; the numbers of a column are means of
    fresh futures, in which its chance is tried as well. A target in deals, revenue or return ends at the horizon, and
    so do all numbers; where it looks beyond, they count to the end of the run-off.

    Examples
    --------
    The article: 40 SQLs by the spreadsheet, 63 so that the plan holds in 90 % of futures, since 12.5 % are neglected.

    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nplan: {customers: 10}\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.plan(base, chances=[0.9], seed=7)
    >>> found.spreadsheet.volume, 62 <= found.promises[0].volume <= 64
    (40.0, True)
    """
    if not isinstance(scenario, Scenario):
        raise TypeError(f"plan takes a scenario, as from load(), not {type(scenario).__name__}")
    wanted = checked_chances(chances)
    z_value(level)
    claim = _planned(scenario) if target is None else parse_claim(target) if isinstance(target, str) else target
    if claim.op not in (">=", ">"):
        raise ValueError(f"a plan is made backwards from what should be reached, and '{claim}' is no such target; "
                         "write one such as 'deals >= 10'")  # fmt: skip
    if scenario.run_off and claim.selector.name in _DATED:
        scenario = scenario.change({"run_off": "0 days"}, name=scenario.name)
    moved = volume(scenario, sources)
    with shared(workers, executor) as hands:
        curve = Curve(
            scenario, moved, claim, n_sims=n_sims, seed=seed, level=level, workers=workers, executor=hands,
            up_to=max(wanted),
        )  # fmt: skip
        with curve.reporting(progress):
            return _told(curve, moved, wanted, target is None)


def _planned(scenario: Scenario) -> Claim:
    """The plan as a claim."""
    claim = of_plan(scenario.plan.customers, scenario.plan.revenue)
    if claim is not None:
        return parse_claim(claim)
    said = "says neither customers nor revenue to plan for; write plan: {customers: 10}, or name a target"
    raise ScenarioError([Problem("plan", f"{said} such as 'deals >= 10'")])


@dataclass(frozen=True)
class _Tried:
    """The numbers of fresh futures at a volume, and the chance in them."""

    numbers: Numbers
    chance: Chance


def _told(curve: Curve, moved: Volume, wanted: list[float], is_plan: bool) -> BackwardPlan:
    """The whole table."""
    searches = [sought(curve, chance) for chance in wanted]
    values = [each.value for each in searches]
    tried = {value: _tried(curve, moved, value) for value in {moved.present, *values} if value is not None}
    known = {value: each.numbers for value, each in tried.items()}
    sheet = spreadsheet(curve.scenario, moved.sources)
    factor = sheet.factor(curve.claim)
    arithmetic = planned(sheet, moved, factor)
    rows = telling(rows_of(curve.scenario, moved), [arithmetic, *known.values()])
    columns = [_sheet(curve, moved, factor, rows, arithmetic)]
    columns.append(Column("as it is", None, moved.present, chance=curve.at(moved.present).chance,
                          cells=cells(rows, moved.present, (moved.present,) * 2, known)))  # fmt: skip
    for found, chance in zip(searches, wanted, strict=True):
        columns.append(_promise(found, chance, rows, tried))
    lost, looks = next((each for each in searches if each.value is None), None), curve.looks
    return BackwardPlan(
        name=curve.scenario.name, target=str(curve.claim), is_plan=is_plan,
        is_by_volume=_is_by_volume(curve.scenario, moved, known.values()), rows=tuple(rows), columns=tuple(columns),
        points=tuple(Point.of(look) for look in looks), is_monotone=all(each.is_monotone for each in searches),
        help_ends_at=None if lost is None else help_ends(looks, lost.uphill, curve.level),
        binding=None if lost is None else what_binds(lost, wanted[searches.index(lost)]), runs=curve.runs,
        n_sims=curve.n_sims,
        seed=curve.seed, fresh_seed=curve.fresh_seed, level=curve.level, moved=moved,
    )  # fmt: skip


def _is_by_volume(scenario: Scenario, moved: Volume, known: Iterable[Numbers]) -> bool:
    is_bent = any(scenario.sources[name].yields is not None for name in moved.sources)
    return is_bent or any(numbers["reopened"][0] > 0 for numbers in known)


def _tried(curve: Curve, moved: Volume, value: float) -> _Tried:
    run = curve.fresh(value)
    return _Tried(simulated(run, moved.moved(curve.scenario, value), moved), run.chance(curve.claim, curve.level))


def _sheet(curve: Curve, moved: Volume, factor: float, rows: list[Row], numbers: Numbers) -> Column:
    """The spreadsheet's own column; its chance is that of the next volume which the funnel can have."""
    if isnan(factor):
        return Column("spreadsheet", None, None)
    value = min(ceil(factor * moved.present - 1e-9) if moved.is_whole else factor * moved.present, moved.most)
    chance = curve.at(float(value)).chance
    figures = tuple(Cell(numbers[row.name][0]) for row in rows)
    return Column("spreadsheet", None, float(value), chance=chance, cells=figures)


def _promise(found: Found, wanted: float, rows: list[Row], tried: dict[float, _Tried]) -> Column:
    side, value = "at least" if found.uphill > 0 else "at most", found.value
    if value is None:
        return Column(percent(wanted), wanted, None, side=side, crossings=found.crossings)
    ends, curve = interval(found, wanted), found.search.curve
    figures = cells(rows, value, ends, {volume: each.numbers for volume, each in tried.items()})
    return Column(
        percent(wanted), wanted, value, ends, curve.at(value).chance, tried[value].chance, side, found.crossings,
        is_bound=found.is_bound, cells=figures,
    )  # fmt: skip
