"""Which number is moved, how far may it go, and what is then written where?"""

from __future__ import annotations

import pytest

import simfunnel as sf
from simfunnel.levers import Lever, find, kind_of
from simfunnel.scenario import Scenario


@pytest.fixture(scope="module")
def uncertain() -> Scenario:
    return sf.loads("""
        horizon: 1 year
        process: [sql, customer]
        attrition: uniform(low=1%, high=4%) per month
        sources:
          inbound: {enters: sql, leads: 'poisson(uniform(low=3, high=25) per month)'}
          ads: {enters: sql, budget: 9_000, cost_per_lead: 'pert(low=40, mode=120, high=200)'}
        sectors:
          food: {share: 60%}
          pharma: {share: rest, stages: {sql: {conversion: 'beta(mean=16%, sd=3%, independent)'}}}
        stages:
          sql:
            conversion: beta(mean=25%, n=40)
            response: exponential(mean=uniform(low=1 day, high=3 days))
            shelf_life: points(48%=1 hour, 69%=1 day, 100%=30 days)
        """)


@pytest.mark.parametrize(
    ("path", "present", "value", "words", "rule", "written"),
    [
        ("stages.sql.conversion.mean", 0.25, 0.3, "30 %", "stages.sql.conversion", "beta(mean=30%, n=40)"),
        ("stages.sql.conversion.n", 40, 60, "60", "stages.sql.conversion", "beta(mean=25%, n=60)"),
        ("sectors.pharma.stages.sql.conversion.sd", 0.03, 0.02, "2 %", "sectors.pharma.stages.sql.conversion",
         "beta(mean=16%, sd=2%, independent)"),
        ("sectors.food.stages.sql.conversion.mean", 0.25, 0.3, "30 %", "sectors.food.stages.sql.conversion",
         "beta(mean=30%, n=40)"),
        ("stages.sql.response.mean.high", 3, 4, "4 days", "stages.sql.response",
         "exponential(mean=uniform(low=1 day, high=4 days))"),
        ("sources.inbound.leads.high", 25, 40, "40 per month", "sources.inbound.leads",
         "poisson(uniform(low=3, high=40) per month)"),
        ("sources.ads.cost_per_lead.mode", 120, 90, "$90", "sources.ads.cost_per_lead",
         "pert(low=40, mode=90, high=200)"),
        ("attrition.low", 0.01, 0.02, "2 % per month", "attrition", "uniform(low=2%, high=4%) per month"),
    ],
)  # fmt: skip
def test_a_parameter_of_a_distribution(
    uncertain: Scenario, path: str, present: float, value: float, words: str, rule: str, written: str
) -> None:
    lever = find(uncertain, path)
    assert lever.path == path
    assert lever.present == pytest.approx(present)
    assert lever.words(value) == words
    assert (lever.rule, lever.in_file(value)) == (rule, written)
    moved = lever.moved(uncertain, value)
    assert find(moved, path).present == pytest.approx(value)
    assert moved == uncertain.change({rule: written}, name=moved.name)


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [
        ("sources.ads.cost_per_lead.mode", 40, 200),
        ("sources.inbound.leads.low", 0, 25),
        ("stages.sql.response.mean.low", 0, 3),
        ("attrition.high", 0.01, 1),
        ("stages.sql.conversion.mean", 0.01 / 40, 1 - 0.01 / 40),  # a and b of at least 0.01
    ],
)
def test_it_goes_as_far_as_the_distribution_is_one(uncertain: Scenario, path: str, least: float, most: float) -> None:
    lever = find(uncertain, path)
    hair = 1e-3 * (most - least)
    assert lever.least == pytest.approx(least, abs=hair)
    assert lever.most == pytest.approx(most, abs=hair)
    for value in (lever.least, lever.most):
        lever.moved(uncertain, value)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("stages.sql.conversion", r"is beta\(mean=25%, n=40\), and only a single number can be moved; name a "
         r"parameter of it: stages\.sql\.conversion\.mean, stages\.sql\.conversion\.n$"),
        ("stages.sql.conversion.men", r"is no parameter of beta\(mean=25%, n=40\), .*; did you mean "
         r"stages\.sql\.conversion\.mean\? Its parameters are stages\.sql\.conversion\.mean, "),
        ("stages.sql.conversion.mean.x", r"is no parameter of beta"),
        ("stages.sql.response", r"name a parameter of it: stages\.sql\.response\.mean\.low, "
         r"stages\.sql\.response\.mean\.high$"),
        ("stages.sql.response.mean", r"is no parameter of exponential\(mean=uniform.*stages\.sql\.response\.mean\.low"),
        ("stages.sql.shelf_life", r"is points\(48%=1 hour.*; its parts have no names; name one such as "),
        ("stages.sql.shelf_life.48%", r"is no parameter of points"),
        ("sources.inbound.leads", r"name a parameter of it: sources\.inbound\.leads\.low, sources\.inbound"),
        ("sources.ads.budget.mean", r"nothing stands below 'sources\.ads\.budget'"),
    ],
)  # fmt: skip
def test_what_is_refused_names_what_would_do(uncertain: Scenario, path: str, said: str) -> None:
    with pytest.raises(sf.ScenarioError, match=said):
        find(uncertain, path)


def test_a_plain_number_stands_where_its_path_says(uncertain: Scenario) -> None:
    lever = find(uncertain, "sources.ads.budget")
    assert type(lever) is Lever
    assert lever.rule == lever.path


def test_a_parameter_of_a_volume_is_read_from_one_run(uncertain: Scenario) -> None:
    found = sf.size(uncertain, "sources.inbound.leads.high", "deals >= 30", 0.5, n_sims=300, seed=3, progress=False)
    assert found.value is not None
    assert found.read_from is not None
    again = uncertain.change({"sources.inbound.leads": found.written or ""})
    assert sf.simulate(again, n_sims=300, seed=3, progress=False).chance("deals >= 30") == found.reached


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("stages.sql.conversion", "share"),
        ("stages.sql.conversion.n", "number"),
        ("sectors.pharma.stages.sql.conversion", "share"),
        ("sectors.food.stages.sql.conversion", "share"),
        ("stages.sql.response.mean", "duration"),
        ("stages.sql.response.mean.high", "duration"),
        ("stages.sql.shelf_life", "duration"),
        ("sources.inbound.leads", "number"),
        ("sources.ads.cost_per_lead", "money"),
        ("sources.ads.budget", "money"),
        ("attrition", "share"),
    ],
)
def test_how_a_number_is_read(uncertain: Scenario, path: str, kind: str) -> None:
    assert kind_of(uncertain, path) == kind
