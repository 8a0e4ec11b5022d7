"""At which value does a distribution that only knows its cdf reach a given share?"""

from __future__ import annotations

import numpy as np

from simfunnel.distributions.law import FloatArray, Law

_STEPS = 200  # halving alone takes 60 to 100; Chandrupatla's method about 10
_LAST_BITS = 4.0 * np.finfo(np.float64).eps


def invert(law: Law, v: FloatArray, upper: bool, low: FloatArray, high: FloatArray) -> FloatArray:
    """The x between low and high with cdf(x) = v (upper: sf(x) = v), to the last bits of x.

    A value of positive chance is met exactly.  Each element goes its own way,
    so that the answer does not depend on which others are asked for.
    """
    x = np.empty_like(v)
    left = np.ones(len(v), dtype=bool)
    for atom in law.atoms():
        at = np.array([atom])
        low_share, high_share = law.below(at), law.cdf(at)
        here = (low_share < 1.0 - v) & (1.0 - v <= high_share) if upper else (low_share < v) & (v <= high_share)
        x[here] = atom
        left &= ~here
    x[left] = _chandrupatla(law, v[left], upper, low[left], high[left])
    return x


def _excess(law: Law, v: FloatArray, upper: bool, x: FloatArray) -> FloatArray:
    return v - law.sf(x) if upper else law.cdf(x) - v


def _chandrupatla(law: Law, v: FloatArray, upper: bool, low: FloatArray, high: FloatArray) -> FloatArray:
    """Chandrupatla (1997): inverse quadratic steps where they are safe, halving where not."""
    root = high.copy()
    active = np.arange(len(v))
    x1, x2 = low, high
    f1, f2 = _excess(law, v, upper, x1), _excess(law, v, upper, x2)
    root[f1 >= 0.0] = x1[f1 >= 0.0]
    keep = (f1 < 0.0) & (f2 > 0.0)
    t = np.full(len(v), 0.5)
    x3, f3 = x1, f1
    for _ in range(_STEPS):
        active = active[keep]
        v, x1, x2, x3, f1, f2, f3, t = (a[keep] for a in (v, x1, x2, x3, f1, f2, f3, t))
        if not active.size:
            break
        x = x1 + t * (x2 - x1)
        f = _excess(law, v, upper, x)
        same = (f > 0.0) == (f1 > 0.0)
        x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
        x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
        x1, f1 = x, f
        best = np.where(np.abs(f1) < np.abs(f2), x1, x2)
        root[active] = best
        with np.errstate(divide="ignore", invalid="ignore"):
            nearest = _LAST_BITS * np.abs(best) / np.abs(x2 - x1)
            t = np.clip(_step(x1, x2, x3, f1, f2, f3), nearest, 1.0 - nearest)
        keep = (nearest < 0.5) & (f1 != 0.0) & (x1 != x2)
    return root


def _step(x1: FloatArray, x2: FloatArray, x3: FloatArray, f1: FloatArray, f2: FloatArray, f3: FloatArray) -> FloatArray:
    xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
    is_safe = (phi * phi < xi) & ((1.0 - phi) * (1.0 - phi) < 1.0 - xi)
    quadratic = f1 / (f2 - f1) * f3 / (f2 - f3) + (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
    return np.where(is_safe, quadratic, 0.5)
