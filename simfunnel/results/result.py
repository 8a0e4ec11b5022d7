"""What came of a run: everything that a person or a chart asks of the futures that were simulated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simfunnel.results import inputs, leads, machine, overview, store
from simfunnel.results.figures import Figures
from simfunnel.results.funnel_tables import FunnelTables
from simfunnel.results.futures import Futures, Terms, faults
from simfunnel.results.journal import Journal, tell
from simfunnel.results.rule_tables import RuleTables

if TYPE_CHECKING:
    import pandas as pd


class Result(Figures, FunnelTables, RuleTables):
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

    def inputs(self) -> pd.DataFrame:
        """What was unknown, as each future had it: a row a replication, a column an uncertain input by its key path.

        Returns
        -------
        DataFrame
            Values in the unit of the rule: days, shares of one, currency units, leads per period. Where sectors write
            distributions of their own for what is unknown everywhere, each has a column:
            ``stages.sql.conversion[sector=retail]``. Parameters that are uncertain themselves follow their
            distribution: ``stages.sql.takes.mean``. What is rolled for each lead (chance) is not there.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {web: {enters: sql, leads: 40}}\\n"
        ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
        >>> run = sf.simulate(base, n_sims=1_000, seed=7)
        >>> run.inputs().columns.tolist()
        ['stages.sql.conversion']
        >>> run.array("deals").size == len(run.inputs())
        True
        """
        return inputs.table(self.terms)

    # one future

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
