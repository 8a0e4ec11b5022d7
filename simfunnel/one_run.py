"""What would one run have come to, had some of its sources brought fewer leads?

A lead is (source, number), and its number says nothing about it: the first n leads of a source are the scenario with n
leads, to the last bit. So one run of many leads holds every run of fewer, whatever they meet on their way, as long as
they do not meet each other: in a queue they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Selector
from simfunnel.engine.arrivals import how_many, source_keys
from simfunnel.engine.block import Block
from simfunnel.engine.futures import Keep, source_cost
from simfunnel.engine.plan import Ints, Plan
from simfunnel.engine.sales import Sales, sell
from simfunnel.errors import SimfunnelError
from simfunnel.measures import MEASURES, PPM
from simfunnel.resolved import Resolved, resolve
from simfunnel.results.futures import MARGIN
from simfunnel.scenario import Scenario
from simfunnel.simulation import block_size, check_memory, check_terms, keeps, whole
from simfunnel.workers import Crew, cores

Array = npt.NDArray[Any]

MOST_SALES = 1 << 24  # that are kept, some 60 bytes each
MOST_LEADS = 1 << 25  # of which what each has cost is kept; beyond, what those of a replication have cost
_PARTED = ("deals", "revenue")
_COLUMNS = {"deals", "revenue", "cost"}


def is_readable(scenario: Scenario, selector: Selector) -> bool:
    """Whether a run of the scenario can be read at fewer leads for this figure: deals and revenue, also of a source or
    sector, and what follows from them and the cost."""
    if scenario.teams:
        return False
    if selector.where:
        return selector.name in _PARTED and {key for key, _ in selector.where} <= {"source", "sector"}
    return selector.name in MEASURES and set(MEASURES[selector.name].needs) <= _COLUMNS


class TooManySalesError(SimfunnelError):
    """More sales than memory should hold; each value may still be a run of its own."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A run of fewer leads, as the run itself would have it.

    Attributes
    ----------
    figures : float64, shape (n_sims,)
        Of the measure in each replication.
    cost : float
        Mean cost. Where a run has too many leads to keep the cost of each, those of a replication and source cost the
        same on average, and this is an estimate of the same mean.
    """

    figures: Array
    cost: float


@dataclass(frozen=True)
class _Promised:
    """The plan's figures, as measures read them."""

    plan_customers: float | None
    plan_revenue: float | None
    plan_budget: float | None
    margin: float


class OneRun:
    """The sales of one run, each with its lead's number, and the cost of the leads that may be fewer.

    Parameters
    ----------
    scenario
        With as many leads as may ever be asked for.
    moving
        Names of the sources that may bring fewer.
    report
        Told the number of replications done.

    Raises
    ------
    TooManySalesError
        Found after the first block of replications.

    Examples
    --------
    >>> import simfunnel as sf
    >>> from simfunnel.claims import parse_selector
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%}}")
    >>> run = OneRun(base.change({"sources.inbound.leads": 60}), ["inbound"], n_sims=500, seed=7)
    >>> found = run.at(base, parse_selector("deals"))
    >>> bool((found.figures == sf.simulate(base, n_sims=500, seed=7).array("deals")).all())
    True
    """

    def __init__(
        self, scenario: Scenario, moving: Iterable[str], *, n_sims: int, seed: int, workers: int | None = None,
        executor: Executor | None = None, report: Callable[[int], None] = lambda done: None,
    ) -> None:  # fmt: skip
        self.n_sims, self.seed = whole("n_sims", n_sims), whole("seed", seed)
        workers = cores() if workers is None else whole("workers", workers)
        check_terms(self.n_sims, self.seed, workers)
        resolved = resolve(scenario)
        plan = resolved.plan
        self._moving = tuple(plan.source_names.index(name) for name in dict.fromkeys(moving))
        per_block = block_size(resolved)
        check_memory(resolved, n_sims, workers, per_block)
        block = Block(plan, seed, 0, n_sims)
        self._numbers = [_numbers(block, k) for k in range(len(plan.sources))]
        self._keeps_each = sum(int(self._numbers[k].sum()) for k in self._moving) <= MOST_LEADS
        jobs = (
            (plan, seed, at, min(per_block, n_sims - at), 0, self._moving, self._keeps_each)
            for at in range(0, n_sims, per_block)
        )
        parts, done, sold = [], 0, 0
        with Crew(workers, executor) as crew:
            for part in crew.parts(sell, jobs):
                parts.append(part)
                done += part.spent_else.size
                sold += part.rep.size
                if sold / done * n_sims > MOST_SALES:
                    said = f"{n_sims:,} replications bring some {sold / done * n_sims:,.0f} sales, too many to keep"
                    raise TooManySalesError(f"{said}; take fewer replications")
                report(done)
        self._sales = _joined(parts)
        self._places = {k: self._place(k) for k in self._moving}

    def at(self, scenario: Scenario, selector: Selector) -> Reading | None:
        """What the run would have come to with the leads that this scenario brings, which is the same in all else; None
        where it brings more.

        Raises
        ------
        ClaimError
            There is no such source or sector.
        """
        resolved = resolve(scenario)
        plan = resolved.plan
        block = Block(plan, self.seed, 0, self.n_sims)
        numbers = {k: _numbers(block, k) for k in self._moving}
        if any((numbers[k] > self._numbers[k]).any() for k in self._moving):
            return None
        cost = self._cost(block, plan, numbers)
        figures = self._figures(resolved, selector, numbers, cost)
        return Reading(figures.astype(np.float64), float((cost / 100.0).mean()))

    def _figures(self, resolved: Resolved, selector: Selector, numbers: dict[int, Ints], cost: Ints) -> Array:
        sales, plan = self._sales, resolved.plan
        is_kept = np.ones(sales.rep.size, np.bool_)
        for k, (at, cell, place) in self._places.items():
            is_kept[at] = place < numbers[k].ravel().take(cell)
        for keep in keeps([str(selector)], resolved):
            is_kept &= _is_part(keep, sales)
        columns = {
            "deals": np.bincount(sales.rep[is_kept & sales.is_deal], minlength=self.n_sims),
            "revenue": self._sum(sales.rep[is_kept], sales.cents[is_kept]),
            "cost": cost,
        }
        if plan.margin.drawn:
            block = Block(plan, self.seed, 0, self.n_sims)
            columns[MARGIN] = np.rint(block.column(plan.margin) * PPM).astype(np.int64)
        promised = _Promised(resolved.customers, resolved.revenue, resolved.budget, resolved.margin)
        return MEASURES[selector.name].read(columns, promised)

    def _cost(self, block: Block, plan: Plan, numbers: dict[int, Ints]) -> Ints:
        """What each replication costs, in cents."""
        arrived = [numbers.get(k, self._numbers[k]).sum(axis=1) for k in range(len(plan.sources))]
        total = source_cost(block, arrived).sum(axis=0) + self._sales.spent_else
        for cost in plan.fixed_costs:
            total += np.rint(block.column(cost)).astype(np.int64)
        for k, spent in zip(self._moving, self._sales.spent, strict=True):
            total += self._first(k, spent, numbers[k])
        return total

    def _first(self, source: int, spent: Ints, numbers: Ints) -> Ints:
        """What the first so many leads of a source have cost in each replication."""
        there = self._numbers[source]
        if not self._keeps_each:
            share = numbers.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
            return np.rint(spent[:-1] * share).astype(np.int64)
        begins = np.cumsum(there.ravel()) - there.ravel()
        at = np.flatnonzero(numbers.ravel())
        ends = np.stack([begins[at], begins[at] + numbers.ravel()[at]], axis=1).ravel()
        sums = np.add.reduceat(spent, ends, dtype=np.int64)[::2] if at.size else np.zeros(0, np.int64)
        return self._sum(at // there.shape[1], sums)

    def _sum(self, rep: Ints, cents: Ints) -> Ints:
        # float64 holds whole cents exactly below 2**53, which resolving has checked
        return np.bincount(rep, weights=cents, minlength=self.n_sims).astype(np.int64)

    def _place(self, source: int) -> tuple[Ints, Ints, Ints]:
        """The sales to the leads of a source, and of each its cell (replication, or week of it) and the place in it."""
        sales, there = self._sales, self._numbers[source]
        ends = np.cumsum(there.ravel())
        begins, first = ends - there.ravel(), ends.reshape(there.shape)[:, 0] - there[:, 0]
        at = np.flatnonzero(sales.source == source)
        place = first.take(sales.rep[at]) + sales.number[at]
        cell = np.searchsorted(ends, place, side="right")
        return at, cell, place - begins.take(cell)


def _numbers(block: Block, source: int) -> Ints:
    plan = block.plan.sources[source]
    return how_many(block, plan, source_keys(block, plan))


def _is_part(keep: Keep, sales: Sales) -> Array:
    named = ((keep.source, sales.source), (keep.sector, sales.sector))
    return np.logical_and.reduce([column == index for index, column in named if index is not None])


def _joined(parts: list[Sales]) -> Sales:
    """The sales of all blocks, in the order of replications."""
    names = ("rep", "source", "number", "sector", "cents", "is_deal", "spent_else")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    none = np.zeros(1, np.uint8)  # where the last sum may end
    spent = tuple(np.concatenate([*each, none]) for each in zip(*(part.spent for part in parts), strict=True))
    return replace(parts[0], spent=spent, **columns)
