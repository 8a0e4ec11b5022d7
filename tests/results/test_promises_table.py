"""Does the table of SLAs say what the futures say, and the claim the same?"""

from __future__ import annotations

import numpy as np
import pytest

import simfunnel as sf
from simfunnel.results.intervals import wilson

TEXT = """
horizon: 1 year
period: quarter
process: [sql, customer]
sources: {inbound: {enters: sql, leads: poisson(60)}}
stages: {sql: {conversion: 40%, response: exponential(mean=1 day)}}
slas:
  call: {stage: sql, within: 1 day, share: 60%}
  number: {stage: customer, entries: 6 per quarter}
  never due: {stage: sql, within: 2 years, share: 60%}
"""


@pytest.fixture(scope="module")
def run() -> sf.Result:
    return sf.simulate(sf.loads(TEXT), n_sims=300, seed=3, progress=False)


def test_a_row_is_read_off_the_futures(run: sf.Result) -> None:
    frame = run.sla().set_index("sla")
    for name in ("call", "number"):
        met, due, kept, judged = (
            run.futures.base[f"sla_{what}[sla={name}]"] for what in ("met", "due", "kept", "judged")
        )
        row, each = frame.loc[name], met[due > 0] / due[due > 0]
        assert row["attainment"] == pytest.approx(met.sum() / due.sum())
        residual = met - row["attainment"] * due
        assert row["attainment_mcse"] == pytest.approx(residual.std(ddof=1) / np.sqrt(300) / due.mean())
        assert row["p50"] == np.sort(each)[int(np.ceil(each.size / 2)) - 1]
        assert row["kept_in_a_period"] == pytest.approx(kept.sum() / judged.sum())
        always, n = int(((kept == judged) & (judged > 0)).sum()), int((judged > 0).sum())
        assert row["kept_in_every_period"] == always / n
        assert (row["kept_in_every_period_low"], row["kept_in_every_period_high"]) == wilson(always, n)
        claim = run.chance(f"attainment[sla={name}] >= 70%")
        assert (claim.value, claim.n) == (np.mean(each >= 0.7), each.size)


def test_how_often_a_period_is_kept_is_not_known_for_sure_where_none_was() -> None:
    """No month of 60 futures has so many entries: it may still happen in one of sixteen."""
    hard = sf.loads(TEXT).change({"slas": {"hard": {"stage": "sql", "entries": "5_000 per month"}}})
    row = sf.simulate(hard, n_sims=60, seed=3, progress=False).sla().set_index("sla").loc["hard"]
    assert (row["kept_in_a_period"], row["kept_in_a_period_mcse"]) == (0.0, 0.0)
    assert (row["kept_in_a_period_low"], row["kept_in_a_period_high"]) == wilson(0, 60)


def test_the_interval_of_a_share_of_periods_is_as_wide_as_its_error(run: sf.Result) -> None:
    row = run.sla().set_index("sla").loc["call"]
    reach = (row["kept_in_a_period_high"] - row["kept_in_a_period_low"]) / 2
    assert row["kept_in_a_period_low"] < row["kept_in_a_period"] < row["kept_in_a_period_high"]
    assert reach == pytest.approx(1.96 * row["kept_in_a_period_mcse"], rel=0.1)


def test_periods_add_up(run: sf.Result) -> None:
    frame, by_period = run.sla().set_index("sla"), run.sla("period")
    for name in ("call", "number"):
        rows = by_period[by_period["sla"] == name]
        assert rows["met"].sum() == pytest.approx(frame.at[name, "met"])
        assert rows["due"].sum() == pytest.approx(frame.at[name, "due"])
        judged = rows["n"] > 0
        mean = (rows["kept"] * rows["n"])[judged].sum() / rows["n"].sum()
        assert mean == pytest.approx(frame.at[name, "kept_in_a_period"])


def test_what_is_never_due_is_missing(run: sf.Result) -> None:
    row = run.sla().set_index("sla").loc["never due"]
    assert row["n"] == 0
    assert row[["attainment", "p10", "p90", "kept_in_a_period", "kept_in_every_period"]].isna().all()
    with pytest.raises(ValueError, match="cannot split by 'sector'"):
        run.sla("sector")


def test_a_stored_result_keeps_its_promises(run: sf.Result, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = run.save(tmp_path_factory.mktemp("stored") / "run.npz")
    back = sf.Result.load(path)
    assert back == run
    assert back.sla("period").equals(run.sla("period"))
