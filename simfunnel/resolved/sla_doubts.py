"""Which SLAs are never due, and which levers change nothing?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.distributions import Distribution, value_text
from simfunnel.resolved.teams import opening
from simfunnel.scenario import Scenario, Sla


def sla_doubts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Key paths of the SLAs' odd rules, and what is odd about each."""
    for name, sla in scenario.slas.items():
        yield from _never_due(scenario, name, sla)
        yield from _cancelled(scenario, name, sla)
        yield from _slower(name, sla)


def _never_due(scenario: Scenario, name: str, sla: Sla) -> Iterator[tuple[str, str]]:
    """A response whose time is longer than the run."""
    end = scenario.horizon + scenario.run_off
    most, hours = end, _hours_of(scenario, sla)
    if hours is not None:
        most = sum(max(0.0, min(closes, end) - opens) for opens, closes in zip(*hours, strict=True))
    if sla.within is None or sla.within < most:
        return
    said = f"is never due, as the run ends after {value_text(end, 'duration')}"
    if hours is not None:
        said += f", of which the team works {value_text(round(24.0 * most) / 24.0, 'duration')}"
    yield f"slas.{name}.within", f"{said}; write a shorter one, or a longer `horizon` or `run_off`"


def _hours_of(scenario: Scenario, sla: Sla) -> tuple[list[float], list[float]] | None:
    """The working hours by which a response is counted; None where all hours count."""
    sectors = [each for each in scenario.sectors or [None] if sla.sectors is None or each in sla.sectors]
    team = scenario.stage(sla.stage, sectors[0]).team
    if sla.time == "elapsed" or team is None:
        return None
    hours = opening(scenario, scenario.teams[team], scenario.horizon + scenario.run_off)
    return None if hours is None else (hours[0].tolist(), hours[1].tolist())


def _cancelled(scenario: Scenario, name: str, sla: Sla) -> Iterator[tuple[str, str]]:
    """A lever at a stage of which it is stated how many of all that enter advance, whoever is worked in time."""
    if sla.lever is None:
        return
    sectors = [each for each in scenario.sectors or [None] if sla.sectors is None or each in sla.sectors]
    if any(scenario.stage(sla.stage, sector).conversion_of_entered is not None for sector in sectors):
        said = f"hardly moves a deal, as {sla.stage} states its `conversion_of_entered`: so many of all that enter"
        yield f"slas.{name}.lever", f"{said} advance with the lever and without it; write its `conversion` there"


def _slower(name: str, sla: Sla) -> Iterator[tuple[str, str]]:
    """A lever that cannot keep the promise that it belongs to."""
    if sla.within is None or sla.lever is None or sla.lever.response is None:
        return
    response = sla.lever.response
    soonest = response.support()[0] if isinstance(response, Distribution) else response
    if soonest > sla.within:
        said = f"is longer than the {value_text(sla.within, 'duration')} promised, so pulling it breaks the promise"
        yield f"slas.{name}.lever.response", f"{said}; write a shorter one"
