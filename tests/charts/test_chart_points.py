"""Are the figures of the pictures those of the futures? Each is computed again from the plain table of replications."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from years import ARTICLE, NAMES, simulated

import simfunnel as sf
from simfunnel.charts.bins import bins
from simfunnel.charts.comparison import comparison_points
from simfunnel.charts.convergence import convergence_points
from simfunnel.charts.distribution import distribution_points
from simfunnel.charts.dots import dots_points
from simfunnel.charts.exceedance import exceedance_points, shortfall
from simfunnel.charts.fan import fan_points
from simfunnel.charts.funnel import funnel_points
from simfunnel.charts.waterfall import _exact_sum, waterfall_points
from simfunnel.results import Result
from simfunnel.results.futures import LEDGER_FIELDS
from simfunnel.studies.comparison import Comparison


def ordered(values: pd.Series, q: float) -> float:
    """Quantile as a value that occurred, by NumPy."""
    return float(np.quantile(values, q, method="inverted_cdf"))


def wilson(k: int, n: int) -> tuple[float, float]:
    """Wilson's interval at 95 %, as in the textbook."""
    z, p = 1.959963984540054, k / n
    centre, reach = p + z * z / 2 / n, z * sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return (centre - reach) / (1 + z * z / n), (centre + reach) / (1 + z * z / n)


def test_a_distribution_of_counts_has_a_bin_for_each_whole_number(article: Result) -> None:
    points, deals = distribution_points(article), article.to_frame()["deals"]
    assert np.array_equal(points.edges, np.arange(deals.min() - 0.5, deals.max() + 1))
    assert np.array_equal(points.shares, np.bincount(deals)[deals.min() :] / len(deals))
    assert np.array_equal(points.kept, np.arange(deals.min(), deals.max() + 1) >= 10)
    assert (points.p10, points.p50, points.p90) == tuple(ordered(deals, q) for q in (0.1, 0.5, 0.9))
    assert points.n == 2_000


@pytest.mark.parametrize("measure", ["deals", "revenue", "cost", "roi"])
def test_no_bin_holds_futures_on_both_sides_of_the_plan(run: Result, measure: str) -> None:
    points, values = distribution_points(run, measure), run.to_frame()[measure]
    assert points.plan is not None
    keeps = values <= points.plan if measure == "cost" else values >= points.plan
    assert 0 < keeps.sum() < len(values)
    assert points.shares[points.kept].sum() == pytest.approx(keeps.mean(), abs=1e-12)
    assert points.shares.sum() == pytest.approx(1, abs=1e-12)
    assert points.beyond == ((values < points.view[0]) | (values > points.view[1])).sum()


@pytest.mark.parametrize("measure", ["gap_revenue", "twin_deals", "plan_shortfall", "entered[stage=sql]"])
def test_shares_are_those_of_a_histogram(run: Result, measure: str) -> None:
    points, values = distribution_points(run, measure), run.to_frame()[measure]
    inside = values.clip(points.edges[0], points.edges[-1] * (1 - 1e-12))  # the outermost bins hold the rest
    counts = pd.cut(inside, points.edges, right=False).value_counts(sort=False)
    assert np.allclose(points.shares, counts / len(values), rtol=0, atol=1e-12)


def test_amounts_that_come_in_steps_are_binned_as_steps(article: Result) -> None:
    deals, revenue = distribution_points(article), distribution_points(article, "revenue")
    assert np.array_equal(deals.shares, revenue.shares)
    assert np.allclose(revenue.edges, deals.edges * 100_000)


def test_few_values_far_out_make_no_more_bins() -> None:
    rng = np.random.default_rng(1)
    values = np.append(rng.normal(100, 10, 1_000), 1e9)
    found = bins(values, is_count=False, most=40)
    assert len(found.centres) < 400
    assert found.shares(values)[-1] == pytest.approx(1 / 1_001)


@pytest.mark.parametrize("n", [1, 10, 100, 333])
def test_dots_are_the_middles_of_equal_shares(run: Result, n: int) -> None:
    points, deals = dots_points(run, n=n), run.to_frame()["deals"]
    assert points.values.tolist() == [ordered(deals, (i + 0.5) / n) for i in range(n)]
    assert np.array_equal(points.missed, points.values < 14)
    assert abs(points.missed.mean() - (deals < 14).mean()) <= 0.5 / n + 1e-12


def test_a_run_of_fewer_futures_shows_each(run: Result) -> None:
    points, deals = dots_points(simulated("two leads")), simulated("two leads").to_frame()["deals"]
    assert points.values.tolist() == sorted(deals)
    columns = pd.Series(points.level).groupby(points.at).apply(list)
    assert all(levels == list(range(len(levels))) for levels in columns)
    assert [len(levels) for levels in columns] == np.unique(deals, return_counts=True)[1].tolist()


@pytest.mark.parametrize("measure", ["plan_shortfall", "plan_shortfall_deals", "gap_deals", "plan_difference"])
def test_an_exceedance_is_the_share_of_futures_beyond(run: Result, measure: str) -> None:
    points, values = exceedance_points(run, measure, tolerance=0.2), run.to_frame()[measure]
    assert points.chances.tolist() == [(values > amount).mean() for amount in points.amounts]
    assert 0 in points.amounts or values.min() < 0
    ends = [wilson(int((values > amount).sum()), len(values)) for amount in points.amounts]
    assert np.allclose(np.column_stack([points.low, points.high]), ends, rtol=0, atol=1e-12)
    assert points.tolerated.value == ordered(values, 0.8)
    assert (values > points.tolerated.value).mean() <= 0.2 <= (values >= points.tolerated.value).mean()


@pytest.mark.parametrize("measure", ["deals", "revenue", "roi", "twin_deals", "won"])
def test_of_what_should_be_much_the_bad_futures_are_those_with_at_most_so_much(run: Result, measure: str) -> None:
    points, values = exceedance_points(run, measure, tolerance=0.2), run.to_frame()[measure]
    assert points.at_most
    assert points.amounts[0] == values.min()
    assert points.chances.tolist() == [(values <= amount).mean() for amount in points.amounts]
    assert (points.chances[-1], points.low[-1] < 1) == (1, True)
    assert points.tolerated.value == ordered(values, 0.2)
    assert (values < points.tolerated.value).mean() <= 0.2 <= (values <= points.tolerated.value).mean()


@pytest.mark.parametrize("measure", ["cost", "gap_roi", "arrived", "plan_shortfall"])
def test_of_what_should_be_little_or_is_neither_they_are_those_with_more(run: Result, measure: str) -> None:
    assert not exceedance_points(run, measure).at_most


def test_the_shortfall_is_the_one_that_the_plan_speaks_of(run: Result) -> None:
    assert shortfall(run) == "plan_shortfall"
    assert shortfall(simulated("no plan")) == "gap_deals"
    only_customers = sf.loads(
        "horizon: 1 year\nprocess: [sql, customer]\nplan: {customers: 3}\n"
        "sources: {inbound: {enters: sql, leads: 9}}\nstages: {sql: {conversion: 25%}}"
    )
    assert shortfall(sf.simulate(only_customers, n_sims=5, progress=False)) == "plan_shortfall_deals"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("measure", ["deals", "revenue"])
def test_a_waterfall_leads_from_plan_to_actual_without_a_gap(name: str, measure: str) -> None:
    run = simulated(name)
    points, frame = waterfall_points(run, measure), run.to_frame()
    steps = points.steps
    changes = [step for step in steps if step.kind not in ("plan", "twin", "actual")]
    level = next((step.end for step in points.only("plan")), points.only("twin")[0].end)
    for step in changes:
        assert step.start == level
        level = step.end
    assert level == points.only("actual")[0].end
    assert level == pytest.approx(frame[measure].mean(), rel=1e-12)
    assert points.only("twin")[0].end == pytest.approx(frame[f"twin_{measure}"].mean(), rel=1e-12)
    after_twin = sum(step.change for step in changes if step.kind != "assumed")
    assert after_twin == pytest.approx(-frame[f"gap_{measure}"].mean(), rel=1e-9, abs=1e-9)


def test_a_waterfall_books_each_cause_as_the_ledger_does(run: Result) -> None:
    points = waterfall_points(run, "revenue")
    ledger = run.ledger().set_index(["stage", "cause"])
    found = {tuple(step.label.split(": ")): step for step in points.only("lost")}
    assert set(found) == {cause for cause in ledger.index[:-1] if ledger.loc[cause, "lost_revenue"] > 0}
    for cause, step in found.items():
        assert step.change == pytest.approx(-ledger.loc[cause, "lost_revenue"], rel=1e-9)
        assert step.mcse == pytest.approx(ledger.loc[cause, "lost_revenue_mcse"], rel=1e-9)
    (recovered,) = points.only("recovered")
    assert recovered.change == pytest.approx(ledger.loc[("total", "all"), "recovered_revenue"], rel=1e-9)


@pytest.mark.parametrize("measure", ["deals", "revenue"])
def test_the_ledger_alone_leads_from_the_twin_to_the_actual(run: Result, measure: str) -> None:
    base, total = run.futures.base, run.futures.tallies.ledger_total
    booked = dict(zip(LEDGER_FIELDS, total.sum(axis=(0, 1)), strict=True))
    steps = waterfall_points(run, measure).only("recovered")
    unit = 100 if measure == "revenue" else 1
    gap = base[f"twin_{measure}"].sum() - base[measure].sum()
    assert gap == booked[f"lost_{measure}"] - booked[f"recovered_{measure}"]
    assert steps[0].change == pytest.approx(booked[f"recovered_{measure}"] / run.n_sims / unit, rel=1e-9)


def test_sums_of_cents_are_exact_beyond_64_bits() -> None:
    cents = np.array([9_000_000_000_000_001, -5, 7] * 2_000)
    assert _exact_sum(cents) == sum(int(value) for value in cents) > 2**63


def test_smaller_causes_share_a_step() -> None:
    points = waterfall_points(simulated("hostile"))
    ledger = simulated("hostile").ledger().iloc[:-1]
    assert len(points.only("lost")) == 8
    lost = sorted(ledger["lost_deals"], reverse=True)
    assert points.only("lost")[-1].change == pytest.approx(-sum(lost[7:]), rel=1e-9)


def test_causes_too_small_to_be_seen_share_a_step() -> None:
    steps = waterfall_points(sf.simulate(sf.load("configs/lead_process.yaml"), n_sims=20, seed=7, workers=1)).only(
        "lost"
    )
    *seen, rest = [-step.change for step in steps]
    assert steps[-1].label.endswith(" smaller causes")
    assert min(seen) >= 0.03 * (sum(seen) + rest)


@pytest.mark.parametrize("by", ["fate", "sector", "source"])
@pytest.mark.parametrize("name", ["ordinary", "hostile", "nothing won"])
def test_the_parts_of_a_funnel_sum_to_what_entered(name: str, by: str) -> None:
    run = simulated(name)
    points, frame = funnel_points(run, by=by), run.to_frame()
    entered = [frame[f"entered[stage={stage}]"] for stage in points.stages if f"entered[stage={stage}]" in frame]
    if name != "hostile":  # labels with commas or equals signs are quoted in the columns
        assert len(entered) == len(points.stages)
    for i, column in enumerate(entered if name != "hostile" else []):
        assert points.means[i].sum() == pytest.approx(column.mean(), rel=1e-12)
        assert (points.low[i].value, points.high[i].value) == (ordered(column, 0.1), ordered(column, 0.9))
    means = [mean.value for mean in points.entered]
    assert np.allclose(points.means.sum(axis=1), means, rtol=1e-12)
    assert len(points.parts) <= 6
    assert points.share == pytest.approx(frame["won"].sum() / frame["arrived"].sum())


def test_the_parts_of_a_funnel_are_those_of_the_stage_table(run: Result) -> None:
    fates, stages = funnel_points(run), run.stages().set_index("stage")
    at = fates.stages.index("sql")
    cold = stages.loc["sql", "cold_neglected"] + stages.loc["sql", "cold_late"]
    assert dict(zip(fates.parts, fates.means[at], strict=True))["goes cold"] == pytest.approx(cold)
    sectors = funnel_points(run, by="sector")
    table = run.stages(by=("stage", "sector")).set_index(["stage", "sector"])["entered"]
    for name, mean in zip(sectors.parts, sectors.means[at], strict=True):
        assert mean == pytest.approx(table["sql", name])


def test_the_share_of_a_funnel_has_the_error_of_a_ratio(run: Result) -> None:
    points, frame = funnel_points(run), run.to_frame()
    residual = frame["won"] - points.share * frame["arrived"]
    mcse = residual.std(ddof=1) / sqrt(len(frame)) / frame["arrived"].mean()
    assert points.mcse == pytest.approx(mcse, rel=1e-9)
    assert points.share_high - points.share_low == pytest.approx(2 * 1.959964 * mcse, rel=1e-6)
    nothing = funnel_points(simulated("nothing won"))
    assert nothing.share_low == 0
    assert nothing.share_high > 0.01, "none of 60 futures won: that does not make it impossible"


@pytest.mark.parametrize("measure", ["deals", "revenue", "cost", "roi"])
def test_a_comparison_shows_every_difference(comparison: Comparison, measure: str) -> None:
    points = comparison_points(comparison, measure)
    assert [each.variant for each in points.variants] == list(comparison.names[1:])
    for each, after in zip(points.variants, comparison.runs[1:], strict=True):
        change = (after.to_frame()[measure] - comparison.runs[0].to_frame()[measure]).round(9)
        assert each.shares.sum() == pytest.approx(1)
        for sign in (-1, 0, 1):
            assert each.shares[each.sign == sign].sum() == pytest.approx((np.sign(change) == sign).mean())
        assert not ((change < each.left.min()) | (change > (each.left + each.width).max())).any()
        above = each.sign > 0
        for left, width, share in zip(each.left[above], each.width[above], each.shares[above], strict=True):
            inside = (change > left) & (change <= left + width)
            assert share == pytest.approx(inside.mean(), abs=1.1 / len(change)), "one value may round over an edge"


def test_bars_stand_on_the_few_values_that_differences_have() -> None:
    base = sf.loads(ARTICLE)
    sla = base.change({"stages.sql.neglect": "2%", "costs": {"sla": "30_000 per year"}}, name="SLA")
    free = base.change({"stages.sql.neglect": "2%"}, name="Free")
    found = sf.compare(base, sla, free, n_sims=400, seed=7, workers=1, progress=False)
    points = comparison_points(found, "profit")
    for each in points.variants:
        centres, change = each.left + each.width / 2, found.differences("profit", each.variant)
        values, counts = np.unique(change, return_counts=True)
        order = np.argsort(centres)
        assert np.allclose(centres[order], values, rtol=0, atol=1e-6)
        assert np.allclose(each.shares[order], counts / 400)
        assert each.sign[order].tolist() == np.sign(values).tolist()
    costs = points.variants[0]
    assert (costs.left + costs.width / 2).min() == -30_000
    assert not (costs.left + costs.width > 0)[costs.sign < 0].any(), "a loss is drawn below 0"
    ends = np.concatenate([np.concatenate([each.left, each.left + each.width]) for each in points.variants])
    assert points.beyond or (points.view[0] <= ends.min() and ends.max() <= points.view[1])


def test_many_steps_share_bars_that_do_not_reach_over_zero() -> None:
    base = sf.loads(ARTICLE.replace("leads: 40", "leads: 4000"))
    dear = base.change({"stages.sql.conversion": "26%", "costs": {"sla": "30_000 per year"}}, name="Dear")
    found = sf.compare(base, dear, n_sims=300, seed=7, workers=1, progress=False)
    (each,), change = comparison_points(found, "profit").variants, found.differences("profit")
    assert len(each.shares) < 45 < len(np.unique(change)) or len(np.unique(change)) <= 45
    for left, width, share in zip(each.left, each.width, each.shares, strict=True):
        assert share == ((change > left) & (change < left + width)).mean()


def test_outliers_do_not_squash_a_comparison() -> None:
    text = (
        "name: Base\nhorizon: 1 year\nprocess: [sql, customer]\nstages: {sql: {conversion: 50%}}\n"
        "sources: {inbound: {enters: sql, leads: 9}}\n"
        "deal_value: 'mixture(99.5%=lognormal(mean=1k, cv=0.5), 0.5%=fixed(value=50M))'"
    )
    base = sf.loads(text)
    found = sf.compare(
        base, base.change({"stages.sql.conversion": "60%"}, name="B"), n_sims=400, seed=7, progress=False
    )
    change = found.differences("revenue")
    assert 0 < (change > 49e6).sum() < 8
    points = comparison_points(found, "revenue")
    assert points.view[1] < 20_000
    assert points.beyond == (change > points.view[1]).sum() > 0
    assert len(points.variants[0].shares) > 8, "the bins are those of the bulk"
    assert points.variants[0].shares.sum() == pytest.approx(1)
    ax = sf.charts.comparison(found, "revenue")
    assert [line.get_marker() for line in ax.lines][-1] == ">", "the mean is beyond the picture, and that is said"


def test_a_scenario_differs_by_nothing_from_itself(comparison: Comparison) -> None:
    same = comparison_points(comparison, "revenue").variants[-1]
    assert (same.sign.tolist(), same.shares.tolist()) == ([0], [1.0])


def test_convergence_is_the_estimate_of_a_shorter_run(run: Result) -> None:
    revenue = run.to_frame()["revenue"]
    points = convergence_points(run, "revenue")
    assert (points.n[0], points.n[-1]) == (20, 1_500)
    for n, value, low, high in zip(points.n, points.value, points.low, points.high, strict=True):
        first = revenue[:n]
        assert value == pytest.approx(first.mean(), rel=1e-12)
        reach = 1.959963984540054 * first.std(ddof=1) / sqrt(n)
        assert (low, high) == pytest.approx((first.mean() - reach, first.mean() + reach), rel=1e-9)


def test_convergence_of_a_chance_has_wilsons_interval(run: Result) -> None:
    holds = run.to_frame()["deals"] >= 12
    points = convergence_points(run, "deals >= 12")
    assert points.value.tolist() == [holds[:n].mean() for n in points.n]
    ends = [wilson(int(holds[:n].sum()), int(n)) for n in points.n]
    assert np.allclose(np.column_stack([points.low, points.high]), ends, rtol=0, atol=1e-12)


def test_what_is_missing_in_some_futures_is_left_out() -> None:
    text = (
        "horizon: 1 year\nprocess: [sql, customer]\ndeal_value: 10\n"
        "sources: {inbound: {enters: sql, leads: poisson(1), cost_per_lead: 1}}\nstages: {sql: {conversion: 50%}}"
    )
    run = sf.simulate(sf.loads(text), n_sims=400, seed=3, progress=False)
    roi = run.to_frame()["roi"].dropna()
    assert 0 < len(roi) < 400
    assert distribution_points(run, "roi").n == len(roi)
    assert convergence_points(run, "roi").value[-1] == pytest.approx(roi.mean())
    assert dots_points(run, "roi").values[0] == roi.min()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda run: dots_points(run, n=0), "at least one dot"),
        (lambda run: exceedance_points(run, tolerance=1.0), "between 0 and 1"),
        (lambda run: waterfall_points(run, "cost"), "deals and revenue"),
        (lambda run: fan_points(run, "cost"), "deals or revenue"),
        (lambda run: funnel_points(run, by="sectors"), "did you mean 'sector'"),
        (lambda run: distribution_points(run, "deal"), "did you mean 'deals'"),
        (lambda run: convergence_points(run, "deal"), "did you mean 'deals'"),
        (lambda run: convergence_points(run, "deals >= many"), "not a number"),
    ],
)
def test_a_wrong_question_is_answered_with_the_right_one(run: Result, ask, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ask(run)
