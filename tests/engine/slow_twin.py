"""What becomes of one lead, told step by step in plain Python?

The slow twin of the engine, written from the model: one lead at a time, ordinary control flow, counters of how often
each roll was made. Who the leads are is told in `slow_world`.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from slow_world import Lead, World, uniform

from simfunnel.engine.plan import Exits, StagePlan

CAUSES = ("neglected", "late", "queue", "waiting")
EXITS = ("no_decision", "competitor", "dropped", "recycled")
RESTING = -1


@dataclass
class Life:
    """What became of a lead. `events` are (name, stage, day) in the order in which they were decided."""

    events: list[tuple[str, int, float]] = field(default_factory=list)
    fate: str = "open"
    won_at: float | None = None
    cents: int = 0
    further: list[tuple[float, int]] = field(default_factory=list)  # day and cents of each further sale
    touches: list[tuple[int, float, bool, bool]] = field(default_factory=list)  # stage, day, opened, clicked
    nurtured: Counter[int] = field(default_factory=Counter)  # visits that had a touch, by stage
    touch: tuple[int, int] | None = None  # stage and cause
    before_touch: int = 0  # events that had been noted when it was first touched
    reasons: list[tuple[str, str]] = field(default_factory=list)  # stage and reason of each rejection that has one
    stays: list[tuple[int, float]] = field(default_factory=list)  # stage and days of each visit that ended

    def note(self, name: str, stage: int, day: float) -> None:
        self.events.append((name, stage, day))


class Walker:
    """One lead on its way; `ideal` makes it the twin, never neglected and always worked within the shelf life."""

    def __init__(self, world: World, lead: Lead, *, ideal: bool) -> None:
        self.world, self.plan, self.lead, self.ideal = world, world.plan, lead, ideal
        self.life = Life()
        self.visits: Counter[int] = Counter()
        self.attempts: Counter[int] = Counter()
        self.advances: Counter[int] = Counter()
        self.rejections: Counter[int] = Counter()
        self.colds: Counter[int] = Counter()
        self.touches: Counter[int] = Counter()
        self.known: set[int] = set()  # stages at which the one fact that the lead lacks was found
        self.recycles = 0
        self.effect = 0.0

    def live(self) -> Life:
        """The whole life."""
        stage, day = self.plan.sources[self.lead.source].enters, self.lead.arrival
        self.life.note("entered", stage, day)
        while True:
            if stage == len(self.plan.stages) - 1:
                self.life.fate, self.life.won_at = "won", day
                self.life.cents = round(self.world.draw(self.plan.deal_value, self.lead, "", "deal value", 0))
                self.buy_further(day)
                return self.life
            onwards = self.visit(stage, day)
            if onwards is None:
                return self.life
            stage, day = onwards
            self.life.note("entered", stage, day)

    def buy_further(self, day: float) -> None:
        """What the customer buys until the end."""
        expansion, lead, world = self.plan.expansion, self.lead, self.world
        if expansion is None or world.value(expansion.rate, lead.sector) == 0:
            return
        if expansion.delay is not None:
            day += world.draw(expansion.delay, lead, "", "further sale delay", 0)
        number = 0
        while True:
            u = uniform(lead.key, "", "further sale gap", number)
            day -= float(np.log1p(np.array([-u]))[0]) / world.value(expansion.rate, lead.sector)
            if day > self.plan.end:
                return
            value = world.draw(expansion.value, lead, "", "further sale value", number)
            self.life.further.append((day, round(value)))
            number += 1

    def nurture(self, stage: int, entered: float, begin: float, until: float) -> tuple[str, float]:
        """The touches of a visit: whether the lead is `qualified` or `lost` by one, or they are `over`; and when."""
        rules, lead, world = self.plan.stages[stage], self.lead, self.world
        programme, points, tally = rules.programme, 0.0, [0, 0, 0]
        assert programme is not None
        if self.plan.score is not None:
            points = lead.score
            if points >= float(programme.threshold[lead.sector]):
                return "qualified", begin
        first, every = float(programme.first[lead.sector]), float(programme.every[lead.sector])
        outcome, day = "over", begin
        for k in range(int(programme.touches[lead.sector])):
            day = begin + (first + k * every)
            if day > self.plan.end or day >= lead.leaves or day >= until:
                day = begin + (first + (int(programme.touches[lead.sector]) - 1) * every)
                break
            n = self.touches[stage]
            self.touches[stage] += 1
            opened = uniform(lead.key, rules.name, "touch opened", n) < world.value(programme.opens, lead.sector)
            clicked = opened and (
                uniform(lead.key, rules.name, "touch clicked", n) < world.value(programme.clicks, lead.sector)
            )
            self.life.touches.append((stage, day, opened, clicked))
            tally = [tally[0] + 1, tally[1] + opened, tally[2] + clicked]
            points += opened * float(programme.points_per_open[lead.sector])
            points += clicked * float(programme.points[lead.sector])
            last = day
            if points >= float(programme.threshold[lead.sector]):
                outcome = "qualified"
                break
            if uniform(lead.key, rules.name, "unsubscribe", n) < world.value(programme.unsubscribes, lead.sector):
                outcome = "lost"
                break
        if tally[0]:
            self.life.nurtured[stage] += 1
            self.life.note("nurtured: {} touches, {} opened, {} clicked".format(*tally), stage, last)
        self.effect += tally[2] * math.log(world.value(programme.odds, lead.sector))
        if outcome == "lost":
            for name in ("unsubscribed", "rejected", "dropped"):
                self.life.note(name, stage, day)
            self.life.stays.append((stage, day - entered))
            self.life.fate = "dropped"
        return outcome, day

    def happens(self, stage: int, entered: float, day: float) -> bool:
        """Whether an event of a visit (RESTING: of none) happens at this time; if the contact left before, the visit
        ends with that."""
        if self.lead.leaves <= day and self.lead.leaves <= self.plan.end:
            self.life.note("left", stage, self.lead.leaves)
            self.life.fate = "left"
            if stage != RESTING:
                self.life.stays.append((stage, self.lead.leaves - entered))
            return False
        return day <= self.plan.end

    def visit(self, stage: int, day: float) -> tuple[int, float] | None:
        """One visit; where and when the lead goes on, or None when it does not."""
        rules, lead, n = self.plan.stages[stage], self.lead, self.visits[stage]
        self.visits[stage] += 1
        neglected = uniform(lead.key, rules.name, "neglect", n) < self.world.value(rules.neglect, lead.sector)
        wait = 0.0 if rules.response is None else self.world.draw(rules.response, lead, rules.name, "response", n)
        lasts = self.lasts(rules, n)
        if self.ideal:
            return self.work(stage, day, day + min(wait, lasts))
        if not neglected and wait < lasts:
            return self.work(stage, day, day + wait)
        return self.go_cold(stage, day, day + lasts, 0 if neglected else 1)

    def lasts(self, rules: StagePlan, n: int) -> float:
        """The shorter of shelf life and give-up."""
        lead, shelf_life, give_up = self.lead, math.inf, math.inf
        if rules.shelf_life is not None:
            shelf_life = self.world.draw(rules.shelf_life, lead, rules.name, "shelf_life", n)
        if uniform(lead.key, rules.name, "patient", n) < self.world.value(rules.patient, lead.sector):
            shelf_life = math.inf
        if rules.give_up is not None:
            give_up = self.world.draw(rules.give_up, lead, rules.name, "give_up", n)
        return min(shelf_life, give_up)

    def work(self, stage: int, entered: float, begin: float) -> tuple[int, float] | None:
        rules, lead = self.plan.stages[stage], self.lead
        if begin > entered and not self.happens(stage, entered, begin):
            return None
        self.life.note("worked", stage, begin)
        programme = rules.programme
        if programme is not None and math.isfinite(programme.threshold[lead.sector]):
            outcome, day = self.nurture(stage, entered, begin, math.inf)
            if outcome == "lost" or not self.happens(stage, entered, day):
                return None
            return self.settle(stage, entered, day, advances=outcome == "qualified", beside=False)
        n = self.attempts[stage]
        self.attempts[stage] += 1
        advances = uniform(lead.key, rules.name, "conversion", n) < self.chance(stage, entered)
        limit = self.limit(rules)
        if limit is not None:
            advances = lead.score >= limit
        day = begin
        if advances:
            day, advances = self.enriched(stage, begin, n)
        return self.settle(stage, entered, day, advances=advances, beside=programme is not None, since=begin)

    def settle(
        self, stage: int, entered: float, begin: float, *, advances: bool, beside: bool, since: float | None = None
    ) -> tuple[int, float] | None:
        """The end of a visit whose outcome is known; a programme may run `beside` what is left of it. ``since``: what
        happened last before, if that was not at ``begin``."""
        rules, lead = self.plan.stages[stage], self.lead
        since = begin if since is None else since
        if advances:
            n, takes = self.advances[stage], 0.0
            self.advances[stage] += 1
            if rules.takes is not None:
                takes = self.world.draw(rules.takes, lead, rules.name, "takes", n)
            if beside and self.nurture(stage, entered, begin, begin + takes)[0] == "lost":
                return None
            if not self.ends(stage, "advanced", entered, since, begin + takes):
                return None
            return stage + 1, begin + takes
        n, takes = self.rejections[stage], 0.0
        self.rejections[stage] += 1
        if rules.rejected_takes is not None:
            takes = self.world.draw(rules.rejected_takes, lead, rules.name, "rejected_takes", n)
        if beside and self.nurture(stage, entered, begin, begin + takes)[0] == "lost":
            return None
        if not self.ends(stage, "rejected", entered, since, begin + takes):
            return None
        return self.go(stage, begin + takes, "rejected", rules.rejected, n)

    def limit(self, rules: StagePlan) -> float | None:
        """The score that decides in this sector, where one does."""
        if rules.threshold is None or math.isnan(rules.threshold[self.lead.sector]):
            return None
        return float(rules.threshold[self.lead.sector])

    def enriched(self, stage: int, day: float, n: int) -> tuple[float, bool]:
        """When all is known that the next stage needs, and whether it is, at the n-th attempt."""
        rules, lead = self.plan.stages[stage], self.lead
        if rules.enrichment is None or stage in self.known:
            return day, True
        if uniform(lead.key, rules.name, "lacks", 0) >= self.world.value(rules.enrichment.lacks, lead.sector):
            return day, True
        self.life.note("enriched", stage, day)
        found = uniform(lead.key, rules.name, "enriched", n) < self.world.value(rules.enrichment.found, lead.sector)
        if found:
            self.known.add(stage)
        if rules.enrichment.takes is not None:
            day += self.world.draw(rules.enrichment.takes, lead, rules.name, "enrichment", n)
        return day, found

    def ends(self, stage: int, how: str, entered: float, begin: float, day: float) -> bool:
        """Whether a visit comes to this end."""
        if day > begin and not self.happens(stage, entered, day):
            return False
        self.life.note(how, stage, day)
        self.life.stays.append((stage, day - entered))
        return True

    def chance(self, stage: int, entered: float) -> float:
        """The chance to advance: the base rate, moved on the scale of log-odds by source, quality, past and drift."""
        rules, lead, source = self.plan.stages[stage], self.lead, self.plan.sources[self.lead.source]
        p = self.world.value(rules.conversion, lead.sector) / float(rules.worked_share[lead.sector])
        p = min(max(p, 0.0), 1.0)
        effect = self.effect
        if source.odds is not None:
            effect += math.log(self.world.value(source.odds[stage], lead.sector))
        if p in (0.0, 1.0):
            return p
        base = math.log(p / (1 - p))
        weight = self.world.value(rules.quality_weight, lead.sector)
        sd = 0.0 if rules.drift is None else self.world.value(rules.drift.sd, lead.sector)
        spread = math.hypot(sd, weight)
        if rules.drift is not None and sd > 0:
            effect += sd * self.world.shocks[stage][math.floor(entered / rules.drift.every)]
        if spread > 0:
            base = intercept(p, spread)
            effect += weight * lead.quality
        return p if effect == 0 and rules.drift is None else 1 / (1 + math.exp(-base - effect))

    def go_cold(self, stage: int, entered: float, day: float, cause: int) -> tuple[int, float] | None:
        rules, n = self.plan.stages[stage], self.colds[stage]
        self.colds[stage] += 1
        if self.life.touch is None:
            self.life.touch, self.life.before_touch = (stage, cause), len(self.life.events)
        if not self.happens(stage, entered, day):
            return None
        self.life.note(f"cold_{CAUSES[cause]}", stage, day)
        self.life.stays.append((stage, day - entered))
        return self.go(stage, day, "cold", rules.cold[min(cause, 1)], n)  # late, in a queue or not

    def go(self, stage: int, day: float, deck: str, exits: Exits, n: int) -> tuple[int, float] | None:
        """Where a rejected or cold lead goes."""
        rules, lead = self.plan.stages[stage], self.lead
        exit_ = self.exit(exits, uniform(lead.key, rules.name, f"{deck} exit", n))
        if deck == "rejected" and rules.reasons is not None:
            self.tell(rules, uniform(lead.key, rules.name, "rejected exit", n))
        limit = int(rules.recycle_limit[lead.sector])
        if exit_ == "recycled" and self.recycles >= limit:
            exit_ = "dropped"
        self.life.note(exit_, stage, day)
        if exit_ == "recycled":
            if rules.recycle_after is not None:
                later = day + self.world.draw(rules.recycle_after, lead, rules.name, f"{deck} recycle after", n)
                if later > day and not self.happens(RESTING, day, later):
                    return None
                day = later
            return self.reopen(stage, day, int(rules.recycle_to[lead.sector]))
        self.life.fate = exit_
        if exit_ != "competitor" or self.recycles >= limit:
            return None
        if uniform(lead.key, rules.name, f"{deck} return", n) >= self.world.value(rules.return_share, lead.sector):
            return None
        if rules.return_after is not None:
            day += self.world.draw(rules.return_after, lead, rules.name, f"{deck} return after", n)
        if day > self.plan.end or lead.leaves <= day:
            return None
        self.life.fate = "open"
        return self.reopen(stage, day, int(rules.return_to[lead.sector]))

    def exit(self, exits: Exits, u: float) -> str:
        shares = [self.world.value(knob, self.lead.sector) for knob in exits.shares]
        rest = int(exits.rest[self.lead.sector])
        if rest >= 0:
            shares[rest] = max(0.0, 1 - sum(shares))
        passed = 0.0
        for name, share in zip(EXITS, shares, strict=True):
            passed += share / sum(shares)
            if u < passed:
                return name
        return [name for name, share in zip(EXITS, shares, strict=True) if share > 0][-1]

    def tell(self, rules: StagePlan, u: float) -> None:
        """Why a lead is rejected: the first reason whose part of the unit interval ends above the roll."""
        assert rules.reasons is not None
        ends = rules.reasons.edges[self.lead.sector].tolist()
        for which, end in zip(rules.reasons.which[self.lead.sector].tolist(), ends, strict=True):
            if u < end:
                self.life.reasons.append((rules.name, rules.reasons.names[which]))
                return

    def reopen(self, stage: int, day: float, to: int) -> tuple[int, float]:
        rules = self.plan.stages[stage]
        self.recycles += 1
        self.effect += math.log(self.world.value(rules.recycle_odds, self.lead.sector))
        self.life.note("reopened", to, day)
        self.life.note(f"re-activated by {stage}", to, day)
        return to, day


@lru_cache(maxsize=10_000)
def intercept(p: float, sd: float) -> float:
    """The log-odds whose mean chance over a normal shock of this sd is p, by bisection on a fine trapezoid."""
    z = np.linspace(-9, 9, 721)
    weight = np.exp(-z * z / 2)
    weight /= weight.sum()
    low, high = -60.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if float(weight @ (1 / (1 + np.exp(-middle - sd * z)))) < p else (low, middle)
    return (low + high) / 2
