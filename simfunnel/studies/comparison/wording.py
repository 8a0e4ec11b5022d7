"""What does a comparison say in one sentence, and in one small table?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from math import isfinite
from typing import TYPE_CHECKING

from simfunnel.measures import WORDS
from simfunnel.results.machine import plan_claims
from simfunnel.results.overview import html_row
from simfunnel.results.pairs import Pairs
from simfunnel.results.text import MATH_OFF, MISSING, Column, error, plain, printable, signed, together

if TYPE_CHECKING:
    from simfunnel.studies.comparison.study import Comparison

#: Rows of the small table.
SHOWN = (
    "deals", "revenue", "cost", "profit", "roi", "gap_deals", "gap_revenue", "plan_shortfall_deals", "plan_shortfall",
)  # fmt: skip
#: The row that is added where leads live on after the horizon: what comes late is not lost.
_LATER = "cohort_deals"
_HEADS = ("", "baseline", "variant", "difference", "95 % CI", "better", "equal", "worse")


def sentence(comparison: Comparison, variant: str) -> str:
    """What this variant is worth in deals and in profit, how often it is better, and what pairing saved."""
    found = comparison.pairs("deals", variant)
    if found.n < 2:
        return f"{variant}: {signed(found.difference, 'deals')} deals in one future, which says nothing about others."
    if found.mcse == 0 and found.difference == 0:
        return f"{variant}: no difference in deals in any of {plain(found.n)} futures."
    if found.mcse == 0:
        return f"{variant}: exactly {signed(found.difference, 'deals')} deals in every one of {plain(found.n)} futures."
    value = signed(found.difference, "deals", found.mcse)
    low, high = (plain(end, found.mcse) for end in (found.low, found.high))
    better, worse, equal = (found.share(which) for which in ("better", "worse", "equal"))
    return (
        f"{variant}: {value} deals on average (95 % CI {low} to {high}), "
        f"better in {better} of futures, worse in {worse}, equal in {equal}; {_profit(comparison, variant)}"
        f"{_saved(found)}."
    )


def rows(comparison: Comparison, variant: str) -> Iterator[tuple[str, ...]]:
    """The small table; measures that no future has are left out."""
    found = {name: comparison.pairs(name, variant) for name in _known(comparison, variant)}
    columns = {each.unit: _columns(each.unit, list(found.values())) for each in found.values()}
    for name, each in found.items():
        of_means, of_differences = columns[each.unit]
        ends = [of_differences.signed(end, each.mcse).removesuffix(" points") for end in (each.low, each.high)]
        yield (
            WORDS[name],
            of_means.write(each.baseline_mean, each.baseline_mcse),
            of_means.write(each.variant_mean, each.variant_mcse),
            of_differences.signed(each.difference, each.mcse),
            "exactly" if each.mcse == 0 else " to ".join(ends) if isfinite(each.mcse) else MISSING,
            *(each.share(which) for which in ("better", "equal", "worse")),
        )


def cautions(comparison: Comparison) -> Iterator[str]:
    """What to beware of, before any figure of the table is believed."""
    yield from (f"Beware: {warning}" for warning in comparison.warnings)


def notes(comparison: Comparison) -> Iterator[str]:
    """What follows the table: the plan's chances, leads that changed fates, what was compared."""
    several = len(comparison.names) > 2
    chances = comparison.chance().lines() if plan_claims(comparison.runs[0]) else []
    changed = comparison.leads_changed()
    for index, variant in enumerate(comparison.names[1:]):
        prefix = f"{variant}: " if several else ""
        if chances:
            yield prefix + chances[index]
        row = changed.iloc[index]
        gained, lost = (plain(row[what], row[f"{what}_mcse"]) for what in ("gained", "lost"))
        errors = ", ".join(error(row[f"{what}_mcse"], "leads") for what in ("gained", "lost"))
        yield (
            f"{prefix}leads a future that are won here and not in the baseline: {gained}; the other way round: {lost} "
            f"(mcse {errors}; first {_futures(row['n'])})"
        )
    futures = f"the same {_futures(comparison.n_sims)} for all, seed {comparison.seed}"
    yield f"Baseline: {comparison.names[0]} ({futures})."


def as_text(comparison: Comparison) -> str:
    """Sentences, cautions, tables and notes for a terminal."""
    variants = comparison.names[1:]
    lines = [*(sentence(comparison, variant) for variant in variants), *cautions(comparison)]
    for variant in variants:
        table = [_HEADS, *rows(comparison, variant)]
        widths = [max(len(row[i]) for row in table) for i in range(len(_HEADS))]
        lines += ["", variant] if len(variants) > 1 else [""]
        for name, *cells in table:
            aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
            lines.append("  ".join([name.ljust(widths[0]), *aligned]).rstrip())
    return "\n".join(printable(line) for line in (*lines, "", *notes(comparison)))


def as_html(comparison: Comparison) -> str:
    """The same for a notebook; every text is escaped."""
    variants = comparison.names[1:]
    parts = [f"<p><strong>{_html(sentence(comparison, variant))}</strong></p>" for variant in variants]
    parts += [f"<p>{_html(caution)}</p>" for caution in cautions(comparison)]
    head = "".join(f"<th>{escape(text)}</th>" for text in _HEADS)
    for variant in variants:
        names = _known(comparison, variant)
        body = "".join(html_row(name, row) for name, row in zip(names, rows(comparison, variant), strict=True))
        caption = f"<caption>{_html(variant)}</caption>" if len(variants) > 1 else ""
        parts.append(f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    parts += [f"<p>{_html(note)}</p>" for note in notes(comparison)]
    return f'<div class="{MATH_OFF}">{"".join(parts)}</div>'


def _known(comparison: Comparison, variant: str) -> list[str]:
    """Measures of the small table that some future has in both."""
    shown = (*SHOWN, _LATER) if any(run.terms.run_off_days for run in comparison.runs) else SHOWN
    return [name for name in shown if comparison.pairs(name, variant).n]


def _columns(unit: str, found: Sequence[Pairs]) -> tuple[Column, Column]:
    """How means and differences in this unit are written."""
    mine = [each for each in found if each.unit == unit]
    means = [each.baseline_mean for each in mine] + [each.variant_mean for each in mine]
    errors = [each.baseline_mcse for each in mine] + [each.variant_mcse for each in mine]
    of_means = together(means, errors, unit, mine[0].currency)
    of_differences = together([e.difference for e in mine], [e.mcse for e in mine], unit, mine[0].currency)
    return of_means, replace(of_differences, in_millions=of_means.in_millions)


def _futures(n: int) -> str:
    return f"{plain(n)} {'future' if n == 1 else 'futures'}"


def _profit(comparison: Comparison, variant: str) -> str:
    """More deals can cost more than they bring, so the sentence says both."""
    found = comparison.pairs("profit", variant)
    if found.mcse == 0 or not isfinite(found.mcse):
        return ""
    value, low, high = (
        signed(each, "money", found.mcse, found.currency) for each in (found.difference, found.low, found.high)
    )
    return f"profit {value} (95 % CI {low} to {high}), better in {found.share('better')}; "


def _saved(found: Pairs) -> str:
    factor = plain(found.pairing_factor, max(found.pairing_factor_mcse, found.pairing_factor * 0.05))
    return f"unpaired, as sure an answer would take {factor} times the replications"


def _html(text: str) -> str:
    return escape(printable(text))
