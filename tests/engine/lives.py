"""Which leads are won, and when? Walks that the laws are held against, lead for lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.block import Block, Leads
from simfunnel.engine.futures import live
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import Plan
from simfunnel.engine.visits import Walk
from simfunnel.engine.walks import Ideal
from simfunnel.engine.waves import Wave

N_REPS = 25
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Deal:
    """A lead that is won: in which replication of the block, on which day, worth how many cents."""

    rep: int
    day: float
    cents: int


Deals = dict[int, Deal]  # by the key of the lead, which no other lead has


def deals(plan: Plan, seed: int, n_reps: int = N_REPS) -> Deals:
    """The leads that are won, as they live."""
    leads, _, actual, _, _ = live(Block(plan, seed, 0, n_reps))
    return _deals(leads, actual)


def twins_deals(plan: Plan, seed: int, n_reps: int = N_REPS) -> Deals:
    """The leads whose ideal twins are won: of those once touched as walked again, of the others as they live."""
    leads, _, actual, twin, _ = live(Block(plan, seed, 0, n_reps))
    touched = set(leads.key[np.flatnonzero(actual.touch)].tolist())
    untouched = {key: deal for key, deal in _deals(leads, actual).items() if key not in touched}
    return untouched | _deals(leads, twin)


def ideal_deals(plan: Plan, seed: int, n_reps: int = N_REPS) -> Deals:
    """The leads whose ideal twins are won, by walking the twins of all leads from their arrival on."""
    block = Block(plan, seed, 0, n_reps)
    leads = live(block)[0]
    walk = Ideal(leads, Odds(block), np.zeros(leads.size, np.int16))
    enters = np.array([source.enters for source in plan.sources])[np.broadcast_to(leads.source, leads.size)]
    fresh: list[list[Wave]] = [[] for _ in plan.stages]
    for stage in range(len(plan.stages) - 1):
        lead = np.flatnonzero(enters == stage)
        fresh[stage].append(Wave(lead, leads.arrival[lead]))
    walk.run(fresh, [[] for _ in plan.stages])
    return _deals(leads, walk)


def _deals(leads: Leads, walk: Walk) -> Deals:
    found: Deals = {}
    for wave in walk.won:
        cents = np.rint(leads.draw(leads.block.plan.deal_value, wave.lead, "", "deal value", None)).astype(np.int64)
        columns: list[NDArray[Any]] = [leads.key[wave.lead], leads.rep[wave.lead], wave.time, cents]
        for key, rep, day, worth in zip(*(column.tolist() for column in columns), strict=True):
            assert key not in found, "a lead is won once"
            found[key] = Deal(rep, day, worth)
    return found


def by_replication(these: Deals, until: float, n_reps: int = N_REPS) -> tuple[Ints, Ints]:
    """Number and cents of the deals won by a day, each of shape (n_reps,)."""
    number, cents = np.zeros(n_reps, np.int64), np.zeros(n_reps, np.int64)
    for deal in these.values():
        if deal.day <= until:
            number[deal.rep] += 1
            cents[deal.rep] += deal.cents
    return number, cents


def contains(more: Deals, fewer: Deals, *, slack: float = 1e-9) -> bool:
    """Whether every deal of one is one of the other, for as much, and won no later (but for rounding)."""
    return all(
        key in more and more[key].cents == deal.cents and more[key].day <= deal.day + slack
        for key, deal in fewer.items()
    )
