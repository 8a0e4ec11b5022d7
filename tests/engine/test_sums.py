"""Are sums of products exact, for negative numbers, at every bound, and however many rows there are?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simfunnel.engine.sums import exact_products

MOST = 2**53


def slowly(x: NDArray[np.int64], y: NDArray[np.int64]) -> list[int]:
    """In Python's integers, which have no end."""
    return [sum(a * b for a, b in zip(*each, strict=True)) for each in zip(x.T.tolist(), y.T.tolist(), strict=True)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32),
    rows=st.sampled_from((1, 2, 127, 128, 129, 255, 256, 257, 1_023, 1_024, 1_025, 2_100)),
    most=st.sampled_from((3, 2**26 - 1, 2**26, 2**26 + 1, 2**40, MOST - 1)),
    other=st.sampled_from((3, 2**26, 2**45, MOST - 1)),
    is_signed=st.booleans(),
)
def test_products_are_those_of_endless_integers(seed: int, rows: int, most: int, other: int, is_signed: bool) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-most if is_signed else 0, most, (rows, 3), endpoint=True)
    y = rng.integers(-other if is_signed else 0, other, (rows, 3), endpoint=True)
    x[:, 0], y[:, 0] = most, -other if is_signed else other  # the worst that can be
    assert exact_products(x, y).tolist() == slowly(x, y)
    assert exact_products(x, x).tolist() == slowly(x, x)


@pytest.mark.parametrize("sign", [1, -1])
def test_many_rows_of_the_largest_numbers(sign: int) -> None:
    x = np.full((5_000, 1), sign * (MOST - 1))
    assert exact_products(x, np.abs(x)).tolist() == [sign * 5_000 * (MOST - 1) ** 2]
