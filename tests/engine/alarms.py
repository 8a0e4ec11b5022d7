"""Is this figure what it must be, and would a bias of one percent have been noticed?

A check of a right figure fails with chance `FALSE_ALARM`. Too few draws to notice a relative bias of `BIAS` but with
chance `MISSED` is a failure too, so no check can pass by being weak.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import simfunnel as sf

FALSE_ALARM = 1e-6
MISSED = 1e-2
BIAS = 0.01
Z = float(stats.norm.isf(FALSE_ALARM / 2))
Z_MISSED = float(stats.norm.isf(MISSED))
FEWEST = 100  # expected in each cell of a chi-square test, so that its law holds far out

Values = NDArray[Any]


def strong_enough(error: float, exact: float, bias: float = BIAS) -> None:
    """An error so large that the bias could hide in it is an error of the test."""
    reach = (Z + Z_MISSED) * error
    assert reach <= bias * abs(exact), f"too few draws: a bias of {reach / abs(exact):.2%} could hide"


def share_is(hits: float, draws: float, exact: float, *, bias: float = BIAS) -> None:
    """So many of independent draws, where each hits with an exactly known chance."""
    strong_enough(math.sqrt(exact * (1 - exact) / draws), exact, bias)
    tails = stats.binom.cdf(hits, draws, exact), stats.binom.sf(hits - 1, draws, exact)
    assert min(tails) > FALSE_ALARM / 2, f"{hits / draws:.6f} of {draws}, must be {exact:.6f}"


def mean_is(values: Values, exact: float, sd: float | None = None, *, bias: float = BIAS) -> None:
    """The mean of independent values whose sd is known, or as they show it."""
    error = float(values.std(ddof=1) if sd is None else sd) / math.sqrt(values.size)
    strong_enough(error, exact, bias)
    found = float(values.mean())
    assert abs(found - exact) <= Z * error, f"mean {found:.6g}, must be {exact:.6g} +- {Z * error:.2g}"


def variance_is(values: Values, pmf: Values, *, bias: float = BIAS) -> None:
    """The variance of counts with this law, about their exact mean; its own error follows from the law."""
    at = np.arange(pmf.size)
    centred = at - float(pmf @ at)
    exact = float(pmf @ centred**2)
    fourth = float(pmf @ centred**4)
    mean_is((values - float(pmf @ at)) ** 2, exact, math.sqrt(fourth - exact**2), bias=bias)


def law_is(counts: Values, pmf: Values, biased: Values) -> None:
    """Counts of 0, 1, 2, ... follow a law: chi-square over cells pooled until each expects `FEWEST`.

    ``biased`` is the law with the bias that must be noticed.
    """
    n = int(counts.sum())
    size = max(counts.size, pmf.size, biased.size)
    observed, expected, other = (np.pad(each.astype(float), (0, size - each.size)) for each in (counts, pmf, biased))
    edges, total = [0], 0.0
    for at, share in enumerate(expected):
        total += n * share
        if total >= FEWEST:
            edges.append(at + 1)
            total = 0.0
    edges.pop()  # what is left over belongs to the last cell
    observed, expected, other = (np.add.reduceat(each, edges) for each in (observed, expected, other))
    freedom = len(edges) - 1
    limit = float(stats.chi2.isf(FALSE_ALARM, freedom))
    distance = n * float(((other - expected) ** 2 / expected).sum())
    missed = float(stats.ncx2.cdf(limit, freedom, distance))
    assert missed <= MISSED, f"too few draws: the bias would be missed with chance {missed:.2g}"
    statistic = float(((observed - n * expected) ** 2 / (n * expected)).sum())
    assert statistic <= limit, f"chi-square {statistic:.1f} of {freedom} degrees of freedom, at most {limit:.1f}"


def uncorrelated(x: Values, y: Values, *, bias: float = BIAS) -> None:
    """Independent values have a correlation within its error of 0; ``bias`` is the one that must be noticed."""
    error = 1.0 / math.sqrt(x.size)
    strong_enough(error, 1.0, bias)
    found = float(np.corrcoef(x, y)[0, 1])
    assert abs(found) <= Z * error, f"correlation {found:.4f}, at most {Z * error:.4f}"


def pmf_of(law: Any, size: int) -> Values:
    """A law of SciPy as the chances of 0, 1, ... size - 1."""
    return np.asarray(law.pmf(np.arange(size)))


def futures(text: str, n_sims: int, *measures: str, seed: int = 1, part: int = 100_000) -> list[Values]:
    """Measures of many futures, run part by part, so that no more is held than these."""
    scenario, found = sf.loads(text), []
    for at in range(0, n_sims, part):
        run = sf.simulate(scenario, n_sims=min(part, n_sims - at), seed=seed + at, workers=1, progress=False)
        found.append([run.array(name) for name in measures])
    return [np.concatenate(columns) for columns in zip(*found, strict=True)]
