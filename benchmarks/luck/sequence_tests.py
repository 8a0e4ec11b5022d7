"""Does a sequence of numbers behave as independent uniform ones? One p-value a test.

Knuth, The Art of Computer Programming, vol. 2, section 3.3, for most of them; L'Ecuyer and Simard (2001) for birthday
spacings. Samples within a test are disjoint, so that the laws hold exactly or by the central limit theorem alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import permutations as permutations_of
from math import factorial

import numpy as np
import p_values
from numpy.typing import NDArray
from orders import WIDTH
from scipy import fft, stats

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sequence:
    """Uniforms (k + 1/2) / 2**52 and their k."""

    u: Floats
    k: Keys

    def bits(self, where: str, n_bits: int) -> Ints:
        """The highest or the lowest bits of each k, as whole numbers."""
        if where == "high":
            return (self.k >> np.uint64(WIDTH - n_bits)).astype(np.int64)
        return (self.k & np.uint64((1 << n_bits) - 1)).astype(np.int64)


def rows(values: NDArray[np.generic], width: int) -> NDArray[np.generic]:
    """Disjoint groups of ``width`` successive values, one a row."""
    return values[: values.size - values.size % width].reshape(-1, width)


def equidistribution(x: Sequence, where: str, n_bits: int) -> float:
    """Chi-square over all values of these bits."""
    return p_values.cells(np.bincount(x.bits(where, n_bits), minlength=1 << n_bits))


def serial(x: Sequence, where: str, n_bits: int, width: int) -> float:
    """Chi-square over all groups of ``width`` successive numbers, ``n_bits`` of each."""
    groups = rows(x.bits(where, n_bits), width).astype(np.int64)
    cell = groups @ (1 << (n_bits * np.arange(width)))
    return p_values.cells(np.bincount(cell, minlength=1 << (n_bits * width)))


def kolmogorov(x: Sequence) -> float:
    """Of all the uniforms."""
    return p_values.kolmogorov(x.u)


def association(a: Ints, b: Ints, n_values: int) -> tuple[float, int]:
    """Pearson's statistic for independence of two columns, and its degrees of freedom."""
    table = np.bincount(a * n_values + b, minlength=n_values * n_values).reshape(n_values, n_values)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / a.size
    return float(((table - expected) ** 2 / expected).sum()), (n_values - 1) ** 2


def lagged(x: Sequence, where: str) -> float:
    """Independence of numbers at a distance of 1, 2, 4, ..., 2**16, five bits of each; the statistics added up."""
    values = x.bits(where, 5)
    total, degrees = 0.0, 0
    for lag in 1 << np.arange(17):
        pairs = rows(values, 2 * int(lag)).astype(np.int64).reshape(-1, 2, int(lag))
        statistic, df = association(pairs[:, 0].ravel(), pairs[:, 1].ravel(), 32)
        total, degrees = total + statistic, degrees + df
    return p_values.chi_square(total, degrees)


def autocorrelation(x: Sequence) -> float:
    """The squared correlations at a distance of 1 to 256, added up."""
    centred = x.u - 0.5
    r = np.array([np.dot(centred[:-lag], centred[lag:]) / np.sqrt(x.u.size - lag) for lag in range(1, 257)]) * 12.0
    return p_values.chi_square(float((r**2).sum()), r.size)


def runs(x: Sequence) -> float:
    """The number of runs up and down."""
    n = x.u.size
    rising = np.diff(x.u) > 0
    n_runs = 1 + np.count_nonzero(rising[1:] != rising[:-1])
    return p_values.normal((n_runs - (2 * n - 1) / 3) / np.sqrt((16 * n - 29) / 90))


def first_run(x: Sequence) -> float:
    """How long the first run up is in each group of eight: at least r with probability 1/r!."""
    groups = np.asarray(rows(x.u, 8), np.float64)
    length = 1 + np.logical_and.accumulate(groups[:, 1:] > groups[:, :-1], axis=1).sum(axis=1)
    reach = np.array([1 / factorial(r) for r in range(1, 9)] + [0.0])
    shares = reach[:-1] - reach[1:]
    counts = np.bincount(length, minlength=9)[1:]
    return p_values.cells(np.append(counts[:6], counts[6:].sum()), np.append(shares[:6], shares[6:].sum()))


def above_median(x: Sequence) -> float:
    """The number of runs above and below 1/2."""
    above = x.u > 0.5
    changes = np.count_nonzero(above[1:] != above[:-1])
    n = above.size - 1
    return p_values.normal((changes - n / 2) / np.sqrt(n / 4))


def permutations(x: Sequence) -> float:
    """Which of the 120 orders five successive numbers have."""
    code = np.argsort(rows(x.u, 5), axis=1) @ 5 ** np.arange(5)
    possible = [int(np.dot(order, 5 ** np.arange(5))) for order in permutations_of(range(5))]
    return p_values.cells(np.bincount(code, minlength=5**5)[possible])


def gaps(x: Sequence, where: str) -> float:
    """How many numbers lie between two whose four highest (lowest) bits are zero: a geometric law."""
    at = np.flatnonzero(x.bits(where, 4) == 0)
    gap, most = np.diff(at) - 1, 96
    shares = (1 / 16) * (15 / 16) ** np.arange(most)
    counts = np.bincount(np.minimum(gap, most), minlength=most + 1)
    return p_values.cells(counts, np.append(shares, 1.0 - shares.sum()))


def greatest(x: Sequence, width: int) -> float:
    """The greatest of ``width`` successive numbers: its power is uniform."""
    top = np.asarray(rows(x.u, width), np.float64).max(axis=1) ** width
    return p_values.cells(np.bincount((top * 256).astype(np.int64).clip(0, 255), minlength=256))


def birthdays(x: Sequence, what: str) -> float:
    """Equal spacings among 2**19 birthdays in years of 2**52 days: Poisson with mean 8 a year."""
    if what == "all bits":
        days = x.k
    else:  # the halves of two numbers side by side
        half = (x.k >> np.uint64(26)) if what == "high halves" else (x.k & np.uint64((1 << 26) - 1))
        pairs = rows(half, 2).astype(np.uint64)
        days = (pairs[:, 0] << np.uint64(26)) | pairs[:, 1]
    born = min(1 << 19, days.size // 2)
    years = np.asarray(rows(days, born)).copy()
    years.sort(axis=1)
    spacings = np.diff(years, axis=1)
    spacings.sort(axis=1)
    return p_values.poisson(int((np.diff(spacings, axis=1) == 0).sum()), len(years) * born**3 / 2.0 ** (WIDTH + 2))


def weights(x: Sequence) -> float:
    """How many of the 52 bits are set: binomial."""
    shares = stats.binom.pmf(np.arange(WIDTH + 1), WIDTH, 0.5)
    counts = np.bincount(np.bitwise_count(x.k), minlength=WIDTH + 1)
    inner = slice(14, WIDTH - 13)
    return p_values.cells(
        np.concatenate([[counts[:14].sum()], counts[inner], [counts[WIDTH - 13 :].sum()]]),
        np.concatenate([[shares[:14].sum()], shares[inner], [shares[WIDTH - 13 :].sum()]]),
    )


def weight_pairs(x: Sequence) -> float:
    """Whether the number of bits set depends on that of the number before."""
    level = np.searchsorted([20, 22, 24, 25, 26, 27, 28, 30, 32], np.bitwise_count(x.k), side="right")
    pairs = rows(level, 2).astype(np.int64)
    return p_values.chi_square(*association(pairs[:, 0], pairs[:, 1], 10))


def periodogram(x: Sequence, what: str) -> Floats:
    """Squared Fourier coefficients but the first and last, each of mean 1: exponential."""
    values = (x.u - 0.5) * np.sqrt(12.0) if what == "uniforms" else 2.0 * x.bits("low", 1) - 1.0
    return np.abs(fft.rfft(values)[1 : values.size // 2]) ** 2 / values.size


def tallest(ordinates: Floats) -> float:
    """Of independent exponential ordinates of mean 1, the greatest: P(at most h) = (1 - exp(-h))**n."""
    return p_values.smallest_of(float(np.exp(-ordinates.max())), ordinates.size)


def spectral_peak(x: Sequence, what: str) -> float:
    """The greatest ordinate of the periodogram."""
    return tallest(periodogram(x, what))


def spectral_shape(x: Sequence, what: str) -> float:
    """All ordinates of the periodogram against the exponential law, in 64 cells."""
    level = (-64.0 * np.expm1(-periodogram(x, what))).astype(np.int64).clip(0, 63)
    return p_values.cells(np.bincount(level, minlength=64))


def lattice(x: Sequence, where: str, width: int) -> float:
    """Do successive points lie on few lines (planes)? The greatest of all waves over the unit square (cube).

    For independent numbers the squared modulus of every wave is exponential; a lattice shows as one far too great.
    """
    n_bits = {2: 10, 3: 7}[width]
    points = rows(x.bits(where, n_bits), width).astype(np.int64)
    cell = points @ (1 << (n_bits * np.arange(width)))
    grid = np.bincount(cell, minlength=1 << (n_bits * width)).reshape((1 << n_bits,) * width)
    waves = fft.rfftn(grid.astype(np.float64))[..., 1 : 1 << (n_bits - 1)]
    return tallest(np.abs(waves.ravel()) ** 2 / len(points))


def walsh(x: Sequence) -> float:
    """Is any of the 52 bits nearly the parity of some bits of the position? The greatest of all Walsh coefficients.

    The counterpart of the spectral test for keys that are combined by exclusive or.
    """
    size, highest = min(1 << 18, 1 << (x.k.size.bit_length() - 1)), 0.0
    for bit in range(WIDTH):
        values = 1.0 - 2.0 * ((x.k[:size] >> np.uint64(bit)) & np.uint64(1)).astype(np.float32)
        step = 1
        while step < size:
            pairs = values.reshape(-1, 2, step)
            values = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1)
            step *= 2
        highest = max(highest, float(np.abs(values).max()))
    tail = 2.0 * stats.binom.sf((size + highest) / 2 - 1, size, 0.5)
    return p_values.smallest_of(float(tail), float(WIDTH) * size)


TESTS: Mapping[str, Callable[[Sequence], float]] = {
    **{f"equidistribution, {w} {n} bits": partial(equidistribution, where=w, n_bits=n)
       for w in ("high", "low") for n in (8, 12, 16)},
    "Kolmogorov-Smirnov": kolmogorov,
    **{f"serial {name}, {w} {n} bits each": partial(serial, where=w, n_bits=n, width=width)
       for w in ("high", "low") for name, n, width in (("pairs", 8, 2), ("triples", 5, 3), ("quadruples", 4, 4))},
    **{f"pairs at lags 1 to 2^16, {w} 5 bits": partial(lagged, where=w) for w in ("high", "low")},
    "autocorrelation, lags 1 to 256": autocorrelation,
    "runs up and down": runs,
    "length of a run up": first_run,
    "runs about the median": above_median,
    "permutations of 5": permutations,
    **{f"gaps, {w} 4 bits zero": partial(gaps, where=w) for w in ("high", "low")},
    **{f"greatest of {width}": partial(greatest, width=width) for width in (5, 20)},
    **{f"birthday spacings, {what}": partial(birthdays, what=what)
       for what in ("all bits", "high halves", "low halves")},
    "Hamming weights": weights,
    "Hamming weights of pairs": weight_pairs,
    **{f"spectrum of the {what}, peak": partial(spectral_peak, what=what) for what in ("uniforms", "lowest bit")},
    **{f"spectrum of the {what}, shape": partial(spectral_shape, what=what) for what in ("uniforms", "lowest bit")},
    **{f"lattice in {width}-d, {w} bits": partial(lattice, where=w, width=width)
       for w in ("high", "low") for width in (2, 3)},
    "Walsh spectrum of every bit": walsh,
}  # fmt: skip
