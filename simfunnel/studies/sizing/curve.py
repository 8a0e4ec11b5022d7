"""What is the chance of the target at a value of the lever? All values meet the very same futures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from math import inf, sqrt

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim
from simfunnel.levers import Lever
from simfunnel.one_run import OneRun, Reading, TooManySalesError, is_readable
from simfunnel.progress import Progress, reporter
from simfunnel.results import Chance, Result
from simfunnel.results.intervals import z_value
from simfunnel.scenario import Scenario
from simfunnel.simulation import simulate
from simfunnel.studies.sizing.volumes import movers

Array = npt.NDArray[np.bool_]

#: Runs that a sizing takes as a rule where each value is one, and where one run is read; a bar of progress is as long.
USUAL_RUNS, USUAL_READ = 30, 2
PILOT = 1_000  # futures that tell about how large a run must be, where there are many times more


@dataclass(frozen=True)
class Look:
    """The same futures at one value of the lever.

    Attributes
    ----------
    value : float
    chance : Chance
        Of the target.
    mean, cost : float
        Mean of the target's measure over the futures that have it, and mean cost.
    holds, known : bool arrays, shape (n_sims,)
        In which futures the target is reached, and which have the figure at all.
    """

    value: float
    chance: Chance
    mean: float
    cost: float
    holds: Array
    known: Array


class Curve:
    """Chance of a target against a lever; every value is looked at once and remembered.

    Where the lever does nothing but bring leads that do not meet in a queue, values are read off one run that has as
    many as the greatest of them; else each is a run.

    Attributes
    ----------
    up_to : float
        The highest chance that will be asked for, as far as that is known.
    runs : int
        Of the engine, pilots included.
    extent : float or None
        The greatest value that can be read off a run; None where there is no such run.
    """

    def __init__(
        self, scenario: Scenario, lever: Lever, claim: Claim, *, n_sims: int, seed: int, level: float,
        workers: int | None, executor: Executor | None, up_to: float = 0.95,
    ) -> None:  # fmt: skip
        self.scenario, self.lever, self.claim = scenario, lever, claim
        self.n_sims, self.seed, self.level, self.up_to = n_sims, seed, level, up_to
        self._workers, self._executor = workers, executor
        self._looks: dict[float, Look] = {}
        self._report: Callable[[int], None] = lambda done: None
        self.runs = 0
        self._moving = movers(scenario, lever) if is_readable(scenario, claim.selector) else ()
        self._held: OneRun | None = None
        self.extent: float | None = None
        self._too_much = inf  # a value of which a run cannot be kept

    @contextmanager
    def reporting(self, progress: bool | Progress) -> Iterator[None]:
        """Show how far it is while this lasts; how many runs are needed is known only as a rule."""
        most = (USUAL_READ if self._moving else USUAL_RUNS) * self.n_sims
        with reporter(progress, most) as report:
            self._report = lambda done: report(min(done, most))
            yield
            report(most)

    @property
    def looks(self) -> list[Look]:
        """Every value looked at so far, the least first."""
        return [self._looks[value] for value in sorted(self._looks)]

    def at(self, value: float) -> Look:
        """The look at a value."""
        if value not in self._looks:
            reading = self._read(value) or self._simulated(value)
            figures, chance = reading.figures, Chance.of(self.claim, reading.figures, self.level)
            known = ~np.isnan(figures)
            mean = float(figures[known].mean()) if known.any() else 0.0
            self._looks[value] = Look(value, chance, mean, reading.cost, self.claim.holds(figures), known)
        return self._looks[value]

    @property
    def fresh_seed(self) -> int:
        """Of other futures, in which a value that was found is tried."""
        digest = blake2b(f"fresh futures beside those of seed {self.seed}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big")

    def fresh(self, value: float) -> Result:
        """A run of other futures at a value."""
        return self.run(value, self.fresh_seed)

    def afresh(self, value: float) -> tuple[Chance, int]:
        """The chance at a value in other futures, and their seed."""
        return self.fresh(value).chance(self.claim, self.level), self.fresh_seed

    def pilot(self) -> Curve | None:
        """The same with so few futures that it costs little; None where that is nothing to save."""
        if not self._moving or self._held is not None or self.n_sims < 4 * PILOT:
            return None
        return Curve(
            self.scenario, self.lever, self.claim, n_sims=PILOT, seed=self.seed, level=self.level, workers=1,
            executor=None, up_to=self.up_to,
        )  # fmt: skip

    def hold(self, value: float) -> None:
        """Have a run that can be read up to this value, where runs can be read at all and their sales be kept."""
        if not self._moving or (self.extent is not None and value <= self.extent) or value >= self._too_much:
            return
        try:
            self._held = OneRun(
                self.lever.moved(self.scenario, value), self._moving, n_sims=self.n_sims, seed=self.seed,
                workers=self._workers, executor=self._executor, report=self._progress(),
            )  # fmt: skip
        except TooManySalesError:
            self._too_much = value
        else:
            self.extent = value

    def run(self, value: float, seed: int) -> Result:
        """A whole run at a value."""
        selector, told = self.claim.selector, self._progress()
        return simulate(
            self.lever.moved(self.scenario, value), n_sims=self.n_sims, seed=seed, workers=self._workers,
            executor=self._executor, keep=(str(selector),) if selector.where and "period" not in dict(selector.where)
            else (), progress=lambda done, _: told(done),
        )  # fmt: skip

    def _read(self, value: float) -> Reading | None:
        """What a run of at least as many leads says about a value."""
        self.hold(value)
        if self._held is None:
            return None
        return self._held.at(self.lever.moved(self.scenario, value), self.claim.selector)

    def _simulated(self, value: float) -> Reading:
        run = self.run(value, self.seed)
        return Reading(run.array(str(self.claim.selector)), float(run.array("cost").mean()))

    def _progress(self) -> Callable[[int], None]:
        """Count one more run, and what tells how far it is."""
        before = self.runs * self.n_sims
        self.runs += 1
        return lambda done: self._report(before + done)


def gain(one: Look, other: Look) -> tuple[float, float]:
    """How much likelier the target is at the other value, future by future, and its Monte Carlo error."""
    both = one.known & other.known
    n = int(both.sum())
    if n == 0:
        return 0.0, 0.0
    up = int(np.count_nonzero(other.holds[both] & ~one.holds[both]))
    down = int(np.count_nonzero(one.holds[both] & ~other.holds[both]))
    change = (up - down) / n
    # one discordant future is added, so that few of them are not taken for certainty
    return change, sqrt(max((up + down + 1) / n - change * change, 0.0) / n)


def directions(looks: list[Look], level: float) -> tuple[bool, bool]:
    """Whether the chance rises anywhere, and whether it falls anywhere, beyond the errors of all pairs together."""
    pairs = [gain(one, other) for one, other in combinations(looks, 2)]
    z = z_value(1 - (1 - level) / max(len(pairs), 1))
    return any(up > z * error for up, error in pairs), any(up < -z * error for up, error in pairs)
