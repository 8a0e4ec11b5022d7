"""What does the spreadsheet say: the plan divided by the average rates, backwards from the customers?

It multiplies means: the rates as they are written at the stages (where those are published, of all who enter), the mean
mix of sectors, the mean deal value. It forgets what spreadsheets forget: that leads are neglected, reached too late or
queue, that a sale takes time and the year ends, that leads come back, and that anything varies. The article's is one:
10 customers at 25 % are 40 SQLs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, Selector
from simfunnel.resolved.inputs import deal_values, mean_of
from simfunnel.resolved.nurture import mean_conversion
from simfunnel.resolved.sources import expected_leads, expected_spend
from simfunnel.resolved.workload import sector_share
from simfunnel.scenario import Scenario

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spreadsheet:
    """Mean numbers of a scenario, by plain arithmetic.

    Attributes
    ----------
    entered : float64, shape (n_sources, n_sectors, n_stages)
        Leads that are ever at each stage, those on hand there at the start included, at the present volume.
    leads, visits, spend : float64, shape (n_sources,)
    values : float64, shape (n_sectors,)
        Mean deal value.
    moves : bool, shape (n_sources,)
        Which sources move with the volume.
    """

    scenario: Scenario
    entered: Array
    leads: Array
    visits: Array
    spend: Array
    values: Array
    moves: npt.NDArray[np.bool_]

    def factor(self, claim: Claim) -> float:
        """How many times the present volume brings what is claimed; missing (NaN) where no arithmetic says so.

        Examples
        --------
        >>> from simfunnel.claims import parse_claim
        >>> from simfunnel.scenario import loads
        >>> base = loads('''
        ... horizon: 1 year
        ... process: [sql, customer]
        ... sources: {inbound: {enters: sql, leads: 20}}
        ... stages: {sql: {conversion: 25%, neglect: 12.5%}}
        ... ''')
        >>> spreadsheet(base, ["inbound"]).factor(parse_claim("deals >= 10"))
        2.0
        """
        brought = self._brought(claim.selector)
        if brought is None:
            return nan
        held, moved = float(brought[~self.moves].sum()), float(brought[self.moves].sum())
        return max(claim.value - held, 0.0) / moved if moved > 0 else nan

    def scaled(self, factor: float) -> Array:
        """By how much each source is multiplied, shape (n_sources,)."""
        return np.where(self.moves, factor, 1.0)

    def _brought(self, selector: Selector) -> Array | None:
        """What each source brings of deals or revenue, shape (n_sources,)."""
        where = dict(selector.where)
        if selector.name not in ("deals", "revenue") or not set(where) <= {"source", "sector"}:
            return None
        won = self.entered[:, :, -1] * (self.values if selector.name == "revenue" else 1.0)
        sources, sectors = np.array(list(self.scenario.sources)), np.array(list(self.scenario.sectors) or ["all"])
        won = won * (sectors == where["sector"]) if "sector" in where else won
        return np.asarray(won.sum(axis=1) * (sources == where["source"] if "source" in where else 1.0))


def spreadsheet(scenario: Scenario, moving: Collection[str]) -> Spreadsheet:
    """Plain arithmetic with the means of a scenario."""
    process = scenario.process
    sectors: list[str | None] = [*scenario.sectors] or [None]
    rates = np.array(
        [[mean_conversion(scenario.stage(name, k), scenario.score) for name in process[:-1]] for k in sectors]
    )
    names = list(scenario.sources)
    leads = np.array([expected_leads(scenario, scenario.sources[name]) for name in names])
    visits, entered = np.zeros(len(names)), np.zeros((len(names), len(sectors), len(process)))
    for i, name in enumerate(names):
        source = scenario.sources[name]
        first = process.index(source.enters)
        for k, sector in enumerate(sectors):
            some = leads[i] * sector_share(scenario, source, sector)
            entered[i, k, first:] = some * np.concatenate([[1.0], np.cumprod(rates[k, first:])])
        if source.capture is not None and leads[i] > 0:
            visits[i] = leads[i] / mean_of(source.capture)
    return Spreadsheet(
        scenario, entered, leads, visits,
        spend=np.array([expected_spend(scenario, scenario.sources[name]) for name in names]),
        values=np.array([mean_of(value) for value in deal_values(scenario)]),
        moves=np.isin(names, [*moving]),
    )  # fmt: skip
