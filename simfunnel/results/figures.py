"""What is one figure of a run, and how sure is it?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, parse_claim, parse_selector
from simfunnel.results import intervals
from simfunnel.results import summary as summaries
from simfunnel.results.columns import column
from simfunnel.results.estimates import Chance, Mean, Quantile
from simfunnel.results.futures import Futures, Terms
from simfunnel.results.pairs import Pairs, pairs

__all__ = ["Figures"]


class Figures:
    """One figure at a time: values by replication, chances, means, quantiles."""

    futures: Futures
    terms: Terms

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
        return Chance.of(claim, column(self.futures, self.terms, claim.selector), level)

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

    def against(self, baseline: Figures, measure: str, level: float = 0.95) -> Pairs:
        """What this run has more of than a baseline that met the same futures, future by future.

        Parameters
        ----------
        baseline : Result
            Of another scenario, with the same seed and as many replications.
        measure : str
            As for `array`.
        level : float
            Confidence level of all intervals.

        Returns
        -------
        Pairs
            Mean of this run - baseline with its error and interval, quantiles, shares of better and worse futures.

        Raises
        ------
        ClaimError
            There is no such measure, or one of the runs did not keep the part.
        ValueError
            The runs did not meet the same futures, or count in different currencies.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.load("industrial")
        >>> fewer = base.change({"sources.pipeline.leads": 12})
        >>> today, then = (sf.simulate(each, n_sims=500, seed=7) for each in (base, fewer))
        >>> then.against(today, "deals").high < 0
        True
        """
        mine, theirs = self.terms, baseline.terms
        for what in ("n_sims", "seed", "luck_stream", "currency"):
            ours, other = getattr(mine, what), getattr(theirs, what)
            if ours != other:
                said = "count in different currencies" if what == "currency" else "did not meet the same futures"
                raise ValueError(f"the runs {said}: {what} is {ours!r} and {other!r}")
        kind = parse_selector(measure)
        return pairs(
            baseline.array(measure), self.array(measure),
            unit=kind.unit, direction=kind.better, currency=mine.currency, level=level,
        )  # fmt: skip
