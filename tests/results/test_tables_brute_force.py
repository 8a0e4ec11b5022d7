"""Are the tables, read off sums, what counting every visit of every future one by one gives?"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
import pandas as pd
import pytest
import toy

from simfunnel.results import Result
from simfunnel.results.futures import VISIT_MEASURES

CELL = ["replication", "stage", "source", "sector"]


@pytest.fixture(scope="module")
def visits() -> pd.DataFrame:
    """A row a visit: where, and what became of it."""
    funnel, rows = toy.Toy(), []
    for lead in toy.leads(funnel, 200, 1):
        for visit in lead.actual.visits:
            where = (lead.replication, funnel.stages[visit.stage], funnel.sources[lead.source])
            rows.append((*where, funnel.sectors[lead.sector], visit.start, visit.end, *toy.flags_of(visit).values()))
    return pd.DataFrame(rows, columns=[*CELL, "start", "end", *VISIT_MEASURES])


def per_replication(visits: pd.DataFrame, keys: list[str]) -> Callable[[str, tuple[str, ...]], np.ndarray]:
    """Sum of a measure in a cell for each of the 200 replications, zeros included."""

    def read(measure: str, cell: tuple[str, ...]) -> np.ndarray:
        chosen = visits
        for key, label in zip(keys, cell, strict=True):
            chosen = chosen[chosen[key] == label]
        return chosen.groupby("replication")[measure].sum().reindex(range(200), fill_value=0).to_numpy(dtype=float)

    return read


def ratio_and_error(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Ratio of sums and its delta-method error, from the replications themselves."""
    if b.sum() == 0:
        return np.nan, np.nan
    ratio = a.sum() / b.sum()
    return ratio, float(np.std(a - ratio * b, ddof=1) / sqrt(len(a)) / b.mean())


@pytest.mark.parametrize("by", ["stage", ("stage",), "sector", ("source", "sector"), ("sector", "stage", "source")])
def test_stages(run: Result, visits: pd.DataFrame, by: str | tuple[str, ...]) -> None:
    table = run.stages(by=by)
    keys = [key for key in ("stage", "source", "sector") if key == "stage" or key in by]
    assert list(table.columns[: len(keys)]) == keys
    assert len(table) == 3 * (2 if "source" in by else 1) * (2 if "sector" in by else 1)
    read = per_replication(visits, keys)
    for row in table.to_dict(orient="records"):
        cell = tuple(row[key] for key in keys)
        for measure in VISIT_MEASURES[:-1]:
            values = read(measure, cell)
            assert row[measure] == pytest.approx(values.mean())
            assert row[f"{measure}_mcse"] == pytest.approx(np.std(values, ddof=1) / sqrt(200), abs=1e-12)
        if row["stage"] == "customer":
            assert np.isnan(row["conversion"])
            assert np.isnan(row["mean_stay_days"])
            continue
        entered, worked = read("entered", cell), read("worked", cell)
        expected = {
            "conversion": ratio_and_error(read("advanced", cell), worked),
            "conversion_of_entered": ratio_and_error(read("advanced", cell), entered),
            "worked_share": ratio_and_error(worked, entered),
            "neglected_share": ratio_and_error(read("cold_neglected", cell), entered),
            "late_share": ratio_and_error(read("cold_late", cell), entered),
            "mean_stay_days": ratio_and_error(read("stay_seconds", cell) / 86_400, entered - read("open", cell)),
        }
        for name, (value, error) in expected.items():
            assert row[name] == pytest.approx(value, nan_ok=True), name
            assert row[f"{name}_mcse"] == pytest.approx(error, rel=1e-6, nan_ok=True), name


def test_stages_conserve_visits(run: Result) -> None:
    table = run.stages(by=("source", "sector"))
    inner = table[table["stage"] != "customer"]
    fates = inner[["advanced", "rejected", "cold_neglected", "cold_late", "left", "open"]].sum(axis=1)
    assert fates.to_numpy() == pytest.approx(inner["entered"].to_numpy())


def test_stages_can_be_split_by_what_exists_only(run: Result) -> None:
    with pytest.raises(ValueError, match="did you mean 'sector'"):
        run.stages(by="sectr")


def test_timeline(run: Result, visits: pd.DataFrame) -> None:
    table = {(row["measure"], row["period"]): row for row in run.timeline().to_dict(orient="records")}
    won = visits[visits["stage"] == "customer"].assign(month=lambda x: x["start"].map(toy.period_of))
    counts = won.pivot_table(index="replication", columns="month", values="entered", aggfunc="sum", fill_value=0)
    counts = counts.reindex(index=range(200), columns=range(12), fill_value=0)
    for month in range(12):
        period, here, so_far = f"2027-{month + 1:02d}", counts[month], counts.loc[:, :month].sum(axis=1)
        for measure, values in (("deals", here), ("cumulative_deals", so_far)):
            row = table[measure, period]
            assert row["mean"] == pytest.approx(values.mean())
            assert row["mcse"] == pytest.approx(values.sem())
            for name, q in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
                assert row[name] == np.quantile(values, q, method="inverted_cdf")
                assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    last = table["cumulative_revenue", "2027-12"]
    assert last["mean"] == pytest.approx(run.mean("revenue").value)
    assert last["p50"] == run.quantile("revenue", 0.5).value


def test_timeline_of_stages(run: Result, visits: pd.DataFrame) -> None:
    table = run.timeline()
    cold = table[(table["measure"] == "cold_neglected") & (table["stage"] == "sql")]
    chosen = visits[(visits["cold_neglected"] == 1) & (visits["stage"] == "sql")]
    months = chosen["end"].map(toy.period_of)
    for period, mean, mcse in zip(range(12), cold["mean"], cold["mcse"], strict=True):
        counts = chosen[months == period].groupby("replication").size().reindex(range(200), fill_value=0)
        assert mean == pytest.approx(counts.mean())
        assert mcse == pytest.approx(counts.sem())
    assert cold["p50"].isna().all()
    entered = table[(table["measure"] == "entered") & (table["stage"] == "mql")]["mean"].sum()
    assert entered == pytest.approx(run.mean("entered[stage=mql]").value)


def test_ledger(run: Result) -> None:
    table = run.ledger()
    funnel = toy.Toy()
    books = np.zeros((200, 2, 2, 4))
    for lead in toy.leads(funnel, 200, 1):
        if lead.actual.touch is not None:
            books[lead.replication, *lead.actual.touch] += (
                lead.twin.fate == "won", lead.twin.cents / 100, lead.actual.fate == "won", lead.actual.cents / 100
            )  # fmt: skip
    for row, (stage, cause) in enumerate((s, c) for s in range(2) for c in range(2)):
        line, booked = table.loc[row], books[:, stage, cause]
        assert (line["stage"], line["cause"]) == (funnel.stages[stage], ("neglected", "late")[cause])
        named = dict(zip(("lost_deals", "lost_revenue", "recovered_deals", "recovered_revenue"), booked.T, strict=True))
        named["net_deals"] = named["lost_deals"] - named["recovered_deals"]
        named["net_revenue"] = named["lost_revenue"] - named["recovered_revenue"]
        for name, values in named.items():
            assert line[name] == pytest.approx(values.mean())
            assert line[f"{name}_mcse"] == pytest.approx(np.std(values, ddof=1) / sqrt(200), rel=1e-6)


def test_ledger_sums_to_what_the_twin_has_more(run: Result) -> None:
    table = run.ledger()
    causes, total = table.iloc[:-1], table.iloc[-1]
    assert (total["stage"], total["cause"]) == ("total", "all")
    for name in ("lost_deals", "recovered_deals", "net_deals", "lost_revenue", "recovered_revenue", "net_revenue"):
        assert causes[name].sum() == pytest.approx(total[name], rel=1e-12)
    assert total["net_deals"] == pytest.approx(run.mean("gap_deals").value, rel=1e-12)
    assert total["net_revenue"] == pytest.approx(run.mean("gap_revenue").value, rel=1e-12)
    assert total["net_revenue_mcse"] == pytest.approx(run.mean("gap_revenue").mcse, rel=1e-12)


def test_sources(run: Result, visits: pd.DataFrame) -> None:
    table = run.sources().set_index("source")
    funnel, arrived = toy.Toy(), np.zeros((200, 2))
    revenue = np.zeros((200, 2))
    for lead in toy.leads(funnel, 200, 1):
        arrived[lead.replication, lead.source] += 1
        revenue[lead.replication, lead.source] += lead.actual.cents / 100
    read = per_replication(visits, ["stage", "source"])
    cost = np.column_stack([np.full(200, 12_000.0), 180 * arrived[:, 1]])
    deals = np.column_stack([read("entered", ("customer", source)) for source in funnel.sources])
    expected = {"leads": arrived, "source_cost": cost, "deals": deals, "revenue": revenue}
    for i, source in enumerate((*funnel.sources, "all")):
        mine = {name: x.sum(axis=1) if source == "all" else x[:, i] for name, x in expected.items()}
        for name, values in mine.items():
            assert table.loc[source, name] == pytest.approx(values.mean())
            assert table.loc[source, f"{name}_mcse"] == pytest.approx(np.std(values, ddof=1) / sqrt(200), abs=1e-9)
        for name, part, whole, scale, shift in (
            ("source_cost_per_lead", "source_cost", "leads", 1.0, 0.0),
            ("source_cost_per_customer", "source_cost", "deals", 1.0, 0.0),
            ("roi_on_source_cost", "revenue", "source_cost", 0.8, -1.0),
        ):
            value, error = ratio_and_error(mine[part], mine[whole])
            assert table.loc[source, name] == pytest.approx(value * scale + shift)
            assert table.loc[source, f"{name}_mcse"] == pytest.approx(error * scale, rel=1e-6, abs=1e-9)


def test_an_uncertain_margin_adds_to_the_error_of_a_return(run: Result) -> None:
    funnel = toy.Toy(uncertain_margin=True)
    unsure = Result(toy.futures(funnel, n_sims=200, seed=1), toy.terms(funnel))
    assert (unsure.sources()["roi_on_source_cost_mcse"] > run.sources()["roi_on_source_cost_mcse"]).all()
    margin = unsure.futures.base["margin_ppm"] / 1e6
    expected = unsure.array("revenue") * margin - unsure.array("cost")
    assert unsure.array("profit") == pytest.approx(expected)
    assert unsure.to_frame()["margin"].to_numpy() == pytest.approx(margin)


def test_sources_count_by_calendar_and_entries_to_the_end_of_the_run_off(run: Result) -> None:
    futures = toy.futures(n_sims=200, seed=1)
    for name in ("cohort_deals", "cohort_revenue", "cohort_cost"):
        futures.base[name] *= 3
    longer = Result(futures, run.terms)
    assert longer.sources().equals(run.sources())
    assert longer.ratios()["value"].to_numpy() == pytest.approx(3 * run.ratios()["value"].to_numpy())


def test_ratios(run: Result) -> None:
    table = run.ratios()
    assert list(table.index) == ["cost_per_mql", "cost_per_sql", "cost_per_customer"]
    frame = run.to_frame()
    for stage in ("mql", "sql", "customer"):
        value, error = ratio_and_error(frame["cost"].to_numpy(), frame[f"entered[stage={stage}]"].to_numpy())
        assert table.loc[f"cost_per_{stage}", "value"] == pytest.approx(value)
        assert table.loc[f"cost_per_{stage}", "mcse"] == pytest.approx(error, rel=1e-6)


def test_the_toy_itself_is_consistent(run: Result) -> None:
    base = run.futures.base
    assert (base["twin_revenue"] - base["revenue"] == base["lost_revenue"] - base["recovered_revenue"]).all()
    fates = ("won", "no_decision", "competitor", "dropped", "left", "open")
    assert (base["arrived"] == sum(base[name] for name in fates)).all()
    assert (base["twin_deals"] >= base["deals"]).all()
    assert (base["touched"] > 0).any()
    assert (base["open"] > 0).any()
    assert (base["left"] > 0).any()
