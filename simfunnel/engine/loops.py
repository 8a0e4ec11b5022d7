"""Which loops over leads does the engine run all the time: who is on which side, how many are there, what is their sum?

Each is written twice, in NumPy and as a loop to compile, and both give the same bits: counts and whole numbers do not
depend on the order in which they are added up. Indices ascend, as NumPy's do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfunnel.compiled import compiled
from simfunnel.engine.plan import Floats, Ints, Places, where

Mask = NDArray[np.bool_]
_SECONDS = 86_400.0


def part(mask: Mask, number: Ints, value: Floats) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
    """What of two arrays lies where a mask is true, and what where it is not."""
    n, numbers, values = int(np.count_nonzero(mask)), np.empty(mask.size, np.int64), np.empty(mask.size)
    _part(mask, n, number, value, numbers, values)
    return (numbers[:n], values[:n]), (numbers[n:], values[n:])


def _part_plainly(mask: Mask, n: int, number: Ints, value: Floats, numbers: Ints, values: Floats) -> None:
    for at, side in ((where(mask), slice(n)), (where(~mask), slice(n, None))):
        number.take(at, out=numbers[side], mode="clip")  # "raise" would copy
        value.take(at, out=values[side], mode="clip")


def _part_loop(mask: Mask, n: int, number: Ints, value: Floats, numbers: Ints, values: Floats) -> None:
    yes, others = np.uint64(0), np.uint64(n)  # without a sign: nothing asks whether to count from the end
    for i in range(mask.size):
        at = yes if mask[i] else others + np.uint64(i) - yes  # no branch, which chance would make a costly one
        numbers[at], values[at] = number[i], value[i]
        yes += np.uint64(mask[i])


_part = compiled(_part_loop, plain=_part_plainly)


def part_both(
    mask: Mask, number: Ints, value: Floats, other: Floats
) -> tuple[tuple[Ints, Floats, Floats], tuple[Ints, Floats, Floats]]:
    """The same of three arrays."""
    n, numbers, (values, others) = int(np.count_nonzero(mask)), np.empty(mask.size, np.int64), np.empty((2, mask.size))
    _part_both(mask, n, number, value, other, numbers, values, others)
    return (numbers[:n], values[:n], others[:n]), (numbers[n:], values[n:], others[n:])


def _part_both_plainly(
    mask: Mask, n: int, number: Ints, value: Floats, other: Floats, numbers: Ints, values: Floats, others: Floats
) -> None:
    _part_plainly(mask, n, number, value, numbers, values)
    other.take(where(mask), out=others[:n], mode="clip")
    other.take(where(~mask), out=others[n:], mode="clip")


def _part_both_loop(
    mask: Mask, n: int, number: Ints, value: Floats, other: Floats, numbers: Ints, values: Floats, others: Floats
) -> None:
    yes, rest = np.uint64(0), np.uint64(n)
    for i in range(mask.size):
        at = yes if mask[i] else rest + np.uint64(i) - yes
        numbers[at], values[at], others[at] = number[i], value[i], other[i]
        yes += np.uint64(mask[i])


_part_both = compiled(_part_both_loop, plain=_part_both_plainly)


@dataclass(frozen=True, eq=False)
class Steps:
    """A number for each of some sorted leads that is the same for all between two bounds; ``column`` has one for each
    stretch, the bounds, one more, begin with 0."""

    column: Floats
    bounds: Ints


Chance = Floats | float | Steps


def spread(chance: Chance) -> Floats | float:
    """A number for each lead, or one for all."""
    return repeat(chance.column, chance.bounds) if isinstance(chance, Steps) else chance


def part_below(
    u: Floats, chance: Steps, number: Ints, value: Floats
) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
    """What of two arrays belongs to rolls below a chance, and what to the others."""
    size, numbers, values = u.size, np.empty(2 * u.size, np.int64), np.empty(2 * u.size)
    n = _part_below(u, chance.column, chance.bounds, number, value, numbers, values)
    return (numbers[:n], values[:n]), (numbers[size : 2 * size - n], values[size : 2 * size - n])


def _part_below_plainly(
    u: Floats, column: Floats, bounds: Ints, number: Ints, value: Floats, numbers: Ints, values: Floats
) -> int:
    mask = u < np.repeat(column, bounds[1:] - bounds[:-1])
    n, size = int(np.count_nonzero(mask)), u.size
    for at, side in ((where(mask), slice(n)), (where(~mask), slice(size, 2 * size - n))):
        number.take(at, out=numbers[side], mode="clip")
        value.take(at, out=values[side], mode="clip")
    return n


def _part_below_loop(
    u: Floats, column: Floats, bounds: Ints, number: Ints, value: Floats, numbers: Ints, values: Floats
) -> int:
    yes, size = np.uint64(0), np.uint64(u.size)
    for k in range(column.size):
        begin, end = bounds[k], bounds[k + 1]
        rolls, some, these, others = u[begin:end], number[begin:end], value[begin:end], size + np.uint64(begin)
        for i in range(rolls.size):
            is_below = rolls[i] < column[k]
            at = yes if is_below else others + np.uint64(i) - yes
            numbers[at], values[at] = some[i], these[i]
            yes += np.uint64(is_below)
    return int(yes)


_part_below = compiled(_part_below_loop, plain=_part_below_plainly)


def kept(mask: Mask, number: Ints, value: Floats, other: Floats) -> tuple[Ints, Floats, Floats]:
    """What of three arrays lies where a mask is true."""
    numbers, values, others = np.empty(mask.size, np.int64), np.empty(mask.size), np.empty(mask.size)
    n = _kept(mask, number, value, other, numbers, values, others)
    return numbers[:n], values[:n], others[:n]


def _kept_plainly(
    mask: Mask, number: Ints, value: Floats, other: Floats, numbers: Ints, values: Floats, others: Floats
) -> int:
    at = where(mask)
    number.take(at, out=numbers[: at.size], mode="clip")
    value.take(at, out=values[: at.size], mode="clip")
    other.take(at, out=others[: at.size], mode="clip")
    return at.size


def _kept_loop(
    mask: Mask, number: Ints, value: Floats, other: Floats, numbers: Ints, values: Floats, others: Floats
) -> int:
    n = np.uint64(0)
    for i in range(mask.size):
        numbers[n], values[n], others[n] = number[i], value[i], other[i]
        n += np.uint64(mask[i])
    return int(n)


_kept = compiled(_kept_loop, plain=_kept_plainly)


def bounds(lead: Ints, offsets: Ints) -> Ints:
    """Where each of the ascending offsets belongs among sorted leads, before equal ones."""
    out = np.empty(offsets.size, np.int64)
    _bounds(out, lead, offsets)
    return out


def _bounds_plainly(out: Ints, lead: Ints, offsets: Ints) -> None:
    out[:] = np.searchsorted(lead, offsets)


def _bounds_loop(out: Ints, lead: Ints, offsets: Ints) -> None:
    low, stride = 0, lead.size // offsets.size + 1  # about so far it is to the next
    for k in range(offsets.size):
        while low + stride <= lead.size and lead[low + stride - 1] < offsets[k]:
            low += stride
        high = min(low + stride - 1, lead.size)
        while low < high:
            middle = (low + high) // 2
            if lead[middle] < offsets[k]:
                low = middle + 1
            else:
                high = middle
        out[k] = low


_bounds = compiled(_bounds_loop, plain=_bounds_plainly)


def repeat(column: Floats, bounds: Ints) -> Floats:
    """Each value of a column as often as there are numbers between its two bounds."""
    out = np.empty(int(bounds[-1] - bounds[0]))
    _repeat(out, column, bounds)
    return out


def _repeat_plainly(out: Floats, column: Floats, bounds: Ints) -> None:
    out[:] = np.repeat(column, bounds[1:] - bounds[:-1])


def _repeat_loop(out: Floats, column: Floats, bounds: Ints) -> None:
    first = bounds[0]
    for k in range(column.size):
        out[bounds[k] - first : bounds[k + 1] - first] = column[k]


_repeat = compiled(_repeat_loop, plain=_repeat_plainly)


def _count_plainly(out: Ints, code: Places, lead: Ints) -> None:
    out += np.bincount(code.take(lead), minlength=out.size)


def _count_loop(out: Ints, code: Places, lead: Ints) -> None:
    for i in range(lead.size):
        out[np.uint64(code[np.uint64(lead[i])])] += 1


count = compiled(_count_loop, plain=_count_plainly)
"""(out, code, lead): add to ``out`` how many of these leads have each code."""


def _add_up_plainly(out: Ints, code: Places, lead: Ints, amount: Floats | Ints) -> None:
    out += np.bincount(code.take(lead), weights=np.rint(amount), minlength=out.size).astype(np.int64)


def _add_up_loop(out: Ints, code: Places, lead: Ints, amount: Floats | Ints) -> None:
    for i in range(lead.size):
        out[code[lead[i]]] += np.int64(np.rint(amount[i]))


add_up = compiled(_add_up_loop, plain=_add_up_plainly)
"""(out, code, lead, amount): add to ``out`` the amounts of these leads by code, each rounded to a whole number."""


def _stay_plainly(out: Ints, code: Places, lead: Ints, begin: Floats, end: Floats) -> None:
    _add_up_plainly(out, code, lead, (end - begin) * _SECONDS)


def _stay_loop(out: Ints, code: Places, lead: Ints, begin: Floats, end: Floats) -> None:
    for i in range(lead.size):
        out[code[lead[i]]] += np.int64(np.rint((end[i] - begin[i]) * _SECONDS))


stay = compiled(_stay_loop, plain=_stay_plainly)
"""(out, code, lead, begin, end): add to ``out`` the days from begin to end by code, as whole seconds."""


def _stay_in_order_plainly(out: Ints, bounds: Ints, begin: Floats, end: Floats) -> None:
    seconds = np.empty(begin.size + 1)  # one more, so that empty cells at the end have a place to begin
    seconds[-1] = 0.0
    np.multiply(np.subtract(end, begin, out=seconds[:-1]), _SECONDS, out=seconds[:-1])
    np.rint(seconds[:-1], out=seconds[:-1])
    sums = np.add.reduceat(seconds, bounds[:-1])
    out += np.where(bounds[1:] > bounds[:-1], sums, 0.0).astype(np.int64)


def _stay_in_order_loop(out: Ints, bounds: Ints, begin: Floats, end: Floats) -> None:
    for code in range(out.size):
        begins, ends = begin[bounds[code] : bounds[code + 1]], end[bounds[code] : bounds[code + 1]]
        seconds = np.int64(0)
        for i in range(begins.size):
            seconds += np.int64(np.rint((ends[i] - begins[i]) * _SECONDS))
        out[code] += seconds


stay_in_order = compiled(_stay_in_order_loop, plain=_stay_in_order_plainly)
"""(out, bounds, begin, end): the same for leads that lie sorted by code, those of each between two bounds."""


def _periods_plainly(out: Ints, rep: Places, lead: Ints, time: Floats, last: float, period_of_day: Ints) -> None:
    inside = time <= last
    if not inside.all():
        lead, time = lead[inside], time[inside]
    code = rep.take(lead) * out.shape[1]
    code += period_of_day.take(time.astype(np.intp))
    out += np.bincount(code, minlength=out.size).reshape(out.shape)


def _periods_loop(out: Ints, rep: Places, lead: Ints, time: Floats, last: float, period_of_day: Ints) -> None:
    for i in range(lead.size):
        if time[i] <= last:
            out[rep[lead[i]], period_of_day[np.int64(time[i])]] += 1


periods = compiled(_periods_loop, plain=_periods_plainly)
"""(out, rep, lead, time, last, period_of_day): add to ``out``, (n_reps, n_periods), what happens to these leads up
to ``last``, by replication and period."""


def _periods_in_order_plainly(out: Ints, bounds: Ints, time: Floats, last: float, period_of_day: Ints) -> None:
    n_reps, n_periods = out.shape
    code = np.repeat(np.arange(bounds.size - 1) % n_reps * n_periods, bounds[1:] - bounds[:-1])
    inside = time <= last
    if not inside.all():
        code, time = code[inside], time[inside]
    code += period_of_day.take(time.astype(np.intp))
    out += np.bincount(code, minlength=out.size).reshape(out.shape)


def _periods_in_order_loop(out: Ints, bounds: Ints, time: Floats, last: float, period_of_day: Ints) -> None:
    for code in range(bounds.size - 1):
        row = out[code % out.shape[0]]
        for i in range(bounds[code], bounds[code + 1]):
            if time[i] <= last:
                row[np.uint64(period_of_day[np.uint64(np.int64(time[i]))])] += 1


periods_in_order = compiled(_periods_in_order_loop, plain=_periods_in_order_plainly)
"""(out, bounds, time, last, period_of_day): the same for leads that lie sorted by source and replication, those of each
between two bounds."""
