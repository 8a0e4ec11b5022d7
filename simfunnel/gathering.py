"""How do the blocks of a run become one result, the same whatever their size and order of finishing?"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from simfunnel.engine.futures import Futures as Part
from simfunnel.engine.sums import Exact, Sums
from simfunnel.resolved import Resolved
from simfunnel.results import Futures, Result, Tallies, Terms
from simfunnel.results.futures import BASE_MONEY, MARGIN, Array


class Gathering:
    """Collects the blocks of one run, in the order of their replications."""

    def __init__(self, resolved: Resolved, seed: int, stream: int) -> None:
        self.resolved, self.seed, self.stream = resolved, seed, stream
        self.n_sims = 0
        self.rolls = 0
        self._parts: list[_Columns] = []
        self._sums: Sums | None = None

    def add(self, part: Part) -> None:
        """The next block."""
        self._parts.append(_columns(part))
        self._sums = part.sums if self._sums is None else self._sums.add(part.sums)
        self.n_sims += part.timeline_deals.shape[0]
        self.rolls += part.rolls

    def result(self) -> Result:
        """The result of all that has been added so far."""
        parts = self._parts
        futures = Futures(
            base={name: np.concatenate([part.base[name] for part in parts]) for name in parts[0].base},
            timeline_deals=np.concatenate([part.timeline_deals for part in parts]),
            timeline_revenue=np.concatenate([part.timeline_revenue for part in parts]),
            kept={name: np.concatenate([part.kept[name] for part in parts]) for name in parts[0].kept},
            tallies=self._tallies(),
        )
        return Result(futures, self._terms())

    def _tallies(self) -> Tallies:
        sums, plan = self._sums, self.resolved.plan
        assert sums is not None
        arrays: dict[str, Any] = {name: _floats(getattr(sums, name)) for name in sums.__dataclass_fields__}
        cells = [
            (promise.name, period)
            for promise, labels in zip(plan.promises, self.resolved.promise_periods, strict=True)
            for period in labels
        ]
        return Tallies(
            self.n_sims,
            plan.stage_names,
            plan.source_names,
            plan.sectors,
            self.resolved.periods,
            tuple(team.name for team in plan.teams),
            slas=tuple(name for name, _ in cells),
            sla_periods=tuple(period for _, period in cells),
            **arrays,
        )

    def _terms(self) -> Terms:
        resolved = self.resolved
        return Terms(
            name=resolved.scenario.name,
            currency=resolved.scenario.currency,
            plan_customers=resolved.customers,
            plan_revenue=resolved.revenue,
            plan_budget=resolved.budget,
            margin=resolved.margin,
            n_sims=self.n_sims,
            seed=self.seed,
            horizon_days=resolved.scenario.horizon,
            derived=resolved.derived,
            scenario_yaml=resolved.scenario.to_yaml(),
            digest=resolved.digest,
            versions=versions(),
            luck_stream=self.stream,
            rolls=self.rolls,
            run_off_days=resolved.scenario.run_off,
        )


def versions() -> dict[str, str]:
    """Versions of what can change a last digit."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("simfunnel", "numpy", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


@dataclass(frozen=True, eq=False)
class _Columns:
    """What is kept of a block replication by replication; its sums are added up and forgotten."""

    base: dict[str, Array]
    timeline_deals: Array
    timeline_revenue: Array
    kept: dict[str, Array]


def _columns(part: Part) -> _Columns:
    """Counts in 32 bits: a replication has at most some ten million leads."""
    wide = {*BASE_MONEY, MARGIN}
    base: dict[str, Array] = {k: v if k in wide else v.astype(np.int32) for k, v in part.base.items()}
    return _Columns(base, part.timeline_deals.astype(np.int32), part.timeline_revenue, part.kept)


def _floats(exact: Exact) -> Array:
    return exact.astype(np.float64)
