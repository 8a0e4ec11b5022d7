"""What do '30 days', '12.5%', '250k', 'per month' and '2027-01-04' mean?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from simfunnel.distributions import UNIT_DAYS, value_text
from simfunnel.scenario.tree import nearest

__all__ = [
    "LITERALS",
    "PERIOD_NAMES",
    "UNITS",
    "UNIT_NAMES",
    "quoted",
    "read_count",
    "read_date",
    "read_duration",
    "read_money",
    "read_number",
    "read_period",
    "read_share",
]

UNITS = {**{name.removesuffix("s"): days for name, days in UNIT_DAYS.items()}, "quarter": 365.0 / 4.0}
PERIOD_NAMES = "per day, week, month, quarter or year"
UNIT_NAMES = "minutes, hours, days, weeks, months, quarters, years"
SHORT_UNITS = {
    **dict.fromkeys(("s", "sec", "secs"), "second"),
    **dict.fromkeys(("min", "mins"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs"), "hour"),
    **dict.fromkeys(("d", "dy", "dys"), "day"),
    **dict.fromkeys(("w", "wk", "wks"), "week"),
    **dict.fromkeys(("m", "mo", "mth", "mths"), "month"),
    **dict.fromkeys(("q", "qtr", "qtrs"), "quarter"),
    **dict.fromkeys(("y", "yr", "yrs"), "year"),
}
DIGITS = r"[0-9]+(?:_[0-9]+)*"
NUMBER = re.compile(rf"[+-]?(?:{DIGITS}(?:\.(?:{DIGITS})?)?|\.{DIGITS})(?:[eE][+-]?[0-9]{{1,3}})?", re.ASCII)
NOT_FINITE = frozenset({"nan", "inf", "infinity", "infinite"})
MAX_DIGITS = 40


def quoted(text: str) -> str:
    """A text as it is shown in a message: in quotes, and cut where it is long."""
    return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}...'"


def _decimal(text: str) -> Decimal | None:
    """The number that a text is, None where it is none."""
    if len(text) > MAX_DIGITS or not NUMBER.fullmatch(text):
        return None
    return Decimal(text.replace("_", ""))


def _finite(value: Decimal, text: str) -> float:
    number = float(value)
    if abs(number) == float("inf"):
        raise ValueError(f"{quoted(text)} is too large to be a number")
    return number + 0.0  # -0 is 0, to the last bit as well


def _number_trouble(text: str) -> str | None:
    """Why a text that should be a number is none, where there is more to say than that it is none."""
    word = text.strip().lstrip("+-.").casefold().partition(" ")[0]
    if word in NOT_FINITE:
        return f"{quoted(text)} is not a finite number; leave the key out where there is no limit"
    if re.fullmatch(r"[+-]?[0-9][0-9_]*", text) and len(text) > MAX_DIGITS:
        return f"{quoted(text)} is too large to be a number"
    if re.fullmatch(r"[^0-9]{0,2}[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)? ?[A-Za-z%]*", text):
        return f"{quoted(text)} has a comma; write {text.replace(',', '_')}"
    if "**" in text:
        return f"{quoted(text)} is a formula; nothing is calculated here, write the number, such as 1e6"
    return None


def read_number(text: str) -> float:
    """A plain number.

    Examples
    --------
    >>> read_number("1e6"), read_number("100_000")
    (1000000.0, 100000.0)
    """
    value = _decimal(text)
    if value is not None:
        return _finite(value, text)
    if text.endswith("%") and (share := _decimal(text[:-1].strip())) is not None:
        plain = value_text(float(share / 100), "number")
        raise ValueError(f"{quoted(text)} is a share; a plain number is needed, such as {plain}")
    trouble = _number_trouble(text)
    raise ValueError(trouble or f"{quoted(text)} is not a number; write one such as 40, 0.5, 100_000 or 1e6")


def read_count(text: str) -> int:
    """A whole number.

    Examples
    --------
    >>> read_count("10")
    10
    """
    value = _decimal(text)
    if value is None or value != value.to_integral_value() or abs(value) > 10**18:
        raise ValueError(_number_trouble(text) or f"{quoted(text)} is not a whole number; write one such as 10")
    return int(value)


def read_share(text: str) -> float:
    """A share of one, from `12.5%` or `0.125`.

    Examples
    --------
    >>> read_share("12.5%")
    0.125
    """
    percent = text.endswith("%")
    value = _decimal(text[:-1].rstrip() if percent else text)
    if value is None:
        trouble = _number_trouble(text.rstrip("%"))
        raise ValueError(trouble or f"{quoted(text)} is not a share; write one such as 25% or 0.25")
    return _finite(value / 100 if percent else value, text)


def read_money(text: str) -> float:
    """An amount of money: `100_000`, `250k`, `1M`.

    Examples
    --------
    >>> read_money("250k")
    250000.0
    """
    factor = {"k": 10**3, "K": 10**3, "M": 10**6}.get(text[-1:], 1)
    value = _decimal(text if factor == 1 else text[:-1].rstrip())
    if value is not None:
        return _finite(value * factor, text)
    raise ValueError(_number_trouble(text) or _money_trouble(text))


def _money_trouble(text: str) -> str:
    sign = re.match(r"\s*([^\w\s.+-])\s*(?=[0-9])", text)
    if sign:
        return f"{quoted(text)} has a currency sign; write {text[sign.end() :]} (the key `currency` says which money)"
    scaled = re.fullmatch(r"([0-9._]+) ?(m|mn|mio|B|b|bn)", text)
    if scaled:
        meant = f"{scaled[1]}M" if scaled[2].startswith("m") else f"{scaled[1]}000M"
        return f"{quoted(text)} is not an amount of money; write {meant} (k for thousands, M for millions)"
    return f"{quoted(text)} is not an amount of money; write one such as 100_000, 250k or 1M"


def read_date(text: str) -> date:
    """A day, from `2027-01-04`.

    Examples
    --------
    >>> read_date("2027-01-04")
    datetime.date(2027, 1, 4)
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        raise ValueError(f"{quoted(text)} is not a date; write year-month-day, such as 2027-01-04")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = f"{quoted(text)} is not a day of the calendar; write year-month-day, such as 2027-01-04"
        raise ValueError(message) from None
    if not 1900 <= day.year <= 2200:
        raise ValueError(f"{quoted(text)} is out of range; dates are from 1900 to 2200")
    return day


def read_duration(text: str) -> float:
    """A duration in days, from a number and a unit.

    Examples
    --------
    >>> read_duration("30 days"), read_duration("1 year"), read_duration("6 hours")
    (30.0, 365.0, 0.25)
    """
    match = re.fullmatch(rf"({NUMBER.pattern}) *([^\W\d_]*)", text, re.ASCII)
    value = _decimal(match[1]) if match else None
    if match is None or value is None:
        raise ValueError(_duration_trouble(text))
    amount, unit = match[1], match[2]
    if not unit:
        raise ValueError(f"{quoted(text)} has no unit; write '{amount} days' ({UNIT_NAMES})")
    name = unit.removesuffix("s")
    if name not in UNITS:
        guess = _unit_like(unit)
        raise ValueError(
            f"{quoted(text)} is not a duration; write '{_counted(amount, guess)}' ({UNIT_NAMES})"
            if guess
            else f"{quoted(text)} is not a duration; its unit is not one of {UNIT_NAMES}"
        )
    # One product, as `value_text` expects, so that what it writes reads back to the last bit.
    return _finite(value, text) * UNITS[name]


def read_period(text: str) -> float:
    """The days in what stands after `per`: `month`, `2 weeks`.

    Examples
    --------
    >>> read_period("week"), read_period("2 weeks")
    (7.0, 14.0)
    """
    if text in UNITS:
        return UNITS[text]
    if re.fullmatch(r"[^\W\d_]+", text):
        guess = _unit_like(text)
        raise ValueError(f"'per {text}' is not a period; write 'per {guess or 'month'}' ({PERIOD_NAMES})")
    days = read_duration(text)
    if days <= 0:
        raise ValueError(f"'per {text}' is not a period; it must be longer than 0")
    return days


def _duration_trouble(text: str) -> str:
    trouble = _number_trouble(text)
    if trouble:
        return trouble
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", text):
        return f"{quoted(text)} is a time of day; write a duration such as '12 hours' or '30 minutes'"
    counted = re.fullmatch(rf"({NUMBER.pattern}) *(?:working|business|office)[ -]([a-z]+)", text, re.ASCII)
    if counted and counted[2].removesuffix("s") in UNITS:
        of_work = "of an SLA, `time: working` makes it working time; response and service of a team are that anyway"
        return f"{quoted(text)} is not a duration; write '{counted[1]} {counted[2]}' ({of_work})"
    low, between, high = text.partition(" to ")
    if between and all(re.fullmatch(rf"({NUMBER.pattern}) [a-z]+", end, re.ASCII) for end in (low, high)):
        return f"{quoted(text)} is not a duration; write one, or 'uniform(low={low}, high={high})'"
    return f"{quoted(text)} is not a duration; write one such as '30 days' ({UNIT_NAMES})"


def _unit_like(word: str) -> str | None:
    folded = word.casefold()
    if folded.removesuffix("s") in UNITS:
        return folded.removesuffix("s")
    return SHORT_UNITS.get(folded) or nearest(folded, UNITS, cutoff=0.5)


def _counted(amount: str, unit: str) -> str:
    return f"{amount} {unit}" if amount == "1" else f"{amount} {unit}s"


LITERALS: dict[str, Callable[[str], float]] = {
    "duration": read_duration,
    "share": read_share,
    "money": read_money,
    "number": read_number,
}
