"""How often was each SLA kept? Counted one life at a time, from the events that the slow twin tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from slow_twin import Life
from slow_world import Lead

from simfunnel.engine.plan import Plan, PromisePlan

Table = np.ndarray[Any, Any]
Lives = list[tuple[Lead, Life]]


def counted(plan: Plan, promise: PromisePlan, lives: Lives) -> tuple[list[int], list[int]]:
    """How often a promise was met and due, by period, in one replication."""
    due = [0] * promise.n_periods if promise.quota is None else [int(each) for each in promise.quota]
    met = [0] * promise.n_periods
    for lead, life in lives:
        if promise.sectors is not None and not promise.sectors[lead.sector]:
            continue
        for day, is_met in _cases(plan, promise, life):
            period = int(promise.period_of_day[int(day)])
            if period >= 0:
                met[period] += is_met
                due[period] += promise.quota is None
    return met, due


def _cases(plan: Plan, promise: PromisePlan, life: Life) -> Iterable[tuple[float, bool]]:
    """The day at which each case counts, and whether it was met."""
    here = [(name, day) for name, stage, day in life.events if stage == promise.stage]
    if promise.kind == "accepted":
        decided = [(day, name == "advanced") for name, day in here if name in ("advanced", "rejected")]
        return [(day, is_met) for day, is_met in decided if day <= plan.horizon]
    entered = [(at, day) for at, (name, day) in enumerate(here) if name == "entered" and day <= plan.horizon]
    if promise.kind == "entries":
        return [(day, True) for _, day in entered if day != 0.0]
    found = []
    for at, day in entered:
        deadline = last_moment(promise, day)
        if deadline <= plan.end:
            follows = here[at + 1] if at + 1 < len(here) else ("", np.inf)
            found.append((day, follows[0] == "worked" and follows[1] <= deadline))
    return found


def last_moment(promise: PromisePlan, entered: float) -> float:
    """When the time to respond has run out: opening hours are used up one by one."""
    if promise.opens is None or promise.closes is None:
        return entered + promise.within
    left = promise.within
    for opens, closes in zip(promise.opens.tolist(), promise.closes.tolist(), strict=True):
        begins = max(opens, entered)
        if begins >= closes:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return np.inf


def kept(promise: PromisePlan, met: list[int], due: list[int]) -> list[tuple[bool, bool]]:
    """By period: whether it was kept, and whether there was anything to keep."""
    judged = [bool(fits) and whole > 0 for fits, whole in zip(promise.judged, due, strict=True)]
    return [
        (is_judged and part >= promise.share * whole - 1e-9, is_judged)
        for part, whole, is_judged in zip(met, due, judged, strict=True)
    ]


def columns(plan: Plan, lives: Lives) -> dict[str, int]:
    """What the engine keeps of a replication."""
    found: dict[str, int] = {}
    for promise in plan.promises:
        met, due = counted(plan, promise, lives)
        verdicts = kept(promise, met, due)
        totals = (sum(met), sum(due), sum(each for each, _ in verdicts), sum(each for _, each in verdicts))
        for what, total in zip(("met", "due", "kept", "judged"), totals, strict=True):
            found[f"sla_{what}[sla={promise.name}]"] = total
    return found


def sums(plan: Plan, replications: Iterable[Lives]) -> Table:
    """What the engine sums over replications, by promise and period one after the other."""
    total = np.zeros((7, sum(promise.n_periods for promise in plan.promises)), np.int64)
    for lives in replications:
        cells = []
        for promise in plan.promises:
            met, due = counted(plan, promise, lives)
            for m, d, (is_kept, is_judged) in zip(met, due, kept(promise, met, due), strict=True):
                cells.append((m, d, m * m, d * d, m * d, is_kept, is_judged))
        total += np.array(cells, np.int64).reshape(-1, 7).T
    return total
