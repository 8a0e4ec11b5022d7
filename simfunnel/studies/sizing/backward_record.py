"""What came of a plan made backwards: the spreadsheet's numbers beside those that hold with a stated chance?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import nan, sqrt
from typing import TYPE_CHECKING, Any

from simfunnel.results import Chance
from simfunnel.results.intervals import z_value
from simfunnel.results.machine import plain_values
from simfunnel.studies.sizing import backward_wording as wording
from simfunnel.studies.sizing.backward_rows import Cell, Row
from simfunnel.studies.sizing.binding import Binding
from simfunnel.studies.sizing.funnel import Volume
from simfunnel.studies.sizing.record import Point, Price, chance_values, price_table
from simfunnel.studies.sizing.search import Crossing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """A volume of the funnel and all that belongs to it.

    Attributes
    ----------
    title : str
        ``spreadsheet``, ``as it is``, or the wanted chance: ``90 %``.
    wanted : float or None
    volume : float or None
        A factor on the present volume, or the figure of the one source that moves; None where the wanted chance is out
        of reach, or where no arithmetic leads to a volume.
    interval : tuple
        Volumes at which the upper and the lower limit of the chance reach the wanted one; None where none does.
    chance, confirmed : Chance or None
        Of the target at that volume, in the futures of the search and in fresh ones.
    side : str
        ``at least`` where more volume helps, ``at most`` where it only breaks the target.
    crossings : tuple of Crossing
        Several where the chance is not monotone.
    cells : tuple of Cell
        One a row; empty without a volume.
    is_bound : bool
        Whether the volume is only the end of the range that was looked at.
    """

    title: str
    wanted: float | None
    volume: float | None
    interval: tuple[float | None, float | None] = (None, None)
    chance: Chance | None = None
    confirmed: Chance | None = None
    side: str = "at least"
    crossings: tuple[Crossing, ...] = ()
    cells: tuple[Cell, ...] = ()
    is_bound: bool = False


@dataclass(frozen=True, repr=False)
class BackwardPlan:
    """A plan made backwards, from the customers up to the budget, with what keeps it with a stated chance.

    Attributes
    ----------
    name, target : str
        Of the scenario; the claim that should hold.
    is_plan : bool
        Whether the target is the scenario's own plan.
    is_by_volume : bool
        Whether only the volume says how large a plan is: where leads come back they are counted at a stage once more,
        and where a budget brings ever fewer leads more come of a small one than plain arithmetic says.
    rows : tuple of Row
        Customers, the stages above them, new leads, visits, budget, all costs; as far as there are such.
    columns : tuple of Column
        The spreadsheet, the present volume, and one a wanted chance.
    points : tuple of Point
        Every volume looked at, all in the same futures.
    is_monotone : bool
    help_ends_at : float or None
        The volume from which on more does not help, where a wanted chance is out of reach.
    binding : Binding or None
        What keeps the least of the wanted chances that is out of reach from being reached.
    runs, n_sims, seed, fresh_seed : int
    level : float
        Confidence level of all intervals.
    moved : Volume
        What moves, and how it is written.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nplan: {customers: 10}\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%}}")
    >>> found = sf.plan(base, chances=[0.5, 0.9], n_sims=2_000, seed=7)
    >>> [column.title for column in found.columns]
    ['spreadsheet', 'as it is', '50 %', '90 %']
    """

    name: str
    target: str
    is_plan: bool
    is_by_volume: bool
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    points: tuple[Point, ...]
    is_monotone: bool
    help_ends_at: float | None
    binding: Binding | None
    runs: int
    n_sims: int
    seed: int
    fresh_seed: int
    level: float
    moved: Volume

    @property
    def spreadsheet(self) -> Column:
        """Plain arithmetic; its volume is missing where there is none for this target."""
        return self.columns[0]

    @property
    def present(self) -> Column:
        """The scenario as it is."""
        return self.columns[1]

    @property
    def promises(self) -> tuple[Column, ...]:
        """One column a wanted chance."""
        return self.columns[2:]

    @property
    def side(self) -> str:
        """Which way more volume goes, as the highest wanted chance has it."""
        return self.columns[-1].side

    @property
    def best(self) -> Point:
        """The likeliest of the volumes looked at, and of several the least."""
        return max(self.points, key=lambda point: (point.chance, -point.value))

    @property
    def doubtful(self) -> tuple[Column, ...]:
        """Columns whose chance in fresh futures differs by more than chance alone would have it, all together."""
        tried = [column for column in self.promises if column.confirmed is not None]
        z = z_value(1 - (1 - self.level) / max(len(tried), 1))
        return tuple(each for each in tried if _apart(each.chance, each.confirmed) > z)

    def cell(self, column: Column, row: Row) -> Cell | None:
        """The figure of a row in a column; None where the column has no volume."""
        return column.cells[self.rows.index(row)] if column.cells else None

    def to_frame(self) -> pd.DataFrame:
        """The table, tidy: a line a column and row.

        Returns
        -------
        DataFrame
            `column`, `wanted`, `volume`, `volume_low`, `volume_high` (the interval), `chance`, `chance_low`,
            `chance_high`; then `row`, `words`, `unit`, `value`, `mcse`, `low`, `high`. Missing where a chance is out of
            reach.
        """
        import pandas as pd

        lines = []
        for column in self.columns:
            chance, (first, last) = column.chance, column.interval
            head = {
                "column": column.title,
                "wanted": column.wanted,
                "volume": column.volume,
                "volume_low": first,
                "volume_high": last,
                **{f"chance{end}": None if chance is None else getattr(chance, name)
                   for end, name in (("", "value"), ("_low", "low"), ("_high", "high"))},
            }  # fmt: skip
            for row in self.rows:
                cell = self.cell(column, row) or Cell(nan, nan)
                lines.append({**head, "row": row.name, "words": row.words, "unit": row.unit, **asdict(cell)})
        frame = pd.DataFrame(lines)
        texts = ("column", "row", "words", "unit")
        return frame.astype({name: "float64" for name in frame.columns if name not in texts})

    def curve(self) -> pd.DataFrame:
        """Every volume looked at, the least first; see `Sizing.curve`."""
        import pandas as pd

        return pd.DataFrame([asdict(point) for point in self.points])

    def prices(self) -> pd.DataFrame:
        """The price of certainty, a line a wanted chance; see `Sizing.prices`."""
        cost = {point.value: point.cost for point in self.points}
        return price_table(
            [
                Price(column.wanted or nan, nan)
                if column.volume is None or column.chance is None
                else Price(column.wanted or nan, column.volume, column.chance.value, cost[column.volume])
                for column in self.promises
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        found: dict[str, Any] = plain_values(
            {
                **{name: getattr(self, name) for name in (
                    "name", "target", "is_plan", "is_by_volume", "side", "is_monotone", "help_ends_at", "runs",
                    "n_sims", "seed", "fresh_seed", "level")},
                "moves": self.moved.sources,
                "stays": self.moved.kept,
                "rows": [asdict(row) for row in self.rows],
                "columns": [self._plain(column) for column in self.columns],
                "binding": None if self.binding is None else self.binding.to_json(),
                "curve": self.curve().to_dict("records"),
                "prices": self.prices().to_dict("records"),
                "sentence": wording.sentence(self),
            }
        )  # fmt: skip
        return found

    def _plain(self, column: Column) -> dict[str, Any]:
        cells = {row.name: asdict(cell) for row, cell in zip(self.rows, column.cells, strict=bool(column.cells))}
        return {
            "title": column.title,
            "wanted": column.wanted,
            "volume": column.volume,
            "interval": column.interval,
            "written": None if column.volume is None else self.moved.changes(column.volume),
            "chance": chance_values(column.chance),
            "confirmed": chance_values(column.confirmed),
            "crossings": [asdict(each) for each in column.crossings],
            "cells": cells,
        }

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)


def _apart(one: Chance | None, other: Chance | None) -> float:
    """How many of their errors two chances differ by."""
    assert one is not None
    assert other is not None
    return abs(one.value - other.value) / sqrt(one.mcse**2 + other.mcse**2)
