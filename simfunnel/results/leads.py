"""Which leads had this one future, and what became of each?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.plan import CAUSES
from simfunnel.engine.visits import Walk
from simfunnel.engine.waves import Event
from simfunnel.results.futures import Terms
from simfunnel.results.reliving import relive

if TYPE_CHECKING:
    import pandas as pd

_ENDS = ("no_decision", "competitor", "dropped", "left")


def table(terms: Terms, replication: int) -> pd.DataFrame:
    """Live one replication again and list its leads; see `simfunnel.results.Result.leads`."""
    import pandas as pd

    past = relive(terms, replication)
    plan, leads, actual = past.plan, past.leads, past.actual
    fate = _fates(np.full(leads.size, "open", object), past.lived, actual)
    is_touched = actual.touch > 0
    twin_fate = _fates(np.where(is_touched, "open", fate), past.ideal, past.twin)
    stage, cause = np.divmod(np.maximum(actual.touch, 1) - 1, len(CAUSES))
    cents = np.rint(leads.draw(plan.deal_value, leads.everyone, "", "deal value", None))
    start = datetime.combine(past.scenario.start, time())
    scores = {} if leads.score is None else {"score": leads.score}
    return pd.DataFrame(
        {
            "source": np.repeat(plan.source_names, past.numbers).astype(object),
            "number": np.concatenate([np.arange(number) for number in past.numbers]),
            "sector": np.array(plan.sectors, object)[
                np.zeros(leads.size, int) if leads.sector is None else leads.sector
            ],
            "arrived": [start + timedelta(days=day) for day in leads.arrival.tolist()],
            **scores,
            "fate": fate,
            "twin_fate": twin_fate,
            "stage": _where(is_touched, plan.stage_names, stage),
            "cause": _where(is_touched, CAUSES, cause),
            "deal_value": cents / 100.0,
        }
    )


def _fates(fate: NDArray[np.object_], events: list[Event], walk: Walk) -> NDArray[np.object_]:
    """How each lead ends: the last that happens to it counts, and coming back opens it again."""
    for event in events:
        if event.name in _ENDS:
            fate[event.lead] = event.name
        elif event.name == "reopened":
            fate[event.lead] = "open"
    for wave in walk.won:
        fate[wave.lead] = "won"
    return fate


def _where(is_touched: NDArray[np.bool_], names: Sequence[str], index: NDArray[np.int16]) -> NDArray[np.object_]:
    named: NDArray[np.object_] = np.array(names, object)[index]
    named[~is_touched] = None
    return named
