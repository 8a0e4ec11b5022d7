"""What is it worth to know an input before deciding, and how well is that known?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from simfunnel.results.intervals import wilson, z_value
from simfunnel.studies.information.regression import Fits, choices

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


@dataclass(frozen=True)
class Often:
    """In what share of the futures something would be chosen, with its confidence interval."""

    share: float
    low: float
    high: float


def often(fits: Fits, option: int, level: float = 0.95) -> Often:
    """In what share of the futures an option is best given what these fits know.

    The futures are so many trials (Wilson), of which the error of the fits makes fewer: it is that of a jackknife by
    folds, with Student's quantile for as few.
    """
    n, folds = len(fits.apparent), len(fits.often)
    share, without = float((choices(fits.apparent) == option).mean()), fits.often[:, option]
    by_fits = (folds - 1) * float(without.var()) * (float(stdtrit(folds - 1, (1 + level) / 2)) / z_value(level)) ** 2
    middle = float(without.mean())
    by_futures = max(share * (1 - share), middle * (1 - middle)) / n
    trials = n * by_futures / (by_futures + by_fits) if by_futures > 0 else n
    return Often(share, *wilson(share * trials, trials, level))


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
    return replace(found, high=max(found.high, _unseen(fits.apparent, level)))


def worths(gains: Array, alone: Sequence[Fits], together: Fits, level: float = 0.95) -> tuple[list[Worth], Worth]:
    """What each input is worth, and all together: no less than any of them, and no more than to know luck too."""
    found = [worth(gains, each, level) for each in alone]
    everything = max((worth(gains, together, level), *found), key=lambda each: each.value)
    everything = everything.at_most(foresight(gains, level))
    return [each.at_most(everything) for each in found], everything


def foresight(gains: Array, level: float = 0.95) -> Worth:
    """What it would be worth to know everything, each lead's luck included: nothing can be worth more."""
    best = np.maximum(gains.max(axis=1), 0.0)
    found = _worth(float(best.mean()), float(best.std(ddof=1)) / sqrt(len(best)), level)
    return replace(found, high=max(found.high, _unseen(gains, level)))


def _unseen(expected: Array, level: float) -> float:
    """What would be worth knowing of futures that may be and of which none was seen, if they brought a standard
    deviation more than nothing."""
    return -log(1 - level) / len(expected) * float(expected.std(axis=0).max())


def _worth(value: float, mcse: float, level: float) -> Worth:
    reach = z_value(level) * mcse
    return Worth(max(value, 0.0), mcse, max(value - reach, 0.0), max(value + reach, 0.0))
