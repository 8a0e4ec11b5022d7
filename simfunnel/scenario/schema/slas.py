"""What may be promised about a stage, and what does keeping it do?"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from simfunnel.scenario.schema.values import MAX_LEADS, Duration, Leads, Model, Rate, Share
from simfunnel.scenario.written import Written, choice, duration, names, rate, share, truth

__all__ = ["Lever", "Promised", "Sla"]

Promised: TypeAlias = Annotated[float | None, share(low_open=True, uncertain=False)]


class Lever(Model):
    """What keeping an SLA does to its stage, in place of the stage's own rules, and what it costs."""

    neglect: Annotated[Share, Field(description="Share of leads that nobody will ever work, with the SLA kept.")] = None
    response: Annotated[Duration, Field(description="Time until a lead is worked, with the SLA kept.")] = None
    cost: Annotated[
        Rate | None,
        rate("money", per="optional"),
        Field(description="What it costs to keep it: money once, or money per period."),
    ] = None


class Sla(Model):
    """A promise about one stage, counted in every future. It says `within` and `share`, or `entries`, or `accepted`."""

    stage: Annotated[str, Written("name"), Field(description="Stage that it is about.")]
    within: Annotated[
        float | None,
        duration(low_open=True, uncertain=False),
        Field(description="Time from the entry within which work begins."),
    ] = None
    share: Annotated[Promised, Field(description="Share of the entries for which that is promised.")] = None
    entries: Annotated[
        Leads | None,
        Written("leads", low_open=True, high=MAX_LEADS),
        Field(description="Entries promised in each week from the start, calendar month or quarter: 40 per quarter."),
    ] = None
    accepted: Annotated[Promised, Field(description="Promised share of the decided leads that advances.")] = None
    sectors: Annotated[
        tuple[str, ...] | None, names(fewest=1), Field(description="Sectors that it is about (default: all).")
    ] = None
    time: Annotated[
        Literal["elapsed", "working"],
        choice("elapsed", "working"),
        Field(description="What `within` counts: all hours, or the working hours of the stage's team."),
    ] = "elapsed"
    lever: Annotated[Lever | None, Field(description="What keeping it does to the stage, and what that costs.")] = None
    active: Annotated[bool, truth(), Field(description="Whether the lever is pulled.")] = False
