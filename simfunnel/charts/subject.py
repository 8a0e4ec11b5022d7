"""Is a chart given what it can draw?"""

from __future__ import annotations

from simfunnel.results import Result
from simfunnel.scenario import Scenario
from simfunnel.studies.allocation import Allocation
from simfunnel.studies.comparison import Comparison
from simfunnel.studies.information import ValueOfInformation
from simfunnel.studies.sensitivity import Sensitivity
from simfunnel.studies.sizing import BackwardPlan, Frontier, Sizing
from simfunnel.studies.sweep import SweepResult

_HINTS = {
    (Result, Scenario): "; simulate it first: sf.simulate(scenario)",
    (Result, Comparison): "; draw one of its runs: found.runs[0]",
    (Result, Sizing): "; draw it as what it is: sf.charts.sizing(found)",
    (Result, ValueOfInformation): "; draw it as what it is: sf.charts.information(found)",
    (ValueOfInformation, Scenario): "; study it first: sf.value_of_information(scenario)",
    (ValueOfInformation, Result): "; study the scenario itself: sf.value_of_information(scenario)",
    (ValueOfInformation, Comparison): "; study its scenarios: sf.value_of_information(*found.scenarios)",
    (Result, Sensitivity): "; draw it as what it is: sf.charts.tornado(found) or sf.charts.sobol(found)",
    (Sensitivity, Scenario): "; study it first: sf.sensitivity(scenario)",
    (Sensitivity, Result): "; study it first: sf.sensitivity(run) or, for a tornado, sf.sensitivity(scenario)",
    (Sensitivity, ValueOfInformation): "; draw it as what it is: sf.charts.information(found)",
    (Result, Allocation): "; draw it as what it is: sf.charts.allocation(found)",
    (Allocation, Scenario): "; allocate it first: sf.allocate(scenario)",
    (Allocation, Result): "; allocate the scenario itself: sf.allocate(scenario)",
    (Result, BackwardPlan): "; draw it as what it is: sf.charts.backward_plan(found)",
    (Result, Frontier): "; draw it as what it is: sf.charts.frontier(found)",
    (Frontier, Scenario): "; look for it first: sf.frontier(scenario, lever, by, target)",
    (Frontier, Sizing): "; draw it as what it is: sf.charts.sizing(found)",
    (Sizing, Frontier): "; draw it as what it is: sf.charts.frontier(found)",
    (Result, SweepResult): "; draw it as what it is: sf.charts.heat_map(found) or sf.charts.lines(found)",
    (SweepResult, Scenario): "; sweep it first: sf.sweep(scenario, {path: values})",
    (SweepResult, Result): "; sweep the scenario itself: sf.sweep(scenario, {path: values})",
    (BackwardPlan, Scenario): "; plan it first: sf.plan(scenario)",
    (BackwardPlan, Result): "; plan the scenario itself: sf.plan(scenario)",
    (BackwardPlan, Sizing): "; draw it as what it is: sf.charts.sizing(found)",
    (Sizing, BackwardPlan): "; draw it as what it is: sf.charts.backward_plan(found)",
    (Sizing, Scenario): "; size it first: sf.size(scenario, lever, target, chance)",
    (Sizing, Result): "; size the scenario itself: sf.size(scenario, lever, target, chance)",
    (Comparison, Scenario): "; compare it first: sf.compare(baseline, scenario)",
    (Comparison, Result): "; compare the scenarios themselves: sf.compare(baseline, variant)",
}


def check(given: object, *wanted: type) -> None:
    """Refuse what is none of these, and say how to get one.

    Raises
    ------
    TypeError
    """
    if not isinstance(given, wanted):
        known = (hint for (one, other), hint in _HINTS.items() if one is wanted[0] and isinstance(given, other))
        names = " or a ".join(each.__name__ for each in wanted)
        raise TypeError(f"this chart draws a {names}, not a {type(given).__name__}{next(known, '')}")
