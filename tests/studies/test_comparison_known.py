"""Does a comparison say what can be worked out by hand?

False-alarm rate of every statistical check here: 1e-6. Where a mean is checked, the run is long enough to catch a bias
of one percent (or as stated) with a chance of 99.9 %, or the check fails as too weak.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.results.pairs import pairs
from simfunnel.scenario.schema import Scenario

from .known_article import CONVERSION, LEADS, NEGLECT, NEGLECT_SLA, RESCUED

FALSE_ALARM = 1e-6
Z = float(stats.norm.isf(FALSE_ALARM / 2))
Z_POWER = float(stats.norm.isf(1e-3))
BLOCK = 300


def agrees(found: float, truth: float, mcse: float, smallest_bias: float = 0.01) -> bool:
    """Whether an estimate is within its error of the truth; an error too large to see the smallest bias is one."""
    assert (Z + Z_POWER) * mcse <= smallest_bias * abs(truth), "too few draws"
    return abs(found - truth) <= Z * mcse


@pytest.fixture(scope="module")
def found(article: Scenario, sla: Scenario) -> sf.Comparison:
    return sf.compare(article, sla, n_sims=300_000, seed=20270104, workers=1)


def test_mean_difference_is_that_of_the_closed_form(found: sf.Comparison) -> None:
    row = found.pairs("deals")
    assert pytest.approx(1.05) == LEADS * RESCUED
    assert agrees(row.difference, LEADS * RESCUED, row.mcse, smallest_bias=0.015)
    assert agrees(row.baseline_mean, LEADS * CONVERSION * (1 - NEGLECT), row.baseline_mcse)
    assert agrees(row.variant_mean, LEADS * CONVERSION * (1 - NEGLECT_SLA), row.variant_mcse)
    assert row.difference == pytest.approx(row.variant_mean - row.baseline_mean)
    assert agrees(row.mcse * sqrt(row.n), sqrt(LEADS * RESCUED * (1 - RESCUED)), 1 / sqrt(row.n), smallest_bias=0.02)
    revenue = found.pairs("revenue")
    assert revenue.difference == pytest.approx(100_000 * row.difference)
    cost = found.pairs("cost")
    assert (cost.difference, cost.mcse, cost.low, cost.high) == (30_000.0, 0.0, 30_000.0, 30_000.0)
    assert (cost.better, cost.equal, cost.worse) == (0.0, 0.0, 1.0)


def test_lead_for_lead_never_fewer_deals(found: sf.Comparison) -> None:
    differences = found.differences("deals")
    assert differences.dtype == np.float64
    assert differences.shape == (300_000,)
    assert (differences >= 0).all()
    assert (found.differences("gap_deals") == -differences).all()
    assert (found.differences("twin_deals") == 0).all()


def test_better_equal_worse_and_quantiles(found: sf.Comparison) -> None:
    row = found.pairs("deals")
    equal = (1 - RESCUED) ** LEADS
    for share, truth in ((row.better, 1 - equal), (row.equal, equal)):
        assert agrees(share, truth, sqrt(truth * (1 - truth) / row.n), smallest_bias=0.021)
    assert row.worse == 0.0
    assert row.worse_low == 0.0
    assert 0 < row.worse_high < 1e-4
    assert row.better + row.equal + row.worse == pytest.approx(1.0)
    rescued = stats.binom(LEADS, RESCUED)
    assert (row.p10, row.p50, row.p90) == tuple(rescued.ppf(q) for q in (0.1, 0.5, 0.9))
    fewer = found.pairs("gap_deals")  # less of it is better
    assert (fewer.better, fewer.worse) == (row.better, row.worse)
    neither = found.pairs("worked")
    assert np.isnan([neither.better, neither.worse]).all()
    assert 0 < neither.equal < 1


def test_pairing_factor_is_that_of_the_closed_form_and_of_brute_force(found: sf.Comparison) -> None:
    row = found.pairs("deals")
    variances = [LEADS * p * (1 - p) for p in (CONVERSION * (1 - NEGLECT), CONVERSION * (1 - NEGLECT_SLA), RESCUED)]
    truth = (variances[0] + variances[1]) / variances[2]
    assert truth == pytest.approx(13.92, abs=0.01)
    assert agrees(row.pairing_factor, truth, row.pairing_factor_mcse, smallest_bias=0.035)
    # brute force: many comparisons, paired and not; futures of different replications have nothing in common
    before, after = (run.array("deals").reshape(-1, BLOCK).mean(axis=1) for run in found.runs)
    n = len(before) // 2
    paired, apart = after[:n] - before[:n], after[n:] - before[:n]
    ratio = apart.var(ddof=1) / paired.var(ddof=1)
    assert stats.f.isf(1 - FALSE_ALARM / 2, n - 1, n - 1) < ratio / truth < stats.f.isf(FALSE_ALARM / 2, n - 1, n - 1)


def test_interval_of_the_difference_covers_as_often_as_it_claims(found: sf.Comparison) -> None:
    before, after = (run.array("deals").reshape(-1, BLOCK) for run in found.runs)
    rows = [pairs(a, b, unit="deals", direction="more") for a, b in zip(before, after, strict=True)]
    hits = sum(row.low <= LEADS * RESCUED <= row.high for row in rows)
    # counts of 300 futures are not quite normal: the true coverage is within half a percentage point of 95 %
    n = len(rows)
    assert stats.binom.ppf(FALSE_ALARM / 2, n, 0.945) <= hits <= stats.binom.isf(FALSE_ALARM / 2, n, 0.955)


def test_the_difference_is_right_over_many_seeds(article: Scenario, sla: Scenario) -> None:
    seeds, n = 60, 100
    sd = sqrt(LEADS * RESCUED * (1 - RESCUED) / n)
    found = [sf.compare(article, sla, n_sims=n, seed=seed, workers=1) for seed in range(seeds)]
    means = [each.pairs("deals").difference for each in found]
    squares = float((((np.array(means) - LEADS * RESCUED) / sd) ** 2).sum())
    assert stats.chi2.isf(1 - FALSE_ALARM / 2, seeds) < squares < stats.chi2.isf(FALSE_ALARM / 2, seeds)


def test_chances_of_the_plan(found: sf.Comparison) -> None:
    chances = found.chance()
    assert chances.claim == "deals >= 10"
    truths = [stats.binom.sf(9, LEADS, CONVERSION * (1 - neglect)) for neglect in (NEGLECT, NEGLECT_SLA)]
    for chance, truth in zip(chances.chances, truths, strict=True):
        assert agrees(chance.value, truth, chance.mcse, smallest_bias=0.02)
    (change,) = chances.differences
    reach = (change.high - change.low) / 2
    assert agrees(change.value, truths[1] - truths[0], reach / 1.96, smallest_bias=0.035)
    assert change.lost == 0
    assert change.value == change.gained / change.n
    assert reach < 1.96 * sqrt(2 * 0.25 / change.n)  # narrower than without pairing
    assert "instead of 37." in repr(chances)
    assert str(change).startswith("+1")


def test_leads_that_change_fates(found: sf.Comparison) -> None:
    (row,) = found.leads_changed(24_000).to_dict("records")
    assert row["variant"] == "With an SLA"
    assert agrees(row["gained"], LEADS * RESCUED, row["gained_mcse"], smallest_bias=0.05)
    assert row["gained_low"] < row["gained"] < row["gained_high"]
    assert [row[what] for what in ("lost", "lost_mcse", "lost_gone", "gained_new")] == [0.0] * 4
    assert found.leads_changed()["n"].tolist() == [500]
    with pytest.raises(ValueError, match="between 1 and the 300,000 replications compared"):
        found.leads_changed(300_001)


def test_a_scenario_compared_with_itself_differs_by_exactly_nothing(busy: Scenario) -> None:
    same = sf.compare(busy, busy, n_sims=300, seed=3, keep=["cold_late[stage=sql]"])
    assert same.names == ("Busy", "Busy (2)")
    assert same.warnings == ()
    assert same.runs[0] == same.runs[1]
    summary = same.summary().set_index("measure")
    known = summary[summary["n"] > 0]
    assert len(known) > 30
    assert "cold_late[stage=sql]" in known.index
    for name in ("difference", "mcse", "low", "high", "p10", "p50", "p90", "p10_low", "p90_high"):
        assert (known[name] == 0).all()
    assert (known["equal"] == 1).all()
    assert not known[["better", "worse"]].fillna(0).to_numpy().any()
    changed = same.leads_changed().drop(columns=["variant", "n"]).to_numpy()
    assert (changed == 0).all()
    assert same.chance("deals >= 5").differences[0].value == 0
    assert repr(same).startswith("Busy (2): no difference in deals in any of 300 futures.")


def test_exact_coverage_of_the_interval_of_a_difference_of_chances() -> None:
    from simfunnel.results.pairs import paired_chance

    n = 60
    cells = [(up, down) for up in range(n + 1) for down in range(n + 1 - up)]
    ends = []
    for up, down in cells:
        side = np.repeat([0, 1, 2], [n - up - down, up, down])
        ends.append(paired_chance(side == 2, side == 1)[1:])
    low, high = np.array(ends).T
    coverage = []
    for gain, loss in ((0.0, 0.0), (0.02, 0.0), (0.05, 0.05), (0.1, 0.0), (0.2, 0.05), (0.3, 0.3), (0.6, 0.1)):
        shares = [1 - gain - loss, gain, loss]
        weight = stats.multinomial.pmf([(n - up - down, up, down) for up, down in cells], n, shares)
        inside = (low <= gain - loss + 1e-12) & (gain - loss <= high + 1e-12)
        coverage.append(weight[inside].sum())
    assert min(coverage) > 0.93
    assert 0.945 < np.mean(coverage) < 0.985
