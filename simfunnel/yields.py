"""How many leads does money bring, when each further sum brings fewer than the last?

Two curves that marketing-mix models use: the Hill curve, which levels off at a most (Jin, Wang, Sun, Chan and Koehler
2017, *Bayesian Methods for Media Mix Modeling with Carryover and Shape Effects*, section 2.2), and the power curve of a
constant advertising elasticity, which does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["leads_at"]

Floats = NDArray[np.float64]


def leads_at(
    spend: Floats | float, level: Floats | float, at: Floats | float, exponent: Floats | float, *, levels_off: bool
) -> Floats | float:
    """The mean number of leads that a spend brings; never fewer for more money.

    Parameters
    ----------
    spend, at : float or ndarray
        Money, both in the same unit; ``at`` is above 0. Arrays broadcast.
    level : float or ndarray
        Leads: those that an endless spend would bring where the curve ``levels_off``, else those at the spend ``at``.
    exponent : float or ndarray
        Above 0.
    levels_off : bool
        Hill curve ``level * spend^k / (at^k + spend^k)``, of which ``at`` brings one half; else the power curve
        ``level * (spend / at)^k``.

    Examples
    --------
    >>> leads_at(30_000.0, 400.0, 30_000.0, 1.0, levels_off=True)
    200.0
    >>> round(leads_at(40_000.0, 120.0, 20_000.0, 0.7, levels_off=False), 3)
    194.941
    """
    with np.errstate(divide="ignore", over="ignore"):
        if levels_off:  # at / spend: no spend brings 1 / inf, an endless one 1 / 1
            found = level / (1.0 + np.divide(at, spend) ** exponent)
        else:
            found = level * np.divide(spend, at) ** exponent
    return float(found) if np.ndim(found) == 0 else found
