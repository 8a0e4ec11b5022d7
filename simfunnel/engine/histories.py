"""What must be remembered of a lead that comes back: how often each roll was made for it, its recycles and its odds?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simfunnel.compiled import compiled
from simfunnel.engine.plan import Floats, Ints

COLD, ADVANCED, REJECTED = range(3)
Counts = NDArray[np.uint8]


class Histories:
    """One row a lead that has come back at least once.

    ``counts``: uint8, shape (n_rows, n_stages, 3): how often it went cold, advanced, was rejected there. Every other
    count follows: visits are their sum, attempts are advances and rejections. ``recycles``: shape (n_rows,);
    ``log_odds``: its odds effects, summed.
    """

    def __init__(self, n_stages: int) -> None:
        self.counts = np.zeros((0, n_stages, 3), np.uint8)
        self.recycles = np.zeros(0, np.int64)
        self.log_odds = np.zeros(0, np.float64)

    def open(self, n: int) -> Ints:
        """Add n empty rows; their numbers."""
        first = self.recycles.size
        self.counts = np.concatenate([self.counts, np.zeros((n, *self.counts.shape[1:]), np.uint8)])
        self.recycles = np.concatenate([self.recycles, np.zeros(n, np.int64)])
        self.log_odds = np.concatenate([self.log_odds, np.zeros(n)])
        return np.arange(first, first + n)

    def first_life(self, rows: Ints, entered: Ints | int, stage: int, event: int) -> None:
        """Write down what a lead did that has never come back: it advanced from its entry up to ``stage``, where
        ``event`` happened."""
        for before in range(stage):
            self.counts[rows, before, ADVANCED] = entered <= before
        self.counts[rows, stage, event] = 1

    def copy(self, rows: Ints) -> Histories:
        """These rows alone, as they are now."""
        other = Histories(self.counts.shape[1])
        other.counts, other.recycles, other.log_odds = self.counts[rows], self.recycles[rows], self.log_odds[rows]
        return other

    def extend(self, other: Histories) -> Ints:
        """Take over all rows of another; their numbers here."""
        first = self.recycles.size
        self.counts = np.concatenate([self.counts, other.counts])
        self.recycles = np.concatenate([self.recycles, other.recycles])
        self.log_odds = np.concatenate([self.log_odds, other.log_odds])
        return np.arange(first, self.recycles.size)

    def count(self, rows: Ints | None, stage: int, *events: int) -> Ints | None:
        """How often these events happened at a stage to each row; None for leads that have no row (never)."""
        if rows is None:
            return None
        total = np.empty(rows.size, np.int64)
        _count(total, self.counts, rows, stage, COLD in events, ADVANCED in events, REJECTED in events)
        return total

    def bump(self, rows: Ints | None, stage: int, event: int) -> None:
        """One more event for each row."""
        if rows is not None:
            _bump(self.counts, rows, stage, event)

    def effects(self, rows: Ints | None) -> Floats | None:
        """The log-odds that each row carries; None for leads without a row."""
        return None if rows is None else self.log_odds.take(rows)


def _count_plainly(
    out: Ints, counts: Counts, rows: Ints, stage: int, cold: bool, advanced: bool, rejected: bool
) -> None:
    out[:] = 0
    for event, counted in ((COLD, cold), (ADVANCED, advanced), (REJECTED, rejected)):
        if counted:
            out += counts[rows, stage, event]


def _count_loop(out: Ints, counts: Counts, rows: Ints, stage: int, cold: bool, advanced: bool, rejected: bool) -> None:
    for i in range(out.size):
        row = counts[rows[i], stage]
        out[i] = cold * row[COLD] + advanced * row[ADVANCED] + rejected * row[REJECTED]


_count = compiled(_count_loop, plain=_count_plainly)


def _bump_plainly(counts: Counts, rows: Ints, stage: int, event: int) -> None:
    counts[rows, stage, event] += 1


def _bump_loop(counts: Counts, rows: Ints, stage: int, event: int) -> None:
    for i in range(rows.size):
        counts[rows[i], stage, event] += 1


_bump = compiled(_bump_loop, plain=_bump_plainly)
"""One more event in each of these rows, in which no row may be named twice."""
