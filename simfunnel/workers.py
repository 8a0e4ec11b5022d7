"""Who simulates the blocks of a run: this process, more processes where they save time, or somebody else's executor?"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import wait
from threading import Thread, current_thread, main_thread
from types import FrameType, ModuleType, TracebackType
from typing import Any, TypeVar, cast

import numpy as np

from simfunnel import compiled
from simfunnel.errors import SimfunnelError

PAYS_FROM = 5.0  # seconds of work left from which more processes pay: each needs one or two to start

MOST_PROCESSES = 61
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
_LONG_TRIM, _USUAL_TRIM = 1 << 30, 64 << 20  # bytes
_LARGEST_IN_HEAP = 32 << 20

Part = TypeVar("Part")
Job = tuple[Any, ...]  # the arguments of the function that simulates a block


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """Simulates blocks and hands them over in order, whoever has done them.

    Parameters
    ----------
    workers
        The most processes. More than this one are started only when the work left takes longer than `PAYS_FROM`
        seconds. (Threads would not help: between two calls of NumPy each waits for the interpreter.)
    executor
        Does all the work instead, and stays open; a `Staff` as far as that pays.
    """

    def __init__(self, workers: int, executor: Executor | None = None) -> None:
        self._staff: Staff = executor if isinstance(executor, Staff) else Staff(workers)
        self._is_own = self._staff is not executor
        self._given = executor if self._is_own else None
        others = 0 if self._given is None else max(workers, getattr(self._given, "_max_workers", cores()))
        self._ahead = 2 * (others or self._staff.workers)
        self._seconds, self._blocks = 0.0, 0

    def __enter__(self) -> Crew:
        _keep_memory(_LONG_TRIM)
        _take_large_pages()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_own:
            self._staff.shutdown(cancel_futures=True)
        _keep_memory(_USUAL_TRIM)

    def parts(self, block: Callable[..., Part], jobs: Iterable[Job]) -> Iterator[Part]:
        """The blocks that a function (of a module, so that a process finds it) makes of these jobs, in their order."""
        left = deque(jobs)
        while left and self._given is None and (not self._staff.is_there or len(left) == 1):
            begun = time.perf_counter()
            part = block(*left.popleft())
            self._count(time.perf_counter() - begun, len(left))
            yield part
        if left:
            yield from self._handed_out(self._given or self._staff, block, left)

    def _count(self, seconds: float, left: int) -> None:
        """What a block has taken, and with it whether others should help with those left."""
        self._seconds += seconds
        self._blocks += 1
        if left > 1 and self._seconds / self._blocks * left > PAYS_FROM:
            self._staff.begin()
        if not self._is_own:
            self._staff.count(seconds)

    def _handed_out(self, pool: Executor, block: Callable[..., Part], left: deque[Job]) -> Iterator[Part]:
        """Never more than two blocks a worker, or a worker of the executor, wait to be gathered."""
        waiting: deque[Future[Part]] = deque()
        try:
            while left or waiting:
                while left and len(waiting) < self._ahead:
                    waiting.append(hand(pool, block, *left.popleft()))
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise SimfunnelError("a worker process has died, perhaps for want of memory: try fewer workers") from error
        finally:
            for future in waiting:
                future.cancel()


class Staff(Executor):
    """Processes that several runs in a row share, as their `executor`.

    They start where a run is long, or where all runs so far have taken as long as starting them would: who has looked
    at many values will look at more.

    Parameters
    ----------
    workers
        The most processes; a daemonic process may have none.
    """

    def __init__(self, workers: int) -> None:
        self._most = workers
        self._pool: ProcessPoolExecutor | None = None
        self._seconds = 0.0

    @property
    def workers(self) -> int:
        """How many there may be; Windows waits for at most 61."""
        return 1 if multiprocessing.current_process().daemon else min(self._most, MOST_PROCESSES)

    @property
    def is_there(self) -> bool:
        """Whether the processes have been started."""
        return self._pool is not None

    def begin(self) -> None:
        """Start the processes, where more than one may be."""
        if self._pool is None and self.workers > 1:
            self._pool = processes(self.workers)

    def count(self, seconds: float) -> None:
        """What a block has taken without them."""
        self._seconds += seconds
        if self._seconds > PAYS_FROM:
            self.begin()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a process do it; they must have been started."""
        assert self._pool is not None
        return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Dismiss the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)
            self._pool = None


@contextmanager
def shared(workers: int | None, executor: Executor | None) -> Iterator[Executor]:
    """Who does the work of several runs in a row: the given executor, or a staff of so many processes."""
    if executor is not None:
        yield executor
        return
    staff = Staff(cores() if workers is None else workers)
    try:
        yield staff
    finally:
        staff.shutdown(cancel_futures=True)


def hand(pool: Executor, block: Callable[..., Part], *job: Any) -> Future[Part]:
    """Hand out a block, which may start a process: an interrupt waits until that is whole, or nobody could end it."""
    with _uninterrupted(), _without_main():
        return pool.submit(block, *job)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Interrupts wait; processes that start meanwhile never meet one, not even before they could refuse it."""
    if hasattr(signal, "pthread_sigmask"):
        held = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        return
    if current_thread() is not main_thread():
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    usual = signal.signal(signal.SIGINT, lambda number, frame: caught.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if caught and callable(usual):
            usual(*caught[0])


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes that start now do not import the main module: they need nothing of it, and a script that does not guard
    its start would be run once more in each."""
    main = sys.modules["__main__"]
    if getattr(main, "__file__", None) is None:  # a notebook or a prompt, which nobody imports
        yield
        return
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def processes(workers: int) -> ProcessPoolExecutor:
    """Processes that simulate blocks."""
    context = multiprocessing.get_context("spawn")  # forked threads and locks are nobody's friends
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(compiled.seconds(),))


def stop(pool: Executor) -> None:
    """Dismiss an executor that is our own; the processes of a `ProcessPoolExecutor` leave what they are at."""
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.terminate()
    pool.shutdown(cancel_futures=True)


def _begin(seconds: float) -> None:
    """What a new process does first."""
    compiled.begin_at(seconds)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts are for the first process
    Thread(target=_end_with_parent, daemon=True).start()
    _keep_memory(_LONG_TRIM)
    _take_large_pages()


def _end_with_parent() -> None:
    """Leave nothing behind where the first process is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _keep_memory(trim: int) -> None:
    """Let glibc keep this much of the memory that a block frees for the next one, instead of handing it back and asking
    anew, which costs a tenth of the time; what is above goes back. Other systems' allocators do as they please.
    """
    mallopt = _mallopt()
    if mallopt is None:
        return
    # both are what glibc itself comes to once an array of this size has been freed
    mallopt(_MMAP_THRESHOLD, _LARGEST_IN_HEAP)
    mallopt(_TRIM_THRESHOLD, trim)


@cache
def _mallopt() -> Callable[[int, int], int] | None:
    try:
        return cast("Callable[[int, int], int]", ctypes.CDLL(None).mallopt)
    except (AttributeError, OSError, TypeError):
        return None


def _take_large_pages() -> None:
    """Let the memory that blocks will use come in pages of 2 MiB: looking up those of 4 KiB costs some 4 % of the time.

    NumPy asks the system for such where an array has 4 MiB, which few of a block's have; memory that is freed keeps
    them, and what is not used costs nothing. No more than is kept after a run, or each would have to ask anew.
    """
    with suppress(MemoryError):
        _ = [np.empty(_LARGEST_IN_HEAP - (1 << 20), np.uint8) for _ in range(_USUAL_TRIM // _LARGEST_IN_HEAP)]
