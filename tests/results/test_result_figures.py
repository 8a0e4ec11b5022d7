"""Does a result answer a question about one figure as NumPy and pandas would, and say how sure it is?"""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest
import toy

from simfunnel.errors import ClaimError
from simfunnel.measures import MEASURES
from simfunnel.results import Result
from simfunnel.results.intervals import quantile_interval, wilson
from simfunnel.results.text import digits, error, figure, money, percent, plain


def test_summary_agrees_with_pandas(run: Result) -> None:
    summary, frame = run.summary(), run.to_frame()
    assert list(summary.index) == [*MEASURES, *run.futures.kept]
    for name, row in summary.iterrows():
        values = frame[name]
        assert row["n"] == 200
        assert row["mean"] == pytest.approx(values.mean(), abs=1e-9)
        assert row["sd"] == pytest.approx(values.std(), abs=1e-9)
        assert row["mcse"] == pytest.approx(values.sem(), abs=1e-9)
        for q in (5, 10, 25, 50, 75, 90, 95):
            assert row[f"p{q}"] == np.quantile(values, q / 100, method="inverted_cdf")
        for q in (10, 50, 90):
            found = quantile_interval(values.to_numpy(), q / 100)
            assert (row[f"p{q}"], row[f"p{q}_low"], row[f"p{q}_high"]) == found
        if MEASURES.get(str(name)) and MEASURES[str(name)].is_count:
            assert row["p50"] == round(row["p50"])


def test_frame_has_types_and_shares_no_memory(run: Result) -> None:
    frame = run.to_frame()
    assert len(frame) == 200
    assert frame.index.name == "replication"
    assert frame["deals"].dtype == np.int64
    assert frame["revenue"].dtype == np.float64
    assert {"entered[stage=sql]", "revenue[sector=retail]", "plan_shortfall", "gap_roi"} <= set(frame.columns)
    assert not any(dtype.kind == "O" for dtype in frame.dtypes)
    for name, column in run.futures.base.items():
        assert not np.shares_memory(frame.get(name, frame["deals"]).to_numpy(), column)
    frame.loc[:, "deals"] = -1  # whoever has the frame may write to it


def test_money_is_exact_and_derived_measures_follow_their_definition(run: Result) -> None:
    base, frame = run.futures.base, run.to_frame()
    assert (frame["revenue"] == base["revenue"] / 100).all()
    cost, revenue = frame["cost"], frame["revenue"]
    assert frame["profit"].to_numpy() == pytest.approx((revenue * 0.8 - cost).to_numpy())
    assert frame["roi"].to_numpy() == pytest.approx(((revenue * 0.8 - cost) / cost).to_numpy())
    assert (frame["gap_deals"] == frame["twin_deals"] - frame["deals"]).all()
    assert frame["gap_roi"].to_numpy() == pytest.approx((frame["twin_roi"] - frame["roi"]).to_numpy())
    plan_roi = (120_000 * 0.8 - 40_000) / 40_000
    for suffix, plan, actual in (("", 120_000, "revenue"), ("_deals", 6, "deals"), ("_roi", plan_roi, "roi")):
        difference = plan - frame[actual]
        assert frame[f"plan_difference{suffix}"].to_numpy() == pytest.approx(difference.to_numpy())
        assert frame[f"plan_shortfall{suffix}"].to_numpy() == pytest.approx(difference.clip(lower=0).to_numpy())
        twin = (plan - frame[f"twin_{actual}"]).clip(lower=0)
        assert frame[f"twin_plan_shortfall{suffix}"].to_numpy() == pytest.approx(twin.to_numpy())


def test_what_the_plan_lacks_is_missing_not_zero(bare: Result) -> None:
    frame, summary = bare.to_frame(), bare.summary()
    for name in ("roi", "twin_roi", "gap_roi", "plan_shortfall", "plan_difference_deals", "twin_plan_shortfall_roi"):
        assert frame[name].isna().all()
        assert summary.loc[name, "n"] == 0
        assert summary.loc[name, ["mean", "mcse", "p50", "p90_high"]].isna().all()
        assert isnan(bare.mean(name).value)
        assert isnan(bare.quantile(name, 0.5).value)
    chance = bare.chance("plan_shortfall > 0")
    assert chance.n == 0
    assert isnan(chance.value)
    assert str(chance) == "missing (no future has this figure)"


def test_a_future_without_cost_has_no_return_and_does_not_count() -> None:
    futures = toy.futures(n_sims=20, seed=3)
    futures.base["cost"][:5] = 0
    run = Result(futures, toy.terms(n_sims=20))
    assert np.isnan(run.array("roi")).sum() == 5
    assert run.chance("roi >= -1").n == 15
    assert run.chance("roi >= -1").value == 1.0
    assert run.mean("roi").value == pytest.approx(np.nanmean(run.array("roi")))


def test_chances(run: Result) -> None:
    chance = run.chance("deals >= 7")
    true = int((run.array("deals") >= 7).sum())
    assert (chance.value, chance.n) == (true / 200, 200)
    assert (chance.low, chance.high) == wilson(true, 200)
    assert run.chance("deals >= 7", level=0.5).half_width < chance.half_width
    assert run.chance("deals >= 1_000").mcse > 0
    with pytest.raises(ValueError, match=r"write 0\.95"):
        run.chance("deals >= 7", level=95)


def test_parts_of_measures(run: Result) -> None:
    retail = run.array("revenue[sector=retail]")
    assert (retail == run.futures.kept["revenue[sector=retail]"] / 100).all()
    assert run.chance("revenue[ sector = retail ] >= 50k").value == (retail >= 50_000).mean()
    assert run.array("deals[source=fair]").sum() == run.futures.kept["deals[source=fair]"].sum()
    march = run.array("deals[period=2027-03]")
    assert (march == run.futures.timeline_deals[:, 2]).all()
    assert (run.array("revenue[period=2027-03]") == run.futures.timeline_revenue[:, 2] / 100).all()
    assert (run.array("entered[stage=sql]") == run.futures.base["entered[stage=sql]"]).all()
    assert run.mean("revenue[sector=retail]").unit == "money"


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("revenue[sector=industrial] >= 1M", "run again with keep=['revenue[sector=industrial]']"),
        ("worked[stage=sql] > 3", "run again with keep=['worked[stage=sql]']"),
        ("revenue[sector=retial] >= 1M", "there is no sector 'retial'; did you mean 'retail'?"),
        ("deals[period=2028-01] > 0", "there is no period '2028-01'"),
        ("entered[stage=lead] > 0", "there is no stage 'lead'; known: mql, sql, customer"),
    ],
)
def test_what_was_not_kept_says_how_to_keep_it(run: Result, claim: str, words: str) -> None:
    with pytest.raises(ClaimError) as refused:
        run.chance(claim)
    assert words in str(refused.value)


def test_records_print_as_sentences(run: Result) -> None:
    from simfunnel.results import Chance, Mean, Quantile

    low, high = wilson(37_500, 100_000)
    chance = Chance("deals >= 10", 0.375, low, high, 100_000)
    assert repr(chance) == "37.5 % (95 % CI 37.2 to 37.8 %, 100,000 futures)"
    assert repr(Mean("deals", 8.7512, 0.026, 8.70, 8.80, 10_000, unit="deals")) == (
        "8.75 (95 % CI 8.70 to 8.80, 10,000 futures)"
    )
    assert repr(Quantile("deals", 0.9, 12, 12, 13, 10_000, unit="deals")) == "12 (95 % CI 12 to 13, 10,000 futures)"
    assert "unbounded" in repr(Quantile("deals", 0.01, 1, -np.inf, 3, 20, unit="deals"))
    assert repr(run.quantile("revenue", 0.5)).startswith("$1")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (plain(8.7523, 0.18), "8.8"),
        (plain(8.7523, 3.0), "9"),
        (plain(123_456.0, 2_000.0), "123,000"),
        (plain(0.3, 50.0), "0"),
        (plain(-0.0004, 0.01), "0.00"),
        (plain(8.75), "8.75"),
        (plain(1 / 3), "0.3333"),
        (percent(0.0, 0.0002), "0.00 %"),
        (percent(0.5), "50 %"),
        (money(875_000.0, 2_600.0), "$875,000"),
        (money(874_321.0, 2_600.0), "$874,000"),
        (money(1_234_567.0, 30_000.0), "$1.23M"),
        (money(999_999.6, 100.0), "$1.0000M"),
        (money(-1.5e6), "-$1.5M"),
        (money(12.5), "$12.50"),
        (money(4_000.0, 3e5), "$0"),
        (money(1.0, currency="EUR"), "EUR 1"),
        (money(1.0, currency="A$"), "A$1"),
        (money(float("inf")), "unbounded"),
        (figure(float("nan"), "money"), "missing"),
        (error(0.0263, "deals"), "0.03"),
        (error(0.0, "deals"), "0"),
    ],
)
def test_figures_show_what_is_known_and_no_more(shown: str, expected: str) -> None:
    assert shown == expected


def test_the_last_digit_shown_is_the_first_of_the_error() -> None:
    rng = np.random.default_rng(1)
    for mcse in 10 ** rng.uniform(-6, 6, 500):
        place = 10.0 ** -digits(1.0, mcse)
        assert place <= mcse * (1 + 1e-9) < 10.00001 * place


def test_futures_that_do_not_fit_are_refused() -> None:
    futures, terms = toy.futures(n_sims=10), toy.terms(n_sims=10)
    with pytest.raises(ValueError, match=r"tallies of 10 replications, terms of 11"):
        Result(futures, replace(terms, n_sims=11))
    del futures.base["cost"]
    futures.kept["revenue[sector=retail]"] = np.zeros(10)
    with pytest.raises(ValueError, match=r"base has no 'cost'; kept\['revenue\[sector=retail\]'\] is float64"):
        Result(futures, terms)


def test_one_replication_is_enough_to_print() -> None:
    run = Result(toy.futures(n_sims=1), toy.terms(n_sims=1))
    assert "1 future, seed 1" in repr(run)
    assert isnan(run.mean("deals").mcse)
    assert isinstance(run.summary(), pd.DataFrame)
    assert isinstance(run.stages(), pd.DataFrame)
