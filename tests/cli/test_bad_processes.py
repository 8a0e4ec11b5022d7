"""Is each bad process file refused or warned of by `check`, with file, line and reason?"""

from __future__ import annotations

import pytest
from command_line import Command

PROCESS = """name: Bad
horizon: 1 year
process: [lead, sql, customer]
score: {weight: 0.5, correlation: 70%}
sources: {web: {enters: lead, leads: 40}}
teams: {sales: {people: 3, hours: 9:00 to 17:00, days: mon to fri}}
stages:
  lead: {threshold: 40}
  sql:
    conversion: 25%
    team: sales
    service: 1 hour
    rejected: {recycle: 60%, dropped: rest}
    recycle: {to: lead, after: 30 days}
"""


ALL_BACK = ("{recycle: 60%, dropped: rest}", "{recycle: 100%}")


@pytest.mark.parametrize(
    ("changes", "line", "told", "exit_code"),
    [
        ([("to: lead", "to: mql")], 14, "stages.sql.recycle.to: 'mql' is not a stage of the process", 2),
        ([("people: 3", "people: 0")], 6, "teams.sales.people: has nobody, so every lead would wait for ever", 2),
        ([("threshold: 40", "threshold: 140")], 8, "stages.lead.threshold: lets nobody pass", 0),
        (
            [ALL_BACK, ("{to: lead, after: 30 days}", "{to: sql, limit: 200}")],
            14,
            "stages.sql.recycle: brings all who are rejected back at once, as good as fresh",
            0,
        ),
        (
            [ALL_BACK, ("after: 30 days", "after: 1 day, limit: 200"), ("conversion: 25%", "conversion: 0%")],
            14,
            "stages.sql.recycle: goes on until the limit: of the leads here 100% are recycled all 200 times",
            0,
        ),
        (
            [("days: mon to fri", "days: sun, holidays: [2027-01-10]"), ("1 year", "12 days")],
            6,
            "teams.sales.holidays: never let anybody work",
            2,
        ),
        ([("9:00 to 17:00", "17:00 to 9:00")], 6, "teams.sales.hours: '17:00 to 9:00' ends before", 2),
    ],
)
def test_it_is_said_where_and_why(
    simfunnel: Command, write, changes: list[tuple[str, str]], line: int, told: str, exit_code: int
) -> None:
    text = PROCESS
    for good, bad in changes:
        assert good in text
        text = text.replace(good, bad)
    said = simfunnel("check", write(text))
    assert said.exit_code == exit_code
    assert f":{line}: {told}" in " ".join(said.output.split()), said.output


def test_the_good_one_is_fine(simfunnel: Command, write) -> None:
    said = simfunnel("check", write(PROCESS))
    assert (said.exit_code, said.output.strip().endswith(": ok")) == (0, True)
