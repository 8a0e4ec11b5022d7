"""Is a chart given what it can draw?"""

from __future__ import annotations

from simfunnel.results import Result
from simfunnel.scenario import Scenario
from simfunnel.studies.allocation import Allocation
from simfunnel.studies.comparison import Comparison
from simfunnel.studies.information import ValueOfInformation
from simfunnel.studies.sizing import Sizing

_HINTS = {
    (Result, Scenario): "; simulate it first: sf.simulate(scenario)",
    (Result, Comparison): "; draw one of its runs: found.runs[0]",
    (Result, Sizing): "; draw it as what it is: sf.charts.sizing(found)",
    (Result, ValueOfInformation): "; draw it as what it is: sf.charts.information(found)",
    (ValueOfInformation, Scenario): "; study it first: sf.value_of_information(scenario)",
    (ValueOfInformation, Result): "; study the scenario itself: sf.value_of_information(scenario)",
    (ValueOfInformation, Comparison): "; study its scenarios: sf.value_of_information(*found.scenarios)",
    (Result, Allocation): "; draw it as what it is: sf.charts.allocation(found)",
    (Allocation, Scenario): "; allocate it first: sf.allocate(scenario)",
    (Allocation, Result): "; allocate the scenario itself: sf.allocate(scenario)",
    (Sizing, Scenario): "; size it first: sf.size(scenario, lever, target, chance)",
    (Sizing, Result): "; size the scenario itself: sf.size(scenario, lever, target, chance)",
    (Comparison, Scenario): "; compare it first: sf.compare(baseline, scenario)",
    (Comparison, Result): "; compare the scenarios themselves: sf.compare(baseline, variant)",
}


def check(given: object, wanted: type[Result | Comparison | Sizing | ValueOfInformation | Allocation]) -> None:
    """Refuse what is not the record that a chart draws, and say how to get one.

    Raises
    ------
    TypeError
    """
    if not isinstance(given, wanted):
        hint = next((hint for (one, other), hint in _HINTS.items() if one is wanted and isinstance(given, other)), "")
        raise TypeError(f"this chart draws a {wanted.__name__}, not a {type(given).__name__}{hint}")
