"""Which numbers make up the reference year, for programs that cannot read a scenario file?

They say what `reference_year.yaml` says, in days, shares and currency units, and in the shape and scale that NumPy's
and Python's own generators ask for. Both baselines read them here, so that they cannot drift apart.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

_Z90 = 1.2815515655446004  # the standard normal quantile at 90 %


class Lognormal(NamedTuple):
    """Mean and standard deviation of the logarithm."""

    mu: float
    sigma: float


class ShapeScale(NamedTuple):
    """A Weibull or gamma law."""

    shape: float
    scale: float


class Beta(NamedTuple):
    """A beta law on a share."""

    a: float
    b: float


class Ledger(NamedTuple):
    """What the leads that were not reached in time took from the year, and what of it came back; by cause."""

    lost_neglected: int
    lost_late: int
    recovered_neglected: int
    recovered_late: int
    lost_revenue_neglected: float
    lost_revenue_late: float
    recovered_revenue_neglected: float
    recovered_revenue_late: float


class Year(NamedTuple):
    """What one replication of a baseline reports; deals are counts, revenue and cost are currency units."""

    arrived: int
    deals: int
    revenue: float
    cost: float
    twin_deals: int
    twin_revenue: float
    twin_cost: float
    reopened: int
    dropped: int
    competitor: int
    open: int
    ledger: Ledger
    deals_by_month: Sequence[int]
    revenue_by_month: Sequence[float]


def lognormal_from_p90(median: float, p90: float) -> Lognormal:
    """Read `lognormal(median=, p90=)`."""
    return Lognormal(math.log(median), math.log(p90 / median) / _Z90)


def lognormal_from_cv(mean: float, cv: float) -> Lognormal:
    """Read `lognormal(mean=, cv=)`."""
    variance = math.log(1 + cv**2)
    return Lognormal(math.log(mean) - variance / 2, math.sqrt(variance))


def beta_from_n(mean: float, n: float) -> Beta:
    """Read `beta(mean=, n=)`."""
    return Beta(mean * n, (1 - mean) * n)


HORIZON_DAYS = 365.0
MONTHS = 12
MONTH_DAYS = HORIZON_DAYS / MONTHS
MEAN_LEADS = 500.0
COST_PER_LEAD = 200.0
FIXED_COST = 30_000.0
DEAL_VALUE = lognormal_from_cv(mean=50_000, cv=0.9)

QUALIFY = beta_from_n(mean=0.40, n=100)  # MQL to SQL
QUALIFY_DAYS = lognormal_from_p90(median=5, p90=15)

NEGLECT = beta_from_n(mean=0.125, n=80)
RESPONSE_DAYS = lognormal_from_p90(median=8 / 24, p90=4)
SHELF_LIFE_DAYS = ShapeScale(0.7, 30 / math.gamma(1 + 1 / 0.7))
CLOSE = beta_from_n(mean=0.25, n=60)  # SQL to customer, of those worked in time
CYCLE_DAYS = ShapeScale(1 / 0.6**2, 60 * 0.6**2)  # to a win and, on its own roll, to a loss
COST_PER_WORK = 150.0

TO_COMPETITOR = 0.30
TO_DROPPED = 0.20  # the remaining half comes back
RECYCLE_DAYS = 30.0
RECYCLE_ODDS = 0.5
RECYCLE_LIMIT = 2
COST_PER_RECYCLE = 40.0
