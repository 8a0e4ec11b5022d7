"""Is a run of fewer leads, read off one of more, the run itself, to the last bit?"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from funnels import loaded, scenarios
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import simfunnel as sf
import simfunnel.one_run as one_run
from simfunnel.claims import parse_selector
from simfunnel.errors import ScenarioError
from simfunnel.one_run import OneRun, is_readable
from simfunnel.scenario import Scenario

COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
N_SIMS = 6
#: Of each volume that a random funnel may have, a larger one.
MORE = {
    "20": "31",
    "poisson(15)": "poisson(24.5)",
    "poisson(uniform(low=3, high=25))": "poisson(uniform(low=5, high=40))",
    "uniform(low=2, high=25)": "uniform(low=4, high=30)",
    "1": "3",
    "0": "6",
    "6 per month": "11 per month",
    "overdispersed(20, dispersion=3)": "overdispersed(33, dispersion=3)",
    "overdispersed(uniform(low=5, high=25), dispersion=uniform(low=1, high=4))": (
        "overdispersed(uniform(low=9, high=30), dispersion=uniform(low=1, high=4))"
    ),
    "overdispersed(1.2 per week, dispersion=3)": "overdispersed(2 per week, dispersion=3)",
    "overdispersed(uniform(low=0.5, high=2) per week, dispersion=uniform(low=1, high=4))": (
        "overdispersed(uniform(low=2, high=3) per week, dispersion=uniform(low=1, high=4))"
    ),
    "1000": "1900",
    "poisson(900)": "poisson(2000)",
    "poisson(uniform(low=300, high=900))": "poisson(uniform(low=500, high=1900))",
    "overdispersed(900, dispersion=20)": "overdispersed(1500, dispersion=20)",
    "overdispersed(60 per week, dispersion=20)": "overdispersed(100 per week, dispersion=20)",
    "uniform(low=100, high=900)": "uniform(low=300, high=1500)",
    "600": "1400",
    "none": "300",
    "uniform(low=300, high=2000)": "uniform(low=700, high=2500)",
    "1500": "2200",
}
CHOSEN = ((True, True, True), (True, False, True), (False, True, False), (True, False, False))  # of the sources
MEASURES = ("deals", "roi", "plan_shortfall")


def asked_of(scenario: Scenario) -> list[str]:
    """Figures of the whole and of parts."""
    source, sectors = next(iter(scenario.sources)), list(scenario.sectors)
    parts = [f"revenue[source={source}]"]
    parts += [f"revenue[sector={each}]" for each in sectors[-1:]]
    return [*MEASURES, *parts, *(f"deals[source={source}, sector={each}]" for each in sectors[:1])]


def agrees(scenario: Scenario, run: OneRun, seed: int) -> sf.Result:
    """Whether every figure of a run that is simulated is what is read; the run."""
    asked = asked_of(scenario)
    kept = [each for each in asked if "[" in each]
    truth = sf.simulate(scenario, n_sims=run.n_sims, seed=seed, keep=kept, workers=1, progress=False)
    for measure in asked:
        assert is_readable(scenario, parse_selector(measure))
        found = run.at(scenario, parse_selector(measure))
        assert found is not None
        assert np.array_equal(found.figures, truth.array(measure), equal_nan=True), measure
        assert found.cost == truth.array("cost").mean()
    return truth


def larger(text: str, chosen: tuple[bool, ...]) -> tuple[str, list[str]]:
    """The same funnel with more leads of some sources, of all that share a budget, and their names."""
    rules = json.loads(text)
    if "budget" in rules:
        rules["budget"] = MORE[rules["budget"]]
        return json.dumps(rules), list(rules["sources"])
    moving = [name for name, is_chosen in zip(rules["sources"], chosen, strict=False) if is_chosen]
    for name in moving:
        source = rules["sources"][name]
        key = next(each for each in ("leads", "visits", "budget") if each in source)
        source[key] = MORE["none" if (key, source[key]) == ("budget", "0") else source[key]]
    return json.dumps(rules), moving


def test_fewer_leads_are_the_run_of_fewer_leads() -> None:
    seen = dict.fromkeys(("deals", "fewer", "costs", "weekly", "drift", "several", "shared", "curved"), 0)

    @settings(max_examples=36, **COMMON)
    @given(scenarios(), st.integers(0, 2**40), st.sampled_from(CHOSEN))
    def check(text: str, seed: int, chosen: tuple[bool, ...]) -> None:
        more, moving = larger(text, chosen)
        assume(moving)
        try:
            few, many = loaded(text), loaded(more)
            run = OneRun(many, moving, n_sims=N_SIMS, seed=seed, workers=1)
        except ScenarioError:
            assume(False)
        truth = agrees(few, run, seed)
        most = agrees(many, run, seed)
        seen["deals"] += truth.array("deals").any()
        seen["fewer"] += bool((truth.array("deals") < most.array("deals")).any())
        seen["costs"] += bool((most.array("cost_work") + most.array("cost_touches")).any())
        seen["weekly"] += "overdispersed" in json.dumps([json.loads(text)["sources"][each] for each in moving])
        seen["drift"] += "drift" in text
        seen["shared"] += few.budget is not None
        seen["curved"] += '"yield"' in text
        seen["several"] += len(moving) > 1

    check()
    assert min(seen.values()) >= 1, seen


EVERY_KIND = """
horizon: 150 days
run_off: 60 days
process: [mql, sql, customer]
plan: {customers: 9}
deal_value: 3k
margin: beta(mean=40%, n=50)
expansion: {rate: 0.3 per month, value: 'lognormal(mean=900, cv=1)'}
attrition: 3% per month
sources:
  ads: {enters: mql, budget: 9_000, cost_per_lead: 'uniform(low=60, high=200)'}
  site: {enters: mql, visits: 2_000, capture: 'beta(mean=3%, n=300)', cost_per_lead: 12}
  web: {enters: sql, leads: 'overdispersed(2 per week, dispersion=4)', cost_per_lead: 40}
  fair: {enters: mql, leads: 30, cost: 800}
stages:
  mql: {conversion: 50%, drift: {sd: 0.5}, cost_per_work: 7}
  sql:
    conversion: beta(mean=30%, n=40)
    neglect: 20%
    shelf_life: 20 days
    cold: {recycle: 60%, dropped: rest}
    recycle: {to: mql, after: 9 days, cost: 5}
"""


@pytest.fixture(scope="module")
def every_kind() -> Scenario:
    return sf.loads(EVERY_KIND)


def test_blocks_and_processes_change_nothing(every_kind: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_run, "block_size", lambda resolved: 37)
    more = every_kind.change(
        {"sources.ads.budget": 20_000, "sources.web.leads": "overdispersed(5 per week, dispersion=4)"}
    )
    done: list[int] = []
    run = OneRun(more, ["ads", "web"], n_sims=150, seed=3, workers=2, report=done.append)
    assert done == [37, 74, 111, 148, 150]
    agrees(every_kind, run, 3)
    agrees(every_kind.change({"sources.ads.budget": 1}), run, 3)


def test_what_it_does_not_hold_is_not_made_up(every_kind: Scenario) -> None:
    run = OneRun(every_kind, ["ads"], n_sims=20, seed=3)
    deals = parse_selector("deals")
    assert run.at(every_kind, deals) is not None
    assert run.at(every_kind.change({"sources.ads.budget": 20_000}), deals) is None
    with pytest.raises(sf.ClaimError, match="there is no source 'x'"):
        run.at(every_kind, parse_selector("deals[source=x]"))
    for measure in ("twin_deals", "gap_roi", "cohort_deals", "cost_work", "deals[period=2027-01]", "cost[source=ads]"):
        assert not is_readable(every_kind, parse_selector(measure))
    team = every_kind.change(
        {"teams": {"sales": {"people": 1}}, "stages.sql.team": "sales", "stages.sql.service": "1 day"}
    )
    assert not is_readable(team, deals)


def test_the_cost_of_too_many_leads_is_estimated(every_kind: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many to keep each: what those of a future cost on average, of which the mean is the same."""
    n_sims, deals = 4_000, parse_selector("deals")
    more = every_kind.change({"sources.fair.leads": 90})
    exact = OneRun(more, ["fair"], n_sims=n_sims, seed=3).at(every_kind, deals)
    monkeypatch.setattr(one_run, "MOST_LEADS", 1_000)
    found = OneRun(more, ["fair"], n_sims=n_sims, seed=3).at(every_kind, deals)
    assert exact is not None
    assert found is not None
    assert np.array_equal(found.figures, exact.figures)
    without = sf.simulate(every_kind.change({"sources.fair.leads": 0}), n_sims=n_sims, seed=3)
    of_leads = exact.cost - without.mean("cost").value
    assert of_leads > 200
    assert abs(found.cost - exact.cost) < 0.01 * of_leads
    assert found.cost != exact.cost
