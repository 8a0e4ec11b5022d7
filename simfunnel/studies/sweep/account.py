"""What was there already when a sweep began, and what has been done since?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Account:
    """What a sweep has done.

    Attributes
    ----------
    n_points, reused, extended, computed, failed : int
        Points in all; those that were there, wholly; in part; not at all; and those that could not be simulated.
    notes : tuple of str
        What else to know: parts that were damaged, processes that have died.
    """

    n_points: int
    reused: int
    extended: int
    computed: int
    failed: int
    notes: tuple[str, ...] = ()

    def noting(self, notes: Iterable[str]) -> Account:
        """The same with further notes, before the others."""
        return replace(self, notes=(*notes, *self.notes))

    def __str__(self) -> str:
        """In words.

        >>> str(Account(40, 37, 0, 3, 2))
        '40 points: 37 reused, 3 computed, 2 failed'
        """
        extended = f"{self.extended:,} extended, " if self.extended else ""
        failed = f", {self.failed} failed" if self.failed else ""
        points = "1 point" if self.n_points == 1 else f"{self.n_points:,} points"
        return f"{points}: {self.reused:,} reused, {extended}{self.computed:,} computed{failed}"
