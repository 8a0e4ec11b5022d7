"""Why are leads rejected, how often, and where do they go for it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simfunnel.results.futures import Futures, Terms
from simfunnel.results.intervals import mean_mcse, ratio_mcse
from simfunnel.results.tables import ratio

if TYPE_CHECKING:
    import pandas as pd

    from simfunnel.scenario import Scenario

COLUMNS = ["stage", "reason", "exit", "rejected", "rejected_mcse", "share", "share_mcse"]


def reasons(futures: Futures, terms: Terms) -> pd.DataFrame:
    """A row a stage and reason; see `simfunnel.results.Result.reasons`."""
    import pandas as pd

    from simfunnel.scenario import loads

    rows: list[dict[str, Any]] = []
    for stage, exits in _written(loads(terms.scenario_yaml)).items():
        each = {name: futures.base[f"rejected[reason={name}, stage={stage}]"].astype(np.float64) for name in exits}
        whole = np.sum(list(each.values()), axis=0)
        for name, part in each.items():
            row: dict[str, Any] = {"stage": stage, "reason": name, "exit": " or ".join(exits[name])}
            row["rejected"], row["rejected_mcse"] = mean_mcse(part)
            a, b = part.sum(), whole.sum()
            error = ratio_mcse(a, b, part @ part, whole @ whole, part @ whole, len(part))
            rows.append(row | {"share": float(ratio(a, b)), "share_mcse": float(error)})
    return pd.DataFrame(rows, columns=COLUMNS)


def _written(scenario: Scenario) -> dict[str, dict[str, list[str]]]:
    """By stage and reason, the exits that it has in some sector."""
    found: dict[str, dict[str, list[str]]] = {}
    for stage in scenario.process[:-1]:
        for sector in scenario.sectors or [None]:
            for name, reason in (scenario.stage(stage, sector).reasons or {}).items():
                exits = found.setdefault(stage, {}).setdefault(name, [])
                if reason.exit not in exits:
                    exits.append(reason.exit)
    return found
