"""Which rules of a scenario do nothing, or not quite what their author will have meant?

They are no faults: the scenario can be run as it stands. `check` says them beside its faults, `explain` among its
warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from simfunnel.distributions import Distribution, value_text
from simfunnel.errors import Problem
from simfunnel.resolved.inputs import CENTS, Number
from simfunnel.resolved.resolution import written_at
from simfunnel.resolved.sources import expected_leads
from simfunnel.scenario import Scenario, Stage

_NEAR = 3.0  # days from the end of a calendar month or quarter: nobody means to stop there
_ROUNDED_OFF = 0.01  # of a price, by counting it in whole cents
_MONTHS_IN = {"month": 1, "quarter": 3}


def doubts(scenario: Scenario) -> tuple[Problem, ...]:
    """What should be looked at, in words: key path, what is odd and the nearest fix, file and line.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> odd = loads('''
    ... start: 2027-01-01
    ... horizon: 1 quarter
    ... period: quarter
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: 25%}}
    ... ''', name="q1.yaml")
    >>> print(doubts(odd)[0])  # doctest: +ELLIPSIS
    q1.yaml:3: horizon: ends 1.25 days into 2027-Q2, ... `horizon: 90 days` ends with 2027-Q1
    """
    found = [*_horizon(scenario), *_sources(scenario), *_stages(scenario), *_cents(scenario)]
    return tuple(Problem(path, message, written_at(scenario, path)) for path, message in found)


def _horizon(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """A horizon that misses the end of a calendar period by a day or two."""
    step = _MONTHS_IN.get(scenario.period)
    if step is None or scenario.start.day != 1:
        return
    last = scenario.start + timedelta(days=round(scenario.horizon))
    ends = (_next(last - timedelta(days=40 * step), step), _next(last - timedelta(days=5), step))
    for end in dict.fromkeys(ends):
        days = (end - scenario.start).days
        beyond = scenario.horizon - days
        if not 0.0 < abs(beyond) < _NEAR or days <= 0:
            continue
        before, after = _label(end - timedelta(days=1), step), _label(end, step)
        where = f"{abs(beyond):.3g} days short of the end of {before}"
        if beyond > 0:
            where = f"{beyond:.3g} days into {after}, which is reported as a period of its own"
        yield "horizon", f"ends {where}, as a month is 365/12 days here; `horizon: {days} days` ends with {before}"


def _next(day: date, step: int) -> date:
    """The first day of the next calendar month or quarter."""
    months = day.year * 12 + (day.month - 1) // step * step + step
    return date(months // 12, months % 12 + 1, 1)


def _label(day: date, step: int) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}" if step == 3 else f"{day.year}-{day.month:02d}"


def _sources(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for name, source in scenario.sources.items():
        if expected_leads(scenario, source) <= 0.0:
            key = next(key for key in ("leads", "visits", "budget") if getattr(source, key) is not None)
            yield f"sources.{name}.{key}", "brings no leads; write how many there are, or leave the source out"


def _stages(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for name in scenario.process[:-1]:
        idle = [sector for sector in scenario.sectors or [None] if _gives_up_too_late(scenario.stage(name, sector))]
        is_common = len(idle) == len(scenario.sectors or [None])
        message = "never acts, as no shelf life is longer; write a shorter one, or leave it out"
        for sector in idle[:1] if is_common else idle:
            yield f"stages.{name}.give_up" if is_common else f"sectors.{sector}.stages.{name}.give_up", message


def _gives_up_too_late(rule: Stage) -> bool:
    """Whether every lead has gone cold by itself before anybody gives it up."""
    if rule.give_up is None or rule.shelf_life is None or rule.patient not in (None, 0.0):
        return False
    return _reach(rule.give_up)[0] >= _reach(rule.shelf_life)[1]


def _reach(value: Number) -> tuple[float, float]:
    return value.support() if isinstance(value, Distribution) else (value, value)


def _cents(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Prices of which whole cents leave something out, or to which they add something."""
    for path, value in _prices(scenario):
        if not isinstance(value, float) or abs(round(value * CENTS) / CENTS - value) <= _ROUNDED_OFF * value:
            continue
        counted = value_text(round(value * CENTS) / CENTS, "money")
        yield path, f"is {value_text(value, 'money')}, and counts as {counted}: money is in whole cents"


def _prices(scenario: Scenario) -> Iterator[tuple[str, Number | None]]:
    for name, source in scenario.sources.items():
        if source.budget is None:  # a budget buys at any price
            yield f"sources.{name}.cost_per_lead", source.cost_per_lead
    levels = {"": scenario.stages} | {f"sectors.{name}.": each.stages for name, each in scenario.sectors.items()}
    for prefix, stages in levels.items():
        for name, stage in stages.items():
            yield f"{prefix}stages.{name}.cost_per_entry", stage.cost_per_entry
            yield f"{prefix}stages.{name}.cost_per_work", stage.cost_per_work
            if stage.recycle is not None:
                yield f"{prefix}stages.{name}.recycle.cost", stage.recycle.cost
