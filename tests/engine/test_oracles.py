"""Does the engine hit what can be worked out exactly: chances, numbers of deals and the futures' whole distribution?

False-alarm rate of each check 1e-6; a bias of one percent (or as stated) would be noticed with a chance of 99 % (see
`alarms`).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from alarms import Values, futures, law_is, mean_is, pmf_of, share_is, strong_enough, uncorrelated, variance_is
from scipy import integrate, stats

import simfunnel as sf

ARTICLE = """
horizon: 1 year
process: [sql, customer]
period: quarter
plan: {{customers: 10}}
deal_value: 100_000
sources: {{inbound: {{enters: sql, leads: {leads}}}}}
stages: {{sql: {{{rules}, shelf_life: 30 days}}}}
"""
COUNTS = np.arange(41)


def law_of(leads: int, rules: str) -> Any:
    """The number of deals that so many leads bring."""
    if "beta" in rules:
        return stats.betabinom(leads, 10, 30)
    return stats.binom(leads, 0.25 * (1 - 0.125 if "neglect" in rules else 1))


# the article


class Row:
    """What the model's table says of a number of deals: mean, sd, P(>= 10), P(<= 8), mean shortfall in thousands."""

    def __init__(self, leads: int, p: float, *stated: float) -> None:
        self.law, self.p, self.leads, self.stated = stats.binom(leads, p), p, leads, stated
        self.pmf = pmf_of(self.law, leads + 1)
        self.short = np.maximum(0, 1_000_000.0 - 100_000.0 * np.arange(leads + 1))
        self.shortfall = float(self.pmf @ self.short)

    def is_as_stated(self) -> None:
        exact = (self.law.mean(), self.law.std(), self.law.sf(9), self.law.cdf(8), self.shortfall / 1000)
        for found, written, digits in zip(exact, self.stated, (5e-5, 5e-5, 1e-5, 5e-5, 0.05), strict=True):
            assert abs(found - written) <= digits

    def holds_for(self, deals: Values, shortfall: Values, *, bias: float) -> None:
        """A bias of one percent would be noticed in the mean and the law, one of ``bias`` in what it moves by more."""
        mean_is(deals, self.law.mean(), self.law.std())
        variance_is(deals, self.pmf, bias=bias)
        share_is(int((deals >= 10).sum()), deals.size, self.law.sf(9), bias=bias)
        share_is(int((deals <= 8).sum()), deals.size, self.law.cdf(8), bias=bias)
        spread = float(np.sqrt(self.pmf @ self.short**2 - self.shortfall**2))
        mean_is(shortfall, self.shortfall, spread, bias=bias)
        biased = pmf_of(stats.binom(self.leads, 1.01 * self.p), self.leads + 1)
        law_is(np.bincount(deals.astype(int)), self.pmf, biased)


TWIN = Row(40, 0.25, 10, 2.7386, 0.56046, 0.29983, 108.3)
ACTUAL = Row(40, 0.25 * 0.875, 8.75, 2.6146, 0.37469, 0.47641, 179.1)
FEWER = Row(35, 0.25, 8.75, 2.5617, 0.37367, 0.4743, 177.1)


def test_the_model_states_the_binomial_law() -> None:
    for row in (TWIN, ACTUAL, FEWER):
        row.is_as_stated()


@pytest.mark.parametrize(("n_sims", "bias"), [(320_000, 0.02), pytest.param(1_250_000, 0.01, marks=pytest.mark.slow)])
def test_the_article_as_lived_and_ideal(n_sims: int, bias: float) -> None:
    """One percent more leads won moves the chances of the plan and the shortfall by more than two ."""
    text = ARTICLE.format(leads=40, rules="conversion: 25%, neglect: 12.5%")
    columns = ("deals", "plan_shortfall", "twin_deals", "twin_plan_shortfall")
    deals, shortfall, twin_deals, twin_shortfall = futures(text, n_sims, *columns)
    ACTUAL.holds_for(deals, shortfall, bias=bias)
    TWIN.holds_for(twin_deals, twin_shortfall, bias=bias)
    gap = twin_deals - deals  # leads that are neglected and would have been won
    law_is(np.bincount(gap.astype(int)), *(pmf_of(stats.binom(40, p), 41) for p in (0.03125, (1 + bias) * 0.03125)))


@pytest.mark.slow
def test_five_leads_fewer() -> None:
    found = futures(ARTICLE.format(leads=35, rules="conversion: 25%"), 1_100_000, "deals", "plan_shortfall")
    FEWER.holds_for(*found, bias=0.01)


# how many leads does a chance of ten deals need?

SIZES = {
    "conversion: 25%": {0.5: 39, 0.8: 49, 0.9: 55, 0.95: 60},
    "conversion: 25%, neglect: 12.5%": {0.5: 44, 0.8: 56, 0.9: 63, 0.95: 69},
    "conversion: 'beta(mean=25%, n=40)'": {0.5: 39, 0.8: 55, 0.9: 67, 0.95: 78},
}
CASES = [
    pytest.param(rules, chance, leads, marks=[pytest.mark.slow] if chance < 0.9 else [])
    for rules, sizes in SIZES.items()
    for chance, leads in sizes.items()
]


@pytest.mark.parametrize(("rules", "chance", "leads"), CASES)
def test_the_number_of_leads_that_a_chance_needs(rules: str, chance: float, leads: int) -> None:
    enough, fewer = (float(law_of(n, rules).sf(9)) for n in (leads, leads - 1))
    assert enough >= chance - 1e-12 > fewer  # with the beta law 39 leads have a chance of exactly 1/2
    n_sims = int(530_000 * (1 - chance) / chance)
    (deals,) = futures(ARTICLE.format(leads=leads, rules=rules), n_sims, "deals", seed=leads)
    share_is(int((deals >= 10).sum()), n_sims, enough)


def test_an_unknown_conversion_makes_deals_beta_binomial() -> None:
    text = ARTICLE.format(leads=40, rules="conversion: 'beta(mean=25%, n=40)'")
    (deals,) = futures(text, 250_000, "deals", seed=5)
    law, biased = stats.betabinom(40, 10, 30), stats.betabinom(40, 10 * 1.01, 40 - 10 * 1.01)
    mean_is(deals, 10.0, law.std())
    law_is(np.bincount(deals.astype(int)), pmf_of(law, 41), pmf_of(biased, 41))


# one lead's chances

ONE_STAGE = """
horizon: 30 years
process: [sql, customer]
period: quarter
sources: {{inbound: {{enters: sql, leads: 2000, arrive: at start{source}}}}}
stages: {{sql: {{{rules}}}}}
{more}
"""


def totals(text: str, leads: int, *measures: str) -> tuple[int, ...]:
    """How many of at least so many leads (2,000 a replication) were counted; first the number of leads."""
    run = sf.simulate(sf.loads(text), n_sims=-(-leads // 2000), seed=3, workers=1, progress=False)
    return tuple(int(run.futures.base[name].sum()) for name in ("arrived", *measures))


def enough_leads(chance: float) -> int:
    """How many leads show a bias of one percent of a chance, with a little to spare."""
    return int(540_000 * (1 - chance) / chance) + 2000


def weibull_lasts(mean: float, shape: float) -> Any:
    from scipy.special import gamma

    return stats.weibull_min(shape, scale=mean / gamma(1 + 1 / shape))


def beaten(response: Any, lasting: Any) -> float:
    """P(response >= what lasts), both continuous."""
    upper = response.ppf(1 - 1e-12)
    found = integrate.quad(lambda u: lasting.cdf(response.ppf(u)), 0, 1, limit=500, epsabs=1e-9)[0]
    assert upper > 0
    return float(found)


LATE = [
    ("exponential(mean=42 hours)", "shelf_life: 24 hours", 0.5647181),
    ("exponential(mean=42 hours)", "shelf_life: 4 hours", 0.9091564),
    ("exponential(mean=42 hours)", "shelf_life: exponential(mean=24 hours)", 42 / (42 + 24)),
    ("exponential(mean=3 days)", "shelf_life: exponential(mean=9 days)", 3 / (3 + 9)),
    ("exponential(mean=42 hours)", "shelf_life: 24 hours, patient: 40%", 0.6 * np.exp(-24 / 42)),
    ("exponential(mean=2 days)", "give_up: 3 days", np.exp(-1.5)),
    (
        "exponential(mean=2 days)",
        "shelf_life: exponential(mean=5 days), give_up: 3 days",
        1 - (1 / 2) / (1 / 2 + 1 / 5) * (1 - np.exp(-3 * (1 / 2 + 1 / 5))),
    ),
    (
        "'lognormal(median=1 day, p90=4 days)'",
        "shelf_life: 2 days",
        stats.norm.sf(np.log(2) / (np.log(4) / stats.norm.ppf(0.9))),
    ),
    (
        "'lognormal(median=1 day, sigma=1.5)'",
        "shelf_life: 'weibull(shape=0.6, mean=3 days)'",
        beaten(stats.lognorm(1.5), weibull_lasts(3, 0.6)),
    ),
    ("'points(48%=1 hour, 69%=1 day, 100%=30 days)'", "shelf_life: 1 day", 0.31),
    ("'points(48%=1 hour, 69%=1 day, 100%=30 days)'", "shelf_life: 1 hour", 0.52),
]


@pytest.mark.parametrize(("response", "lasts", "late"), LATE)
def test_late_is_a_race_between_response_and_shelf_life(response: str, lasts: str, late: float) -> None:
    text = ONE_STAGE.format(source="", more="", rules=f"conversion: 25%, response: {response}, {lasts}")
    leads, found, worked = totals(text, enough_leads(late), "cold_late", "worked")
    share_is(found, leads, late)
    assert worked + found == leads


P, ODDS = 0.25, 1 / 3


def with_odds(factor: float) -> float:
    """A chance of 25 % with its odds multiplied."""
    return factor * ODDS / (1 + factor * ODDS)


WON = [
    # source, rules, more, chance
    (", odds: 2", "conversion: 25%", "", with_odds(2)),
    (", lift: 20%", "conversion: 25%", "", 0.3),
    ("", "conversion: 25%, neglect: 20%, shelf_life: 3 days, cold: {recycle: 100%}, recycle: {limit: 200}", "", P),
    (
        "",
        "conversion: 25%, neglect: 40%, shelf_life: 3 days, cold: {competitor: 30%, recycle: 70%}",
        "",
        0.6 * P / (1 - 0.4 * 0.7),
    ),
    ("", "conversion: 25%, rejected: {recycle: 30%, dropped: rest}, recycle: {limit: 200}", "", 0.32258),
    (
        "",
        "conversion: 25%, rejected: {dropped: 70%, recycle: 30%}, recycle: {limit: 1, odds: 0.5}",
        "",
        P + 0.75 * 0.3 * with_odds(0.5),
    ),
    (
        "",
        "conversion: 25%, rejected: {recycle: 100%}, recycle: {limit: 2, odds: 2}",
        "",
        1 - 0.75 * (1 - with_odds(2)) * (1 - with_odds(4)),
    ),
    (
        "",
        "conversion: 25%, rejected: {competitor: 80%, dropped: rest}, returns: {share: 50%, after: 9 days}",
        "",
        P / (1 - 0.75 * 0.8 * 0.5),
    ),
    (
        "",
        "conversion: 20%",
        "sectors: {b: {share: 30%, stages: {sql: {conversion: 50%}}}, a: {share: rest}}",
        0.3 * 0.5 + 0.7 * 0.2,
    ),
]


@pytest.mark.parametrize(("source", "rules", "more", "chance"), WON)
def test_the_chance_that_a_lead_is_won(source: str, rules: str, more: str, chance: float) -> None:
    text = ONE_STAGE.format(source=source, rules=rules, more=more)
    leads, won = totals(text, enough_leads(chance), "deals")
    share_is(won, leads, chance)


def test_recycled_to_an_earlier_stage() -> None:
    text = """
    {horizon: 30 years, process: [mql, sql, customer], sources: {i: {enters: mql, leads: 2000, arrive: at start}},
     stages: {mql: {conversion: 60%},
              sql: {conversion: 25%, rejected: {recycle: 50%, dropped: rest}, recycle: {to: mql, limit: 200}}}}
    """
    chance = 0.6 * 0.25 / (1 - 0.6 * 0.75 * 0.5)
    leads, won, reopened = totals(text, 2_400_000, "deals", "reopened")
    share_is(won, leads, chance)
    again = 0.6 * 0.75 * 0.5  # how often a lead comes back is geometric
    mean, sd = again / (1 - again), np.sqrt(again) / (1 - again)
    strong_enough(sd / np.sqrt(leads), mean)
    assert abs(reopened / leads - mean) <= 4.9 * sd / np.sqrt(leads)


PUBLISHED = [
    ("neglect: 30%, response: exponential(mean=2 days), shelf_life: exponential(mean=9 days)", "25%"),
    ("neglect: 10%, response: 'lognormal(median=5 hours, p90=2 days)', shelf_life: 1 day, patient: 20%", "40%"),
    ("response: 'points(48%=1 hour, 69%=1 day, 100%=30 days)', shelf_life: 'weibull(shape=0.5, mean=4 days)'", "30%"),
    ("neglect: 20%, response: 'weibull(shape=0.6, mean=3 days)', give_up: 4 days", "30%"),
]


@pytest.mark.parametrize(("rules", "rate"), PUBLISHED)
def test_a_conversion_of_entered_leads_reproduces_the_published_rate(rules: str, rate: str) -> None:
    text = ONE_STAGE.format(source="", more="", rules=f"conversion_of_entered: {rate}, {rules}")
    chance = float(rate.rstrip("%")) / 100
    leads, won, worked = totals(text, enough_leads(chance), "deals", "worked")
    share_is(won, leads, chance)
    assert won < 0.95 * worked < 0.95 * 0.95 * leads


EXITS = {"no_decision": 0.2, "competitor": 0.35, "dropped": 0.3}  # the other 15 % come back, once


@pytest.mark.parametrize("how", ["rejected", "cold"])
def test_exits_have_the_shares_that_are_written(how: str) -> None:
    shares = "{recycle: rest, dropped: 30%, competitor: 35%, no_decision: 20%}"
    rules = f"conversion: 0%, neglect: {'100%' if how == 'cold' else '0%'}, shelf_life: 1 day, {how}: {shares}"
    text = ONE_STAGE.format(source="", more="", rules=rules + ", recycle: {limit: 1}")
    leads, reopened, *ended = totals(text, 4_000_000, "reopened", *EXITS)
    share_is(reopened, leads, 0.15)
    for (name, share), number in zip(EXITS.items(), ended, strict=True):
        share_is(number, leads, share * 1.15 + (0.15 * 0.15 if name == "dropped" else 0.0))


# Poisson arrivals

POISSON = """
horizon: 1 year
process: [sql, customer]
period: quarter
sources: {inbound: {enters: sql, leads: poisson(12), arrive: at start}}
stages:
  sql:
    conversion: 30%
    neglect: 15%
    shelf_life: 30 days
    rejected: {no_decision: 40%, competitor: 30%, dropped: rest}
    cold: {competitor: 50%, dropped: rest}
"""
BUSY = """
horizon: 90 days
process: [mql, sql, customer]
period: quarter
attrition: 15% per month
sources: {inbound: {enters: mql, leads: poisson(4)}}
stages:
  mql: {conversion: 80%, takes: exponential(mean=6 days), rejected: {no_decision: 50%, recycle: rest}}
  sql:
    conversion: 40%
    neglect: 30%
    shelf_life: exponential(mean=9 days)
    response: exponential(mean=2 days)
    rejected: {recycle: 80%, competitor: rest}
    cold: {recycle: 60%, dropped: rest}
    recycle: {after: 3 days}
"""
FATES = ("deals", "no_decision", "competitor", "dropped")


def test_fates_of_poisson_leads_are_independent_poisson() -> None:
    """Correlations of 1.4 % would be noticed."""
    found = dict(zip(FATES, futures(POISSON, 290_000, *FATES), strict=True))
    split = {"deals": 0.85 * 0.3, "no_decision": 0.85 * 0.7 * 0.4}
    split["competitor"] = split["dropped"] = 0.85 * 0.7 * 0.3 + 0.15 * 0.5
    for name, share in split.items():
        laws = (pmf_of(stats.poisson(12 * share * bias), 30) for bias in (1, 1.01))
        law_is(np.bincount(found[name].astype(int)), *laws)
    for one, other in combinations(FATES, 2):
        uncorrelated(found[one], found[other], bias=0.014)


def test_fates_stay_independent_where_leads_come_back_but_visits_do_not() -> None:
    *fates, entered = futures(BUSY, 540_000, *FATES, "left", "open", "entered[stage=sql]", seed=2)
    for values in fates:
        mean_is((values - values.mean()) ** 2 / values.mean(), 1.0, bias=0.025)
    for one, other in combinations(fates, 2):
        uncorrelated(one, other)
    assert entered.var() > 1.5 * entered.mean()


# the ends of clocks


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        ("response: 3 days, shelf_life: 3 days", "cold_late"),
        ("response: 3 days, shelf_life: 3.0001 days", "worked"),
        ("shelf_life: 0 days", "cold_late"),
        ("shelf_life: 0.0001 days", "worked"),
        ("response: 3 days, shelf_life: 9 days, give_up: 3 days", "cold_late"),
        ("neglect: 100%, response: 9 days, shelf_life: 3 days", "cold_neglected"),
        ("neglect: 100%", "open"),
    ],
)
def test_work_begins_before_the_shelf_life_ends_or_never(rules: str, name: str) -> None:
    text = ONE_STAGE.format(source="", more="", rules=f"conversion: 25%, {rules}")
    arrived, found, worked = totals(text, 2_000, name, "worked")
    assert found == arrived
    assert worked == (arrived if name == "worked" else 0)


def test_what_happens_at_the_horizon_itself_has_happened() -> None:
    text = """
    {{horizon: 90 days, period: week, process: [sql, customer],
     sources: {{i: {{enters: sql, leads: 10, arrive: at start}}}}, stages: {{sql: {{conversion: {p}, {rules}}}}}}}
    """
    at, after = "90 days", "90.0001 days"
    for p, rules, name in (
        ("100%", "takes: {day}", "deals"),
        ("0%", "rejected_takes: {day}", "dropped"),
        ("50%", "response: {day}", "worked"),
        ("50%", "neglect: 100%, shelf_life: {day}", "cold_neglected"),
        ("50%", "response: 1 year, shelf_life: {day}", "cold_late"),
        ("0%", "rejected: {{recycle: 100%}}, recycle: {{after: {day}, limit: 1}}", "reopened"),
        ("0%", "rejected: {{competitor: 100%}}, returns: {{share: 100%, after: {day}}}", "reopened"),
    ):
        for day, number in ((at, 10), (after, 0)):
            (found,) = futures(text.format(p=p, rules=rules.format(day=day)), 3, name)
            assert found.tolist() == [number] * 3, (rules, day)
    run = sf.simulate(sf.loads(text.format(p="100%", rules="takes: 90 days")), n_sims=2, workers=1, progress=False)
    assert run.futures.timeline_deals[:, -1].tolist() == [10, 10]
