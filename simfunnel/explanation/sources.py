"""What does each source bring: how many leads, when, of which sectors, at what cost?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from simfunnel.distributions import Distribution
from simfunnel.explanation.budgets import bought_said, margin_said, total_said
from simfunnel.explanation.stages import Rules
from simfunnel.explanation.words import (
    Line,
    about,
    count,
    each,
    many,
    mean,
    money,
    origins,
    paragraph,
    said,
    sentence,
    share,
)
from simfunnel.resolved import Resolved
from simfunnel.resolved.nurture import threshold_decides
from simfunnel.resolved.sources import expected_leads, expected_spend, window
from simfunnel.results.text import listed  # fmt: skip
from simfunnel.scenario import Leads, Number, Scenario, Source
from simfunnel.scenario.budgets import spend_of


def source_text(resolved: Resolved, rules: Rules) -> list[str]:
    """A paragraph a source, and what they bring together."""
    scenario = resolved.scenario
    text = [*total_said(scenario), *(line for name in scenario.sources for line in _source(rules, name))]
    if len(scenario.sources) < 2:
        return text
    spend = sum(expected_spend(scenario, source) for source in scenario.sources.values())
    return [*text, f"In all {many(resolved.leads, 'lead')} expected, for {money(spend, scenario.currency)}."]


def _source(rules: Rules, name: str) -> list[str]:
    scenario, path = rules.scenario, f"sources.{name}"
    source = scenario.sources[name]
    lines = [
        Line(sentence(_how_many(scenario, source)), origins(scenario, [f"{path}.{key}" for key in _VOLUME])),
        Line(sentence(_when(scenario, source)), origins(scenario, [f"{path}.arrive"])),
        Line(
            sentence(_price(scenario, source)),
            origins(scenario, [f"{path}.{key}" for key in ("budget", "share", "cost_per_lead", "cost")]),
        ),
    ]
    at_the_margin = margin_said(scenario, source)
    if at_the_margin:
        lines.insert(1, Line(sentence(at_the_margin), origins(scenario, [f"{path}.yield"])))
    if scenario.sectors:
        lines.append(Line(sentence(_mix(scenario, source)), origins(scenario, [f"{path}.sectors"])))
    if source.odds is not None or source.lift is not None:
        lines.append(Line(sentence(_effect(rules, source)), origins(scenario, [f"{path}.odds", f"{path}.lift"])))
    return paragraph(f"{name}: enters at {source.enters}", lines)


_VOLUME = ("enters", "leads", "visits", "capture", "budget", "share", "yield")


def _how_many(scenario: Scenario, source: Source) -> str:
    expected = count(expected_leads(scenario, source))
    if spend_of(scenario, source) is not None:
        return f"{bought_said(scenario, source)}: Poisson around {expected}"
    if source.visits is not None:
        captured = "all" if source.capture is None else said(source.capture, "share")
        return f"of {_amount(source.visits, 'visits')}, {captured} become leads: {expected} expected"
    assert source.leads is not None
    amount = _amount(source.leads, "leads")
    is_known = source.leads.kind == "fixed" and not isinstance(source.leads.amount, Distribution)
    return f"exactly {amount}" if is_known and source.leads.per is None else f"{amount}: {expected} expected"


def _amount(leads: Leads, noun: str) -> str:
    """`Poisson around 30 leads a month`."""
    number = leads.amount
    if isinstance(number, Distribution):
        said_so = f"{count(number.mean())} {noun} on average (uncertain: {number.describe('number')})"
    else:
        said_so = many(number, noun.removesuffix("s"))
    if leads.per is not None:
        said_so += f" {each(leads.per)}"
    if leads.kind == "fixed":
        return said_so
    if leads.dispersion is None:
        return f"Poisson around {said_so}"
    spread = said(leads.dispersion, "number")
    return f"around {said_so}, weekly counts varying {spread} times as much as Poisson (variance over mean)"


def _when(scenario: Scenario, source: Source) -> str:
    first, last = window(scenario, source)
    if source.arrive.at_start:
        return "on hand at the start"
    arrive = source.arrive
    if arrive.start is None and arrive.end is None:
        text = "arrives over the whole horizon"
    else:
        begin, end = (scenario.start + timedelta(days=day) for day in (first, max(last - 1, first)))
        text = f"arrives from {begin} to {end}"
    shapes = [
        f"{what} weighted {', '.join(f'{name} {weight:g}' for name, weight in weights.items())} (others 1)"
        for what, weights in (("weekdays", arrive.weekdays), ("months", arrive.months))
        if weights
    ]
    if arrive.growth is not None:
        per = 365.0 if arrive.growth.per is None else arrive.growth.per
        shapes.append(f"growing by {share(mean(arrive.growth.amount))} {each(per)}")
    return f"{text}, {listed(shapes)}" if shapes else f"{text}, evenly"


def _price(scenario: Scenario, source: Source) -> str:
    if source.share is not None:
        return "costs exactly its share of the budget, however many come"
    if source.budget is not None:
        return "costs exactly the budget, however many come"
    parts = []
    if source.cost_per_lead is not None:
        parts.append(f"{said(source.cost_per_lead, 'money', scenario.currency)} a lead")
    if source.cost is not None:
        parts.append(f"{said(source.cost, 'money', scenario.currency)} fixed")
    if not parts:
        return "costs nothing"
    spend, leads = expected_spend(scenario, source), expected_leads(scenario, source)
    total = money(spend, scenario.currency)
    if source.cost is None or leads <= 0:
        return f"costs {listed(parts)}: {total} expected"
    each_lead = f"about {about(spend / leads, scenario.currency)} a lead"
    return f"costs {listed(parts)}, " + (
        each_lead if source.cost_per_lead is None else f"so {total} expected, {each_lead}"
    )


def _mix(scenario: Scenario, source: Source) -> str:
    own: Mapping[str, Number | str | None] = source.sectors
    written = own or {name: sector.share for name, sector in scenario.sectors.items()}
    known = {name: mean(value) for name, value in written.items() if isinstance(value, float | Distribution)}
    parts = [f"{share(known.get(name, 1.0 - sum(known.values())))} {name}" for name in written]
    return f"mix: {listed(parts)}" + ("" if source.sectors else " (the sectors' shares)")


def _effect(rules: Rules, source: Source) -> str:
    if source.lift is not None:
        way = "more" if source.lift >= 0 else "fewer"
        where = "each stage that has no threshold" if _meets_a_threshold(rules, source) else "each stage"
        return f"of its leads, {share(abs(source.lift))} {way} advance at {where} than of others, at the base rate"
    assert source.odds is not None
    where = "every stage that has no threshold" if _meets_a_threshold(rules, source) else "every stage"
    text = f"its leads' odds of advancing are {said(source.odds, 'number')} times those of others, at {where}"
    moved = _moved(rules, source, source.odds)
    return f"{text} ({', '.join(moved)})" if moved else text


def _meets_a_threshold(rules: Rules, source: Source) -> bool:
    """Whether a threshold says at any stage who of its leads advances."""
    process = rules.scenario.process
    passed = process[process.index(source.enters) : -1]
    return any(threshold_decides(rules.rule(stage, sector)) for stage in passed for sector in rules.sectors)


def _moved(rules: Rules, source: Source, odds: Number) -> list[str]:
    """What becomes of the conversion of each stage that its leads come to, where it is one in all sectors."""
    process, found = rules.scenario.process, []
    for stage in process[process.index(source.enters) : -1]:
        if any(threshold_decides(rules.rule(stage, sector)) for sector in rules.sectors):
            continue
        rates = {rules.base_rate(stage, sector) for sector in rules.sectors}
        before = {share(rate.mean) for rate in rates}
        after = {share(rate.under(odds)) for rate in rates}
        if len(before) == len(after) == 1 and before != after:
            found.append(f"{stage} {before.pop()} to {after.pop()}")
    return found
