"""What may be said of a source of leads?"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from simfunnel.scenario.schema.values import MAX_LEADS, Leads, Lift, Model, Money, NumberOrRest, Odds, Rate, Share
from simfunnel.scenario.written import Written, number, rate, share

__all__ = ["MAX_VISITS", "Arrive", "Source"]

MAX_VISITS = 1e12  # visits are thinned, never simulated one by one


class Arrive(Model):
    """When the leads of a source arrive. Weights and growth shape only when, never how many.

    A weekday or month that is not named weighs 1.
    """

    at_start: bool = False
    start: Annotated[
        date | None, Written("date"), Field(alias="from", description="First day of arrivals (default: the start).")
    ] = None
    end: Annotated[
        date | None, Written("date"), Field(alias="to", description="Last day of arrivals (default: the horizon).")
    ] = None
    weekdays: Annotated[
        dict[str, Annotated[float, number(high=1e6, uncertain=False)]], Field(description="Weight of mon ... sun.")
    ] = {}
    months: Annotated[
        dict[str, Annotated[float, number(high=1e6, uncertain=False)]], Field(description="Weight of jan ... dec.")
    ] = {}
    growth: Annotated[
        Rate | None,
        rate("share", low=-0.99, high=10.0, uncertain=False),
        Field(description="Growth of the flow within the window: 20% per year."),
    ] = None


class Source(Model):
    """Where leads come from: how many, when, into which stage, at what cost and with what odds."""

    enters: Annotated[str, Written("name"), Field(description="Stage at which the leads enter.")]
    leads: Annotated[
        Leads | None,
        Written("leads", high=MAX_LEADS, uncertain=True),
        Field(description="How many: exactly (40, 30 per month), or by chance around a mean (poisson, overdispersed)."),
    ] = None
    visits: Annotated[
        Leads | None,
        Written("leads", high=MAX_VISITS, uncertain=True),
        Field(description="How many visits, of which the share `capture` becomes leads."),
    ] = None
    capture: Annotated[Share, Field(description="Share of visits that become leads.")] = None
    budget: Annotated[Money, Field(description="Money spent; the leads are Poisson around budget / cost_per_lead.")] = (
        None
    )
    cost_per_lead: Annotated[Money, Field(description="Cost of each lead.")] = None
    cost: Annotated[Money, Field(description="Fixed cost of the source.")] = None
    arrive: Annotated[Arrive, Field(description="When the leads arrive: `at start`, or dates and weights.")] = Arrive()
    sectors: Annotated[
        dict[str, Annotated[NumberOrRest, share(rest=True)]],
        Field(description="The source's own mix of sectors, in place of the sectors' shares."),
    ] = {}
    odds: Annotated[Odds, Field(description="Factor on the odds at every stage.")] = None
    lift: Annotated[Lift, Field(description="The same as a relative change of the conversion: 20%.")] = None
