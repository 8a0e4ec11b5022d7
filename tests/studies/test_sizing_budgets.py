"""Which budget keeps a promise where each further sum brings less, and which of its numbers can be moved?"""

from __future__ import annotations

import pytest
from scipy import optimize, stats

import simfunnel as sf
from simfunnel.claims import parse_claim
from simfunnel.levers import find
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.sizing.volumes import is_monotone

MEDIA = """
horizon: 1 year
process: [sql, customer]
deal_value: 10k
budget: 100k
sources:
  search: {enters: sql, share: 70%, yield: {most: 80, half: 70k}}
  social: {enters: sql, share: rest, yield: {leads: 30, at: 30k, exponent: 0.5}}
  fairs: {enters: sql, budget: 5k, cost_per_lead: 1k}
stages: {sql: {conversion: 25%}}
"""


@pytest.fixture(scope="module")
def media() -> Scenario:
    return sf.loads(MEDIA)


def deals_at(budget: float) -> float:
    """Mean deals in closed form: a quarter of what the curves bring, Poisson all."""
    search = 80 * 0.7 * budget / (70e3 + 0.7 * budget)
    return 0.25 * (search + 30 * (0.3 * budget / 30e3) ** 0.5 + 5)


def test_the_budget_that_keeps_the_promise_is_that_of_the_closed_form(media: Scenario) -> None:
    """Five standard errors of 4,000 futures, of the budget (1.2 %, as 1 % more adds 0.4 points) and of each chance."""
    found = sf.size(media, "budget", "deals >= 20", 0.9, n_sims=4_000, seed=7, progress=False)
    exact = optimize.brentq(lambda x: float(stats.poisson.sf(19, deals_at(x))) - 0.9, 50e3, 1e6)
    assert found.value is not None
    assert found.value == pytest.approx(exact, rel=0.06)
    assert found.written == f"{found.value:_.0f}"
    assert found.side == "at least"
    for point in found.points:
        exact = float(stats.poisson.sf(19, deals_at(point.value)))
        assert abs(point.chance - exact) <= 5 * (max(exact * (1 - exact), 1e-3) / 4_000) ** 0.5


@pytest.mark.parametrize(
    ("path", "unit", "present"),
    [
        ("budget", "money", 100e3),
        ("sources.search.share", "share", 0.7),
        ("sources.fairs.budget", "money", 5e3),
        ("sources.search.yield.most", "", 80),
        ("sources.search.yield.half", "money", 70e3),
        ("sources.social.yield.exponent", "", 0.5),
    ],
)
def test_what_can_be_moved(media: Scenario, path: str, unit: str, present: float) -> None:
    lever = find(media, path)
    assert (lever.unit, lever.present) == (unit, present)
    moved = lever.moved(media, present * 0.9)
    assert find(moved, path).present == pytest.approx(present * 0.9)


def test_a_share_goes_as_far_as_the_rest_gives_way(media: Scenario) -> None:
    assert find(media, "sources.search.share").most == 1.0
    three = media.change({"sources.mail": {"enters": "sql", "share": "20%", "cost_per_lead": 900}})
    lever = find(three, "sources.search.share")
    assert lever.most == 0.8
    assert lever.moved(three, lever.most).sources["search"].share == 0.8
    found = sf.size(three, "sources.search.share", "deals >= 12", 0.8, n_sims=300, seed=7, progress=False)
    assert max(point.value for point in found.points) <= 0.8


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "sources.search.share",
            "cannot move alone, as the shares of the budget must sum to 100%; write `share: rest`",
        ),
        ("sources.search.budget", "is a share of the scenario's: move `budget`, or sources.search.share"),
        ("sources.fairs.share", "has no value here that could be moved; write one there first"),
        ("sources.search.yield", "is no number that could be moved"),
        ("sources.search.yield.shape", "has no value here that could be moved"),
        ("sources.search.yield.hlaf", "did you mean 'half'?"),
    ],
)
def test_what_cannot_be_moved_says_why(media: Scenario, path: str, said: str) -> None:
    fixed = media.change({"sources.social.share": "30%"})
    with pytest.raises(sf.ScenarioError) as caught:
        find(fixed, path)
    assert said in str(caught.value)
    with pytest.raises(sf.ScenarioError, match="takes the rest of the budget; move the share of another source"):
        find(media, "sources.social.share")


@pytest.mark.parametrize(
    ("path", "claim", "only_helps"),
    [
        ("budget", "deals >= 12", True),
        ("budget", "revenue[source=search] > 10k", True),
        ("budget", "roi >= 0", False),
        ("budget", "deals <= 12", False),
        ("sources.fairs.budget", "deals >= 12", True),
        ("sources.search.share", "deals >= 12", False),
        ("sources.search.yield.half", "deals >= 12", False),
        ("sources.search.yield.most", "deals >= 12", True),
        ("sources.social.yield.leads", "revenue[source=social] >= 12k", True),
        ("sources.social.yield.exponent", "deals >= 12", False),
    ],
)
def test_more_budget_can_only_help(media: Scenario, path: str, claim: str, only_helps: bool) -> None:
    assert is_monotone(media, find(media, path), parse_claim(claim)) is only_helps


@pytest.mark.parametrize(
    ("path", "uncertain"),
    [
        ("sources.search.yield.most", {}),
        ("sources.social.yield.leads", {}),
        ("sources.search.yield.most.median", {"sources.search.yield.most": "lognormal(median=80, sigma=0.3)"}),
        ("budget.high", {"budget": "uniform(low=50k, high=150k)"}),
    ],
)
def test_a_yield_is_read_off_one_run_as_if_each_value_were_run(
    media: Scenario, path: str, uncertain: dict[str, str]
) -> None:
    media = media.change(uncertain)
    found = sf.size(media, path, "deals >= 14", 0.5, n_sims=300, seed=7, progress=False)
    assert found.runs <= 3
    for point in found.points[:3]:
        moved = find(media, path).moved(media, point.value)
        again = sf.simulate(moved, n_sims=300, seed=7, progress=False, workers=1).chance("deals >= 14")
        assert point.chance == again.value
