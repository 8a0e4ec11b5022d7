"""How is what there is to spend best split, so that the target is likeliest or the profit largest?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from math import comb

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, of_plan
from simfunnel.errors import Problem, ScenarioError
from simfunnel.progress import Progress
from simfunnel.results.intervals import z_value
from simfunnel.scenario import Scenario
from simfunnel.scenario.text import read_money
from simfunnel.studies.allocation.goal import parse_goal
from simfunnel.studies.allocation.judging import Binding, bindings, flatness, marginals
from simfunnel.studies.allocation.looks import Looks
from simfunnel.studies.allocation.moves import Moves, find_moves
from simfunnel.studies.allocation.record import Allocation, Piece
from simfunnel.studies.allocation.region import Region
from simfunnel.studies.allocation.rules import Bound, read_rules
from simfunnel.studies.allocation.search import STEPS, Search, budget_of_looks

Array = npt.NDArray[np.float64]


def allocate(
    scenario: Scenario,
    *,
    over: str | Iterable[str] | None = None,
    maximise: str | Claim | None = None,
    bounds: Mapping[str, tuple[Bound, Bound] | str] | None = None,
    constraints: str | Iterable[str] | None = None,
    total: float | str | None = None,
    n_sims: int = 10_000,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    level: float = 0.95,
) -> Allocation:
    """Find how a budget is best split over sources and people, or a source over sectors.

    Every split meets the same futures, and the best is then held against the start in futures that the search has not
    seen: the best of many looks is in part the luckiest of them.

    Parameters
    ----------
    scenario : Scenario
    over : str or iterable of str, optional
        What moves: ``["sources.search.budget", "sources.fair.budget", "teams.sales.people"]``, or the mix of a source
        over the sectors, ``"sources.search.sectors"`` (``"sectors"``: of all sources that have no mix of their own).
        Without it the budgets of all sources that have one.
    maximise : str, optional
        The chance of a claim (``"deals >= 10"``), the mean of a measure (``"profit"``, ``"roi"``) or a quantile of one
        (``"p10 profit"``). Without it the chance of the plan (its customers, else its revenue), or the mean profit.
    bounds : mapping, optional
        Path to its least and its most, as in a file: ``{"sources.fair.budget": ("20k", "80k")}``; None where there is
        none. Also ``"20k to 80k"``, ``"at least 20k"``, ``"at most 80k"``.
    constraints : str or iterable of str, optional
        Linear claims: ``"sources.search.budget <= 2 * sources.fair.budget"``,
        ``"sources.fair.budget >= 10% of total"``.
    total : float or str, optional
        What everything that moves adds up to; without it what it adds up to at present. People count with their pay
        over the horizon: one head more is paid by so much less budget, which is how `teams.NAME.cost` is read.
    n_sims, seed, workers, executor, progress
        As for `simulate`. Without teams everything is read off one run of all the leads that the splits may bring.
        With them each of some 80 splits is a run: most of a sixteenth of the futures (500 at least), the best of a
        quarter (1,000 at least), the start and the winner of all of them.
    level : float
        Confidence level of all intervals.

    Returns
    -------
    Allocation

    Raises
    ------
    ScenarioError
        What should move cannot; a bound or a constraint cannot be read; or they contradict each other, with the
        smallest set of them that does.
    ClaimError
        What should be maximised is no claim and no measure.
    ValueError
        The total or the level is out of range.

    Notes
    -----
    The start counts as moved only where the interval of the gain in fresh futures lies above 0; otherwise it stays, and
    the record says so. Walks: Ragonneau 2022, "Model-based derivative-free optimization methods and software" (COBYQA,
    in SciPy).

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... deal_value: 10k
    ... sources:
    ...   fair: {enters: sql, budget: 60k, cost_per_lead: 900}
    ...   search: {enters: sql, budget: 40k, cost_per_lead: 400}
    ... stages: {sql: {conversion: 25%}}
    ... ''')
    >>> found = sf.allocate(base, maximise="deals >= 40", n_sims=1_000, seed=7, progress=False)
    >>> found.has_moved, found.after["sources.search.budget"]
    (True, 100000.0)
    """
    if not isinstance(scenario, Scenario):
        raise TypeError(f"allocate takes a scenario, as from load(), not {type(scenario).__name__}")
    z_value(level)
    moves = find_moves(scenario, over, _amount(total))
    goal = parse_goal(_usual(scenario) if maximise is None else maximise)
    region = Region.of(moves, read_rules(moves, bounds, constraints))
    start = region.start()
    looks = Looks(region, goal, n_sims=n_sims, seed=seed, level=level, workers=workers, executor=executor)
    with looks.reporting(progress, budget_of_looks(region)):
        best = Search(looks, region).best(start)
        return _told(looks, region, start, best)


def _usual(scenario: Scenario) -> str:
    """What is maximised where nobody says: the chance of the plan, else the profit."""
    claim = of_plan(scenario.plan.customers, scenario.plan.revenue)
    if claim is not None:
        return claim
    if scenario.deal_value is None and all(each.deal_value is None for each in scenario.sectors.values()):
        said = "says neither customers nor revenue, and no deal has a value, so there is no profit to maximise either"
        raise ScenarioError(
            [Problem("plan", f"{said}; write plan: {{customers: 10}} or a deal_value, or name a claim")]
        )
    return "profit"


def _amount(total: float | str | None) -> float | None:
    if total is None:
        return None
    if isinstance(total, bool) or not isinstance(total, str | int | float):
        raise TypeError(f"total is an amount such as '300k', not {total!r}")
    amount = read_money(total.strip()) if isinstance(total, str) else float(total)
    if not 0 < amount < 1e15:
        raise ValueError(f"total is {total!r}; it is an amount above 0, such as '300k'")
    return amount


def _told(looks: Looks, region: Region, start: Array, best: Array) -> Allocation:
    """Everything that is said of a search that is over; the winner is tried in fresh futures."""
    goal, moves = looks.goal, looks.moves
    first, last = looks.full(start), looks.full(best)
    gain = looks.gain(first, last)
    is_other = bool((first.amounts != last.amounts).any())
    before = looks.afresh(start)
    fresh = goal.gain(before, looks.afresh(best) if is_other else before, looks.level)
    has_moved = is_other and fresh.is_sure
    final = last.amounts if has_moved else first.amounts
    tolerance = goal.tolerance(*((fresh.after, fresh.after_mcse) if has_moved else (fresh.before, fresh.before_mcse)))
    flat = flatness(looks, region, final, tolerance)
    more, tight = marginals(looks, final), bindings(region, final)
    pieces = tuple(
        Piece(
            path=part.path, name=part.name, is_whole=part.is_whole, price=part.price,
            before=float(first.amounts[at]), after=float(final[at]), tried=float(last.amounts[at]),
            flat_least=flat[at].least, flat_most=flat[at].most, flat_error=flat[at].error,
            marginal=more[at].value, marginal_mcse=more[at].mcse, step=more[at].extra, binds=_binds(tight, at),
        )
        for at, part in enumerate(moves.parts)
    )  # fmt: skip
    settings = moves.settings(final)
    return Allocation(
        name=moves.scenario.name, maximise=goal.written, total=moves.total, pieces=pieces, has_moved=has_moved,
        gain=gain, fresh=fresh, binding=tuple(each.text for each in tight), rules=tuple(r.text for r in region.rules),
        starts_at_present=region.holds(moves.present), is_single=region.is_single, tolerance=tolerance, runs=looks.runs,
        looks=looks.taken, futures=looks.futures, grid_runs=_grid(moves), n_sims=looks.n_sims, seed=looks.seed,
        fresh_seed=looks.fresh_seed, level=looks.level, settings=settings,
        scenario=moves.scenario.change(settings, name=f"{moves.scenario.name}, as allocated"), goal=goal, moves=moves,
    )  # fmt: skip


def _binds(found: list[Binding], at: int) -> str:
    return "; ".join(each.text for each in found if each.part == at)


def _grid(moves: Moves) -> int:
    """Runs of a plain grid with the finest step of the search over all that adds up to the total."""
    steps, free = round(1 / STEPS[-1]), int((~moves.whole).sum())
    heads = 1
    for part in moves.parts:
        heads *= int(moves.total / part.price) if part.is_whole else 1
    return comb(steps + free - 1, free - 1) * max(heads, 1) if free else heads
