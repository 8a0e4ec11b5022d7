"""Which points of a sweep does a table or a chart of two of its parameters show?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import isnan, nan
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.results.text import listed
from simfunnel.studies.sweep.definition import Parameter, Sweep
from simfunnel.studies.sweep.designs import GRID
from simfunnel.studies.sweep.spots import SCENARIO, spot

Array = npt.NDArray[Any]
_MOST_LISTED = 6


class SharedPlaceError(ValueError):
    """A further parameter varies and is not held."""


@dataclass(frozen=True)
class Axis:
    """One parameter of a slice.

    Attributes
    ----------
    parameter : Parameter
    values : tuple of float
        In base units, ascending; of words their places, 0, 1, ... in the order of the points.
    names : tuple of str
        The values as people read them.
    place : int64, shape (n_points,)
        Which of the values each point of the slice has.
    """

    parameter: Parameter
    values: tuple[float, ...]
    names: tuple[str, ...]
    place: Array

    @property
    def is_number(self) -> bool:
        """Whether its values can be shown to scale."""
        return self.parameter.is_number

    @property
    def path(self) -> str:
        """Key path of the parameter."""
        return self.parameter.path


@dataclass(frozen=True)
class Slice:
    """Points of a sweep along one or two parameters, what else varies held at one value.

    Attributes
    ----------
    points : int64, shape (n_points,)
        Numbers of the points in the sweep.
    axes : tuple of Axis
    fixed : dict of str to str
        The parameters that are held, and where, as people read it.
    others : tuple of str
        Parameters that vary along with the axes, so that each place has one value of them: in a sampled design all.
    """

    points: Array
    axes: tuple[Axis, ...]
    fixed: dict[str, str]
    others: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def is_grid(self) -> bool:
        """Whether at least half of all combinations are there: they can be shown as cells; else each is a dot."""
        return 2 * len(self.points) >= int(np.prod(self.shape))

    def spread(self, values: Array) -> Array:
        """One value a point as an array with the shape of the slice; NaN, -1 or False where there is no point."""
        found = np.full(self.shape, {"i": -1, "b": False}.get(values.dtype.kind, np.nan), values.dtype)
        found[tuple(axis.place for axis in self.axes)] = values
        return found


def varying(sweep: Sweep) -> tuple[str, ...]:
    """The paths of the parameters that have more than one value."""
    return tuple(
        each.path for at, each in enumerate(sweep.parameters) if len({row[at] for row in sweep.texts}) > 1
    )  # fmt: skip


def axes_of(
    sweep: Sweep, x: str | None, y: str | None, taken: Iterable[str] = (), first: Sequence[str] = ()
) -> list[str]:  # fmt: skip
    """The parameters of two axes: x and y, by default the first that vary and are not taken, numbers before words.

    Of what moves in step one is enough; one axis where one parameter varies. Numbers may have an order of their own.
    """
    numbers = [each.path for each in sweep.parameters if each.is_number]
    given = [path for path in (x, y) if path]
    free = sorted(
        left_over(sweep, given, taken),
        key=lambda path: (path not in numbers, first.index(path) if path in first else -1),
    )
    x = x or (free.pop(0) if free else sweep.parameters[0].path)
    y = y or next((path for path in free if path in left_over(sweep, [x], taken)), None)
    return [x] if y is None else [x, y]


def left_over(sweep: Sweep, along: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """What varies and is neither an axis, nor in step with one, nor taken."""
    gone = {*along, *taken}
    return [p for p in varying(sweep) if p not in gone and not any(_in_step(sweep, p, axis) for axis in along)]


def _in_step(sweep: Sweep, one: str, other: str) -> bool:
    """Whether two parameters of a grid do not meet in all combinations."""
    paths = _paths(sweep)
    if sweep.design != GRID or SCENARIO in (one, other) or other not in paths:
        return False
    columns = [[row[paths.index(path)] for row in sweep.texts] for path in (one, other)]
    return len(set(zip(*columns, strict=True))) < len(set(columns[0])) * len(set(columns[1]))


def point_at(sweep: Sweep, where: Mapping[str, object]) -> int:
    """The one point at which parameters have these values.

    Raises
    ------
    ValueError
        There is no such parameter or value, or no point or several have them all: what is to be said besides.
    """
    _check_names(sweep, (), where)
    points, fixed = _held(sweep, where)
    if len(points) == 1:
        return int(points[0])
    more = [
        f"{path} ({_values(sweep, column)})" for column, path in enumerate(_paths(sweep))
        if len({sweep.texts[point][column] for point in points}) > 1
    ]  # fmt: skip
    said = listed([f"{path} {words}" for path, words in fixed.items()]) or "nothing in particular"
    raise ValueError(f"{len(points):,} points have {said}; say {listed(more)} too")


def cut(sweep: Sweep, along: Sequence[str], at: Mapping[str, object] | None = None) -> Slice:
    """The points along some parameters where others have the values of `at`.

    Parameters
    ----------
    sweep : Sweep
    along : sequence of str
        Paths of the parameters of the axes.
    at : mapping of str to text or number
        What other parameters are held at: as written in the file, or a number in base units.

    Raises
    ------
    ValueError
        A path is no parameter of the sweep, or has no such value; or a parameter is neither an axis nor held, so that
        several points would share a place: the text lists its values.
    """
    _check_names(sweep, along, at or {})
    points, fixed = _held(sweep, at or {})
    return _slice(sweep, along, points, fixed, points)


def panels(
    sweep: Sweep, along: Sequence[str], over: str, at: Mapping[str, object] | None = None
) -> dict[str, Slice]:  # fmt: skip
    """A slice for each value of one more parameter, by what people read there; all with the same values along the axes.

    Raises
    ------
    ValueError
        As of `cut`.
    """
    _check_names(sweep, [*along, over], at or {})
    points, fixed = _held(sweep, at or {})
    axis = _axis(sweep, _paths(sweep).index(over), points)
    return {
        name: _slice(sweep, along, points[axis.place == place], {**fixed, over: name}, points)
        for place, name in enumerate(axis.names)
    }


def _slice(sweep: Sweep, along: Sequence[str], points: Array, fixed: dict[str, str], of: Array) -> Slice:
    """Some points, with axes that have the values of all those that they are among."""
    paths = _paths(sweep)
    is_here = np.isin(of, points)
    axes = [_axis(sweep, paths.index(path), of) for path in along]
    axes = [replace(axis, place=axis.place[is_here]) for axis in axes]
    others = [path for path in varying(sweep) if path not in along and path not in fixed]
    others = [path for path in others if len({sweep.texts[point][paths.index(path)] for point in points}) > 1]
    _check_places(sweep, points, tuple(axes), [paths.index(path) for path in others])
    return Slice(points, tuple(axes), fixed, tuple(others))


def _paths(sweep: Sweep) -> list[str]:
    return [each.path for each in sweep.parameters]


def _check_names(sweep: Sweep, along: Sequence[str], at: Mapping[str, object]) -> None:
    paths = _paths(sweep)
    for path in (*along, *at):
        if path not in paths:
            raise ValueError(f"{path!r} is no parameter of this sweep; it varies {listed(paths)}{_near(path, paths)}")
    if len(set(along)) < len(along) or set(along) & set(at):
        raise ValueError(f"one parameter is named twice: {listed([repr(path) for path in (*along, *at)])}")


def _held(sweep: Sweep, at: Mapping[str, object]) -> tuple[Array, dict[str, str]]:
    """The points at which parameters have these values, and the values as people read them."""
    points, fixed = np.arange(sweep.n_points), {}
    for path, value in at.items():
        column = _paths(sweep).index(path)
        here = _having(sweep, column, value)
        points = points[np.isin(points, list(here))]
        fixed[path] = sweep.named(min(here), column)
    if not len(points):
        raise ValueError(f"no point has {listed([f'{path} {words}' for path, words in fixed.items()])}")
    return points, fixed


def _having(sweep: Sweep, column: int, value: object) -> set[int]:
    """The points at which a parameter has a value, given as text or as a number."""
    number = _number(sweep, column, value)
    alike = np.isclose(sweep.table[:, column], number, rtol=1e-9, atol=0.0)
    here = {
        point for point in range(sweep.n_points)
        if alike[point] or str(value) in (sweep.texts[point][column], sweep.named(point, column))
    }  # fmt: skip
    if not here:
        path, near = sweep.parameters[column].path, _nearest(sweep, column, value, number)
        raise ValueError(f"{path} is {value!r} at no point; it takes {_values(sweep, column)}{near}")
    return here


def _number(sweep: Sweep, column: int, value: object) -> float:
    """A value in base units, also one that is written in another way than in the sweep; NaN where it is no number."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    parameter = sweep.parameters[column]
    if not parameter.is_number:
        return nan
    try:
        at = spot(sweep.base(0), parameter.path)
        return at.number(at.text(str(value)))[0]
    except ValueError:
        return nan


def _nearest(sweep: Sweep, column: int, value: object, number: float) -> str:
    texts = [row[column] for row in sweep.texts]
    if isnan(number) or not sweep.parameters[column].is_number:
        near = get_close_matches(str(value), texts, n=1, cutoff=0.4)
        return f"; did you mean {near[0]!r}?" if near else ""
    return f"; the nearest is {texts[int(np.argmin(np.abs(sweep.table[:, column] - number)))]!r}"


def _values(sweep: Sweep, column: int) -> str:
    """The values of a parameter as they are written, the first few."""
    texts = list(dict.fromkeys(row[column] for row in sweep.texts))
    more = f" and {len(texts) - _MOST_LISTED} more" if len(texts) > _MOST_LISTED else ""
    return f"{', '.join(texts[:_MOST_LISTED])}{more}"


def _axis(sweep: Sweep, column: int, points: Array) -> Axis:
    parameter = sweep.parameters[column]
    if not parameter.is_number:
        texts = list(dict.fromkeys(sweep.texts[point][column] for point in points))
        place = np.array([texts.index(sweep.texts[point][column]) for point in points], np.int64)
        return Axis(parameter, tuple(float(each) for each in range(len(texts))), tuple(texts), place)
    numbers = [sweep.numbers[point][column] for point in points]
    values, first, place = np.unique(numbers, return_index=True, return_inverse=True)
    return Axis(parameter, tuple(values.tolist()), tuple(sweep.named(point, column) for point in points[first]), place)


def _check_places(sweep: Sweep, points: Array, axes: tuple[Axis, ...], others: list[int]) -> None:
    """Refuse a slice in which several points share a place."""
    shared: dict[tuple[int, ...], list[int]] = {}
    for at, point in enumerate(points.tolist()):
        shared.setdefault(tuple(int(axis.place[at]) for axis in axes), []).append(point)
    free = [
        column for column in others if any(len({sweep.texts[p][column] for p in here}) > 1 for here in shared.values())
    ]
    if not free:
        return
    said = [f"{sweep.parameters[column].path} ({_values(sweep, column)})" for column in free]
    example = ", ".join(f"{sweep.parameters[column].path!r}: {sweep.texts[points[0]][column]!r}" for column in free)
    them, vary = ("them", "vary") if len(free) > 1 else ("it", "varies")
    along = listed([axis.path for axis in axes])
    raise SharedPlaceError(
        f"several points share a place along {along}, for {listed(said)} {vary} too; say where to hold {them}: "
        f"at={{{example}}}"
    )


def _near(path: str, known: list[str]) -> str:
    near = get_close_matches(path, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
