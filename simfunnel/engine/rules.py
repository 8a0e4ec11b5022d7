"""What do the rules of a stage say of these leads: how long do they last, and which way out does a roll take?"""

from __future__ import annotations

import numpy as np

from simfunnel.engine.block import Leads
from simfunnel.engine.plan import Clock, Exits, Floats, Ints, StagePlan


def lasting(leads: Leads, plan: StagePlan, lead: Ints, visits: Ints | None) -> Floats | float:
    """How long each lead waits before it is cold: the shorter of shelf life (infinite for the patient) and give-up.

    ``visits`` is which of its visits to the stage this is (None: the first).
    """
    lasts: Floats | float = np.inf
    if plan.shelf_life is not None:
        lasts = _clock(leads, plan, plan.shelf_life, lead, "shelf_life", visits)
        if not plan.patient.is_zero:
            patient = leads.roll(lead, plan.name, "patient", visits) < leads.at(plan.patient, lead)
            lasts = np.where(patient, np.inf, lasts)
    if plan.give_up is not None:
        given_up = _clock(leads, plan, plan.give_up, lead, "give_up", visits)
        both_fixed = isinstance(lasts, float) and isinstance(given_up, float)
        lasts = min(lasts, given_up) if both_fixed else np.minimum(lasts, given_up)
    return lasts


def _clock(leads: Leads, plan: StagePlan, clock: Clock, lead: Ints, name: str, visits: Ints | None) -> Floats | float:
    return clock.fixed if clock.fixed is not None else leads.draw(clock, lead, plan.name, name, visits)


def edge_of(leads: Leads, edge: Floats, lead: Ints) -> Floats | float:
    """Of a threshold by replication and sector, that of these leads."""
    if edge.size == 1:
        return float(edge[0, 0])
    if edge.shape[0] == 1:
        assert leads.sector is not None
        return edge[0].take(leads.sector.take(lead))
    if edge.shape[1] == 1:
        return edge[:, 0].take(leads.rep.take(lead))
    return edge.ravel().take(leads.cell.take(lead))


def exit_of(leads: Leads, exits: Exits, lead: Ints, u: Floats) -> Ints:
    """Which of no decision, competitor, dropped and recycled a roll takes: they lie on the unit interval in this
    order."""
    edges = leads.block.thresholds(exits)
    way = np.zeros(lead.size, np.int64)
    for k in range(3):
        way += u >= edge_of(leads, edges[..., k], lead)
    return way
