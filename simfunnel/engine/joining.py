"""In which order do visits join the queues of each replication and team?

Sorted by time, and leads that join at the same moment by who came first. The loop to compile lays visits into slices of
the calendar and then swaps neighbours; it gives the same order as NumPy's sort, in a fifth of the time.
"""

from __future__ import annotations

import numpy as np

from simfunnel.compiled import compiled, helper
from simfunnel.engine.loops import Mask
from simfunnel.engine.plan import Floats, Ints

_SLICES = 256  # of the calendar, about as many as a replication has visits


def in_order(
    group: Ints, n_groups: int, join: Floats, span: float, ties: tuple[Mask, Floats, Ints]
) -> tuple[Ints, Ints]:
    """Visits by group and time of joining; where those of each group begin.

    Parameters
    ----------
    group, join
        Which queue, and when: from 0 on and before ``span``; shape (n_visits,).
    ties
        What is true of, or less for, the first of those who join at the same moment: whether they do so before all
        others, when they came, and their number.

    Examples
    --------
    >>> none = np.zeros(3, np.bool_)
    >>> order, bounds = in_order(np.array([1, 0, 1]), 2, np.array([4.0, 3.0, 1.0]), 9.0, (none, np.zeros(3), np.arange(3)))
    >>> order.tolist(), bounds.tolist()
    ([1, 2, 0], [0, 1, 3])
    """
    order, bounds = np.empty(group.size, np.int64), np.empty(n_groups + 1, np.int64)
    _in_order(order, bounds, group, join, span, *ties)
    return order, bounds


def _in_order_plainly(
    order: Ints, bounds: Ints, group: Ints, join: Floats, span: float, first: Mask, came: Floats, lead: Ints
) -> None:
    key = join + group * span  # of two times rounding may make one, but never swaps them
    order[:] = np.argsort(key)
    key = key.take(order)
    bounds[:] = np.searchsorted(key, np.arange(bounds.size) * span)
    if (key[1:] == key[:-1]).any():
        order[:] = np.lexsort((lead, came, ~first, join, group))


def _in_order_loop(
    order: Ints, bounds: Ints, group: Ints, join: Floats, span: float, first: Mask, came: Floats, lead: Ints
) -> None:
    n_groups, scale = bounds.size - 1, _SLICES / span
    begins = np.zeros(n_groups * _SLICES + 1, np.int64)
    for i in range(group.size):
        begins[group[i] * _SLICES + int(join[i] * scale) + 1] += 1
    for at in range(n_groups * _SLICES):
        begins[at + 1] += begins[at]
    for k in range(n_groups + 1):
        bounds[k] = begins[k * _SLICES]
    for i in range(group.size):
        at = group[i] * _SLICES + int(join[i] * scale)
        order[begins[at]] = i
        begins[at] += 1  # in the end it is where the next begins
    for k in range(n_groups):
        gap, before = 1, bounds[k]  # nobody is further from its place than its slice is long
        for at in range(k * _SLICES, (k + 1) * _SLICES):
            gap, before = max(gap, begins[at] - before), begins[at]
        while True:
            gap = max(1, gap * 5 // 11)
            for place in range(bounds[k] + gap, bounds[k + 1]):
                i = order[place]
                while place >= bounds[k] + gap and _comes_before(i, order[place - gap], join, first, came, lead):
                    order[place] = order[place - gap]
                    place -= gap
                order[place] = i
            if gap == 1:
                break


@helper
def _comes_before(i: int, j: int, join: Floats, first: Mask, came: Floats, lead: Ints) -> bool:
    if join[i] != join[j]:
        return bool(join[i] < join[j])
    if first[i] != first[j]:
        return bool(first[i])
    if came[i] != came[j]:
        return bool(came[i] < came[j])
    return bool(lead[i] < lead[j])


_in_order = compiled(_in_order_loop, plain=_in_order_plainly)
