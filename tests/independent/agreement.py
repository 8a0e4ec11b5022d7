"""Do two samples come from one law, and how small a difference would have shown?

Means are held together by a z-test. Quantiles are compared exactly, ties and all: given the two samples thrown
together, how many of one lie at or below a quantile of the whole is hypergeometric when the laws are equal, so P(X <=
q) and P(X < q) are both tested at the joint P10, P50 and P90. Two quantiles that differ differ there, in continuous
measures and in counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVELS = (0.1, 0.5, 0.9)
CHECKS_PER_MEASURE = 1 + 2 * len(LEVELS)
SHORT_OF = 1e-7  # two values nearer than this, relative to their size, are one value that was summed in another order

Sample = NDArray[np.float64]


@dataclass(frozen=True)
class Check:
    """One comparison: what was compared, and how rarely equal laws differ as much."""

    what: str
    p_value: float

    def __str__(self) -> str:
        return f"{self.what}, p = {self.p_value:.1e}"


def compare(name: str, ours: Sample, theirs: Sample) -> list[Check]:
    """Compare mean, P10, P50 and P90 of a measure between two independent samples."""
    assert np.isfinite(np.concatenate([ours, theirs])).all(), f"{name} is missing in some future"
    checks = [compare_means(name, ours, theirs)]
    both = np.concatenate([ours, theirs])
    for level in LEVELS:
        value = float(np.quantile(both, level, method="inverted_cdf"))
        slack = SHORT_OF * max(1.0, abs(value))
        checks.append(compare_shares(f"P({name} <= {value:.6g})", ours <= value + slack, theirs <= value + slack))
        checks.append(compare_shares(f"P({name} < {value:.6g})", ours < value - slack, theirs < value - slack))
    return checks


def compare_means(name: str, ours: Sample, theirs: Sample) -> Check:
    """Compare two means by their difference in standard errors; a constant must be the same constant."""
    left, right = float(ours.mean()), float(theirs.mean())
    what = f"mean {name}: {left:.6g} against {right:.6g}"
    same = math.isclose(left, right, rel_tol=SHORT_OF, abs_tol=SHORT_OF)
    error = standard_error(ours, theirs)
    if same or error <= SHORT_OF * abs(right):
        return Check(what, float(same))
    return Check(what, float(2 * stats.norm.sf(abs(left - right) / error)))


def compare_shares(what: str, ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> Check:
    """Compare two shares by Fisher's exact test, two-sided by doubling."""
    hits, n = int(ours.sum()), len(ours)
    both = hits + int(theirs.sum())
    law = stats.hypergeom(n + len(theirs), both, n)
    tail = float(min(law.cdf(hits), law.sf(hits - 1)))
    return Check(f"{what}: {hits / n:.5f} against {theirs.mean():.5f}", min(1.0, 2 * tail))


def standard_error(ours: Sample, theirs: Sample) -> float:
    """Find the standard error of the difference of two means."""
    return math.sqrt(float(ours.var(ddof=1)) / len(ours) + float(theirs.var(ddof=1)) / len(theirs))


def least_bias(ours: Sample, theirs: Sample, *, alarm: float, power: float = 0.8) -> float:
    """Find the smallest relative bias of the mean that `compare_means` finds with the given chance."""
    needed = float(stats.norm.isf(alarm / 2) + stats.norm.ppf(power))
    return needed * standard_error(ours, theirs) / abs(float(theirs.mean()))
