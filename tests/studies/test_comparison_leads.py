"""Are leads matched one by one? Held against a walk of each lead in plain Python."""

from __future__ import annotations

import numpy as np
import pytest

import simfunnel as sf
from simfunnel import luck
from simfunnel.engine.block import Block
from simfunnel.engine.futures import live
from simfunnel.resolved import resolve
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.comparison.fates import fates


def winners(scenario: Scenario, seed: int, rep: int) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Leads (source, number) of one replication, and those won by the horizon; the engine goes source by source."""
    resolved = resolve(scenario)
    leads, counts, actual, _, _ = live(Block(resolved.plan, seed, rep, 1))
    names = [
        (source.name, number)
        for source, count in zip(resolved.plan.sources, counts, strict=True)
        for number in range(int(count[0]))
    ]
    assert len(names) == leads.size
    won = set()
    for wave in actual.won:
        for lead, time in zip(wave.lead.tolist(), wave.time.tolist(), strict=True):
            if time <= scenario.horizon:
                won.add(names[lead])
    return set(names), won


def test_the_article_lead_by_lead(article: Scenario, sla: Scenario) -> None:
    seed, n = 11, 8
    found = fates(resolve(article), resolve(sla), seed=seed, n_sims=n)
    for rep in range(n):
        rescued = 0
        for number in range(40):
            key = np.array([luck.fold(seed, "chance", 0, rep, int(luck.fold("inbound")), number)])
            neglect, conversion = (
                luck.uniforms(key, luck.fold("sql", name, 0))[0] for name in ("neglect", "conversion")
            )
            rescued += int(0.02 <= neglect < 0.125 and conversion < 0.25)
        assert found.gained[rep] == rescued
    assert found.gained.any()
    assert not found.lost.any()


@pytest.mark.parametrize(
    "change",
    [
        {"stages.sql.neglect": "5%", "stages.sql.response": "1 day"},
        {"stages.sql.conversion": "30%", "stages.sql.takes": "10 days"},
        {"sources.fair.leads": 20, "sources.search.leads": "poisson(5 per month)"},
        {"sources.partners": {"enters": "sql", "leads": 6}, "sources.fair.leads": 22},
        {"sources.web.leads": "overdispersed(2 per week, dispersion=3)", "horizon": "150 days"},
    ],
)
def test_gained_and_lost_equal_brute_force(busy: Scenario, change: dict[str, object]) -> None:
    n, seed, variant = 12, 5, busy.change(change)
    # a source whose leads are numbered by week has no plain numbers: its leads are matched in the net only
    by_week = "sources.web.leads" in change
    found = fates(resolve(busy), resolve(variant), seed=seed, n_sims=n)
    run = sf.compare(busy, variant, n_sims=n, seed=seed)
    assert (found.gained - found.lost == run.differences("deals")).all()
    frame = run.leads_changed()
    assert frame["gained"].tolist() == [found.gained.mean()]
    assert frame["lost_gone"].tolist() == [found.lost_gone.mean()]
    for rep in range(n):
        before, won_before = winners(busy, seed, rep)
        after, won_after = winners(variant, seed, rep)
        if by_week:
            before, won_before, after, won_after = (
                {lead for lead in some if lead[0] != "web"} for some in (before, won_before, after, won_after)
            )
            assert found.gained[rep] >= len(won_after - won_before)
            assert found.lost[rep] >= len(won_before - won_after)
            continue
        assert found.gained[rep] == len(won_after - won_before)
        assert found.lost[rep] == len(won_before - won_after)
        assert found.gained_new[rep] == len(won_after - before)
        assert found.lost_gone[rep] == len(won_before - after)
    assert found.gained.any()


def test_more_leads_bring_new_ones_and_lose_none(article: Scenario) -> None:
    more = article.change({"sources.inbound.leads": 60})
    found = fates(resolve(article), resolve(more), seed=2, n_sims=200)
    assert (found.gained == found.gained_new).all()
    assert found.gained.sum() > 0
    assert not found.lost.any()
    back = fates(resolve(more), resolve(article), seed=2, n_sims=200)
    assert (back.lost == found.gained).all()
    assert (back.lost_gone == found.gained_new).all()


def test_blocks_do_not_matter(busy: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = resolve(busy.change({"stages.sql.neglect": "5%"}))
    whole = fates(resolve(busy), variant, seed=1, n_sims=50)
    monkeypatch.setattr("simfunnel.studies.comparison.fates.block_size", lambda _: 7)
    parts = fates(resolve(busy), variant, seed=1, n_sims=50)
    for name in ("gained", "gained_new", "lost", "lost_gone"):
        assert (getattr(whole, name) == getattr(parts, name)).all()
