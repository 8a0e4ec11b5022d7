"""Which reporting period is each day of the scenario in?"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from simfunnel.engine.plan import Ints


def periods(start: date, horizon: float, end: float, period: str) -> tuple[Ints, tuple[str, ...]]:
    """The period of each day from the start to ``end`` (days after the horizon read as its last), and the periods'
    labels.

    Examples
    --------
    >>> of_day, labels = periods(date(2027, 1, 4), 365.0, 365.0, "month")
    >>> labels[0], labels[-1], len(labels), int(of_day[27]), int(of_day[28])
    ('2027-01', '2028-01', 13, 0, 1)
    """
    of_day, labels = _periods(start, horizon, end, period)
    return of_day.copy(), labels


@lru_cache(maxsize=64)
def _periods(start: date, horizon: float, end: float, period: str) -> tuple[Ints, tuple[str, ...]]:
    inside = int(np.ceil(horizon))
    labels: list[str] = []
    of_day = []
    for day in range(inside):
        name = _of_day(start, day, period)
        if not labels or labels[-1] != name:
            labels.append(name)
        of_day.append(len(labels) - 1)
    after = max(int(np.floor(end)) + 1 - inside, 1)
    return np.array(of_day + [len(labels) - 1] * after, np.int64), tuple(labels)


def _of_day(start: date, day: int, period: str) -> str:
    """The label of a day counted from the start; weeks begin with it, not with the calendar's."""
    return label(start + timedelta(days=day - day % 7 if period == "week" else day), period)


def label(day: date, period: str) -> str:
    """How the period of a date is called, a week by its first day.

    >>> label(date(2027, 5, 1), "month"), label(date(2027, 5, 1), "quarter")
    ('2027-05', '2027-Q2')
    """
    if period in ("day", "week"):
        return day.isoformat()
    return f"{day.year}-Q{(day.month + 2) // 3}" if period == "quarter" else f"{day.year}-{day.month:02d}"
