"""How does a funnel go when every lead is a process of its own?

Written with SimPy from the model's page, in plain control flow and with an ordinary random generator: the slow,
obvious way, that the package's arrays are held against. One call of `simulate` runs many futures; each builds its
world anew, so what nobody knows is rolled once per future and what is chance once per lead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import simpy
from numpy.typing import NDArray
from scipy import optimize

from .world import Drift, Rules, Sector, Source, World

Describe = Callable[[np.random.Generator], World]
FATES = ("won", "no_decision", "competitor", "dropped", "left")
COUNTS = ("arrived", "entered", "worked", "neglected", "late", "reopened", *FATES)
MEASURES = ("deals", "revenue", "cost", "roi", "cohort_deals", "cohort_revenue", "cohort_cost")


@dataclass(slots=True)
class Lead:
    """What a lead carries through the funnel: its market, when its contact leaves, its odds, how often it came back."""

    sector: Sector
    leaves: float
    odds: float
    recycled: int = 0


@lru_cache(maxsize=1024)
def intercept(conversion: float, sd: float) -> float:
    """Find the log-odds whose conversion, averaged over a normal shock, is the stated one."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()

    def excess(log_odds: float) -> float:
        return float(weights @ (1 / (1 + np.exp(-log_odds - sd * nodes)))) - conversion

    return float(optimize.brentq(excess, -60, 60, xtol=1e-13))


def drift_path(drift: Drift, days: float, rng: np.random.Generator) -> list[float]:
    """Draw the stationary shocks of all periods of a future."""
    shock = drift.sd * rng.standard_normal()
    path = [shock]
    for _ in range(int(days // drift.every)):
        shock = drift.carry_over * shock + math.sqrt(1 - drift.carry_over**2) * drift.sd * rng.standard_normal()
        path.append(shock)
    return path


class Future:
    """One future of one world; `ideal` is the world in which nobody is neglected and all are worked in time."""

    def __init__(self, world: World, rng: np.random.Generator, *, ideal: bool = False) -> None:
        self.world, self.rng, self.ideal = world, rng, ideal
        self.env = simpy.Environment()
        self.end = world.horizon + world.run_off
        self.won = world.process[-1]
        self.drift = {stage: drift_path(drift, self.end, rng) for stage, drift in world.drift.items()}
        self.count = dict.fromkeys(COUNTS, 0)
        self.deals = self.cohort_deals = 0
        self.revenue = self.cohort_revenue = 0.0
        self.cost = self.cohort_cost = world.fixed_costs

    def run(self) -> Future:
        """Let all leads live until the end; what happens at the very end has happened."""
        for source in self.world.sources:
            arrivals = source.arrivals()
            self.spend(source.cost + source.cost_per_lead * len(arrivals))
            self.count["arrived"] += len(arrivals)
            shares = source.sectors or {name: sector.share for name, sector in self.world.sectors.items()}
            for arrival in arrivals:
                sector = self.world.sectors[self.pick_sector(shares)]
                self.env.process(self.life(source, sector, arrival))
        self.env.run(until=math.nextafter(self.end, math.inf))
        return self

    def pick_sector(self, shares: Mapping[str, float]) -> str:
        """Roll the sector of a new lead."""
        roll = self.rng.random()
        for name, share in shares.items():
            roll -= share
            if roll < 0:
                return name
        return name

    def life(self, source: Source, sector: Sector, arrival: float) -> Generator[simpy.Event, None, None]:
        """Live one lead's life, from its arrival to its fate."""
        if arrival > 0:
            yield self.env.timeout(arrival)
        attrition = sector.attrition
        leaves = arrival + self.rng.standard_exponential() / attrition if attrition else math.inf
        lead = Lead(sector, leaves, source.odds)
        stage: str | None = source.enters
        while stage is not None:
            self.count["entered"] += 1
            self.spend(self.world.cost_per_entry.get(stage, 0.0))
            if stage == self.won:
                self.win(sector)
                return
            stage = yield from self.visit(lead, stage, sector.stages[stage])

    def visit(self, lead: Lead, stage: str, rules: Rules) -> Generator[simpy.Event, None, str | None]:
        """Stay at a stage; return the stage that the lead enters next, or None when that was all."""
        random = self.rng.random
        entered = self.env.now
        neglected = not self.ideal and random() < rules.neglect
        shelf_life = math.inf if rules.patient and random() < rules.patient else rules.shelf_life()
        expiry = min(shelf_life, rules.give_up())
        response = rules.response()
        if self.ideal:
            response = min(response, expiry)

        if neglected or (response >= expiry and not self.ideal):
            if (yield from self.gone_after(lead, expiry)):
                return None
            self.count["neglected" if neglected else "late"] += 1
            exits = rules.cold_neglected if neglected else rules.cold_late
            return (yield from self.leave_by(lead, stage, rules, exits.pick(random())))

        if (yield from self.gone_after(lead, response)):
            return None
        self.count["worked"] += 1
        self.spend(rules.cost_per_work)
        if random() < self.chance_to_advance(stage, rules.conversion, lead.odds, entered):
            if (yield from self.gone_after(lead, rules.takes())):
                return None
            return self.world.process[self.world.process.index(stage) + 1]
        if (yield from self.gone_after(lead, (rules.rejected_takes or rules.takes)())):
            return None
        return (yield from self.leave_by(lead, stage, rules, rules.rejected.pick(random())))

    def gone_after(self, lead: Lead, days: float) -> Generator[simpy.Event, None, bool]:
        """Let days pass; say whether the contact has left its company by then."""
        now = self.env.now
        if lead.leaves <= now + days and lead.leaves < math.inf:
            yield self.env.timeout(lead.leaves - now)
            self.count["left"] += 1
            return True
        if days > 0:
            yield self.env.timeout(days)
        return False

    def leave_by(self, lead: Lead, stage: str, rules: Rules, way_out: str) -> Generator[simpy.Event, None, str | None]:
        """Take one of the four exits; return the stage of the re-entry, if there is one."""
        recycle, returns = rules.recycle, rules.returns
        if way_out == "recycle" and lead.recycled >= recycle.limit:
            way_out = "dropped"
        if way_out == "recycle":
            if (yield from self.gone_after(lead, recycle.after())):
                return None
            return self.reopen(lead, rules, recycle.to or stage)

        self.count[way_out] += 1
        if way_out != "competitor" or returns is None or self.rng.random() >= returns.share:
            return None
        after = returns.after()
        if lead.recycled >= recycle.limit or self.env.now + after >= lead.leaves:
            return None
        if after > 0:
            yield self.env.timeout(after)
        self.count["competitor"] -= 1
        return self.reopen(lead, rules, returns.to or stage)

    def reopen(self, lead: Lead, rules: Rules, stage: str) -> str:
        """Bring a lead back, by the rules of the stage that it had gone from."""
        self.count["reopened"] += 1
        self.spend(rules.recycle.cost)
        lead.recycled += 1
        lead.odds *= rules.recycle.odds
        return stage

    def chance_to_advance(self, stage: str, conversion: float, factor: float, entered: float) -> float:
        """Move a stated conversion by the lead's odds and by the drift of the period in which it entered."""
        if conversion in (0.0, 1.0):
            return conversion
        drift = self.world.drift.get(stage)
        if drift is None:
            odds = factor * conversion / (1 - conversion)
        else:
            shock = self.drift[stage][int(entered // drift.every)]
            odds = factor * math.exp(intercept(conversion, drift.sd) + shock)
        return odds / (1 + odds)

    def spend(self, money: float) -> None:
        """Book a cost: to the calendar until the horizon, to the cohort always."""
        if not money:
            return
        self.cohort_cost += money
        if self.env.now <= self.world.horizon:
            self.cost += money

    def win(self, sector: Sector) -> None:
        """Book a deal: to the calendar until the horizon, to the cohort always."""
        value = sector.deal_value()
        self.count["won"] += 1
        self.cohort_deals += 1
        self.cohort_revenue += value
        if self.env.now <= self.world.horizon:
            self.deals += 1
            self.revenue += value

    @property
    def roi(self) -> float:
        """Return on what was spent, missing where nothing was."""
        return (self.revenue * self.world.margin - self.cost) / self.cost if self.cost else math.nan


def simulate(
    describe: Describe,
    n_sims: int,
    rng: np.random.Generator,
    *,
    ideal: bool = False,
    keep: Iterable[str] = MEASURES,
) -> dict[str, NDArray[np.float64]]:
    """Run futures of a world; return the kept measures and counts, each of shape (n_sims,)."""
    kept = {name: np.empty(n_sims) for name in keep}
    for row in range(n_sims):
        future = Future(describe(rng), rng, ideal=ideal).run()
        for name, column in kept.items():
            column[row] = future.count[name] if name in COUNTS else getattr(future, name)
    return kept
