"""Is the variant better than the baseline, in the very same futures?"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, nearest, parse_claim, parse_selector
from simfunnel.errors import ClaimError
from simfunnel.measures import MEASURES
from simfunnel.progress import Progress, after, reporter
from simfunnel.resolved import Resolved, resolve
from simfunnel.results import Result
from simfunnel.results.intervals import z_value
from simfunnel.results.machine import plan_claims
from simfunnel.results.pairs import Pairs, difference, moments, paired_chance, pairs
from simfunnel.results.text import numbered
from simfunnel.scenario.schema import Scenario
from simfunnel.simulation import simulate
from simfunnel.studies.comparison import machine, wording
from simfunnel.studies.comparison.chances import ChanceDifference, Chances
from simfunnel.studies.comparison.contrasts import Contrast, contrasts
from simfunnel.studies.comparison.fates import Fates, fates, sample_size
from simfunnel.workers import shared

if TYPE_CHECKING:
    import pandas as pd

_FATES = ("gained", "gained_new", "lost", "lost_gone")


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """Scenarios that met the same leads with the same luck; the first is the baseline, the others are variants.

    Attributes
    ----------
    names : tuple of str
        Of the scenarios; where two have the same name, the later ones are numbered.
    runs : tuple of Result
        One a scenario.
    scenarios : tuple of Scenario
    contrasts : tuple of Contrast
        What makes variants less comparable than they look: names that exist in one only (a renamed stage or source has
        other luck), other currencies, times or plans.

    Notes
    -----
    Differences are always variant minus baseline, replication by replication.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.compare(base, base.change({"stages.sql.neglect": "2%"}, name="SLA"), n_sims=2_000, seed=7)
    >>> bool((found.differences("deals") >= 0).all())
    True
    """

    names: tuple[str, ...]
    runs: tuple[Result, ...]
    scenarios: tuple[Scenario, ...]
    contrasts: tuple[Contrast, ...] = ()

    @property
    def n_sims(self) -> int:
        """Number of replications, the same for every scenario."""
        return self.runs[0].n_sims

    @property
    def seed(self) -> int:
        """The seed that they share."""
        return self.runs[0].terms.seed

    @property
    def warnings(self) -> tuple[str, ...]:
        """The contrasts in sentences, each with the variant that it is about."""
        return tuple(f"{each.variant}: {each.sentence}" for each in self.contrasts)

    @property
    def measures(self) -> tuple[str, ...]:
        """What `summary` compares: every named measure and the parts that were kept."""
        return (*MEASURES, *self.runs[0].futures.kept)

    def differences(self, measure: str, variant: str | None = None) -> npt.NDArray[np.float64]:
        """Variant minus baseline in each replication.

        Parameters
        ----------
        measure : str
            As for `Result.array`: ``deals``, ``entered[stage=sql]``, or what was named with ``keep=``.
        variant : str, optional
            Name of the variant; not needed where there is only one.

        Returns
        -------
        float64 array, shape (n_sims,)
            In the unit of the measure; NaN where either future has no such figure.

        Raises
        ------
        ClaimError
            There is no such measure, or the part was not kept.
        ValueError
            There is no such variant, or there are several and none is named.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.load("industrial")
        >>> found = sf.compare(base, base, n_sims=100)
        >>> bool(found.differences("revenue").any())
        False
        """
        run = self.runs[self._index(variant)]
        return difference(self.runs[0].array(measure), run.array(measure), parse_selector(measure).unit)

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """One row a variant and measure: what the change is worth, and how sure that is.

        Parameters
        ----------
        level : float
            Confidence level of all intervals.

        Returns
        -------
        DataFrame
            Columns `variant`, `measure`, `unit`, `direction` (which way is better), `n`; means of both with their mcse;
            `difference` (variant - baseline, the mean), `mcse`, `low`, `high` (its confidence interval); `p10`, `p50`,
            `p90` of the difference and `better`, `equal`, `worse` (shares of the futures), each with `_low` and
            `_high`; `pairing_factor` (how many times the replications an unpaired comparison would need) and its mcse.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.load("industrial")
        >>> summary = sf.compare(base, base, n_sims=100).summary().set_index("measure")
        >>> float(summary.loc["deals", "equal"])
        1.0
        """
        import pandas as pd

        rows = []
        for variant in self.names[1:]:
            for name in self.measures:
                kind = parse_selector(name)
                labels = {"variant": variant, "measure": name, "unit": kind.unit, "direction": kind.better}
                rows.append({**labels, **self.pairs(name, variant, level).figures()})
        return pd.DataFrame(rows)

    def pairs(self, measure: str, variant: str | None = None, level: float = 0.95) -> Pairs:
        """The row of `summary` for one measure of one variant, as a record; arguments and errors as for `differences`.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.load("industrial")
        >>> sf.compare(base, base, n_sims=100).pairs("deals").difference
        0.0
        """
        kind, currency = parse_selector(measure), self.runs[0].terms.currency
        before, after = self.runs[0].array(measure), self.runs[self._index(variant)].array(measure)
        return pairs(before, after, unit=kind.unit, direction=kind.better, currency=currency, level=level)

    def chance(self, claim: str | Claim | None = None, level: float = 0.95) -> Chances:
        """How likely a claim is in each scenario, and what each variant adds to that.

        Parameters
        ----------
        claim : str, optional
            Such as ``deals >= 10``; without it, what the baseline's plan claims first (customers, else revenue).

        Returns
        -------
        Chances
            `.chances`, one a scenario with its Wilson interval, and `.differences`, one a variant with an interval for
            paired futures.

        Raises
        ------
        ClaimError
            The claim cannot be read, or what it names was not measured.
        ValueError
            No claim is given and the baseline's plan has no figure.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.load("industrial")
        >>> sf.compare(base, base, n_sims=100).chance("deals >= 10").differences[0].value
        0.0
        """
        claim = self._plan_claim() if claim is None else parse_claim(claim) if isinstance(claim, str) else claim
        before = self.runs[0].array(str(claim.selector))
        found = []
        for name, run in zip(self.names[1:], self.runs[1:], strict=True):
            after = run.array(str(claim.selector))
            both = ~(np.isnan(before) | np.isnan(after))
            old, new = claim.holds(before[both]), claim.holds(after[both])
            sides = int(np.count_nonzero(new & ~old)), int(np.count_nonzero(old & ~new))
            found.append(ChanceDifference(name, *paired_chance(old, new, level), *sides, len(old), level))
        chances = tuple(run.chance(claim, level) for run in self.runs)
        return Chances(str(claim), self.names, chances, tuple(found))

    def leads_changed(self, n_sims: int | None = None, level: float = 0.95) -> pd.DataFrame:
        """How many leads a future does each variant win that the baseline does not, and the other way round?

        Leads are matched one by one (replication, source, number) over the first replications; a deal counts that is
        won before the horizon. Gained minus lost is the difference in deals, in every replication.

        Parameters
        ----------
        n_sims : int, optional
            Replications to walk again; without it the first 500, or as many of them as have a million leads.

        Returns
        -------
        DataFrame
            A row a variant: `n`; `gained` (won by the variant only), `gained_new` (those that do not even arrive in the
            baseline), `lost` (won by the baseline only), `lost_gone` (those that do not arrive in the variant): means
            per future, each with `_mcse`, `_low`, `_high`.

        Raises
        ------
        ValueError
            `n_sims` is not between 1 and the number of replications compared.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.load("industrial")
        >>> sf.compare(base, base, n_sims=20).leads_changed()[["n", "gained", "lost"]].to_numpy().tolist()
        [[20.0, 0.0, 0.0]]
        """
        import pandas as pd

        rows = []
        for name, found in zip(self.names[1:], self._walked(n_sims), strict=True):
            row: dict[str, Any] = {"variant": name, "n": len(found.gained)}
            for what in _FATES:
                mean, mcse = moments(getattr(found, what).astype(np.float64))
                reach = z_value(level) * mcse
                row |= {what: mean, f"{what}_mcse": mcse, f"{what}_low": mean - reach, f"{what}_high": mean + reach}
            rows.append(row)
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Everything for programs, as plain values that `json.dumps` takes; what is missing or unbounded is None.

        Examples
        --------
        >>> import simfunnel as sf
        >>> base = sf.load("industrial")
        >>> sorted(sf.compare(base, base, n_sims=20).to_json())[:3]
        ['baseline', 'chances', 'currency']
        """
        return machine.to_json(self)

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)

    def _index(self, variant: str | None) -> int:
        if variant is None and len(self.names) == 2:
            return 1
        if variant is None:
            raise ValueError(f"there are several variants; name one of {', '.join(self.names[1:])}")
        if variant not in self.names[1:]:
            raise ValueError(f"there is no variant {variant!r}{nearest(variant, self.names[1:])}")
        return self.names.index(variant, 1)

    def _plan_claim(self) -> Claim:
        claims = plan_claims(self.runs[0])
        if not claims:
            raise ValueError("the baseline's plan has no figure; name a claim such as 'deals >= 10'")
        return parse_claim(claims[0])

    def _walked(self, n_sims: int | None) -> tuple[Fates, ...]:
        if n_sims is None:
            return self._first_walked
        if not 1 <= n_sims <= self.n_sims:
            raise ValueError(f"n_sims is {n_sims}; it must be between 1 and the {self.n_sims:,} replications compared")
        return _fates_of([resolve(scenario) for scenario in self.scenarios], self.seed, n_sims)

    @cached_property
    def _first_walked(self) -> tuple[Fates, ...]:
        """The leads of the first replications, walked again when somebody first asks or prints."""
        resolved = [resolve(scenario) for scenario in self.scenarios]
        return _fates_of(resolved, self.seed, sample_size(tuple(resolved), self.n_sims))


def compare(
    *scenarios: Scenario,
    n_sims: int = 10_000,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    keep: Iterable[str] = (),
    progress: bool | Progress = True,
) -> Comparison:
    """Simulate scenarios in the same futures and say what each variant is worth against the first.

    Parameters
    ----------
    *scenarios
        At least two; the first is the baseline.
    n_sims, seed, workers, executor, keep, progress
        As for `simulate`, the same for every scenario: the same leads meet the same luck in all of them.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        There are fewer than two scenarios, or a setting is out of range.
    TypeError
        Something else than a scenario is given.
    ScenarioError, ClaimError
        As for `simulate`; ``keep`` must name parts that every scenario has.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> found = sf.compare(base, base.change({"stages.sql.neglect": "2%"}, name="SLA"), n_sims=2_000, seed=7)
    >>> found.names[1], round(float(found.differences("deals").mean()))
    ('SLA', 1)
    """
    _check(scenarios)
    names, keep = numbered([scenario.name for scenario in scenarios]), tuple(keep)
    resolved = [resolve(scenario) for scenario in scenarios]
    runs: list[Result] = []
    if keep:  # a part that one scenario lacks is found before the others have been run
        for name, each in zip(names, resolved, strict=True):
            _run(name, each, n_sims=1, seed=seed, keep=keep, progress=False)
    with reporter(progress, n_sims * len(scenarios)) as report, shared(workers, executor) as hands:
        for name, each in zip(names, resolved, strict=True):
            runs.append(
                _run(
                    name, each, n_sims=n_sims, seed=seed, workers=workers, executor=hands, keep=keep,
                    progress=after(len(runs) * n_sims, report),
                )
            )  # fmt: skip
    warnings: list[Contrast] = []
    for name, scenario, run in zip(names[1:], scenarios[1:], runs[1:], strict=True):
        warnings += contrasts(name, (scenarios[0], runs[0].terms), (scenario, run.terms))
    return Comparison(names, tuple(runs), scenarios, tuple(warnings))


def _check(scenarios: tuple[object, ...]) -> None:
    for each in scenarios:
        if not isinstance(each, Scenario):
            raise TypeError(f"compare takes scenarios, as from load(), not {type(each).__name__}")
    if len(scenarios) < 2:
        raise ValueError(f"compare needs at least two scenarios, the baseline first; given {len(scenarios)}")


def _run(name: str, resolved: Resolved, **settings: Any) -> Result:
    try:
        return simulate(resolved, **settings)
    except ClaimError as error:
        raise ClaimError(f"{name}: {error}") from None


def _fates_of(resolved: list[Resolved], seed: int, n_sims: int) -> tuple[Fates, ...]:
    return tuple(fates(resolved[0], variant, seed=seed, n_sims=n_sims) for variant in resolved[1:])
