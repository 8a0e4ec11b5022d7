"""What does a plan made backwards say, to people and to programs, and what does it refuse?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import simfunnel as sf
from simfunnel.scenario.schema import Scenario


def quick(scenario: Scenario, target: str | None = None, **more) -> sf.BackwardPlan:
    return sf.plan(scenario, target, **{"n_sims": 300, "seed": 7, "progress": False, "chances": [0.5, 0.9], **more})


def test_a_tidy_table(article: Scenario) -> None:
    found = quick(article)
    frame = found.to_frame()
    assert frame["column"].unique().tolist() == ["spreadsheet", "as it is", "50 %", "90 %"]
    assert frame.query("column == '50 %'")["row"].tolist() == ["deals", "entered[stage=sql]", "budget"]
    assert frame.query("column == '50 %'")["words"].tolist() == ["customers", "SQLs", "budget"]
    assert frame["wanted"].tolist()[6:] == [0.5] * 3 + [0.9] * 3
    last = frame.iloc[-1]
    assert last["low"] <= last["value"] <= last["high"]
    assert last["value"] == 6_250 * last["volume"]
    prices = found.prices()
    assert prices["wanted"].tolist() == [0.5, 0.9]
    assert prices["value"].tolist() == [column.volume for column in found.promises]
    points = 100 * (prices["chance"][1] - prices["chance"][0])
    assert prices["cost_per_point"][1] == pytest.approx((prices["cost"][1] - prices["cost"][0]) / points)
    assert found.curve()["chance"].is_monotonic_increasing


def test_for_programs(article: Scenario) -> None:
    for found in (quick(article), quick(article, "roi >= 2")):
        said = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert [column["title"] for column in said["columns"]] == ["spreadsheet", "as it is", "50 %", "90 %"]
        for column, plain in zip(found.columns, said["columns"], strict=True):
            assert list(plain["cells"]) == [row.name for row in found.rows] or not column.cells
            assert (plain["chance"] or {}).get("value") == (None if column.chance is None else column.chance.value)
        assert said["sentence"] in repr(found)
        assert said["moves"] == ["inbound"]
    assert said["columns"][0]["volume"] is None
    wanted = quick(article).promises[1]
    said = quick(article).to_json()["columns"][3]
    assert said["written"] == {"sources.inbound.leads": f"{wanted.volume:.0f}"}


def test_for_people(article: Scenario) -> None:
    found = quick(article.change({"currency": "$"}, name="<b>Plan</b>"))
    first, _, heads, *lines = repr(found).splitlines()
    needed = found.promises[1].volume
    assert first.startswith("<b>Plan</b>: the spreadsheet's 40 SQLs keep the plan (deals >= 10) in ")
    assert f"of futures; to keep it in 90 % takes {needed:.0f} SQLs (95 % CI " in first
    assert heads.split() == ["spreadsheet", "as", "it", "is", "50", "%", "90", "%"]
    table = {line[:22].strip(): line[22:].split() for line in lines}
    assert table["SQLs"] == ["40", "40", f"{found.promises[0].volume:.0f}", f"{needed:.0f}"]
    assert table["budget"][:2] == ["$250,000", "$250,000"]
    assert "it knows no neglect, no waiting, no leads that come back, no effects on odds, no further sales" in repr(
        found
    )
    page = found._repr_html_()
    assert "<b>Plan" not in page
    assert "&lt;b&gt;Plan" in page


def test_a_target_that_no_arithmetic_leads_to(article: Scenario) -> None:
    said = repr(quick(article, "roi >= 2"))
    assert said.startswith("Leads going cold: as it is, roi >= 2 holds in ")
    assert "No plain arithmetic leads from this target to a volume" in said


def test_the_plan_may_be_revenue_alone(article: Scenario) -> None:
    base = article.change({"plan": None}).change({"plan": {"revenue": "1.2M"}})
    found = quick(base)
    assert found.target == "revenue >= 1_200_000"
    assert found.spreadsheet.volume == 48.0
    assert [row.words for row in found.rows] == ["customers", "SQLs", "budget"]


def test_the_same_whoever_computes_it(article: Scenario) -> None:
    assert quick(article, workers=1) == quick(article, workers=2)
    assert quick(article, chances=(0.9, 0.5, 0.9)) == quick(article)


def test_what_is_refused(article: Scenario) -> None:
    bare = article.change({"plan": None})
    with pytest.raises(sf.ScenarioError, match=r"plan: says neither customers nor revenue to plan for; write plan"):
        quick(bare)
    assert quick(bare, "deals >= 10").is_plan is False
    for target in ("deals <= 10", "deals == 10", "roi < 0"):
        with pytest.raises(ValueError, match=r"backwards from what should be reached, and '.*' is no such target"):
            quick(article, target)
    with pytest.raises(sf.ClaimError, match=r"'dels' is not a measure; did you mean 'deals'\?"):
        quick(article, "dels >= 10")
    for chance in (0, 1, 90, True):
        with pytest.raises(ValueError, match=r"it lies between 0 and 1, such as 0\.9 for 90 %"):
            quick(article, chances=[chance])
    with pytest.raises(ValueError, match=r"chances is empty"):
        quick(article, chances=[])
    with pytest.raises(
        sf.ScenarioError, match=r"sources\.inbond: there is no source 'inbond'; did you mean 'inbound'\?"
    ):
        quick(article, sources=["inbond"])
    with pytest.raises(sf.ScenarioError, match=r"none is named whose volume should move"):
        quick(article, sources=[])
    with pytest.raises(TypeError, match=r"plan takes a scenario, as from load\(\), not str"):
        quick("configs/cold_leads.yaml")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"level must lie between 0 and 1"):
        quick(article, level=95)


def test_leads_on_hand_are_no_volume(article: Scenario) -> None:
    base = article.change({"sources.inbound": {"arrive": "at start", "cost_per_lead": None}})
    with pytest.raises(sf.ScenarioError, match=r"bring no new leads: all are on hand at the start and cost nothing"):
        quick(base)
    assert quick(base, sources=["inbound"]).spreadsheet.volume == 40.0


def test_a_volume_that_cannot_be_multiplied_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_text("cost\n900\n1100\n", encoding="utf-8")
    (tmp_path / "base.yaml").write_text(
        """
        horizon: 1 year
        process: [sql, customer]
        plan: {customers: 2}
        sources:
          fair:
            enters: sql
            leads: 10
            cost: empirical(file=spend.csv, column=cost)
          mail: {enters: sql, leads: 5}
        stages: {sql: {conversion: 25%}}
        """,
        encoding="utf-8",
    )
    base = sf.load(tmp_path / "base.yaml")
    with pytest.raises(sf.ScenarioError, match=r"fair\.cost: empirical cannot be .*; name .* without 'fair'"):
        quick(base)
    assert quick(base, sources=["mail"]).moved.sources == ("mail",)


def test_a_bound_is_called_one(article: Scenario) -> None:
    """A return that less volume would keep as well: the least looked at is no least that keeps it."""
    found = quick(article, "roi >= -1", chances=[0.9])
    assert found.promises[0].is_bound
    assert " or fewer" in repr(found).splitlines()[0]


def test_a_budget_has_no_cents() -> None:
    base = sf.loads(
        "horizon: 1 year\nprocess: [sql, customer]\nplan: {customers: 10}\nbudget: 20k\n"
        "stages: {sql: {conversion: 27%}}\nsources:\n  web: {enters: sql, share: 70%, cost_per_lead: 330}\n"
        "  fair: {enters: sql, share: rest, cost_per_lead: 410}"
    )
    found = quick(base, n_sims=100)
    assert found.spreadsheet.volume is not None
    assert found.spreadsheet.volume % 1 > 0.01
    volume = next(line for line in repr(found).splitlines() if line.startswith("budget to share"))
    assert f"${found.spreadsheet.volume:,.0f} " in volume
    assert "." not in volume


def test_leads_that_come_back_are_not_taken_for_a_larger_plan(article: Scenario) -> None:
    """They are at their stage several times: its entries would make the surer plan look like the larger one."""
    back = article.change(
        {
            "stages.sql": {
                "rejected": {"recycle": "50%", "dropped": "rest"},
                "recycle": {"to": "sql", "limit": 3},
                "neglect": 0,
            }
        }
    )
    found = quick(back)
    assert found.is_by_volume
    assert found.spreadsheet.chance.value > found.promises[1].chance.value
    assert found.spreadsheet.volume > found.promises[1].volume
    first = repr(found).splitlines()[0]
    assert "the spreadsheet asks for 40 leads, and the plan (deals >= 10) holds in " in first
    assert f"to keep it in 90 % takes {found.promises[1].volume:.0f} leads (95 % CI " in first
    assert not quick(article).is_by_volume


def test_no_volume_is_said_of_those_that_were_looked_at(article: Scenario) -> None:
    said = repr(quick(article, "roi >= 9"))
    assert "no volume from 10 to 160 reaches it in 90 %" in said
    hardly = article.change({"stages.sql.conversion": "beta(mean=1%, n=2)"})
    said = repr(quick(hardly, n_sims=2_000))
    assert "it still rises towards " in said
    assert "look further" not in said  # there is no bound that could be given


def test_nothing_has_no_multiple(article: Scenario) -> None:
    with pytest.raises(sf.ScenarioError, match=r"sources\.inbound\.leads: is 0, and no multiple of it is more"):
        quick(article.change({"sources.inbound.leads": 0}))


def test_exact_people_have_no_more_digits_at_the_ends(article: Scenario) -> None:
    two = article.change(
        {
            "sources.fair": {"enters": "sql", "leads": 13},
            "stages.sql.neglect": 0,
            "plan.revenue": "1.2M",
            "plan.customers": None,
        }
    )
    found = quick(two, n_sims=200)
    first = repr(found).splitlines()[0]
    assert "the plan (revenue >= 1_200_000)" in first
    assert not re.search(r"\.\d\d[ )]", first.split("takes")[1])
