"""What does a comparison say in one sentence, and in one small table?"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import isfinite
from typing import TYPE_CHECKING

from simfunnel.measures import MEASURES
from simfunnel.results.intervals import half_width, z_value
from simfunnel.results.machine import plan_claims
from simfunnel.results.text import MISSING, digits, error, figure, percent, plain
from simfunnel.studies.comparison.pairs import Pairs

if TYPE_CHECKING:
    from simfunnel.studies.comparison.study import Comparison

#: Rows of the small table.
SHOWN = (
    "deals", "revenue", "cost", "profit", "roi", "gap_deals", "gap_revenue", "plan_shortfall_deals", "plan_shortfall",
)  # fmt: skip
_HEADS = ("", "baseline", "variant", "difference", "95 % CI", "better", "equal", "worse")
_MATH_OFF = "tex2jax_ignore mathjax_ignore"  # notebooks read "$1M ... $2M" as a formula otherwise


def sentence(comparison: Comparison, variant: str) -> str:
    """What this variant is worth in deals, how often it is better, and what pairing saved."""
    found = comparison.pairs("deals", variant)
    if found.n < 2:
        return f"{variant}: {signed(found.difference, 'deals')} deals in one future, which says nothing about others."
    if found.mcse == 0 and found.difference == 0:
        return f"{variant}: no difference in deals in any of {plain(found.n)} futures."
    if found.mcse == 0:
        return f"{variant}: exactly {signed(found.difference, 'deals')} deals in every one of {plain(found.n)} futures."
    value = signed(found.difference, "deals", found.mcse)
    better, worse, equal = (share(found, which) for which in ("better", "worse", "equal"))
    return (
        f"{variant}: {value} deals on average (95 % CI {_ends(found, 'deals')}), "
        f"better in {better} of futures, worse in {worse}, equal in {equal}; {_saved(found)}."
    )


def rows(comparison: Comparison, variant: str) -> Iterator[tuple[str, ...]]:
    """The small table; measures that no future has are left out."""
    currency = comparison.runs[0].terms.currency
    for name in SHOWN:
        unit, found = MEASURES[name].unit, comparison.pairs(name, variant)
        if found.n == 0:
            continue
        yield (
            name,
            figure(found.baseline_mean, unit, found.baseline_mcse, currency),
            figure(found.variant_mean, unit, found.variant_mcse, currency),
            signed(found.difference, unit, found.mcse, currency),
            "exactly" if found.mcse == 0 else _ends(found, unit, currency),
            *(share(found, which) for which in ("better", "equal", "worse")),
        )


def notes(comparison: Comparison) -> Iterator[str]:
    """What follows the table: the plan's chances, leads that changed fates, what to beware of, what was compared."""
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
    yield from (f"Beware: {warning}" for warning in comparison.warnings)
    futures = f"the same {_futures(comparison.n_sims)} for all, seed {comparison.seed}"
    yield f"Baseline: {comparison.names[0]} ({futures})."


def as_text(comparison: Comparison) -> str:
    """Sentences, tables and notes for a terminal."""
    variants = comparison.names[1:]
    lines = [sentence(comparison, variant) for variant in variants]
    for variant in variants:
        table = [_HEADS, *rows(comparison, variant)]
        widths = [max(len(row[i]) for row in table) for i in range(len(_HEADS))]
        lines += ["", variant] if len(variants) > 1 else [""]
        for name, *cells in table:
            aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
            lines.append("  ".join([name.ljust(widths[0]), *aligned]).rstrip())
    return "\n".join(_printable(line) for line in (*lines, "", *notes(comparison)))


def as_html(comparison: Comparison) -> str:
    """The same for a notebook; every text is escaped."""
    variants = comparison.names[1:]
    parts = [f"<p><strong>{_html(sentence(comparison, variant))}</strong></p>" for variant in variants]
    head = "".join(f"<th>{escape(text)}</th>" for text in _HEADS)
    for variant in variants:
        body = "".join(
            f'<tr><th style="text-align: left" title="{escape(MEASURES[name].meaning)}">{escape(name)}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for name, *cells in rows(comparison, variant)
        )
        caption = f"<caption>{_html(variant)}</caption>" if len(variants) > 1 else ""
        parts.append(f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    parts += [f"<p>{_html(note)}</p>" for note in notes(comparison)]
    return f'<div class="{_MATH_OFF}">{"".join(parts)}</div>'


def signed(value: float, unit: str, mcse: float = 0.0, currency: str = "$") -> str:
    """A difference, with a plus where it is above 0 as far as it is shown; of shares in percentage points."""
    shown = _amount(value, unit, mcse, currency)
    scale = 100 if unit == "share" else 1
    is_up = isfinite(value) and round(value * scale, digits(value * scale, mcse * scale)) > 0
    return f"{'+' if is_up else ''}{shown}{' points' if unit == 'share' else ''}"


def share(found: Pairs, which: str) -> str:
    """Share of the futures that are better, equal or worse, to the digits that its interval supports."""
    value = getattr(found, which)
    if not isfinite(value):
        return MISSING
    if value in (0.0, 1.0):  # none or all of these futures: no digit is in doubt
        return percent(value)
    return percent(value, half_width(getattr(found, f"{which}_low"), getattr(found, f"{which}_high")) / z_value())


def _ends(found: Pairs, unit: str, currency: str = "$") -> str:
    """Confidence interval of a difference."""
    if not isfinite(found.mcse):
        return MISSING
    return " to ".join(_amount(end, unit, found.mcse, currency) for end in (found.low, found.high))


def _amount(value: float, unit: str, mcse: float, currency: str) -> str:
    return plain(value * 100, mcse * 100) if unit == "share" else figure(value, unit, mcse, currency)


def _futures(n: int) -> str:
    return f"{plain(n)} {'future' if n == 1 else 'futures'}"


def _saved(found: Pairs) -> str:
    factor = plain(found.pairing_factor, max(found.pairing_factor_mcse, found.pairing_factor * 0.05))
    return f"unpaired, as sure an answer would take {factor} times the replications"


def _printable(text: str) -> str:
    """Text without control characters: a name must not move the cursor of a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _html(text: str) -> str:
    return escape(_printable(text))
