"""How often did what happen, by stage, source, sector and replication, and what did it cost?"""

from __future__ import annotations

import numpy as np

from simfunnel.engine import loops
from simfunnel.engine.block import Leads
from simfunnel.engine.plan import Floats, Ints, Knob, Reasons, Touch, where
from simfunnel.engine.promises import Promises
from simfunnel.engine.waves import Wave

MEASURES = (
    "entered", "reopened", "worked", "advanced", "rejected", "cold_neglected", "cold_late", "cold_queue",
    "enriched", "no_decision", "competitor", "dropped", "recycled", "left", "open", "stay_seconds",
)  # fmt: skip
INDEX = {name: index for index, name in enumerate(MEASURES)}
PERIOD_MEASURES = ("entered", "cold_neglected", "cold_late", "cold_queue")
PROGRAMME_FIELDS = ("nurtured", "touches", "opens", "clicks", "unsubscribed")
COST_KINDS = ("entries", "work", "touches", "reactivation", "enrichment")
_BOOKED = ("reactivation", "enrichment")  # the others follow from their counts


class Tally:
    """Counts of a block. ``counts`` has shape (n_measures, n_stages, n_sources * n_reps * n_sectors), ``programmes``
    (of nurture, None where there is none) has `PROGRAMME_FIELDS` in place of the measures."""

    def __init__(self, leads: Leads) -> None:
        block, plan = leads.block, leads.block.plan
        self.leads, self.plan, self.n_reps = leads, plan, block.n_reps
        self.n_codes = len(plan.sources) * block.n_reps * block.n_sectors
        n_stages = len(plan.stages)
        self.counts = np.zeros((len(MEASURES), n_stages, self.n_codes), np.int64)
        self.by_period = np.zeros((len(PERIOD_MEASURES), n_stages, block.n_reps, plan.n_periods), np.int64)
        self.promises = Promises(leads)
        self.reasons = {
            (stage.name, name): np.zeros(block.n_reps, np.int64)
            for stage in plan.stages
            if stage.reasons is not None
            for name in stage.reasons.names
        }
        self.programmes: Ints | None = None
        if any(stage.programme is not None for stage in plan.stages):
            self.programmes = np.zeros((len(PROGRAMME_FIELDS), n_stages, self.n_codes), np.int64)
        self.returned = np.zeros(block.n_reps, np.int64)  # leads that came back from a competitor
        self.left_resting = np.zeros(block.n_reps, np.int64)  # contacts that left between stages

    def add(self, measure: str, stage: int, wave: Wave, *, done: Floats | None = None) -> None:
        """Count the leads of a wave; where their visits are ``done``, add up how long they took.

        Days are summed as whole seconds, so that no order of summing matters.
        """
        row, stay = self.counts[INDEX[measure], stage], self.counts[INDEX["stay_seconds"], stage]
        if wave.row is None and self.leads.n_sectors == 1:  # then leads are sorted by code
            bounds = self.leads.bounds(wave.lead)
            row += bounds[1:] - bounds[:-1]
            if done is not None:
                loops.stay_in_order(stay, bounds, wave.time, done)
            return
        loops.count(row, self.leads.code, wave.lead)
        if done is not None:
            loops.stay(stay, self.leads.code, wave.lead, wave.time, done)

    def period(self, measure: str, stage: int, wave: Wave, time: Floats) -> None:
        """Count what happens to a wave at these times in its reporting periods; after the horizon is in none."""
        out, plan = self.by_period[PERIOD_MEASURES.index(measure), stage], self.plan
        if wave.row is None and self.leads.n_sectors == 1:
            loops.periods_in_order(out, self.leads.bounds(wave.lead), time, plan.horizon, plan.period_of_day)
            return
        loops.periods(out, self.leads.rep, wave.lead, time, plan.horizon, plan.period_of_day)

    def nurtured(self, stage: int, lead: Ints, numbers: tuple[Ints, ...]) -> None:
        """Count the touches, opens, clicks and losses of each of these visits, and the visits that had a touch."""
        assert self.programmes is not None
        code = self.leads.code.take(lead)
        for field, number in enumerate((numbers[0] > 0, *numbers)):
            counted = np.bincount(code, weights=number, minlength=self.n_codes)
            self.programmes[field, stage] += counted.astype(np.int64)

    def reject(self, stage: int, lead: Ints, reasons: Reasons, count: Ints | None) -> None:
        """Count why these leads are rejected: their exits' roll falls into the part of a reason."""
        name = self.plan.stages[stage].name
        u = self.leads.roll(lead, name, "rejected exit", count)
        sector = np.zeros(lead.size, np.int64) if self.leads.sector is None else self.leads.sector.take(lead)
        rank = (u[:, None] >= reasons.edges[sector]).sum(axis=1)
        at = where(rank < len(reasons.names))  # none of a sector that has no reasons
        index = reasons.which[sector[at], rank[at]]
        for k, reason in enumerate(reasons.names):
            self.reasons[name, reason] += self.reps(lead.take(at[index == k]))

    def reps(self, lead: Ints) -> Ints:
        """How many of these leads each replication has."""
        out = np.zeros(self.n_reps, np.int64)
        loops.count(out, self.leads.rep, lead)
        return out

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

    The costs of entries, work and touches follow from their counts. Booked here are, ``to_end``, the other kinds whole;
    ``after``: what falls between the horizon and the end; ``touched``: what leads cost before the horizon after they
    were first neglected or late. A twin's walk has no counts, and all that it costs is after that: it books
    everything (``everything=True``) as touched.
    """

    def __init__(self, leads: Leads, touch: Touch, *, everything: bool) -> None:
        self.leads, self.touch, self.plan, self.everything = leads, touch, leads.block.plan, everything
        zero = np.zeros(leads.block.n_reps, np.int64)
        self.after = {kind: zero.copy() for kind in COST_KINDS}
        self.to_end = {kind: zero.copy() for kind in _BOOKED}
        self.touched = zero.copy()

    def charge(self, kind: str, knob: Knob, lead: Ints, time: Floats, *, touched: bool) -> None:
        """Charge each of these leads; ``touched`` says whether any of them may be touched already."""
        if knob.is_zero or not lead.size:
            return
        if kind in _BOOKED and not self.everything:
            self.to_end[kind] += self._sum(knob, lead)
        if self.plan.end > self.plan.horizon:
            past = time > self.plan.horizon
            self.after[kind] += self._sum(knob, lead.take(where(past)))
            lead = lead.take(where(~past))
        if touched and not self.everything:
            lead = lead.take(where(self.touch.take(lead)))
        if touched or self.everything:
            self.touched += self._sum(knob, lead)

    def _sum(self, knob: Knob, lead: Ints) -> Ints:
        out = np.zeros(self.leads.block.n_reps, np.int64)
        cents = self.leads.at(knob, lead)
        if not isinstance(cents, float):
            loops.add_up(out, self.leads.rep, lead, cents)
            return out
        loops.count(out, self.leads.rep, lead)
        out *= int(np.rint(cents))
        return out
