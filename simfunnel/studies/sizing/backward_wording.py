"""What does a plan made backwards say in one sentence, in its table and beneath it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan, nan
from typing import TYPE_CHECKING

from simfunnel.results.intervals import z_value
from simfunnel.results.text import figure, listed, percent, plain, together
from simfunnel.studies.sizing.wording import best_seen, crossings_said, known, page, told

if TYPE_CHECKING:
    from simfunnel.studies.sizing.backward_record import BackwardPlan, Column
    from simfunnel.studies.sizing.backward_rows import Cell

NOTHING = "-"
_QUOTED = 0.9  # the chance that the first sentence speaks of, where it is among those wanted


def sentence(found: BackwardPlan) -> str:
    """How likely the spreadsheet's plan is, and what it takes to be sure of it."""
    return f"{found.name}: {headline(found)}."


def headline(found: BackwardPlan) -> str:
    """The same without the name of the scenario."""
    return f"{_now(found)}; {_then(found)}"


def heads(found: BackwardPlan) -> tuple[str, ...]:
    """The head of the table: a column each."""
    return "", *(column.title for column in found.columns)


def table_rows(found: BackwardPlan) -> Iterator[tuple[str, ...]]:
    """The table: chances, the rows from the customers up to the cost, the volume with its interval."""
    yield f"chance of {found.target}", *(_chance(column) for column in found.columns)
    for i, row in enumerate(found.rows):
        yield row.words, *written(found, i)
    yield volume_name(found), *(_volume(found, column) for column in found.columns)
    yield f"  {plain(found.level * 100)} % CI", *(_ends(found, column) for column in found.columns)


def written(found: BackwardPlan, at: int) -> list[str]:
    """The figures of a row, a column each."""
    row, cells = found.rows[at], [column.cells[at] if column.cells else None for column in found.columns]
    # what is exact has no error that says where its digits end: cents and hundredths of a lead are left out
    values = [nan if each is None else each.value if each.mcse else _rounded(each.value, row.unit) for each in cells]
    errors = [0.0 if each is None else each.mcse for each in cells]
    digits = together(values, errors, row.unit, found.moved.currency)

    def written_out(value: float, mcse: float) -> str:
        if isnan(value):
            return NOTHING
        return digits.write(value, mcse) if mcse or row.unit == "money" else plain(value)

    return [written_out(value, mcse) for value, mcse in zip(values, errors, strict=True)]


def ends(found: BackwardPlan, at: int) -> list[str]:
    """The figures of a row at both ends of the interval of the volume, a column each; empty where there are none."""
    row, found_ends = found.rows[at], []
    for column in found.columns:
        cell = column.cells[at] if column.cells else None
        if cell is None or column.wanted is None or isnan(cell.low + cell.high):
            found_ends.append("")
            continue
        error = (cell.high - cell.low) / 2 / z_value(found.level) if cell.mcse else 0.0
        low, high = (
            figure(end if error else _rounded(end, row.unit), row.unit, error, found.moved.currency)
            for end in (cell.low, cell.high)
        )
        found_ends.append(f"{low} to {high}")
    return found_ends


def _rounded(value: float, unit: str) -> float:
    return float(round(value)) if abs(value) >= 100 else round(value, 2 if unit == "money" else 1)


def notes(found: BackwardPlan) -> Iterator[str]:
    """What must be known beside the table; the last says what it rests on."""
    lost = next((column for column in found.promises if column.volume is None), None)
    if lost is not None:
        binds = "" if found.binding is None else f"; {found.binding.words(_words(found, found.binding.at))}"
        yield f"{lost.title} is out of reach: {best_seen(found, 'volume', '')}{binds}."
    if not found.is_monotone:
        yield from _crossings(found)
    if found.doubtful:
        said = (f"{column.title} ({known(column.confirmed)})" for column in found.doubtful if column.confirmed)
        yield f"Not confirmed in fresh futures: {listed(list(said))}."
    yield _arithmetic(found)
    yield _moves(found)
    yield (
        "Stages count every entry, repeated ones and leads on hand at the start included. "
        f"Numbers are means of {plain(found.n_sims)} fresh futures at each volume (seed {found.fresh_seed}), chances "
        f"those of the search: {plain(found.runs)} runs in all, every volume in the same futures, seed {found.seed}."
    )


def as_text(found: BackwardPlan) -> str:
    """Sentence, table and notes for a terminal."""
    return told(sentence(found), heads(found), table_rows(found), notes(found))


def as_html(found: BackwardPlan) -> str:
    """The same for a notebook; every text is escaped."""
    return page(sentence(found), heads(found), table_rows(found), notes(found))


def goal(found: BackwardPlan) -> str:
    """What should hold, as an object: `the plan (deals >= 10)`."""
    return f"the plan ({found.target})" if found.is_plan else found.target


def volume_name(found: BackwardPlan) -> str:
    """What the volume is."""
    if found.moved.is_factor:
        return "volume"
    keys = found.moved.path.split(".")
    return f"{keys[-1]} of {'.'.join(keys[1:-1])}" if keys[0] == "sources" else "budget to share"


def needed(found: BackwardPlan, column: Column) -> str | None:
    """How many must come to the stage before the last: `63 SQLs`; None where the column has no numbers.

    Where these do not say how large the plan is, the volume: `118 leads`.
    """
    if not column.cells or column.volume is None:
        return None
    if found.is_by_volume:
        return "times the present volume".join(found.moved.counted(_shown(found, column.volume)).split("times"))
    cell, row = column.cells[1], found.rows[1]
    return f"{plain(cell.value if cell.mcse else _rounded(cell.value, row.unit), _error(found, cell))} {row.words}"


def _error(found: BackwardPlan, cell: Cell) -> float:
    """How well so many people are known: as well as the volume that brings them, where means vary at all."""
    if not cell.mcse or isnan(cell.low + cell.high):
        return cell.mcse
    return max(cell.mcse, (cell.high - cell.low) / 2 / z_value(found.level))


def quoted(found: BackwardPlan) -> Column:
    """The column that a sentence speaks of: 90 %, or else the surest."""
    return next((column for column in found.promises if column.wanted == _QUOTED), found.promises[-1])


def _now(found: BackwardPlan) -> str:
    column, holds = found.spreadsheet, "keep" if found.is_plan else "reach"
    many = needed(found, column)
    if many is not None and column.chance is not None:
        if found.is_by_volume:
            return f"the spreadsheet asks for {many}, and {goal(found)} holds in {known(column.chance)} of futures"
        return f"the spreadsheet's {many} {holds} {goal(found)} in {known(column.chance)} of futures"
    assert found.present.chance is not None
    return f"as it is, {goal(found)} holds in {known(found.present.chance)} of futures"


def _then(found: BackwardPlan) -> str:
    column, holds = quoted(found), "keep" if found.is_plan else "reach"
    many = needed(found, column)
    if many is None:
        first, last = (_words(found, end.value) for end in (found.points[0], found.points[-1]))
        return f"no volume from {first} to {last} {'keeps' if found.is_plan else 'reaches'} it in {column.title}"
    ends = _interval_of_volume(found, column) if found.is_by_volume else _interval_of_people(found, column)
    side = "at most " if column.side == "at most" else ""
    return f"to {holds} it in {column.title} takes {side}{many}{ends}"


def _interval_of_volume(found: BackwardPlan, column: Column) -> str:
    if column.is_bound or None in column.interval:
        return " or less" if column.is_bound else ""
    return f" ({plain(found.level * 100)} % CI {_ends(found, column).removesuffix(found.moved.suffix)})"


def _interval_of_people(found: BackwardPlan, column: Column) -> str:
    cell = column.cells[1]
    unit = found.rows[1].unit
    low, high = (
        plain(end if cell.mcse or isnan(end) else _rounded(end, unit), _error(found, cell) if cell.mcse else 0.0)
        for end in (cell.low, cell.high)
    )
    if column.is_bound or "missing" in (low, high):
        return " or fewer" if column.is_bound else ""
    return f" ({plain(found.level * 100)} % CI {low} to {high})"


def _chance(column: Column) -> str:
    return NOTHING if column.chance is None else percent(column.chance.value, column.chance.mcse)


def _volume(found: BackwardPlan, column: Column) -> str:
    if column.volume is None:
        return NOTHING if column.wanted is None else "out of reach"
    at_most = "at most " if column.side == "at most" else ""
    bound = (" or less" if column.side == "at least" else " or more") if column.is_bound else ""
    return f"{at_most}{_words(found, column.volume)}{bound}"


def _ends(found: BackwardPlan, column: Column) -> str:
    low, high = (None if end is None else _words(found, end) for end in column.interval)
    if low is None and high is None:
        return ""
    return f"{(low or NOTHING).removesuffix(found.moved.suffix)} to {high or NOTHING}"


def _words(found: BackwardPlan, volume: float) -> str:
    return found.moved.words(_shown(found, volume))


def _shown(found: BackwardPlan, volume: float) -> float:
    """A volume; a factor with the digits that matter, money without cents."""
    if found.moved.is_factor:
        return float(f"{volume:.3g}")
    return _rounded(volume, "money") if found.moved.unit == "money" else volume


def _crossings(found: BackwardPlan) -> Iterator[str]:
    yield "The chance rises and falls with the volume."
    for column in found.promises:
        if len(column.crossings) > 1:
            yield f"With a chance of {column.title} the target {listed(crossings_said(column.crossings, found.moved))}."


def _arithmetic(found: BackwardPlan) -> str:
    if found.spreadsheet.volume is None:
        return "No plain arithmetic leads from this target to a volume, so there is no spreadsheet to set beside."
    return (
        "The spreadsheet divides what is wanted by the mean rates as they are written, backwards; it knows no neglect, "
        "no waiting, no leads that come back, no effects on odds, no further sales, no end of the year, no diminishing "
        "returns and no luck."
    )


def _moves(found: BackwardPlan) -> str:
    moved = found.moved
    stay = f"; as they are: {listed(_quote(moved.kept))}" if moved.kept else ""
    if moved.path == "budget":
        return f"What moves is the budget that is shared by {listed(_quote(moved.sources))}{stay}."
    if not moved.is_factor:
        return f"What moves is {volume_name(found)}{', with its fixed cost' if len(moved.parts) > 1 else ''}{stay}."
    what = "leads, visits, budgets and fixed costs, so that twice the volume costs twice"
    return f"What moves, in one proportion ({what}): {listed(_quote(moved.sources))}{stay}."


def _quote(names: Sequence[str]) -> list[str]:
    return [f"'{name}'" if "," in name or " and " in name else name for name in names]
