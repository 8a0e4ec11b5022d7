"""What must the mathematics of every family of distributions be able to answer?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Real = float | FloatArray

LOWEST, HIGHEST = 2.0**-53, 1.0 - 2.0**-53  # the shares that luck can deal: (k + 1/2) / 2**52


class Law(ABC):
    """One family with its parameters filled in.

    The parameters of a closed-form family may be arrays, one value per
    element of `u`: that is how an uncertain parameter enters.  Every method
    works element by element, so that how an array is split never shows.
    """

    @property
    def is_tabled(self) -> bool:
        """Whether its quantiles are read off a table, which takes arrays of any length."""
        return False

    @abstractmethod
    def quantile(self, u: FloatArray) -> FloatArray:
        """Values at the shares `u`, each in [2**-53, 1 - 2**-53]; nondecreasing in `u`."""

    @abstractmethod
    def cdf(self, x: FloatArray) -> FloatArray:
        """Chance of a value of at most `x`."""

    @abstractmethod
    def mean(self) -> Real:
        """Mean value."""

    @abstractmethod
    def sd(self) -> Real:
        """Standard deviation."""

    @abstractmethod
    def support(self) -> tuple[float, float]:
        """Lowest and highest possible value (scalar parameters only)."""

    def sf(self, x: FloatArray) -> FloatArray:
        """Chance of a value above `x`; accurate in the far tail where the family can be."""
        return 1.0 - self.cdf(x)

    def below(self, x: FloatArray) -> FloatArray:
        """Chance of a value strictly under `x`; differs from `cdf` at single values of positive chance."""
        return self.cdf(x)

    def atoms(self) -> tuple[float, ...]:
        """Single values of positive chance."""
        return ()

    def breaks(self) -> tuple[float, ...]:
        """Shares inside (0, 1) at which the quantile function has a kink or a jump."""
        return ()


def as_floats(x: ArrayLike) -> FloatArray:
    """`x` as a float64 array."""
    return np.asarray(x, dtype=np.float64)


def special() -> Any:
    """`scipy.special`, imported on first use: `import simfunnel` must stay light."""
    return import_module("scipy.special")
