"""How good are leads, and what is known of them?"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from simfunnel.scenario.schema.values import Model, Number
from simfunnel.scenario.written import duration, money, number, share

__all__ = ["Enrichment", "Points", "Score", "Weight"]

Weight: TypeAlias = Annotated[Number | None, number(high=3.0)]
Points: TypeAlias = Annotated[float | None, number(low=-1e6, high=1e6, uncertain=False)]


class Score(Model):
    """How good leads are, and how much of it their visible score shows."""

    weight: Annotated[
        Number, number(high=3.0), Field(description="Log-odds per standard deviation of quality, at every stage.")
    ] = 0.0
    correlation: Annotated[Number, share(), Field(description="Of the visible score with quality.")]
    mean: Annotated[
        float, number(low=-1e6, high=1e6, uncertain=False), Field(description="Mean score of new leads.")
    ] = 50.0
    sd: Annotated[
        float,
        number(high=1e6, low_open=True, uncertain=False),
        Field(description="Standard deviation of the scores of new leads."),
    ] = 15.0


class Enrichment(Model):
    """What happens to leads that would advance but lack one fact: it is looked for first."""

    lacks: Annotated[Number, share(), Field(description="Share of leads that lack one fact.")]
    found: Annotated[Number, share(), Field(description="Share of searches that find it; the others are rejected.")] = (
        1.0
    )
    takes: Annotated[Number, duration(), Field(description="How long a search takes.")] = 0.0
    cost: Annotated[Number, money(), Field(description="Cost of each search.")] = 0.0
