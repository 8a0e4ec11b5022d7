"""Does a sizing name what keeps a target out of reach, and does it see where a team turns more into less?

False-alarm rate of every statistical check here: 1e-6.
"""

from __future__ import annotations

import json

import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.scenario.schema import Scenario

LEADS = "sources.inbound.leads"
LEVEL = 1 - 1e-6
SETTINGS = {"n_sims": 1_000, "seed": 7, "progress": False, "level": LEVEL}


@pytest.fixture(scope="module")
def overrun(article: Scenario) -> Scenario:
    """One person, 15 days a lead: of many leads some 25 a year are served, and the others go cold in the queue."""
    return article.change(
        {
            "teams": {"sales": {"people": 1}, "idle": {"people": 9}},
            "stages.sql": {"team": "sales", "service": "fixed(15 days)", "shelf_life": "10 days", "neglect": 0},
        },
        name="One person",
    )


def test_a_team_without_room(overrun: Scenario) -> None:
    found = sf.size(overrun, LEADS, "deals >= 10", 0.9, **SETTINGS)
    binding = found.binding
    assert found.value is None
    assert binding is not None
    assert binding.busy is not None
    assert binding.gone is not None
    assert (binding.kind, binding.team, binding.at) == ("team", "sales", 160.0)
    assert 0.98 < binding.busy.value <= 1
    served = 365 * binding.busy.value / 15
    still_there = 160 * 10 / 365  # who came in the last ten days
    assert binding.gone.value == pytest.approx(160 - served - still_there, abs=1.5)
    said = f"what binds is the team 'sales': at 160 leads it works 9{100 * binding.busy.value - 90:.0f}"
    assert said in repr(found)
    assert "more of the lever does not help" in repr(found)
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))["binding"]
    assert (told["kind"], told["team"], told["twin"]) == ("team", "sales", None)


def test_leads_that_go_cold(article: Scenario) -> None:
    half = article.change({"stages.sql.neglect": "50%", "stages.sql.conversion": "50%"}, name="Half")
    found = sf.size(half, "stages.sql.shelf_life", "deals >= 15", 0.9, **SETTINGS)
    binding = found.binding
    assert found.value is None
    assert binding is not None
    assert binding.twin is not None
    assert binding.lost is not None
    assert (binding.kind, binding.stage, binding.cause) == ("cold", "sql", "neglected")
    assert binding.twin.low <= stats.binom(40, 0.5).sf(14) <= binding.twin.high
    assert abs(binding.lost.value - 10) < stats.norm.isf(5e-7) * binding.lost.mcse
    assert "what binds are leads that go cold: with the ideal twin at 120 days the chance is 9" in repr(found)
    assert "is lost at sql because nobody ever works its leads." in repr(found)


def test_too_few_leads_even_for_the_twin(article: Scenario) -> None:
    found = sf.size(article, LEADS, "deals >= 10", 0.9, high=50, **SETTINGS)
    assert found.value is None
    assert found.binding is not None
    assert found.binding.twin is not None
    assert found.binding.kind == "funnel"
    assert found.binding.twin.low <= stats.binom(50, 0.25).sf(9) <= found.binding.twin.high
    binds = "what binds is the number of leads, their conversion or the time they take"
    assert f"{binds}: even with the ideal twin at 50 leads" in repr(found)


def test_what_binds_a_dearer_chance_is_noted(article: Scenario) -> None:
    found = sf.size(article, LEADS, "deals >= 10", 0.5, high=50, **SETTINGS)
    assert found.value is not None
    assert found.binding is not None
    assert found.binding.kind == "cold"  # 80 % is what the twin reaches with 50 leads: 84 %
    assert "A chance of 80 % is out of reach; the best chance from " in repr(found)
    assert "; what binds are leads that go cold" in repr(found)
    assert sf.size(article, LEADS, "deals >= 10", 0.5, **SETTINGS).binding is None


def test_a_part_of_the_funnel_has_no_twin(article: Scenario, overrun: Scenario) -> None:
    target = "deals[source=inbound] >= 10"
    assert sf.size(article, LEADS, target, 0.9, high=50, **SETTINGS).binding is None
    found = sf.size(overrun, LEADS, target, 0.9, low=80, high=160, **SETTINGS)
    assert found.binding is not None
    assert (found.binding.kind, found.binding.team) == ("team", "sales")


def test_a_team_that_drowns_in_first_talks() -> None:
    """One person talks to MQLs, who can wait, and to SQLs, who cannot: more leads, and then fewer deals."""
    base = sf.loads("""
        horizon: 1 year
        process: [mql, sql, customer]
        teams: {sales: {people: 1}}
        sources: {inbound: {enters: mql, leads: 80}}
        stages:
          mql: {conversion: 50%, team: sales, service: fixed(2 days), shelf_life: 90 days}
          sql: {conversion: 30%, team: sales, service: fixed(2 days), shelf_life: 9 days}
        """)
    settings = {"n_sims": 100, "seed": 7, "progress": False}
    found = sf.size(base, LEADS, "deals >= 10", 0.6, low=30, high=230, **settings)
    assert not found.is_monotone
    assert [each.direction for each in found.crossings] == ["up", "down"]
    up, down = (each.value for each in found.crossings)
    assert found.value == up
    assert found.read_from is None
    most = found.points[-1].value
    chances = [sf.simulate(base.change({LEADS: n}), **settings).chance("deals >= 10").value for n in (up, down, most)]
    assert min(chances[:2]) >= 0.6 > chances[2] + 0.3
    assert f"holds from {up:.0f} on and ceases beyond {down:.0f}" in repr(found)
    assert found.binding is not None
    assert (found.binding.kind, found.binding.team) == ("team", "sales")
    assert " is out of reach; the best chance from " in repr(found)
    assert "; what binds is the team 'sales': at 230 leads it works " in repr(found)


def test_a_return_is_not_bound_by_the_number_of_leads(article: Scenario) -> None:
    found = sf.size(article, "sources.inbound.leads", "roi >= 9", 0.9, n_sims=200, seed=7, progress=False)
    assert found.binding is not None
    assert found.binding.kind == "return"
    assert "what binds is not that leads go cold, but what they bring beside what they cost: even with " in repr(found)
