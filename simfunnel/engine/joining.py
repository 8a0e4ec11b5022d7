"""In which order do visits join the queues of each replication and team?

By time; of those that join at the same moment the first are leads that went cold at that moment and are back at once,
then those that came to the team first, then by number. The loop to compile lays visits into slices of the calendar and
then swaps neighbours; it gives the same order as NumPy's sort, in a tenth of the time.
"""

from __future__ import annotations

import numpy as np

from simfunnel.compiled import compiled, helper
from simfunnel.engine.plan import Floats, Ints

_SLICES = 256  # of the calendar, about as many as a replication has visits


def _sort_plainly(
    order: Ints, bounds: Ints, group: Ints, join: Floats, end: float,
    lead: Ints, first: Ints, before: Ints, time: Floats, lasts: Floats,
) -> None:  # fmt: skip
    queue, moment = group.take(order), join.take(order)
    key = moment + queue * (end + 1.0)  # of two times rounding may make one, but never swaps them
    by_time = np.argsort(key)
    key = key.take(by_time)
    bounds[:] = np.searchsorted(key, np.arange(bounds.size) * (end + 1.0))
    if (key[1:] == key[:-1]).any():
        previous, number = before.take(order), lead.take(order)
        is_back = (previous >= 0) & (moment == time.take(previous) + lasts.take(previous))
        by_time = np.lexsort((number, time.take(first.take(number)), ~is_back, moment, queue))
    order[:] = order.take(by_time)


def _sort_loop(
    order: Ints, bounds: Ints, group: Ints, join: Floats, end: float,
    lead: Ints, first: Ints, before: Ints, time: Floats, lasts: Floats,
) -> None:  # fmt: skip
    n_groups, scale, given = bounds.size - 1, _SLICES / (end + 1.0), order.copy()
    begins = np.zeros(n_groups * _SLICES + 1, np.int64)
    for i in given:
        begins[group[i] * _SLICES + int(join[i] * scale) + 1] += 1
    for at in range(n_groups * _SLICES):
        begins[at + 1] += begins[at]
    for k in range(n_groups + 1):
        bounds[k] = begins[k * _SLICES]
    for i in given:
        at = group[i] * _SLICES + int(join[i] * scale)
        order[begins[at]] = i
        begins[at] += 1  # in the end it is where the next slice begins
    for k in range(n_groups):
        gap, begun = 1, bounds[k]  # nobody is further from its place than its slice is long
        for at in range(k * _SLICES, (k + 1) * _SLICES):
            gap, begun = max(gap, begins[at] - begun), begins[at]
        while True:
            gap = max(1, gap * 5 // 11)
            for to in range(bounds[k] + gap, bounds[k + 1]):
                i, place = order[to], to
                while place >= bounds[k] + gap:
                    j = order[place - gap]
                    if join[i] > join[j]:
                        break
                    if join[i] == join[j] and not _is_first(i, j, join, lead, first, before, time, lasts):
                        break
                    order[place] = j
                    place -= gap
                order[place] = i
            if gap == 1:
                break


@helper
def _is_first(i: int, j: int, join: Floats, lead: Ints, first: Ints, before: Ints, time: Floats, lasts: Floats) -> bool:
    i_is_back = before[i] >= 0 and join[i] == time[before[i]] + lasts[before[i]]
    j_is_back = before[j] >= 0 and join[j] == time[before[j]] + lasts[before[j]]
    if i_is_back != j_is_back:
        return bool(i_is_back)
    if time[first[lead[i]]] != time[first[lead[j]]]:
        return bool(time[first[lead[i]]] < time[first[lead[j]]])
    return bool(lead[i] < lead[j])


sort = compiled(_sort_loop, plain=_sort_plainly)
"""(order, bounds, group, join, end, lead, first, before, time, lasts): put visits into the order of joining.

``order`` are the visits that join a queue, by the end; ``bounds`` is filled with where those of each group begin. The
other arrays have a place for each visit (``first``: for each lead): ``group`` is whose queue it is for, ``before`` the
visit of the lead before that could have been worked (-1: none), ``first`` the first of all.
"""
