"""Which of the leads that would advance lack a fact, is it found, and when?"""

from __future__ import annotations

from dataclasses import dataclass

from simfunnel.engine.block import Leads
from simfunnel.engine.histories import ADVANCED, REJECTED, Histories
from simfunnel.engine.plan import Enrichment, Floats, Ints, where
from simfunnel.engine.scores import Bools
from simfunnel.engine.waves import Wave


@dataclass(frozen=True, eq=False)
class Search:
    """Of a wave, the leads ``at`` which a fact is looked for; when that is ``done``, and whether it was ``found``."""

    at: Ints
    done: Floats
    found: Bools


def search(stage: int, leads: Leads, histories: Histories, wave: Wave, begin: Floats) -> Search | None:
    """Look for what leads that would advance lack; None where none of them lacks anything.

    A lead that has advanced from the stage before lacks nothing any more: what was found is known.
    """
    plan, name = leads.block.plan.stages[stage].enrichment, leads.block.plan.stages[stage].name
    if plan is None:
        return None
    needs = lacking(plan, name, leads, wave.lead)
    advances = histories.count(wave.row, stage, ADVANCED)
    if advances is not None:
        needs &= advances == 0
    at = where(needs)
    if not at.size:
        return None
    attempts = histories.count(wave.row, stage, ADVANCED, REJECTED)
    found, takes = luck_of(plan, name, leads, wave.lead.take(at), None if attempts is None else attempts.take(at))
    return Search(at, begin.take(at) + takes, found)


def lacking(plan: Enrichment, stage: str, leads: Leads, lead: Ints) -> Bools:
    """Which leads lack a fact at a stage: once and for all, until it is found."""
    return leads.roll(lead, stage, "lacks", None) < leads.at(plan.lacks, lead)


def luck_of(
    plan: Enrichment, stage: str, leads: Leads, lead: Ints, attempts: Ints | None
) -> tuple[Bools, Floats | float]:
    """Whether each lead's fact is found and how long the search takes: luck of the attempt that it belongs to (None:
    the first)."""
    found = leads.roll(lead, stage, "enriched", attempts) < leads.at(plan.found, lead)
    takes = 0.0 if plan.takes is None else leads.draw(plan.takes, lead, stage, "enrichment", attempts)
    return found, takes
