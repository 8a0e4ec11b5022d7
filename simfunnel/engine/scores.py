"""How good is a lead, what does its score show of that, and does the score reach the threshold?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.block import Leads
from simfunnel.engine.plan import Floats, Ints, StagePlan

Bools = NDArray[np.bool_]


def grade(leads: Leads) -> None:
    """Give each lead its quality and its visible score: two rolls of its own, made once, when it arrives."""
    plan = leads.block.plan.score
    if plan is None:
        return
    from scipy.special import ndtri

    quality = ndtri(leads.roll(leads.everyone, "", "quality", None))
    rho, shown = leads.at(plan.correlation, leads.everyone), quality
    if plan.correlation.scalar != 1.0:
        noise = ndtri(leads.roll(leads.everyone, "", "score", None))
        shown = rho * quality + np.sqrt(1.0 - np.square(rho)) * noise
    leads.quality, leads.score = quality, plan.mean + plan.sd * shown


def limits(stage: StagePlan, leads: Leads, lead: Ints) -> Floats | float | None:
    """The score from which on each lead advances, NaN where luck decides; None where no threshold stands at the
    stage."""
    if stage.threshold is None:
        return None
    first = float(stage.threshold[0])
    if (stage.threshold == first).all():
        return first
    assert leads.sector is not None
    return stage.threshold.take(leads.sector.take(lead))


def reach(leads: Leads, lead: Ints, limit: Floats | float, points: Floats | float = 0.0) -> Bools:
    """Whether each lead's score, with the ``points`` that it has gained, reaches its limit (a NaN is not reached)."""
    assert leads.score is not None
    return leads.score.take(lead) + points >= limit
