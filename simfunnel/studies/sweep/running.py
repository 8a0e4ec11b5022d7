"""What is done with the jobs of a sweep, and what if somebody dies over one?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from typing import Protocol

from simfunnel import workers
from simfunnel.errors import SimfunnelError
from simfunnel.studies.sweep.hands import Hands
from simfunnel.studies.sweep.jobs import Job, Work, reason
from simfunnel.studies.sweep.store import Piece

_MOST_TROUBLES = 8  # jobs in a row that come to nothing, before it is no point's fault
_DIED = "its process died, perhaps for want of memory"


class Writable(Protocol):
    """What takes the futures of points."""

    def take(self, pieces: Sequence[Piece]) -> None:
        """Take what a worker brings."""
        ...


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
                job = work.next(hands.most, hands.seconds)
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
                hands.begin(work)
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
        work.give_up(job)
        store.take([Piece(point, start, upto, {}, why)])
