"""Does the picture of a sizing show what the sizing found, and can it be read?"""

from __future__ import annotations

from functools import cache

import pytest
from test_chart_pictures import assert_readable
from years import ARTICLE, HOSTILE, simulated

import simfunnel as sf
from simfunnel.charts.sizing import sizing_points

ASKED = {
    "leads": ("sources.inbound.leads", "deals >= 10", 0.9),
    "almost sure": ("sources.inbound.leads", "deals >= 10", 0.99),
    "two crossings": ("sources.inbound.leads", "deals == 10", 0.1),
    "at most": ("sources.inbound.cost_per_lead", "roi >= 2", 0.6),
    "out of reach": ("stages.sql.neglect", "deals >= 10", 0.95),
    "no crossing": ("stages.sql.shelf_life", "deals >= 5", 0.5),
}


@cache
def sized(name: str) -> sf.Sizing:
    return sf.size(sf.loads(ARTICLE), *ASKED[name], n_sims=500, seed=7, progress=False)


@pytest.mark.parametrize("name", ASKED)
def test_a_sizing_can_be_read(name: str) -> None:
    assert_readable(sf.charts.sizing(sized(name)))


def test_a_sizing_with_a_hostile_name_can_be_read() -> None:
    base = sf.loads(ARTICLE).change({"currency": "$"}, name=f"{HOSTILE[3]} {HOSTILE[5]} {HOSTILE[0]}")
    found = sf.size(base, *ASKED["at most"], n_sims=200, seed=7, progress=False)
    assert_readable(sf.charts.sizing(found))


@pytest.mark.parametrize("name", ASKED)
def test_the_points_are_those_of_the_curve(name: str) -> None:
    found, points = sized(name), sizing_points(sized(name))
    curve = found.curve()
    assert points.values == pytest.approx(curve["value"].to_numpy() / found.moved.scale)
    for column, drawn in (("chance", points.chances), ("low", points.low), ("high", points.high)):
        assert drawn.tolist() == curve[column].tolist()
    assert (points.answer is None) == (found.value is None)
    assert len(points.crossings) == len(found.crossings)


def test_the_title_says_what_it_takes() -> None:
    titles = {name: sf.charts.sizing(sized(name)).get_title(loc="left").replace("\n", " ") for name in ASKED}
    value = sized("leads").value
    assert titles["leads"].startswith(f"deals >= 10 with a chance of 90 % takes {value:.0f} leads; it is reached in ")
    assert " CI " in titles["leads"]
    assert ", one of 2 crossings; " in titles["two crossings"]
    assert " takes at most $" in titles["at most"]
    assert titles["out of reach"].startswith("deals >= 10 is out of reach with a chance of 95 %; the best seen is ")
    assert titles["no crossing"] == "deals >= 5 has a chance of 50 % or more at every value that was looked at"


def test_a_sizing_is_drawn_of_a_sizing() -> None:
    with pytest.raises(TypeError, match=r"draws a Sizing, not a Result; size the scenario itself: sf\.size\("):
        sf.charts.sizing(simulated("article"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draws a Result, not a Sizing; draw it as what it is: sf\.charts\.sizing"):
        sf.charts.fan(sized("leads"))  # type: ignore[arg-type]


def test_the_picture_ends_soon_after_what_is_told() -> None:
    """Where money brings less and less, the search goes far beyond the dearest chance that it tells."""
    base = sf.loads(
        "horizon: 1 year\nprocess: [sql, customer]\nstages: {sql: {conversion: 25%}}\n"
        "sources: {web: {enters: sql, budget: 20k, yield: {most: 130, half: 50k}}}"
    )
    found = sf.size(base, "sources.web.budget", "deals >= 10", 0.8, n_sims=500, seed=7)
    dearest, furthest = max(found.prices()["value"]), found.points[-1].value
    assert furthest > 1.5 * dearest
    left, right = sf.charts.sizing(found).get_xlim()
    assert left < found.points[0].value
    assert dearest < right < 1.2 * dearest
