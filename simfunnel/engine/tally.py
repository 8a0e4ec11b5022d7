"""How often did what happen, by stage, source, sector and replication, and what did it cost?"""

from __future__ import annotations

import numpy as np

from simfunnel.engine.block import Leads
from simfunnel.engine.plan import Floats, Ints, Knob, Touch, where

MEASURES = (
    "entered", "reopened", "worked", "advanced", "rejected", "cold_neglected", "cold_late", "cold_queue",
    "no_decision", "competitor", "dropped", "recycled", "left", "open", "stay_seconds",
)  # fmt: skip
INDEX = {name: index for index, name in enumerate(MEASURES)}
PERIOD_MEASURES = ("entered", "cold_neglected", "cold_late", "cold_queue")
COST_KINDS = ("entries", "work", "reactivation")
_SECONDS = 86_400.0


class Tally:
    """Counts of a block. ``counts`` has shape (n_measures, n_stages, n_sources * n_reps * n_sectors)."""

    def __init__(self, leads: Leads) -> None:
        block, plan = leads.block, leads.block.plan
        self.leads, self.plan, self.n_reps = leads, plan, block.n_reps
        self.n_codes = len(plan.sources) * block.n_reps * block.n_sectors
        n_stages = len(plan.stages)
        self.counts = np.zeros((len(MEASURES), n_stages, self.n_codes), np.int64)
        self.by_period = np.zeros((len(PERIOD_MEASURES), n_stages, block.n_reps, plan.n_periods), np.int64)
        self.returned = np.zeros(block.n_reps, np.int64)  # leads that came back from a competitor
        self.left_resting = np.zeros(block.n_reps, np.int64)  # contacts that left between stages

    def add(self, measure: str, stage: int, lead: Ints, *, in_order: bool, days: Floats | None = None) -> None:
        """Count these leads (``in_order`` promises that they are sorted) and add up the ``days`` that their visits
        took.

        Days are summed as whole seconds, so that no order of summing matters.
        """
        row, stay = self.counts[INDEX[measure], stage], self.counts[INDEX["stay_seconds"], stage]
        if in_order and self.leads.n_sectors == 1:
            bounds = self.leads.bounds(lead)
            number = bounds[1:] - bounds[:-1]
            row += number
            if days is not None:
                seconds = np.empty(lead.size + 1)  # one more, so that empty cells at the end have a place to begin
                seconds[-1] = 0.0
                np.rint(np.multiply(days, _SECONDS, out=seconds[:-1]), out=seconds[:-1])
                stay += np.where(number, np.add.reduceat(seconds, bounds[:-1]), 0.0).astype(np.int64)
            return
        code = self.leads.code.take(lead)
        row += np.bincount(code, minlength=self.n_codes)
        if days is not None:
            seconds = np.rint(days * _SECONDS)
            stay += np.bincount(code, weights=seconds, minlength=self.n_codes).astype(np.int64)

    def period(self, measure: str, stage: int, lead: Ints, time: Floats, *, in_order: bool) -> None:
        """Count these events in their reporting period; events after the horizon are in none."""
        n = self.plan.n_periods
        if self.plan.end > self.plan.horizon:
            inside = where(time <= self.plan.horizon)
            lead, time = lead.take(inside), time.take(inside)
        if in_order and self.leads.is_simple:
            bounds = self.leads.bounds(lead)
            code = np.repeat(np.arange(0, self.n_reps * n, n), bounds[1:] - bounds[:-1])
        else:
            code = self.leads.rep_of(lead) * n
        code += self.plan.period_of_day.take(time.astype(np.intp))
        counted = np.bincount(code, minlength=self.n_reps * n).reshape(self.n_reps, n)
        self.by_period[PERIOD_MEASURES.index(measure), stage] += counted

    def reps(self, lead: Ints) -> Ints:
        """How many of these leads each replication has."""
        return np.bincount(self.leads.rep.take(lead), minlength=self.n_reps)

    def fates(self) -> dict[str, Ints]:
        """How many leads (not visits) of each replication ended in each way but winning; shape (n_reps,)."""
        shape = (len(MEASURES), -1, len(self.plan.sources), self.n_reps, len(self.plan.sectors))
        counts = self.counts.reshape(shape).sum(axis=(1, 2, 4))
        ends = {name: counts[INDEX[name]] for name in ("no_decision", "competitor", "dropped", "left")}
        ends["competitor"] = ends["competitor"] - self.returned
        ends["left"] = ends["left"] + self.left_resting
        return ends


class Bill:
    """Costs that must be booked event by event, by kind in whole cents, all of shape (n_reps,).

    The costs of entries and work follow from their counts. Booked here are ``reactivation``, all of it to the end;
    ``after``: what falls between the horizon and the end; ``touched``: what leads cost before the horizon after they
    were first neglected or late. A twin's walk has no counts, and all that it costs is after that: it books
    everything (``everything=True``) as touched.
    """

    def __init__(self, leads: Leads, touch: Touch, *, everything: bool) -> None:
        self.leads, self.touch, self.plan, self.everything = leads, touch, leads.block.plan, everything
        zero = np.zeros(leads.block.n_reps, np.int64)
        self.after = {kind: zero.copy() for kind in COST_KINDS}
        self.touched, self.reactivation = zero.copy(), zero.copy()

    def charge(self, kind: str, knob: Knob, lead: Ints, time: Floats, *, touched: bool) -> None:
        """Charge each of these leads; ``touched`` says whether any of them may be touched already."""
        if knob.is_zero or not lead.size:
            return
        if kind == "reactivation" and not self.everything:
            self.reactivation += self._sum(knob, lead)
        if self.plan.end > self.plan.horizon:
            past = time > self.plan.horizon
            self.after[kind] += self._sum(knob, lead.take(where(past)))
            lead = lead.take(where(~past))
        if self.everything:
            self.touched += self._sum(knob, lead)
        elif touched:
            self.touched += self._sum(knob, lead.take(where(self.touch.take(lead))))

    def _sum(self, knob: Knob, lead: Ints) -> Ints:
        n_reps, rep = self.leads.block.n_reps, self.leads.rep.take(lead)
        cents = self.leads.at(knob, lead)
        if isinstance(cents, float):
            return np.bincount(rep, minlength=n_reps) * int(np.rint(cents))
        return np.bincount(rep, weights=np.rint(cents), minlength=n_reps).astype(np.int64)
