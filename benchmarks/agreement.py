"""Do the programs that are timed against each other simulate the same year?

A ratio of two times means something only if both programs give the same answer. Their luck differs, so their means are
compared within their own Monte Carlo error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import parameters
from numpy.typing import NDArray

import simfunnel as sf

LIMIT = 5.0  # standard errors: a false alarm in 1.7 million comparisons
MEASURES = ("deals", "revenue", "cost", "twin_deals", "twin_revenue", "lost_deals", "recovered_deals")

Sample = Mapping[str, NDArray[np.float64]]  # by measure, shape (n_sims,)


@dataclass(frozen=True)
class Difference:
    """How far two programs' means of one measure are apart, as shares of their mean."""

    measure: str
    programs: tuple[str, str]
    share: float
    standard_error: float

    @property
    def agrees(self) -> bool:
        """Say whether chance explains the difference."""
        return abs(self.share) <= LIMIT * self.standard_error


def sample_of_result(run: sf.Result) -> Sample:
    """Read the compared measures off a simfunnel result."""
    frame = run.to_frame()
    return {measure: frame[measure].to_numpy(dtype=float) for measure in MEASURES}


def sample_of_years(years: Sequence[parameters.Year]) -> Sample:
    """Read the compared measures off a baseline's replications."""
    rows = [
        (
            *(year.deals, year.revenue, year.cost, year.twin_deals, year.twin_revenue),
            year.ledger.lost_neglected + year.ledger.lost_late,
            year.ledger.recovered_neglected + year.ledger.recovered_late,
        )
        for year in years
    ]
    return dict(zip(MEASURES, np.array(rows, dtype=float).T, strict=True))


def merged(samples: Sequence[Sample]) -> Sample:
    """Put the rounds of one program together."""
    return {measure: np.concatenate([sample[measure] for sample in samples]) for measure in MEASURES}


def differences(samples: Mapping[str, Sample]) -> list[Difference]:
    """Compare every pair of programs in every measure."""
    return [
        _difference(measure, (one, other), samples[one][measure], samples[other][measure])
        for one, other in combinations(samples, 2)
        for measure in MEASURES
    ]


def _difference(
    measure: str, programs: tuple[str, str], one: NDArray[np.float64], other: NDArray[np.float64]
) -> Difference:
    error = float(np.hypot(one.std(ddof=1) / np.sqrt(one.size), other.std(ddof=1) / np.sqrt(other.size)))
    level = float(one.mean() + other.mean()) / 2
    return Difference(measure, programs, float(one.mean() - other.mean()) / level, error / level)
