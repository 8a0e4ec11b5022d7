"""Where do the values stand that are held against each other, and which of them are known to be wrong already?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simfunnel.distributions import Distribution, value_text
from simfunnel.scenario.schema import Number, NumberOrRest, Scenario
from simfunnel.scenario.tree import Faults, KeyPath, Node, Place, nearest
from simfunnel.scenario.written import REST

__all__ = ["Checker", "mean_of"]

ROUNDING = 1e-9  # shares written in a few digits miss 100 % by no more


def mean_of(value: Number) -> float:
    """The mean of a number that may be uncertain."""
    return value.mean() if isinstance(value, Distribution) else value


class Checker:
    """A scenario under examination: where its values stand, and what is already known to be wrong."""

    def __init__(self, scenario: Scenario, tree: Node, faults: Faults) -> None:
        self.scenario = scenario
        self._tree = tree
        self._faults = faults

    def fault(self, path: KeyPath, message: str, *, reads: Iterable[KeyPath] = ()) -> None:
        """Book a fault, unless a value that it rests on (its own, where no others are named) is known to be wrong."""
        if not self.concerns(tuple(reads) or (path,)):
            self._faults.add(path, message, self.place(path))

    def concerns(self, paths: Iterable[KeyPath]) -> bool:
        """Whether any of these values is known to be wrong."""
        return any(self._faults.concern(path) for path in paths)

    def place(self, path: KeyPath) -> Place:
        """Where a key path stands, or the nearest that stands above it."""
        return self._node(path).place

    def _node(self, path: KeyPath) -> Node:
        node = self._tree
        for key in path:
            if key not in node.items:
                break
            node = node.items[key]
        return node

    def known(self, path: KeyPath, name: str, names: Iterable[str], what: str) -> bool:
        """Whether a name is known; booked where it is not."""
        names = list(names)
        if name in names:
            return True
        close = nearest(name, names)
        hint = f"did you mean '{close}'?" if close else f"there are {', '.join(names) or 'none'}"
        self.fault(path, f"'{name}' is not a {what}; {hint}")
        return False

    def shares(
        self, path: KeyPath, shares: Mapping[str, NumberOrRest], *, key: KeyPath = (), of: str | None = None
    ) -> None:
        """Check that shares make up a whole (``of`` what); each stands at `path`, its name, `key`."""
        what = "the shares" if of is None else f"the shares of {of}"
        reads = [(*path, name, *key) for name in self._node(path).items]
        rests = [name for name, share in shares.items() if share == REST]
        uncertain = [name for name, share in shares.items() if isinstance(share, Distribution)]
        total = sum(mean_of(share) for share in shares.values() if not isinstance(share, str))
        said = value_text(round(total, 9), "share")
        if len(rests) > 1:
            self.fault(path, f"{' and '.join(rests)} are both `rest`; only one can take what is left", reads=reads)
        elif rests and total > 1 + ROUNDING:
            message = f"{what} sum to {said}, which leaves nothing for the rest; at most 100% fits"
            self.fault(path, message, reads=reads)
        elif uncertain and not rests:
            message = f"{uncertain[0]} is a distribution, so one of the others must be `rest` for them to sum to 100%"
            self.fault(path, message, reads=reads)
        elif not rests and abs(total - 1) > ROUNDING:
            hint = "; write `rest` for what is left" if total < 1 else ""
            self.fault(path, f"{what} sum to {said}; they must sum to 100%{hint}", reads=reads)
