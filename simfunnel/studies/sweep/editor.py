"""What does an editor need to know to complete and check a sweep file while it is written?"""

from __future__ import annotations

from typing import Any

from simfunnel.scenario.editor import DIALECT
from simfunnel.scenario.extending import SCHEMA_VERSION
from simfunnel.studies.sweep.designs import DESIGNS
from simfunnel.studies.sweep.reading import IMPOSSIBLE, KEYS, OF_PRECISION

_SINGLE = {"type": ["string", "number", "boolean", "null"]}
_WHOLE = {"type": ["integer", "string", "null"]}  # 2_000 is a text to an editor
_WORDS = {"type": ["string", "number", "null"]}
_SET = {"type": ["object", "null"]}
_LIST = {"type": "array", "minItems": 1}
_STEP = {"type": "object", "minProperties": 2, "additionalProperties": _LIST}
_VARIANT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["scenario"],
    "properties": {"scenario": {"type": "string"}, "set": _SET},
}
_FORMS: dict[str, dict[str, Any]] = {
    "schema": {"enum": [SCHEMA_VERSION, str(SCHEMA_VERSION), None]},
    "name": _WORDS,
    "description": _WORDS,
    "scenario": {
        "anyOf": [
            {"type": "string"},
            {**_LIST, "items": {"type": "string"}},
            {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [{"type": "string"}, _VARIANT]}},
        ]
    },
    "set": _SET,
    "vary": {"type": ["object", "null"], "additionalProperties": {"anyOf": [_LIST, {"type": "string"}]}},
    "zip": {"anyOf": [{**_LIST, "items": _STEP}, _STEP, {"type": "null"}]},
    "design": {"enum": [*DESIGNS, None]},
    "points": _WHOLE,
    "measures": {"anyOf": [{**_LIST, "items": {"type": "string"}}, {"type": ["string", "null"]}]},
    "n_sims": _WHOLE,
    "precision": {
        "type": ["object", "null"],
        "additionalProperties": False,
        "required": ["of", "within"],
        "properties": dict.fromkeys(OF_PRECISION, _SINGLE),
    },
    "seed": _WHOLE,
    "impossible": {"enum": [*IMPOSSIBLE, None]},
}


def sweep_schema() -> dict[str, Any]:
    """The JSON Schema of sweep files, for editors.

    The first line of a file points one to it: ``# yaml-language-server: $schema=simfunnel/studies/sweep/schema.json``.
    It lets through some files that are refused (paths that do not exist), never the other way round.

    Examples
    --------
    >>> sweep_schema()["properties"]["impossible"]["enum"]
    ['refuse', 'leave out', None]
    """
    return {
        "$schema": DIALECT,
        "title": "simfunnel sweep",
        "type": "object",
        "additionalProperties": False,
        "required": ["scenario"],
        "properties": {key: {"description": about, **_FORMS[key]} for key, about in KEYS.items()},
    }
