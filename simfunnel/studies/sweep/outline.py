"""What does a sweep do, in a few lines?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.levers import uncertain
from simfunnel.results.text import figure, listed, printable
from simfunnel.studies.sweep.definition import Sweep
from simfunnel.studies.sweep.designs import GRID
from simfunnel.studies.sweep.spots import SCENARIO
from simfunnel.studies.sweep.wording import unit_of

_SHOWN = 4


def outline(sweep: Sweep) -> list[str]:
    """What varies, from where to where, at how many points, and what is kept of each: a headline and a line for each.

    Examples
    --------
    >>> import simfunnel as sf
    >>> from simfunnel.studies.sweep.defining import define
    >>> base = sf.loads("name: A year\\nhorizon: 1 year\\nprocess: [sql, customer]\\n"
    ...                 "sources: {inbound: {enters: sql, leads: 40}}\\nstages: {sql: {conversion: 25%}}")
    >>> print("\\n".join(outline(define(base, {"stages.sql.neglect": ["0%", "5%", "20%"]}, seed=7))))
    A year: 3 points of a grid x 2,000 futures (seed 7)
      stages.sql.neglect: 0 % to 20 % (3 values)
      measures: deals, revenue, roi
    """
    lines = [f"{sweep.name}: {_size(sweep)} (seed {sweep.seed})"]
    names = [each.name for each in sweep.scenarios.values()]
    if names != [sweep.name] and not any(each.path == SCENARIO for each in sweep.parameters):
        lines.append(f"  scenario: {names[0]}")
    lines += [f"  {each}" for each in _ranges(sweep)]
    lines.append(f"  measures: {', '.join(sweep.measures)}")
    return [printable(each) for each in lines]


def _size(sweep: Sweep) -> str:
    of = "a grid" if sweep.design == GRID else f"a {sweep.design} design"
    points = f"{sweep.n_points:,} point{'s' * (sweep.n_points != 1)} of {of}"
    if sweep.precision is None:
        return f"{points} x {sweep.n_sims:,} futures"
    within = sweep.precision
    currency = next(iter(sweep.scenarios.values())).currency
    half = figure(within.within, unit_of(within.of), 0.0, currency)
    asked = f"until the 95 % interval of {within.of} is within ± {half}"
    return f"{points}, each {asked}, {within.most:,} futures at most"


def _ranges(sweep: Sweep) -> Iterator[str]:
    for at, parameter in enumerate(sweep.parameters):
        texts = list(dict.fromkeys(row[at] for row in sweep.texts))
        if not parameter.is_number:
            shown = ", ".join(texts[:_SHOWN])
            more = f" and {len(texts) - _SHOWN:,} more" if len(texts) > _SHOWN else ""
            yield f"{parameter.path}: {shown}{more}"
            continue
        column = sweep.table[:, at]
        low, high = (parameter.words(float(each)) for each in (column.min(), column.max()))
        if low == high:
            yield f"{parameter.path}: {low}"
            continue
        count = f" ({len(texts):,} values)" if sweep.design == GRID else ""
        yield f"{parameter.path}: {low} to {high}{count}{_in_place(sweep, parameter.path)}"


def _in_place(sweep: Sweep, path: str) -> str:
    """Which distributions of the scenarios give way to single numbers: what was each lead's own, or unknown."""
    found = [text for base in sweep.scenarios.values() if (text := uncertain(base, path)) is not None]
    return f", in place of {listed(list(dict.fromkeys(found)))}" if found else ""
