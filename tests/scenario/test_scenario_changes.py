"""What does a file, a `--set` or a `change` replace, and what does it leave as it was?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simfunnel.distributions import build
from simfunnel.errors import ScenarioError
from simfunnel.scenario import Cold, Drift, Exits, Leads, Recycle, Scenario, load, loads
from simfunnel.scenario.budgets import shares_of
from simfunnel.scenario.schema import Yield

BASE = """
name: base
horizon: 1 year
process: [mql, sql, customer]
sources:
  inbound:
    enters: mql
    leads: 40
    cost_per_lead: 100
    sectors: {a: 50%, b: 50%}
    arrive: {weekdays: {sat: 0, sun: 0}, growth: 10% per year}
stages:
  mql: {conversion_of_entered: 40%}
  sql:
    conversion: 25%
    neglect: 10%
    cold: {competitor: 30%, dropped: rest}
    rejected: {no_decision: 60%, dropped: 40%}
    recycle: {to: mql, after: 30 days, odds: 0.5}
    drift: {sd: 0.2, carry_over: 30%}
sectors:
  a: {share: 60%}
  b: {share: 40%, stages: {sql: {neglect: 50%, recycle: {limit: 1}}}}
costs: {tool: 10k}
"""


@pytest.fixture
def base() -> Scenario:
    return loads(BASE)


def test_a_value_is_replaced_and_the_rest_stays(base: Scenario) -> None:
    changed = base.change({"stages.sql.neglect": "2%"})
    assert changed.stages["sql"].neglect == 0.02
    back = changed.change({"stages.sql.neglect": "10%"}, name="base")
    assert back == base
    assert base.stages["sql"].neglect == 0.1


def test_maps_of_rules_are_merged(base: Scenario) -> None:
    changed = base.change({"stages.sql": {"recycle": {"limit": 3}, "drift": {"sd": 0.4}}})
    assert changed.stages["sql"].recycle == Recycle(to="mql", after=30.0, odds=0.5, limit=3)
    assert changed.stages["sql"].drift == Drift(sd=0.4, carry_over=0.3)
    assert changed.stages["sql"].neglect == 0.1


def test_maps_of_shares_are_replaced(base: Scenario) -> None:
    changed = base.change({"stages.sql.cold": {"recycle": "rest"}, "sources.inbound.sectors": {"a": "100%"}})
    assert changed.stages["sql"].cold == Cold(neglected=Exits(recycle="rest"), late=Exits(recycle="rest"))
    assert changed.sources["inbound"].sectors == {"a": 1.0}
    weekdays = base.change({"sources.inbound.arrive": {"weekdays": {"mon": 2}}}).sources["inbound"].arrive
    assert (weekdays.weekdays, weekdays.growth) == ({"mon": 2.0}, base.sources["inbound"].arrive.growth)


def test_one_share_can_be_set_by_its_path(base: Scenario) -> None:
    changed = base.change({"stages.sql.cold.competitor": "40%"})
    assert changed.stages["sql"].cold == Cold(
        neglected=Exits(competitor=0.4, dropped="rest"), late=Exits(competitor=0.4, dropped="rest")
    )


def test_another_way_of_saying_it_takes_the_first_back(base: Scenario) -> None:
    assert base.change({"stages.mql.conversion": "50%"}).stages["mql"].conversion_of_entered is None
    assert base.change({"stages.sql.recycle.lift": "-20%"}).stages["sql"].recycle == Recycle(
        to="mql", after=30.0, lift=-0.2
    )
    visits = base.change({"sources.inbound": {"visits": "1000", "capture": "5%"}}).sources["inbound"]
    assert (visits.leads, visits.capture, visits.cost_per_lead) == (None, 0.05, 100.0)
    bought = base.change({"sources.inbound.budget": "5k"}).sources["inbound"]
    assert (bought.leads, bought.budget) == (None, 5000.0)


MEDIA = """
horizon: 1 year
process: [mql, sql, customer]
budget: 100k
sources:
  search: {enters: mql, share: 60%, yield: {most: 400, half: 30k}}
  social: {enters: mql, share: 30%, yield: {leads: 120, at: 20k, exponent: 0.7}}
  fairs: {enters: mql, share: 10%, cost_per_lead: 200}
stages: {mql: {conversion: 40%}, sql: {conversion: 25%}}
"""


def shares(scenario: Scenario) -> list[object]:
    return [source.share for source in scenario.sources.values()]


def test_shares_of_a_budget_move_together() -> None:
    media = loads(MEDIA)
    moved = media.change({"sources.search.share": "40%", "sources.social.share": "50%"})
    assert shares(moved) == [0.4, 0.5, 0.1]
    assert shares(loads(MEDIA, set={"sources.search.share": "40%", "sources.fairs.share": "30%"})) == [0.4, 0.3, 0.3]
    with pytest.raises(ScenarioError, match="the shares of the budget sum to 80%; they must sum to 100%"):
        media.change({"sources.search.share": "40%"})
    rest = media.change({"sources.fairs.share": "rest", "sources.search.share": "40%"})
    assert shares_of(rest) == pytest.approx({"search": 0.4, "social": 0.3, "fairs": 0.3})
    with pytest.raises(ScenarioError, match="sum to 130%, which leaves nothing for the rest"):
        rest.change({"sources.search.share": "100%"})
    assert loads(rest.to_yaml()) == rest
    assert loads(media.to_yaml()) == media


def test_another_way_of_sizing_a_source_takes_its_share_and_yield_back() -> None:
    media = loads(MEDIA)
    alone = {"sources.fairs.share": "70%", "sources.social.share": "30%"}
    own = media.change({**alone, "sources.search.budget": "50k"}).sources["search"]
    assert (own.share, own.budget, own.yields) == (None, 5e4, media.sources["search"].yields)
    counted = media.change({**alone, "sources.search.leads": 40}).sources["search"]
    assert (counted.share, counted.yields) == (None, None)
    priced = media.change({"sources.search.cost_per_lead": 90}).sources["search"]
    assert (priced.share, priced.cost_per_lead, priced.yields) == (0.6, 90.0, None)
    curved = media.change({"sources.fairs.yield": {"most": 50, "half": "9k"}}).sources["fairs"]
    assert (curved.share, curved.cost_per_lead) == (0.1, None)
    power = media.change({"sources.search.yield": {"leads": 9, "at": "1k", "exponent": 1}}).sources["search"]
    assert power.yields == Yield(leads=9.0, at=1e3, exponent=1.0)
    half = media.change({"sources.search.yield.half": "9k"}).sources["search"]
    assert half.yields == Yield(most=400.0, half=9e3)


def test_a_file_that_extends_one_with_a_budget_splits_it_anew(tmp_path: Path) -> None:
    (tmp_path / "media.yaml").write_text(MEDIA)
    mine = "extends: media.yaml\nbudget: 200k\nsources: {search: {share: 50%}, social: {share: rest}, fairs: null}\n"
    (tmp_path / "mine.yaml").write_text(mine)
    found = load(tmp_path / "mine.yaml")
    assert (found.budget, shares_of(found)) == (2e5, {"search": 0.5, "social": 0.5})
    assert found.origin("sources.search.share") == "mine.yaml:3"
    assert found.origin("sources.search.yield.half") == "media.yaml:6"


def test_none_takes_a_value_back(base: Scenario) -> None:
    changed = base.change({"stages.sql.drift": None, "costs.tool": None, "sources.inbound.arrive.growth": None})
    assert changed.stages["sql"].drift is None
    assert changed.costs == {}
    assert changed.sources["inbound"].arrive.growth is None
    assert changed.origin("stages.sql.drift") == "default"


def test_none_takes_back_itself_and_not_the_other_way_of_saying_it(base: Scenario) -> None:
    rules = [("stages.mql.conversion", "50%"), ("stages.mql.conversion_of_entered", None)]
    for order in (rules, rules[::-1]):
        assert base.change(dict(order)).stages["mql"].conversion == 0.5
    assert base.change({"sources.inbound.yield": None}).sources["inbound"] == base.sources["inbound"]


def test_a_sector_may_be_given_rules_of_its_own(base: Scenario) -> None:
    changed = base.change({"sectors.a.stages.sql.shelf_life": "4 hours"})
    assert changed.stage("sql", "a").shelf_life == pytest.approx(4 / 24)
    assert changed.stage("sql", "b").shelf_life is None
    # A sector's rule stands for the stage's as a whole.
    assert changed.stage("sql", "b").recycle == Recycle(limit=1)


def test_values_from_python(base: Scenario) -> None:
    value = build("lognormal", {"mean": 1e5, "cv": 0.9})
    changed = base.change(
        {
            "deal_value": value,
            "stages.sql.neglect": np.float64(0.02),
            "sources.inbound.leads": np.int64(50),
            "stages.sql.recycle.limit": 3,
            "start": date(2027, 2, 1),
            "process": ["mql", "sql", "won"],
        }
    )
    assert changed.deal_value == value
    assert changed.stages["sql"].neglect == 0.02
    assert changed.sources["inbound"].leads == Leads(kind="fixed", amount=50.0)
    assert changed.start == date(2027, 2, 1)
    assert changed.process[-1] == "won"


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"stages.sql.shelf_life": 30}, "'30' has no unit; write '30 days'"),
        ({"stages.sql.neglect": True}, "'yes' is not a share"),
        ({"stages.sql.neglect": float("nan")}, "not a finite number"),
        ({"stages.sql.neglect": 10**5000}, "too large"),
        ({"stages.sql.neglect": object()}, "a object cannot stand in a scenario"),
        ({"stages.sql.neglekt": "2%"}, "change(): stages.sql.neglekt: is not a key of a stage; did you mean 'neglect'"),
        ({"stages.sqk.neglect": "2%"}, "'sqk' is not a stage of the process; did you mean 'sql'?"),
        ({"sources.inbuond.leads": 50}, "there is no source 'inbuond'; did you mean 'inbound'?"),
        ({"sectors.c.share": "5%"}, "there is no sector 'c'"),
        ({"horizon.days": 5}, "cannot be set: horizon is a single value, not a map"),
        ({"stages..neglect": "2%"}, "'stages..neglect' is not a key path"),
        ({"": "2%"}, "is not a key path"),
        ({"extends": "industrial"}, "belongs to a file and cannot be set"),
        ({"name": "a\x00b"}, "control character"),
        ({"description": "x" * 20_000}, "20_000 characters long"),
        ({"deal_value": build("normal", {"mean": 1.0, "sd": 1.0})}, "minus infinity"),
    ],
)
def test_what_cannot_be_changed(base: Scenario, overrides: dict[str, object], words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        base.change(overrides)
    assert words in str(caught.value)


def test_all_faults_of_a_change_at_once(base: Scenario) -> None:
    with pytest.raises(ScenarioError) as caught:
        base.change({"horizon": 12, "stages.sql.neglect": "120%", "stages.mql.conversion": 7})
    assert [problem.path for problem in caught.value.problems] == [
        "horizon",
        "stages.mql.conversion",
        "stages.sql.neglect",
    ]


def test_a_variant_says_what_was_changed(base: Scenario) -> None:
    assert base.change({"stages.sql.neglect": "2%"}).name == "base, with stages.sql.neglect = 2%"
    assert base.change({"stages.sql.neglect": "2%"}, name="SLA").name == "SLA"
    assert base.change({"name": "SLA"}).name == "SLA"
    assert base.change({}) == base
    many = {f"costs.item {n}": n for n in range(5)}
    assert base.change(many).name == "base, with 5 changes"


def test_settings_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    scenario = load(
        path,
        set={
            "sectors.b.stages.sql.shelf_life": "1 day",
            "stages.sql.cold": "{neglected: {dropped: rest}, late: {competitor: 100%}}",
            "stages.sql.response": "gamma(mean=2 days, cv=0.6)",
            "process": "[mql, sql, won]",
            "costs": "null",
            "name": "set: by hand, #1",
        },
    )
    assert scenario.stage("sql", "b").shelf_life == 1.0
    assert scenario.stages["sql"].cold == Cold(neglected=Exits(dropped="rest"), late=Exits(competitor=1.0))
    assert scenario.stages["sql"].response == build("gamma", {"mean": 2.0, "cv": 0.6})
    assert (scenario.process[-1], scenario.costs, scenario.name) == ("won", {}, "set: by hand, #1")


def test_a_faulty_setting_says_where_it_was_written() -> None:
    with pytest.raises(ScenarioError, match=r"--set: stages\.sql\.cold: .*a comma, or the } that closes, is missing"):
        loads(BASE, set={"stages.sql.cold": "{dropped: rest"})
    with pytest.raises(ScenarioError, match=r"--set: stages\.sql\.cold\.dropped: aliases"):
        loads(BASE, set={"stages.sql.cold": "{dropped: *a}"})
    with pytest.raises(ScenarioError, match=r"--set: horizon: '30' has no unit"):
        loads(BASE, set={"horizon": "30"})


def test_files_build_on_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BASE)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yaml").write_text("extends: ../a.yaml\nstages: {sql: {neglect: 5%}}\nname: b\n")
    (tmp_path / "c.yaml").write_text("extends: sub/b.yaml\nstages: {sql: {cold: {dropped: rest}}}\n")
    scenario = load(tmp_path / "c.yaml")
    assert (scenario.name, scenario.stages["sql"].neglect, scenario.stages["sql"].conversion) == ("b", 0.05, 0.25)
    assert scenario.stages["sql"].cold == Cold(neglected=Exits(dropped="rest"), late=Exits(dropped="rest"))
    assert scenario.origin("stages.sql.neglect") == "sub/b.yaml:2"


def test_a_file_may_build_on_a_preset(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: industrial\nname: Mine\nstages: {sql: {neglect: 2%}}\n")
    scenario = load(tmp_path / "mine.yaml")
    assert scenario == load("industrial").change({"stages.sql.neglect": "2%"}, name="Mine")
    assert scenario.origin("stages.sql.shelf_life").startswith("preset ")


def test_a_null_in_a_file_takes_back_what_the_base_says(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BASE)
    (tmp_path / "b.yaml").write_text("extends: a.yaml\nstages: {sql: {drift: null}}\ncosts: ~\n")
    scenario = load(tmp_path / "b.yaml")
    assert (scenario.stages["sql"].drift, scenario.costs) == (None, {})
