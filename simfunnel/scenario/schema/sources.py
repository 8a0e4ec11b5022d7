"""What may be said of a source of leads?"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from simfunnel.scenario.schema.values import (
    MAX_LEADS,
    Leads,
    Lift,
    Model,
    Money,
    Number,
    NumberOrRest,
    Odds,
    Rate,
    Share,
)
from simfunnel.scenario.written import Written, money, number, rate, share

__all__ = ["MAX_VISITS", "Arrive", "Source", "Yield"]

MAX_VISITS = 1e12  # visits are thinned, never simulated one by one
# A source has a key `share` of its own, so these are said before it.
_ShareOfBudget: TypeAlias = Annotated[float | Literal["rest"] | None, share(rest=True, uncertain=False)]
_Mix: TypeAlias = dict[str, Annotated[NumberOrRest, share(rest=True)]]
STEEPEST = 20.0  # shape of a yield: beyond it leads come all at once at `half`


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


class Yield(Model):
    """How many leads a budget brings, each further sum fewer than the last. Leads are Poisson around it.

    Either levelling off: ``most`` leads however much is spent, one half of them at the spend ``half`` (a Hill curve).
    Or with a constant elasticity: ``leads`` at the spend ``at``, and twice the money brings 2 to the ``exponent`` times
    as many (a power curve).
    """

    most: Annotated[
        Number | None,
        number(high=MAX_LEADS),
        Field(description="Leads that no budget exceeds: most x spend^shape / (half^shape + spend^shape)."),
    ] = None
    half: Annotated[Number | None, money(low_open=True), Field(description="Spend that brings one half of `most`.")] = (
        None
    )
    shape: Annotated[
        Number | None,
        number(low_open=True, high=STEEPEST),
        Field(description="1: returns diminish from the first sum on; above 1 they grow before they do (an S)."),
    ] = None
    leads: Annotated[
        Number | None,
        number(high=MAX_LEADS),
        Field(description="Leads at the spend `at`: leads x (spend / at)^exponent."),
    ] = None
    at: Annotated[Number | None, money(low_open=True), Field(description="Spend that brings `leads`.")] = None
    exponent: Annotated[
        Number | None,
        number(low_open=True, high=1.0, firm=True),
        Field(description="Elasticity: 1 % more money brings so many % more leads; 1 is in proportion."),
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
    budget: Annotated[
        Money,
        Field(description="Money spent; the leads are Poisson around budget / cost_per_lead, or around the yield."),
    ] = None
    share: Annotated[
        _ShareOfBudget,
        Field(description="Share of the scenario's `budget` that is spent here, in place of a budget of its own."),
    ] = None
    cost_per_lead: Annotated[Money, Field(description="Cost of each lead.")] = None
    yields: Annotated[
        Yield | None,
        Field(alias="yield", description="How many leads the budget brings with diminishing returns."),
    ] = None
    cost: Annotated[Money, Field(description="Fixed cost of the source.")] = None
    arrive: Annotated[Arrive, Field(description="When the leads arrive: `at start`, or dates and weights.")] = Arrive()
    sectors: Annotated[
        _Mix,
        Field(description="The source's own mix of sectors, in place of the sectors' shares."),
    ] = {}
    odds: Annotated[Odds, Field(description="Factor on the odds at every stage.")] = None
    lift: Annotated[Lift, Field(description="The same as a relative change of the conversion: 20%.")] = None
