"""Is it said which recycling hardly ends, which promises are never due and which levers and points are in vain?"""

from __future__ import annotations

import pytest

import simfunnel as sf
from simfunnel.resolved import doubts

FUNNEL = """horizon: 1 year
process: [lead, sql, customer]
sources: {web: {enters: lead, leads: 40}}
stages:
  lead: {conversion: 40%}
  sql:
    conversion: 25%
    rejected: {recycle: 60%, dropped: rest}
    recycle: {to: lead, after: 30 days, odds: 0.5}
"""
NURSED = {
    "score": {"weight": 0.5, "correlation": "70%"},
    "stages.lead.conversion": None,
    "stages.lead.programme": {"every": "5 days", "touches": 4, "opens": "50%", "clicks": "50%", "threshold": 60},
}
NURTURE = {"every": "7 days", "touches": 5, "opens": "50%", "clicks": "30%", "odds": 1.5}
BESIDE = {
    "stages.sql": {"conversion": "25%", "takes": "60 days", "rejected": None, "recycle": None, "programme": NURTURE}
}
OFFICE = {
    "teams.sales": {"people": 2, "hours": "9:00 to 17:00", "days": "mon to fri"},
    "stages.sql.team": "sales",
    "slas.call": {"stage": "sql", "within": "4 hours", "share": "90%", "time": "working"},
}
ENTERED = {"stages.sql.conversion": None, "stages.sql.conversion_of_entered": "20%", "stages.sql.neglect": "50%"}
ROUND = {
    "stages.lead.conversion": "99%",
    "stages.sql.conversion": "1%",
    "stages.sql.rejected": {"recycle": "100%"},
}
LEVER = {"slas.call": {"stage": "sql", "within": "1 day", "share": "90%", "lever": {"neglect": "0%"}}}


def told(changes: dict[str, object]) -> dict[str, str]:
    return {doubt.path: doubt.message for doubt in doubts(sf.loads(FUNNEL).change(changes))}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"stages.sql.rejected": {"recycle": "100%"}},  # to lead, where most stay
        {"stages.sql.recycle": {"odds": 0.5}, "stages.sql.rejected": {"recycle": "100%"}},
        {"stages.sql.recycle": {"after": "30 days"}, "stages.sql.rejected": {"recycle": "100%"}},
        {**ROUND, "stages.sql.recycle.after": "60 days"},  # the year ends before
        NURSED,
        OFFICE,
        {**OFFICE, "slas.call.within": "80 days"},  # of working time there are 87
        ENTERED,
        {**LEVER, "stages.sql.neglect": "50%"},
        {"stages.sql.takes": "60 days", "stages.sql.programme": NURTURE},  # who is recycled comes back with better odds
        {"stages.lead": {"conversion": "40%", "takes": "60 days", "programme": NURTURE}},
        {"stages.sql.patient": "20%", "stages.sql.shelf_life": "3 days", "stages.sql.response": "1 day"},
    ],
)
def test_what_is_fine_raises_none(changes: dict[str, object]) -> None:
    assert told(changes) == {}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        (
            {"stages.lead": {"conversion": "0%", "rejected": {"recycle": "100%"}, "recycle": {"limit": 200}}},
            "stages.lead.recycle",
            "goes on until the limit: of the leads here 100% are recycled all 200 times, as nobody ever advances",
        ),
        (
            {**ROUND, "stages.sql.recycle.after": "1 day"},
            "stages.sql.recycle",
            "of the leads here 82% are recycled all 10 times, as few leave otherwise",
        ),
        (
            {"stages.sql.recycle": None, "stages.sql.rejected": {"recycle": "100%"}},
            "stages.sql.recycle",
            "brings all who are rejected back at once, as good as fresh, so that 25% of the worked become 95.8% in",
        ),
        (
            {**NURSED, "stages.lead.programme.threshold": 500},
            "stages.lead.programme.threshold",
            "all of the 4 touches, opened and clicked, add 4 points to scores of 50 with a standard deviation of 15",
        ),
        (
            {**OFFICE, "slas.call.within": "90 days"},
            "slas.call.within",
            "is never due, as the run ends after 1 year, of which the team works 87 days",
        ),
        (
            {**ENTERED, **LEVER},
            "slas.call.lever",
            "hardly moves a deal, as sql states its `conversion_of_entered`",
        ),
        (
            {"slas.call": {**LEVER["slas.call"], "lever": {"response": "2 days"}}},
            "slas.call.lever.response",
            "is longer than the 1 day promised",
        ),
        (BESIDE, "stages.sql.programme.odds", "moves nothing: it counts at later attempts, and after this stage there"),
        ({"stages.sql.patient": "20%"}, "stages.sql.patient", "does nothing, as leads keep for ever here"),
        ({"stages.sql.recycle.limit": 0}, "stages.sql.recycle", "recycles nobody: its limit is 0"),
    ],
)  # fmt: skip
def test_what_is_in_vain_is_said(changes: dict[str, object], path: str, words: str) -> None:
    found = told(changes)
    assert words in found.get(path, ""), found
