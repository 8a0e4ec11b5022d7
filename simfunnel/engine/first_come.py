"""Who is served when, if those who come first are served first? One loop over visits in the order of joining.

It adds and compares only, so that it gives the same bits compiled by numba and run plainly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from simfunnel.compiled import compiled, helper
from simfunnel.engine.kernel import NEVER, NOT_YET
from simfunnel.engine.loops import Mask
from simfunnel.engine.plan import Floats, Ints

_NEAR = 8  # places from the end that are tried one by one, before the others are halved


@helper
def _worked_until(opens: Any, closes: Any, at: int, last: int, time: float, work: float) -> float:
    """The moment at which so much working time has passed; ``at`` is the interval that ``time`` lies in.

    (As in `kernel`: a compiled loop keeps its helpers in its own file.)
    """
    start = time
    room = closes[at] - start
    while work > room:
        work -= room
        at += 1
        if at >= last:
            return np.inf
        start = opens[at]
        room = closes[at] - start
    return start + work


def _serve(
    begin: Any, order: Any, firsts: Any, ends: Any, join: Any, entered: Any, lasts: Any, leaves: Any, service: Any,
    before: Any, opens: Any, closes: Any, hours_from: Any, changes: Any, changes_from: Any, people: Any,
    end: float,
) -> None:  # fmt: skip
    n_teams, n_changes = len(hours_from) - 1, len(changes)
    for group in range(len(firsts)):
        first, last = firsts[group], ends[group]
        if first == last:
            continue
        team, staff = group % n_teams, group // n_teams * n_changes
        hour, closed_for_good, change, no_change = (
            hours_from[team], hours_from[team + 1], changes_from[team], changes_from[team + 1]
        )  # fmt: skip
        always = hour == closed_for_good
        busy = [0.0]  # until when each of those who have worked was at it, ascending; the first of them are free again
        busy.pop()
        free, n = 0, 0  # `n` of them there are in all
        now = 0.0  # before this nobody has time for whoever comes next
        for place in range(first, last):
            k = order[place]
            if before[k] >= 0 and begin[before[k]] != NEVER:
                begin[k] = np.nan  # it was won over, or waits still: it does not come again
                continue
            cold = entered[k] + lasts[k]
            until = cold if len(leaves) == 0 else min(cold, leaves[k])
            time = max(join[k], now)
            is_served = False
            while time < until and time <= end:
                now = time
                while not always and hour < closed_for_good and closes[hour] <= time:
                    hour += 1
                if not always and (hour == closed_for_good or opens[hour] > time):
                    time = opens[hour] if hour < closed_for_good else np.inf
                    continue
                while change + 1 < no_change and changes[change + 1] <= time:
                    change += 1
                while free < n and busy[free] <= time:
                    free += 1
                if people[staff + change] > n - free:
                    is_served = True
                    break
                time = busy[free] if free < n else np.inf
                if change + 1 < no_change:
                    time = min(time, changes[change + 1])
            if is_served:
                begin[k] = time
                done = time + service[k]
                if not always:
                    done = _worked_until(opens, closes, hour, closed_for_good, time, service[k])
                at, n = n, n + 1
                while at > free and busy[at - 1] > done and at > n - _NEAR:
                    at -= 1
                low = free if at > free and busy[at - 1] > done else at
                while low < at:
                    middle = (low + at) // 2
                    if busy[middle] > done:
                        at = middle
                    else:
                        low = middle + 1
                busy.insert(at, done)  # moves only those who are at it for longer
            else:
                begin[k] = NEVER if cold <= end and (len(leaves) == 0 or cold < leaves[k]) else NOT_YET


_loop: Callable[..., None] = _serve


def _serve_plainly(
    begin: Any, order: Any, firsts: Any, ends: Any, join: Any, entered: Any, lasts: Any, leaves: Any, service: Any,
    before: Any, opens: Any, closes: Any, hours_from: Any, changes: Any, changes_from: Any, people: Any,
    end: float,
) -> None:  # fmt: skip
    """The same: at once where nobody waits, and else over lists, in which Python looks up four times as fast as in
    arrays."""
    if not opens.size and changes.size == hours_from.size - 1:  # people are there day and night, always as many
        come = before.take(order) < 0  # the others come only if somebody goes cold in the queue
        calm = _are_calm(ends - firsts, come, join.take(order), service.take(order), people)
        at = np.repeat(calm, ends - firsts)
        begin[order[at]] = np.where(come, join.take(order), np.nan)[at]
        ends = np.where(calm, firsts, ends)
        if calm.all():
            return
    args = (order, firsts, ends, join, entered, lasts, leaves, service, before, opens, closes, hours_from, changes)
    found = begin.tolist()
    _loop(found, *(each.tolist() for each in (*args, changes_from, people)), end)
    begin[:] = found


def _are_calm(sizes: Ints, come: Mask, join: Floats, service: Floats, people: Ints) -> Mask:
    """Whether nobody waits in each of these queues; rather no where it is a near thing.

    The visits lie queue by queue in the order of joining, ``sizes`` of each. Nobody waits where each finds fewer of
    those before still at it than there are people.
    """
    queue, join, service = np.repeat(np.arange(sizes.size), sizes)[come], join[come], service[come]
    span = 2.0 + join.max(initial=0.0)
    comes = join + queue * span
    done = np.sort(np.minimum(join + service, span - 1.0) + queue * span)
    near = 4.0 * np.spacing(comes.max(initial=0.0))
    n_at_it = np.arange(join.size) - np.searchsorted(done, comes - near)
    return np.bincount(queue[n_at_it >= people.take(queue)], minlength=sizes.size) == 0


serve: Callable[..., None] = compiled(_loop, plain=_serve_plainly)
"""See `simfunnel.engine.one_pass`, which hands everything over: ``order`` are the visits that join a queue, those of
each between its ``firsts`` and ``ends``, ``before`` is the visit that must have ended cold, -1 for none. Their
``begin`` is filled.
"""
