"""What does a study of sensitivity say, to people and to programs, and what does it refuse?"""

from __future__ import annotations

import builtins
import json
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import simfunnel as sf
from simfunnel.resolved import resolve
from simfunnel.scenario import Scenario
from simfunnel.studies.sensitivity import Indices, given_data, runs_needed
from simfunnel.studies.sensitivity.design import again, held, unknowns

YEAR = """
name: <b>A year</b>
horizon: 1 year
process: [mql, sql, customer]
deal_value: 1_000
plan: {customers: 10}
sources: {inbound: {enters: mql, leads: 90, cost: 'uniform(low=5k, high=12k)'}}
sectors: {retail: {share: 60%}, industrial: {share: rest}}
stages:
  mql: {conversion: 'beta(mean=50%, n=40)'}
  sql: {conversion: 'beta(mean=25%, n=40)', response: 'exponential(mean=uniform(low=1 day, high=9 days))',
        shelf_life: 20 days}
"""
ALL = ("tornado", "given data", "sobol")
MOVING = [["stages.mql.conversion", "stages.sql.conversion", 0.5]]


def year(**changes: object) -> Scenario:
    base = sf.loads(YEAR)
    return base.change({path.replace("__", "."): each for path, each in changes.items()}, name=base.name)


def quick(subject: object, measure: str = "deals", **settings: object) -> sf.Sensitivity:
    asked = {"n_sims": 500, "seed": 7, "workers": 1, "progress": False, **settings}
    return sf.sensitivity(subject, measure, **asked)  # type: ignore[arg-type]


@cache
def everything() -> sf.Sensitivity:
    return quick(year(), method=ALL)


def test_a_row_an_input_and_one_for_luck() -> None:
    frame = everything().to_frame()
    assert list(frame["path"].iloc[:4]) == [one.path for one in everything().tornado.swings]  # type: ignore[union-attr]
    assert frame["words"].iloc[-1] == "luck (chance)"
    assert set(frame["path"]) == {
        "sources.inbound.cost", "stages.mql.conversion", "stages.sql.conversion", "stages.sql.response.mean", "",
    }  # fmt: skip
    cost = frame.set_index("path").loc["sources.inbound.cost"]
    assert (cost["from"], cost["to"], cost["swing"], cost["is_clear"]) == ("$5,700", "$11,300", 0.0, False)
    assert cost["alone"] == cost["alone_high"] == cost["total"] == 0.0
    response = frame.set_index("path").loc["stages.sql.response.mean"]
    assert (response["from"], response["to"]) == ("43.2 hours", "8.2 days")


def test_for_programs() -> None:
    said = json.loads(json.dumps(everything().to_json(), allow_nan=False))
    assert said["sentence"] in repr(everything())
    assert said["sobol"]["luck"]["paths"] == []
    assert said["given_data"]["inputs"][0]["total"] is None
    assert [one["path"] for one in said["tornado"]["swings"]][-1] == "sources.inbound.cost"


def test_for_people() -> None:
    said = repr(everything())
    first, *rest = said.splitlines()
    assert first.startswith("<b>A year</b>: the widest swing of deals is that of conversion of stage sql, from ")
    assert " of the variance of deals is luck, which no research removes (95 % CI " in first
    assert "What each input moves deals by itself:" in rest
    assert any(line.startswith("cost of source inbound ") and " none seen " in line for line in rest)
    assert "Not told from nothing: cost of source inbound." in rest
    assert any(line.startswith("Not told from 0 alone: ") and "cost of source inbound" in line for line in rest)
    assert "9 runs of 500 futures each, seed 7, the same luck for all." in said
    assert "shared out by a design of Saltelli's, 7 runs of 500 futures each, seed 7." in said
    page = everything()._repr_html_()
    assert "<b>A year" not in page
    assert "&lt;b&gt;A year" in page


def test_a_claim_is_a_chance() -> None:
    found = quick(year(), "deals >= 12", method=ALL)
    assert found.tornado is not None
    run = sf.simulate(year(), n_sims=500, seed=7, progress=False)
    assert found.tornado.centre.value == run.chance("deals >= 12").value
    assert "the widest swing of the chance of deals >= 12 is that of conversion of stage sql, from " in repr(found)
    assert "of the variance of whether deals >= 12 is luck" in repr(found)


def test_what_is_rare_is_told_with_care() -> None:
    """A chance that no future shows is not a proof, and a variance of few futures is no sure one."""
    never = quick(year(), "deals >= 50", method="tornado")
    assert never.tornado is not None
    assert all(one.span == 0 for one in never.tornado.swings)
    assert all(0 < one.swing.high < 5 / 500 for one in never.tornado.swings)
    assert "none seen" in repr(never)
    warned = "shares are less sure than their intervals say; more futures help."
    assert warned in repr(quick(year(), "deals >= 22", method="given data"))
    assert warned not in repr(everything())


def test_what_is_worked_out_by_means_is_named() -> None:
    """A conversion of all that enter makes up for a response that is written as known, not for one that is held."""
    text = """
        horizon: 1 year
        process: [lift, customer]
        sources: {web: {enters: lift, leads: 40, lift: 10%}}
        stages:
          lift:
            conversion_of_entered: beta(mean=20%, n=90)
            response: exponential(mean=uniform(low=1 day, high=9 days))
            shelf_life: 10 days
        """
    found = quick(sf.loads(text), method="tornado").tornado
    assert found is not None
    [response] = [one for one in found.swings if one.path == "stages.lift.response.mean"]
    at = {"stages.lift.response": "exponential(mean=8.2 days)"}
    written = sf.simulate(sf.loads(text).change(at), n_sims=500, seed=7, progress=False).array("deals").mean()
    assert response.at_high.high < written - 1
    said = "What follows from sources.web.lift and stages.lift.conversion_of_entered is worked out once, by means: "
    assert said in repr(quick(sf.loads(text), method="tornado"))
    assert "worked out once" not in repr(everything())


def test_a_conversion_of_all_that_enter_is_named_so() -> None:
    """Its values are not those of a conversion of worked leads, nor is the key at which they are written."""
    base = sf.loads("horizon: 1 year\nprocess: [sql, customer]\nsources: {web: {enters: sql, leads: 40}}\n"
                    "stages: {sql: {conversion_of_entered: 'beta(mean=40%, n=40)', neglect: 20%}}")  # fmt: skip
    path = "stages.sql.conversion_of_entered"
    found = quick(base, method=ALL)
    assert found.tornado is not None
    [swing] = found.tornado.swings
    assert (swing.path, swing.words) == (path, "conversion of entered of stage sql")
    assert {one.path for one in found.to_frame().itertuples()} == {path, ""}
    value = resolve(base).uncertain[0][1].prepare().quantile(np.array([0.9]))[0]
    known = sf.simulate(base.change({path: repr(float(value))}), n_sims=500, seed=7, progress=False)
    assert swing.at_high.value == known.array("deals").mean()
    moved = quick(base, method="tornado", ranges={path: ("30%", "50%")}).tornado
    assert moved is not None
    assert "worked out once" not in repr(found)
    assert [one.ends for one in moved.swings] == [("30%", "50%")]
    assert moved.to_frame()[["from_value", "to_value"]].to_numpy().tolist() == [[0.3, 0.5]]


def test_settings_change_nothing_but_the_seed() -> None:
    one, other = (quick(year(), method=ALL, workers=workers).to_json() for workers in (1, 2))
    assert one == other == everything().to_json()
    assert quick(year(), method=ALL, seed=8).to_json() != one


def test_runs_and_progress_are_told() -> None:
    told: list[tuple[int, int]] = []
    quick(year(), method=ALL, progress=lambda done, most: told.append((done, most)))
    assert told == sorted(told)
    assert told[-1] == (15 * 500, 15 * 500)
    assert runs_needed(year(), method=ALL) == 15
    assert runs_needed(year(), method="tornado", ranges={"sources.inbound.leads": ("80", "100")}) == 11
    assert runs_needed(year(), method="given data") == 1


def test_a_run_gives_its_own_shares() -> None:
    run = sf.simulate(year(), n_sims=500, seed=7, keep=["revenue[sector=retail]"], progress=False)
    assert sf.sensitivity(run).given_data == everything().given_data
    assert sf.sensitivity(run, "revenue[sector=retail]").given_data is not None
    with pytest.raises(sf.ClaimError, match="was not kept"):
        sf.sensitivity(run, "revenue[sector=industrial]")
    for settings in ({"method": "sobol"}, {"ranges": {"sources.inbound.leads": ("80", "100")}}, {"n_sims": 900}):
        with pytest.raises(ValueError, match="a run holds its own futures, of which given data alone"):
            sf.sensitivity(run, **settings)  # type: ignore[arg-type]
    few = sf.simulate(year(), n_sims=99, seed=7, progress=False)
    with pytest.raises(ValueError, match="n_sims is 99; shares of a variance from given data need at least 100"):
        sf.sensitivity(few)


def test_a_range_stands_in_place_of_what_is_uncertain() -> None:
    ranges = {"stages.sql.conversion": ("10%", "40%"), "stages.sql.shelf_life": ("5 days", "60 days")}
    found = quick(year(), method="tornado", ranges=ranges).tornado
    assert found is not None
    by_path = {one.path: one for one in found.swings}
    assert by_path["stages.sql.conversion"].ends == ("10%", "40%")
    assert not by_path["stages.sql.conversion"].is_uncertain
    assert by_path["stages.sql.shelf_life"].words == "shelf life of stage sql"
    assert len(found.swings) == 5
    known = sf.loads(YEAR.replace("'beta(mean=50%, n=40)'", "50%"))
    assert quick(known, method="tornado", ranges={"stages.mql.conversion": ("40%", "60%")}).tornado is not None


def test_a_range_of_one_sector_leaves_others_as_uncertain_as_they_are() -> None:
    text = """
        horizon: 1 year
        process: [sql, customer]
        sources: {web: {enters: sql, leads: 40}}
        stages: {sql: {conversion: 30%}}
        sectors: {food: {share: 50%}, toys: {share: rest, stages: {sql: {conversion: 'beta(mean=20%, n=40)'}}}}
        """
    path = "stages.sql.conversion"
    known, toys = (
        quick(sf.loads(text), method="tornado", ranges={at: ("15%", "25%")}).tornado
        for at in (path, f"sectors.toys.{path}")
    )
    assert known is not None
    assert toys is not None
    assert {one.words: one.ends for one in known.swings} == {
        "conversion of stage sql": ("12.3 %", "28.3 %"), "conversion of stage sql where it is known": ("15%", "25%"),
    }  # fmt: skip
    assert [(one.path, one.ends) for one in toys.swings] == [(f"sectors.toys.{path}", ("15%", "25%"))]
    run = sf.simulate(sf.loads(text).change({f"sectors.toys.{path}": "25%"}), n_sims=500, seed=7, progress=False)
    assert toys.swings[0].at_high.value == run.array("deals").mean()


def test_correlated_inputs_are_named() -> None:
    found = quick(year(correlate=MOVING), method=ALL)
    said = repr(found)
    both = "Moving together: stages.mql.conversion and stages.sql.conversion. "
    for how in ("Here each is held by itself", "They are one factor here.", "What one tells of the others counts"):
        assert both + how in said
    assert found.given_data is not None
    assert found.given_data.rest is None
    assert {one.path for one in found.sobol.inputs} == {  # type: ignore[union-attr]
        "stages.mql.conversion, stages.sql.conversion", "sources.inbound.cost", "stages.sql.response.mean",
    }  # fmt: skip


def test_other_rolls_leave_all_others_as_they_are() -> None:
    """Also where rolls move together: the unknown that leads keeps its own, and that which follows still follows."""
    from simfunnel.engine.block import unknowns as rolls

    resolved = resolve(year(correlate=MOVING))
    numbers = np.arange(2_000, dtype=np.uint64)
    names = [each.names for each in resolved.plan.inputs]
    before = dict(zip(names, rolls(resolved.plan, 7, numbers), strict=True))
    moving = [one.names for one in unknowns(resolved) if one.path in MOVING[0]]
    after = dict(zip(names, rolls(again(resolved, moving).plan, 7, numbers), strict=True))
    for each in names:
        same = bool((before[each] == after[each]).all())
        assert same == (each not in moving)
        assert abs(np.corrcoef(before[each], after[each])[0, 1]) < 5 / 2_000**0.5 or same
    together = np.corrcoef(after[moving[0]], after[moving[1]])[0, 1]
    assert together == pytest.approx(0.5, abs=0.1)
    fixed = held(resolved, moving[0], 0.3)
    assert all((x == y).all() for x, y in zip(rolls(fixed.plan, 7, numbers), before.values(), strict=True))


def test_a_table_of_any_experiments() -> None:
    rng = np.random.default_rng(7)
    table = pd.DataFrame({"price": rng.lognormal(size=800), "kind": rng.choice(["a", "b"], 800), "fixed": 3})
    table["deals"] = 2 * np.log(table["price"]) + (table["kind"] == "a") + rng.standard_normal(800)
    found = sf.sensitivity(table, "deals")
    assert isinstance(found.given_data, Indices)
    assert [one.words for one in found.given_data.inputs] == ["price", "kind"]
    assert found.given_data.inputs[0].alone.low < 4 / 5.25 < found.given_data.inputs[0].alone.high
    assert "Never varying, and left out: fixed." in repr(found)
    assert "luck, error and interplay, which one sample cannot tell apart." in repr(found)
    never = table.assign(price=np.where(table["price"] > 3, np.inf, table["price"]))
    assert 0.3 < sf.sensitivity(never, "deals").given_data.inputs[0].alone.value < 0.9  # type: ignore[union-attr]
    table.loc[[4, 17], "deals"] = np.nan
    table.loc[30, "price"] = np.nan
    with pytest.raises(ValueError, match="price and the output is missing in 3 of 800 rows: 4, 17, 30; run them"):
        sf.sensitivity(table, "deals")
    with pytest.raises(ValueError, match="the table has no column 'deal'; there are price, kind, fixed, deals"):
        sf.sensitivity(table, "deal")
    with pytest.raises(ValueError, match="holds no numbers, but 800 different values; of more than 24"):
        given_data(pd.DataFrame({"name": [str(k) for k in range(800)]}), rng.random(800))
    with pytest.raises(ValueError, match="there are 800 rows of inputs and outputs of shape"):
        given_data(table[["kind"]], rng.random(7))
    with pytest.raises(ValueError, match="there are 40 rows; shares of a variance from given data need at least 100"):
        given_data(table[["kind"]].head(40), rng.random(40))
    with pytest.raises(ValueError, match="no input varies over the 800 rows"):
        given_data(table[["fixed"]], rng.random(800))
    with pytest.raises(ValueError, match="the figure is 1 in all 800 rows, so there is no variance"):
        given_data(table[["kind"]], np.ones(800))


def test_tables_that_cannot_be_read() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.random((2, 200))
    with pytest.raises(TypeError, match="inputs are a DataFrame of pandas, a column an input, not ndarray"):
        given_data(np.c_[x, y], y)  # type: ignore[arg-type]
    for names in (["a", "a"], [1, "1"]):
        with pytest.raises(ValueError, match=r"several columns are named '[a1]'; each needs its own name"):
            given_data(pd.DataFrame(np.c_[x, y], columns=names), y)
    with pytest.raises(ValueError, match="several columns are named 'deals'"):
        sf.sensitivity(pd.DataFrame(np.c_[x, y, y], columns=["a", "deals", "deals"]), "deals")
    with pytest.raises(ValueError, match="the column 'deals' must be numbers"):
        sf.sensitivity(pd.DataFrame({"a": x, "deals": "many"}), "deals")
    with pytest.raises(ValueError, match="there are 0 rows; shares of a variance"):
        given_data(pd.DataFrame({"a": []}), [])
    with pytest.raises(ValueError, match=r"the figure is 0.1 in all 200 rows"):
        given_data(pd.DataFrame({"a": x}), np.where(x > 0.5, 0.1, np.nextafter(0.1, 1)))
    with pytest.raises(ValueError, match=r"a table holds its own rows, of which given data alone can be asked"):
        sf.sensitivity(pd.DataFrame({"a": x, "deals": y}), "deals", method="sobol")


def test_the_points_of_a_sweep() -> None:
    from simfunnel.studies.sweep import sweep

    values = {"stages.sql.neglect": [f"{k}%" for k in range(0, 60, 5)], "costs.fair": [1_000 * k for k in range(10)]}
    base = sf.loads("horizon: 1 year\nprocess: [sql, customer]\nsources: {web: {enters: sql, leads: 40}}\n"
                    "costs: {fair: 1k}\nstages: {sql: {conversion: 25%, neglect: 5%}}")  # fmt: skip
    frame = sweep(base, values, measures=["deals"], n_sims=50, seed=7, workers=1, progress=False).to_frame()
    found = given_data(frame[list(values)], frame["mean"])
    assert [one.path for one in found.inputs] == ["stages.sql.neglect", "costs.fair"]
    assert found.inputs[0].alone.value > 0.98
    assert abs(found.inputs[1].alone.value) < 1e-12
    assert not found.inputs[1].alone.is_clear
    assert found.is_even
    told = replace(everything(), sobol=None, given_data=found)
    assert "Rows lie more evenly than by chance, as on a grid: " in repr(told)


def test_what_makes_no_sense_is_refused() -> None:
    known = sf.loads("horizon: 1 year\nprocess: [sql, customer]\nsources: {web: {enters: sql, leads: 40}}\n"
                     "stages: {sql: {conversion: 25%}}")  # fmt: skip
    with pytest.raises(TypeError, match="takes a scenario, a run, a sweep or a table, not str"):
        quick("configs/cold_leads.yaml")
    for method in (None, "sobol", "given data"):
        with pytest.raises(ValueError, match=r"nothing is uncertain in .*: every number is known"):
            quick(known, method=method)
    with pytest.raises(ValueError, match="no method is named; write one or more of 'tornado'"):
        quick(year(), method=())
    with pytest.raises(ValueError, match=r"between is 0.9 and 0.1; two quantiles"):
        quick(year(), between=(0.9, 0.1))
    with pytest.raises(ValueError, match=r"Sobol' indices need 500 to 100,000 replications"):
        quick(year(), method="sobol", n_sims=100_001)
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        quick(year(), level=95)
    with pytest.raises(sf.ScenarioError, match="a range has two ends, as in 2%:20%, not 3"):
        quick(year(), ranges={"sources.inbound.leads": ("1", "2", "3")})
    with pytest.raises(sf.ScenarioError, match=r"'80.5' is no whole number of leads"):
        quick(year(), ranges={"sources.inbound.leads": ("80.5", "100")})
    with pytest.raises(ValueError, match=r"ROI is missing in all 500 futures \(there is no cost"):
        quick(year(sources__inbound__cost=0), "roi")
    with pytest.raises(ValueError, match=r"deals short of plan is missing in all 500 futures \(the plan names none"):
        quick(known, "plan_shortfall_deals", method="tornado", ranges={"stages.sql.conversion": ("20%", "30%")})
    for measure, always in (("cold_neglected", "0"), ("deals >= 900", "false"), ("deals >= 0", "true")):
        for method in (None, "sobol"):
            with pytest.raises(ValueError, match=f"{measure} is {always} in all 500 futures, so there is no variance"):
                quick(year(), measure, method=method)


def test_some_futures_without_a_figure_are_counted() -> None:
    free = year(sources__inbound={"leads": "poisson(1)", "cost": 0, "cost_per_lead": "uniform(low=1, high=2)"})
    run = sf.simulate(free, n_sims=500, seed=7, progress=False)
    missing = int(np.isnan(run.array("roi")).sum())
    assert 0 < missing < 500
    with pytest.raises(ValueError, match=rf"ROI is missing in {missing} of 500 futures \(there is no cost"):
        quick(free, "roi")


def test_without_salib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: object) -> object:
        if name.startswith("SALib"):
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    for name in [each for each in sys.modules if each.startswith("SALib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(sf.MissingExtra, match=r"need SALib, which is not installed; .*'simfunnel\[sensitivity\]'"):
        quick(year(), method="sobol")
    assert quick(year()).given_data is not None
