"""Sweeps whose futures are made up, so that what is true of their points is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

import simfunnel as sf
from simfunnel.studies.sweep.definition import Parameter, Sweep
from simfunnel.studies.sweep.store import InMemory, Piece

Row = tuple[float | str, ...]
Futures = dict[str, npt.NDArray[np.float64]]

NEGLECT = Parameter("stages.sql.neglect", "share", 0.01, " %")
LEADS = Parameter("sources.inbound.leads", "leads")
CONVERSION = Parameter("stages.sql.conversion", "share", 0.01, " %")
BUDGET = Parameter("sources.inbound.budget", "money", 1.0, "", "$")
HOURS = Parameter("stages.sql.shelf_life", "days", 1 / 24, " hours")
ORDER = Parameter("teams.sales.discipline", "words")
YEAR = sf.loads(
    "name: Made\nhorizon: 1 year\nprocess: [sql, customer]\nplan: {customers: 10, revenue: 1M}\n"
    "sources: {inbound: {enters: sql, leads: 40}}\nstages: {sql: {conversion: 25%, neglect: 10%}}"
)


def made(
    axes: Sequence[tuple[Parameter, Sequence[float | str]]],
    futures: Callable[[Row, np.random.Generator], Futures],
    *,
    measures: Sequence[str] = ("deals >= 10",),
    rows: Sequence[Row] | None = None,
    failed: Collection[int] = (),
    name: str = "Made",
    seed: int = 7,
    design: str = "grid",
) -> sf.SweepResult:
    """A sweep whose points have the futures that a function of their values and of the common luck makes."""
    parameters = tuple(parameter for parameter, _ in axes)
    points = list(product(*(values for _, values in axes))) if rows is None else list(rows)
    texts = tuple(tuple(str(value) for value in row) for row in points)
    numbers = tuple(
        tuple(float(value) if each.is_number else np.nan for value, each in zip(row, parameters, strict=True))
        for row in points
    )
    sweep = Sweep(name, {YEAR.name: YEAR}, parameters, texts, numbers, tuple(measures), 1, seed, design=design)
    store = InMemory()
    for point, row in enumerate(points):
        if point in failed:
            store.fail(point, "stages.sql.neglect: 120 % is more than all")
            continue
        found = futures(row, np.random.default_rng(seed))
        store.take([Piece(point, 0, len(next(iter(found.values()))), found)])
    return sf.SweepResult(sweep, store)


def article(row: Row, luck: np.random.Generator, n: int = 1_000) -> Futures:
    """The article's deals: so many leads, a quarter of which close, some of them neglected; by one roll a future."""
    neglect, leads = float(row[0]), round(float(row[1]))
    return {"deals": binom.ppf(luck.random(n), leads, 0.25 * (1 - neglect)).astype(np.float64)}


def chance(neglect: float, leads: int, wanted: int = 10, conversion: float = 0.25) -> float:
    """Of so many deals at least, exactly."""
    return float(binom.sf(wanted - 1, leads, conversion * (1 - neglect)))
