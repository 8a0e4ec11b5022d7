"""What happens where a parameter of a distribution is itself uncertain?"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.stats as st

from simfunnel.distributions import build

ENDS = np.array([2.0**-53, 1.0 - 2.0**-53])

CLOSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("exponential", {"mean": (1.0, 3.0)}),
    ("lognormal", {"median": (1.0, 2.0), "p90": (3.0, 9.0)}),
    ("lognormal", {"mean": (1.0, 2.0), "cv": (0.2, 0.9)}),
    ("weibull", {"shape": (0.5, 2.0), "mean": (1.0, 2.0)}),
    ("weibull", {"shape": (0.5, 2.0), "median": 3.0}),
    ("gamma", {"mean": (20.0, 40.0), "cv": 0.6}),
    ("gamma", {"mean": (20.0, 40.0), "shape": 0.3}),
    ("uniform", {"low": (0.0, 1.0), "high": (2.0, 3.0)}),
    ("triangular", {"low": (0.0, 1.0), "mode": (1.0, 2.0), "high": (2.0, 3.0)}),
    ("normal", {"mean": (5.0, 6.0), "sd": (1.0, 2.0)}),
    ("normal", {"mean": (5.0, 6.0), "sd": 1.0, "low": 0.0}),
    ("fixed", {"value": (3.0, 4.0)}),
)
closed = pytest.mark.parametrize(("family", "ranges"), CLOSED)


def uncertain(ranges: dict[str, Any]) -> dict[str, Any]:
    return {
        name: build("uniform", {"low": r[0], "high": r[1]}) if isinstance(r, tuple) else r for name, r in ranges.items()
    }


def uniforms(n: int) -> np.ndarray:
    return (np.random.default_rng(3).integers(0, 2**52, n) + 0.5) / 2.0**52


def lognorm(mu: float, sigma: float) -> Any:
    return st.lognorm(sigma, scale=math.exp(mu))


class TestUncertainParameters:
    @closed
    def test_a_value_put_in_gives_the_plain_distribution(self, family: str, ranges: dict[str, Any]) -> None:
        prepared = build(family, uncertain(ranges)).prepare()
        names = [name for name, r in ranges.items() if isinstance(r, tuple)]
        assert [name for name, _ in prepared.inputs] == names
        u = uniforms(400)
        fields = [ranges[name][0] + (ranges[name][1] - ranges[name][0]) * uniforms(400)[::-1] for name in names]
        found = prepared.quantile(u, fields)
        for i in (0, 17, 399):
            plain = ranges | {name: float(field[i]) for name, field in zip(names, fields, strict=True)}
            there = build(family, plain)
            # tables may answer for numbers where logarithms do for arrays; both are exact to 1e-10 in u
            same = there.prepare().quantile(u[i : i + 1])
            assert found[i] == pytest.approx(same[0], rel=1e-9)
            assert there.cdf(found[i]) == pytest.approx(there.cdf(same)[0], rel=0, abs=1e-10)

    @closed
    def test_numbers_and_arrays_and_splits_give_the_same_bits(self, family: str, ranges: dict[str, Any]) -> None:
        prepared = build(family, uncertain(ranges)).prepare()
        ranged = [r for r in ranges.values() if isinstance(r, tuple)]
        u = uniforms(20_000)
        values = [low * 0.25 + high * 0.75 for low, high in ranged]
        assert np.array_equal(prepared.quantile(u, values), prepared.quantile(u, [np.full(len(u), v) for v in values]))
        arrays = [low + (high - low) * u[::-1] for low, high in ranged]
        whole = prepared.quantile(u, arrays)
        for i in range(0, 20_000, 97):
            assert prepared.quantile(u[i : i + 1], [a[i : i + 1] for a in arrays])[0] == whole[i]

    @closed
    def test_moments_are_those_of_many_values(self, family: str, ranges: dict[str, Any]) -> None:
        names = [name for name, r in ranges.items() if isinstance(r, tuple)]
        nodes, weights = np.polynomial.legendre.leggauss(12 if len(names) < 3 else 6)
        mean = square = 0.0
        for point in product(zip((nodes + 1) / 2, weights / 2, strict=True), repeat=len(names)):
            put = {n: ranges[n][0] + float(np.ptp(ranges[n]) * s) for n, (s, _) in zip(names, point, strict=True)}
            one, weight = build(family, ranges | put), math.prod(w for _, w in point)
            mean += weight * one.mean()
            square += weight * (one.sd() ** 2 + one.mean() ** 2)
        distribution = build(family, uncertain(ranges))
        assert distribution.mean() == pytest.approx(mean, rel=1e-6)
        assert distribution.sd() == pytest.approx(math.sqrt(square - mean**2), rel=1e-5)

    @closed
    def test_shares_are_those_of_many_values(self, family: str, ranges: dict[str, Any]) -> None:
        distribution = build(family, uncertain(ranges))
        names = [name for name, r in ranges.items() if isinstance(r, tuple)]
        rolls = st.qmc.Sobol(1 + len(names), rng=1).random_base2(15).T
        fields = [ranges[name][0] + np.ptp(ranges[name]) * rolls[i] for i, name in enumerate(names, start=1)]
        x = distribution.prepare().quantile(np.clip(rolls[0], *ENDS), fields)
        at = np.quantile(x, [0.1, 0.5, 0.9])
        assert distribution.cdf(at) == pytest.approx([0.1, 0.5, 0.9], abs=1e-3)
        assert distribution.quantile([0.1, 0.5, 0.9]) == pytest.approx(at, rel=1e-2)

    def test_lognormal_of_lognormal_median_is_lognormal(self) -> None:
        median = build("lognormal", {"median": 2.0, "sigma": 0.6})
        both = build("lognormal", {"median": median, "sigma": 0.8})
        truth = lognorm(math.log(2.0), 1.0)
        x = truth.ppf([0.01, 0.1, 0.5, 0.9, 0.99])
        assert both.cdf(x) == pytest.approx(truth.cdf(x), abs=1e-9)
        assert both.quantile([0.1, 0.5, 0.9]) == pytest.approx(truth.ppf([0.1, 0.5, 0.9]), rel=1e-7)
        assert both.mean() == pytest.approx(truth.mean(), rel=1e-6)
        assert both.sd() == pytest.approx(truth.std(), rel=1e-4)
        assert both.support() == (0.0, math.inf)

    def test_exponential_of_uniform_mean(self) -> None:
        wait = build("exponential", {"mean": build("uniform", {"low": 1.0, "high": 3.0})})
        survivors = scipy.integrate.quad(lambda m: math.exp(-2.0 / m) / 2.0, 1.0, 3.0)[0]
        assert wait.cdf(2.0) == pytest.approx(1.0 - survivors, abs=1e-11)
        assert wait.mean() == pytest.approx(2.0, rel=1e-10)
        assert wait.sd() == pytest.approx(math.sqrt(2 * 13 / 3 - 4), rel=1e-9)

    def test_kinks_of_the_uncertain_parameter_are_met(self) -> None:
        mean = build("choice", {"25%": 1.0, "75%": 5.0})
        wait = build("exponential", {"mean": mean})
        assert wait.mean() == pytest.approx(4.0, rel=1e-12)
        assert wait.cdf(2.0) == pytest.approx(1 - 0.25 * math.exp(-2) - 0.75 * math.exp(-0.4), abs=1e-12)

    def test_gaps_of_an_uncertain_mixture_are_met(self) -> None:
        halves = [("50%", build("uniform", {"low": low, "high": low + 1.0})) for low in (1.0, 5.0)]
        wait = build("exponential", {"mean": build("mixture", halves)})
        assert wait.mean() == pytest.approx(3.5, rel=1e-9)
        assert wait.sd() == pytest.approx(math.sqrt(2 * (7 / 3 + 91 / 3) / 2 - 3.5**2), rel=1e-9)

    def test_an_uncertain_fixed_value_is_that_distribution(self) -> None:
        cliff = build("fixed", {"value": build("uniform", {"low": 20.0, "high": 40.0})})
        assert cliff.cdf([25.0, 30.0]) == pytest.approx([0.25, 0.5])
        assert (cliff.mean(), cliff.support()) == (30.0, (20.0, 40.0))

    def test_a_mean_can_be_infinite(self) -> None:
        wild = build("lognormal", {"median": 1.0, "sigma": build("exponential", {"mean": 1.0})})
        assert wild.mean() == math.inf
        assert wild.sd() == math.inf
        assert np.isfinite(wild.quantile([0.1, 0.5, 0.9])).all()
        # a log-sd that is normal: mean exp(mean**2 / 2 / (1 - sd**2)) / sqrt(1 - sd**2), yet an infinite second moment
        sigma = build("normal", {"mean": 3.0, "sd": 0.3, "low": 0.1})
        tame = build("lognormal", {"median": 1.0, "sigma": sigma})
        assert tame.mean() == pytest.approx(math.exp(4.5 / 0.91) / math.sqrt(0.91), rel=1e-3)

    def test_wants_as_many_values_as_it_has_inputs(self) -> None:
        prepared = build("exponential", {"mean": build("uniform", {"low": 1.0, "high": 3.0})}).prepare()
        with pytest.raises(ValueError, match="uncertain parameters: mean"):
            prepared.quantile(ENDS)

    @pytest.mark.parametrize(
        ("family", "params", "words"),
        [
            ("gamma", {"mean": 1.0, "cv": "U"}, "cv cannot itself be a distribution.*shape.*only mean may be"),
            ("gamma", {"mean": "U", "sd": 1.0}, "mean cannot itself be a distribution"),
            ("beta", {"mean": "U", "n": 40.0}, "mean cannot itself be a distribution.*without a closed form"),
            ("pert", {"low": 0.0, "mode": "U", "high": 9.0}, "mode cannot itself be a distribution"),
            ("lognormal", {"median": "U", "p90": 2.5}, "p90 must be above the median, but the uncertain median can be"),
            ("exponential", {"mean": "N"}, "mean must be above 0, but the uncertain mean can be -.*normal with low="),
            ("mixture", {"100%": "E"}, "parameters of its parts must be numbers"),
            ("exponential", {"mean": "E"}, "mean is uncertain itself, so its own parameters must be numbers"),
            ("points", {"50%": "U", "100%": 9.0}, "50% must be a finite number"),
        ],
    )
    def test_refused(self, family: str, params: dict[str, Any], words: str) -> None:
        u = build("uniform", {"low": 1.0, "high": 3.0})
        inner = {"U": u, "N": build("normal", {"mean": 5.0, "sd": 2.0}), "E": build("exponential", {"mean": u})}
        with pytest.raises(ValueError, match=words):
            build(family, {name: inner.get(value, value) for name, value in params.items()})
