"""Which numbers does a plan made backwards tell, and how are they read off the arithmetic and off a run?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot, nan

import numpy as np

from simfunnel.claims import Selector
from simfunnel.resolved.inputs import mean_of
from simfunnel.resolved.sources import expected_leads
from simfunnel.results import Result
from simfunnel.results.intervals import mean_mcse
from simfunnel.scenario import Scenario
from simfunnel.studies.sizing.funnel import Volume
from simfunnel.studies.sizing.spreadsheet import Spreadsheet

#: What people call those who are at the usual stages; any other stage is called what the process calls it.
_PEOPLE = {
    "lead": "leads",
    "mql": "MQLs",
    "sal": "SALs",
    "sql": "SQLs",
    "opportunity": "opportunities",
    "customer": "customers",
}
#: By row: a mean number and its Monte Carlo error.
Numbers = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Row:
    """What is counted: its name for programs, its words for people, its unit as in `simfunnel.measures`."""

    name: str
    words: str
    unit: str


@dataclass(frozen=True)
class Cell:
    """A mean number a future, its Monte Carlo error, and the numbers at both ends of the interval of the volume.

    The spreadsheet's has no error; an end that lies outside of what was looked at is missing (NaN).
    """

    value: float
    mcse: float = 0.0
    low: float = nan
    high: float = nan


def rows_of(scenario: Scenario, moved: Volume) -> tuple[Row, ...]:
    """All rows that a plan may have, from the customers up to what they cost."""
    process = scenario.process
    entries = {scenario.sources[name].enters for name in _new(scenario, moved)}
    return (
        Row("deals", people(process[-1]), "deals"),
        *(Row(_at("entered", stage), people(stage), "visits") for stage in process[-2::-1]),
        *(Row(_at("leads", stage), f"new leads at {stage}", "leads") for stage in process[::-1] if stage in entries),
        Row("visits", "visits", "visits"),
        Row("budget", "budget", "money"),
        Row("cost", "all costs", "money"),
    )


def people(stage: str) -> str:
    """Those at a stage.

    >>> people("sql"), people("Angebot")
    ('SQLs', 'Angebot')
    """
    return _PEOPLE.get(stage, stage)


def planned(sheet: Spreadsheet, moved: Volume, factor: float) -> Numbers:
    """The numbers of the spreadsheet at so many times the present volume; all costs it does not know."""
    scenario, times = sheet.scenario, sheet.scaled(factor)
    entered = (times[:, None, None] * sheet.entered).sum(axis=(0, 1))
    found = {"deals": entered[-1], "visits": times @ sheet.visits, "budget": times @ sheet.spend, "cost": nan}
    found |= dict(zip(_entered(scenario), entered[:-1], strict=True))
    for name in _new(scenario, moved):
        at = list(scenario.sources).index(name)
        key = _at("leads", scenario.sources[name].enters)
        found[key] = found.get(key, 0.0) + times[at] * sheet.leads[at]
    return {name: (float(value), 0.0) for name, value in found.items()}


def simulated(run: Result, scenario: Scenario, moved: Volume) -> Numbers:
    """The means of a run of the scenario at some volume."""
    found = {"deals": mean_mcse(run.array("deals")), "budget": mean_mcse(run.array("cost_sources"))}
    found["cost"], found["reopened"] = mean_mcse(run.array("cost")), mean_mcse(run.array("reopened"))
    found |= {name: mean_mcse(run.array(name)) for name in _entered(scenario)}
    by_source = run.sources().set_index("source")
    visits = 0.0
    for name in _new(scenario, moved):
        source, (mean, mcse) = scenario.sources[name], by_source.loc[name, ["leads", "leads_mcse"]].to_numpy(np.float64)
        key = _at("leads", source.enters)
        before, error = found.get(key, (0.0, 0.0))
        found[key] = before + float(mean), hypot(error, float(mcse))
        if source.capture is not None and mean_of(source.capture) > 0:
            visits += expected_leads(scenario, source) / mean_of(source.capture)
    return found | {"visits": (visits, 0.0)}


def telling(rows: Iterable[Row], columns: Sequence[Numbers]) -> list[Row]:
    """Rows that say something which no other does: new leads that are all who enter their stage are left out."""
    values = {row.name: np.array([numbers[row.name][0] for numbers in columns]) for row in rows}

    def repeats(name: str, other: str) -> bool:
        return bool(np.isclose(values[name], values[other], rtol=1e-9, atol=0)[~np.isnan(values[name])].all())

    def says(name: str) -> bool:
        if name.startswith("leads["):
            return not repeats(name, name.replace("leads[", "entered[", 1))
        if name == "cost":
            return not repeats("cost", "budget")
        return name not in ("visits", "budget") or bool(np.nan_to_num(values[name]).any())

    return [row for row in rows if says(row.name)]


def cells(rows: Iterable[Row], volume: float, interval: tuple[float | None, float | None],
          known: Mapping[float, Numbers]) -> tuple[Cell, ...]:  # fmt: skip
    """The numbers at a volume that was run, and between runs those at the ends of its interval."""
    at = sorted(known)
    found = []
    for row in rows:
        value, mcse = known[volume][row.name]
        values = [known[each][row.name][0] for each in at]
        low, high = (nan if end is None else _between(at, values, end) for end in interval)
        found.append(Cell(value, mcse, low, high))
    return tuple(found)


def _between(at: Sequence[float], values: Sequence[float], volume: float) -> float:
    """A mean at a volume near those that were run: on the line through its neighbours, as means go with the volume."""
    if len(at) == 1:
        return values[0] * volume / at[0] if at[0] else values[0]
    right = min(max(int(np.searchsorted(at, volume)), 1), len(at) - 1)
    left = right - 1
    return values[left] + (values[right] - values[left]) * (volume - at[left]) / (at[right] - at[left])


def _entered(scenario: Scenario) -> list[str]:
    """The measures of those who are ever at a stage, the last left out."""
    return [_at("entered", stage) for stage in scenario.process[:-1]]


def _at(name: str, stage: str) -> str:
    """A count at a stage, as claims name it."""
    return str(Selector(name, (("stage", stage),)))


def _new(scenario: Scenario, moved: Volume) -> list[str]:
    """Sources whose leads somebody brings: not those on hand at the start."""
    return [name for name, each in scenario.sources.items() if name in moved.sources or not each.arrive.at_start]
