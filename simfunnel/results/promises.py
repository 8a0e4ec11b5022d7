"""How often was each SLA kept, on average, in a single future, in a period and in all of them?"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.distributions import value_text
from simfunnel.results.futures import PROMISE_SUMS, Futures, Terms
from simfunnel.results.intervals import order_statistics, ratio_mcse, wilson

if TYPE_CHECKING:
    import pandas as pd

    from simfunnel.scenario import Sla

Array = npt.NDArray[Any]
_SHOWN = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_BY = ("sla", "period")


def table(futures: Futures, terms: Terms, by: str = "sla") -> pd.DataFrame:
    """A row an SLA, or a row for each period of each; see `simfunnel.results.Result.sla`.

    Raises
    ------
    ValueError
        When ``by`` is neither.
    """
    import pandas as pd

    from simfunnel.scenario import loads

    if by not in _BY:
        raise ValueError(f"by: cannot split by {by!r}; write one of {', '.join(_BY)}")
    slas = loads(terms.scenario_yaml).slas
    rows = _rows(futures, terms, slas) if by == "sla" else _rows_by_period(futures, terms)
    return pd.DataFrame(list(rows), columns=_COLUMNS[by])


_COLUMNS: dict[str, list[str]] = {
    "sla": [
        "sla", "stage", "promise", "promised", "met", "due", "attainment", "attainment_mcse",
        *(f"{name}{end}" for name in _SHOWN for end in ("", "_low", "_high")),
        "kept_in_a_period", "kept_in_a_period_mcse", "kept_in_a_period_low", "kept_in_a_period_high",
        "kept_in_every_period", "kept_in_every_period_low", "kept_in_every_period_high", "n",
    ],
    "period": [
        "sla", "period", "met", "due", "attainment", "attainment_mcse", "kept", "kept_low", "kept_high", "n",
    ],
}  # fmt: skip


def promised(sla: Sla) -> tuple[str, float]:
    """A promise in words, and the share of what is due that it promises.

    >>> from simfunnel.scenario import Sla
    >>> promised(Sla(stage="sql", within=1.0, share=0.9))
    ('90% worked within 1 day', 0.9)
    """
    if sla.entries is not None:
        from simfunnel.scenario.emitting import leads_text

        return f"{leads_text(sla.entries)}", 1.0
    if sla.accepted is not None:
        return f"{value_text(sla.accepted, 'share')} accepted", sla.accepted
    assert sla.within is not None
    assert sla.share is not None
    clock = " of working time" if sla.time == "working" else ""
    return f"{value_text(sla.share, 'share')} worked within {value_text(sla.within, 'duration')}{clock}", sla.share


def attainment(futures: Futures, name: str) -> Array:
    """Met over due in each future; missing where nothing was due."""
    met, due = (futures.base[f"sla_{what}[sla={name}]"].astype(np.float64) for what in ("met", "due"))
    return np.asarray(np.divide(met, due, out=np.full(met.shape, nan), where=due > 0))


def _rows(futures: Futures, terms: Terms, slas: dict[str, Sla]) -> Iterator[dict[str, Any]]:
    for name, sla in slas.items():
        met, due, kept, judged = (
            futures.base[f"sla_{what}[sla={name}]"].astype(np.float64) for what in ("met", "due", "kept", "judged")
        )
        words, share = promised(sla)
        row = {"sla": name, "stage": sla.stage, "promise": words, "promised": share}
        row |= {"met": float(met.mean()), "due": float(due.mean())}
        row["attainment"], row["attainment_mcse"] = _ratio(met, due)
        each = attainment(futures, name)
        found = order_statistics(each[~np.isnan(each)], tuple(_SHOWN.values()))
        for q, reach in zip(_SHOWN, found, strict=True):
            row |= dict(zip((q, f"{q}_low", f"{q}_high"), reach, strict=True))
        row |= _share_of_periods(kept, judged)
        n, always = int((judged > 0).sum()), int(((judged > 0) & (kept == judged)).sum())
        yield row | _chance("kept_in_every_period", always, n)


def _rows_by_period(futures: Futures, terms: Terms) -> Iterator[dict[str, Any]]:
    tallies, n = futures.tallies, terms.n_sims
    for name, period, cell in zip(tallies.slas, tallies.sla_periods, tallies.promises.T, strict=True):
        sums = dict(zip(PROMISE_SUMS, cell.tolist(), strict=True))
        met, due = sums["met"], sums["due"]
        a, b, aa, bb, ab = (np.array(sums[each]) for each in PROMISE_SUMS[:5])
        error = ratio_mcse(a, b, aa, bb, ab, n)
        row = {"sla": name, "period": period, "met": met / n, "due": due / n}
        row |= {"attainment": met / due if due else nan, "attainment_mcse": float(error) if due else nan}
        yield row | _chance("kept", int(sums["kept"]), int(sums["judged"]))


def _share_of_periods(kept: Array, judged: Array) -> dict[str, float]:
    """The share of all judged periods in which the promise was kept. Periods of one future share its fate, so its
    Wilson interval is that of so many independent ones as have the same error; where all or none are kept, of the
    futures."""
    share, mcse = _ratio(kept, judged)
    n = int((judged > 0).sum())
    if n and mcse > 0.0:
        n = max(1, round(share * (1.0 - share) / mcse**2))
    low, high = wilson(round(share * n) if n else 0, n)
    found = {"": share, "_mcse": mcse, "_low": low, "_high": high}
    return {f"kept_in_a_period{end}": value for end, value in found.items()}


def _chance(name: str, true: int, n: int) -> dict[str, Any]:
    """In what share of the futures in which there was anything to keep, with its Wilson interval."""
    low, high = wilson(true, n)
    return {name: true / n if n else nan, f"{name}_low": low, f"{name}_high": high, "n": n}


def _ratio(part: Array, whole: Array) -> tuple[float, float]:
    """A ratio of sums over the futures and its Monte Carlo error."""
    a, b = part.sum(), whole.sum()
    if not b:
        return nan, nan
    error = ratio_mcse(a, b, part @ part, whole @ whole, part @ whole, len(part))
    return float(a / b), float(error)
