"""How is a figure written so that it shows what is known of it, and no more?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite, isinf, isnan, log10

from simfunnel.results.intervals import z_value

MISSING = "missing"
MATH_OFF = "tex2jax_ignore mathjax_ignore"  # notebooks read "$1M ... $2M" as a formula otherwise
_EXACT_DIGITS = 4
_ROUNDING = 1e-12  # an error that small is that of floating-point arithmetic, not of chance
_IN_MILLIONS = 1e7


def digits(value: float, mcse: float) -> int:
    """Decimals that a Monte Carlo error supports; negative where not even the units are known.

    The last digit shown is where the mcse has its first, so a value and its error end at the same place. An exact value
    (mcse 0, or unknown) keeps its own digits, of decimals no more than make four significant digits.

    >>> digits(8.7523, 0.026), digits(874_321.0, 2_610.0), digits(8.75, 0.0)
    (2, -3, 2)
    """
    if _is_known(value, mcse):
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
    """A share as a percentage; what is exact and less than all is not rounded to all.

    >>> percent(0.37521, 0.0015), percent(0.99999)
    ('37.5 %', '99.999 %')
    """
    if not isfinite(value):
        return _unbounded(value)
    size, error = value * 100, mcse * 100
    shown = digits(size, error)
    if size < 100 == round(size, shown) and not _is_known(size, error):
        shown = digits(100 - size, 0.0)
    return f"{_fixed(size, shown)} %"


def money(value: float, mcse: float = 0.0, currency: str = "$") -> str:
    """An amount, in millions from one million on; a currency of letters stands apart.

    >>> money(1_234_567.0, 30_000.0), money(875_000.0), money(-40.0, currency="EUR")
    ('$1.23M', '$875,000', '-EUR 40')
    """
    if not isfinite(value):
        return _unbounded(value)
    shown = digits(value, mcse)
    if not _is_known(value, mcse) and abs(value) < 1e6:
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


def signed(value: float, unit: str, mcse: float = 0.0, currency: str = "$") -> str:
    """A difference, with a plus where it is above 0 as far as it is shown; of shares in percentage points.

    >>> signed(1.061, "deals", 0.03), signed(-0.029, "share", 0.005)
    ('+1.06', '-2.9 points')
    """
    scale = 100 if unit == "share" else 1
    shown = plain(value * scale, mcse * scale) if unit == "share" else figure(value, unit, mcse, currency)
    is_up = isfinite(value) and round(value * scale, digits(value * scale, mcse * scale)) > 0
    return f"{'+' if is_up else ''}{shown}{' points' if unit == 'share' else ''}"


def error(mcse: float, unit: str, currency: str = "$") -> str:
    """A Monte Carlo error itself, to the one digit that its value is written to.

    >>> error(0.0263, "deals"), error(2_610.0, "money"), error(0.0016, "share")
    ('0.03', '$3,000', '0.2 %')
    """
    return figure(mcse, unit, mcse, currency)


def printable(text: str) -> str:
    """Text without control characters: a name must not move the cursor of a terminal.

    >>> printable("A\\tB")
    'A B'
    """
    return "".join(character if character.isprintable() else " " for character in text)


def listed(parts: Sequence[str]) -> str:
    """Several things in a row.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """The names, those that came before numbered.

    >>> numbered(["Plan", "Plan"])
    ('Plan', 'Plan (2)')
    """
    found: list[str] = []
    for name in names:
        shown, count = name, 1
        while shown in found:
            count += 1
            shown = f"{name} ({count})"
        found.append(shown)
    return tuple(found)


@dataclass(frozen=True)
class Column:
    """Figures of one unit that stand in one table: all to the same digits, money all in full or all in millions.

    Attributes
    ----------
    decimals : int
        Negative where not even the units are known.
    """

    unit: str
    currency: str
    decimals: int
    in_millions: bool = False

    def write(self, value: float, mcse: float = 0.0) -> str:
        """One figure."""
        return self._written(value, self._place(value, mcse), self.currency)

    def signed(self, value: float, mcse: float = 0.0) -> str:
        """A difference, with a plus where it is above 0 as far as it is shown; of shares in percentage points."""
        shown = self.write(value, mcse).replace(" %", " points")
        return f"+{shown}" if value > 0 and any(digit in shown for digit in "123456789") else shown

    def known(self, value: float, mcse: float) -> str:
        """A figure with half of its 95 % confidence interval; `<0.01` where it is smaller than what is shown.

        >>> together([1.87, 0.853], [0.07, 0.05], "deals").known(1.87, 0.07)
        '1.87 ± 0.14'
        """
        if not _is_known(value, mcse):
            return self.write(value) if value else replace(self, decimals=0, in_millions=False).write(0.0)
        place = self._place(value, mcse)
        smallest = 10.0**-place / self._scale
        if self.unit != "money" and 0 < value < smallest / 2:
            return f"<{self._written(smallest, place, self.currency)}"
        half = self._written(z_value() * mcse, place, "")
        return f"{self._written(value, place, self.currency).removesuffix(' %')} ± {half}"

    @property
    def _scale(self) -> int:
        return 100 if self.unit == "share" else 1

    def _place(self, value: float, mcse: float) -> int:
        """To which decimal a figure is rounded: as its column is, unless that would round off what is known of it.

        Zeros at the end of an amount in full do not look like digits, so there each is rounded as its own error says.
        """
        value, mcse = value * self._scale, mcse * self._scale
        if not _is_known(value, mcse):
            place = self.decimals if self.unit == "money" else max(self.decimals, 0)
            if not isfinite(value):
                return place
            return place if round(value, place) or not value else digits(value, 0.0)
        own, place = digits(value, mcse), self.decimals
        if (place < 0 and self.unit != "money") or (not self.in_millions and self.unit == "money"):
            place = min(own, place)
        is_lost = 0.5 * 10.0**-place > z_value() * mcse or (value != 0 and round(value, place) == 0)
        return max(own, place) if is_lost else place

    def _written(self, value: float, place: int, currency: str) -> str:
        if not isfinite(value):
            return _unbounded(value)
        rounded = round(value * self._scale, place)
        if self.unit != "money":
            return f"{_fixed(rounded, max(place, self.decimals))}{' %' if self.unit == 'share' else ''}"
        start = f"{'-' if rounded < 0 else ''}{currency}{' ' if currency[-1:].isalnum() else ''}"
        if self.in_millions and place <= -3:
            return f"{start}{_fixed(abs(rounded) / 1e6, max(place + 6, 0))}M"
        return f"{start}{_fixed(abs(rounded), max(self.decimals, min(place, 2)))}"


def together(
    values: Iterable[float], errors: Iterable[float], unit: str, currency: str = "$", *, spare: int = 1
) -> Column:
    """How figures of one unit are written in one table.

    The digits are those that the least certain of them supports, and `spare` more where others support them.

    Parameters
    ----------
    values, errors
        The figures and their Monte Carlo errors; what is missing does not count.

    Examples
    --------
    >>> column = together([8.61, 10.03, 1.312], [0.12, 0.14, 0.052], "deals")
    >>> column.write(10.03), column.write(1.312), column.write(0.0)
    ('10.03', '1.31', '0.00')
    """
    scale = 100 if unit == "share" else 1
    figures = [(value * scale, error * scale) for value, error in zip(values, errors, strict=True) if isfinite(value)]
    supported = [digits(value, error) for value, error in figures if _is_known(value, error)]
    exact = [value for value, error in figures if not _is_known(value, error)]
    if unit == "money" and max((abs(value) for value, _ in figures), default=0.0) >= _IN_MILLIONS:
        decimals = min(supported) + spare if supported else max(digits(value / 1e6, 0.0) for value in exact) - 6
        return Column(unit, currency, decimals, in_millions=True)
    if unit == "money":  # cents are shown, or not at all
        has_cents = any(value != round(value) for value in exact) or min(supported, default=0) > 0
        return Column(unit, currency, 2 if has_cents else 0)
    if supported:
        return Column(unit, currency, min(max(supported), min(supported) + spare))
    return Column(unit, currency, max((digits(value, 0.0) for value in exact), default=0))


def _is_known(value: float, mcse: float) -> bool:
    """Whether there is an error that says how well the value is known; an exact value has none."""
    return isfinite(mcse) and mcse > _ROUNDING * max(abs(value), 1.0)


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
