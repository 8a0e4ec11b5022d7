"""Does what people read about nurture say what happened?"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

import simfunnel as sf

TEXT = """
horizon: 1 year
process: [lead, sql, customer]
deal_value: 10_000
expansion: {rate: 400% per year, value: 500}
sources: {list: {enters: lead, leads: poisson(60)}, referrals: {enters: sql, leads: 5}}
sectors: {a: {share: 40%}, b: {share: rest}}
stages:
  lead:
    programme: {every: 9 days, touches: 9, opens: 40%, clicks: 50%, threshold: 2, unsubscribes: 2%, cost_per_touch: 0.3}
  sql: {conversion: 50%, takes: 9 days}
"""


@pytest.fixture(scope="module")
def nurtured() -> sf.Result:
    return sf.simulate(sf.loads(TEXT), n_sims=400, seed=3, workers=1, progress=False)


def ratio_and_error(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """A ratio of sums and its delta-method error, from the replications themselves."""
    ratio = float(a.sum() / b.sum())
    return ratio, float(np.std(a - ratio * b, ddof=1) / sqrt(len(a)) / b.mean())


def test_rates_are_ratios_of_sums_with_their_errors(nurtured: sf.Result) -> None:
    table = nurtured.programmes()
    assert table["stage"].tolist() == ["lead"]
    row, array = table.iloc[0], nurtured.array
    for name in ("touches", "opens", "clicks", "unsubscribed"):
        assert row[name] == pytest.approx(array(name).mean())
        assert row[f"{name}_mcse"] == pytest.approx(array(name).std(ddof=1) / sqrt(400))
    for name, part, whole in (
        ("open_rate", "opens", "touches"),
        ("click_rate", "clicks", "touches"),
        ("click_to_open_rate", "clicks", "opens"),
        ("unsubscribe_rate", "unsubscribed", "touches"),
    ):
        assert (row[name], row[f"{name}_mcse"]) == pytest.approx(ratio_and_error(array(part), array(whole)))
    per_deal = nurtured.ratios().loc["touches_per_deal"]
    assert tuple(per_deal) == pytest.approx(ratio_and_error(array("touches_of_deals"), array("deals")))


def test_the_table_splits_by_source_and_sector(nurtured: sf.Result) -> None:
    table = nurtured.programmes(by=("source", "sector"))
    assert list(table.columns[:3]) == ["stage", "source", "sector"]
    assert len(table) == 4
    assert table["touches"].sum() == pytest.approx(nurtured.array("touches").mean())
    assert (table.loc[table["source"] == "referrals", "touches"] == 0).all()
    with pytest.raises(ValueError, match="cannot split by 'sectr'"):
        nurtured.programmes(by="sectr")


def test_a_run_without_programmes_has_none() -> None:
    bare = sf.simulate(sf.load("industrial"), n_sims=20, seed=3, workers=1, progress=False)
    assert bare.programmes().empty
    assert "touches_per_deal" not in bare.ratios().index
    assert not bare.array("touches").any()
    assert not bare.array("expansion_sales").any()


def test_a_journal_tells_touches_and_further_sales(nurtured: sf.Result) -> None:
    leads = nurtured.leads(2)
    lines = {
        fate: [
            moment.what
            for number in leads.number[(leads.source == "list") & (leads.fate == fate)]
            for moment in nurtured.journal(2, ("list", int(number))).actual
        ]
        for fate in ("won", "dropped")
    }
    assert any(line.startswith("has been nurtured: ") and line.endswith(" 2 clicked") for line in lines["won"])
    assert not any("unsubscribes" in line for line in lines["won"])
    assert "buys further: $500.00" in lines["won"]
    assert lines["dropped"].count("unsubscribes") == nurtured.array("unsubscribed")[2]
