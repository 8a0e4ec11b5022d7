"""What is a distribution whose every value is so many times as large?"""

from __future__ import annotations

from typing import Any

from simfunnel.distributions.distribution import Distribution
from simfunnel.distributions.families import FAMILIES


def scaled(distribution: Distribution, factor: float) -> Distribution:
    """The distribution of `factor` times the value, in the same words; its roll stays the same.

    Parameters
    ----------
    factor : float
        Above 0.

    Raises
    ------
    ValueError
        Where it is one of shares (`beta`), or a column of numbers that a file holds.

    Examples
    --------
    >>> from simfunnel.distributions import build
    >>> scaled(build("pert", {"low": 40.0, "mode": 120.0, "high": 200.0}), 1.5).describe("money")
    'pert(low=60, mode=180, high=300)'
    >>> scaled(build("gamma", {"mean": 30.0, "cv": 0.2}), 2).describe("number")
    'gamma(mean=60, cv=0.2)'
    """
    family = FAMILIES[distribution.family]
    kinds = {name: family.entry_kind or family.param_kinds[name] for name, _ in distribution.params}
    if any(kind in ("share", "values") for kind in kinds.values()):
        raise ValueError(f"{distribution.family} cannot be written so many times as large")
    params = tuple(
        (name, _times(value, factor) if kinds[name] in ("value", "distribution") else value)
        for name, value in distribution.params
    )
    return Distribution(distribution.family, params, distribution.independent)


def _times(value: Any, factor: float) -> Any:
    return scaled(value, factor) if isinstance(value, Distribution) else value * factor
