"""At which points does a sweep ask for what cannot be?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from simfunnel.errors import Problem, ScenarioError
from simfunnel.resolved import resolve
from simfunnel.studies.sweep.definition import Sweep

MOST_TRIED = 2_000  # each takes some milliseconds
_SHOWN = 3


@dataclass(frozen=True)
class Checked:
    """What came of trying the points of a sweep.

    Attributes
    ----------
    tried : tuple of int
        The points that were tried, in order.
    failures : dict of int to str
        Why a point cannot be.
    is_whole : bool
        Whether every point was tried.
    """

    tried: tuple[int, ...]
    failures: dict[int, str]
    is_whole: bool

    def words(self, sweep: Sweep) -> str:
        """What to say of it: how many cannot be, the first of them with their reasons, and what was not tried."""
        said = []
        if self.failures:
            said.append(f"{len(self.failures):,} of {len(self.tried):,} points cannot be:")
            said += [f"  {sweep.words(point)}: {why}" for point, why in _first(self.failures)]
            if (more := len(self.failures) - _SHOWN) > 0:
                said.append(f"  and {more:,} more")
        if not self.is_whole:
            said.append(
                f"{len(self.tried):,} of {sweep.n_points:,} points were tried before the run; others that cannot be "
                "are left out, with their reasons"
            )
        return "\n".join(said)


def check_points(sweep: Sweep, most: int = MOST_TRIED) -> Checked:
    """Make the scenario of every point, without simulating it; of more than ``most`` points the corners and a sample.

    Parameters
    ----------
    sweep : Sweep
    most : int
        Points that are tried.

    Returns
    -------
    Checked

    Examples
    --------
    >>> import simfunnel as sf
    >>> from simfunnel.studies.sweep.defining import define
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {web: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion_of_entered: 70%, neglect: 0%}}")
    >>> shares = {"stages.sql.conversion_of_entered": ["70%", "90%"], "stages.sql.neglect": ["0%", "20%"]}
    >>> found = check_points(define(base, shares))
    >>> list(found.failures), found.is_whole
    ([3], True)
    """
    points = tuple(_to_try(sweep, most))
    failures = {point: why for point in points if (why := _trouble(sweep, point)) is not None}
    return Checked(points, failures, len(points) == sweep.n_points)


def refuse_impossible(sweep: Sweep) -> Checked:
    """Try the points, and refuse the sweep where some cannot be and it does not say that they are left out.

    Raises
    ------
    ScenarioError
        With how many there are, the first of them and their reasons.
    """
    found = check_points(sweep)
    if found.failures and (not sweep.leaves_out or len(found.failures) == sweep.n_points):
        hint = "" if sweep.leaves_out else "\nMend the values, or write `impossible: leave out` to run the others."
        raise ScenarioError([Problem("", found.words(sweep) + hint, sweep.name)])
    return found


def _to_try(sweep: Sweep, most: int) -> Iterator[int]:
    if sweep.n_points <= most:
        yield from range(sweep.n_points)
        return
    corners = sorted(set(_corners(sweep)))[: most // 2]
    rest = np.linspace(0, sweep.n_points - 1, most - len(corners)).astype(int)
    # an even step may run along the axes: a step off it meets other combinations
    spread = (rest + np.arange(len(rest)) * 7) % sweep.n_points
    yield from sorted({*corners, *spread.tolist()})


def _corners(sweep: Sweep) -> Iterator[int]:
    """Points at which pairs of parameters are both at an end of their ranges."""
    table = _ranks(sweep)
    for one, other in combinations(range(table.shape[1]), 2):
        for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            score = signs[0] * table[:, one] + signs[1] * table[:, other]
            yield int(np.argmax(score))
            yield int(len(score) - 1 - np.argmax(score[::-1]))


def _ranks(sweep: Sweep) -> np.ndarray:
    """Each parameter's values from 0 (least, or first) to 1, shape (n_points, n_parameters)."""
    columns = []
    for at, parameter in enumerate(sweep.parameters):
        column = sweep.table[:, at]
        if not parameter.is_number:
            order = {text: rank for rank, text in enumerate(dict.fromkeys(row[at] for row in sweep.texts))}
            column = np.array([order[row[at]] for row in sweep.texts], np.float64)
        width = column.max() - column.min()
        columns.append((column - column.min()) / (width or 1.0))
    return np.stack(columns, axis=1)


def _trouble(sweep: Sweep, point: int) -> str | None:
    try:
        resolve(sweep.scenario(point))
    except ScenarioError as error:
        return "; ".join(f"{problem.path}: {problem.message}".removeprefix(": ") for problem in error.problems[:3])
    return None


def _first(failures: dict[int, str]) -> list[tuple[int, str]]:
    """The first failures with different reasons, then the first of all."""
    found: dict[str, int] = {}
    for point, why in failures.items():
        found.setdefault(why, point)
    shown = sorted((point, why) for why, point in found.items())[:_SHOWN]
    more = [pair for pair in failures.items() if pair not in shown][: _SHOWN - len(shown)]
    return sorted([*shown, *more])
