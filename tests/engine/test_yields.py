"""What does money bring: leads as the curves say, from one budget or several, and the same luck for everything else?

False-alarm rate of each statistical check 1e-6; a bias of one percent would be noticed with a chance of 99 %.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from alarms import futures, mean_is

import simfunnel as sf
from simfunnel.resolved import resolve
from simfunnel.resolved.sources import expected_leads, expected_spend
from simfunnel.yields import leads_at

ONE = """
{{horizon: 10 weeks, process: [sql, customer], sources: {{ads: {{enters: sql, {source}}}}},
 stages: {{sql: {{conversion: 20%}}}}}}
"""
SPLIT = """
horizon: 26 weeks
process: [lead, sql, customer]
deal_value: lognormal(mean=5_000, cv=1)
budget: 50_000
sources:
  search: {enters: lead, share: 45%, yield: {most: 90, half: 20k}}
  social: {enters: lead, share: rest, yield: {leads: "lognormal(median=40, sigma=0.3)", at: 10k, exponent: 0.7}}
  fairs: {enters: sql, share: 30%, cost_per_lead: "uniform(low=900, high=1_500)"}
  inbound: {enters: lead, leads: poisson(3 per week)}
stages:
  lead: {conversion: 40%, neglect: 20%, shelf_life: 20 days, takes: exponential(mean=9 days)}
  sql: {conversion: 25%, response: exponential(mean=3 days), shelf_life: 15 days}
"""
OWN = {  # the same money, written at each source
    "budget": None,
    "sources.search.budget": "22_500",
    "sources.social.budget": "12_500",
    "sources.fairs.budget": "15_000",
}


def run(scenario: sf.Scenario, **more: Any) -> sf.Result:
    return sf.simulate(scenario, n_sims=200, seed=3, workers=1, progress=False, **more)


# the curves


@pytest.mark.parametrize("levels_off", [True, False])
def test_a_curve_never_falls_and_starts_at_nothing(levels_off: bool) -> None:
    spend = np.concatenate([[0.0], np.geomspace(1e-9, 1e17, 400)])
    for exponent in (1e-6, 0.3, 1.0, *([20.0, 1e6] if levels_off else [])):
        leads = np.asarray(leads_at(spend, 400.0, 30_000.0, exponent, levels_off=levels_off))
        assert leads[0] == 0.0
        assert np.isfinite(leads).all()
        assert (np.diff(leads) >= 0.0).all()
        assert leads_at(30_000.0, 400.0, 30_000.0, exponent, levels_off=levels_off) == (200.0 if levels_off else 400.0)
        assert not levels_off or leads[-1] <= 400.0


def test_the_curves_are_what_the_reference_says() -> None:
    for spend, shape in ((10_000.0, 1.0), (45_000.0, 2.5)):
        hill = 400 * spend**shape / (30_000**shape + spend**shape)
        assert leads_at(spend, 400.0, 30_000.0, shape, levels_off=True) == pytest.approx(hill, rel=1e-12)
    # an elasticity of 0.7: 1 % more money brings 0.7 % more leads
    before, after = (leads_at(each, 120.0, 20_000.0, 0.7, levels_off=False) for each in (50_000.0, 50_500.0))
    assert after / before == pytest.approx(1.01**0.7, rel=1e-12)


# means over what nobody knows

MEANS = {  # source, and its exact mean number of leads
    "fixed": ("budget: 20k, yield: {most: 300, half: 40k}", 100.0),
    "an S": ("budget: 20k, yield: {most: 300, half: 40k, shape: 2}", 60.0),
    "power": ("budget: 40k, yield: {leads: 120, at: 10k, exponent: 0.5}", 240.0),
    "nothing": ("budget: 0, yield: {leads: 120, at: 10k, exponent: 0.5}", 0.0),
    "half": (  # 300 x the mean of 20 / (20 + x), x uniform on 20 to 60
        "budget: 20k, yield: {most: 300, half: 'uniform(low=20k, high=60k)'}",
        300 * 20 / 40 * np.log(80 / 40),
    ),
    "level and half": (
        "budget: 20k, yield: {most: 'gamma(mean=300, cv=0.5)', half: 'uniform(low=20k, high=60k)'}",
        300 * 20 / 40 * np.log(80 / 40),
    ),
    "elasticity": (  # 120 x the mean of 4^x, x uniform on 0.4 to 0.8
        "budget: 40k, yield: {leads: 120, at: 10k, exponent: 'uniform(low=0.4, high=0.8)'}",
        120 * (4**0.8 - 4**0.4) / (0.4 * np.log(4)),
    ),
    "budget": (  # the mean of x^0.5, x uniform on 20 to 60
        "budget: 'uniform(low=20k, high=60k)', yield: {leads: 120, at: 10k, exponent: 0.5}",
        120 * (60**1.5 - 20**1.5) / (1.5 * 40) / 10**0.5,
    ),
    "choice": ("budget: 20k, yield: {most: 300, half: 'choice(20k, 40k, 80k)'}", 300 * (1 / 2 + 1 / 3 + 1 / 5) / 3),
    "price": ("budget: 20k, cost_per_lead: 'uniform(low=50, high=150)'", 20_000 * np.log(3) / 100),
    "wide price": ("budget: 20k, cost_per_lead: 'lognormal(median=100, sigma=1)'", 200 * np.exp(0.5)),
    "lognormal scale": (  # E[(40 / x)^0.5] of a lognormal x
        "budget: 40k, yield: {leads: 120, at: 'lognormal(median=10k, sigma=0.8)', exponent: 0.5}",
        120 * 2 * np.exp(0.5 * 0.4**2),
    ),
}


@pytest.mark.parametrize("kind", MEANS)
def test_expected_leads_are_the_mean_over_what_nobody_knows(kind: str) -> None:
    source, exact = MEANS[kind]
    scenario = sf.loads(ONE.format(source=source))
    assert expected_leads(scenario, scenario.sources["ads"]) == pytest.approx(exact, rel=1e-9)
    assert resolve(scenario).leads == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("kind", ["half", "elasticity", "budget"])
def test_simulated_leads_have_that_mean(kind: str) -> None:
    source, exact = MEANS[kind]
    (arrived,) = futures(ONE.format(source=source), 60_000, "arrived")
    mean_is(arrived, exact)


def test_three_unknowns_at_once() -> None:
    scenario = sf.loads(
        ONE.format(
            source="budget: 'uniform(low=20k, high=60k)', yield: {most: 300, half: 'lognormal(median=30k, sigma=0.6)', "
            "shape: 'uniform(low=0.8, high=2)'}"
        )
    )

    even, weights = np.polynomial.legendre.leggauss(40)
    normal, normal_weights = np.polynomial.hermite_e.hermegauss(60)
    spend, shape = (40e3 + 20e3 * even)[:, None, None], (1.4 + 0.6 * even)[None, :, None]
    leads = 300 / (1 + (30e3 * np.exp(0.6 * normal) / spend) ** shape)
    exact = np.einsum("ijk,i,j,k", leads, weights, weights, normal_weights) / (4 * np.sqrt(2 * np.pi))
    assert expected_leads(scenario, scenario.sources["ads"]) == pytest.approx(exact, rel=2e-3)


UNKNOWN = {  # of a source, and its mean number of leads where the unknown is at so much of its range
    "half": (MEANS["half"][0], lambda u: 300 * 20 / (40 + 40 * u)),
    "exponent": (MEANS["elasticity"][0], lambda u: 120 * 4 ** (0.4 + 0.4 * u)),
    "most": ("budget: 20k, yield: {most: 'uniform(low=200, high=400)', half: 20k}", lambda u: 100 + 100 * u),
    "leads": ("budget: 9, yield: {leads: 'uniform(low=200, high=400)', at: 9, exponent: 1}", lambda u: 200 + 200 * u),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_what_is_unknown_of_a_curve_is_rolled_once_per_future(kind: str) -> None:
    """Given what was rolled, numbers are Poisson; over all futures their variance is that of the mean more."""
    source, mean = UNKNOWN[kind]
    (arrived,) = futures(ONE.format(source=source), 60_000, "arrived")
    means = np.asarray(mean(np.linspace(0, 1, 100_001)))
    exact = float(means.mean() + means.var())
    mean_is((arrived - means.mean()) ** 2, exact, bias=0.05)


# one budget for all


def test_shares_of_one_budget_are_the_same_money_at_each_source() -> None:
    split = sf.loads(SPLIT)
    own = split.change(OWN)
    assert own.sources["search"].share is None
    ours, theirs = run(split), run(own)
    assert ours.to_frame().equals(theirs.to_frame())
    assert resolve(split).leads == pytest.approx(resolve(own).leads, rel=1e-12)
    spends = [expected_spend(split, source) for source in split.sources.values()]
    assert spends == [22_500.0, 12_500.0, 15_000.0, 0.0]
    assert (ours.array("cost_sources") == 50_000).all()


def test_where_nothing_is_left_the_rest_is_exactly_nothing() -> None:
    # 0.29 + 0.35 + 0.36 falls short of 1 by the last digit, however it is added up
    shares = {"sources.search.share": "29%", "sources.social.share": "35%", "sources.fairs.share": "36%"}
    none = {"enters": "sql", "share": "rest", "cost_per_lead": 1}
    split = sf.loads(SPLIT).change({**shares, "sources.none": none})
    assert expected_spend(split, split.sources["none"]) == 0.0
    assert not run(split, keep=("cost[source=none]",)).array("cost[source=none]").any()


def test_an_uncertain_budget_is_rolled_once_for_all() -> None:
    result = run(sf.loads(SPLIT, set={"budget": "uniform(low=20k, high=80k)"}), keep=SPENT)
    search, social, fairs, inbound = (result.array(name) for name in SPENT)
    assert np.ptp(search) > 20_000
    for part, share in ((search, 0.45), (social, 0.25), (fairs, 0.3)):
        assert np.abs(part - share * (search / 0.45)).max() <= 0.02  # whole cents
    assert not inbound.any()
    assert result.inputs().columns.tolist().count("budget") == 1


SPENT = tuple(f"cost[source={name}]" for name in ("search", "social", "fairs", "inbound"))


@pytest.mark.parametrize("budget", ["100", "0.01", "0.05", "uniform(low=1, high=2k)", "lognormal(median=1M, sigma=1)"])
@pytest.mark.parametrize("shares", [["33.333333333%"] * 2, ["14.2857142857%"] * 6, ["10%", "20%", "70%"], ["50%"]])
def test_shares_add_up_to_the_budget_to_the_cent(budget: str, shares: list[str]) -> None:
    lines = [f"s{i}: {{enters: sql, share: {share}, cost_per_lead: 50k}}" for i, share in enumerate([*shares, "rest"])]
    head = f"{{horizon: 1 year, process: [sql, customer], stages: {{sql: {{conversion: 25%}}}}, budget: '{budget}'"
    spent = [f"cost[source=s{i}]" for i in range(len(lines))]
    for order in (lines, lines[::-1]):
        result = run(sf.loads(f"{head}, sources: {{{', '.join(order)}}}}}"), keep=spent)
        drawn = result.inputs()["budget"].to_numpy() if "(" in budget else float(budget)
        each = np.array([result.array(name) for name in spent])
        assert np.array_equal(np.rint(100 * result.array("cost_sources")), np.rint(100.0 * drawn) + np.zeros(200))
        assert (each >= 0.0).all()
        exact = np.outer([float(share[:-1]) / 100 for share in shares], drawn + np.zeros(200))
        assert np.abs(each[:-1] - exact).max() <= 0.0101


def test_a_budget_beyond_exact_cents_is_refused_where_it_is_written() -> None:
    whole = "horizon: 1 year\nprocess: [sql, customer]\nstages: {sql: {conversion: 20%}}\nbudget: 1e15\n"
    whole += "sources: {ads: {enters: sql, share: 100%, yield: {most: 9, half: 10k}}}"
    with pytest.raises(sf.ScenarioError, match=r":4: budget: a spend of 1e\+15 outgrows exact cents; at most"):
        resolve(sf.loads(whole))


def test_more_budget_never_brings_fewer_leads_or_deals_in_any_future() -> None:
    runs = [run(sf.loads(SPLIT, set={"budget": budget})) for budget in ("0", "10k", "50k", "51k", "5M")]
    for less, more in pairwise(runs):
        for name in ("arrived", "deals", "twin_deals"):
            assert (more.array(name) >= less.array(name)).all()
    assert (runs[3].array("deals") > runs[2].array("deals")).any()


def test_a_source_more_leaves_the_luck_of_the_others() -> None:
    split = sf.loads(SPLIT)
    more = split.change({"sources.mail": {"enters": "lead", "budget": "9k", "yield": {"most": 50, "half": "9k"}}})
    names = [f"{name}[source={source}]" for source in split.sources for name in ("deals", "revenue")]
    ours, theirs = (run(each, keep=names) for each in (split, more))
    for name in names:
        assert np.array_equal(ours.array(name), theirs.array(name)), name
    assert theirs.array("deals").mean() > ours.array("deals").mean()


def test_moving_money_between_two_leaves_the_third_alone() -> None:
    split = sf.loads(SPLIT)
    moved = split.change({"sources.search.share": "20%"})  # social takes the rest
    names = [f"deals[source={source}]" for source in split.sources]
    before, after = (run(each, keep=names) for each in (split, moved))
    for name, law in zip(names, (np.less_equal, np.greater_equal, np.equal, np.equal), strict=True):
        assert law(after.array(name), before.array(name)).all(), name
    assert (before.array(names[0]) > after.array(names[0])).any()
    assert (before.array(names[1]) < after.array(names[1])).any()


def test_a_run_with_yields_is_stored_and_made_again(tmp_path: Any) -> None:
    result = run(sf.loads(SPLIT, set={"budget": "uniform(low=20k, high=80k)"}))
    stored = sf.Result.load(result.save(tmp_path / "run"))
    assert stored.to_frame().equals(result.to_frame())
    assert sf.replay(stored, workers=1).to_frame().equals(result.to_frame())
