"""When is a team at work? Working time as intervals of days, and what is so much working time later.

The same sums in the same order, for one time in the queue's kernel and for many in the waves: both must find the same
moment, to the last bit.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simfunnel.engine.plan import Floats, where


class Hours(Protocol):
    """Working hours as intervals of days from the start, ascending; None where people work around the clock."""

    @property
    def opens(self) -> Floats | None: ...
    @property
    def closes(self) -> Floats | None: ...


def next_open(team: Hours, time: Floats) -> Floats:
    """The first moment from each time on at which people are at work; infinite after the calendar's end.

    Examples
    --------
    >>> from simfunnel.engine.plan import Knob, TeamPlan
    >>> nine_to_five = TeamPlan("sales", np.zeros(1), np.ones(1, np.int64), None, np.array([0.375, 1.375]),
    ...                         np.array([0.7083, 1.7083]), 0, Knob(np.zeros(1)))
    >>> next_open(nine_to_five, np.array([0.1, 0.5, 0.9])).tolist()
    [0.375, 0.5, 1.375]
    """
    if team.opens is None or team.closes is None:
        return time
    at = np.searchsorted(team.closes, time, side="right")
    opens = np.append(team.opens, np.inf)
    return np.maximum(time, opens.take(at))


def after(team: Hours, time: Floats, work: Floats) -> Floats:
    """The moment at which so much working time (days, from 0 on) has passed since each time."""
    if team.opens is None or team.closes is None:
        return time + work
    at = np.searchsorted(team.closes, time, side="right")
    opens, closes = np.append(team.opens, np.inf), np.append(team.closes, np.inf)
    out = time.copy()
    rest = where(work > 0.0)
    at, left = at.take(rest), work.take(rest)
    start = np.maximum(time.take(rest), opens.take(at))
    while rest.size:
        with np.errstate(invalid="ignore"):  # beyond the calendar inf - inf is no number, and the moment is infinite
            room = closes.take(at) - start
        fits = ~(left > room)
        out[rest[fits]] = start[fits] + left[fits]
        on = where(~fits)
        rest, at, left = rest.take(on), at.take(on) + 1, left.take(on) - room.take(on)
        start = opens.take(at)
    return out


def worked_until(hours: Hours, time: Floats) -> Floats:
    """Working time from the start until each time, in days."""
    if hours.opens is None or hours.closes is None:
        return time
    edges = np.stack([hours.opens, hours.closes], axis=1).ravel()
    lengths = np.stack([np.zeros(hours.opens.size), hours.closes - hours.opens], axis=1).ravel()
    return np.interp(time, edges, np.cumsum(lengths))
