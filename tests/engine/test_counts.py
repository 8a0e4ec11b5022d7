"""Are numbers of leads the quantiles that SciPy knows, and do they never fall when their mean rises?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simfunnel import luck
from simfunnel.engine.counts import MOST_TABLED, binomial, overdispersed, poisson

FAR_OUT = np.array([2.0**-53, 1e-12, 1e-6, 0.01, 0.5, 0.99, 1 - 1e-6, 1 - 1e-12, 1 - 2.0**-53])
MEANS = (0.0, 1e-9, 0.02, 0.7, 1.0, 3.3, 12.0, 40.0, 500.0, 12_345.6, 99_999.0, 2e6)
EXCESSES = (0.0, 1e-6, 0.19, 1.0, 2.0, 20.0, 300.0)


def rolls(name: str, n: int) -> np.ndarray[Any, Any]:
    """Rolls as the engine makes them, and those at both ends of what it can make."""
    keys = luck.fold_many(luck.fold(7, name), np.arange(n - FAR_OUT.size))
    return np.concatenate([FAR_OUT, luck.uniforms(keys, luck.fold("", "number of leads", 0))])


def reaches(count: np.ndarray[Any, Any], u: np.ndarray[Any, Any], law: Any) -> bool:
    """Whether each is the smallest count whose distribution function reaches its roll.

    Left open where the roll is within rounding of the distribution function: SciPy's own quantiles round there too.
    """
    here, below = np.abs(law.cdf(count) - u), np.abs(law.cdf(count - 1) - u)
    on_the_edge = np.minimum(here, below) <= 1e-13 + 1e-10 * np.minimum(u, 1 - u)
    return bool(((count == law.ppf(u)) | on_the_edge).all())


def negative_binomial(mean: float, excess: float) -> Any:
    return stats.nbinom(mean / excess, 1 / (1 + excess)) if excess else stats.poisson(mean)


@pytest.mark.parametrize("mean", MEANS)
def test_poisson_counts_are_scipys_quantiles(mean: float) -> None:
    u = rolls(f"poisson {mean}", 3_000)
    one_mean, a_mean_each = poisson(u, mean), poisson(u, np.full(u.size, mean))
    assert reaches(one_mean, u, stats.poisson(mean))
    assert reaches(a_mean_each, u, stats.poisson(mean))
    assert one_mean.dtype == a_mean_each.dtype == np.int64


@pytest.mark.parametrize("excess", EXCESSES)
@pytest.mark.parametrize("mean", [mean for mean in MEANS if 0 < mean <= 12_345.6])
def test_overdispersed_counts_are_scipys_quantiles(mean: float, excess: float) -> None:
    u = rolls(f"overdispersed {mean} {excess}", 1_000)
    law = negative_binomial(mean, excess)
    assert reaches(overdispersed(u, mean, excess), u, law)
    assert reaches(overdispersed(u, np.full(u.size, mean), excess), u, law)


@pytest.mark.parametrize("p", [0.0, 1e-6, 0.01, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("n", [0.0, 1.0, 17.0, 1_000.0, 250_000.0])
def test_binomial_counts_are_scipys_quantiles(n: float, p: float) -> None:
    u = rolls(f"binomial {n} {p}", 1_000)
    found = binomial(u, np.full(u.size, n), np.full(u.size, p))
    assert reaches(found, u, stats.binom(int(n), p))
    assert found.min() >= 0
    assert found.max() <= n


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    mean=st.floats(0, 2 * MOST_TABLED),
    more=st.floats(0, 50),
    excess=st.sampled_from(EXCESSES),
    number=st.integers(0, 2**32),
)
def test_a_larger_mean_never_brings_fewer(mean: float, more: float, excess: float, number: int) -> None:
    u = rolls(f"more {number}", 50)
    higher = np.full(u.size, mean + more)
    assert (overdispersed(u, higher, excess) >= overdispersed(u, np.full(u.size, mean), excess)).all()
    assert (overdispersed(u, mean + more, excess) >= overdispersed(u, mean, excess)).all()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    n=st.integers(0, 10**6),
    more=st.integers(0, 50),
    p=st.floats(0, 1),
    higher=st.floats(0, 1),
    number=st.integers(0, 2**32),
)
def test_more_visits_and_more_captured_never_bring_fewer(
    n: int, more: int, p: float, higher: float, number: int
) -> None:
    u = rolls(f"visits {number}", 50)
    chances, visits = np.full(u.size, p), np.full(u.size, float(n))
    found = binomial(u, visits, chances)
    assert (binomial(u, visits + more, chances) >= found).all()
    assert (binomial(u, visits, np.maximum(chances, higher)) >= found).all()


def test_counts_do_not_depend_on_what_is_counted_beside_them() -> None:
    u = rolls("beside", 500)
    means = np.linspace(0, 90, 500)
    whole = overdispersed(u, means, 2.0)
    parts = [overdispersed(u[at : at + 7], means[at : at + 7], 2.0) for at in range(0, 500, 7)]
    assert (whole == np.concatenate(parts)).all()
    same = overdispersed(u, 30.0, 2.0)
    assert (overdispersed(u, np.full(500, 30.0), 2.0) == same).all()  # looked up in a table, and searched for
