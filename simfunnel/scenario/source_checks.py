"""Do the sources fit the process, the sectors and the calendar, and do they bring a number of leads that can be run?"""

from __future__ import annotations

import math
from datetime import timedelta

from simfunnel.scenario.checker import Checker, mean_of
from simfunnel.scenario.fields import KEYS_OF_MAPS
from simfunnel.scenario.rosters import WEEKDAYS
from simfunnel.scenario.schema import MAX_LEADS, Arrive, Scenario, Source
from simfunnel.scenario.tree import KeyPath

__all__ = ["check_sources"]

MONTHS = KEYS_OF_MAPS[Arrive, "months"]
LARGEST_GROWTH = 1e6  # factor over the window: beyond it all leads arrive on the last day
QUANTITIES = ("leads", "visits", "budget")


def check_sources(checker: Checker) -> None:
    """Book every fault of the sources that only shows beside the rest of the scenario."""
    sources = checker.scenario.sources
    if not sources:
        checker.fault(("sources",), "is empty; at least one source brings leads")
    for name, source in sources.items():
        path = ("sources", name)
        _check_entry(checker, path, source)
        _check_quantity(checker, path, source)
        _check_mix(checker, path, source)
        _check_arrivals(checker, path, source)
    _check_volume(checker)


def _check_entry(checker: Checker, path: KeyPath, source: Source) -> None:
    process, enters = checker.scenario.process, (*path, "enters")
    if checker.known(enters, source.enters, process, "stage of the process") and source.enters == process[-1]:
        message = f"'{source.enters}' is the last stage, which is won; enter one of {', '.join(process[:-1])}"
        checker.fault(enters, message)
    if source.odds is not None and source.lift is not None:
        checker.fault((*path, "lift"), "says again what `odds` says; write one of them")


def _check_quantity(checker: Checker, path: KeyPath, source: Source) -> None:
    """Exactly one way of saying how many, and what belongs to it."""
    reads = [(*path, key) for key in (*QUANTITIES, "capture", "cost_per_lead")]
    given = [key for key in QUANTITIES if getattr(source, key) is not None]
    if not given:
        message = "does not say how many leads come; write leads, or visits and capture, or budget and cost_per_lead"
        checker.fault(path, message, reads=reads)
    if len(given) > 1:
        checker.fault(path, f"says how many leads come by {' and by '.join(given)}; write one of them", reads=reads)
    if len(given) != 1:
        return
    if given == ["visits"] and source.capture is None:
        message = "is missing; write the share of visits that become leads, such as capture: 2%"
        checker.fault((*path, "capture"), message, reads=reads)
    if given != ["visits"] and source.capture is not None:
        checker.fault((*path, "capture"), "is the share of `visits` that become leads, and there are none", reads=reads)
    if given == ["budget"]:
        _check_budget(checker, path, source, reads)


def _check_budget(checker: Checker, path: KeyPath, source: Source, reads: list[KeyPath]) -> None:
    if source.cost_per_lead is None:
        checker.fault((*path, "cost_per_lead"), "is missing; the budget buys leads at this price each", reads=reads)
    elif mean_of(source.cost_per_lead) <= 0:
        checker.fault((*path, "cost_per_lead"), "is 0; a budget buys leads at a price above 0", reads=reads)
    if source.cost is not None:
        message = "cannot stand beside `budget`, which is the whole cost of the source; put more under `costs`"
        checker.fault((*path, "cost"), message)


def _check_mix(checker: Checker, path: KeyPath, source: Source) -> None:
    sectors = tuple(checker.scenario.sectors) or ("all",)
    here = (*path, "sectors")
    for name in source.sectors:
        checker.known((*here, name), name, sectors, "sector")
    if source.sectors:
        checker.shares(here, source.sectors)


def _check_arrivals(checker: Checker, path: KeyPath, source: Source) -> None:
    scenario, arrive, here = checker.scenario, source.arrive, (*path, "arrive")
    calendar: list[KeyPath] = [("start",), ("horizon",)]
    last = scenario.start + timedelta(days=math.ceil(scenario.horizon) - 1)
    span = f"the scenario runs from {scenario.start} to {last}"
    for key, day in (("from", arrive.start), ("to", arrive.end)):
        if day is not None and not scenario.start <= day <= last:
            at = (*here, key)
            checker.fault(at, f"{day} is outside the horizon; {span}", reads=[*calendar, at])
    reads = [*calendar, here]
    if arrive.start is not None and arrive.end is not None and arrive.end < arrive.start:
        checker.fault((*here, "to"), f"{arrive.end} is before `from` ({arrive.start})", reads=reads)
    if arrive.at_start:
        _check_at_start(checker, path, source)
    if checker.concerns(reads):
        return
    if not _has_a_day(scenario, arrive):
        checker.fault(here, "has no day on which leads could arrive: all weights are 0", reads=reads)
    _check_growth(checker, here, arrive, reads)


def _check_at_start(checker: Checker, path: KeyPath, source: Source) -> None:
    for key in ("leads", "visits"):
        many = getattr(source, key)
        if many is not None and many.per is not None:
            message = "is a rate, and all leads of this source arrive at the start; write how many they are"
            checker.fault((*path, key), message)


def _check_growth(checker: Checker, here: KeyPath, arrive: Arrive, reads: list[KeyPath]) -> None:
    if arrive.growth is None:
        return
    days = _window_days(checker.scenario, arrive)
    power = abs(math.log1p(mean_of(arrive.growth.amount))) * days / (arrive.growth.per or days or 1.0)
    if power > math.log(LARGEST_GROWTH):
        message = "makes the flow change more than a million times within the window; say it per a longer period"
        checker.fault((*here, "growth"), message, reads=reads)


def _window_days(scenario: Scenario, arrive: Arrive) -> float:
    """Days within which leads arrive."""
    if arrive.at_start:
        return 0.0
    first = 0 if arrive.start is None else (arrive.start - scenario.start).days
    last = scenario.horizon if arrive.end is None else (arrive.end - scenario.start).days + 1
    return max(0.0, min(last, scenario.horizon) - max(first, 0))


def _has_a_day(scenario: Scenario, arrive: Arrive) -> bool:
    if arrive.at_start or not (arrive.weekdays or arrive.months):
        return True
    first = scenario.start if arrive.start is None else arrive.start
    days = (first + timedelta(days=day) for day in range(math.ceil(_window_days(scenario, arrive))))
    return any(
        arrive.weekdays.get(WEEKDAYS[day.weekday()], 1.0) > 0 and arrive.months.get(MONTHS[day.month - 1], 1.0) > 0
        for day in days
    )


def _check_volume(checker: Checker) -> None:
    """The leads of one replication must fit into memory."""
    scenario = checker.scenario
    expected: dict[str, float] = {}
    for name, source in scenario.sources.items():
        keys = (*QUANTITIES, "capture", "cost_per_lead", "arrive")
        if not checker.concerns([("sources", name, key) for key in keys]):
            expected[name] = _expected_leads(scenario, source)
    total = sum(expected.values())
    if total <= MAX_LEADS:
        return
    largest = max(expected, key=lambda name: expected[name])
    key = next(key for key in QUANTITIES if getattr(scenario.sources[largest], key) is not None)
    own, limit = f"{expected[largest]:,.0f}", f"{MAX_LEADS:,.0f}"
    message = f"brings {own} leads to a replication, and all sources {total:,.0f}; at most {limit} fit"
    path = ("sources", largest, key)
    checker.fault(path, message, reads=[path, ("start",), ("horizon",)])


def _expected_leads(scenario: Scenario, source: Source) -> float:
    if source.budget is not None:
        price = 0.0 if source.cost_per_lead is None else mean_of(source.cost_per_lead)
        return mean_of(source.budget) / price if price > 0 else 0.0
    many = source.leads or source.visits
    if many is None:
        return 0.0
    periods = 1.0 if many.per is None else _window_days(scenario, source.arrive) / many.per
    capture = mean_of(source.capture) if source.visits is not None and source.capture is not None else 1.0
    return mean_of(many.amount) * periods * capture
