"""What came of an allocation: the split, what it gains, how flat and how sure that is, and what stands in its way?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simfunnel.results.machine import plain_values
from simfunnel.scenario import Scenario
from simfunnel.studies.allocation import wording
from simfunnel.studies.allocation.goal import Gain, Goal
from simfunnel.studies.allocation.moves import Moves

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Piece:
    """One part of what is allocated. Amounts are money, people at their pay over the horizon; or shares of one.

    Attributes
    ----------
    path, name : str
    is_whole : bool
        Whether it comes in heads, each of which is worth `price`.
    before, after, tried : float
        Amount at the start, in the end, and at the best split that the search found (the same as `after` where that
        held in fresh futures).
    flat_least, flat_most : float
        How far it may go, the others giving or taking in proportion, without losing more than the tolerance; missing
        (NaN) of what comes in heads or stands still. Nothing further than 30 % of the total was looked at.
    flat_error : float
        Monte Carlo error of the losses that this was read from, the largest.
    marginal, marginal_mcse : float
        What a unit of money more brings there, beyond the total, on average over the `step` that was tried; its error.
    step : float
        A twentieth of the total, or the pay of one person.
    binds : str
        Its own limit where it has reached one; else empty.
    """

    path: str
    name: str
    is_whole: bool
    price: float
    before: float
    after: float
    tried: float
    flat_least: float
    flat_most: float
    flat_error: float
    marginal: float
    marginal_mcse: float
    step: float
    binds: str

    @property
    def change(self) -> float:
        """Amount that it has more in the end."""
        return self.after - self.before


@dataclass(frozen=True, repr=False, eq=False)
class Allocation:
    """How what there is to spend is best split.

    Attributes
    ----------
    name, maximise : str
        Of the scenario, and what was maximised.
    total : float
        What everything that moves adds up to: money, or 1 for shares of sectors.
    pieces : tuple of Piece
    has_moved : bool
        Whether another split beats the start in fresh futures beyond its error; if not, the start is the answer.
    gain, fresh : Gain
        What the best split that was found has more than the start, in the futures of the search and in fresh ones.
    binding : tuple of str
        Rules without room at the answer.
    rules : tuple of str
        All that were given.
    starts_at_present : bool
        Whether the present split keeps the rules (it is scaled to the total); if not, the start is what keeps them with
        least moved.
    is_single : bool
        Whether the rules leave one split only.
    tolerance : float
        The loss up to which a split counts as hardly worse: one point of a chance or return; 1 % of anything else, or
        its own error where that is more.
    looks, runs, futures, grid_runs : int
        Splits looked at, the runs of the engine that took, their futures, and the runs that a plain grid in steps of
        1 % would take. Where only leads move that do not meet in a queue, all looks are read off one run.
    settings : dict of str to str
        Path to what one writes there.
    scenario : Scenario
        With the answer.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nstages: {sql: {conversion: 25%}}\\nsources:\\n"
    ...                 "  a: {enters: sql, budget: 5k, cost_per_lead: 100}\\n"
    ...                 "  b: {enters: sql, budget: 5k, cost_per_lead: 200}")
    >>> found = sf.allocate(base, maximise="deals >= 20", n_sims=1_000, seed=7, progress=False)
    >>> found.has_moved, found.after["sources.a.budget"] > 9_000
    (True, True)
    """

    name: str
    maximise: str
    total: float
    pieces: tuple[Piece, ...]
    has_moved: bool
    gain: Gain
    fresh: Gain
    binding: tuple[str, ...]
    rules: tuple[str, ...]
    starts_at_present: bool
    is_single: bool
    tolerance: float
    looks: int
    runs: int
    futures: int
    grid_runs: int
    n_sims: int
    seed: int
    fresh_seed: int
    level: float
    settings: dict[str, str]
    scenario: Scenario
    goal: Goal
    moves: Moves

    @property
    def before(self) -> dict[str, float]:
        """Path to what stood there at the start: money, heads, shares of one."""
        return self._values("before")

    @property
    def after(self) -> dict[str, float]:
        """Path to what stands there in the end: money, heads, shares of one."""
        return self._values("after")

    @property
    def optimism(self) -> float:
        """How much more the search saw than fresh futures bring: what the best of many looks owes to luck."""
        return self.gain.value - self.fresh.value

    @property
    def is_new(self) -> bool:
        """Whether the answer is another split than the scenario's own: something moved, or another start was needed."""
        return self.has_moved or self.moves.scenario.change(self.settings) != self.moves.scenario.change({})

    @property
    def set_lines(self) -> list[str]:
        """Options for the command line that write the answer: `--set sources.fair.budget=20000`."""
        from shlex import quote

        return [f"--set {quote(f'{path}={text}')}" for path, text in self.settings.items()]

    def to_frame(self) -> pd.DataFrame:
        """A row a part: before and after, what a further unit of money would bring, and how flat the optimum is.

        Returns
        -------
        DataFrame
            Columns `part`, `path`, `before`, `after`, `change` (amounts: money, or shares of one), `share_before`,
            `share_after` (of the total), `value_before`, `value_after` (as written there: heads, shares of the budget),
            `marginal` (what a unit of money more brings on average over the next `step`) and `marginal_mcse`,
            `flat_least`, `flat_most`, `flat_error`, `binds`.
        """
        import pandas as pd

        return pd.DataFrame([self._row(piece) for piece in self.pieces])

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        plain = (
            "name", "maximise", "total", "has_moved", "optimism", "before", "after", "settings", "binding", "rules",
            "starts_at_present", "is_single", "tolerance", "looks", "runs", "futures", "grid_runs", "n_sims", "seed",
            "fresh_seed", "level",
        )  # fmt: skip
        found: dict[str, Any] = plain_values(
            {
                **{name: getattr(self, name) for name in plain},
                "unit": self.goal.unit,
                "gain": asdict(self.gain),
                "fresh": asdict(self.fresh),
                "parts": self.to_frame().to_dict("records"),
                "sentence": wording.sentence(self),
            }
        )
        return found

    def _values(self, when: str) -> dict[str, float]:
        return self.moves.values(np.array([getattr(piece, when) for piece in self.pieces]))

    def _row(self, piece: Piece) -> dict[str, Any]:
        return {
            "part": piece.name, "path": piece.path, "before": piece.before, "after": piece.after,
            "change": piece.change, "share_before": piece.before / self.total, "share_after": piece.after / self.total,
            "value_before": self.before[piece.path], "value_after": self.after[piece.path],
            "marginal": piece.marginal, "marginal_mcse": piece.marginal_mcse, "step": piece.step,
            "flat_least": piece.flat_least, "flat_most": piece.flat_most, "flat_error": piece.flat_error,
            "binds": piece.binds,
        }  # fmt: skip

    def __repr__(self) -> str:
        return wording.as_text(self)

    def _repr_html_(self) -> str:
        return wording.as_html(self)
