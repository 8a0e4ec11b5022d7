"""Which uncertain inputs move together, how is that written, and can they?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simfunnel.distributions import Distribution, copula
from simfunnel.scenario.expressions import read
from simfunnel.scenario.schema import Correlation, Number, Scenario, Source
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import Faults, KeyPath, Node
from simfunnel.scenario.written import Written

__all__ = ["MOST_PAIRS", "Ties", "groups", "mean_together", "moving", "read_correlations", "ties"]

Ties: TypeAlias = "tuple[tuple[str, str, float], ...]"

MOST_PAIRS = 100
_RANK = Written("number", low=-1.0, high=1.0, low_open=True, high_open=True)
_LIKE = "[[stages.sql.conversion, sources.web.cost_per_lead, -0.4]]"
_MOST_SHOWN = 6  # inputs whose nearest correlations are all shown


def read_correlations(node: Node, path: KeyPath, faults: Faults) -> tuple[Correlation, ...] | None:
    """Pairs of key paths with their rank correlation, in one order however they were written; None where faults were
    booked."""
    if not isinstance(node.value, tuple):
        faults.add(path, f"takes a list of pairs with a number, such as {_LIKE}", node.place)
        return None
    if len(node.value) > MOST_PAIRS:
        faults.add(path, f"has {len(node.value)} pairs; at most {MOST_PAIRS} are allowed", node.place)
        return None
    found: dict[tuple[str, str], float] = {}
    is_sound = True
    for each in node.value:
        try:
            one, other, rank = _pair(each)
            if (one, other) in found:
                raise ValueError(f"{quoted(one)} and {quoted(other)} stand there twice; write one number for them")
            found[one, other] = rank
        except ValueError as error:
            faults.add(path, str(error), each.place)
            is_sound = False
    pairs = tuple((one, other, rank) for (one, other), rank in sorted(found.items()))
    for names in groups(pairs) if is_sound else []:
        trouble = _trouble(names, pairs)
        if trouble:
            faults.add(path, trouble, node.place)
            is_sound = False
    return pairs if is_sound else None


def _pair(node: Node) -> Correlation:
    """Both paths, in alphabetical order, and the number."""
    parts = [each.value for each in node.value] if isinstance(node.value, tuple) else []
    texts = [each.strip() for each in parts if isinstance(each, str)]
    if len(texts) != 3 or len(parts) != 3:
        raise ValueError(f"takes two key paths and a number for each pair, each pair in brackets: {_LIKE}")
    one, other = sorted(texts[:2])
    if one == other:
        raise ValueError(f"{quoted(one)} cannot be correlated with itself; write two different inputs")
    rank = read(_RANK, texts[2], _no_column)
    assert isinstance(rank, float)
    return one, other, rank


def _no_column(file: str, name: str, packed: str) -> tuple[str, tuple[float, ...]]:
    raise ValueError(f"{quoted(file)} cannot stand here; write a number")


def moving(pairs: Iterable[Correlation]) -> tuple[Correlation, ...]:
    """Those that are not 0, which changes nothing."""
    return tuple(each for each in pairs if each[2] != 0.0)


def groups(pairs: Iterable[Correlation]) -> list[tuple[str, ...]]:
    """Inputs that hang together, directly or by others, each group in alphabetical order.

    Examples
    --------
    >>> groups([("a", "d", 0.5), ("b", "c", 0.1), ("b", "d", 0.3), ("e", "f", -0.2), ("a", "g", 0.0)])
    [('a', 'b', 'c', 'd'), ('e', 'f')]
    """
    found: list[set[str]] = []
    for one, other, _ in moving(pairs):
        touched = [group for group in found if one in group or other in group]
        found = [group for group in found if group not in touched] + [{one, other}.union(*touched)]
    return sorted(tuple(sorted(group)) for group in found)


def ties(scenario: Scenario, source: Source) -> Ties:
    """Which of a source's own numbers move together: `budget`, `leads`, `visits`, `capture`, `cost_per_lead` and the
    keys of its `yield`, in pairs with their rank correlation."""
    if not scenario.correlate:
        return ()
    name = next((name for name, each in scenario.sources.items() if each is source), "")
    own = {f"sources.{name}.{key}": key for key, value in _numbers(source).items() if isinstance(value, Distribution)}
    if source.share is not None and isinstance(scenario.budget, Distribution):
        own["budget"] = "budget"
    pairs = moving(scenario.correlate)
    return tuple((own[one], own[other], rank) for one, other, rank in pairs if one in own and other in own)


def _numbers(source: Source) -> dict[str, Number | None]:
    """By key, what is multiplied or divided where its leads and spend are worked out."""
    numbers = {key: getattr(source, key) for key in ("budget", "capture", "cost_per_lead")}
    numbers |= {key: many.amount for key in ("leads", "visits") if (many := getattr(source, key)) is not None}
    curve = source.yields
    return numbers | (
        {} if curve is None else {f"yield.{key}": getattr(curve, key) for key in type(curve).model_fields}
    )


def mean_together(function: Callable[..., NDArray[np.float64]], parts: dict[str, Number], tied: Ties) -> float:
    """The mean of a function of a source's own numbers, some of which move together."""
    at = {name: k for k, name in enumerate(parts)}
    ranks = {(at[one], at[other]): rank for one, other, rank in tied if {one, other} <= at.keys()}
    return copula.joint_mean(function, list(parts.values()), ranks)


def _trouble(names: tuple[str, ...], pairs: tuple[Correlation, ...]) -> str | None:
    """What is wrong with a group that cannot move so, and what is nearest."""
    ranks = {(one, other): rank for one, other, rank in pairs if one in names and other in names}
    asked = copula.matrix(names, ranks)
    if copula.is_possible(asked):
        return None
    shown = [quoted(name) for name in names]
    several = ", ".join(shown[:_MOST_SHOWN]) + (f" and {len(names) - _MOST_SHOWN} more" * (len(names) > _MOST_SHOWN))
    said = f"{several} cannot move together so (pairs that are not written count as 0)"
    if len(names) > _MOST_SHOWN:
        return f"{said}; all these numbers times {_shrunk(names, ranks):.2f} fit"
    return f"{said}; the nearest that fits is [{', '.join(_nearest(names, asked))}]"


def _nearest(names: tuple[str, ...], asked: copula.Floats) -> Iterator[str]:
    """Pairs as one writes them, in three digits that are possible as well."""
    found = copula.nearest_possible(asked)
    for percent in range(100, 0, -1):
        ranks = {
            (names[i], names[j]): round(percent / 100 * copula.rank_correlation_of(found[i, j]), 3)
            for i, j in combinations(range(len(names)), 2)
        }
        if copula.is_possible(copula.matrix(names, ranks)):
            break
    return (f"[{one}, {other}, {rank:g}]" for (one, other), rank in ranks.items() if rank)


def _shrunk(names: tuple[str, ...], ranks: dict[tuple[str, str], float]) -> float:
    """The largest factor, in per cent, that makes these correlations possible."""
    fits, too_much = 0, 100
    while too_much - fits > 1:
        percent = (fits + too_much) // 2
        some = {pair: percent / 100 * rank for pair, rank in ranks.items()}
        if copula.is_possible(copula.matrix(names, some)):
            fits = percent
        else:
            too_much = percent
    return fits / 100
