"""What share of the variance of a figure is each factor's, alone and together with others, by a design made for it?"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.errors import MissingExtra
from simfunnel.studies.sensitivity.record import Known, spread

Array = npt.NDArray[Any]

#: Rows below which, and above which, there are no indices: the bootstrap holds a hundred times as many numbers.
FEWEST, MOST = 500, 100_000
_RESAMPLES = 100
_SEED = 20270104  # of the bootstrap; 0 would be none to SALib


@dataclass(frozen=True)
class Shares:
    """First-order and total indices of each factor, in the order of the design, and what is no factor's alone."""

    alone: tuple[Known, ...]
    total: tuple[Known, ...]
    interplay: Known
    mean: float
    sd: float
    sd_mcse: float


def indices(rows: Callable[[frozenset[int]], Array], n_factors: int, *, level: float = 0.95) -> Shares:
    """Sobol' indices of a function of independent factors.

    Parameters
    ----------
    rows : callable (factors) -> array, shape (n,)
        The outputs of n rows where these factors have been drawn once more (in every call alike) and all others are as
        at first.
    n_factors : int
    level : float
        Confidence level of the bootstrap intervals.

    Raises
    ------
    MissingExtra
        SALib is not installed.
    ValueError
        The outputs never vary.

    Notes
    -----
    A. Saltelli, P. Annoni, I. Azzini, F. Campolongo, M. Ratto and S. Tarantola (2010), "Variance based sensitivity
    analysis of model output. Design and estimator for the total sensitivity index", Computer Physics Communications
    181(2):259-270: the first-order estimator of table 2 (b), and M. J. W. Jansen's of 1999 (Computer Physics
    Communications 117:35-43) for the total index, on n_factors + 2 matrices.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> first, second = rng.random((2, 2_000, 2))
    >>> def rows(again):
    ...     return (np.where([k in again for k in range(2)], second, first) * [2.0, 1.0]).sum(axis=1)
    >>> [round(one.value, 1) for one in indices(rows, 2).total]
    [0.8, 0.2]
    """
    analyzer = salib()
    everything = frozenset(range(n_factors))
    columns = [rows(again) for again in (frozenset[int](), *(frozenset({k}) for k in range(n_factors)), everything)]
    outputs = np.stack(columns, axis=1)  # SALib's order: of each row A, then A with one factor of B, then B
    if outputs.min() == outputs.max():
        raise ValueError(f"the figure is {outputs[0, 0]:g} in every row, so there is no variance to share out")
    names = np.array([f"x{k}" for k in range(n_factors)])  # no list: SALib before 1.6 hands them to pandas
    problem = {"num_vars": n_factors, "names": names, "bounds": [[0.0, 1.0]] * n_factors}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a factor moves nothing, which its index of 0 says
        found = analyzer.analyze(
            problem, outputs.ravel(), calc_second_order=False, num_resamples=_RESAMPLES, conf_level=level,
            keep_resamples=True, seed=_SEED,
        )  # fmt: skip
    errors = {name: found[f"{name}_conf_all"].std(axis=0, ddof=1) for name in ("S1", "ST")}
    # where what is rare never met itself, no resample tells: never less than if a row and its change were independent
    least = 2.0 * np.maximum(found["ST"], 0.0) / len(outputs)
    errors["S1"] = np.maximum(errors["S1"], np.sqrt(least))
    alone, total = (_known(found[name], errors[name], level) for name in ("S1", "ST"))
    left = 1.0 - float(found["S1"].sum())
    error = max(float(found["S1_conf_all"].sum(axis=1).std(ddof=1)), sqrt(float(least.sum())))
    interplay = Known.of(left, error, level)
    single = outputs[:, [0, -1]].ravel()  # two futures a row that have nothing in common
    return Shares(alone, total, interplay, float(single.mean()), *spread(single))


def salib() -> ModuleType:
    """SALib's analysis by Sobol' indices."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from SALib.analyze import sobol
    except ImportError:
        said = "Sobol' indices need SALib, which is not installed; install the extra `sensitivity`"
        raise MissingExtra(f"{said}: pip install 'simfunnel[sensitivity]' (other methods work without)") from None
    return sobol


def _known(values: Array, errors: Array, level: float) -> tuple[Known, ...]:
    """Estimates with the intervals of SALib's bootstrap, and exactly 0 where a factor moves nothing."""
    return tuple(Known.of(float(value), float(error), level) for value, error in zip(values, errors, strict=True))
