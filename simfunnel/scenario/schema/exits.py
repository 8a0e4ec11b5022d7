"""Where do leads go that do not advance, and how do they come back?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from simfunnel.scenario.schema.values import Lift, Model, Number, Odds, ShareOrRest, StageName
from simfunnel.scenario.written import choice, count, duration, money, share

__all__ = ["Cold", "Exits", "Reason", "Recycle", "Returns", "exits_of"]


class Exits(Model):
    """Where leads go that do not advance: shares that sum to 100 %, one of which may be `rest`."""

    no_decision: Annotated[ShareOrRest, Field(description="Share that decides for nobody.")] = None
    competitor: Annotated[ShareOrRest, Field(description="Share that goes to a competitor.")] = None
    dropped: Annotated[ShareOrRest, Field(description="Share that is dropped.")] = None
    recycle: Annotated[ShareOrRest, Field(description="Share that is recycled, as the stage's recycle rule says.")] = (
        None
    )


class Cold(Model):
    """Where cold leads go, by the cause of their going cold. In a file one map of shares stands for both."""

    neglected: Annotated[Exits, Field(description="Where leads go that nobody would ever have worked.")]
    late: Annotated[Exits, Field(description="Where leads go that were reached too late.")]


class Reason(Model):
    """Why a worked lead is rejected: of how many this is said, and where these go."""

    share: Annotated[
        float | Literal["rest"], share(rest=True, uncertain=False), Field(description="Share of the rejected leads.")
    ]
    exit: Annotated[
        Literal["no_decision", "competitor", "dropped", "recycle"],
        choice("no_decision", "competitor", "dropped", "recycle"),
        Field(description="Where these go."),
    ] = "dropped"


def exits_of(reasons: Mapping[str, Reason]) -> Exits:
    """Where leads go that are rejected for these reasons."""
    known = sum(each.share for each in reasons.values() if isinstance(each.share, float))
    shares: dict[str, float] = {}
    for each in reasons.values():
        share = each.share if isinstance(each.share, float) else max(0.0, 1.0 - known)
        shares[each.exit] = shares.get(each.exit, 0.0) + share
    return Exits(**shares)


class Recycle(Model):
    """How recycled leads come back."""

    to: Annotated[StageName, Field(description="Stage they re-enter: this one (the default) or an earlier one.")] = None
    after: Annotated[Number, duration(), Field(description="Rest before they re-enter.")] = 0.0
    odds: Annotated[Odds, Field(description="Factor on their odds at every later attempt, per recycle.")] = None
    lift: Annotated[Lift, Field(description="The same as a relative change of the conversion: -20%.")] = None
    limit: Annotated[int, count(high=200), Field(description="Recycles a lead may have had before it is dropped.")] = 10
    cost: Annotated[Number, money(), Field(description="Cost of each re-activation.")] = 0.0


class Returns(Model):
    """Which of those gone to a competitor come back, as recycled leads."""

    share: Annotated[Number, share(), Field(description="Share of those gone to a competitor that returns.")]
    after: Annotated[Number, duration(), Field(description="How long they stay with the competitor.")]
    to: Annotated[StageName, Field(description="Stage they return to (default: this one).")] = None
