"""What does an editor need to know to complete and check a scenario file while it is written?"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from simfunnel.distributions import FAMILIES
from simfunnel.scenario.correlations import MOST_PAIRS
from simfunnel.scenario.extending import SCHEMA_VERSION
from simfunnel.scenario.fields import LEVELS, FieldPlan, plans
from simfunnel.scenario.packed import DATA
from simfunnel.scenario.rosters import ROSTERS, WEEKDAYS
from simfunnel.scenario.schema import Arrive, Cold, Exits, Scenario
from simfunnel.scenario.text import UNITS
from simfunnel.scenario.written import REST, Written

__all__ = ["json_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NUMBER = r"[0-9_]*\.?[0-9_]+([eE][+-]?[0-9]+)?"
UNIT = f"({'|'.join(UNITS)})s?"
PER = rf" per ({NUMBER} )?{UNIT}"
FAMILY = rf"({'|'.join(FAMILIES)}) *\([^)].*\)"
COUNT = r"(poisson|overdispersed) *\([^)].*\)"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME = r"[0-9]{1,2}:[0-9]{2}"
# An unquoted 2027 is a number to an editor and a text to us.
WORDS = ["string", "number", "boolean"]
LITERALS = {
    "duration": rf"{NUMBER} *{UNIT}",
    "share": f"{NUMBER} *%?",
    "money": f"{NUMBER} *[kKM]?",
    "number": NUMBER,
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of scenario files, with the text shorthand, for editors.

    It lets through some files that `load` refuses (shares that do not sum to 100 %, unknown stages), never the other
    way round. The first line of a file points an editor to it:
    ``# yaml-language-server: $schema=simfunnel/scenario/schema.json``.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12.

    Examples
    --------
    >>> json_schema()["properties"]["period"]["enum"]
    ['day', 'week', 'month', 'quarter', None]
    """
    top = _level(Scenario)
    files: dict[str, Any] = {
        "schema": {"description": "Version of the language.", "enum": [SCHEMA_VERSION, str(SCHEMA_VERSION), None]},
        "extends": {
            "description": "Name of a preset, or relative path of a file, to build on.",
            "type": ["string", "null"],
        },
        DATA: {
            "description": "Columns of numbers, as `to_yaml` writes them at the end.",
            "type": "object",
            "additionalProperties": {"type": "string"},
        },
    }
    # Whoever extends a file may leave out what it says already.
    required = [plan.key for plan in plans(Scenario).values() if plan.required]
    return {
        "$schema": DIALECT,
        "title": "simfunnel scenario",
        **top,
        "properties": {**files, **top["properties"]},
        "anyOf": [{"required": ["extends"]}, {"required": required}],
        "$defs": {cls.__name__: _level(cls) for cls in LEVELS if cls is not Scenario},
    }


def _level(cls: type[BaseModel]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": (cls.__doc__ or "").split("\n")[0],
        "properties": {plan.key: _entry(plan) for plan in plans(cls).values()},
        "additionalProperties": False,
    }


def _entry(plan: FieldPlan) -> dict[str, Any]:
    """The schema of one key; null takes back what an extended file says."""
    if plan.named:
        inner = _reference(plan.model) if plan.model else _value(plan.written)
        names: dict[str, Any] = {"maxLength": 200, "pattern": r"^[^.]+$"}
        if plan.names:
            names = {"enum": list(plan.names)}
        found = {"type": ["object", "null"], "additionalProperties": inner, "propertyNames": names}
    elif plan.model is not None:
        found = _reference(plan.model)
    else:
        found = _value(plan.written)
    return {"description": plan.about, **found} if plan.about else found


def _reference(cls: type[BaseModel]) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [{"$ref": f"#/$defs/{cls.__name__}"}, {"type": "null"}]
    if cls is Arrive:
        ways.append({"const": "at start"})
    if cls is Cold:
        ways.append({"$ref": f"#/$defs/{Exits.__name__}"})
    return {"anyOf": ways}


def _value(written: Written | None) -> dict[str, Any]:
    assert written is not None  # a plan has a model or a written form
    if written.kind == "choice":
        return {"enum": [*written.choices, None]}
    if written.kind == "names":
        return {"type": ["array", "null"], "items": {"type": WORDS}, "minItems": written.fewest, "uniqueItems": True}
    if written.kind == "truth":
        return {"enum": ["yes", "no", True, False, None]}
    if written.kind == "date":
        return {"type": ["string", "null"], "pattern": f"^{DATE}$"}
    if written.kind in ROSTERS:
        return {"anyOf": [*_rosters(written), {"type": "null"}]}
    if written.kind == "correlations":
        return _pairs()
    if written.kind in ("name", "text"):
        return {"type": [*WORDS, "null"]}
    if written.kind == "count":
        whole = {"type": "integer", "minimum": written.low, "maximum": written.high}
        return {"anyOf": [whole, _text("[0-9_]+"), {"type": "null"}]}
    return {"anyOf": [*_ways(written), {"type": "null"}]}


def _pairs() -> dict[str, Any]:
    """Two key paths and the number between -1 and 1 that says how they move together."""
    number = {"anyOf": [{"type": "number", "exclusiveMinimum": -1, "exclusiveMaximum": 1}, _text(f"[+-]?{NUMBER}")]}
    path = {"type": "string"}
    one = {"type": "array", "prefixItems": [path, path, number], "minItems": 3, "maxItems": 3}
    return {"type": ["array", "null"], "items": one, "maxItems": MOST_PAIRS}


def _rosters(written: Written) -> list[dict[str, Any]]:
    """Who is there, and when."""
    whole = {"type": "integer", "minimum": 0, "maximum": int(written.high)} if written.kind == "people" else {}
    if whole:
        dates = {
            "propertyNames": {"pattern": f"^{DATE}$"},
            "additionalProperties": {"anyOf": [whole, _text("[0-9_]+")]},
        }
        return [whole, _text("[0-9_]+"), {"type": "object", "minProperties": 1, **dates}]
    day = f"({'|'.join(WEEKDAYS)})"
    one = _text({"dates": DATE, "days": f"{day}( to {day})?", "hours": f"{TIME} to {TIME}"}[written.kind])
    return [one, {"type": "array", "items": one, "minItems": 1}]


def _ways(written: Written) -> list[dict[str, Any]]:
    """A number where one needs no unit, and the text shorthand."""
    literal = LITERALS["number"] + " *[kKM]?" if written.kind == "leads" else LITERALS.get(written.kind, "")
    if written.kind == "rate":
        literal = LITERALS[written.of]
    literal = ("[+-]?" if written.low < 0 else "[+]?") + literal
    texts = [f"{literal}({PER})?" if written.kind in ("rate", "leads") else literal]
    if written.kind == "rate" and written.per == "needed":
        texts = [f"{literal}{PER}"]
    if written.uncertain:
        texts.append(f"{FAMILY}({PER})?" if written.kind in ("rate", "leads") else FAMILY)
    if written.kind == "leads":
        texts.append(COUNT)
    if written.rest:
        texts.append(REST)
    needs_unit = written.kind == "duration" or (written.kind == "rate" and written.per == "needed")
    return [_text("|".join(f"({text})" for text in texts)), *([] if needs_unit else [_bounded(written)])]


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})$"}


def _bounded(written: Written) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "number", "exclusiveMinimum" if written.low_open else "minimum": written.low}
    if written.high < 1e12:
        found["exclusiveMaximum" if written.high_open else "maximum"] = written.high
    return found
