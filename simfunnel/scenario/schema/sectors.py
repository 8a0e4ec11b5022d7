"""What may differ from one market segment to another?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simfunnel.scenario.schema.stages import Stage
from simfunnel.scenario.schema.values import DealValue, Model, Number, Rate, ShareOrRest
from simfunnel.scenario.written import duration, money, rate

__all__ = ["Expansion", "Sector"]


class Expansion(Model):
    """What customers buy further, after the deal that won them."""

    rate: Annotated[
        Rate, rate("share", high=1e4), Field(description="Mean number of further sales per customer: 30% per year.")
    ]
    delay: Annotated[Number, duration(), Field(description="Time from the deal until they begin.")] = 0.0
    value: Annotated[Number, money(chance=True), Field(description="Worth of a further sale.")]


class Sector(Model):
    """A market segment: its share of the leads and the rules that differ in it."""

    share: Annotated[ShareOrRest, Field(description="Share of the leads of each source.")] = None
    deal_value: Annotated[DealValue, Field(description="Worth of a deal in this sector.")] = None
    attrition: Annotated[
        Rate | None,
        rate("share", high=1.0, high_open=True),
        Field(description="Chance that the contact leaves the company, per period: 2.1% per month."),
    ] = None
    expansion: Annotated[Expansion | None, Field(description="Further sales to customers of this sector.")] = None
    stages: Annotated[dict[str, Stage], Field(description="Rules of stages that differ in this sector.")] = {}
