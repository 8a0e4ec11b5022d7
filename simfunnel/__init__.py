"""simfunnel: what is a marketing and sales plan really worth, and what do leads that go cold cost?

Examples
--------
>>> import simfunnel as sf
>>> base = sf.loads('''
... horizon: 1 year
... process: [sql, customer]
... plan: {customers: 10}
... deal_value: 100_000
... sources: {inbound: {enters: sql, leads: 40, cost_per_lead: 6_250}}
... stages: {sql: {conversion: 25%, neglect: 12.5%, shelf_life: 30 days}}
... ''')
>>> run = sf.simulate(base, n_sims=2_000, seed=7)
>>> run.chance("deals >= 10").value < 0.5
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import simfunnel.charts as charts
    from simfunnel.errors import ClaimError, MissingExtra, ScenarioError, SimfunnelError, StoreError
    from simfunnel.explanation import explain
    from simfunnel.results import Result
    from simfunnel.scenario import Scenario, json_schema, load, loads, presets
    from simfunnel.simulation import replay, simulate
    from simfunnel.studies.allocation import Allocation, allocate
    from simfunnel.studies.comparison import Comparison, compare
    from simfunnel.studies.ignorance import split_variance
    from simfunnel.studies.information import ValueOfInformation, value_of_information
    from simfunnel.studies.sensitivity import Sensitivity, sensitivity
    from simfunnel.studies.sizing import BackwardPlan, Frontier, Sizing, frontier, plan, size
    from simfunnel.studies.sweep import SweepResult, sweep

_ROOMS = {
    "Allocation": "studies.allocation",
    "BackwardPlan": "studies.sizing",
    "ClaimError": "errors",
    "Comparison": "studies.comparison",
    "Frontier": "studies.sizing",
    "MissingExtra": "errors",
    "Result": "results",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "Sensitivity": "studies.sensitivity",
    "SimfunnelError": "errors",
    "Sizing": "studies.sizing",
    "StoreError": "errors",
    "SweepResult": "studies.sweep",
    "ValueOfInformation": "studies.information",
    "allocate": "studies.allocation",
    "compare": "studies.comparison",
    "explain": "explanation",
    "frontier": "studies.sizing",
    "json_schema": "scenario",
    "load": "scenario",
    "loads": "scenario",
    "plan": "studies.sizing",
    "presets": "scenario",
    "replay": "simulation",
    "sensitivity": "studies.sensitivity",
    "simulate": "simulation",
    "size": "studies.sizing",
    "split_variance": "studies.ignorance",
    "sweep": "studies.sweep",
    "value_of_information": "studies.information",
}

__all__ = [
    "Allocation",
    "BackwardPlan",
    "ClaimError",
    "Comparison",
    "Frontier",
    "MissingExtra",
    "Result",
    "Scenario",
    "ScenarioError",
    "Sensitivity",
    "SimfunnelError",
    "Sizing",
    "StoreError",
    "SweepResult",
    "ValueOfInformation",
    "allocate",
    "charts",
    "compare",
    "explain",
    "frontier",
    "json_schema",
    "load",
    "loads",
    "plan",
    "presets",
    "replay",
    "sensitivity",
    "simulate",
    "size",
    "split_variance",
    "sweep",
    "value_of_information",
]


def __getattr__(name: str) -> Any:
    """Rooms are opened when they are entered: `import simfunnel` alone loads none of them."""
    if name == "charts":
        return import_module("simfunnel.charts")
    if name not in _ROOMS:
        raise AttributeError(f"module 'simfunnel' has no attribute {name!r}")
    return getattr(import_module(f"simfunnel.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
