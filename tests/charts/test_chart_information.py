"""Does the picture of a study of information show what was found, and can it be read?"""

from __future__ import annotations

from functools import cache

import pytest
from test_chart_pictures import assert_readable
from years import HOSTILE, compared, simulated

import simfunnel as sf
from simfunnel.charts.information import information_points

FAIR = """
name: Fair
horizon: 1 year
process: [sql, customer]
deal_value: 1_000
sources: {inbound: {enters: sql, leads: 100, cost: 'uniform(low=20k, high=30k)'}}
stages: {sql: {conversion: 'beta(mean=25%, n=60)'}}
"""
MANY = {f"costs.{'a long name of a cost, ' * 3}{at}": f"uniform(low=0, high={1_500 * (at + 1)})" for at in range(14)}
BILLION = "1_000_000_000"
CHANGES: dict[str, tuple[dict[str, str], ...]] = {
    "two inputs": ({},),
    "one input": ({"stages.sql.conversion": "25%"},),
    "never turns": ({"sources.inbound.cost": "uniform(low=60k, high=70k)"},),
    "many inputs": (MANY, {}, {"sources.inbound.leads": "80"}, {"sources.inbound.leads": "90"}),
    "huge": (
        {"deal_value": BILLION, "currency": "EUR", "sources.inbound.cost": f"uniform(low=2{BILLION[1:]}0, high=30e9)"},
    ),
}


@cache
def studied(name: str) -> sf.ValueOfInformation:
    base = sf.loads(FAIR)
    names = ("Fair", f"{HOSTILE[0]} {HOSTILE[2]}", HOSTILE[3], HOSTILE[5])
    plans = [base.change(change, name=names[at]) for at, change in enumerate(CHANGES[name])]
    return sf.value_of_information(*plans, n_sims=500, seed=7, progress=False)


@pytest.mark.parametrize("name", CHANGES)
def test_a_study_can_be_read(name: str) -> None:
    assert_readable(sf.charts.information(studied(name)))


@pytest.mark.parametrize("name", CHANGES)
def test_the_points_are_those_of_the_table(name: str) -> None:
    found, points = studied(name), information_points(studied(name))
    frame = found.to_frame().head(len(points.values))
    for column, drawn in (("evppi", points.values), ("low", points.low), ("high", points.high)):
        assert drawn.tolist() == frame[column].tolist()
    assert points.everything == found.all_inputs.value
    assert len(points.values) + points.left_out == len(found.inputs)


def test_the_title_says_what_research_can_be_worth() -> None:
    titles = {name: sf.charts.information(studied(name)).get_title(loc="left").replace("\n", " ") for name in CHANGES}
    assert titles["two inputs"].startswith("Knowing every uncertain input before deciding would be worth $")
    assert " CI $" in titles["two inputs"]
    assert titles["one input"].startswith("Knowing the cost of source inbound before deciding would be worth $")
    assert titles["never turns"] == "Knowing more would not turn the choice: it is worth $0 (95 % CI $0 to $40)"


def test_the_line_that_none_can_pass_is_named() -> None:
    texts = [text.get_text() for text in sf.charts.information(studied("two inputs")).texts]
    assert any(text.startswith("all together: $") for text in texts)


def test_a_study_is_drawn_of_a_study() -> None:
    with pytest.raises(TypeError, match=r"draws a ValueOfInformation, not a Result; study the scenario itself"):
        sf.charts.information(simulated("article"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"study its scenarios: sf\.value_of_information\(\*found\.scenarios\)"):
        sf.charts.information(compared())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draws a Result, not a ValueOfInformation; .*sf\.charts\.information"):
        sf.charts.fan(studied("two inputs"))  # type: ignore[arg-type]
