"""Which distributions may be written, with which parameters, and what must hold between them?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from simfunnel.distributions import closed, listed, tabled
from simfunnel.distributions.law import Law, Real
from simfunnel.distributions.mixture import Mixture

Kind = Literal["value", "number", "share", "text", "values", "distribution"]
"""How an argument is read: `value` in the unit of the rule, `number` without one, `share` as 0.25 or 25%."""

Check = Callable[[Mapping[str, float]], str | None]
_KEPT_AT_LEAST = 1e-9  # of a truncated normal: beyond it float64 has too few digits


@dataclass(frozen=True)
class Family:
    """A family of distributions as it is written.

    Attributes
    ----------
    name : str
    param_sets : tuple of tuple of str
        The allowed combinations of named parameters; empty for a list family.
    param_kinds : mapping of str to Kind
        How each named parameter is read.
    optional : tuple of str
        Names that may be added to any combination.
    entry_kind : Kind or None
        For list families (`points`, `choice`, `mixture`), whose arguments
        are `48%=entry` (in `choice` also just `entry`): how an entry is read.
    uncertain : mapping
        By parameter set, the parameters that may themselves be distributions.
    """

    name: str
    make: Callable[[Mapping[str, Any]], Law]
    param_sets: tuple[tuple[str, ...], ...] = ()
    param_kinds: Mapping[str, Kind] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    entry_kind: Kind | None = None
    uncertain: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    def usage(self) -> str:
        """The family as one writes it: `gamma(mean=, cv=) or gamma(mean=, shape=) ...`."""
        if self.name in _USAGE:
            return _USAGE[self.name]
        extra = "".join(f", [{name}=]" for name in self.optional)
        return " or ".join(f"{self.name}({', '.join(f'{n}=' for n in names)}{extra})" for names in self.param_sets)


_USAGE = {
    "fixed": "fixed(30 days)",
    "empirical": "empirical(file=times.csv, column=hours, unit=hours)",
    "points": "points(48%=1 hour, 69%=1 day, 100%=30 days)",
    "choice": "choice(a, b, c) or choice(70%=a, 30%=b)",
    "mixture": "mixture(70%=fixed(30 days), 30%=exponential(mean=1 year))",
}


def share_of(label: str) -> float:
    """The share that a list entry's label (`48%`) stands for."""
    return float(Decimal(label.rstrip("%")) / 100)


def _positive(*names: str) -> Check:
    def check(params: Mapping[str, float]) -> str | None:
        wrong = [name for name in names if name in params and not params[name] > 0]
        return f"{wrong[0]} must be above 0" if wrong else None

    return check


def _ordered(params: Mapping[str, float]) -> str | None:
    if not params.get("low", -math.inf) < params.get("high", math.inf):
        return "low must be under high"
    if "mode" in params and not params["low"] <= params["mode"] <= params["high"]:
        return "mode must lie between low and high"
    return None


def _p90_above_median(params: Mapping[str, float]) -> str | None:
    return "p90 must be above the median" if "p90" in params and not params["p90"] > params["median"] else None


def _is_share(params: Mapping[str, float]) -> str | None:
    if "mean" not in params:
        return None
    mean = params["mean"]
    if not 0 < mean < 1:
        return "mean must lie strictly between 0 and 1 (0% and 100%)"
    if "sd" in params and not params["sd"] ** 2 < mean * (1 - mean):
        return f"sd must be under {math.sqrt(mean * (1 - mean)):.3g} for a share with this mean"
    return None


def _within_reach(params: Mapping[str, float]) -> str | None:
    """Beyond, most values are too small for float64, or too near to each other for the incomplete gamma function."""
    shape = tabled.gamma(params).shape
    return None if 0.0099 < shape < 1.0001e6 else "cv must lie between 0.001 and 10 (shape = 1 / cv**2)"


def _beta_within_reach(params: Mapping[str, float]) -> str | None:
    law = tabled.beta(params)
    is_held = min(law.a, law.b) >= 0.01 and max(law.a, law.b) <= 1e6
    return None if is_held else "a = mean * n and b = (1 - mean) * n must lie between 0.01 and a million"


def _keeps_enough(params: Mapping[str, float]) -> str | None:
    z = [(params.get(name, infinite) - params["mean"]) / params["sd"] for name, infinite in _ENDS]
    kept = (math.erfc(z[0] / math.sqrt(2)) - math.erfc(z[1] / math.sqrt(2))) / 2
    if z[0] + z[1] < 0:
        kept = (math.erfc(-z[1] / math.sqrt(2)) - math.erfc(-z[0] / math.sqrt(2))) / 2
    return None if kept >= _KEPT_AT_LEAST else "hardly anything of this normal lies between low and high"


_ENDS = (("low", -math.inf), ("high", math.inf))


def _fixed(params: Mapping[str, Real]) -> Law:
    return closed.Fixed(params["value"])


def _uniform(params: Mapping[str, Real]) -> Law:
    return closed.Uniform(params["low"], params["high"])


def _triangular(params: Mapping[str, Real]) -> Law:
    return closed.Triangular(params["low"], params["mode"], params["high"])


def _empirical(params: Mapping[str, Any]) -> Law:
    return listed.Empirical(params["values"])


def _points(entries: Mapping[str, Any]) -> Law:
    return listed.Points(entries["shares"], entries["entries"])


def _choice(entries: Mapping[str, Any]) -> Law:
    return listed.Choice(entries["shares"], entries["entries"])


def _mixture(entries: Mapping[str, Any]) -> Law:
    return Mixture(entries["shares"], entries["entries"])


def _all_of(sets: tuple[tuple[str, ...], ...], optional: tuple[str, ...] = ()) -> dict[Any, tuple[str, ...]]:
    return {names: (*names, *optional) for names in sets}


_LOGNORMAL = (("median", "p90"), ("mean", "cv"), ("median", "sigma"), ("mean", "sd"))
_WEIBULL = (("shape", "mean"), ("shape", "scale"), ("shape", "median"))
_GAMMA = (("mean", "cv"), ("mean", "shape"), ("mean", "sd"))
_BETA = (("mean", "n"), ("mean", "sd"), ("a", "b"))
_EXPONENTIAL = (("mean",), ("median",))
_RANGE, _PEAK, _BELL, _ONE = (("low", "high"),), (("low", "mode", "high"),), (("mean", "sd"),), (("value",),)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        family.name: family
        for family in (
            Family("fixed", _fixed, _ONE, {"value": "value"}, uncertain=_all_of(_ONE)),
            Family(
                "exponential", closed.exponential, _EXPONENTIAL, {"mean": "value", "median": "value"},
                uncertain=_all_of(_EXPONENTIAL), checks=(_positive("mean", "median"),),
            ),
            Family(
                "lognormal", closed.lognormal, _LOGNORMAL,
                {"median": "value", "p90": "value", "mean": "value", "sd": "value", "cv": "number", "sigma": "number"},
                uncertain=_all_of(_LOGNORMAL),
                checks=(_positive("median", "p90", "mean", "cv", "sigma", "sd"), _p90_above_median),
            ),
            Family(
                "weibull", closed.weibull, _WEIBULL,
                {"shape": "number", "mean": "value", "scale": "value", "median": "value"},
                uncertain=_all_of(_WEIBULL), checks=(_positive("shape", "mean", "scale", "median"),),
            ),
            Family(
                "gamma", tabled.gamma, _GAMMA, {"mean": "value", "sd": "value", "cv": "number", "shape": "number"},
                uncertain={("mean", "cv"): ("mean",), ("mean", "shape"): ("mean",)},
                checks=(_positive("mean", "cv", "shape", "sd"), _within_reach),
            ),
            Family(
                "beta", tabled.beta, _BETA,
                {"mean": "share", "sd": "share", "n": "number", "a": "number", "b": "number"},
                checks=(_positive("n", "sd", "a", "b"), _is_share, _beta_within_reach),
            ),
            Family(
                "uniform", _uniform, _RANGE, {"low": "value", "high": "value"},
                uncertain=_all_of(_RANGE), checks=(_ordered,),
            ),
            Family(
                "triangular", _triangular, _PEAK, {"low": "value", "mode": "value", "high": "value"},
                uncertain=_all_of(_PEAK), checks=(_ordered,),
            ),
            Family(
                "pert", tabled.pert, _PEAK, {"low": "value", "mode": "value", "high": "value"}, checks=(_ordered,)
            ),
            Family(
                "normal", closed.normal, _BELL, {"mean": "value", "sd": "value", "low": "value", "high": "value"},
                optional=("low", "high"), uncertain=_all_of(_BELL, ("low", "high")),
                checks=(_positive("sd"), _ordered, _keeps_enough),
            ),
            Family("points", _points, entry_kind="value"),
            Family("mixture", _mixture, entry_kind="distribution"),
            Family("choice", _choice, entry_kind="value"),
            Family(
                "empirical", _empirical, (("file", "column", "values"), ("values",)),
                {"file": "text", "column": "text", "unit": "text", "values": "values"}, optional=("unit",),
            ),
        )
    }
)  # fmt: skip
