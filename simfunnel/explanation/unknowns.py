"""Which numbers are uncertain, what is each between, and where was it written?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from simfunnel.distributions import FAMILIES, Distribution
from simfunnel.explanation.words import origins, quantile, worked_out
from simfunnel.scenario import Cold, Leads, Rate, Scenario, Sla
from simfunnel.scenario.correlations import moving
from simfunnel.scenario.fields import FieldPlan, plans


@dataclass(frozen=True)
class Unknown:
    """One distribution of a scenario.

    Attributes
    ----------
    path : str
        Key path; a parameter that is itself uncertain follows its distribution: ``stages.sql.takes.mean``.
    distribution : Distribution
    kind : str
        ``duration`` (days), ``share``, ``money`` or ``number``.
    is_chance : bool
        Whether it is each lead's own roll; else it is rolled once per future.
    written_at : str
        Key path that it was written at.
    """

    path: str
    distribution: Distribution
    kind: str
    is_chance: bool
    written_at: str


def unknowns(scenario: Scenario) -> list[Unknown]:
    """Every distribution of a scenario, in the order of its keys."""
    return [found for one in _below(scenario, "") for found in _with_parameters(one)]


def unknown_text(scenario: Scenario) -> list[str]:
    """A line an uncertain input, ignorance and chance apart, then a line a pair that moves together."""
    found = unknowns(scenario)
    text: list[str] = []
    for is_chance, heading in (
        (False, "Rolled once per future, because nobody knows:"),
        (True, "Rolled for each lead, because leads differ:"),
    ):
        lines = [_line(scenario, one) for one in found if one.is_chance == is_chance]
        text += [heading, *lines] if lines else []
    where = origins(scenario, ["correlate"])
    tag = f" [{where}]" if where else ""
    pairs = [f"  - {one} and {other}: {rank:g}{tag}" for one, other, rank in moving(scenario.correlate)]
    return [*text, "Moving together, by rank correlation:", *pairs] if pairs else text


def _line(scenario: Scenario, one: Unknown) -> str:
    low, high = (worked_out(quantile(one.distribution, u), one.kind, scenario.currency) for u in (0.1, 0.9))
    mean = worked_out(one.distribution.mean(), one.kind, scenario.currency)
    where = origins(scenario, [one.written_at])
    tag = f" [{where}]" if where else ""
    return f"  - {one.path}: mean {mean}, P10 {low}, P90 {high}; {one.distribution.describe(one.kind)}{tag}"


def _below(model: BaseModel, path: str) -> Iterator[Unknown]:
    """The distributions among the values of one level and all levels below it."""
    for plan in plans(type(model)).values():
        value = getattr(model, plan.name)
        here = f"{path}.{plan.key}" if path else plan.key
        if isinstance(model, Sla) and plan.name == "lever" and not model.active:
            continue  # nothing is rolled for it
        if isinstance(value, dict):
            for name, each in value.items():
                yield from _at(each, plan, f"{here}.{name}")
        else:
            yield from _at(value, plan, here)


def _at(value: object, plan: FieldPlan, path: str) -> Iterator[Unknown]:
    written = plan.written
    if isinstance(value, Distribution) and written is not None:
        kind = written.kind if written.kind in ("duration", "share", "money") else "number"
        yield Unknown(path, value, kind, written.chance, path)
    elif isinstance(value, Rate) and isinstance(value.amount, Distribution) and written is not None:
        yield Unknown(path, value.amount, written.of, False, path)
    elif isinstance(value, Leads):
        for part, number in (("", value.amount), (".dispersion", value.dispersion)):
            if isinstance(number, Distribution):
                yield Unknown(f"{path}{part}", number, "number", False, path)
    elif isinstance(value, Cold) and value.neglected == value.late:
        yield from _below(value.neglected, path)
    elif isinstance(value, BaseModel) and not isinstance(value, Leads | Rate):
        yield from _below(value, path)


def _with_parameters(one: Unknown) -> Iterator[Unknown]:
    """A distribution and what is unknown about it; whatever its own kind, an unknown parameter is ignorance."""
    yield one
    for name, inner in one.distribution.inputs:
        kind = one.kind if FAMILIES[one.distribution.family].param_kinds[name] == "value" else "number"
        yield from _with_parameters(Unknown(f"{one.path}.{name}", inner, kind, False, one.written_at))
