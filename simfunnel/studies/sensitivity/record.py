"""What came of a study of sensitivity: what moves a figure, and what share of its variance is each input's, or luck?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.results.intervals import half_width, z_value
from simfunnel.results.machine import plain_values
from simfunnel.studies.sensitivity import wording

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Known:
    """An estimate.

    Attributes
    ----------
    value, mcse, low, high : float
        The estimate, its Monte Carlo error and its confidence interval.
    """

    value: float
    mcse: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, mcse: float, level: float) -> Known:
        """With the interval that its error makes."""
        reach = z_value(level) * mcse
        return cls(value, mcse, value - reach, value + reach)

    @classmethod
    def between(cls, value: float, low: float, high: float, level: float) -> Known:
        """With the error that its interval stands for."""
        return cls(value, half_width(low, high) / z_value(level), low, high)

    @property
    def is_clear(self) -> bool:
        """Whether it can be told from 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Swing:
    """What one input moves from its low end to its high end, all else as it is.

    Attributes
    ----------
    path, words : str
        Its key path, and in words.
    ends : (str, str)
        Its values there, as people read them.
    values : (float, float)
        The same in base units (days, shares of one, currency units); NaN where sectors differ.
    is_uncertain : bool
        Whether the ends are quantiles of what is unknown; else they were given.
    at_low, at_high : Known
        The figure at either end.
    change_low, change_high : Known
        By how much that differs from the figure as things stand, on the same luck.
    swing : Known
        From the low end to the high end, on the same luck.
    """

    path: str
    words: str
    ends: tuple[str, str]
    values: tuple[float, float]
    is_uncertain: bool
    at_low: Known
    at_high: Known
    change_low: Known
    change_high: Known
    swing: Known

    @property
    def is_clear(self) -> bool:
        """Whether what it moves can be told from nothing: the swing, or both ends away from how things stand."""
        return self.swing.is_clear or (self.change_low.is_clear and self.change_high.is_clear)

    @property
    def span(self) -> float:
        """How far apart its ends and how things stand are at most: an input that is best in its middle has a span."""
        changes = (0.0, self.change_low.value, self.change_high.value)
        return max(changes) - min(changes)


@dataclass(frozen=True)
class Tornado:
    """What each input moves by itself, the widest first.

    Attributes
    ----------
    centre : Known
        The mean of the figure as things stand, every input as uncertain as it is.
    swings : tuple of Swing
    between : (float, float)
        At which of their quantiles uncertain inputs are held.
    runs : int
        Of the engine.
    together : tuple of tuple of str
        Inputs that move together, by key path: of each the others stay as they are.
    by_means : tuple of str
        What is worked out once, by the means of what is uncertain, and is not for a held input, by key path.
    """

    centre: Known
    swings: tuple[Swing, ...]
    between: tuple[float, float]
    runs: int
    together: tuple[tuple[str, ...], ...] = ()
    by_means: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A row an input, the widest first.

        Returns
        -------
        DataFrame
            Columns `path`, `words`, `from` and `to` (the values at which it is held, as people read them),
            `from_value` and `to_value` (the same in base units; missing where sectors differ), `at_from` and `at_to`
            (the figure there), each with its confidence interval ``_low`` and ``_high``, `swing` (from the one to the
            other, paired), `mcse`, `swing_low`, `swing_high`, `is_clear` (whether it can be told from 0).
        """
        import pandas as pd

        rows = [
            {
                "path": one.path, "words": one.words, "from": one.ends[0], "to": one.ends[1],
                "from_value": one.values[0], "to_value": one.values[1],
                **_known("at_from", one.at_low), **_known("at_to", one.at_high), "swing": one.swing.value,
                "mcse": one.swing.mcse, "swing_low": one.swing.low, "swing_high": one.swing.high,
                "is_clear": one.is_clear,
            }
            for one in self.swings
        ]  # fmt: skip
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class Share:
    """What share of the variance of a figure is one input's.

    Attributes
    ----------
    paths : tuple of str
        Its key path; of several that move together, all of theirs.
    words : str
    alone : Known
        Of its own: what knowing it would take away, on average (first-order index). Estimates may be below 0 where the
        truth is near 0.
    total : Known or None
        With all that it does together with others (total index): what would be left if all others were known; None
        where the method does not tell.
    """

    paths: tuple[str, ...]
    words: str
    alone: Known
    total: Known | None = None

    @property
    def path(self) -> str:
        """All key paths as one text."""
        return ", ".join(self.paths)


@dataclass(frozen=True)
class Indices:
    """The variance of a figure over futures, by what it comes from.

    Attributes
    ----------
    method : str
        ``sobol`` or ``given data``.
    inputs : tuple of Share
        The greatest first.
    luck : Share or None
        Of each lead's luck, drift, numbers of arrivals (chance), with every input known in `total`; None where the
        method does not tell it from interplay.
    rest : Known or None
        What is no input's alone: interplay and, where there is no `luck`, luck. None where inputs move together, whose
        shares count some of it twice.
    mean, sd, sd_mcse : float
        Of the figure over futures, and the Monte Carlo error of its standard deviation.
    n, runs : int
        Futures of each run, and runs of the engine.
    together : tuple of tuple of str
        Inputs that move together, by key path.
    constant : tuple of str
        Columns of a table that never vary.
    is_even : bool
        Whether the rows of a table lie more evenly than by chance, as those of a grid do; see `given_data`.
    """

    method: str
    inputs: tuple[Share, ...]
    luck: Share | None
    rest: Known | None
    mean: float
    sd: float
    sd_mcse: float
    n: int
    runs: int
    together: tuple[tuple[str, ...], ...] = ()
    constant: tuple[str, ...] = ()
    is_even: bool = False

    @property
    def shares(self) -> tuple[Share, ...]:
        """Of the inputs and, at last, of luck."""
        return self.inputs if self.luck is None else (*self.inputs, self.luck)

    def to_frame(self) -> pd.DataFrame:
        """A row an input, the greatest first, and one for luck where it is told.

        Returns
        -------
        DataFrame
            Columns `path` (empty for luck), `words`, `alone` (first-order index), `alone_low`, `alone_high`, `total`
            (total index), `total_low`, `total_high`; missing (NaN) where the method does not tell.
        """
        import pandas as pd

        rows = [
            {"path": one.path, "words": one.words, **_known("alone", one.alone), **_known("total", one.total)}
            for one in self.shares
        ]
        return pd.DataFrame(rows)


@dataclass(frozen=True, repr=False)
class Sensitivity:
    """What drives a figure: what each input moves, and what share of its variance is each input's, or luck.

    Attributes
    ----------
    name, measure, words, unit, currency : str
        Of the scenario (or table), and of the figure: its name or claim, what people read, its unit.
    tornado : Tornado or None
    sobol, given_data : Indices or None
        None where it was not asked for.
    is_chance : bool
        Whether the figure is the chance of a claim.
    n_sims : int
        Futures of each run; rows of a table, points of a sweep.
    seed : int or None
        None of a table, and of points.
    level : float
        Confidence level of all intervals.
    of_points : bool
        Whether the variance is that of means or chances over the points of a sweep.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: "beta(mean=25%, n=40)", neglect: "uniform(low=0%, high=20%)"}}
    ... ''')
    >>> found = sf.sensitivity(base, "deals", n_sims=1_000, seed=7)
    >>> [one.words for one in found.tornado.swings]
    ['conversion of stage sql', 'neglect of stage sql']
    >>> found.tornado.swings[0].ends
    ('16.6 %', '34 %')
    >>> 0.3 < found.indices.inputs[0].alone.value < 0.6
    True
    """

    name: str
    measure: str
    words: str
    unit: str
    currency: str
    tornado: Tornado | None
    sobol: Indices | None
    given_data: Indices | None
    is_chance: bool
    n_sims: int
    seed: int | None
    level: float
    of_points: bool = False

    @property
    def indices(self) -> Indices | None:
        """Shares of the variance: those by Sobol' where they were asked for, else those from given data."""
        return self.sobol or self.given_data

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return wording.sentence(self)

    def to_frame(self) -> pd.DataFrame:
        """A row an input (several that move together may have one), then luck: the columns of `Tornado.to_frame` and
        of `Indices.to_frame`, of those that were asked for; missing where one has no such row."""
        import pandas as pd

        keys = ["path", "words"]
        frames = [part.to_frame().set_index(keys) for part in (self.tornado, self.indices) if part is not None]
        rows = pd.MultiIndex.from_tuples(dict.fromkeys(row for frame in frames for row in frame.index), names=keys)
        return pd.concat([frame.reindex(rows) for frame in frames], axis=1).reset_index()

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        found: dict[str, Any] = plain_values({**asdict(self), "sentence": self.sentence})
        return found

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)


def _known(name: str, estimate: Known | None) -> dict[str, float | None]:
    keys = (name, f"{name}_low", f"{name}_high")
    values = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    return dict(zip(keys, values, strict=True))


def spread(figures: Array) -> tuple[float, float]:
    """Standard deviation of independent futures, and its Monte Carlo error by the delta method."""
    squares = np.square(figures - figures.mean())
    sd = sqrt(float(squares.sum()) / (len(figures) - 1))
    return sd, float(squares.std(ddof=1)) / sqrt(len(figures)) / (2 * sd)


def ranked(shares: Sequence[Share]) -> tuple[Share, ...]:
    """The greatest first: with their interplay where it is known, else alone."""
    return tuple(sorted(shares, key=lambda one: -(one.total or one.alone).value))
