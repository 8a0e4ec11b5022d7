"""What came of a study of information: which plan is best now, and what each input is worth to know?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import nan
from typing import TYPE_CHECKING, Any

from simfunnel.results.machine import plain_values
from simfunnel.studies.information import wording
from simfunnel.studies.information.estimate import Worth

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Option:
    """One of the plans between which is decided.

    Attributes
    ----------
    name : str
    mean, mcse, low, high : float
        The measure on average, its Monte Carlo error and its confidence interval.
    best_share, best_low, best_high : float
        In what share of the futures it would be the best choice if every input were known, with its confidence
        interval.
    """

    name: str
    mean: float
    mcse: float
    low: float
    high: float
    best_share: float
    best_low: float
    best_high: float


@dataclass(frozen=True)
class InputWorth(Worth):
    """What it is worth to know one uncertain input.

    Attributes
    ----------
    path, words : str
        Its key path, and in words.
    plans : tuple of str
        The plans in which it is uncertain.
    changes, changes_low, changes_high : float
        In what share of the futures knowing it would change the choice, with its confidence interval.
    """

    path: str
    words: str
    plans: tuple[str, ...]
    changes: float
    changes_low: float
    changes_high: float


@dataclass(frozen=True, repr=False)
class ValueOfInformation:
    """What it is worth to know more before deciding, in money.

    Information is about inputs (ignorance). Each lead's own luck, drift and numbers of arrivals are chance: no research
    removes them, and nothing here counts knowing them, but for `foresight`.

    Attributes
    ----------
    names : tuple of str
        Of the plans; a single one is set against not doing it.
    options : tuple of Option
    best : str
        The option that is best on average as things stand.
    lead, lead_mcse : float
        By how much it is better than the next.
    inputs : tuple of InputWorth
        The most valuable first.
    all_inputs : Worth
        Of knowing every uncertain input (the EVPI): no research can be worth more.
    foresight : Worth
        Of knowing luck as well, which nobody can: the rest is chance.
    measure, currency : str
    n : int
        Futures that have the measure in every plan.
    n_sims, seed : int
    level : float
        Confidence level of all intervals.
    correlated : bool
        Whether inputs move together, so that what is learnt of one tells of others.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... deal_value: 1_000
    ... sources: {inbound: {enters: sql, leads: 100, cost: "uniform(low=10k, high=50k)"}}
    ... stages: {sql: {conversion: "beta(mean=25%, n=40)"}}
    ... ''')
    >>> found = sf.value_of_information(base, n_sims=2_000, seed=7)
    >>> found.to_frame()["path"].tolist()
    ['sources.inbound.cost', 'stages.sql.conversion']
    >>> found.all_inputs.value >= found.inputs[0].value > 0
    True
    """

    names: tuple[str, ...]
    options: tuple[Option, ...]
    best: str
    lead: float
    lead_mcse: float
    inputs: tuple[InputWorth, ...]
    all_inputs: Worth
    foresight: Worth
    measure: str
    currency: str
    n: int
    n_sims: int
    seed: int
    level: float
    correlated: bool = False

    @property
    def is_go(self) -> bool:
        """Whether the decision is to do one plan or not."""
        return len(self.names) == 1

    def share(self, one: InputWorth) -> float:
        """What an input is worth as a share of what all together are; missing (NaN) where that is nothing."""
        return one.value / self.all_inputs.value if self.all_inputs.value > 0 else nan

    def to_frame(self) -> pd.DataFrame:
        """A row an uncertain input, the most valuable first.

        Returns
        -------
        DataFrame
            Columns `path`, `words`, `evppi` (the expected value of partial perfect information, in currency units),
            `mcse`, `low`, `high` (its confidence interval), `share` (of what all inputs together are worth; the shares
            need not add up to 1), `changes`, `changes_low`, `changes_high` (share of the futures in which knowing it
            changes the choice, with its confidence interval) and `plans` (those in which it is uncertain).
        """
        import pandas as pd

        rows = [
            {
                "path": one.path, "words": one.words, "evppi": one.value, "mcse": one.mcse, "low": one.low,
                "high": one.high, "share": self.share(one), "changes": one.changes, "changes_low": one.changes_low,
                "changes_high": one.changes_high, "plans": ", ".join(one.plans),
            }
            for one in self.inputs
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        plain = (
            "names",
            "best",
            "lead",
            "lead_mcse",
            "measure",
            "currency",
            "n",
            "n_sims",
            "seed",
            "level",
            "correlated",
        )
        found: dict[str, Any] = plain_values(
            {
                **{name: getattr(self, name) for name in plain},
                "options": [asdict(option) for option in self.options],
                "all_inputs": asdict(self.all_inputs),
                "foresight": asdict(self.foresight),
                "inputs": [{**asdict(one), "share": self.share(one)} for one in self.inputs],
                "sentence": wording.sentence(self),
            }
        )
        return found

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)
