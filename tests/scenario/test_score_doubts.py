"""Which rules about scores raise a doubt, and which do not?"""

from __future__ import annotations

import re

import pytest

import simfunnel as sf
from simfunnel.errors import ScenarioError
from simfunnel.resolved import doubts, resolve

FUNNEL = """
horizon: 1 year
process: [lead, sql, customer]
score: {weight: 0.5, correlation: 70%}
sources: {web: {enters: lead, leads: 40}}
stages:
  lead: {threshold: 60}
  sql: {conversion: 25%}
"""


def said(**changes: object) -> list[str]:
    changed = sf.loads(FUNNEL).change({path.replace("__", "."): value for path, value in changes.items()})
    return [f"{doubt.path}: {doubt.message}" for doubt in doubts(changed)]


def test_a_plain_threshold_raises_none() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stages__lead__threshold": 120}, "stages.lead.threshold: lets nobody pass, as scores are 50 with"),
        ({"stages__lead__threshold": -20}, "stages.lead.threshold: holds nobody back, as scores are 50 with"),
        ({"stages__lead__drift": {"sd": 0.2}}, "stages.lead.drift: moves nothing, as a threshold decides here"),
        ({"stages__lead__score_weight": 0.2}, "stages.lead.score_weight: moves nothing"),
        (
            {"stages__lead__rejected": {"recycle": "40%", "dropped": "rest"}},
            "stages.lead.threshold: meets 40% of the rejected again",
        ),
        ({"score__weight": 0}, "score: parts leads by what says nothing about their chances"),
        ({"stages__sql__enrichment": {"lacks": "0%"}}, "stages.sql.enrichment: looks for nothing"),
        (
            {"stages__sql__enrichment": {"lacks": "20%"}},
            "stages.sql.enrichment: changes nothing, as every search finds",
        ),
        ({"score__correlation": "0%"}, "score.correlation: is 0, so the score parts leads by chance alone"),
        (
            {"stages__sql": {"conversion": None, "threshold": 65}},
            "score: parts leads by what says nothing about their chances, as thresholds decide at every stage",
        ),
    ],
)
def test_odd_rules_are_said_with_the_reason(changes: dict[str, object], told: str) -> None:
    assert [text.startswith(told) for text in said(**changes)] == [True]


def test_what_counts_nothing_beside_the_threshold_of_a_programme() -> None:
    programme = {"every": "5 days", "touches": 4, "opens": "50%", "clicks": "50%", "threshold": 52}
    rules = {"stages__lead": {"threshold": None, "programme": programme}}
    assert said(**rules) == []
    assert said(**rules, score__weight=0)[0].startswith("score: parts leads by what says nothing about their chances")
    for key, value in (("drift", {"sd": 0.2}), ("score_weight", 0.2)):
        told = said(stages__lead={"threshold": None, "programme": programme, key: value})
        assert [text.startswith(f"stages.lead.{key}: moves nothing") for text in told] == [True]


def test_a_score_that_nobody_reads() -> None:
    idle = sf.loads(FUNNEL.replace("threshold: 60", "conversion: 30%").replace("weight: 0.5", "weight: 0"))
    assert [doubt.message.startswith("does nothing") for doubt in doubts(idle)] == [True]


def test_a_threshold_of_one_sector_says_where_it_stands() -> None:
    sectors = {"a": {"share": "50%", "stages": {"lead": {"threshold": 200}}}, "b": {"share": "rest"}}
    assert said(sectors=sectors)[0].startswith("sectors.a.stages.lead.threshold: lets nobody pass")


LIFTED = """horizon: 1 year
process: [lead, sql, customer]
score: {weight: 0.5, correlation: 70%}
sources: {web: {enters: lead, leads: 40}}
stages:
  lead: {LEAD}
  sql:
    conversion: 25%
    rejected: {recycle: 100%}
    recycle:
      to: lead
      lift: -20%
"""
PROGRAMME = "programme: {every: 5 days, touches: 4, opens: 50%, clicks: 50%, threshold: 1}"


@pytest.mark.parametrize("lead", ["threshold: 60", PROGRAMME])
def test_a_lift_of_what_a_threshold_decides_is_refused(lead: str) -> None:
    told = "q.yaml:12: stages.sql.recycle.lift: is of a conversion, and at lead a threshold says who advances"
    with pytest.raises(ScenarioError, match=re.escape(told)):
        resolve(sf.loads(LIFTED.replace("LEAD", lead), name="q.yaml"))
    odds = sf.loads(LIFTED.replace("LEAD", lead).replace("lift: -20%", "odds: 0.5"))
    assert "at the stages after it: at lead a threshold decides" in " ".join(sf.explain(odds).split())


def test_a_lift_of_what_a_threshold_of_one_sector_decides_names_the_place() -> None:
    sectors = "sectors: {a: {share: 50%, stages: {lead: {threshold: 60}}}, b: {share: rest}}"
    with pytest.raises(ScenarioError, match=r":12: stages.sql.recycle.lift: is of a conversion"):
        resolve(sf.loads(LIFTED.replace("LEAD", "conversion: 40%") + sectors))


@pytest.mark.parametrize("key", ["odds", "lift"])
def test_a_source_whose_leads_meet_thresholds_only(key: str) -> None:
    web = {"sources__web": {"enters": "lead", "leads": 40, key: 0.2}}
    assert said(**web) == []
    nothing = said(**web, stages__sql={"conversion": None, "threshold": 65})
    assert nothing[0].startswith(f"sources.web.{key}: moves nothing")
    explained = " ".join(sf.explain(sf.loads(FUNNEL).change({f"sources.web.{key}": 0.2})).split())
    assert "stage that has no threshold" in explained
    assert "lead 25 % to" not in explained


def test_explain_says_the_share_that_passes_and_what_is_searched_for() -> None:
    scenario = sf.loads(FUNNEL).change(
        {"stages.sql.enrichment": {"lacks": "20%", "found": "80%", "takes": "2 days", "cost": 15}}
    )
    text = sf.explain(scenario)
    assert "advances if its score is 60 or more, as that of 25.2 % of new leads is" in text
    assert "25 % of the worked would advance if no fact was missing; as it is, 24 % of all that enter do" in text
    assert "20 % lack a fact; it is looked for during 2 days at $15 and found in 80 % of cases" in text


def test_a_lift_is_exact_under_quality() -> None:
    """A source lifts the mean over the quality of its fresh leads by what it says."""
    scenario = sf.loads(FUNNEL.replace("threshold: 60", "conversion: 20%").replace("weight: 0.5", "weight: 1.5"))
    lifted = scenario.change({"sources.web.lift": "30%", "sources.web.leads": 20_000})
    run = sf.simulate(lifted, n_sims=100, seed=1, progress=False)
    found = run.stages().set_index("stage").loc["lead"]
    assert abs(found["conversion"] - 0.26) < 5.2 * found["conversion_mcse"] < 0.26 * 0.01
    factors = resolve(lifted).plan.sources[0].odds
    assert factors is not None
    assert factors[0].values[0] > 1.0 / (1.0 / 0.26 - 1.0) / 0.25  # the factor without quality is smaller
