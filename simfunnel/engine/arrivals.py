"""How many leads does each source bring, when, of which sector, and when do their contacts leave?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simfunnel import luck
from simfunnel.engine import counts
from simfunnel.engine.block import Block, Leads, decision, joined
from simfunnel.engine.plan import Arrival, Floats, Ints, Knob, Places, SourcePlan, Volume
from simfunnel.engine.scores import grade
from simfunnel.yields import leads_at

WEEK = 7.0
_ARRIVAL = "arrival"


def arrive(block: Block) -> tuple[Leads, list[Ints]]:
    """The leads of a block, and of each source how many each replication has (shape (n_reps,))."""
    batches = []
    for source in block.plan.sources:
        keys = source_keys(block, source)
        weekly = source.volume.kind == "overdispersed"
        batches.append(_weekly(block, source, keys) if weekly else _plain(block, source, keys))
    numbers = [batch.number for batch in batches]
    cells = [_cells(block, source, batch) for source, batch in zip(block.plan.sources, batches, strict=True)]
    key, arrival = joined([batch.key for batch in batches]), joined([batch.time for batch in batches])
    leads = Leads(block, key, arrival, joined(cells), np.stack(numbers))
    leads.leaves = _leaving(block, leads)
    grade(leads)
    return leads, numbers


@dataclass(frozen=True, eq=False)
class Batch:
    """The leads of one source: how many each replication has, and of each lead its replication, key and time."""

    number: Ints
    rep: Places
    key: luck.Keys
    time: Floats


def source_keys(block: Block, source: SourcePlan) -> luck.Keys:
    """The key of a source in each replication."""
    return luck.fold_many(block.keys, np.full(block.n_reps, luck.fold(source.name)))


def how_many(block: Block, source: SourcePlan, keys: luck.Keys) -> Ints:
    """The number of leads of each replication, week by week where the volume is overdispersed, by the quantile of one
    roll, so that a larger mean never brings fewer; shape (n_reps, n_weeks or 1).

    A lead's number counts within these: the first so many leads are those of a smaller volume.
    """
    volume = source.volume
    if volume.kind == "overdispersed":
        return _weekly_numbers(block, volume, _weeks(source.arrival)[1], keys)
    if volume.kind == "fixed":
        return np.rint(block.column(volume.amount)).astype(np.int64)[:, None]
    u = block.uniforms(keys, decision("", "number of leads"))
    if volume.kind == "poisson":
        return counts.poisson(u, mean_leads(block, volume))[:, None]
    assert volume.capture is not None, volume.kind
    return counts.binomial(u, np.rint(block.column(volume.amount)), block.column(volume.capture))[:, None]


def mean_leads(block: Block, volume: Volume) -> Floats | float:
    """The mean number of leads: thinned visits, or what a budget buys; one for each replication, or one for all."""
    mean = _column(block, volume.amount)
    if volume.capture is not None:
        mean = mean * _column(block, volume.capture)
    if volume.curve is not None:
        curve = volume.curve
        level, at, exponent = (_column(block, knob) for knob in (curve.level, curve.at, curve.exponent))
        return leads_at(mean, level, at, exponent, levels_off=curve.levels_off)
    return mean if volume.price is None else mean / _column(block, volume.price)


def _column(block: Block, knob: Knob) -> Floats | float:
    return block.column(knob) if knob.scalar is None else knob.scalar


def _plain(block: Block, source: SourcePlan, keys: luck.Keys) -> Batch:
    count = how_many(block, source, keys)[:, 0]
    rep = np.repeat(np.arange(block.n_reps, dtype=np.int32), count)
    key = luck.fold_ranges(keys, count)
    return Batch(count, rep, key, arrival_times(block, source.arrival, key))


def arrival_times(block: Block, arrival: Arrival, key: luck.Keys) -> Floats:
    """When each lead arrives, in days: the quantile of the source's profile over its window."""
    first, last = float(arrival.edges[0]), float(arrival.edges[-1])
    if first == last:
        return np.full(key.size, first)
    u = block.uniforms(key, decision("", _ARRIVAL))
    if arrival.edges.size == 2:
        u *= last - first
        if first:
            u += first
        return u
    return np.interp(u, arrival.shares, arrival.edges)


def _weeks(arrival: Arrival) -> tuple[Floats, Floats]:
    """Where the weeks of a window end, and the cumulative share of its leads there; one week where all come at once."""
    first, last = arrival.edges[0], arrival.edges[-1]
    edges = np.append(np.arange(first, max(last, first + WEEK / 2), WEEK), last)
    return edges, np.interp(edges, arrival.edges, arrival.shares) if last > first else np.array([0.0, 1.0])


def _weekly_numbers(block: Block, volume: Volume, shares: Floats, keys: luck.Keys) -> Ints:
    """Negative binomial counts, shape (n_reps, n_weeks)."""
    assert volume.dispersion is not None
    # thinning with share c turns a variance-to-mean ratio of 1 + e into 1 + c e
    captured = 1.0 if volume.capture is None else _column(block, volume.capture)
    excess = (_column(block, volume.dispersion) - 1.0) * captured
    mean = mean_leads(block, volume)
    columns = []
    for number, share in enumerate(np.diff(shares).tolist()):
        u = block.uniforms(keys, luck.fold("", "number of leads", number))
        columns.append(counts.overdispersed(u, mean * share, excess))
    return np.stack(columns, axis=1)


def _weekly(block: Block, source: SourcePlan, keys: luck.Keys) -> Batch:
    """Leads week by week; a lead's number is its week's and its place in it."""
    arrival = source.arrival
    edges, shares = _weeks(arrival)
    weekly = _weekly_numbers(block, source.volume, shares, keys)

    flat = weekly.ravel()
    cell = np.repeat(np.arange(flat.size), flat)
    within = np.arange(cell.size) - np.repeat(np.cumsum(flat) - flat, flat)
    rep, week = np.divmod(cell, edges.size - 1)
    key = luck.fold_many(luck.fold_many(keys.take(rep), week), within)
    low, high = shares.take(week), shares.take(week + 1)
    u = low + block.uniforms(key, decision("", _ARRIVAL)) * (high - low)
    return Batch(weekly.sum(axis=1), rep.astype(np.int32), key, np.interp(u, arrival.shares, arrival.edges))


def _cells(block: Block, source: SourcePlan, batch: Batch) -> Places:
    """``replication * n_sectors + sector`` of each lead; the sector is a roll of its own, never a quota.

    Sectors lie on the unit interval by name, so that their order in the file does not matter.
    """
    if block.n_sectors == 1:
        return batch.rep
    shares = np.stack([block.column(knob) for knob in source.sector_shares], axis=1)
    if source.sector_rest >= 0:
        shares[:, source.sector_rest] = np.maximum(0.0, 1.0 - shares.sum(axis=1))
    shares /= shares.sum(axis=1, keepdims=True)
    by_name = sorted(range(block.n_sectors), key=block.plan.sectors.__getitem__)
    taken = [k for k in by_name if shares[:, k].any()]
    sector = np.full(batch.rep.size, taken[0])
    if len(taken) > 1:
        u = block.uniforms(batch.key, decision("", "sector"))
        edge = np.zeros(block.n_reps)
        for before, after in pairwise(taken):
            edge = edge + shares[:, before]
            sector[u >= edge.take(batch.rep)] = after
    return (batch.rep * block.n_sectors + sector).astype(np.int32)


def _leaving(block: Block, leads: Leads) -> Floats | None:
    """When each contact leaves the company: one exponential clock from the lead's arrival on."""
    hazard: Knob | None = block.plan.attrition
    if hazard is None or hazard.is_zero:
        return None
    u = block.uniforms(leads.key, decision("", "attrition"))
    with np.errstate(divide="ignore"):
        return leads.arrival - np.log(1.0 - u) / leads.at(hazard, np.arange(leads.size))
