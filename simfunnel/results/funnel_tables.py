"""Which tables does every run have: of measures, stages, sources, teams, periods and the ledger?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simfunnel.results import flows, metrics, programmes, tables
from simfunnel.results import summary as summaries
from simfunnel.results.futures import Futures, Terms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FunnelTables"]


class FunnelTables:
    """The tables of the funnel as a whole."""

    futures: Futures
    terms: Terms

    def to_frame(self) -> pd.DataFrame:
        """One row a replication, one column a measure; counts are int64, money and shares float64, NaN what is missing.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> run.to_frame()["deals"].dtype
        dtype('int64')
        """
        return summaries.replications(self.futures, self.terms)

    def summary(self) -> pd.DataFrame:
        """One row a measure: unit, n, mean, mcse, sd, p5 to p95, and confidence intervals of p10, p50 and p90.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> run.summary().loc["deals", ["p10", "p50", "p90"]].is_monotonic_increasing
        True
        """
        return summaries.summary(self.futures, self.terms)

    def stages(self, by: str | Sequence[str] = ("stage",)) -> pd.DataFrame:
        """What happens at each stage: mean visits a future by fate, shares, and mean time in the stage.

        Parameters
        ----------
        by : str or sequence of str
            ``stage`` (always), ``source``, ``sector``: a row for each combination.

        Returns
        -------
        DataFrame
            Counts such as `entered`, `worked`, `cold_late` (mean per future); then ratios of sums over the futures:
            `conversion` (advanced of worked), `conversion_of_entered`, `worked_share`, `neglected_share`, `late_share`,
            `mean_stay_days` (visits that ended). Each is followed by its `_mcse`, and missing where nothing entered.

        Raises
        ------
        ValueError
            When `by` names anything else.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> list(run.stages(by=("stage", "sector")).columns[:2])
        ['stage', 'sector']
        """
        return tables.stages(self.futures.tallies, by)

    def sources(self) -> pd.DataFrame:
        """What each source brings and what is spent on it: leads, deals, revenue, source cost, that per lead and
        customer, and the return on it alone (work, re-activation and fixed costs belong to no source).

        Means per future and ratios of sums over the futures, each followed by its `_mcse`; the last row is all sources.
        Deals are those before the horizon; only the cost of the source itself counts here.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> run.sources()["source"].iloc[-1]
        'all'
        """
        return tables.sources(self.futures, self.terms)

    def teams(self) -> pd.DataFrame:
        """How far each team gets: a row a team, means per future and ratios of sums, each followed by its `_mcse`.

        Returns
        -------
        DataFrame
            `joined` (visits that joined its queue by the horizon), `served`, `gone` (cold or left while they waited),
            `waited_share` (of the joined, those who had to wait), `gone_share`, `utilisation` (time at work of the
            working time there was), `mean_wait_days` (of the served, until work began, nights and holidays included),
            `mean_queue` (leads waiting, on average over time). Empty without teams.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.loads('''
        ... horizon: 1 year
        ... process: [sql, customer]
        ... sources: {inbound: {enters: sql, leads: poisson(300)}}
        ... stages: {sql: {conversion: 25%, shelf_life: 30 days, team: sales, service: 2 days}}
        ... teams: {sales: {people: 2}}
        ... ''')
        >>> team = sf.simulate(base, n_sims=200, seed=7).teams().iloc[0]
        >>> bool(0.7 < team["utilisation"] < 0.9)
        True
        """
        return tables.teams(self.futures.tallies, self.terms)

    def ratios(self) -> pd.DataFrame:
        """What an entry to each stage costs (`cost_per_mql`, ...): all costs over all entries, with its mcse.

        Leads on hand at a stage at the start are no entries to it here: no cost of the run has brought them. Both are
        summed over the futures and count up to the end of the run-off. Where leads are nurtured, a last row is
        `touches_per_deal`: the touches that the deals before the horizon had had, over these deals.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> list(run.ratios().columns)
        ['value', 'mcse']
        """
        return programmes.with_touches_per_deal(tables.ratios(self.futures, self.terms), self.futures)

    def timeline(self) -> pd.DataFrame:
        """What happens in each period, tidy: deals, revenue and both so far; entries and cold leads by stage.

        Means with mcse; P10, P50 and P90 with confidence intervals for what is known of each replication.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> sorted(set(run.timeline()["measure"]))[:3]
        ['cold_late', 'cold_neglected', 'cold_queue']
        """
        return flows.timeline(self.futures, self.terms)

    def ledger(self) -> pd.DataFrame:
        """Whose fault the gap to the twin is: mean deals and revenue lost, recovered and net, by stage and cause.

        Each is followed by its `_mcse`; the last row is their total, which is twin minus actual in every replication.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> run.ledger()["cause"].tolist()[-1]
        'all'
        """
        return flows.ledger(self.futures, self.terms)

    def metrics(self) -> pd.DataFrame:
        """The metrics of the trade by their names: leads, entries to stages, conversion, cost per entry, revenue by
        source, the pipeline and its value, time to close, forecast.

        Returns
        -------
        DataFrame
            A row a metric (`new_leads`, `number_of_mql`, `cost_per_sql`, `pipeline_value`, `time_to_win_p90` ...): its
            ``words``, ``value``, ``mcse``, 95 % confidence interval ``low`` to ``high``, ``unit``, the number of
            ``futures`` that it is read from, and its ``definition``.

        Notes
        -----
        A run forgets its leads, so the pipeline and the times to close are read off its first futures (so many as have
        200,000 leads, at most 1,000), lived again and followed for three years after the horizon. The value of the
        pipeline is what the leads at a stage at the horizon bring by then. Times to close are of leads that arrive in
        the run: of those on hand at the start nobody knows the age.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=50, seed=7)
        >>> bool(run.metrics().loc["time_to_win", "value"] > 0)
        True
        """
        return metrics.table(self.futures, self.terms)
