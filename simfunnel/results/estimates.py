"""What does a run say about one figure, and how sure is it of that?

Three small records: the chance of a claim, a mean, a quantile. Each prints as a sentence a person can quote.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim
from simfunnel.measures import COUNTS
from simfunnel.results import intervals
from simfunnel.results.text import MISSING, figure, percent, plain

Array = npt.NDArray[Any]


@dataclass(frozen=True, repr=False)
class Chance:
    """Share of the futures in which a claim is true.

    Attributes
    ----------
    claim : str
    value, low, high : float
        The chance, 0 to 1, and its Wilson confidence interval; missing (NaN) where no future has the figure.
    n : int
        Futures that have the figure: those where it is missing do not count.
    level : float
        Confidence level of the interval.
    """

    claim: str
    value: float
    low: float
    high: float
    n: int
    level: float = 0.95

    @classmethod
    def of(cls, claim: Claim, values: Array, level: float = 0.95) -> Chance:
        """The chance of a claim, given the values of its measure; those that are missing (NaN) do not count."""
        known = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        n, true = len(known), int(np.count_nonzero(claim.holds(known)))
        low, high = intervals.wilson(true, n, level)
        return cls(str(claim), true / n if n else nan, low, high, n, level)

    @property
    def half_width(self) -> float:
        """Half of the width of the interval: what a precision target is compared with."""
        return intervals.half_width(self.low, self.high)

    @property
    def mcse(self) -> float:
        """Standard error that the interval stands for; above 0 even where the claim is true always or never."""
        return self.half_width / intervals.z_value(self.level)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if self.n == 0:
            return f"{MISSING} (no future has this figure)"
        shown = [percent(value, self.mcse).removesuffix(" %") for value in (self.value, self.low, self.high)]
        return f"{shown[0]} % ({_confidence(self.level)} {shown[1]} to {shown[2]} %, {plain(self.n)} futures)"

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class Mean:
    """Mean of a measure over the futures that have it.

    Attributes
    ----------
    measure : str
    value, mcse : float
        In the unit of the measure; money in currency units.
    low, high : float
        Confidence interval of the mean.
    """

    measure: str
    value: float
    mcse: float
    low: float
    high: float
    n: int
    level: float = 0.95
    unit: str = ""
    currency: str = "$"

    @property
    def half_width(self) -> float:
        """Half of the width of the interval: what a precision target is compared with."""
        return intervals.half_width(self.low, self.high)

    def __str__(self) -> str:
        return _sentence(self, self.mcse)

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class Quantile:
    """Value that a share `q` of the futures do not exceed.

    Attributes
    ----------
    measure : str
    q : float
        0.9 is P90.
    value, low, high : float
        All three are values that occurred; an end that so few futures cannot bound is infinite.
    """

    measure: str
    q: float
    value: float
    low: float
    high: float
    n: int
    level: float = 0.95
    unit: str = ""
    currency: str = "$"

    @property
    def half_width(self) -> float:
        """Half of the width of the interval: what a precision target is compared with."""
        return intervals.half_width(self.low, self.high)

    @property
    def mcse(self) -> float:
        """Standard error that the interval stands for; 0 where both its ends are the value."""
        width = self.half_width
        return width / intervals.z_value(self.level) if isfinite(width) else nan

    def __str__(self) -> str:
        return _sentence(self, 0.0 if self.unit in COUNTS else self.mcse)

    __repr__ = __str__


def _sentence(estimate: Mean | Quantile, mcse: float) -> str:
    if estimate.n == 0:
        return f"{MISSING} (no future has this figure)"
    value, low, high = (
        figure(part, estimate.unit, mcse, estimate.currency) for part in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({_confidence(estimate.level)} {low} to {high}, {plain(estimate.n)} futures)"


def _confidence(level: float) -> str:
    return f"{plain(level * 100)} % CI"
