"""What is an uncertain number: what is known of it, and which value does a roll give?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simfunnel.distributions.families import FAMILIES, share_of
from simfunnel.distributions.law import HIGHEST, LOWEST, FloatArray, Law, as_floats

_CHUNK = 16384  # values at a time: the buffers stay in the processor's cache


@dataclass(frozen=True)
class Distribution:
    """A distribution as written, in the base unit of its rule (days, share, money, number).

    Make one with `build`, which checks it.  A parameter may itself be a
    distribution: it is averaged over in `mean`, `sd`, `cdf` and `quantile`,
    and named by `prepare().inputs`.

    Attributes
    ----------
    family : str
    params : tuple of (name, value)
        Names of list families are shares (`48%`), empty for equal ones.
    independent : bool
        Whether a sector's own distribution is rolled for itself.

    Examples
    --------
    >>> from simfunnel.distributions import build
    >>> response = build("lognormal", {"median": 0.25, "p90": 2.0})
    >>> response.describe("duration")
    'lognormal(median=6 hours, p90=2 days)'
    >>> round(response.mean(), 3)
    0.933
    """

    family: str
    params: tuple[tuple[str, Any], ...]  # float, Distribution, str, or tuple of float
    independent: bool = False

    @property
    def inputs(self) -> tuple[tuple[str, Distribution], ...]:
        """Parameters that are themselves uncertain, in the order written."""
        if FAMILIES[self.family].entry_kind is not None:
            return ()
        return tuple((name, value) for name, value in self.params if isinstance(value, Distribution))

    def mean(self) -> float:
        """Mean, infinite where it is so."""
        return float(_whole(self).mean())

    def sd(self) -> float:
        """Standard deviation, infinite where it is so."""
        return float(_whole(self).sd())

    def quantile(self, u: ArrayLike) -> FloatArray:
        """Values at the cumulative shares `u` in [0, 1]; 0 and 1 give the ends of the support."""
        shares = as_floats(u)
        if not ((shares >= 0.0) & (shares <= 1.0)).all():
            raise ValueError("quantile(u) takes shares between 0 and 1")
        flat = np.clip(shares.ravel(), LOWEST, HIGHEST)
        law = _whole(self)
        values = np.concatenate([law.quantile(piece) for piece in _pieces(flat)]) if flat.size else flat
        low, high = self.support()
        values = np.where(shares.ravel() == 0.0, low, np.where(shares.ravel() == 1.0, high, values))
        return values.reshape(shares.shape)

    def cdf(self, x: ArrayLike) -> FloatArray:
        """Chance of a value of at most `x`, shape of `x`."""
        at = as_floats(x)
        return np.asarray(_whole(self).cdf(at.ravel()), dtype=np.float64).reshape(at.shape)

    def below(self, x: ArrayLike) -> FloatArray:
        """Chance of a value strictly under `x`, shape of `x`."""
        at = as_floats(x)
        return np.asarray(_whole(self).below(at.ravel()), dtype=np.float64).reshape(at.shape)

    def support(self) -> tuple[float, float]:
        """Lowest and highest possible value; infinite where there is none."""
        return _whole(self).support()

    def prepare(self) -> Prepared:
        """The same distribution ready to turn many rolls into values; made once and kept."""
        return _prepared(self)

    def describe(self, kind: str) -> str:
        """As one writes it in a rule of this kind: `duration`, `share`, `money` or `number`."""
        from simfunnel.distributions.text import describe

        return describe(self, kind)

    def columns(self) -> tuple[tuple[float, ...], ...]:
        """The columns of numbers (`empirical`) that it and its parts rest on."""
        inside = [value for _, value in self.params if isinstance(value, Distribution)]
        own = [value for _, value in self.params if isinstance(value, tuple)]
        return (*own, *(column for each in inside for column in each.columns()))

    def __str__(self) -> str:
        return self.describe("number")


@dataclass(frozen=True, eq=False)
class Prepared:
    """A distribution ready to turn rolls into values.

    Attributes
    ----------
    inputs : tuple of (name, Distribution)
        Uncertain parameters, whose values `quantile` wants in this order.

    Examples
    --------
    >>> import numpy as np
    >>> from simfunnel.distributions import build
    >>> wait = build("exponential", {"mean": build("uniform", {"low": 1.0, "high": 3.0})}).prepare()
    >>> [name for name, _ in wait.inputs]
    ['mean']
    >>> wait.quantile(np.array([0.5, 0.5]), [np.array([1.0, 2.0])]).round(3).tolist()
    [0.693, 1.386]
    """

    distribution: Distribution
    inputs: tuple[tuple[str, Distribution], ...]
    _law: Law | None

    def quantile(self, u: FloatArray, inputs: Sequence[FloatArray | float] = ()) -> FloatArray:
        """Values at the shares `u`, nondecreasing in `u` (up to the last bit).

        Parameters
        ----------
        u : float64 array, any shape
            Shares in [2**-53, 1 - 2**-53].
        inputs : sequence of float64 array or float
            A value of each uncertain parameter: one for all, or one per
            element of `u`.

        Returns
        -------
        float64 array, shape of `u`, in the unit of the rule.  Element i
        depends on element i of `u` and `inputs` only, to the last bit.  Where
        a table is read, the error is below 1e-10 in `u`, tails included.
        """
        if len(inputs) != len(self.inputs):
            names = ", ".join(name for name, _ in self.inputs) or "none"
            raise ValueError(f"{self.distribution.family} wants values for its uncertain parameters: {names}")
        shares = as_floats(u)
        if self._law is not None and shares.ndim == 1 and (shares.size <= _CHUNK or self._law.is_tabled):
            return self._law.quantile(shares)
        flat = shares.ravel()
        given = [_aligned(value, shares) for value in inputs]
        values = np.empty_like(flat)
        for start in range(0, len(flat), _CHUNK):
            piece = slice(start, start + _CHUNK)
            law = self._law or self._with([value if value.size == 1 else value[piece] for value in given])
            values[piece] = law.quantile(flat[piece])
        return values.reshape(shares.shape)

    def __reduce__(self) -> tuple[Any, ...]:
        # to another process goes what is written; tables are made again there
        return _prepared, (self.distribution,)

    def _with(self, inputs: Sequence[FloatArray]) -> Law:
        names = [name for name, _ in self.inputs]
        return law_of(self.distribution, dict(zip(names, inputs, strict=True)))


def law_of(distribution: Distribution, inputs: Mapping[str, FloatArray] | None = None) -> Law:
    """The mathematics of a distribution, with arrays put in for its uncertain parameters."""
    family = FAMILIES[distribution.family]
    if family.entry_kind is None:
        return family.make({name: (inputs or {}).get(name, value) for name, value in distribution.params})
    entries = tuple(law_of(v) if isinstance(v, Distribution) else v for _, v in distribution.params)
    shares = tuple(share_of(name) if name else 1.0 / len(entries) for name, _ in distribution.params)
    return family.make({"shares": shares, "entries": entries})


@lru_cache(maxsize=256)
def _prepared(distribution: Distribution) -> Prepared:
    inputs = distribution.inputs
    return Prepared(distribution, inputs, None if inputs else law_of(distribution))


@lru_cache(maxsize=256)
def _whole(distribution: Distribution) -> Law:
    """The distribution with its uncertain parameters averaged over."""
    prepared = _prepared(distribution)
    if prepared._law is not None:
        return prepared._law
    from simfunnel.distributions.averaging import averaged

    return averaged(distribution)


def _aligned(value: FloatArray | float, shares: FloatArray) -> FloatArray:
    # an array even for one number: Python's and NumPy's scalars round powers and logs differently
    array = as_floats(value).ravel()
    return array if array.size == 1 else np.broadcast_to(as_floats(value), shares.shape).ravel()


def _pieces(flat: FloatArray) -> list[FloatArray]:
    return [flat[start : start + _CHUNK] for start in range(0, len(flat), _CHUNK)]
