"""What does a run say in one sentence, and in one small table?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from simfunnel.claims import number
from simfunnel.measures import MEASURES, WORDS
from simfunnel.results.estimates import Mean, Quantile
from simfunnel.results.text import MATH_OFF, Column, error, figure, listed, percent, plain, printable, together

if TYPE_CHECKING:
    from simfunnel.results.result import Result

#: Rows of the small table.
SHOWN = (
    "deals", "revenue", "cost", "profit", "roi", "twin_deals", "twin_revenue", "twin_profit", "twin_roi",
    "gap_deals", "gap_revenue", "gap_profit", "gap_roi", "plan_shortfall_deals", "plan_shortfall",
)  # fmt: skip
_HEADS = ("", "mean", "mcse", "P10", "P50", "P90")


class Row(NamedTuple):
    """One line of the small table, as text."""

    words: str
    mean: str
    mcse: str
    p10: str
    p50: str
    p90: str


def sentence(result: Result) -> str:
    """The answer: median, P10 to P90, chance of missing the plan, what cold leads cost, and how sure that is."""
    low, middle, high = (result.quantile("deals", q) for q in (0.1, 0.5, 0.9))
    unit = "deal" if middle.value == 1 else "deals"
    deals = f"the median future brings {_bare(middle)} {unit} (P10 to P90: {_bare(low)} to {_bare(high)})"
    cost, errors = _cold(result)
    known = f"{errors}{plain(result.n_sims)} {'futures' if result.n_sims != 1 else 'future'}, seed {result.terms.seed}"
    return f"{printable(result.name)}: {deals}, {_plan(result)}, and {cost} ({known})."


def rows(result: Result) -> Iterator[Row]:
    """The small table; measures that this run has no figure for are left out."""
    means = _means(result)
    points = {name: [result.quantile(name, q) for q in (0.1, 0.5, 0.9)] for name in means}
    columns = {each.unit: _columns(each.unit, means.values(), points.values()) for each in means.values()}
    for name, mean in means.items():
        of_means, of_points = columns[mean.unit]
        shown = of_means.write(mean.value, mean.mcse), of_means.write(mean.mcse, mean.mcse)
        yield Row(WORDS[name], *shown, *(of_points.write(each.value, _error_of(each)) for each in points[name]))


def as_text(result: Result) -> str:
    """Sentence and table for a terminal."""
    table = [_HEADS, *rows(result)]
    widths = [max(len(row[i]) for row in table) for i in range(len(_HEADS))]
    lines = []
    for name, *cells in table:
        aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *aligned]).rstrip())
    return "\n".join([sentence(result), "", *lines])


def as_html(result: Result) -> str:
    """Sentence and table for a notebook; every text is escaped."""
    head = "".join(f"<th>{escape(text)}</th>" for text in _HEADS)
    body = "".join(html_row(name, row) for name, row in zip(_means(result), rows(result), strict=True))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="{MATH_OFF}"><p><strong>{escape(sentence(result))}</strong></p>{table}</div>'


def html_row(name: str, cells: Sequence[str]) -> str:
    """The row of a measure; its name and meaning show where the mouse rests."""
    about = escape(f"{name}: {MEASURES[name].meaning}")
    head = f'<tr><th style="text-align: left" title="{about}">{escape(cells[0])}</th>'
    return head + "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:]) + "</tr>"


def _plan(result: Result) -> str:
    terms = result.terms
    if terms.plan_customers is not None:
        missed = result.chance(f"deals < {number(terms.plan_customers)}")
        promised = f"{plain(terms.plan_customers)} customers"
    elif terms.plan_revenue is not None:
        missed = result.chance(f"revenue < {number(terms.plan_revenue)}")
        promised = f"{figure(terms.plan_revenue, 'money', 0.0, terms.currency)} revenue"
    else:
        return "there is no plan to miss"
    value, low, high = (percent(share, missed.mcse) for share in (missed.value, missed.low, missed.high))
    interval = f"95 % CI {low.removesuffix(' %')} to {high}"
    return f"{value} of futures miss the plan of {promised} ({interval})"


def _cold(result: Result) -> tuple[str, str]:
    """What going cold costs, and how well that is known."""
    if not result.array("touched").any():
        return "no lead goes cold", ""
    currency = result.terms.currency
    deals, money = result.mean("gap_deals"), [result.mean("gap_revenue")]
    if (result.array("gap_profit") != result.array("gap_revenue")).any():  # work and margin take their part
        money.append(result.mean("gap_profit"))
    number_lost = plain(deals.value, deals.mcse)
    unit = "deal" if number_lost == "1" else "deals"
    lost = [f"{number_lost} {unit}"]
    lost += [
        f"{figure(each.value, 'money', each.mcse, currency)} of {name}"
        for each, name in zip(money, ("revenue", "profit"), strict=False)
    ]
    errors = [error(deals.mcse, "deals"), *(error(each.mcse, "money", currency) for each in money)]
    return f"leads going cold cost {listed(lost)} on average", f"mcse {listed(errors)}; "


def _error_of(quantile: Quantile) -> float:
    """A quantile of deals is a whole number, whatever its error."""
    return 0.0 if quantile.unit == "deals" else quantile.mcse


def _bare(quantile: Quantile) -> str:
    return figure(quantile.value, quantile.unit)


def _means(result: Result) -> dict[str, Mean]:
    """Those of the small table that this run has figures for."""
    return {name: mean for name in SHOWN if (mean := result.mean(name)).n}


def _columns(unit: str, means: Iterable[Mean], points: Iterable[list[Quantile]]) -> tuple[Column, Column]:
    """How means and quantiles in this unit are written; quantiles show no error, so no digit beyond what is sure."""
    mine = [mean for mean in means if mean.unit == unit]
    quantiles = [each for row in points for each in row if each.unit == unit]
    currency = mine[0].currency
    of_means = together([each.value for each in mine], [each.mcse for each in mine], unit, currency)
    errors = [_error_of(each) for each in quantiles]
    values = [each.value for each in quantiles]
    of_points = together(values, errors, unit, currency, spare=1 if unit == "money" else 0)
    in_millions = of_means.in_millions or of_points.in_millions
    return replace(of_means, in_millions=in_millions), replace(of_points, in_millions=in_millions)
