"""Which tables do the rules have that not every scenario writes: programmes, scores, reasons and SLAs?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simfunnel.results import programmes, promises, reasons, scores
from simfunnel.results.futures import Futures, Terms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RuleTables"]


class RuleTables:
    """The tables of programmes, scores, reasons and SLAs."""

    futures: Futures
    terms: Terms

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
            future; then ratios of sums over the futures: `touches_per_visit`, `open_rate`, `click_rate` and
            `unsubscribe_rate` (all three of touches), `click_to_open_rate` (clicks, of opened touches). Each is
            followed by its `_mcse`. Empty where nobody is nurtured. How many touches a deal has had is a row of
            `ratios`.

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

    def score_profile(self) -> pd.DataFrame:
        """Scores of the new leads of each period, a row a period: `leads` (mean per future), `mean`, `sd`, `p10`, `p50`
        and `p90` of their scores, each with its `_mcse`; no row where leads have no score.

        Scores are those with which leads arrive: points that touches add come later and show in nobody's profile. Leads
        on hand at the start are left out. Quantiles are read off bins of a third of a standard deviation (5 points on
        the usual scale).

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
            ``kept_in_a_period`` (share of all periods, with mcse and interval) and ``kept_in_every_period`` (share of
            the futures, with its Wilson interval), among the ``n`` futures in which anything was due. By period:
            ``kept``, the share of the futures in which the promise was kept.

        Raises
        ------
        ValueError
            When ``by`` is neither.

        Notes
        -----
        *Within*: due is each visit that enters by the horizon and whose deadline passes before the run ends; met is
        that work has begun by then; leads on hand at the start enter on day 0. *Entries*: due is the number promised
        for a calendar period, met each entry in it, repeated ones included, what is on hand on day 0 not; the promise
        for a period that the horizon cuts is cut with it. *Accepted*: due is each visit that is decided by the horizon,
        met that it advances; who unsubscribes is decided too. A promise is judged in periods of which at least half
        lies in the horizon.

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
