"""What does an allocation say in one sentence, and in a small table?"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import floor, isnan, log10
from typing import TYPE_CHECKING

from simfunnel.results.text import MATH_OFF, listed, percent, plain, printable, signed

if TYPE_CHECKING:
    from simfunnel.studies.allocation.record import Allocation, Piece

HEADS = ("", "before", "after", "share before", "share after")
_MOST_BINDING = 5
_MOST_NAMED = 3
_MUCH = 0.2  # of the total: who gets so much more is asked whether it can bear it
_SMALL = 0.01  # of the total: what moves less is not named beside what moves more


def sentence(found: Allocation) -> str:
    """What is moved, what that gains, and whether fresh futures confirm it; or that the start stays."""
    if not found.has_moved:
        return f"{found.name}: {_stays(found)}."
    goal, gain, currency = found.goal, found.gain, found.moves.scenario.currency
    before, after = (
        goal.shown(value, mcse, currency)
        for value, mcse in ((gain.before, gain.before_mcse), (gain.after, gain.after_mcse))
    )
    sure = f"paired gain {goal.change(gain, found.level, currency)}"
    held = f"confirmed in {plain(found.n_sims)} fresh futures: {goal.change(found.fresh, found.level, currency)}"
    start = f"moving {moved(found)} raises {goal.words} from {before} to {after} ({sure})"
    return f"{found.name}: {start}; {held}."


def moved(found: Allocation) -> str:
    """`$40,000 from fair to search`, `$60,000 from search and $10,000 from web to sales (1 person more)`."""
    least = _SMALL * found.total
    pieces = [piece for piece in found.pieces if abs(piece.change) >= least]
    pieces = pieces or [piece for piece in found.pieces if piece.change]
    givers = sorted((piece for piece in pieces if piece.change < 0), key=lambda piece: piece.change)
    takers = sorted((piece for piece in pieces if piece.change > 0), key=lambda piece: -piece.change)
    out = [f"{found.moves.words(-piece.change)} from {_named(piece)}" for piece in givers[:_MOST_NAMED]]
    into = [_named(piece) for piece in takers[:_MOST_NAMED]]
    if len(takers) > 1:
        into = [f"{name} (+{found.moves.words(piece.change)})" for name, piece in zip(into, takers, strict=False)]
    out += ["from others"] * (len(givers) > _MOST_NAMED)
    into += ["others"] * (len(takers) > _MOST_NAMED)
    if not out:
        return f"what was left to {listed(into)}"
    return f"{listed(out)} to {listed(into)}" if into else f"{listed(out)} out"


def _named(piece: Piece) -> str:
    if not piece.is_whole:
        return piece.name
    heads = round(abs(piece.change) / piece.price)
    return f"{piece.name} ({heads:,} {'person' if heads == 1 else 'people'} {'more' if piece.change > 0 else 'fewer'})"


def _stays(found: Allocation) -> str:
    goal, fresh, currency = found.goal, found.fresh, found.moves.scenario.currency
    split = "the present split" if found.starts_at_present else "the split that the rules leave nearest to the present"
    value = goal.shown(fresh.before, fresh.before_mcse, currency)
    start = f"{split} is as good as any found and stays, with {goal.words} at {value}"
    if fresh.value == fresh.mcse == 0 or all(piece.tried == piece.before for piece in found.pieces):
        return start
    return f"{start}; in fresh futures the best other has {goal.change(fresh, found.level, currency)}"


def notes(found: Allocation) -> Iterator[str]:
    """What binds, how flat it is, what more would bring, what luck has added, and what it rests on."""
    goal, currency = found.goal, found.moves.scenario.currency
    if not found.starts_at_present:
        yield "The present split breaks the rules, so the start is the one that keeps them with least moved."
    if found.binding:
        more = len(found.binding) - _MOST_BINDING
        yield f"What binds: {'; '.join(found.binding[:_MOST_BINDING])}{f'; and {more} more' if more > 0 else ''}."
    yield from _believed(found)
    flat = [piece for piece in found.pieces if piece.flat_most > piece.flat_least]
    if flat:
        widest = max(flat, key=lambda piece: piece.flat_most - piece.flat_least)
        ends = f"{widest.name} may have {_range(found, widest)}, the others giving or taking in proportion"
        yield f"How flat it is: without losing more than {_tolerated(found)}, {ends}."
    optimism = signed(found.optimism, goal.unit, found.fresh.mcse, currency)
    luck = "the best of many looks is in part the luckiest"
    yield f"Optimism of the search, its gain less that in fresh futures: {optimism} ({luck})."
    grid = f"a plain grid in steps of 1 % would take {plain(found.grid_runs)} runs"
    futures = f"the same {plain(found.n_sims)} futures at every split, seed {found.seed}"
    yield f"{plain(found.looks)} splits looked at in {plain(found.runs)} runs of the engine ({grid}); {futures}."


def _believed(found: Allocation) -> Iterator[str]:
    """A price a lead that is the same however much is spent makes a source look better than any has been."""
    sources = found.moves.scenario.sources
    steady = [
        piece.name for piece in found.pieces
        if piece.change >= found.total * _MUCH and piece.path.split(".")[-1] in ("budget", "share")
        and piece.name in sources and sources[piece.name].yields is None and not piece.binds
    ]  # fmt: skip
    if steady:
        has, more = ("have", "them") if len(steady) > 1 else ("has", "it")
        limit = f"if more of {more} brings less, write a yield or a bound"
        yield f"{listed(steady)} {has} one price a lead however much is spent; {limit}."


def rows(found: Allocation) -> Iterator[tuple[str, ...]]:
    """A row a part."""
    moves = found.moves
    for at, piece in enumerate(found.pieces):
        yield (
            piece.name, moves.units_words(at, piece.before), moves.units_words(at, piece.after),
            percent(round(piece.before / found.total, 3)), percent(round(piece.after / found.total, 3)),
            "-" if isnan(piece.flat_least) else _range(found, piece), _marginal(found, piece),
        )  # fmt: skip


def heads(found: Allocation) -> tuple[str, ...]:
    """The heads of these rows: the last says how much more is meant."""
    flat = f"loses at most {_tolerated(found)}"
    return (*HEADS, flat, f"{found.moves.words(_unit(found))} more brings" if found.moves.is_money else "")


def as_text(found: Allocation) -> str:
    """Sentence, table and notes for a terminal."""
    table = [heads(found), *rows(found)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join(printable(line) for line in (sentence(found), "", *lines, "", *notes(found)))


def as_html(found: Allocation) -> str:
    """The same for a notebook; every text is escaped."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads(found))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(printable(cell))}</td>" for cell in row) + "</tr>" for row in rows(found)
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    said = "".join(f"<p>{escape(printable(note))}</p>" for note in notes(found))
    return f'<div class="{MATH_OFF}"><p><strong>{escape(printable(sentence(found)))}</strong></p>{table}{said}</div>'


def verdict(found: Allocation) -> str:
    """The gain in fresh futures, with its interval."""
    return found.goal.change(found.fresh, found.level, found.moves.scenario.currency)


def _tolerated(found: Allocation) -> str:
    return found.goal.tolerated(found.tolerance, found.moves.scenario.currency)


def _range(found: Allocation, piece: Piece) -> str:
    low, high = (found.moves.words(_coarser(found, piece, end)) for end in (piece.flat_least, piece.flat_most))
    return f"{low} to {high}"


def _coarser(found: Allocation, piece: Piece, end: float) -> float:
    """An end that is read between two looks, to a hundredth of the total; small ones and the value itself stay."""
    step = 10 * found.moves.grain
    return end if end == piece.after or end < 5 * step else round(end / step) * step


def _unit(found: Allocation) -> float:
    """A round amount of about a hundredth of the total."""
    return float(10.0 ** floor(log10(found.total / 100)))


def _marginal(found: Allocation, piece: Piece) -> str:
    if isnan(piece.marginal):
        return "-" if found.moves.is_money else ""
    unit, currency = _unit(found), found.moves.scenario.currency
    low_high = signed(piece.marginal * unit, found.goal.unit, piece.marginal_mcse * unit, currency)
    return f"{low_high} ± {plain(_error(found, piece, unit), piece.marginal_mcse * unit * _scale(found))}"


def _scale(found: Allocation) -> int:
    return 100 if found.goal.unit == "share" else 1


def _error(found: Allocation, piece: Piece, unit: float) -> float:
    """Half of the interval of what more brings, in the unit that it is shown in."""
    from simfunnel.results.intervals import z_value

    return z_value(found.level) * piece.marginal_mcse * unit * _scale(found)
