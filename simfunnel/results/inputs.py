"""What was unknown in each future of a run?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simfunnel.results.futures import Terms

if TYPE_CHECKING:
    import pandas as pd


def table(terms: Terms) -> pd.DataFrame:
    """A row a replication, a column an uncertain input; see `simfunnel.results.Result.inputs`."""
    import pandas as pd

    from simfunnel.resolved import resolve
    from simfunnel.resolved.unknowns import unknowns
    from simfunnel.scenario import loads

    found = unknowns(resolve(loads(terms.scenario_yaml)), terms.seed, terms.n_sims)
    frame = pd.DataFrame({each.path: each.values for each in found}, index=np.arange(terms.n_sims))
    return frame.rename_axis("replication")
