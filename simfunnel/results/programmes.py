"""What do the nurture programmes do: touches, opens, clicks and losses, by stage, source and sector?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simfunnel.results.futures import PROGRAMME_FIELDS, Array, Futures, Tallies
from simfunnel.results.intervals import mcse_of_sums, ratio_mcse
from simfunnel.results.tables import cells, ratio

if TYPE_CHECKING:
    import pandas as pd

#: Ratios of sums that the table shows: of what, over what.
RATES = {
    "touches_per_visit": ("touches", "nurtured"),
    "open_rate": ("opens", "touches"),
    "click_rate": ("clicks", "touches"),
    "click_to_open_rate": ("clicks", "opens"),
    "unsubscribe_rate": ("unsubscribed", "touches"),
}


def programmes(tallies: Tallies, by: str | Sequence[str] = ("stage",)) -> pd.DataFrame:
    """One row a stage whose leads were nurtured, or one of each source, sector or both."""
    import pandas as pd

    frame, at = cells(tallies, by)
    for name, values in _columns(tallies).items():
        frame[name] = values[at].ravel()
    table = pd.DataFrame(frame)
    nurtured = {
        stage for stage, total in zip(tallies.stages, tallies.programme_total[0, :, -1, -1], strict=True) if total
    }
    return table[table["stage"].isin(nurtured)].reset_index(drop=True)


def _columns(tallies: Tallies) -> dict[str, Array]:
    n = tallies.n_sims
    index = {name: k for k, name in enumerate(PROGRAMME_FIELDS)}
    total, product = tallies.programme_total, tallies.programme_product
    columns: dict[str, Array] = {}
    for name, k in index.items():
        columns[name], columns[f"{name}_mcse"] = total[k] / n, mcse_of_sums(total[k], product[k, k], n)
    for name, (part, whole) in RATES.items():
        a, b = index[part], index[whole]
        columns[name] = ratio(total[a], total[b])
        columns[f"{name}_mcse"] = ratio_mcse(total[a], total[b], product[a, a], product[b, b], product[a, b], n)
    return columns


def with_touches_per_deal(ratios: pd.DataFrame, futures: Futures) -> pd.DataFrame:
    """The ratios, and the mean touches of those who were won before the horizon, where anybody is nurtured."""
    if not futures.base["touches"].any():
        return ratios
    touches, deals = (futures.base[name].astype(np.float64) for name in ("touches_of_deals", "deals"))
    a, b = touches.sum(), deals.sum()
    error = ratio_mcse(a, b, touches @ touches, deals @ deals, touches @ deals, len(deals))
    more = ratios.copy()
    more.loc["touches_per_deal"] = (float(ratio(a, b)), float(error))
    return more
