"""Does the score profile say what the leads' own scores say, whatever the block, and is its error the right one?"""

from __future__ import annotations

import numpy as np
import pytest

import simfunnel as sf
from simfunnel.engine.futures import simulate_block
from simfunnel.gathering import Gathering
from simfunnel.resolved import resolve

YEAR = """
start: 2027-01-01
horizon: 90 days
process: [lead, customer]
score: {weight: 0.5, correlation: 70%, mean: 40, sd: 12}
sources: {web: {enters: lead, leads: poisson(60 per month)}}
stages: {lead: {threshold: 45}}
"""


def profile(n_sims: int, seed: int = 3) -> tuple[sf.Result, object]:
    run = sf.simulate(sf.loads(YEAR), n_sims=n_sims, seed=seed, workers=1, progress=False)
    return run, run.score_profile()


def test_it_is_that_of_the_leads_themselves() -> None:
    run, frame = profile(30)
    leads = [run.leads(k) for k in range(30)]
    for number, row in frame.iterrows():
        scores = np.concatenate([each.loc[each["arrived"].dt.month == number + 1, "score"] for each in leads])
        assert row["leads"] == scores.size / 30
        assert row["mean"] == pytest.approx(scores.mean(), abs=0.01)
        assert row["sd"] == pytest.approx(scores.std(), abs=0.01)
        for name, q in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
            assert row[name] == pytest.approx(np.quantile(scores, q), abs=1.2)  # within a third of a bin


def test_leads_on_hand_at_the_start_are_in_nobodys_profile() -> None:
    more = sf.loads(YEAR).change({"sources.on hand": {"enters": "lead", "leads": 50, "arrive": "at start"}})
    run, frame = profile(30)
    assert run.score_profile().equals(sf.simulate(more, n_sims=30, seed=3, progress=False).score_profile())
    assert frame["leads"].max() < 70


def test_scores_of_new_leads_are_normal_within_the_errors() -> None:
    """18 comparisons at 5.5 errors: a false alarm in 1.5 million; quantiles bend by 0.15 within a bin."""
    _, frame = profile(3_000)
    for name, z in (("mean", 0.0), ("p10", -1.2816), ("p50", 0.0), ("p90", 1.2816)):
        assert (abs(frame[name] - 40 - 12 * z) < 5.5 * frame[f"{name}_mcse"] + 0.15 * (name != "mean")).all()
        assert (frame[f"{name}_mcse"] < 0.1).all()
    assert (abs(frame["sd"] - 12) < 5.5 * frame["sd_mcse"]).all()


def test_the_errors_are_those_of_repeated_runs() -> None:
    frames = [profile(40, seed)[1] for seed in range(60)]
    for name in ("leads", "mean", "sd", "p50"):
        spread = np.std([frame[name][1] for frame in frames], ddof=1)
        said = np.mean([frame[f"{name}_mcse"][1] for frame in frames])
        assert 0.6 < spread / said < 1.6  # sixty runs know a spread to a tenth


def test_blocks_of_any_size_add_up_to_the_same() -> None:
    resolved, found = resolve(sf.loads(YEAR)), []
    for size in (7, 40):
        gathering = Gathering(resolved, 3, 0, 40)
        for at in range(0, 40, size):
            gathering.add(simulate_block(resolved.plan, 3, at, min(size, 40 - at)))
        found.append(gathering.result())
    assert found[0] == found[1]


def test_without_a_score_there_is_no_row_and_a_stored_result_keeps_it(tmp_path: object) -> None:
    run, frame = profile(20)
    assert sf.Result.load(run.save(f"{tmp_path}/run.npz")).score_profile().equals(frame)
    plain = sf.loads(YEAR.replace("threshold: 45", "conversion: 40%")).change({"score": None})
    assert sf.simulate(plain, n_sims=20, progress=False).score_profile().empty


def test_where_nobody_arrives_there_is_nothing_to_say() -> None:
    run = sf.simulate(sf.loads(YEAR.replace("poisson(60 per month)", "0")), n_sims=20, progress=False)
    frame = run.score_profile()
    assert (frame["leads"] == 0).all()
    assert frame[["mean", "sd", "p10", "p50", "p90"]].isna().all(axis=None)
