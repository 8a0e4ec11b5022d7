"""Do intervals cover what they claim to, and are errors those of the textbook?

Coverage is computed exactly, by summing the binomial distribution: no draws, so no false alarms. Where a simulation is
needed its false-alarm rate is stated.
"""

from __future__ import annotations

from math import inf, isnan, sqrt

import numpy as np
import pytest
from scipy import stats

from simfunnel.results import intervals

FALSE_ALARM = 1e-6


def covered_by_wilson(n: int, p: float, level: float = 0.95) -> float:
    """Exact coverage of Wilson's interval."""
    ends = np.array([intervals.wilson(k, n, level) for k in range(n + 1)])
    inside = (ends[:, 0] <= p) & (p <= ends[:, 1])
    return float(stats.binom.pmf(np.arange(n + 1), n, p)[inside].sum())


def error_of_ratio(a: np.ndarray, b: np.ndarray) -> float:
    """Delta-method error of a ratio, from the sums alone."""
    return float(intervals.ratio_mcse(a.sum(), b.sum(), (a * a).sum(), (b * b).sum(), (a * b).sum(), len(a)))


def test_wilson_agrees_with_scipy() -> None:
    for k, n, level in ((0, 10, 0.95), (3, 10, 0.95), (10, 10, 0.9), (3_747, 10_000, 0.99)):
        theirs = stats.binomtest(k, n).proportion_ci(level, method="wilson")
        assert intervals.wilson(k, n, level) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize("n", [20, 200, 2_000])
def test_wilson_covers_near_its_level_on_average_and_never_far_below(n: int) -> None:
    chances = np.linspace(0.02, 0.98, 49)
    coverage = np.array([covered_by_wilson(n, p) for p in chances])
    assert 0.94 < coverage.mean() < 0.965
    assert coverage.min() > 0.90


def test_wilson_refuses_what_cannot_be() -> None:
    for k, n, level in ((-1, 10, 0.95), (11, 10, 0.95), (1, 10, 1.0), (1, 10, 0.0), (1, 10, 95)):
        with pytest.raises(ValueError, match=r"successes|level"):
            intervals.wilson(k, n, level)
    assert all(isnan(end) for end in intervals.wilson(0, 0))
    assert intervals.wilson(0, 50)[0] == 0.0
    assert intervals.wilson(50, 50)[1] == 1.0


@pytest.mark.parametrize("n", [1, 5, 20, 100, 2_000, 1_000_000])
@pytest.mark.parametrize("q", [0.001, 0.1, 0.5, 0.9, 0.95])
def test_order_statistics_enclose_the_quantile_at_least_at_their_level(n: int, q: float) -> None:
    low, high = intervals.quantile_ranks(q, n)
    # the true quantile lies between the two values when more than `low` and at most `high` of n fall below it
    below = stats.binom.cdf(low, n, q) if low is not None else 0.0
    above = stats.binom.sf(high, n, q) if high is not None else 0.0
    assert below <= 0.025 + 1e-9
    assert above <= 0.025 + 1e-9
    if low is not None and high is not None and n >= 2_000:
        assert 1 - below - above < 0.99  # and not by being needlessly wide
    if low is not None:  # the next value inwards would leave more than the tail
        assert stats.binom.cdf(low + 1, n, q) > 0.025


def test_order_statistics_cover_counts_when_simulated() -> None:
    rng = np.random.default_rng(20270104)
    repeats, n = 2_000, 400
    draws = rng.poisson(8.75, size=(repeats, n))
    for q in (0.1, 0.5, 0.9):
        truth = stats.poisson.ppf(q, 8.75)
        found = [intervals.quantile_interval(row, q) for row in draws]
        hits = sum(low <= truth <= high for _, low, high in found)
        # coverage is at least 95 %; fewer hits than this happen by chance once in a million
        assert hits >= stats.binom.ppf(FALSE_ALARM, repeats, 0.95)
        assert all(value == round(value) for value, _, _ in found)


def test_quantiles_invert_the_empirical_distribution() -> None:
    rng = np.random.default_rng(5)
    for values in (rng.poisson(8, 999), rng.normal(size=1_000), np.array([3.0])):
        for q in (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0):
            expected = np.quantile(values, q, method="inverted_cdf")
            assert intervals.quantile_interval(values, q)[0] == expected


def test_few_values_leave_an_end_open() -> None:
    assert intervals.quantile_interval(np.arange(20), 0.1) == (1.0, -inf, 5.0)
    assert intervals.quantile_interval(np.arange(3), 0.5) == (1.0, -inf, inf)
    assert all(isnan(x) for x in intervals.quantile_interval(np.array([]), 0.5))


def test_a_quantile_lies_between_0_and_1() -> None:
    for q in (-0.1, 1.1, 90):
        with pytest.raises(ValueError, match=r"write 0\.9 for P90"):
            intervals.quantile_interval(np.arange(5), q)


def test_errors_of_means() -> None:
    values = np.random.default_rng(1).gamma(2.0, 3.0, 1_001)
    mean, mcse = intervals.mean_mcse(values)
    assert (mean, mcse) == pytest.approx((values.mean(), stats.sem(values)), rel=1e-12)
    from_sums = intervals.mcse_of_sums(values.sum(), (values**2).sum(), len(values))
    assert float(from_sums) == pytest.approx(mcse, rel=1e-9)
    assert isnan(intervals.mean_mcse(np.array([2.0]))[1])
    assert isnan(intervals.mean_mcse(np.array([]))[0])


def test_what_does_not_vary_has_no_error() -> None:
    for value in (0.1, 1e9 / 3, 7.0):
        values = np.full(10_007, value)
        assert float(intervals.mcse_of_sums(values.sum(), (values**2).sum(), len(values))) == 0.0
        assert error_of_ratio(values / 4, values) == 0.0


def test_errors_of_ratios_are_those_of_the_delta_method() -> None:
    rng = np.random.default_rng(3)
    b = rng.poisson(40, 5_000).astype(float)
    a = rng.binomial(b.astype(int), 0.25).astype(float)
    residuals = a - a.sum() / b.sum() * b
    expected = residuals.std(ddof=1) / sqrt(len(a)) / b.mean()
    error = error_of_ratio(a, b)
    assert error == pytest.approx(expected, rel=1e-9)
    # the closed form: 200,000 coin flips
    assert error == pytest.approx(sqrt(0.25 * 0.75 / b.sum()), rel=0.05)
    assert isnan(error_of_ratio(a, np.zeros_like(b)))
    assert isnan(error_of_ratio(a[:1], b[:1]))


def test_errors_of_ratios_cover_when_simulated() -> None:
    rng = np.random.default_rng(4)
    repeats, n, z = 2_000, 500, intervals.z_value()
    b = rng.poisson(40, (repeats, n)).astype(float)
    a = rng.binomial(b.astype(int), 0.25).astype(float)
    sums = (a.sum(1), b.sum(1), (a * a).sum(1), (b * b).sum(1), (a * b).sum(1))
    error = intervals.ratio_mcse(*sums, n)
    hits = int((np.abs(sums[0] / sums[1] - 0.25) <= z * error).sum())
    low, high = stats.binom.ppf([FALSE_ALARM / 2, 1 - FALSE_ALARM / 2], repeats, 0.95)
    assert low <= hits <= high


def test_looks_double_up_to_the_most() -> None:
    assert list(intervals.looks(64_000)) == [2_000, 4_000, 8_000, 16_000, 32_000, 64_000]
    assert list(intervals.looks(5_000)) == [2_000, 4_000, 5_000]
    assert list(intervals.looks(500)) == [500]


@pytest.mark.parametrize("p", [0.001, 0.01, 0.5])
@pytest.mark.parametrize("precision", [0.02, 0.01, 0.005, 0.002, 0.001])
def test_the_interval_at_the_stop_of_a_precision_target_still_covers(p: float, precision: float) -> None:
    """Exact: the distribution of successes among the runs that have not stopped yet, look by look."""
    alive = np.array([1.0])  # chance of k successes so far, not stopped
    covered, before = 0.0, 0
    schedule = list(intervals.looks(64_000))
    for n in schedule:
        alive = np.convolve(alive, stats.binom.pmf(np.arange(n - before + 1), n - before, p))
        if n > 4_000:  # far tails carry nothing and cost time
            alive[alive < 1e-16] = 0.0
        before = n
        for k in np.flatnonzero(alive):
            low, high = intervals.wilson(int(k), n)
            if intervals.half_width(low, high) <= precision or n == schedule[-1]:
                covered += alive[k] * (low <= p <= high)
                alive[k] = 0.0
        last = np.flatnonzero(alive)
        if not len(last):
            break
        alive = alive[: last[-1] + 1]
    assert covered > 0.93
