"""Does the list of a future's leads agree with its figures, with its ledger and with each lead's journal?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import simfunnel as sf

FATES = ("won", "no_decision", "competitor", "dropped", "left", "open")


@pytest.fixture(scope="module")
def run() -> sf.Result:
    return sf.simulate(sf.load("industrial").change({"run_off": "0 days"}), n_sims=40, seed=5, progress=False)


@pytest.mark.parametrize("replication", [0, 7, 39])
def test_leads_add_up_to_the_future_that_they_are(run: sf.Result, replication: int) -> None:
    leads = run.leads(replication)
    future = run.to_frame().iloc[replication]
    known = {name: int(run.futures.base[name][replication]) for name in FATES if name != "won"}
    assert leads["fate"].value_counts().reindex(list(known), fill_value=0).to_dict() == known
    won, twin_won = leads["fate"] == "won", leads["twin_fate"] == "won"
    assert won.sum() == future["deals"]
    assert twin_won.sum() == future["twin_deals"]
    assert leads.loc[won, "deal_value"].sum() == pytest.approx(future["revenue"], abs=0.01)
    lost = leads[twin_won & ~won]
    assert lost["stage"].notna().all()
    assert len(lost) - (won & ~twin_won).sum() == future["gap_deals"]
    assert (leads["fate"] == leads["twin_fate"])[leads["stage"].isna()].all()
    assert (leads["stage"].isna() == leads["cause"].isna()).all()


def test_each_lead_is_the_one_that_the_journal_tells_of(run: sf.Result) -> None:
    leads = run.leads(3)
    end = {
        "won": "is won",
        "no_decision": "ends without a decision",
        "competitor": "goes to a competitor",
        "dropped": "is dropped",
        "left": "is lost",
    }
    for row in leads.groupby("fate").head(2).itertuples():
        told = run.journal(3, (row.source, row.number))
        assert told.sector == row.sector
        assert abs(told.actual[0].at - row.arrived) < pd.Timedelta("1s")
        last = told.actual[-1].what
        assert last.startswith(end.get(row.fate, last)), (row.fate, last)
        assert (told.twin is None) == pd.isna(row.stage)


def test_numbers_count_from_zero_in_each_source(run: sf.Result) -> None:
    leads = run.leads(0)
    for _, part in leads.groupby("source"):
        assert part["number"].tolist() == [*range(len(part))]
    assert not np.isnan(leads["deal_value"]).any()


@pytest.mark.parametrize("replication", [-1, 40])
def test_only_futures_of_the_run(run: sf.Result, replication: int) -> None:
    with pytest.raises(IndexError, match="the run has 0 to 39"):
        run.leads(replication)
