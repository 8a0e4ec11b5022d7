"""What does a frontier say in one sentence, in its table and beneath it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simfunnel.results.text import listed, money, percent, plain
from simfunnel.studies.sizing.wording import page, told

if TYPE_CHECKING:
    from simfunnel.studies.sizing.frontier_record import Corner, Frontier

_NOTHING = "out of reach"
_QUOTED = 0.9


def sentence(found: Frontier) -> str:
    """Where the target is cheapest with the chance that is asked for."""
    return f"{found.name}: {headline(found)}."


def headline(found: Frontier) -> str:
    """The same without the name of the scenario."""
    wanted = quoted(found)
    start = f"{found.target} with a chance of {percent(wanted)}"
    best = found.cheapest(wanted)
    if best is None or best.value is None:
        reached = [each for each in found.corners if each.wanted == wanted and each.value is not None]
        if not reached:
            first, last = (found.beside.words(end) for end in (found.values[0], found.values[-1]))
            return f"{start} is out of reach with {found.by} from {first} to {last}"
        if any(each.side == "at most" for each in reached):
            most = max(reached, key=lambda each: each.value or 0.0)
            return f"{start} allows the most of {found.lever}, {lever_words(found, most)}, with {by_words(found, most)}"
        least = min(reached, key=lambda each: each.value or 0.0)
        return f"{start} takes the least of {found.lever}, {lever_words(found, least)}, with {by_words(found, least)}"
    rivals = [found.beside.words(each.by) for each in found.rivals(wanted)]
    beside = f"; {listed(rivals)} may be as cheap" if rivals else ""
    where = f"{by_words(found, best)} and {lever_words(found, best)}"
    return f"{start} costs least with {where}, in all {_cost(found, best, f'{plain(found.level * 100)} % CI ')}{beside}"


def heads(found: Frontier) -> tuple[str, ...]:
    """The head of the table: a lever and a cost for each chance."""
    return found.by, *(text for each in found.chances for text in (f"{percent(each)}: lever", "cost"))


def table_rows(found: Frontier) -> Iterator[tuple[str, ...]]:
    """A row a value of the other lever; the cheapest for each chance has a star."""
    for by in found.values:
        corners = [found.corner(by, chance) for chance in found.chances]
        cells = []
        for each in corners:
            star = " *" if each == found.cheapest(each.wanted) else ""
            cells += [_value(found, each), "" if each.value is None else f"{_cost(found, each)}{star}"]
        yield found.beside.words(by), *cells


def notes(found: Frontier) -> Iterator[str]:
    """What must be known beside the table; the last says what it rests on."""
    if any(found.cheapest(chance) is not None for chance in found.chances):
        yield f"* The cheapest for its chance, as far as was looked. In brackets {plain(found.level * 100)} % CI."
    best = found.cheapest(quoted(found))
    if best is not None and best.by in _ends(found):
        said = f"with {found.by} of {found.beside.words(best.by)}, an end of what was looked at"
        yield f"It is cheapest {said}: further on it may be cheaper still, the more so if it costs nothing here."
    lost = next((each for each in found.corners if each.value is None), None)
    if lost is not None:
        looked = found.curves[found.values.index(lost.by)]
        low, high = (found.moved.words(point.value) for point in (looked[0], looked[-1]))
        binds = "" if found.binding is None else f"; {found.binding.words(found.moved.words(found.binding.at))}"
        where = f"with {found.by} {found.beside.words(lost.by)}, from {low} to {high} of {found.lever}"
        yield f"Out of reach, such as {percent(lost.wanted)} {where}{binds}."
    if not found.is_monotone:
        yield f"The chance rises and falls with {found.lever}: the least that reaches it is told; more may break it."
    yield f"{plain(found.runs)} runs, the same {plain(found.n_sims)} futures everywhere, seed {found.seed}."


def _ends(found: Frontier) -> tuple[float, ...]:
    """The ends of the values of the other lever beyond which more could have been looked at."""
    ends = (found.values[0], found.values[-1])
    return tuple(end for end, limit in zip(ends, (found.beside.least, found.beside.most), strict=True) if end != limit)


def as_text(found: Frontier) -> str:
    """Sentence, table and notes for a terminal."""
    return told(sentence(found), heads(found), table_rows(found), notes(found))


def as_html(found: Frontier) -> str:
    """The same for a notebook; every text is escaped."""
    return page(sentence(found), heads(found), table_rows(found), notes(found))


def quoted(found: Frontier) -> float:
    """The chance that a sentence speaks of: 90 %, or else the highest."""
    return _QUOTED if _QUOTED in found.chances else found.chances[-1]


def by_words(found: Frontier, corner: Corner) -> str:
    """`3 people`; where a number alone would say too little, with its path."""
    counted = found.beside.counted(corner.by)
    if counted == "1 people":
        return "1 person"
    return counted if counted != found.beside.words(corner.by) else f"{found.by} of {counted}"


def lever_words(found: Frontier, corner: Corner) -> str:
    """`120 leads`, `$250,000`."""
    assert corner.value is not None
    side = "at most " if corner.side == "at most" else ""
    return f"{side}{found.moved.counted(corner.value)}"


def money_words(found: Frontier, cost: float) -> str:
    """An amount with three significant digits."""
    return money(float(f"{cost:.3g}"), currency=found.moved.currency)


def _cost(found: Frontier, corner: Corner, what: str = "") -> str:
    alone = money_words(found, corner.cost)
    first, last = (None if end is None else money_words(found, end) for end in corner.costs)
    return alone if first == alone == last else f"{alone}{_between(first, last, what)}"


def _value(found: Frontier, corner: Corner) -> str:
    if corner.value is None:
        return _NOTHING
    side = "at most " if corner.side == "at most" else ""
    bound = (" or less" if corner.side == "at least" else " or more") if corner.is_bound else ""
    low, high = (None if end is None else found.moved.words(_read_off(found, end)) for end in corner.interval)
    low = low.removesuffix(found.moved.suffix) if low is not None and high is not None else low
    return f"{side}{found.moved.words(corner.value)}{bound}{_between(low, high)}"


def _between(low: str | None, high: str | None, what: str = "") -> str:
    """The ends of an interval in brackets; one that so few futures cannot know is left open."""
    if low is None or high is None:
        known = f"from {low} on" if low is not None else f"up to {high}"
        return "" if low == high else f" ({what}{known})"
    return f" ({what}{low} to {high})"


def _read_off(found: Frontier, end: float) -> float:
    """An end of an interval, which lies between two looks: with three significant digits where it is not counted."""
    return end if found.moved.is_whole else float(f"{end / found.moved.scale:.3g}") * found.moved.scale
