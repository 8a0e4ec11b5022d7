"""What can go wrong, and what does each error say?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ClaimError", "MissingExtra", "Problem", "ScenarioError", "SimfunnelError", "StoreError"]


class SimfunnelError(Exception):
    """Anything simfunnel refuses with a reason; its text is written for the person who can mend it."""


@dataclass(frozen=True)
class Problem:
    """One fault in a scenario.

    Attributes
    ----------
    path : str
        Dotted key path, such as ``sectors.retail.stages.sql.shelf_life``; empty where the file as a whole is at fault.
    message : str
        What was given, what is allowed, and the nearest thing that works.
    where : str
        Where it was written, such as ``q3.yaml:14``; empty where no file is concerned.

    Examples
    --------
    >>> print(Problem("horizon", "'1 yaer' is not a duration; write '1 year'", "q3.yaml:2"))
    q3.yaml:2: horizon: '1 yaer' is not a duration; write '1 year'
    """

    path: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.path, self.message) if part)


class ScenarioError(SimfunnelError, ValueError):
    """A scenario that cannot be used: every fault found, not only the first.

    Parameters
    ----------
    problems : iterable of Problem
        At least one; the text of the error is one problem a line.

    Examples
    --------
    >>> error = ScenarioError([Problem("horizon", "is missing"), Problem("sources", "is missing")])
    >>> print(error)
    horizon: is missing
    sources: is missing
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        # The default would rebuild the error from its text; a worker process must hand its problems back whole.
        return type(self), (self.problems,)


class MissingExtra(SimfunnelError, ImportError):  # noqa: N818 (it says what is missing)
    """A feature whose optional packages are not installed; the text names the extra to install."""


class ClaimError(SimfunnelError, ValueError):
    """A claim such as ``deals >= 10`` that cannot be read, or that names what was not measured."""


class StoreError(SimfunnelError):
    """A stored result that cannot be read, or that another version wrote."""
