"""Which kinds of value does the language know, and what is every level of it made of?"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, InstanceOf

from simfunnel.distributions import Distribution
from simfunnel.scenario.written import Written, duration, money, number, share, text

__all__ = [
    "MAX_LEADS",
    "DealValue",
    "Duration",
    "Leads",
    "Lift",
    "Model",
    "Money",
    "Number",
    "NumberOrRest",
    "Odds",
    "Rate",
    "Share",
    "ShareOrRest",
    "StageName",
    "Words",
    "fields_of",
]

Number: TypeAlias = float | InstanceOf[Distribution]
NumberOrRest: TypeAlias = Number | Literal["rest"]

MAX_LEADS = 1e7  # expected leads per replication: what a run can hold in memory and in patience

Duration: TypeAlias = Annotated[Number | None, duration()]
Share: TypeAlias = Annotated[Number | None, share()]
ShareOrRest: TypeAlias = Annotated[NumberOrRest | None, share(rest=True)]
Money: TypeAlias = Annotated[Number | None, money()]
DealValue: TypeAlias = Annotated[Number | None, money(chance=True)]
Odds: TypeAlias = Annotated[Number | None, number(low_open=True, high=1e6)]
Lift: TypeAlias = Annotated[float | None, Written("share", low=-1.0, high=10.0, low_open=True)]
StageName: TypeAlias = Annotated[str | None, Written("name")]
Words: TypeAlias = Annotated[str | None, text(length=2_000)]


class Model(BaseModel):
    """Frozen, closed and strict: read values only, in base units (days, shares of one, currency units)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


class Rate(Model):
    """So much per period; `per` is the period in days, None where the amount is once for all."""

    amount: Number
    per: float | None = None


class Leads(Model):
    """How many leads (or visits) come: `amount` per `per` days, or over the whole horizon where `per` is None.

    `dispersion` is the variance over the mean of weekly counts, for the kind `overdispersed` only.
    """

    kind: Literal["fixed", "poisson", "overdispersed"]
    amount: Number
    per: float | None = None
    dispersion: Number | None = None


def fields_of(model: BaseModel) -> dict[str, Any]:
    """The values of a model by field name, models inside left as they are."""
    return {name: getattr(model, name) for name in type(model).model_fields}
