"""How is a figure written so that it shows what is known of it, and no more?"""

from __future__ import annotations

from math import floor, isfinite, isinf, isnan, log10

MISSING = "missing"
_EXACT_DIGITS = 4


def digits(value: float, mcse: float) -> int:
    """Decimals that a Monte Carlo error supports; negative where not even the units are known.

    The last digit shown is where the mcse has its first, so a value and its error end at the same place. An exact value
    (mcse 0, or unknown) keeps its own digits, of decimals no more than make four significant digits.

    >>> digits(8.7523, 0.026), digits(874_321.0, 2_610.0), digits(8.75, 0.0)
    (2, -3, 2)
    """
    if mcse > 0 and isfinite(mcse):
        return -floor(log10(mcse))
    if not isfinite(value) or value == 0:
        return 0
    most = max(_EXACT_DIGITS - 1 - floor(log10(abs(value))), 0)
    return next(n for n in range(most + 1) if round(value, n) == round(value, most))


def plain(value: float, mcse: float = 0.0) -> str:
    """A number with a comma between thousands and the digits that its error supports.

    >>> plain(8.7523, 0.026), plain(12_345.0), plain(float("nan"))
    ('8.75', '12,345', 'missing')
    """
    return _fixed(value, digits(value, mcse))


def percent(value: float, mcse: float = 0.0) -> str:
    """A share as a percentage.

    >>> percent(0.37521, 0.0015)
    '37.5 %'
    """
    return f"{_fixed(value * 100, digits(value * 100, mcse * 100))} %" if isfinite(value) else _unbounded(value)


def money(value: float, mcse: float = 0.0, currency: str = "$") -> str:
    """An amount, in millions from one million on; a currency of letters stands apart.

    >>> money(1_234_567.0, 30_000.0), money(875_000.0), money(-40.0, currency="EUR")
    ('$1.23M', '$875,000', '-EUR 40')
    """
    if not isfinite(value):
        return _unbounded(value)
    shown = digits(value, mcse)
    if mcse == 0 and abs(value) < 1e6:
        shown = 0 if value == round(value) else 2  # an exact amount shows its cents or none
    size = round(abs(value), shown)
    sign = "-" if value < 0 and size > 0 else ""
    unit = f"{currency} " if currency[-1:].isalnum() else currency
    if size < 1e6:
        return f"{sign}{unit}{_fixed(size, min(shown, 2))}"
    return f"{sign}{unit}{_fixed(size / 1e6, min(max(shown + 6, 0), 6), trim=mcse == 0)}M"


def figure(value: float, unit: str, mcse: float = 0.0, currency: str = "$") -> str:
    """A value of a measure, written as its unit is (`simfunnel.measures.Measure.unit`)."""
    if unit == "money":
        return money(value, mcse, currency)
    if unit == "share":
        return percent(value, mcse)
    return plain(value, mcse)


def error(mcse: float, unit: str, currency: str = "$") -> str:
    """A Monte Carlo error itself, to the one digit that its value is written to.

    >>> error(0.0263, "deals"), error(2_610.0, "money"), error(0.0016, "share")
    ('0.03', '$3,000', '0.2 %')
    """
    return figure(mcse, unit, mcse, currency)


def _fixed(value: float, decimals: int, *, trim: bool = False) -> str:
    if not isfinite(value):
        return _unbounded(value)
    rounded = round(value, decimals) + 0.0  # + 0.0 makes -0.0 plain 0
    text = f"{rounded:,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if trim and "." in text else text


def _unbounded(value: float) -> str:
    if isnan(value):
        return MISSING
    assert isinf(value)
    return "unbounded"
