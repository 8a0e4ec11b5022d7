"""What may be said of a nurture programme?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simfunnel.scenario.schema.values import Model, Number, Odds
from simfunnel.scenario.written import count, duration, money, number, share

__all__ = ["Programme"]


class Programme(Model):
    """A nurture programme: touches at a cadence, which are opened, clicked and counted."""

    every: Annotated[float, duration(low_open=True, uncertain=False), Field(description="Time between two touches.")]
    touches: Annotated[int, count(high=400), Field(description="Most touches that a lead gets in one visit.")]
    first: Annotated[
        float | None,
        duration(uncertain=False),
        Field(description="Time until the first touch, from when the lead is worked (default: as `every`)."),
    ] = None
    opens: Annotated[Number, share(), Field(description="Chance that a touch is opened.")]
    clicks: Annotated[Number, share(), Field(description="Chance that an opened touch is clicked.")] = 0.0
    points: Annotated[float, number(high=1e6, uncertain=False), Field(description="Points that a click adds.")] = 1.0
    points_per_open: Annotated[
        float, number(high=1e6, uncertain=False), Field(description="Points that an opened touch adds.")
    ] = 0.0
    threshold: Annotated[
        float | None,
        number(low_open=True, high=1e9, uncertain=False),
        Field(description="Points at which the lead advances, in place of the stage's conversion."),
    ] = None
    unsubscribes: Annotated[Number, share(), Field(description="Chance that a touch loses the lead.")] = 0.0
    cost_per_touch: Annotated[Number, money(), Field(description="Cost of each touch.")] = 0.0
    odds: Annotated[Odds, Field(description="Factor on the lead's odds at every later attempt, per click.")] = None
