"""What does each SLA count, in which calendar periods, and by whose clock?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from simfunnel.engine.plan import Ints, PromisePlan, StagePlan, TeamPlan
from simfunnel.errors import Problem
from simfunnel.resolved.calendar import label, periods
from simfunnel.scenario import Scenario, Sla
from simfunnel.scenario.sla_checks import CALENDAR

_WHOLE_ENOUGH = 0.5  # of a calendar period that must lie in the horizon for a promise to be judged in it


def promise_plans(
    scenario: Scenario, stages: tuple[StagePlan, ...], teams: tuple[TeamPlan, ...], problems: list[Problem]
) -> tuple[tuple[PromisePlan, ...], tuple[tuple[str, ...], ...]]:
    """The promises as the engine counts them, and the labels of each one's periods."""
    found = [_promise(scenario, name, sla, stages, teams, problems) for name, sla in scenario.slas.items()]
    return tuple(plan for plan, _ in found), tuple(labels for _, labels in found)


def _promise(
    scenario: Scenario,
    name: str,
    sla: Sla,
    stages: tuple[StagePlan, ...],
    teams: tuple[TeamPlan, ...],
    problems: list[Problem],
) -> tuple[PromisePlan, tuple[str, ...]]:
    stage = scenario.process.index(sla.stage)
    kind = "response" if sla.within is not None else "accepted" if sla.entries is None else "entries"
    period = scenario.period if sla.entries is None else CALENDAR[sla.entries.per or 0.0]
    end = scenario.horizon + scenario.run_off
    of_day, labels = periods(scenario.start, scenario.horizon, end, period)
    inside = np.array(list(_inside(scenario, of_day, len(labels), period)))
    judged, quota = inside >= _WHOLE_ENOUGH, None
    if sla.entries is not None:
        of_day, labels, inside = _whole(of_day, labels, inside)
        quota = np.maximum(np.rint(inside * float(sla.entries.amount)), 1).astype(np.int64)  # type: ignore[arg-type]
        judged = np.ones(len(labels), bool)
        if not labels:
            said = f"is promised for calendar {period}s, and not half of one lies in the horizon"
            problems.append(Problem(f"slas.{name}.entries", f"{said}; write a longer horizon or a shorter period"))
    opens, closes = _hours(name, sla, scenario, stages[stage], teams, problems)
    sectors = None if sla.sectors is None else np.array([each in sla.sectors for each in scenario.sectors])
    promised = sla.share if kind == "response" else sla.accepted
    plan = PromisePlan(
        name=name,
        stage=stage,
        kind=kind,
        share=1.0 if promised is None else promised,
        within=sla.within or 0.0,
        sectors=sectors,
        opens=opens,
        closes=closes,
        period_of_day=of_day,
        n_periods=len(labels),
        judged=judged,
        quota=quota,
    )
    return plan, labels


def _inside(scenario: Scenario, of_day: Ints, n_periods: int, period: str) -> Iterator[float]:
    """Of each period the share that lies in the horizon."""
    for k in range(n_periods):
        first = int(np.flatnonzero(of_day == k)[0])
        start = scenario.start + timedelta(days=first)
        days = 1 if period == "day" else 7 if period == "week" else _days_of(start, period)
        until = np.flatnonzero(of_day == k + 1)
        last = float(until[0]) if until.size else scenario.horizon
        yield min((last - first) / days, 1.0)


def _days_of(day: date, period: str) -> int:
    """How many days the calendar month or quarter of a date has."""
    first = last = day
    while label(first - timedelta(days=1), period) == label(day, period):
        first -= timedelta(days=1)
    while label(last + timedelta(days=1), period) == label(day, period):
        last += timedelta(days=1)
    return (last - first).days + 1


def _whole(of_day: Ints, labels: tuple[str, ...], inside: np.ndarray) -> tuple[Ints, tuple[str, ...], np.ndarray]:
    """Only the periods that lie in the horizon well enough for a number of entries to be promised in them."""
    at = np.flatnonzero(inside >= _WHOLE_ENOUGH)
    number = np.full(len(labels), -1, np.int64)
    number[at] = np.arange(at.size)
    return number[of_day], tuple(labels[k] for k in at.tolist()), inside[at]


def _hours(
    name: str,
    sla: Sla,
    scenario: Scenario,
    stage: StagePlan,
    teams: tuple[TeamPlan, ...],
    problems: list[Problem],
) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
    """The working hours that a response is counted in; None where all hours count."""
    if sla.time == "elapsed":
        return None, None
    sectors = [k for k, each in enumerate(scenario.sectors or ("all",)) if sla.sectors is None or each in sla.sectors]
    working = {int(stage.team[k]) for k in sectors}
    if working == {-1}:
        problems.append(Problem(f"slas.{name}.time", f"no team works {sla.stage}, so there are no working hours"))
        return None, None
    if len(working) > 1:
        said = f"several teams work {sla.stage}; name the `sectors` of one of them"
        problems.append(Problem(f"slas.{name}.time", said))
        return None, None
    team = teams[working.pop()]
    return (None, None) if team.opens is None or team.closes is None else (team.opens, team.closes)
