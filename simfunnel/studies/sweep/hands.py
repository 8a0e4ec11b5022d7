"""Who does the jobs of a sweep: this process, processes of our own where they pay, or somebody's executor?"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import nullcontext
from functools import partial
from typing import Any

from simfunnel import compiled, workers
from simfunnel.errors import SimfunnelError
from simfunnel.studies.sweep.jobs import SECONDS, Done, Job, Work, do, warm_up
from simfunnel.workers import hand, stop

_UNTIL_THEY_COME = 0.3  # seconds that a job should take as long as processes may be about to start, or are starting
_PATIENCE = 1.0  # seconds between two looks for jobs that an executor has let go of


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
        The most processes of our own, which start once `begin` says that they pay; until they are there, this one
        works. A daemonic process may have none.
    executor
        Does all the work instead, and stays open.

    Attributes
    ----------
    most : int
        Workers there may be.
    deaths : int
        Times that processes of our own had to be replaced.
    notes : tuple of str
        What else to know of who has done the work.
    """

    def __init__(self, most: int, executor: Executor | None = None) -> None:
        self._given = executor
        own = 1 if multiprocessing.current_process().daemon else min(most, workers.MOST_PROCESSES)
        self.most = own if executor is None else _size(executor, own)
        self.deaths = 0
        self.notes: tuple[str, ...] = ()
        self._pool: Executor = executor or Here()
        self._coming: tuple[Executor, list[Future[None]]] | None = None
        self._busy: dict[Future[Done], Job] = {}

    @property
    def is_busy(self) -> bool:
        """Whether anything is begun."""
        return bool(self._busy)

    @property
    def is_full(self) -> bool:
        """Whether nobody is free; a job of which processes have died is done alone."""
        alone = any(job.deaths > 1 for job in self._busy.values())
        return alone or len(self._busy) >= (1 if isinstance(self._pool, Here) else self.most)

    @property
    def seconds(self) -> float:
        """How long a job should take."""
        return _UNTIL_THEY_COME if isinstance(self._pool, Here) and self.most > 1 else SECONDS

    def begin(self, work: Work) -> None:
        """Start processes of our own, where more than one may be and nobody else does the work."""
        if self._coming is None and isinstance(self._pool, Here) and self.most > 1:
            pool: Executor | None = None
            try:
                pool = workers.processes(self.most)
                self._coming = pool, [hand(pool, warm_up, work.sample) for _ in range(self.most)]
            except (OSError, ImportError) as error:  # there is no room for more, or the system has no semaphores
                if pool is not None:
                    stop(pool)
                self.most = 1
                self.notes = (f"no other processes could be started ({error}); this one has done all",)

    def give(self, work: Work, job: Job) -> None:
        """Hand out a job."""
        if self._coming is not None and all(each.done() for each in self._coming[1]):
            self._pool, self._coming = self._coming[0], None
        try:
            # to compile takes seconds, which this process does not work so long any more
            with nullcontext() if self._coming is None else compiled.as_it_is():
                submit = self._pool.submit if isinstance(self._pool, Here) else partial(hand, self._pool)
                future = submit(do, work.orders(job), job.deaths)
        except Exception as error:  # has broken, or has been shut, or cannot be reached
            if self._given is not None:
                raise _broken(error) from error
            if not isinstance(error, BrokenExecutor):
                raise
            future = Future()
            future.set_exception(error)
        self._busy[future] = job

    def finished(self) -> Iterator[tuple[Job, Done | BaseException]]:
        """Jobs that are done, at least one, with what they have brought, or why they have not."""
        while not any(each.done() for each in self._busy):  # `wait` does not see all that is cancelled
            wait(self._busy, timeout=_PATIENCE, return_when=FIRST_COMPLETED)
        breaks = [_trouble(each) for each in self._busy if each.done() and _is_broken(each)]
        if breaks:
            wait(self._busy)  # all that were begun break together
        for future in sorted((each for each in self._busy if each.done()), key=_is_broken):
            if self._given is not None and _is_broken(future):
                raise _broken(breaks[0])
            yield self._busy.pop(future), _trouble(future) or future.result()
        if breaks:
            stop(self._pool)
            self._pool = workers.processes(self.most)
            self.deaths += 1

    def dismiss(self) -> None:
        """Let go of all, whatever they are at."""
        for future in self._busy:
            future.cancel()
        if self._given is None:
            stop(self._pool)
        if self._coming is not None:
            stop(self._coming[0])


def _is_broken(future: Future[Done]) -> bool:
    return isinstance(_trouble(future), BrokenExecutor)


def _trouble(future: Future[Done]) -> BaseException | None:
    """Why a job that is done has brought nothing."""
    return CancelledError("the executor has let go of it") if future.cancelled() else future.exception()


def _broken(error: BaseException | None) -> SimfunnelError:
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
    return otherwise
