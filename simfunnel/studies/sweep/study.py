"""What becomes of a scenario when several of its numbers vary at once? `sweep` runs every point on the same futures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from itertools import product
from math import nan
from pathlib import Path

from simfunnel.errors import ScenarioError, StoreError
from simfunnel.levers import find
from simfunnel.progress import Progress, reporter
from simfunnel.scenario import Scenario
from simfunnel.simulation import check_terms, whole
from simfunnel.studies.sweep import folder as folders
from simfunnel.studies.sweep.account import Account
from simfunnel.studies.sweep.definition import Parameter, Sweep
from simfunnel.studies.sweep.jobs import Work
from simfunnel.studies.sweep.parts import Parts
from simfunnel.studies.sweep.record import SweepResult
from simfunnel.studies.sweep.running import Hands, carry_out
from simfunnel.studies.sweep.store import InMemory
from simfunnel.workers import cores

_FULL = (ENOSPC, EDQUOT, EFBIG)


@dataclass(frozen=True)
class Expectation:
    """What a sweep is going to take: points to compute, and seconds as far as the first of them tell."""

    n_points: int
    seconds: float


def sweep(
    scenario: Scenario,
    vary: Mapping[str, Sequence[object]],
    *,
    measures: Sequence[str] = ("deals", "revenue", "roi"),
    n_sims: int = 2_000,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    go_on: Callable[[Expectation], bool] | None = None,
) -> SweepResult:
    """Simulate every point of a grid on the same futures.

    Parameters
    ----------
    out
        Folder that keeps what is computed, part by part. A sweep that is there goes on: what it has is not computed
        again, and of more replications only those that are new.
    workers
        The most processes; default: one a core. ``executor`` takes any `concurrent.futures.Executor` instead: threads,
        ``client.get_executor()`` of a Dask cluster, loky's, mpi4py's. No number depends on who does the work.
    progress
        Show a bar when it takes longer than a second, or call this with points done and to do.
    go_on
        Asked once it is known what the sweep is going to take; where it says no, what has been done is kept.

    Raises
    ------
    StoreError
        The folder holds something else or is full, or another process is at work there.
    SimfunnelError
        The executor has broken.
    KeyboardInterrupt
        Stopped; the text says what is kept.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, neglect: 12.5%}}")
    >>> sf.sweep(base, {"stages.sql.neglect": ["0%", "20%"]}, n_sims=100).sweep.n_points
    2
    """
    parameters = tuple(_parameter(scenario, path) for path in vary)
    texts = tuple(tuple(str(each) for each in row) for row in product(*vary.values()))
    numbers = tuple(tuple(_number(scenario, path, each) for path, each in zip(vary, row, strict=True)) for row in texts)
    wanted = Sweep(
        scenario.name, {scenario.name: scenario}, parameters, texts, numbers, tuple(measures), n_sims, seed
    )  # fmt: skip
    return run(wanted, out=out, workers=workers, executor=executor, progress=progress, go_on=go_on)


def run(
    wanted: Sweep,
    *,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    go_on: Callable[[Expectation], bool] | None = None,
) -> SweepResult:
    """Simulate the points of a sweep; arguments as for `sweep`."""
    most = cores() if workers is None else whole("workers", workers)
    check_terms(wanted.n_sims, wanted.seed, most)
    if out is None:
        memory = InMemory()
        account = _run(wanted, wanted.columns, memory, Hands(most, executor), progress, go_on)
        return SweepResult(wanted, memory, account)
    folder = Path(out)
    with _said_if_full(folder), folders.opened(folder, wanted) as there:
        hands = Hands(most, executor)
        account = _run(wanted, there.manifest.columns, there.store, hands, progress, go_on, folder)
    return SweepResult(wanted, there.store, account.noting(there.notes))


def _run(
    wanted: Sweep,
    columns: tuple[str, ...],
    store: Parts | InMemory,
    hands: Hands,
    progress: bool | Progress,
    go_on: Callable[[Expectation], bool] | None,
    folder: Path | None = None,
) -> Account:
    work = Work(wanted, columns, store)
    to_ask = [] if go_on is None else [go_on]

    def told() -> None:
        report(int(wanted.n_points - work.n_points))
        if to_ask and work.is_measured:
            expected = Expectation(len(work.points), work.seconds / hands.most)
            if not to_ask.pop()(expected):
                raise KeyboardInterrupt

    with reporter(progress, wanted.n_points, "points", wanted.n_points - len(work.points)) as report:
        try:
            carry_out(work, store, hands, told)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_stopped(wanted, store, folder)) from None
    failed = sum(store.failure(point) is not None for point in range(wanted.n_points))
    computed = len(work.points)
    return Account(wanted.n_points, wanted.n_points - computed, computed, failed, _deaths(hands.deaths))


def _stopped(wanted: Sweep, store: Parts | InMemory, folder: Path | None) -> str:
    if folder is None:
        return "interrupted: nothing is kept; with a folder a sweep goes on where it was stopped"
    return f"interrupted: {_kept(wanted, store)} are kept in {folder}; the same command goes on"


def _kept(wanted: Sweep, store: Parts | InMemory) -> str:
    whole = sum(store.n_sims(point) >= (1 if wanted.precision else wanted.n_sims) for point in range(wanted.n_points))
    return f"{whole:,} of {wanted.n_points:,} points"


def _deaths(times: int) -> tuple[str, ...]:
    return () if not times else (f"processes died {times} times and were replaced; no number depends on it",)


@contextmanager
def _said_if_full(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        said = f"{folder}: there is no room left ({error.strerror}). What is whole is kept"
        raise StoreError(f"{said}; make room, and the same command goes on") from error


def _parameter(scenario: Scenario, path: str) -> Parameter:
    try:
        lever = find(scenario, path)
    except ScenarioError:
        return Parameter(path, "words")
    return Parameter(path, lever.unit, lever.scale, lever.suffix, lever.currency)


def _number(scenario: Scenario, path: str, text: str) -> float:
    try:
        return find(scenario, path).read(text)
    except ValueError:
        return nan
