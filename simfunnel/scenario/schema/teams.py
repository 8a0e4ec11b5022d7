"""What may be said of the people who work the leads?"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field

from simfunnel.scenario.schema.values import Model, Rate, Share
from simfunnel.scenario.written import Written, choice, rate

__all__ = ["MAX_PEOPLE", "Discipline", "Team"]

MAX_PEOPLE = 10_000.0  # in one team: a queue is walked person by person

Discipline: TypeAlias = Literal[
    "first come", "newest first", "highest score first", "earliest expiry first", "value per hour"
]


class Team(Model):
    """People of finite capacity who work the leads of one or more stages."""

    people: Annotated[
        int | dict[date, int],
        Written("people", high=MAX_PEOPLE),
        Field(description="How many they are; or from which day on how many."),
    ]
    absence: Annotated[Share, Field(description="Share of the days on which each person is away (default 0%).")] = None
    hours: Annotated[
        tuple[tuple[float, float], ...] | None,
        Written("hours"),
        Field(description="When they work (default: around the clock)."),
    ] = None
    days: Annotated[
        tuple[str, ...] | None, Written("days"), Field(description="On which weekdays they work (default: all).")
    ] = None
    holidays: Annotated[tuple[date, ...], Written("dates"), Field(description="Days on which nobody works.")] = ()
    discipline: Annotated[
        Discipline,
        choice(*get_args(Discipline)),
        Field(description="Who of those waiting is worked next (default: first come)."),
    ] = "first come"
    cost: Annotated[
        Rate | None, rate("money"), Field(description="Cost of each person, there or away, per period.")
    ] = None
