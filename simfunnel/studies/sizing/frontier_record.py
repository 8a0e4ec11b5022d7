"""What came of a frontier: how much of one lever beside how much of another, with which chance, for what money?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import nan
from typing import TYPE_CHECKING, Any

from simfunnel.levers import Lever
from simfunnel.results import Chance
from simfunnel.results.machine import plain_values
from simfunnel.studies.sizing import frontier_wording as wording
from simfunnel.studies.sizing.binding import Binding
from simfunnel.studies.sizing.record import Point, chance_values

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Corner:
    """The least of the lever that reaches the target with a wanted chance, beside a value of the other lever.

    Attributes
    ----------
    by, wanted : float
        The value of the other lever, and the wanted chance.
    value : float or None
        None where the chance is out of reach.
    interval, costs : tuple
        Values at which the upper and the lower limit of the chance reach the wanted one, as read off between the values
        looked at, and the mean costs there, the lesser first; None where an end lies outside.
    chance : Chance or None
        The chance that is reached.
    cost : float
        Mean cost of all, missing (NaN) where the chance is out of reach.
    side : str
        ``at least``; ``at most`` where more of the lever only breaks the target, and the value is the greatest.
    is_bound : bool
        Whether the value is only the end of the range that was looked at.
    is_rival : bool
        Whether it may be as cheap as the cheapest: for the same money its chance is no worse, future by future, as far
        as the paired error tells.
    """

    by: float
    wanted: float
    value: float | None
    interval: tuple[float | None, float | None] = (None, None)
    costs: tuple[float | None, float | None] = (None, None)
    chance: Chance | None = None
    cost: float = nan
    side: str = "at least"
    is_bound: bool = False
    is_rival: bool = False


def cheapest(corners: Iterable[Corner], wanted: float) -> Corner | None:
    """The corner of least cost for a chance, and of several the one with least of the other lever; none where less of
    the lever does as well, so that no value is the cheapest."""
    known = [each for each in corners if each.wanted == wanted and each.value is not None]
    if len(known) > 1 and len({each.cost for each in known}) == 1:
        return None
    if any(each.side == "at most" for each in known):
        return None
    return min(known, key=lambda each: (each.cost, each.by), default=None)


@dataclass(frozen=True, repr=False)
class Frontier:
    """How much of a lever a target needs beside each value of another, with each of several chances.

    Values of both levers are in base units: days, shares of one, currency units.

    Attributes
    ----------
    name, lever, by, target : str
    values : tuple of float
        Of the other lever, ascending.
    chances : tuple of float
    corners : tuple of Corner
        One a value and chance, in the order of the values.
    curves : tuple of tuple of Point
        Every value of the lever that was looked at, a tuple a value of the other lever.
    binding : Binding or None
        What keeps the first of the corners that is out of reach from being reached.
    is_monotone : bool
        Whether each chance only rises or only falls with the lever, as far as the paired errors tell.
    runs, n_sims, seed : int
    level : float
    moved, beside : Lever

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%}}")
    >>> found = sf.frontier(base, "sources.inbound.leads", "stages.sql.conversion", "deals >= 10", values=[0.2, 0.3],
    ...                     chances=[0.5], n_sims=500, seed=7)
    >>> found.corner(0.2, 0.5).value > found.corner(0.3, 0.5).value
    True
    """

    name: str
    lever: str
    by: str
    target: str
    values: tuple[float, ...]
    chances: tuple[float, ...]
    corners: tuple[Corner, ...]
    curves: tuple[tuple[Point, ...], ...]
    binding: Binding | None
    is_monotone: bool
    runs: int
    n_sims: int
    seed: int
    level: float
    moved: Lever
    beside: Lever

    def corner(self, by: float, wanted: float) -> Corner:
        """The corner at a value of the other lever and a wanted chance.

        Raises
        ------
        KeyError
            There is none.
        """
        for each in self.corners:
            if (each.by, each.wanted) == (by, wanted):
                return each
        raise KeyError(f"no corner at {by} with a chance of {wanted}")

    def cheapest(self, wanted: float) -> Corner | None:
        """The corner of least mean cost for a wanted chance, and of several the one with least of the other lever; None
        where the chance is out of reach everywhere, no cost moves, or less of the lever does as well.
        """
        return cheapest(self.corners, wanted)

    def rivals(self, wanted: float) -> tuple[Corner, ...]:
        """Other corners that the simulation cannot tell from the cheapest."""
        return tuple(each for each in self.corners if each.wanted == wanted and each.is_rival)

    def to_frame(self) -> pd.DataFrame:
        """The frontier, tidy: a line a corner.

        Returns
        -------
        DataFrame
            `by`, `wanted`, `value`, `low`, `high` (its interval), `chance`, `chance_low`, `chance_high` (reached),
            `cost`, `cost_low`, `cost_high` (mean, at the value and at the ends of its interval), `side`, `is_bound`,
            `is_cheapest` (for this chance), `is_rival` (may be as cheap). Missing where a chance is out of reach.
        """
        import pandas as pd

        best = [self.cheapest(chance) for chance in self.chances]
        lines = []
        for each in self.corners:
            chance = chance_values(each.chance) or {}
            lines.append(
                {
                    "by": each.by, "wanted": each.wanted, "value": each.value, "low": each.interval[0],
                    "high": each.interval[1], "chance": chance.get("value"), "chance_low": chance.get("low"),
                    "chance_high": chance.get("high"), "cost": each.cost, "cost_low": each.costs[0],
                    "cost_high": each.costs[1], "side": each.side, "is_bound": each.is_bound,
                    "is_cheapest": each in best, "is_rival": each.is_rival,
                }
            )  # fmt: skip
        frame = pd.DataFrame(lines)
        texts = ("side", "is_bound", "is_cheapest", "is_rival")
        return frame.astype({name: "float64" for name in frame.columns if name not in texts})

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        plain = ("name", "lever", "by", "target", "values", "chances", "is_monotone", "runs", "n_sims", "seed", "level")
        found: dict[str, Any] = plain_values(
            {
                **{name: getattr(self, name) for name in plain},
                "unit": self.moved.unit,
                "by_unit": self.beside.unit,
                "corners": self.to_frame().to_dict("records"),
                "curves": [[asdict(point) for point in curve] for curve in self.curves],
                "binding": None if self.binding is None else self.binding.to_json(),
                "sentence": wording.sentence(self),
            }
        )
        return found

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)
