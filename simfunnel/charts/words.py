"""How do charts say figures, so that none goes out without how well it is known and on how many futures it rests?"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isinf, isnan

from simfunnel.claims import Selector, parse_selector
from simfunnel.measures import COUNTS
from simfunnel.results import Chance, Mean, Quantile, Result
from simfunnel.results.text import figure, percent, plain

#: Said in place of a confidence interval.
UNKNOWN = "its error is not known from one future"


def share(chance: Chance) -> str:
    """A chance alone: `37.6 %`."""
    return percent(chance.value, chance.mcse)


def amount(estimate: Mean | Quantile) -> str:
    """An estimate alone, with the digits that its error supports; quantiles of counts are whole."""
    return figure(estimate.value, estimate.unit, _error(estimate), estimate.currency)


def interval(estimate: Chance | Mean | Quantile) -> str:
    """The confidence interval of an estimate: `95 % CI 36.6 to 38.5 %`."""
    if isnan(estimate.low) or isnan(estimate.high):
        return UNKNOWN
    if isinf(estimate.low) and isinf(estimate.high):
        return f"too few futures for a {plain(estimate.level * 100)} % CI"
    if isinstance(estimate, Chance):
        low, high = (percent(end, estimate.mcse) for end in (estimate.low, estimate.high))
    else:
        low, high = (
            figure(end, estimate.unit, _error(estimate), estimate.currency) for end in (estimate.low, estimate.high)
        )
    if low.endswith(" %") and high.endswith(" %"):
        low = low.removesuffix(" %")
    return f"{plain(estimate.level * 100)} % CI {low} to {high}"


def known(estimate: Chance | Mean | Quantile) -> str:
    """An estimate with its confidence interval: `37.6 % (95 % CI 36.6 to 38.5 %)`."""
    alone = share(estimate) if isinstance(estimate, Chance) else amount(estimate)
    return f"{alone} ({interval(estimate)})"


def counted(text: str, unit: str) -> str:
    """A figure with what it counts, in the right number: `1 deal`, `8.79 deals`; money and shares say it themselves."""
    if unit not in COUNTS:
        return text
    return f"{text} {unit.removesuffix('s') if text.lstrip('+-−') == '1' else unit}"


def futures(run: Result) -> str:
    """What a chart rests on: `10,000 futures, seed 7`."""
    return f"{counted_futures(run.n_sims)}, seed {run.terms.seed}"


def counted_futures(n: int) -> str:
    """`1 future`, `10,000 futures`."""
    return f"{n:,} future{'' if n == 1 else 's'}"


def middle(run: Result, measure: str) -> str:
    """The sentence for a measure that no plan speaks of: its median and what eight futures in ten bring."""
    low, median, high = (run.quantile(measure, q) for q in (0.1, 0.5, 0.9))
    if median.n == 0:
        return missing(measure)
    value = counted(amount(median), median.unit) if measure in ("deals", "revenue") else amount(median)
    start = "The median future brings" if measure in ("deals", "revenue") else f"The median of {said(measure)} is"
    return f"{start} {value} ({interval(median)}), P10 to P90: {amount(low)} to {amount(high)}"


def missing(measure: str) -> str:
    """The sentence for a measure that has no value anywhere."""
    return f"No future has a figure for {said(measure)}"


def said(measure: str) -> str:
    """A measure or a part of one in words."""
    return parse_selector(measure).words


def number_of(shown: str, measure: str) -> str:
    """So many of what a measure counts: `9 deals`, `1 lead still open`."""
    unit = parse_selector(measure).unit
    return f"{shown} {said(measure).replace(unit, unit.removesuffix('s'), 1) if shown == '1' else said(measure)}"


def axis(measure: str) -> str:
    """What an axis of a measure shows."""
    text = said(measure)
    return text[0].upper() + text[1:]


def unit(measure: str | Selector) -> str:
    """Unit of a measure, as in `simfunnel.measures.Measure.unit`."""
    return (parse_selector(measure) if isinstance(measure, str) else measure).unit


def is_count(measure: str) -> bool:
    """Whether only whole numbers can occur."""
    return unit(measure) in COUNTS


def tick(of: str, currency: str) -> Callable[[float], str]:
    """How the ticks of an axis in this unit are written: round numbers, so no error is needed."""
    if of == "money":
        return lambda value: short_money(value, currency)
    if of == "share":
        return lambda value: f"{value * 100:,.4g} %".replace("-", "−")
    return lambda value: f"{value:,.10g}".replace("-", "−")


def short_money(value: float, currency: str) -> str:
    """A round amount for a tick.

    >>> short_money(2.5e6, "$"), short_money(-40_000, "EUR"), short_money(0, "$")
    ('$2.5M', '−EUR 40k', '$0')
    """
    spaced = f"{currency} " if currency[-1:].isalnum() else currency
    size, suffix = abs(value), ""
    for most, name in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= most:
            size, suffix = size / most, name
            break
    return f"{'−' if value < 0 else ''}{spaced}{size:,.6g}{suffix}"


def signed(value: float, unit: str, mcse: float, currency: str) -> str:
    """A change: `+1.2`, `−$40,000`."""
    sign = "−" if value < 0 else "+"
    return f"{sign}{figure(abs(value), unit, mcse, currency)}"


def _error(estimate: Mean | Quantile) -> float:
    if isinstance(estimate, Quantile) and estimate.unit in COUNTS:
        return 0.0
    return estimate.mcse if isfinite(estimate.mcse) else 0.0
