"""What is it worth to know an input before deciding, and how well is that known?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.results.intervals import z_value
from simfunnel.studies.information.regression import Fits

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Worth:
    """An expected value of information.

    Attributes
    ----------
    value, mcse, low, high : float
        In currency units: the estimate, its Monte Carlo error and its confidence interval, none below 0.
    """

    value: float
    mcse: float
    low: float
    high: float

    def at_most(self, other: Worth) -> Worth:
        """The same, where nothing can be worth more than the other."""
        return replace(
            self, value=min(self.value, other.value), low=min(self.low, other.low), high=min(self.high, other.high)
        )


def choices(fitted: Array) -> npt.NDArray[np.int64]:
    """The best option given what is expected of each: 0 is that which is best now, the others are its rivals."""
    return np.where(fitted.max(axis=1) > 0, 1 + fitted.argmax(axis=1), 0)


def worth(gains: Array, fits: Fits, level: float = 0.95) -> Worth:
    """The expected value of perfect information about the inputs that these fits know.

    Parameters
    ----------
    gains : float64, shape (n, n_rivals)
        What each rival brings more than the option that is best now, future by future.
    fits : Fits
        Of these gains.

    Notes
    -----
    Strong, Oakley and Brennan (2014) take the mean of the greatest fitted gain. Noise in the fit makes a greatest gain
    too great. Choosing by fits that have not seen the future at hand, and taking what it then really brings, is too
    little by as much to the second order: where a fit errs with standard deviation s, and the fitted gain has density g
    at 0, both miss by g s²/2. So their mean is taken. The error is that of the mean of what is brought: to the first
    order the choice itself adds nothing to it, as it is made where the options are worth the same. What turns the
    choice in none of n futures may still do so in about three of n (for 95 %), which the upper end allows for.
    """
    n = len(gains)
    chosen = choices(fits.held_out)
    brought = np.concatenate([np.zeros((n, 1)), gains], axis=1)[np.arange(n), chosen]
    apparent, honest = float(np.maximum(fits.apparent.max(axis=1), 0.0).mean()), float(brought.mean())
    mcse = float(brought.std(ddof=1)) / sqrt(n)
    found = _worth((apparent + honest) / 2, sqrt(mcse**2 + ((apparent - honest) / 2) ** 2), level)
    unseen = -log(1 - level) / n * float(fits.apparent.std(axis=0).max())
    return replace(found, high=max(found.high, unseen))


def worths(gains: Array, alone: Sequence[Fits], together: Fits, level: float = 0.95) -> tuple[list[Worth], Worth]:
    """What each input is worth, and all together: no less than any of them, and no more than to know luck too."""
    found = [worth(gains, each, level) for each in alone]
    everything = max((worth(gains, together, level), *found), key=lambda each: each.value)
    everything = everything.at_most(foresight(gains, level))
    return [each.at_most(everything) for each in found], everything


def foresight(gains: Array, level: float = 0.95) -> Worth:
    """What it would be worth to know everything, each lead's luck included: nothing can be worth more."""
    best = np.maximum(gains.max(axis=1), 0.0)
    return _worth(float(best.mean()), float(best.std(ddof=1)) / sqrt(len(best)), level)


def _worth(value: float, mcse: float, level: float) -> Worth:
    reach = z_value(level) * mcse
    return Worth(max(value, 0.0), mcse, max(value - reach, 0.0), max(value + reach, 0.0))
