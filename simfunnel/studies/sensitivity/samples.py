"""What share of the variance of a figure is each input's, by the futures of one run, or by the rows of any table?

The mean within cells of an input that hold as many rows each, with a slope in each cell: what varies within them still,
at their own degrees of freedom, is not the input's (E. Plischke, E. Borgonovo and C. L. Smith (2013), "Global
sensitivity measures from given data", European Journal of Operational Research 226(3):536-550, there without slopes).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.results.text import listed, plain
from simfunnel.studies.sensitivity.record import Indices, Known, Share, ranked, spread

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

#: Rows below which shares say nothing.
FEWEST = 500
MOST_VALUES = 24  # an input of no more values is a factor, each value with a mean of its own
_CELLS, _ROWS_A_CELL, _FEWEST_CELLS = 20, 50, 10
_MOST_NAMED = 5


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
    ValueError
        Values are missing (which rows is said), fewer than 500 rows are given, or nothing varies.

    Notes
    -----
    Inputs must vary at random: a grid, where all combinations occur, does too. Of inputs that are correlated each also
    counts what it tells of the others.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(7)
    >>> table = pd.DataFrame({"price": rng.random(2_000), "colour": rng.choice(["red", "blue"], 2_000)})
    >>> found = given_data(table, 5 * table["price"] + (table["colour"] == "red"))
    >>> [(one.words, round(one.alone.value, 1)) for one in found.inputs]
    [('price', 0.9), ('colour', 0.1)]
    """
    figures = np.asarray(outputs, np.float64)
    if figures.shape != (len(inputs),):
        raise ValueError(f"there are {plain(len(inputs))} rows of inputs and outputs of shape {figures.shape}")
    _check_rows(inputs, figures)
    columns = [(str(name), _numbers(inputs[name])) for name in inputs.columns]
    constant = tuple(name for name, values in columns if values.min() == values.max())
    varying = [((name,), name, values) for name, values in columns if name not in constant]
    return shares(varying, figures, level=level, constant=constant)


def shares(
    inputs: Sequence[tuple[tuple[str, ...], str, Array]], figures: Array, *, level: float,
    together: tuple[tuple[str, ...], ...] = (), constant: tuple[str, ...] = (),
) -> Indices:  # fmt: skip
    """The shares of inputs given as (key paths, words, values); see `given_data`.

    Notes
    -----
    The error is that of the efficient influence function of Var E[Y | X] / Var Y, (Y - E Y)² (1 - S) - (Y - E[Y | X])²
    over Var Y, future by future.
    """
    n, variance = len(figures), float(figures.var(ddof=1)) if len(figures) > 1 else 0.0
    if n < FEWEST:
        raise ValueError(f"there are {plain(n)} rows; shares of a variance from given data need at least {FEWEST}")
    if figures.min() == figures.max():
        said = f"the figure is {plain(float(figures[0]))} in all {plain(n)} rows"
        raise ValueError(f"{said}, so there is no variance to share out")
    if not inputs:
        raise ValueError(f"no input varies over the {plain(n)} rows, so none has a share of the variance")
    squares = np.square(figures - figures.mean())
    found, moved = [], np.zeros(n)
    for paths, words, values in inputs:
        left = _left(values, figures)
        share = 1.0 - float(left.mean()) / variance
        influence = (squares * (1.0 - share) - left) / variance
        moved += influence
        found.append(Share(paths, words, Known.of(share, _mcse(influence), level)))
    sd, sd_mcse = spread(figures)
    rest = Known.of(1.0 - sum(one.alone.value for one in found), _mcse(moved), level)
    return Indices(
        method="given data", inputs=ranked(found), luck=None, rest=None if together else rest,
        mean=float(figures.mean()), sd=sd, sd_mcse=sd_mcse, n=n, runs=1, together=together, constant=constant,
    )  # fmt: skip


def _left(values: Array, figures: Array) -> Array:
    """Of each row what an input does not explain: terms whose mean estimates E Var(figure | input) without bias, as
    far as the figure goes straight within a cell; shape (n,)."""
    which, is_factor = _cells(values)
    size = np.bincount(which).astype(np.float64)

    def mean(of: Array) -> Array:
        return np.bincount(which, weights=of) / size

    across, up = values - mean(values)[which], figures - mean(figures)[which]
    spread = mean(across * across)
    slopes = np.zeros(len(size)) if is_factor else spread > 1e-18 * (float(np.square(values).mean()) or 1.0)
    slope = np.divide(mean(across * up), spread, out=np.zeros_like(spread), where=slopes > 0)
    freedom = size - 1.0 - slopes
    known = freedom > 0  # too few rows to tell: nothing is explained
    factor = np.divide(size, freedom, out=np.ones_like(size), where=known)
    within = np.square(up - slope[which] * across) * factor[which]
    return np.where(known[which], within, np.square(figures - figures.mean()))


def _cells(values: Array) -> tuple[npt.NDArray[np.int64], bool]:
    """The cell of each row, and whether each is one value of the input."""
    levels, which = np.unique(values, return_inverse=True)
    if len(levels) <= MOST_VALUES:
        return which, True
    cells = min(max(len(values) // _ROWS_A_CELL, _FEWEST_CELLS), _CELLS)
    edges = np.unique(np.quantile(values, np.arange(1, cells) / cells))
    return np.unique(np.searchsorted(edges, values, side="right"), return_inverse=True)[1], False


def _numbers(column: pd.Series[Any]) -> Array:
    """A column as numbers; kinds are numbered."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64)
    codes, kinds = pd.factorize(column)
    if len(kinds) > MOST_VALUES:
        said = f"the column {column.name!r} holds {plain(len(kinds))} different texts; at most {MOST_VALUES} are kinds"
        raise ValueError(f"{said}, and else numbers are needed")
    return np.asarray(codes, np.float64)


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
