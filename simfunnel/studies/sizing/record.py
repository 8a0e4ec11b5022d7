"""What came of a sizing: the value, how sure it is, the curve behind it and the price of certainty?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import nan, sqrt
from typing import TYPE_CHECKING, Any

from simfunnel.levers import Lever
from simfunnel.results import Chance
from simfunnel.results.intervals import z_value
from simfunnel.results.machine import plain_values
from simfunnel.studies.sizing import wording
from simfunnel.studies.sizing.binding import Binding
from simfunnel.studies.sizing.curve import Look
from simfunnel.studies.sizing.search import Crossing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Point:
    """The chance at a value of the lever that was looked at, and the mean cost there."""

    value: float
    chance: float
    mcse: float
    low: float
    high: float
    cost: float

    @classmethod
    def of(cls, look: Look) -> Point:
        """What is kept of a look."""
        chance = look.chance
        return cls(look.value, chance.value, chance.mcse, chance.low, chance.high, look.cost)


@dataclass(frozen=True)
class Price:
    """What a wanted chance takes.

    Attributes
    ----------
    wanted : float
    value : float
        Of the lever; missing (NaN) where the chance is out of reach.
    chance, cost : float
        The chance that is reached there, and the mean cost.
    is_bound : bool
        Whether the value is only the end of the range that was looked at: less of the lever might do (or more of it,
        where more breaks the target).
    """

    wanted: float
    value: float
    chance: float = nan
    cost: float = nan
    is_bound: bool = False


@dataclass(frozen=True, repr=False)
class Sizing:
    """How much of a lever a target needs, so that it is reached with a wanted chance.

    Values of the lever are in base units: days, shares of one, currency units.

    Attributes
    ----------
    name : str
        Of the scenario.
    lever, target : str
        The path that moves and the claim that should hold.
    wanted, level : float
        The wanted chance, and the confidence level of all intervals.
    value : float or None
        The least value from which on the target holds (`side` is ``at least``); where more of the lever only breaks it,
        the greatest up to which it holds (``at most``). None where it is out of reach.
    side : str
    reached : Chance or None
        The chance at that value, with its mcse and its Wilson interval.
    interval : tuple
        Values at which the upper and the lower limit of the chance reach the wanted one, the lesser first, rounded
        outward; None where an end lies outside of what was looked at, or takes more futures to show.
    confirmed : Chance or None
        The chance at that value in fresh futures.
    crossings : tuple of Crossing
        Several where the chance is not monotone in the lever.
    is_monotone : bool
        Whether the chance only rises or only falls, as far as the paired errors of what was looked at tell.
    points : tuple of Point
        Every value looked at, all in the same futures.
    costs : tuple of Price
        What each wanted chance takes; see `prices`.
    runs, grid_runs : int
        Runs of the engine used, and how many a plain grid as fine over the same range would need.
    binding : Binding or None
        What keeps the wanted chance, or the least of `costs` that is missing, out of reach; None where all are reached.
    read_from : float or None
        The greatest value that was run, if the others were read from that run: the first leads of a source are any run
        of fewer. None where every value was a run of its own.
    n_sims, seed, fresh_seed : int

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%}}")
    >>> found = sf.size(base, lever="sources.inbound.leads", target="deals >= 10", chance=0.9, n_sims=2_000, seed=7)
    >>> found.curve()["chance"].is_monotonic_increasing
    True
    """

    name: str
    lever: str
    target: str
    wanted: float
    value: float | None
    side: str
    reached: Chance | None
    interval: tuple[float | None, float | None]
    confirmed: Chance | None
    crossings: tuple[Crossing, ...]
    is_monotone: bool
    help_ends_at: float | None
    binding: Binding | None
    points: tuple[Point, ...]
    costs: tuple[Price, ...]
    runs: int
    grid_runs: int
    read_from: float | None
    n_sims: int
    seed: int
    fresh_seed: int
    level: float
    moved: Lever

    @property
    def agrees(self) -> bool | None:
        """Whether the chances in both sets of futures differ by no more than chance alone would have it.

        At the level of the intervals: of 100 sizings at 95 % about five do not agree, and nothing is wrong.
        """
        if self.reached is None or self.confirmed is None:
            return None
        error = sqrt(self.reached.mcse**2 + self.confirmed.mcse**2)
        return abs(self.confirmed.value - self.reached.value) <= z_value(self.level) * error

    @property
    def best(self) -> Point:
        """The likeliest of the values looked at, and of several the least."""
        return max(self.points, key=lambda point: (point.chance, -point.value))

    @property
    def written(self) -> str | None:
        """What one writes at the path for that value: `poisson(63 per month)`."""
        return None if self.value is None else self.moved.in_file(self.value)

    def curve(self) -> pd.DataFrame:
        """Every value looked at, the least first.

        Returns
        -------
        DataFrame
            Columns `value`, `chance`, `mcse`, `low`, `high` (the Wilson interval) and `cost`, the mean.
        """
        import pandas as pd

        return pd.DataFrame([asdict(point) for point in self.points])

    def prices(self) -> pd.DataFrame:
        """The price of certainty: what the wanted chance takes, one and five points more, and 50, 80, 90, 95 %.

        Returns
        -------
        DataFrame
            Columns `wanted`, `value`, `chance` (reached there), `cost` (the mean), `is_bound` (the value is only the
            end of the range); then against the row before:
            `extra` of the lever, `extra_per_point` and `cost_per_point`, each for a percentage point of chance
            reached. Missing where a chance is out of reach, and the cost where it does not move.
        """
        return price_table(self.costs)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        chances = {name: chance_values(getattr(self, name)) for name in ("reached", "confirmed")}
        plain = ("name", "lever", "target", "wanted", "value", "written", "side", "agrees", "is_monotone", "runs",
                 "grid_runs", "read_from", "n_sims", "seed", "fresh_seed", "level")  # fmt: skip
        tables = {name: frame.to_dict("records") for name, frame in
                  (("curve", self.curve()), ("prices", self.prices()))}  # fmt: skip
        found: dict[str, Any] = plain_values(
            {
                **{name: getattr(self, name) for name in plain},
                "unit": self.moved.unit,
                "present": self.moved.present,
                "interval": self.interval,
                **chances,
                "best": asdict(self.best),
                "binding": None if self.binding is None else self.binding.to_json(),
                "crossings": [asdict(each) for each in self.crossings],
                **tables,
                "sentence": wording.sentence(self),
            }
        )
        return found

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)


def chance_values(chance: Chance | None) -> dict[str, float] | None:
    """A chance for programs."""
    if chance is None:
        return None
    return {"value": chance.value, "mcse": chance.mcse, "low": chance.low, "high": chance.high, "n": chance.n}


def price_table(prices: Iterable[Price]) -> pd.DataFrame:
    """What each further point of chance takes and costs; see `Sizing.prices`."""
    import pandas as pd

    frame = pd.DataFrame([asdict(price) for price in prices])
    before = frame[["value", "chance", "cost"]].ffill().shift()
    points = (100 * (frame["chance"] - before["chance"])).where(lambda gain: gain > 0)
    spent = frame["cost"] - before["cost"]
    frame["extra"] = frame["value"] - before["value"]
    frame["extra_per_point"] = frame["extra"] / points
    frame["cost_per_point"] = (spent / points).where(spent != 0)
    return frame
