"""Do uncertain numbers mean what their names say?  SciPy's own distributions are the truth here."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.stats as st
from hypothesis import given, settings
from hypothesis import strategies as some

from simfunnel.distributions import Distribution, build
from simfunnel.distributions.table import Table

ENDS = np.array([2.0**-53, 1.0 - 2.0**-53])
TAILS = np.outer(2.0 ** -np.arange(1.0, 54.0), [1.0, 1.25, 1.875]).ravel() / 2.0
TAILS = np.ceil(TAILS * 2.0**53) / 2.0**53  # shares that luck can deal, on and off the edges of the octaves
SHARES = np.unique(np.concatenate([np.linspace(0.0005, 0.9995, 4001), TAILS, 1.0 - TAILS]))
Z90 = st.norm.ppf(0.9)


def lognorm(mu: float, sigma: float) -> Any:
    return st.lognorm(sigma, scale=math.exp(mu))


def by_cv(mean: float, cv: float) -> Any:
    return lognorm(math.log(mean) - math.log1p(cv**2) / 2, math.sqrt(math.log1p(cv**2)))


def pert(low: float, mode: float, high: float) -> Any:
    lean = (mode - low) / (high - low)
    return st.beta(1 + 4 * lean, 5 - 4 * lean, low, high - low)


def truncated(mean: float, sd: float, low: float, high: float) -> Any:
    return st.truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)


KNOWN: list[tuple[str, dict[str, float], Any]] = [
    ("exponential", {"mean": 2.0}, st.expon(scale=2.0)),
    ("exponential", {"median": 2.0}, st.expon(scale=2.0 / math.log(2))),
    ("lognormal", {"median": 0.2, "p90": 2.0}, lognorm(math.log(0.2), math.log(10.0) / Z90)),
    ("lognormal", {"mean": 100_000.0, "cv": 0.9}, by_cv(100_000.0, 0.9)),
    ("lognormal", {"median": 3.0, "sigma": 0.4}, lognorm(math.log(3.0), 0.4)),
    ("lognormal", {"mean": 3.0, "sd": 1.5}, by_cv(3.0, 0.5)),
    ("weibull", {"shape": 0.5, "mean": 4.0}, st.weibull_min(0.5, scale=2.0)),
    ("weibull", {"shape": 1.7, "scale": 4.0}, st.weibull_min(1.7, scale=4.0)),
    ("weibull", {"shape": 0.8, "median": 4.0}, st.weibull_min(0.8, scale=4.0 / math.log(2) ** 1.25)),
    ("gamma", {"mean": 60.0, "cv": 0.6}, st.gamma(1 / 0.36, scale=60.0 * 0.36)),
    ("gamma", {"mean": 60.0, "shape": 0.4}, st.gamma(0.4, scale=150.0)),
    ("gamma", {"mean": 60.0, "sd": 90.0}, st.gamma(1 / 2.25, scale=135.0)),
    ("gamma", {"mean": 1.0, "cv": 0.01}, st.gamma(1e4, scale=1e-4)),
    ("beta", {"mean": 0.25, "n": 40.0}, st.beta(10, 30)),
    ("beta", {"mean": 0.02, "n": 30.0}, st.beta(0.6, 29.4)),
    ("beta", {"mean": 0.3, "sd": 0.1}, st.beta(6.0, 14.0)),
    ("beta", {"a": 2.0, "b": 5.0}, st.beta(2, 5)),
    ("uniform", {"low": -1.0, "high": 3.0}, st.uniform(-1, 4)),
    ("triangular", {"low": 1.0, "mode": 2.0, "high": 5.0}, st.triang(0.25, 1, 4)),
    ("triangular", {"low": 1.0, "mode": 1.0, "high": 5.0}, st.triang(0.0, 1, 4)),
    ("pert", {"low": 300.0, "mode": 500.0, "high": 900.0}, pert(300, 500, 900)),
    ("normal", {"mean": 3.0, "sd": 2.0}, st.norm(3, 2)),
    ("normal", {"mean": 3.0, "sd": 2.0, "low": 0.0}, truncated(3, 2, 0, math.inf)),
    ("normal", {"mean": 3.0, "sd": 2.0, "high": 1.0}, truncated(3, 2, -math.inf, 1)),
    ("normal", {"mean": 0.0, "sd": 1.0, "low": 3.0, "high": 4.0}, truncated(0, 1, 3, 4)),
]
IDS = [f"{family}-{'-'.join(params)}-{i}" for i, (family, params, _) in enumerate(KNOWN)]
known = pytest.mark.parametrize(("family", "params", "truth"), KNOWN, ids=IDS)


AUDIT = {"48%": 1 / 24, "69%": 1.0, "100%": 30.0}


def audit() -> Distribution:
    return build("points", AUDIT)


def two_paths() -> Distribution:
    """A cliff for some, a slow decay for the others."""
    return build("mixture", {"70%": build("fixed", {"value": 30.0}), "30%": build("exponential", {"mean": 365.0})})


def two_speeds() -> Distribution:
    fast, slow = build("lognormal", {"median": 0.1, "p90": 0.5}), build("gamma", {"mean": 20.0, "cv": 0.5})
    return build("mixture", {"70%": fast, "30%": slow})


def data(n: int = 37) -> tuple[float, ...]:
    return tuple(np.random.default_rng(5).lognormal(size=n).tolist())


LISTS = {
    "points": audit(),
    "points from 0 %": build("points", {"0%": 0.5, "40%": 2.0, "100%": 8.0}),
    "mixture with a jump": two_paths(),
    "mixture": two_speeds(),
    "mixture with a gap": build(
        "mixture",
        [("50%", build("uniform", {"low": 0, "high": 1})), ("50%", build("uniform", {"low": 10, "high": 11}))],
    ),
    "choice": build("choice", [("", 5.0), ("", 1.0), ("", 2.0)]),
    "choice of many": build("choice", [("", float(i % 13)) for i in range(40)]),
    "empirical": build("empirical", {"values": data()}),
    "fixed": build("fixed", {"value": 3.0}),
}
EVERY = {**{name: build(f, p) for name, (f, p, _) in zip(IDS, KNOWN, strict=True)}, **LISTS}
every = pytest.mark.parametrize("distribution", EVERY.values(), ids=EVERY.keys())
JUMPS = ("mixture with a jump", "choice", "choice of many", "fixed")
CONTINUOUS = {name: distribution for name, distribution in EVERY.items() if name not in JUMPS}


class TestAgainstSciPy:
    @known
    def test_quantiles(self, family: str, params: dict[str, float], truth: Any) -> None:
        x = build(family, params).prepare().quantile(SHARES)
        assert np.abs(truth.cdf(x) - SHARES).max() < 1e-10
        upper = SHARES > 0.5
        # SciPy's own far tails of truncated normals are the less exact ones
        if "low" not in params and "high" not in params:
            assert np.allclose(truth.cdf(x[~upper]), SHARES[~upper], rtol=2e-4, atol=0)
            assert np.allclose(truth.sf(x[upper]), 1.0 - SHARES[upper], rtol=2e-4, atol=2e-16)

    @known
    def test_mean_and_sd(self, family: str, params: dict[str, float], truth: Any) -> None:
        distribution = build(family, params)
        assert distribution.mean() == pytest.approx(truth.mean(), rel=1e-9)
        assert distribution.sd() == pytest.approx(truth.std(), rel=1e-7)

    @known
    def test_cdf_and_support(self, family: str, params: dict[str, float], truth: Any) -> None:
        distribution = build(family, params)
        x = np.concatenate([truth.ppf([0.001, 0.1, 0.5, 0.9, 0.999]), [-7.0, 0.0, 1e9]])
        assert np.allclose(distribution.cdf(x), truth.cdf(x), rtol=1e-9, atol=1e-13)
        assert distribution.support() == pytest.approx(truth.support())

    def test_truncation_holds_to_the_last_bit(self) -> None:
        chooser = np.random.default_rng(8)
        for mean, sd, low, width in chooser.uniform([-3, 0.1, -4, 0.01], [3, 3, 4, 4], size=(200, 4)).tolist():
            if abs(low - mean) < 4 * sd:
                params = {"mean": mean, "sd": sd, "low": low, "high": low + width}
                x = build("normal", params).prepare().quantile(SHARES)
                assert low <= x.min()
                assert x.max() <= low + width

    def test_named_parameters_say_what_they_mean(self) -> None:
        response = build("lognormal", {"median": 5.0, "p90": 48.0})
        assert response.quantile([0.5, 0.9]) == pytest.approx([5.0, 48.0], rel=1e-9)
        assert build("weibull", {"shape": 0.5, "median": 4.0}).quantile(0.5) == pytest.approx(4.0)
        spread = build("beta", {"mean": 0.25, "sd": 0.07})
        assert (spread.mean(), spread.sd()) == pytest.approx((0.25, 0.07))


class TestLists:
    def test_response_audit_comes_back_exactly(self) -> None:
        assert audit().cdf([1 / 24, 1.0, 30.0]).tolist() == [0.48, 0.69, 1.0]
        assert audit().quantile([0.48, 0.69, 1.0]) == pytest.approx([1 / 24, 1.0, 30.0], rel=1e-14)

    def test_points_are_log_linear_between_and_below(self) -> None:
        expected = [1 / 24000, math.sqrt(1 / 24000 / 24), math.sqrt(1 / 24), math.sqrt(30.0)]
        assert audit().quantile([0.0, 0.24, 0.585, 0.845]) == pytest.approx(expected, rel=1e-12)

    def test_points_moments_are_those_of_log_uniform_pieces(self) -> None:
        pieces = [st.loguniform(1 / 24000, 1 / 24), st.loguniform(1 / 24, 1.0), st.loguniform(1.0, 30.0)]
        shares = [0.48, 0.21, 0.31]
        mean = sum(share * piece.mean() for share, piece in zip(shares, pieces, strict=True))
        square = sum(share * piece.moment(2) for share, piece in zip(shares, pieces, strict=True))
        assert audit().mean() == pytest.approx(mean, rel=1e-12)
        assert audit().sd() == pytest.approx(math.sqrt(square - mean**2), rel=1e-12)

    def test_shares_may_be_written_without_per_cent(self) -> None:
        assert build("points", {"0.48": 1 / 24, "0.69": 1.0, "1": 30.0}) == audit()

    def test_choice(self) -> None:
        even = build("choice", [("", 5.0), ("", 1.0), ("", 2.0)])
        assert even.quantile([0.1, 0.5, 0.9]).tolist() == [1.0, 2.0, 5.0]
        assert build("choice", [("", 1.0), ("", 2.0), ("", 3.0), ("", 4.0)]).quantile(0.25) == 1.0
        many = build("choice", [("", float(i)) for i in range(16)])
        assert many.quantile(np.arange(1, 17) / 16).tolist() == list(range(16))
        odd = build("choice", {"70%": 4.0, "30%": 1.0})
        assert odd.quantile([0.0, 0.29, 0.31, 1.0]).tolist() == [1.0, 1.0, 4.0, 4.0]
        assert (odd.mean(), odd.sd()) == pytest.approx((3.1, 3 * math.sqrt(0.21)))
        assert odd.cdf([0.9, 1.0, 3.9, 4.0]) == pytest.approx([0.0, 0.3, 0.3, 1.0])
        assert odd.below([1.0, 4.0]) == pytest.approx([0.0, 0.3])

    @pytest.mark.parametrize("values", [data(), (3.0, 1.0, 1.0, 1.0, 2.0), (7.0,), tuple(range(500))])
    def test_empirical_is_numpy_s_linear_quantile(self, values: tuple[float, ...]) -> None:
        found = build("empirical", {"values": values})
        assert found.quantile(SHARES) == pytest.approx(np.quantile(values, SHARES), rel=1e-12)
        pieces = np.sort(values)[:-1], np.sort(values)[1:]
        if len(values) > 1:
            exact = scipy.integrate.quad(lambda u: float(np.quantile(values, u)) ** 2, 0, 1, limit=600)[0]
            assert found.mean() == pytest.approx(np.mean(np.add(*pieces)) / 2)
            assert found.sd() == pytest.approx(math.sqrt(exact - found.mean() ** 2), rel=1e-5)

    def test_empirical_ties_are_jumps(self) -> None:
        tied = build("empirical", {"values": (1.0, 2.0, 2.0, 2.0, 3.0)})
        assert (tied.below(2.0), tied.cdf(2.0)) == pytest.approx((0.25, 0.75))
        assert tied.cdf([0.9, 1.0, 1.5, 2.5, 3.0]) == pytest.approx([0.0, 0.0, 0.125, 0.875, 1.0])

    def test_mixture_is_one_distribution(self) -> None:
        parts = lognorm(math.log(0.1), math.log(5.0) / Z90), st.gamma(4.0, scale=5.0)
        x = np.geomspace(1e-3, 80.0, 50)
        assert two_speeds().cdf(x) == pytest.approx(0.7 * parts[0].cdf(x) + 0.3 * parts[1].cdf(x), abs=1e-12)
        mean = 0.7 * parts[0].mean() + 0.3 * parts[1].mean()
        square = 0.7 * parts[0].moment(2) + 0.3 * parts[1].moment(2)
        assert two_speeds().mean() == pytest.approx(mean)
        assert two_speeds().sd() == pytest.approx(math.sqrt(square - mean**2))

    def test_mixture_jumps_are_exact(self) -> None:
        before = 0.3 * -math.expm1(-30.0 / 365.0)
        inside = np.linspace(before + 1e-12, before + 0.7 - 1e-12, 2001)
        assert (two_paths().quantile(inside) == 30.0).all()
        assert (two_paths().quantile([before - 1e-6, before - 1e-12]) < 30.0).all()
        assert (two_paths().quantile([before + 0.7 + 1e-12, before + 0.7 + 1e-6]) > 30.0).all()
        assert (two_paths().below(30.0), two_paths().cdf(30.0)) == pytest.approx((before, before + 0.7))

    @pytest.mark.parametrize("atom", [0.1, 1 / 3, 7 / 24, 365 / 12])
    def test_every_value_of_positive_chance_is_met(self, atom: float) -> None:
        parts = {"40%": build("fixed", {"value": atom}), "60%": build("uniform", {"low": 0.0, "high": 50.0})}
        before = 0.6 * atom / 50.0
        inside = before + 0.4 * uniforms(5000)
        assert (build("mixture", parts).prepare().quantile(inside) == atom).all()

    def test_mixture_with_a_gap_never_falls_into_it(self) -> None:
        x = LISTS["mixture with a gap"].quantile(SHARES[SHARES != 0.5])
        assert not ((x > 1.0 + 1e-12) & (x < 10.0 - 1e-12)).any()


class TestEveryDistribution:
    @pytest.mark.parametrize("distribution", CONTINUOUS.values(), ids=CONTINUOUS.keys())
    def test_cdf_undoes_quantile(self, distribution: Distribution) -> None:
        assert np.abs(distribution.cdf(distribution.quantile(SHARES)) - SHARES).max() < 1e-10

    @every
    def test_extremes_are_finite_and_ordered(self, distribution: Distribution) -> None:
        x = distribution.prepare().quantile(SHARES)
        assert np.isfinite(x).all()
        assert (np.diff(x) >= -1e-15 * np.abs(x[1:])).all()
        low, high = distribution.support()
        assert low <= x[0]
        assert x[-1] <= high

    @every
    def test_ends_are_the_support(self, distribution: Distribution) -> None:
        assert tuple(distribution.quantile([0.0, 1.0])) == distribution.support()
        assert distribution.cdf([-math.inf, math.inf]).tolist() == [0.0, 1.0]
        assert distribution.below([-math.inf, math.inf]).tolist() == [0.0, 1.0]

    @every
    def test_does_not_depend_on_how_an_array_is_split(self, distribution: Distribution) -> None:
        prepared = distribution.prepare()
        u = np.concatenate([uniforms(20_000), SHARES])
        whole = prepared.quantile(u)
        for size in (1, 7, 4096):
            starts = range(0, 300 * size if size < 4096 else len(u), size)
            pieces = np.concatenate([prepared.quantile(u[i : i + size]) for i in starts])
            assert np.array_equal(pieces, whole[: len(pieces)])
        assert np.array_equal(prepared.quantile(u[::-3]), whole[::-3])
        assert np.array_equal(prepared.quantile(SHARES[:30].reshape(5, 6)).ravel(), prepared.quantile(SHARES[:30]))

    @every
    def test_moments_are_those_of_the_quantiles(self, distribution: Distribution) -> None:
        # trapezoids between shares that crowd towards both ends
        t = np.linspace(-3.0, 3.0, 20_001)
        u = 1.0 / (1.0 + np.exp(-math.pi * np.sinh(t)))
        x = distribution.quantile(np.clip(u, *ENDS))
        mean = np.trapezoid(x, u)
        assert distribution.mean() == pytest.approx(mean, rel=2e-3)
        assert distribution.sd() == pytest.approx(math.sqrt(np.trapezoid((x - mean) ** 2, u)), rel=5e-3, abs=1e-9)

    @every
    def test_travels_to_another_process(self, distribution: Distribution) -> None:
        prepared = pickle.loads(pickle.dumps(distribution.prepare()))
        assert np.array_equal(prepared.quantile(SHARES), distribution.prepare().quantile(SHARES))

    @given(
        some.sampled_from(sorted(EVERY)),
        some.lists(some.integers(0, 2**52 - 1), min_size=2, max_size=30),
    )
    @settings(max_examples=150, deadline=None)
    def test_more_luck_never_gives_less(self, name: str, rolls: list[int]) -> None:
        u = (np.sort(np.array(rolls, dtype=np.float64)) + 0.5) / 2.0**52
        x = EVERY[name].prepare().quantile(u)
        assert (np.diff(x) >= -1e-15 * np.abs(x[1:])).all()


def uniforms(n: int) -> np.ndarray:
    return (np.random.default_rng(3).integers(0, 2**52, n) + 0.5) / 2.0**52


class TestTable:
    def test_wild_functions_fall_back_to_the_exact_one(self) -> None:
        def exact(v: np.ndarray, upper: bool) -> np.ndarray:
            u = 1.0 - v if upper else v
            return u + (u > 0.3) + np.where(u > 0.8, 10.0 * (u - 0.8), 0.0)

        u = np.concatenate([uniforms(50_000), [0.3, 0.8, 0.5], 0.3 + np.linspace(-1e-7, 1e-7, 500)])
        expected = np.where(u > 0.5, exact(1.0 - u, True), exact(u, False))
        # cubics keep to 1e-10 in u wherever the function does not jump
        assert np.abs(Table(exact)(u) - expected).max() < 1e-9

    def test_kinks_do_not_overshoot(self) -> None:
        def exact(v: np.ndarray, upper: bool) -> np.ndarray:
            u = 1.0 - v if upper else v
            return np.where(u < 0.7, 1e-12 * u, 1e-12 * u + 10.0 * (u - 0.7))

        x = Table(exact)(0.7 + np.linspace(-2e-8, 2e-8, 20_001))
        assert (np.diff(x) >= -1e-27).all()

    def test_cubics_do_not_dip(self) -> None:
        def exact(v: np.ndarray, upper: bool) -> np.ndarray:
            return np.maximum((1.0 - v if upper else v) - 0.375, 0.0) ** 4  # within 2e-9, any cubic is near enough

        x = Table(exact)(0.375 + np.linspace(-1e-9, 1e-8, 20_001))
        assert (np.diff(x) >= -1e-15 * x[1:]).all()

    def test_the_middle_belongs_to_both_sides(self) -> None:
        assert build("gamma", {"mean": 1.0, "cv": 1.0}).quantile(0.5) == pytest.approx(math.log(2), rel=1e-12)


def test_import_is_light() -> None:
    code = "import sys, simfunnel.distributions; sys.exit('scipy' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
