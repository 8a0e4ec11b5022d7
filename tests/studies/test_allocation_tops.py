"""Is the best split found where there are several tops, or nothing to climb by?

Every case is held against a grid over all splits, worked out by hand. Futures are many enough that none of the
statistical checks fails more often than once in a million.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import simfunnel as sf
from simfunnel.studies.allocation.goal import parse_goal

from .three_sources import BUDGETS, THREE

Curve = tuple[int, int, float]
TOTAL = 100_000


def leads(curves: list[Curve], split: list[float]) -> float:
    """Most leads, spend for half of them, shape of the S."""
    return sum(
        most * spend**shape / (half**shape + spend**shape)
        for (most, half, shape), spend in zip(curves, split, strict=True)
    )


def curved(curves: list[Curve], split: list[int]) -> sf.Scenario:
    sources = [
        f"  s{at}: {{enters: sql, budget: {spend}, yield: {{most: {most}, half: {half}, shape: {shape}}}}}\n"
        for at, ((most, half, shape), spend) in enumerate(zip(curves, split, strict=True))
    ]
    return sf.loads("name: Curves\nhorizon: 1 year\nprocess: [sql, customer]\ndeal_value: 1_000\n"
                    "stages: {sql: {conversion: 100%}}\nsources:\n" + "".join(sources))  # fmt: skip


@pytest.mark.parametrize(
    ("curves", "start"),
    [
        ([(1028, 50_890, 2.0), (600, 13_277, 1.0), (221, 24_021, 5.0)], [53_286, 22_021, 24_693]),
        ([(1360, 74_150, 1.0), (1400, 87_677, 2.0), (754, 53_114, 3.0)], [51_476, 6_187, 42_337]),
    ],
)
def test_the_highest_of_several_tops(curves: list[Curve], start: list[int]) -> None:
    """From either start a walk uphill ends on a lower top, 5 and 1.3 % short of the best."""
    grid = (
        [TOTAL * a / 50, TOTAL * b / 50, TOTAL * (50 - a - b) / 50]
        for a, b in product(range(51), repeat=2)
        if a + b <= 50
    )
    best = max(leads(curves, split) for split in grid)
    found = sf.allocate(curved(curves, start), maximise="deals", n_sims=200, seed=7, progress=False)
    assert found.has_moved
    assert leads(curves, [*found.after.values()]) > 0.995 * best


def test_a_target_that_the_start_and_its_surroundings_never_reach() -> None:
    """63 % reach it with all money at the first source; no future does at the start or within 30 % of the total."""
    base = sf.loads(THREE).change(
        {"teams": None, "stages.sql.team": None, "stages.sql.service": None, "plan": None, "sources.web.budget": "10k",
         "sources.web.cost_per_lead": 100, "sources.spring fair.budget": "120k", "sources.a+b.budget": "120k"},
        name="Far",
    )  # fmt: skip
    found = sf.allocate(base, maximise="deals >= 615", n_sims=200, seed=7, progress=False)
    assert found.fresh.before == 0
    assert found.after == {BUDGETS[0]: 250_000.0, BUDGETS[1]: 0.0, BUDGETS[2]: 0.0}


@pytest.mark.parametrize(
    ("text", "kept", "missed", "far"),
    [
        ("deals >= 10", 10, 9, -1e9),
        ("deals <= 10", 10, 11, 1e9),
        ("deals == 10", 10, 9, 1e9),
        ("deals > 0", 1, 0, -1e9),
    ],
)
def test_nearness_never_outweighs_a_future(text: str, kept: float, missed: float, far: float) -> None:
    goal = parse_goal(text)
    none, one = np.full(50, missed), np.append(np.full(49, far), kept)
    assert goal.guide(none) < goal.guide(one)
    assert goal.guide(np.full(50, far)) < goal.guide(none)
    assert goal.estimate(none) == 0
    assert goal.guide(none) == pytest.approx(0, abs=0.5 / 50)
