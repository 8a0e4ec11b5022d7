"""Does a good file become exactly the scenario that it describes?"""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from pydantic import ValidationError
from scenario_examples import ARTICLE, LANGUAGE, RARE

from simfunnel.distributions import Distribution, build
from simfunnel.errors import Problem, ScenarioError
from simfunnel.scenario import (
    Arrive,
    Cold,
    Drift,
    Exits,
    Leads,
    Plan,
    Rate,
    Recycle,
    Returns,
    Scenario,
    Sector,
    Source,
    Stage,
    load,
    loads,
    presets,
)

MONTH = 365 / 12


def test_the_article() -> None:
    assert loads(ARTICLE) == Scenario(
        name="Leads going cold",
        horizon=365.0,
        process=("sql", "customer"),
        plan=Plan(customers=10.0, revenue=1e6),
        deal_value=1e5,
        sources={"inbound": Source(enters="sql", leads=Leads(kind="fixed", amount=40.0), cost_per_lead=6250.0)},
        stages={"sql": Stage(owner="sales", conversion=0.25, neglect=0.125, shelf_life=30.0)},
    )


def test_the_language() -> None:
    rest: Literal["rest"] = "rest"
    cold = Exits(competitor=0.3, recycle=0.5, dropped=rest)
    assert loads(LANGUAGE) == Scenario(
        name="Two markets",
        start=date(2027, 1, 4),
        horizon=365.0,
        process=("mql", "sql", "customer"),
        sources={
            "fair": Source(
                enters="mql",
                leads=Leads(kind="fixed", amount=60.0),
                arrive=Arrive(start=date(2027, 5, 10), end=date(2027, 5, 14)),
                cost=40_000.0,
            ),
            "search": Source(
                enters="mql",
                leads=Leads(kind="poisson", amount=30.0, per=MONTH),
                cost_per_lead=180.0,
                sectors={"retail": 0.8, "industrial": 0.2},
            ),
            "pipeline": Source(enters="sql", leads=Leads(kind="fixed", amount=12.0), arrive=Arrive(at_start=True)),
        },
        stages={
            "mql": Stage(owner="marketing", conversion=0.4),
            "sql": Stage(
                owner="sales",
                conversion=build("beta", {"mean": 0.25, "n": 40.0}),
                response=build("lognormal", {"median": 5 * (1 / 24), "p90": 2.0}),
                shelf_life=30.0,
                neglect=0.125,
                give_up=90.0,
                takes=build("gamma", {"mean": 60.0, "cv": 0.6}),
                cold=Cold(neglected=cold, late=cold),
                rejected=Exits(no_decision=0.55, competitor=0.25, dropped=rest),
                recycle=Recycle(to="mql", after=build("exponential", {"mean": 30.0}), odds=0.5, limit=2, cost=40.0),
            ),
        },
        sectors={
            "industrial": Sector(share=0.7, deal_value=build("lognormal", {"mean": 1e5, "cv": 0.9})),
            "retail": Sector(share=0.3, deal_value=4000.0, stages={"sql": Stage(shelf_life=4 / 24)}),
        },
        costs={"sla programme": Rate(amount=30_000.0, per=365.0)},
    )


def test_the_rarer_keys() -> None:
    scenario = loads(RARE, name="rare")
    assert (scenario.name, scenario.currency, scenario.start) == ("rare", "€", date(2028, 2, 29))
    assert scenario.description == "Every key that the others do not use.\n"
    assert (scenario.horizon, scenario.run_off, scenario.period) == (182.5, 90.0, "quarter")
    assert scenario.process == ("visit", "NO", "yes", "0x1")
    assert scenario.plan == Plan(customers=100.0, revenue=2.5e6, budget=2.5e5)
    assert scenario.margin == build("beta", {"mean": 0.6, "n": 50.0})
    assert scenario.attrition == Rate(amount=0.021, per=MONTH)
    assert scenario.sources["web"] == Source(
        enters="visit",
        visits=Leads(kind="overdispersed", amount=20_000.0, per=91.25, dispersion=3.0),
        capture=0.02,
        odds=1.2,
        arrive=Arrive(
            weekdays={"sat": 0.0, "sun": 0.5}, months={"jul": 0.6, "dec": 0.0}, growth=Rate(amount=0.2, per=365.0)
        ),
    )
    assert scenario.sources["ads"] == Source(
        enters="NO", budget=4e4, cost_per_lead=80.0, lift=-0.1, arrive=Arrive(end=date(2028, 6, 30))
    )
    assert scenario.stages["NO"] == Stage(
        owner="marketing",
        definition="a stage whose name YAML 1.1 would have read as false: NO",
        metric="none",
        sla="within the hour",
        conversion=0.3,
        patient=0.2,
        shelf_life=build("weibull", {"shape": 0.5, "mean": 4 / 24}),
        takes=7.0,
        rejected_takes=1.0,
        cold=Cold(neglected=Exits(competitor=0.3, dropped="rest"), late=Exits(no_decision=1.0)),
        recycle=Recycle(after=14.0, lift=-0.2),
        returns=Returns(share=0.1, after=365.0, to="visit"),
        drift=Drift(sd=0.2, carry_over=0.5, every=14.0),
        cost_per_entry=1.0,
        cost_per_work=build("uniform", {"low": 10.0, "high": 20.0}),
    )
    assert scenario.sectors["two"].share == "rest"
    assert scenario.costs == {"fair": Rate(amount=5000.0), "office": Rate(amount=2000.0, per=MONTH)}


def test_what_is_not_given_stays_so() -> None:
    scenario = loads(
        "horizon: 1 year\nprocess: [a, b]\nsources: {s: {enters: a, leads: 1}}\nstages: {a: {conversion: 1}}"
    )
    assert (scenario.deal_value, scenario.attrition, scenario.sectors) == (None, None, {})
    assert (scenario.run_off, scenario.margin, scenario.currency, scenario.name) == (0.0, 1.0, "$", "scenario")
    assert scenario.stages["a"].shelf_life is None
    assert scenario.sources["s"].arrive == Arrive()


def test_the_default_process() -> None:
    names = ("lead", "mql", "sal", "sql", "opportunity")
    stages = ", ".join(f"{name}: {{conversion: 50%}}" for name in names)
    scenario = loads(f"horizon: 1 year\nsources: {{s: {{enters: lead, leads: 0}}}}\nstages: {{{stages}}}")
    assert scenario.process == ("lead", "mql", "sal", "sql", "opportunity", "customer")


@pytest.mark.parametrize(
    "label", ["<script>", "=1+1", "Ba$$in", "x" * 200, "见込み客", "a: b", "#1", "-", "null", "a, b", "it's", '"', "\\"]
)
def test_names_are_any_words(label: str) -> None:
    scenario = loads(ARTICLE).change({"sources": {label: {"enters": "sql", "leads": 3}}, "name": label})
    assert label in scenario.sources
    assert loads(scenario.to_yaml()) == scenario


def test_a_sector_reads_its_own_rules_first() -> None:
    scenario = loads(RARE)
    assert scenario.stage("NO", "one").conversion == 0.3
    assert scenario.stage("NO", "two").conversion is None
    assert scenario.stage("NO", "two").conversion_of_entered == 0.2
    assert scenario.stage("NO", "two").patient == 0.2
    with pytest.raises(KeyError, match="not a stage"):
        scenario.stage("sql")


def test_a_scenario_is_frozen_and_closed() -> None:
    scenario = loads(ARTICLE)
    with pytest.raises(ValidationError, match="frozen"):
        scenario.horizon = 1.0
    with pytest.raises(ValidationError, match="extra"):
        Stage(shelf_lief=30.0)  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="shelf_life"):
        Stage(shelf_life="30 days")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [ARTICLE, LANGUAGE, RARE])
def test_a_scenario_reads_back(text: str) -> None:
    scenario = loads(text)
    written = scenario.to_yaml()
    assert loads(written) == scenario
    assert loads(written).to_yaml() == written


def test_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "times.csv").write_text("hours\n12\n24\n48\n")
    measured = "response: 'empirical(file=times.csv, column=hours, unit=hours)'}"
    text = ARTICLE.replace("shelf_life: 30 days}", measured)
    (tmp_path / "parts" / "base.yaml").write_text(text)
    (tmp_path / "main.yaml").write_text("extends: parts/base.yaml\n")
    scenario = load(tmp_path / "main.yaml")
    assert "empirical(file=parts/times.csv, column=hours, data=" in scenario.to_yaml()
    assert loads(scenario.to_yaml(), folder=tmp_path) == scenario
    there = scenario.change({"stages.sql.neglect": "2%"})
    assert there.change({"stages.sql.neglect": "12.5%"}, name=scenario.name) == scenario
    response = scenario.stages["sql"].response
    assert isinstance(response, Distribution)
    assert response.support() == (0.5, 2.0)
    with pytest.raises(ScenarioError, match="this scenario is not in a folder"):
        loads(text)
    beside = loads(text, folder=tmp_path / "parts").stages["sql"].response
    assert isinstance(beside, Distribution)
    assert beside.support() == response.support()


def test_a_source_that_is_neither_file_nor_preset() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'industrial'"):
        load("industrail")
    with pytest.raises(ScenarioError, match=r"q3\.yaml: there is no such file"):
        load("q3.yaml")


def test_presets_load_and_say_what_they_are() -> None:
    assert "industrial" in presets()
    for name, about in presets().items():
        scenario = load(name)
        assert about
        assert loads(scenario.to_yaml()) == scenario


def test_faults_carry_their_facts() -> None:
    with pytest.raises(ScenarioError) as caught:
        loads("horizon: 1 yaer\nsources: {a: {enters: b, leads: -1}}\nstages: {}\nprocess: [a, b]\n", name="q3.yaml")
    where = {problem.path: problem.where for problem in caught.value.problems}
    assert where == {
        "horizon": "q3.yaml:1",
        "sources.a.leads": "q3.yaml:2",
        "sources.a.enters": "q3.yaml:2",
        "stages.a": "q3.yaml:3",
    }
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    assert isinstance(caught.value, ValueError)
    assert str(Problem("a", "b", "c:1")) == "c:1: a: b"


def test_a_scenario_and_its_faults_travel_to_other_processes() -> None:
    scenario = loads(LANGUAGE)
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert copy.origin("horizon") == scenario.origin("horizon")
    error = ScenarioError([Problem("a", "b", "c:1"), Problem("d", "e")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_importing_the_language_loads_nothing_heavy() -> None:
    code = (
        "import sys, simfunnel.scenario as s; s.loads(sys.argv[1]);"
        "print([m for m in ('scipy.stats', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, ARTICLE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_file_is_answered_with_the_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "lift.yaml").write_text(ARTICLE)
    beside = re.escape(str(tmp_path / "lift.yaml"))
    for given in ("lift.yml", "lfit.yaml"):
        with pytest.raises(ScenarioError, match=rf"{given}: there is no such file; did you mean '{beside}'\?"):
            load(tmp_path / given)
    with pytest.raises(ScenarioError, match=rf"there is no file and no preset '.*'; did you mean '{beside}'\?"):
        load(str(tmp_path / "lift"))
    with pytest.raises(ScenarioError, match=r"^other\.yaml: there is no such file$"):
        load(tmp_path / "other.yaml")
    with pytest.raises(ScenarioError, match=r"cannot be read: File name too long"):
        load(tmp_path / f"{'x' * 300}.yaml")


def test_a_stored_result_is_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "r.npz").write_bytes(b"PK")
    with pytest.raises(
        ScenarioError, match=r"^r\.npz: is a stored result, not a scenario; `sf\.Result\.load` reads it"
    ):
        load(tmp_path / "r.npz")
    with pytest.raises(ScenarioError, match=r"there is no file and no preset 'r\.npz'"):
        load("r.npz")
