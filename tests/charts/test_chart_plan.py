"""Do the pictures of a plan made backwards and of its price show what was found, and can they be read?"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_chart_pictures import assert_readable
from years import ARTICLE, HOSTILE, ORDINARY, hostile_text, simulated

import simfunnel as sf
from simfunnel.charts.backward_plan import backward_points
from simfunnel.charts.price import price_points

BILLIONS = (
    ARTICLE.replace("customers: 10", "customers: 200").replace("leads: 40", "leads: poisson(800)")
    .replace("6_250", "6_250_000").replace("name:", "currency: EUR\nname:")
)  # fmt: skip
OVERRUN = """
name: Overrun
horizon: 1 year
process: [sql, customer]
plan: {customers: 15}
sources: {inbound: {enters: sql, leads: 60, cost_per_lead: 500}}
stages: {sql: {conversion: 25%, shelf_life: 10 days, team: sales, service: fixed(12 days)}}
teams: {sales: {people: 1}}
"""
ASKED: dict[str, tuple[str, str | None, tuple[float, ...]]] = {
    "article": (ARTICLE, None, (0.5, 0.8, 0.9, 0.95)),
    "ordinary": (ORDINARY, None, (0.5, 0.9)),
    "billions": (BILLIONS, None, (0.5, 0.6, 0.7, 0.8, 0.9, 0.99)),
    "overrun": (OVERRUN, None, (0.5, 0.9)),
    "no arithmetic": (ARTICLE, "roi >= 2", (0.5,)),
    "hostile": (hostile_text(), "deals >= 3", (0.5, 0.9)),
    "two leads": (ARTICLE.replace("customers: 10", "customers: 1").replace("leads: 40", "leads: 2"), None, (0.5, 0.9)),
}
SIZED = {
    "leads": ("sources.inbound.leads", "deals >= 10", 0.9),
    "at most": ("stages.sql.neglect", "deals >= 10", 0.45),
    "out of reach": ("stages.sql.neglect", "deals >= 10", 0.95),
}


@cache
def planned(name: str) -> sf.BackwardPlan:
    text, target, chances = ASKED[name]
    return sf.plan(sf.loads(text), target, chances, n_sims=60, seed=7, workers=1, progress=False)


@cache
def sized(name: str) -> sf.Sizing:
    return sf.size(sf.loads(ARTICLE), *SIZED[name], n_sims=300, seed=7, workers=1, progress=False)


@pytest.mark.parametrize("chart", ["backward_plan", "price"])
@pytest.mark.parametrize("name", ASKED)
def test_a_plan_can_be_read(name: str, chart: str) -> None:
    assert_readable(getattr(sf.charts, chart)(planned(name)))


@pytest.mark.parametrize("name", SIZED)
def test_the_price_of_a_sizing_can_be_read(name: str) -> None:
    assert_readable(sf.charts.price(sized(name)))


def test_a_plan_with_a_hostile_name_can_be_read() -> None:
    base = sf.loads(ARTICLE).change({"currency": "$"}, name=f"{HOSTILE[3]} {HOSTILE[5]} {HOSTILE[0]}")
    found = sf.plan(base, chances=[0.9], n_sims=50, seed=7, progress=False)
    assert_readable(sf.charts.backward_plan(found))
    assert_readable(sf.charts.price(found))


def test_the_points_are_those_of_the_table() -> None:
    found, points = planned("article"), backward_points(planned("article"))
    assert points.columns == ("spreadsheet", "50 %", "80 %", "90 %", "95 %")  # as it is, it is the spreadsheet's
    assert points.rows == ("SQLs", "customers", "budget")
    assert points.n_costs == 1
    frame = found.to_frame()
    for name, drawn in zip(points.columns, points.values.T, strict=True):
        told = frame[frame["column"] == name].set_index("words")["value"]
        assert drawn.tolist() == told[list(points.rows)].tolist()
    assert points.parts.max(axis=1).tolist() == [1.0] * 3
    assert points.texts[0][0] == "40"
    ordinary = backward_points(planned("ordinary"))
    assert ordinary.columns[:2] == ("spreadsheet", "as it is")
    lost = backward_points(planned("overrun"))
    assert np.isnan(lost.values[:, -1]).all()
    assert backward_points(planned("no arithmetic")).columns == ("as it is", "50 %")


def test_the_title_says_what_keeps_the_plan() -> None:
    titles = {name: sf.charts.backward_plan(planned(name)).get_title(loc="left").replace("\n", " ") for name in ASKED}
    assert titles["article"].startswith("The spreadsheet's 40 SQLs keep the plan (deals >= 10) in ")
    volume = planned("article").promises[2].volume
    assert f"to keep it in 90 % takes {volume:.0f} SQLs (95 % CI " in titles["article"]
    assert titles["overrun"].endswith("no volume from 15 to 240 keeps it in 90 %")
    assert titles["no arithmetic"].startswith("As it is, roi >= 2 holds in ")


def test_the_price_is_that_of_the_tables() -> None:
    for found in (planned("article"), sized("leads")):
        points, prices, curve = price_points(found), found.prices(), found.curve()
        assert points.is_money
        assert points.prices.tolist() == curve["cost"].tolist()
        assert points.price.tolist() == prices["cost"].tolist()
        assert np.array_equal(points.a_point, prices["cost_per_point"], equal_nan=True)
    points = price_points(sized("at most"))  # less neglect costs nothing here, so its price is itself, in percent
    assert not points.is_money
    assert points.prices.tolist() == (sized("at most").curve()["value"] / 0.01).tolist()


def test_the_title_says_what_a_point_costs() -> None:
    title = sf.charts.price(sized("leads")).get_title(loc="left").replace("\n", " ")
    assert title.startswith("deals >= 10 with a chance of 90 % costs $")
    assert "; each point beyond it costs about $" in title
    lost = sf.charts.price(sized("out of reach")).get_title(loc="left").replace("\n", " ")
    assert lost.startswith(
        "deals >= 10 with a chance of 95 % is out of reach at every price looked at; the best seen is "
    )


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(TypeError, match=r"draws a BackwardPlan, not a Scenario; plan it first: sf\.plan\(scenario\)"):
        sf.charts.backward_plan(sf.loads(ARTICLE))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draws a Sizing or a BackwardPlan, not a Result; size the scenario itself"):
        sf.charts.price(simulated("article"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draws a Sizing, not a BackwardPlan; draw it as what it is: sf\.charts\.back"):
        sf.charts.sizing(planned("article"))  # type: ignore[arg-type]
