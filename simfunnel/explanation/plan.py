"""What is planned, over which time, for what money, and what was derived?"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import NamedTuple

import numpy as np

from simfunnel.distributions import Distribution, nodes
from simfunnel.explanation.nurture import expansion_lines
from simfunnel.explanation.words import (
    Line,
    about,
    duration,
    each,
    mean,
    money,
    origins,
    said,
    sentence,
    share,
)
from simfunnel.measures import plan_roi
from simfunnel.resolved import Resolved
from simfunnel.results.text import listed  # fmt: skip
from simfunnel.scenario import Number, Rate, Scenario


class Figures(NamedTuple):
    """The plan's figures, as the measures read them."""

    plan_customers: float | None
    plan_revenue: float | None
    plan_budget: float | None
    margin: float


def plan_lines(resolved: Resolved) -> list[Line]:
    """The frame of the scenario, a line a subject."""
    scenario = resolved.scenario
    return [
        _span(scenario),
        Line(sentence(f"a lead's way: {' > '.join(scenario.process)}, and who gets there is won")),
        *_promise(resolved),
        *_deal_values(scenario),
        *expansion_lines(scenario),
        *_margin(scenario),
        *_attrition(scenario),
        *_costs(scenario),
    ]


def _span(scenario: Scenario) -> Line:
    last = scenario.start + timedelta(days=max(ceil(scenario.horizon) - 1, 0))
    text = f"leads arrive for {duration(scenario.horizon)}, from {scenario.start} to {last}"
    after = "what has not happened by then is left out"
    if scenario.run_off:
        longer = f"{duration(scenario.run_off)} more, which only the cohort measures count"
        after = f"those there then are followed for {longer}"
    return Line(f"{sentence(text)} {sentence(after)}", origins(scenario, ("start", "horizon", "run_off")))


def _promise(resolved: Resolved) -> list[Line]:
    scenario = resolved.scenario
    if resolved.customers is None and resolved.revenue is None and resolved.budget is None:
        return [Line("The plan promises nothing: measures that compare with it will be missing.")]
    figures = Figures(resolved.customers, resolved.revenue, resolved.budget, resolved.margin)
    parts = []
    if figures.plan_customers is not None:
        parts.append(f"{figures.plan_customers:,g} customers")
    if figures.plan_revenue is not None:
        parts.append(f"{money(figures.plan_revenue, scenario.currency)} of revenue")
    if figures.plan_budget is not None:
        parts.append(f"a budget of {money(figures.plan_budget, scenario.currency)}")
    roi = plan_roi(figures)
    promised = f"the plan: {listed(parts)}" + ("" if roi is None else f", so a return on cost of {share(roi)}")
    written = Line(sentence(promised), origins(scenario, ("plan.customers", "plan.revenue", "plan.budget")))
    return [written, *(Line(sentence(f"derived: {text}")) for text in resolved.derived)]


def _deal_values(scenario: Scenario) -> list[Line]:
    values: dict[str, Number | None] = {"": scenario.deal_value}
    if any(sector.deal_value is not None for sector in scenario.sectors.values()):
        values = {
            name: scenario.deal_value if sector.deal_value is None else sector.deal_value
            for name, sector in scenario.sectors.items()
        }
    return [_deal_value(scenario, sector, value) for sector, value in values.items()]


def _deal_value(scenario: Scenario, sector: str, value: Number | None) -> Line:
    whose = f"a deal in {sector}" if sector else "a deal"
    if value is None:
        return Line(sentence(f"{whose} has no value, so it brings no revenue"))
    path = f"sectors.{sector}.deal_value" if sector else "deal_value"
    if isinstance(value, float | int):
        return Line(sentence(f"{whose} is worth {money(value, scenario.currency)}"), origins(scenario, [path]))
    worth = f"{about(mean(value), scenario.currency)} on average, each deal its own: {value.describe('money')}"
    return Line(sentence(f"{whose} is worth {worth}"), origins(scenario, [path]))


def _margin(scenario: Scenario) -> list[Line]:
    if scenario.origin("margin") == "default":
        return []
    return [Line(sentence(f"of revenue, {said(scenario.margin, 'share')} is kept"), origins(scenario, ["margin"]))]


def _attrition(scenario: Scenario) -> list[Line]:
    rates = {"": scenario.attrition}
    if any(sector.attrition is not None for sector in scenario.sectors.values()):
        rates = {name: sector.attrition or scenario.attrition for name, sector in scenario.sectors.items()}
    return [_leaving(scenario, sector, rate) for sector, rate in rates.items() if rate is not None]


def _leaving(scenario: Scenario, sector: str, rate: Rate) -> Line:
    per = 365.0 if rate.per is None else rate.per
    whose = f"contacts in {sector}" if sector else "contacts"
    text = f"{whose} leave their company, and are lost, at a rate of {said(rate.amount, 'share')} {each(per)}"
    if per != 365.0:
        text += f", which is {share(_within_a_year(rate.amount, per))} in a year"
    path = f"sectors.{sector}.attrition" if sector else "attrition"
    return Line(sentence(text), origins(scenario, [path]))


def _within_a_year(chance: Number, per: float) -> float:
    """The mean chance to leave within a year, where that within ``per`` days may be uncertain."""
    values, weights = nodes(chance) if isinstance(chance, Distribution) else (np.array([chance]), np.ones(1))
    return float(1.0 - (1.0 - values) ** (365.0 / per) @ weights)


def _costs(scenario: Scenario) -> list[Line]:
    found = []
    for name, rate in scenario.costs.items():
        text = f"fixed cost {name}: {said(rate.amount, 'money', scenario.currency)}"
        if rate.per is not None:
            text += f" {each(rate.per)}"
        if rate.per not in (None, scenario.horizon):
            whole = mean(rate.amount) * scenario.horizon / (rate.per or 1.0)
            text += f", {money(whole, scenario.currency)} over the horizon"
        found.append(Line(sentence(text), origins(scenario, [f"costs.{name}"])))
    for name, sla in scenario.slas.items():
        if sla.active and sla.lever is not None and sla.lever.cost is not None:
            cost, where = sla.lever.cost, origins(scenario, [f"slas.{name}.lever.cost"])
            amount = said(cost.amount, "money", scenario.currency) + ("" if cost.per is None else f" {each(cost.per)}")
            found.append(Line(sentence(f"fixed cost of keeping the SLA {name}: {amount}"), where))
    return found
