"""Do quality, scores, thresholds and the search for facts do what their formulas say?

Every test fixes its seed; a check that holds fails with chance 1e-6 (see `alarms`). Exact values are integrals over
normal densities by Gauss-Hermite quadrature, which is not the engine's.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from alarms import mean_is, share_is
from scipy import optimize, stats
from scipy.special import expit

import simfunnel as sf
from simfunnel.engine.arrivals import arrive
from simfunnel.engine.block import Block
from simfunnel.engine.futures import live
from simfunnel.engine.waves import Event
from simfunnel.resolved import resolve

RHO, WEIGHT = 0.7, 1.2
FUNNEL = """
horizon: 1 year
process: [lead, sql, customer]
score: {weight: 1.2, correlation: 70%}
sources: {web: {enters: lead, leads: 4_000}}
stages:
  lead: {LEAD}
  sql: {conversion: 30%}
"""


def text(lead: str, **others: str) -> str:
    found = FUNNEL.replace("LEAD", lead)
    for old, new in others.items():
        found = found.replace(old, new)
    return found


NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(160)


def over_normal(f: Any) -> float:
    return float(WEIGHTS @ f(NODES)) / math.sqrt(2 * math.pi)


def intercept(p: float, sd: float) -> float:
    return float(optimize.brentq(lambda a: over_normal(lambda z: expit(a + sd * z)) - p, -40, 40, xtol=1e-13))


def rates(scenario: str, n_sims: int = 800, seed: int = 4) -> dict[str, tuple[float, float]]:
    """Advanced and worked visits of each stage, over all futures."""
    run = sf.simulate(sf.loads(scenario), n_sims=n_sims, seed=seed, progress=False)
    frame = run.stages().set_index("stage")
    return {
        stage: (round(row["advanced"] * n_sims), round(row["worked"] * n_sims))
        for stage, row in frame.iterrows()
        if stage != "customer"
    }


@pytest.mark.parametrize("drift", [0.0, pytest.param(0.8, marks=pytest.mark.slow)])
def test_a_stated_conversion_is_the_mean_over_the_quality_of_fresh_leads(drift: float) -> None:
    scenario = text("conversion: 25%, drift: {sd: DRIFT, every: 1 hour}", DRIFT=str(drift))
    share_is(*rates(scenario)["lead"], 0.25)


def test_those_who_were_selected_are_better() -> None:
    """Two stages: the second conversion is of leads that passed the first."""
    first, second = intercept(0.25, WEIGHT), intercept(0.30, WEIGHT)

    def given(z: Any) -> Any:
        return expit(first + WEIGHT * z)

    exact = over_normal(lambda z: given(z) * expit(second + WEIGHT * z)) / over_normal(given)
    assert exact > 0.4
    found = rates(text("conversion: 25%"))
    share_is(*found["sql"], exact)


def test_a_weight_of_its_own_holds_at_its_stage_only() -> None:
    found = rates(text("conversion: 50%", **{"sql: {conversion: 30%}": "sql: {conversion: 30%, score_weight: 0}"}))
    share_is(*found["sql"], 0.30)


def test_a_threshold_lets_a_tail_of_the_normal_distribution_pass() -> None:
    share_is(*rates(text("threshold: 57"))["lead"], float(stats.norm.sf(7 / 15)))


def test_those_above_a_threshold_are_better_by_the_correlation() -> None:
    """The conversion after the hand-off: quality given the score is normal around rho times it."""
    at, limit = intercept(0.30, WEIGHT), 7 / 15
    own = math.sqrt(1 - RHO * RHO)

    def passes(z: Any) -> Any:
        return stats.norm.sf((limit - RHO * z) / own)

    exact = over_normal(lambda z: passes(z) * expit(at + WEIGHT * z)) / float(stats.norm.sf(limit))
    share_is(*rates(text("threshold: 57"))["sql"], exact)


@pytest.fixture(scope="module")
def lives() -> tuple[Any, np.ndarray]:
    """Many leads with their scores, and who advanced from the first stage."""
    journal: tuple[list[Event], list[Event]] = ([], [])
    plan = resolve(sf.loads(text("conversion: 25%"))).plan
    leads, *_ = live(Block(plan, 9, 0, 400), journal=journal)
    advanced = np.zeros(leads.size, bool)
    for event in journal[0]:
        if event.name == "advanced" and event.stage == 0:
            advanced[event.lead] = True
    return leads, advanced


@pytest.mark.parametrize("low", [30.0, 45.0, 60.0])
def test_the_chance_to_advance_given_a_score(lives: tuple[Any, np.ndarray], low: float) -> None:
    leads, advanced = lives
    at, own = intercept(0.25, WEIGHT), math.sqrt(1 - RHO * RHO)
    edges = ((low - 50) / 15, (low + 10 - 50) / 15)

    def inside(z: Any) -> Any:
        below, above = (stats.norm.cdf((edge - RHO * z) / own) for edge in edges)
        return above - below

    exact = over_normal(lambda z: inside(z) * expit(at + WEIGHT * z)) / over_normal(inside)
    here = (leads.score >= low) & (leads.score < low + 10)
    share_is(int(advanced[here].sum()), int(here.sum()), exact, bias=0.06)


def test_scores_have_their_mean_spread_and_correlation(lives: tuple[Any, np.ndarray]) -> None:
    leads, _ = lives
    mean_is(leads.score, 50.0, 15.0)
    z = (leads.score - 50) / 15
    mean_is(z * z, 1.0)
    mean_is(leads.quality * leads.quality, 1.0)
    mean_is(z * leads.quality, RHO, bias=0.02)


@pytest.mark.parametrize("correlation", ["0%", "100%"])
def test_a_score_may_say_nothing_or_all(correlation: str) -> None:
    plan = resolve(sf.loads(text("conversion: 25%", **{"70%": correlation}))).plan
    leads, _ = arrive(Block(plan, 9, 0, 50))
    found = np.corrcoef(leads.score, leads.quality)[0, 1]
    assert abs(found - float(correlation[:-1]) / 100) < 5 / math.sqrt(leads.size)


def test_what_enrichment_loses_takes_and_costs() -> None:
    search = "{lacks: 20%, found: 65%, takes: 3 days, cost: 15}"
    scenario = text(f"conversion: 50%, rejected_takes: 1 day, enrichment: {search}", **{"weight: 1.2": "weight: 0"})
    found = rates(scenario)
    share_is(*found["lead"], 0.5 * (1 - 0.2 * 0.35))
    run = sf.simulate(sf.loads(scenario), n_sims=300, seed=4, progress=False)
    enriched = run.array("enriched")
    mean_is(enriched, 4_000 * 0.5 * 0.2, bias=0.03)
    whole = sf.simulate(sf.loads(scenario).change({"run_off": "90 days"}), n_sims=50, seed=4, progress=False)
    entered = whole.array("enriched") * 15.0
    assert (whole.array("cost_enrichment") <= entered).all()
    assert (run.array("cost_enrichment") == enriched * 15.0).all()
    days = float(run.stages().set_index("stage").loc["lead", "mean_stay_days"])
    exact = 0.5 * 0.2 * 3 + (0.5 + 0.5 * 0.2 * 0.35) * 1
    assert days == pytest.approx(exact, rel=0.02)  # a little less, as the horizon cuts long ones off


def test_a_fact_that_was_found_stays_known() -> None:
    scenario = sf.loads("""
horizon: 1 year
process: [lead, sql, customer]
sources: {web: {enters: lead, leads: 500, arrive: at start}}
stages:
  lead: {conversion: 100%, enrichment: {lacks: 40%, found: 50%}, rejected: {recycle: 100%}}
  sql: {conversion: 50%, rejected: {recycle: 100%}, recycle: {to: lead, after: 1 day, limit: 5}}
""")
    run = sf.simulate(scenario, n_sims=800, seed=2, progress=False)
    # a search until it succeeds, at most 11: whatever comes back from sql, nobody is searched for again
    mean_is(run.array("enriched"), 500 * 0.4 * (1 - 0.5**11) / 0.5, bias=0.02)


@pytest.mark.parametrize("kind", ["score first", "recycled"])
def test_a_higher_threshold_never_lets_more_leads_pass(kind: str) -> None:
    back = "rejected: {recycle: 50%, dropped: rest}, " if kind == "recycled" else ""
    base = sf.loads(text(f"{back}response: exponential(mean=2 days), shelf_life: 9 days, threshold: 40"))
    run = partial(sf.simulate, n_sims=100, seed=3, progress=False)
    passed = [run(base.change({"stages.lead.threshold": limit})).array("entered[stage=sql]") for limit in (20, 40, 57)]
    assert (passed[0] >= passed[1]).all()
    assert (passed[1] > passed[2]).all()


def test_a_score_that_nobody_reads_changes_no_life() -> None:
    with_score = sf.loads(text("conversion: 25%", **{"weight: 1.2": "weight: 0"}))
    without = with_score.change({"score": None})
    one, other = (sf.simulate(each, n_sims=100, seed=3, progress=False) for each in (with_score, without))
    assert one.to_frame().equals(other.to_frame())


def test_leads_are_listed_with_their_scores() -> None:
    run = sf.simulate(sf.loads(text("threshold: 57")), n_sims=3, seed=3, progress=False)
    frame = run.leads(1)
    passed = frame["fate"] != "dropped"
    assert frame.loc[passed, "score"].min() >= 57
    assert set(frame.loc[frame["score"] < 57, "fate"]) == {"dropped"}
