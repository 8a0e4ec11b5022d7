"""Is the best point told as honestly as the futures allow?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from made_sweeps import LEADS, NEGLECT, article, made
from scipy.special import ndtri
from scipy.stats import binom
from scipy.stats import norm as normal
from scipy.stats import t as student

import simfunnel as sf
from simfunnel.claims import Claim, Selector, parse_claim, parse_selector
from simfunnel.studies.sweep import best
from simfunnel.studies.sweep.best import Choice, choose
from simfunnel.studies.sweep.cells import cell, outcomes

Array = npt.NDArray[np.float64]
CLAIM, MEAN = parse_claim("deals >= 1"), parse_selector("revenue")


def chosen(values: Array, asked: Claim | Selector, *, is_most: bool = True) -> Choice:
    """The best of some points by their futures, shape (n_points, n_sims)."""
    cells = [cell(point, str(asked), asked, each) for point, each in enumerate(values)]
    return choose(cells, asked, lambda point: outcomes(asked, values[point]), is_most=is_most, seed=1)


def lives(luck: np.random.Generator, truth: Array, n: int, common: float, asked: Claim | Selector) -> Array:
    """Futures of points whose mean, or chance, is known, and of whose luck a share is common."""
    own, all_have = luck.standard_normal((len(truth), n)), luck.standard_normal(n)
    rolls = np.sqrt(common) * all_have + np.sqrt(1 - common) * own
    if isinstance(asked, Claim):
        return (rolls < ndtri(truth)[:, None]).astype(np.float64)
    return np.asarray(truth[:, None] + rolls)


@pytest.mark.slow
@pytest.mark.parametrize("asked", [MEAN, CLAIM])
@pytest.mark.parametrize("common", [0.0, 0.8])
@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_the_best_is_told_without_the_luck_of_the_choice(
    asked: Claim | Selector, common: float, spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 points, 1,000 seeds: the interval covers the truth in 95 % and more, and the value has no bias to speak of.

    False alarms: 1e-6 each for coverage and for the set that holds the best (a binomial tail at 95 %), and for the bias
    (half of a standard error of one estimate, where the plain maximum is off by up to two).
    """
    monkeypatch.setattr(best, "RESAMPLES", 0)
    monkeypatch.setattr(best, "_WEIGHTS", 1)  # the fewest resamples: they are not looked at here
    truth = np.linspace(0.5, 0.5 + spread, 30)
    luck, reps = np.random.default_rng(11), 1_000
    covered, kept, off, plain = 0, 0, [], []
    for _ in range(reps):
        found = chosen(lives(luck, truth, 100, common, asked), asked)
        true = truth[found.point]
        covered += bool(found.low <= true <= found.high)
        kept += spread == 0 or 29 in (found.point, *(each.point for each in found.rivals))
        off.append(found.value - true)
        plain.append(found.shown - true)
    least = int(binom.ppf(1e-6, reps, 0.95))
    assert covered >= least
    assert kept >= least
    error = (1.0 if asked is MEAN else 0.5) / 10
    assert abs(np.mean(off)) < 0.5 * error < max(np.mean(plain), 0.51 * error)
    assert abs(np.mean(off)) < np.mean(plain)


def test_a_choice_without_a_rival_is_worth_what_it_shows() -> None:
    found = chosen(np.array([[0.0, 1.0] * 200, [10.0, 11.0] * 200, [5.0, 6.0] * 200]), MEAN)
    assert (found.point, found.rivals, found.share, found.optimism) == (1, (), 1.0, 0.0)
    assert (found.low, found.high) == (found.shown_low, found.shown_high)


def test_the_intervals_are_those_of_the_text_books() -> None:
    """Student's t over the paired differences, by Bonferroni one-sided; the best's own down to all three candidates."""
    values = np.random.default_rng(8).standard_normal((3, 50)) * 1e6  # money is exact to a hundredth of a cent
    found = chosen(values, MEAN)
    assert len(found.rivals) == 2
    for rival in found.rivals:
        apart = values[rival.point] - values[found.point]
        error = np.std(apart, ddof=1) / 50**0.5
        assert rival.difference == pytest.approx(apart.mean())
        assert rival.high - rival.difference == pytest.approx(student.ppf(1 - 0.05 / 2, 49) * error)
    own = np.std(values[found.point], ddof=1) / 50**0.5
    assert found.shown - found.low == pytest.approx(normal.ppf(1 - 0.025 / 3) * own)
    assert found.high - found.shown == pytest.approx(normal.ppf(0.975) * own)


def test_each_half_of_the_futures_values_what_the_other_chooses() -> None:
    values = np.random.default_rng(9).standard_normal((4, 60))
    even, odd = values[:, ::2].mean(axis=1), values[:, 1::2].mean(axis=1)
    assert np.argmax(even) != np.argmax(odd)
    found = chosen(values, MEAN)
    assert found.value == pytest.approx((odd[np.argmax(even)] + even[np.argmax(odd)]) / 2)
    least = chosen(-values, MEAN, is_most=False)
    assert (least.value, least.low, least.high) == pytest.approx((-found.value, -found.high, -found.low))


def test_the_lowest_is_the_best_where_less_is_better() -> None:
    values = np.array([[0.0, 1.0] * 200, [10.0, 11.0] * 200])
    assert chosen(values, MEAN, is_most=False).point == 0
    costs = made([(LEADS, [40, 50])], lambda row, _: {"cost": np.full(20, 100.0 * float(row[0]))}, measures=["cost"])
    assert costs.best().point == 0
    assert costs.best(most=True).point == 1


def test_points_that_are_the_same_in_every_future_share_the_wins() -> None:
    luck = np.random.default_rng(5)
    one, other = luck.standard_normal((2, 400))
    one += other.mean() - one.mean() + 0.01
    found = chosen(np.array([one, other, one]), MEAN)
    best_share = found.share
    same = next(each for each in found.rivals if each.is_same)
    assert (found.point, same.point) == (0, 2)
    assert (same.difference, same.low, same.high, same.share) == (0.0, 0.0, 0.0, best_share)
    assert best_share * 2 + sum(each.share for each in found.rivals if each.point == 1) == pytest.approx(1.0)
    everywhere = chosen(np.array([one, one, one]), MEAN)
    assert everywhere.is_trivial
    assert everywhere.value == everywhere.shown


def test_a_pair_that_differs_in_every_future_alike_is_told_apart_though_both_vary_widely() -> None:
    values = np.random.default_rng(3).standard_normal(200) * 1_000
    found = chosen(np.array([values, values + 1.0]), MEAN)
    assert (found.point, found.rivals) == (1, ())


def test_shares_are_those_of_resampled_futures() -> None:
    """Of two points whose difference has mean d and error s, the first is best in a share of Phi(d / s)."""
    luck = np.random.default_rng(2)
    values = luck.standard_normal((2, 2_000))
    values[0] += values[1].mean() - values[0].mean() + 0.03
    found = chosen(values, MEAN)
    error = float(np.std(values[0] - values[1], ddof=1)) / 2_000**0.5
    from scipy.special import ndtr

    expected = float(ndtr(0.03 / error))
    assert abs(found.share - expected) < 5 * (expected * (1 - expected) / found.resamples) ** 0.5


def test_how_many_futures_are_looked_at_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(4).standard_normal((5, 700))
    whole = chosen(values, MEAN)
    monkeypatch.setattr(best, "_AT_ONCE", 1)
    assert [each.share for each in chosen(values, MEAN).rivals] == [each.share for each in whole.rivals]


def test_futures_without_the_figure_do_not_count() -> None:
    values = np.random.default_rng(6).standard_normal((3, 300))
    values[0, :290] = np.nan
    values[1] += 5
    values[2] = np.nan
    found = chosen(values, MEAN)
    assert (found.point, found.n_points) == (1, 2)
    nothing = np.full((2, 10), np.nan)
    with pytest.raises(ValueError, match="no point has a figure for revenue"):
        chosen(nothing, MEAN)


def test_one_future_says_nothing_of_its_error() -> None:
    found = chosen(np.array([[1.0], [2.0]]), MEAN)
    assert (found.point, found.value) == (1, 2.0)
    assert np.isnan(found.low)
    assert [each.point for each in found.rivals] == [0]


def test_what_neither_more_nor_less_is_better_of_must_be_told() -> None:
    some = made([(LEADS, [40, 50])], lambda row, _: {"arrived": np.full(9, float(row[0]))}, measures=["arrived"])
    with pytest.raises(ValueError, match="neither more nor less of arrived is better; say most=True or most=False"):
        some.best()
    assert some.best(most=True).point == 1
    assert "arrived: mean from 40 with leads 40 to 50 with leads 50" in repr(some)


def test_the_best_among_some_points() -> None:
    some = made([(NEGLECT, [0.0, 0.2]), (LEADS, [40, 60])], article)
    assert some.best().point == 1
    assert some.best(among_points=[0, 2]).point == 0
    with pytest.raises(ValueError, match="the points of this sweep are 0 to 3"):
        some.best(among_points=[4])


def test_the_sentence_says_the_best_its_interval_and_its_rivals() -> None:
    some = made([(NEGLECT, [0.0, 0.01, 0.3]), (LEADS, [40, 41])], lambda row, luck: article(row, luck, 60), seed=3)
    found = some.best()
    assert found.rivals
    said = repr(some)
    assert f"Made: deals >= 10: best is {'neglect 0 %, leads 41'}, chance " in said
    assert f"; {len(found.rivals)} of 5 others cannot be told from it." in said
    assert "Cannot be told from it, with 95 % confidence for all: " in said
    assert isinstance(some, sf.SweepResult)
    _, sentence = said.splitlines()[0].split("deals >= 10: ")
    assert str(found) == repr(found) == f"Point {found.point}: {sentence}"
