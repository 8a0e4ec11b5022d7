"""What does a sweep say in one sentence, in its table and beneath it?"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from html import escape
from math import isfinite, isnan
from typing import TYPE_CHECKING

from simfunnel.claims import Claim
from simfunnel.distributions import FAMILIES
from simfunnel.results.intervals import z_value
from simfunnel.results.text import MATH_OFF, Column, figure, listed, percent, plain, printable, signed, together
from simfunnel.studies.sweep.best import LEVEL, Choice, Rival
from simfunnel.studies.sweep.cells import Cell
from simfunnel.studies.sweep.definition import Sweep, read_measure
from simfunnel.studies.sweep.designs import GRID
from simfunnel.studies.sweep.movers import Mover, movers
from simfunnel.studies.sweep.slices import varying

if TYPE_CHECKING:
    from simfunnel.studies.sweep.record import SweepResult

MOST_ROWS = 20
_MOST_NAMED = 5
_LONGEST = 32  # characters of a value
#: What says nothing by itself: parameters of distributions and of curves, shares.
_OF_SOMETHING = {name for family in FAMILIES.values() for names in family.param_sets for name in names}
_OF_SOMETHING |= {"most", "half", "exponent", "at", "share"}
_LOUD = 0.5  # of its own error: less optimism than this is not worth a line


def sentence(found: SweepResult) -> str:
    """The best point with its value, and how many cannot be told from it; of points that were drawn, their range."""
    return f"{found.sweep.name}: {headline(found)}."


def headline(
    found: SweepResult, measure: str | None = None, *, points: Iterable[int] | None = None, held: Container[str] = ()
) -> str:
    """The same without the name of the sweep; of some of its points, without what is held there."""
    name = found.measure(measure)
    some = range(found.sweep.n_points) if points is None else sorted(points)
    choice = chosen(found, name, some)
    if choice is None:
        return _without_best(found, name, some, held)
    return f"{name}: {said(found, name, choice, held)}"


def said(found: SweepResult, measure: str, choice: Choice, held: Container[str] = ()) -> str:
    """A choice in words: the best point, its value, and how many cannot be told from it."""
    value, *_ = known(found, measure, choice)
    if choice.is_trivial and choice.n_points > 1:
        return f"{value}, in every future the same at all {plain(choice.n_points)} points"
    of = "best is " if choice.n_points > 1 else ""
    return f"{of}{words(found.sweep, choice.point, held)}, {value}{beside(choice)}"


def known(found: SweepResult, measure: str, choice: Choice) -> tuple[str, str]:
    """What the best is worth with its interval, and without."""
    unit, mcse = unit_of(measure), choice.mcse if isfinite(choice.mcse) else 0.0
    value, low, high = (figure(each, unit, mcse, found.currency) for each in (choice.value, choice.low, choice.high))
    what = "chance " if isinstance(read_measure(measure), Claim) else "mean "
    if isnan(choice.low):
        return f"{what}{value}", value
    low = low.removesuffix(" %") if high.endswith(" %") else low
    return f"{what}{value} ({plain(LEVEL * 100)} % CI {low} to {high})", value


def beside(choice: Choice) -> str:
    """How many others cannot be told from the best."""
    n, others = len(choice.rivals), choice.n_points - 1
    if others == 0:
        return ""
    if n == 0:
        return f"; all {plain(others)} others are worse" if others > 1 else "; the other is worse"
    if n == others:
        return (
            f"; none of {plain(others)} others can be told from it" if n > 1 else "; the other cannot be told from it"
        )
    return f"; {plain(n)} of {plain(others)} others cannot be told from it"


def choices(found: SweepResult) -> dict[str, Choice]:
    """The best by each measure that says what is better."""
    best = {name: chosen(found, name, range(found.sweep.n_points)) for name in found.sweep.measures}
    return {name: choice for name, choice in best.items() if choice is not None}


def chosen(found: SweepResult, measure: str, points: Sequence[int]) -> Choice | None:
    """The best of some points; None where nothing says what is better, or no point has a figure.

    And none of a design that draws its points: they are states of the world, of which nobody can choose one.
    """
    asked = read_measure(measure)
    cells = found.cells_of(measure)
    is_told = isinstance(asked, Claim) or asked.better != "neither"
    if found.sweep.design != GRID or not is_told or all(isnan(cells[point].mean) for point in points):
        return None
    return found.best(measure, among_points=points)


def notes(found: SweepResult) -> Iterator[str]:
    """What must be known beside the table; the last says what it rests on."""
    yield from (f"{each}." for each in found.cautions)
    choice = chosen(found, found.measure(), range(found.sweep.n_points))
    if choice is not None:
        yield from _of_choice(found, found.measure(), choice)
    if found.failures:
        yield _failed(found)
    waiting = sum(not found.store.n_sims(point) for point in range(found.sweep.n_points)) - len(found.failures)
    if waiting:
        yield f"{plain(waiting)} of {plain(found.sweep.n_points)} points have not been simulated yet."
    absent = sum(each.missing > 0 for each in found.cells_of())
    if absent:
        yield f"At {_points(absent)} some futures have no figure for {found.measure()} and do not count."
    if len({each.currency for each in found.sweep.scenarios.values()}) > 1:
        yield "The scenarios count in different currencies: their money cannot be compared."
    yield _rests_on(found)


def heads(found: SweepResult) -> tuple[str, ...]:
    """The heads of the table: the point, then a measure each, with the half-width of its interval."""
    return ", ".join(names(found.sweep)[path] for path in varying(found.sweep)) or "point", *found.sweep.measures


def rows(found: SweepResult, most: int | None = MOST_ROWS) -> Iterator[tuple[str, ...]]:
    """A row a point, the best by the first claim (or measure) first; those that have failed last."""
    columns = {name: column_of(found, name) for name in found.sweep.measures}
    for point in order(found)[:most]:
        cells = [found.cells_of(name)[point] for name in found.sweep.measures]
        yield words(found.sweep, point), *(_told(columns[each.measure], each) for each in cells)


def more(found: SweepResult, most: int = MOST_ROWS) -> str:
    """What is said of the rows that are left out; nothing where none is."""
    n = found.sweep.n_points - most
    return f"and {_points(n)} more" if n > 0 else ""


def order(found: SweepResult) -> list[int]:
    """The points, best first, those that were drawn from the highest on; as they are where nothing is better."""
    choice = chosen(found, found.measure(), range(found.sweep.n_points))
    if choice is None and found.sweep.design == GRID:
        return list(range(found.sweep.n_points))
    sign = -1.0 if choice is None or choice.is_most else 1.0
    cells = found.cells_of()
    return sorted(range(len(cells)), key=lambda p: (isnan(cells[p].mean), sign * cells[p].mean, p))


def words(sweep: Sweep, point: int, held: Container[str] = ()) -> str:
    """What is special about a point, in short names and without what is held: `neglect 0 %, shelf life 60 days`."""
    short, free = names(sweep), varying(sweep)
    parts = []
    for at, each in enumerate(sweep.parameters):
        if (each.path in free and each.path not in held) or not free:
            shown = sweep.named(point, at)
            parts.append(f"{short[each.path]} {shown if len(shown) <= _LONGEST else f'{shown[: _LONGEST - 1]}…'}")
    return ", ".join(parts) or "the scenario as it is"


def names(sweep: Sweep) -> dict[str, str]:
    """Short names of the parameters: the end of each path, as long as it takes to tell them apart.

    And to tell what it is: a mean is one of something.

    Examples
    --------
    >>> from simfunnel.studies.sweep.definition import Parameter
    >>> paths = ["stages.sql.neglect", "stages.mql.neglect", "stages.sql.shelf_life"]
    >>> some = Sweep("", {}, tuple(Parameter(each, "share") for each in paths), (), (), ("deals",), 1, 0)
    >>> list(names(some).values())
    ['sql neglect', 'mql neglect', 'shelf life']
    >>> names(Sweep("", {}, (Parameter("stages.sql.conversion.mean", "share"),), (), (), ("deals",), 1, 0))
    {'stages.sql.conversion.mean': 'conversion mean'}
    """
    keys = {each.path: each.path.split(".") for each in sweep.parameters}
    found = {}
    for path, own in keys.items():
        others = [other for each, other in keys.items() if each != path]
        least = 2 if own[-1] in _OF_SOMETHING else 1
        size = next((n for n in range(least, len(own)) if all(own[-n:] != other[-n:] for other in others)), len(own))
        found[path] = " ".join(own[-size:]).replace("_", " ")
    return found


def unit_of(measure: str) -> str:
    """Unit of a measure; chances are shares."""
    asked = read_measure(measure)
    return "share" if isinstance(asked, Claim) else asked.unit


def as_text(found: SweepResult) -> str:
    """Sentence, table and notes for a terminal."""
    table = [heads(found), *rows(found)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    aligned = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in table]
    lines = ["  ".join(row) for row in aligned]
    lines += [more(found)] if more(found) else []
    return "\n".join(printable(line).rstrip() for line in (sentence(found), "", *lines, "", *notes(found)))


def as_html(found: SweepResult) -> str:
    """The same for a notebook; every text is escaped."""
    head = "".join(f"<th>{escape(printable(text))}</th>" for text in heads(found))
    body = "".join(
        f'<tr><th style="text-align: left">{escape(printable(row[0]))}</th>'
        + "".join(f"<td>{escape(printable(cell))}</td>" for cell in row[1:]) + "</tr>"
        for row in rows(found)
    )  # fmt: skip
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    said = "".join(f"<p>{escape(printable(note))}</p>" for note in (*filter(None, [more(found)]), *notes(found)))
    return f'<div class="{MATH_OFF}"><p><strong>{escape(printable(sentence(found)))}</strong></p>{table}{said}</div>'


def moved(found: SweepResult, measure: str, points: Iterable[int]) -> list[Mover]:
    """What moves a measure over the points of a design that draws them, the strongest first; nothing of a grid."""
    if found.sweep.design == GRID:
        return []
    cells = found.cells_of(measure)
    return movers(found.sweep, [cells[point] for point in points])


def _over_states(found: SweepResult, measure: str, cells: list[Cell]) -> str:
    """From where to where a measure goes over points that were drawn, and with what."""
    column, what = column_of(found, measure), "chance" if isinstance(read_measure(measure), Claim) else "mean"
    ordered = sorted(cells, key=lambda each: each.mean)
    ends = [ordered[at] for at in (0, round(0.1 * (len(cells) - 1)), round(0.9 * (len(cells) - 1)), -1)]
    low, p10, p90, high = (column.write(each.mean, each.mcse) for each in ends)
    said = f"{measure}: {what} from {low} to {high} over {_points(len(cells))}"
    if len(cells) >= 10:
        said += f", 8 of 10 of them from {p10} to {p90}"
    told = [each for each in moved(found, measure, [each.point for each in cells]) if each.is_told]
    short = names(found.sweep)
    named = [
        f"{short[each.path]} ({what}{each.correlation:.2f}{_give_or_take(each)})"
        for each, what in zip(told, ("rank correlation ", ""), strict=False)
    ]
    return f"{said}; it moves most with {listed(named)}" if named else said


def _give_or_take(mover: Mover) -> str:
    """Half of its interval, where two digits show it."""
    half = f"{(mover.high - mover.low) / 2:.2f}"
    return "" if half == "0.00" else f" ± {half}"


def _without_best(found: SweepResult, measure: str, points: Iterable[int], held: Container[str]) -> str:
    some = set(points)
    cells = [each for each in found.cells_of(measure) if not isnan(each.mean) and each.point in some]
    if not cells:
        why = next(iter(found.failures.values()), "")
        return f"no point has a figure for {measure}{f' ({why})' if why else ''}"
    if found.sweep.design != GRID and len(cells) > 1:
        return _over_states(found, measure, cells)
    column = column_of(found, measure)
    low, high = min(cells, key=lambda each: each.mean), max(cells, key=lambda each: each.mean)
    ends = [f"{column.write(each.mean, each.mcse)} with {words(found.sweep, each.point, held)}" for each in (low, high)]
    return f"{measure}: mean {ends[0]}" if low is high else f"{measure}: mean from {ends[0]} to {ends[1]}"


def _of_choice(found: SweepResult, measure: str, choice: Choice) -> Iterator[str]:
    if choice.is_trivial or not isfinite(choice.mcse):  # nothing to choose, or a single future
        return
    unit, currency = unit_of(measure), found.currency
    if choice.optimism and abs(choice.optimism) > _LOUD * choice.mcse:
        shown = figure(choice.shown, unit, choice.mcse, currency)
        luck = signed(choice.optimism, unit, choice.mcse, currency)
        yield f"Among the others it shows {shown}; {luck} of that is the luck of having been chosen."
    if not choice.rivals:
        return
    named = [
        f"{words(found.sweep, each.point)} ({_apart(each, unit, currency)}, best in {percent(round(each.share, 2))})"
        for each in choice.rivals[:_MOST_NAMED]
    ]
    left = len(choice.rivals) - len(named)
    rest = f" and {plain(left)} more" if left else ""
    yield f"Cannot be told from it, with {plain(LEVEL * 100)} % confidence for all: {'; '.join(named)}{rest}."
    own = percent(round(choice.share, 2))
    yield f"It is itself the best in {own} of {plain(choice.resamples)} resamples of the futures."


def _apart(rival: Rival, unit: str, currency: str) -> str:
    if rival.is_same:
        return "the same in every future"
    mcse = (rival.high - rival.low) / 2 / z_value(LEVEL)
    return signed(rival.difference, unit, mcse if isfinite(mcse) else 0.0, currency)


def column_of(found: SweepResult, measure: str) -> Column:
    """How the means of a measure are written in one table."""
    cells = [each for each in found.cells_of(measure) if not isnan(each.mean)]
    return together([each.mean for each in cells], [each.mcse for each in cells], unit_of(measure), found.currency)


def _told(column: Column, cell: Cell) -> str:
    if cell.failure:
        return "failed"
    if not cell.n_sims:
        return "not yet"
    return column.known(cell.mean, cell.mcse)


def _failed(found: SweepResult) -> str:
    point, why = next(iter(found.failures.items()))
    return f"{_points(len(found.failures))} could not be simulated, such as {words(found.sweep, point)}: {why}"


def _rests_on(found: SweepResult) -> str:
    sweep = found.sweep
    sims = sorted({found.store.n_sims(point) for point in range(sweep.n_points)} - {0})
    if not sims:
        return f"{_points(sweep.n_points)} ({sweep.design}), none simulated."
    same = f"the same {plain(sims[0])}" if len(sims) == 1 else f"the first {plain(sims[0])} to {plain(sims[-1])}"
    same += f" future{'s' * (sims[-1] > 1)} at each"
    are_claims = {isinstance(each, Claim) for each in sweep.claims}
    kinds = listed([kind for kind, is_claim in (("means", False), ("chances", True)) if is_claim in are_claims])
    shown = f"{kinds} with half of their {plain(LEVEL * 100)} % CI (±)"
    return f"{_points(sweep.n_points)} ({sweep.design}), {same}, seed {sweep.seed}; {shown}."


def _points(n: int) -> str:
    return f"{plain(n)} point{'' if n == 1 else 's'}"
