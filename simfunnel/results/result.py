"""What came of a run: everything that a person or a chart asks of the futures that were simulated."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, parse_claim, parse_selector
from simfunnel.results import (
    flows,
    intervals,
    leads,
    machine,
    metrics,
    overview,
    programmes,
    promises,
    reasons,
    scores,
    store,
    tables,
)
from simfunnel.results import summary as summaries
from simfunnel.results.columns import column
from simfunnel.results.estimates import Chance, Mean, Quantile
from simfunnel.results.futures import Futures, Terms, faults
from simfunnel.results.journal import Journal, tell

if TYPE_CHECKING:
    import pandas as pd


class Result:
    """What came of a run: tables, chances and their errors, all read off the same futures.

    Parameters
    ----------
    futures : Futures
        Raw counts and cents, replication by replication, with the sums over replications.
    terms : Terms
        What made them, and the plan that they are held against.

    Raises
    ------
    ValueError
        When columns are missing or of the wrong shape or type.

    Notes
    -----
    Money is in currency units, shares are 0 to 1, time is in days. `mcse` is the Monte Carlo standard error: how far
    the figure is from that of infinitely many futures. Results are equal when they are the same to the last bit.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> run.n_sims
    200
    >>> run.chance("deals >= 0")
    100.0 % (95 % CI 98.1 to 100.0 %, 200 futures)
    """

    def __init__(self, futures: Futures, terms: Terms) -> None:
        wrong = faults(futures, terms)
        if wrong:
            raise ValueError("not the futures of one run: " + "; ".join(wrong))
        self.futures = futures
        self.terms = terms

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.terms.name

    @property
    def n_sims(self) -> int:
        """Number of replications."""
        return self.terms.n_sims

    @property
    def rolls(self) -> int:
        """Number of random numbers that the engine made."""
        return self.terms.rolls

    # one figure

    def array(self, measure: str) -> npt.NDArray[np.float64]:
        """Value of a measure in each replication.

        Parameters
        ----------
        measure : str
            A name of `simfunnel.measures.MEASURES`, or a part such as ``entered[stage=sql]``,
            ``deals[period=2027-03]`` or what the run kept, ``revenue[sector=retail]``.

        Returns
        -------
        float64 array, shape (n_sims,)
            Deals, leads, visits, currency units or shares; NaN where the future has no such figure.

        Raises
        ------
        ClaimError
            When there is no such measure, or the part was not kept; the text says which ``keep=`` would keep it.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> run.array("deals").shape
        (200,)
        """
        return column(self.futures, self.terms, measure).astype(np.float64)

    def chance(self, claim: str | Claim, level: float = 0.95) -> Chance:
        """Share of the futures in which a claim is true, with its Wilson confidence interval.

        Parameters
        ----------
        claim : str
            ``NAME[key=value, ...] OP VALUE``, such as ``deals >= 10``, ``revenue[sector=retail] >= 1M``, ``roi < 20%``.
        level : float
            Confidence level.

        Returns
        -------
        Chance
            `.value`, `.low`, `.high` as shares and `.n`, the futures that have the figure (the others do not count).

        Raises
        ------
        ClaimError
            When the claim cannot be read, or what it names was not measured.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> 0 <= run.chance("deals >= 10").value <= 1
        True
        """
        claim = parse_claim(claim) if isinstance(claim, str) else claim
        values = summaries.present(column(self.futures, self.terms, claim.selector))
        n, true = len(values), int(np.count_nonzero(claim.holds(values)))
        low, high = intervals.wilson(true, n, level)
        return Chance(str(claim), true / n if n else float("nan"), low, high, n, level)

    def mean(self, measure: str, level: float = 0.95) -> Mean:
        """Mean of a measure, with its Monte Carlo error and confidence interval.

        Raises
        ------
        ClaimError
            As for `array`.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> mean = run.mean("deals")
        >>> mean.low < mean.value < mean.high
        True
        """
        selector = parse_selector(measure)
        values = summaries.present(column(self.futures, self.terms, selector))
        value, mcse = intervals.mean_mcse(values)
        reach = intervals.z_value(level) * mcse
        ends, unit, currency = (value - reach, value + reach), selector.unit, self.terms.currency
        return Mean(str(selector), value, mcse, *ends, len(values), level, unit, currency)

    def quantile(self, measure: str, q: float, level: float = 0.95) -> Quantile:
        """Value that a share `q` of the futures do not exceed, with its order-statistic confidence interval.

        Parameters
        ----------
        measure : str
        q : float
            Between 0 and 1: 0.9 is P90. The value is one that occurred, so quantiles of counts are integers.

        Raises
        ------
        ClaimError
            As for `array`.
        ValueError
            When q or level is not between 0 and 1.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> run.quantile("deals", 0.9).value >= run.quantile("deals", 0.1).value
        True
        """
        selector = parse_selector(measure)
        values = summaries.present(column(self.futures, self.terms, selector))
        value, low, high = intervals.quantile_interval(values, q, level)
        return Quantile(str(selector), q, value, low, high, len(values), level, selector.unit, self.terms.currency)

    # tables

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

    def programmes(self, by: str | Sequence[str] = ("stage",)) -> pd.DataFrame:
        """What the nurture programmes do at each stage that has one: a row a stage, up to the end of the run-off.

        Parameters
        ----------
        by : str or sequence of str
            ``stage`` (always), ``source``, ``sector``: a row for each combination.

        Returns
        -------
        DataFrame
            `nurtured` (visits that had a touch), `touches`, `opens`, `clicks` and `unsubscribed` (leads lost), mean per
            future; then ratios of sums over the futures: `touches_per_visit`, `open_rate` (of touches), `click_rate`
            (of opened touches), `unsubscribe_rate` (of touches). Each is followed by its `_mcse`. Empty where nobody is
            nurtured. How many touches a deal has had is a row of `ratios`.

        Raises
        ------
        ValueError
            When `by` names anything else.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.loads('''
        ... horizon: 1 year
        ... process: [lead, customer]
        ... sources: {fair: {enters: lead, leads: 40}}
        ... stages: {lead: {programme: {every: 10 days, touches: 8, opens: 25%, clicks: 12%, threshold: 1}}}
        ... '''), n_sims=200, seed=7)
        >>> run.programmes()["open_rate"].round(2).tolist()
        [0.25]
        """
        return programmes.programmes(self.futures.tallies, by)

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

        Both are summed over the futures and count up to the end of the run-off. Where leads are nurtured, a last row is
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

    def score_profile(self) -> pd.DataFrame:
        """Scores of the leads that are opened in each period, a row a period: `leads` (mean per future), `mean`, `sd`,
        `p10`, `p50` and `p90` of their scores, each with its `_mcse`; no row where leads have no score.

        Quantiles are read off bins of a third of a standard deviation (5 points on the usual scale).

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.loads('''
        ... horizon: 1 year
        ... process: [sql, customer]
        ... score: {weight: 0.5, correlation: 70%}
        ... sources: {inbound: {enters: sql, leads: 400}}
        ... stages: {sql: {conversion: 25%}}
        ... '''), n_sims=200, seed=7)
        >>> run.score_profile()["mean"].round().unique().tolist()
        [50.0]
        """
        return scores.score_profile(self.futures, self.terms)

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

    def reasons(self) -> pd.DataFrame:
        """Why leads are rejected, where stages say so: mean visits per future by reason, and their share of those told.

        Returns
        -------
        DataFrame
            `stage`, `reason`, the `exit` that it leads to, `rejected` and `share`, each followed by its `_mcse`.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.loads('''
        ... horizon: 1 year
        ... process: [sal, sql, customer]
        ... sources: {inbound: {enters: sal, leads: 100}}
        ... stages:
        ...   sal: {conversion: 60%, reasons: {not ready: {share: 70%, exit: recycle}, wrong company: {share: rest}}}
        ...   sql: {conversion: 25%}
        ... '''), n_sims=50, seed=7)
        >>> run.reasons()["reason"].tolist()
        ['not ready', 'wrong company']
        """
        return reasons.reasons(self.futures, self.terms)

    def sla(self, by: str = "sla") -> pd.DataFrame:
        """How far each SLA is kept: attainment with its distribution, and the chance that the promise is kept.

        Parameters
        ----------
        by : str
            ``sla``: a row each; ``period``: a row for each of its calendar periods.

        Returns
        -------
        DataFrame
            ``met`` and ``due`` (mean per future); ``attainment``: met over due, both summed over the futures, with its
            ``_mcse``; P10, P50 and P90 of a future's own attainment, each with its confidence interval;
            ``kept_in_a_period`` (share of all periods, with mcse) and ``kept_in_every_period`` (share of the futures,
            with its Wilson interval), among the ``n`` futures in which anything was due. By period: ``kept``, the
            share of the futures in which the promise was kept.

        Raises
        ------
        ValueError
            When ``by`` is neither.

        Notes
        -----
        *Within*: due is each visit that enters by the horizon and whose deadline passes before the run ends; met is
        that work has begun by then. *Entries*: due is the number promised for a calendar period, met each entry in it,
        repeated ones included, what is on hand on day 0 not; the promise for a period that the horizon cuts is cut
        with it. *Accepted*: due is each visit that is decided by the horizon, met that it advances. A promise is judged
        in periods of which at least half lies in the horizon.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.loads('''
        ... horizon: 1 year
        ... process: [sql, customer]
        ... sources: {inbound: {enters: sql, leads: 400}}
        ... stages: {sql: {conversion: 25%, neglect: 5%, response: exponential(mean=8 hours)}}
        ... slas: {first call: {stage: sql, within: 1 day, share: 90%}}
        ... '''), n_sims=200, seed=7)
        >>> round(float(run.sla()["attainment"][0]), 1)  # 95 % are worked at all, of which 1 - exp(-3) in time
        0.9
        """
        return promises.table(self.futures, self.terms, by)

    def journal(self, replication: int, lead: tuple[str, int]) -> Journal:
        """One lead's life in one future, in prose, beside that of its ideal twin.

        Parameters
        ----------
        replication : int
            From 0 on.
        lead : (str, int)
            Its source, and its number among that source's leads of the replication, from 0 on.

        Raises
        ------
        KeyError, IndexError
            When there is no such source, replication or lead.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.loads('''
        ... horizon: 1 year
        ... process: [sql, customer]
        ... sources: {inbound: {enters: sql, leads: 40}}
        ... stages: {sql: {conversion: 25%, neglect: 12.5%, shelf_life: 30 days}}
        ... '''), n_sims=10, seed=7)
        >>> run.journal(3, ("inbound", 0)).actual[0].what
        'enters sql'
        """
        return tell(self.terms, replication, lead)

    def leads(self, replication: int) -> pd.DataFrame:
        """The leads of one future, a row each, with what became of them by the end of the run-off.

        Returns
        -------
        DataFrame
            ``source`` and ``number`` (what `journal` takes), ``sector``, ``arrived``, ``score`` (where the scenario has
            one), ``fate`` and ``twin_fate`` (won,
            no_decision, competitor, dropped, left, open), ``stage`` and ``cause`` of the first time that it was not
            reached (missing: always reached), ``deal_value`` (in currency, also of leads that are not won).

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=50, seed=7)
        >>> set(run.leads(3)["cause"].dropna()) <= {"neglected", "late"}
        True
        """
        return leads.table(self.terms, replication)

    # out of the house

    def to_json(self) -> dict[str, Any]:
        """The summary for programs: measures, the chances that the plan claims, ledger and provenance; None is missing.

        Examples
        --------
        >>> import simfunnel as sf
        >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
        >>> sorted(run.to_json()["measures"]["deals"])
        ['mcse', 'mean', 'n', 'p10', 'p50', 'p90', 'sd']
        """
        return machine.to_json(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Store this result in one file, which `load` reads back the same to the last bit.

        The file is written beside its place and renamed: an interruption leaves the old file or none.

        Raises
        ------
        OSError
            When the place cannot be written.
        """
        return store.save(self.futures, self.terms, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """Read a stored result; the file is data, nothing in it is executed.

        Raises
        ------
        FileNotFoundError
            When there is no such file.
        StoreError
            When the file is damaged, not a stored result, or of a later version.
        """
        return cls(*store.load(path))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result):
            return NotImplemented
        return store.same((self.futures, self.terms), (other.futures, other.terms))

    def __hash__(self) -> int:
        return hash((self.terms.digest, self.terms.seed, self.terms.n_sims, self.terms.luck_stream))

    def __repr__(self) -> str:
        return overview.as_text(self)

    def _repr_html_(self) -> str:
        return overview.as_html(self)
