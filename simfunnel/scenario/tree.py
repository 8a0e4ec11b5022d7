"""What did the files say, and where did each value stand?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from numbers import Integral, Real
from typing import Literal, TypeAlias

from simfunnel.distributions import Distribution
from simfunnel.errors import Problem, ScenarioError

__all__ = ["Faults", "KeyPath", "Node", "Place", "Value", "dotted", "from_python", "is_bare", "nearest", "unprintable"]

KeyPath: TypeAlias = tuple[str, ...]
Value: TypeAlias = "str | Distribution | date | dict[str, Node] | tuple[Node, ...] | None"

MAX_PROBLEMS = 100
MAX_DEPTH = 20
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written."""

    source: Literal["file", "preset", "set", "change", "default"]
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        if self.source == "set":
            return "--set"
        if self.source == "change":
            return "change()"
        if self.source == "default":
            return "default"
        label = f"preset {self.file}" if self.source == "preset" else self.file
        return f"{label}:{self.line}" if self.line else label

    @property
    def origin(self) -> str:
        """Where the value came from, in the words of `Scenario.origin`."""
        if self.source in ("set", "change"):
            return f"set by {self}"
        return f"preset {self.file}" if self.source == "preset" else str(self)

    def at(self, line: int) -> Place:
        """The same file at another line."""
        return Place(self.source, self.file, line)


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a scenario as written: a text, a map or a list, with its place. None is an explicit "not given"."""

    value: Value
    place: Place

    @property
    def items(self) -> dict[str, Node]:
        """The entries of a map; of anything else, none."""
        return self.value if isinstance(self.value, dict) else {}


class Faults:
    """All faults found so far; nothing is raised before everything has been looked at."""

    def __init__(self) -> None:
        self._found: list[tuple[Place, Problem]] = []
        self._paths: set[KeyPath] = set()
        self.is_incomplete = False  # a base could not be had: nobody can say what is missing

    def add(self, path: KeyPath, message: str, place: Place) -> None:
        """Book a fault. Beyond a hundred nobody reads on, and a hostile file would keep us busy: give up."""
        found = (place, Problem(dotted(path), message, str(place)))
        if found in self._found:
            return
        self._found.append(found)
        self._paths.add(path)
        if len(self._found) >= MAX_PROBLEMS:
            last = Problem("", f"and more: only the first {MAX_PROBLEMS} faults are listed")
            raise ScenarioError([*self.problems, last])

    def doubt(self, path: KeyPath) -> None:
        """Take a value for wrong without a fault of its own: it was probably meant by a misspelt key."""
        self._paths.add(path)

    def concern(self, path: KeyPath) -> bool:
        """Whether the value at this path, one above it or one below it is already known to be at fault."""
        return any(known and known[: len(path)] == path[: len(known)] for known in self._paths)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Faults in the order of the files and their lines."""
        files: dict[str, int] = {}
        for place, _ in self._found:
            files.setdefault(place.file, len(files))
        ordered = sorted(self._found, key=lambda found: (files[found[0].file], found[0].line))
        return tuple(problem for _, problem in ordered)

    def raise_if_any(self) -> None:
        """Raise all faults at once, if there are any."""
        if self._found:
            raise ScenarioError(self.problems)


def dotted(path: KeyPath) -> str:
    """A key path as people write it."""
    return ".".join(path)


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name that looks most like the given one, if any does.

    Examples
    --------
    >>> nearest("shelf_lief", ["response", "shelf_life"])
    'shelf_life'
    """
    names = list(known)
    # Long or hostile words are cut: comparing them costs the product of the lengths.
    folded = {name.casefold()[:60]: name for name in reversed(names)}
    close = difflib.get_close_matches(word.casefold()[:60], folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else None


def unprintable(text: str) -> str | None:
    """The first character that has no place in a scenario (control, surrogate, text direction), as its code point."""
    for char in text:
        if char in "\n\t" or (" " <= char < "\x7f"):
            continue
        if char < "\xa0" or "\ud800" <= char <= "\udfff" or char in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\ufeff":
            return f"U+{ord(char):04X}"
        if "\u2066" <= char <= "\u2069" or char in "\ufffe\uffff":
            return f"U+{ord(char):04X}"
    return None


def is_bare(value: Value) -> bool:
    """Whether a node's value is a single value, not a map or a list."""
    return not isinstance(value, (dict, tuple))


def from_python(value: object, path: KeyPath, place: Place, faults: Faults) -> Node:
    """A value given in Python, as if it had been written in a file.

    Numbers become text, so that a bare 30 is as little a duration here as it is there.
    """
    if value is None or isinstance(value, (str, Distribution, date)):
        return _checked(value, path, place, faults)
    if isinstance(value, bool):
        return Node("yes" if value else "no", place)
    if isinstance(value, Integral):
        return Node(_digits(int(value)), place)
    if isinstance(value, Real):
        return Node(repr(float(value)), place)
    if len(path) > MAX_DEPTH:
        faults.add(path, f"is nested more than {MAX_DEPTH} levels deep", place)
        return Node(None, place)
    if isinstance(value, Mapping):
        return Node({str(key): from_python(sub, (*path, str(key)), place, faults) for key, sub in value.items()}, place)
    if isinstance(value, Sequence):
        return Node(tuple(from_python(sub, path, place, faults) for sub in value), place)
    message = f"a {type(value).__name__} cannot stand in a scenario; write text, a number, a map or a list"
    faults.add(path, message, place)
    return Node(None, place)


def _checked(value: str | Distribution | date | None, path: KeyPath, place: Place, faults: Faults) -> Node:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        faults.add(path, f"is {len(value):_} characters long; at most {MAX_TEXT:_} are allowed", place)
        return Node(None, place)
    bad = unprintable(value) if isinstance(value, str) else None
    if bad is None:
        return Node(value, place)
    faults.add(path, f"contains a control character ({bad})", place)
    return Node(None, place)


def _digits(value: int) -> str:
    # str() of an integer of more than 4,300 digits is itself an error in Python.
    return str(value) if abs(value) < 10**40 else "1e999" if value > 0 else "-1e999"
