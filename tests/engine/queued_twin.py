"""When does a team get to one lead, told event by event in plain Python?

The slow twin of the queues, written from the model. A lead's life is told from its beginning as far as it is known;
where it comes to a team it *asks* when its work begins. One replication is a list of events in order of time, and who
has been answered is told again, with one answer more. At the same moment first shelf lives end, then people become
free, then they come to work, and then leads join: those that came to a team first, then by source and number. A lead
that goes on at that very moment does so before anybody else does anything.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from heapq import heappop, heappush

from slow_twin import Life, Walker
from slow_world import Lead, World, folded, key_of, uniform

from simfunnel.engine.plan import EXPIRY, FIRST_COME, NEWEST, SCORE, VALUE, TeamPlan

QUEUE, WAITING = 2, 3  # causes
EXPIRES, FREE, COMES, JOINS = range(4)  # kinds of events, in their order at the same moment


class Asks(Exception):  # noqa: N818 - no error: the lead stands in a queue
    """A lead comes to a team: when does its work begin?"""

    def __init__(self, team: int, join: float, expires: float, service: float, worth: float) -> None:
        self.team, self.join, self.expires, self.service, self.worth = team, join, expires, service, worth


class Hours:
    """The working hours of a team."""

    def __init__(self, team: TeamPlan) -> None:
        self.windows: list[tuple[float, float]] | None = None
        if team.opens is not None and team.closes is not None:
            self.windows = list(zip(team.opens.tolist(), team.closes.tolist(), strict=True))

    def are(self, day: float) -> bool:
        """Whether the team is at work."""
        return self.windows is None or any(opens <= day < closes for opens, closes in self.windows)

    def after(self, day: float, work: float) -> float:
        """When so much working time has passed."""
        if self.windows is None or work <= 0.0:
            return day + max(work, 0.0)
        for opens, closes in self.windows:
            if closes > day:
                start = max(day, opens)
                if work <= closes - start:
                    return start + work
                work -= closes - start
        return math.inf

    def next(self, day: float) -> float:
        """When the team is next at work."""
        if self.windows is None:
            return day
        return next((max(day, opens) for opens, closes in self.windows if closes > day), math.inf)


class QueuedWalker(Walker):
    """A lead that may stand in queues; ``answers`` says when the work of each visit that asked began: infinity where it
    went cold before, None where it waits until the contact leaves or the end comes."""

    def __init__(self, world: World, lead: Lead, answers: list[float | None], *, ideal: bool) -> None:
        super().__init__(world, lead, ideal=ideal)
        self.answers = list(answers)
        self.first_at_team = math.inf

    def touched(self, stage: int, cause: int) -> None:
        """The first visit at which it was not reached is what counts, else the first at which it had to wait."""
        if self.life.touch is None:
            self.life.touch, self.life.before_touch = (stage, cause), len(self.life.events)
        elif self.life.touch[1] == WAITING and cause != WAITING:
            self.life.touch = stage, cause

    def go_cold(self, stage: int, entered: float, day: float, cause: int) -> tuple[int, float] | None:
        self.touched(stage, cause)
        return super().go_cold(stage, entered, day, cause)

    def visit(self, stage: int, day: float) -> tuple[int, float] | None:
        rules, lead, n = self.plan.stages[stage], self.lead, self.visits[stage]
        team = int(rules.team[lead.sector])
        if team < 0:
            return super().visit(stage, day)
        self.visits[stage] += 1
        self.first_at_team = min(self.first_at_team, day)
        hours, lasts = Hours(self.plan.teams[team]), self.lasts(rules, n)
        wait = 0.0 if rules.response is None else self.world.draw(rules.response, lead, rules.name, "response", n)
        join = hours.after(day, wait)
        if self.ideal:
            return self.work(stage, day, hours.next(min(join, day + lasts)))
        if uniform(lead.key, rules.name, "neglect", n) < self.world.value(rules.neglect, lead.sector):
            return self.go_cold(stage, day, day + lasts, 0)
        if join >= day + lasts:
            return self.go_cold(stage, day, day + lasts, 1)
        begin: float | None = None
        if join <= self.plan.end and lead.leaves > join:
            if not self.answers:
                service = 0.0
                if rules.service is not None:
                    service = self.world.draw(rules.service, lead, rules.name, "service", n)
                raise Asks(team, join, day + lasts, service, float(rules.value_per_hour[lead.sector]))
            begin = self.answers.pop(0)
        if begin == math.inf:
            return self.go_cold(stage, day, day + lasts, QUEUE)
        if begin != hours.next(join):
            self.touched(stage, WAITING)
        if begin is None:
            self.happens(stage, day, math.inf)
            return None
        return self.work(stage, day, begin)


@dataclass
class Desk:
    """A team at work: who waits (rank, ticket, lead), and how many people are busy."""

    team: TeamPlan
    people: list[tuple[float, int]]  # from when on, how many
    waiting: list[tuple[float, int, int]] = field(default_factory=list)
    busy: int = 0

    def __post_init__(self) -> None:
        self.hours = Hours(self.team)

    def has_somebody(self, now: float) -> bool:
        """Whether anybody is free."""
        at = bisect_right([since for since, _ in self.people], now) - 1
        return self.hours.are(now) and self.people[at][1] > self.busy


def headcount(world: World, team: TeamPlan) -> list[tuple[float, int]]:
    """How many people are there from when on: of those planned, whoever is not absent on the day."""
    planned = list(zip(team.since.tolist(), team.people.tolist(), strict=True))
    if team.absence is None:
        return planned
    share, found = world.value(team.absence), []
    for since in sorted({since for since, _ in planned} | {float(day) for day in range(int(world.plan.end) + 1)}):
        there = [number for day, number in planned if day <= since][-1]
        for person in range(there):
            key = folded(folded(world.key, key_of("team", team.name, "absence", person)), int(since))
            there -= uniform(key, "absence") < share
        found.append((since, there))
    return found


class Replication:
    """One replication: its leads, its teams, and what happens when."""

    def __init__(self, world: World) -> None:
        self.world, self.plan = world, world.plan
        self.leads = list(world.leads())
        self.answers: list[list[float | None]] = [[] for _ in self.leads]
        self.lives: list[Life] = [Life() for _ in self.leads]
        self.asks: list[Asks | None] = [None] * len(self.leads)
        self.order: list[tuple[float, int]] = [(0.0, k) for k in range(len(self.leads))]
        self.desks = [Desk(team, headcount(world, team)) for team in self.plan.teams]
        self.waits = [False] * len(self.leads)
        self.events: list[tuple[float, int, tuple[float, int], int]] = []
        self.joined = 0

    def live(self) -> list[Life]:
        """The lives of all leads."""
        for k, desk in enumerate(self.desks):
            for day in {since for since, _ in desk.people} | {opens for opens, _ in desk.hours.windows or ()}:
                heappush(self.events, (day, COMES, (0.0, k), k))
        for who in range(len(self.leads)):
            self.tell(who, -1.0)
        while self.events and self.events[0][0] <= self.plan.end:
            now, kind, _, who = heappop(self.events)
            if kind == JOINS:
                self.join(who, now)
            elif kind == EXPIRES:
                self.expire(who, now)
            else:
                self.desks[who].busy -= kind == FREE
                self.serve(who, now)
        for who, ask in enumerate(self.asks):
            if ask is not None:
                self.answers[who].append(None)
                self.tell(who, math.inf)
        return self.lives

    def tell(self, who: int, now: float) -> None:
        """Tell the life of a lead as far as it is known; if it asks now, it joins now."""
        walker = QueuedWalker(self.world, self.leads[who], self.answers[who], ideal=False)
        try:
            self.asks[who], self.lives[who] = None, walker.live()
        except Asks as ask:
            self.asks[who], self.order[who] = ask, (walker.first_at_team, who)
            if ask.join == now:
                self.join(who, now)
            else:
                heappush(self.events, (ask.join, JOINS, self.order[who], who))

    def join(self, who: int, now: float) -> None:
        ask = self.asks[who]
        assert ask is not None
        self.joined += 1
        score = self.leads[who].score
        ranks = {
            FIRST_COME: 0.0, NEWEST: -self.joined, EXPIRY: ask.expires, VALUE: -ask.worth,
            SCORE: 0.0 if math.isnan(score) else -score,
        }  # fmt: skip
        desk = self.desks[ask.team]
        heappush(desk.waiting, (ranks[desk.team.discipline], self.joined, who))
        self.waits[who] = True
        until = min(ask.expires, self.leads[who].leaves)
        if until <= self.plan.end:
            heappush(self.events, (until, EXPIRES, self.order[who], who))
        self.serve(ask.team, now)

    def expire(self, who: int, now: float) -> None:
        ask = self.asks[who]
        if not self.waits[who] or ask is None or now != min(ask.expires, self.leads[who].leaves):
            return  # it has been served
        desk = self.desks[ask.team]
        desk.waiting = sorted(each for each in desk.waiting if each[2] != who)
        self.waits[who] = False
        self.answers[who].append(math.inf if self.leads[who].leaves > now else None)
        self.tell(who, now)

    def serve(self, team: int, now: float) -> None:
        """Whoever is free takes the next."""
        desk = self.desks[team]
        while desk.waiting and desk.has_somebody(now):
            who = heappop(desk.waiting)[2]
            ask = self.asks[who]
            assert ask is not None
            if min(ask.expires, self.leads[who].leaves) <= now:
                continue  # it goes cold, or is gone, at this very moment
            desk.busy += 1
            self.waits[who] = False
            heappush(self.events, (desk.hours.after(now, ask.service), FREE, (0.0, team), team))
            self.answers[who].append(now)
            self.tell(who, now)


def lives(world: World) -> list[tuple[Lead, Life, Life]]:
    """Each lead of a replication with its actual and its ideal life."""
    replication = Replication(world)
    actual = replication.live()
    return [
        (lead, life, QueuedWalker(world, lead, [], ideal=True).live())
        for lead, life in zip(replication.leads, actual, strict=True)
    ]
