"""What does a figure come to on average, given what one input turns out to be, or all of them together?

Penalised B-splines on the normal score of an input's roll (Eilers and Marx 1996, "Flexible smoothing with B-splines and
penalties", Statistical Science 11(2):89-121), their smoothness by generalised cross-validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

FOLDS = 5  # replications are given out to the folds in turn: each is a sample like any other
MOST_VALUES = 24  # an input of no more values is a factor, each value with a mean of its own
_REACH, _SEGMENTS, _DEGREE = 4.0, 10, 3  # of the splines, on the normal score
_CAUTION = 1.4  # each degree of freedom counts so much, against overfitting (Kim and Gu 2004, JRSS B 66:337-356)
_STRENGTHS = 41  # of smoothing that are tried
MOST_ROUNDS, _SETTLED = 30, 1e-3  # of backfitting correlated inputs; until a round changes the sum by no more (sd)
_PRODUCTS = ((2, 8), (3, 6))  # so many inputs at once may act on each other: any of so many, those that matter most
_HAIR = 1e-9  # keeps a basis function without data from dividing by zero


@dataclass(frozen=True, eq=False)
class Basis:
    """Functions of one input: a sparse ``matrix`` of shape (n, k), and the ``penalty`` (k, k) on what is not smooth."""

    matrix: Any
    penalty: Array


@dataclass(frozen=True, eq=False)
class Fits:
    """What is expected given some inputs, and what would be chosen by it.

    Attributes
    ----------
    apparent, held_out : float64, shape (n, n_contrasts)
        Fitted to all replications, and each from the folds in which it is not.
    often : float64, shape (FOLDS, 1 + n_contrasts)
        In what share of all replications each option is the choice where one fold is left out of the fit.
    """

    apparent: Array
    held_out: Array
    often: Array


def choices(fitted: Array) -> npt.NDArray[np.int64]:
    """The best option given what is expected of each: 0 is that which is best now, the others are its rivals."""
    return np.where(fitted.max(axis=1) > 0, 1 + fitted.argmax(axis=1), 0)


def frequencies(fitted: Array) -> Array:
    """In what share of the replications each option is the choice."""
    return np.bincount(choices(fitted), minlength=1 + fitted.shape[1]) / len(fitted)


def basis(roll: Array, values: Array | None = None) -> Basis:
    """The functions of an input that its regression is made of.

    Parameters
    ----------
    roll : float64, shape (n,)
        Uniform numbers, strictly between 0 and 1.
    values : float64, shape (n, n_read), optional
        What is read off them. Where there are no more than `MOST_VALUES` of them, the input is a factor.

    Examples
    --------
    >>> roll = np.arange(0.5, 8) / 8
    >>> basis(roll).matrix.shape, basis(roll, np.array([[5.0]] * 6 + [[9.0]] * 2)).matrix.shape
    ((8, 13), (8, 2))
    """
    from scipy.interpolate import BSpline
    from scipy.sparse import csr_array
    from scipy.special import ndtri

    if values is not None:
        levels, which = np.unique(values, axis=0, return_inverse=True)
        if len(levels) <= min(MOST_VALUES, max(len(roll) // 4, 1)):
            rows = np.arange(len(roll))
            return Basis(csr_array((np.ones(len(roll)), (rows, which.ravel()))), np.eye(len(levels)))
    step = 2 * _REACH / _SEGMENTS
    knots = -_REACH + step * np.arange(-_DEGREE, _SEGMENTS + _DEGREE + 1)
    matrix = csr_array(BSpline.design_matrix(np.clip(ndtri(roll), -_REACH, _REACH), knots, _DEGREE))
    bends = np.diff(np.eye(matrix.shape[1]), 2, axis=0)
    return Basis(matrix, bends.T @ bends)


def fits(inputs: Sequence[Basis], gains: Array, rounds: int = 1) -> tuple[list[Fits], Fits]:
    """Regress gains on each input alone, and on all of them.

    Parameters
    ----------
    inputs
        One an input; where their rolls are independent, what is expected given all of them begins with the sum of what
        each alone does. Products of two such effects, of the strongest eight inputs, and of three, of the strongest
        six, are added.
    gains : float64, shape (n, n_contrasts)
    rounds : int
        Of backfitting, at most; more than one where rolls are correlated, so that a sum of what each alone says counts
        some of it twice.

    Returns
    -------
    list of Fits, one an input, and the Fits of all together
    """
    apparent = _fitted(inputs, gains, np.ones(len(gains), np.bool_), rounds)
    held_out = [np.empty_like(each) for each in apparent]
    often: list[list[Array]] = [[] for _ in apparent]
    for held in _folds(len(gains)):
        for whole, shares, part in zip(held_out, often, _fitted(inputs, gains, ~held, rounds), strict=True):
            whole[held] = part[held]
            shares.append(frequencies(part))
    *alone, together = (
        Fits(seen, unseen, np.stack(shares)) for seen, unseen, shares in zip(apparent, held_out, often, strict=True)
    )
    return alone, together


def _folds(n: int) -> Iterator[npt.NDArray[np.bool_]]:
    fold = np.arange(n) % FOLDS
    return (fold == each for each in range(FOLDS))


def _fitted(inputs: Sequence[Basis], gains: Array, known: npt.NDArray[np.bool_], rounds: int) -> list[Array]:
    """What is expected of every replication from those that are known: by each input, then by all."""
    mean = gains[known].mean(axis=0)
    centred = gains - mean
    effects = [_effect(each, centred, known) for each in inputs]
    return [*(mean + effect for effect in effects), mean + _together(inputs, effects, centred, known, rounds)]


def _effect(each: Basis, values: Array, known: npt.NDArray[np.bool_]) -> Array:
    """What an input adds to every replication, 0 on average over those that are known."""
    rows = each.matrix[known]
    effect = each.matrix @ _smoothed((rows.T @ rows).toarray(), each.penalty, rows.T @ values[known], values[known])
    return np.asarray(effect - effect[known].mean(axis=0))


def _together(
    inputs: Sequence[Basis], effects: Sequence[Array], centred: Array, known: npt.NDArray[np.bool_], rounds: int
) -> Array:
    """Effects of all inputs: the sum, and what products of two or three of them add to it.

    What the others do is noise to the curve of an input, so each is fitted once more to what they leave: a round of
    backfitting.
    """
    total = np.zeros_like(centred) + sum(effects)
    if len(effects) < 2:
        return total
    again = list(effects)
    for _ in range(rounds):
        before = total.copy()
        for k, each in enumerate(inputs):
            effect = _effect(each, centred - (total - again[k]), known)
            total += effect - again[k]
            again[k] = effect
        if (total - before).std() <= _SETTLED * total.std():
            break
    for c in range(centred.shape[1]):
        products = _products([effect[:, c] for effect in again], known)
        left = (centred - total)[known][:, [c]]
        rows = products[known]
        total[:, c] += (products @ _smoothed(rows.T @ rows, np.eye(products.shape[1]), rows.T @ left, left))[:, 0]
    return total


def _products(effects: list[Array], known: npt.NDArray[np.bool_]) -> Array:
    """Products of the strongest effects, shape (n, n_products), each 0 on average."""
    strongest = sorted(effects, key=lambda effect: -float(effect[known].var()))
    scale = float(strongest[0][known].std()) or 1.0
    found = [
        np.prod(some, axis=0) / scale ** (many - 1)
        for many, most in _PRODUCTS
        for some in combinations(strongest[:most], many)
    ]
    products = np.stack(found, axis=1)
    return np.asarray(products - products[known].mean(axis=0))


def _smoothed(gram: Array, penalty: Array, moments: Array, values: Array) -> Array:
    """Coefficients, shape (k, n_contrasts), of the penalised least squares whose strength generalised cross-validation
    chooses, for each contrast its own."""
    from scipy.linalg import eigh

    n, size = len(values), len(gram)
    scale = float(np.trace(gram)) / size
    if scale == 0.0:
        return np.zeros_like(moments)
    roughness, axes = eigh(penalty, gram + _HAIR * scale * np.eye(size))
    roughness = np.where(roughness > 1e-10 * roughness[-1], roughness, 0.0)
    rough = roughness[roughness > 0.0]
    strengths = np.geomspace(1e-3 / rough[-1], 1e4 / rough[0], _STRENGTHS)
    kept = 1.0 / (1.0 + strengths[:, None] * roughness)  # (n_strengths, k)
    along = axes.T @ moments
    squares = np.square(values).sum(axis=0)
    left = squares - (2 * kept - kept**2) @ along**2  # sums of squares, (n_strengths, n_contrasts)
    freedom = n - _CAUTION * (1.0 + kept.sum(axis=1))
    score = np.maximum(left, 1e-14 * squares) / np.square(freedom)[:, None]
    score[freedom <= 0] = np.inf
    best = kept[np.argmin(score, axis=0)]  # (n_contrasts, k)
    return axes @ (best.T * along)
