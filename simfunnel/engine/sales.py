"""Which lead of which source brought each sale, and what did each lead cost?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simfunnel.engine.arrivals import arrive
from simfunnel.engine.block import Block, Leads
from simfunnel.engine.expansion import with_further_sales
from simfunnel.engine.futures import entering, wins_of
from simfunnel.engine.odds import Odds
from simfunnel.engine.plan import Floats, Ints, Knob, Plan, where
from simfunnel.engine.scores import Bools
from simfunnel.engine.tally import Bill
from simfunnel.engine.visits import Walk


@dataclass(frozen=True, eq=False)
class Sales:
    """Sales before the horizon, and what the leads cost until then, without what their sources cost.

    Attributes
    ----------
    rep, source, number, sector, cents
        Of each sale: replication, source, sector and number of its lead (among those of the source and replication),
        and what it is worth.
    is_deal
        Whether the sale made a customer.
    spent
        Cents that each lead cost, of the sources asked for, one array each in the order of replications and numbers;
        replication by replication where not every lead is kept.
    spent_else : shape (n_reps,)
        Cents that the leads of all other sources cost.
    """

    rep: Ints
    source: Ints
    number: Ints
    sector: Ints
    cents: Ints
    is_deal: Bools
    spent: tuple[Ints, ...]
    spent_else: Ints


class _Receipts(Bill):
    """What each lead costs before the horizon, in cents, shape (n_leads,)."""

    def __init__(self, leads: Leads) -> None:
        super().__init__(leads, np.zeros(0, np.int16), everything=True)
        self.cents = np.zeros(leads.size, np.int64)

    def charge(self, kind: str, knob: Knob, lead: Ints, time: Floats, *, touched: bool) -> None:
        """Charge each of these leads."""
        if knob.is_zero or not lead.size:
            return
        if self.plan.end > self.plan.horizon:
            lead = lead.take(where(time <= self.plan.horizon))
        cents = np.rint(self.leads.at(knob, lead)).astype(np.int64)
        np.add.at(self.cents, lead, cents)


def sell(plan: Plan, seed: int, first: int, n_reps: int, stream: int, asked: tuple[int, ...], each_lead: bool) -> Sales:
    """The sales of replications ``first`` to ``first + n_reps - 1`` of a plan without teams: those of the same
    replications simulated whole.

    Parameters
    ----------
    asked
        Sources whose leads' costs are told.
    each_lead
        Whether those are told lead by lead, else by replication.
    """
    assert not plan.teams
    block = Block(plan, seed, first, n_reps, stream)
    leads, counts = arrive(block)
    walk = Walk(leads, Odds(block), np.zeros(0, np.int16))  # without a tally only what may still win is walked
    receipts = walk.bill = _Receipts(leads)
    walk.run(entering(walk, counts), [[] for _ in plan.stages])
    wins = with_further_sales(leads, wins_of(leads, walk)).until(plan.horizon)
    source = np.broadcast_to(leads.source, (leads.size,)).take(wins.lead)
    rep = leads.rep.take(wins.lead)
    begins = np.cumsum(np.append(0, leads.numbers))
    sector = np.zeros(rep.size, np.int64) if leads.sector is None else leads.sector.take(wins.lead)
    by_source = [_by_rep(receipts.cents, begins, k, n_reps) for k in range(len(plan.sources))]
    spent = tuple(_of_source(receipts.cents, begins, k, n_reps) if each_lead else by_source[k] for k in asked)
    others = [each for k, each in enumerate(by_source) if k not in asked]
    return Sales(
        rep=(rep + first).astype(np.int32),
        source=source.astype(np.int32),
        number=(wins.lead - begins.take(source * n_reps + rep)).astype(np.int32),
        sector=sector.astype(np.int32),
        cents=wins.cents,
        is_deal=np.ones(rep.size, np.bool_) if wins.is_deal is None else wins.is_deal,
        spent=spent,
        spent_else=sum(others, np.zeros(n_reps, np.int64)),
    )


def _of_source(cents: Ints, begins: Ints, source: int, n_reps: int) -> Ints:
    """Cents of each lead of a source, in no more bytes than they need."""
    own = cents[begins[source * n_reps] : begins[(source + 1) * n_reps]]
    return own.astype(np.min_scalar_type(int(own.max(initial=0))))


def _by_rep(cents: Ints, begins: Ints, source: int, n_reps: int) -> Ints:
    """Cents of the leads of a source in each replication."""
    ends = np.append(0, np.cumsum(cents))
    at = ends.take(begins[source * n_reps : (source + 1) * n_reps + 1])
    return np.diff(at)
