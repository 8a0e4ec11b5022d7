"""What may be said of a stage?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simfunnel.scenario.schema.exits import Cold, Exits, Reason, Recycle, Returns
from simfunnel.scenario.schema.programmes import Programme
from simfunnel.scenario.schema.scores import Enrichment, Points, Weight
from simfunnel.scenario.schema.values import Duration, Model, Money, Number, Share, Words, fields_of
from simfunnel.scenario.written import Written, duration, number, share

__all__ = ["DECIDING", "Drift", "Stage"]

DECIDING = frozenset({"conversion", "conversion_of_entered", "threshold"})  # who advances; a stage has one of them


class Drift(Model):
    """How the conversion of a stage wanders from period to period, for all leads that enter in it."""

    sd: Annotated[Number, number(high=5.0), Field(description="Standard deviation of the log-odds.")]
    carry_over: Annotated[
        float,
        share(high_open=True, uncertain=False),
        Field(description="Share of the shock kept into the next period."),
    ] = 0.0
    every: Annotated[
        float, duration(low_open=True, uncertain=False), Field(description="Length of the period (default 1 week).")
    ] = 7.0


class Stage(Model):
    """The rules of one stage; in a sector, the rules that differ there. None is "not given"."""

    owner: Annotated[Words, Field(description="Who owns the stage.")] = None
    definition: Annotated[Words, Field(description="What a lead in this stage is.")] = None
    metric: Annotated[Words, Field(description="What the owner is measured on.")] = None
    sla: Annotated[Words, Field(description="What was promised about this stage, in words.")] = None
    conversion: Annotated[Share, Field(description="Share of worked leads that advances.")] = None
    conversion_of_entered: Annotated[
        Share, Field(description="Share of all leads entered that advances, the never worked and late ones included.")
    ] = None
    threshold: Annotated[
        Points, Field(description="Score from which on a worked lead advances, in place of a conversion.")
    ] = None
    score_weight: Annotated[Weight, Field(description="The weight of quality at this stage.")] = None
    enrichment: Annotated[Enrichment | None, Field(description="What happens to leads that lack one fact.")] = None
    neglect: Annotated[Share, Field(description="Share of leads that nobody will ever work (default 0).")] = None
    response: Annotated[Duration, Field(description="Time until a lead is worked (default 0).")] = None
    shelf_life: Annotated[Duration, Field(description="How long a lead stays what it is (default: for ever).")] = None
    patient: Annotated[Share, Field(description="Share of leads whose shelf life is infinite (default 0).")] = None
    give_up: Annotated[Duration, Field(description="Age at which an unworked lead is treated as cold.")] = None
    team: Annotated[
        str | None, Written("name"), Field(description="Team that works the leads; they queue for its people.")
    ] = None
    service: Annotated[
        Duration, Field(description="Working time of a person of the team that a lead takes (default 0).")
    ] = None
    takes: Annotated[Duration, Field(description="Time from the work to the advance (default 0).")] = None
    rejected_takes: Annotated[
        Duration, Field(description="Time from the work to the rejection (default: as `takes`).")
    ] = None
    cold: Annotated[Cold | None, Field(description="Where cold leads go (default: dropped).")] = None
    rejected: Annotated[Exits | None, Field(description="Where rejected leads go (default: dropped).")] = None
    reasons: Annotated[
        dict[str, Reason] | None, Field(description="Why leads are rejected, and where they go for it.")
    ] = None
    recycle: Annotated[Recycle | None, Field(description="How recycled leads come back.")] = None
    returns: Annotated[Returns | None, Field(description="Which leads come back from a competitor.")] = None
    drift: Annotated[Drift | None, Field(description="How the conversion wanders from week to week.")] = None
    programme: Annotated[
        Programme | None, Field(description="Nurture programme that leads get from when they are worked.")
    ] = None
    cost_per_entry: Annotated[Money, Field(description="Cost of each entry into the stage.")] = None
    cost_per_work: Annotated[Money, Field(description="Cost of working a lead.")] = None

    def overridden_by(self, other: Stage) -> Stage:
        """These rules with those of `other` in their place wherever `other` gives one, each rule as a whole.

        Examples
        --------
        >>> Stage(conversion=0.4, neglect=0.1).overridden_by(Stage(conversion_of_entered=0.2)).conversion is None
        True
        """
        given = {name: value for name, value in fields_of(other).items() if value is not None}
        if not DECIDING.isdisjoint(given):
            given = dict.fromkeys(DECIDING) | given
        if not {"rejected", "reasons"}.isdisjoint(given):
            given = {"rejected": None, "reasons": None} | given
        return self.model_copy(update=given)
