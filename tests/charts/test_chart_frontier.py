"""Does the picture of a frontier show what was found, and can it be read?"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_chart_pictures import assert_readable
from years import ARTICLE, HOSTILE

import simfunnel as sf
from simfunnel.charts.frontier import frontier_points

PEOPLE = """
name: People and leads
horizon: 1 year
process: [sql, customer]
sources: {inbound: {enters: sql, leads: 60, cost_per_lead: 3_000}}
stages: {sql: {conversion: 25%, shelf_life: 10 days, team: sales, service: fixed(8 days)}}
teams: {sales: {people: 2, cost: 60_000 per year}}
"""
LEADS, STAFF, NEGLECT = "sources.inbound.leads", "teams.sales.people", "stages.sql.neglect"
ASKED: dict[str, tuple[str, str, str, str, list[float], list[float]]] = {
    "people": (PEOPLE, LEADS, STAFF, "deals >= 10", [0.5, 0.8, 0.9], [1, 2, 3]),
    "many chances": (ARTICLE, "volume", "stages.sql.conversion", "deals >= 10", [0.2, 0.5, 0.7, 0.9, 0.99], [0.2, 0.4]),
    "out of reach": (PEOPLE, LEADS, STAFF, "deals >= 60", [0.5, 0.9], [1, 2]),
    "one value": (ARTICLE, LEADS, NEGLECT, "deals >= 10", [0.9], [0.1]),
    "free": (ARTICLE.replace(", cost_per_lead: 6_250", ""), LEADS, NEGLECT, "deals >= 10", [0.5, 0.9], [0.0, 0.1, 0.2]),
}


@cache
def found(name: str) -> sf.Frontier:
    text, lever, by, target, chances, values = ASKED[name]
    base = sf.loads(text)
    return sf.frontier(base, lever, by, target, chances, values=values, n_sims=60, seed=7, workers=1, progress=False)


@pytest.mark.parametrize("name", ASKED)
def test_a_frontier_can_be_read(name: str) -> None:
    assert_readable(sf.charts.frontier(found(name)))


def test_a_frontier_with_a_hostile_name_can_be_read() -> None:
    base = sf.loads(ARTICLE).change({"currency": "$"}, name=f"{HOSTILE[3]} {HOSTILE[5]} {HOSTILE[0]}")
    asked = ASKED["one value"][1:4]
    assert_readable(sf.charts.frontier(sf.frontier(base, *asked, [0.9], values=[0, 0.1], n_sims=50, progress=False)))


def test_the_lines_are_those_of_the_corners() -> None:
    one, points = found("people"), frontier_points(found("people"))
    assert points.by.tolist() == [1, 2, 3]
    for row, chance in enumerate(one.chances):
        for at, by in enumerate(one.values):
            corner = one.corner(by, chance)
            drawn = points.values[row, at], points.costs[row, at]
            assert np.array_equal(
                drawn, (np.nan if corner.value is None else corner.value, corner.cost), equal_nan=True
            )
        best = one.cheapest(chance)
        assert best is not None
        assert one.values[points.cheapest[row]] == best.by
    assert frontier_points(found("free")).cheapest.tolist() == [-1, -1]
    assert frontier_points(found("free")).by.tolist() == [0, 10, 20]  # in percent, as it is written


def test_the_title_says_where_it_is_cheapest() -> None:
    titles = {name: sf.charts.frontier(found(name)).get_title(loc="left").replace("\n", " ") for name in ASKED}
    best = found("people").cheapest(0.9)
    assert best is not None
    assert (
        f"deals >= 10 with a chance of 90 % costs least with {best.by:.0f} people and {best.value:.0f} leads, in all $"
        in (titles["people"])
    )
    assert titles["out of reach"].endswith("is out of reach with teams.sales.people from 1 to 2")


def test_a_frontier_is_drawn_of_a_frontier() -> None:
    with pytest.raises(TypeError, match=r"draws a Frontier, not a Scenario; look for it first: sf\.frontier\("):
        sf.charts.frontier(sf.loads(ARTICLE))  # type: ignore[arg-type]
