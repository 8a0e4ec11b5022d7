"""Which loops over leads does the engine run all the time: who is on which side, how many are there, what is their sum?

Each is written twice, in NumPy and as a loop to compile, and both give the same bits: counts and whole numbers do not
depend on the order in which they are added up. Indices ascend, as NumPy's do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simfunnel.compiled import compiled
from simfunnel.engine.plan import Floats, Ints, where

Mask = NDArray[np.bool_]
_SECONDS = 86_400.0


def split(mask: Mask) -> tuple[Ints, Ints]:
    """The indices at which a mask is true, and those at which it is not."""
    yes, no = np.empty(mask.size, np.int64), np.empty(mask.size, np.int64)
    n = _split(mask, yes, no)
    return yes[:n], no[: mask.size - n]


def _split_plainly(mask: Mask, yes: Ints, no: Ints) -> int:
    found = where(mask)
    yes[: found.size] = found
    no[: mask.size - found.size] = where(~mask)
    return found.size


def _split_loop(mask: Mask, yes: Ints, no: Ints) -> int:
    n = 0
    for i in range(mask.size):  # without a branch, which chance would make a costly one
        yes[n] = i
        no[i - n] = i
        n += mask[i]
    return n


_split = compiled(_split_loop, plain=_split_plainly)


def _count_plainly(out: Ints, code: Ints, lead: Ints) -> None:
    out += np.bincount(code.take(lead), minlength=out.size)


def _count_loop(out: Ints, code: Ints, lead: Ints) -> None:
    for i in range(lead.size):
        out[code[lead[i]]] += 1


count = compiled(_count_loop, plain=_count_plainly)
"""(out, code, lead): add to ``out`` how many of these leads have each code."""


def _add_up_plainly(out: Ints, code: Ints, lead: Ints, amount: Floats) -> None:
    out += np.bincount(code.take(lead), weights=np.rint(amount), minlength=out.size).astype(np.int64)


def _add_up_loop(out: Ints, code: Ints, lead: Ints, amount: Floats) -> None:
    for i in range(lead.size):
        out[code[lead[i]]] += np.int64(np.rint(amount[i]))


add_up = compiled(_add_up_loop, plain=_add_up_plainly)
"""(out, code, lead, amount): add to ``out`` the amounts of these leads by code, each rounded to a whole number."""


def _stay_plainly(out: Ints, code: Ints, lead: Ints, begin: Floats, end: Floats) -> None:
    _add_up_plainly(out, code, lead, (end - begin) * _SECONDS)


def _stay_loop(out: Ints, code: Ints, lead: Ints, begin: Floats, end: Floats) -> None:
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
        seconds = np.int64(0)
        for i in range(bounds[code], bounds[code + 1]):
            seconds += np.int64(np.rint((end[i] - begin[i]) * _SECONDS))
        out[code] += seconds


stay_in_order = compiled(_stay_in_order_loop, plain=_stay_in_order_plainly)
"""(out, bounds, begin, end): the same for leads that lie sorted by code, those of each between two bounds."""


def _periods_plainly(out: Ints, rep: Ints, lead: Ints, time: Floats, last: float, period_of_day: Ints) -> None:
    inside = time <= last
    if not inside.all():
        lead, time = lead[inside], time[inside]
    code = rep.take(lead) * out.shape[1]
    code += period_of_day.take(time.astype(np.intp))
    out += np.bincount(code, minlength=out.size).reshape(out.shape)


def _periods_loop(out: Ints, rep: Ints, lead: Ints, time: Floats, last: float, period_of_day: Ints) -> None:
    for i in range(lead.size):
        if time[i] <= last:
            out[rep[lead[i]], period_of_day[np.int64(time[i])]] += 1


periods = compiled(_periods_loop, plain=_periods_plainly)
"""(out, rep, lead, time, last, period_of_day): add to ``out`` (n_reps, n_periods) these leads' events up to ``last``."""
