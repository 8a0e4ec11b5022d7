"""How do the blocks of a run become one result, the same whatever their size and order of finishing?"""

from __future__ import annotations

import platform
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

    def __init__(self, resolved: Resolved, seed: int, stream: int, most: int) -> None:
        self.resolved, self.seed, self.stream, self._most = resolved, seed, stream, most
        self.n_sims = 0
        self.rolls = 0
        self._columns: dict[str, dict[str, Array]] = {}
        self._sums: Sums | None = None

    def add(self, part: Part) -> None:
        """The next block; there is room for ``most`` replications, of which what is not used costs nothing."""
        self._sums = part.sums if self._sums is None else self._sums.add(part.sums)
        n = part.timeline_deals.shape[0]
        for group, columns in _columns(part).items():
            rooms = self._columns.setdefault(group, {})
            for name, column in columns.items():
                if name not in rooms:
                    rooms[name] = np.empty((self._most, *column.shape[1:]), column.dtype)
                rooms[name][self.n_sims : self.n_sims + n] = column
        self.n_sims += n
        self.rolls += part.rolls

    def result(self) -> Result:
        """The result of all that has been added so far."""
        found = {
            group: {name: room[: self.n_sims] for name, room in rooms.items()}
            for group, rooms in self._columns.items()
        }  # fmt: skip
        futures = Futures(base=found["base"], kept=found["kept"], **found["timelines"], tallies=self._tallies())
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
            scenario_yaml=resolved.written,
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


def _columns(part: Part) -> dict[str, dict[str, Array]]:
    """What is kept of a block replication by replication, counts in 32 bits: a replication has at most some ten million
    leads."""
    wide = {*BASE_MONEY, MARGIN}
    base: dict[str, Array] = {k: v if k in wide else v.astype(np.int32) for k, v in part.base.items()}
    timelines: dict[str, Array] = {
        "timeline_deals": part.timeline_deals.astype(np.int32),
        "timeline_revenue": part.timeline_revenue,
    }
    return {"base": base, "kept": dict(part.kept), "timelines": timelines}


def _floats(exact: Exact) -> Array:
    return exact.astype(np.float64)
