"""What does an allocation say in one sentence, and in a small table?"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import isnan
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
    """What is moved, and what that gains in fresh futures; or that the start stays."""
    if not found.has_moved:
        return f"{found.name}: {_stays(found)}."
    goal, fresh, currency = found.goal, found.fresh, found.moves.scenario.currency
    before, after = (
        goal.shown(value, mcse, currency)
        for value, mcse in ((fresh.before, fresh.before_mcse), (fresh.after, fresh.after_mcse))
    )
    held = f"paired gain {goal.change(fresh, found.level, currency)}, in {_futures(found)} that no search has seen"
    return f"{found.name}: moving {moved(found)} raises {goal.words} from {before} to {after} ({held})."


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
    if found.is_single:
        return f"the rules leave one split only, with {goal.words} at {value}"
    if goal.claim is not None and fresh.before == fresh.after and fresh.before in (0, 1):
        whom = "none" if fresh.before == 0 else "each"
        return f"{split} stays, for {whom} of {_futures(found)} keeps {goal.claim}, there or at the best split found"
    start = f"{split} stays, with {goal.words} at {value}; no split was found that is better beyond its error"
    if fresh.value == fresh.mcse == 0 or all(piece.tried == piece.before for piece in found.pieces):
        return start
    return f"{start}: in fresh futures the best other has {goal.change(fresh, found.level, currency)}"


def notes(found: Allocation) -> Iterator[str]:
    """What binds, how flat it is, what more would bring, what luck has added, and what it rests on."""
    goal, words, currency = found.goal, found.moves.words, found.moves.scenario.currency
    present = sum(part.present for part in found.moves.parts)
    if abs(found.total - present) > found.moves.grain:
        yield f"Before is the present split in proportion, of {words(found.total)} in place of {words(present)}."
    if not found.starts_at_present:
        yield "The present split breaks the rules, so the start is the one that keeps them with least moved."
    if found.binding:
        more = len(found.binding) - _MOST_BINDING
        yield f"What binds: {'; '.join(found.binding[:_MOST_BINDING])}{f'; and {more} more' if more > 0 else ''}."
    yield from _believed(found)
    yield from _spent(found)
    flat = [piece for piece in found.pieces if piece.flat_most > piece.flat_least]
    if flat:
        widest = max(flat, key=lambda piece: piece.flat_most - piece.flat_least)
        ends = f"{widest.name} may have {_range(found, widest)}, the others giving or taking in proportion"
        yield f"How flat it is: without losing more than {_tolerated(found)}, {ends}."
    if not found.is_single:
        optimism = signed(found.optimism, goal.unit, found.fresh.mcse, currency)
        luck = "the best of many looks is in part the luckiest"
        yield f"Optimism of the search, its gain less that in fresh futures: {optimism} ({luck})."
    grid = f"a plain grid in steps of 1 % would take {plain(found.grid_runs)} runs"
    futures = f"the same {_futures(found)} at every split, seed {found.seed}"
    yield f"{plain(found.looks)} splits looked at in {plain(found.runs)} runs of the engine ({grid}); {futures}."


def _futures(found: Allocation) -> str:
    return f"{plain(found.n_sims)} future{'' if found.n_sims == 1 else 's'}"


def _spent(found: Allocation) -> Iterator[str]:
    """All of the total is spent, which is not the best of a return or a profit where money has long stopped to pay."""
    from simfunnel.results.intervals import z_value

    z = z_value(found.level)
    pieces = [piece for piece in found.pieces if not isnan(piece.marginal_mcse)]
    if pieces and all(piece.marginal + z * piece.marginal_mcse < 0 for piece in pieces):
        said = f"More money would lower {found.goal.words} at every part that may have more"
        yield f"{said}, and all of {found.moves.words(found.total)} is spent: try a smaller total."


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
    """The heads of these rows: the last says how much more was tried."""
    flat, extra = f"loses at most {_tolerated(found)}", ""
    if found.moves.is_money:
        steps = [piece.step for piece in found.pieces if not piece.is_whole]
        extra = f"{found.moves.words(steps[0]) if steps else '1 person'} more brings"
    return (*HEADS, flat, extra)


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
    """An end read between two looks, to a hundredth of the total (small ones to the grain), never past the answer."""
    grain = found.moves.grain
    if abs(end - piece.after) < grain / 2:
        return piece.after
    step = grain if end < 50 * grain else 10 * grain
    shown = round(end / step) * step
    return min(shown, piece.after) if end < piece.after else max(shown, piece.after)


def _marginal(found: Allocation, piece: Piece) -> str:
    """What the further money that was tried has brought, with half of its interval."""
    from simfunnel.results.intervals import z_value

    if isnan(piece.marginal):
        return "-" if found.moves.is_money else ""
    mcse, currency = piece.marginal_mcse * piece.step, found.moves.scenario.currency
    known = signed(piece.marginal * piece.step, found.goal.unit, 0.0 if isnan(mcse) else mcse, currency)
    scale = 100 if found.goal.unit == "share" else 1
    told = "error not known" if isnan(mcse) else f"± {plain(z_value(found.level) * mcse * scale, mcse * scale)}"
    beside = piece.is_whole and not all(each.is_whole for each in found.pieces)
    return f"{known} {told}{' (1 person)' if beside else ''}"
