"""Does a source spend where more money hardly brings another lead, or where a little more would bring many?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simfunnel.distributions import value_text
from simfunnel.scenario import Scenario
from simfunnel.scenario.budgets import bought, spend_of

_MORE = 0.1  # of the spend
_FLAT, _STEEP = 0.1, 1.5  # elasticities: leads grow by less than a tenth of that, or by half as much again
_HARDLY = 1e-4  # growth that is not told in digits


def yield_doubts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Spends of which a little more, or less, would change next to nothing, or much more than itself."""
    for name, source in scenario.sources.items():
        spend = spend_of(scenario, source)
        if spend is None or source.yields is None:
            continue
        now, extra = bought(source, spend), _MORE * spend.mean()
        if now <= 0.0 or extra <= 0.0:
            continue
        gain = bought(source, replace(spend, more=extra)) / now - 1.0
        path = f"sources.{name}.{'budget' if source.share is None else 'share'}"
        growth = f"{value_text(_MORE, 'share')} more money brings {_growth(gain)} more leads"
        if gain < _FLAT * _MORE:
            yield path, f"lies on the flat part of its yield: {growth}; spend less here, or look at `yield` again"
        elif gain > _STEEP * _MORE:
            yield path, f"lies on the steep part of its yield: {growth}; spend more here, or nothing"


def _growth(gain: float) -> str:
    """In per cent: `0.57%`."""
    return f"less than {value_text(_HARDLY, 'share')}" if gain < _HARDLY else value_text(float(f"{gain:.2g}"), "share")
