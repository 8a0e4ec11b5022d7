"""Do the pictures of a study of sensitivity show what was found, and can they be read?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.axes import Axes
from test_chart_pictures import assert_readable
from years import HOSTILE, compared, simulated

import simfunnel as sf
from simfunnel.charts.sobol import sobol_points
from simfunnel.charts.tornado import tornado_points

YEAR = """
name: A year
horizon: 1 year
process: [sql, customer]
deal_value: 1_000
sources: {inbound: {enters: sql, leads: 60, cost: 'uniform(low=5k, high=12k)'}}
stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}
"""
THREE = {"stages.sql.neglect": "uniform(low=0%, high=25%)"}
COSTS = {
    f"costs.{name} {at}": f"uniform(low=0, high={1_500 * (at + 1)})"
    for at, name in enumerate(
        ["線索與客戶 汽車製造業", "a long name of a cost, a long name of a cost", *HOSTILE[:5], *HOSTILE[:5]]
    )
}
BILLION = "1_000_000_000"
CHANGES: dict[str, tuple[dict[str, object], str]] = {
    "one": ({"sources.inbound.cost": "8_000"}, "deals"),
    "three": (THREE | {"deal_value": BILLION, "currency": "EUR"}, "profit"),
    "many": (THREE | COSTS, "profit"),
    "chance": (THREE | {"correlate": [["stages.sql.conversion", "stages.sql.neglect", 0.5]]}, "deals >= 12"),
    "rare": ({"sources.inbound.leads": "3", "stages.sql.conversion": "uniform(low=0.1%, high=0.3%)"}, "deals"),
    "nothing moves": ({"stages.sql.conversion": "25%"}, "deals"),
}


@cache
def studied(name: str) -> sf.Sensitivity:
    changes, measure = CHANGES[name]
    base = sf.loads(YEAR).change(changes, name=f"{HOSTILE[0]} {HOSTILE[3]}" if name == "many" else "A year")
    methods = ["tornado", "sobol"] if name != "rare" else ["tornado", "given data"]
    ranges = {"sources.inbound.leads": ("30", "90")} if name == "three" else None
    return sf.sensitivity(base, measure, method=methods, ranges=ranges, n_sims=500, seed=7, workers=1, progress=False)


@cache
def tornado(name: str) -> Axes:
    return sf.charts.tornado(studied(name))


@cache
def sobol(name: str) -> Axes:
    return sf.charts.sobol(studied(name))


@pytest.mark.parametrize("name", CHANGES)
def test_a_tornado_can_be_read(name: str) -> None:
    assert_readable(tornado(name))


@pytest.mark.parametrize("name", ["one", "three", "many", "chance", "rare"])
def test_shares_can_be_read(name: str) -> None:
    assert_readable(sobol(name))


@pytest.mark.parametrize("name", ["three", "many"])
def test_the_points_are_those_of_the_table(name: str) -> None:
    found, points = studied(name), tornado_points(studied(name))
    assert found.tornado is not None
    frame = found.tornado.to_frame().head(len(points.at))
    np.testing.assert_allclose(points.at, frame[["at_from", "at_to"]].to_numpy(), rtol=1e-9)
    assert (points.low <= points.at).all()
    assert (points.at <= points.high).all()
    assert len(points.at) + points.left_out == len(found.tornado.swings)
    shares = sobol_points(found)
    assert found.indices is not None
    table = found.indices.to_frame()
    assert shares.labels[-1] == table["words"].iloc[-1] == "luck (chance)"
    assert shares.total[-1] == table["total"].iloc[-1]
    assert shares.alone[0] == max(table["alone"].iloc[0], 0)
    assert len(shares.alone) - 1 + shares.left_out == len(found.indices.inputs)


def test_an_input_that_is_best_in_its_middle_can_be_read() -> None:
    found = studied("many")
    assert found.tornado is not None
    bent = [
        replace(one, change_low=one.change_low, change_high=replace(one.change_low, value=0.9 * one.change_low.value))
        for one in found.tornado.swings
    ]
    ax = sf.charts.tornado(replace(found, tornado=replace(found.tornado, swings=tuple(bent))))
    assert_readable(ax)
    assert len({round(bar.get_y() + bar.get_height() / 2, 6) for bar in ax.patches}) == 24


def test_no_chance_is_below_zero() -> None:
    points = tornado_points(sf.sensitivity(sf.loads(YEAR), "deals >= 31", method="tornado", n_sims=300, seed=7))
    assert points.at.min() == points.low.min() == 0
    assert points.high.min() > 0


def said(ax) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def test_titles_say_what_was_found() -> None:
    assert said(tornado("one")).startswith("Widest swing of deals: conversion of stage sql, from 9.")
    assert said(tornado("nothing moves")) == "No input is seen to move deals (15.0 as things stand)"
    assert said(sobol("one")).startswith("Luck is ")
    assert "the conversion of stage sql alone (95 % CI" in said(sobol("one"))
    assert "no input's share alone is told from 0 %" in said(sobol("rare"))


def test_a_study_is_drawn_of_what_it_has() -> None:
    with pytest.raises(TypeError, match=r"draws a Sensitivity, not a Result; study it first: sf\.sensitivity\(run\)"):
        sf.charts.tornado(simulated("article"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draws a Sensitivity, not a Comparison"):
        sf.charts.sobol(compared())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draw it as what it is: sf\.charts\.tornado"):
        sf.charts.fan(studied("one"))  # type: ignore[arg-type]
    base = sf.loads(YEAR)
    with pytest.raises(ValueError, match="has no tornado; ask for one"):
        sf.charts.tornado(sf.sensitivity(base, method="given data", n_sims=500, progress=False))
    with pytest.raises(ValueError, match="has no shares; ask for them"):
        sf.charts.sobol(sf.sensitivity(base, method="tornado", n_sims=50, progress=False))
