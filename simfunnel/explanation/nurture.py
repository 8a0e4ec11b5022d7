"""What does a nurture programme do, and what does it come to; what do customers buy further?"""

from __future__ import annotations

from simfunnel.explanation.words import Line, duration, each, lasting, mean, origins, said, sentence, share
from simfunnel.resolved.expansion import by_sector
from simfunnel.resolved.nurture import prospects
from simfunnel.scenario import Expansion, Programme, Scenario, Score


def qualified(rule: Programme, score: Score | None) -> str:
    """Who advances, where a programme says it."""
    unit = "point" if rule.threshold == 1 else "points"
    advance = share(prospects(rule, score).qualified)
    by = "the programme" if score is None else "score and programme"
    return f"who reaches {rule.threshold:,g} {unit} by {by} advances: {advance} of the worked"


def programme(rule: Programme | None, score: Score | None, currency: str) -> str:
    """The touches, what comes of them, and what they do."""
    if rule is None:
        return ""
    first = rule.every if rule.first is None else rule.first
    text = f"at most {rule.touches} touches, the first after {duration(first)}, then one every {duration(rule.every)}"
    text += f"; {said(rule.opens, 'share')} are opened and {said(rule.clicks, 'share')} of these clicked"
    found = prospects(rule, score)
    if rule.threshold is not None:
        text += f"; a click adds {rule.points:,g} {'point' if rule.points == 1 else 'points'}"
        text += f" and an opened touch {rule.points_per_open:,g}" if rule.points_per_open else ""
    if mean(rule.unsubscribes):
        text += f"; {said(rule.unsubscribes, 'share')} of the touches lose the lead"
        text += f" ({share(found.lost)} of the nurtured in all)" if rule.threshold is not None else ""
    if rule.threshold is not None:
        text += f"; {found.touches:.3g} touches a visit on average"
    if rule.odds is not None:
        text += f"; each click multiplies the odds at every later attempt by {said(rule.odds, 'number')}"
    if mean(rule.cost_per_touch):
        text += f"; a touch costs {said(rule.cost_per_touch, 'money', currency)}"
    return text if rule.threshold is not None else f"{text}; they stop when the visit ends"


def expansion_lines(scenario: Scenario) -> list[Line]:
    """What customers buy further, a line a rule."""
    rules = dict(zip(scenario.sectors or ("",), by_sector(scenario), strict=True))
    if not any(sector.expansion for sector in scenario.sectors.values()):
        rules = {"": scenario.expansion}
    return [_expansion(scenario, sector, rule) for sector, rule in rules.items() if rule is not None]


def _expansion(scenario: Scenario, sector: str, rule: Expansion) -> Line:
    whose = f"customers in {sector}" if sector else "customers"
    many = said(rule.rate.amount, "number") if mean(rule.rate.amount) else "no"
    text = f"{whose} bring {many} further sales {each(rule.rate.per or 365.0)} on average"
    if rule.delay:
        text += f", from {lasting(rule.delay)} after the deal on"
    text += f", each worth {said(rule.value, 'money', scenario.currency)}; they count in revenue, not in deals"
    return Line(sentence(text), origins(scenario, [f"sectors.{sector}.expansion" if sector else "expansion"]))
