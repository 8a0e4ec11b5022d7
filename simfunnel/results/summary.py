"""How are the measures of a run distributed over its futures, a row a measure or a row a replication?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Selector, parse_selector
from simfunnel.measures import MEASURES
from simfunnel.results.columns import column
from simfunnel.results.futures import MARGIN, Futures, Terms
from simfunnel.results.intervals import mean_mcse, order_statistics

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

QUANTILES = {"p5": 0.05, "p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
#: The quantiles whose confidence intervals the summary shows.
WITH_INTERVAL = ("p10", "p50", "p90")


def replications(futures: Futures, terms: Terms) -> pd.DataFrame:
    """One row a replication, one column a measure, then entries by stage and what was kept."""
    import pandas as pd

    entered = [str(Selector("entered", (("stage", stage),))) for stage in futures.tallies.stages]
    columns = {}
    for name in dict.fromkeys((*MEASURES, *entered, *futures.kept)):
        values = column(futures, terms, name)
        # always a copy: whoever changes the frame does not change the result
        columns[name] = values.astype(np.int64 if values.dtype.kind == "i" else np.float64)
    if MARGIN in futures.base:
        columns["margin"] = futures.base[MARGIN] / 1e6
    return pd.DataFrame(columns, copy=False, index=pd.RangeIndex(terms.n_sims, name="replication"))


def present(values: Array) -> Array:
    """The values that are not missing."""
    if values.dtype.kind != "f":
        return values
    missing = np.isnan(values)
    return values[~missing] if missing.any() else values


def moments(values: Array) -> dict[str, float]:
    """Number of futures that have the figure, mean, its Monte Carlo error, and the sd over futures."""
    values = present(values)
    mean, mcse = mean_mcse(values)
    return {"n": len(values), "mean": mean, "mcse": mcse, "sd": mcse * len(values) ** 0.5}


def quantiles(values: Array, level: float = 0.95) -> dict[str, float]:
    """`QUANTILES` and the confidence intervals of those that show one."""
    found = order_statistics(present(values), tuple(QUANTILES.values()), level)
    points = {name: value for name, (value, _, _) in zip(QUANTILES, found, strict=True)}
    ends = {name: (low, high) for name, (_, low, high) in zip(QUANTILES, found, strict=True)}
    for name in WITH_INTERVAL:
        points[f"{name}_low"], points[f"{name}_high"] = ends[name]
    return points


def summary(futures: Futures, terms: Terms) -> pd.DataFrame:
    """One row a measure."""
    import pandas as pd

    rows = []
    for name in (*MEASURES, *futures.kept):
        values = column(futures, terms, name)
        rows.append({"measure": name, "unit": parse_selector(name).unit, **moments(values), **quantiles(values)})
    return pd.DataFrame(rows).set_index("measure")
