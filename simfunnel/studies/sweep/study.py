"""What becomes of a scenario when several of its numbers vary at once? `sweep` runs every point on the same futures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

import numpy as np

from simfunnel.errors import StoreError
from simfunnel.progress import Progress, reporter
from simfunnel.scenario import Scenario
from simfunnel.simulation import check_terms, machine_memory, whole
from simfunnel.studies.sweep import folder as folders
from simfunnel.studies.sweep import manifest
from simfunnel.studies.sweep.account import Account
from simfunnel.studies.sweep.checking import refuse_impossible
from simfunnel.studies.sweep.defining import define
from simfunnel.studies.sweep.definition import Precision, Sweep
from simfunnel.studies.sweep.hands import Hands
from simfunnel.studies.sweep.jobs import Work
from simfunnel.studies.sweep.parts import Parts
from simfunnel.studies.sweep.record import SweepResult
from simfunnel.studies.sweep.running import carry_out
from simfunnel.studies.sweep.store import InMemory
from simfunnel.workers import cores

_FULL = (ENOSPC, EDQUOT, EFBIG)


@dataclass(frozen=True)
class Expectation:
    """What a sweep is going to take: points to compute, and seconds as far as the first of them tell."""

    n_points: int
    seconds: float


def sweep(
    source: str | Path | Sweep | Scenario | Sequence[Scenario] | Mapping[str, Scenario],
    vary: Mapping[str, object] | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
    zip: Sequence[Mapping[str, object]] | Mapping[str, object] | None = None,
    design: str | None = None,
    points: int | None = None,
    measures: Sequence[str] | None = None,
    n_sims: int | None = None,
    precision: Precision | Mapping[str, object] | None = None,
    seed: int | None = None,
    set: Mapping[str, object] | None = None,
    impossible: str | None = None,
    name: str | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    go_on: Callable[[Expectation], bool] | None = None,
) -> SweepResult:
    """Simulate every point of a sweep on the same futures.

    Parameters
    ----------
    source
        Path of a sweep file; or a scenario (or several, which are compared at every point) of which ``vary`` says what
        varies.
    vary
        Key path to a list of values, written as in a scenario file, or to a text such as
        ``"linspace(from=0%, to=30%, points=7)"`` or ``"beta(mean=25%, n=40)"``.
    out
        Folder that keeps what is computed, part by part. A sweep that is there goes on: what it has is not computed
        again, and of more replications only those that are new.
    zip, design, points, measures, n_sims, precision, seed, set, impossible, name
        As the keys of a sweep file (docs/sweeps.md); they replace those of the file (of ``set``, path by path).
    workers
        The most processes; default: one a core. ``executor`` takes any `concurrent.futures.Executor` instead: threads,
        ``client.get_executor()`` of a Dask cluster, loky's, mpi4py's. No number depends on who does the work.
    progress
        Show a bar when it takes longer than a second, or call this with points done and to do.
    go_on
        Asked once it is known what the sweep is going to take; where it says no, what has been done is kept.

    Returns
    -------
    SweepResult

    Raises
    ------
    ScenarioError
        The sweep has faults: every one found, each with its file and line.
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
    >>> found = sf.sweep(base, {"stages.sql.neglect": ["0%", "20%"]}, n_sims=100)
    >>> str(found.account)
    '2 points: 0 reused, 2 computed'
    """
    wanted = define(
        source, vary, zip=zip, design=design, points=points, measures=measures, n_sims=n_sims, precision=precision,
        seed=seed, set=set, impossible=impossible, name=name,
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
    notes = _tried(wanted, out)
    if out is None:
        _check_memory(wanted)
        memory = InMemory()
        account = _run(wanted, wanted.columns, memory, Hands(most, executor), progress, go_on)
        return SweepResult(wanted, memory, account.noting(notes))
    folder = Path(out)
    with said_if_full(folder), folders.opened(folder, wanted) as there:
        hands = Hands(most, executor)
        account = _run(wanted, there.manifest.columns, there.store, hands, progress, go_on, folder)
    return SweepResult(wanted, there.store, account.noting((*notes, *there.notes)))


def _check_memory(wanted: Sweep) -> None:
    """Refuse what this machine's memory cannot hold; on a disk there is room."""
    needed = wanted.n_points * wanted.n_sims * len(wanted.columns) * np.float64().nbytes
    there = machine_memory()
    if there is not None and needed > there / 2:
        sizes = f"{needed / 2**30:.1f} GiB of memory, this machine has {there / 2**30:.1f}"
        raise ValueError(f"{wanted.size_words} would take {sizes}; keep them in a folder: out= (--out DIR)")


def _tried(wanted: Sweep, out: str | os.PathLike[str] | None) -> tuple[str, ...]:
    """Refuse points that cannot be, before anything runs; of a sweep that goes on that was done when it began."""
    if out is not None and manifest.is_in(Path(out)):
        return ()
    tried = refuse_impossible(wanted)
    return () if tried.is_whole else (tried.words(wanted),)


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
    extended = sum(store.n_sims(point) > 0 for point in work.points)
    to_ask = [] if go_on is None else [go_on]

    def told() -> None:
        if to_ask and work.is_measured:
            expected = Expectation(len(work.points), work.seconds / hands.most)
            if not to_ask.pop()(expected):
                raise KeyboardInterrupt
        if not to_ask:  # a question must not stand in the middle of a bar
            report(int(wanted.n_points - work.n_points))

    with reporter(progress, wanted.n_points, "points", wanted.n_points - len(work.points)) as report:
        try:
            carry_out(work, store, hands, told)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_stopped(wanted, store, folder)) from None
    failed = sum(store.failure(point) is not None for point in range(wanted.n_points))
    reused = wanted.n_points - len(work.points)
    notes = (*_deaths(hands.deaths), *hands.notes)
    return Account(wanted.n_points, reused, extended, len(work.points) - extended, failed, notes)


def _stopped(wanted: Sweep, store: Parts | InMemory, folder: Path | None) -> str:
    if folder is None:
        return "interrupted: nothing is kept; with a folder a sweep goes on where it was stopped"
    return f"interrupted: {_kept(wanted, store)} are kept in {folder}; the same command goes on"


def _kept(wanted: Sweep, store: Parts | InMemory) -> str:
    there = [store.n_sims(point) for point in range(wanted.n_points)]
    n_whole = sum(n >= (1 if wanted.precision else wanted.n_sims) for n in there)
    begun = sum(n > 0 for n in there) - n_whole
    return f"{n_whole:,} of {wanted.n_points:,} points{f' and parts of {begun:,} more' if begun else ''}"


def _deaths(times: int) -> tuple[str, ...]:
    if not times:
        return ()
    said = "a process died and was" if times == 1 else f"processes died {times} times and were"
    return (f"{said} replaced; no number depends on it",)


@contextmanager
def said_if_full(folder: Path) -> Iterator[None]:
    """Say it in words where a folder's disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        said = f"{folder}: there is no room left ({error.strerror}). What is whole is kept"
        raise StoreError(f"{said}; make room, and the same command goes on") from error
