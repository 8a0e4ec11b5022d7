"""What share of the variance of a figure is each input's, by the futures of one run, or by the rows of any table?

The mean within cells of an input that hold as many rows each, halved and halved again toward both ends, with a slope in
each cell: what varies within them still, at their own degrees of freedom, is not the input's (E. Plischke, E. Borgonovo
and C. L. Smith (2013), "Global sensitivity measures from given data", European Journal of Operational Research
226(3):536-550, there without slopes and finer ends).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from simfunnel.results.text import listed, plain
from simfunnel.studies.sensitivity.record import Indices, Known, Share, ranked, spread

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

#: Rows below which shares say nothing.
FEWEST = 100
MOST_VALUES = 24  # an input of no more values is a factor, each value with a mean of its own
_FEWEST_CELLS, _MOST_CELLS = 4, 20  # half as many as the root of the number of rows
_ROWS_AT_AN_END = 25  # in the smallest cell; there are finer ones at both ends, where what is rare comes from
_ROWS_A_PAIR = 5  # in a cell of two inputs, to see how evenly rows lie
_BY_CHANCE = 1e-6  # rows lie as evenly as that by chance so seldom
_MOST_NAMED = 5
_DUST = 4  # units in the last place; what varies by no more is rounding


@runtime_checkable
class Points(Protocol):
    """Points that were sampled, such as those of a sweep: each a row of inputs, and a mean or a chance of its own."""

    @property
    def name(self) -> str:
        """What people read."""
        ...

    @property
    def currency(self) -> str:
        """Sign of money."""
        ...

    def inputs(self) -> pd.DataFrame:
        """A row a point, a column an input."""
        ...

    def array(self, measure: str) -> Array:
        """A figure at each point; NaN where it has none."""
        ...


def given_data(inputs: pd.DataFrame, outputs: Array | Sequence[float], *, level: float = 0.95) -> Indices:
    """What share of the variance of an output is each input's, from rows that were sampled anyhow.

    Parameters
    ----------
    inputs : DataFrame
        A row an experiment, a column an input: numbers, or names of at most 24 kinds. Columns that never vary are left
        out, and named.
    outputs : shape (n_rows,)
    level : float
        Confidence level of all intervals.

    Raises
    ------
    TypeError
        Inputs are no table.
    ValueError
        Values are missing (which rows is said) or no numbers, columns have one name, fewer than 100 rows are given, or
        nothing varies.

    Notes
    -----
    Inputs must vary at random, or over a grid with all its combinations, as the points of a sweep do: its `inputs()`,
    with the `array()` of a measure (`simfunnel.sensitivity` takes it as it is). Where rows fill the space more evenly
    than chance does (a grid, a sequence of Sobol'), less of what cells see is chance; intervals then reach from the
    shares if all of it were to those if none were. Of inputs that are correlated each also counts what it tells of the
    others.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(7)
    >>> table = pd.DataFrame({"price": rng.random(2_000), "colour": rng.choice(["red", "blue"], 2_000)})
    >>> found = given_data(table, 5 * table["price"] + (table["colour"] == "red"))
    >>> [(one.words, round(one.alone.value, 1)) for one in found.inputs]
    [('price', 0.9), ('colour', 0.1)]
    """
    import pandas as pd

    if not isinstance(inputs, pd.DataFrame):
        raise TypeError(f"inputs are a DataFrame of pandas, a column an input, not {type(inputs).__name__}")
    figures = as_numbers(outputs, "the output")
    if figures.shape != (len(inputs),):
        raise ValueError(f"there are {plain(len(inputs))} rows of inputs and outputs of shape {figures.shape}")
    if len(figures) < FEWEST:
        said = f"there are {plain(len(figures))} rows; shares of a variance from given data need at least {FEWEST}"
        raise ValueError(said)
    check_names(inputs)
    _check_rows(inputs, figures)
    columns = [(str(name), _numbers(inputs[name])) for name in inputs.columns]
    constant = tuple(name for name, values in columns if values.min() == values.max())
    varying = [((name,), name, values) for name, values in columns if name not in constant]
    evenness = _evenness([values for _, _, values in varying])
    return shares(varying, figures, level=level, constant=constant, evenness=evenness)


def shares(
    inputs: Sequence[tuple[tuple[str, ...], str, Array]], figures: Array, *, level: float,
    together: tuple[tuple[str, ...], ...] = (), constant: tuple[str, ...] = (), evenness: float = 1.0,
) -> Indices:  # fmt: skip
    """The shares of inputs given as (key paths, words, values); see `given_data`.

    Notes
    -----
    The error is that of the efficient influence function of Var E[Y | X] / Var Y, (Y - E Y)² (1 - S) - (Y - E[Y | X])²
    over Var Y, future by future.
    """
    n = len(figures)
    if np.ptp(figures) <= _DUST * np.spacing(np.abs(figures).max()):
        said = f"the figure is {plain(float(figures[0]))} in all {plain(n)} rows"
        raise ValueError(f"{said}, so there is no variance to share out")
    if not inputs:
        raise ValueError(f"no input varies over the {plain(n)} rows, so none has a share of the variance")
    squares = np.square(figures - figures.mean())
    variance = float(squares.sum()) / (n - evenness)
    found, moved, down, up = [], np.zeros(n), 0.0, 0.0
    for paths, words, values in inputs:
        plain_left, owed = _left(values, figures)
        left = plain_left + evenness * owed
        share = 1.0 - float(left.mean()) / variance
        influence = (squares * (1.0 - share) - left) / variance
        moved += influence
        # where rows lie evenly, so that less is owed: down to the share where all of it were, up to that without
        room = float(owed.mean()) / variance if evenness < 1.0 else 0.0
        lower, upper = (1.0 - evenness) * room, evenness * room
        down, up = down + lower, up + upper
        found.append(Share(paths, words, _wider(Known.of(share, _mcse(influence), level), lower, upper, level)))
    sd, sd_mcse = spread(figures)
    left_over = Known.of(1.0 - sum(one.alone.value for one in found), _mcse(moved), level)
    rest = None if together else _wider(left_over, up, down, level)
    return Indices(
        method="given data", inputs=ranked(found), luck=None, rest=rest, mean=float(figures.mean()), sd=sd,
        sd_mcse=sd_mcse, n=n, runs=1, together=together, constant=constant, is_even=evenness < 1.0,
    )  # fmt: skip


def _wider(known: Known, down: float, up: float, level: float) -> Known:
    return Known.between(known.value, known.low - down, known.high + up, level) if down + up > 0 else known


def _left(values: Array, figures: Array) -> tuple[Array, Array]:
    """Of each row what an input does not explain, and how much more that would be if cells had not been fitted to their
    own rows: the mean of both together estimates E Var(figure | input) without bias, as far as the figure goes straight
    within a cell; shape (n,) each."""
    which, is_factor = _cells(values)
    size = np.bincount(which).astype(np.float64)

    def mean(of: Array) -> Array:
        return np.bincount(which, weights=of) / size

    across, up = values - mean(values)[which], figures - mean(figures)[which]
    width = mean(across * across)
    slopes = np.zeros(len(size)) if is_factor else width > 1e-18 * (float(np.square(values).mean()) or 1.0)
    slope = np.divide(mean(across * up), width, out=np.zeros_like(width), where=slopes > 0)
    freedom = size - 1.0 - slopes
    known = freedom > 0  # too few rows to tell: nothing is explained
    owed = np.divide(size - freedom, freedom, out=np.zeros_like(size), where=known)
    within = np.where(known[which], np.square(up - slope[which] * across), np.square(figures - figures.mean()))
    return within, within * owed[which]


def _evenness(inputs: Sequence[Array]) -> float:
    """How far from even the rows of a table lie, in pairs of inputs: 1 where as by chance, 0 on a whole grid.

    In cells of one input all others take their values nearly alike where rows fill the space more evenly than chance
    does (a grid, a sequence of Sobol'), so that their cells' means vary less: by the statistic of Pearson's chi-square
    over its degrees of freedom.
    """
    from scipy.stats import chi2

    n = len(inputs[0]) if inputs else 0
    cells = [_cells(each, max(int(sqrt(n / _ROWS_A_PAIR)), 2))[0] for each in inputs]
    statistic, freedom = 0.0, 0
    for one, other in combinations(cells, 2):
        rows, columns = int(one.max()) + 1, int(other.max()) + 1
        seen = np.bincount(one * columns + other, minlength=rows * columns).reshape(rows, columns)
        expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / n
        statistic += float((np.square(seen - expected) / expected).sum())
        freedom += (rows - 1) * (columns - 1)
    if freedom == 0 or chi2.cdf(statistic, freedom) > _BY_CHANCE:
        return 1.0
    return statistic / freedom


def _cells(values: Array, most: int = 0) -> tuple[npt.NDArray[np.int64], bool]:
    """The cell of each row, and whether each is one value of the input."""
    levels, which = np.unique(values, return_inverse=True)
    if len(levels) <= (most or MOST_VALUES):
        return which, True
    cells = most or min(max(round(sqrt(len(values)) / 2), _FEWEST_CELLS), _MOST_CELLS)
    at = list(np.arange(1, cells) / cells)
    end = 1 / (2 * cells)
    while not most and end * len(values) >= _ROWS_AT_AN_END:
        at += [end, 1 - end]
        end /= 2
    edges = np.unique(np.quantile(values, at))
    return np.unique(np.searchsorted(edges, values, side="right"), return_inverse=True)[1], False


def _numbers(column: pd.Series[Any]) -> Array:
    """A column as numbers; kinds are numbered."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(np.float64)
        # what may be "never" is taken by its rank
        return values if np.isfinite(values).all() else np.unique(values, return_inverse=True)[1].astype(np.float64)
    codes, kinds = pd.factorize(column)
    if len(kinds) > MOST_VALUES:
        said = f"the column {column.name!r} holds no numbers, but {plain(len(kinds))} different values"
        raise ValueError(f"{said}; of more than {MOST_VALUES} numbers are needed (of dates, say, days since the first)")
    return np.asarray(codes, np.float64)


def as_numbers(values: Any, what: str) -> Array:
    """Figures as an array.

    Raises
    ------
    ValueError
        They are no numbers.
    """
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be numbers") from None


def check_names(table: pd.DataFrame) -> None:
    """Refuse columns that cannot be told apart.

    Raises
    ------
    ValueError
        Several have one name.
    """
    names = [str(name) for name in table.columns]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"several columns are named {listed([repr(name) for name in twice])}; each needs its own name")


def _check_rows(inputs: pd.DataFrame, figures: Array) -> None:
    """Refuse rows in which something is missing, and name them."""
    missing = {str(name): inputs[name].isna().to_numpy() for name in inputs.columns}
    missing["the output"] = ~np.isfinite(figures)
    any_missing = np.logical_or.reduce(list(missing.values()))
    if not any_missing.any():
        return
    rows = [str(row) for row in inputs.index[any_missing][:_MOST_NAMED]]
    more = " and more" if any_missing.sum() > _MOST_NAMED else ""
    what = listed([name for name, where in missing.items() if where.any()])
    raise ValueError(
        f"{what} is missing in {plain(int(any_missing.sum()))} of {plain(len(figures))} rows: {', '.join(rows)}{more}; "
        "run them, or say which rows are to be left out by leaving them out"
    )


def _mcse(influence: Array) -> float:
    return float(np.std(influence, ddof=1)) / sqrt(len(influence))
