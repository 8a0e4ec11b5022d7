"""Does the picture of an allocation show what was found, and can it be read?"""

from __future__ import annotations

from functools import cache

import pytest
from test_chart_pictures import assert_readable
from years import ARTICLE, HOSTILE, simulated

import simfunnel as sf
from simfunnel.charts.allocation import allocation_points

YEAR = """
name: {name}
currency: {currency}
horizon: 1 year
process: [sql, customer]
deal_value: 10k
stages: {{sql: {{conversion: 25%}}}}
sectors: {{retail: {{share: 30%}}, industry: {{share: rest, deal_value: 12k}}}}
sources:
"""


def year(budgets: dict[str, tuple[int, int]], name: str = "A year", currency: str = "$") -> sf.Scenario:
    rows = [f"  '{source}': {{enters: sql, budget: {budget}, cost_per_lead: {price}}}\n"
            for source, (budget, price) in budgets.items()]  # fmt: skip
    return sf.loads(YEAR.format(name=name, currency=currency) + "".join(rows))


TEN = {f"channel {i} of the northern branch and its partners": (1_000 * (i + 1) ** 2, 100 + 37 * i % 60)
       for i in range(10)}  # fmt: skip
STILL = {
    f"sources.{name}.budget": (budget, budget) for name, (budget, _) in [*TEN.items()][:7]
}  # three move: it is quicker
TINY = {"sources.tiny.budget": "300 to 600"}
CASES: dict[str, tuple[dict[str, tuple[int, int]], dict[str, object]]] = {
    "two": ({"fair": (60_000, 900), "search": (40_000, 400)}, {"maximise": "deals >= 40"}),
    "ten": (TEN, {"maximise": "profit", "bounds": STILL}),
    "tiny": ({"large": (1_000_000, 2_000), "tiny": (300, 2_000)}, {"maximise": "roi", "bounds": TINY}),
    "stays": ({"one": (50_000, 500), "other": (50_000, 500)}, {"maximise": "p10 profit"}),
    "mix": ({"only": (100_000, 1_000)}, {"over": "sources.only.sectors", "maximise": "profit"}),
}  # fmt: skip


@cache
def allocated(case: str) -> sf.Allocation:
    budgets, settings = CASES[case]
    return sf.allocate(year(budgets), n_sims=100, seed=7, progress=False, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES)
def test_an_allocation_can_be_read(case: str) -> None:
    assert_readable(sf.charts.allocation(allocated(case)))


def test_hostile_names_can_be_read() -> None:
    base = year({HOSTILE[3]: (50_000, 400), HOSTILE[5]: (9_000, 500), HOSTILE[0]: (70_000, 600)},
                name=f'"{HOSTILE[0]} {HOSTILE[2]}"', currency='"$$"')  # fmt: skip
    assert_readable(sf.charts.allocation(sf.allocate(base, maximise="profit", n_sims=100, seed=7, progress=False)))


@pytest.mark.parametrize("case", CASES)
def test_the_points_are_those_of_the_frame(case: str) -> None:
    found, points = allocated(case), allocation_points(allocated(case))
    frame = found.to_frame().set_index("part").loc[list(points.names)]
    for name in ("before", "after", "flat_least", "flat_most"):
        assert getattr(points, name) == pytest.approx(frame[name].to_numpy(), nan_ok=True)
    assert points.after.sum() == pytest.approx(points.total)


def test_the_title_says_the_gain_in_fresh_futures() -> None:
    title = sf.charts.allocation(allocated("two")).get_title(loc="left").replace("\n", " ")
    assert title.startswith("Split anew, the chance of deals >= 40 gains +")
    assert " points (95 % CI +" in title
    stays = sf.charts.allocation(allocated("stays")).get_title(loc="left").replace("\n", " ")
    assert stays.startswith("No split was found that beats the start: P10 of profit is $")
    assert sf.charts.allocation(allocated("mix")).get_xlabel() == "Share"


def test_an_allocation_is_drawn_of_an_allocation() -> None:
    with pytest.raises(TypeError, match=r"draws a Allocation, not a Result; allocate the scenario itself"):
        sf.charts.allocation(simulated("article"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"allocate it first: sf\.allocate\(scenario\)"):
        sf.charts.allocation(sf.loads(ARTICLE))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draw it as what it is: sf\.charts\.allocation"):
        sf.charts.fan(allocated("two"))  # type: ignore[arg-type]
