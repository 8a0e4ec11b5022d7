"""What do the replications of one block have in common, and how is a decision of a lead rolled?"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simfunnel import luck
from simfunnel.engine import loops
from simfunnel.engine.plan import Clock, Draw, Exits, Floats, Ints, Knob, Places, Plan, where

T = TypeVar("T", bound=np.generic)
_LOWEST = 2.0**-53  # of all rolls
DEEPEST = 256  # a roll of one kind is made at most so often for one lead (recycle limits are at most 200)


@lru_cache(maxsize=4096)
def decision(stage: str, name: str, count: int = 0) -> np.uint64:
    """The key of one decision at one stage, made for the ``count``-th time."""
    return luck.fold(stage, name, count)


@lru_cache(maxsize=4096)
def _alone(stage: str, name: str) -> luck.Keys:
    """The key of a decision made for the first time, shape (1,)."""
    return np.array([decision(stage, name)])


@lru_cache(maxsize=1024)
def decisions(stage: str, name: str) -> luck.Keys:
    """The keys of one decision by count, shape (DEEPEST,)."""
    keys = np.array([decision(stage, name, count) for count in range(DEEPEST)], np.uint64)
    keys.flags.writeable = False
    return keys


def unknowns(plan: Plan, seed: int, numbers: luck.Keys) -> list[Floats]:
    """The roll of each input of a plan in the replications of these numbers, whatever the stream; shape (n,) each."""
    keys = luck.fold_many(luck.fold(seed, "ignorance"), numbers)
    moved: dict[tuple[str, ...], Floats] = {}
    for each in plan.together:
        own = [luck.uniforms(keys, luck.fold(*names)) for names in each.names]
        moved |= dict(zip(each.names, _together(own, each.lower), strict=True))
    return [
        moved[each.names] if each.names in moved else luck.uniforms(keys, luck.fold(*each.names))
        for each in plan.inputs
    ]


def _together(rolls: list[Floats], lower: Floats) -> list[Floats]:
    """These rolls with their normal scores correlated; who depends on none before it keeps its own, bit for bit.

    Sums go term by term: a matrix product may round differently in blocks of another size.
    """
    from scipy.special import ndtr, ndtri

    scores, found = [ndtri(roll) for roll in rolls], []
    for k, row in enumerate(lower):
        before = where(row[:k] != 0.0)
        if not before.size:
            found.append(rolls[k])
            continue
        score = row[k] * scores[k]
        for j in before:
            score += row[j] * scores[j]
        found.append(np.clip(ndtr(score), _LOWEST, 1.0 - _LOWEST))
    return found


@lru_cache(maxsize=2)  # the leads of equal blocks are now fewer, now more than a power of 2
def _numbers(n: int) -> Ints:
    """0, 1, 2 ... below n, which nobody changes and the next block needs again."""
    return np.arange(n)


class Block:
    """Replications ``first`` to ``first + n_reps - 1`` of a plan: their keys, and what nobody knows about them.

    ``stream`` re-rolls chance and keeps ignorance: two blocks that differ in it alone share each replication's
    unknowns.
    """

    def __init__(self, plan: Plan, seed: int, first: int, n_reps: int, stream: int = 0) -> None:
        self.plan, self.n_reps, self.n_sectors = plan, n_reps, len(plan.sectors)
        numbers = np.arange(first, first + n_reps, dtype=np.uint64)
        self.keys = luck.fold_many(luck.fold(seed, "chance", stream), numbers)
        self._knobs: dict[int, Floats] = {}
        self._edges: dict[int, Floats] = {}
        self.rolls = n_reps * len(plan.inputs)
        unknown = unknowns(plan, seed, numbers)
        self.inputs = [each.sampler.quantile(roll) for each, roll in zip(plan.inputs, unknown, strict=True)]

    def uniforms(self, keys: luck.Keys, key: np.uint64 | luck.Keys, which: Ints | None = None) -> Floats:
        """Uniform numbers for these keys (those that ``which`` names), counted as rolls."""
        self.rolls += keys.size if which is None else which.size
        return luck.uniforms(keys, key, which)

    def knob(self, knob: Knob) -> Floats:
        """Its values, shape (n_reps, len(knob.values)), or (1, ...) where nothing about it is drawn."""
        known = self._knobs.get(id(knob))
        if known is None:
            known = knob.values[None, :]
            if knob.drawn:
                known = np.repeat(known, self.n_reps, axis=0)
                for sector, index in knob.drawn:
                    known[:, sector] = self.inputs[index]
            self._knobs[id(knob)] = known
        return known

    def column(self, knob: Knob) -> Floats:
        """The one value that each replication has of a knob of shape (1,); shape (n_reps,)."""
        return np.broadcast_to(self.knob(knob)[:, 0], (self.n_reps,))

    def full(self, knob: Knob) -> Floats:
        """Its values, shape (n_reps, n_sectors)."""
        return np.broadcast_to(self.knob(knob), (self.n_reps, self.n_sectors))

    def thresholds(self, exits: Exits) -> Floats:
        """Where on the unit interval no decision, competitor and dropped end, in that order; shape (n_reps or 1, K or
        1, 3).

        What is left goes to the exit marked as rest. Shares that are drawn and do not sum to 1 are scaled to it.
        """
        if not exits.is_drawn:
            return _fixed_thresholds(exits)
        known = self._edges.get(id(exits))
        if known is None:
            known = self._edges[id(exits)] = _thresholds(exits, [self.full(share) for share in exits.shares])
        return known


@lru_cache(maxsize=1024)
def _fixed_thresholds(exits: Exits) -> Floats:
    return _thresholds(exits, [share.values[None, :] for share in exits.shares])


def _thresholds(exits: Exits, parts: list[Floats]) -> Floats:
    shares = np.stack(parts, axis=-1)
    total = shares.sum(axis=-1)
    for sector in where(exits.rest >= 0):
        shares[:, sector, exits.rest[sector]] = np.maximum(0.0, 1.0 - total[:, sector])
    edges = np.cumsum(shares / shares.sum(axis=-1, keepdims=True), axis=-1)[..., :3]
    edges[edges > 1.0 - 1e-12] = 1.0  # rounding opens no gap at the top
    return edges[:, :1] if (edges == edges[:, :1]).all() else edges


class Leads:
    """All leads of a block, flat, source by source and in each by replication; every array has shape (n_leads,).

    ``numbers`` (n_sources, n_reps) says how many leads there are of each. ``cell`` is ``replication * n_sectors +
    sector``, ``code`` puts ``source`` before it. ``leaves`` is when the contact leaves, ``quality`` (standard normal)
    how good the lead is, ``score`` what is seen of that; each None where there is no such thing.
    """

    def __init__(self, block: Block, key: luck.Keys, arrival: Floats, cell: Places, numbers: Ints) -> None:
        self.block, self.key, self.arrival, self.cell = block, key, arrival, cell
        self.leaves: Floats | None = None
        self.quality: Floats | None = None
        self.score: Floats | None = None
        self.numbers = numbers
        self.size, self.n_sectors, self.n_sources = key.size, block.n_sectors, numbers.shape[0]
        self.rep = cell if block.n_sectors == 1 else cell // block.n_sectors
        self.sector = None if block.n_sectors == 1 else cell - self.rep * block.n_sectors
        self.source: Ints | int = 0
        if self.n_sources > 1:
            self.source = np.repeat(np.arange(self.n_sources), numbers.sum(axis=1))
        # this very array stands for all leads in order: nothing need be looked up
        self.everyone = _numbers(1 << self.size.bit_length())[: self.size]
        self.code = cell
        if not isinstance(self.source, int):
            self.code = (cell + self.source * (block.n_reps * block.n_sectors)).astype(np.int32)
        # where the leads of each source and replication begin: with one sector a sorted wave is counted by bisection
        self._offsets = np.concatenate([[0], np.cumsum(numbers)])
        self._last = (self.everyone, self._offsets)  # leads are asked for several times in a row

    def rep_of(self, lead: Ints) -> Places:
        """The replications (in the block) of these leads."""
        return self.rep if lead is self.everyone else self.rep.take(lead)

    def bounds(self, lead: Ints) -> Ints:
        """Where in these sorted leads each source and replication begins; shape (n_sources * n_reps + 1,)."""
        if lead is not self._last[0]:
            self._last = (lead, self._offsets if lead is self.everyone else loops.bounds(lead, self._offsets))
        return self._last[1]

    @property
    def is_simple(self) -> bool:
        """Whether there is one source and one sector, so that sorted leads are sorted by replication."""
        return self.n_sectors == self.n_sources == 1

    def at(self, knob: Knob, lead: Ints) -> Floats | float:
        """A knob's value for each of these leads; a plain float where it is the same for all."""
        return self.look_up(self.block.knob(knob), lead) if knob.scalar is None else knob.scalar

    def chance(self, knob: Knob, lead: Ints, *, in_order: bool) -> loops.Chance:
        """The same of a chance; ``in_order``: the leads are sorted."""
        return self.steps(self.block.knob(knob), lead) if in_order and knob.scalar is None else self.at(knob, lead)

    def steps(self, values: Floats, lead: Ints) -> Floats | loops.Steps:
        """Of values by replication and sector, those of these sorted leads: where it can be without looking each up."""
        if self.is_simple and lead.size > 4 * values.size > 4:
            return loops.Steps(np.ascontiguousarray(values[:, 0]), self.bounds(lead))
        return self.look_up(values, lead)

    def look_up(self, values: Floats, lead: Ints) -> Floats:
        """Of values by replication and sector, shape (n_reps or 1, n_sectors or 1), those of these leads."""
        if values.shape[1] == 1:
            column = np.ascontiguousarray(values[:, 0])
            return column.take(self.rep_of(lead)) if column.size > 1 else np.full(lead.size, column[0])
        if values.shape[0] == 1:
            assert self.sector is not None
            return values[0].take(self.sector.take(lead))
        return values.ravel().take(self.cell.take(lead))

    def by_sector(self, values: Ints, lead: Ints) -> Ints | int:
        """What each of these leads has of an array over sectors; a plain int where it is the same for all."""
        if (values == values[0]).all():
            return int(values[0])
        assert self.sector is not None
        return values.take(self.sector.take(lead))

    def roll(self, lead: Ints, stage: str, name: str, count: Ints | None) -> Floats:
        """A uniform number for each of these leads: the roll ``name`` at ``stage``, the ``count``-th (None: the
        first) of its kind."""
        key = _alone(stage, name) if count is None else decisions(stage, name).take(count)
        return self.block.uniforms(self.key, key, None if lead is self.everyone else lead)

    def draw(self, clock: Clock, lead: Ints, stage: str, name: str, count: Ints | None) -> Floats:
        """A duration (days) or value (cents) for each of these leads."""
        if len(clock.draws) == 1:
            return self._values(clock.draws[0], lead, stage, name, count)
        assert self.sector is not None
        which = clock.which.take(self.sector.take(lead))
        out = np.empty(lead.size, np.float64)
        for index, each in enumerate(clock.draws):
            at = where(which == index)
            if at.size:
                out[at] = self._values(each, lead.take(at), stage, name, None if count is None else count.take(at))
        return out

    def _values(self, draw: Draw, lead: Ints, stage: str, name: str, count: Ints | None) -> Floats:
        if draw.fixed is not None:
            return np.full(lead.size, draw.fixed)
        assert draw.sampler is not None
        u = self.roll(lead, stage, name, count)
        if not draw.inputs:
            return draw.sampler.quantile(u)
        rep = self.rep_of(lead)
        return draw.sampler.quantile(u, [self.block.inputs[index].take(rep) for index in draw.inputs])


def joined(parts: list[NDArray[T]]) -> NDArray[T]:
    """One array of several; the only one as it is."""
    return np.concatenate(parts) if len(parts) > 1 else parts[0]
