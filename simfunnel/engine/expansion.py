"""What more do customers buy, and when?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.block import Leads
from simfunnel.engine.plan import Floats, Ints, Places, where


@dataclass(frozen=True, eq=False)
class Wins:
    """Sales: to which lead, when, worth how many cents; ``is_deal`` marks those that made a customer (None: all)."""

    lead: Ints
    time: Floats
    cents: Ints
    is_deal: NDArray[np.bool_] | None = None

    def take(self, at: Ints) -> Wins:
        is_deal = None if self.is_deal is None else self.is_deal.take(at)
        return Wins(self.lead.take(at), self.time.take(at), self.cents.take(at), is_deal)

    def until(self, day: float) -> Wins:
        """Those up to a day."""
        at = where(self.time <= day)
        return self if at.size == self.lead.size else self.take(at)

    def deals(self) -> Wins:
        """Those that made a customer."""
        return self if self.is_deal is None else self.take(where(self.is_deal))

    def further(self) -> Wins:
        """Those to customers."""
        at = np.zeros(0, np.int64) if self.is_deal is None else where(~self.is_deal)
        return Wins(self.lead.take(at), self.time.take(at), self.cents.take(at))

    def has(self, other: Wins, n_leads: int) -> NDArray[np.bool_]:
        """Which sales of another these are too: to the same lead as often (of its sales the last ones are lacking)."""
        most = np.bincount(self.lead, minlength=n_leads)
        return _counted_up(other.lead) < most.take(other.lead)

    def numbers(self, codes: Places, size: int) -> tuple[Ints, Ints]:
        """Number and cents by the code of the lead."""
        return self.sums(codes.take(self.lead), size)

    def sums(self, code: Ints | Places, size: int) -> tuple[Ints, Ints]:
        """Number of deals and cents of all sales by code; float64 holds whole cents exactly below 2**53, which
        resolving has checked."""
        number = np.bincount(code if self.is_deal is None else code[self.is_deal], minlength=size)
        return number, np.bincount(code, weights=self.cents, minlength=size).astype(np.int64)


def _counted_up(lead: Ints) -> Ints:
    """How often each lead stands before in the array."""
    order = np.argsort(lead, kind="stable")
    ordered = lead.take(order)
    out = np.empty(lead.size, np.int64)
    out[order] = np.arange(lead.size) - np.searchsorted(ordered, ordered)
    return out


def with_further_sales(leads: Leads, deals: Wins) -> Wins:
    """These deals, and what the customers buy until the end: after a delay, with exponential gaps between."""
    plan = leads.block.plan
    if plan.expansion is None or not deals.lead.size:
        return deals
    rate = np.broadcast_to(leads.at(plan.expansion.rate, deals.lead), (deals.lead.size,))
    some = where(rate > 0.0)
    lead, time, rate = deals.lead.take(some), deals.time.take(some), rate.take(some)
    if plan.expansion.delay is not None:
        time = time + leads.draw(plan.expansion.delay, lead, "", "further sale delay", None)
    found, number = [deals], 0
    while lead.size:
        count = np.full(lead.size, number)
        time = time - np.log1p(-leads.roll(lead, "", "further sale gap", count)) / rate
        at = where(time <= plan.end)
        lead, time, rate, count = lead.take(at), time.take(at), rate.take(at), count.take(at)
        cents = np.rint(leads.draw(plan.expansion.value, lead, "", "further sale value", count)).astype(np.int64)
        found.append(Wins(lead, time, cents))
        number += 1
    is_deal = np.zeros(sum(each.lead.size for each in found), bool)
    is_deal[: deals.lead.size] = True
    columns = ((each.lead, each.time, each.cents) for each in found)
    lead, time, cents = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Wins(lead, time, cents, is_deal)
