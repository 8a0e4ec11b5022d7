"""Which numbers can move together as asked, and how do independent rolls come to do so?

A Gaussian copula: the normal scores of the rolls are correlated, so the distributions themselves stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import asin, pi, sin

import numpy as np
from numpy.typing import NDArray

from simfunnel.distributions.distribution import Distribution

__all__ = ["correlation_of", "factor", "is_possible", "joint_mean", "matrix", "nearest_possible", "rank_correlation_of"]

Floats = NDArray[np.float64]

_LEAST = 1e-6  # eigenvalue of a matrix that is taken
_ROUNDS, _CLOSE = 1_000, 1e-10
_REACH = 8.0  # normal scores of a grid: what lies beyond is under 1e-15
_POINTS = {2: 601, 3: 61, 4: 21}  # of each normal score, by their number


def correlation_of(rank: float) -> float:
    """The correlation of two normal scores whose rank correlation (Spearman's) is this: 2 sin(pi rank / 6).

    Source: K. Pearson (1907), "On further methods of determining correlation", Drapers' Company Research Memoirs 4.

    Examples
    --------
    >>> round(correlation_of(0.6), 6), rank_correlation_of(correlation_of(-0.4))
    (0.618034, -0.4)
    """
    return 2.0 * sin(pi * rank / 6.0)


def rank_correlation_of(correlation: float) -> float:
    """Its inverse, to twelve places: 6 / pi asin(correlation / 2)."""
    return round(6.0 / pi * asin(correlation / 2.0), 12)


def matrix(names: Sequence[str], ranks: Mapping[tuple[str, str], float]) -> Floats:
    """The correlations of the normal scores, shape (n, n), in the order of these names; pairs that are not there are
    independent."""
    at, found = {name: k for k, name in enumerate(names)}, np.eye(len(names))
    for (one, other), rank in ranks.items():
        found[at[one], at[other]] = found[at[other], at[one]] = correlation_of(rank)
    return found


def is_possible(correlations: Floats) -> bool:
    """Whether numbers can be correlated so, none of them being given by the others."""
    return bool(np.linalg.eigvalsh(correlations)[0] >= _LEAST)


def factor(correlations: Floats) -> Floats:
    """The lower triangular L with L L' = correlations: L z is correlated so where z is independent; its first row is 1,
    0, 0 ..."""
    return np.asarray(np.linalg.cholesky(correlations), np.float64)


def nearest_possible(correlations: Floats, least: float = 1e-4) -> Floats:
    """The possible matrix that is nearest by the sum of squared differences.

    Source: N. J. Higham (2002), "Computing the nearest correlation matrix: a problem from finance", IMA Journal of
    Numerical Analysis 22(3):329-343: projections on matrices without eigenvalues below ``least`` and on those with a
    diagonal of 1 take turns, the former with Dykstra's correction.

    Examples
    --------
    >>> nearest_possible(np.array([[1, -0.9, -0.9], [-0.9, 1, -0.9], [-0.9, -0.9, 1]])).round(3)[0].tolist()
    [1.0, -0.5, -0.5]
    """
    found, correction = correlations.copy(), np.zeros_like(correlations)
    for _ in range(_ROUNDS):
        asked = found - correction
        values, axes = np.linalg.eigh(asked)
        projected = (axes * np.maximum(values, least)) @ axes.T
        correction = projected - asked
        found = projected.copy()
        np.fill_diagonal(found, 1.0)
        if np.abs(found - projected).max() < _CLOSE:
            break
    scale = np.sqrt(np.diag(projected))  # exactly possible, whatever the rounds have left
    return np.asarray(projected / np.outer(scale, scale))


def joint_mean(
    function: Callable[..., Floats], numbers: Sequence[float | Distribution], ranks: Mapping[tuple[int, int], float]
) -> float:
    """The mean of a function of at most four uncertain numbers that move together.

    Trapezoids over the normal scores: exact to many digits for smooth distributions; for two that jump, to half a
    percent of the jump.

    Parameters
    ----------
    function
        Of an array of each number, all of one shape.
    numbers
        At most four of them distributions.
    ranks
        Rank correlations by the places of two numbers.

    Examples
    --------
    >>> from simfunnel.distributions import build
    >>> two = [build("uniform", {"low": 0.0, "high": 1.0})] * 2
    >>> round(joint_mean(lambda x, y: x * y, two, {(0, 1): 0.6}), 6)  # 1/4 + 0.6/12
    0.3
    """
    drawn = [k for k, each in enumerate(numbers) if isinstance(each, Distribution)]
    names = {k: str(k) for k in drawn}
    lower = factor(matrix(list(names.values()), {(names[i], names[j]): rank for (i, j), rank in ranks.items()}))
    score = np.linspace(-_REACH, _REACH, _POINTS[max(len(drawn), 2)])
    weight = np.exp(-0.5 * score**2)
    grids = np.meshgrid(*[score] * len(drawn), indexing="ij")
    weights = np.prod(np.meshgrid(*[weight / weight.sum()] * len(drawn), indexing="ij"), axis=0)
    values = [np.full(weights.shape, 0.0 if isinstance(each, Distribution) else each) for each in numbers]
    for row, k in zip(lower, drawn, strict=True):
        each = numbers[k]
        assert isinstance(each, Distribution)
        values[k] = each.prepare().quantile(_shares(sum(part * grid for part, grid in zip(row, grids, strict=True))))
    return float((function(*values) * weights).sum())


def _shares(scores: Floats) -> Floats:
    from scipy.special import ndtr

    return np.clip(ndtr(scores), 2.0**-53, 1.0 - 2.0**-53)
