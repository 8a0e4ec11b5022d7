"""What becomes of a scenario when several of its numbers vary at once? `sweep` runs every point on the same futures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import nan

from simfunnel.errors import ScenarioError
from simfunnel.levers import find
from simfunnel.scenario import Scenario
from simfunnel.simulation import simulate
from simfunnel.studies.sweep.definition import Parameter, Sweep
from simfunnel.studies.sweep.record import SweepResult
from simfunnel.studies.sweep.store import InMemory


def sweep(
    scenario: Scenario,
    vary: Mapping[str, Sequence[object]],
    *,
    measures: Sequence[str] = ("deals", "revenue", "roi"),
    n_sims: int = 2_000,
    seed: int = 0,
) -> SweepResult:
    """Simulate every point of a grid on the same futures.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> sweep(base, {"stages.sql.neglect": ["0%", "20%"]}, n_sims=100).sweep.n_points
    2
    """
    parameters = tuple(_parameter(scenario, path) for path in vary)
    texts = tuple(tuple(str(each) for each in row) for row in product(*vary.values()))
    numbers = tuple(tuple(_number(scenario, path, each) for path, each in zip(vary, row, strict=True)) for row in texts)
    wanted = Sweep(
        scenario.name, {scenario.name: scenario}, parameters, texts, numbers, tuple(measures), n_sims, seed
    )  # fmt: skip
    store = InMemory()
    for point in range(wanted.n_points):
        run = simulate(wanted.scenario(point), n_sims=n_sims, seed=seed, keep=wanted.columns, progress=False)
        store.add(point, 0, {column: run.array(column) for column in wanted.columns})
    return SweepResult(wanted, store)


def _parameter(scenario: Scenario, path: str) -> Parameter:
    try:
        lever = find(scenario, path)
    except ScenarioError:
        return Parameter(path, "words")
    return Parameter(path, lever.unit, lever.scale, lever.suffix, lever.currency)


def _number(scenario: Scenario, path: str, text: str) -> float:
    try:
        return find(scenario, path).read(text)
    except ValueError:
        return nan
