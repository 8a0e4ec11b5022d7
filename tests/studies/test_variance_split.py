"""Is the split of variance that of the law of total variance?

False-alarm rate of every statistical check here: 1e-6. Each states the smallest bias that it catches with a chance of
99.9 %; a run too short for that fails.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.ignorance import components

FALSE_ALARM = 1e-6
Z = float(stats.norm.isf(FALSE_ALARM / 2))
Z_POWER = float(stats.norm.isf(1e-3))


def agrees(found: float, truth: float, mcse: float, smallest_bias: float) -> bool:
    assert (Z + Z_POWER) * mcse <= smallest_bias * truth, "too few draws"
    return abs(found - truth) <= Z * mcse


def funnel(leads: int, conversion: str) -> Scenario:
    return sf.loads(
        f"""
        horizon: 1 year
        process: [sql, customer]
        deal_value: 1_000
        sources: {{inbound: {{enters: sql, leads: {leads}}}}}
        stages: {{sql: {{conversion: '{conversion}'}}}}
        """,
        name="Uncertain",
    )


@pytest.mark.parametrize(
    ("leads", "conversion", "a", "b", "n_sims", "smallest_bias"),
    [
        (40, "beta(mean=25%, n=40)", 10, 30, 130_000, 0.06),
        (5, "uniform(low=0%, high=100%)", 1, 1, 260_000, 0.02),
        pytest.param(5, "uniform(low=0%, high=100%)", 1, 1, 1_000_000, 0.01, marks=pytest.mark.slow),
    ],
)
def test_beta_binomial(leads: int, conversion: str, a: int, b: int, n_sims: int, smallest_bias: float) -> None:
    split = sf.split_variance(funnel(leads, conversion), n_sims=n_sims, seed=20270104, workers=1)
    p, n, weight = a / (a + b), leads, a + b
    total = n * p * (1 - p) * (weight + n) / (weight + 1)
    ignorance = n**2 * a * b / (weight**2 * (weight + 1))
    assert agrees(split.total, total, split.total_mcse, smallest_bias)
    assert agrees(split.ignorance, ignorance, split.ignorance_mcse, smallest_bias)
    assert agrees(split.chance, total - ignorance, split.chance_mcse, 2 * smallest_bias)
    mcse = (split.high - split.low) / 2 / 1.96
    assert agrees(split.share, ignorance / total, mcse, smallest_bias)
    assert split.share == split.raw_share
    assert split.ignorance + split.chance == pytest.approx(split.total)
    assert split.sd_of_chance == pytest.approx(split.chance**0.5)
    assert split.uncertain == ("stages.sql.conversion",)
    assert "of the variance of deals is ignorance (95 % CI " in repr(split)


def test_where_nothing_is_uncertain_zero_is_expected(article: Scenario) -> None:
    split = sf.split_variance(article, n_sims=4_000, seed=7)
    assert split.uncertain == ()
    assert split.raw_low < 0 < split.raw_high
    assert split.low == 0.0
    assert 0 <= split.share < 0.1
    assert "nothing is uncertain, so all variance of deals is chance; of ignorance 0 % is expected" in repr(split)
    assert "95 % CI -" in repr(split)


def test_a_raw_estimate_below_zero_is_kept_and_not_shown_as_a_share(article: Scenario) -> None:
    for seed in range(20):
        split = sf.split_variance(article, n_sims=200, seed=seed)
        assert split.share == max(split.raw_share, 0.0)
        if split.raw_share < 0:
            assert split.ignorance < 0
            assert split.sd_of_chance == split.sd
            return
    pytest.fail("half of the estimates of 0 are below 0")


def test_pure_ignorance_and_nothing_at_all(article: Scenario) -> None:
    price = article.change({"sources.inbound.cost_per_lead": "uniform(low=10, high=20)"})
    split = sf.split_variance(price, "cost", n_sims=500)
    assert (split.share, split.low, split.high, split.chance, split.sd_of_chance) == (1.0, 1.0, 1.0, 0.0, 0.0)
    still = sf.split_variance(article, "cost", n_sims=500)
    assert (still.total, still.mean) == (0.0, 250_000.0)
    assert np.isnan([still.share, still.low, still.raw_high]).all()
    assert "cost is $250,000 in every future; there is no variance to split" in repr(still)
    assert json.loads(json.dumps(still.to_json(), allow_nan=False))["share"] is None


def test_parts_and_periods_can_be_split(busy: Scenario) -> None:
    for measure in ("revenue[sector=retail]", "deals[period=2027-03]", "entered[stage=sql]"):
        split = sf.split_variance(busy, measure, n_sims=200)
        assert split.measure == measure
        assert split.total > 0
    assert "$" in repr(sf.split_variance(busy, "revenue", n_sims=200))
    assert "<p" in split._repr_html_()


def test_what_makes_no_sense_is_refused(article: Scenario) -> None:
    with pytest.raises(ValueError, match="n_sims is 99; the shares of a variance need at least 100"):
        sf.split_variance(article, n_sims=99)
    with pytest.raises(sf.ClaimError, match="'dels' is not a measure; did you mean 'deals'"):
        sf.split_variance(article, "dels")


def test_pairs_with_a_missing_figure_are_left_out() -> None:
    first, second = np.array([1.0, 2.0, np.nan, 4.0, 7.0]), np.array([2.0, 2.5, 3.0, np.nan, 9.0])
    found = components(first, second)
    assert found.n == 3
    a, b = first[[0, 1, 4]], second[[0, 1, 4]]
    assert found.ignorance == pytest.approx(np.cov(a, b)[0, 1])
    assert found.total == pytest.approx((a.var(ddof=1) + b.var(ddof=1)) / 2)
    assert np.isnan(components(first[:1], second[:1]).total)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_interval_of_the_share_covers_as_often_as_it_claims(share: float) -> None:
    rng, repeats, n = np.random.default_rng(20270104), 2_000, 1_000
    hits = 0
    for _ in range(repeats):
        common = rng.gamma(2.0, 1.0, n)  # skewed, as shortfalls are: an interval for normal pairs would fail here
        own = rng.poisson(4.0, (2, n)) - 4.0
        first, second = common * (2 * share) ** 0.5 + own * (1 - share) ** 0.5
        found = components(first, second)
        hits += found.raw_low <= share <= found.raw_high
    assert stats.binom.ppf(FALSE_ALARM / 2, repeats, 0.94) <= hits <= stats.binom.isf(FALSE_ALARM / 2, repeats, 0.96)
