"""What must hold of the amounts: bounds and linear claims as people write them, read and never evaluated.

A claim compares two sums: `sources.search.budget <= 2 * sources.fair.budget`, `sources.fair.budget >= 10% of total`,
`sources.fair.budget + sources.web.budget <= 80k`. A term is an amount, a path, `total`, or so many times either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simfunnel.errors import Problem, ScenarioError
from simfunnel.scenario.text import read_money, read_number, read_share
from simfunnel.scenario.tree import nearest
from simfunnel.studies.allocation.moves import Moves, Part

Array = npt.NDArray[np.float64]
Bound = str | float | int | None

_LONGEST = 500
_RELATION = re.compile(r"<=|>=|==|=<|=>|!=|<|>|=")
_NUMBER = re.compile(r"[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[+-]?[0-9]+)? ?[%kKM]?(?![\w.])")
_JOINT = re.compile(r"\s*\*\s*|\s+of\s+")
_NAME = re.compile(r"[^\s*+<>=]+")
_A_KIND = {"money": "money", "people": "a number of people", "share": "a share"}
_EXAMPLE = (
    "write one such as 'sources.search.budget <= 2 * sources.fair.budget' or 'sources.fair.budget >= 10% of total'"
)
_ENDS = re.compile(
    r"\s*(?:(?P<low>\S.*?)\s+to\s+(?P<high>\S.*?)|at least\s+(?P<least>\S.*?)|at most\s+(?P<most>\S.*?))\s*"
)


@dataclass(frozen=True)
class Rule:
    """One linear rule: `row @ amounts <= limit`, or equal to it.

    Attributes
    ----------
    text : str
        As it was written.
    row : tuple of float
    limit : float
    is_equal : bool
    """

    text: str
    row: tuple[float, ...]
    limit: float
    is_equal: bool = False

    def slack(self, amounts: Array) -> float:
        """How much room there is left; below 0 where it is broken."""
        room = self.limit - float(np.asarray(self.row) @ amounts)
        return -abs(room) if self.is_equal else room


def read_rules(
    moves: Moves, bounds: Mapping[str, tuple[Bound, Bound] | str] | None, constraints: str | Iterable[str] | None
) -> tuple[Rule, ...]:
    """Every bound and every claim.

    Raises
    ------
    ScenarioError
        With every fault of all of them.
    """
    rules: list[Rule] = []
    faults: list[Problem] = []
    if bounds is not None and not isinstance(bounds, Mapping):
        raise TypeError(f"bounds is a mapping such as {{'sources.fair.budget': '20k to 80k'}}, not {bounds!r}")
    for path, ends in (bounds or {}).items():
        try:
            rules += _bounds(moves, path, ends)
        except ValueError as error:
            faults.append(Problem(str(path), str(error), "bounds"))
    claims = [constraints] if isinstance(constraints, str) else [*(constraints or ())]
    for text in claims:
        try:
            rules.append(_Reader(moves, text).rule())
        except ValueError as error:
            faults.append(Problem("", f"{str(text)[:80]!r}: {error}", "constraints"))
    if faults:
        raise ScenarioError(faults)
    return tuple(rules)


def _bounds(moves: Moves, path: str, ends: tuple[Bound, Bound] | str) -> list[Rule]:
    part, scale = _named(moves, path)
    if isinstance(ends, str):
        found = _ENDS.fullmatch(ends)
        if found is None:
            raise ValueError(f"'{ends}' is no range; write one such as '20k to 80k', 'at least 20k' or 'at most 80k'")
        ends = (found["low"] or found["least"], found["high"] or found["most"])
    if not isinstance(ends, Sequence) or len(ends) != 2:
        raise ValueError(f"{ends!r} is no range; write two ends such as ('20k', '80k'), None where there is none")
    low, high = (None if end is None else _end(moves, part, path, end) for end in ends)
    if low is not None and high is not None and low > high:
        raise ValueError(f"the least, {ends[0]}, is above the most, {ends[1]}")
    at = moves.parts.index(part)
    unit = np.zeros(len(moves.parts))
    unit[at] = 1.0
    rules = []
    if low is not None:
        rules.append(Rule(f"{path} >= {ends[0]}", tuple(-unit), -low * scale))
    if high is not None:
        rules.append(Rule(f"{path} <= {ends[1]}", tuple(unit), high * scale))
    return rules


def _end(moves: Moves, part: Part, path: str, end: str | float) -> float:
    if isinstance(end, bool) or not isinstance(end, str | int | float):
        raise ValueError(f"{end!r} is no end of a range; write one such as '20k'")
    value = _read(_kind(moves, part, path), end) if isinstance(end, str) else float(end)
    if not np.isfinite(value) or value < 0:
        raise ValueError(f"{end!r} is no amount from 0 on")
    return value


def _kind(moves: Moves, part: Part, path: str) -> str:
    """What a number under this name is: ``money``, ``people`` or ``share``."""
    if path.endswith(".people"):
        return "people"
    return "share" if not moves.is_money or path.endswith(".share") else "money"


def _read(kind: str, text: str) -> float:
    read = {"money": read_money, "people": read_number, "share": read_share}[kind]
    if kind == "money" and "%" in text:
        raise ValueError(f"'{text}' is no amount of money; for a part of the total write a constraint such as "
                         "'sources.fair.budget >= 10% of total'")  # fmt: skip
    return read(text.strip())


def _named(moves: Moves, path: str) -> tuple[Part, float]:
    for part in moves.parts:
        if path in part.names:
            return part, part.names[path]
    known = [name for part in moves.parts for name in part.names]
    close = nearest(path, known)
    hint = f"did you mean '{close}'?" if close else f"there move {', '.join(known)}"
    raise ValueError(f"'{path}' is nothing that moves here; {hint}")


@dataclass
class _Side:
    """A sum: so much of each part, a constant, and plain numbers whose unit shows only beside what they stand with."""

    row: Array
    constant: float = 0.0
    plain: tuple[str, ...] = ()


class _Reader:
    """Reads one claim from left to right."""

    def __init__(self, moves: Moves, text: object) -> None:
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise ValueError(f"is not a claim about amounts; {_EXAMPLE}")
        self._moves, self._text = moves, text.strip()
        self._kinds: dict[str, str] = {}
        self._worth = 1.0  # of a whole share

    def rule(self) -> Rule:
        signs = _RELATION.findall(self._text)
        if len(signs) != 1:
            raise ValueError(f"compares {'nothing' if not signs else 'more than once'}; {_EXAMPLE}")
        if signs[0] not in ("<=", ">=", "=="):
            meant = {"<": "<=", ">": ">=", "=<": "<=", "=>": ">=", "=": "=="}.get(signs[0], "<=")
            raise ValueError(f"'{signs[0]}' is no comparison of amounts; write {meant}")
        left, right = (self._side(part) for part in self._text.split(signs[0]))
        if not (left.row.any() or right.row.any()):
            raise ValueError(f"names nothing that moves; {_EXAMPLE}")
        kind = self._kind()
        row = left.row - right.row
        limit = self._constant(right, kind) - self._constant(left, kind)
        if not row.any():
            raise ValueError("says the same on both sides")
        if signs[0] == ">=":
            row, limit = -row, -limit
        if kind == "people":  # so that its room is money as that of any other rule
            worth = 1.0 / float(np.abs(row).max())
            row, limit = row * worth, limit * worth
        return Rule(self._text, tuple(row.tolist()), limit, signs[0] == "==")

    def _kind(self) -> str:
        """In which unit both sides are; more than one cannot be compared."""
        kinds = set(self._kinds.values())
        if len(kinds) > 1:
            said = " and ".join(f"'{name}' is {_A_KIND[kind]}" for name, kind in self._kinds.items())
            raise ValueError(f"{said}; only like can be compared with like")
        return kinds.pop()

    def _constant(self, side: _Side, kind: str) -> float:
        """Plain numbers of a side: heads where people are counted, amounts else."""
        worth = self._worth if kind == "share" else 1.0
        total = side.constant
        for text in side.plain:
            sign, number = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
            total += sign * _read(kind, number) * worth
        return total

    def _side(self, text: str) -> _Side:
        side = _Side(np.zeros(len(self._moves.parts)))
        at, sign, rest = 0, 1.0, text.strip()
        if not rest:
            raise ValueError(f"has nothing on one side; {_EXAMPLE}")
        if rest[0] in "+-":
            sign, at = (-1.0 if rest[0] == "-" else 1.0), 1
        while True:
            at += self._term(rest[at:], sign, side)
            left = rest[at:].lstrip()
            if not left:
                return side
            if left[0] not in "+-":
                raise ValueError(f"'{left[:30]}' is not understood there; terms are joined by + and -")
            sign = 1.0 if left[0] == "+" else -1.0
            at = len(rest) - len(left) + 1

    def _term(self, text: str, sign: float, side: _Side) -> int:
        """Read one term; how many characters it takes."""
        at = len(text) - len(text.lstrip())
        number = _NUMBER.match(text, at)
        if number is None or self._known(text[at:]) is not None:
            name, at = self._name(text, at)
            if text[at:].lstrip().startswith("*"):
                raise ValueError(f"write the number first: '2 * {name}'")
            self._add(side, name, sign)
            return at
        at = number.end()
        joint = _JOINT.match(text, at)
        if joint is None:
            side.plain = (*side.plain, f"{'-' if sign < 0 else ''}{number[0].replace(' ', '')}")
            return at
        factor = _factor(number[0].replace(" ", ""))
        name, at = self._name(text, joint.end())
        self._add(side, name, sign * factor)
        return at

    def _add(self, side: _Side, name: str, factor: float) -> None:
        if name == "total":
            self._kinds.setdefault(name, "money" if self._moves.is_money else "share")
            side.constant += factor * self._moves.total
            return
        part, worth = _named(self._moves, name)
        kind = _kind(self._moves, part, name)
        self._kinds[name] = kind
        self._worth = worth
        # people are counted head by head: teams of unlike pay must not be weighed by it
        side.row[self._moves.parts.index(part)] += factor / (worth if kind == "people" else 1.0)

    def _name(self, text: str, at: int) -> tuple[str, int]:
        known = self._known(text[at:])
        if known is not None:
            return known, at + len(known)
        word = _NAME.match(text, at)
        if word is None:
            raise ValueError(f"'{text[at:][:30]}' is no number, path or total; {_EXAMPLE}")
        return word[0], word.end()

    def _known(self, text: str) -> str | None:
        """The longest known name that the text begins with: names may hold spaces and signs."""
        names = [name for part in self._moves.parts for name in part.names]
        fitting = [name for name in (*names, "total") if re.match(rf"{re.escape(name)}(?![\w.])", text)]
        return max(fitting, key=len, default=None)


def _factor(text: str) -> float:
    if text.endswith("%"):
        return read_share(text)
    try:
        return read_number(text)
    except ValueError:
        raise ValueError(
            f"'{text}' is an amount, not a factor; write a number such as 2 or a share such as 10%"
        ) from None
