"""Do nurture, scores, enrichment, reasons, recycling and further sales go as a plain simulator finds them?

Two processes in which these meet, with sectors that override them, attrition, a run-off and lifts, lived lead by lead
in plain Python from the model's page alone. Counts and costs of futures are held together by their means, P10, P50 and
P90; equal laws fail in less than one run in a million of this file, a bias of 10 % in any mean is seen.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

import simfunnel as sf

from .agreement import CHECKS_PER_MEASURE, compare, least_bias

LEADS, OURS, THEIRS = 200, 4_000, 1_200
PROGRAMME = "every: 7 days, first: 2 days, clicks: 40%, unsubscribes: 3%, odds: 1.5"
BESIDE = f"""
horizon: 120 days
run_off: 30 days
process: [lead, sql, customer]
sources: {{web: {{enters: lead, leads: {LEADS}}}}}
sectors:
  a: {{share: 60%}}
  b:
    share: rest
    stages: {{lead: {{programme: {{{PROGRAMME}, touches: 2, opens: 60%, cost_per_touch: 2}}}}}}
stages:
  lead:
    conversion: 40%
    takes: exponential(mean=30 days)
    rejected_takes: 10 days
    rejected: {{recycle: 50%, dropped: rest}}
    recycle: {{after: 20 days, lift: -20%, limit: 1, cost: 3}}
    programme: {{{PROGRAMME}, touches: 6, opens: 30%, cost_per_touch: 0.5}}
  sql: {{conversion: 30%, takes: 5 days}}
slas: {{accepted: {{stage: lead, accepted: 40%}}}}
"""
WHOLE = f"""
horizon: 200 days
run_off: 100 days
process: [lead, mql, sql, customer]
deal_value: 100
attrition: 5% per month
score: {{weight: 0.6, correlation: 50%, mean: 50, sd: 15}}
sources: {{web: {{enters: lead, leads: {LEADS}}}}}
expansion: {{rate: 200% per year, delay: 20 days, value: 10}}
sectors:
  a: {{share: 50%}}
  b:
    share: rest
    attrition: 10% per month
    expansion: {{rate: 400% per year, value: 30}}
    stages:
      lead: {{enrichment: {{lacks: 10%, found: 50%, takes: 4 days, cost: 9}}}}
      sql: {{score_weight: 0}}
stages:
  lead:
    conversion: 50%
    takes: 3 days
    rejected_takes: 6 days
    enrichment: {{lacks: 40%, found: 70%, takes: 10 days, cost: 5}}
    reasons:
      no fit: {{share: 30%}}
      not ready: {{share: 50%, exit: recycle}}
      lost: {{share: rest, exit: competitor}}
    recycle: {{after: 15 days, odds: 0.6, limit: 2, cost: 4}}
    returns: {{share: 30%, after: 25 days}}
  mql:
    programme:
      every: 5 days
      touches: 5
      opens: 50%
      clicks: 50%
      points: 6
      points_per_open: 2
      threshold: 66
      unsubscribes: 2%
    rejected: {{recycle: 40%, dropped: rest}}
    recycle: {{to: lead, after: 12 days, odds: 1.3, limit: 2}}
  sql: {{conversion: 35%, takes: 8 days}}
"""
Z = np.linspace(-9.0, 9.0, 2_001)
NORMAL = np.exp(-Z * Z / 2) / np.exp(-Z * Z / 2).sum()


def expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def intercept(p: float, weight: float) -> float:
    """The log-odds at which the mean over normal quality is p, by halving."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        is_low = float((NORMAL / (1 + np.exp(-(middle + weight * Z)))).sum()) < p
        low, high = (middle, high) if is_low else (low, middle)
    return low


class OverError(Exception):
    """The life is over, or the run is."""


class Beside:
    """One lead of the process with a programme beside its visits."""

    HORIZON, END = 120.0, 150.0
    FALLS = math.log(0.4 * 0.8 / (1 - 0.4 * 0.8)) - math.log(0.4 / 0.6)  # the lift of -20 %

    def __init__(self, rng: random.Random, count: Counter[str]) -> None:
        self.rng, self.count, self.day, self.effects = rng, count, rng.uniform(0, self.HORIZON), 0.0
        self.most, self.opens, self.price = (6, 0.3, 0.5) if rng.random() < 0.6 else (2, 0.6, 2.0)

    def live(self) -> None:
        for attempt in range(3):
            self.count["entered[stage=lead]"] += 1
            if self.visit():
                break
            if self.rng.random() >= 0.5 or attempt == 1:
                return
            self.pass_days(20)
            self.count["reopened"] += 1
            self.count["cost_reactivation"] += 3 * (self.day <= self.HORIZON)
            self.effects += self.FALLS
        self.count["entered[stage=sql]"] += 1
        if self.rng.random() < expit(math.log(3 / 7) + self.effects):
            self.pass_days(5)
            self.count["deals"] += self.day <= self.HORIZON
            self.count["cohort_deals"] += 1

    def pass_days(self, days: float) -> None:
        self.day += days
        if self.day > self.END:
            raise OverError

    def visit(self) -> bool:
        """Whether the lead advances; touches move later attempts only."""
        advances = self.rng.random() < expit(math.log(2 / 3) + self.effects)
        takes = self.rng.expovariate(1 / 30) if advances else 10.0
        for k in range(self.most):
            touch = self.day + 2 + 7 * k
            if touch >= self.day + takes or touch > self.END:
                break
            self.touch(touch)
        self.pass_days(takes)
        self.decided(self.day, advances)
        return advances

    def touch(self, day: float) -> None:
        self.count["touches"] += 1
        self.count["cost_touches"] += self.price * (day <= self.HORIZON)
        if self.rng.random() < self.opens:
            self.count["opens"] += 1
            if self.rng.random() < 0.4:
                self.count["clicks"] += 1
                self.effects += math.log(1.5)
        if self.rng.random() < 0.03:
            self.count["unsubscribed"] += 1
            self.decided(day, False)
            raise OverError

    def decided(self, day: float, advances: bool) -> None:
        self.count["sla_due[sla=accepted]"] += day <= self.HORIZON
        self.count["sla_met[sla=accepted]"] += advances and day <= self.HORIZON


class Whole:
    """One lead of the process in which all meet."""

    HORIZON, END = 200.0, 300.0
    LEAD, SQL = intercept(0.5, 0.6), {0.0: intercept(0.35, 0.0), 0.6: intercept(0.35, 0.6)}

    def __init__(self, rng: random.Random, count: Counter[str]) -> None:
        self.rng, self.count, self.day, self.effects, self.recycles = rng, count, rng.uniform(0, self.HORIZON), 0.0, 0
        self.is_b = rng.random() < 0.5
        self.leaves = self.day + rng.expovariate(-math.log(0.90 if self.is_b else 0.95) / (365 / 12))
        self.quality = rng.gauss(0, 1)
        self.score = 50 + 15 * (0.5 * self.quality + math.sqrt(0.75) * rng.gauss(0, 1))
        self.lacks = rng.random() < (0.1 if self.is_b else 0.4)

    def live(self) -> None:
        while True:
            self.count["entered[stage=lead]"] += 1
            if not self.as_lead():
                self.rejected_lead()
                continue
            self.count["entered[stage=mql]"] += 1
            if self.as_mql():
                break
            self.ends(self.rng.random() >= 0.4)
            self.again(12, math.log(1.3), 0)
        self.as_sql()

    def ends(self, is_over: bool) -> None:
        if is_over:
            raise OverError

    def pass_days(self, days: float) -> None:
        self.day += days
        self.ends(self.day > self.END or self.day >= self.leaves)

    def again(self, days: float, effect: float, cost: int) -> None:
        self.ends(self.recycles >= 2)
        self.pass_days(days)
        self.recycles, self.effects = self.recycles + 1, self.effects + effect
        self.count["reopened"] += 1
        self.count["cost_reactivation"] += cost * (self.day <= self.HORIZON)

    def as_lead(self) -> bool:
        advances = self.rng.random() < expit(self.LEAD + 0.6 * self.quality + self.effects)
        if advances and self.lacks:
            self.count["enriched"] += 1
            takes, cost, found = (4, 9, 0.5) if self.is_b else (10, 5, 0.7)
            self.count["cost_enrichment"] += cost * (self.day <= self.HORIZON)
            self.day += takes
            advances = self.rng.random() < found
            self.lacks = not advances
        self.pass_days(3 if advances else 6)
        return advances

    def rejected_lead(self) -> None:
        why = self.rng.choices(("no fit", "not ready", "lost"), (0.3, 0.5, 0.2))[0]
        self.count[f"rejected[reason={why}, stage=lead]"] += 1
        self.ends(why == "no fit" or (why == "lost" and self.rng.random() >= 0.3))
        self.again(25 if why == "lost" else 15, math.log(0.6), 4)

    def as_mql(self) -> bool:
        """Touches until the points suffice; nobody whose score does gets any."""
        points = self.score
        for _ in range(5 if points < 66 else 0):
            self.pass_days(5)
            self.count["touches"] += 1
            if self.rng.random() < 0.5:
                self.count["opens"] += 1
                points += 2 + 6 * (self.rng.random() < 0.5)
            if points >= 66:
                break
            if self.rng.random() < 0.02:
                self.count["unsubscribed"] += 1
                raise OverError
        return points >= 66

    def as_sql(self) -> None:
        self.count["entered[stage=sql]"] += 1
        weight = 0.0 if self.is_b else 0.6
        self.ends(self.rng.random() >= expit(self.SQL[weight] + weight * self.quality + self.effects))
        self.pass_days(8)
        self.count["deals"] += self.day <= self.HORIZON
        self.count["cohort_deals"] += 1
        self.revenue(self.day, 100)
        day = self.day + (0 if self.is_b else 20)
        while (day := day + self.rng.expovariate((4 if self.is_b else 2) / 365)) <= self.END:
            self.count["expansion_sales"] += day <= self.HORIZON
            self.revenue(day, 30 if self.is_b else 10)

    def revenue(self, day: float, worth: int) -> None:
        self.count["revenue"] += worth * (day <= self.HORIZON)
        self.count["cohort_revenue"] += worth


def theirs(kind: Callable[[random.Random, Counter[str]], Beside | Whole]) -> list[Counter[str]]:
    rng, found = random.Random(3), []
    for _ in range(THEIRS):
        count: Counter[str] = Counter()
        for _ in range(LEADS):
            try:
                kind(rng, count).live()
            except OverError:
                continue
        found.append(count)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "text"), [(Beside, BESIDE), (Whole, WHOLE)])
def test_a_process_goes_as_a_plain_simulator_finds(kind: type[Beside | Whole], text: str) -> None:
    counts = theirs(kind)
    run = sf.simulate(sf.loads(text), n_sims=OURS, seed=9, workers=1, progress=False)
    measures = sorted(set().union(*counts))
    alarm, checks = 1e-6 / (2 * len(measures) * CHECKS_PER_MEASURE), []
    for name in measures:
        ours = run.futures.base[name].astype(float) if "sla" in name or "reason" in name else run.array(name)
        their = np.array([each[name] for each in counts], float)
        assert least_bias(ours, their, alarm=alarm) < 0.1, name
        checks += compare(name, ours, their)
    wrong = [str(each) for each in checks if each.p_value < alarm]
    assert not wrong, "\n".join(wrong)
