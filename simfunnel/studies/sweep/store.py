"""Where do the futures of a sweep's points lie?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


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

    def add(self, point: int, start: int, columns: Mapping[str, Array]) -> None:
        """Take further replications of a point, from number ``start`` on."""
        ...

    def fail(self, point: int, why: str) -> None:
        """Take the reason for which a point cannot be simulated."""
        ...


class InMemory:
    """A store that ends with its process."""

    def __init__(self) -> None:
        self._columns: dict[int, list[Mapping[str, Array]]] = {}
        self._failures: dict[int, str] = {}

    def n_sims(self, point: int) -> int:
        """Replications of a point that are there."""
        return sum(len(next(iter(each.values()))) for each in self._columns.get(point, ()))

    def failure(self, point: int) -> str | None:
        """Why a point has no futures."""
        return self._failures.get(point)

    def values(self, point: int, column: str) -> Array:
        """A measure in each replication."""
        return np.concatenate([each[column] for each in self._columns[point]])

    def add(self, point: int, start: int, columns: Mapping[str, Array]) -> None:
        """Take further replications."""
        assert start == self.n_sims(point)
        self._columns.setdefault(point, []).append(dict(columns))
        self._failures.pop(point, None)

    def fail(self, point: int, why: str) -> None:
        """Take a reason."""
        self._failures[point] = why
