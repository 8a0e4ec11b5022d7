"""Which reporting period is each day of the scenario in?"""

from __future__ import annotations

from datetime import date, timedelta

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
    inside = int(np.ceil(horizon))
    labels: list[str] = []
    of_day = []
    for day in range(inside):
        label = _label(start, day, period)
        if not labels or labels[-1] != label:
            labels.append(label)
        of_day.append(len(labels) - 1)
    after = max(int(np.floor(end)) + 1 - inside, 1)
    return np.array(of_day + [len(labels) - 1] * after, np.int64), tuple(labels)


def _label(start: date, day: int, period: str) -> str:
    at = start + timedelta(days=day)
    if period == "day":
        return at.isoformat()
    if period == "week":
        return (start + timedelta(days=day - day % 7)).isoformat()
    if period == "quarter":
        return f"{at.year}-Q{(at.month + 2) // 3}"
    return f"{at.year}-{at.month:02d}"
