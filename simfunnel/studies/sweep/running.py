"""Who does the jobs of a sweep, and what if somebody dies over one?"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import replace
from typing import Any, Protocol

from simfunnel import workers
from simfunnel.errors import SimfunnelError
from simfunnel.studies.sweep.jobs import Done, Job, Work, do, reason
from simfunnel.studies.sweep.store import Piece
from simfunnel.workers import cores, hand, stop

_MOST_TROUBLES = 8  # jobs in a row that come to nothing, before it is no point's fault
_DIED = "its process died, perhaps for want of memory"


class Writable(Protocol):
    """What takes the futures of points."""

    def take(self, pieces: Sequence[Piece]) -> None:
        """Take what a worker brings."""
        ...


class Here(Executor):
    """Does all work at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Hands:
    """Who does the jobs: never more of them begun, and not yet fetched and written, than there are workers.

    Parameters
    ----------
    most
        The most processes of our own, which start once `begin` says that they pay. A daemonic process may have none.
    executor
        Does all the work instead, and stays open.

    Attributes
    ----------
    n : int
        Workers there are.
    deaths : int
        Times that processes of our own had to be replaced.
    """

    def __init__(self, most: int, executor: Executor | None = None) -> None:
        self._given = executor
        self._most = 1 if multiprocessing.current_process().daemon else min(most, workers.MOST_PROCESSES)
        self._pool: Executor = executor or Here()
        self.n = self.most if executor is not None else 1
        self.deaths = 0
        self._busy: dict[Future[Done], Job] = {}

    @property
    def most(self) -> int:
        """Workers there may be."""
        return self._most if self._given is None else _size(self._given, self._most)

    @property
    def is_busy(self) -> bool:
        """Whether anything is begun."""
        return bool(self._busy)

    @property
    def is_full(self) -> bool:
        """Whether nobody is free; a job of which processes have died is done alone."""
        alone = any(job.deaths > 1 for job in self._busy.values())
        return alone or len(self._busy) >= self.n

    def begin(self) -> None:
        """Start processes of our own, where more than one may be and nobody else does the work."""
        if isinstance(self._pool, Here) and self._most > 1:
            self._pool, self.n = workers.processes(self._most), self._most

    def give(self, work: Work, job: Job) -> None:
        """Hand out a job."""
        try:
            future = hand(self._pool, do, work.orders(job), job.deaths)
        except RuntimeError as error:  # has broken, or has been shut
            if self._given is not None:
                raise _broken(error) from error
            if not isinstance(error, BrokenExecutor):
                raise
            future = Future()
            future.set_exception(error)
        self._busy[future] = job

    def finished(self) -> Iterator[tuple[Job, Done | BaseException]]:
        """Jobs that are done, at least one, with what they have brought, or why they have not."""
        wait(self._busy, return_when=FIRST_COMPLETED)
        if any(isinstance(each.exception(), BrokenExecutor) for each in self._busy if each.done()):
            wait(self._busy)  # all that were begun break together
            self._replace()
        for future in [each for each in self._busy if each.done()]:
            job = self._busy.pop(future)
            yield job, future.exception() or future.result()

    def _replace(self) -> None:
        if self._given is not None:
            errors = (each.exception() for each in self._busy)
            raise _broken(next(each for each in errors if isinstance(each, BrokenExecutor)))
        stop(self._pool)
        self._pool = workers.processes(self._most)
        self.deaths += 1

    def dismiss(self) -> None:
        """Let go of all, whatever they are at."""
        for future in self._busy:
            future.cancel()
        if self._given is None:
            stop(self._pool)


def carry_out(work: Work, store: Writable, hands: Hands, told: Callable[[], None]) -> None:
    """Do what is to be done.

    Parameters
    ----------
    told
        Called after each part that has been written.

    Raises
    ------
    SimfunnelError
        The executor has broken, or processes die whatever they do.
    """
    troubles: list[BaseException] = []  # in a row
    try:
        while hands.is_busy or work.is_left:
            while work.is_left and not hands.is_full:
                job = work.next(hands.most)
                if job.deaths > 1 and hands.is_busy:
                    work.is_back(job)
                    work.again(job)
                    break
                hands.give(work, job)
            for job, brought in hands.finished():
                work.is_back(job)
                if isinstance(brought, BaseException):
                    troubles.append(brought)
                    _blame(work, store, job, brought)
                else:
                    troubles.clear()
                    store.take(brought.pieces)
                    work.count(job, brought)
                told()
            if len(troubles) > _MOST_TROUBLES:
                raise SimfunnelError(f"workers fail whatever they do; the last said: {reason(troubles[-1])}")
            if work.is_measured and work.seconds > workers.PAYS_FROM:
                hands.begin()
    finally:
        hands.dismiss()


def _blame(work: Work, store: Writable, job: Job, error: BaseException) -> None:
    """A job has come to nothing: its process died, or somebody's executor lost it.

    It is done again, then alone, at last point by point, until it is clear which point is at fault.
    """
    if job.deaths < 2:
        work.again(replace(job, deaths=job.deaths + 1))
    elif len(job.entries) > 1:
        for each in job.singly():
            work.again(replace(each, deaths=2))
    elif job.deaths < 3:
        work.again(replace(job, deaths=3))
    else:
        ((point, start, upto),) = job.entries
        why = _DIED if isinstance(error, BrokenExecutor) else reason(error)
        store.take([Piece(point, start, upto, {}, why)])


def _broken(error: BaseException) -> SimfunnelError:
    said = f" ({error})" if str(error) else ""
    return SimfunnelError(f"the executor takes no more work{said}; what has been stored is kept, go on with another")


def _size(executor: Executor, otherwise: int) -> int:
    """How many workers an executor has, where it says so: those of the standard library and loky, mpi4py's, Dask's."""
    for name in ("_max_workers", "num_workers"):
        found = getattr(executor, name, None)
        if isinstance(found, int) and found > 0:
            return found
    client: Any = getattr(executor, "_client", None)
    if hasattr(client, "nthreads"):
        return max(1, sum(client.nthreads().values()))
    return max(otherwise, cores())
