"""How is a distribution written, so that it reads well and reads back the same?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simfunnel.distributions.columns import pack
from simfunnel.distributions.distribution import Distribution
from simfunnel.distributions.families import FAMILIES

UNIT_DAYS = {
    "years": 365.0,
    "months": 365.0 / 12.0,
    "weeks": 7.0,
    "days": 1.0,
    "hours": 1.0 / 24.0,
    "minutes": 1.0 / 1440.0,
    "seconds": 1.0 / 86400.0,
}
_SHORT = 5  # characters of a number that people would write
_PREFERRED = ("days", "hours", "minutes", "weeks", "years", "months", "seconds")


def describe(distribution: Distribution, kind: str, *, packed: bool = False) -> str:
    """The text of a distribution in a rule of this kind.

    Parameters
    ----------
    kind : str
        `duration` (days), `share`, `money` or `number`.
    packed : bool
        Whether a column of numbers is named by its content (`data=`), under which `pack` writes it down.

    Examples
    --------
    >>> from simfunnel.distributions import build
    >>> describe(build("gamma", {"mean": 60.0, "cv": 0.6}), "duration")
    'gamma(mean=60 days, cv=0.6)'
    """
    if kind not in ("duration", "share", "money", "number"):
        raise ValueError(f"no rule is of the kind {kind!r}; write duration, share, money or number")
    family = FAMILIES[distribution.family]
    words: list[str] = []
    if distribution.family == "fixed":
        value = _argument(distribution.params[0][1], kind, packed)
        return f"fixed({value}{', independent' * distribution.independent})"
    for name, value in distribution.params:
        read_as = family.entry_kind or family.param_kinds[name]
        if read_as == "values":
            words += [f"data={pack(value)[0]}"] if packed else [] if words else [f"{len(value)} values"]
            continue
        text = _argument(value, kind if read_as in ("value", "distribution") else read_as, packed)
        words.append(f"{name}={text}" if name else text)
    if distribution.independent:
        words.append("independent")
    return f"{distribution.family}({', '.join(words)})"


def _argument(value: Any, kind: str, packed: bool) -> str:
    if isinstance(value, Distribution):
        return describe(value, kind, packed=packed)
    if isinstance(value, str):
        return value
    return value_text(value, kind)


def value_text(value: float, kind: str) -> str:
    """One value as written: `5 hours`, `25%`, `100_000`, `0.6`."""
    if kind == "duration":
        return _duration(value)
    if kind == "share":
        per_cent = f"{(Decimal(repr(value)) * 100).normalize():f}"
        return f"{per_cent}%" if len(per_cent) <= _SHORT else repr(value)
    return _number(value, "_" if kind == "money" else "")


def _number(value: float, grouping: str = "") -> str:
    return f"{int(value):{grouping}}" if value == int(value) and abs(value) < 1e15 else repr(value)


def _duration(days: float) -> str:
    """In the unit that needs the fewest digits, and the very same number when read back."""
    candidates = []
    for unit in _PREFERRED:
        amount = float(f"{days / UNIT_DAYS[unit]:.12g}")
        text = _number(amount)
        if amount * UNIT_DAYS[unit] == days and len(text) <= _SHORT:
            candidates.append((len(text) if amount >= 1 else len(text) + _SHORT, text, unit))
    if not candidates:
        return f"{_number(days)} days"
    _, text, unit = min(candidates, key=lambda candidate: candidate[0])
    return f"{text} {unit[:-1] if text == '1' else unit}"
