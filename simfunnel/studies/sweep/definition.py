"""What is swept: the scenarios, what varies in them, the points, and what is kept of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, Selector, parse_claim, parse_selector
from simfunnel.errors import ClaimError
from simfunnel.results.text import money, plain
from simfunnel.scenario import Scenario
from simfunnel.studies.sweep.designs import GRID
from simfunnel.studies.sweep.spots import SCENARIO, changes_of, literal


@dataclass(frozen=True)
class Parameter:
    """One thing that varies.

    Attributes
    ----------
    path : str
        Key path in the scenarios, or ``scenario``.
    unit : str
        ``share``, ``money``, ``days`` where values are durations, else what is counted (``leads``, ``people``), nothing
        for other numbers; ``words`` where values are no numbers.
    scale, suffix, currency
        As of a `simfunnel.levers.Lever`: what one unit is worth that values are written in, and what is read behind it.
    """

    path: str
    unit: str
    scale: float = 1.0
    suffix: str = ""
    currency: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it has numbers, so that an axis can show it to scale."""
        return self.unit != "words"

    def words(self, value: float) -> str:
        """A value as people read it: ``36 hours``, ``12.5 %``.

        >>> Parameter("stages.sql.neglect", "share", 0.01, " %").words(0.125)
        '12.5 %'
        >>> Parameter("stages.sql.shelf_life", "days", 1.0, " days").words(1.0)
        '1 day'
        """
        if self.unit == "money":
            return f"{money(value, currency=self.currency)}{self.suffix}"
        if self.unit == "days" and 0 < value < self.scale:  # 5 minutes among days are not 0.00347 days
            return literal("duration", value, value)
        amount = plain(round(value / self.scale, 9))
        is_one = amount == "1" and self.unit == "days"
        return f"{amount}{self.suffix.removesuffix('s') if is_one else self.suffix}"


@dataclass(frozen=True)
class Precision:
    """How well each point is to be known: the half-width of the 95 % interval of a mean, or of a claim's chance."""

    of: str
    within: float
    most: int = 1_000_000


@dataclass(frozen=True)
class Sweep:
    """A sweep, resolved: everything that its numbers depend on.

    Attributes
    ----------
    name : str
    scenarios : mapping of str to Scenario
        Usually one.
    parameters : tuple of Parameter
    texts : tuple of tuple of str, shape (n_points, n_parameters)
        The value of each parameter at each point, as it is written in a file: what is run.
    numbers : tuple of tuple of float, same shape
        The same in base units (days, shares of one, currency units); NaN for words.
    measures : tuple of str
        Measures (``deals``, ``revenue[sector=retail]``) and claims (``deals >= 10``).
    n_sims : int
        Replications of each point; with a ``precision`` those of a first look.
    seed : int
        The same for all points: they meet the same futures.
    precision : Precision or None
    design : str
        ``grid``, ``Sobol'`` or ``Latin hypercube``.
    leaves_out : bool
        Whether points that cannot be are left out; else nothing runs where there are such.
    description : str
    """

    name: str
    scenarios: Mapping[str, Scenario]
    parameters: tuple[Parameter, ...]
    texts: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[float, ...], ...]
    measures: tuple[str, ...]
    n_sims: int
    seed: int
    precision: Precision | None = None
    design: str = GRID
    leaves_out: bool = False
    description: str = ""

    @property
    def n_points(self) -> int:
        """Number of points."""
        return len(self.texts)

    @property
    def table(self) -> npt.NDArray[np.float64]:
        """The numbers as an array, shape (n_points, n_parameters)."""
        return np.array(self.numbers, np.float64).reshape(self.n_points, len(self.parameters))

    @property
    def claims(self) -> tuple[Claim | Selector, ...]:
        """The measures, read."""
        return tuple(read_measure(text) for text in self.measures)

    @property
    def columns(self) -> tuple[str, ...]:
        """What is kept of every replication: the measures, and those that claims speak of, each once."""
        named = self.claims if self.precision is None else (*self.claims, read_measure(self.precision.of))
        return tuple(dict.fromkeys(str(part_of(each)) for each in named))

    def base(self, point: int) -> Scenario:
        """The scenario that a point changes."""
        if not self.parameters or self.parameters[0].path != SCENARIO:
            return next(iter(self.scenarios.values()))
        return self.scenarios[self.texts[point][0]]

    def scenario(self, point: int) -> Scenario:
        """The scenario of a point.

        Raises
        ------
        ScenarioError
            The values contradict each other, or what is around them.
        """
        base = self.base(point)
        pairs = zip(self.parameters, self.texts[point], strict=True)
        changes = changes_of(base, {each.path: text for each, text in pairs if each.path != SCENARIO})
        return base.change(changes, name=base.name)

    @property
    def size_words(self) -> str:
        """How much is to be simulated: ``40 points x 2,000 futures``."""
        points = f"{self.n_points:,} point{'s' * (self.n_points != 1)}"
        return f"{points} x {self.n_sims:,} futures{' or more' if self.precision else ''}"

    @cached_property
    def _is_told_apart(self) -> tuple[bool, ...]:
        """Of each parameter, whether people read different values of it as different."""
        columns = zip(self.parameters, self.table.T, strict=True)
        numbers = [(each, np.unique(column).tolist() if each.is_number else []) for each, column in columns]
        return tuple(each.is_number and len(set(map(each.words, some))) == len(some) for each, some in numbers)

    def named(self, point: int, at: int) -> str:
        """The value of a parameter at a point as people read it, or as it is written where that would not tell it."""
        parameter = self.parameters[at]
        return parameter.words(self.numbers[point][at]) if self._is_told_apart[at] else self.texts[point][at]

    def words(self, point: int) -> str:
        """What is special about a point, as people read it."""
        return ", ".join(f"{each.path} {self.named(point, at)}" for at, each in enumerate(self.parameters))


def read_measure(text: str) -> Claim | Selector:
    """A measure, or a claim where something is compared.

    Raises
    ------
    ClaimError
        It is neither.

    Examples
    --------
    >>> str(read_measure("deals >= 10")), str(read_measure("roi"))
    ('deals >= 10', 'roi')
    """
    if not isinstance(text, str):
        raise ClaimError(f"{text!r} is no measure; write one such as deals, or a claim such as 'deals >= 10'")
    return parse_claim(text) if any(sign in text.rpartition("]")[2] for sign in "<>=!") else parse_selector(text)


def part_of(measure: Claim | Selector) -> Selector:
    """What a claim or a measure speaks of."""
    return measure.selector if isinstance(measure, Claim) else measure
