"""At which points of a space of several numbers does a design look?"""

from __future__ import annotations

from math import floor, log2

import numpy as np
import numpy.typing as npt

GRID, LATIN, SOBOL = "grid", "Latin hypercube", "Sobol'"
#: As people may write them.
DESIGNS = {
    "grid": GRID,
    "full grid": GRID,
    "latin hypercube": LATIN,
    "latin hypercube sampling": LATIN,
    "lhs": LATIN,
    "sobol": SOBOL,
    "sobol'": SOBOL,
}
_EDGE = 2.0**-32  # no roll is 0 or 1, where a distribution may have no end


def rolls(design: str, points: int, names: tuple[str, ...], seed: int) -> dict[str, npt.NDArray[np.float64]]:
    """The rolls of each of several numbers, between 0 and 1 and never either.

    Dimensions go to the names in alphabetical order, so that it does not matter in which order they were written.

    Parameters
    ----------
    design : str
        `LATIN`: each of ``points`` equal strata of each number is looked at once. `SOBOL`: scrambled; a power of two
        of points, of which a longer design begins with the same.
    points : int
    names : tuple of str
    seed : int

    Returns
    -------
    dict of str to float64 array, shape (points,)

    Examples
    --------
    >>> found = rolls(LATIN, 4, ("a", "b"), seed=7)
    >>> sorted((found["a"] * 4).astype(int).tolist())
    [0, 1, 2, 3]
    """
    from scipy.stats import qmc

    ordered = sorted(names)
    if design == SOBOL:
        unit = qmc.Sobol(len(ordered), scramble=True, rng=seed).random_base2(round(log2(points)))
    else:
        unit = qmc.LatinHypercube(len(ordered), rng=seed).random(points)
    unit = np.clip(unit, _EDGE, 1.0 - _EDGE)
    return {name: unit[:, at] for at, name in enumerate(ordered)}


def powers_beside(points: int) -> tuple[int, ...]:
    """The powers of two next to a number that is none.

    >>> powers_beside(100)
    (64, 128)
    """
    low = 2 ** floor(log2(points))
    return (low, 2 * low)
