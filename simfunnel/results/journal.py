"""What happened to this one lead in this one future, and what would have happened to its ideal twin?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from simfunnel.engine.block import Leads
from simfunnel.engine.expansion import Wins, with_further_sales
from simfunnel.engine.plan import Plan
from simfunnel.engine.visits import Walk
from simfunnel.engine.waves import Event
from simfunnel.results.futures import Terms
from simfunnel.results.reliving import relive

_SENTENCES = {
    "entered": "enters {stage}",
    "worked": "is worked at {stage}",
    "enriched": "lacks a fact at {stage}, which is looked for",
    "rejected": "is rejected at {stage}",
    "cold_neglected": "goes cold at {stage}: nobody ever worked it",
    "cold_late": "goes cold at {stage}: nobody reached it in time",
    "cold_queue": "goes cold at {stage}: nobody was free in time",
    "no_decision": "ends without a decision",
    "competitor": "goes to a competitor",
    "dropped": "is dropped",
    "recycled": "is recycled from {stage}",
    "reopened": "is reopened",
    "unsubscribed": "unsubscribes",
    "left": "is lost: the contact leaves the company",
}
_TOUCHES = {
    "neglected": "will never be worked at {stage}",
    "late": "will not be reached in time at {stage}",
    "queue": "will not be reached in time at {stage}: nobody is free",
    "waiting": "has to wait at {stage}",
}


@dataclass(frozen=True)
class Moment:
    """One thing that happened: days from the start, the date and time, and what."""

    day: float
    at: datetime
    what: str

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}  {self.what}"


@dataclass(frozen=True)
class Journal:
    """One lead's life beside its twin's, each a tuple of `Moment` in order; ``twin`` is None where it lived the same
    life."""

    replication: int
    source: str
    number: int
    sector: str
    actual: tuple[Moment, ...]
    twin: tuple[Moment, ...] | None

    def __repr__(self) -> str:
        lines = [
            f"Lead {self.number} of {self.source} in replication {self.replication:,} (sector {self.sector})",
            "",
            "As it lived",
        ]
        lines += [f"  {moment}" for moment in self.actual]
        if self.twin is None:
            return "\n".join([*lines, "", "Its ideal twin lives the same life: it was never neglected nor late."])
        return "\n".join([*lines, "", "Its ideal twin", *(f"  {moment}" for moment in self.twin)])

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"


def tell(terms: Terms, replication: int, lead: tuple[str, int]) -> Journal:
    """Live one replication again and write down what one lead did; see `simfunnel.results.Result.journal`."""
    if not isinstance(lead, Sequence) or isinstance(lead, str) or len(lead) != 2:
        raise TypeError(f"a lead is a source and a number, such as ('inbound', 0), not {lead!r}")
    past = relive(terms, replication)
    plan, (source, number) = past.plan, lead
    index = _index(plan, past.numbers, source, number, replication)
    sector = plan.sectors[0 if past.leads.sector is None else int(past.leads.sector[index])]
    diary = _Diary(plan, past.leads, index, past.scenario.start, terms.currency)
    lived = diary.moments(past.lived, past.actual)
    if not past.actual.touch[index]:
        return Journal(replication, source, number, sector, lived, None)
    twin = diary.until_touch(past.lived) + diary.moments(past.ideal, past.twin)
    return Journal(replication, source, number, sector, lived, twin)


def _index(plan: Plan, counts: Sequence[int], source: str, number: int, replication: int) -> int:
    if source not in plan.source_names:
        raise KeyError(f"there is no source {source!r}; there are {', '.join(plan.source_names)}")
    at = plan.source_names.index(source)
    if not 0 <= number < counts[at]:
        many = f"source {source!r} brings {counts[at]} leads to replication {replication}, numbered from 0"
        raise IndexError(f"{many}; there is no {number}")
    return sum(counts[:at]) + number


def _touches(event: str) -> str:
    """The touches of a visit in a sentence."""
    touches, said = event.removeprefix("nurtured: ").split(" touches", 1)
    return f"has been nurtured: {touches} {'touch' if touches == '1' else 'touches'}{said}"


class _Diary:
    """Reads one lead's moments out of the events of all."""

    def __init__(self, plan: Plan, leads: Leads, index: int, start: date, currency: str) -> None:
        self.plan, self.leads, self.index, self.start, self.currency = plan, leads, index, start, currency

    def moments(self, events: list[Event], walk: Walk) -> tuple[Moment, ...]:
        """What happened, in order; open at the end where nothing ended it."""
        found = [moment for event in events for moment in self._read(event)]
        for wave in walk.won:
            for day in wave.time[wave.lead == self.index]:
                cents = self.leads.draw(self.plan.deal_value, np.array([self.index]), "", "deal value", None)[0]
                found.append(self._moment(float(day), f"is won: a deal of {self.currency}{cents / 100:,.2f}"))
                found += self._further(float(day), int(cents))
        return tuple(found)

    def _further(self, day: float, cents: int) -> list[Moment]:
        """What the customer buys after the deal."""
        me = np.array([self.index])
        sales = with_further_sales(self.leads, Wins(me, np.array([day]), np.array([cents]))).further()
        return [
            self._moment(float(when), f"buys further: {self.currency}{worth / 100:,.2f}")
            for when, worth in zip(sales.time, sales.cents, strict=True)
        ]

    def until_touch(self, events: list[Event]) -> tuple[Moment, ...]:
        """What the twin shares: everything up to the visit at which the lead first waited or was not reached."""
        found: list[Moment] = []
        for event in events:
            if event.name.startswith("touched") and (event.lead == self.index).any():
                break
            found += self._read(event)
        return tuple(found)

    def _read(self, event: Event) -> list[Moment]:
        days = event.time[event.lead == self.index]
        if not days.size:
            return []
        if event.name == "advanced":  # the next line says where to
            return []
        name = "" if event.stage < 0 else self.plan.stages[event.stage].name
        if event.name.startswith("touched"):
            text = _TOUCHES[event.name.removeprefix("touched by ")].format(stage=name)
        elif event.name.startswith("nurtured"):
            text = _touches(event.name)
        else:
            text = _SENTENCES[event.name].format(stage=name)
        return [self._moment(float(day), text) for day in days]

    def _moment(self, day: float, text: str) -> Moment:
        return Moment(day, datetime.combine(self.start, time()) + timedelta(days=day), text)
