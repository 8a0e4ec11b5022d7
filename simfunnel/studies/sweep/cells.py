"""What is each measure at each point of a sweep, and how well is it known?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, Selector
from simfunnel.results.estimates import Chance
from simfunnel.results.intervals import order_statistics, z_value
from simfunnel.results.summary import moments, present
from simfunnel.studies.sweep.definition import Sweep, part_of
from simfunnel.studies.sweep.store import Store

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Cell:
    """One measure at one point.

    Attributes
    ----------
    point : int
    measure : str
    n_sims : int
        Replications of the point; 0 where it has failed, or has not been simulated yet.
    mean, mcse, low, high : float
        Mean over the futures that have the figure, its Monte Carlo error and 95 % confidence interval. Of a claim: its
        chance, the standard error that its Wilson interval stands for, and that interval.
    sd, p10, p50, p90 : float
        Over futures; missing (NaN) for a claim.
    missing : int
        Futures that have no such figure and do not count.
    failure : str
        Why the point has no futures; empty where it has.
    """

    point: int
    measure: str
    n_sims: int
    mean: float = nan
    mcse: float = nan
    low: float = nan
    high: float = nan
    sd: float = nan
    p10: float = nan
    p50: float = nan
    p90: float = nan
    missing: int = 0
    failure: str = ""


def cells(sweep: Sweep, store: Store) -> Iterator[Cell]:
    """Every measure at every point, in one pass that holds the futures of one point at a time."""
    claims = sweep.claims
    for point in range(sweep.n_points):
        n_sims = store.n_sims(point)
        columns = {name: store.values(point, name) for name in sweep.columns} if n_sims else {}
        for measure, asked in zip(sweep.measures, claims, strict=True):
            if not n_sims:
                yield Cell(point, measure, 0, failure=store.failure(point) or "")
                continue
            yield cell(point, measure, asked, columns[str(part_of(asked))])


def cell(point: int, measure: str, asked: Claim | Selector, values: Array) -> Cell:
    """One measure at one point, by the very arithmetic of a run alone (`Result.mean`, `Result.chance`).

    Examples
    --------
    >>> from simfunnel.claims import parse_selector
    >>> cell(0, "roi", parse_selector("roi"), np.array([1.0, 3.0, np.nan])).mean
    2.0
    """
    known = present(values)
    absent = len(values) - len(known)
    if isinstance(asked, Claim):
        chance = Chance.of(asked, values)
        return Cell(point, measure, len(values), chance.value, chance.mcse, chance.low, chance.high, missing=absent)
    found = moments(known)
    mean, mcse, reach = found["mean"], found["mcse"], z_value() * found["mcse"]
    p10, p50, p90 = (value for value, _, _ in order_statistics(known, (0.1, 0.5, 0.9)))
    return Cell(
        point, measure, len(values), mean, mcse, mean - reach, mean + reach, found["sd"], p10, p50, p90, absent
    )  # fmt: skip


def outcomes(asked: Claim | Selector, values: Array) -> Array:
    """What a mean is taken of, float64: the values; of a claim 1 where it holds, 0 where not; NaN where missing.

    >>> from simfunnel.claims import parse_claim
    >>> outcomes(parse_claim("roi >= 2"), np.array([1.0, 3.0, np.nan])).tolist()
    [0.0, 1.0, nan]
    """
    values = np.asarray(values, np.float64)
    if not isinstance(asked, Claim):
        return values
    return np.where(np.isnan(values), np.nan, asked.holds(values).astype(np.float64))
