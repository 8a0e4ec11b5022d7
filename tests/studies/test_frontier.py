"""Does a frontier find what can be worked out by hand or by sizing each of its points, and what does it say?

False-alarm rate of every statistical check here: 1e-6.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.sizing.frontier_wording import _cost, _value

FALSE_ALARM = 1e-6
LEADS, NEGLECT = "sources.inbound.leads", "stages.sql.neglect"


def staffed(**changes: object) -> Scenario:
    base = sf.loads(
        """
        name: People and leads
        horizon: 1 year
        process: [sql, customer]
        sources: {inbound: {enters: sql, leads: 60, cost_per_lead: 3_000}}
        stages: {sql: {conversion: 25%, shelf_life: 10 days, team: sales, service: fixed(8 days)}}
        teams: {sales: {people: 2, cost: 60_000 per year}}
        """
    )
    return base.change(changes, name=base.name)


def quick(
    scenario: Scenario, lever: str = LEADS, by: str = NEGLECT, target: str = "deals >= 10", **more
) -> sf.Frontier:
    settings = {"n_sims": 300, "seed": 7, "progress": False, "values": [0.0, 0.25], "chances": [0.5, 0.9]}
    return sf.frontier(scenario, lever, by, target, **{**settings, **more})


def test_leads_beside_neglect_are_those_of_the_binomial(article: Scenario) -> None:
    found = quick(article, values=[0.0, 0.125, 0.25], chances=[0.5, 0.9], n_sims=4_000, level=1 - FALSE_ALARM)
    leads = np.arange(10, 150)
    for corner in found.corners:
        truth = stats.binom(leads, 0.25 * (1 - corner.by)).sf(9)
        exact = int(leads[truth >= corner.wanted - 1e-12][0])
        low, high = corner.interval
        assert corner.value is not None
        assert corner.chance is not None
        assert low is not None
        assert high is not None
        assert low <= exact <= high <= low + 14
        assert abs(corner.value - exact) <= 3
        assert corner.chance.low <= truth[leads == corner.value][0] <= corner.chance.high
        assert corner.cost == 6_250 * corner.value
        assert corner.costs == (6_250 * low, 6_250 * high)
        assert corner.chance.value >= corner.wanted
    for chance in found.chances:
        best = found.cheapest(chance)
        assert best is not None
        assert best.by == 0.0
        assert found.rivals(chance) == ()
    assert found.is_monotone
    assert found.binding is None


def test_each_corner_is_that_of_a_sizing() -> None:
    base = staffed()
    found = quick(base, by="teams.sales.people", values=[1, 2, 3], chances=[0.5, 0.9], n_sims=200)
    for people in (1, 2, 3):
        for chance in (0.5, 0.9):
            corner = found.corner(people, chance)
            sized = sf.size(
                staffed(**{"teams.sales.people": people}),
                LEADS,
                "deals >= 10",
                chance,
                n_sims=200,
                seed=7,
                progress=False,
            )
            assert (corner.value, corner.chance) == (sized.value, sized.reached)
            if corner.value is not None:
                assert corner.cost == pytest.approx(3_000 * corner.value + 60_000 * people)
    # one person works 45 leads a year at most: ten deals of them are likelier than not, and no nine in ten
    assert [found.corner(1, chance).value is None for chance in (0.5, 0.9)] == [False, True]
    assert found.binding is not None
    assert (found.binding.kind, found.binding.team) == ("team", "sales")
    costs = {people: found.corner(people, 0.9).cost for people in (2, 3)}
    best = found.cheapest(0.9)
    assert best is not None
    assert costs[best.by] == min(costs.values())
    said = repr(found)
    assert f"costs least with 2 people and {best.value:.0f} leads, in all $" in said
    assert "what binds is the team 'sales'" in said


def test_what_is_as_cheap_is_told_apart_in_the_same_futures(article: Scenario) -> None:
    """A thousandth more neglect cannot be told from none; an eighth can, though the intervals overlap."""
    found = quick(article, values=[0.0, 0.001, 0.1], chances=[0.8], n_sims=500)
    assert [each.by for each in found.rivals(0.8)] == [0.001]
    best, far = found.cheapest(0.8), found.corner(0.1, 0.8)
    assert best is not None
    assert best.costs[1] is not None
    assert far.costs[0] is not None
    assert far.costs[0] <= best.costs[1] * 1.05
    assert "0.1 % may be as cheap" in repr(found)


def test_the_whole_funnel_beside_a_rate(article: Scenario) -> None:
    base = article.change({"sources.fair": {"enters": "sql", "leads": 10, "cost": 30_000}}, name="Two")
    found = quick(base, "volume", "stages.sql.conversion", values=[0.2, 0.3], chances=[0.5], n_sims=500)
    assert found.lever == "volume"
    assert found.moved.words(1.5) == "1.5 times"
    few, many = found.corner(0.3, 0.5), found.corner(0.2, 0.5)
    assert few.value is not None
    assert many.value is not None
    assert 1.3 < many.value / few.value < 1.7
    assert many.cost == pytest.approx(many.value * 280_000, rel=0.02)


def test_what_more_only_breaks_has_no_cheapest(article: Scenario) -> None:
    """Ten deals at most: less of the leads always does as well, down to none that cost nothing."""
    found = quick(article, target="deals <= 10", chances=[0.9])
    assert found.cheapest(0.9) is None
    assert not found.to_frame()["is_rival"].any()
    most = found.corner(0.25, 0.9)
    assert f"allows the most of {LEADS}, at most {most.value:.0f} leads, with {NEGLECT} of 25 %" in repr(found)
    sized = sf.size(article.change({NEGLECT: 0.25}), LEADS, "deals <= 10", 0.9, n_sims=300, seed=7, progress=False)
    assert (most.value, most.interval) == (sized.value, sized.interval)


def test_ends_are_values_that_a_budget_is_searched_in(article: Scenario) -> None:
    base = article.change(
        {"sources.inbound": {"enters": "sql", "leads": None, "budget": 250_000, "cost_per_lead": 6_250}}
    )
    budget = "sources.inbound.budget"
    for corner in quick(base, budget, chances=[0.9]).corners:
        sized = sf.size(
            base.change({NEGLECT: corner.by}), budget, "deals >= 10", 0.9, n_sims=300, seed=7, progress=False
        )
        assert (corner.value, corner.interval) == (sized.value, sized.interval)


def test_a_cheapest_at_an_end_of_what_was_looked_at_is_said_to_be(article: Scenario) -> None:
    inside, at_zero = ([0.05, 0.125], [0.0, 0.125])
    said = "an end of what was looked at: further on it may be cheaper still"
    assert said in repr(quick(article, values=inside, chances=[0.9], n_sims=500))
    assert said not in repr(quick(article, values=at_zero, chances=[0.9], n_sims=500))  # there is nothing below 0


def test_values_that_nobody_names(article: Scenario) -> None:
    assert quick(staffed(), by="teams.sales.people", values=None, chances=[0.5], n_sims=5).values == (1, 2, 3, 4, 5)
    told = quick(article, values=None, chances=[0.5], n_sims=20).values
    assert 0.125 in told
    assert (told[0], told[-1]) == pytest.approx((0.0625, 0.25), abs=0.001)


def test_for_programs_and_people(article: Scenario) -> None:
    named = article.change({}, name="<b>Plan</b>")
    found = quick(named)
    frame = found.to_frame()
    assert frame["by"].tolist() == [0.0, 0.0, 0.25, 0.25]
    assert frame["wanted"].tolist() == [0.5, 0.9] * 2
    assert frame["is_cheapest"].tolist() == [True, True, False, False]
    said = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert said["corners"][1]["value"] == found.corner(0.0, 0.9).value
    assert said["sentence"] == repr(found).splitlines()[0]
    page = found._repr_html_()
    assert "<b>Plan" not in page
    assert "&lt;b&gt;Plan" in page
    free = quick(article.change({"sources.inbound.cost_per_lead": None}, name="Free"))
    assert free.cheapest(0.9) is None
    assert repr(free).startswith("Free: deals >= 10 with a chance of 90 % takes the least of sources.inbound.leads, ")
    with pytest.raises(KeyError, match=r"no corner at 0\.5 with a chance of 0\.9"):
        found.corner(0.5, 0.9)


def test_progress_is_told_once(article: Scenario) -> None:
    told: list[tuple[int, int]] = []
    quick(article, progress=lambda done, most: told.append((done, most)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_the_same_whoever_computes_it(article: Scenario) -> None:
    assert quick(article, workers=1) == quick(article, workers=2)


def test_what_is_refused(article: Scenario) -> None:
    with pytest.raises(ValueError, match=r"both levers are sources\.inbound\.leads; a frontier sets one"):
        quick(article, by=LEADS)
    with pytest.raises(sf.ScenarioError, match=r"there is no stage 'sqk'; did you mean 'sql'\?"):
        quick(article, by="stages.sqk.neglect")
    with pytest.raises(sf.ScenarioError, match=r"there is no source 'x'"):
        quick(article, lever="sources.x.leads")
    with pytest.raises(ValueError, match=r"chances is empty"):
        quick(article, chances=[])
    with pytest.raises(sf.ScenarioError, match=r"stages\.sql\.neglect: is 0, .* give values"):
        quick(article.change({NEGLECT: 0}), values=None)
    with pytest.raises(ValueError, match=r"values is empty"):
        quick(article, values=[])
    with pytest.raises(ValueError, match=r"it lies between 0 and 1"):
        quick(article, chances=[90])
    with pytest.raises(TypeError, match=r"frontier takes a scenario, as from load\(\), not str"):
        quick("configs/cold_leads.yaml")  # type: ignore[arg-type]
    with pytest.raises(sf.ScenarioError, match=r"neglect"):
        quick(article, values=[0.1, 1.5])


def test_what_is_read_off_between_two_looks_has_three_digits() -> None:
    base = sf.loads(
        "horizon: 1 year\nprocess: [sql, customer]\nstages: {sql: {conversion: 27%}}\n"
        "sources: {web: {enters: sql, budget: 20k, cost_per_lead: 413}}"
    )
    found = sf.frontier(base, "sources.web.budget", "stages.sql.conversion", "deals >= 10", [0.8], values=[0.27],
                        n_sims=500, seed=7, progress=False)  # fmt: skip
    first, last = found.corners[0].interval
    assert f"(${float(f'{first:.3g}'):,.0f} to ${float(f'{last:.3g}'):,.0f})" in repr(found)


def test_an_interval_with_one_end_is_shown_with_it(article: Scenario) -> None:
    """Beside figures with both ends a bare one would look exact."""
    found = quick(article)
    corner = replace(found.corners[0], value=63.0, cost=400_000.0, interval=(60.0, None), costs=(380_000.0, None))
    assert (_value(found, corner), _cost(found, corner)) == ("63 (from 60 on)", "$400,000 (from $380,000 on)")
    corner = replace(corner, interval=(None, 66.0), costs=(None, 420_000.0))
    assert (_value(found, corner), _cost(found, corner)) == ("63 (up to 66)", "$400,000 (up to $420,000)")
    corner = replace(corner, interval=(None, None), costs=(None, None))
    assert (_value(found, corner), _cost(found, corner)) == ("63", "$400,000")
