"""How often was each SLA due, and how often was it kept, in every replication and calendar period?

Promises are counted of the leads as they live, never of their twins, and change nothing about them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.block import Leads
from simfunnel.engine.hours import worked_until
from simfunnel.engine.loops import Mask
from simfunnel.engine.plan import Floats, Ints, PromisePlan, where

Exact = NDArray[np.object_]
#: First axis of the sums: met, due, their squares and product; replications that kept it, and those that had it due.
SUMS = ("met", "due", "met_square", "due_square", "met_with_due", "kept", "judged")
_ROUNDING = 1e-9  # 90 % of 10 is met by 9
_INSTANT = 1e-9  # days: who is worked just at the deadline is worked in time, whatever hours are added up to it


class Promises:
    """The counts of a block. A visit counts in the period of its entry, a decision in that in which it fell.

    - *response*: due is every visit that enters by the horizon and whose deadline is no later than the end of the
      run, met is that work has begun by then. Who goes cold or leaves before it was worked was not reached.
    - *entries*: due is the number promised for the calendar period, met every entry in it, repeated ones included, but
      not what is on hand at the start (day 0).
    - *accepted*: due is every visit that is decided by the horizon, met are those that advance.
    """

    def __init__(self, leads: Leads) -> None:
        self._leads, self._end, self._horizon = leads, leads.block.plan.end, leads.block.plan.horizon
        self._counts = [_Count(promise, leads.block.n_reps) for promise in leads.block.plan.promises]
        self._at: dict[tuple[str, int], list[_Count]] = {}
        for count in self._counts:
            self._at.setdefault((count.promise.kind, count.promise.stage), []).append(count)

    def entered(self, stage: int, lead: Ints, time: Floats) -> None:
        """Leads enter a stage."""
        for count in self._at.get(("entries", stage), ()):
            self._book(count, count.met, lead, time, (time > 0.0) & (time <= self._horizon))
        for count in self._at.get(("response", stage), ()):
            self._book(count, count.due, lead, time, self._is_due(count, time))

    def worked(self, stage: int, lead: Ints, entered: Floats, begin: Floats) -> None:
        """Work begins on leads that entered at these times."""
        for count in self._at.get(("response", stage), ()):
            in_time = _spent(count.promise, entered, begin) <= count.promise.within + _INSTANT
            self._book(count, count.met, lead, entered, in_time & self._is_due(count, entered))

    def decided(self, stage: int, how: str, lead: Ints, time: Floats) -> None:
        """Visits end; only those that advance or are rejected are decided."""
        if how not in ("advanced", "rejected"):
            return
        for count in self._at.get(("accepted", stage), ()):
            for table in (count.due, count.met) if how == "advanced" else (count.due,):
                self._book(count, table, lead, time, time <= self._horizon)

    def _is_due(self, count: _Count, time: Floats) -> Mask:
        return (time <= self._horizon) & (count.promise.deadline(time) <= self._end)

    def _book(self, count: _Count, table: Ints, lead: Ints, time: Floats, counts: Mask) -> None:
        """Add these leads, as far as they count and are of the promise's sectors, to a table by period."""
        promise = count.promise
        if promise.sectors is not None and self._leads.sector is not None:
            counts = counts & promise.sectors.take(self._leads.sector.take(lead))
        at = where(counts)
        if not at.size:
            return
        period = promise.period_of_day.take(time.take(at).astype(np.intp))
        code = self._leads.rep_of(lead).take(at) * promise.n_periods + period
        inside = code[period >= 0]
        table += np.bincount(inside, minlength=table.size).reshape(table.shape)

    def columns(self) -> dict[str, Ints]:
        """Per replication, by SLA: how often met and due, in how many periods kept, and in how many judged."""
        found: dict[str, Ints] = {}
        for count in self._counts:
            kept, judged = count.verdicts()
            for what, table in (("met", count.met), ("due", count.due), ("kept", kept), ("judged", judged)):
                found[f"sla_{what}[sla={count.promise.name}]"] = table.sum(axis=1)
        return found

    def sums(self) -> Exact:
        """`SUMS` over the replications, by SLA and period one after the other; shape (len(SUMS), n_cells)."""
        parts = [np.zeros((len(SUMS), 0), object)]
        for count in self._counts:
            met, due, verdicts = count.met, count.due, count.verdicts()
            rows = (met, due, met * met, due * due, met * due, *verdicts)
            parts.append(np.stack([row.sum(axis=0).astype(object) for row in rows]))
        return np.concatenate(parts, axis=1)


def _spent(promise: PromisePlan, entered: Floats, begin: Floats) -> Floats:
    """The time by the promise's clock from entering to the work; five in the afternoon is nine the next morning."""
    return worked_until(promise, begin) - worked_until(promise, entered)


class _Count:
    """One promise's ``met`` and ``due``, shape (n_reps, n_periods)."""

    def __init__(self, promise: PromisePlan, n_reps: int) -> None:
        self.promise = promise
        self.met = np.zeros((n_reps, promise.n_periods), np.int64)
        self.due = np.zeros_like(self.met)
        if promise.quota is not None:
            self.due += promise.quota

    def verdicts(self) -> tuple[Ints, Ints]:
        """Whether it was kept and whether there was anything to keep, by replication and period."""
        judged = (self.due > 0) & self.promise.judged
        kept = judged & (self.met >= self.promise.share * self.due - _ROUNDING)
        return kept.astype(np.int64), judged.astype(np.int64)
