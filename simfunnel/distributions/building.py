"""Is a distribution that somebody wrote possible, and if not, what would be?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from itertools import pairwise, product
from typing import Any

import numpy as np

from simfunnel.distributions.distribution import Distribution, law_of
from simfunnel.distributions.families import FAMILIES, Family, share_of
from simfunnel.distributions.law import HIGHEST, LOWEST

Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]

_SLACK = 1e-9  # shares written with a few digits may miss 100 % by rounding


def build(family: str, params: Pairs, *, independent: bool = False) -> Distribution:
    """A checked distribution.

    Parameters
    ----------
    family : str
        A name of `FAMILIES`.
    params : mapping or pairs of (name, value)
        Named parameters in the base unit of the rule.  In `points`, `mixture`
        and `choice` the names are shares (`"48%"` or `"0.48"`): pairs where a
        share repeats, and `""` for a choice without shares.
    independent : bool
        Whether a sector's own distribution is rolled for itself.

    Raises
    ------
    ValueError
        Saying what is wrong, what is allowed and the nearest name.

    Examples
    --------
    >>> from simfunnel.distributions import build
    >>> build("beta", {"mean": 0.25, "n": 40}).describe("share")
    'beta(mean=25%, n=40)'
    >>> build("choice", [("", 1.0), ("", 2.0)]).mean()
    1.5
    """
    if family not in FAMILIES:
        raise ValueError(f"there is no distribution {family!r}{_nearest(family, FAMILIES)}; write {_any_of(FAMILIES)}")
    kind = FAMILIES[family]
    pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
    if kind.entry_kind is not None:
        return Distribution(family, _checked_entries(kind, pairs), independent)
    names = _checked_names(kind, pairs)
    given = dict(pairs)
    values = tuple((name, _checked_value(kind, name, given[name])) for name in names)
    made = Distribution(family, values, independent)
    _check_uncertain(kind, made)
    _check_together(kind, made)
    return made


def _any_of(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def _checked_names(family: Family, pairs: list[tuple[str, Any]]) -> list[str]:
    """The given names in the order of the parameter set they make up."""
    given = [name for name, _ in pairs]
    for name in given:
        if given.count(name) > 1:
            raise ValueError(f"{family.name}: {name} is given twice" if name else _positional(family))
        if not name:
            raise ValueError(_positional(family))
        if name not in family.param_kinds:
            nearest = _nearest(name, family.param_kinds)
            raise ValueError(f"{family.name} has no parameter {name!r}{nearest}; write {family.usage()}")
    required = {name for name in given if name not in family.optional}
    for names in family.param_sets:
        if required == set(names):
            return [*names, *(name for name in family.optional if name in given)]
    together = " and ".join(given) or "nothing"
    raise ValueError(f"{family.name} cannot be made from {together}; write {family.usage()}")


def _positional(family: Family) -> str:
    return f"{family.name} takes named parameters; write {family.usage()}"


def _checked_value(family: Family, name: str, value: Any) -> Any:
    kind = family.param_kinds[name]
    if kind == "text":
        if isinstance(value, str):
            return value
        raise ValueError(f"{family.name}: {name} must be a text")
    if kind == "values":
        values = sorted(_number(family, name, item) for item in value)  # in one order: the same column, the same text
        if not values:
            raise ValueError(f"{family.name}: there are no values")
        return tuple(values)
    return value if isinstance(value, Distribution) else _number(family, name, value)


def _number(family: Family, name: str, value: Any) -> float:
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.bool_))
    try:
        number = float(value) if is_number else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{family.name}: {name or 'every entry'} must be a finite number, not {value!r:.40}")
    return number + 0.0  # -0 is 0, to the last bit as well


def _check_uncertain(family: Family, made: Distribution) -> None:
    names = tuple(name for name, _ in made.params if name not in family.optional)
    allowed = family.uncertain.get(names, ())
    for name, value in made.inputs:
        if value.inputs:
            raise ValueError(f"{family.name}: {name} is uncertain itself, so its own parameters must be numbers")
        if name not in allowed:
            scales = sorted({scale for scales in family.uncertain.values() for scale in scales})
            instead = f"; only {_any_of(scales)} may be, written with another shape parameter" if scales else ""
            raise ValueError(
                f"{family.name}: {name} cannot itself be a distribution, because it changes the shape of a family "
                f"without a closed form{instead}"
            )


def _check_together(family: Family, made: Distribution) -> None:
    """Every check, at every corner of what uncertain parameters can reach."""
    if family.name == "empirical":
        return
    inputs = made.inputs
    reaches = [value.prepare().quantile(np.array([LOWEST, HIGHEST])).tolist() for _, value in inputs]
    for corner in product(*reaches):
        params = dict(made.params) | dict(zip((name for name, _ in inputs), corner, strict=True))
        problem = next((p for check in family.checks if (p := check(params))), None) or _overflow(family, params)
        if problem is None:
            continue
        if not inputs:
            raise ValueError(f"{family.name}: {problem}")
        names = " and ".join(f"{name} can be {value:.4g}" for (name, _), value in zip(inputs, corner, strict=True))
        raise ValueError(
            f"{family.name}: {problem}, but the uncertain {names}; "
            "bound it (uniform, triangular, pert, or normal with low= and high=)"
        )


def _overflow(family: Family, params: Mapping[str, float]) -> str | None:
    if family.name in ("gamma", "beta", "pert"):
        return None  # their own checks keep them finite, and a table is not worth making here
    numbers = Distribution(family.name, tuple(params.items()))
    with np.errstate(all="ignore"):
        ends = law_of(numbers).quantile(np.array([LOWEST, HIGHEST]))
    return None if np.isfinite(ends).all() else "some of its values would be too large for a number"


def _checked_entries(family: Family, pairs: list[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    if not pairs:
        raise ValueError(f"{family.name} is empty; write {family.usage()}")
    unlabelled = [label for label, _ in pairs if not label]
    if unlabelled and (family.name != "choice" or len(unlabelled) < len(pairs)):
        raise ValueError(f"{family.name}: every entry needs its share; write {family.usage()}")
    labels = [_label(family, label) for label, _ in pairs]
    shares = [share_of(label) for label in labels if label]
    if family.name == "points":
        return _checked_points(family, labels, shares, pairs)
    if shares and abs(math.fsum(shares) - 1.0) > _SLACK:
        raise ValueError(f"{family.name}: the shares sum to {math.fsum(shares) * 100:.6g} %; they must sum to 100 %")
    if shares and min(shares) <= 0.0:
        raise ValueError(f"{family.name}: every share must be above 0 %")
    entries = [_part(value) if family.name == "mixture" else _number(family, "", value) for _, value in pairs]
    return tuple(zip(labels, entries, strict=True))


def _checked_points(
    family: Family, labels: list[str], shares: list[float], pairs: list[tuple[str, Any]]
) -> tuple[tuple[str, Any], ...]:
    values = [_number(family, label, value) for label, (_, value) in zip(labels, pairs, strict=True)]
    if shares[0] < 0.0 or any(b <= a for a, b in pairwise(shares)):
        raise ValueError("points: the cumulative shares must increase, from at least 0 %")
    if shares[-1] != 1.0:
        raise ValueError("points: the last share must be 100% (how long do the slowest take?)")
    if (len(values) == 1 and shares[0] == 0.0) or values[0] <= 0.0:
        raise ValueError("points: every value must be above 0")
    if any(b <= a for a, b in pairwise(values)):
        raise ValueError("points: the values must increase with the shares")
    return tuple(zip(labels, values, strict=True))


def _label(family: Family, label: str) -> str:
    """A share as one writes it, in per cent: `48%` for `0.48`."""
    if not label:
        return ""
    text = label.strip()
    try:
        number = Decimal(text.rstrip("%").strip())
    except InvalidOperation:
        raise ValueError(f"{family.name}: {label!r:.40} is not a share; write {family.usage()}") from None
    per_cent = number if text.endswith("%") else number * 100
    if not 0 <= per_cent <= 100:
        raise ValueError(f"{family.name}: the share {label} does not lie between 0 % and 100 %")
    return f"{per_cent.normalize():f}%"


def _part(value: Any) -> Distribution:
    is_distribution = isinstance(value, Distribution)
    if not is_distribution:
        raise ValueError(f"mixture: every part must be a distribution; write fixed({value!r:.40}) for a single value")
    part: Distribution = value
    if part.inputs:
        raise ValueError("mixture: the parameters of its parts must be numbers, because a mixture has no closed form")
    if part.independent:
        raise ValueError("mixture: independent belongs to the whole, not to a part")
    return part
