"""Which leads go round and round until only the limit of their recycles ends it?"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from simfunnel.distributions import value_text
from simfunnel.resolved.inputs import exit_share, mean_of
from simfunnel.resolved.nurture import mean_conversion, threshold_decides
from simfunnel.resolved.workload import as_conversion, in_the_mean
from simfunnel.scenario import Recycle, Scenario, Stage

_NONE = 1e-9
_MOST = 0.5  # of the leads that come to a stage may end by the limit


def recycle_doubts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Key paths of recycling that hardly ends by itself, and what is odd about it."""
    for name in scenario.process[:-1]:
        for sector in scenario.sectors or [None]:
            found = (
                _nobody(scenario, name, sector)
                or _endless(scenario, name, sector)
                or _as_if_never_rejected(scenario, name, sector)
            )
            if found is not None:
                yield f"stages.{name}.recycle", found
                break


def _nobody(scenario: Scenario, name: str, sector: str | None) -> str | None:
    """Whether the limit lets nobody be recycled."""
    rule = scenario.stage(name, sector)
    if rule.recycle is None or rule.recycle.limit > 0 or _shares(scenario, rule)[0] <= 0.0:
        return None
    return "recycles nobody: its limit is 0, so all who should be are dropped; write a higher one"


def _endless(scenario: Scenario, name: str, sector: str | None) -> str | None:
    """What is odd about the recycling of one stage in one sector; None for nothing."""
    rule = scenario.stage(name, sector)
    recycle = rule.recycle or Recycle()
    to = scenario.process.index(recycle.to or name)
    between = [scenario.stage(each, sector) for each in scenario.process[to : scenario.process.index(name)]]
    back, advanced = _shares(scenario, rule)
    again = back * prod(_once_more(scenario, each) for each in between)
    by_limit = again**recycle.limit
    if recycle.limit == 0 or by_limit <= _MOST or _days(rule, recycle) * recycle.limit >= _end(scenario):
        return None
    said = f"goes on until the limit: of the leads here {value_text(round(by_limit, 2), 'share')} are recycled all"
    why = "nobody ever advances" if advanced <= 0.0 else "few leave otherwise"
    fix = "send some elsewhere, such as `rejected: {recycle: 50%, dropped: rest}`"
    return f"{said} {recycle.limit} times, as {why}; {fix}"


def _as_if_never_rejected(scenario: Scenario, name: str, sector: str | None) -> str | None:
    """Whether all who are rejected try again at once, as good as fresh."""
    rule = scenario.stage(name, sector)
    recycle = rule.recycle or Recycle()
    falls = mean_of(1.0 if recycle.odds is None else recycle.odds) < 1.0 or (recycle.lift or 0.0) < 0.0
    is_all = exit_share(rule.rejected, "recycle") > 1.0 - _NONE and recycle.to in (None, name) and recycle.limit > 0
    if not is_all or falls or threshold_decides(rule) or _days(rule, recycle) > 0.0:
        return None
    once = mean_conversion(rule, scenario.score)
    often = 1.0 - (1.0 - once) ** (recycle.limit + 1)
    shown = [value_text(round(each, 3), "share") for each in (once, often)]
    said = f"brings all who are rejected back at once, as good as fresh, so that {shown[0]} of the worked become"
    return f"{said} {shown[1]} in the end; send some elsewhere, or say otherwise with `after` and `odds`"


def _once_more(scenario: Scenario, rule: Stage) -> float:
    """The share that advances of those who have done so before: all who are worked where their score decides."""
    return _shares(scenario, rule)[1] if rule.threshold is None else in_the_mean(rule)[1]


def _shares(scenario: Scenario, rule: Stage) -> tuple[float, float]:
    """Of the leads that enter, the shares that are recycled and that advance, at the means of the rules."""
    neglected, worked, advanced = in_the_mean(as_conversion(rule, scenario.score))
    late = max(0.0, 1.0 - neglected - worked)
    is_lasting = rule.shelf_life is not None or rule.give_up is not None
    cold = rule.cold
    back = max(0.0, worked - advanced) * exit_share(rule.rejected, "recycle")
    if cold is not None:
        back += neglected * is_lasting * exit_share(cold.neglected, "recycle") + late * exit_share(cold.late, "recycle")
    return back, advanced


def _days(rule: Stage, recycle: Recycle) -> float:
    """Days of a round at least: its rest, and the time until the rejection."""
    takes = rule.takes if rule.rejected_takes is None else rule.rejected_takes
    return mean_of(recycle.after) + mean_of(takes or 0.0)


def _end(scenario: Scenario) -> float:
    return scenario.horizon + scenario.run_off
