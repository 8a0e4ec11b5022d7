"""Where do the futures of a sweep's points lie?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Piece:
    """Replications ``start`` to ``stop`` of a point; or why it has none.

    Attributes
    ----------
    columns : mapping of str to float64 array, shape (stop - start,)
        Measures in each replication, as `Result.array` gives them.
    why : str or None
        Why the point cannot be simulated.
    """

    point: int
    start: int
    stop: int
    columns: Mapping[str, Array]
    why: str | None = None


class Store(Protocol):
    """The futures of each point that has been simulated."""

    def n_sims(self, point: int) -> int:
        """Replications of a point that are there: the first so many; 0 where none is."""
        ...

    def failure(self, point: int) -> str | None:
        """Why a point has no futures; None where it has, or has not been tried."""
        ...

    def values(self, point: int, column: str) -> Array:
        """A measure in each replication of a point that is there, shape (n_sims,), as `Result.array` gives it."""
        ...


class Pieces(ABC):
    """Which replications of which point are there, in pieces of any shape that come in any order.

    Parameters
    ----------
    most
        Replications of a point that are wanted: what lies beyond is left where it is. None where all are.

    Examples
    --------
    >>> there = InMemory(100)
    >>> there.note(0, 0, 40, "a")
    >>> there.note(0, 60, 120, "b")
    >>> there.n_sims(0), there.missing(0, 100)
    (40, [(40, 60)])
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self._pieces: dict[int, list[tuple[int, int, Any]]] = {}
        self._failures: dict[int, str] = {}

    def note(self, point: int, start: int, stop: int, place: Any) -> None:
        """Replications ``start`` to ``stop`` of a point are at a place."""
        insort(self._pieces.setdefault(point, []), (start, stop, place), key=lambda piece: piece[:2])

    def fail(self, point: int, why: str) -> None:
        """Take the reason for which a point cannot be simulated; the first is kept."""
        self._failures.setdefault(point, why)

    def forgive(self) -> None:
        """Forget what has failed, so that it is tried again."""
        self._failures.clear()

    def failure(self, point: int) -> str | None:
        """Why a point has no futures."""
        return self._failures.get(point)

    def n_sims(self, point: int) -> int:
        """Replications of a point that are there: the first so many."""
        return 0 if point in self._failures else sum(stop - start for start, stop, _ in self._first(point))

    def missing(self, point: int, n_sims: int) -> list[tuple[int, int]]:
        """Which of the first so many replications of a point are not there, as (start, stop)."""
        found, at = [], 0
        for start, stop, _ in self._pieces.get(point, ()):
            if at < min(start, n_sims):
                found.append((at, min(start, n_sims)))
            at = max(at, stop)
        return [*found, (at, n_sims)] if at < n_sims else found

    def values(self, point: int, column: str) -> Array:
        """A measure in each replication of a point that is there."""
        found = [self._read(place, column, start, stop) for start, stop, place in self._first(point)]
        return np.concatenate(found) if found else np.empty(0)

    def _first(self, point: int) -> Iterable[tuple[int, int, tuple[Any, int]]]:
        """The pieces that follow each other from the first replication on: from, to, and where in which place."""
        at = 0
        for start, stop, place in self._pieces.get(point, ()):
            upto = stop if self.most is None else min(stop, self.most)
            if start > at:
                return
            if upto > at:
                yield at, upto, (place, start)
                at = upto

    @abstractmethod
    def _read(self, place: tuple[Any, int], column: str, start: int, stop: int) -> Array:
        """Replications ``start`` to ``stop`` out of a piece, given where it lies and which its first one is."""


class InMemory(Pieces):
    """A store that ends with its process."""

    def take(self, pieces: Sequence[Piece]) -> None:
        """Take what a worker brings."""
        for piece in pieces:
            if piece.why is not None:
                self.fail(piece.point, piece.why)
            else:
                self.note(piece.point, piece.start, piece.stop, piece.columns)

    def _read(self, place: tuple[Any, int], column: str, start: int, stop: int) -> Array:
        columns, begins = place
        found: Array = columns[column][start - begins : stop - begins]
        return found
