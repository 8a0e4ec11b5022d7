"""What does the money of a source buy, and what would a little more of it bring?"""

from __future__ import annotations

from dataclasses import replace
from math import floor, log10

from simfunnel.distributions import Distribution
from simfunnel.explanation.words import about, count, money, origins, said, share
from simfunnel.results.text import listed
from simfunnel.scenario import Number, Scenario, Source
from simfunnel.scenario.budgets import bought, shares_of, spend_of
from simfunnel.scenario.schema import Yield

_NEXT = 1_000.0  # of money, the step of which the margin is told, or a tenth of a smaller spend
_CENT = 0.01
_FEW = 0.001  # leads, of which a sum of money brings too few to say what each costs


def total_said(scenario: Scenario) -> list[str]:
    """How the scenario's budget is split, where there is one."""
    if scenario.budget is None:
        return []
    parts = listed([f"{share(part)} {name}" for name, part in shares_of(scenario).items()])
    where = origins(scenario, ["budget"])
    return [f"A budget of {said(scenario.budget, 'money', scenario.currency)} is split: {parts}. [{where}]"]


def bought_said(scenario: Scenario, source: Source) -> str:
    """Its money and what it buys: `$30,000 brings leads, at most 400, half of that for $20,000`."""
    spend = spend_of(scenario, source)
    assert spend is not None
    spent = said(spend.amount, "money", scenario.currency)
    if source.share is not None:
        average = " on average" if isinstance(spend.amount, Distribution) else ""
        spent = f"{share(spend.share)} of the budget, {about(spend.mean(), scenario.currency)}{average},"
    if source.yields is not None:
        return f"{spent} brings {_curve_said(scenario, source.yields)}"
    assert source.cost_per_lead is not None
    return f"{spent} buys leads at {said(source.cost_per_lead, 'money', scenario.currency)}"


def _curve_said(scenario: Scenario, curve: Yield) -> str:
    if curve.most is not None and curve.half is not None:
        most, half = _leads(curve.most), said(curve.half, "money", scenario.currency)
        shape = "" if curve.shape in (None, 1.0) else f" (shape {said(curve.shape or 1.0, 'number')})"
        return f"leads, at most {most}, half of that for {half}{shape}"
    assert curve.leads is not None
    assert curve.at is not None
    assert curve.exponent is not None
    leads, at = _leads(curve.leads), said(curve.at, "money", scenario.currency)
    return f"leads, {leads} for {at}, with an elasticity of {said(curve.exponent, 'number')}"


def margin_said(scenario: Scenario, source: Source) -> str:
    """What a lead costs now, and what the next sum of money brings; empty where all leads cost the same."""
    spend = spend_of(scenario, source)
    if spend is None or source.yields is None:
        return ""
    now, step = bought(source, spend), _step(spend.mean())
    more = bought(source, replace(spend, more=step)) - now
    if now <= 0.0 or more <= 0.0 or spend.mean() / now < _CENT:
        return ""
    sum_, each = money(step, scenario.currency), about(step / more, scenario.currency)
    average = about(spend.mean() / now, scenario.currency)
    start = f"a lead costs {average} on average; the next {sum_} bring"
    if more < _FEW:
        return f"{start} fewer than {_FEW} more"
    return f"{start} {f'{more:.2g}' if more < 100 else count(more)} more, at {each} each"


def _leads(number: Number) -> str:
    return said(number, "number") if isinstance(number, Distribution) else count(number)


def _step(spend: float) -> float:
    """A round sum that is little beside what is spent.

    >>> _step(60_000.0), _step(3_000.0), _step(0.0)
    (1000.0, 100.0, 1000.0)
    """
    if spend <= 0.0:
        return _NEXT
    return min(_NEXT, max(1.0, 10.0 ** floor(log10(spend / 10.0))))
