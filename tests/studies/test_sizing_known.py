"""Does a sizing find what can be worked out by hand?

False-alarm rate of every statistical check here: 1e-6.
"""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

import simfunnel as sf
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.sizing.search import Crossing

from .known_article import CONVERSION, NEGLECT

FALSE_ALARM = 1e-6
LEADS = "sources.inbound.leads"
KINDS: dict[str, dict[str, object]] = {
    "no neglect": {"stages.sql.neglect": 0},
    "neglect": {},
    "ignorance": {"stages.sql.neglect": 0, "stages.sql.conversion": "beta(mean=25%, n=40)"},
}
KNOWN = {
    "no neglect": {0.5: 39, 0.8: 49, 0.9: 55, 0.95: 60},
    "neglect": {0.5: 44, 0.8: 56, 0.9: 63, 0.95: 69},
    "ignorance": {0.5: 39, 0.8: 55, 0.9: 67, 0.95: 78},
}
WON = CONVERSION * (1 - NEGLECT)


def truth(kind: str, leads: float) -> float:
    if kind == "ignorance":
        return float(stats.betabinom(int(leads), 10, 30).sf(9))
    return float(stats.binom(int(leads), CONVERSION if kind == "no neglect" else WON).sf(9))


@pytest.mark.parametrize("kind", KINDS)
def test_the_oracles_are_those_of_the_closed_form(kind: str) -> None:
    for chance, leads in KNOWN[kind].items():
        assert truth(kind, leads - 1) < chance - 1e-12
        assert truth(kind, leads) >= chance - 1e-12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chance", [0.5, 0.8, 0.9, 0.95])
def test_leads_for_ten_deals(article: Scenario, kind: str, chance: float) -> None:
    base = article.change(KINDS[kind], name="Article")
    found = sf.size(base, LEADS, "deals >= 10", chance, seed=7, level=1 - FALSE_ALARM, progress=False)
    assert found.value is not None
    assert found.reached is not None
    assert abs(found.value - KNOWN[kind][chance]) <= 1
    low, high = found.interval
    assert low is not None
    assert high is not None
    assert low <= KNOWN[kind][chance] <= high <= low + 8
    assert found.reached.low <= truth(kind, found.value) <= found.reached.high
    assert found.reached.value >= chance
    assert found.agrees
    assert found.fresh_seed != found.seed
    assert found.is_monotone
    prices = found.prices().set_index("wanted")
    for wanted, leads in KNOWN[kind].items():
        if wanted in prices.index:
            assert abs(prices.loc[wanted, "value"] - leads) <= (2 if kind == "ignorance" else 1)


def test_the_price_of_certainty(article: Scenario) -> None:
    found = sf.size(article, LEADS, "deals >= 10", 0.9, seed=7, progress=False)
    prices = found.prices()
    assert prices["wanted"].tolist() == [0.5, 0.8, 0.9, 0.91, 0.95]
    assert (prices["cost"] == 6_250 * prices["value"]).all()
    row, before = prices.iloc[2], prices.iloc[1]
    points = 100 * (row["chance"] - before["chance"])
    assert row["extra_per_point"] == pytest.approx((row["value"] - before["value"]) / points)
    assert row["cost_per_point"] == pytest.approx(6_250 * row["extra_per_point"])
    assert found.runs < found.grid_runs
    curve = found.curve()
    assert curve["value"].is_monotonic_increasing
    assert curve["chance"].is_monotonic_increasing


@pytest.mark.slow
@pytest.mark.parametrize("n_sims", [1_000, 4_000])  # without a pilot, and with one
def test_intervals_cover_at_their_rate(article: Scenario, n_sims: int) -> None:
    """Of so many sizings with their own futures no fewer may be right than chance alone allows one time in a million.

    Chance reached (against the truth), value (against 63) and agreement with fresh futures, each at 95 %.
    """
    n = 240
    found = [sf.size(article, LEADS, "deals >= 10", 0.9, n_sims=n_sims, seed=s, progress=False) for s in range(n)]
    fewest = stats.binom(n, 0.95).ppf(FALSE_ALARM)
    covered = np.array(
        [
            (
                each.reached.low <= truth("neglect", each.value) <= each.reached.high,
                each.interval[0] <= 63 <= each.interval[1],
                each.agrees,
            )
            for each in found
        ]
    ).sum(axis=0)
    assert (covered >= fewest).all(), (covered, fewest)
    most = stats.binom(n, 0.95).isf(FALSE_ALARM)
    assert covered[0] <= most, "an interval that always covers is too wide"
    assert covered[2] <= most


def test_an_interval_holds_the_exact_value_between_two_steps(article: Scenario) -> None:
    """Costs have no luck, so no simulation error hides how ends are rounded: outward, as whole steps are looked at."""
    base = article.change({"sources.inbound.cost_per_lead": 0, "sources.inbound.cost": 250_000})
    for target, exact in (("cost >= 301_234", 301_234), ("cost <= 301_234", 301_234)):
        found = sf.size(base, "sources.inbound.cost", target, 0.9, n_sims=100, seed=7, progress=False)
        low, high = found.interval
        assert low <= exact <= high <= low + 6_000
        assert found.value in (low, high)
    many = article.change({"sources.inbound.leads": 4_000})
    for target, exact in (("cost >= 30_120_000", 4_820), ("cost <= 30_120_000", 4_819)):
        low, high = sf.size(many, LEADS, target, 0.9, n_sims=40, level=0.5, seed=7, progress=False).interval
        assert low <= exact <= high <= low + 60


def test_both_crossings_of_a_chance_that_rises_and_falls(article: Scenario) -> None:
    """Exactly ten deals: too few leads bring fewer, too many bring more."""
    found = sf.size(article, LEADS, "deals == 10", 0.1, seed=7, progress=False)
    leads = np.arange(20, 81)
    holds = leads[stats.binom(leads, WON).pmf(10) >= 0.1]
    first, last = int(holds[0]), int(holds[-1])
    assert not found.is_monotone
    assert [each.direction for each in found.crossings] == ["up", "down"]
    up, down = (each.value for each in found.crossings)
    assert abs(up - first) <= 1
    assert abs(down - last) <= 2
    assert found.value == up
    said = f"The chance is not monotone: with a chance of 10 % the target holds from {up:.0f} on and ceases beyond"
    assert f"{said} {down:.0f}." in repr(found)


def test_a_shelf_life_that_is_long_enough(article: Scenario) -> None:
    """Those are late whose exponential response is longer than the shelf life."""
    rules = {"stages.sql.neglect": 0, "stages.sql.response": "exponential(mean=10 days)"}
    base = article.change({**rules, "sources.inbound.arrive": "at start"}, name="Late")
    exact = brentq(lambda days: stats.binom(40, 0.25 * (1 - exp(-days / 10))).sf(9) - 0.45, 5, 100)
    found = sf.size(base, "stages.sql.shelf_life", "deals >= 10", 0.45, seed=7, level=1 - FALSE_ALARM, progress=False)
    low, high = found.interval
    assert found.value is not None
    assert low is not None
    assert high is not None
    assert low - 0.2 <= exact <= high
    assert abs(found.value - exact) < 1.0
    assert found.crossings == (Crossing(found.value, "up"),)
    assert found.written == f"{found.value:g} days"


def test_the_mean_of_an_uncertain_conversion(article: Scenario) -> None:
    """Deals are beta-binomial, whatever the mean of the conversion is."""
    base = article.change({"stages.sql.neglect": 0, "stages.sql.conversion": "beta(mean=25%, n=40)"}, name="Unknown")
    exact = brentq(lambda mean: stats.betabinom(40, 40 * mean, 40 * (1 - mean)).sf(9) - 0.8, 0.2, 0.6)
    found = sf.size(base, "stages.sql.conversion.mean", "deals >= 10", 0.8, seed=7, level=1 - FALSE_ALARM,
                    progress=False)  # fmt: skip
    low, high = found.interval
    assert found.value is not None
    assert low is not None
    assert high is not None
    assert low - 0.005 <= exact <= high
    assert found.written == f"beta(mean={100 * found.value:g}%, n=40)"
    assert f"Written in the file: stages.sql.conversion = {found.written}." in repr(found)


def test_the_median_of_a_response(article: Scenario) -> None:
    rules = {"stages.sql.neglect": 0, "stages.sql.response": "lognormal(median=12 hours, sigma=1)"}
    base = article.change({**rules, "stages.sql.shelf_life": "1 day", "sources.inbound.leads": 60}, name="Late")
    base = base.change({"sources.inbound.arrive": "at start"}, name="Late")

    def chance(median: float) -> float:
        return float(stats.binom(60, 0.25 * stats.norm.cdf(np.log(1 / median))).sf(9) - 0.7)

    found = sf.size(base, "stages.sql.response.median", "deals >= 10", 0.7, seed=7, level=1 - FALSE_ALARM,
                    progress=False)  # fmt: skip
    low, high = found.interval
    assert found.side == "at most"
    assert low is not None
    assert high is not None
    assert low <= brentq(chance, 0.05, 2) <= high + 0.02
    assert found.moved.words(found.value) == f"{24 * found.value:g} hours"


def test_more_of_what_does_not_help_is_said_not_to(article: Scenario) -> None:
    base = article.change({"stages.sql.neglect": 0, "stages.sql.response": "exponential(mean=1 day)"}, name="Soon")
    found = sf.size(base, "stages.sql.shelf_life", "deals >= 10", 0.9, low=0.5, high=60, seed=7, progress=False)
    assert (found.value, found.reached, found.confirmed, found.agrees) == (None, None, None, None)
    assert found.help_ends_at is not None
    assert found.help_ends_at < 20
    best = found.best
    assert best.low <= stats.binom(40, 0.25).sf(9) <= best.high
    assert "is out of reach of stages.sql.shelf_life; the best chance from 0.5 days to 60 days is 5" in repr(found)
    assert "more of the lever does not help, as far as these futures can tell: the chance stays at 5" in repr(found)
    neglect = sf.size(article, "stages.sql.neglect", "deals >= 10", 0.9, n_sims=2_000, seed=7, progress=False)
    assert "it still rises towards 3 %: look further with low or high" in repr(neglect)


def test_less_is_better_of_what_breaks_the_target(article: Scenario) -> None:
    settings = {"low": 0, "high": 0.3, "seed": 7, "level": 1 - FALSE_ALARM, "progress": False}
    found = sf.size(article, "stages.sql.neglect", "deals >= 10", 0.45, **settings)
    exact = brentq(lambda share: stats.binom(40, 0.25 * (1 - share)).sf(9) - 0.45, 0, 0.3)
    low, high = found.interval
    assert found.side == "at most"
    assert low is not None
    assert high is not None
    assert low <= exact <= high + 0.002
    assert found.crossings[0].direction == "down"
    assert "stages.sql.neglect of at most " in repr(found)


def test_a_return_steps_where_one_deal_more_pays(article: Scenario) -> None:
    """ROI of at least 2 takes 8 deals at $6,650 a lead, and 9 from the next dollar on that 8 deals cannot pay."""
    found = sf.size(article, "sources.inbound.cost_per_lead", "roi >= 2", 0.6, seed=7, progress=False)
    most = 8 * 100_000 / 3 / 40
    assert found.value is not None
    assert most - 50 < found.value <= most
    assert found.side == "at most"


def test_what_a_volume_cannot_reach(article: Scenario) -> None:
    base = article.change({"sources.fair": {"enters": "sql", "leads": 5}}, name="Two sources")
    found = sf.size(base, "sources.inbound.leads", "deals[source=fair] >= 3", 0.9, n_sims=500, seed=7, progress=False)
    assert found.value is None
    assert "moving the lever makes no difference that can be seen" in repr(found)
    own = sf.size(base, "sources.fair.leads", "deals[source=fair] >= 3", 0.9, seed=7, progress=False)
    leads = next(n for n in range(3, 100) if stats.binom(n, WON).sf(2) >= 0.9)
    assert own.value is not None
    assert abs(own.value - leads) <= 1
