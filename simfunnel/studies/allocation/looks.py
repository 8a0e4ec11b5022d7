"""What comes of an allocation? All of them meet the very same futures.

Where nothing moves but money that brings leads, and the leads do not meet in a queue, every allocation is read off one
run in which each source has the most that it may get. Elsewhere each is a run, with a sixteenth of the futures while
the search is coarse and a quarter while it is fine; all of them see the start and the winner only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from math import isnan

import numpy as np
import numpy.typing as npt

from simfunnel.errors import ScenarioError
from simfunnel.one_run import OneRun, is_readable
from simfunnel.progress import Progress, after, reporter
from simfunnel.resolved import resolve
from simfunnel.results import Result
from simfunnel.scenario import Scenario
from simfunnel.simulation import simulate
from simfunnel.studies.allocation.goal import Gain, Goal
from simfunnel.studies.allocation.region import Region
from simfunnel.workers import shared

Array = npt.NDArray[np.float64]

_COARSE, _FEWEST = 16, 500  # a coarse look takes this part of the futures, and no fewer than these
_FINE, _FEWEST_FINE = 4, 1_000  # and a fine one
_RUNS = 4  # of all futures, where looks are runs: the start and the winner, in those of the search and in fresh ones
MORE = 0.05  # of the total: how much further money is tried at each part
_READ = 3  # runs where looks are read: the one, and two in fresh futures
_SAVES = 0.7  # a run that holds all allocations may cost this part of what single runs would


@dataclass(frozen=True)
class Look:
    """What futures brought at one allocation.

    Attributes
    ----------
    amounts : float64 array, shape (n_parts,)
    figures : float64 array, shape (n_sims,)
        The measure of the goal in each future; NaN where it has none.
    """

    amounts: Array
    figures: Array


class Looks:
    """Looks at allocations, at each once, and counts what that takes.

    Attributes
    ----------
    n_coarse, n_fine : int
        Futures of a coarse and a fine look; all of them where looks are read off one run.
    runs, futures, taken : int
        Runs of the engine, the futures of all of them, and looks taken.
    """

    def __init__(
        self, region: Region, goal: Goal, *, n_sims: int, seed: int, level: float, workers: int | None,
        executor: Executor | None,
    ) -> None:  # fmt: skip
        self.region, self.moves, self.goal = region, region.moves, goal
        self.n_sims, self.seed, self.level = n_sims, seed, level
        self.n_coarse = min(n_sims, max(_FEWEST, n_sims // _COARSE))
        self.n_fine = min(n_sims, max(_FEWEST_FINE, n_sims // _FINE))
        self._workers, self._given = workers, executor
        self._executor: Executor | None = executor
        self._looks: dict[tuple[float, ...], Look] = {}
        self._report: Callable[[int], None] = lambda done: None
        self._held: OneRun | None = None
        self.runs, self.futures, self.taken, self._expected = 0, 0, 0, 0

    @contextmanager
    def reporting(self, progress: bool | Progress, looks: tuple[int, int]) -> Iterator[None]:
        """Show how far it is while this lasts; how many coarse and fine looks are needed is known only as a rule."""
        self._expected = looks[0] * self.n_coarse + looks[1] * self.n_fine + _RUNS * self.n_sims
        whole = self._whole()
        most = self._expected if whole is None else _READ * self.n_sims
        with reporter(progress, most) as report, shared(self._workers, self._given) as self._executor:
            self._report = lambda done: report(min(done, most))
            if whole is not None:
                self._hold(whole)
            yield
            report(most)

    @property
    def is_cheap(self) -> bool:
        """Whether looks are read off one run."""
        return self._held is not None

    def coarse(self, amounts: Array) -> Look:
        """The first futures at an allocation, more of them where more are known."""
        return self._at(amounts, self.n_coarse)

    def fine(self, amounts: Array) -> Look:
        """More of the first futures at an allocation, for what is close."""
        return self._at(amounts, self.n_fine)

    def full(self, amounts: Array) -> Look:
        """All futures at an allocation."""
        return self._at(amounts, self.n_sims)

    def rounded(self, amounts: Array) -> Array:
        """Round amounts where the rules allow them, else as little rounded as the rules ask for."""
        grains = [max(grain, self.moves.cent) for grain in self.moves.grain / np.array([1.0, 1e3, 1e7])]
        tried = (self.moves.rounded(amounts, grain) for grain in grains)
        return next((each for each in tried if self.region.holds(each)), self.moves.rounded(amounts, grains[-1]))

    def value(self, look: Look, n: int | None = None) -> float:
        """What the search goes by over the first futures of a look; worst of all where none has the figure."""
        found = self.goal.guide(look.figures[: n or self.n_coarse])
        return -np.inf if isnan(found) else found

    def gain(self, before: Look, after: Look) -> Gain:
        """What one look has more than another, over the futures that both have."""
        n = min(len(before.figures), len(after.figures))
        return self.goal.gain(before.figures[:n], after.figures[:n], self.level)

    def known(self) -> list[Look]:
        """Every look so far."""
        return [*self._looks.values()]

    @property
    def fresh_seed(self) -> int:
        """Of futures that no search has seen."""
        digest = blake2b(
            f"futures that no allocation has seen, beside those of seed {self.seed}".encode(), digest_size=6
        )
        return int.from_bytes(digest.digest(), "big")

    def afresh(self, amounts: Array) -> Array:
        """The measure in as many fresh futures, shape (n_sims,)."""
        return self._figures(self._run(self.moves.moved(self.rounded(amounts)), self.n_sims, self.fresh_seed))

    def beside(self, settings: dict[str, str], n: int) -> Array:
        """The measure in the first futures where other values are written, which need not add up to the total."""
        return self._look(self.moves.scenario.change(settings, name="beside"), n)

    def _at(self, amounts: Array, n: int) -> Look:
        key = tuple(self.rounded(amounts).tolist())
        known = self._looks.get(key)
        if known is None or len(known.figures) < n:
            self._looks[key] = Look(np.array(key), self._look(self.moves.moved(np.array(key)), n))
        return self._looks[key]

    def _look(self, scenario: Scenario, n: int) -> Array:
        """The measure in the first futures, read where it can be."""
        self.taken += 1
        reading = None if self._held is None else self._held.at(scenario, self.goal.selector)
        return self._figures(self._run(scenario, n, self.seed)) if reading is None else reading.figures[:n]

    def _whole(self) -> Scenario | None:
        """A scenario whose run holds every allocation, and a little more; None where there is none, or it costs more
        than it saves."""
        moves = self.moves
        if moves.whole.any() or not moves.can_grow or not is_readable(moves.scenario, self.goal.selector):
            return None
        try:
            whole = moves.moved(self.region.tops + MORE * moves.total)
        except ScenarioError:  # more leads than a run may have
            return None
        times = resolve(whole).leads / max(resolve(moves.scenario).leads, 1e-9)
        return whole if times * self.n_sims < self._expected * _SAVES else None

    def _hold(self, whole: Scenario) -> None:
        self._held = OneRun(
            whole, [part.name for part in self.moves.parts], n_sims=self.n_sims, seed=self.seed, workers=self._workers,
            executor=self._executor, report=lambda done: self._report(done),
        )  # fmt: skip
        self.n_coarse = self.n_fine = self.n_sims
        self.runs, self.futures = 1, self.n_sims

    def _figures(self, run: Result) -> Array:
        return np.asarray(run.array(str(self.goal.selector)), dtype=np.float64)

    def _run(self, scenario: Scenario, n: int, seed: int) -> Result:
        before, selector = self.futures, self.goal.selector
        run = simulate(
            scenario, n_sims=n, seed=seed, workers=self._workers, executor=self._executor,
            keep=(str(selector),) if selector.where else (), progress=after(before, self._report),
        )  # fmt: skip
        self.runs += 1
        self.futures += n
        return run
