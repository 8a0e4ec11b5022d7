"""What do customers buy further, in each sector?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine.plan import ExpansionPlan, Knob
from simfunnel.errors import Problem
from simfunnel.resolved.inputs import CENTS, Inputs, Number, Times, mean_of
from simfunnel.scenario import schema

_MOST_SALES = 100.0  # further sales per customer in a run
_SURELY = 1.0 - 1e-12


def by_sector(scenario: schema.Scenario) -> list[schema.Expansion | None]:
    """The rule of each sector, its own or the scenario's."""
    if not scenario.sectors:
        return [scenario.expansion]
    return [sector.expansion or scenario.expansion for sector in scenario.sectors.values()]


def expansion_plan(scenario: schema.Scenario, inputs: Inputs) -> ExpansionPlan | None:
    """Rates per day, delays in days and values in cents; None where customers buy once."""
    rules = by_sector(scenario)
    if all(rule is None for rule in rules):
        return None
    names, plain, drawn = ("scenario", "expansion"), np.zeros(len(rules)), []
    for k, rule in enumerate(rules):
        if rule is None:
            continue
        amount, a_day = rule.rate.amount, 1.0 / (rule.rate.per or 365.0)
        if isinstance(amount, Distribution):
            own = (*names, "rate", inputs.sectors[k]) if amount.independent else (*names, "rate")
            drawn.append((k, inputs.index(own, amount, Times(a_day), sector=k if len(rules) > 1 else None)))
        else:
            plain[k] = amount * a_day
    delays: list[Number] = [0.0 if rule is None else rule.delay for rule in rules]
    values: list[Number] = [0.0 if rule is None else rule.value for rule in rules]
    at_once = all(not isinstance(delay, Distribution) and delay == 0.0 for delay in delays)
    return ExpansionPlan(
        rate=Knob(plain, tuple(drawn)),
        delay=None if at_once else inputs.clock((*names, "delay"), delays),
        value=inputs.clock((*names, "value"), values, factor=CENTS),
    )


def most(value: Number) -> float:
    """What a number surely does not exceed."""
    return _most(value) if isinstance(value, Distribution) else value


@lru_cache(maxsize=256)
def _most(value: Distribution) -> float:
    return float(value.quantile(np.array([_SURELY]))[0])


def expansion_problems(scenario: schema.Scenario) -> list[Problem]:
    """More sales per customer than a run can follow one by one."""
    levels = {"expansion": scenario.expansion}
    levels |= {f"sectors.{name}.expansion": sector.expansion for name, sector in scenario.sectors.items()}
    days, found = scenario.horizon + scenario.run_off, []
    for path, rule in levels.items():
        if rule is not None and most(rule.rate.amount) * days / (rule.rate.per or 365.0) > _MOST_SALES:
            many = mean_of(rule.rate.amount) * days / (rule.rate.per or 365.0)
            said = f"is about {many:,.0f} further sales per customer in this run; at most {_MOST_SALES:g} fit"
            found.append(Problem(f"{path}.rate", f"{said}: write fewer of more value"))
    return found


def dearest_customer(scenario: schema.Scenario) -> float:
    """The worth of all further sales to one customer that is surely not exceeded on average over many."""
    days = scenario.horizon + scenario.run_off
    rules = [rule for rule in by_sector(scenario) if rule is not None]
    return max(
        (most(rule.value) * most(rule.rate.amount) * days / (rule.rate.per or 365.0) for rule in rules), default=0.0
    )
