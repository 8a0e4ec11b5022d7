"""Does what the twin's walk leaves out, rejections from which nobody comes back, change any figure?"""

from __future__ import annotations

from dataclasses import fields

import pytest

import simfunnel as sf
from simfunnel.engine.futures import simulate_block
from simfunnel.engine.plan import StagePlan
from simfunnel.resolved import resolve

EXITS = (
    "{dropped: 100%}",
    "{no_decision: 100%}",
    "{competitor: 40%, dropped: rest}",
    "{recycle: 40%, dropped: rest}",
    "{dropped: 40%, competitor: rest}",
    "{dropped: 40%, recycle: rest}",
)
YEAR = """
horizon: 1 year
process: [mql, sql, customer]
sources: {inbound: {enters: mql, leads: 60}}
stages:
  mql: {conversion: 60%, neglect: 40%, shelf_life: 1 week, cold: {recycle: 50%, dropped: rest}, RULES}
  sql: {conversion: 40%, neglect: 40%, shelf_life: 1 week, takes: 3 days, RULES}
"""


def figures(text: str) -> list[object]:
    found = simulate_block(resolve(sf.loads(text)).plan, 3, 0, 60)
    sums = [getattr(found.sums, each.name).tolist() for each in fields(found.sums)]
    return [{name: column.tolist() for name, column in found.base.items()}, found.timeline_deals.tolist(), *sums]


@pytest.mark.parametrize("returns", ["", ", returns: {share: 50%, after: 1 week}"])
@pytest.mark.parametrize("exits", EXITS)
def test_nothing_changes_where_they_are_walked_too(exits: str, returns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = YEAR.replace("RULES", f"rejected: {exits}{returns}")
    skipped = figures(text)
    monkeypatch.setattr(StagePlan, "rejection_is_final", False)
    assert figures(text) == skipped
