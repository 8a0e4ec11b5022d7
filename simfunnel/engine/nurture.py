"""What does a nurture programme make of a visit: which touches are opened and clicked, and who qualifies or is lost?

What becomes of a visit is a pure function of the lead, the stage and how many touches its programme has made to this
lead before; the time at which the visit begins only says which of the touches still happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from simfunnel import luck
from simfunnel.engine.block import Leads, decision
from simfunnel.engine.plan import Floats, Ints, Knob, ProgrammePlan, StagePlan, where

if TYPE_CHECKING:
    from simfunnel.engine.tally import Bill

OVER, QUALIFIED, LOST = range(3)


@dataclass(frozen=True, eq=False)
class Span:
    """Which touches happen: those of visits that begin at these times, by ``end``, before ``until`` (when the visit
    ends otherwise) and while the contact is there (``leaves``)."""

    begin: Floats
    end: float
    until: Floats | None = None
    leaves: Floats | None = None

    def has(self, at: Ints, time: Floats) -> Ints:
        """Of the visits ``at``, those to which a touch at this time happens, as places in ``at``."""
        here = time <= self.end
        if self.until is not None:
            here &= time < self.until.take(at)
        if self.leaves is not None:
            here &= self.leaves.take(at) > time
        return where(here)


@dataclass(frozen=True, eq=False)
class Course:
    """What a programme makes of some visits, all of shape (n_visits,).

    ``outcome``: `QUALIFIED` (at a touch, or before the first by the score), `LOST` at a touch, else `OVER` after the
    last one; ``days``: from the work on until then; ``touches``, ``opens`` and ``clicks``: how many happened.
    """

    outcome: Ints
    days: Floats
    touches: Ints
    opens: Ints
    clicks: Ints


def course(
    leads: Leads,
    stage: StagePlan,
    lead: Ints,
    made: Ints | None,
    span: Span | None = None,
    *,
    on_touch: Callable[[Ints, Floats], None] | None = None,
) -> Course:
    """Send the touches of one visit to each of these leads, one after the other.

    Parameters
    ----------
    made
        Touches that this programme has made to each lead before; None for none. They number the rolls.
    span
        Which touches happen; None for all: what would become of the visits if nothing ended them.
    on_touch
        Called with the leads that get a touch, and when.
    """
    programme = stage.programme
    assert programme is not None
    most = np.broadcast_to(leads.by_sector(programme.touches, lead), (lead.size,))
    found = Course(
        outcome=np.zeros(lead.size, np.int64),
        days=touch_day(leads, programme, lead, np.maximum(most - 1, 0)) * (most > 0),
        touches=np.zeros(lead.size, np.int64),
        opens=np.zeros(lead.size, np.int64),
        clicks=np.zeros(lead.size, np.int64),
    )
    points = np.zeros(lead.size) if leads.score is None else leads.score.take(lead)  # which the points add to
    ready = points >= _of(leads, programme.threshold, lead)
    found.outcome[ready], found.days[ready] = QUALIFIED, 0.0
    at = where(~ready)
    for k in range(int(programme.touches.max())):
        at = at.take(where(most.take(at) > k))
        days = touch_day(leads, programme, lead.take(at), k)
        if span is not None:
            time = span.begin.take(at) + days
            here = span.has(at, time)
            at, days = at.take(here), days.take(here)
            if on_touch is not None:
                on_touch(lead.take(at), time.take(here))
        if not at.size:
            break
        at = _touch(leads, stage, lead, made, k, at=at, days=days, points=points, found=found)
    return found


def _touch(
    leads: Leads,
    stage: StagePlan,
    lead: Ints,
    made: Ints | None,
    k: int,
    *,
    at: Ints,
    days: Floats,
    points: Floats,
    found: Course,
) -> Ints:
    """The touch after ``k`` others, to the visits ``at``; those that go on."""
    programme, who = stage.programme, lead.take(at)
    assert programme is not None
    before = None if made is None else made.take(at) + k
    found.touches[at] += 1
    opened = where(_happens(leads, stage.name, "touch opened", programme.opens, who, before, k))
    found.opens[at.take(opened)] += 1
    points[at.take(opened)] += _of(leads, programme.points_per_open, who.take(opened))
    of_opened = None if before is None else before.take(opened)
    hit = _happens(leads, stage.name, "touch clicked", programme.clicks, who.take(opened), of_opened, k)
    clicked = opened.take(where(hit))
    found.clicks[at.take(clicked)] += 1
    points[at.take(clicked)] += _of(leads, programme.points, who.take(clicked))
    qualifies = points.take(at) >= _of(leads, programme.threshold, who)
    stays = ~qualifies
    if not programme.unsubscribes.is_zero:
        lost = stays & _happens(leads, stage.name, "unsubscribe", programme.unsubscribes, who, before, k)
        found.outcome[at[lost]], found.days[at[lost]] = LOST, days[lost]
        stays &= ~lost
    found.outcome[at[qualifies]], found.days[at[qualifies]] = QUALIFIED, days[qualifies]
    return at[stays]


def _happens(
    leads: Leads, stage: str, name: str, chance: Knob, lead: Ints, count: Ints | None, k: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether this happens to each lead; the roll is the ``k``-th, or ``count``-th, of its kind."""
    key = decision(stage, name, k) if count is None else luck.fold_many(luck.fold(stage, name), count)
    return leads.block.uniforms(leads.key, key, lead) < leads.at(chance, lead)


def touch_day(leads: Leads, programme: ProgrammePlan, lead: Ints, k: Ints | int) -> Floats:
    """How many days after the work the touch after ``k`` others comes to each lead."""
    days = _of(leads, programme.first, lead) + k * _of(leads, programme.every, lead)
    return np.broadcast_to(days, (lead.size,))


def _of(leads: Leads, values: Floats, lead: Ints) -> Floats | float:
    """What each lead has of an array over sectors; a plain float where it is the same for all."""
    if (values == values[0]).all():
        return float(values[0])
    assert leads.sector is not None
    return values.take(leads.sector.take(lead))


State = tuple[list[Ints | None], Floats | None]


class Nurture:
    """How far the programmes have got with the leads of a walk.

    ``made``: touches of the programme of each stage, shape (n_leads,) (None where there is none); ``log_odds``: what
    the clicks have moved, shape (n_leads,).
    """

    def __init__(self, leads: Leads) -> None:
        self.leads, stages = leads, leads.block.plan.stages
        self.made = [None if each.programme is None else np.zeros(leads.size, np.int64) for each in stages]
        self.moves = any(each.programme is not None and each.programme.odds.scalar != 1.0 for each in stages)
        self.log_odds = np.zeros(leads.size if self.moves else 0)

    def visit(self, index: int, lead: Ints, begin: Floats, *, until: Floats | None, first: bool, bill: Bill) -> Course:
        """The touches of visits that begin at these times, remembered and charged; ``first``: none of these leads has
        ever come back, ``until``: when the visits end otherwise."""
        stage, made = self.leads.block.plan.stages[index], self.made[index]
        programme, leaves = stage.programme, self.leads.leaves
        assert made is not None
        assert programme is not None
        span = Span(begin, self.leads.block.plan.end, until, None if leaves is None else leaves.take(lead))
        may_be_touched = not first or bool(self.leads.block.plan.teams)
        found = course(
            self.leads, stage, lead, None if first else made.take(lead), span,
            on_touch=lambda who, time: bill.charge("touches", programme.cost, who, time, touched=may_be_touched),
        )  # fmt: skip
        made[lead] += found.touches
        if self.moves:
            self.log_odds[lead] += found.clicks * np.log(self.leads.at(programme.odds, lead))
        return found

    def told(self, index: int, lead: Ints, begin: Floats, found: Course) -> Iterator[tuple[str, Ints, Floats]]:
        """The touches of each visit as one event at the last of them: what, in which visits, when."""
        programme = self.leads.block.plan.stages[index].programme
        assert programme is not None
        last = begin + touch_day(self.leads, programme, lead, found.touches - 1)
        triples = np.stack([found.touches, found.opens, found.clicks], axis=1)
        for touches, opens, clicks in np.unique(triples, axis=0).tolist():
            if touches:
                at = where((triples == (touches, opens, clicks)).all(axis=1))
                yield f"nurtured: {touches} touches, {opens} opened, {clicks} clicked", at, last.take(at)

    @overload
    def effects(self, lead: Ints, others: Floats) -> Floats: ...
    @overload
    def effects(self, lead: Ints, others: Floats | None) -> Floats | None: ...
    def effects(self, lead: Ints, others: Floats | None) -> Floats | None:
        """The log-odds that each lead carries, with those that it carries for other reasons."""
        if not self.moves:
            return others
        own = self.log_odds.take(lead)
        return own if others is None else own + others

    def touches(self, lead: Ints) -> Ints:
        """All touches that each lead has had."""
        return sum((made.take(lead) for made in self.made if made is not None), np.zeros(lead.size, np.int64))

    def copy(self, lead: Ints) -> State:
        """The state of these leads, as it is now."""
        made = [None if each is None else each.take(lead) for each in self.made]
        return made, self.log_odds.take(lead) if self.moves else None

    def take_over(self, lead: Ints, state: State) -> None:
        """Begin with a state that was copied."""
        for mine, theirs in zip(self.made, state[0], strict=True):
            if mine is not None and theirs is not None:
                mine[lead] = theirs
        if state[1] is not None:
            self.log_odds[lead] = state[1]
