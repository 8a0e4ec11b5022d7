"""How much money does a source spend, and how many leads does that bring on average?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from simfunnel.distributions import Distribution, nodes
from simfunnel.scenario.correlations import Ties, mean_together, ties
from simfunnel.scenario.schema import Number, Scenario, Source, Yield
from simfunnel.yields import leads_at

__all__ = ["Spend", "arriving_together", "bought", "parameters", "share_of", "shares_of", "slice_of", "spend_of"]

Floats = NDArray[np.float64]

_MOST_NODES = 1 << 18  # combinations of what several unknown numbers may be
_FEW = {2: 500, 3: 60}  # midpoints of each where there would be more


@dataclass(frozen=True)
class Spend:
    """Money that may be uncertain, which part of it is spent here, how much more than that, in currency units, and
    what of the source moves together (see `ties`)."""

    amount: Number
    share: float = 1.0
    more: float = 0.0
    tied: Ties = ()

    def mean(self) -> float:
        """On average, in currency units."""
        whole = self.amount.mean() if isinstance(self.amount, Distribution) else self.amount
        return self.share * whole + self.more


def shares_of(scenario: Scenario) -> dict[str, float]:
    """The share of the scenario's budget that each source takes which takes one, in the order of the sources.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> year = loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... budget: 100k
    ... sources:
    ...   search: {enters: sql, share: 60%, yield: {most: 400, half: 30k}}
    ...   fair: {enters: sql, share: rest, cost_per_lead: 500}
    ... stages: {sql: {conversion: 25%}}
    ... ''')
    >>> shares_of(year)
    {'search': 0.6, 'fair': 0.4}
    """
    return {name: share_of(scenario, source) for name, source in scenario.sources.items() if source.share is not None}


def share_of(scenario: Scenario, source: Source) -> float:
    """The share of the scenario's budget that a source takes; what the others leave where it says `rest`."""
    if isinstance(source.share, float):
        return source.share
    if source.share is None:
        return 0.0
    taken = sum(each.share for each in scenario.sources.values() if isinstance(each.share, float))
    return max(0.0, round(1.0 - taken, 12))  # without the dust of the sum


def slice_of(scenario: Scenario, name: str) -> tuple[float, float]:
    """Where the share of a source begins and ends, all laid side by side in the order of their names, from 0 to 1."""
    shares = sorted(shares_of(scenario).items())
    ends = np.cumsum([0.0, *(share for _, share in shares)])
    at = [each for each, _ in shares].index(name)
    return float(ends[at] / ends[-1]), float(ends[at + 1] / ends[-1])


def spend_of(scenario: Scenario, source: Source) -> Spend | None:
    """What a source spends: a budget of its own, or its share of the whole; None where no budget sizes it."""
    tied = ties(scenario, source)
    if source.share is not None:
        return None if scenario.budget is None else Spend(scenario.budget, share_of(scenario, source), tied=tied)
    return None if source.budget is None else Spend(source.budget, tied=tied)


def bought(source: Source, spend: Spend) -> float:
    """The mean number of leads that a source brings for a spend, at its price or by its yield, over all that nobody
    knows."""
    if source.yields is not None:
        return _yielded(source.yields, spend)
    price = source.cost_per_lead
    if price is None:
        return 0.0
    if spend.tied and isinstance(price, Distribution):
        return _bought_together(spend, price)
    if isinstance(price, Distribution):
        return spend.mean() * _leads_for_one(price)
    return spend.mean() / price if price > 0 else 0.0


@lru_cache(maxsize=256)
def _leads_for_one(price: Distribution) -> float:
    """How many leads one unit of money buys on average."""
    prices, weights = nodes(price)
    return float((1.0 / prices) @ weights)


def arriving_together(scenario: Scenario, source: Source, *, paid: bool = False) -> float | None:
    """Leads per period (or at once) of a source that no budget sizes, or what is ``paid`` for them, on average where
    number, capture and cost of a lead move together; None where they do not."""
    many, key = (source.leads, "leads") if source.leads is not None else (source.visits, "visits")
    tied = ties(scenario, source)
    if many is None or not tied:
        return None
    parts = {key: many.amount, "capture": source.capture, "cost_per_lead": source.cost_per_lead if paid else None}
    known = {name: value for name, value in parts.items() if value is not None}
    if not any({one, other} <= known.keys() for one, other, _ in tied):
        return None
    return _product(tuple(known.items()), tied)


@lru_cache(maxsize=256)
def _product(parts: tuple[tuple[str, Number], ...], tied: Ties) -> float:
    return mean_together(lambda *each: np.prod(each, axis=0), dict(parts), tied)


def parameters(curve: Yield) -> tuple[Number, Number, Number, bool]:
    """Level, spend, exponent and whether it levels off, as `leads_at` takes them; of a curve that has been checked."""
    if curve.most is not None:
        assert curve.half is not None
        return curve.most, curve.half, 1.0 if curve.shape is None else curve.shape, True
    assert curve.leads is not None
    assert curve.at is not None
    assert curve.exponent is not None
    return curve.leads, curve.at, curve.exponent, False


@lru_cache(maxsize=256)
def _yielded(curve: Yield, spend: Spend) -> float:
    """The level is a factor, rolled by itself; all else is averaged over every combination."""
    level, at, exponent, levels_off = parameters(curve)
    if spend.tied:
        return _yielded_together(curve, spend)
    values, weights = _combinations([spend.amount, at, exponent])
    found = leads_at(spend.share * values[0] + spend.more, 1.0, values[1], values[2], levels_off=levels_off)
    mean = level.mean() if isinstance(level, Distribution) else level
    return mean * float(np.sum(found * weights))


def _yielded_together(curve: Yield, spend: Spend) -> float:
    """The same where some of these numbers move together."""
    level, at, exponent, levels_off = parameters(curve)
    names = ("most", "half", "shape") if levels_off else ("leads", "at", "exponent")
    parts: dict[str, Number] = {"budget": spend.amount, "yield." + names[0]: level}
    parts |= {"yield." + names[1]: at, "yield." + names[2]: exponent}

    def leads(money: Floats, level: Floats, at: Floats, exponent: Floats) -> Floats:
        return level * leads_at(spend.share * money + spend.more, 1.0, at, exponent, levels_off=levels_off)

    return mean_together(leads, parts, spend.tied)


@lru_cache(maxsize=256)
def _bought_together(spend: Spend, price: Distribution) -> float:
    def leads(money: Floats, price: Floats) -> Floats:
        return (spend.share * money + spend.more) / price

    return mean_together(leads, {"budget": spend.amount, "cost_per_lead": price}, spend.tied)


def _combinations(numbers: list[Number]) -> tuple[list[Floats], Floats]:
    """Values of each number on axes of their own, and the weight of every combination."""
    found = [nodes(each) if isinstance(each, Distribution) else (np.array([each]), np.ones(1)) for each in numbers]
    if np.prod([len(weights) for _, weights in found]) > _MOST_NODES:
        several = sum(isinstance(each, Distribution) for each in numbers)
        found = [_thinned(each, one, _FEW[several]) for each, one in zip(numbers, found, strict=True)]
    grids = np.meshgrid(*(values for values, _ in found), indexing="ij", sparse=True)
    return list(grids), reduce(np.multiply.outer, [weights for _, weights in found])


def _thinned(number: Number, found: tuple[Floats, Floats], few: int) -> tuple[Floats, Floats]:
    if not isinstance(number, Distribution) or len(found[1]) <= few:
        return found
    return number.quantile((np.arange(few) + 0.5) / few), np.full(few, 1.0 / few)
