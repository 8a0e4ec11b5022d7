"""How are durations, shares, amounts and distributions said in a sentence?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import floor, isinf, log10

import numpy as np

from simfunnel.distributions import UNIT_DAYS, Distribution, value_text
from simfunnel.results import text
from simfunnel.scenario import Number, Scenario

_PERIODS = {1.0: "a day", 7.0: "a week", 365.0 / 12.0: "a month", 365.0 / 4.0: "a quarter", 365.0: "a year"}
_SHORT = 5  # characters of a number that people would write
# below, the smaller unit reads better
_FEWEST = {"years": 2.0, "months": 3.0, "days": 2.0, "hours": 2.0, "minutes": 2.0}


@dataclass(frozen=True)
class Line:
    """One sentence or two, and where what it says was written (empty where nobody wrote it)."""

    text: str
    origin: str = ""


def paragraph(heading: str, lines: Sequence[Line], intro: str = "") -> list[str]:
    """A heading and its lines as bullets; an origin that they all share is said once, in the heading."""
    places = {line.origin for line in lines}
    if len(places) == 1 and lines[0].origin:
        heading = f"{heading} [{lines[0].origin}]"
        lines = [Line(line.text) for line in lines]
    return [heading, *([f"  {intro}"] if intro else []), *(f"  {bullet(line)}" for line in lines)]


def bullet(line: Line) -> str:
    """A line of a list, with its origin in brackets."""
    return f"- {line.text} [{line.origin}]" if line.origin else f"- {line.text}"


def origins(scenario: Scenario, paths: Iterable[str]) -> str:
    """Where these values were written, each place once; what is left to its default is not named."""
    found = (scenario.origin(path) for path in paths)
    return ", ".join(dict.fromkeys(place for place in found if place != "default"))


def mean(value: Number) -> float:
    """The mean of a number that may be uncertain."""
    return value.mean() if isinstance(value, Distribution) else float(value)


def quantile(value: Distribution, u: float) -> float:
    """The value that a share ``u`` does not exceed."""
    return float(value.quantile(np.array([u]))[0])


def duration(days: float) -> str:
    """A duration as somebody wrote it, where that is short.

    >>> duration(30.0), duration(0.25)
    ('30 days', '6 hours')
    """
    exact = value_text(days, "duration")
    return exact if len(exact.split()[0]) <= _SHORT else span(days)


def span(days: float) -> str:
    """A duration that was worked out, in the unit that people would use, to two significant digits or whole units.

    >>> span(54.321), span(0.0361), span(1022.0), span(0.0)
    ('54 days', '52 minutes', '2.8 years', '0 days')
    """
    if days == 0 or isinf(days):
        return "for ever" if days else "0 days"
    if days % UNIT_DAYS["years"] == 0:
        return duration(days)
    unit = next((unit for unit, fewest in _FEWEST.items() if days / UNIT_DAYS[unit] >= fewest), "seconds")
    amount = days / UNIT_DAYS[unit]
    return f"{amount:,.0f} {unit}" if amount >= 10 else f"{amount:.2g} {unit}"


def each(days: float) -> str:
    """What stands after an amount per period.

    >>> each(7.0), each(14.0)
    ('a week', 'in 2 weeks')
    """
    return _PERIODS.get(days) or f"in {duration(days)}"


def share(value: float) -> str:
    """A share as a percentage of three significant digits; nearly none and nearly all are not rounded to none and all.

    >>> share(0.125), share(0.21875), share(0.99996), share(4e-8), share(1.0), share(23.04)
    ('12.5 %', '21.9 %', 'over 99.99 %', 'under 0.01 %', '100 %', '2,304 %')
    """
    if abs(value) >= 10:
        return f"{value * 100:,.0f} %"
    if 0 < value < 1e-4:
        return "under 0.01 %"
    if 1 - 1e-4 < value < 1:
        return "over 99.99 %"
    return f"{value * 100:.{4 if 0.99 < value < 1 else 3}g} %"


def money(value: float, currency: str) -> str:
    """An amount that somebody wrote, in full; from 100 on without cents.

    >>> money(100_000.0, "$"), money(1.5, "$"), money(104_800.4, "EUR")
    ('$100,000', '$1.50', 'EUR 104,800')
    """
    return text.money(float(round(value)) if abs(value) >= 100 else round(value, 2), currency=currency)


def about(value: float, currency: str) -> str:
    """An amount that was worked out, to three significant digits.

    >>> about(31_234.5, "$")
    '$31,200'
    """
    return money(value if value == 0 or isinf(value) else round(value, 2 - floor(log10(abs(value)))), currency)


def count(value: float) -> str:
    """A number of leads or deals.

    >>> count(40.0), count(8.75), count(1234.5)
    ('40', '8.8', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 or abs(value - round(value)) < 5e-3 else f"{value:.1f}"


def said(value: Number, kind: str, currency: str = "$") -> str:
    """A number as a sentence needs it; what nobody knows is said with its mean and how it is written."""
    if isinstance(value, Distribution):
        return f"{worked_out(value.mean(), kind, currency)} on average (uncertain: {value.describe(kind)})"
    return plain(value, kind, currency)


def plain(value: float, kind: str, currency: str = "$") -> str:
    """A number that somebody wrote, by the kind of its rule."""
    if kind == "share":
        return share(value)
    if kind == "money":
        return money(value, currency)
    return duration(value) if kind == "duration" else f"{value:,g}"


def worked_out(value: float, kind: str, currency: str = "$") -> str:
    """A number that was worked out, by the kind of its rule."""
    if kind == "share":
        return share(value)
    if kind == "money":
        return about(value, currency)
    if kind == "duration":
        return span(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def lasting(value: Number) -> str:
    """A duration that may differ from lead to lead."""
    if isinstance(value, Distribution):
        return f"{span(quantile(value, 0.5))} in the median, each lead's own: {value.describe('duration')}"
    return duration(value)


def between(values: Iterable[float], written: Callable[[float], str]) -> str:
    """One value, or the lowest and the highest of several.

    >>> between([0.2, 0.16], share), between([0.2, 0.2], share)
    ('16 to 20 %', '20 %')
    """
    known = list(values)
    low, high = written(min(known)), written(max(known))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def many(number: float, noun: str) -> str:
    """A number with its noun.

    >>> many(1.0, "lead"), many(40.0, "lead")
    ('1 lead', '40 leads')
    """
    return f"{count(number)} {noun}{'' if count(number) == '1' else 's'}"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
