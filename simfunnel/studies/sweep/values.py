"""Which values does a parameter take: those of a list, of a range, or of a distribution?"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from simfunnel.distributions import FAMILIES, Distribution
from simfunnel.scenario.emitting import scalar
from simfunnel.scenario.expressions import CALL, COUNTS, Call, read, take_apart
from simfunnel.scenario.text import LITERALS, quoted, read_count
from simfunnel.scenario.tree import Node, Place, nearest
from simfunnel.studies.sweep.spots import Form, Spot

RANGES = {"linspace": ("from", "to", "points"), "logspace": ("from", "to", "points")}
QUANTILES = "quantiles"
MOST_POINTS = 1_000_000
_EXAMPLE = "[0%, 10%, 20%], or linspace(from=0%, to=20%, points=5)"


@dataclass(frozen=True)
class Value:
    """One value of a parameter: what is put at its path, its number, what stands around it, where it was written."""

    text: str
    number: float
    form: Form
    node: Node

    @property
    def same(self) -> object:
        """What two values share that are the same."""
        return self.text if math.isnan(self.number) else (self.number, self.form)


@dataclass(frozen=True)
class Spread:
    """Values that a design draws: at a roll between 0 and 1, the quantile of a distribution or of an even spread."""

    spot: Spot
    node: Node
    text: str
    distribution: Distribution | None
    low: float = math.nan
    high: float = math.nan
    is_log: bool = False

    def values(self, u: npt.NDArray[np.float64]) -> list[Value]:
        """The values at these rolls, shape (n,)."""
        ends = self._quantile(np.array([0.05, 0.95]))
        resolution = float(abs(ends[1] - ends[0])) / 1_000
        return [_written(self.spot, float(each), resolution, self.node) for each in self._quantile(u)]

    def _quantile(self, u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if self.distribution is not None:
            return self.distribution.quantile(u)
        if self.spot.is_whole:  # each whole number is as likely as the others, the ends too
            return np.floor(self.low + u * (self.high - self.low + 1.0))
        if self.is_log:
            return np.asarray(self.low * (self.high / self.low) ** u)
        return np.asarray(self.low + u * (self.high - self.low))


def flow(node: Node) -> str:
    """A value as text that `--set` would take.

    >>> place = Place("file", "x")
    >>> flow(Node({"dropped": Node("rest", place), "competitor": Node("30%", place)}, place))
    '{dropped: rest, competitor: 30%}'
    """
    value = node.value
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_inside(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_inside(each) for each in value) + "]"
    return value.isoformat() if isinstance(value, date) else " ".join(str(value).split())


def _inside(node: Node) -> str:
    text = flow(node)
    return scalar(text) if isinstance(node.value, str) else text


def listed(spot: Spot, node: Node) -> Value:
    """A value of a list.

    Raises
    ------
    ValueError
        It cannot stand at the path.
    """
    if isinstance(node.value, Distribution):
        kind = spot.kind if spot.kind in ("duration", "share", "money") else "number"
        node = Node(node.value.describe(kind), node.place)
    text = flow(node)
    if _range_name(text):
        raise ValueError(f"{quoted(text)} is many values; write it in place of the whole list")
    text = spot.text(text)
    number, form = spot.number(text)
    return Value(text, number, form, node)


def _range_name(text: str) -> str:
    found = CALL.match(text)
    return found[1] if found and found[1] in (*RANGES, QUANTILES) else ""


def ranged(spot: Spot, node: Node) -> list[Value] | Spread:
    """What a text in place of a list says: `linspace(...)`, `logspace(...)`, `quantiles(...)` or a distribution.

    Raises
    ------
    ValueError
        It cannot be read, or no such number can stand at the path.
    """
    if isinstance(node.value, Distribution):
        return _distribution(spot, listed(spot, node).node)
    text = " ".join(str(node.value).split())
    if CALL.match(text) is None:
        raise ValueError(_no_list(text))
    call = take_apart(text)
    if call.name in RANGES or call.name == QUANTILES:
        if call.rest:
            raise ValueError(f"{quoted(text)}: '{call.rest[:40]}' stands after the closing bracket")
        if spot.kind == "words":
            raise ValueError(f"{quoted(text)}: no number stands here; list the values")
    if call.name == QUANTILES:
        return _quantiles(spot, call, node)
    if call.name in RANGES:
        return _range(spot, call, node)
    known = (*RANGES, QUANTILES, *FAMILIES, *COUNTS)
    if call.name not in known and (close := nearest(call.name, known)):
        raise ValueError(f"{quoted(text)}: there is no '{call.name[:40]}'; did you mean '{close}'?")
    return _distribution(spot, node)


def _no_list(text: str) -> str:
    name = re.match(r"[a-z_]+", text)
    if name and name[0] in RANGES:
        return f"{quoted(text)}: write {name[0]} with its ends in brackets: {name[0]}(from=0%, to=20%, points=5)"
    if text.count(",") and not text.startswith(("{", "[")):
        return f"{quoted(text)} is one text; put the values in square brackets: [{text}]"
    return f"{quoted(text)} is a single value; write {_EXAMPLE} (a value that does not vary stands under `set`)"


def _distribution(spot: Spot, node: Node) -> Spread:
    """Values by the quantiles of a distribution."""
    text = flow(node)
    if spot.kind == "words":
        raise ValueError(f"{quoted(text)}: no number stands here; list the values")
    if text.startswith(COUNTS):
        raise ValueError(f"{quoted(text)} is one value; a design draws its number alone: uniform(low=20, high=40)")
    found = read(spot.amounts(), text, _no_column)
    if not isinstance(found, Distribution):
        raise ValueError(f"{quoted(text)} is a single value; write a distribution or a range")
    return Spread(spot, node, text, found)


def _no_column(file: str, name: str, packed: str) -> tuple[str, tuple[float, ...]]:
    raise ValueError("a column of numbers cannot be drawn from here; write its values as choice(...) or points(...)")


def _quantiles(spot: Spot, call: Call, node: Node) -> list[Value]:
    """Values in the middle of shares of a distribution that are equally likely."""
    usage = "quantiles(beta(mean=25%, n=40), points=5)"
    named = {key: text for key, text in call.arguments if key}
    bare = [text for key, text in call.arguments if not key]
    if len(bare) != 1 or set(named) != {"points"}:
        raise ValueError(f"{quoted(call.text)} cannot be read; write {usage}")
    spread = _distribution(spot, Node(bare[0], node.place))
    n = _count(call, named["points"], 1)
    return _distinct(call, spread.values((np.arange(n) + 0.5) / n), n)


def _range(spot: Spot, call: Call, node: Node) -> list[Value] | Spread:
    given = dict(call.arguments)
    if "" in given or set(given) - set(RANGES[call.name]) or not {"from", "to"} <= set(given):
        raise ValueError(f"{quoted(call.text)} cannot be read; write {_mended(call)}")
    ends = [_end(spot, call, given[key]) for key in ("from", "to")]
    (low, high), is_log = (each.number for each in ends), call.name == "logspace"
    if low == high:
        raise ValueError(f"{quoted(call.text)} begins where it ends; write two ends that differ")
    if is_log and not (low > 0 and high > 0):
        raise ValueError(f"{quoted(call.text)}: a logspace never reaches 0; begin above it, or use linspace")
    if "points" not in given:
        if low > high:
            raise ValueError(f"{quoted(call.text)}: write the lower end as `from`")
        return Spread(spot, node, call.text, None, low, high, is_log)
    n = _count(call, given["points"], 2)
    at = np.geomspace(low, high, n) if is_log else np.linspace(low, high, n)
    gaps = np.abs(np.diff(at))
    inner = [_written(spot, float(at[k]), float(min(gaps[k - 1], gaps[k])), node) for k in range(1, n - 1)]
    return _distinct(call, [ends[0], *inner, ends[1]], n)


def _mended(call: Call) -> str:
    """The range as it should be written, with what was given where that is clear."""
    bare = [text for key, text in call.arguments if not key]
    if len(bare) in (2, 3) and not (len(bare) == 3 and any(key for key, _ in call.arguments)):
        named = {key: text for key, text in call.arguments if key}
        given = dict(zip(("from", "to", "points"), bare, strict=False)) | named
        return f"{call.name}({', '.join(f'{key}={text}' for key, text in given.items())})"
    return f"{call.name}(from=0%, to=20%, points=5)"


def _end(spot: Spot, call: Call, text: str) -> Value:
    try:
        number = LITERALS[spot.kind](text)
    except ValueError as error:
        raise ValueError(f"{quoted(call.text)}: {error}") from None
    if spot.is_whole and number != round(number):
        raise ValueError(f"{quoted(call.text)}: {quoted(text)} is not a whole number")
    whole = spot.text(text)
    try:
        return Value(whole, number, spot.number(whole)[1], Node(text, Place("file")))
    except ValueError as error:
        raise ValueError(f"{quoted(call.text)}: {error}") from None


def _count(call: Call, text: str, fewest: int) -> int:
    try:
        n = read_count(text)
    except ValueError as error:
        raise ValueError(f"{quoted(call.text)}: points: {error}") from None
    if not fewest <= n <= MOST_POINTS:
        raise ValueError(f"{quoted(call.text)}: points must be from {fewest} to {MOST_POINTS:_}, not {text}")
    return n


def _written(spot: Spot, number: float, resolution: float, node: Node) -> Value:
    """A number that was calculated, as text, and the number that this text is."""
    text = spot.write(number, resolution)
    whole = spot.text(text)
    return Value(whole, *spot.number(whole), node)


def _distinct(call: Call, values: list[Value], n: int) -> list[Value]:
    found = len({value.same for value in values})
    if found < n:
        kind = "whole numbers" if values[0].number == round(values[0].number) else "values"
        raise ValueError(f"{quoted(call.text)} has only {found} different {kind}; write points={found}")
    return values
