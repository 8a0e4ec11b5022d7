"""Does the independent simulator itself obey the closed forms of the model?

Two programs can agree and both be wrong; these are the exact values that neither may miss. A right simulator fails
this file less than once in a million times; a share of leads that is off by 6 %, or a mean over futures by 12 %, is
caught (the comparison with the package looks for 1 %), and too few draws for that are an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import stats

from . import chance
from .agreement import compare, least_bias
from .scenarios import SCENARIOS, Scenario
from .simulator import FATES, Future, intercept, simulate
from .world import Clock, Drift, Exits, Recycle, Returns, Rules, Sector, Source, World, leaving_rate

FALSE_ALARMS = 1e-6
MOST_CHECKS = 60
ALARM = FALSE_ALARMS / MOST_CHECKS
SIGMAS = float(stats.norm.isf(ALARM / 2))
LONG = 1e7
HOURS = 1 / 24


def check_share(hits: float, n: int, expected: float, *, sees: float = 0.06) -> None:
    """Hold a count of independent successes against their probability."""
    assert SIGMAS * math.sqrt((1 - expected) / (expected * n)) <= sees, f"too few draws to see a bias of {sees:.0%}"
    assert stats.binomtest(int(hits), n, expected).pvalue > ALARM, f"{hits / n:.5f} where {expected:.5f} is due"


def check_mean(values: NDArray[np.float64], expected: float, *, sees: float = 0.12) -> None:
    """Hold a sample mean over futures against its exact value."""
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    assert SIGMAS * error <= sees * expected, f"too few futures to see a bias of {sees:.0%}"
    assert abs(float(values.mean()) - expected) <= SIGMAS * error, f"{values.mean():.5f} where {expected:.5f} is due"


def check_dispersion(counts: NDArray[np.float64], expected: float) -> None:
    """Hold the variance of counts over their (known) mean against its exact value, by the mean of squares."""
    mean = float(counts.mean())
    check_mean((counts - mean) ** 2 / mean, expected)


def funnel(rules: Rules, arrivals: Callable[[], list[float]], horizon: float = LONG, attrition: float = 0.0) -> World:
    """Put leads before a single stage; a deal is worth 100."""
    sector = Sector(1, {"sql": rules}, deal_value=chance.fixed(100.0), attrition=attrition)
    return World(["sql", "customer"], {"all": sector}, [Source("sql", arrivals)], horizon=horizon)


def same(world: World, _: Generator) -> World:
    """Nothing is unknown: every future is of the same world."""
    return world


def crowd(rules: Rules, leads: int, rng: Generator, *, attrition: float = 0.0) -> dict[str, int]:
    """Run one future of many leads, all there on day 0 and with all the time in the world; count what became of
    them."""
    return Future(funnel(rules, lambda: [0.0] * leads, attrition=attrition), rng).run().count


@pytest.mark.parametrize(
    ("ideal", "mean", "ten_or_more", "eight_or_fewer", "shortfall"),
    [(True, 10.0, 0.56046, 0.29983, 108_300), (False, 8.75, 0.37469, 0.47641, 179_100)],
)
def test_article(ideal: bool, mean: float, ten_or_more: float, eight_or_fewer: float, shortfall: float) -> None:
    rng = np.random.default_rng(40)
    futures = simulate(SCENARIOS[0].world, 5_500, rng, ideal=ideal, keep=["deals", "revenue"])
    deals = futures["deals"]
    check_mean(deals, mean)
    check_share((deals >= 10).sum(), len(deals), ten_or_more, sees=0.12)
    check_share((deals <= 8).sum(), len(deals), eight_or_fewer, sees=0.12)
    check_mean(np.maximum(0, 1_000_000 - futures["revenue"]), shortfall)


def test_late_shares() -> None:
    rng = np.random.default_rng(1)
    response = chance.exponential(rng, mean=42 * HOURS)
    cases: list[tuple[Clock, float]] = [
        (chance.fixed(24 * HOURS), 0.5647),
        (chance.fixed(4 * HOURS), 0.9092),
        (chance.exponential(rng, mean=24 * HOURS), 42 / (42 + 24)),
    ]
    for shelf_life, late in cases:
        count = crowd(Rules(0.25, response=response, shelf_life=shelf_life), 15_000, rng)
        check_share(count["late"], 15_000, late)


def test_decay_patience_and_give_up() -> None:
    rng = np.random.default_rng(2)
    kept = stats.weibull_min.sf(3, 0.5, scale=30 / math.gamma(3))
    decaying = Rules(
        0.6, response=chance.fixed(3), shelf_life=chance.weibull(rng, shape=0.5, mean=30), patient=0.15, neglect=0.1
    )
    check_share(crowd(decaying, 20_000, rng)["won"], 20_000, 0.6 * 0.9 * (0.15 + 0.85 * kept))
    given_up = replace(decaying, response=chance.exponential(rng, mean=3), patient=1, give_up=chance.fixed(4))
    check_share(crowd(given_up, 20_000, rng)["won"], 20_000, 0.6 * 0.9 * (1 - math.exp(-4 / 3)))


def test_recycling_and_returns() -> None:
    rng = np.random.default_rng(3)
    endless = Rules(0.25, rejected=Exits(recycle=0.3), recycle=Recycle(limit=10**9))
    check_share(crowd(endless, 20_000, rng)["won"], 20_000, 0.32258)
    twice = Rules(
        0.25, neglect=1, shelf_life=chance.fixed(1), cold_neglected=Exits(recycle=1), recycle=Recycle(limit=2)
    )
    assert crowd(twice, 100, rng)["entered"] == 300
    lower = Rules(0.5, rejected=Exits(recycle=1), recycle=Recycle(limit=1, odds=0.5))
    check_share(crowd(lower, 20_000, rng)["won"], 20_000, 0.5 + 0.5 / 3)
    returning = Rules(
        0.5,
        rejected=Exits(competitor=0.8),
        recycle=Recycle(limit=1, odds=2),
        returns=Returns(0.5, chance.exponential(rng, mean=9)),
    )
    count = crowd(returning, 20_000, rng)
    check_share(count["won"], 20_000, 0.5 + 0.5 * 0.8 * 0.5 * 2 / 3)
    assert sum(count[fate] for fate in FATES) == 20_000


def test_attrition() -> None:
    rng = np.random.default_rng(4)
    rate = leaving_rate(0.3, 30)
    stays = Rules(1, response=chance.fixed(10), takes=chance.exponential(rng, mean=40))
    won = crowd(stays, 20_000, rng, attrition=rate)["won"]
    check_share(won, 20_000, 0.7 ** (1 / 3) / (1 + 40 * rate))


def test_horizon_and_run_off() -> None:
    rng = np.random.default_rng(5)
    world = funnel(Rules(1, takes=chance.fixed(30)), lambda: chance.spread(rng, 10_000, 0, 100), horizon=100)
    future = Future(replace(world, run_off=10), rng).run()
    check_share(future.deals, 10_000, 0.7)
    check_share(future.cohort_deals, 10_000, 0.8)
    at_the_end = Future(funnel(Rules(1, takes=chance.fixed(30)), lambda: [70.0, 70.001], horizon=100), rng).run()
    assert at_the_end.deals == 1


def test_arrivals() -> None:
    rng = np.random.default_rng(6)
    thinned = funnel(Rules(0.6), lambda: chance.spread(rng, rng.poisson(10), 0, 10))
    check_dispersion(simulate(partial(same, thinned), 7_000, rng, keep=["deals"])["deals"], 1)
    bursts = funnel(Rules(0.6), lambda: chance.weekly_overdispersed(rng, 3, 2.5, 4))
    deals = simulate(partial(same, bursts), 7_000, rng, keep=["deals"])["deals"]
    check_mean(deals, 0.6 * 12)
    check_dispersion(deals, 1 + 0.6 * 1.5)
    days = np.array(chance.spread(rng, 60_000, 7, 28, (3, 2, 1, 1, 1, 0, 0))).astype(int)
    assert (days.min(), days.max()) == (7, 25)
    assert set(days % 7) == set(range(5))
    check_share((days % 7 == 1).sum(), 60_000, 0.25)


def test_ignorance_is_shared_and_chance_is_not() -> None:
    rng = np.random.default_rng(7)

    def doubtful(rng: Generator) -> World:
        return funnel(Rules(chance.beta_quantile(rng.random(), mean=0.25, n=5)), lambda: [0.0, 0.0])

    deals = simulate(doubtful, 12_000, rng, keep=["deals"])["deals"]
    check_mean(deals, 0.5)
    check_share((deals == 2).sum(), 12_000, 0.25**2 + 0.25 * 0.75 / 6, sees=0.2)


def test_drift_is_shared_by_a_week_and_carried_over() -> None:
    rng = np.random.default_rng(8)
    drift = Drift(sd=1.5, carry_over=0.6)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    rate = 1 / (1 + np.exp(-intercept(0.3, 1.5) - 1.5 * nodes))
    later = 1 / (1 + np.exp(-intercept(0.3, 1.5) - 1.5 * (0.6 * nodes[:, None] + 0.8 * nodes[None, :]))) @ weights
    for arrivals, both in (([0.0, 6.9], weights @ rate**2), ([0.0, 7.0], weights @ (rate * later))):
        world = replace(funnel(Rules(0.3), arrivals.copy, horizon=20), drift={"sql": drift})
        deals = simulate(partial(same, world), 12_000, rng, keep=["deals"])["deals"]
        check_mean(deals, 0.6)
        check_share((deals == 2).sum(), 12_000, float(both), sees=0.2)


def test_every_cost_is_booked_once() -> None:
    rng = np.random.default_rng(9)
    sector = Sector(
        1,
        {
            "sql": Rules(0, cost_per_work=5, rejected=Exits(recycle=1), recycle=Recycle(limit=2, cost=11)),
            "deal": Rules(1, neglect=1),
        },
        deal_value=chance.fixed(1_000.0),
    )
    sources = [
        Source("sql", lambda: [0.0] * 3, cost_per_lead=100, cost=1_000),
        Source("customer", lambda: [1.0, 200.0]),
    ]
    world = World(["sql", "deal", "customer"], {"all": sector}, sources, 100, 200, 0.5, fixed_costs=10_000)
    future = Future(replace(world, cost_per_entry={"sql": 2, "customer": 7}), rng).run()
    assert future.cost == 10_000 + 1_300 + 3 * (3 * (5 + 2) + 2 * 11) + 7
    assert future.cohort_cost == future.cost + 7
    assert future.roi == pytest.approx((500 - future.cost) / future.cost)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_leads_are_conserved(scenario: Scenario) -> None:
    rng = np.random.default_rng(10)
    for _ in range(20):
        count = Future(replace(scenario.world(rng), run_off=5_000.0), rng).run().count
        assert sum(count[fate] for fate in FATES) == count["arrived"]


@pytest.mark.parametrize(
    ("make", "value", "below"),
    [
        (lambda rng: chance.lognormal_p90(rng, median=5, p90=48), 48, 0.9),
        (lambda rng: chance.lognormal_cv(rng, mean=10, cv=0.5), 10, stats.norm.cdf(math.sqrt(math.log(1.25)) / 2)),
        (lambda rng: chance.gamma(rng, mean=60, cv=0.6), 40, stats.gamma.cdf(40, 1 / 0.36, scale=60 * 0.36)),
        (lambda rng: chance.weibull(rng, shape=0.5, mean=30), 15, stats.weibull_min.cdf(15, 0.5, scale=15)),
        (lambda rng: chance.points(rng, [0.48, 0.69, 1.0], [1, 24, 720]), math.sqrt(24), (0.48 + 0.69) / 2),
        (lambda rng: chance.points(rng, [0.48, 0.69, 1.0], [1, 24, 720]), 1000**-0.5, 0.24),
        (lambda rng: chance.mixture(rng, 0.7, chance.fixed(2), chance.exponential(rng, mean=1)), 1, 0.3 * 0.63212),
        (lambda rng: chance.uniform(rng, low=1, high=15), 8, 0.5),
    ],
)
def test_clocks(make: Callable[[Generator], Clock], value: float, below: float) -> None:
    clock = make(np.random.default_rng(11))
    check_share(sum(clock() < value for _ in range(60_000)), 60_000, below)


def test_unknown_numbers_are_read_off_their_quantiles() -> None:
    for roll in (0.05, 0.3, 0.5, 0.9):
        assert chance.beta_quantile(roll, mean=0.25, n=40) == pytest.approx(stats.beta.ppf(roll, 10, 30))
        assert chance.pert_quantile(roll, low=10, mode=12, high=18) == pytest.approx(
            10 + 8 * stats.beta.ppf(roll, 2, 4)
        )
        assert chance.triangular_quantile(roll, low=4, mode=8, high=24) == pytest.approx(
            stats.triang.ppf(roll, 0.2, loc=4, scale=20)
        )
        assert stats.lognorm.cdf(
            chance.lognormal_quantile(roll, median=1.2, p90=1.6), math.log(1.6 / 1.2) / stats.norm.ppf(0.9), scale=1.2
        ) == pytest.approx(roll)


def test_comparison_sees_what_differs_and_only_that() -> None:
    rng = np.random.default_rng(12)
    deals = rng.binomial(40, 0.25, 60_000).astype(float)
    again = rng.binomial(40, 0.25, 60_000).astype(float)
    biased = rng.binomial(40, 0.2525, 60_000).astype(float)
    wider = rng.binomial(40, rng.beta(25, 75, 60_000)).astype(float)
    assert least_bias(deals, biased, alarm=1e-4) <= 0.01
    assert min(check.p_value for check in compare("deals", deals, again)) > 1e-4
    assert compare("deals", deals, biased)[0].p_value < 1e-4
    assert min(check.p_value for check in compare("deals", deals, wider)[1:]) < 1e-6
    summed_otherwise = again * (1 + 1e-12)
    assert min(check.p_value for check in compare("deals", deals, summed_otherwise)) > 1e-4
    assert compare("cost", np.full(9, 250.0), np.full(9, 250.0))[0].p_value == 1
    assert compare("cost", np.full(9, 250.0), np.full(9, 251.0))[0].p_value == 0
