"""Does a plan made backwards hold what can be worked out by hand?

False-alarm rate of every statistical check here: 1e-6.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.claims import parse_claim
from simfunnel.distributions import build
from simfunnel.distributions.scaling import scaled
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.sizing.funnel import volume
from simfunnel.studies.sizing.spreadsheet import spreadsheet

from .known_article import CONVERSION

FALSE_ALARM = 1e-6
SURE = {"level": 1 - FALSE_ALARM, "progress": False, "seed": 7}
Z = float(stats.norm.isf(FALSE_ALARM / 2))
CHANCES = (0.5, 0.8, 0.9, 0.95)
KNOWN = {0.125: (44, 56, 63, 69), 0.0: (39, 49, 55, 60)}


def mixed() -> Scenario:
    """Two sources that enter at two stages, one with a fixed cost, and leads on hand."""
    return sf.loads(
        """
        name: Mixed
        horizon: 1 year
        process: [mql, sql, customer]
        plan: {customers: 8}
        sources:
          ads: {enters: mql, leads: 20, cost_per_lead: 100}
          fair: {enters: sql, leads: 10, cost: 5_000}
          pipeline: {enters: sql, leads: 4, arrive: at start}
        stages: {mql: {conversion: 50%}, sql: {conversion: 25%}}
        """
    )


def chance_of_eight(factor: float) -> float:
    ads, direct = round(20 * factor), round(10 * factor) + 4
    first = stats.binom(ads, 0.125).pmf(np.arange(ads + 1))
    return float(np.convolve(first, stats.binom(direct, 0.25).pmf(np.arange(direct + 1)))[8:].sum())


def check_promises(found: sf.BackwardPlan, truth: Callable[[float], float]) -> None:
    """The exact chance at each volume lies in the interval of the estimate, and the exact volume in that of its own."""
    for column in found.promises:
        assert column.chance is not None
        assert column.confirmed is not None
        assert column.volume is not None
        for estimate in (column.chance, column.confirmed):
            assert estimate.low <= truth(column.volume) <= estimate.high
        low, high = column.interval
        assert low is not None
        assert high is not None
        assert truth(low) <= column.wanted + 0.005 or low == 0
        assert truth(high) >= column.wanted
    assert found.doubtful == ()


@pytest.mark.parametrize(("neglect", "n_sims"), [(0.125, 10_000), (0.0, 4_000)])
def test_the_article(article: Scenario, neglect: float, n_sims: int) -> None:
    base = article.change({"stages.sql.neglect": neglect}, name="Article")
    found = sf.plan(base, n_sims=n_sims, **SURE)
    sheet = found.to_frame().query("column == 'spreadsheet'").set_index("row")["value"].to_dict()
    assert sheet == {"deals": 10.0, "entered[stage=sql]": 40.0, "budget": 250_000.0}
    assert (found.target, found.is_plan) == ("deals >= 10", True)
    assert (found.spreadsheet.volume, found.present.volume) == (40.0, 40.0)
    won = CONVERSION * (1 - neglect)
    check_promises(found, lambda leads: float(stats.binom(round(leads), won).sf(9)))
    assert found.present.chance is not None
    assert found.present.chance.low <= stats.binom(40, won).sf(9) <= found.present.chance.high
    for column, exact in zip(found.promises, KNOWN[neglect], strict=True):
        leads = column.volume
        assert leads is not None
        assert abs(leads - exact) <= (1 if n_sims == 10_000 else 2)
        cells = dict(zip((row.name for row in found.rows), column.cells, strict=True))
        assert (cells["entered[stage=sql]"].value, cells["entered[stage=sql]"].mcse) == (leads, 0.0)
        assert cells["budget"].value == 6_250 * leads
        deals = cells["deals"]
        assert abs(deals.value - won * leads) <= Z * deals.mcse
        assert deals.mcse == pytest.approx((leads * won * (1 - won) / n_sims) ** 0.5, rel=0.1)
        assert (cells["entered[stage=sql]"].low, cells["entered[stage=sql]"].high) == column.interval


def test_two_sources_move_in_one_proportion() -> None:
    base = mixed()
    found = sf.plan(base, chances=[0.8, 0.95], n_sims=2_000, **SURE)
    assert (found.moved.sources, found.moved.kept) == (("ads", "fair"), ("pipeline",))
    # 8 customers are 32 SQLs, of which 4 are on hand and, at the present volume, 20 come
    assert found.spreadsheet.volume == pytest.approx(1.4)
    sheet = dict(zip((row.name for row in found.rows), (cell.value for cell in found.spreadsheet.cells), strict=True))
    assert sheet == pytest.approx(
        {"deals": 8, "entered[stage=sql]": 32, "entered[stage=mql]": 28, "leads[stage=sql]": 14, "budget": 9_800}
    )
    assert found.spreadsheet.chance is not None
    assert found.spreadsheet.chance.low <= chance_of_eight(1.4) <= found.spreadsheet.chance.high
    check_promises(found, chance_of_eight)
    for column in found.promises:
        factor = column.volume
        assert factor is not None
        ads, fair = round(20 * factor), round(10 * factor)
        exact = {
            "deals": ads / 8 + (fair + 4) / 4,
            "entered[stage=sql]": ads / 2 + fair + 4,
            "entered[stage=mql]": ads,
            "leads[stage=sql]": fair,
            "budget": 100 * ads + 5_000 * factor,
        }
        for row, cell in zip(found.rows, column.cells, strict=True):
            assert abs(cell.value - exact[row.name]) <= Z * cell.mcse + 0.01  # to the cent
            assert cell.low <= cell.value <= cell.high


def test_a_column_is_what_a_run_of_what_is_written_brings() -> None:
    base = mixed()
    found = sf.plan(base, chances=[0.8], n_sims=300, seed=7, progress=False)
    column = found.promises[0]
    assert column.volume is not None
    again = base.change(found.moved.changes(column.volume))
    for seed, chance in ((found.seed, column.chance), (found.fresh_seed, column.confirmed)):
        run = sf.simulate(again, n_sims=300, seed=seed, progress=False)
        assert run.chance("deals >= 8") == chance
    cells = dict(zip((row.name for row in found.rows), column.cells, strict=True))
    for name in ("deals", "entered[stage=sql]", "entered[stage=mql]"):
        assert (cells[name].value, cells[name].mcse) == (run.mean(name).value, run.mean(name).mcse)
    assert cells["budget"].value == run.mean("cost_sources").value


def test_only_the_sources_that_are_named_move() -> None:
    found = sf.plan(mixed(), sources=["fair"], chances=[0.9], n_sims=2_000, **SURE)
    assert (found.moved.path, found.moved.kept) == ("sources.fair.leads", ("ads", "pipeline"))
    assert found.spreadsheet.volume == 18.0  # 32 SQLs less 4 on hand and 10 from the ads

    def truth(leads: float) -> float:
        first = stats.binom(20, 0.125).pmf(np.arange(21))
        return float(np.convolve(first, stats.binom(round(leads) + 4, 0.25).pmf(np.arange(round(leads) + 5)))[8:].sum())

    check_promises(found, truth)
    leads = found.promises[0].volume
    assert leads is not None
    budget = found.promises[0].cells[[row.name for row in found.rows].index("budget")]
    assert budget.value == pytest.approx(2_000 + 500 * leads)


def test_sectors_and_a_plan_in_revenue() -> None:
    """Poisson leads that are won with .2 and .4, worth 10k and 30k: both kinds of deals are Poisson."""
    base = sf.loads(
        """
        name: Sectors
        horizon: 1 year
        process: [sql, customer]
        plan: {revenue: 200k}
        sources:
          web: {enters: sql, visits: poisson(100), capture: 20%}
          mail: {enters: sql, budget: 1_000, cost_per_lead: 50}
        sectors:
          retail: {share: 50%, deal_value: 10k, stages: {sql: {conversion: 20%}}}
          industry: {share: rest, deal_value: 30k, stages: {sql: {conversion: 40%, neglect: 25%}}}
        stages: {sql: {}}
        """
    )
    found = sf.plan(base, chances=[0.5, 0.9], n_sims=2_000, **SURE)
    assert found.target == "revenue >= 200_000"
    # 20 leads of each source bring 20 x (.5 x .2 x 10k + .5 x .4 x 30k) = 140k; neglect is not in the arithmetic
    assert found.spreadsheet.volume == pytest.approx(200 / 280)
    names = [row.name for row in found.rows]
    sheet = dict(zip(names, (cell.value for cell in found.spreadsheet.cells), strict=True))
    assert sheet == pytest.approx(
        {"deals": 60 / 7, "entered[stage=sql]": 200 / 7, "visits": 500 / 7, "budget": 5_000 / 7}
    )

    def truth(factor: float) -> float:
        small, large = 40 * factor * 0.5 * 0.2, 40 * factor * 0.5 * 0.4 * 0.75
        deals = np.arange(100)
        return float((stats.poisson(large).pmf(deals) * stats.poisson(small).sf(np.ceil(20 - 3 * deals) - 1)).sum())

    check_promises(found, truth)
    visits = found.promises[0].cells[names.index("visits")]
    assert (visits.value, visits.mcse) == (pytest.approx(100 * (found.promises[0].volume or 0)), 0.0)


def test_more_leads_do_not_help_a_team_that_is_overrun() -> None:
    base = sf.loads(
        """
        name: Overrun
        horizon: 1 year
        process: [sql, customer]
        plan: {customers: 15}
        sources: {inbound: {enters: sql, leads: 60, cost_per_lead: 500}}
        stages: {sql: {conversion: 25%, shelf_life: 10 days, team: sales, service: fixed(12 days)}}
        teams: {sales: {people: 1, cost: 60_000 per year}}
        """
    )
    found = sf.plan(base, chances=[0.01, 0.9], n_sims=300, seed=7, progress=False)
    assert [column.volume is None for column in found.promises] == [False, True]
    assert found.promises[1].cells == ()
    # one person serves at most 31 leads of twelve days in a year: 15 deals of 31 are rarer than one in a hundred
    assert found.best.chance <= 0.05
    assert found.binding is not None
    assert (found.binding.kind, found.binding.team) == ("team", "sales")
    said = repr(found)
    assert "no volume from 15 to 240 keeps it in 90 %" in said
    assert "90 % is out of reach: the best chance from " in said
    assert "what binds is the team 'sales': at " in said
    frame = found.to_frame()
    assert frame.query("column == '90 %'")["value"].isna().all()
    assert frame.query("column == '90 %'")["wanted"].eq(0.9).all()


def test_what_is_after_the_horizon_does_not_count() -> None:
    """With a run-off the same plan in the same futures: only the end of the look is another."""
    base = mixed().change({"stages.mql.takes": "exponential(mean=200 days)"}, name="Slow")
    one, other = (
        sf.plan(each, chances=[0.5], n_sims=200, seed=7, progress=False)
        for each in (base, base.change({"run_off": "1 year"}, name="Slow"))
    )
    assert one == other
    late = sf.plan(base.change({"run_off": "1 year"}), "cohort_deals >= 8", chances=[0.5], n_sims=200, progress=False)
    assert (late.promises[0].volume or 9) < (one.promises[0].volume or 0)


def test_arithmetic_with_leads_on_hand_that_are_enough() -> None:
    base = mixed().change({"sources.pipeline.leads": 40})
    found = sf.plan(base, chances=[0.5], n_sims=200, progress=False)
    assert (found.spreadsheet.volume, found.promises[0].volume) == (0.0, 0.0)  # 10 of 40 on the mean
    assert [found.rows[1].words, found.spreadsheet.cells[1].value] == ["SQLs", 40.0]
    sheet = spreadsheet(base, ("ads", "fair"))
    assert np.isnan(sheet.factor(parse_claim("roi >= 0")))
    assert sheet.factor(parse_claim("deals[source=fair] >= 5")) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("family", "params"),
    [
        ("pert", {"low": 40.0, "mode": 120.0, "high": 200.0}),
        ("lognormal", {"median": 5.0, "p90": 20.0}),
        ("gamma", {"mean": 30.0, "cv": 0.4}),
        ("normal", {"mean": 30.0, "sd": 4.0, "low": 0.0}),
        ("weibull", {"shape": 0.5, "mean": 10.0}),
    ],
)
def test_a_distribution_so_many_times_as_large(family: str, params: dict[str, float]) -> None:
    one = build(family, params)
    u = np.linspace(0.01, 0.99, 21)
    assert scaled(one, 1.7).quantile(u) == pytest.approx(1.7 * one.quantile(u), rel=1e-7)


def test_volumes_of_every_kind_move() -> None:
    base = mixed().change(
        {
            "sources.ads.leads": "poisson(gamma(mean=3, cv=0.2) per month)",
            "sources.ads.cost": "pert(low=1k, mode=2k, high=4k)",
            "sources.web": {"enters": "mql", "visits": "overdispersed(50 per month, dispersion=4)", "capture": "10%"},
            "sources.mail": {"enters": "mql", "budget": "uniform(low=1k, high=2k)", "cost_per_lead": 100},
        }
    )
    moved = volume(base)
    assert moved.changes(2.0) == {
        "sources.ads.leads": "poisson(gamma(mean=6, cv=0.2) per month)",
        "sources.ads.cost": "pert(low=2_000, mode=4_000, high=8_000)",
        "sources.fair.leads": "20",
        "sources.fair.cost": "10_000",
        "sources.web.visits": "overdispersed(100 per month, dispersion=4)",
        "sources.mail.budget": "uniform(low=2_000, high=4_000)",
    }
    double = sf.simulate(moved.moved(base, 2.0), n_sims=400, seed=7, progress=False)
    once = sf.simulate(base, n_sims=400, seed=7, progress=False)
    for measure in ("arrived", "cost"):
        one, two = once.mean(measure), double.mean(measure)
        held = 4 if measure == "arrived" else 0
        assert abs((two.value - held) - 2 * (one.value - held)) <= Z * np.hypot(two.mcse, 2 * one.mcse)
    none = sf.simulate(moved.moved(base, 0.0), n_sims=10, seed=7, progress=False)
    assert none.mean("arrived").value == 4


def test_a_budget_that_sources_share_is_what_moves() -> None:
    """Poisson leads around a yield that levels off and around a price; the arithmetic takes both in proportion."""
    base = sf.loads(
        """
        name: Shared
        horizon: 1 year
        process: [sql, customer]
        plan: {customers: 10}
        budget: 100k
        sources:
          ads: {enters: sql, share: 60%, yield: {most: 60, half: 60k, shape: 1}}
          fair: {enters: sql, share: rest, cost_per_lead: 4_000}
          referrals: {enters: sql, leads: 5}
        stages: {sql: {conversion: 25%}}
        """
    )
    found = sf.plan(base, chances=[0.9], n_sims=2_000, **SURE)
    assert (found.moved.path, found.moved.kept) == ("budget", ("referrals",))
    assert found.spreadsheet.volume == pytest.approx(100_000 * 35 / 40)

    def truth(budget: float) -> float:
        mean = 0.25 * (60 * 0.6 * budget / (0.6 * budget + 60_000) + 0.4 * budget / 4_000)
        held = np.arange(6)
        return float((stats.binom(5, 0.25).pmf(held) * stats.poisson(mean).sf(9 - held)).sum())

    check_promises(found, truth)
    with pytest.raises(sf.ScenarioError, match=r"sources\.ads: spends a share of the budget, .*; name fair as well"):
        sf.plan(base, sources=["ads"])
