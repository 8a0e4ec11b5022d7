"""Which keys does each level of a scenario have, read off the schema's own models?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from simfunnel.scenario import schema
from simfunnel.scenario.rosters import WEEKDAYS
from simfunnel.scenario.written import Written

__all__ = ["KEYS_OF_MAPS", "LEVELS", "FieldPlan", "plans"]

# What each level is called in a message.
LEVELS: dict[type[BaseModel], str] = {
    schema.Scenario: "a scenario",
    schema.Plan: "a plan",
    schema.Source: "a source",
    schema.Arrive: "`arrive`",
    schema.Yield: "`yield`",
    schema.Stage: "a stage",
    schema.Team: "a team",
    schema.Sector: "a sector",
    schema.Exits: "a map of exits",
    schema.Cold: "`cold`",
    schema.Reason: "a reason",
    schema.Recycle: "`recycle`",
    schema.Returns: "`returns`",
    schema.Drift: "`drift`",
    schema.Sla: "an SLA",
    schema.Lever: "`lever`",
    schema.Programme: "`programme`",
    schema.Expansion: "`expansion`",
    schema.Score: "`score`",
    schema.Enrichment: "`enrichment`",
}
# Maps whose keys are not names that people choose.
KEYS_OF_MAPS: dict[tuple[type[BaseModel], str], tuple[str, ...]] = {
    (schema.Arrive, "weekdays"): WEEKDAYS,
    (schema.Arrive, "months"): ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
}


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one key is read: as a value (`written`), a level (`model`), or, if `named`, a map of names to such."""

    key: str
    name: str
    required: bool
    default: Any
    about: str
    written: Written | None = None
    model: type[BaseModel] | None = None
    named: bool = False
    names: tuple[str, ...] = ()


@cache
def plans(cls: type[BaseModel]) -> dict[str, FieldPlan]:
    """The keys of a level, in the order of the schema."""
    found = [_plan(cls, name) for name in cls.model_fields if not (cls is schema.Arrive and name == "at_start")]
    return {plan.key: plan for plan in found}


def _plan(cls: type[BaseModel], name: str) -> FieldPlan:
    info = cls.model_fields[name]
    # a map that need not be there: `dict[str, Reason] | None`
    maps = [each for each in get_args(info.annotation) if get_origin(each) is dict and not info.metadata]
    annotation = maps[0] if maps else info.annotation
    named = get_origin(annotation) is dict
    inner = get_args(annotation)[1] if named else annotation
    metadata = getattr(inner, "__metadata__", ()) if named else info.metadata
    candidates = (inner, *get_args(inner))
    written = next((piece for piece in metadata if isinstance(piece, Written)), None)
    models = [piece for piece in candidates if isinstance(piece, type) and issubclass(piece, BaseModel)]
    return FieldPlan(
        key=info.alias or name,
        name=name,
        required=info.is_required(),
        default=None if info.is_required() else info.default,
        about=info.description or "",
        written=written,
        model=models[0] if models and written is None else None,
        named=named,
        names=KEYS_OF_MAPS.get((cls, name), ()),
    )
