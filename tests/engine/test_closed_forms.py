"""Does the engine hit the exact values of the model's oracles?

Every test fixes its seed. A bound of 5.5 standard errors makes a false alarm rarer than 4e-8 a comparison, under 2e-6
for the file; draws are so many that a bias of 1 % of a figure moves it by half the bound or more (asserted).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf

BOUND = 5.5
ARTICLE = """
horizon: 1 year
process: [sql, customer]
plan: {customers: 10, revenue: 1M}
deal_value: 100_000
sources: {inbound: {enters: sql, leads: 40}}
stages: {sql: {conversion: 25%, neglect: 12.5%, shelf_life: 30 days}}
"""


def near(values: np.ndarray, exact: float, *, bias: float = 0.01) -> None:
    """The mean of values is the exact one within its error, which is small enough to see a relative bias."""
    error = values.std(ddof=1) / np.sqrt(values.size)
    assert error * BOUND < bias * abs(exact) * 2, "too few draws"
    assert abs(values.mean() - exact) < BOUND * error


@pytest.fixture(scope="module")
def article() -> sf.Result:
    return sf.simulate(sf.loads(ARTICLE), n_sims=400_000, seed=11)


@pytest.mark.parametrize(("of", "p", "shortfall"), [("twin_", 0.25, 108_300), ("", 0.21875, 179_100)])
def test_the_article_is_binomial(article: sf.Result, of: str, p: float, shortfall: float) -> None:
    deals = article.array(f"{of}deals")
    exact = stats.binom(40, p)
    near(deals, 40 * p)
    near((deals - 40 * p) ** 2, exact.var())
    near((deals >= 10).astype(float), exact.sf(9))
    near((deals <= 8).astype(float), exact.cdf(8))
    counts = np.arange(41)
    exact_shortfall = float((exact.pmf(counts) * np.maximum(0, 1_000_000 - 100_000 * counts)).sum())
    assert exact_shortfall == pytest.approx(shortfall, abs=100)
    near(article.array(f"{of}plan_shortfall"), exact_shortfall)


def test_every_deal_lost_is_neglect_and_sums_to_the_gap(article: sf.Result) -> None:
    gap = article.array("gap_deals")
    assert (gap == article.array("lost_deals") - article.array("recovered_deals")).all()
    near(gap, 40 * 0.25 * 0.125)
    ledger = article.ledger().set_index(["stage", "cause"])
    assert ledger.loc[("sql", "late"), "lost_deals"] == 0.0


@pytest.mark.parametrize(
    ("rules", "sizes"),
    [
        ("conversion: 25%", {0.5: 39, 0.8: 49, 0.9: 55, 0.95: 60}),
        ("conversion: 25%, neglect: 12.5%", {0.5: 44, 0.8: 56, 0.9: 63, 0.95: 69}),
        ('conversion: "beta(mean=25%, n=40)"', {0.8: 55, 0.9: 67, 0.95: 78}),
    ],
)
def test_the_sizes_that_keep_a_promise(rules: str, sizes: dict[float, int]) -> None:
    rest = f"sources: {{i: {{enters: sql, leads: 40}}}}\nstages: {{sql: {{{rules}}}}}"
    base = sf.loads(f"horizon: 1 year\nprocess: [sql, customer]\n{rest}")
    p = 0.25 * (0.875 if "neglect" in rules else 1.0)
    for chance, leads in sizes.items():
        law = stats.betabinom(leads, 10, 30) if "beta" in rules else stats.binom(leads, p)
        fewer = stats.betabinom(leads - 1, 10, 30) if "beta" in rules else stats.binom(leads - 1, p)
        assert law.sf(9) >= chance > fewer.sf(9)
        run = sf.simulate(base.change({"sources.i.leads": leads}), n_sims=100_000, seed=5)
        near((run.array("deals") >= 10).astype(float), law.sf(9))


@pytest.mark.parametrize(
    ("response", "shelf_life", "late"),
    [
        ("exponential(mean=42 hours)", "24 hours", np.exp(-24 / 42)),
        ("exponential(mean=42 hours)", "4 hours", np.exp(-4 / 42)),
        ("exponential(mean=3 days)", "exponential(mean=5 days)", 3 / 8),
        ("lognormal(median=1 day, p90=4 days)", "2 days", stats.norm.sf(np.log(2) / (np.log(4) / stats.norm.ppf(0.9)))),
    ],
)
def test_late_is_a_race(response: str, shelf_life: str, late: float) -> None:
    text = f"""
horizon: 10 years
process: [sql, customer]
sources: {{i: {{enters: sql, leads: 1000, arrive: at start}}}}
stages:
  sql:
    conversion: 25%
    response: {response}
    shelf_life: {shelf_life}
"""
    near(sf.simulate(sf.loads(text), n_sims=300, seed=3).array("cold_late") / 1000, late)


def test_recycling_rejections_is_a_geometric_series() -> None:
    text = """
horizon: 10 years
process: [sql, customer]
sources: {i: {enters: sql, leads: 1000, arrive: at start}}
stages:
  sql:
    conversion: 25%
    rejected: {recycle: 30%, dropped: rest}
    recycle: {limit: 200}
"""
    near(sf.simulate(sf.loads(text), n_sims=1000, seed=3).array("deals") / 1000, 0.25 / (1 - 0.75 * 0.3))


def test_fates_of_poisson_leads_are_independent_poisson() -> None:
    text = """
horizon: 1 year
process: [sql, customer]
sources: {i: {enters: sql, leads: poisson(40)}}
stages: {sql: {conversion: 25%, neglect: 20%, shelf_life: 30 days}}
"""
    run = sf.simulate(sf.loads(text), n_sims=200_000, seed=3)
    deals, rejected = run.array("deals"), run.array("arrived") - run.array("deals") - run.array("touched")
    near(deals, 8.0)
    near((deals - 8.0) ** 2, 8.0)
    assert abs(np.corrcoef(deals, rejected)[0, 1]) < BOUND / np.sqrt(run.n_sims)


def test_a_conversion_of_entered_is_the_published_rate() -> None:
    text = """
horizon: 10 years
process: [sql, customer]
sources: {i: {enters: sql, leads: 1000, arrive: at start}}
stages:
  sql:
    conversion_of_entered: 20%
    neglect: 30%
    response: exponential(mean=2 days)
    shelf_life: exponential(mean=9 days)
    patient: 10%
    give_up: 30 days
"""
    near(sf.simulate(sf.loads(text), n_sims=1000, seed=3).array("deals") / 1000, 0.2)


def test_drift_keeps_the_mean_and_spreads_the_weeks() -> None:
    text = """
horizon: 4 weeks
process: [sql, customer]
sources: {i: {enters: sql, leads: 200}}
stages:
  sql:
    conversion: 25%
    drift: {sd: 0.4, carry_over: 50%}
"""
    deals = sf.simulate(sf.loads(text), n_sims=20_000, seed=3).array("deals")
    near(deals, 50.0)
    assert deals.var() > 1.5 * 200 * 0.25 * 0.75
