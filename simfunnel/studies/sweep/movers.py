"""Which of the numbers that a design draws move a measure most from point to point?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, isnan, sqrt, tanh
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.results.intervals import z_value
from simfunnel.studies.sweep.cells import Cell
from simfunnel.studies.sweep.definition import Sweep

Array = npt.NDArray[Any]
LEVEL = 0.95
_FEWEST = 8  # points; of fewer, ranks say nothing
_ONE = 1 - 1e-12


@dataclass(frozen=True)
class Mover:
    """A parameter, and Spearman's rank correlation of a measure with it over the points.

    Attributes
    ----------
    path : str
    correlation, low, high : float
        Above 0 where more of it goes with more of the measure; the intervals hold for all parameters at once.
    """

    path: str
    correlation: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether it is told from none."""
        return self.low > 0 or self.high < 0


def movers(sweep: Sweep, cells: Sequence[Cell]) -> list[Mover]:
    """The parameters that have numbers, the strongest first; none where there are too few points to tell.

    Parameters
    ----------
    sweep : Sweep
    cells : sequence of Cell
        Of one measure, one a point.

    Notes
    -----
    The intervals are those of Bonett and Wright (Psychometrika 65, 2000), at Bonferroni's level. They are meant for
    points drawn at random; those of a design are spread more evenly, so that they are rather too wide.
    """
    known = [each for each in cells if not isnan(each.mean)]
    if not known:
        return []
    table, figures = sweep.table[[each.point for each in known]], _ranks(np.array([each.mean for each in known]))
    drawn = [at for at, each in enumerate(sweep.parameters) if each.is_number and np.ptp(table[:, at]) > 0]
    n = len(np.unique(table[:, drawn], axis=0))  # several scenarios have each of them once
    if not figures.any() or not drawn or n < _FEWEST:
        return []
    z, found = z_value(1 - (1 - LEVEL) / len(drawn)), []
    for at in drawn:
        ranks = _ranks(table[:, at])
        r = float(ranks @ figures) / sqrt(float(ranks @ ranks) * float(figures @ figures))
        centre, reach = atanh(min(max(r, -_ONE), _ONE)), z * sqrt((1 + r * r / 2) / (n - 3))
        found.append(Mover(sweep.parameters[at].path, r, tanh(centre - reach), tanh(centre + reach)))
    return sorted(found, key=lambda each: -abs(each.correlation))


def _ranks(values: Array) -> Array:
    """Ranks less their mean, those of equals shared."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return np.asarray(ranks - ranks.mean())
