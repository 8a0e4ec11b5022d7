"""What happens when, and which cause took what: the timeline and the ledger of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.results.futures import CAUSES, LEDGER_FIELDS, PERIOD_MEASURES, Futures, Terms
from simfunnel.results.intervals import mcse_of_sums, mean_mcse, order_statistics

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

_SHOWN = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_NET = {"net_deals": ("lost_deals", "recovered_deals"), "net_revenue": ("lost_revenue", "recovered_revenue")}
_OF_TEAMS = ("queue", "waiting")  # shown where they happened
#: Columns of the ledger, in order; each is followed by its mcse.
LEDGER_COLUMNS = ("lost_deals", "recovered_deals", "net_deals", "lost_revenue", "recovered_revenue", "net_revenue")


def timeline(futures: Futures, terms: Terms) -> pd.DataFrame:
    """Tidy: a row for each period and measure, and for each stage where the measure has stages."""
    import pandas as pd

    rows = [*_won(futures), *_passed(futures, terms)]
    columns = ["period", "measure", "stage", "mean", "mcse"]
    columns += [f"{name}{end}" for name in _SHOWN for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=columns)


def _won(futures: Futures) -> list[dict[str, Any]]:
    """Deals and revenue, by period and up to its end; known for each replication, so with quantiles."""
    rows = []
    for measure, by_period, unit in (
        ("deals", futures.timeline_deals, 1),
        ("revenue", futures.timeline_revenue, 100.0),
    ):
        so_far = np.zeros(len(by_period), dtype=np.int64)
        for i, period in enumerate(futures.tallies.periods):
            here = by_period[:, i]
            so_far += here
            rows.append({"period": period, "measure": measure, **_spread(here / unit)})
            rows.append({"period": period, "measure": f"cumulative_{measure}", **_spread(so_far / unit)})
    return rows


def _spread(values: Array) -> dict[str, float]:
    mean, mcse = mean_mcse(values)
    found = {"mean": mean, "mcse": mcse}
    for name, (value, low, high) in zip(_SHOWN, order_statistics(values, tuple(_SHOWN.values())), strict=True):
        found |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return found


def _passed(futures: Futures, terms: Terms) -> list[dict[str, Any]]:
    """Entries and cold leads by stage; known as sums only, so with means and their errors."""
    tallies, n = futures.tallies, terms.n_sims
    means, errors = tallies.period_total / n, mcse_of_sums(tallies.period_total, tallies.period_square, n)
    return [
        {"period": period, "measure": measure, "stage": stage, "mean": means[m, s, p], "mcse": errors[m, s, p]}
        for m, measure in enumerate(PERIOD_MEASURES)
        for s, stage in enumerate(tallies.stages)
        for p, period in enumerate(tallies.periods)
    ]


def ledger(futures: Futures, terms: Terms) -> pd.DataFrame:
    """One row a stage and cause, and a last one for their total, which is what the twin has more."""
    import pandas as pd

    tallies, n = futures.tallies, terms.n_sims
    total = dict(zip(LEDGER_FIELDS, np.moveaxis(tallies.ledger_total, -1, 0), strict=True))
    square = dict(zip(LEDGER_FIELDS, np.moveaxis(tallies.ledger_square, -1, 0), strict=True))
    for i, (net, (lost, recovered)) in enumerate(_NET.items()):
        total[net], square[net] = total[lost] - total[recovered], tallies.ledger_net_square[..., i]
    rows = []
    for s, stage in enumerate(tallies.stages[:-1]):  # nothing goes cold at the last stage
        for c, cause in enumerate(CAUSES):
            if cause in _OF_TEAMS and not tallies.ledger_total[s, c].any():
                continue
            row: dict[str, Any] = {"stage": stage, "cause": cause}
            for name in LEDGER_COLUMNS:
                unit = 100.0 if name.endswith("revenue") else 1.0
                row[name] = total[name][s, c] / n / unit
                row[f"{name}_mcse"] = float(mcse_of_sums(total[name][s, c], square[name][s, c], n)) / unit
            rows.append(row)
    return pd.DataFrame([*rows, {"stage": "total", "cause": "all", **_booked(futures)}])


def _booked(futures: Futures) -> dict[str, float]:
    """The total of the ledger, from the replications themselves."""
    base = futures.base
    row: dict[str, float] = {}
    for name in LEDGER_COLUMNS:
        lost, recovered = _NET.get(name, (name, ""))
        values = base[lost] - base[recovered] if recovered else base[lost]
        row[name], row[f"{name}_mcse"] = mean_mcse(values / 100.0 if name.endswith("revenue") else values)
    return row
