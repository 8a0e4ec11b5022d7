"""Who are the leads of one future, and what does nobody know about it, told in plain Python?

The world of the slow twin, written from the model: numbers of leads, their arrivals, sectors, quality and scores, the
unknown inputs and the drift. It shares with the engine the luck (keys and the names of decisions), the quantile
functions and the resolved plan, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats
from scipy.special import ndtr, ndtri

from simfunnel import luck
from simfunnel.engine.plan import Clock, Knob, Plan, SourcePlan, StagePlan, Volume


@lru_cache(maxsize=100_000)
def key_of(*names: str | int) -> int:
    """The folded key of a decision."""
    return int(luck.fold(*names))


def folded(key: int, count: int) -> int:
    """One more count folded into a key."""
    return int(luck.fold_many(np.array([key], np.uint64), np.array([count], np.uint64))[0])


def uniform(key: int, *names: str | int) -> float:
    """The roll that settles this decision for the holder of the key."""
    return float(luck.uniforms(np.array([key], np.uint64), np.uint64(key_of(*names)))[0])


@dataclass(frozen=True)
class Lead:
    """Who it is: its place in the world, its key, and when it arrives and leaves the company."""

    source: int
    number: tuple[int, ...]
    sector: int
    key: int
    arrival: float
    leaves: float
    quality: float = 0.0
    score: float = math.nan


class World:
    """One replication of a plan: what nobody knows about it, and its leads."""

    def __init__(self, plan: Plan, seed: int, replication: int, stream: int = 0) -> None:
        self.plan = plan
        self.key = folded(key_of(seed, "chance", stream), replication)
        unknown = folded(key_of(seed, "ignorance"), replication)
        self.inputs = [
            float(each.sampler.quantile(np.array([self._unknown(unknown, each.names)]))[0]) for each in plan.inputs
        ]
        self.shocks = {k: self._shocks(stage) for k, stage in enumerate(plan.stages) if stage.drift is not None}

    def _unknown(self, key: int, names: tuple[str, ...]) -> float:
        """The roll of an input: its own, or where it moves with others a mixture of the normal scores of theirs."""
        group = next((each for each in self.plan.together if names in each.names), None)
        weights = [0.0] if group is None else group.lower[group.names.index(names)].tolist()
        if group is None or sum(weight != 0.0 for weight in weights) == 1:
            return uniform(key, *names)
        score = weights[group.names.index(names)] * ndtri(uniform(key, *names))
        for weight, other in zip(weights, group.names, strict=True):
            if weight and other != names:
                score += weight * ndtri(uniform(key, *other))
        return float(ndtr(score))

    def value(self, knob: Knob, sector: int = 0) -> float:
        """What a knob is in this replication."""
        return {k: self.inputs[index] for k, index in knob.drawn}.get(sector, float(knob.values[sector]))

    def draw(self, clock: Clock, lead: Lead, *names: str | int) -> float:
        """A duration or a deal value of this lead."""
        draw = clock.draws[int(clock.which[lead.sector])]
        if draw.fixed is not None:
            return draw.fixed
        assert draw.sampler is not None
        u = np.array([uniform(lead.key, *names)])
        return float(draw.sampler.quantile(u, [self.inputs[index] for index in draw.inputs])[0])

    def _shocks(self, stage: StagePlan) -> list[float]:
        assert stage.drift is not None
        periods = math.floor(self.plan.end / stage.drift.every) + 1
        fresh = [float(ndtri(uniform(self.key, stage.name, "drift", k))) for k in range(periods)]
        rho, shocks = stage.drift.carry_over, fresh[:1]
        for z in fresh[1:]:
            shocks.append(rho * shocks[-1] + math.sqrt(1 - rho * rho) * z)
        return shocks

    def leads(self) -> Iterator[Lead]:
        """All leads of this replication, source by source."""
        for index, source in enumerate(self.plan.sources):
            key = folded(self.key, key_of(source.name))
            for number, share_from, share_to in self._numbers(source, key):
                yield self._lead(index, source, key, number, share_from, share_to)

    def _lead(
        self, index: int, source: SourcePlan, key: int, number: tuple[int, ...], share_from: float, share_to: float
    ) -> Lead:
        for part in number:
            key = folded(key, part)
        edges, shares = source.arrival.edges, source.arrival.shares
        arrival = float(edges[0])
        if edges[-1] > edges[0]:
            u = share_from + uniform(key, "", "arrival", 0) * (share_to - share_from)
            arrival = float(np.interp(u, shares, edges))
            if len(number) == 1 and len(edges) == 2:
                arrival = uniform(key, "", "arrival", 0) * (edges[1] - edges[0]) + edges[0]
        sector, leaves = self._sector(source, key), math.inf
        if self.plan.attrition is not None and self.value(self.plan.attrition, sector) > 0:
            u = uniform(key, "", "attrition", 0)
            leaves = arrival - float(np.log(np.array([1 - u]))[0]) / self.value(self.plan.attrition, sector)
        quality, score = 0.0, math.nan
        if self.plan.score is not None:
            quality, rho = float(ndtri(uniform(key, "", "quality", 0))), self.value(self.plan.score.correlation)
            seen = rho * quality + math.sqrt(1 - rho * rho) * float(ndtri(uniform(key, "", "score", 0)))
            score = self.plan.score.mean + self.plan.score.sd * seen
        return Lead(index, number, sector, key, arrival, leaves, quality, score)

    def _sector(self, source: SourcePlan, key: int) -> int:
        shares = [self.value(knob) for knob in source.sector_shares]
        if source.sector_rest >= 0:
            shares[source.sector_rest] = max(0.0, 1 - sum(shares))
        u, total, passed = uniform(key, "", "sector", 0), sum(shares), 0.0
        by_name = [sector for _, sector in sorted((name, sector) for sector, name in enumerate(self.plan.sectors))]
        for sector in by_name:
            passed += shares[sector] / total
            if u < passed:
                return sector
        return [sector for sector in by_name if shares[sector] > 0][-1]

    def _numbers(self, source: SourcePlan, key: int) -> Iterator[tuple[tuple[int, ...], float, float]]:
        """Each lead's number (for overdispersed sources week and place) and its part of the arrival profile."""
        volume = source.volume
        amount = self.value(volume.amount)
        capture = 1.0 if volume.capture is None else self.value(volume.capture)
        if volume.kind == "overdispersed":
            yield from self._weekly(source, key, amount * capture, capture)
            return
        u = uniform(key, "", "number of leads", 0)
        if volume.kind == "fixed":
            count = round(amount)
        elif volume.kind == "binomial":
            count = int(stats.binom.ppf(u, round(amount), capture))
        else:
            mean = self._mean(volume, amount * capture)
            count = int(stats.poisson.ppf(u, mean)) if mean > 0 else 0
        for number in range(count):
            yield (number,), 0.0, 1.0

    def _mean(self, volume: Volume, amount: float) -> float:
        """Leads on average: so many, what money buys at a price, or what it brings by a curve."""
        if volume.curve is not None:
            level, at = self.value(volume.curve.level), self.value(volume.curve.at)
            power = (amount / at) ** self.value(volume.curve.exponent)
            return level * power / (1.0 + power) if volume.curve.levels_off else level * power
        return amount / (1.0 if volume.price is None else self.value(volume.price))

    def _weekly(
        self, source: SourcePlan, key: int, mean: float, capture: float
    ) -> Iterator[tuple[tuple[int, ...], float, float]]:
        assert source.volume.dispersion is not None
        excess = (self.value(source.volume.dispersion) - 1) * capture
        edges, shares = source.arrival.edges, source.arrival.shares
        week, start, end = 0, float(edges[0]), float(edges[-1])
        while start < end or week == 0:
            low, high = 0.0, 1.0
            if end > edges[0]:
                low, high = (float(np.interp(min(day, end), edges, shares)) for day in (start, start + 7.0))
            u, here = uniform(key, "", "number of leads", week), mean * (high - low)
            if here == 0:
                count = 0
            elif excess > 0:
                count = int(stats.nbinom.ppf(u, here / excess, 1 / (1 + excess)))
            else:
                count = int(stats.poisson.ppf(u, here))
            for number in range(count):
                yield (week, number), low, high
            week, start = week + 1, start + 7.0
