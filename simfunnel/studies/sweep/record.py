"""What came of a sweep: a tidy table of its points, and which of them is best."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, Selector
from simfunnel.results.pairs import Pairs, pairs
from simfunnel.studies.sweep import export, wording
from simfunnel.studies.sweep.account import Account
from simfunnel.studies.sweep.best import Choice, among, choose
from simfunnel.studies.sweep.cautions import cautions
from simfunnel.studies.sweep.cells import Cell, cells, outcomes
from simfunnel.studies.sweep.definition import Sweep, part_of, read_measure
from simfunnel.studies.sweep.slices import Axis, Slice, axes_of, cut, left_over, panels, point_at
from simfunnel.studies.sweep.store import Store

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]
Where = int | Mapping[str, object]  # a point: its number, or the values of its parameters by path


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult:
    """What came of a sweep.

    Attributes
    ----------
    sweep : Sweep
    store : Store
        The futures of every point.
    account : Account or None
        What was reused and what computed, where it has just been run.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("name: A year\\nhorizon: 1 year\\nprocess: [sql, customer]\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%, neglect: 10%}}")
    >>> from simfunnel.studies.sweep import sweep
    >>> found = sweep(base, {"stages.sql.neglect": ["0%", "20%"]}, measures=["deals >= 10"], n_sims=1_000, seed=7)
    >>> found.best().point
    0
    """

    sweep: Sweep
    store: Store
    account: Account | None = None

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every measure at every point, points first; read in one pass and kept."""
        return tuple(cells(self.sweep, self.store))

    def cells_of(self, measure: str | None = None) -> tuple[Cell, ...]:
        """One measure at every point (default: the first claim, else the first measure).

        Raises
        ------
        ValueError
            The sweep has no such measure.
        """
        name = self.measure(measure)
        at = self.sweep.measures.index(name)
        return self.cells[at :: len(self.sweep.measures)]

    def measure(self, wanted: str | None = None) -> str:
        """The name of a measure or claim as the sweep has it (default: the first claim, else the first measure).

        Raises
        ------
        ValueError
            The sweep has no such measure.
        """
        known = self.sweep.measures
        if wanted is None:
            return next((name for name in known if isinstance(read_measure(name), Claim)), known[0])
        asked = read_measure(wanted)
        for name in known:
            if name == wanted or read_measure(name) == asked:
                return name
        raise ValueError(f"this sweep has not looked at {wanted!r}; it has {', '.join(known)}")

    def asked(self, measure: str | None = None) -> Claim | Selector:
        """The measure, read."""
        return read_measure(self.measure(measure))

    @cached_property
    def _choices(self) -> dict[tuple[str, bool, tuple[int, ...]], Choice]:
        return {}

    @cached_property
    def cautions(self) -> tuple[str, ...]:
        """Parameters that do less than it looks: that change no number, or whose effect is taken back."""
        return tuple(cautions(self.sweep))

    @property
    def name(self) -> str:
        """Name of the sweep."""
        return self.sweep.name

    @property
    def currency(self) -> str:
        """Sign of money."""
        return next(iter(self.sweep.scenarios.values())).currency

    @property
    def failures(self) -> dict[int, str]:
        """The points that could not be simulated, and why."""
        reasons = ((point, self.store.failure(point)) for point in range(self.sweep.n_points))
        return {point: why for point, why in reasons if why is not None}

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> SweepResult:
        """A sweep as far as a folder has it: from this alone, and nothing there is changed.

        Raises
        ------
        FileNotFoundError, StoreError
            It holds no sweep, or one that cannot be read.
        """
        from simfunnel.studies.sweep import folder as folders

        return cls(*folders.load(Path(folder)))

    # tables

    def to_frame(self) -> pd.DataFrame:
        """A tidy table: a row a point and measure.

        Returns
        -------
        DataFrame
            ``point``; a column a parameter by its path (numbers in base units: days, shares of one, currency units; or
            words); ``measure``; ``n_sims``; ``mean``, ``mcse``, ``low`` and ``high`` (the 95 % confidence interval) of
            a measure, or of the chance of a claim (Wilson's interval); ``sd``, ``p10``, ``p50``, ``p90`` over futures
            (missing for claims); ``missing``, the futures that have no such figure; ``failure``, why a point has none.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\n"
        ...                 "sources: {web: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%, neglect: 10%}}")
        >>> from simfunnel.studies.sweep import sweep
        >>> found = sweep(base, {"stages.sql.neglect": ["0%", "20%"]}, measures=["deals"], n_sims=100)
        >>> found.to_frame()["stages.sql.neglect"].tolist()
        [0.0, 0.2]
        """
        return export.tidy(self.sweep, self.cells)

    def table(
        self, measure: str | None = None, *, x: str | None = None, y: str | None = None,
        at: Mapping[str, object] | None = None,
    ) -> pd.DataFrame:  # fmt: skip
        """A measure by two parameters: a row a value of `y`, a column a value of `x`.

        Parameters
        ----------
        x, y : str, optional
            Paths of the parameters; default: the first that vary, numbers before words. Scenarios and other words that
            vary besides get rows of their own, in a further level of the index.
        at : mapping of str to text or number
            Where further parameters are held.

        Raises
        ------
        ValueError
            There is no such measure, parameter or value; or a further parameter varies and is not held.
        """
        import pandas as pd

        name, along = self.measure(measure), axes_of(self.sweep, x, y, at or ())[::-1]
        words = [each.path for each in self.sweep.parameters if not each.is_number]
        over = [path for path in left_over(self.sweep, along, at or ()) if path in words]
        if len(over) != 1:
            return self._wide(name, cut(self.sweep, along, at))
        pieces = panels(self.sweep, along, over[0], at)
        return pd.concat({text: self._wide(name, piece) for text, piece in pieces.items()}, names=over)

    def _wide(self, measure: str, piece: Slice) -> pd.DataFrame:
        """A measure along the axes of a slice, the last to the right."""
        import pandas as pd

        found = self.cells_of(measure)
        values = piece.spread(np.array([found[point].mean for point in piece.points]))
        rows, columns = [None, *(_index(each) for each in piece.axes)][-2:]
        return pd.DataFrame(np.atleast_2d(values), index=[measure] if rows is None else rows, columns=columns)

    def point(self, where: Where) -> int:
        """The number of a point, from the values of its parameters: as they are written, or as numbers in base units.

        Raises
        ------
        ValueError
            There is no such point, parameter or value (the nearest is named), or several points have these values.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\n"
        ...                 "sources: {web: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%, neglect: 10%}}")
        >>> from simfunnel.studies.sweep import sweep
        >>> found = sweep(base, {"stages.sql.neglect": ["0%", "20%"]}, measures=["deals"], n_sims=100)
        >>> found.point({"stages.sql.neglect": "20%"}), found.point({"stages.sql.neglect": 0.2})
        (1, 1)
        """
        if isinstance(where, Mapping):
            return point_at(self.sweep, where)
        return among(self.sweep.n_points, [where])[0]

    def values(self, point: Where, measure: str | None = None) -> Array:
        """A measure in each replication of a point, float64, shape (n_sims,); NaN where the future has no such figure.

        Of a claim 1 where it holds and 0 where not. The point by its number or as of `point`.

        Raises
        ------
        ValueError
            There is no such point or measure, or the point has no futures: with the reason.
        """
        asked, point = self.asked(measure), self.point(point)
        if not self.store.n_sims(point):
            why = self.store.failure(point)
            raise ValueError(f"point {point} has no futures: {why or 'it has not been simulated yet'}")
        return outcomes(asked, self.store.values(point, str(part_of(asked))))

    def inputs(self) -> pd.DataFrame:
        """What varies, for `simfunnel.sensitivity`: a row a point, a column a parameter, in base units or words."""
        return export.settings(self.sweep)

    def array(self, measure: str) -> Array:
        """A measure's mean, or a claim's chance, at each point, float64, shape (n_points,); NaN where there is none.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\n"
        ...                 "sources: {web: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%}}")
        >>> vary = {"stages.sql.conversion": "beta(mean=25%, n=40)", "sources.web.leads": "uniform(low=30, high=50)"}
        >>> found = sf.sweep(base, vary, design="sobol", points=128, measures=["deals"], n_sims=20)
        >>> sf.sensitivity(found, "deals").given_data.inputs[0].words
        'stages.sql.conversion'
        """
        return np.array([each.mean for each in self.cells_of(measure)])

    # comparisons

    def difference(self, point: Where, other: Where, measure: str | None = None) -> Pairs:
        """What a point has more of than another, on the futures that both have met: the first so many of them.

        Parameters
        ----------
        point, other : int, or mapping of str to text or number
            By their numbers or as of `point`: ``{"stages.sql.neglect": "5%", "scenario": "retail"}``.

        Returns
        -------
        Pairs
            As of `Result.against`: mean of point - other with its error and interval, quantiles, shares of better and
            worse futures. Of a claim: in shares of one, better where it comes true.
        """
        asked = self.asked(measure)
        after, before = self.values(point, measure), self.values(other, measure)
        n = min(len(after), len(before))
        unit, direction = ("share", "more") if isinstance(asked, Claim) else (asked.unit, asked.better)
        return pairs(before[:n], after[:n], unit=unit, direction=direction, currency=self.currency)

    def best(
        self, measure: str | None = None, *, most: bool | None = None, among_points: Iterable[int] | None = None
    ) -> Choice:
        """The best point by a measure, what it is really worth, and which points cannot be told from it.

        Parameters
        ----------
        measure : str, optional
            Default: the first claim, else the first measure.
        most : bool, optional
            Whether the highest is the best; by default as the measure says (a claim: the likeliest).
        among_points : iterable of int, optional
            The points to choose from, such as those that a budget allows; default: all.

        Raises
        ------
        ValueError
            There is no such measure, no point has a figure, or neither more nor less of it is better and `most` is not
            given.
        """
        asked = self.asked(measure)
        better = "more" if isinstance(asked, Claim) else asked.better
        if most is None and better == "neither":
            raise ValueError(f"neither more nor less of {asked} is better; say most=True or most=False")
        chosen = among(self.sweep.n_points, among_points)
        is_most = better == "more" if most is None else most
        key = str(asked), is_most, tuple(chosen)
        if key not in self._choices:
            found, seed = self.cells_of(measure), self.sweep.seed
            choice = choose(
                [found[point] for point in chosen], asked, lambda point: self.values(point, measure),
                is_most=is_most, seed=seed,
            )  # fmt: skip
            self._choices[key] = replace(choice, words=wording.said(self, self.measure(measure), choice))
        return self._choices[key]

    # out of the house

    def to_csv(self, path: str | os.PathLike[str], *, futures: bool = False) -> Path:
        """Write the tidy table as CSV; texts that a spreadsheet would take for formulas get a quote before them.

        Parameters
        ----------
        futures : bool
            Write every replication instead: a row a point and replication, a column a measure.

        Notes
        -----
        Floats are written so that they read back the same to the last bit; the same futures give the same bytes.
        """
        return export.to_csv(self, Path(path), futures=futures)

    def to_parquet(self, path: str | os.PathLike[str], *, futures: bool = False) -> Path:
        """Write the tidy table, or every replication, as Parquet; needs the extra ``parquet``.

        Raises
        ------
        MissingExtra
            pyarrow is not installed.
        """
        return export.to_parquet(self, Path(path), futures=futures)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        return export.to_json(self)

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)


def _index(axis: Axis) -> pd.Index[Any]:
    """The values of a parameter: numbers in base units, else words."""
    import pandas as pd

    return pd.Index(list(axis.values if axis.is_number else axis.names), name=axis.path)
