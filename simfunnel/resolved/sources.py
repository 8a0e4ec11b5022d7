"""How many leads does each source bring, when, of which sectors and at what cost, with every default explicit?"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine.plan import Arrival, Curve, Floats, Knob, SourcePlan, Volume
from simfunnel.resolved.inputs import Inputs, Number, Part, Slice, Times, mean_of
from simfunnel.resolved.stages import Stages
from simfunnel.scenario import schema
from simfunnel.scenario.budgets import arriving_together, bought, parameters, slice_of, spend_of
from simfunnel.scenario.rosters import WEEKDAYS

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def source_plan(scenario: schema.Scenario, name: str, stages: Stages, inputs: Inputs) -> SourcePlan:
    """One source as the engine reads it."""
    source, key = scenario.sources[name], ("source", name)
    budgeted = spend_of(scenario, source) is not None
    per_lead: Number = 0.0 if budgeted or source.cost_per_lead is None else source.cost_per_lead
    shares, rest = _sector_shares(scenario, source, inputs, name)
    return SourcePlan(
        name=name,
        enters=scenario.process.index(source.enters),
        volume=_volume(scenario, name, inputs),
        arrival=arrival(scenario, source),
        sector_shares=shares,
        sector_rest=rest,
        cost_per_lead=inputs.money((*key, "cost_per_lead"), [per_lead]),
        cost=_cost(scenario, name, inputs),
        odds=_odds(scenario, name, stages, inputs),
    )


def window(scenario: schema.Scenario, source: schema.Source) -> tuple[float, float]:
    """First and last day on which leads of a source arrive, as days from the start."""
    arrive = source.arrive
    if arrive.at_start:
        return 0.0, 0.0
    first = 0.0 if arrive.start is None else float((arrive.start - scenario.start).days)
    last = scenario.horizon if arrive.end is None else float((arrive.end - scenario.start).days + 1)
    return max(first, 0.0), min(last, scenario.horizon)


def expected_leads(scenario: schema.Scenario, source: schema.Source) -> float:
    """The mean number of leads that a source brings to a replication."""
    spend = spend_of(scenario, source)
    if spend is not None:
        return bought(source, spend)
    many = source.leads or source.visits
    assert many is not None
    joint = arriving_together(scenario, source)
    if joint is not None:
        return joint * _periods(scenario, source, many)
    number = mean_of(many.amount) * _periods(scenario, source, many)
    if many.kind == "fixed" and not isinstance(many.amount, Distribution):
        number = float(np.rint(number))
    return number * (1.0 if source.capture is None else mean_of(source.capture))


def expected_spend(scenario: schema.Scenario, source: schema.Source) -> float:
    """The mean spend of a source, in currency units."""
    spend = spend_of(scenario, source)
    if spend is not None:
        return spend.mean()
    per_lead = 0.0 if source.cost_per_lead is None else mean_of(source.cost_per_lead)
    fixed = 0.0 if source.cost is None else mean_of(source.cost)
    paid = arriving_together(scenario, source, paid=True) if per_lead else None
    many = source.leads or source.visits
    if paid is not None and many is not None:
        return paid * _periods(scenario, source, many) + fixed
    return expected_leads(scenario, source) * per_lead + fixed


def _periods(scenario: schema.Scenario, source: schema.Source, many: schema.Leads) -> float:
    first, last = window(scenario, source)
    return 1.0 if many.per is None else (last - first) / many.per


def _spend(scenario: schema.Scenario, name: str, inputs: Inputs) -> Knob | None:
    """What a budget lets a source spend, in cents: its own, or its part of the whole, rolled once for all."""
    source = scenario.sources[name]
    spend = spend_of(scenario, source)
    if spend is None:
        return None
    if source.share is None:
        return inputs.money(("source", name, "budget"), [spend.amount])
    return inputs.knob(("scenario", "budget"), [spend.amount], function=Part(spend.share))


def _cost(scenario: schema.Scenario, name: str, inputs: Inputs) -> Knob:
    """What a source costs, however many leads come, in cents; shares of one budget add up to it, to the cent."""
    source = scenario.sources[name]
    if source.share is not None and scenario.budget is not None:
        return inputs.knob(("scenario", "budget"), [scenario.budget], function=Slice(*slice_of(scenario, name)))
    spend = _spend(scenario, name, inputs)
    fixed: Number = 0.0 if source.cost is None else source.cost
    return inputs.money(("source", name, "cost"), [fixed]) if spend is None else spend


def _curve(source: schema.Source, name: str, inputs: Inputs) -> Curve | None:
    if source.yields is None:
        return None
    level, at, exponent, levels_off = parameters(source.yields)
    names = ("most", "half", "shape") if levels_off else ("leads", "at", "exponent")
    keys = [("source", name, "yield", each) for each in names]
    return Curve(
        inputs.knob(keys[0], [level]), inputs.money(keys[1], [at]), inputs.knob(keys[2], [exponent]), levels_off
    )


def _volume(scenario: schema.Scenario, name: str, inputs: Inputs) -> Volume:
    source, key = scenario.sources[name], ("source", name)
    spend = _spend(scenario, name, inputs)
    if spend is not None:
        price = None if source.cost_per_lead is None else inputs.money((*key, "cost_per_lead"), [source.cost_per_lead])
        return Volume("poisson", spend, price=price, curve=_curve(source, name, inputs))
    visits = source.leads is None
    many = source.visits if visits else source.leads
    assert many is not None
    periods = _periods(scenario, source, many)
    amount = inputs.knob((*key, "visits" if visits else "leads"), [many.amount], function=Times(periods))
    capture = None if source.capture is None else inputs.knob((*key, "capture"), [source.capture])
    dispersion = None if many.dispersion is None else inputs.knob((*key, "dispersion"), [many.dispersion])
    kind = "binomial" if visits and many.kind == "fixed" else many.kind
    return Volume(kind, amount, capture=capture, dispersion=dispersion)


def arrival(scenario: schema.Scenario, source: schema.Source) -> Arrival:
    """The window of a source and, where weekdays, months or growth shape it, its cumulative share day by day."""
    first, last = window(scenario, source)
    arrive = source.arrive
    if first == last or not (arrive.weekdays or arrive.months or arrive.growth):
        return Arrival(np.array([first, last]), np.array([0.0, 1.0]))
    week = tuple(arrive.weekdays.get(day, 1.0) for day in WEEKDAYS)
    year = tuple(arrive.months.get(month, 1.0) for month in _MONTHS)
    return _shaped(first, last, scenario.start, week, year, arrive.growth)


@lru_cache(maxsize=128)
def _shaped(
    first: float, last: float, start: date, week: tuple[float, ...], year: tuple[float, ...], growth: schema.Rate | None
) -> Arrival:
    edges = np.unique(np.append(np.arange(np.floor(first), last, 1.0).clip(first), last))
    weight = _weights(start, week, year, growth, edges[:-1]) * np.diff(edges)
    shares = np.concatenate([[0.0], np.cumsum(weight)])
    shares /= shares[-1]
    edges.flags.writeable = shares.flags.writeable = False
    return Arrival(edges, shares)


def _weights(
    start: date, week: tuple[float, ...], year: tuple[float, ...], growth: schema.Rate | None, days: Floats
) -> Floats:
    dates = [start + timedelta(days=int(day)) for day in days]
    of_day = np.array([week[each.weekday()] for each in dates]) * np.array([year[each.month - 1] for each in dates])
    if growth is None:
        return of_day
    per = 365.0 if growth.per is None else growth.per
    return of_day * (1.0 + mean_of(growth.amount)) ** ((days - days[0]) / per)


def _sector_shares(
    scenario: schema.Scenario, source: schema.Source, inputs: Inputs, name: str
) -> tuple[tuple[Knob, ...], int]:
    """The mix of a source, its own or the sectors' shares; the one that takes the rest, or -1."""
    if not scenario.sectors:
        return (Knob(np.ones(1)),), -1
    rest, knobs = -1, []
    for k, (sector, rules) in enumerate(scenario.sectors.items()):
        share = source.sectors.get(sector, 0.0) if source.sectors else rules.share
        if share == "rest":
            rest = k
        key = ("source", name, "sectors", sector) if source.sectors else ("sector", sector, "share")
        knobs.append(inputs.knob(key, [0.0 if share is None or isinstance(share, str) else share]))
    return tuple(knobs), rest


def _odds(scenario: schema.Scenario, name: str, stages: Stages, inputs: Inputs) -> tuple[Knob, ...] | None:
    source = scenario.sources[name]
    if source.odds is None and source.lift is None:
        return None
    if source.odds is not None:
        knob = inputs.knob(("source", name, "odds"), [source.odds] * len(stages.sectors))
        return tuple(knob for _ in scenario.process[:-1])
    lift = source.lift or 0.0
    reached = scenario.process[scenario.process.index(source.enters) : -1]
    return tuple(
        Knob(
            np.array(
                [
                    stages.lift_factor(stage, k, lift, f"sources.{name}.lift") if stage in reached else 1.0
                    for k in range(len(stages.sectors))
                ]
            )
        )
        for stage in scenario.process[:-1]
    )
