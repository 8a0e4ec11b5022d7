"""Which number did each future come to, for a measure or for a part of one?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Selector, nearest, parse_selector
from simfunnel.errors import ClaimError
from simfunnel.measures import MEASURES
from simfunnel.results.futures import Futures, Terms
from simfunnel.results.promises import attainment

Array = npt.NDArray[Any]


def column(futures: Futures, terms: Terms, measure: str | Selector) -> Array:
    """Value of a measure in each replication: integers for counts, float64 in currency units or shares else.

    Raises
    ------
    ClaimError
        When there is no such measure or part, or when the part was not kept: with the ``keep=`` that would keep it.
    """
    selector = parse_selector(measure) if isinstance(measure, str) else measure
    if not selector.where:
        return MEASURES[selector.name].read(futures.base, terms)
    _check_labels(futures, selector)
    raw = _part(futures, selector)
    return raw / 100.0 if selector.unit == "money" else raw


def _part(futures: Futures, selector: Selector) -> Array:
    """Counts or cents of a part: as kept by name, or as every run keeps them."""
    name = str(selector)
    if name in futures.kept:
        return futures.kept[name]
    where = dict(selector.where)
    if "sla" in where:
        return attainment(futures, where["sla"])
    if selector.name == "entered" and list(where) == ["stage"]:
        return futures.base[f"entered[stage={where['stage']}]"]
    if list(where) == ["period"]:
        by_period = futures.timeline_deals if selector.name == "deals" else futures.timeline_revenue
        return np.asarray(by_period[:, futures.tallies.periods.index(where["period"])])
    raise ClaimError(f"{name!r} was not kept for each replication; run again with keep=[{name!r}]")


def _check_labels(futures: Futures, selector: Selector) -> None:
    tallies = futures.tallies
    labels = {
        "stage": tallies.stages,
        "source": tallies.sources,
        "sector": tallies.sectors,
        "period": tallies.periods,
        "sla": tuple(dict.fromkeys(tallies.slas)),
    }
    for key, label in selector.where:
        if label not in labels[key]:
            raise ClaimError(f"'{selector}': there is no {key} '{label}'{nearest(label, labels[key])}")
