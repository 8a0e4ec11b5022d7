"""What does a sizing say in one sentence, and in small tables?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Protocol

from simfunnel.levers import Lever
from simfunnel.results import Chance
from simfunnel.results.intervals import surest
from simfunnel.results.text import MATH_OFF, MISSING, listed, money, percent, plain, printable

if TYPE_CHECKING:
    from simfunnel.studies.sizing.record import Point, Sizing
    from simfunnel.studies.sizing.search import Crossing

HEADS = ("wanted", "lever", "chance there", "extra", "a point more takes", "mean cost", "a point more costs")
CURVE_HEADS = ("lever", "chance", "CI", "mean cost")
_MOST_ROWS = 12


class Looked(Protocol):
    """A search that is over: values of a lever that were looked at, and what they show of the chance."""

    @property
    def points(self) -> tuple[Point, ...]: ...
    @property
    def best(self) -> Point: ...
    @property
    def side(self) -> str: ...
    @property
    def is_monotone(self) -> bool: ...
    @property
    def help_ends_at(self) -> float | None: ...
    @property
    def level(self) -> float: ...
    @property
    def moved(self) -> Lever: ...


def sentence(found: Sizing) -> str:
    """The answer: the value, its interval, the chance there, and whether fresh futures confirm it."""
    words, wanted = found.moved.words, percent(found.wanted)
    if found.value is None or found.reached is None:
        return f"{found.name}: {_out_of_reach(found)}"
    if not found.crossings:
        first, last = words(found.points[0].value), words(found.points[-1].value)
        where = f"anywhere from {first} to {last}" if first != last else f"of {first}, and no other was looked at"
        start = f"{found.target} has a chance of {wanted} or more with {found.lever} {where}"
        return f"{found.name}: {start}; {_confirmed(found)}."
    side = f"{found.side} " if found.side == "at most" else ""
    start = f"{found.lever} of {side}{words(found.value)}{_ends(found)} reaches {found.target}"
    return f"{found.name}: {start} in {known(found.reached)} of futures, {wanted} being wanted; {_confirmed(found)}."


def notes(found: Sizing) -> Iterator[str]:
    """What else must be known: several crossings, what is written in the file, what it rests on."""
    if not found.is_monotone:
        yield _crossings(found)
    if found.value is not None and found.moved.has_form:
        yield f"Written in the file: {found.moved.rule} = {found.written}."
    if found.value is not None and found.binding is not None:
        missed = next(price.wanted for price in found.costs if isnan(price.value))
        binds = found.binding.words(found.moved.counted(found.binding.at))
        yield f"A chance of {percent(missed)} is out of reach; {best_seen(found)}; {binds}."
    present = found.moved.words(found.moved.present)
    grid = f"a plain grid as fine would take {plain(found.grid_runs)}"
    futures = f"the same {plain(found.n_sims)} futures at every value, seed {found.seed}"
    runs = f"{plain(found.runs)} runs ({grid})"
    if found.read_from is not None:
        most = found.moved.counted(found.read_from)
        runs = f"Read from one run of {most}, whose first leads are any run of fewer: {runs}"
    yield f"Now {found.lever} is {present}. {runs}; {futures}."


def price_rows(found: Sizing) -> Iterator[tuple[str, ...]]:
    """The price of certainty, a row a wanted chance; each is set against the row before."""
    currency = found.moved.currency
    for row in found.prices().to_dict("records"):
        reached = "out of reach" if isnan(row["value"]) else found.moved.words(row["value"])
        if row["is_bound"]:
            reached += " or less" if found.side == "at least" else " or more"
        yield (
            percent(row["wanted"]),
            reached,
            percent(row["chance"], _error(found, row["chance"])) if not isnan(row["chance"]) else "-",
            _extra(found, row["extra"]),
            _extra(found, row["extra_per_point"]),
            _money(row["cost"], currency),
            _money(row["cost_per_point"], currency),
        )


def curve_rows(found: Sizing) -> Iterator[tuple[str, ...]]:
    """Some of the values looked at, those about the answer among them."""
    for point in _some(found):
        low, high = (percent(end, point.mcse).removesuffix(" %") for end in (point.low, point.high))
        chance, cost = percent(point.chance, point.mcse), _money(point.cost, found.moved.currency)
        yield found.moved.words(point.value), chance, f"{low} to {high} %", cost


def as_text(found: Sizing) -> str:
    """Sentence, notes and prices for a terminal."""
    return told(sentence(found), HEADS, price_rows(found), notes(found))


def told(first: str, heads: Sequence[str], rows: Iterable[Sequence[str]], after: Iterable[str]) -> str:
    """A sentence, a table and notes for a terminal."""
    return "\n".join([printable(first), "", *lines(heads, rows), "", *(printable(note) for note in after)])


def lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table for a terminal, figures to the right."""
    table = [tuple(printable(cell) for cell in row) for row in (heads, *rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
    for first, *figures in table:
        yield "  ".join([first.ljust(widths[0]), *map(str.rjust, figures, widths[1:])]).rstrip()


def as_html(found: Sizing) -> str:
    """The same for a notebook; every text is escaped."""
    return page(sentence(found), HEADS, price_rows(found), notes(found))


def page(first: str, heads: Sequence[str], rows: Iterable[Sequence[str]], after: Iterable[str]) -> str:
    """A sentence, a table and notes for a notebook; every text is escaped."""
    head = "".join(f"<th>{escape(printable(text))}</th>" for text in heads)
    body = "".join(_row(row) for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    said = "".join(f"<p>{escape(printable(note))}</p>" for note in after)
    return f'<div class="{MATH_OFF}"><p><strong>{escape(printable(first))}</strong></p>{table}{said}</div>'


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(printable(cell))}</td>" for cell in cells) + "</tr>"


def known(chance: Chance) -> str:
    low, high = (percent(end, chance.mcse).removesuffix(" %") for end in (chance.low, chance.high))
    return f"{percent(chance.value, chance.mcse)} ({plain(chance.level * 100)} % CI {low} to {high} %)"


def _ends(found: Sizing) -> str:
    """Between which values the exact one lies."""
    low, high = (MISSING if end is None else found.moved.words(end) for end in found.interval)
    confidence = f"{plain(found.level * 100)} % CI"
    if MISSING in (low, high):
        known = f"from {low} on" if high == MISSING else f"up to {high}"
        why = "lies outside" if found.wanted <= surest(found.n_sims, found.level) else "takes more futures"
        return f" ({confidence} {known}; the other end {why})" if low != high else ""
    low = low.removesuffix(found.moved.suffix) if found.moved.suffix else low
    return f" ({confidence} {low} to {high})"


def _confirmed(found: Sizing) -> str:
    assert found.confirmed is not None
    said = "confirmed in" if found.agrees else "not confirmed in"
    return f"{said} {plain(found.n_sims)} fresh futures: {known(found.confirmed)}"


def _out_of_reach(found: Sizing) -> str:
    start = f"{found.target} with a chance of {percent(found.wanted)} is out of reach of {found.lever}"
    binds = "" if found.binding is None else f"; {found.binding.words(found.moved.counted(found.binding.at))}"
    return f"{start}; {best_seen(found)}{binds}."


def best_seen(found: Looked, lever: str = "of the lever", advice: str = ": look further with low or high") -> str:
    """The best chance of those looked at, and what going further would do."""
    best, words = found.best, found.moved.words
    low, high = words(found.points[0].value), words(found.points[-1].value)
    seen = f"the best chance from {low} to {high} is {_chance(found, best)}, at {words(best.value)}"
    return f"{seen}; {_beyond(found, lever, advice)}"


def _beyond(found: Looked, lever: str, advice: str) -> str:
    """What going further would do."""
    more, onward = ("more", "on") if found.side == "at least" else ("less", "down")
    last = found.points[-1 if found.side == "at least" else 0]
    first = found.points[0 if found.side == "at least" else -1]
    if found.help_ends_at == first.value:
        return "moving the lever makes no difference that can be seen"
    if found.help_ends_at is not None:
        start = found.moved.words(found.help_ends_at)
        stays = percent(last.chance, last.mcse)
        seen = f"{more} {lever} does not help, as far as these futures can tell"
        return f"{seen}: the chance stays at {stays} from {start} {onward}"
    if not found.is_monotone:
        return f"beyond that it falls, to {_chance(found, last)} at {found.moved.words(last.value)}"
    return f"it still rises towards {found.moved.words(last.value)}{advice}"


def _crossings(found: Sizing) -> str:
    if len(found.crossings) < 2:
        return (
            "The chance rises and falls with the lever, so it is not monotone; beyond what was looked at it may cross."
        )
    said = listed(crossings_said(found.crossings, found.moved))
    return f"The chance is not monotone: with a chance of {percent(found.wanted)} the target {said}."


def crossings_said(crossings: Sequence[Crossing], moved: Lever) -> list[str]:
    """Where a target begins to hold and where it ceases to."""
    kinds = {"up": "holds from {} on", "down": "ceases beyond {}"}
    return [kinds[each.direction].format(moved.words(each.value)) for each in crossings]


def _chance(found: Looked, point: Point) -> str:
    low, high = (percent(end, point.mcse).removesuffix(" %") for end in (point.low, point.high))
    return f"{percent(point.chance, point.mcse)} ({plain(found.level * 100)} % CI {low} to {high} %)"


def _some(found: Sizing) -> list[Point]:
    """Of many values those nearest to the answer, and the ends."""
    centre = found.best.value if found.value is None else found.value
    nearest = sorted(found.points, key=lambda point: abs(point.value - centre))[: _MOST_ROWS - 2]
    ends = (found.points[0], found.points[-1])
    return [point for point in found.points if point in nearest or point in ends]


def _error(found: Sizing, chance: float) -> float:
    return next((point.mcse for point in found.points if point.chance == chance), 0.0)


def _extra(found: Sizing, amount: float) -> str:
    """A change of the lever, with its sign."""
    if isnan(amount):
        return "-"
    figure = amount if found.moved.unit == "money" else amount / found.moved.scale
    shown = _money(figure, found.moved.currency) if found.moved.unit == "money" else plain(float(f"{figure:.2g}"))
    return f"{'+' if amount > 0 else ''}{shown}"


def _money(amount: float, currency: str) -> str:
    """An amount with three significant digits."""
    return "-" if isnan(amount) else money(float(f"{amount:.3g}"), currency=currency)
