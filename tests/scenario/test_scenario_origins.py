"""Does every value know where it came from?"""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_examples import ARTICLE, LANGUAGE

from simfunnel.scenario import Scenario, load, loads


def test_origins(tmp_path: Path) -> None:
    (tmp_path / "cold_leads.yaml").write_text(ARTICLE.lstrip())
    (tmp_path / "sla.yaml").write_text(
        "extends: cold_leads.yaml\nname: With an SLA\nstages:\n  sql: {neglect: 2%}\n"
        "sectors:\n  all:\n    share: 100%\n    stages: {sql: {patient: 10%}}\n"
    )
    scenario = load(tmp_path / "sla.yaml", set={"plan.customers": "12"}).change({"horizon": "2 years"})
    assert scenario.origin("name").startswith("set by change()")
    assert scenario.origin("stages.sql.neglect") == "sla.yaml:4"
    assert scenario.origin("stages.sql.conversion") == "cold_leads.yaml:9"
    assert scenario.origin("plan.customers") == "set by --set"
    assert scenario.origin("horizon") == "set by change()"
    assert scenario.origin("stages.sql.response") == "default"
    assert scenario.origin("sectors.all.stages.sql.patient") == "sla.yaml:8"
    assert scenario.origin("sectors.all.stages.sql.shelf_life") == "cold_leads.yaml:9"
    assert scenario.origin("sectors.all.deal_value") == "cold_leads.yaml:5"
    assert load("industrial").origin("horizon").startswith("preset ")
    with pytest.raises(KeyError, match="did you mean 'shelf_life'"):
        scenario.origin("stages.sql.shelf_lief")
    with pytest.raises(KeyError, match="nothing stands below"):
        scenario.origin("horizon.days")


def test_origin_of_cold_by_cause() -> None:
    scenario = loads(LANGUAGE, name="q3.yaml")
    assert scenario.origin("stages.sql.cold.late.competitor") == "q3.yaml:24"


def test_a_scenario_made_in_python_has_no_origin_but_changes() -> None:
    made = Scenario(**dict(loads(ARTICLE)))
    assert made.origin("horizon") == "default"
    changed = made.change({"stages.sql.neglect": "2%"}, name="other")
    assert changed == loads(ARTICLE).change({"stages.sql.neglect": "2%"}, name="other")
