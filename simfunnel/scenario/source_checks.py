"""Do the sources fit the process, the sectors and the calendar, and do they bring a number of leads that can be run?"""

from __future__ import annotations

import math
from datetime import timedelta

from simfunnel.scenario.budgets import arriving_together, bought, spend_of
from simfunnel.scenario.checker import Checker, mean_of
from simfunnel.scenario.fields import KEYS_OF_MAPS
from simfunnel.scenario.rosters import WEEKDAYS
from simfunnel.scenario.schema import MAX_LEADS, Arrive, Scenario, Source, Yield
from simfunnel.scenario.tree import KeyPath

__all__ = ["check_sources"]

MONTHS = KEYS_OF_MAPS[Arrive, "months"]
LARGEST_GROWTH = 1e6  # factor over the window: beyond it all leads arrive on the last day
QUANTITIES = ("leads", "visits", "budget", "share")
OF_BUDGET = ("budget", "share")
LEVELLING, POWER = ("most", "half", "shape"), ("leads", "at", "exponent")  # the keys of a yield's two curves


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
    _check_total(checker)
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
    reads = [(*path, key) for key in (*QUANTITIES, "capture", "cost_per_lead", "yield")]
    given = [key for key in QUANTITIES if getattr(source, key) is not None]
    if not given:
        money = "budget" if checker.scenario.budget is None else "share (of the scenario's budget)"
        message = f"does not say how many leads come; write leads, or visits and capture, or {money} and cost_per_lead"
        checker.fault(path, f"{message} (or yield)", reads=reads)
    if len(given) > 1:
        checker.fault(path, f"says how many leads come by {' and by '.join(given)}; write one of them", reads=reads)
    if len(given) != 1:
        return
    if given == ["visits"] and source.capture is None:
        message = "is missing; write the share of visits that become leads, such as capture: 2%"
        checker.fault((*path, "capture"), message, reads=reads)
    if given != ["visits"] and source.capture is not None:
        checker.fault((*path, "capture"), "is the share of `visits` that become leads, and there are none", reads=reads)
    if given[0] in OF_BUDGET:
        _check_budget(checker, path, source, given[0], reads)
    elif source.yields is not None:
        message = f"says what money brings, and `{given[0]}` how many come; write a `budget` in its place"
        checker.fault((*path, "yield"), message, reads=reads)
    if source.yields is not None:
        _check_yield(checker, (*path, "yield"), source.yields)


def _check_budget(checker: Checker, path: KeyPath, source: Source, key: str, reads: list[KeyPath]) -> None:
    """What the money buys: leads at a price each, or by a yield."""
    if source.yields is not None:
        if source.cost_per_lead is not None:
            message = "says how many leads the money brings, and so does `cost_per_lead`; write one of them"
            checker.fault((*path, "yield"), message, reads=reads)
    elif source.cost_per_lead is None:
        message = f"is missing; the {key} buys leads at this price each, or write a `yield`"
        checker.fault((*path, "cost_per_lead"), message, reads=reads)
    elif mean_of(source.cost_per_lead) <= 0:
        checker.fault((*path, "cost_per_lead"), f"is 0; a {key} buys leads at a price above 0", reads=reads)
    if source.cost is not None:
        message = f"cannot stand beside `{key}`, which is the whole cost of the source; put more under `costs`"
        checker.fault((*path, "cost"), message)


def _check_yield(checker: Checker, path: KeyPath, curve: Yield) -> None:
    """One curve, with all that it needs."""
    given = [key for key in (*LEVELLING, *POWER) if getattr(curve, key) is not None]
    reads = [(*path, key) for key in (*LEVELLING, *POWER)]
    levelling, power = ([key for key in keys if key in given] for keys in (LEVELLING, POWER))
    if not given:
        checker.fault(path, "is empty; write such as {most: 400, half: 30k}", reads=reads)
    elif levelling and power:
        message = f"`{power[0]}` and `{levelling[0]}` are of two curves"
        fix = "write most and half (and shape), or leads, at and exponent"
        checker.fault((*path, power[0]), f"{message}; {fix}", reads=reads)
    elif levelling:
        _check_parts(checker, path, ("most", "half"), given)
    else:
        _check_parts(checker, path, POWER, given)


PARTS = {
    "most": "the number of leads that no budget exceeds, such as most: 400",
    "half": "the spend that brings one half of `most`, such as half: 30k",
    "leads": "how many the spend `at` brings, such as leads: 120",
    "at": "the spend that brings `leads`, such as at: 20k",
    "exponent": "by how many % leads grow with 1 % more money, such as exponent: 0.7",
}


def _check_parts(checker: Checker, path: KeyPath, needed: tuple[str, ...], given: list[str]) -> None:
    for key in needed:
        if key not in given:
            checker.fault((*path, key), f"is missing; write {PARTS[key]}")


def _check_total(checker: Checker) -> None:
    """The scenario's budget is spent by the sources that take a share, all of it."""
    scenario = checker.scenario
    shares = {name: source.share for name, source in scenario.sources.items() if source.share is not None}
    reads: list[KeyPath] = [("budget",), *(("sources", name, "share") for name in scenario.sources)]
    if scenario.budget is None:
        for name in shares:
            message = "is a share of the scenario's `budget`, and there is none; write such as budget: 120k at the top"
            checker.fault(("sources", name, "share"), f"{message}, or a budget of the source's own", reads=reads)
    elif not shares:
        message = "is spent by nobody; write the `share` of it that each source takes"
        checker.fault(("budget",), f"{message} (what the plan allows is plan.budget)", reads=reads)
    else:
        checker.shares(("sources",), shares, key=("share",), of="the budget")


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
        keys = (*QUANTITIES, "capture", "cost_per_lead", "yield", "arrive")
        if not checker.concerns([("budget",), *(("sources", name, key) for key in keys)]):
            expected[name] = _expected_leads(scenario, source)
    total = sum(expected.values())
    if total <= MAX_LEADS:
        return
    largest = max(expected, key=lambda name: expected[name])
    key = next(key for key in QUANTITIES if getattr(scenario.sources[largest], key) is not None)
    own, every, limit = (_counted(many) for many in (expected[largest], total, MAX_LEADS))
    message = f"brings {own} leads to a replication, and all sources {every}; at most {limit} fit"
    path = ("sources", largest, key)
    checker.fault(path, message, reads=[path, ("start",), ("horizon",), ("budget",)])


def _counted(leads: float) -> str:
    return f"{leads:,.0f}" if leads < 1e15 else f"{leads:.3g}"


def _expected_leads(scenario: Scenario, source: Source) -> float:
    spend = spend_of(scenario, source)
    if spend is not None:
        return bought(source, spend)
    many = source.leads or source.visits
    if many is None:
        return 0.0
    periods = 1.0 if many.per is None else _window_days(scenario, source.arrive) / many.per
    joint = arriving_together(scenario, source)
    if joint is not None:
        return joint * periods
    capture = mean_of(source.capture) if source.visits is not None and source.capture is not None else 1.0
    return mean_of(many.amount) * periods * capture
